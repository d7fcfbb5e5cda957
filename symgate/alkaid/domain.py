"""A domain of values for the fixed-point graph: variables that alkaid traces.

The meaning of each operator is that of `symgate.ir.fixed_ops`; here is only what the operators of
Python do with a variable, as a whole number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgate.ir.domains import lookup, mux


@dataclass(frozen=True, eq=False)
class Traced:
    """A whole number that is known when the hardware runs; ``variable`` is alkaid's `FVariable`."""

    variable: Any

    def __add__(self, other: Traced | int) -> Traced | int:
        return number(self.variable + _plain(other))

    def __sub__(self, other: Traced | int) -> Traced | int:
        return number(self.variable - _plain(other))

    def __rsub__(self, other: int) -> Traced | int:
        return -self + other

    def __neg__(self) -> Traced | int:
        return number(-self.variable)

    def __mul__(self, other: Traced | int) -> Traced | int:
        return number(self.variable * _plain(other))

    __radd__, __rmul__ = __add__, __mul__

    def __lshift__(self, n: int) -> Traced | int:
        return number(self.variable * 2.0**n)

    def __rshift__(self, n: int) -> Traced | int:
        """The floor of the quotient by ``2**n``."""
        signed, whole, _ = self.variable.kif
        if whole + signed > n:
            return number(_cut(self.variable, signed, whole, -n) * 2.0**-n)
        return -number(self.variable.is_negative())  # no bit but the sign is left

    def __and__(self, other: Traced | int) -> Traced | int:
        """Of two bits; or the low bits that a mask of ones leaves."""
        if isinstance(other, Traced):
            return number(self.variable & other.variable)
        width = other.bit_length()
        if other != (1 << width) - 1:
            raise TypeError(f"the mask {other:#x} is not of ones alone")
        return number(_cut(self.variable, 0, width, 0))

    def __or__(self, other: Traced | int) -> Traced | int:
        """Of two bits."""
        return number(self.variable | _plain(other))

    def __xor__(self, other: int) -> Traced | int:
        """The opposite of a bit."""
        return 1 - self

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def __lt__(self, other: Traced | int) -> Traced | int:
        return _is_negative(self - other)

    def __gt__(self, other: Traced | int) -> Traced | int:
        return _is_negative(-(self - other))

    def __eq__(self, other: object) -> Any:
        if not isinstance(other, (Traced, int)):
            return NotImplemented
        difference = self - other
        if isinstance(difference, int):
            return int(difference == 0)
        return 1 - number(difference.variable.unary_bit_op("any"))

    def fitting(self, low: int, high: int) -> Traced | int:
        """The same number in the bits of ``low`` to ``high``, which hold it."""
        signed = low < 0
        width = max(high.bit_length(), (~low).bit_length() if signed else 0)
        return number(_cut(self.variable, signed, width, 0))


def _cut(variable: Any, signed: int, whole: int, places: int) -> Any:
    """``variable.quantize(signed, whole, places)``, on the number that its wires hold: alkaid 0.8.2
    reads the highest bit where the lowest of a multiple is asked for (`canonicalize_msb_wraps`).
    """
    factor = variable.step / variable.unscaled.step
    shift = round(math.log2(factor))
    held = variable * (1 / factor)
    return held.quantize(signed, whole - shift, places + shift) * factor


def number(variable: Any) -> Traced | int:
    """The whole number that a variable of alkaid's holds: an int where it holds one only."""
    return int(variable.low) if variable.low == variable.high else Traced(variable)


def _is_negative(value: Traced | int) -> Traced | int:
    return int(value < 0) if isinstance(value, int) else number(value.variable.is_negative())


def _plain(value: Traced | int) -> Any:
    return value.variable if isinstance(value, Traced) else float(value)


@mux.register
def _(condition: Traced, then: Any, other: Any) -> Any:
    return number(condition.variable.msb_mux(_plain(then), _plain(other)))


@lookup.register
def _(index: Traced, values: tuple[int, ...]) -> Any:
    variable = index.variable
    low, high, step = map(int, (variable.low, variable.high, variable.step))
    return number(variable.lookup(np.array(values[low : high + 1 : step], float)))


