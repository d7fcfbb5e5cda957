"""The search of other forms, as a pass over units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from symgate.ir.design import Design
from symgate.ir.expr import Program
from symgate.passes.forms.finalists import find_forms
from symgate.passes.steps.unit import Unit


@dataclass(frozen=True)
class TryForms:
    """Search other forms of the expressions that take less hardware, by the identities of algebra.

    ``finish`` brings a form of a design into datapath form, in the usual way or in one of
    ``variants``.
    """

    finish: Callable[[Design, Program, str | None], Program]
    variants: tuple[str, ...]
    seconds: float = 0.0
    wanted: bool = True

    def __call__(self, unit: Unit) -> Unit:
        """The unit with the forms among which the word-length search decides."""
        if not self.wanted:
            return unit
        finish = partial(self.finish, unit.design)
        seconds = self.seconds * unit.share
        forms = find_forms(unit.design, unit.program, finish, self.variants, seconds)
        return replace(unit, others=forms)
