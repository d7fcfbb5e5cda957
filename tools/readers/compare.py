"""What a reader makes of a program beside what the tool computes with it."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from symgate.errors import SymgateError
from symgate.frontend.load import Options, import_any
from symgate.ir.evaluate import balls, evaluate, fraction_ball
from symgate.ir.expr import Expr

Values = NDArray[np.float64]
Points = Mapping[str, Values]
#: What values may be off by, as a share of their size, where both sides compute in float64.
CLOSE = 1e-6


@dataclass(frozen=True)
class Program:
    """A text, the name of its file, what the tool computes at the points, and the options to read
    it with.
    """

    text: str
    suffix: str
    truth: Values
    options: Options = field(default_factory=Options)
    close: float = CLOSE


@dataclass
class Tally:
    """What came of the programs: how many agree, are refused, or differ."""

    programs: int = 0
    points: int = 0
    undecided: list[str] = field(default_factory=list)  # so close to a jump that rounding decides
    refused: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    @property
    def read(self) -> int:
        """Programs that were read."""
        return self.programs - sum(self.refused.values())


def compared(programs: Sequence[Program], points: Points, tally: Tally) -> None:
    """Read each of ``programs`` and add what comes of it to ``tally``."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for program in programs:
            (path := Path(folder) / f"program{program.suffix}").write_text(program.text)
            tally.programs += 1
            try:
                found = import_any([path], program.options)
            except SymgateError as problem:
                what = problem.what[:60]
                tally.refused[what] = tally.refused.get(what, 0) + 1
                continue
            if strange := set(found.inputs) - set(points):
                tally.differences.append(f"inputs {sorted(strange)} of\n{program.text}")
                continue
            _values(program, list(found.outputs.values()), points, tally)


def _values(program: Program, outputs: list[Expr], points: Points, tally: Tally) -> None:
    truth = np.atleast_2d(program.truth)
    if len(outputs) != len(truth):
        tally.differences.append(f"{len(outputs)} outputs, not {len(truth)}, of\n{program.text}")
        return
    count = truth.shape[1]
    for e, wanted in zip(outputs, truth, strict=True):
        got = np.broadcast_to(evaluate([e], points)[0], count)
        known = np.isfinite(wanted) & (np.abs(wanted) < 1e12)
        tally.points += int(known.sum())
        off = known & ~(np.abs(got - wanted) <= program.close * (1 + np.abs(wanted)))
        for k in np.flatnonzero(off):
            point = {name: float(column[k]) for name, column in points.items()}
            agrees = _agrees(e, point, float(wanted[k]), program.close)
            what = f"{float(got[k])!r}, not {float(wanted[k])!r}, at {point} of\n{program.text}"
            if agrees is None:
                tally.undecided.append(what)
            elif not agrees:
                tally.differences.append(what)
                break


def _agrees(e: Expr, point: Mapping[str, float], wanted: float, close: float) -> bool | None:
    """Whether the exact value agrees where float64 does not; None where a jump is so close, or the
    value so steep, that rounding decides, which says nothing of the reader.
    """
    import flint

    with flint.ctx.workprec(400):
        env = {name: fraction_ball(Fraction(x)) for name, x in point.items()}
        ball = balls([e], env)[e]
        if not ball.is_finite():
            return (
                False if np.isfinite(evaluate([e], point)[0]) else None
            )  # undefined: refused later
        value = float(ball.mid())
    if abs(value - wanted) <= close * (1 + abs(wanted)):
        return True
    steps = -close / 1000, close / 1000
    near = [{n: x * (1 + step) for n, x in point.items()} for step in steps]
    # quotients do not change where all inputs do alike
    near += [{**point, n: x * (1 + step)} for step in steps for n, x in point.items()]
    around = [float(evaluate([e], p)[0]) for p in near]
    jumps = any(abs(v - value) > close * (1 + abs(value)) / 4 for v in around)
    return None if jumps else False


Make = Callable[[int, int], tuple[Sequence[Program], Points]]


def run(make: Make, count: int, seed: int, batch: int = 500) -> Tally:
    """``count`` programs of ``make``, a batch at a time."""
    tally = Tally()
    for start in range(0, count, batch):
        programs, points = make(min(batch, count - start), seed + start)
        compared(programs, points, tally)
    return tally
