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
    stages ``alone`` run on the program, with more effort, and say what is wrong. The
    ``last_resorts`` are for where nothing else is small, and ``resorting`` what they go through; they
    come before ``alone``.
    """

    forms: tuple[Program, ...]
    each: tuple[Stage, ...]
    alone: tuple[Stage, ...]
    rank: Rank
    progress: Progress
    settings: FormSettings = DEFAULTS.forms
    last_resorts: tuple[Program, ...] = ()
    resorting: tuple[Stage, ...] = ()

    def __call__(self, candidate: Candidate) -> Candidate:
        """The candidate of the best form, with its hardware."""
        finished = self._finish_forms(candidate) if self.forms else []
        if not finished:
            return self._finish_alone(candidate)
        if len(finished) == 1:
            return self._smaller_by_resort(finished[0])
        best = min(finished, key=lambda found: self.rank(found.graph))
        return self._smaller_by_resort(best)

    def _smaller_by_resort(self, found: Candidate) -> Candidate:
        """What was ``found``, or a last resort where that is large and this is smaller."""
        for program in self.last_resorts:
            if self._is_small(found):
                break
            form = Candidate(program, found.targets)
            other = patience.tried(lambda c: self._try_form(c, self.resorting), form)
            found = found if other is None else self._smaller(found, other)
        return found

    def _is_small(self, found: Candidate) -> bool:
        return estimate(found.graph).lut <= self.settings.large

    def _smaller(self, *found: Candidate) -> Candidate:
        return min(found, key=lambda one: self.rank(one.graph))

    def _finish_alone(self, candidate: Candidate) -> Candidate:
        """The program itself; a last resort where it needs more effort: longer tables take long to
        find, and are seldom small.
        """
        if not self.last_resorts:
            return run_stages(self.alone, candidate)
        found = None if self.forms else self._try_form(candidate)
        if found is not None:
            return self._smaller_by_resort(found)
        resorts: list[Candidate] = []
        for program in self.last_resorts:
            self.progress("quantize: quotients and roots by digits")
            resort = self._try_form(replace(candidate, program=program), self.resorting)
            if resort is not None and self._is_small(resort):
                return resort
            resorts += [] if resort is None else [resort]
        return self._smaller(*resorts) if resorts else run_stages(self.alone, candidate)

    def _finish_forms(self, candidate: Candidate) -> list[Candidate]:
        """The forms that have hardware, without those far larger than the smallest: to rank one may
        take a mapping of its netlist.
        """
        finished: list[tuple[float, Candidate]] = []
        order = (candidate.program, *self.forms)
        if self.settings.first:
            order = (*self.forms, candidate.program)
        for number, program in enumerate(order):
            self.progress(f"quantize: form {number + 1}")
            form = replace(candidate, program=program)
            found = patience.tried(self._try_form, form) if finished else self._try_form(form)
            if found is not None:
                finished.append((estimate(found.graph).lut, found))
                if self.settings.first:
                    break
        smallest = min((lut for lut, _ in finished), default=0.0)
        return [found for lut, found in finished if lut <= self.settings.far * smallest]

    def _try_form(self, candidate: Candidate, stages: tuple[Stage, ...] = ()) -> Candidate | None:
        """The form with hardware; None where it has none."""
        with np.errstate(all="ignore"):
            try:
                return run_stages(stages or self.each, candidate)
            except BrokenPromise:
                raise
            except (SymgateError, ArithmeticError):
                return None
