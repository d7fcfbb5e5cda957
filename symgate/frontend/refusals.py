"""Outputs that mean nothing on the ranges of their inputs: refused together, or left out where the
user says so.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction

import numpy as np

from symgate.errors import InputError, SymgateError
from symgate.frontend.check import DesignWarning
from symgate.frontend.language.source import listed
from symgate.frontend.outranges import blurred, reached
from symgate.ir.boxes import Box
from symgate.ir.design import Input
from symgate.ir.evaluate import boxes
from symgate.ir.expr import Expr, Program, postorder, variables
from symgate.ir.exprtext import brief
from symgate.passes.domains.check import CheckDomains
from symgate.passes.domains.clamp import Clamp
from symgate.passes.domains.guard import Guard
from symgate.passes.domains.hold import Hold

Spans = Mapping[str, tuple[float, float]]
_NOISE = (
    2.0**-40
)  # a range of this share of its values is that of a constant, seen through rounded arithmetic


def shares(
    share: Fraction, inputs: Sequence[Input], outputs: Mapping[str, Expr], clamp: bool
) -> dict[str, Fraction]:
    """A share of what each output can reach, rounded down to three digits; a constant reaches from
    0 to its value.
    """
    found = _each(inputs, outputs, clamp, lambda name, e, ranges: _part(share, name, e, ranges))
    if problems := {name: p for name, p in found.items() if isinstance(p, InputError)}:
        raise refused(problems, len(outputs))
    return {name: error for name, error in found.items() if not isinstance(error, InputError)}


def allowed(
    inputs: tuple[Input, ...], outputs: Mapping[str, Expr], clamp: bool, bounded: bool
) -> tuple[tuple[Input, ...], Mapping[str, Expr]]:
    """The inputs and outputs without those outputs that are refused, of which the user is told.

    ``bounded``: an output without a bounded range is refused too.
    """
    find = (lambda name, e, ranges: _part(Fraction(1), name, e, ranges)) if bounded else _defined
    found = _each(inputs, outputs, clamp, find)
    problems = {name: p for name, p in found.items() if isinstance(p, InputError)}
    left_out(problems, outputs)
    left = {name: e for name, e in outputs.items() if name not in problems}
    gone = set(variables(outputs[n] for n in problems)) - set(variables(left.values()))
    return tuple(port for port in inputs if port.name not in gone), left


def left_out(problems: Mapping[str, SymgateError], outputs: Collection[object]) -> None:
    """Warn of each output that is left out; raise the first of the problems where none of
    ``outputs`` is left.
    """
    if problems and len(problems) == len(outputs):
        raise refused(problems, len(outputs))
    for name, problem in problems.items():
        place = f", {str(problem.where).splitlines()[0]}" if problem.where else ""
        warnings.warn(
            f"output '{name}' is left out: {problem.what}{place}", DesignWarning, stacklevel=2
        )


def refused(problems: Mapping[str, SymgateError], outputs: int) -> SymgateError:
    """The first problem, with the names of all outputs that have one."""
    name, first = next(iter(problems.items()))
    if outputs == 1:
        return first
    what = first.what if f"output '{name}'" in first.what else f"output '{name}': {first.what}"
    others = f"{len(problems)} of {outputs} outputs are refused: {listed(problems)}"
    remedy = first.remedy
    if len(problems) < outputs:
        remedy = f"{remedy}; or leave those out: --skip, or --pick NAME for one output"
    expected = f"{first.expected}; {others}" if first.expected else others
    return InputError(what, where=first.where, expected=expected, remedy=remedy)


def _each(
    inputs: Sequence[Input],
    outputs: Mapping[str, Expr],
    clamp: bool,
    find: Callable[[str, Expr, Spans], Fraction],
) -> dict[str, Fraction | InputError]:
    """What ``find`` returns or raises for each output."""
    ranges = {port.name: port.span for port in inputs}
    found = dict[str, Fraction | InputError]()
    program = Guard(tuple(inputs))(Program(tuple(ranges), tuple(outputs.items())))
    for name, e in (Clamp(ranges)(program) if clamp else program).outputs:
        try:
            found[name] = find(name, e, ranges)
        except InputError as problem:
            found[name] = problem
    return found


def _defined(name: str, e: Expr, ranges: Spans) -> Fraction:
    CheckDomains(ranges)(Program(tuple(ranges), ((name, e),)))
    return Fraction(0)


def _unbounded(e: Expr, ranges: Spans) -> Expr | None:
    """The first value whose operands are bounded and which is not proved to be."""
    found = boxes([e], {name: Box.exact(*span) for name, span in ranges.items()})
    bounded = {node for node, box in found.items() if np.isfinite(box.span).all()}
    loose = (n for n in postorder([e]) if n in found and n not in bounded)
    return next((n for n in loose if bounded.issuperset(n.args)), None)


def _part(share: Fraction, name: str, e: Expr, ranges: Spans) -> Fraction:
    span = reached(e, ranges)
    if span is None:  # which most often means that an operator leaves its domain: say that instead
        checked = CheckDomains(ranges)(Program(tuple(ranges), ((name, e),)))
        span = reached(
            Hold(ranges)(checked).roots[0], ranges
        )  # what is proved to be inside, but not by intervals
    if span is None:
        what = f"output '{name}' has no bounded range, so relative_error says nothing"
        cause = _unbounded(e, ranges)
        expected = (
            None if cause is None else f"bounds of '{brief(cause, 60)}', which has none there"
        )
        raise InputError(what, expected=expected, remedy="narrow the ranges, or state max_error")
    if (lost := blurred(e, ranges)) is not None:
        what = f"output '{name}' is about {lost[1]:.2g} where float64 shows {lost[0]:.2g}"
        remedy = "state max_error, or write it without the difference of large numbers"
        raise InputError(f"{what}, so relative_error says nothing", remedy=remedy)
    width, size = span[1] - span[0], max(abs(span[0]), abs(span[1]))
    error = share * Fraction(width if width > _NOISE * size else size or 1)
    digit = Fraction(10) ** (math.floor(math.log10(error)) - 2)
    return math.floor(error / digit) * digit
