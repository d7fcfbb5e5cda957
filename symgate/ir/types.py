"""Fixed-point formats, named as in ``ap_fixed``: W bits in all, I of them before the binary point,
sign included.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from symgate.errors import InputError


class Rounding(StrEnum):
    """What happens to dropped low bits (``ap_q_mode`` of ``ap_fixed``, AMD UG1399)."""

    TRN = "TRN"  # toward minus infinity
    TRN_ZERO = "TRN_ZERO"  # toward zero
    RND = "RND"  # to nearest, ties toward plus infinity
    RND_ZERO = "RND_ZERO"  # to nearest, ties toward zero
    RND_INF = "RND_INF"  # to nearest, ties away from zero
    RND_MIN_INF = "RND_MIN_INF"  # to nearest, ties toward minus infinity
    RND_CONV = "RND_CONV"  # to nearest, ties to even


class Overflow(StrEnum):
    """What happens to values that do not fit (``ap_o_mode`` of ``ap_fixed``)."""

    WRAP = "WRAP"  # modulo 2^W
    SAT = "SAT"  # to the nearest representable value
    SAT_SYM = "SAT_SYM"  # the same, and the most negative value of a signed format is never used
    SAT_ZERO = "SAT_ZERO"  # to zero


_FORMAT = re.compile(r"^\s*(?:ap_)?(u?)fixed\s*<\s*(-?\d+)\s*,\s*(-?\d+)\s*>\s*$")
MAX_WIDTH = 1024  # of ap_int, and so of every format


def pow2(n: int) -> Fraction:
    """``2**n`` for any integer ``n``."""
    return Fraction(1 << n) if n >= 0 else Fraction(1, 1 << -n)


@dataclass(frozen=True, slots=True)
class FixedType:
    """``width`` bits, the value is ``raw / 2**frac``; prints as ``fixed<W,I>`` or ``ufixed<W,I>``.

    >>> FixedType.parse("fixed<12,5>")
    FixedType(signed=True, width=12, frac=7)
    >>> str(FixedType(False, 8, 8))
    'ufixed<8,0>'
    """

    signed: bool
    width: int
    frac: int

    @staticmethod
    def parse(text: str) -> FixedType:
        """Read ``fixed<W,I>`` or ``ufixed<W,I>``; raise `InputError` for anything else."""
        match = _FORMAT.match(text)
        if match is None or not 1 <= int(match[2]) <= MAX_WIDTH or abs(int(match[3])) > MAX_WIDTH:
            raise InputError(
                f"'{text}' is not a fixed-point format",
                expected=f"fixed<W,I> or ufixed<W,I> with 1 <= W <= {MAX_WIDTH}, such as fixed<12,5>",
                remedy="W is the number of bits, I how many of them stand before the binary point, sign included",
            )
        width, integer = int(match[2]), int(match[3])
        return FixedType(not match[1], width, width - integer)

    @staticmethod
    def holding(lo: int, hi: int, frac: int) -> FixedType:
        """The narrowest format at ``frac`` fraction bits that holds every raw value from ``lo`` to
        ``hi``.
        """
        signed = lo < 0
        magnitude = max(hi, ~lo) if signed else hi
        return FixedType(signed, max(magnitude.bit_length() + signed, 1), frac)

    @property
    def integer(self) -> int:
        """Bits before the binary point, sign included (the I of ``fixed<W,I>``)."""
        return self.width - self.frac

    @property
    def lo(self) -> int:
        """The smallest raw value."""
        return -(1 << (self.width - 1)) if self.signed else 0

    @property
    def hi(self) -> int:
        """The largest raw value."""
        return (1 << (self.width - self.signed)) - 1

    @property
    def ulp(self) -> Fraction:
        """The weight of the last bit."""
        return pow2(-self.frac)

    def __str__(self) -> str:
        return f"{'' if self.signed else 'u'}fixed<{self.width},{self.integer}>"
