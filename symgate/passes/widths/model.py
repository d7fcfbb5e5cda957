"""The search's view of a program: what each node's error and cost are, as functions of all widths."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from operator import itemgetter

import numpy as np

from symgate.ir.boxes import Box
from symgate.ir.evaluate import rational
from symgate.ir.expr import CONST, VAR, Expr
from symgate.ir.fixed_ops import blocks, slices
from symgate.passes.lowering.constants import coarsest
from symgate.passes.lowering.plan import Plan
from symgate.passes.lowering.products import Rows, cheaper, whole
from symgate.passes.lowering.sums import Form
from symgate.passes.rewrite.exactness import dyadic, dyadic_bits
from symgate.passes.widths.datapath import ALL_BITS, WIDEST_ADDRESS, View, is_bit
from symgate.passes.widths.problem import Array, Knobs, Problem
from symgate.passes.widths.relaxation import equal_widths
from symgate.passes.widths.settings import WidthSearch

_MOST_VALUE = 38  # bits of a function's values: the generators' windows end at 2^40 units
#: LUT6 per output bit of function generators by address bits (benchmarks/functions.py; small ones
#: counted alone).
_ADDRESS_BITS = (5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0)
_LUTS_PER_BIT = (0.8, 1.0, 1.35, 2.0, 2.4, 2.8, 4.5, 6.0, 9.0, 14.0, 24.0)
#: Error beyond rounding, in ulp, that makes generators smaller; small tables gain nothing by it.
_SLACK_BITS, _SLACK = (6.0, 7.0, 8.0, 16.0, 18.0), (0.0, 0.3, 0.5, 0.5, 1.5)
#: What a bit costs that needs no logic, in LUT: it may need a register, and a port should not be
#: wider than useful.
_IDLE = 0.05
Known = dict[object, float]


@dataclass(frozen=True)
class Model(View):
    """Error and cost of every datapath node of ``program`` for given fraction bits."""

    # ---------------------------------------------------------------- errors

    def error(self, row: int, widths: Sequence[int]) -> float:
        """The local error of node ``row``, first-order; remembered."""
        key, known = self.pick[row](widths), self.errors[row]
        if (found := known.get(key)) is None:
            found = known[key] = self._error(self.nodes[row], widths)
        return found

    def cost(self, row: int, widths: Sequence[int]) -> float:
        """LUT6 of node ``row``; remembered."""
        key, known = self.pick[row](widths), self.costs[row]
        if (found := known.get(key)) is None:
            found = known[key] = self._cost(self.nodes[row], widths)
        return found

    @cached_property
    def pick(self) -> list[Callable[[Sequence[int]], object]]:
        """For each node, what takes the widths that matter to it out of all."""
        return [itemgetter(*knobs) if knobs else lambda widths: None for knobs in self.relevant]

    @cached_property
    def errors(self) -> list[Known]:
        """For each node, its error by the widths that matter."""
        return [{} for _ in self.nodes]

    @cached_property
    def costs(self) -> list[Known]:
        """For each node, its cost by the widths that matter."""
        return [{} for _ in self.nodes]

    @cached_property
    def slopes(self) -> dict[tuple[Expr, int], float]:
        """The largest slopes of functions beyond their ranges, see `_steeper`."""
        return {}

    @cached_property
    def relevant(self) -> list[list[int]]:
        """For each node, the knobs on which its error and cost depend: its own and those of the
        values it reads.
        """
        return [
            sorted(self._own(e) | {k for a in self.operands(e) for k in self._reached(a)})
            for e in self.nodes
        ]

    def _own(self, e: Expr) -> set[int]:
        return {self.index[k, e] for k in ("frac", "address") if (k, e) in self.index}

    def _reached(self, e: Expr) -> set[int]:
        """The knobs that set the format of ``e``: its own, or those of its operands where it has
        none.
        """
        own = {self.index["frac", e]} if ("frac", e) in self.index else set()
        return own or {k for a in self.operands(e) for k in self._reached(a)}

    def operands(self, e: Expr) -> list[Expr]:
        """The values that a node reads."""
        if e.op in (VAR, CONST) or e not in self.row:
            return []
        return [t for t, _ in self.sums[e][1]] if e in self.sums else list(e.args)

    def _error(self, e: Expr, widths: Sequence[int]) -> float:
        if e in self.sums:
            return self._sum_error(e, widths)
        if e.op == "mul":
            _, rows = self._rows(e, widths)
            return float(rows.short / 2 + rows.lost) * 2.0 ** -self.frac(e, widths)
        if e.op == "fn":
            return self._function_error(e, widths)
        return 0.0

    def _form(self, e: Expr, widths: Sequence[int]) -> Form:
        terms = tuple(
            (k, self.type(t, widths)) for t, k in self.sums[e][1] if t not in self.absorbed
        )
        modulus = (
            max(1, self.frac(e, widths) + int(math.log2(self.modulus[e])))
            if e in self.modulus
            else None
        )
        return Form.cheapest(terms, self.frac(e, widths), modulus, self.objective)

    def _sum_error(self, e: Expr, widths: Sequence[int]) -> float:
        offset, terms = self.sums[e]
        error = self._form(e, widths).half
        fine = any(
            self.frac(t, widths) > self.frac(e, widths) for t, _ in terms if t in self.absorbed
        )
        inexact = (
            offset.op != CONST
            or not dyadic(offset.value)
            or dyadic_bits(offset.value) > self.frac(e, widths)
        )
        return (error + 0.5 * fine + 0.25 * inexact) * 2.0 ** -self.frac(e, widths)

    def _function_error(self, e: Expr, widths: Sequence[int]) -> float:
        if is_bit(e) or self.is_exact(e, widths):
            return 0.0
        address, have = self.address(e, widths), self.frac(e.args[0], widths)
        cell = 2.0**-address - 2.0**-have if address < have else 0.0
        cells = (
            2.0**-address * self.floating[e].change
            if e in self.floating
            else cell * self.steepness[e]
        )
        beyond = self._beyond(e, widths)
        return beyond + 0.5 * cells + (0.5 + self.slack(e, widths)) * 2.0 ** -self.frac(e, widths)

    def _beyond(self, e: Expr, widths: Sequence[int]) -> float:
        """What the first-order model misses where the argument's error makes the slope larger."""
        if e.args[0] not in self.row or e.value.jumps:
            return 0.0
        error = self.error(self.row[e.args[0]], widths)
        return (
            (self._steeper(e, math.ceil(math.log2(error))) - self.steepness[e]) * error
            if error
            else 0.0
        )

    def _steeper(self, e: Expr, size: int) -> float:
        """The largest slope of a function whose argument is up to ``2**size`` outside its range."""
        if (e, size) not in self.slopes:
            lo, hi = self.spans[e.args[0]]
            wide = Box.exact(np.array([lo - 2.0**size, lo, hi]), np.array([lo, hi, hi + 2.0**size]))
            self.slopes[e, size] = min(self._most(e), float(e.value.slope.interval(wide).mag.max()))
        return max(self.slopes[e, size], self.steepness[e])

    def slack(self, e: Expr, widths: Sequence[int]) -> float:
        """Error beyond rounding, in ulp, that makes large generators much smaller and small tables
        not at all.
        """
        bits = self.address_bits(e, widths)
        return (
            0.0
            if e.value.jumps or self.is_exact(e, widths)
            else float(np.interp(bits, _SLACK_BITS, _SLACK))
        )

    def _rows(self, e: Expr, widths: Sequence[int]) -> tuple[bool, Rows]:
        x, y = (self.type(a, widths) for a in _two(e))
        modulus = int(math.log2(self.modulus[e])) if e in self.modulus else None
        if e in self.dsp and slices(x, y) == 1:
            return False, replace(whole(x, y, self.frac(e, widths)), luts=self.joining(e, widths))
        return cheaper(x, y, self.frac(e, widths), modulus)

    def joining(self, e: Expr, widths: Sequence[int]) -> float:
        """LUT6 that add the product of a DSP slice to the sum that it is part of."""
        return float(self.width(e, widths)) if e in self.absorbed else 0.0

    def saved(self, e: Expr, widths: Sequence[int]) -> float:
        """LUT6 that a DSP slice saves for the product ``e``; 0 where it does not fit one."""
        x, y = (self.type(a, widths) for a in _two(e))
        return (
            self.cost(self.row[e], widths) - self.joining(e, widths) if slices(x, y) == 1 else 0.0
        )

    def in_blocks(self, e: Expr, widths: Sequence[int]) -> int:
        """The block RAMs that the function ``e`` takes as a table."""
        out = max(1, self.frac(e, widths) + self.integer_bits(e))
        return blocks(math.ceil(self.address_bits(e, widths)), out)

    # ---------------------------------------------------------------- cost

    def _cost(self, e: Expr, widths: Sequence[int]) -> float:
        if e in self.sums:
            return self._sum_cost(e, widths)
        if e.op == "mul":
            return self._rows(e, widths)[1].luts
        if e.op == "fn":
            return self._function_cost(e, widths)
        return 0.0 if e.op == "hold" else 1.5 * self.width(e, widths)

    def _sum_cost(self, e: Expr, widths: Sequence[int]) -> float:
        own = self.width(e, widths)
        return self._form(e, widths).luts(own) + _IDLE * own

    def _function_cost(self, e: Expr, widths: Sequence[int]) -> float:
        address, out = (
            self.address_bits(e, widths),
            max(1, self.frac(e, widths) + self.integer_bits(e)),
        )
        if blocks(math.ceil(address), out) <= self.blocks.get(e, 0):
            return _IDLE * (address + out)
        cost = table_cost(address, out)
        if e in self.floating:
            width = self.width(e.args[0], widths)
            cost += normaliser_cost(width, self.floating[e].seen.exponent, self.address(e, widths))
        return cost

    # ---------------------------------------------------------------- the search problem

    def problem(self, budgets: Sequence[float] | Array) -> Problem:
        """Choose the widths of all knobs for these error budgets of the outputs."""
        slopes = [self._matrix(root) for root in self.program.roots]
        low, high = [], []
        for kind, e in self.knobs:
            lo, hi = self._limits(kind, e)
            low.append(lo)
            high.append(hi)
        knobs = Knobs(low, high, [self.row[e] for _, e in self.knobs], self.touched)
        return Problem.of(slopes, np.asarray(budgets, float), knobs, self.error, self.cost)

    @cached_property
    def compared(self) -> frozenset[Expr]:
        """The operands of conditions on one value, which look at all bits."""
        return frozenset(e.args[0] for e in self.nodes if is_bit(e))

    def _limits(self, kind: str, e: Expr) -> tuple[int, int]:
        if kind == "frac":
            most = self.most_bits(e)
            most = min(most, _MOST_VALUE - self.integer_bits(e)) if e.op == "fn" else most
            most = (
                min(most, self.most_address - self.integer_bits(e)) if e in self.compared else most
            )
            low = max(min(1 - self.integer_bits(e), most), self.exact.needed.get(e, -ALL_BITS))
            return low, max(low, most)
        if e in self.floating:
            return 1, self.most_address - self.floating[e].seen.exponent
        lo, hi = self.spans[e.args[0]]
        integer = (
            math.log2(e.value.period)
            if e.value.period is not None
            else math.ceil(math.log2(max(hi - lo, 2.0**-40)))
        )
        top = (
            self.inputs[e.args[0].value].type.frac
            if e.args[0].op == VAR
            else self.most_bits(e.args[0])
        )
        low = max(int(min(1 - integer, top)), self.exact.addresses.get(e, -ALL_BITS))
        return low, max(low, int(min(top, self.most_address - integer)))

    @property
    def clipped(self) -> bool:
        """Whether more address bits would give any knob more freedom."""
        wider = replace(self, most_address=WIDEST_ADDRESS)
        return any(wider._limits(*k)[1] > self._limits(*k)[1] for k in self.knobs)

    @cached_property
    def touched(self) -> list[list[int]]:
        """For each knob, the nodes besides its own whose error or cost depends on it."""
        out: list[list[int]] = [[] for _ in self.knobs]
        for row, knobs in enumerate(self.relevant):
            for k in knobs:
                if self.nodes[row] is not self.knobs[k][1]:
                    out[k].append(row)
        return out

    def score(self, budgets: Array) -> Callable[[Mapping[str, Box]], Array]:
        """Error over budget on sub-boxes, at the smallest equal widths that fit."""
        problem = self.problem(budgets)
        local = problem.errors(equal_widths(problem, WidthSearch()))

        def run(cells: Mapping[str, Box]) -> Array:
            size = max(b.lo.size for b in cells.values())
            found = self._on(cells).slopes
            out = np.zeros(size)
            for root, budget in zip(self.program.roots, budgets, strict=True):
                slopes, total = found[self.marked[root]], np.zeros(size)
                for e, error in zip((self.marked[n] for n in self.nodes), local, strict=True):
                    total = total + error * slopes[e].mag if e in slopes else total
                out = np.maximum(out, total / budget)
            return out

        return run

    def _matrix(self, root: Expr) -> np.ndarray:
        slopes = self.pure.slopes[self.marked[root]]
        size = max(b.lo.size for b in self.cells.values()) if self.cells else 1
        found = [slopes.get(self.marked[e]) for e in self.nodes]
        rows = [np.zeros(size) if s is None else np.broadcast_to(s.mag, size) for s in found]
        matrix = np.array(rows).reshape(len(rows), size)
        order = np.argsort(-matrix.sum(0))[: min(size, 256)]
        extremes = {int(np.argmax(r)) for r in rows}
        return matrix[:, sorted({*order.tolist(), *extremes})]

    @cached_property
    def alone(self) -> dict[Expr, int]:
        """The fraction bits of outputs that are constants, which no other value reads."""
        read = {a for e in self.nodes for a in e.args}
        found: dict[Expr, int] = {}
        for name, e in self.program.outputs:
            if e.closed and e not in read and name in self.targets:
                bits = coarsest(rational(e), Fraction(self.targets[name]) * Fraction(127, 128))
                found[e] = max(bits, found.get(e, bits))
        return found

    def plan(self, widths: Sequence[int]) -> Plan:
        """The widths as a plan for lowering."""
        frac = {e: widths[i] for (kind, e), i in self.index.items() if kind == "frac"}
        address = {e: widths[i] for (kind, e), i in self.index.items() if kind == "address"}
        frac |= {e: 0 for e in self.nodes if is_bit(e)}
        address |= {e: ALL_BITS for e in self.nodes if is_bit(e)}
        frac |= self.alone
        slack, floats = (
            {e: self.slack(e, widths) for e in address},
            {e: f.seen for e, f in self.floating.items()},
        )
        return Plan(frac, address, slack, self.dsp, self.blocks, floats, self.objective)


def table_cost(address: float, out: int) -> float:
    """LUT6 of a smooth function of ``address`` bits: what `approx` reaches on average with half an
    ulp to spare.
    """
    return out * float(np.interp(address, _ADDRESS_BITS, _LUTS_PER_BIT))


def normaliser_cost(width: int, exponent: int, mantissa: int) -> float:
    """LUT6 of a floating-point address: stages that test bits for 0 and shift, two of them in one
    LUT.
    """
    stages = [min(width, mantissa + (2 << j)) for j in range(exponent)]
    return 0.5 * sum(stages) + (1 << exponent) / 5


def _two(e: Expr) -> tuple[Expr, ...]:
    return e.args if len(e.args) == 2 else (e.args[0], e.args[0])
