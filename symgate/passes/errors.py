"""Rigorous propagation of local errors to the outputs: a mean-value form over sub-boxes of the input range.

Let every node v compute its operator on the *fixed-point* operands plus a local error ``e_v`` known to lie in an
interval. Then ``firmware(x) - f(x)`` is the change of the outputs when all ``e_v`` go from 0 to their values, and by
the mean-value theorem it lies in ``sum_v D_v * e_v``, where ``D_v`` encloses the derivative of the output along an
offset of node v, over all values that nodes can take on the way. Derivatives come from one reverse sweep in interval
arithmetic, for all sub-boxes at once; errors that reach an output on several paths are added with their signs. (Moore,
Kearfott, Cloud, *Introduction to Interval Analysis*, 2009, ch. 6 and 10.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from symgate.ir.boxes import Box
from symgate.ir.evaluate import interpret, meaning
from symgate.ir.expr import CONST, VAR, Expr, make, postorder, var
from symgate.ir.function import Function

_ZERO, _ONE = Box.exact(0.0), Box.exact(1.0)


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """For each output, the derivative enclosures of the nodes that reach it: ``slopes[output][node]``."""

    values: Mapping[Expr, Box]  # what each node can be, errors included
    slopes: Mapping[Expr, Mapping[Expr, Box]]
    extra: Mapping[Expr, Box] = field(default_factory=dict)  # local errors of jumps, found on the way


def sensitivity(roots: Sequence[Expr], inputs: Mapping[str, Box], errors: Mapping[Expr, Box]) -> Sensitivity:
    """Enclose values and derivatives for local errors ``errors`` (nodes without an entry make none)."""
    order = postorder(roots)
    forward = _Forward(inputs, errors, any(e.args and _jumps(e) for e in order))
    for e in order:
        forward.add(e)
    return Sensitivity(forward.values, {r: _reverse(r, forward.partials) for r in dict.fromkeys(roots)}, forward.extra)


def bounds(s: Sensitivity, errors: Mapping[Expr, Box]) -> dict[Expr, tuple[float, dict[Expr, float]]]:
    """Per output the proven bound and each node's part of it, at the worst sub-box."""
    return {root: _bound(slopes, {**errors, **_sum_extra(errors, s.extra)}) for root, slopes in s.slopes.items()}


def _sum_extra(errors: Mapping[Expr, Box], extra: Mapping[Expr, Box]) -> dict[Expr, Box]:
    return {e: (errors[e] + x if e in errors else x) for e, x in extra.items()}


def _bound(slopes: Mapping[Expr, Box], errors: Mapping[Expr, Box]) -> tuple[float, dict[Expr, float]]:
    parts = {e: slopes[e] * errors[e] for e in slopes if e in errors}
    if not parts:
        return 0.0, {}
    lo = sum(np.asarray(p.lo) for p in parts.values())
    hi = sum(np.asarray(p.hi) for p in parts.values())
    rounding = sum(np.asarray(p.mag) for p in parts.values()) * len(parts) * 2.0**-50
    total = np.atleast_1d(np.maximum(-lo, hi) + rounding)
    worst = int(np.argmax(total))
    shares = {e: float(np.broadcast_to(p.mag, total.shape)[worst]) for e, p in parts.items()}
    return float(total[worst]), shares


@dataclass
class _Forward:
    """What each node can be, how it changes with its operands, and what it does where it jumps."""

    inputs: Mapping[str, Box]
    errors: Mapping[Expr, Box]
    jumps: bool  # whether anything does: only then it matters how far errors move each node
    values: dict[Expr, Box] = field(default_factory=dict)
    pure: dict[Expr, Box] = field(default_factory=dict)  # without errors: where it differs, operands are inexact
    exact: dict[Expr, bool] = field(default_factory=dict)
    moved: dict[Expr, Box] = field(default_factory=dict)
    partials: dict[Expr, list[Box]] = field(default_factory=dict)
    extra: dict[Expr, Box] = field(default_factory=dict)

    def add(self, e: Expr) -> None:
        """Take the next node; its operands come before it."""
        if e.op in (CONST, VAR):
            self.values[e] = self.pure[e] = Box.around(e.value) if e.op == CONST else self.inputs[e.value]
            self.exact[e], self.moved[e] = True, _ZERO
            return
        args = [self.values[a] for a in e.args]
        value, exact = meaning(e).interval(*args), all(self.exact[a] for a in e.args)
        self.pure[e] = meaning(e).interval(*(self.pure[a] for a in e.args))
        self.partials[e] = _partials(e, args)
        if not exact and _jumps(e):
            self.extra[e] = self.jump(e, args)
        error = _hull_zero(self.errors.get(e), self.extra.get(e))
        self.exact[e] = exact and error is None
        self.values[e] = value if error is None else value + error
        if self.jumps:
            self.moved[e] = _ZERO if self.exact[e] else self.change(e, error)

    def change(self, e: Expr, error: Box | None) -> Box:
        """How far errors can move the node."""
        out = _ZERO if error is None else error
        for a, p in zip(e.args, self.partials[e], strict=True):
            out = out if self.exact[a] else out + self.moved[a] * p
        return out

    def jump(self, e: Expr, args: list[Box]) -> Box:
        """What an operator that jumps can do when errors move its operands."""
        if isinstance(e.value, Function):
            change = _modulus(e.value, args[0], float(np.max(self.moved[e.args[0]].mag)))
            return Box.exact(-change, change)
        after, before = meaning(e).interval(*args), meaning(e).interval(*(self.pure[a] for a in e.args))
        moved: Box = after - before
        return moved


def _hull_zero(*errors: Box | None) -> Box | None:
    present = [e.union(_ZERO) for e in errors if e is not None]
    return None if not present else present[0] if len(present) == 1 else present[0] + present[1]


def _jumps(e: Expr) -> bool:
    m = meaning(e)
    return m.jumps if isinstance(m, Function) else e.op not in SPECIAL and m.derivative is None


def _modulus(f: Function, t: Box, reach: float, cells: int = 4096) -> float:
    """The largest change of ``f`` between arguments at most ``reach`` apart."""
    lo, hi = t.span
    if reach <= 0 or hi <= lo:
        return 0.0
    edges = np.linspace(lo, hi, cells + 1)
    image = f.interval(Box(edges[:-1], np.minimum(edges[1:] + reach, hi)))
    return float(np.max(image.hi - image.lo))


# ------------------------------------------------------------------ derivatives


def _where(c: Box, x: Box, y: Box) -> list[Box]:
    """Along the two values; a condition that may flip is an error of its own, made at the comparison."""
    return [x - y, c, Box(1 - c.hi, 1 - c.lo)]


def _extreme(sign: float) -> Callable[..., list[Box]]:
    def rule(*args: Box) -> list[Box]:
        out = []
        for i, a in enumerate(args):
            others = [b for j, b in enumerate(args) if j != i]
            never = np.any([sign * b.lo > sign * a.hi if sign > 0 else b.hi < a.lo for b in others], axis=0)
            always = np.all([sign * a.lo >= sign * b.hi if sign > 0 else a.hi <= b.lo for b in others], axis=0)
            out.append(Box(np.where(always, 1.0, 0.0), np.where(never, 0.0, 1.0)))
        return out

    return rule


#: Operators whose derivative is a choice between their operands, and `rounded`.
SPECIAL: dict[str, Callable[..., list[Box]]] = {
    "where": _where,
    "max": _extreme(1.0),
    "min": _extreme(-1.0),
    "rounded": lambda x: [_ONE],
}


class _Rounded:
    """The identity: sets a value of the datapath apart from the same expression inside the value that reads it."""

    fingerprint = "rounded"

    @staticmethod
    def interval(x: Box) -> Box:
        return x


def rounded(e: Expr) -> Expr:
    """``e`` as a node of its own, whose local error does not count where ``e`` is computed again inside a sum."""
    return make("rounded", e, value=_ROUNDED)


_ROUNDED = _Rounded()


@lru_cache(maxsize=4096)
def _template(op: str, fixed: tuple[Expr | None, ...]) -> tuple[Expr, ...]:
    """The partial derivatives of an operator on placeholders; constant operands stay."""
    from symgate.ir.operators import OPERATORS

    rule = OPERATORS[op].derivative
    if rule is None:
        return ()
    return rule(*(c if c is not None else var(f"p{i}") for i, c in enumerate(fixed)))


def _partials(e: Expr, args: list[Box]) -> list[Box]:
    if e.op in SPECIAL:
        return SPECIAL[e.op](*args)
    if _jumps(e):
        return [_ZERO] * len(args)
    if isinstance(e.value, Function):
        return [e.value.slope.interval(args[0])]
    if e.op == "add":
        return [_ONE] * len(args)
    if e.op == "mul" and len(args) == 2 and e.args[0] is not e.args[1]:
        return [args[1], args[0]]
    exprs = _template(e.op, tuple(a if a.op == CONST else None for a in e.args))
    env = {f"p{i}": a for i, a in enumerate(args)}
    values = interpret(
        exprs,
        lambda n: Box.around(n.value) if n.op == CONST else env[n.value],
        lambda n, inner: meaning(n).interval(*inner),
    )
    return [values[x] for x in exprs]


def _reverse(root: Expr, partials: Mapping[Expr, list[Box]]) -> dict[Expr, Box]:
    slopes: dict[Expr, Box] = {root: _ONE}
    for e in reversed(postorder([root])):
        if e not in slopes:
            continue
        for a, p in zip(e.args, partials.get(e, ()), strict=True):
            if a.op == CONST:
                continue
            part = slopes[e] * p if p is not _ONE else slopes[e]
            slopes[a] = slopes[a] + part if a in slopes else part
    return slopes


# ------------------------------------------------------------------ sub-boxes


def subdivide(ranges: Mapping[str, tuple[float, float]], roots: Sequence[Expr], most: int = 4096) -> dict[str, Box]:
    """Cut the input box into at most ``most`` sub-boxes, along the inputs that non-linear nodes read."""
    names = _nonlinear_inputs(roots)
    cuts = dict.fromkeys(names, 0)
    total = 1
    while names and 2 ** len(names) <= most and total * 2 <= most:
        name = min(names, key=lambda n: cuts[n])
        cuts[name] += 1
        total *= 2
    split = [n for n in names if cuts[n]]
    lows, highs = [], []
    for n in split:
        lo, hi = ranges[n]
        edges = np.linspace(lo, hi, 2 ** cuts[n] + 1)
        edges[-1] = hi
        lows.append(edges[:-1])
        highs.append(edges[1:])
    grids = [np.ravel(g) for g in np.meshgrid(*(np.arange(len(v)) for v in lows), indexing="ij")] if split else []
    out = {n: Box.exact(lo, hi) for n, (lo, hi) in ranges.items()}
    for n, g, lows_n, highs_n in zip(split, grids, lows, highs, strict=True):
        out[n] = Box(lows_n[g], highs_n[g])
    return out


def _nonlinear_inputs(roots: Sequence[Expr]) -> list[str]:
    order = postorder(roots)
    inside: set[Expr] = set()
    for e in reversed(order):
        if e in inside or e.op not in ("add", CONST, VAR):
            inside.update(a for a in e.args if a.op != CONST)
    return sorted(e.value for e in order if e.op == VAR and e in inside)
