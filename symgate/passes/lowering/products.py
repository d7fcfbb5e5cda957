"""Products by radix-4 Booth rows, cut at the result's last bit and added to whatever the product is
added to anyway.

Row j is ``d_j * a`` at its place, with digits ``d_j`` in -2..2 of the other operand (Booth 1951,
MacSorley 1961). Rows above the last bit of the result are exact; a row that reaches below it is cut
there, negative digits in one's complement, which makes it at most one ulp too small. The mean of
all that is the value's offset.

A product that the plan gives to a DSP slice is exact there, and cut once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from symgate.ir.expr import Expr
from symgate.ir.fixed_ops import slices
from symgate.ir.types import FixedType, pow2
from symgate.passes.lowering.adders import add, balanced, wrapped
from symgate.passes.lowering.context import Context
from symgate.passes.lowering.plan import Value


@dataclass(frozen=True)
class BoothRows:
    """The rows of a product: (lowest bit of the digit, bits dropped) each. Errors are in units of
    the result.
    """

    rows: tuple[tuple[int, int], ...]
    luts: float
    short: Fraction  # how much too small cut rows can make the result
    lost: Fraction  # how much rows that are left out can change it, either way


def booth_rows(a: FixedType, b: FixedType, frac: int, modulus: int | None = None) -> BoothRows:
    """The rows of ``a * digits(b)`` for a result with ``frac`` fraction bits, taken modulo
    ``2**modulus`` or not.
    """
    found, luts, short, left_out = [], 0.0, 0, 0
    top = a.integer + b.integer if modulus is None else min(modulus, a.integer + b.integer)
    for j in range(digit_count(b)):
        place = a.frac + b.frac - 2 * j  # fraction bits of the row's last bit
        drop = place - frac
        if drop > a.width + 1:
            left_out += 1 << 2 * j
            continue
        if place <= -top:
            continue
        found.append((2 * j, max(0, drop)))
        width = min(a.width + 1 - max(0, drop) + 1, top + min(place, frac))
        luts += max(width, 1)
        short += 1 if drop > 0 else 0
    lost = 2 * max(a.hi, -a.lo) * left_out * pow2(frac - a.frac - b.frac)
    return BoothRows(tuple(found), luts, Fraction(short), lost)


def slice_rows(a: FixedType, b: FixedType, frac: int) -> BoothRows:
    """No rows: the exact product of a DSP slice, cut at ``frac`` fraction bits."""
    drop = a.frac + b.frac - frac
    return BoothRows((), 0.0, 1 - Fraction(2) ** -drop if drop > 0 else Fraction(0), Fraction(0))


def digit_count(t: FixedType) -> int:
    """Radix-4 Booth digits of a number: half its bits, one more where an unsigned one fills its
    last pair.
    """
    return (t.width + 1) // 2 if t.signed else t.width // 2 + 1


def cheaper_rows(
    a: FixedType, b: FixedType, frac: int, modulus: int | None = None
) -> tuple[bool, BoothRows]:
    """Whether the operands should change places, and the rows."""
    straight, turned = booth_rows(a, b, frac, modulus), booth_rows(b, a, frac, modulus)
    swap = (turned.luts, turned.short) < (straight.luts, straight.short)
    return swap, turned if swap else straight


@dataclass(frozen=True)
class Product:
    """A product ready to be added to something: its operands in the cheaper order, its rows and its
    offset.
    """

    x: Value
    y: Value
    plan: BoothRows
    offset: Fraction
    half: Fraction
    frac: int

    @staticmethod
    def of(c: Context, e: Expr) -> Product:
        """The product node ``e``; its local error is recorded."""
        x, y = (c.values[v] for v in (e.args if len(e.args) == 2 else e.args * 2))
        if e in c.plan.dsp and slices(c.type(x), c.type(y)) == 1:
            plan = slice_rows(c.type(x), c.type(y), c.plan.frac[e])
        else:
            swap, plan = cheaper_rows(c.type(x), c.type(y), c.plan.frac[e], c.modulus_bits(e))
            x, y = (y, x) if swap else (x, y)
        unit = Fraction(2) ** -c.plan.frac[e]
        half = (plan.short / 2 + plan.lost) * unit
        c.error(e, *_offset_error(c, x, y, half))
        return Product(x, y, plan, plan.short / 2 * unit, half, c.plan.frac[e])

    def add_to(self, c: Context, start: int | None, modulus: int | None) -> int:
        """``start`` plus all rows: one after the other, or as a tree where latency counts."""
        b = c.builder
        if not self.plan.rows and not self.plan.lost:
            return self._added(c, start, modulus)
        padded, digits = b.shl(self.y.node, 1), []
        for low, drop in self.plan.rows:
            digit = b.slice(padded, low + 2, low)
            digits.append(
                b.booth_cut(self.x.node, digit, drop) if drop else b.booth(self.x.node, digit)
            )
        if c.plan.objective == "latency":
            return balanced(b, [*digits, *([] if start is None else [start])], modulus=modulus)
        total = start
        for row in digits:
            total = row if total is None else add(b, total, row)
            total = wrapped(b, total, None if modulus is None else modulus + b.nodes[total].frac)
        return b.const(0, 0) if total is None else total

    def _added(self, c: Context, start: int | None, modulus: int | None) -> int:
        """``start`` plus the product of a DSP slice."""
        b = c.builder
        product = b.mul(self.x.node, self.y.node)
        product = b.round(product, max(0, b.nodes[product].frac - self.frac))
        total = product if start is None else add(b, start, product)
        return wrapped(b, total, None if modulus is None else modulus + b.nodes[total].frac)

    def span(self, c: Context) -> tuple[Fraction, Fraction]:
        """The values that the rows can add up to."""
        (xlo, xhi), (ylo, yhi) = (_raw_reals(c, v) for v in (self.x, self.y))
        corners = [v * w for v in (xlo, xhi) for w in (ylo, yhi)]
        return min(corners) - self.offset - self.half, max(corners) - self.offset + self.half


def _raw_reals(c: Context, v: Value) -> tuple[Fraction, Fraction]:
    lo, hi = c.reals(v)
    return lo - v.offset, hi - v.offset


def lower_product(c: Context, e: Expr) -> Value:
    """``a * b`` at the plan's fraction bits."""
    product = Product.of(c, e)
    node = trimmed(c, product.add_to(c, None, c.modulus_bits(e)), *product.span(c))
    return Value(node, product.offset)


def trimmed(c: Context, node: int, lo: Fraction, hi: Fraction) -> int:
    """``node`` without top bits that its known range [lo, hi] never uses."""
    n = c.builder.nodes[node]
    unit = Fraction(2) ** n.frac
    t = FixedType.holding(math.floor(lo * unit), math.ceil(hi * unit), n.frac)
    return node if n.type.width <= t.width else c.builder.wrap(node, t.width, t.signed)


def _offset_error(c: Context, x: Value, y: Value, half: Fraction) -> tuple[Fraction, Fraction]:
    """What cutting adds, and what the operands' offsets would have added to the product."""
    (xlo, xhi), (ylo, yhi) = c.reals(x), c.reals(y)
    extra = [
        x.offset * v + y.offset * w - x.offset * y.offset for v in (ylo, yhi) for w in (xlo, xhi)
    ]
    return -half - max(extra), half - min(extra)
