"""Expressions as a careful user of da4ml or alkaid writes them, who has to choose every width.

What a user must know is done (docs of both tools): constants are rounded first, values are cut
before they meet in a product, integer bits come from the exact ranges that the tools track, what
depends on one value is one table, sines are looked up in turns so that wrapping is free, saturation
ends a table where its function is flat, and sums are matrix products, which is what these tools
optimise. The four widths of `Widths` remain to be chosen (`peer_search`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from cones import Cone, cone, core, split, transcendental, whole

from symgate.ir.expr import VAR, Expr, make, substitute, var

Format = tuple[int, int, int]  # sign bit, integer bits, fraction bits
MAX_INDEX = 16  # bits: a table of more entries is a mistake of the search


@dataclass(frozen=True)
class Widths:
    """What the user chooses, in bits after the binary point.

    ``const`` and ``index`` are relative: the largest value that a constant multiplies, and the
    slope of a table, are taken into account.
    """

    const: int
    work: int  # factors and products
    index: int
    table: int  # entries
    rounding: str = "TRN"


class TooWide(ValueError):
    """A table that nobody would build."""


class Lowering:
    """One output (or several) traced with one choice of widths. Values are arrays of one element of
    the tool.
    """

    def __init__(self, inputs: Mapping[str, Any], quantize: Any, widths: Widths):
        self.quantize, self.widths = quantize, widths
        self.values: dict[Expr, Any] = {}
        self.inputs = inputs
        self.cores: dict[Expr, Expr | None] = {}

    def outputs(self, roots: Sequence[Expr]) -> list[Any]:
        """``roots``, cut to the working precision."""
        return [self.cut(self.value(e)) for e in roots]

    def value(self, e: Expr) -> Any:
        """The value of a node, in the tool's terms."""
        if e not in self.values:
            self.values[e] = self.make(e)
        return self.values[e]

    def make(self, e: Expr) -> Any:
        """Choose the form of a node: an input, a table, a sum, a product."""
        if e.op == VAR:
            return self.inputs[e.value]
        base = core(e, self.cores)
        if base is not None and base is not e and transcendental_above(e, base):
            return self.table(cone(e, base))
        if e.op == "add":
            return self.sum(e)
        factor, rest = split(e)
        assert rest is not None, f"{e} is a constant"
        return self.product(rest) if factor == 1 else self.scaled(self.product(rest), factor)

    # Sums

    def sum(self, e: Expr) -> Any:
        """Terms times rounded coefficients, as a matrix product."""
        pairs = [split(t) for t in e.args]
        offset = sum((c for c, rest in pairs if rest is None), Fraction(0))
        terms = [(self.cut(self.value(rest)), c) for c, rest in pairs if rest is not None]
        columns = np.concatenate([v for v, _ in terms])
        matrix = np.array([[self.rounded(c, largest(v))] for v, c in terms])
        return columns @ matrix + self.rounded(offset, 1.0)

    def scaled(self, value: Any, factor: Fraction) -> Any:
        """A value times a rounded constant."""
        return value * self.rounded(factor, largest(value))

    def rounded(self, constant: Fraction | float, partner: float) -> float:
        """A constant with as many bits as its product with ``partner`` deserves."""
        bits = self.widths.const + math.ceil(math.log2(max(partner, 2.0**-20)))
        return float(round(float(constant) * 2.0**bits) / 2.0**bits)

    # Products

    def product(self, e: Expr) -> Any:
        """Factors that depend on one value through functions are one table; the rest is multiplied,
        cut each time.
        """
        values = [self.cut(self.value(f)) for f in self.factors(e)]
        result = values[0]
        for v in values[1:]:
            result = self.cut(result * v)
        return result

    def factors(self, e: Expr) -> Iterable[Expr]:
        """The factors of a product or a whole power, those of one core joined where a table takes
        them all.
        """
        parts = (
            list(e.args)
            if e.op == "mul"
            else [e.args[0]] * (whole(e) or 1)
            if e.op == "pow"
            else [e]
        )
        if e.op == "pow":
            return parts
        groups: dict[Expr | None, list[Expr]] = {}
        for p in parts:
            own = core(p, self.cores)
            groups.setdefault(own if transcendental_above(p, own) else p, []).append(p)
        return [make("mul", *g) if len(g) > 1 else g[0] for g in groups.values()]

    def cut(self, value: Any) -> Any:
        """At most ``work`` fraction bits; every value still fits."""
        k, i, f = kif(value)
        if f <= self.widths.work:
            return value
        if self.widths.rounding == "RND" and 2.0**i - span(value)[1] <= 2.0 ** -(
            self.widths.work + 1
        ):
            i += 1  # the largest value rounds up to 2^i
        return self.quantize(value, k, i, self.widths.work, "WRAP", self.widths.rounding)

    # Tables

    def table(self, c: Cone) -> Any:
        """A table of a function of one value, over one turn or up to where it is flat."""
        base = self.value(c.base)
        return self.periodic(base, c, c.period) if c.period else self.bounded(base, c)

    def periodic(self, base: Any, c: Cone, period: float) -> Any:
        """The position in the period wraps by itself."""
        slope = steepest(lambda u: c.function(u * period), -0.5, 0.5)
        bits = self.widths.const + math.ceil(math.log2(max(slope * largest(base), 1.0)))
        scale = round(2.0**bits / period) / 2.0**bits
        index = max(self.widths.index + math.ceil(math.log2(slope)), 1)
        return self.looked_up(
            self.cut(base) * scale, (1, -1, index), "WRAP", lambda u: c.function(u * period)
        )

    def bounded(self, base: Any, c: Cone) -> Any:
        """Saturation makes the table short where the function is flat."""
        lo, hi = self.reach(c.base, base)
        i = flat_beyond(c.function, lo, hi, 2.0 ** -(self.widths.table + 1))
        a, b = max(lo, -(2.0**i)), min(hi, 2.0**i)
        index = self.widths.index + math.ceil(math.log2(max(steepest(c.function, a, b), 2.0**-8)))
        at = (int(lo < 0), i, min(index, kif(base)[2]))
        return self.looked_up(base, at, "SAT", c.function, (lo - 2.0**-index, hi + 2.0**-index))

    def reach(self, e: Expr, value: Any) -> tuple[float, float]:
        """The range of a value; that of a sum from its terms, since the tools' adder graphs widen
        it.
        """
        lo, hi = span(value)
        if e.op != "add":
            return lo, hi
        ends = [
            sorted(float(c) * x for x in (span(self.value(r)) if r else (1.0, 1.0)))
            for c, r in map(split, e.args)
        ]
        return max(lo, sum(a for a, _ in ends)), min(hi, sum(b for _, b in ends))

    def looked_up(
        self,
        value: Any,
        at: Format,
        overflow: str,
        function: Any,
        reach: tuple[float, float] = (-math.inf, math.inf),
    ) -> Any:
        """The table itself: its entries belong to the middle of a step, and are rounded."""
        if sum(at) > MAX_INDEX:
            raise TooWide(f"an index of {sum(at)} bits")
        index = self.quantize(value, *at, overflow, "TRN")
        middle = 2.0 ** -(at[2] + 1) if kif(value)[2] > at[2] else 0.0
        lo, hi = (max(span(index)[0], reach[0]), min(span(index)[1], reach[1]))
        entries = function(np.arange(lo, hi + 2.0 ** -at[2], 2.0 ** -at[2]) + middle)
        top = float(np.abs(entries[np.isfinite(entries)]).max())
        bits = math.ceil(math.log2(top + 2.0 ** -(self.widths.table + 1)))
        looked = index.apply(lambda u: function(u + middle))
        return self.quantize(looked, int(entries.min() < 0), bits, self.widths.table, "SAT", "RND")


def transcendental_above(e: Expr, base: Expr | None) -> bool:
    """Whether a function lies between ``base`` and ``e``: then the way is a table."""
    return base is not None and transcendental(substitute([e], {base: var("u")})[0])


# What the tools know about a value


def kif(value: Any) -> tuple[int, int, int]:
    """Sign bit, integer bits and fraction bits of a value of one element."""
    k, i, f = (int(part[0]) for part in value.kif)
    return k, i, f


def span(value: Any) -> tuple[float, float]:
    """The range of a value of one element."""
    lo, hi, _ = (float(part[0]) for part in value.lhs)
    return lo, hi


def largest(value: Any) -> float:
    """The largest magnitude of a value of one element."""
    return max(abs(v) for v in span(value))


def steepest(function: Any, lo: float, hi: float) -> float:
    """The steepest slope of a function, sampled."""
    u = np.linspace(lo, hi, 4097)
    slopes = np.abs(np.diff(function(u)) / np.diff(u))
    return float(np.max(slopes[np.isfinite(slopes)], initial=2.0**-20))


def flat_beyond(function: Any, lo: float, hi: float, tolerance: float) -> int:
    """The smallest i such that clamping the operand to [-2^i, 2^i) changes the function by at most
    ``tolerance``.
    """
    u = np.linspace(lo, hi, 8193)
    top = max(math.ceil(math.log2(max(abs(lo), abs(hi), 2.0**-10))), -8)
    best = top
    for i in range(top - 1, -8, -1):
        if np.abs(function(np.clip(u, -(2.0**i), 2.0**i)) - function(u)).max() > tolerance:
            break
        best = i
    return best
