"""What each output is meant to be: what the user wrote, before any rewriting."""

from __future__ import annotations

from symgate.ir.design import Design
from symgate.ir.expr import Expr, Program
from symgate.passes.domains.clamp import Clamp


def meaning_of(design: Design) -> dict[str, Expr]:
    """The user's expression of each output, with the clamps of ``domain = "clamp"``."""
    if design.domain != "clamp":
        return dict(design.outputs)
    ranges = {port.name: port.span for port in design.inputs}
    written = Program(tuple(ranges), design.outputs)
    return dict(Clamp(ranges)(written).outputs)
