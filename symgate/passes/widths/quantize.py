"""From accuracy to word lengths: search, lower, certify, and search again with what the proof left
over.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from symgate.errors import AccuracyError, BrokenPromise, SymgateError
from symgate.ir.design import Design, Input
from symgate.ir.expr import VAR, Expr, Program
from symgate.ir.firmware import Bound, Certificate
from symgate.ir.fixed import Graph
from symgate.passes.bounds.exhaustive import cones
from symgate.passes.bounds.subboxes import nonlinear_inputs, refined, subdivide
from symgate.passes.hardware.cost import estimate
from symgate.passes.lowering import lower, rule_of
from symgate.passes.lowering.functions import open_at
from symgate.passes.lowering.plan import Plan
from symgate.passes.lowering.products import lower_product
from symgate.passes.widths.certify import Lowered, certified, exact, proofs
from symgate.passes.widths.datapath import Cells, Datapath, Task
from symgate.passes.widths.floating import Floated, floated
from symgate.passes.widths.greedy import improve_widths, narrow_at_random, repair_widths
from symgate.passes.widths.layouts import Allocation
from symgate.passes.widths.model import Model
from symgate.passes.widths.problem import Array
from symgate.passes.widths.relaxation import equal_widths, relax_widths
from symgate.passes.widths.settings import WidthLimits, WidthSearch
from symgate.passes.widths.slope_limits import SlopeLimits

#: Searches until one fits, and how many of those after it are polished with pair moves.
_TRIES, _POLISHED = 12, 2
#: Part of the allowed error below which bits are taken away by trial, and how many trials.
_ROOM, _TRIMS = 0.6, 24
#: LUT6 that a product must need for a DSP slice to be worth it.
SLICE_LUTS = 12.0
#: LUT6 that each block RAM must save a function.
BLOCK_LUTS = 12.0
_SEARCH = WidthSearch()
MOST_BITS = WidthLimits().most_bits
MOST_ADDRESS, WIDEST_ADDRESS = WidthLimits().most_address, WidthLimits().widest_address
#: Address bits that floating point must save a function.
_SAVED = 3
#: Sub-boxes of equal size, and as many more where errors are largest.
_CELLS = 2048
#: Unused error that is worth another search, how many such searches, and how much of it the first
#: one takes.
_SPARE, _RETURNS, _GIVEN = 1.05, 4, 0.9
#: Forms of so many times the LUTs of the smallest, by the quick estimate, are not mapped to compare
#: them.
_FAR = 4.0
#: Address bits from which functions may see floating-point numbers, and above which they are not
#: lowered without.
_FLOAT, _LONG = 11, 16

Measure = Callable[[Graph], float]
Rank = Callable[[Graph], tuple[float, ...]]


class Missed(AccuracyError):
    """No hardware with the stated error was found; the closest one had ``excess`` times that error."""

    def __init__(self, excess: float, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.excess = excess


@dataclass(frozen=True)
class _Found:
    """Where the search of widths for one program ended."""

    program: Program
    model: Model
    widths: list[int]
    budgets: Array
    lowered: Lowered


@dataclass(frozen=True)
class Quantize:
    """Word lengths for a program in datapath form.

    ``targets`` are the largest allowed errors by output. The search is deterministic; ``seconds``
    of exploring go on from its result with ``seed``, and ``measure`` is what they make smaller.
    """

    inputs: tuple[Input, ...]
    targets: Mapping[str, float]
    seconds: float = 0.0
    draft: bool = False  # plain tables in place of function generators
    measure: Measure = lambda graph: estimate(graph).lut
    objective: str = "lut"
    dsp: int = 0  # slices that products may take
    bram: int = 0  # block RAMs that functions may take
    seed: int = 0
    progress: Callable[[str], None] = lambda stage: None
    prefix: str = "v"  # of the names of values in the certificate
    meant: Mapping[str, Expr] = field(default_factory=dict)  # what the user wrote, by output

    def __call__(
        self, program: Program, others: Sequence[Program] = (), rank: Rank | None = None
    ) -> tuple[Graph, Certificate]:
        """The cheapest graph found whose certified bounds meet the targets; raise `AccuracyError`
        if none does.

        ``others`` are further forms of the program; the one whose graph ``rank`` puts first is
        taken, the program itself where several are equal.
        """
        rank = rank or (lambda graph: (self.measure(graph),))
        goal = np.array([self.targets[n] for n, _ in program.outputs])
        found = self._given_back(self._best(program, others, rank), goal, rank)
        final = found.lowered
        if self.seconds > 0:
            final = self._explored(found.model, goal, final, found.widths, found.budgets, rank)
        return final.graph, self.certificate(found.program, final)

    def _best(self, program: Program, others: Sequence[Program], rank: Rank) -> _Found:
        """Of the program and its other forms, the one that ``rank`` puts first; one of them may
        have no hardware.
        """
        if not others:
            return self._found(program)
        found: list[tuple[float, _Found]] = []
        for number, form in enumerate((program, *others)):
            self.progress(f"quantize: form {number + 1}")
            if (trial := self._tried(form)) is not None:
                found.append((estimate(trial.lowered.graph).lut, trial))
        near = [trial for lut, trial in found if lut <= _FAR * min(f[0] for f in found)]
        ranked = (
            near if len(near) < 2 else sorted(near, key=lambda trial: rank(trial.lowered.graph))
        )
        return ranked[0] if ranked else self._found(program)

    def _found(self, program: Program) -> _Found:
        """Where the search ends; functions get more address bits where the error cannot be met
        without.
        """
        model = self.model(program)
        try:
            return self._shorter(model, program)
        except Missed as e:
            if self.draft or not model.clipped or e.excess > 2.0 ** (WIDEST_ADDRESS - MOST_ADDRESS):
                raise  # a bit more of an address makes an error no less than half as large
        self.progress(f"quantize: functions of up to {WIDEST_ADDRESS} bits")
        return self._with(model.with_allocation(most_address=WIDEST_ADDRESS), program)

    def _shorter(self, model: Model, program: Program) -> _Found:
        """As `_with`; functions of long arguments see floating-point numbers where that is smaller
        or all that fits.
        """
        inputs = {} if self.draft else floatable_inputs(model, _LONG)
        found = []
        if inputs:
            self.progress("quantize: functions of floating-point inputs")
            # leading bits alone may do too, where errors are large
            trials = {"floating": inputs}, {"most_address": _LONG}
            for trial in trials:
                try:
                    found.append(self._usual(model.with_allocation(**trial), program))
                except BrokenPromise:
                    raise
                except SymgateError:
                    continue
        return self._smallest(found) if found else self._usual(model, program)

    def _smallest(self, found: Sequence[_Found]) -> _Found:
        if len(found) == 1:
            return found[0]
        return min(found, key=lambda f: self.measure(f.lowered.graph))

    def _usual(self, model: Model, program: Program) -> _Found:
        """As `_shorter`, for functions of computed values."""
        goal = np.array([self.targets[n] for n, _ in program.outputs])
        missed: AccuracyError | None = None
        plain: tuple[list[int], Array] | None = None
        try:
            plain = self._searched(model, goal)
        except AccuracyError as e:
            missed = e
        floats = {} if self.draft else floatable(model, _FLOAT, plain and plain[0])
        if not floats:
            if missed is not None:
                raise missed
            return self._with(model, program, plain)
        long = plain is None or max(model.formats.address_bits(e, plain[0]) for e in floats) > _LONG
        found = [] if long else [self._with(model, program, plain)]
        self.progress("quantize: functions of floating-point numbers")
        try:
            floating = {**model.allocation.floating, **floats}
            found.append(self._with(model.with_allocation(floating=floating), program))
        except BrokenPromise:
            raise
        except SymgateError:
            if missed is not None:
                raise missed from None
        return self._smallest(found or [self._with(model, program, plain)])

    def _with(
        self, model: Model, program: Program, start: tuple[list[int], Array] | None = None
    ) -> _Found:
        """Where the search ends for one model; ``start`` is what `_searched` found."""
        goal = np.array([self.targets[n] for n, _ in program.outputs])
        widths, budgets = start or self._searched(model, goal)
        slices, blocks = for_slices(model, widths, self.dsp), for_blocks(model, widths, self.bram)
        if slices or blocks:
            model = model.with_allocation(slices=slices, blocks=blocks)
            widths, budgets = self._searched(model, goal)
        final, widths, budgets = self._final(model, goal, widths, budgets)
        return _Found(program, model, widths, budgets, final)

    def _tried(self, form: Program) -> _Found | None:
        """As `_found`, for a form that need not have hardware: None then."""
        with np.errstate(all="ignore"):
            try:
                return self._shorter(self.model(form), form)
            except BrokenPromise:
                raise
            except (SymgateError, ArithmeticError):
                return None

    def _searched(self, model: Model, goal: Array) -> tuple[list[int], Array]:
        """Search and prove in turns: what the proof finds beyond the first-order model corrects the
        budgets.
        """
        budgets, widths, polished = goal * 0.95, None, 0
        best: tuple[float, list[int], float] | None = None
        closest: tuple[float, Lowered, list[int], Array] | None = None
        for attempt in range(_TRIES):
            problem = model.problem(budgets)
            widths = relax_widths(problem, widths or equal_widths(problem, _SEARCH), _SEARCH)
            if best is not None and attempt > 1:
                widths, polished = improve_widths(problem, widths, _SEARCH), polished + 1
            found = certified(model, model.plan(widths), draft=True)
            proven = np.maximum(proofs(model, found), 1e-300)
            excess = float(np.nan_to_num(np.max(proven / goal), nan=np.inf))
            if closest is None or excess < closest[0]:
                closest = excess, found, list(widths), budgets
            if np.all(proven <= goal) and (best is None or problem.total(widths) < best[0]):
                best = problem.total(widths), list(widths), excess
            if polished == _POLISHED:
                break
            surprise = proven / np.maximum(problem.predicted(problem.errors(widths)), 1e-300)
            less = np.where(proven > goal, np.minimum(budgets, goal) / 3, budgets)
            new = np.where(surprise > 2, less, goal / np.maximum(surprise, 0.25))
            stuck = (
                best is None and attempt >= _TRIES // 4
            )  # outputs that fit in turns: none may have more again
            budgets = (
                np.minimum(new, budgets) * np.minimum(1.0, 0.98 * goal / proven) if stuck else new
            )
        if best is None and closest is not None:
            if len(cones(model.program, model.inputs)) < len(goal) or self.draft:
                raise self._missed(closest[1])
            return closest[2], closest[
                3
            ]  # every input will be tried, which may prove what slopes cannot
        assert best is not None
        return (
            (best[1], budgets) if best[2] > _ROOM else self._trimmed(model, goal, best[1], budgets)
        )

    def _trimmed(
        self, model: Model, goal: Array, widths: list[int], budgets: Array
    ) -> tuple[list[int], Array]:
        """Bits taken away one by one, the dearest first, as long as the proof holds: slopes could
        not say how many.
        """
        problem, stuck = model.problem(budgets), set[int]()
        for _ in range(_TRIMS):
            size = problem.total(widths)
            trials = [[w - (i == k) for i, w in enumerate(widths)] for k in range(len(widths))]
            gains = {
                k: size - problem.total(t)
                for k, t in enumerate(trials)
                if t[k] >= problem.knobs.low[k]
            }
            k = max(
                (k for k in gains if k not in stuck and gains[k] > 0),
                key=lambda k: gains[k],
                default=None,
            )
            if k is None:
                break
            if np.all(proofs(model, certified(model, model.plan(trials[k]), draft=True)) <= goal):
                widths = trials[k]
            else:
                stuck.add(k)
        predicted = problem.predicted(problem.errors(widths))
        return widths, np.where(predicted > 0, predicted, budgets)

    def _final(
        self, model: Model, goal: Array, widths: list[int], budgets: Array
    ) -> tuple[Lowered, list[int], Array]:
        """Lower with function generators in place of tables; their ranges can change a product's
        rows a little.
        """
        for _ in range(_TRIES):
            final = certified(model, model.plan(widths), self.draft)
            excess = proofs(model, final) / goal
            if np.all(excess <= 1):
                return final, widths, budgets
            budgets = budgets / np.maximum(excess, 1) * np.where(excess > 1, 0.99, 1.0)
            problem = model.problem(budgets)
            repaired = repair_widths(problem, widths, _SEARCH)
            widths = repaired or relax_widths(problem, widths, _SEARCH)
        raise self._missed(final)

    def _given_back(self, best: _Found, goal: Array, rank: Rank) -> _Found:
        """Where the real error is smaller than any sum of bounds: larger budgets, as long as
        ``rank`` likes that.
        """
        model, scale, size = best.model, _GIVEN, None
        for _ in range(_RETURNS):
            spare = np.where(
                exact(model, best.lowered),
                goal / np.maximum(proofs(model, best.lowered), 1e-300),
                1.0,
            )
            if self.draft or not best.widths or float(np.max(spare)) < _SPARE:
                break
            problem = model.problem(best.budgets * np.minimum(spare, 4.0) ** scale)
            relaxed = relax_widths(problem, best.widths, _SEARCH)
            widths = improve_widths(problem, relaxed, _SEARCH)
            found = self._lowered(model, widths)
            size = rank(best.lowered.graph) if size is None else size
            if found and np.all(proofs(model, found) <= goal) and (new := rank(found.graph)) < size:
                best, size = _Found(best.program, model, widths, problem.budgets, found), new
            else:
                scale /= 2
        return best

    def _explored(
        self,
        model: Model,
        goal: Array,
        best: Lowered,
        widths: list[int],
        budgets: Array,
        rank: Rank,
    ) -> Lowered:
        """Change a few widths at random, repair, prove; keep what ``rank`` likes better."""
        if not widths:
            return best
        rng, deadline, tried = np.random.default_rng(self.seed), time.monotonic() + self.seconds, 0
        size, lut = rank(best.graph), self.measure(best.graph)
        while time.monotonic() < deadline:
            tried += 1
            slack = np.clip(
                goal / np.maximum(proofs(model, best), 1e-300), 1.0, 1.25
            ) ** rng.uniform(0, 1)
            problem = model.problem(budgets * slack)
            trial = repair_widths(problem, narrow_at_random(problem, widths, rng), _SEARCH)
            if trial is None or problem.total(trial) > problem.total(widths) * 1.03:
                continue
            found = self._lowered(model, trial)
            if found and np.all(proofs(model, found) <= goal) and (new := rank(found.graph)) < size:
                best, widths, size, lut = found, trial, new, self.measure(found.graph)
            self.progress(f"search: {tried} tried, {lut:.0f} LUT")
        return best

    def _lowered(self, model: Model, widths: Sequence[int]) -> Lowered | None:
        """A candidate; None where it has no hardware, as a function may be huge at what errors make
        of its argument.
        """
        try:
            return certified(model, model.plan(widths), self.draft)
        except BrokenPromise:
            raise
        except SymgateError:
            return None

    def model(self, program: Program) -> Model:
        """The search's view of ``program``."""
        ranges = {i.name: i.span for i in self.inputs}
        inputs, names = {i.name: i for i in self.inputs}, nonlinear_inputs(program.roots)
        cells = subdivide(ranges, program.roots, _CELLS)
        task = Task(inputs, self.targets, self.prefix, self.meant)
        datapath = Datapath.of(program, task, cells, SlopeLimits())
        allocation = Allocation(self.objective)
        model = Model.of(datapath, allocation)
        if not self.targets or len(names) < 2 or not datapath.structure.knobs:
            return model
        goal = np.array([self.targets[n] for n, _ in program.outputs])
        score = score_cells(model, goal)
        return Model.of(datapath.on_cells(refined(cells, names, score, 2 * _CELLS)), allocation)

    def certificate(self, program: Program, best: Lowered) -> Certificate:
        """The certificate of one candidate."""
        found = [
            Bound(n, best.bounds[n], self.targets.get(n), best.shares[n])
            for n, _ in program.outputs
        ]
        return Certificate(tuple(found), best.data)

    def _missed(self, found: Lowered) -> AccuracyError:
        worst = max(self.targets, key=lambda n: found.bounds[n] / self.targets[n])
        if not math.isfinite(found.bounds[worst]):
            for e, value in found.open.items():
                return AccuracyError(**open_at(e, value))
            return AccuracyError(
                f"no error bound of output '{worst}' can be proved in the given ranges",
                expected="values and slopes that are finite wherever errors can move them",
                remedy="narrow the ranges of the inputs, or keep operands away from poles (max(x, 0.01))",
            )
        return Missed(
            found.bounds[worst] / self.targets[worst],
            f"the error bound {self.targets[worst]:.4g} of output '{worst}' cannot be met",
            expected=f"at least {found.bounds[worst]:.4g}, the closest that was reached with {MOST_BITS} bits",
            remedy="state a larger max_error, or give the inputs more bits where a function jumps",
        )


def score_cells(model: Model, budgets: Array) -> Callable[[Cells], Array]:
    """Error over budget on sub-boxes, at the smallest equal widths that fit."""
    datapath, problem = model.datapath, model.problem(budgets)
    local = problem.errors(equal_widths(problem, _SEARCH))
    structure = datapath.structure
    marked = [structure.marked[e] for e in structure.nodes]

    def score(cells: Cells) -> Array:
        size = max(b.lo.size for b in cells.values())
        found = datapath.enclose(cells).slopes
        worst = np.zeros(size)
        for root, budget in zip(structure.roots, budgets, strict=True):
            slopes, total = found[root], np.zeros(size)
            for e, error in zip(marked, local, strict=True):
                total = total + error * slopes[e].mag if e in slopes else total
            worst = np.maximum(worst, total / budget)
        return worst

    return score


def floatable(
    model: Model, bits: float, widths: Sequence[int] | None = None
) -> dict[Expr, Floated]:
    """Functions of at least ``bits`` address bits, by ``widths`` or at most, that floating point
    makes shorter.
    """
    datapath, found = model.datapath, dict[Expr, Floated]()
    for e in datapath.structure.address_knob:
        t = e.args[0]
        if e in model.allocation.floating or t.op == VAR:
            continue
        if widths is None:
            most: float = datapath.integer_bits(t) + datapath.most_bits(t)
        else:
            most = model.formats.address_bits(e, widths)
        if most < bits:
            continue
        x = floated(e.value, *datapath.ranges[t])
        if x is not None and _is_saved(model, e, x):
            found[e] = x
    return found


def floatable_inputs(model: Model, bits: int) -> dict[Expr, Floated]:
    """Functions of inputs with more than ``bits`` bits that floating point makes shorter."""
    datapath, found = model.datapath, dict[Expr, Floated]()
    for e in datapath.structure.address_knob:
        t = e.args[0]
        if t.op != VAR or datapath.inputs[t.value].type.width <= bits:
            continue
        x = floated(e.value, *datapath.ranges[t])
        if x is not None and _is_saved(model, e, x):
            found[e] = x
    return found


def _is_saved(model: Model, e: Expr, x: Floated) -> bool:
    """Whether floating point saves a function address bits that are worth it."""
    lo, hi = model.datapath.ranges[e.args[0]]
    steps = model.errors.steepness[e] * (hi - lo) / max(x.change, 1e-300)
    return math.log2(max(steps, 1.0)) >= x.seen.exponent + _SAVED


def for_slices(model: Model, widths: Sequence[int], count: int) -> frozenset[Expr]:
    """The up to ``count`` products for which a DSP slice saves most LUTs, and at least
    `SLICE_LUTS`.
    """
    saved = {
        e: model.costs.saved_by_slice(e, widths)
        for e in model.datapath.structure.nodes
        if rule_of(e) is lower_product
    }
    ranked = sorted((e for e in saved if saved[e] >= SLICE_LUTS), key=lambda e: (-saved[e], e.key))
    return frozenset(ranked[:count])


def for_blocks(model: Model, widths: Sequence[int], count: int) -> dict[Expr, int]:
    """The functions for which ``count`` block RAMs save most LUTs, at least `BLOCK_LUTS` each; all
    take a cycle.
    """
    if not count or model.allocation.objective == "latency":
        return {}
    luts = lower(model.program, model.inputs, model.plan(widths))[0].luts
    taken = {
        e: model.costs.blocks_of(e, widths)
        for e in luts
        if e in model.datapath.structure.address_knob
    }
    found = dict[Expr, int]()
    for e in sorted(taken, key=lambda e: (-luts[e] / taken[e], e.key)):
        if luts[e] >= BLOCK_LUTS * taken[e] and sum(found.values()) + taken[e] <= count:
            found[e] = taken[e]
    return found


def uniform_plan(model: Model, frac: int) -> Plan:
    """The same number of fraction bits everywhere."""
    widths = [min(max(frac, lo), hi) for lo, hi in zip(*_limits(model), strict=True)]
    return model.plan(widths)


def _limits(model: Model) -> tuple[Sequence[int], Sequence[int]]:
    problem = model.problem([1.0] * len(model.program.outputs))
    return problem.knobs.low, problem.knobs.high


def targets(design: Design) -> dict[str, float]:
    """The allowed error per output, rounded down to a float."""
    out = {}
    for name, _ in design.outputs:
        wanted: Fraction = design.accuracy.max_error[name]
        value = float(wanted)
        out[name] = value if Fraction(value) <= wanted else math.nextafter(value, 0.0)
    return out
