"""A design file as the attack reads it: ports with their codes, formulas as terms, what was stated."""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint

from tools.attack.formula import Points, Term, parse
from tools.attack.reals import ball, precision
from tools.attack.truth import enclosed

_FORMAT = re.compile(r"(?:ap_)?(u?)fixed\s*<\s*(\d+)\s*,\s*(-?\d+)\s*>")


@dataclass(frozen=True)
class Port:
    """An input: its format, and the first and last code of its range."""

    name: str
    signed: bool
    width: int
    frac: int
    first: int
    last: int

    @property
    def unit(self) -> Fraction:
        """The value of one code."""
        return Fraction(2) ** -self.frac

    @property
    def lowest(self) -> int:
        """The first code of the format."""
        return -(1 << (self.width - 1)) if self.signed else 0

    @property
    def highest(self) -> int:
        """The last code of the format."""
        return (1 << (self.width - self.signed)) - 1

    @property
    def count(self) -> int:
        """How many codes there are."""
        return self.last - self.first + 1


@dataclass(frozen=True)
class Stated:
    """One design file."""

    ports: tuple[Port, ...]
    outputs: dict[str, Term]
    clamp: bool
    max_error: dict[str, Fraction]  # empty in the other modes of accuracy

    @property
    def points(self) -> int:
        """How many inputs there are."""
        return math.prod(p.count for p in self.ports)


def read(text: str) -> Stated:
    """The design in ``text``."""
    data = tomllib.loads(text, parse_float=str)
    ports = tuple(_port(name, entry) for name, entry in data.get("inputs", {}).items())
    scope = {p.name: Term("input", name=p.name) for p in ports}
    tables = {name: _table(stated) for name, stated in data.get("tables", {}).items()}
    for name, expression in data.get("let", {}).items():
        scope[name] = parse(str(expression), scope, tables)
    outputs = {}
    for name, expression in data["outputs"].items():
        outputs[name] = scope[name] = parse(str(expression), scope, tables)
    clamp = data.get("design", {}).get("domain") == "clamp"
    error = data.get("accuracy", {}).get("max_error")
    if not isinstance(error, dict):
        error = {} if error is None else dict.fromkeys(outputs, error)
    return Stated(ports, outputs, clamp, {n: _upward(v) for n, v in error.items()})


def _table(stated: dict[str, Any]) -> tuple[str, Points]:
    """A function by its values at places."""
    kind = "steps" if stated.get("between") == "step" else "lines"
    places, values = (tuple(_upward(v) for v in stated[key]) for key in "xy")
    return kind, tuple(zip(places, values, strict=True))


def _upward(value: object) -> Fraction:
    """A stated number; where it is irrational, a number barely above it."""
    if isinstance(value, int):
        return Fraction(value)
    with precision(256):
        found = enclosed(parse(str(value), {}), {}, None)
        if isinstance(found, Fraction):
            return found
        return _fraction(found.upper())


def _fraction(point: Any) -> Fraction:
    mantissa, exponent = flint.arb(point).mid().man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _port(name: str, entry: Any) -> Port:
    stated: dict[str, Any] = entry if isinstance(entry, dict) else {"format": entry}
    ends = [parse(str(end), {}) for end in stated.get("range", ())]
    if "format" in stated:
        sign, width, integer = _FORMAT.fullmatch(stated["format"].strip()).groups()  # type: ignore[union-attr]
        signed, bits = not sign, int(width)
        frac = bits - int(integer)
    else:
        bits = int(stated["bits"])
        signed, frac = _covering(bits, ends)
    lowest = -(1 << (bits - 1)) if signed else 0
    highest = (1 << (bits - signed)) - 1
    first, last = lowest, highest
    if ends:
        first = max(lowest, -_floor_of(ends[0], -1, frac))
        last = min(highest, _floor_of(ends[1], 1, frac))
    return Port(name, signed, bits, frac, first, last)


def _floor_of(end: Term, sign: int, frac: int) -> int:
    """The largest whole number up to ``sign * end * 2**frac``."""
    scaled = Term("mul", (end, Term("number", number=sign * Fraction(2) ** frac)))
    return int(enclosed_floor(scaled))


def enclosed_floor(term: Term) -> Fraction:
    """The largest whole number up to a constant."""
    found = enclosed(Term("floor", (term,)), {}, None)
    assert isinstance(found, Fraction)
    return found


def _covering(bits: int, ends: list[Term]) -> tuple[bool, int]:
    """Sign and fraction bits of ``bits`` bits over a range: the binary point as far left as it
    goes.
    """
    low, high = (enclosed(e, {}, None) for e in ends)
    signed = bool(low < 0)
    size = max(ball(abs(low)).upper(), ball(abs(high)).upper())
    magnitude = 0
    while size > flint.arb(2) ** magnitude:
        magnitude += 1
    while size <= flint.arb(2) ** (magnitude - 1) and magnitude > -64:
        magnitude -= 1
    return signed, bits - signed - magnitude
