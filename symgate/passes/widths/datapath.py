"""A program as the search of word lengths sees it: its values, their ranges and slopes, its knobs.

Nothing here depends on a width, nor on what hardware functions and products get.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

import numpy as np

from symgate.errors import AccuracyError
from symgate.ir.boxes import Box
from symgate.ir.constants import rational
from symgate.ir.design import Input, OutputPort
from symgate.ir.expr import CONST, VAR, Expr, Program
from symgate.ir.exprtext import show
from symgate.ir.joint import JOINT
from symgate.passes.bounds.propagation import Limit, Sensitivity, modulus, rounded, sensitivity
from symgate.passes.lowering import absorbed, datapath_values, moduli, rule_of
from symgate.passes.lowering.digits import lower_digits
from symgate.passes.lowering.functions import lower_function
from symgate.passes.lowering.joints import lower_joint
from symgate.passes.lowering.operands import over
from symgate.passes.lowering.output_ports import Finest, finest_shown, most_lost
from symgate.passes.lowering.products import lower_product
from symgate.passes.lowering.sums import lower_sum
from symgate.passes.rewrite.exactness import Exactness, is_floor
from symgate.passes.rewrite.fuse import inline
from symgate.passes.rewrite.terms import split_sum
from symgate.passes.widths.problem import Array
from symgate.passes.widths.slope_limits import SlopeLimits
from symgate.passes.widths.width_settings import DEFAULTS, NEGLIGIBLE, JumpSettings, WidthSettings

Cells = Mapping[str, Box]
SumTerms = list[tuple[Expr, Fraction]]
Span = tuple[float, float]
#: (outputs, sub-boxes, limit of slopes) -> the values and slopes of all nodes
Enclose = Callable[[Sequence[Expr], Cells, Limit], Sensitivity]


def is_bit(e: Expr) -> bool:
    """Whether ``e`` is a condition on one value, as a function of it: one exact bit."""
    return e.op in ("fn", JOINT) and bool(e.value.boolean)


def enclose_all(roots: Sequence[Expr], cells: Cells, limit: Limit) -> Sensitivity:
    """The values and slopes of all nodes without any errors."""
    return sensitivity(roots, cells, {}, limit)


@dataclass(frozen=True, eq=False)
class Structure:
    """What of a program becomes hardware, and what of it can be chosen, whatever its inputs are."""

    program: Program
    nodes: tuple[Expr, ...]  # the values that have a choice or a cost
    row: Mapping[Expr, int]  # the number of each node
    sums: Mapping[Expr, tuple[Expr, SumTerms]]  # offset and terms of each sum
    modulus: Mapping[Expr, Fraction]  # see `lowering.moduli`
    absorbed: frozenset[Expr]  # see `lowering.absorbed`
    #: Each value as an expression of its own over the values that its hardware reads.
    marked: Mapping[Expr, Expr]
    knobs: tuple[tuple[str, Expr], ...]  # ("frac", node) and ("address", function)
    frac_knob: Mapping[Expr, int]  # the number of the knob that sets a value's fraction bits
    address_knob: Mapping[Expr, int]  # and of that which sets a function's address bits

    @classmethod
    def of(cls, program: Program) -> Structure:
        """Find the values of ``program``, what each is computed from, and the knobs."""
        values = datapath_values(program.roots)
        nodes = tuple(e for e in values if e.op not in (VAR, CONST) and not e.closed)
        marked: dict[Expr, Expr] = {}
        for e in values:
            seen = over(e, marked)
            marked[e] = seen if e.closed or e.op == VAR else rounded(seen)
        knobs = _knobs(nodes)
        return cls(
            program,
            nodes,
            row={e: row for row, e in enumerate(nodes)},
            sums={e: _parts_of_sum(e) for e in nodes if rule_of(e) is lower_sum},
            modulus=moduli(program, values),
            absorbed=absorbed(program, values),
            marked=marked,
            knobs=knobs,
            frac_knob={e: k for k, (kind, e) in enumerate(knobs) if kind == "frac"},
            address_knob={e: k for k, (kind, e) in enumerate(knobs) if kind == "address"},
        )

    @property
    def roots(self) -> list[Expr]:
        """The outputs as `marked` expressions."""
        return [self.marked[root] for root in self.program.roots]

    def operands(self, e: Expr) -> list[Expr]:
        """The values that a node reads; none where ``e`` is no node."""
        if e not in self.row:
            return []
        return [t for t, _ in self.sums[e][1]] if e in self.sums else list(e.args)

    def relevant_knobs(self) -> list[list[int]]:
        """For each node, the knobs on which its error and cost depend: its own, and those that set
        the formats of the values it reads.

        Their order does not depend on the rest of the program, so that forms of one program can
        have what is known in common.
        """
        formats: dict[Expr, frozenset[int]] = {}  # the knobs that set the format of a value

        def of_format(e: Expr) -> frozenset[int]:
            if e in self.frac_knob:
                return frozenset({self.frac_knob[e]})
            if e not in formats:
                formats[e] = frozenset[int]().union(*map(of_format, self.operands(e)))
            return formats[e]

        def order(knob: int) -> tuple[str, int]:
            kind, e = self.knobs[knob]
            return kind, e.key

        found = []
        for e in self.nodes:
            own = {known[e] for known in (self.frac_knob, self.address_knob) if e in known}
            found.append(sorted(own.union(*map(of_format, self.operands(e))), key=order))
        return found


def _parts_of_sum(e: Expr) -> tuple[Expr, SumTerms]:
    offset, terms = split_sum(e)
    return offset, [(term, rational(c)) for term, c in terms.items()]


def _knobs(nodes: Sequence[Expr]) -> tuple[tuple[str, Expr], ...]:
    """What can be chosen of each node, in order: fraction bits, and address bits of functions."""
    found: list[tuple[str, Expr]] = []
    for e in nodes:
        if is_bit(e) or is_floor(e):
            continue
        if rule_of(e) in (lower_sum, lower_product, lower_function, lower_digits, lower_joint):
            found.append(("frac", e))
        if rule_of(e) is lower_function:
            found.append(("address", e))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class Task:
    """What is wanted of a program."""

    inputs: Mapping[str, Input]  # by name
    targets: Mapping[str, float]  # the largest allowed errors by output, where they are stated
    prefix: str = "v"  # of the names of values in a certificate
    meant: Mapping[str, Expr] = field(default_factory=dict)  # what the user wrote, by output
    settings: WidthSettings = DEFAULTS
    ports: Mapping[str, OutputPort] = field(default_factory=dict)  # of outputs, where stated


@dataclass(frozen=True, eq=False)
class Datapath:
    """The values of a program over sub-boxes of its inputs: their ranges and slopes."""

    structure: Structure
    task: Task
    cells: Cells  # sub-boxes of the inputs
    slope_limits: SlopeLimits
    sensitivity: Sensitivity  # values and slopes of the marked expressions, without errors
    ranges: Mapping[Expr, Span]  # of each value over the whole input box
    slopes: tuple[Array, ...]  # per output: a row per node, a column per sub-box that matters
    exact: Exactness  # which values can be exact, and which must be

    @classmethod
    def of(
        cls,
        program: Program,
        task: Task,
        cells: Cells,
        slope_limits: SlopeLimits,
        enclose: Enclose = enclose_all,
    ) -> Datapath:
        """The datapath of ``program`` for inputs in ``cells``."""
        structure = Structure.of(program)
        found = enclose(structure.roots, cells, _limit(structure, task.targets, slope_limits))
        facts = _facts(structure, task, cells, found)
        return cls(structure, task, cells, slope_limits, found, *facts)

    def on_cells(self, cells: Cells) -> Datapath:
        """The same datapath with other sub-boxes of the same inputs."""
        found = self.enclose(cells)
        ranges, slopes, exact = _facts(self.structure, self.task, cells, found)
        return replace(
            self, cells=cells, sensitivity=found, ranges=ranges, slopes=slopes, exact=exact
        )

    def enclose(self, cells: Cells) -> Sensitivity:
        """Values and slopes on some sub-boxes."""
        limit = _limit(self.structure, self.task.targets, self.slope_limits)
        return enclose_all(self.structure.roots, cells, limit)

    @property
    def inputs(self) -> Mapping[str, Input]:
        """The inputs by name."""
        return self.task.inputs

    @property
    def settings(self) -> WidthSettings:
        """The numbers of all searches."""
        return self.task.settings

    @property
    def program(self) -> Program:
        """The program whose datapath this is."""
        return self.structure.program

    def value(self, e: Expr) -> Box:
        """What a value can be on each sub-box."""
        return self.sensitivity.values[self.structure.marked[e]]

    def modulus_bits(self, e: Expr) -> int | None:
        """log2 of what a value is taken modulo; None where all of it matters."""
        modulus = self.structure.modulus
        return int(math.log2(modulus[e])) if e in modulus else None

    def integer_bits(self, e: Expr) -> int:
        """Bits left of the binary point, sign included; the modulus limits them."""
        lo, hi = self.ranges[e]
        size = max(abs(lo), abs(hi))
        size = size if size >= NEGLIGIBLE.noise else NEGLIGIBLE.zero
        if not math.isfinite(size):
            raise _unbounded(e)
        bits = math.floor(math.log2(size)) + 1 + (lo < 0)
        modulus = self.modulus_bits(e)
        return bits if modulus is None else min(bits, modulus)

    def most_bits(self, e: Expr) -> int:
        """Fraction bits that are worth trying for a value: more where all its values are small, no
        more than an output shows where nothing else reads it.
        """
        most = self.settings.limits.most_bits + max(0, -self.integer_bits(e))
        return min(most, self.shown.get(e, most))

    @cached_property
    def shown(self) -> Mapping[Expr, int]:
        """The fraction bits that outputs can show of values that nothing else reads."""
        return self._finest.bits

    @cached_property
    def _finest(self) -> Finest:
        return finest_shown(self.program, self.task.ports, self._reads, self.task.targets)

    @cached_property
    def _reads(self) -> Counter[Expr]:
        """By how many values and outputs each value is read."""
        reads = Counter(e for node in self.structure.nodes for e in self.structure.operands(node))
        reads.update(e for _, e in self.program.outputs)
        return reads

    @cached_property
    def ends(self) -> Mapping[Expr, tuple[Fraction, Fraction]]:
        """The functions that saturate at an output and have no other reader, and where."""
        return {
            e: (port.format.lowest, port.format.highest) for e, port in self._saturating.items()
        }

    @cached_property
    def _saturating(self) -> Mapping[Expr, OutputPort]:
        ports = self.task.ports
        return {
            e: ports[name]
            for name, e in self.program.outputs
            if e.op == "fn" and name in ports and self._reads[e] == 1
            if ports[name].format.saturates and not ports[name].at_port
        }

    def least_shown(self, e: Expr) -> int | None:
        """The fraction bits at which a function has the ends of its output's format; None where it
        has none.
        """
        port = self._saturating.get(e)
        return None if port is None else port.format.type.frac

    @cached_property
    def lost(self) -> Array:
        """What the stated formats of outputs add to their errors, at most, in output order."""
        ports = self.task.ports
        return np.array(
            [
                most_lost(ports[name]) if name in self._finest.rounded else 0.0
                for name, _ in self.program.outputs
            ]
        )


def _limit(structure: Structure, targets: Mapping[str, float], known: SlopeLimits) -> Limit:
    """What stands for infinite slopes under these targets."""
    wanted: dict[Expr, float] = {}
    for name, root in structure.program.outputs:
        marked = structure.marked[root]
        if name in targets:
            wanted[marked] = min(targets[name], wanted.get(marked, math.inf))
    return known.for_targets(wanted)


def _facts(
    structure: Structure, task: Task, cells: Cells, found: Sensitivity
) -> tuple[Mapping[Expr, Span], tuple[Array, ...], Exactness]:
    """Ranges, slopes by output, and what can be exact, by what was found on sub-boxes."""
    ranges = {e: found.values[marked].span for e, marked in structure.marked.items()}
    kept = task.settings.cells.kept
    slopes = tuple(_slope_matrix(structure, cells, found, root, kept) for root in structure.roots)

    def jumps(e: Expr) -> bool:
        argument = found.values[structure.marked[e.args[0]]]
        return _jumps(e, argument, ranges[e], task.settings.jumps)

    overflowing = tuple(
        e
        for name, e in structure.program.outputs
        if name in task.ports and task.ports[name].overflows
    )
    exact = Exactness(task.inputs, structure.nodes, structure.sums, jumps, overflowing)
    return ranges, slopes, exact


def _slope_matrix(
    structure: Structure, cells: Cells, found: Sensitivity, root: Expr, kept: int
) -> Array:
    """The slopes of one output along all nodes, on the sub-boxes where they are largest."""
    slopes = found.slopes[root]
    size = max(b.lo.size for b in cells.values()) if cells else 1
    rows = []
    for e in structure.nodes:
        slope = slopes.get(structure.marked[e])
        rows.append(np.zeros(size) if slope is None else np.broadcast_to(slope.mag, size))
    matrix = np.array(rows).reshape(len(rows), size)
    steepest = np.argsort(-matrix.sum(0))[: min(size, kept)]
    extremes = {int(np.argmax(row)) for row in rows}
    return matrix[:, sorted({*steepest.tolist(), *extremes})]


def _jumps(e: Expr, argument: Box, span: Span, settings: JumpSettings) -> bool:
    """Whether a function changes by more than a small part of its range at some point."""
    (low, high), (lo, hi) = argument.span, span
    at_once = modulus(e.value, argument, (high - low) * settings.no_way)
    return at_once > settings.change * (hi - lo)


def _unbounded(e: Expr) -> AccuracyError:
    text = show(inline(e))
    shown = text if len(text) < 80 else text[:77] + "..."
    return AccuracyError(
        f"'{shown}' cannot be bounded in the given ranges",
        remedy="narrow the ranges of the inputs, "
        "or protect a divisor that comes close to 0 (max(x, 0.01))",
    )
