"""Widths from nothing: equal ones that fit, then all at once by prices on error.

Lagrangian relaxation: each output's error has a price, every knob takes the width of least LUT plus
priced error, and prices follow the ratios of bound to budget. The best few are repaired by
`greedy.repair_widths`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symgate.passes.widths.greedy import repair_widths
from symgate.passes.widths.problem import Array, Problem
from symgate.passes.widths.width_settings import NEGLIGIBLE, WidthSearch


def equal_widths(problem: Problem, settings: WidthSearch) -> list[int]:
    """The smallest equal number of fraction bits that fits, each knob clipped to its limits.

    Where none fits, those of the least excess are repaired; where that fails, the most bits.
    """
    knobs = problem.knobs
    first, last = min(knobs.low, default=0), max(knobs.high, default=0)

    def excess(bits: int) -> float:
        return problem.excess(problem.errors(knobs.clipped(bits)))

    if excess(last) > 1:
        # addresses have limits, so more bits in an argument can make the error of a function worse
        best = min(range(first, last + 1), key=excess)
        repaired = repair_widths(problem, knobs.clipped(best), settings)
        return repaired or knobs.clipped(last)
    while first < last:
        middle = (first + last) // 2
        if excess(middle) <= 1:
            last = middle
        else:
            first = middle + 1
    return knobs.clipped(last)


def relax_widths(
    problem: Problem,
    start: Sequence[int],
    settings: WidthSearch,
    equal: list[int] | None = None,
) -> list[int]:
    """Move all widths at once with prices on errors, then repair the best few.

    Returns the cheapest widths that fit, or the ``equal`` ones if none does.
    """
    widths = list(start)
    merits: dict[tuple[int, ...], float] = {}
    prices = np.full(len(problem.slopes), settings.first_price)
    for _ in range(settings.rounds):
        errors = problem.errors(widths)
        problem.effort.spent += 1
        ratios, _ = _price_errors(problem, errors, prices, settings)
        octaves_missed = float(np.log2(np.maximum(ratios, 1)).sum())
        merits[tuple(widths)] = problem.total(widths) * (1 + settings.misfit * octaves_missed)
        steps = np.clip(ratios, settings.least_step, settings.most_step)
        prices = prices * steps**settings.step_power
        _, per_node = _price_errors(problem, errors, prices, settings)
        per_unit = per_node.tolist()
        for knob in range(len(widths)):
            _settle_knob(problem, widths, knob, per_unit, settings)
    best = sorted(merits, key=lambda w: merits[w])[: settings.kept]
    repaired = [repair_widths(problem, w, settings) for w in best]
    fitting = [w for w in repaired if w is not None]
    return min([*fitting, equal or equal_widths(problem, settings)], key=problem.total)


def _price_errors(
    problem: Problem, errors: Array, prices: Array, settings: WidthSearch
) -> tuple[Array, Array]:
    """Bound over budget per output, and what one unit of error at each node costs near the worst
    sub-boxes.
    """
    bounds = errors @ problem.scaled
    ratios = np.maximum.reduceat(bounds, problem.starts)
    columns = np.diff(np.append(problem.starts, problem.scaled.shape[1]))
    worst = np.repeat(np.maximum(ratios, NEGLIGIBLE.divisor), columns)
    weights = np.exp(settings.sharpness * (bounds / worst - 1))
    share = np.repeat(prices / np.add.reduceat(weights, problem.starts), columns)
    return ratios, problem.scaled @ (weights * share)


def _settle_knob(
    problem: Problem, widths: list[int], knob: int, prices: list[float], settings: WidthSearch
) -> None:
    """Give a knob the width of least cost plus priced error among its neighbours."""
    cost, error, old = problem.cost, problem.error, widths[knob]
    nodes = [(v, prices[v]) for v in problem.knobs.nodes_of(knob)]
    least = max(problem.knobs.low[knob], old - settings.neighbours)
    most = min(problem.knobs.high[knob], old + settings.neighbours)
    scores = []
    for bits in range(least, most + 1):
        widths[knob] = bits
        priced = sum([cost(v, widths) + price * error(v, widths) for v, price in nodes])
        scores.append((priced, bits))
    widths[knob] = min(scores)[1]
