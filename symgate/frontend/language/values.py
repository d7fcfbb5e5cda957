"""Values that users state: exact numbers, ranges, formats, clocks."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction

from symgate.errors import InputError
from symgate.frontend.language.infix import parse
from symgate.frontend.language.source import Source
from symgate.ir.constants import constant
from symgate.ir.design import Input
from symgate.ir.expr import Expr
from symgate.ir.port_format import PortFormat
from symgate.ir.types import FixedType

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CLOCK = re.compile(r"\s*([0-9.eE+-]+)\s*(ps|ns|us|kHz|MHz|GHz)\s*")
_NANOSECONDS = {"ps": Fraction(1, 1000), "ns": Fraction(1), "us": Fraction(1000)}
_MEGAHERTZ = {"kHz": Fraction(1, 1000), "MHz": Fraction(1), "GHz": Fraction(1000)}


_NUMBER = 'a number, or text such as "2^-5" or "pi/2"'


class Decimal(str):
    """The text of a number that TOML would read as a float; `exact` keeps its decimal meaning."""


def exact(value: object, source: Source) -> Fraction:
    """The number that ``value`` states: an int, a float (by its shortest decimal text), or text
    such as "2^-5", "pi/2".

    Irrational values are given to 100 bits. Raise `InputError` at ``source`` for anything else.

    >>> exact("2^-5", Source("2^-5")), exact(0.1, Source("0.1"))
    (Fraction(1, 32), Fraction(1, 10))
    """
    if isinstance(value, (int, Fraction)) and not isinstance(value, bool):
        return Fraction(value)
    if isinstance(value, float) and math.isfinite(value):
        return Fraction(repr(value))
    if not isinstance(value, str):
        raise source.error(f"{value!r} is not a number", 0, expected=_NUMBER)
    text = value.replace("_", "") if isinstance(value, Decimal) else value.strip()
    try:
        expression = parse(source if source.text == text else Source(text), ())
    except InputError as e:
        where = e.where if source.text == text else source.spot(0)
        what = f"'{text if len(text) < 40 else text[:37] + '...'}' is not a number"
        reason = "" if e.what.startswith("unknown variable") else f": {e.what}"
        raise InputError(what + reason, where=where, expected=_NUMBER) from None
    number = exact_value(expression)
    if number is None:
        raise source.error(
            f"'{text}' has no value", 0, remedy="check its size and the domain of its functions"
        )
    return number


def exact_value(expression: Expr) -> Fraction | None:
    """The value of an expression without variables, to 100 bits where it is irrational; None where
    it has none.

    A number beyond 2^100,000 counts as none: it would fill the memory.
    """
    if expression.is_const:
        stated: Fraction = expression.value
        return stated
    found = constant(expression)
    return None if found is None else _rounded(found)


def _rounded(value: Fraction, bits: int = 100) -> Fraction:
    """``value`` to about ``bits`` significant bits."""
    shift = bits - value.numerator.bit_length() + value.denominator.bit_length()
    return Fraction(round(value * Fraction(2) ** shift)) / Fraction(2) ** shift


def positive(value: object, source: Source, what: str) -> Fraction:
    """An exact number above 0."""
    number = exact(value, source)
    if number <= 0:
        raise source.error(f"{what} is {float(number):g}", 0, expected="a number above 0")
    return number


def interval(value: object, source: Source) -> tuple[Fraction, Fraction]:
    """A range ``[lo, hi]``."""
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        raise source.error("a range has two ends", 0, expected="[lowest, highest], such as [-8, 8]")
    ends = [exact(v, source) for v in value]
    if ends[0] > ends[1]:
        raise source.error(
            f"the range [{float(ends[0]):g}, {float(ends[1]):g}] is empty",
            0,
            remedy="give the lower end first",
        )
    return ends[0], ends[1]


def clock_ns(value: object, source: Source) -> float:
    """A clock as its period in nanoseconds, from "5 ns", "200 MHz" or a number of nanoseconds.

    >>> clock_ns("200 MHz", Source("200 MHz"))
    5.0
    """
    match = (
        _CLOCK.fullmatch(value)
        if isinstance(value, str) and not isinstance(value, Decimal)
        else None
    )
    if match:
        number, unit = positive(Decimal(match[1]), source, "the clock"), match[2]
        period = (
            number * _NANOSECONDS[unit]
            if unit in _NANOSECONDS
            else 1000 / (number * _MEGAHERTZ[unit])
        )
    elif isinstance(value, str) and not isinstance(value, Decimal):
        raise source.error(
            f"'{value}' is not a clock", 0, expected='"5 ns", "200 MHz" or a number of nanoseconds'
        )
    else:
        period = positive(value, source, "the clock")
    return float(period)


def fixed_type(value: object, source: Source) -> FixedType:
    """A format such as ``fixed<12,5>``."""
    text = _format_text(value, source, "a fixed-point format")
    with located(source):
        return FixedType.parse(text)


def port_format(value: object, source: Source) -> PortFormat:
    """A format of a port with its modes, such as ``ap_fixed<10,4,AP_RND,AP_SAT>`` or ``Q3.4``."""
    text = _format_text(value, source, "a format of a port")
    with located(source):
        return PortFormat.parse(text)


def _format_text(value: object, source: Source, what: str) -> str:
    if isinstance(value, str):
        return value
    raise source.error(f"{value!r} is not {what}", 0, expected='text such as "fixed<12,5>"')


def identifier(name: str, source: Source, what: str) -> str:
    """A name that every target language accepts as it stands."""
    if not _IDENTIFIER.fullmatch(name):
        raise source.error(
            f"'{name}' cannot name {what}",
            0,
            expected="ASCII letters, digits and _, no digit first",
        )
    return name


def bits(value: object, source: Source) -> int:
    """A number of bits."""
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 1024:
        raise source.error(
            f"{value!r} is not a number of bits", 0, expected="a whole number from 1 to 1024"
        )
    return value


def port(
    name: str,
    source: Source,
    *,
    format: object = None,
    width: object = None,
    range: object = None,
    remedy: str | None = None,
) -> Input:
    """An input from its format and an optional range, or from its number of bits and its range."""
    ends = None if range is None else interval(range, source)
    if (format is None) == (width is None):
        given = "both a format and bits" if format is not None else "neither a format nor bits"
        remedy = "remove one" if format is not None else remedy
        raise source.error(f"input '{name}' has {given}", 0, expected=_PORT, remedy=remedy)
    if format is not None:
        kind = port_format(format, source).type
        with located(source):
            return Input.of(name, kind, ends)
    if ends is None:
        raise source.error(
            f"input '{name}' has bits but no range", 0, expected=_PORT, remedy=remedy
        )
    count = bits(width, source)
    with located(source):
        return Input.with_bits(name, count, ends)


_PORT = "a format such as fixed<12,5>, or bits and a range"


class located:
    """Give every `InputError` raised inside, if it has no place yet, the place of ``source``."""

    def __init__(self, source: Source):
        self.source = source

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, InputError) and error.where is None:
            error.where = self.source.spot(0)
