"""A program and other forms of it, each finished, and the best of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from symgate import patience
from symgate.errors import BrokenPromise, SymgateError
from symgate.ir.expr import Program
from symgate.passes.hardware.cost import estimate
from symgate.passes.widths.candidate import Candidate, Progress, Rank, Stage, run_stages
from symgate.passes.widths.width_settings import DEFAULTS, FormSettings


@dataclass(frozen=True)
class CompareForms:
    """Run the stages ``each`` on the program and its other ``forms``, and keep what ``rank`` puts
    first: the program where several are equal.

    A form may have no hardware. Where there are no other forms, or none of them has hardware, the
    stages ``alone`` run on the program, with more effort, and say what is wrong.
    """

    forms: tuple[Program, ...]
    each: tuple[Stage, ...]
    alone: tuple[Stage, ...]
    rank: Rank
    progress: Progress
    settings: FormSettings = DEFAULTS.forms

    def __call__(self, candidate: Candidate) -> Candidate:
        """The candidate of the best form, with its hardware."""
        finished = self._finish_forms(candidate) if self.forms else []
        if not finished:
            return run_stages(self.alone, candidate)
        if len(finished) == 1:
            return finished[0]
        return min(finished, key=lambda found: self.rank(found.graph))

    def _finish_forms(self, candidate: Candidate) -> list[Candidate]:
        """The forms that have hardware, without those far larger than the smallest: to rank one may
        take a mapping of its netlist.
        """
        finished: list[tuple[float, Candidate]] = []
        for number, program in enumerate((candidate.program, *self.forms)):
            self.progress(f"quantize: form {number + 1}")
            form = replace(candidate, program=program)
            found = patience.tried(self._try_form, form) if finished else self._try_form(form)
            if found is not None:
                finished.append((estimate(found.graph).lut, found))
        smallest = min((lut for lut, _ in finished), default=0.0)
        return [found for lut, found in finished if lut <= self.settings.far * smallest]

    def _try_form(self, candidate: Candidate) -> Candidate | None:
        """The form with hardware; None where it has none."""
        with np.errstate(all="ignore"):
            try:
                return run_stages(self.each, candidate)
            except BrokenPromise:
                raise
            except (SymgateError, ArithmeticError):
                return None
