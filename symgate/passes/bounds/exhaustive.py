"""The largest error of outputs with few input bits, over every input: no bound can be closer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.ir.boxes import Box
from symgate.ir.design import Input
from symgate.ir.evaluate import boxes
from symgate.ir.expr import Expr, Program, variables
from symgate.ir.fixed import Graph, Node, apply, run

#: Input bits up to which every input is tried.
MOST_BITS = 20
_CHUNK, _NARROW = 1 << 14, 58
Ints = NDArray[np.int64]


def cones(
    program: Program, inputs: Mapping[str, Input], most_bits: int = MOST_BITS
) -> dict[str, Expr]:
    """The outputs whose inputs have at most ``2**most_bits`` codes together."""
    return {n: e for n, e in program.outputs if _count(e, inputs) <= 1 << most_bits}


def _count(e: Expr, inputs: Mapping[str, Input]) -> int:
    return math.prod(inputs[n].raw.hi - inputs[n].raw.lo + 1 for n in variables([e]))


def largest_errors(
    graph: Graph, wanted: Mapping[str, Expr], inputs: Mapping[str, Input]
) -> dict[str, float]:
    """Per output at least the largest \\|firmware - f\\| over all codes of the inputs of
    ``wanted``, barely more.

    The graph runs as it is, the function as intervals around every point. An input that an output
    does not depend on stays at one code. Graphs whose values int64 might not hold give nothing.
    """
    if any(max(n.range.hi, ~n.range.lo).bit_length() > _NARROW for n in graph.nodes):
        return {}
    out = dict.fromkeys(wanted, 0.0)
    for names in {tuple(variables([e])) for e in wanted.values()}:
        group = {n: e for n, e in wanted.items() if tuple(variables([e])) == names}
        for codes in _codes(names, inputs):
            for name, worst in _errors(graph, group, inputs, codes).items():
                out[name] = max(out[name], worst)
    return {n: math.nextafter(v, math.inf) for n, v in out.items()}


def _codes(names: tuple[str, ...], inputs: Mapping[str, Input]) -> Iterator[dict[str, Ints]]:
    """Every combination of codes, in parts."""
    raws = [inputs[n].raw for n in names]
    shape = tuple(r.hi - r.lo + 1 for r in raws)
    for start in range(0, math.prod(shape), _CHUNK):
        index = (
            np.unravel_index(np.arange(start, min(start + _CHUNK, math.prod(shape))), shape)
            if shape
            else ()
        )
        yield {n: r.lo + k for n, r, k in zip(names, raws, index, strict=True)}


def _errors(
    graph: Graph, wanted: Mapping[str, Expr], inputs: Mapping[str, Input], codes: Mapping[str, Ints]
) -> dict[str, float]:
    rows = len(next(iter(codes.values()))) if codes else 1
    columns = [
        codes[p.name] if p.name in codes else np.full(rows, inputs[p.name].raw.lo)
        for p in graph.inputs
    ]
    results = dict(zip((p.name for p in graph.outputs), run(graph, columns, _step), strict=True))
    units = {p.name: 2.0**-p.type.frac for p in graph.outputs}
    points = {n: Box.exact(c * float(inputs[n].type.ulp)) for n, c in codes.items()}
    truth = boxes(wanted.values(), points)
    found = {}
    for n, e in wanted.items():
        y = results[n] * units[n]
        with np.errstate(invalid="ignore"):
            size = np.maximum(
                np.nextafter(y - truth[e].lo, np.inf), np.nextafter(truth[e].hi - y, np.inf)
            )
        found[n] = float(np.max(np.where(np.isnan(size), np.inf, size)))
    return found


def _step(node: Node, operands: list[Any]) -> Any:
    return np.asarray(apply(node, operands), dtype=np.int64)
