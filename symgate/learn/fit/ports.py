"""The formats of ports: what the rows need, and fewer bits where the formulas do not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from symgate.ir.design import covering
from symgate.ir.expr import Expr, variables
from symgate.ir.types import FixedType
from symgate.learn.fit.task import Reals, Task

#: The share of the values of a column that its port holds: further ones saturate.
COVERED = 0.99
#: Narrowing a port may raise the loss on the fitted rows by this share of it, all ports together.
RAISED = 0.01
LEAST_BITS = 2


@dataclass(frozen=True)
class Ports:
    """The format of each input."""

    formats: Mapping[str, FixedType]

    @staticmethod
    def of(
        x: Reals,
        names: tuple[str, ...],
        bits: int,
        ranges: Mapping[str, tuple[float, float]] = {},
    ) -> Ports:
        """Formats of ``bits`` bits that hold most values of each column of ``x`` (rows, inputs), or
        its stated range.
        """
        outside = (1 - COVERED) / 2
        lows, highs = np.quantile(x, [outside, 1 - outside], axis=0)
        formats = {}
        for name, low, high in zip(names, lows.tolist(), highs.tolist(), strict=True):
            low, high = ranges.get(name, (low, high))
            formats[name] = covering(bits, Fraction(low), Fraction(high), low < 0)
        return Ports(formats)

    def held(self, task: Task) -> Task:
        """The task with inputs as the ports carry them: rounded, and held at the ends."""
        return replace(task, x=self.carried(task.x))

    def carried(self, x: Reals) -> Reals:
        """Values of all inputs, in the order of the formats (rows, inputs), as ports carry them."""
        kinds = self.formats.values()
        return np.stack([held(x[:, k], kind) for k, kind in enumerate(kinds)], axis=1)

    def texts(self) -> dict[str, str]:
        """The formats as `Options.formats` takes them."""
        return {name: str(kind) for name, kind in self.formats.items()}


def held(values: Reals, kind: FixedType) -> Reals:
    """Values as a port carries them."""
    ulp = float(kind.ulp)
    found: Reals = np.clip(np.floor(values / ulp + 0.5), kind.lo, kind.hi) * ulp
    return found


def narrowed(ports: Ports, formulas: tuple[Expr, ...], task: Task) -> Ports:
    """The ports that ``formulas`` read with as few bits as the loss on ``task`` allows.

    In each round every port gives one bit, those first where that costs least, as long as the loss
    of all together stays within the limit; a port that may not give one keeps its bits.
    """
    formats = {name: ports.formats[name] for name in variables(formulas)}
    limit = task.loss(formulas) * (1 + RAISED)
    columns = task.columns()
    values = {**columns, **{name: held(columns[name], kind) for name, kind in formats.items()}}

    def trial(name: str) -> tuple[float, Reals]:
        fewer = held(columns[name], _narrower(formats[name]))
        changed = {**values, name: fewer}
        x = np.stack([changed[n] for n in task.names], axis=1)
        return replace(task, x=x).loss(formulas), fewer

    giving = sorted(formats)
    while giving:
        costs = {name: trial(name)[0] for name in giving}
        kept = list[str]()
        for name in sorted(giving, key=lambda n: (costs[n], n)):
            loss, fewer = trial(name)
            if loss <= limit:
                formats[name], values[name] = _narrower(formats[name]), fewer
                kept += [name] if formats[name].width > LEAST_BITS else []
        giving = kept
    return Ports(formats)


def _narrower(kind: FixedType) -> FixedType:
    return FixedType(kind.signed, kind.width - 1, kind.frac - 1)
