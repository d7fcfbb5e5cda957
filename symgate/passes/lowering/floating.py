"""Numbers in floating point: a few bits that say their octave above the bits below their leading
one.

Functions that are steep near one point, such as reciprocals, logarithms and roots, need their
argument finely there and coarsely elsewhere. A long argument becomes a short address that way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, reduce

import numpy as np
from numpy.typing import NDArray

from symgate.ir.expr import Expr
from symgate.ir.fixed import Builder
from symgate.passes.approx.base import bits, whole
from symgate.passes.lowering.context import Context
from symgate.passes.lowering.images import Argument, Image
from symgate.passes.lowering.plan import Float

#: Bits of a number beyond which codes no longer fit 64-bit arithmetic, and of an address.
MOST_WIDTH, MOST_BITS = 60, 20
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Format:
    """Addresses of ``width``-bit unsigned numbers: ``exponent`` bits above ``mantissa`` ones,
    growing with the number.

    There are ``2**exponent - 1`` octaves; below them steps are as fine as in the lowest one.
    """

    width: int
    exponent: int
    mantissa: int

    @staticmethod
    def of(width: int, exponent: int, mantissa: int) -> Format:
        """The format with no more octaves than ``width`` bits have; in short ones not every address
        has a number.
        """
        return Format(width, min(exponent, width.bit_length()), mantissa)

    @property
    def bits(self) -> int:
        """Bits of an address."""
        return self.exponent + self.mantissa

    @property
    def octaves(self) -> int:
        """How many there are."""
        return (1 << self.exponent) - 1

    @cached_property
    def starts(self) -> Ints:
        """The first number of each address, and the end of the last; one that no number has starts
        with the next.
        """
        a = np.arange((1 << self.bits) + 1, dtype=np.int64)
        octave, low = a >> self.mantissa, a & ((1 << self.mantissa) - 1)
        significand = np.where(octave > 0, low + (1 << self.mantissa), low)
        shift = np.maximum(octave, 1) - 1 + self.width - self.octaves - self.mantissa
        up, down = np.maximum(shift, 0), np.minimum(np.maximum(-shift, 0), 62)
        return np.asarray(((significand << up) + (1 << down) - 1) >> down)

    def lower(self, b: Builder, x: int) -> int:
        """The address of the unsigned ``x`` of ``width`` bits, as a node."""
        moved, n = x, max(self.width, self.mantissa + 1)
        moved = b.concat(moved, b.const(0), n - self.width) if n > self.width else moved
        small: list[int] = []
        for j in reversed(range(self.exponent)):
            far = 1 << j
            keep = min(n, self.mantissa + 2 * far)
            moved, n = bits(b, moved, n - 1, n - keep), keep
            zero = b.emit("eq", bits(b, moved, n - 1, max(0, n - far)), b.const(0))
            if j or small:
                others = (
                    zero if j else b.emit("not", reduce(lambda p, q: b.emit("and", p, q), small))
                )
                shifted = (
                    b.concat(bits(b, moved, n - 1 - far, 0), b.const(0), far)
                    if far < n
                    else b.const(0)
                )
                moved = b.select(zero if j else b.emit("and", zero, others), shifted, moved)
            small.append(zero)
        moved = bits(b, moved, n - 1, n - 1 - self.mantissa)
        octave = reduce(lambda p, q: b.concat(p, q, 1), (b.emit("not", z) for z in small))
        return b.concat(octave, bits(b, moved, self.mantissa - 1, 0), self.mantissa)


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
    cells = [s.codes(f, plan.clamped) for s in sides]
    at = np.concatenate(
        [np.flatnonzero(live) + (k << f.bits) for k, (live, *_) in enumerate(cells)]
    )
    first, last = (np.concatenate([cell[k] for cell in cells]) for k in (1, 2))
    address = _address(c.builder, arg.node, plan, sides, f)
    width = f.bits + len(sides) - 1
    return Image.of(e.value, Argument(node.frac, arg.offset), address, first, last, at, width)


@dataclass(frozen=True)
class _Side:
    """The codes ``at + sign * distance`` for distances from ``least`` to ``most``."""

    at: int
    sign: int
    least: int
    most: int

    def codes(self, f: Format, clamped: bool) -> tuple[NDArray[np.bool_], Ints, Ints]:
        """Which addresses can occur, and the first and the last code of each that can."""
        first, last = f.starts[:-1], f.starts[1:] - 1
        live = (first <= last) & (last >= self.least) & (first <= self.most)
        near, far = np.maximum(first[live], self.least), np.minimum(last[live], self.most)
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
    zero = b.const(sides[0].at)
    distance = b.sub(zero, x) if plan.side == "below" else b.sub(x, zero) if sides[0].at else x
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
