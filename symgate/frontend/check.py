"""What every source checks before it returns a `Design`: names, outputs, unused inputs."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

from symgate.errors import InputError, Where
from symgate.frontend.language.source import listed
from symgate.ir.design import Design
from symgate.ir.expr import variables
from symgate.ir.fixed_ops.delays import unknown_part


class DesignWarning(UserWarning):
    """Something about a design that is allowed and probably not meant."""


def checked(design: Design) -> Design:
    """``design``, or an `InputError`; unused inputs and unknown parts are warned of."""
    where = Where(design.source) if design.source else None
    inputs = [port.name for port in design.inputs]
    outputs = [name for name, _ in design.outputs]
    for what, names in (("inputs", inputs), ("outputs", outputs)):
        if not names:
            raise InputError(
                f"the design has no {what}",
                where=where,
                remedy=f"declare at least one of its {what}",
            )
        if twice := duplicate(names):
            raise InputError(
                f"two {what} are named '{twice}'", where=where, remedy="rename one of them"
            )
    if twice := duplicate(inputs + outputs):
        raise InputError(
            f"'{twice}' names an input and an output", where=where, remedy="rename one of them"
        )
    used = set(variables(e for _, e in design.outputs))
    if unused := [name for name in inputs if name not in used]:
        plural = "s" if len(unused) > 1 else ""
        place = f"{design.source}: " if design.source else ""
        warnings.warn(
            f"{place}no output uses input{plural} {listed(unused)}", DesignWarning, stacklevel=3
        )
    if unknown := unknown_part(design.target.part):
        warnings.warn(unknown, DesignWarning, stacklevel=3)
    return design


def duplicate(names: Iterable[str]) -> str | None:
    """The first name that occurs a second time."""
    seen = set[str]()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
