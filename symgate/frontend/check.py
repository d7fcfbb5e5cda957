"""What every source checks before it returns a `Design`: names, outputs, unused inputs."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

from symgate.errors import InputError, Where
from symgate.frontend.language.source import listed
from symgate.ir.design import Design, Target
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
    _check_interval(design.target, where)
    if unknown := unknown_part(design.target.part):
        warnings.warn(unknown, DesignWarning, stacklevel=3)
    return design


def _check_interval(target: Target, where: Where | None) -> None:
    """Raise `InputError` for an interval of no cycles, or of several beside what has none."""
    if target.ii < 1:
        what = f"an initiation interval of {target.ii} is no number of cycles"
        raise InputError(what, where=where, expected="ii = 1, 2, 3 ...")
    stated = {
        "primitives = true": target.primitives,
        "clock_enable = true": target.clock_enable,
        "latency = 0": target.latency == 0,
    }
    for what, wanted in stated.items():
        if wanted and target.ii > 1:
            raise InputError(
                f"with {what} no products can take turns, which ii = {target.ii} asks for",
                where=where,
                expected=f"ii = 1 beside {what}",
                remedy="remove one of them",
            )


def duplicate(names: Iterable[str]) -> str | None:
    """The first name that occurs a second time."""
    seen = set[str]()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
