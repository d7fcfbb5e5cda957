"""Values in C with the text of a bound on their error, and grids of numbers that floats hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from symgate.ir.boxes import WIDENING
from symgate.ir.meanings import HELD

#: What float64 holds exactly.
MANTISSA = 53


@dataclass(frozen=True)
class Value:
    """C text of a value and of a bound on its error; ``grid`` where it is a multiple of a power of
    two whose size is known.
    """

    text: str
    error: str | None = None
    grid: Grid | None = None


@dataclass(frozen=True)
class Grid:
    """Multiples of ``2**unit`` of at most ``largest`` in size."""

    unit: int
    largest: Fraction

    @property
    def is_exact(self) -> bool:
        """Whether float64 holds all of them."""
        return self.largest < Fraction(2) ** (self.unit + MANTISSA) and self.unit > -900

    @staticmethod
    def of(value: Fraction) -> Grid | None:
        """The grid of a constant; None of one that is no sum of powers of two."""
        if value.denominator & (value.denominator - 1):
            return None
        return Grid(-(value.denominator.bit_length() - 1), abs(value))


def total(*parts: str | None) -> str | None:
    """The sum of errors."""
    known = [part for part in parts if part is not None]
    return " + ".join(known) or None


def times(error: str | None, factor: str) -> str | None:
    """An error that a factor makes larger."""
    return None if error is None else f"({error}) * {factor}"


def rounding(value: str) -> str:
    """What a basic operation rounds."""
    return f"ROUND({value})"


def library(value: str, angle: str | None = None) -> str:
    """What a function of the library may be off; one of an angle is less exact near its zeros, and
    nothing is known for large ones.
    """
    if angle is None:
        return f"LIBRARY({value})"
    return f"IF(fabs({angle}) < ANGLE, LIBRARY({value}) + 0x1p-50, INFINITY)"


HEAD = f"""\
#include <math.h>
#if defined(__x86_64__) && defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 35)
#define VECTOR __attribute__((simd("notinbranch"), const))
#endif
#endif
#ifdef VECTOR
// under another name, as gcc makes one call of complex numbers, no vector, of sin(x) and cos(x)
VECTOR double cosine(double) __asm__("cos");
VECTOR double sin(double); VECTOR double tan(double);
VECTOR double asin(double); VECTOR double acos(double); VECTOR double atan(double);
VECTOR double sinh(double); VECTOR double cosh(double); VECTOR double tanh(double);
VECTOR double asinh(double); VECTOR double acosh(double); VECTOR double atanh(double);
VECTOR double exp(double); VECTOR double exp2(double); VECTOR double expm1(double);
VECTOR double log(double); VECTOR double log2(double); VECTOR double log10(double);
VECTOR double log1p(double); VECTOR double cbrt(double); VECTOR double erf(double);
VECTOR double pow(double, double); VECTOR double atan2(double, double);
VECTOR double hypot(double, double);
#else
#define cosine cos
#endif
#define ROUND(v) (fabs(v) * 0x1p-53 + {WIDENING.tiny})
#define LIBRARY(v) (fabs(v) * {WIDENING.library.hex()} + {WIDENING.tiny})
#define IF(c, a, b) ((c) ? (a) : (b))
#define LEAST(a, b) ((a) < (b) ? (a) : (b))  // of no number and b: b
#define MOST(a, b) ((a) > (b) ? (a) : (b))
#define ANGLE {WIDENING.largest_angle}
#define HELD {HELD.hex()}
"""

Found = tuple[str, str | None]  # a value, and its error
Rule = Callable[..., Found]


def error_of(value: Value) -> str:
    """The text of a bound on the error, 0 of an exact value."""
    return value.error or "0.0"


def joined(op: str, args: Sequence[Value]) -> Grid | None:
    """The grid of an exact operation on values of grids."""
    grids = [a.grid for a in args]
    known = [g for g in grids if g is not None]
    if len(known) < len(grids):
        return None
    sizes, units = [g.largest for g in known], [g.unit for g in known]
    if op == "add":
        return Grid(min(units), sum(sizes, Fraction(0)))
    if op == "mul":
        return Grid(sum(units), sizes[0] * sizes[1])
    if op == "square":
        return Grid(2 * units[0], sizes[0] ** 2)
    if op in ("neg", "abs", "relu", "min", "max", "hold"):
        return Grid(min(units), max(sizes))
    return None
