"""Vectors of bits, and sums that are not computed yet because a chain that reads them may take them
in.
"""

from __future__ import annotations

from dataclasses import dataclass

from symgate.backends.xilinx.net import FALSE, TRUE


@dataclass(frozen=True, slots=True)
class Vector:
    """Literals from bit 0 up; above them a signed vector repeats its top bit."""

    bits: tuple[int, ...]
    signed: bool

    @staticmethod
    def const(value: int) -> Vector:
        """An integer."""
        width = value.bit_length() + 1
        return Vector(tuple(value >> k & 1 for k in range(width)), value < 0)

    @property
    def extension(self) -> int:
        """The literal of every bit above the top one."""
        return self.bits[-1] if self.signed else FALSE

    def bit(self, k: int) -> int:
        """The literal of bit ``k``, 0 below bit 0."""
        if k < 0:
            return FALSE
        return self.bits[k] if k < len(self.bits) else self.extension

    def cut(self, low: int, width: int, signed: bool = False) -> Vector:
        """``width`` bits from bit ``low`` up, which may be negative."""
        return Vector(tuple(self.bit(k) for k in range(low, low + width)), signed)

    def inverted(self) -> Vector:
        """``-x - 1``."""
        return self.xor(TRUE)

    def xor(self, literal: int) -> Vector:
        """Each bit inverted where ``literal``, a constant, is 1."""
        extended = (*self.bits, self.extension)
        return Vector(tuple(x ^ literal for x in extended), True)


@dataclass(frozen=True, slots=True)
class Pending:
    """The sum of at most two vectors and of ``carry`` at bit ``place``, below which one vector is
    0.
    """

    terms: tuple[Vector, ...]
    carry: int = FALSE
    place: int = 0

    @property
    def is_plain(self) -> bool:
        """Whether it is one vector."""
        return len(self.terms) == 1 and self.carry == FALSE

    def negative(self) -> Pending:
        """``-x`` of a sum of one term: ``-(v + c) = ~v + (1 - c)``, above the place of the carry."""
        (term,) = self.terms
        above = term.cut(self.place, max(len(term.bits) - self.place, 1), term.signed).inverted()
        return Pending((shifted(above, self.place),), self.carry ^ 1, self.place)

    def shifted(self, n: int) -> Pending:
        """The sum times 2^n."""
        return Pending(tuple(shifted(term, n) for term in self.terms), self.carry, self.place + n)


def shifted(x: Vector, n: int) -> Vector:
    """``x`` times 2^n."""
    return Vector((FALSE,) * n + x.bits, x.signed)
