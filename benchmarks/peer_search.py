"""The widths of the peers' lowering: the cheapest by the tool's own estimate whose observed error
fits.

A coordinate search per output over the four widths, from generous ones downwards, as a patient user
would do by hand. Nothing is proven: the error is the largest on samples, which is all that these
tools offer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace

import numpy as np
from common import Reals, merge, reference, save, saved, timed
from lowering import TooWide, Widths
from peers import TOOLS, Choice, Tool, predict

from symgate.ir.design import Design

SCREEN = 10_000  # rows that sort out most choices
START = Widths(const=10, work=12, index=8, table=10)
STEPS = 4  # how far a width may be raised beyond the start, where that misses the limits


Samples = Sequence[tuple[Reals, Sequence[float]]]  # rows, and per output the largest error on them


@dataclass(frozen=True)
class Trial:
    """Widths for one output with their price."""

    widths: Widths
    cost: float
    excess: float  # largest error over its limit


class Search:
    """The search for one design, whose errors on each kind of ``samples`` have limits per output.

    The tool that is quicker to trace serves for both: their lowering is the same.
    """

    def __init__(self, design: Design, samples: Samples, tool: Tool = TOOLS["da4ml"]):
        self.design, self.tool = design, tool
        self.rows = [rows for rows, _ in samples]
        self.limits = [limits for _, limits in samples]
        self.truth = [reference(design, r) for r in self.rows]
        self.tried: dict[tuple[str, Widths], Trial] = {}

    def choice(self) -> Choice:
        """The widths of every output."""
        return {name: self.cheapest(name).widths for name, _ in self.design.outputs}

    def cheapest(self, name: str) -> Trial:
        """Lower the width that saves most until none can go."""
        best = self.start(name)
        while True:
            trials = [self.trial(name, w) for w in neighbours(best.widths)]
            better = [t for t in trials if t.excess <= 1 and t.cost < best.cost]
            if not better:
                return best
            best = min(better, key=lambda t: t.cost)

    def start(self, name: str) -> Trial:
        """Widths that are wide enough."""
        trial = self.trial(name, START)
        for step in range(1, 2 * STEPS):
            if trial.excess <= 1:
                return trial
            raised = {
                f.name: getattr(START, f.name) + step for f in fields(START) if f.type == "int"
            }
            trial = self.trial(name, replace(START, **raised))
        raise TooWide(f"no widths reach the limits of output {name}")

    def trial(self, name: str, widths: Widths) -> Trial:
        """Trace one output alone, and measure it."""
        key = name, widths
        if key not in self.tried:
            self.tried[key] = self.measure(name, widths)
        return self.tried[key]

    def measure(self, name: str, widths: Widths) -> Trial:
        """Cost and error of one choice; a table that nobody would build costs too much."""
        k = [n for n, _ in self.design.outputs].index(name)
        try:
            logic = self.tool.trace(self.design, {name: widths})
        except TooWide:
            return Trial(widths, np.inf, np.inf)
        excess = max(self.excess(logic, rows, k, case) for case, rows in enumerate(self.rows))
        return Trial(widths, float(logic.cost), excess)

    def excess(self, logic: object, rows: Reals, k: int, case: int) -> float:
        """The largest error of output ``k`` in units of its limit; of the first rows only where
        these exceed it.
        """
        worst = 0.0
        for part in (slice(SCREEN), slice(SCREEN, None)):
            error = np.abs(predict(logic, rows[part])[:, 0] - self.truth[case][part, k]).max(
                initial=0.0
            )
            worst = max(worst, float(error / self.limits[case][k]))
            if worst > 1:
                break
        return worst


def neighbours(w: Widths) -> Iterator[Widths]:
    """One width less, one less and another more, or the other rounding."""
    names = [f.name for f in fields(w) if f.type == "int"]
    for down in names:
        less = replace(w, **{down: getattr(w, down) - 1})
        if getattr(less, down) < 1:
            continue
        yield less
        yield from (replace(less, **{up: getattr(w, up) + 1}) for up in names if up != down)
    yield replace(w, rounding="RND" if w.rounding == "TRN" else "TRN")


def remembered(design: Design, samples: Samples) -> Choice:
    """The widths that `Search` finds; those of an earlier run for the same limits are taken from
    the results.
    """
    limits = [list(limits) for _, limits in samples]
    known = {row["design"]: row for row in saved("peer_widths")}
    row = known.get(design.name)
    if row is None or row["limits"] != limits:
        found, seconds = timed(Search(design, samples).choice)
        chosen = {name: asdict(w) for name, w in found.items()}
        row = {"design": design.name, "limits": limits, "seconds": seconds, "widths": chosen}
        save("peer_widths", merge(known.values(), [row], "design"))
    return {name: Widths(**w) for name, w in row["widths"].items()}
