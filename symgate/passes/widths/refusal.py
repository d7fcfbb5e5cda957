"""Why there is no hardware: what makes most of the error that was reached, and where."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgate.errors import AccuracyError
from symgate.ir.expr import Expr
from symgate.ir.exprtext import brief
from symgate.passes.lowering.functions import open_at
from symgate.passes.rewrite.fuse import inline
from symgate.passes.widths.candidate import Candidate
from symgate.passes.widths.certify import label_of
from symgate.passes.widths.width_settings import NEGLIGIBLE

#: By how much an output changes more than a value for that to be the cause of a refusal.
_STEEP = 16.0


class Missed(AccuracyError):
    """No hardware has the stated error; the closest one had ``excess`` times that error."""

    def __init__(self, excess: float, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.excess = excess


def refusal_of(closest: Candidate) -> AccuracyError:
    """Why there is no hardware, by the candidate that came closest to the allowed errors."""
    targets, found = closest.targets, closest.lowered
    worst = max(targets, key=lambda n: found.bounds[n] / targets[n])
    if not math.isfinite(found.bounds[worst]):
        for e, value in found.open.items():
            return AccuracyError(**open_at(e, value))
        return AccuracyError(
            f"no error bound of output '{worst}' can be proved in the given ranges",
            expected="values and slopes that are finite wherever errors can move them",
            remedy="narrow the ranges of the inputs, "
            "or keep operands away from poles (max(x, 0.01))",
        )
    lost = found.lost.get(worst, 0.0)
    if lost >= targets[worst] and worst in closest.model.datapath.task.ports:
        return _too_coarse(closest, worst, lost)
    cause = _Cause.of(closest, worst)
    reached = f"at least {found.bounds[worst]:.4g}, the closest that was reached"
    bits = closest.model.datapath.settings.limits.most_bits
    return Missed(
        found.bounds[worst] / targets[worst],
        f"the error bound {targets[worst]:.4g} of output '{worst}' cannot be met",
        expected=f"{reached} with {bits} bits{cause.told}",
        remedy=f"state a larger max_error{cause.remedy}",
    )


def _too_coarse(closest: Candidate, output: str, lost: float) -> AccuracyError:
    """That the stated format of an output alone is off by more than is allowed."""
    stated = closest.model.datapath.task.ports[output].format
    target = closest.targets[output]
    unit = target * 2 if stated.rounds_to_nearest else target
    return AccuracyError(
        f"the format {stated} of output '{output}' is off by up to {lost:.4g}, "
        f"more than the error bound {target:.4g}",
        expected=f"a unit of the last bit of at most {unit:.4g}",
        remedy="state a larger max_error, or a format with more bits behind the binary point",
    )


@dataclass(frozen=True)
class _Cause:
    """What makes most of an error: ``told`` and ``remedy`` go on sentences."""

    told: str
    remedy: str

    @staticmethod
    def of(closest: Candidate, output: str) -> _Cause:
        shares, structure = closest.lowered.shares[output], closest.model.datapath.structure
        if not shares:
            return _Cause("", "")
        largest = shares[0]
        known = {label_of(e): e for e in structure.nodes}
        value = known.get(largest.node)
        jumping = [e for e in structure.nodes if e.op == "fn" and e.value.jumps]
        if jumping and (value is None or value in jumping):
            text = brief(inline(jumping[0] if value is None else value), 60)
            return _Cause("", f", or give the inputs more bits where '{text}' jumps")
        if not largest.error:
            text = largest.node if value is None else brief(inline(value), 60)
            told = f"; of '{text}' no error is proved, only that it stays in its range"
            return _Cause(told, ", or narrow the ranges where its operands grow without end")
        slope = largest.contribution / max(largest.error, NEGLIGIBLE.divisor)
        if value is None or slope < _STEEP:
            return _Cause("", "")
        told = f"; an error in '{largest.node}' is up to {slope:.3g} times as large in the output"
        point = _steepest_point(closest, value, output)
        return _Cause(f"{told}{point}", ", or keep the inputs away from there")


def _steepest_point(closest: Candidate, value: Expr, output: str) -> str:
    """Where an output changes most with a value, as text."""
    datapath = closest.model.datapath
    structure = datapath.structure
    root = structure.marked[dict(datapath.program.outputs)[output]]
    slope = datapath.sensitivity.slopes[root].get(structure.marked[value])
    sizes = {name: box.lo.size for name, box in datapath.cells.items()}
    if slope is None or slope.mag.size != max(sizes.values(), default=1):
        return ""
    at = int(np.argmax(slope.mag))
    middles = {
        name: (box.lo[at % sizes[name]] + box.hi[at % sizes[name]]) / 2
        for name, box in datapath.cells.items()
    }
    return ", near " + ", ".join(f"{name} = {middle:.4g}" for name, middle in middles.items())
