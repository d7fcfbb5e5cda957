"""The codes beside which a condition on one input changes: there, a wrong branch shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from symgate.ir.design import Input
from symgate.ir.evaluate import evaluate
from symgate.ir.expr import VAR, Expr, postorder
from symgate.sim.vectors import reals

SAMPLES = 257  # codes of an input at which a condition is looked at first
MOST = 64  # changes of one condition: of a wave, a few are enough
_COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne", "min", "max")
_OF_SIGN = ("abs", "relu", "sign", "step", "heaviside")


def turning(roots: Iterable[Expr], inputs: Sequence[Input]) -> dict[str, list[int]]:
    """Per input the codes at which what some condition compares changes its sign."""
    ports = {i.name: i for i in inputs}
    found: dict[str, set[int]] = {n: set() for n in ports}
    for name, difference in dict.fromkeys(_differences(postorder(roots))):
        found[name] |= _changes(difference, ports[name])
    return {n: sorted(codes) for n, codes in found.items()}


def _differences(nodes: Sequence[Expr]) -> Iterator[tuple[str, Expr]]:
    """What conditions compare with 0, where that depends on one input alone, and that input."""
    reads: dict[Expr, frozenset[str]] = {}  # at most two inputs: more do not matter
    for e in nodes:
        own = {str(e.value)} if e.op == VAR else set[str]()
        reads[e] = frozenset(sorted(own.union(*(reads[a] for a in e.args)))[:2])
        pairs = list(zip(e.args, e.args[1:], strict=False)) if e.op in _COMPARISONS else []
        for x, y in pairs:
            if len(reads[x] | reads[y]) == 1:
                yield next(iter(reads[x] | reads[y])), x - y
        if e.op in _OF_SIGN and len(reads[e]) == 1:
            yield next(iter(reads[e])), e.args[0]


def _changes(difference: Expr, port: Input) -> set[int]:
    """The codes on both sides of each change of sign that samples show, halved down to neighbours."""
    r = port.raw
    count = min(SAMPLES, r.hi - r.lo + 1)
    codes = [r.lo + (r.hi - r.lo) * k // max(count - 1, 1) for k in range(count)]
    signs = _signs(difference, port, codes)
    ends = [
        (a, b, s) for a, b, s, t in zip(codes, codes[1:], signs, signs[1:], strict=False) if s != t
    ]
    found: set[int] = set()
    ends = ends[:MOST]
    while ends:
        found |= {code for a, b, _ in ends if b - a <= 1 for code in (a, b)}
        ends = [(a, b, s) for a, b, s in ends if b - a > 1]
        middles = [(a + b) // 2 for a, b, _ in ends]
        at = _signs(difference, port, middles)
        ends = [
            (m, b, s) if t == s else (a, m, s)
            for (a, b, s), m, t in zip(ends, middles, at, strict=True)
        ]
    return found | {code for code, sign in zip(codes, signs, strict=True) if sign == 0}


def _signs(difference: Expr, port: Input, codes: Sequence[int]) -> list[float]:
    wide = max(abs(port.raw.lo), abs(port.raw.hi)).bit_length() > 62
    column = np.array(codes, dtype=object if wide else np.int64)
    (values,) = evaluate([difference], _env(port, column))
    return [float(s) for s in np.sign(np.nan_to_num(np.broadcast_to(values, len(codes))))]


def _env(port: Input, column: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Mapping[str, object]:
    return {port.name: reals(column, port.type)}
