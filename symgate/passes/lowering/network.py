"""Networks of tables: expressions of tables of bits, tables of steps, sums, clamps and choices, all
of them exact, become a graph node by node. No word length is searched, so this takes linear time.

Values may be lowered without some of their low bits, which is what they are off by then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

import numpy as np

from symgate.caches import remembered
from symgate.ir.design import Input
from symgate.ir.expr import CONST, VAR, Expr, const, make, operands_first, postorder
from symgate.ir.fixed import Builder
from symgate.ir.operators.families import bits_of, steps_of
from symgate.ir.types import FixedType
from symgate.passes.approx import approximate
from symgate.passes.approx.base import BIG, Spec
from symgate.passes.lowering.adders import add, balanced
from symgate.passes.lowering.columns import shares
from symgate.passes.lowering.counters import SIX, address, count_bits
from symgate.passes.lowering.functions import OBJECTIVES
from symgate.passes.lowering.multiples import shift_add
from symgate.passes.lowering.plan import Value
from symgate.passes.rewrite.exactness import MOST_EXACT_BITS, dyadic, dyadic_bits
from symgate.passes.rewrite.terms import split_sum

#: Bits of the operand of a table of steps, at most.
MOST_STEPS = 18
#: Operands that a number of bits is counted from, at least: two are added.
_COUNTED = 3
COMPARISONS = ("lt", "le", "eq")
LOGIC = ("and", "or", "not")


#: What a value can be off by: the least and the most.
Error = tuple[Fraction, Fraction]


class Inexact(Exception):
    """An expression that is no network of tables: something in it is not exact."""


@dataclass
class Network:
    """The graph of a network, and the ``values`` of its expressions, without any error but of those
    that go without low bits (``drops``): ``errors`` says what each of them is off by.
    """

    inputs: Mapping[str, Input]
    uses: Mapping[Expr, Sequence[str]]  # for each expression, the operators that read it
    objective: str = "lut"
    builder: Builder = field(default_factory=Builder)
    values: dict[Expr, Value] = field(default_factory=dict)
    drops: Mapping[Expr, int] = field(default_factory=dict)
    errors: dict[Expr, Error] = field(default_factory=dict)

    def lower(self, e: Expr) -> Value:
        """The value of ``e``, whose operands are lowered."""
        b = self.builder
        if e.op == CONST:
            return Value(self.constant(e.value))
        if e.op == "add" or (e.op == "mul" and any(a.op == CONST for a in e.args)):
            return self.sum(e)
        if bits_of(e.op) is not None:
            return Value(self.table_of_bits(e))
        if steps_of(e.op) is not None:
            return self.table_of_steps(e)
        if e.op in COMPARISONS:
            return Value(b.emit(e.op, *self.aligned(e.args)))
        if e.op in LOGIC:
            return Value(b.emit(e.op, *map(self.bit, e.args)))
        if e.op == "where":
            return Value(b.select(self.bit(e.args[0]), *self.aligned(e.args[1:])))
        if e.op in ("min", "max"):
            return Value(self.extreme(e))
        if e.op in _OF_ONE:
            return Value(_OF_ONE[e.op](b, self.settled(e.args[0])))
        raise Inexact(e.op)

    # ------------------------------------------------------------ operands

    def constant(self, value: Fraction) -> int:
        """A constant, exact; raise `Inexact` where it is no sum of powers of two."""
        frac = dyadic_bits(value) if dyadic(value) else MOST_EXACT_BITS + 1
        if abs(frac) > MOST_EXACT_BITS:
            raise Inexact(str(value))
        frac = max(0, frac)
        return self.builder.const(int(value * 2**frac), frac)

    def settled(self, e: Expr) -> int:
        """The node of a value, with its offset made part of it."""
        v = self.values[e] if e.op != CONST else Value(self.constant(e.value))
        return add(self.builder, v.node, self.constant(v.offset)) if v.offset else v.node

    def aligned(self, operands: Sequence[Expr]) -> list[int]:
        """Values at one binary point."""
        nodes = [self.settled(operand) for operand in operands]
        frac = max(self.builder.nodes[node].frac for node in nodes)
        return [self.builder.to_frac(node, frac) for node in nodes]

    def bit(self, e: Expr) -> int:
        """Whether a value differs from 0, as a bit."""
        b, node = self.builder, self.settled(e)
        if b.nodes[node].type.width == 1 and not b.nodes[node].type.signed:
            return b.scale(node, b.nodes[node].frac)
        return b.emit("not", b.emit("eq", node, b.const(0, b.nodes[node].frac)))

    # ------------------------------------------------------------ tables

    def table_of_bits(self, e: Expr) -> int:
        """Up to six bits are one LUT6."""
        found = bits_of(e.op)
        assert found is not None
        contents = found[1]
        index = address(self.builder, [self.bit(operand) for operand in e.args])
        width = self.builder.nodes[index].type.width
        return self.builder.table(index, [contents >> k & 1 for k in range(1 << width)])

    def table_of_steps(self, e: Expr, offset: Fraction | None = None) -> Value:
        """A table of its operand's codes, less ``offset``; by default that is its least value where
        only sums read it.
        """
        found, v = steps_of(e.op), self.values[e.args[0]]
        assert found is not None
        node = self.builder.nodes[v.node]
        lo, hi, width = node.range.lo, node.range.hi, node.type.width
        if width > MOST_STEPS:
            raise Inexact(f"{e.op} of {width} bits")
        at, places = entries(e.op, lo, hi, Fraction(2) ** -node.frac, v.offset)
        if offset is None:
            summed = all(user == "add" for user in self.uses[e])
            offset = self.least(e, at) * Fraction(2) ** -places if summed else Fraction(0)
        finer = max(0, self.fraction_bits(offset) - places)
        zero = int(offset * 2 ** (places + finer))
        above = [(value << finer) - zero for value in at]
        drop = self.drops.get(e, 0)
        whole = [nearest(value, drop) for value in above] if drop else above
        unit = Fraction(2) ** -(places + finer)
        if drop:
            errors = [(n << drop) - value for n, value in zip(whole, above, strict=True)]
            self.note(e, min(errors) * unit, max(errors) * unit)
            if min(whole) == max(whole):
                return Value(self.builder.const(0), (whole[0] << drop) * unit + offset)
        out = self.generated(_windows(whole, lo, width, node.type.signed), v.node)
        return Value(self.builder.scale(out, drop - places - finer), offset)

    def least(self, e: Expr, at: Sequence[int]) -> int:
        """What code 0 of a table stands for: its least value, or so far above that all codes are off
        alike.
        """
        low, high = min(at), max(at)
        return low + (high - low) % (1 << self.drops.get(e, 0)) // 2

    def note(self, e: Expr, least: Fraction, most: Fraction) -> None:
        """Keep what a value is off by, where it is."""
        self.errors.pop(e, None)
        if least or most:
            self.errors[e] = least, most

    def fraction_bits(self, value: Fraction) -> int:
        """The fraction bits of a number, 0 where it is whole; raise `Inexact` for 1/3."""
        if not dyadic(value):
            raise Inexact(str(value))
        return max(0, dyadic_bits(value))

    def generated(self, spec: Spec, node: int) -> int:
        """A plain table up to six bits, else the best function generator."""
        if spec.n > SIX:
            return approximate(spec, OBJECTIVES[self.objective]).lower(self.builder, node)
        index = self.builder.scale(node, self.builder.nodes[node].frac)
        return self.builder.table(index, np.where(spec.free, 0, spec.lo).tolist())

    # ------------------------------------------------------------ sums

    def sum(self, e: Expr) -> Value:
        """A constant plus constants times values; single bits are counted."""
        constant, found = split_sum(e)
        terms = {term: _rational(scale) for term, scale in found.items()}
        offset = _rational(constant)
        offset += sum(factor * self.values[term].offset for term, factor in terms.items())
        settled = any(user != "add" and steps_of(user) is None for user in self.uses[e])
        offset = self.carry(terms, offset) if settled else offset
        columns: dict[int, list[int]] = {}
        nodes: list[int] = []
        for term, factor in terms.items():
            v = self.values[term]
            if self.builder.nodes[v.node].op == CONST:
                continue  # a table without the bits that told its entries apart: all is in its offset
            if self.is_bit(v.node):
                offset += self.spread(v.node, factor, columns)
            else:
                nodes.append(self.multiple(v.node, factor))
        if sum(map(len, columns.values())) >= _COUNTED:
            nodes.append(count_bits(self.builder, columns))
        else:
            nodes += [self.builder.scale(bit, w) for w, bits in columns.items() for bit in bits]
        if offset and settled:
            nodes.append(self.constant(offset))
            offset = Fraction(0)
        return Value(balanced(self.builder, nodes or [self.constant(Fraction(0))]), offset)

    def carry(self, terms: Mapping[Expr, Fraction], offset: Fraction) -> Fraction:
        """Put ``offset`` of a sum into tables of it that nothing else reads: the two of the widest
        ranges where they then have no bit more, else the widest; return what is left to be added.
        """
        free = [
            t for t, k in terms.items() if k == 1 and steps_of(t.op) and self.uses[t] == ["add"]
        ]
        if not free or not offset:
            return offset
        nodes = self.builder.nodes
        free.sort(key=lambda t: nodes[self.values[t].node].range.hi, reverse=True)
        for t, part in (self.cheapest(free[:2], offset) or self.within(free, offset)).items():
            if part:
                self.values[t] = self.table_of_steps(t, self.values[t].offset - part)
        return Fraction(0)

    def cheapest(self, pair: Sequence[Expr], offset: Fraction) -> dict[Expr, Fraction]:
        """The parts with which two plain tables take the fewest LUTs; none where there are no such."""
        tables = [self.builder.nodes[self.values[t].node] for t in pair]
        plain = len(pair) == 2 and all(n.op == "table" and len(n.attr[0]) <= 1 << SIX for n in tables)
        units = {Fraction(2) ** -n.frac for n in tables}
        if not plain or len(units) > 1 or (whole := offset / units.pop()).denominator > 1:
            return {}
        parts = shares(tables[0].attr[0], tables[1].attr[0], int(whole))
        return {t: k * Fraction(2) ** -tables[0].frac for t, k in zip(pair, parts or (), strict=False)}

    def within(self, free: Sequence[Expr], offset: Fraction) -> dict[Expr, Fraction]:
        """The parts for the first two tables where they have no bit more, else all for the first."""
        parts: dict[Expr, Fraction] = {}
        left = offset
        for t in free[:2]:
            parts[t] = self.room(self.values[t].node, left)
            left -= parts[t]
        return {free[0]: offset} if left else parts  # one bit more of one is less than signs of many

    def room(self, node: int, offset: Fraction) -> Fraction:
        """The part of ``offset`` that codes from 0 on can move by without a bit more."""
        n = self.builder.nodes[node]
        unit, high = Fraction(2) ** -n.frac, n.range.hi
        codes = 1 << high.bit_length()
        if offset > 0:
            return min(offset, (codes - 1 - high) * unit)
        part = max(offset, -(codes // 2) * unit)  # as signed numbers, if that is low enough
        return part if high * unit + part < codes // 2 * unit else Fraction(0)

    def is_bit(self, node: int) -> bool:
        """Whether a node is 0 or one other number."""
        t = self.builder.nodes[node].type
        return t.width == 1 and not t.signed

    def spread(self, node: int, factor: Fraction, columns: dict[int, list[int]]) -> Fraction:
        """Put ``factor`` times a bit into ``columns``; return what is then to be added."""
        b, frac = self.builder, self.builder.nodes[node].frac
        bit = b.scale(node, frac)
        weight = factor * Fraction(2) ** -frac
        if weight < 0:  # w b = -w (1 - b) + w
            bit = b.emit("not", bit)
        place = -self.fraction_bits(weight)
        size = int(abs(weight) * 2**-place)
        for k in range(size.bit_length()):
            if size >> k & 1:
                columns.setdefault(place + k, []).append(bit)
        return min(weight, Fraction(0))

    def multiple(self, node: int, factor: Fraction) -> int:
        """``factor`` times a node, by shifts and adds."""
        if not dyadic(factor):
            raise Inexact(str(factor))
        places = dyadic_bits(factor)
        mantissa = int(factor * Fraction(2) ** places)
        return self.builder.scale(shift_add(self.builder, node, mantissa), -places)

    # ------------------------------------------------------------ choices

    def extreme(self, e: Expr) -> int:
        """The smallest or the largest; a clamp to what a format holds is a saturation."""
        clamp = clamped(e)
        if clamp is not None:
            kept = self.saturated(e, *clamp)
            return self.held(*clamp) if kept is None else kept
        found, *others = self.aligned(e.args)
        for other in others:
            found = self.builder.emit(e.op, found, other)
        return found

    def held(self, x: Expr, lo: Fraction, hi: Fraction) -> int:
        """``min(max(x, lo), hi)`` by comparisons."""
        value, least, most = self.aligned([x, const(lo), const(hi)])
        return self.builder.emit("min", self.builder.emit("max", value, least), most)

    def saturated(self, e: Expr, x: Expr, lo: Fraction, hi: Fraction) -> int | None:
        """``e``, which is ``min(max(x, lo), hi)``, where these are the ends of a format of the frac
        of ``x``, or the next ones inside where ``e`` goes without low bits.
        """
        b, node = self.builder, self.settled(x)
        frac = b.nodes[node].frac
        unit = Fraction(2) ** -frac
        first, last = lo / unit, hi / unit
        if e in self.drops:
            first, last = Fraction(ceil(first)), Fraction(floor(last))
            self.note(e, min(last * unit - hi, Fraction(0)), max(first * unit - lo, Fraction(0)))
        if first.denominator > 1 or last.denominator > 1 or first > last:
            return None
        t = FixedType.holding(int(first), int(last), frac)
        return b.fit(node, t) if t.lo == first and t.hi == last else None


_OF_ONE: dict[str, Callable[[Builder, int], int]] = {
    "abs": lambda b, x: b.emit("abs", x),
    "relu": lambda b, x: b.emit("max", x, b.const(0, b.nodes[x].frac)),
    "step": lambda b, x: b.emit("lt", b.const(0, b.nodes[x].frac), x),
    "floor": lambda b, x: b.to_frac(x, 0) if b.nodes[x].frac > 0 else x,
    "hold": lambda b, x: x,
}


def clamped(e: Expr) -> tuple[Expr, Fraction, Fraction] | None:
    """``(x, lo, hi)`` where ``e`` is ``min(max(x, lo), hi)`` or ``max(min(x, hi), lo)``."""
    if e.op not in ("min", "max") or len(e.args) != 2 or e.args[0].op != CONST:
        return None
    outer, inner = e.args
    other = "max" if e.op == "min" else "min"
    if inner.op != other or len(inner.args) != 2 or inner.args[0].op != CONST:
        return None
    lo, hi = sorted((outer.value, inner.args[0].value))
    ordered = (inner.args[0].value <= outer.value) == (e.op == "min")
    return (inner.args[1], lo, hi) if ordered else None


def nearest(value: int, drop: int) -> int:
    """``value`` without its ``drop`` low bits, rounded; a tie to the even neighbour, so that errors
    of neighbours cancel.
    """
    kept, lost = value >> drop, value & ((1 << drop) - 1)
    half = 1 << (drop - 1)
    return kept + (lost > half or (lost == half and kept & 1))


@remembered
def entries(
    op: str, lo: int, hi: int, unit: Fraction, offset: Fraction
) -> tuple[tuple[int, ...], int]:
    """The values of a table of steps at codes ``lo`` to ``hi``, which stand for ``code * unit +
    offset``, times two to the number of fraction bits that they have; raise `Inexact` for 1/3.
    """
    found = steps_of(op)
    assert found is not None
    first, edges = found
    runs = [(lo, first)]  # from which code on
    for place, value in edges:
        start = ceil((place - offset) / unit)
        if start > hi:
            break
        runs = [(lo, value)] if start <= lo else [*runs, (start, value)]
    if not all(dyadic(value) for _, value in runs):
        raise Inexact(op)
    places = max(0, *(dyadic_bits(value) for _, value in runs))
    ends = [start for start, _ in runs[1:]] + [hi + 1]
    out: list[int] = []
    for (start, value), end in zip(runs, ends, strict=True):
        out += [int(value * 2**places)] * (end - start)
    return tuple(out), places


def _windows(values: Sequence[int], lo: int, width: int, signed: bool) -> Spec:
    """What a table gives at each bit pattern: anything at those of codes that do not occur."""
    low, high = np.full(1 << width, -BIG), np.full(1 << width, BIG)
    at = np.arange(lo, lo + len(values)) & ((1 << width) - 1)
    low[at] = high[at] = values
    return Spec(width, signed, low, high)


def _rational(e: Expr) -> Fraction:
    if e.op != CONST or not dyadic(e.value):
        raise Inexact(e.op)
    value: Fraction = e.value
    return value


def operands(e: Expr) -> Sequence[Expr]:
    """The values that ``e`` is computed from: terms of a sum, what a clamp holds."""
    if e.op in ("add", "mul"):
        terms = [term for term in split_sum(e)[1] if term is not e]
        return terms or e.args
    clamp = clamped(e)
    found = e.args if clamp is None else (clamp[0],)
    return [operand for operand in found if operand.op != CONST]


def values_below(roots: Sequence[Expr]) -> list[Expr]:
    """Every value that ``roots`` are computed from and themselves, operands first."""
    return operands_first(roots, lambda e: () if e.op in (CONST, VAR) else operands(e))


def lower_network(
    roots: Sequence[Expr],
    inputs: Mapping[str, Input],
    objective: str = "lut",
    drops: Mapping[Expr, int] | None = None,
) -> Network:
    """The graph of ``roots``, without outputs; raise `Inexact` where they are no network of tables.

    ``drops`` says how many low bits tables, and the clamps of what they add up to, go without.
    """
    order = values_below(roots)
    uses: dict[Expr, list[str]] = {e: [] for e in order}
    for e in order:
        for operand in operands(e):
            uses[operand].append(e.op if e.op != "mul" else "add")
    for root in roots:
        uses[root].append("output")
    network = Network(inputs, uses, objective, drops=drops or {})
    for port in inputs.values():
        node = network.builder.input(port.name, port.type, port.raw)
        network.values[make(VAR, value=port.name)] = Value(node)
    for e in order:
        if e not in network.values:
            network.values[e] = network.lower(e)
    return network


def has_tables(roots: Sequence[Expr]) -> set[str]:
    """Which kinds of tables there are, of "bits" and of "steps"."""
    ops = {e.op for e in postorder(roots)}
    kinds = {"bits": bits_of, "steps": steps_of}
    return {kind for kind, of in kinds.items() if any(of(op) is not None for op in ops)}
