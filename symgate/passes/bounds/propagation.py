"""Rigorous propagation of local errors to the outputs: a mean-value form over sub-boxes of the
input range.

Let every node v compute its operator on the *fixed-point* operands plus a local error ``e_v`` known
to lie in an interval. Then ``firmware(x) - f(x)`` is the change of the outputs when all ``e_v`` go
from 0 to their values, and by the mean-value theorem it lies in ``sum_v D_v * e_v``, where ``D_v``
encloses the derivative of the output along an offset of node v, over all values that nodes can take
on the way. Derivatives come from one reverse sweep in interval arithmetic, for all sub-boxes at
once; errors that reach an output on several paths are added with their signs. (Moore, Kearfott,
Cloud, *Introduction to Interval Analysis*, 2009, ch. 6 and 10.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

import numpy as np

from symgate.caches import remembered
from symgate.ir.boxes import Array, Box
from symgate.ir.evaluate import interpret, meaning
from symgate.ir.expr import CONST, VAR, Expr, make, postorder, var
from symgate.ir.function import Function

#: How much steeper than on average a function may be and still be treated by its slope; halvings of
#: a steep range.
_STEEP, _HALVINGS = 64.0, 40
_ZERO, _ONE = Box.exact(0.0), Box.exact(1.0)


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """For each output, the derivative enclosures of the nodes that reach it:
    ``slopes[output][node]``.
    """

    values: Mapping[Expr, Box]  # what each node can be, errors included
    slopes: Mapping[Expr, Mapping[Expr, Box]]
    extra: Mapping[Expr, Box] = field(
        default_factory=dict
    )  # local errors of jumps, found on the way


#: (output, function, its argument, slope of the output along it) -> a slope
Limit = Callable[[Expr, Expr, Box, float], float]


def sensitivity(
    roots: Sequence[Expr],
    inputs: Mapping[str, Box],
    errors: Mapping[Expr, Box],
    limit: Limit | None = None,
) -> Sensitivity:
    """Enclose values and derivatives for local errors ``errors`` (nodes without an entry make
    none).

    A first-order model cannot use infinite slopes: ``limit`` says how large those of a function may
    be there.
    """
    order = postorder(roots)
    forward = _Forward(inputs, errors, any(e.args and _jumps(e) for e in order))
    for e in order:
        forward.add(e)
    slopes = {r: _reverse(r, forward, limit) for r in dict.fromkeys(roots)}
    return Sensitivity(forward.values, slopes, forward.extra)


def bounds(
    s: Sensitivity, errors: Mapping[Expr, Box]
) -> dict[Expr, tuple[float, dict[Expr, float]]]:
    """Per output the proven bound and each node's part of it, at the worst sub-box."""
    return {
        root: _bound(slopes, {**errors, **_sum_extra(errors, s.extra)})
        for root, slopes in s.slopes.items()
    }


def _sum_extra(errors: Mapping[Expr, Box], extra: Mapping[Expr, Box]) -> dict[Expr, Box]:
    return {e: (errors[e] + x if e in errors else x) for e, x in extra.items()}


def _bound(
    slopes: Mapping[Expr, Box], errors: Mapping[Expr, Box]
) -> tuple[float, dict[Expr, float]]:
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
    # whether anything does, or is too steep: only then it matters how far errors move each node
    jumps: bool
    values: dict[Expr, Box] = field(default_factory=dict)
    pure: dict[Expr, Box] = field(
        default_factory=dict
    )  # without errors: where it differs, operands are inexact
    exact: dict[Expr, bool] = field(default_factory=dict)
    moved: dict[Expr, Box] = field(default_factory=dict)
    partials: dict[Expr, list[Box]] = field(default_factory=dict)
    extra: dict[Expr, Box] = field(default_factory=dict)

    def add(self, e: Expr) -> None:
        """Take the next node; its operands come before it."""
        if e.op in (CONST, VAR):
            self.values[e] = self.pure[e] = (
                Box.around(e.value) if e.op == CONST else self.inputs[e.value]
            )
            self.exact[e], self.moved[e] = True, _ZERO
            return
        args = [self.values[a] for a in e.args]
        value, exact = meaning(e).interval(*args), all(self.exact[a] for a in e.args)
        self.pure[e] = meaning(e).interval(*(self.pure[a] for a in e.args))
        self.partials[e] = _partials(e, args)
        if not exact and _jumps(e):
            self.extra[e] = self.jump(e, args)
        elif (
            not exact
            and isinstance(e.value, Function)
            and _steep(self.partials[e][0], args[0], value)
        ):
            self.moving()
            self.partials[e], self.extra[e] = self.steep(e, args[0], value)
        error = _hull_zero(self.errors.get(e), self.extra.get(e))
        self.exact[e] = exact and error is None
        self.values[e] = value if error is None else value + error
        if self.jumps:
            self.moved[e] = _ZERO if self.exact[e] else self.change(e, error)

    def moving(self) -> None:
        """From here on, know how far errors move each node; catch up on those before."""
        self.jumps = True
        for e in self.exact:
            if e not in self.moved:
                error = _hull_zero(self.errors.get(e), self.extra.get(e))
                self.moved[e] = _ZERO if self.exact[e] else self.change(e, error)

    def steep(self, e: Expr, t: Box, value: Box) -> tuple[list[Box], Box]:
        """A function where slope times error is more than it can change at all: there, that is an
        error of its own.
        """
        reach = np.broadcast_to(self.moved[e.args[0]].mag, t.lo.shape)
        (slope,) = self.partials[e]
        change = np.nextafter(value.hi - value.lo, np.inf)
        with np.errstate(invalid="ignore"):
            far = ~(slope.mag * reach <= change)
        if not far.any():
            return [slope], _ZERO
        near = Box(np.broadcast_to(t.lo, far.shape)[far], np.broadcast_to(t.hi, far.shape)[far])
        change = np.minimum(change, modulus(e.value, near, float(np.max(reach[far]))))
        change = np.where(far, change, 0.0)
        return [Box(np.where(far, 0.0, slope.lo), np.where(far, 0.0, slope.hi))], Box(
            -change, change
        )

    def change(self, e: Expr, error: Box | None) -> Box:
        """How far errors can move the node."""
        out = _ZERO if error is None else error
        for a, p in zip(e.args, self.partials[e], strict=True):
            out = out if self.exact[a] else out + self.moved[a] * p
        return out

    def jump(self, e: Expr, args: list[Box]) -> Box:
        """What an operator that jumps can do when errors move its operands."""
        if isinstance(e.value, Function):
            most = modulus(e.value, args[0], float(np.max(self.moved[e.args[0]].mag)))
            image = meaning(e).interval(args[0])
            change = np.where(
                image.hi > image.lo,
                np.minimum(most, np.nextafter(image.hi - image.lo, np.inf)),
                0.0,
            )
            return Box(-change, change)
        after, before = (
            meaning(e).interval(*args),
            meaning(e).interval(*(self.pure[a] for a in e.args)),
        )
        moved: Box = after - before
        return moved


def _hull_zero(*errors: Box | None) -> Box | None:
    present = [e.union(_ZERO) for e in errors if e is not None]
    return None if not present else present[0] if len(present) == 1 else present[0] + present[1]


def _jumps(e: Expr) -> bool:
    m = meaning(e)
    return m.jumps if isinstance(m, Function) else e.op not in SPECIAL and m.derivative is None


def _steep(slope: Box, t: Box, value: Box) -> bool:
    """Whether a function is much steeper somewhere than from end to end."""
    (lo, hi), (low, high) = t.span, value.span
    with np.errstate(invalid="ignore"):
        return not float(np.max(slope.mag)) * (hi - lo) <= _STEEP * (high - low)


def modulus(f: Function, t: Box, reach: float, cells: int = 1024) -> float:
    """The largest change of ``f`` between arguments in ``t`` that are at most ``reach`` apart."""
    lo, hi = t.span
    if not reach > 0 or hi <= lo:
        return 0.0
    edges = np.linspace(lo, hi, (4 if f.jumps else 1) * cells + 1)
    start, end = edges[:-1], edges[1:]
    change = _changes(f, start, end, reach, hi)
    for _ in range(_HALVINGS):
        worst = change > np.max(change) / 2
        fine = np.max((end - start)[change >= np.max(change)]) < reach / 16
        if (
            f.jumps
            or fine
            or not np.all(np.isfinite(change))
            or len(change) + worst.sum() > 8 * cells
        ):
            break
        middle = ((start + end) / 2)[worst]
        new_start, new_end = (
            np.concatenate([start[worst], middle]),
            np.concatenate([middle, end[worst]]),
        )
        start, end = (
            np.concatenate([start[~worst], new_start]),
            np.concatenate([end[~worst], new_end]),
        )
        change = np.concatenate([change[~worst], _changes(f, new_start, new_end, reach, hi)])
    return float(np.max(change))


def _changes(f: Function, start: Array, end: Array, reach: float, most: float) -> Array:
    last = np.nextafter(end + reach, np.inf)  # the sum may have been rounded down
    image = f.interval(Box(start, np.minimum(last, most)))
    return np.nextafter(image.hi - image.lo, np.inf)


# ------------------------------------------------------------------ derivatives


def _where(c: Box, x: Box, y: Box) -> list[Box]:
    """Along the two values; a condition that may flip is an error of its own, made at the
    comparison.
    """
    return [x - y, c, Box(1 - c.hi, 1 - c.lo)]


def _extreme(sign: float) -> Callable[..., list[Box]]:
    """The rule of ``max`` (``sign`` 1) or ``min`` (-1): 1 along the operand that is chosen."""

    def rule(*args: Box) -> list[Box]:
        signed = [a if sign > 0 else -a for a in args]
        out = []
        for i, a in enumerate(signed):
            others = [b for j, b in enumerate(signed) if j != i]
            # operands that are constants have another shape than those that have sub-boxes
            never = reduce(np.logical_or, (b.lo > a.hi for b in others))
            always = reduce(np.logical_and, (a.lo >= b.hi for b in others))
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
    """The identity: sets a value of the datapath apart from the same expression inside the value
    that reads it.
    """

    fingerprint = "rounded"

    @staticmethod
    def interval(x: Box) -> Box:
        return x


def rounded(e: Expr) -> Expr:
    """``e`` as a node of its own, whose local error does not count where ``e`` is computed again
    inside a sum.
    """
    return make("rounded", e, value=_ROUNDED)


_ROUNDED = _Rounded()


@remembered
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


def _reverse(root: Expr, forward: _Forward, limit: Limit | None) -> dict[Expr, Box]:
    slopes: dict[Expr, Box] = {root: _ONE}
    for e in reversed(postorder([root])):
        if e not in slopes:
            continue
        for a, p in zip(e.args, forward.partials.get(e, ()), strict=True):
            if a.op == CONST:
                continue
            if (
                limit is not None
                and isinstance(e.value, Function)
                and not np.all(np.isfinite(p.mag))
            ):
                most = limit(root, e, forward.values[a], float(np.max(slopes[e].mag)))
                p = Box(np.clip(p.lo, -most, most), np.clip(p.hi, -most, most))
            part = slopes[e] * p if p is not _ONE else slopes[e]
            slopes[a] = slopes[a] + part if a in slopes else part
    return slopes
