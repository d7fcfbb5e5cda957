"""Whether formulas are defined on the whole box of the rows, and not on the rows alone."""

from __future__ import annotations

from collections.abc import Sequence

from symgate.errors import InputError
from symgate.ir.expr import Expr, Program
from symgate.learn.fit.task import Reals
from symgate.passes.domains.check import CheckDomains

#: Boxes that a proof may look at: a search asks often.
_BOXES = 1 << 10


def box(names: Sequence[str], x: Reals) -> dict[str, tuple[float, float]]:
    """The ends of each input in rows ``x`` (rows, inputs)."""
    low, high = x.min(axis=0).tolist(), x.max(axis=0).tolist()
    return dict(zip(names, zip(low, high, strict=True), strict=True))


def is_defined(formulas: Sequence[Expr], ranges: dict[str, tuple[float, float]]) -> bool:
    """Whether it is proved that no operator can leave its domain."""
    program = Program(tuple(ranges), tuple((f"y{k}", e) for k, e in enumerate(formulas)))
    try:
        CheckDomains(ranges, most=_BOXES)(program)
    except InputError:
        return False
    return True
