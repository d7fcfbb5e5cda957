"""Numbers in floating point: a few bits that say their octave above the bits below their leading one.

Functions that are steep near one point, such as reciprocals, logarithms and roots, need their argument finely there and
coarsely elsewhere. A long argument becomes a short address that way.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, reduce

import numpy as np
from numpy.typing import NDArray

from symgate.ir.boxes import Box
from symgate.ir.expr import Expr
from symgate.ir.fixed import Builder
from symgate.passes.approx.base import bits, whole
from symgate.passes.lowering.context import Context
from symgate.passes.plan import Float

#: Bits of a number beyond which codes no longer fit 64-bit arithmetic, and of an address.
MOST_WIDTH, MOST_BITS = 60, 20
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Format:
    """Addresses of ``width``-bit unsigned numbers: ``exponent`` bits above ``mantissa`` ones, growing with the number.

    There are ``2**exponent - 1`` octaves; below them steps are as fine as in the lowest one.
    """

    width: int
    exponent: int
    mantissa: int

    @staticmethod
    def of(width: int, exponent: int, mantissa: int) -> Format:
        """The format with no more octaves than ``width`` bits have; in short ones not every address has a number."""
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
        """The first number of each address, and the end of the last; one that no number has starts with the next."""
        a = np.arange((1 << self.bits) + 1, dtype=np.int64)
        octave, low = a >> self.mantissa, a & ((1 << self.mantissa) - 1)
        significand = np.where(octave > 0, low + (1 << self.mantissa), low)
        shift = np.maximum(octave, 1) - 1 + self.width - self.octaves - self.mantissa
        up, down = np.maximum(shift, 0), np.minimum(np.maximum(-shift, 0), 62)
        return np.asarray(((significand << up) + (1 << down) - 1) >> down)

    def lower(self, b: Builder, x: int) -> int:
        """The address of the unsigned ``x`` of ``width`` bits, as a node."""
        need = self.mantissa + self.octaves + 1
        moved, n = x, self.width
        if n < need:
            moved, n = b.concat(moved, b.const(0), need - n), need
        moved, n = bits(b, moved, n - 1, n - need), need
        small: list[int] = []
        for j in reversed(range(self.exponent)):
            far = 1 << j
            zero = b.emit("eq", bits(b, moved, n - 1, n - far), b.const(0))
            if j or small:
                last = (
                    zero if j else b.emit("and", zero, b.emit("not", reduce(lambda p, q: b.emit("and", p, q), small)))
                )
                shifted = b.concat(bits(b, moved, n - 1 - far, 0), b.const(0), far)
                moved = b.select(last, shifted, moved)
            small.append(zero)
            moved, n = bits(b, moved, n - 1, n - self.mantissa - far), self.mantissa + far
        octave = reduce(lambda p, q: b.concat(p, q, 1), (b.emit("not", z) for z in small))
        return b.concat(octave, bits(b, moved, n - 2, 0), self.mantissa)


def enclosed(c: Context, e: Expr, low: int, high: int) -> tuple[int, Floats, Floats] | None:
    """The address of a function whose argument has the codes ``low`` to ``high``, and its values at each address.

    Values where nothing can be are NaN. None where the codes themselves are no longer than such an address.
    """
    arg, plan = c.values[e.args[0]], c.plan.floating[e]
    node = c.builder.nodes[arg.node]
    centre = round((plan.centre - arg.offset) * Fraction(2) ** node.frac)
    if not plan.clamped:
        centre = max(centre, high) if plan.below else min(centre, low)
    least, most = (centre - high, centre - low) if plan.below else (low - centre, high - centre)
    f = Format.of(max(most, 1).bit_length(), plan.exponent, c.plan.address[e])
    if f.width > MOST_WIDTH or f.bits > MOST_BITS or f.bits >= (high - low).bit_length():
        return None
    address = f.lower(c.builder, _distance(c.builder, arg.node, centre, plan, f.width))
    first, last = f.starts[:-1], f.starts[1:] - 1
    live = (first <= last) & (last >= least) & (first <= most)
    ends = np.maximum(first[live], least), np.minimum(last[live], most)
    ends[0][0] = least if plan.clamped else ends[0][0]
    lo, hi = (centre - ends[1], centre - ends[0]) if plan.below else (centre + ends[0], centre + ends[1])
    box = e.value.interval(_reals(lo, hi, node.frac, float(arg.offset)))
    values = np.full((2, f.starts.size - 1), np.nan)
    values[:, live] = box.lo, box.hi
    return address, values[0], values[1]


def _distance(b: Builder, node: int, centre: int, plan: Float, width: int) -> int:
    """How far a value is from ``centre``, unsigned; 0 beyond it where it is clamped."""
    x, zero = whole(b, node), b.const(centre)
    distance = b.sub(zero, x) if plan.below else b.sub(x, zero) if centre else x
    t = b.nodes[distance].type
    found = bits(b, distance, width - 1, 0)
    return (
        b.select(bits(b, distance, t.width - 1, t.width - 1), b.const(0), found) if t.signed and plan.clamped else found
    )


def _reals(lo: Ints, hi: Ints, frac: int, offset: float) -> Box:
    """Codes as real numbers, rounded outward where they are long."""
    start, end = (np.ldexp(side.astype(np.float64), -frac) for side in (lo, hi))
    if max(abs(int(lo.min())), abs(int(hi.max()))) >= 1 << 52:
        start, end = np.nextafter(start, -np.inf), np.nextafter(end, np.inf)
    return Box.exact(start + offset, end + offset)
