"""What a search ends with: the front, a choice from it, and designs."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from symgate.errors import InputError
from symgate.frontend.options import Options
from symgate.ir.design import Design
from symgate.ir.expr import Expr
from symgate.learn.fit.archive import Candidate
from symgate.learn.fit.defined import is_defined
from symgate.learn.fit.hardware import CLASS, MARGINS, class_design, design_of
from symgate.learn.fit.ports import Ports
from symgate.learn.fit.task import Reals, values_of

#: Losses below this are exact to float64.
EXACT = 1e-24
#: The best formula is near the closest one: within this factor of its held-out loss.
NEAR = 1.5
_COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_CONDITION = re.compile(r"\s*([a-z_]+)\s*(<=|>=|<|>)\s*([0-9.eE+-]+)\s*")
_COUNTED = (
    "nodes",
    "largest",
    "lut",
    "cycles",
    "loss",
    "held",
    "fixed",
    "accuracy",
    "fixed_accuracy",
)


@dataclass(frozen=True)
class Found:
    """The front of a search, and how to make designs of it.

    ``outputs`` are the names of the formulas, with ``classes`` those of the classes; ``ranges`` the
    ends of each input in the rows, ``wide`` those of its port, and ``ports`` the formats of classes'
    inputs.
    """

    outputs: tuple[str, ...]
    ranges: Mapping[str, tuple[float, float]]
    candidates: tuple[Candidate, ...]
    seconds: float  # of the processor
    classes: bool = False
    ports: Ports | None = None
    folds: tuple[Mapping[str, float], ...] = field(default=())
    held_rows: int = 0  # that the held-out loss is of
    wide: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    name: str = ""  # of designs; that of the first output where there is none

    @property
    def output(self) -> str:
        """The name of the output, or of the first one."""
        return self.outputs[0]

    def expr(self, candidate: Candidate) -> Expr:
        """The expression of a candidate of one output."""
        return candidate.formulas[0]

    def expressions(self, candidate: Candidate) -> dict[str, Expr]:
        """The expression of each output."""
        return dict(zip(self.outputs, candidate.formulas, strict=True))

    def values(self, candidate: Candidate, x: Reals) -> Reals:
        """What the formulas give for inputs ``x`` (rows, inputs): (rows, outputs)."""
        return values_of(candidate.formulas, tuple(self.ranges), x)

    def best(self) -> Candidate:
        """The formula with the steepest fall of the held-out loss per node, as PySR chooses, of
        those near the least; a loss that is rounding counts as 0. Of classes the cheapest one whose
        accuracy is at most a standard error below the best.
        """
        if not self.candidates:
            what = "the search found no formula in its time"
            raise InputError(what, remedy="give it more: --budget 60s --anew")
        defined = [c for c in self.candidates if c.refused is None] or list(self.candidates)
        if self.classes:
            return self._cheapest(defined)
        least = min(c.held for c in defined) + EXACT
        fall = dict(zip(defined, falls(defined), strict=True))
        near = [c for c in defined if c.held <= NEAR * least]
        return max(near, key=fall.__getitem__)

    def _cheapest(self, candidates: Sequence[Candidate]) -> Candidate:
        best = max(map(_right, candidates))
        error = math.sqrt(best * (1 - best) / max(self.held_rows, 1))
        near = [c for c in candidates if _right(c) >= best - error]
        return min(near, key=lambda c: (c.price if c.lut is None else c.lut, c.held))

    def pick(self, wanted: str) -> Candidate:
        """The closest formula that fulfils conditions such as ``"lut<=200, nodes<20"``, judged by
        the held-out loss; ``"best"`` is `best`. Raise `InputError` where none does.
        """
        if wanted.strip() == "best":
            return self.best()
        conditions = conditions_of(wanted)
        able = [c for c in self.candidates if c.refused is None]
        fitting = [c for c in able if all(condition.holds(c) for condition in conditions)]
        if not fitting:
            names = dict.fromkeys(condition.name for condition in conditions)
            raise InputError(
                f"no formula of the front has {wanted}",
                expected=f"what one of them has: {', '.join(_span(able, n) for n in names)}",
                remedy="allow more",
            )
        return min(fitting, key=lambda c: (c.held, c.nodes))

    def design(self, candidate: Candidate, options: Options) -> Design:
        """The design of a candidate, or of the class."""
        name = self.name or self.output
        if not self.classes:
            ranges = self.port_ranges(candidate)
            return design_of(self.expressions(candidate), ranges, options, name)
        assert self.ports is not None
        formats = dict(candidate.formats) or self.ports.texts()
        margin = candidate.margin or MARGINS[0]
        return class_design(candidate.formulas, formats, margin, options, self.name or CLASS)

    def port_ranges(self, candidate: Candidate) -> Mapping[str, tuple[float, float]]:
        """The ranges of ports: wider than the rows, or those of the rows for formulas that are not
        defined further out.
        """
        if self.is_held_to_rows(candidate):
            return self.ranges
        return {**self.ranges, **self.wide}

    def is_held_to_rows(self, candidate: Candidate) -> bool:
        """Whether formulas are defined on the ranges of the rows alone."""
        wide = {**self.ranges, **self.wide}
        formulas = candidate.formulas
        return not is_defined(formulas, wide) and is_defined(formulas, dict(self.ranges))


def _right(c: Candidate) -> float:
    """The share of right rows: of the firmware, where that is known."""
    known = c.accuracy if c.fixed_accuracy is None else c.fixed_accuracy
    return known or 0.0


@dataclass(frozen=True)
class Condition:
    """A limit of a figure of a formula."""

    name: str
    compare: Callable[[float, float], bool]
    limit: float

    def holds(self, c: Candidate) -> bool:
        """Whether ``c`` is within it; not where the figure is not known."""
        value = getattr(c, self.name)
        return value is not None and self.compare(float(value), self.limit)


def conditions_of(wanted: str) -> list[Condition]:
    """What a choice asks for: nothing where it is ``best``; raise `InputError` for what is no
    condition.
    """
    if wanted.strip() == "best":
        return []
    return [_condition(part) for part in re.split(r",|\band\b", wanted)]


def _span(candidates: Sequence[Candidate], name: str) -> str:
    values = [float(v) for c in candidates if (v := getattr(c, name)) is not None]
    if not values:
        return f"no {name} is known"
    return f"{name} from {min(values):.4g} to {max(values):.4g}"


def _condition(text: str) -> Condition:
    read = _CONDITION.fullmatch(text)
    if read is None or read[1] not in _COUNTED:
        raise InputError(
            f"'{text.strip()}' is no condition on a formula",
            expected=f"one of {', '.join(_COUNTED)}, then <=, >=, < or >, then a number",
            remedy="write lut<=200",
        )
    name, compare = read[1], _COMPARED[read[2]]
    try:
        limit = float(read[3])
    except ValueError:
        raise InputError(f"'{read[3]}' is no number", remedy="write lut<=200") from None
    return Condition(name, compare, limit)


class Sized(Protocol):
    """Formulas on a front."""

    @property
    def nodes(self) -> int:
        """How large they are."""

    @property
    def held(self) -> float:
        """The loss on held-out rows."""


def falls(front: Sequence[Sized]) -> Iterator[float]:
    """How far the logarithm of the held-out loss falls at each entry, per node."""
    nodes, held = 0, 1.0
    for found in front:
        if math.isinf(found.held):  # undefined on a held-out row
            yield -math.inf
            continue
        fall = math.log((held + EXACT) / (found.held + EXACT))
        yield fall / max(found.nodes - nodes, 1)
        nodes, held = found.nodes, found.held
