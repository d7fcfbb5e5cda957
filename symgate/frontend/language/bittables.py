"""Tables of bits in text: ``lut6("8000000000000000", b0, ..., b5)``, and what a design file states."""

from __future__ import annotations

import re
from collections.abc import Mapping

from symgate.errors import InputError
from symgate.frontend.language.functions import Macro
from symgate.frontend.language.source import Source, listed
from symgate.ir.expr import Expr, const, make
from symgate.ir.operators.families import MOST_ADDRESS, bits_name

#: Functions whose first operand is a text: ``lut1`` to ``lut16``.
CALLED = re.compile(r"lut(\d{1,2})")
_DIGITS = {"hex": (16, re.compile(r"(?:0[xX])?([0-9a-fA-F_]+)")),
           "binary": (2, re.compile(r"(?:0[bB])?([01_]+)"))}  # fmt: skip
_FORM = '{ hex = "8000000000000000" }, { binary = "1000" }, or "0x8" and "0b1000"'


def table(count: int, contents: int) -> Macro:
    """The table of ``count`` bits whose entry k is bit k of ``contents``."""
    return Macro(count, count, lambda *bits: look_up(contents, bits))


def look_up(contents: int, bits: tuple[Expr, ...]) -> Expr:
    """The entry of ``contents`` at ``bits``; operands that are constants are looked up at once."""
    known = next((k for k, bit in enumerate(bits) if bit.is_const), None)
    if known is None:
        return make(bits_name(len(bits), contents), *bits) if bits else const(contents)
    wanted = int(bits[known].value != 0)
    entries = [k for k in range(1 << len(bits)) if k >> known & 1 == wanted]
    rest = sum((contents >> entry & 1) << place for place, entry in enumerate(entries))
    return look_up(rest, (*bits[:known], *bits[known + 1 :]))


def written(text: str, count: int, source: Source, at: int) -> int:
    """The contents of a table of ``count`` bits, which ``text`` holds as hex or as binary digits;
    raise `InputError` where it holds something else.
    """
    for kind in _DIGITS:
        value = _value(text, kind, count)
        if value is not None:
            return value
    length = len(text.removeprefix("0x").removeprefix("0b").replace("_", ""))
    hexadecimal = f"{max(1, (1 << count) // 4)} hexadecimal digits"
    raise source.error(
        f"'{text[:40]}' of {length} characters is not the contents of a table of {count} bits",
        at,
        expected=f"{hexadecimal}, or {1 << count} binary ones, the last entry first",
        remedy="write as many digits as the table has entries, zeros too",
    )


def _value(text: str, kind: str, count: int) -> int | None:
    base, pattern = _DIGITS[kind]
    match = pattern.fullmatch(text)
    digits = match[1].replace("_", "") if match else ""
    needed = 1 << count if kind == "binary" else max(1, (1 << count) // 4)
    if len(digits) != needed:
        return None
    value = int(digits, base)
    return None if value >> (1 << count) else value


def stated(name: str, given: object, place: Source) -> Macro | None:
    """The table of bits that an entry of ``[tables]`` states; None where it states something else.

    Raise `InputError` for digits that are no table.
    """
    if isinstance(given, str):
        kind = {"0x": "hex", "0b": "binary"}.get(given[:2].lower())
        if kind is None:
            what = f"table '{name}' does not say what its digits are"
            raise place.error(what, 0, expected=_FORM)
        return _table(name, given, kind, place)
    if not isinstance(given, Mapping) or not _DIGITS.keys() & given.keys():
        return None
    kind = next(kind for kind in _DIGITS if kind in given)
    digits = given[kind]
    if len(given) > 1 or not isinstance(digits, str):
        what = f"table '{name}' of bits has {listed(list(given))}"
        raise place.error(what, 0, expected=_FORM, remedy="state its digits alone, as a text")
    return _table(name, digits, kind, place)


def _table(name: str, digits: str, kind: str, place: Source) -> Macro:
    for count in range(1, MOST_ADDRESS + 1):
        value = _value(digits, kind, count)
        if value is not None:
            return table(count, value)
    raise _no_table(name, digits, kind, place)


def _no_table(name: str, digits: str, kind: str, place: Source) -> InputError:
    entries = "2, 4, 8, ... 65,536 entries: a digit each"
    if kind == "hex":
        entries = "4, 8, ... 65,536 entries: a hexadecimal digit for every four"
    return place.error(
        f"table '{name}' has {len(digits)} characters, '{digits[:24]}'",
        0,
        expected=entries,
        remedy="write the last entry first, and zeros too",
    )
