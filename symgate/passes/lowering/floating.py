"""Numbers in floating point: a few bits that say their octave above the bits below their leading
one.

Functions that are steep near one point, such as reciprocals, logarithms and roots, need their
argument finely there and coarsely elsewhere. A long argument becomes a short address that way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from symgate.ir.expr import Expr
from symgate.ir.fixed import Builder
from symgate.ir.function import Function
from symgate.passes.approx.base import bits, whole
from symgate.passes.approx.float_format import Format
from symgate.passes.lowering.context import Context
from symgate.passes.lowering.images import Argument, Image, points
from symgate.passes.lowering.plan import Float

#: Bits of a number beyond which codes no longer fit 64-bit arithmetic, and of an address.
MOST_WIDTH, MOST_BITS = 60, 20
#: Bits by which an address without octaves may be longer: less than the shifters cost. And by
#: which distances are shortened at least.
LONGER, SAVED = 1, 3
Ints = NDArray[np.int64]


def enclosed(c: Context, e: Expr, low: int, high: int) -> Image | None:
    """What a function is at each floating-point address of an argument with the codes ``low`` to
    ``high``.

    None where the codes themselves are no longer than such an address.
    """
    arg, plan = c.values[e.args[0]], c.plan.floating[e]
    node = c.builder.nodes[arg.node]
    sides = _sides(plan, low, high, lambda real: _code(real - arg.offset, node.frac))
    f = Format.of(max(1, *(s.most for s in sides)).bit_length(), plan.exponent, c.plan.address[e])
    if (
        f.width > MOST_WIDTH
        or f.bits + (len(sides) > 1) > MOST_BITS
        or f.bits >= (high - low).bit_length() - 1
    ):
        return None
    argument = Argument(node.frac, arg.offset)
    seen = _of_sides(e.value, argument, sides, f, plan.clamped)
    short = _saturated(c, e, sides, f, seen)
    return short or replace(seen, address=_address(c.builder, arg.node, plan, sides, f))


def _of_sides(
    f: Function, argument: Argument, sides: list[_Side], format: Format, clamped: bool
) -> Image:
    """What ``f`` is at the addresses of the distances of all sides."""
    cells = [side.codes(format, clamped) for side in sides]
    at = np.concatenate(
        [np.flatnonzero(live) + (k << format.bits) for k, (live, *_) in enumerate(cells)]
    )
    first, last = (np.concatenate([cell[k] for cell in cells]) for k in (1, 2))
    return Image.of(f, argument, first, last, at, format.bits + len(sides) - 1)


def _saturated(
    c: Context, e: Expr, sides: list[_Side], format: Format, seen: Image
) -> Image | None:
    """What a function is at distances up to where it changes no more than in a cell of ``seen``,
    and beyond; without octaves, where these distances are short. None where they are long.
    """
    side, arg = sides[0], c.values[e.args[0]]
    if len(sides) > 1 or side.least < 0 or not seen.bounded.any():
        return None
    allowed = float(np.max((seen.high - seen.low)[seen.bounded]))
    argument = Argument(c.builder.nodes[arg.node].frac, arg.offset)
    width = _bits_that_matter(e.value, argument, side, allowed)
    if width > format.width - SAVED:
        return None
    near = replace(side, most=(1 << width) - 1, beyond=side.most)
    short = Format(width, 0, width)
    if width > format.bits + LONGER:
        short = Format.of(width, format.exponent, format.mantissa)
    found = _of_sides(e.value, argument, [near], short, False)
    distance = _saturated_distance(c.builder, arg.node, side, width)
    address = short.lower(c.builder, distance) if short.exponent else distance
    return replace(found, address=address)


def _bits_that_matter(f: Function, argument: Argument, side: _Side, allowed: float) -> int:
    """Bits of distances beyond which ``f`` changes by at most ``allowed``."""
    widths = np.arange(1, side.most.bit_length() + 1)
    widths = widths[(np.int64(1) << widths) > side.least]  # some distance is not beyond
    near = (np.int64(1) << widths) - 1
    ends = side.at + side.sign * near, np.full(near.shape, side.at + side.sign * side.most)
    tail = f.interval(points(np.minimum(*ends), np.maximum(*ends), argument.frac, argument.offset))
    few = (tail.hi - tail.lo <= allowed) & (near < side.most)
    return int(widths[np.argmax(few)]) if few.any() else MOST_WIDTH


def _saturated_distance(b: Builder, node: int, side: _Side, width: int) -> int:
    """The distance from the centre, or all ones where it has more than ``width`` bits."""
    distance = _distance(b, whole(b, node), side)
    t = b.nodes[distance].type
    above = bits(b, distance, max(t.width - 1, width), width)
    ones = b.const((1 << width) - 1)
    return b.select(b.emit("eq", above, b.const(0)), bits(b, distance, width - 1, 0), ones)


def _distance(b: Builder, x: int, side: _Side) -> int:
    """How far a value is from the centre, on its side of it."""
    zero = b.const(side.at)
    if side.sign < 0:
        return b.sub(zero, x)
    return b.sub(x, zero) if side.at else x


@dataclass(frozen=True)
class _Side:
    """The codes ``at + sign * distance`` for distances from ``least`` to ``most``."""

    at: int
    sign: int
    least: int
    most: int
    beyond: int | None = None  # a larger distance that is seen as ``most``, and those between

    def codes(self, f: Format, clamped: bool) -> tuple[NDArray[np.bool_], Ints, Ints]:
        """Which addresses can occur, and the first and the last code of each that can."""
        first, last = f.starts[:-1], f.starts[1:] - 1
        live = (first <= last) & (last >= self.least) & (first <= self.most)
        near, far = np.maximum(first[live], self.least), np.minimum(last[live], self.most)
        if self.beyond is not None:
            far[-1] = self.beyond
        if clamped and live[0]:
            near[0] = self.least
        ends = self.at + self.sign * near, self.at + self.sign * far
        return live, np.minimum(*ends), np.maximum(*ends)


def _code(real: Fraction, frac: int) -> int:
    return round(real * Fraction(2) ** frac)


def _sides(plan: Float, low: int, high: int, code: Callable[[Fraction], int]) -> list[_Side]:
    """Above the centre, then below; where both are used, those below are counted from one less.

    Between two ends: the half from the upper one, then that from the lower one.
    """
    centre = code(plan.centre)
    if plan.side == "ends":
        assert plan.far is not None
        lower, upper = min(centre, low), max(code(plan.far), high)
        middle = _middle(low, high)
        return [
            _Side(upper, -1, upper - high, upper - middle),
            _Side(lower, 1, low - lower, middle - 1 - lower),
        ]
    if not plan.clamped and plan.side != "both":
        centre = max(centre, high) if plan.side == "below" else min(centre, low)
    at = centre - (plan.side == "both")
    above, below = _Side(centre, 1, low - centre, high - centre), _Side(at, -1, at - high, at - low)
    return [above] if plan.side == "above" else [below] if plan.side == "below" else [above, below]


def _middle(low: int, high: int) -> int:
    """A code of few bits near the middle, above ``low``: 0 where that is one."""
    coarse = max(0, (high - low).bit_length() - 4)
    return max((low + high) // 2 >> coarse << coarse, low + 1)


def _address(b: Builder, node: int, plan: Float, sides: list[_Side], f: Format) -> int:
    """The address of a value; beyond the centre it is that of 0 where it is clamped, or has a bit
    for the sign.
    """
    x = whole(b, node)
    if plan.side == "ends":
        return _from_nearer(b, x, sides, f)
    distance = _distance(b, x, sides[0])
    t = b.nodes[distance].type
    found, top = bits(b, distance, f.width - 1, 0), bits(b, distance, t.width - 1, t.width - 1)
    negative = top if t.signed else b.const(0)
    if plan.clamped:
        found = b.select(negative, b.const(0), found)
    if plan.side != "both":
        return f.lower(b, found)
    found = b.select(negative, bits(b, b.invert(distance), f.width - 1, 0), found)
    return b.concat(negative, f.lower(b, found), f.bits)


def _from_nearer(b: Builder, x: int, sides: list[_Side], f: Format) -> int:
    """The address of the distance from the nearer of two ends, below a bit that says which."""
    upper, lower = sides
    middle = lower.at + lower.most + 1
    beside = b.sub(x, b.const(middle)) if middle else x
    top = b.nodes[beside].type.width - 1
    below = bits(b, beside, top, top)
    # one adder for both: upper - x is ~x + (upper + 1)
    start = b.select(below, b.const(-lower.at), b.const(upper.at + 1))
    distance = b.add(b.select(below, x, b.invert(x)), start)
    return b.concat(below, f.lower(b, bits(b, distance, f.width - 1, 0)), f.bits)
