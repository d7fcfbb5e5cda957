"""Whether formulas are defined on the whole box of the rows, and not on the rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from symgate.errors import InputError
from symgate.frontend.data_ranges import widened
from symgate.ir.expr import Expr, Program
from symgate.learn.fit.task import Reals, Task
from symgate.passes.domains.check import CheckDomains

#: Boxes that a proof may look at: a search asks often.
_BOXES = 1 << 10


def box(names: Sequence[str], x: Reals) -> dict[str, tuple[float, float]]:
    """The ends of each input in rows ``x`` (rows, inputs)."""
    low, high = x.min(axis=0).tolist(), x.max(axis=0).tolist()
    return dict(zip(names, zip(low, high, strict=True), strict=True))


def wide_box(names: Sequence[str], x: Reals, margin: Fraction) -> dict[str, tuple[float, float]]:
    """The ends of each input in rows ``x``, widened as `symgate compile --data` widens them."""
    found = {}
    for k, (name, (low, high)) in enumerate(box(names, x).items()):
        whole = bool(np.all(x[:, k] == np.round(x[:, k])))
        ends = widened(Fraction(str(low)), Fraction(str(high)), margin, whole)
        found[name] = (float(ends[0]), float(ends[1]))
    return found


def box_of(task: Task) -> dict[str, tuple[float, float]]:
    """The ends of each input of ``task``: as stated, or those of its rows."""
    return {**box(task.names, task.x), **task.ranges}


def is_defined(formulas: Sequence[Expr], ranges: dict[str, tuple[float, float]]) -> bool:
    """Whether it is proved that no operator can leave its domain."""
    program = Program(tuple(ranges), tuple((f"y{k}", e) for k, e in enumerate(formulas)))
    try:
        CheckDomains(ranges, most=_BOXES)(program)
    except InputError:
        return False
    return True
