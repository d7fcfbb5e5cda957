"""What is wrong with the operands or attributes of an operator, as a sentence; None if nothing."""

from __future__ import annotations

from symgate.ir.lossy import Attr, Types
from symgate.ir.types import Overflow, Rounding


def count_check(attr: Attr, types: Types) -> str | None:
    """A number of bits."""
    return f"the shift is {attr[0]}, but must not be negative" if attr[0] < 0 else None


def slice_check(attr: Attr, types: Types) -> str | None:
    """The first and the last bit."""
    high, low = attr
    if high >= low >= 0:
        return None
    return f"bits {high} down to {low} are none; give hi >= lo >= 0"


def concat_check(attr: Attr, types: Types) -> str | None:
    """The width of the low part."""
    if not types[1].signed and types[1].width <= attr[0]:
        return None
    return f"the low part is {types[1]}, but must be unsigned with at most {attr[0]} bits"


def table_check(attr: Attr, types: Types) -> str | None:
    """One entry for each bit pattern of the index."""
    entries, width = len(attr[0]), types[0].width
    if entries == 1 << width:
        return None
    return f"the table has {entries} entries but its index has {width} bits; give {1 << width}"


def booth_check(attr: Attr, types: Types) -> str | None:
    """A digit of three bits."""
    if not types[1].signed and types[1].width <= 3:
        return None
    return f"the digit is {types[1]}, but must be a slice of 3 bits"


def width_check(attr: Attr, types: Types) -> str | None:
    """The bits of a result, and whether it has a sign."""
    width, signed = attr[:2]
    if width >= 1 and signed in (0, 1):
        return None
    return (
        f"cannot bring a value into {width} bits, signed={signed}; give width >= 1, signed 0 or 1"
    )


def saturate_check(attr: Attr, types: Types) -> str | None:
    """The bits of a result, and a mode."""
    known = [str(mode) for mode in Overflow if mode is not Overflow.WRAP]
    if attr[2] not in known:
        return f"'{attr[2]}' is none of {', '.join(known)}"
    return width_check(attr, types)


def round_check(attr: Attr, types: Types) -> str | None:
    """A number of bits, and a mode."""
    drop, mode = attr
    if mode not in list(Rounding):
        return f"'{mode}' is none of {', '.join(Rounding)}"
    return f"cannot drop {drop} bits; give a number that is not negative" if drop < 0 else None


def bit_check(attr: Attr, types: Types) -> str | None:
    """Operands that are bits."""
    wide = [str(t) for t in types if t.signed or t.width != 1]
    return f"operands must be single unsigned bits, not {', '.join(wide)}" if wide else None
