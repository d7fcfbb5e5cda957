"""Inputs at which an output is beyond what its stated format can show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgate.ir.boxes import Box
from symgate.ir.design import Design, OutputPort
from symgate.ir.evaluate import boxes
from symgate.ir.expr import variables
from symgate.ir.types import Overflow
from symgate.sim import vectors
from symgate.sim.vectors import Column

#: Inputs that are tried, unless all are few.
TRIED = 20_000
_WHAT = {Overflow.WRAP: "wraps around", Overflow.SAT_ZERO: "becomes 0"}


@dataclass(frozen=True)
class Beyond:
    """The input, of those tried, at which an output is furthest beyond the ends of its format."""

    output: str
    format: str
    does: str  # what happens there, in words
    at: dict[str, float]
    value: float  # of the expression
    end: float  # of the format, the nearest one

    def __str__(self) -> str:
        where = ", ".join(f"{name} = {x:.9g}" for name, x in list(self.at.items())[:8])
        what = f"output {self.output} {self.does}: it is {self.value:.6g} at {where}"
        return f"{what}, {self.format} ends at {self.end:.9g}"

    def summary(self) -> dict[str, Any]:
        """What a certificate and a report say of it."""
        return {"format": self.format, "does": self.does, "at": self.at,
                "value": self.value, "end": self.end}  # fmt: skip


def beyond_formats(design: Design, seed: int = 0) -> tuple[Beyond, ...]:
    """For each output in a stated format an input that shows it to leave that; none of outputs of
    which no such input was found.
    """
    stated = {n: p for n, p in design.ports.items() if dict(design.outputs)[n] is not p.written}
    if not stated:
        return ()
    columns = vectors.make(design.inputs, TRIED, seed).columns
    each = (_worst(design, name, port, columns) for name, port in stated.items())
    return tuple(found for one in each for found in one)


def _worst(
    design: Design, name: str, port: OutputPort, columns: dict[str, Column]
) -> Iterator[Beyond]:
    """The row of ``columns`` that is proved to be furthest outside, if one is."""
    reals = {i.name: vectors.reals(columns[i.name], i.type) for i in design.inputs}
    points = {i.name: Box.exact(reals[i.name]) for i in design.inputs if i.fits_floats}
    if len(points) < len(design.inputs):
        return
    seen = boxes([port.written], points)[port.written]
    lowest, highest = float(port.format.lowest), float(port.format.highest)
    rows = len(next(iter(reals.values())))
    above = np.broadcast_to(seen.lo - highest, rows)
    below = np.broadcast_to(lowest - seen.hi, rows)
    outside = np.nan_to_num(np.maximum(above, below), nan=-np.inf, posinf=-np.inf)
    worst = int(np.argmax(outside))
    if outside[worst] <= 0:
        return
    is_above = bool(above[worst] >= below[worst])
    value = float(np.broadcast_to(seen.lo if is_above else seen.hi, rows)[worst])
    yield Beyond(
        name,
        str(port.format.type),
        _WHAT.get(port.format.overflow, "saturates"),
        {n: float(reals[n][worst]) for n in variables([port.written])},
        value,
        highest if is_above else lowest,
    )
