"""A `Design` as the text of a design file that loads back to the same design."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from symgate.ir.design import Accuracy, Design, Input, Target
from symgate.ir.expr import Expr, postorder, rebuild, substitute, var, with_args
from symgate.ir.exprtext import number, show
from symgate.ir.port_format import PortFormat

#: Expressions are written out in full while that makes the text at most this many times longer than
#: with sharing.
_EXPANSION = 4


def dump(design: Design, folder: str | Path | None = None) -> str:
    """The design file of ``design``, everything resolved; paths of data relative to ``folder``
    where it is given.
    """
    lines = ["[design]", f"name = {_text(design.name)}", f"domain = {_text(design.domain)}"]
    lines += [] if design.saturate else ["saturate = false"]
    lines += [f"ties = {_text(design.ties)}"] if design.ties else []
    lines += [] if design.effort == "full" else [f"effort = {_text(design.effort)}"]
    plain = [port for port in design.inputs if port.name not in design.constants]
    lines += ["", "[inputs]", *map(_input, plain)]
    held = [
        _constant(p, v) for p in design.inputs if (v := design.constants.get(p.name)) is not None
    ]
    lines += ["", "[constants]", *held] if held else []
    written = [
        (name, design.ports[name].written if name in design.ports else e)
        for name, e in design.outputs
    ]
    lines += _expressions([port.name for port in design.inputs], written, design.formats)
    lines += ["", "[accuracy]", *_accuracy(design.accuracy, folder)]
    lines += ["", "[target]", *_target(design.target)]
    return "\n".join(lines) + "\n"


def draft(
    name: str, inputs: Mapping[str, Mapping[str, object]], outputs: Sequence[tuple[str, Expr]]
) -> str:
    """A design file in which accuracy is still to be stated, and of the inputs what ``inputs`` does
    not say.
    """
    lines = ["[design]", f"name = {_text(name)}", "", "[inputs]"]
    for port, stated in inputs.items():
        values = ", ".join(f"{key} = {_value(value)}" for key, value in stated.items())
        missing = (
            [what for what in ("range", "bits") if what not in stated]
            if "format" not in stated
            else []
        )
        todo = f"  # to be stated: {' and '.join(missing)}" if missing else ""
        lines.append(f"{port} = {{ {values} }}{todo}" if values else f"{port} = {{}}{todo}")
    lines += _expressions(list(inputs), outputs)
    lines += ["", "[accuracy]", "# to be stated, such as max_error = 0.01"]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(_value, value))}]"
    return _number(value) if isinstance(value, Fraction) else json.dumps(value)


def _expressions(
    inputs: Sequence[str],
    found: Sequence[tuple[str, Expr]],
    formats: Mapping[str, PortFormat] | None = None,
) -> list[str]:
    """[let] and [outputs]."""
    definitions, outputs = _shared(inputs, found)
    lines = (
        ["", "[let]", *(f"{name} = {_text(show(e))}" for name, e in definitions)]
        if definitions
        else []
    )
    lines += ["", "[outputs]"]
    for name, e in outputs:
        text, stated = _text(show(e)), (formats or {}).get(name)
        whole = text if stated is None else f'{{ expression = {text}, format = "{stated}" }}'
        lines.append(f"{name} = {whole}")
    return lines


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _number(value: Fraction) -> str:
    text = number(value)
    return _text(text) if "/" in text else text


def _input(port: Input) -> str:
    return f'{port.name} = {{ format = "{port.type}", range = [{_number(port.lo)}, {_number(port.hi)}] }}'


def _constant(port: Input, value: Fraction) -> str:
    stated = _input(port).removesuffix(" }")
    return f"{stated}, value = {_number(value)}, runtime = true }}"


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
    return [
        "max_error = { " + ", ".join(f"{name} = {_number(value)}" for name, value in bounds) + " }"
    ]


def _target(target: Target) -> list[str]:
    lines = [
        f"part = {_text(target.part)}",
        f'clock = "{target.clock_ns!r} ns"',
        f"objective = {_text(target.objective)}",
    ]
    limits = ((key, getattr(target, key)) for key in ("dsp", "lut", "bram", "latency"))
    lines += [f"{key} = {value}" for key, value in limits if value is not None]
    if target.ii != Target.ii:
        lines.append(f"ii = {target.ii}")
    if target.registers != Target.registers:
        lines.append(f"registers = {_text(target.registers)}")
    stated = {"primitives": target.primitives, "clock_enable": target.clock_enable}
    return lines + [f"{key} = true" for key, wanted in stated.items() if wanted]


def _shared(
    inputs: Sequence[str], found: Sequence[tuple[str, Expr]]
) -> tuple[list[tuple[str, Expr]], list[tuple[str, Expr]]]:
    """Definitions for shared nodes where writing them out would be long, and the outputs in terms
    of them.
    """
    roots = [e for _, e in found]
    nodes = postorder(roots)
    size: dict[Expr, int] = {}
    for e in nodes:
        size[e] = 1 + sum(size[operand] for operand in e.args)
    if sum(size[root] for root in roots) <= _EXPANSION * len(nodes) + 64:
        return [], list(found)
    uses = Counter(operand for e in nodes for operand in e.args)
    taken = {*inputs, *(name for name, _ in found)}
    prefix = "t"
    while any(name.startswith(prefix) and name[len(prefix) :].isdigit() for name in taken):
        prefix += "_"
    named = {
        e: var(f"{prefix}{i}")
        for i, e in enumerate((e for e in nodes if uses[e] > 1 and e.args), 1)
    }
    bodies = _below(list(named), named)
    outputs = substitute(roots, named)
    return (
        [(name.value, body) for name, body in zip(named.values(), bodies, strict=True)],
        [(name, e) for (name, _), e in zip(found, outputs, strict=True)],
    )


def _below(roots: list[Expr], replacement: dict[Expr, Expr]) -> list[Expr]:
    """``roots`` with everything strictly below them replaced."""
    new: dict[Expr, Expr] = {}

    def step(e: Expr, args: tuple[Expr, ...]) -> Expr:
        new[e] = with_args(e, args)
        return replacement.get(e, new[e])

    rebuild(roots, step)
    return [new[root] for root in roots]
