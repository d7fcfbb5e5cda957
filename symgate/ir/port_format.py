"""The format that a user states for a port: its bits, and what becomes of values between and beyond
its codes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from symgate.errors import InputError
from symgate.ir.types import MAX_WIDTH, FixedType, Overflow, Rounding

_BRACKETS = re.compile(r"(ap_)?(u?)(fixed|int)\s*<([^<>]*)>")
_Q_FORMAT = re.compile(r"(U?)Q\s*(?:(\d+)\s*\.\s*)?(\d+)", re.IGNORECASE)
_WHOLE = re.compile(r"[+-]?\d{1,6}")
_KNOWN = (
    "fixed<W,I>, ap_fixed<W,I,AP_RND,AP_SAT>, int<N>, uint<N>, ap_int<N>, bool or Q3.4 "
    f"(with u, ap_u or U without sign), of 1 to {MAX_WIDTH} bits"
)
_REMEDY = (
    "W is the number of bits, I how many of them stand before the binary point, sign included; "
    "Q3.4 has a sign, 3 bits before and 4 behind it"
)
_ZEROED = (Overflow.WRAP, Overflow.SAT_ZERO)


@dataclass(frozen=True, slots=True)
class PortFormat:
    """Bits with a rounding and an overflow mode of ``ap_fixed``.

    Names with ``ap_`` mean what they mean in the vendor's headers: TRN and WRAP where nothing else
    is stated. Our own (``fixed``, ``int``, ``bool``, Q formats) round to nearest and saturate.

    >>> PortFormat.parse("ap_fixed<10,4,AP_RND,AP_SAT>").type
    FixedType(signed=True, width=10, frac=6)
    >>> str(PortFormat.parse("UQ3.4"))
    'ap_ufixed<7,3,AP_RND,AP_SAT>'
    """

    type: FixedType
    rounding: Rounding = Rounding.RND
    overflow: Overflow = Overflow.SAT

    @staticmethod
    def parse(text: str) -> PortFormat:
        """Read any of the notations; raise `InputError` for anything else."""
        plain = text.strip()
        found = _bracketed(plain) or _q_format(plain)
        if plain == "bool":
            found = PortFormat(FixedType(False, 1, 0))
        if found is None or not 1 <= found.type.width <= MAX_WIDTH:
            raise _no_format(text)
        if abs(found.type.integer) > MAX_WIDTH:
            raise _no_format(text)
        return found

    @property
    def lowest(self) -> Fraction:
        """The smallest value that comes out."""
        symmetric = self.overflow is Overflow.SAT_SYM and self.type.signed and self.type.width > 1
        return (-self.type.hi if symmetric else self.type.lo) * self.type.ulp

    @property
    def highest(self) -> Fraction:
        """The largest value that comes out."""
        return self.type.hi * self.type.ulp

    @property
    def saturates(self) -> bool:
        """Whether values beyond the ends become the ends."""
        return self.overflow not in _ZEROED

    @property
    def rounds_to_nearest(self) -> bool:
        """Whether no value is off by more than half a unit of the last bit."""
        return self.rounding not in (Rounding.TRN, Rounding.TRN_ZERO)

    def __str__(self) -> str:
        sign = "" if self.type.signed else "u"
        modes = f"AP_{self.rounding},AP_{self.overflow}"
        return f"ap_{sign}fixed<{self.type.width},{self.type.integer},{modes}>"


def _bracketed(text: str) -> PortFormat | None:
    """``ap_fixed<W,I,Q,O>``, ``int<N>`` and their like."""
    match = _BRACKETS.fullmatch(text)
    if match is None:
        return None
    sizes, modes = _sizes_and_modes(match[4], wanted=2 if match[3] == "fixed" else 1)
    if sizes is None or len(modes) > 2:
        return None
    width, integer = sizes[0], sizes[-1]
    vendor = bool(match[1])
    usual = ["TRN", "WRAP"] if vendor else ["RND", "SAT"]
    rounding, overflow = [*modes, *usual[len(modes) :]]
    if rounding not in set(Rounding) or overflow not in set(Overflow):
        return None
    kind = FixedType(not match[2], width, width - integer)
    return PortFormat(kind, Rounding(rounding), Overflow(overflow))


def _sizes_and_modes(inside: str, wanted: int) -> tuple[list[int] | None, list[str]]:
    """The numbers in brackets, None where these are not ``wanted`` ones, and the names behind
    them.
    """
    words = [word.strip() for word in inside.split(",")]
    numbers, modes = words[:wanted], words[wanted:]
    whole = len(numbers) == wanted and all(map(_WHOLE.fullmatch, numbers))
    return list(map(int, numbers)) if whole else None, [m.removeprefix("AP_") for m in modes]


def _q_format(text: str) -> PortFormat | None:
    """``Q3.4``: a sign, 3 bits before the binary point and 4 behind it; ``UQ3.4`` without a sign,
    ``Q15`` is ``Q0.15``.
    """
    match = _Q_FORMAT.fullmatch(text)
    if match is None:
        return None
    signed, before, behind = not match[1], int(match[2] or 0), int(match[3])
    return PortFormat(FixedType(signed, signed + before + behind, behind))


def _no_format(text: str) -> InputError:
    return InputError(f"'{text}' is not a format of a port", expected=_KNOWN, remedy=_REMEDY)
