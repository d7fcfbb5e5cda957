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
from symgate.ir.evaluate import constant_box, interpret, meaning
from symgate.ir.expr import CONST, VAR, Expr, make, postorder, var
from symgate.ir.function import Function
from symgate.passes.bounds.bound_settings import STEEP

_ZERO, _ONE = Box.exact(0.0), Box.exact(1.0)


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """For each output, the derivative enclosures of the nodes that reach it:
    ``slopes[output][node]``.
    """

    values: Mapping[Expr, Box]  # what each node can be, errors included
    slopes: Mapping[Expr, Mapping[Expr, Box]]
    #: Local errors of jumps and of steep functions, found on the way.
    extra: Mapping[Expr, Box] = field(default_factory=dict)


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
    jumps = any(e.args and _jumps(e) for e in order)
    forward = _Forward(inputs, errors, jumps, tracks_moves=jumps)
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
    lo = sum(np.asarray(part.lo) for part in parts.values())
    hi = sum(np.asarray(part.hi) for part in parts.values())
    rounding = sum(np.asarray(part.mag) for part in parts.values()) * len(parts) * 2.0**-50
    total = np.atleast_1d(np.maximum(-lo, hi) + rounding)
    worst = int(np.argmax(total))
    shares = {e: float(np.broadcast_to(p.mag, total.shape)[worst]) for e, p in parts.items()}
    return float(total[worst]), shares


@dataclass
class _Forward:
    """What each node can be, how it changes with its operands, and what it does where it jumps."""

    inputs: Mapping[str, Box]
    errors: Mapping[Expr, Box]
    jumps: bool  # whether anything does
    # whether it matters how far errors move each node: only where something jumps, or is too steep
    tracks_moves: bool
    values: dict[Expr, Box] = field(default_factory=dict)
    # values as they were without any errors, where something jumps: where they differ, operands
    # are inexact
    error_free: dict[Expr, Box] = field(default_factory=dict)
    exact: dict[Expr, bool] = field(default_factory=dict)
    moved: dict[Expr, Box] = field(default_factory=dict)  # how far errors can move each node
    partials: dict[Expr, list[Box]] = field(default_factory=dict)
    extra: dict[Expr, Box] = field(default_factory=dict)

    def add(self, e: Expr) -> None:
        """Take the next node; its operands come before it."""
        if e.op in (CONST, VAR):
            self.add_leaf(e)
            return
        operands = [self.values[operand] for operand in e.args]
        value = meaning(e).interval(*operands)
        if self.jumps:
            before = (self.error_free[operand] for operand in e.args)
            self.error_free[e] = meaning(e).interval(*before)
        self.partials[e] = _partials(e, operands)
        exact_operands = all(self.exact[operand] for operand in e.args)
        if not exact_operands:
            self.add_extra(e, operands, value)
        error = self.local_error(e)
        self.exact[e] = exact_operands and error is None
        self.values[e] = value if error is None else value + error
        if self.tracks_moves:
            self.moved[e] = self.move_of(e)

    def add_leaf(self, e: Expr) -> None:
        """Take a constant or an input, which has no error."""
        value = constant_box(e) if e.op == CONST else self.inputs[e.value]
        self.values[e] = self.error_free[e] = value
        self.exact[e], self.moved[e] = True, _ZERO

    def add_extra(self, e: Expr, operands: list[Box], value: Box) -> None:
        """Give a node whose slope does not say what inexact operands do to it an error of its own."""
        if _jumps(e):
            self.extra[e] = self.change_at_jumps(e, operands)
        elif isinstance(e.value, Function) and _is_steep(self.partials[e][0], operands[0], value):
            self.track_moves()
            slope, self.extra[e] = self.split_steep(e, operands[0], value)
            self.partials[e] = [slope]

    def local_error(self, e: Expr) -> Box | None:
        """The given and the extra error of a node, with 0; None where it has neither."""
        own = [errors[e].union(_ZERO) for errors in (self.errors, self.extra) if e in errors]
        if not own:
            return None
        return own[0] if len(own) == 1 else own[0] + own[1]

    def track_moves(self) -> None:
        """From here on, know how far errors move each node; catch up on those before."""
        self.tracks_moves = True
        for e in self.exact:
            if e not in self.moved:
                self.moved[e] = self.move_of(e)

    def move_of(self, e: Expr) -> Box:
        """How far errors can move a node."""
        if self.exact[e]:
            return _ZERO
        error = self.local_error(e)
        total = _ZERO if error is None else error
        for operand, slope in zip(e.args, self.partials[e], strict=True):
            if not self.exact[operand]:
                total = total + self.moved[operand] * slope
        return total

    def split_steep(self, e: Expr, argument: Box, value: Box) -> tuple[Box, Box]:
        """The slope of a function, 0 where slope times error is more than it can change at all, and
        what it can change there, as an error of its own.
        """
        reach = np.broadcast_to(self.moved[e.args[0]].mag, argument.lo.shape)
        (slope,) = self.partials[e]
        whole_change = np.nextafter(value.hi - value.lo, np.inf)
        with np.errstate(invalid="ignore"):
            too_steep = ~(slope.mag * reach <= whole_change)
        if not too_steep.any():
            return slope, _ZERO
        lo, hi = (np.broadcast_to(side, too_steep.shape) for side in (argument.lo, argument.hi))
        there = Box(lo[too_steep], hi[too_steep])
        within_reach = modulus(e.value, there, float(np.max(reach[too_steep])))
        change = np.where(too_steep, np.minimum(whole_change, within_reach), 0.0)
        gentle = Box(np.where(too_steep, 0.0, slope.lo), np.where(too_steep, 0.0, slope.hi))
        return gentle, Box(-change, change)

    def change_at_jumps(self, e: Expr, operands: list[Box]) -> Box:
        """What an operator that jumps can do when errors move its operands."""
        image = meaning(e).interval(*operands)
        if not isinstance(e.value, Function):
            before = meaning(e).interval(*(self.error_free[operand] for operand in e.args))
            moved: Box = image - before
            return moved
        most = modulus(e.value, operands[0], float(np.max(self.moved[e.args[0]].mag)))
        whole_change = np.nextafter(image.hi - image.lo, np.inf)
        change = np.where(image.hi > image.lo, np.minimum(most, whole_change), 0.0)
        return Box(-change, change)


def _jumps(e: Expr) -> bool:
    applied = meaning(e)
    if isinstance(applied, Function):
        return applied.jumps
    return e.op not in SPECIAL and applied.derivative is None


def _is_steep(slope: Box, argument: Box, value: Box) -> bool:
    """Whether a function is much steeper somewhere than from end to end."""
    (lo, hi), (low, high) = argument.span, value.span
    with np.errstate(invalid="ignore"):
        return not float(np.max(slope.mag)) * (hi - lo) <= STEEP.steeper * (high - low)


def modulus(function: Function, argument: Box, reach: float, pieces: int = STEEP.pieces) -> float:
    """The largest change of ``function`` between arguments in ``argument`` that are at most
    ``reach`` apart.

    The range is cut into pieces, and those of the largest change are halved while that helps.
    """
    lo, hi = argument.span
    if not reach > 0 or hi <= lo:
        return 0.0
    edges = np.linspace(lo, hi, (STEEP.jumping if function.jumps else 1) * pieces + 1)
    start, end = edges[:-1], edges[1:]
    change = _changes(function, start, end, reach, hi)
    for _ in range(STEEP.halvings):
        largest = np.max(change)
        worst = change > largest / 2
        fine = np.max((end - start)[change >= largest]) < reach * STEEP.fine
        endless = not np.all(np.isfinite(change))
        too_many = len(change) + worst.sum() > STEEP.growth * pieces
        if function.jumps or fine or endless or too_many:
            break
        middle = ((start + end) / 2)[worst]
        halves = np.concatenate([start[worst], middle]), np.concatenate([middle, end[worst]])
        start = np.concatenate([start[~worst], halves[0]])
        end = np.concatenate([end[~worst], halves[1]])
        change = np.concatenate([change[~worst], _changes(function, *halves, reach, hi)])
    return float(np.max(change))


def _changes(function: Function, start: Array, end: Array, reach: float, most: float) -> Array:
    """How much ``function`` changes from each piece to arguments up to ``reach`` behind it."""
    last = np.nextafter(end + reach, np.inf)  # the sum may have been rounded down
    there = Box(start, np.minimum(last, most))
    image = function.interval(there)
    whole = np.nextafter(image.hi - image.lo, np.inf)
    if function.jumps:
        return whole
    with np.errstate(invalid="ignore", over="ignore"):
        by_slope = np.nextafter(function.slope.interval(there).mag * reach, np.inf)
    return np.where(by_slope < whole, by_slope, whole)


# ------------------------------------------------------------------ derivatives


def _where(c: Box, x: Box, y: Box) -> list[Box]:
    """Along the two values; a condition that may flip is an error of its own, made at the
    comparison.
    """
    return [x - y, c, Box(1 - c.hi, 1 - c.lo)]


def _extreme(sign: float) -> Callable[..., list[Box]]:
    """The rule of ``max`` (``sign`` 1) or ``min`` (-1): 1 along the operand that is chosen."""

    def rule(*args: Box) -> list[Box]:
        signed = [operand if sign > 0 else -operand for operand in args]
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
    exprs = _template(e.op, tuple(operand if operand.op == CONST else None for operand in e.args))
    env = {f"p{i}": operand for i, operand in enumerate(args)}
    values = interpret(
        exprs,
        lambda n: constant_box(n) if n.op == CONST else env[n.value],
        lambda n, inner: meaning(n).interval(*inner),
    )
    return [values[x] for x in exprs]


def _reverse(root: Expr, forward: _Forward, limit: Limit | None) -> dict[Expr, Box]:
    """The slopes of one output along all nodes that reach it, from the output downwards."""
    slopes: dict[Expr, Box] = {root: _ONE}
    for e in reversed(postorder([root])):
        if e not in slopes:
            continue
        for operand, partial in zip(e.args, forward.partials.get(e, ()), strict=True):
            if operand.op == CONST:
                continue
            if limit is not None and _is_infinite(e, partial):
                argument, so_far = forward.values[operand], float(np.max(slopes[e].mag))
                partial = _clipped(partial, limit(root, e, argument, so_far))
            part = slopes[e] if partial is _ONE else slopes[e] * partial
            slopes[operand] = slopes[operand] + part if operand in slopes else part
    return slopes


def _is_infinite(e: Expr, slope: Box) -> bool:
    """Whether a function node is infinitely steep on some sub-box."""
    return isinstance(e.value, Function) and not np.all(np.isfinite(slope.mag))


def _clipped(slope: Box, most: float) -> Box:
    return Box(np.clip(slope.lo, -most, most), np.clip(slope.hi, -most, most))
