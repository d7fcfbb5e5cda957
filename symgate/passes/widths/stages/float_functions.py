"""Functions of long arguments that are steep at a point see floats of them (decision 0013)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from symgate.errors import AccuracyError, BrokenPromise, SymgateError
from symgate.ir.expr import VAR, Expr
from symgate.passes.widths.candidate import (
    Candidate,
    Measure,
    Progress,
    Stage,
    run_stages,
    run_unless_over,
    smallest,
)
from symgate.passes.widths.model import Model
from symgate.passes.widths.steep_points import SteepPoint, find_steep_point
from symgate.passes.widths.width_settings import DEFAULTS, NEGLIGIBLE, FloatSettings


@dataclass(frozen=True)
class FloatSteepFunctions:
    """Finish the program with plain and with floating-point addresses, and keep the smaller one.

    ``search`` finds widths and ``finish`` makes hardware of them. Plain addresses alone are used
    where no function is long and steep; floating-point ones alone where plain ones would be too
    long, or miss the error.
    """

    search: tuple[Stage, ...]
    finish: tuple[Stage, ...]
    measure: Measure
    progress: Progress
    settings: FloatSettings = DEFAULTS.floats

    def __call__(self, candidate: Candidate) -> Candidate:
        """The candidate with its hardware; raise `AccuracyError` where no address will do."""
        plain, refusal = self._search_plain(candidate)
        widths = None if plain is None else plain.widths
        floating = floating_functions(candidate.model, widths, self.settings)
        if not floating:
            return self._finish_plain(plain, refusal)
        finished: list[Candidate] = []
        if plain is not None and not self._are_long(plain, floating):
            finished.append(run_stages(self.finish, plain))
        self.progress("quantize: functions of floating-point numbers")
        more = {**candidate.model.allocation.floating, **floating}
        model = candidate.model.with_allocation(floating=more)
        try:
            stages = (*self.search, *self.finish)
            found = run_unless_over(stages, candidate.with_model(model), bool(finished))
            finished += [] if found is None else [found]
        except BrokenPromise:
            raise
        except SymgateError:
            if refusal is not None:
                raise refusal from None
        if not finished:
            return self._finish_plain(plain, refusal)
        return smallest(finished, self.measure)

    def _search_plain(self, candidate: Candidate) -> tuple[Candidate | None, AccuracyError | None]:
        """The widths with plain addresses, or why there are none."""
        try:
            return run_stages(self.search, candidate), None
        except AccuracyError as refusal:
            return None, refusal

    def _finish_plain(self, plain: Candidate | None, refusal: AccuracyError | None) -> Candidate:
        if plain is None:
            assert refusal is not None
            raise refusal
        return run_stages(self.finish, plain)

    def _are_long(self, plain: Candidate, floating: dict[Expr, SteepPoint]) -> bool:
        """Whether it would take long to make hardware of plain addresses."""
        formats, widths = plain.model.formats, plain.widths
        most = max(formats.address_bits(e, widths) for e in floating)
        return most > self.settings.long_bits


@dataclass(frozen=True)
class FloatLongInputs:
    """Functions of inputs of very many bits see floating-point numbers, or leading bits alone.

    The latter may do where errors are large. ``finish`` both, and keep the smaller one.
    """

    finish: tuple[Stage, ...]
    measure: Measure
    progress: Progress
    settings: FloatSettings = DEFAULTS.floats

    def __call__(self, candidate: Candidate) -> Candidate:
        """The candidate with its hardware; raise `AccuracyError` where no address will do."""
        model = candidate.model
        floating = floating_inputs(model, self.settings)
        if not floating:
            return run_stages(self.finish, candidate)
        self.progress("quantize: functions of floating-point inputs")
        floats = model.with_allocation(floating=floating)
        leading = model
        if any(is_long(model, e, self.settings.long_bits) for e in floating):
            leading = model.with_allocation(most_address=self.settings.long_bits)
        finished: list[Candidate] = []
        for trial in (floats, leading):
            try:
                found = run_unless_over(self.finish, candidate.with_model(trial), bool(finished))
                finished += [] if found is None else [found]
            except BrokenPromise:
                raise
            except SymgateError:
                continue
        return smallest(finished, self.measure) if finished else run_stages(self.finish, candidate)


def floating_inputs(model: Model, settings: FloatSettings) -> dict[Expr, SteepPoint]:
    """The functions of inputs of too many bits that floating point makes shorter."""
    datapath, found = model.datapath, dict[Expr, SteepPoint]()
    for e in datapath.structure.address_knob:
        t = e.args[0]
        if t.op != VAR or not is_long(model, e, settings.from_bits):
            continue
        point = find_steep_point(e.value, *datapath.ranges[t], settings, of_input=True)
        if point is not None and _saves_bits(model, e, point, settings.saved_bits):
            found[e] = point
    return found


def is_long(model: Model, e: Expr, most: int) -> bool:
    """Whether a function of an input has one of more than ``most`` bits."""
    return model.datapath.inputs[e.args[0].value].type.width > most


def floating_functions(
    model: Model, widths: Sequence[int] | None, settings: FloatSettings
) -> dict[Expr, SteepPoint]:
    """The functions of long arguments that floating point makes shorter, with their points.

    How long an address is, ``widths`` say; where there are none, it is as long as it may be.
    """
    datapath, found = model.datapath, dict[Expr, SteepPoint]()
    for e in datapath.structure.address_knob:
        argument = e.args[0]
        if e in model.allocation.floating or argument.op == VAR:
            continue
        if widths is None:
            bits: float = datapath.integer_bits(argument) + datapath.most_bits(argument)
        else:
            bits = model.formats.address_bits(e, widths)
        if bits < settings.from_bits:
            continue
        point = find_steep_point(e.value, *datapath.ranges[argument], settings)
        if point is not None and _saves_bits(model, e, point, settings.saved_bits):
            found[e] = point
    return found


def _saves_bits(model: Model, e: Expr, point: SteepPoint, least: int) -> bool:
    """Whether floating point saves a function at least so many address bits."""
    lo, hi = model.datapath.ranges[e.args[0]]
    steps = model.errors.steepness[e] * (hi - lo) / max(point.change, NEGLIGIBLE.divisor)
    return math.log2(max(steps, 1.0)) >= point.seen.exponent + least
