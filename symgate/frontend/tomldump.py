"""A `Design` as the text of a design file that loads back to the same design."""

from __future__ import annotations

import json
import os
from collections import Counter
from fractions import Fraction
from pathlib import Path

from symgate.ir.design import Accuracy, Design, Input, Target
from symgate.ir.expr import Expr, postorder, rebuild, substitute, var, with_args
from symgate.ir.exprtext import number, show

#: Expressions are written out in full while that makes the text at most this many times longer than with sharing.
_EXPANSION = 4


def dump(design: Design, folder: str | Path | None = None) -> str:
    """The design file of ``design``, everything resolved; paths of data relative to ``folder`` where it is given."""
    lines = ["[design]", f"name = {_text(design.name)}", f"domain = {_text(design.domain)}"]
    lines += ["", "[inputs]", *map(_input, design.inputs)]
    definitions, outputs = _shared(design)
    if definitions:
        lines += ["", "[let]", *(f"{name} = {_text(show(e))}" for name, e in definitions)]
    lines += ["", "[outputs]", *(f"{name} = {_text(show(e))}" for name, e in outputs)]
    lines += ["", "[accuracy]", *_accuracy(design.accuracy, folder)]
    lines += ["", "[target]", *_target(design.target)]
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _number(value: Fraction) -> str:
    text = number(value)
    return _text(text) if "/" in text else text


def _input(port: Input) -> str:
    return f'{port.name} = {{ format = "{port.type}", range = [{_number(port.lo)}, {_number(port.hi)}] }}'


def _accuracy(accuracy: Accuracy, folder: str | Path | None) -> list[str]:
    if accuracy.precision is not None:
        return [f'precision = "{accuracy.precision}"']
    if accuracy.metric is not None:
        data = os.path.relpath(accuracy.data or "", folder) if folder else accuracy.data or ""
        lines = [f"metric = {_text(accuracy.metric)}", f"data = {_text(data)}"]
        lines += [f"label = {_text(accuracy.label)}"] if accuracy.label else []
        return [*lines, f"max_loss = {accuracy.max_loss!r}"]
    bounds = list(accuracy.max_error.items())
    if len({value for _, value in bounds}) == 1:
        return [f"max_error = {_number(bounds[0][1])}"]
    return ["max_error = { " + ", ".join(f"{name} = {_number(value)}" for name, value in bounds) + " }"]


def _target(target: Target) -> list[str]:
    lines = [
        f"part = {_text(target.part)}",
        f'clock = "{target.clock_ns!r} ns"',
        f"objective = {_text(target.objective)}",
    ]
    limits = ((key, getattr(target, key)) for key in ("dsp", "lut", "bram", "latency"))
    lines += [f"{key} = {value}" for key, value in limits if value is not None]
    return lines + ([f"primitives = {json.dumps(target.primitives)}"] if target.primitives else [])


def _shared(design: Design) -> tuple[list[tuple[str, Expr]], list[tuple[str, Expr]]]:
    """Definitions for shared nodes where writing them out would be long, and the outputs in terms of them."""
    roots = [e for _, e in design.outputs]
    nodes = postorder(roots)
    size: dict[Expr, int] = {}
    for e in nodes:
        size[e] = 1 + sum(size[a] for a in e.args)
    if sum(size[r] for r in roots) <= _EXPANSION * len(nodes) + 64:
        return [], list(design.outputs)
    uses = Counter(a for e in nodes for a in e.args)
    taken = {i.name for i in design.inputs} | {name for name, _ in design.outputs}
    prefix = "t"
    while any(name.startswith(prefix) and name[len(prefix) :].isdigit() for name in taken):
        prefix += "_"
    named = {e: var(f"{prefix}{i}") for i, e in enumerate((e for e in nodes if uses[e] > 1 and e.args), 1)}
    bodies = _below(list(named), named)
    outputs = substitute(roots, named)
    return (
        [(name.value, body) for name, body in zip(named.values(), bodies, strict=True)],
        [(name, e) for (name, _), e in zip(design.outputs, outputs, strict=True)],
    )


def _below(roots: list[Expr], replacement: dict[Expr, Expr]) -> list[Expr]:
    """``roots`` with everything strictly below them replaced."""
    new: dict[Expr, Expr] = {}

    def step(e: Expr, args: tuple[Expr, ...]) -> Expr:
        new[e] = with_args(e, args)
        return replacement.get(e, new[e])

    rebuild(roots, step)
    return [new[r] for r in roots]
