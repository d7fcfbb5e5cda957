"""The search of other forms, as a pass over units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from symgate.errors import SymgateError
from symgate.ir.design import Design
from symgate.ir.expr import Program
from symgate.ir.function import has_digits
from symgate.passes.forms.finalists import ALL_FORMS, FormEffort, find_forms
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
    effort: FormEffort = ALL_FORMS
    last_resorts: tuple[str, ...] = ()  # variants for where nothing else leads to hardware

    def __call__(self, unit: Unit) -> Unit:
        """The unit with the forms among which the word-length search decides."""
        unit = replace(unit, last_resorts=self._programs_of_last_resort(unit))
        if not self.wanted:
            return unit
        finish = partial(self.finish, unit.design)
        seconds = self.seconds * unit.share
        forms = find_forms(unit.design, unit.program, finish, self.variants, seconds, self.effort)
        return replace(unit, others=forms)

    def _programs_of_last_resort(self, unit: Unit) -> tuple[Program, ...]:
        """The program by functions by digits, in each way that has such."""
        found: list[Program] = []
        for variant in self.last_resorts:
            try:
                program = self.finish(unit.design, unit.program, variant)
            except (SymgateError, ArithmeticError):
                continue
            if has_digits(program.roots) and program not in found:
                found.append(program)
        return tuple(found)
