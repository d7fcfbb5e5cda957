"""What the firmware is meant to compute: the user's expressions, with the clamps that ``domain = "clamp"`` adds."""

from __future__ import annotations

from symgate.ir.design import Design
from symgate.ir.expr import Expr
from symgate.passes.clamp import Clamp


def expressions(design: Design) -> dict[str, Expr]:
    """Return the expression of each output, in port order."""
    if design.domain != "clamp":
        return dict(design.outputs)
    ranges = {i.name: (float(i.lo), float(i.hi)) for i in design.inputs}
    return dict(Clamp(ranges)(design.program).outputs)
