"""Numbers as a reader takes them in: few digits, a true minus sign, thin groups."""

from __future__ import annotations

import math
from fractions import Fraction

MINUS, ABSENT = "\N{MINUS SIGN}", "\N{EN DASH}"
_PLAIN = (1e-4, 1e6)  # beyond these a power of ten is written


def level(value: float | Fraction | None, digits: int = 3) -> str:
    """Return ``value`` as `short` does, with all of its digits, for columns of a table.

    >>> level(0.031), level(0.0298), level(0.0)
    ('0.0310', '0.0298', '0')
    """
    text = short(value, digits)
    if "." not in text or "×" in text:
        return text
    return text + "0" * (digits - len(text.replace(".", "").lstrip(f"{MINUS}0")))


def short(value: float | Fraction | None, digits: int = 3) -> str:
    """Return ``value`` with ``digits`` significant digits.

    >>> short(0.029775), short(-1459), short(2.5e-7), short(None)
    ('0.0298', '−1,459', '2.5×10⁻⁷', '–')
    """
    if value is None:
        return ABSENT
    size = abs(float(value))
    if not math.isfinite(size):
        return "∞"
    sign = MINUS if value < 0 else ""
    return sign + _size(size, digits)


def _size(size: float, digits: int) -> str:
    if size == 0:
        return "0"
    near = float(f"{size:.{digits}g}")
    if 1000 <= near < _PLAIN[1] and (size == int(size) or near >= 10**digits):
        return f"{size:,.0f}"
    text = f"{size:.{digits}g}"
    if "e" not in text and size >= _PLAIN[0]:
        return text
    mantissa, _, power = f"{size:.{digits - 1}e}".partition("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}×10{_raised(int(power))}"


def _raised(power: int) -> str:
    return str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def percent(share: float, digits: int = 0) -> str:
    """Return a share in percent, a small one with a digit more."""
    more = digits or int(0 < share < 0.0095)
    return f"{100 * share:.{more}f} %"


def counted(count: int, noun: str) -> str:
    """Return a count with its noun.

    >>> counted(1, "output"), counted(2048, "row")
    ('1 output', '2,048 rows')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def listed(names: list[str], limit: int = 6) -> str:
    """Return names in a sentence, the rest counted."""
    if len(names) > limit:
        return f"{', '.join(names[:limit])} and {len(names) - limit} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
