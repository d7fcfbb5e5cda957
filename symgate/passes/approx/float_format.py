"""Numbers as their octave above the bits below their leading one, found by counting leading zeros
and shifting them out in the same stages.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np

from symgate.ir.fixed import Builder
from symgate.passes.approx.base import Ints, as_ints, bits


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

    @property
    def luts(self) -> float:
        """LUT6 of the stages: half a LUT per bit and stage, and the tests for 0."""
        stages = [min(self.width, self.mantissa + (2 << j)) for j in range(self.exponent)]
        return 0.5 * sum(stages) + (1 << self.exponent) / 5

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

    def address(self, x: Ints) -> Ints:
        """The address of each of the unsigned ``x`` below ``2**width``."""
        leading = np.frexp(x.astype(np.float64))[1]  # of at most 53 bits: exact
        octave = np.where(x > 0, np.maximum(leading - (self.width - self.octaves), 0), 0)
        shift = np.maximum(octave, 1) - 1 + self.width - self.octaves - self.mantissa
        moved = np.where(shift >= 0, x >> np.maximum(shift, 0), x << np.maximum(-shift, 0))
        low = moved & ((1 << self.mantissa) - 1)
        return as_ints((octave << self.mantissa) | low)

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
