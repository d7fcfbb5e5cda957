"""Pieces of hostile design files: ports, constants, budgets, targets."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(frozen=True)
class Range:
    """An input as it is written: its format, and the first and the last code of its range."""

    name: str
    signed: bool
    width: int
    integer: int
    ends: tuple[int, int] | None = None  # None: all that the format holds
    off: tuple[int, int] = (0, 0)  # how far outside the ends are written, in 100ths of a code

    @property
    def frac(self) -> int:
        """Bits after the binary point."""
        return self.width - self.integer

    @property
    def codes(self) -> tuple[int, int]:
        """The first and the last code."""
        return self.ends or codes_of(self.signed, self.width)

    def line(self) -> str:
        """The line of the design file."""
        kind = f"{'' if self.signed else 'u'}fixed<{self.width},{self.integer}>"
        if self.ends is None:
            return f'{self.name} = {{ format = "{kind}" }}'
        first, last = (quoted(end) for end in self._written())
        return f'{self.name} = {{ format = "{kind}", range = [{first}, {last}] }}'

    def _written(self) -> list[str]:
        """The ends of the range; the codes inside are the same for each of them."""
        first, last = self.codes
        if self.off == (0, 0) or self.frac > 40:
            return [code(first, self.frac), code(last, self.frac)]
        least, most = codes_of(self.signed, self.width)
        low = Fraction(first) - Fraction(self.off[0] * (first > least), 100)
        high = Fraction(last) + Fraction(self.off[1] * (last < most), 100)
        unit = Fraction(2) ** -self.frac
        return [decimal(low * unit), decimal(high * unit)]


def codes_of(signed: bool, width: int) -> tuple[int, int]:
    """The first and the last code of a format."""
    half = 1 << (width - 1)
    return (-half, half - 1) if signed else (0, 2 * half - 1)


@dataclass
class Draft:
    """A design file in the making."""

    ports: list[str]
    outputs: dict[str, str]
    accuracy: str
    lets: dict[str, str] = field(default_factory=dict)
    tables: list[str] = field(default_factory=list)
    domain: str = ""
    target: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """The design file."""
        lines = ["[design]", 'name = "hostile"']
        lines += [f'domain = "{self.domain}"'] if self.domain else []
        lines += ["[inputs]", *self.ports]
        lines += ["[tables]", *self.tables] if self.tables else []
        lines += ["[let]"] if self.lets else []
        lines += [f'{name} = "{text}"' for name, text in self.lets.items()]
        lines += ["[outputs]", *(f'{name} = "{text}"' for name, text in self.outputs.items())]
        lines += ["[accuracy]", self.accuracy]
        lines += ["[target]", *self.target] if self.target else []
        return "\n".join(lines) + "\n"


def code(value: int, frac: int) -> str:
    """A code as exact text: a decimal, or 3*2^-20 for code 3 at 20 fraction bits."""
    exact = Fraction(value) / Fraction(2) ** frac
    return decimal(exact) if exact.denominator <= 1 << 10 else f"{value}*2^-{frac}"


def quoted(number: str) -> str:
    """A number as TOML has it."""
    return f'"{number}"' if "^" in number else number


def decimal(value: Fraction) -> str:
    """A finite decimal."""
    sign, value = ("-" if value < 0 else ""), abs(value)
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    whole = str(int(value * 10**digits)).rjust(digits + 1, "0")
    return sign + (f"{whole[:-digits]}.{whole[-digits:]}" if digits else whole)


def constant(rng: random.Random) -> str:
    """A factor or an offset: round, decimal, without a finite binary form, or a power of two."""
    forms = (
        lambda: str(rng.randint(1, 9)),
        lambda: f"{rng.uniform(0.05, 5):.{rng.randint(1, 6)}f}",
        lambda: str(Fraction(rng.randint(1, 63), 16).limit_denominator(16)).replace("/", ".0/"),
        lambda: f"2^-{rng.randint(1, 6)}",
        lambda: rng.choice(["0.1", "0.3", "0.7", "1/3", "pi", "pi/4", "e", "1.5", "0.25"]),
    )
    return f"({rng.choice(forms)()})"


def budget(rng: random.Random, size: float) -> str:
    """A bound on the error of values of about ``size``, from loose to very tight."""
    bits = rng.choice([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14])
    if rng.random() < 0.3:
        return f"max_error = {size * 2.0**-bits * rng.uniform(0.5, 1):.6g}"
    return f'max_error = "{size:.6g}*2^-{bits}"'


def target(rng: random.Random, likely: float = 0.35) -> list[str]:
    """Limits, a clock and an objective."""
    lines = []
    if rng.random() < likely:
        lines.append(f'clock = "{rng.choice([1, 1.5, 2, 2.5, 3, 5, 8, 12, 20])} ns"')
    if rng.random() < likely:
        lines.append(f'objective = "{rng.choice(["lut", "latency", "balanced"])}"')
    if rng.random() < likely:
        lines.append(f"dsp = {rng.choice([0, 1, 2, 4, 16])}")
    if rng.random() < likely:
        lines.append(f"bram = {rng.choice([0, 1, 2, 8])}")
    if rng.random() < likely / 4:
        lines.append("primitives = true")
    if rng.random() < likely / 4:
        lines.append(f"latency = {rng.choice([0, 1, 3, 8])}")
    if rng.random() < likely / 4:
        lines.append(f"lut = {rng.choice([50, 500, 5000])}")
    return lines


def outside(rng: random.Random) -> tuple[int, int]:
    """How far outside its codes a range is written, in 100ths of a code."""
    return (0, 0) if rng.random() < 0.6 else (rng.randint(1, 99), rng.randint(1, 99))


def plain(rng: random.Random, name: str, widest: int = 12) -> Range:
    """An input of a few bits around 0, or above it."""
    width = max(rng.randint(2, widest) for _ in range(2))
    integer = rng.randint(-1, 4)
    signed = rng.random() < 0.6
    if rng.random() < 0.6:
        return Range(name, signed, width, integer)
    lowest, highest = codes_of(signed, width)
    first, last = sorted(rng.randint(lowest, highest) for _ in range(2))
    return Range(name, signed, width, integer, (first, last), outside(rng))


def above(
    rng: random.Random, name: str, bits: tuple[int, int], edge: int = 0, closed: bool = False
) -> Range:
    """An input whose range begins at or barely above a whole number; its format holds more."""
    width = rng.randint(*bits)
    signed = edge < 0 or rng.random() < 0.3
    room = max(1, (abs(edge) + 1).bit_length()) + signed
    integer = min(width, room + rng.choice([0, 0, 1, 2, 7]))
    frac = width - integer
    away = rng.choice([0, 0, 1] if closed else [1, 1, 1, 2, 3, 5, 2 ** rng.randint(0, width // 2)])
    most = codes_of(signed, width)[1]
    first = min(edge * 2**frac + away, most)
    last = most if rng.random() < 0.5 else rng.randint(first, most)
    return Range(name, signed, width, integer, (first, last), outside(rng))


def below(
    rng: random.Random, name: str, bits: tuple[int, int], edge: int, closed: bool = False
) -> Range:
    """An input whose range ends at or barely below a whole number."""
    width = rng.randint(*bits)
    integer = min(width, max(1, abs(edge).bit_length()) + rng.choice([1, 1, 2]))
    frac = width - integer
    away = rng.choice([0, 0, 1] if closed else [1, 1, 1, 2, 3, 2 ** rng.randint(0, width // 2)])
    least, most = codes_of(True, width)
    last = min(edge * 2**frac - away, most)
    lowest = max(least, -edge * 2**frac + (0 if closed else 1))
    first = lowest if rng.random() < 0.5 else rng.randint(min(lowest, last), last)
    return Range(name, True, width, integer, (min(first, last), last), outside(rng))
