"""Operands of Verilog expressions: vectors and constants whose bits can be taken with any
extension.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symgate.ir.domains import Interval
from symgate.ir.types import FixedType


@dataclass(frozen=True, slots=True)
class Term:
    """A declared vector ``name`` with the values that it can take, or a constant ``value``.

    >>> Term("x", 4, True, Interval(-8, 7)).bits(5, 1)
    '{{2{x[3]}}, x[3:1]}'
    """

    name: str
    width: int
    signed: bool
    range: Interval
    value: int | None = None

    @staticmethod
    def const(value: int) -> Term:
        """The constant in the fewest bits."""
        t = FixedType.holding(value, value, 0)
        return Term("", t.width, t.signed, Interval(value, value), value)

    def bits(self, high: int, low: int = 0) -> str:
        """Bits ``high`` to ``low``, as many as asked for: above the top one they repeat the sign,
        or are 0.
        """
        size = high - low + 1
        if self.value is not None:
            return f"{size}'d{(self.value >> low) & ((1 << size) - 1)}"
        top = self.width - 1
        if high <= top:
            return self._part(high, low)
        fill = self._fill(min(high - top, size))
        return f"{{{fill}, {self._part(top, low)}}}" if low <= top else fill

    def _fill(self, size: int) -> str:
        """What stands above the top bit: zeros, or the sign so many times."""
        if not self.signed:
            return f"{size}'d0"
        sign = self._part(self.width - 1, self.width - 1)
        return sign if size == 1 else f"{{{size}{{{sign}}}}}"

    def _part(self, high: int, low: int) -> str:
        if high - low + 1 == self.width:
            return self.name
        return f"{self.name}[{high}]" if high == low else f"{self.name}[{high}:{low}]"

    def literal(self, signed: bool) -> str:
        """The constant as a number that extends rightly in a signed or an unsigned expression."""
        value = self.value
        assert value is not None
        if not signed:
            return f"{self.width}'d{value}"
        width = self.width + (not self.signed)
        if value == -(1 << (width - 1)):  # has no positive counterpart to negate
            return f"{width}'sh{-value:x}"
        return f"{'-' if value < 0 else ''}{width}'sd{abs(value)}"

    def plain(self, signed: bool) -> str:
        """The operand for an expression that is as a whole signed or unsigned."""
        if self.value is not None:
            return self.literal(signed)
        return f"$signed({{1'b0, {self.name}}})" if signed and not self.signed else self.name


def signed(terms: Sequence[Term]) -> bool:
    """Whether an expression over ``terms`` must be signed to mean what it says."""
    return any(term.signed for term in terms)


def operands(terms: Sequence[Term], width: int) -> list[str]:
    """Return ``terms`` so that an expression over them is right modulo 2^width where ``width`` bits
    are assigned.
    """
    sign = signed(terms)
    fits = all(term.width + (sign and not term.signed) <= width for term in terms)
    return [term.plain(sign) if fits else term.bits(width - 1) for term in terms]


def compared(terms: Sequence[Term]) -> list[str]:
    """Return ``terms`` so that comparing them compares their values."""
    return [term.plain(signed(terms)) for term in terms]


def declare(kind: str, name: str, width: int, signed: bool) -> str:
    """Return the head of a declaration, such as ``wire signed [7:0] name``."""
    span = "" if width == 1 and not signed else f"[{width - 1}:0] "
    return f"{kind} {'signed ' if signed else ''}{span}{name}"
