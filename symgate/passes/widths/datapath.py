"""A program as word-length search sees it: its values, what can be chosen, ranges, slopes, formats."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from symgate.errors import AccuracyError
from symgate.ir.boxes import Box
from symgate.ir.design import Input
from symgate.ir.evaluate import rational
from symgate.ir.expr import CONST, VAR, Expr, Program
from symgate.ir.exprtext import show
from symgate.ir.types import FixedType
from symgate.passes.bounds.propagation import Sensitivity, modulus, rounded, sensitivity
from symgate.passes.lowering import absorbed, datapath, moduli, rule_of
from symgate.passes.lowering.functions import lower_function
from symgate.passes.lowering.operands import over
from symgate.passes.lowering.products import lower_product
from symgate.passes.lowering.sums import lower_sum
from symgate.passes.rewrite.exactness import Exactness
from symgate.passes.rewrite.fuse import inline
from symgate.passes.rewrite.terms import split_sum
from symgate.passes.widths.floating import Floated, floated

#: Bits below the first one of a value, or below 1 where it is larger, that no knob exceeds; and all
#: of them.
MOST_BITS, ALL_BITS = 40, 1 << 20
#: Values that are always smaller count as 0: what intervals leave of it.
_NOISE, _AS_ZERO = 2.0**-200, 2.0**-60
#: Address bits of functions, and what they may have where an error cannot be met with fewer: it
#: takes a minute then.
MOST_ADDRESS, WIDEST_ADDRESS = 20, 24
#: Where slopes are infinite: the part of the budget that an error takes there, without budgets of
#: what, least error.
_PART, _SMALL, _FINEST = 0.5, 2.0**-10, 60
#: Fraction bits of a value that reads constants alone, and those of nothing.
_DEFAULT, _NOTHING = 16, -(1 << 20)
#: A part of a function's argument that is nothing, and the change in it, of its range, that is a
#: jump.
_NO_WAY, _JUMP = 2.0**-40, 2.0**-6
#: Address bits that floating point must save a function.
_SAVED = 3


def is_bit(e: Expr) -> bool:
    """Whether ``e`` is a condition on one value, as a function of it: one bit, and never inexact."""
    return e.op == "fn" and bool(e.value.boolean)


@dataclass(frozen=True)
class View:
    """The datapath of ``program``: its values, their ranges and formats, and what functions see of
    their arguments.
    """

    program: Program
    inputs: Mapping[str, Input]
    cells: Mapping[str, Box]  # sub-boxes of the inputs
    objective: str = "lut"
    dsp: frozenset[Expr] = frozenset()  # products in DSP slices
    blocks: Mapping[Expr, int] = field(
        default_factory=dict
    )  # functions in block RAM, and how many each may take
    targets: Mapping[str, float] = field(
        default_factory=dict
    )  # the largest allowed errors, where they are known
    limited: dict[Expr, float] = field(default_factory=dict, compare=False)  # see `_limit`
    most_address: int = MOST_ADDRESS
    floating: Mapping[Expr, Floated] = field(
        default_factory=dict
    )  # functions with floating-point addresses
    prefix: str = "v"  # of the names of values in a certificate
    meant: Mapping[str, Expr] = field(default_factory=dict)  # what the user wrote, by output

    @cached_property
    def nodes(self) -> list[Expr]:
        """The datapath nodes that have a choice or a cost."""
        return [
            e for e in datapath(self.program.roots) if e.op not in (VAR, CONST) and not e.closed
        ]

    @cached_property
    def row(self) -> dict[Expr, int]:
        """The number of each node."""
        return {e: i for i, e in enumerate(self.nodes)}

    @cached_property
    def modulus(self) -> dict[Expr, Fraction]:
        """See `moduli`."""
        return moduli(self.program, datapath(self.program.roots))

    @cached_property
    def absorbed(self) -> frozenset[Expr]:
        """See `lowering.absorbed`."""
        return absorbed(self.program, datapath(self.program.roots))

    @cached_property
    def sums(self) -> dict[Expr, tuple[Expr, list[tuple[Expr, Fraction]]]]:
        """Offset and terms of each sum."""
        out = {}
        for e in self.nodes:
            if rule_of(e) is lower_sum:
                offset, terms = split_sum(e)
                out[e] = offset, [(t, rational(c)) for t, c in terms.items()]
        return out

    @cached_property
    def knobs(self) -> list[tuple[str, Expr]]:
        """What can be chosen: ("frac", node) and ("address", function)."""
        out: list[tuple[str, Expr]] = []
        for e in self.nodes:
            if is_bit(e):
                continue
            if rule_of(e) in (lower_sum, lower_product, lower_function):
                out.append(("frac", e))
            if rule_of(e) is lower_function:
                out.append(("address", e))
        return out

    @cached_property
    def index(self) -> dict[tuple[str, Expr], int]:
        """The position of each knob."""
        return {k: i for i, k in enumerate(self.knobs)}

    @cached_property
    def spans(self) -> dict[Expr, tuple[float, float]]:
        """The range of each node over the whole input box."""
        return {e: self.pure.values[m].span for e, m in self.marked.items()}

    @cached_property
    def marked(self) -> dict[Expr, Expr]:
        """Each value as an expression of its own over the values that its hardware reads."""
        new: dict[Expr, Expr] = {}
        for e in datapath(self.program.roots):
            seen = over(e, new)
            new[e] = seen if e.closed or e.op == VAR else rounded(seen)
        return new

    @cached_property
    def pure(self) -> Sensitivity:
        """Values and slopes of `marked` without errors."""
        return self._on(self.cells)

    def _on(self, cells: Mapping[str, Box]) -> Sensitivity:
        return sensitivity([self.marked[r] for r in self.program.roots], cells, {}, self._limit)

    def _limit(self, root: Expr, e: Expr, t: Box, slope: float) -> float:
        """What stands for an infinite slope: the one with which an error that costs a part of the
        budget costs that.
        """
        if not math.isfinite(t.span[1] - t.span[0]) or not math.isfinite(slope):
            return math.inf
        if e not in self.limited:
            wanted = [
                self.targets[n]
                for n, r in self.program.outputs
                if self.marked[r] is root and n in self.targets
            ]
            most = min(wanted, default=_SMALL) * _PART / max(slope, 1e-300)
            high = math.ceil(math.log2(max(t.span[1] - t.span[0], _NOISE)))
            low = min(-_FINEST, high - _FINEST // 2)
            while low < high:
                middle = (low + high + 1) // 2
                low, high = (
                    (middle, high)
                    if modulus(e.value, t, 2.0**middle) <= most
                    else (low, middle - 1)
                )
            self.limited[e] = most / 2.0**low
        return self.limited[e]

    def integer_bits(self, e: Expr) -> int:
        """Bits left of the binary point, sign included; the modulus limits them."""
        lo, hi = self.spans[e]
        size = max(abs(lo), abs(hi))
        size = size if size >= _NOISE else _AS_ZERO
        if not math.isfinite(size):
            text = show(inline(e))
            raise AccuracyError(
                f"'{text if len(text) < 80 else text[:77] + '...'}' cannot be bounded in the given ranges",
                remedy="narrow the ranges of the inputs, or protect a divisor that comes close to 0 (max(x, 0.01))",
            )
        bits = math.floor(math.log2(size)) + 1 + (lo < 0)
        return min(bits, int(math.log2(self.modulus[e]))) if e in self.modulus else bits

    def most_bits(self, e: Expr) -> int:
        """Fraction bits that are worth trying for a value: more where all its values are small."""
        return MOST_BITS + max(0, -self.integer_bits(e))

    def frac(self, e: Expr, widths: Sequence[int]) -> int:
        """The fraction bits of a node under ``widths``."""
        if e.op == VAR:
            return self.inputs[e.value].type.frac
        if ("frac", e) in self.index:
            return widths[self.index["frac", e]]
        if is_bit(e):
            return 0
        knobs, least = self._finest_operands(e)
        return max(max(map(widths.__getitem__, knobs), default=least), least)

    def _finest_operands(self, e: Expr) -> tuple[tuple[int, ...], int]:
        """The knobs and the fixed fraction bits of which a node without a knob has the largest."""
        if e not in self.finest_of:
            knobs, fixed = set[int](), list[int]()
            for a in e.args:
                if ("frac", a) in self.index:
                    knobs.add(self.index["frac", a])
                elif a.op == VAR:
                    fixed.append(self.inputs[a.value].type.frac)
                elif a.op != CONST:
                    inner, least = ((), 0) if is_bit(a) else self._finest_operands(a)
                    knobs.update(inner)
                    fixed.append(least)
            self.finest_of[e] = (
                tuple(sorted(knobs)),
                max(fixed, default=_NOTHING if knobs else _DEFAULT),
            )
        return self.finest_of[e]

    @cached_property
    def finest_of(self) -> dict[Expr, tuple[tuple[int, ...], int]]:
        """See `_finest_operands`."""
        return {}

    def width(self, e: Expr, widths: Sequence[int]) -> int:
        """The bits of a node under ``widths``."""
        if e.op == VAR:
            return self.inputs[e.value].type.width
        return max(1, self.frac(e, widths) + self.integer_bits(e))

    def type(self, e: Expr, widths: Sequence[int]) -> FixedType:
        """The format of a node under ``widths``."""
        if e.op == VAR:
            return self.inputs[e.value].type
        return FixedType(self.spans[e][0] < 0, self.width(e, widths), self.frac(e, widths))

    def address(self, e: Expr, widths: Sequence[int]) -> int:
        """The fraction bits of the argument that a function looks at."""
        return widths[self.index["address", e]] if ("address", e) in self.index else ALL_BITS

    def is_exact(self, e: Expr, widths: Sequence[int]) -> bool:
        """Whether a polynomial of an exact value has all its bits."""
        own, below = self.exact.bits(e), self.exact.bits(e.args[0])
        if own is None or below is None:
            return False
        have = self.frac(e.args[0], widths)
        return have >= below and self.frac(e, widths) >= own and self.address(e, widths) >= have

    @cached_property
    def exact(self) -> Exactness:
        """Which values can be exact, and which must be."""
        return Exactness(self.inputs, self.nodes, self.sums, self._jumps)

    def _jumps(self, e: Expr) -> bool:
        """Whether a function changes by more than a small part of its range at some point."""
        t, (lo, hi) = self.pure.values[self.marked[e.args[0]]], self.spans[e]
        return modulus(e.value, t, (t.span[1] - t.span[0]) * _NO_WAY) > _JUMP * (hi - lo)

    def address_bits(self, e: Expr, widths: Sequence[int]) -> float:
        """Address bits of a function."""
        if e in self.floating:
            return self.address(e, widths) + self.floating[e].seen.exponent
        address = min(self.address(e, widths), self.frac(e.args[0], widths))
        if e.value.period is not None:
            return address + math.log2(e.value.period)
        lo, hi = self.spans[e.args[0]]
        return math.log2(max((hi - lo) * 2.0**address, 1))

    @cached_property
    def steepness(self) -> dict[Expr, float]:
        """The largest slope of each function."""
        out = {}
        for e in self.nodes:
            if e.op == "fn" and e.value.jumps:
                lo, hi = self.spans[e]
                out[e] = (hi - lo) * 2.0**MOST_BITS
            elif e.op == "fn":
                slope = e.value.slope.interval(self.pure.values[self.marked[e.args[0]]])
                out[e] = min(self._most(e), float(slope.mag.max()))
        return out

    def _most(self, e: Expr) -> float:
        """The largest slope that the model uses for a function."""
        return self.limited.get(self.marked[e].args[0], 1e30) if self.pure.values else 1e30

    def floatable(self, bits: float, widths: Sequence[int] | None = None) -> dict[Expr, Floated]:
        """Functions of at least ``bits`` address bits, by ``widths`` or at most, that floating
        point makes shorter.
        """
        found = {}
        for kind, e in self.knobs:
            if kind != "address" or e in self.floating or e.args[0].op == VAR:
                continue
            t = e.args[0]
            most = (
                self.integer_bits(t) + self.most_bits(t)
                if widths is None
                else self.address_bits(e, widths)
            )
            if (
                most >= bits
                and (x := floated(e.value, *self.spans[e.args[0]])) is not None
                and self._saved(e, x)
            ):
                found[e] = x
        return found

    def floatable_inputs(self, bits: int) -> dict[Expr, Floated]:
        """Functions of inputs with more than ``bits`` bits that floating point makes shorter."""
        found = {}
        for kind, e in self.knobs:
            t = e.args[0] if kind == "address" else e
            if kind != "address" or t.op != VAR or self.inputs[t.value].type.width <= bits:
                continue
            x = floated(e.value, *self.spans[t])
            if x is not None and self._saved(e, x):
                found[e] = x
        return found

    def _saved(self, e: Expr, x: Floated) -> bool:
        """Whether floating point saves a function address bits that are worth it."""
        lo, hi = self.spans[e.args[0]]
        return (
            math.log2(max(self.steepness[e] * (hi - lo) / max(x.change, 1e-300), 1.0))
            >= x.seen.exponent + _SAVED
        )
