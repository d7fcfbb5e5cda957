"""What a rule of algebra is, and what rules may ask about the values of expressions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from symgate.ir.boxes import Box
from symgate.ir.evaluate import constant_box, meaning, power_rule
from symgate.ir.expr import CONST, VAR, Expr, postorder
from symgate.ir.operators import Domain
from symgate.passes.bounds.subboxes import subdivide
from symgate.passes.domains.check import holds, needs

#: Sub-boxes of the inputs on which ranges are proved.
_CELLS = 256


@dataclass
class Ranges:
    """Proved ranges of expressions over the box of the inputs; each expression is looked at once."""

    cells: Mapping[str, Box]
    boxes: dict[Expr, Box] = field(default_factory=dict)
    sound: dict[tuple[Expr, Domain], bool] = field(default_factory=dict)

    @staticmethod
    def of(inputs: Mapping[str, tuple[float, float]], roots: Sequence[Expr]) -> Ranges:
        """The ranges over ``inputs``; what ``roots`` compute counts as defined."""
        known = Ranges(subdivide(inputs, roots, _CELLS))
        known.sound = {(a, d): True for e in postorder(roots) for a, d in needs(e)}
        return known

    def box(self, e: Expr) -> Box:
        """An enclosure of ``e`` on each sub-box."""
        if e not in self.boxes:
            for n in postorder([e]):
                if n not in self.boxes:
                    self.boxes[n] = self._of(n)
        return self.boxes[e]

    def _of(self, e: Expr) -> Box:
        if e.op in (CONST, VAR):
            return constant_box(e) if e.op == CONST else self.cells[e.value]
        args = [self.boxes[operand] for operand in e.args]
        with np.errstate(all="ignore"):
            found: Box = power_rule(e, args) or meaning(e).interval(*args)
        return found

    def span(self, e: Expr) -> tuple[float, float]:
        """The hull of ``e`` over the whole box; infinite where nothing is known."""
        return self.box(e).span

    def sign(self, e: Expr) -> int:
        """1 or -1 where ``e`` is proved to be above or below 0, else 0."""
        lo, hi = self.span(e)
        return int(lo > 0) - int(hi < 0)

    def not_negative(self, e: Expr) -> bool:
        """Whether ``e >= 0`` is proved."""
        return self.span(e)[0] >= 0

    def defined(self, e: Expr) -> bool:
        """Whether no operator below ``e`` can leave its domain, and all values are finite."""
        sound = all(self._sound(a, d) for n in postorder([e]) for a, d in needs(n))
        return sound and all(map(math.isfinite, self.span(e)))

    def _sound(self, operand: Expr, domain: Domain) -> bool:
        key = (operand, domain)
        if key not in self.sound:
            self.sound[key] = bool(holds(domain, self.box(operand)).all())
        return self.sound[key]


@dataclass(frozen=True)
class Rule:
    """One identity: ``forms(e, ranges)`` gives expressions that equal ``e`` wherever ``e`` is
    defined on the box.
    """

    name: str
    identity: str
    forms: Callable[[Expr, Ranges], Iterable[Expr]]
    condition: str = ""  # on the proved ranges, in words

    def __call__(self, e: Expr, known: Ranges) -> list[Expr]:
        """The other forms of ``e``; none that could be undefined in range."""
        return [f for f in dict.fromkeys(self.forms(e, known)) if f is not e and known.defined(f)]
