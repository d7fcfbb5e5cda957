"""Outputs that read no input in common are compiled apart, then joined: no search has to weigh them
together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from symgate.ir.design import Design
from symgate.ir.expr import Program, variables
from symgate.ir.firmware import Certificate
from symgate.ir.fixed import CONST, INPUT, Builder, Graph
from symgate.ir.text import parse, show


@dataclass(frozen=True)
class Part:
    """Some outputs of a design with the inputs they read, as a design of their own, in normal form."""

    design: Design
    program: Program
    prefix: str  # of the names of values in its certificate


def split_design(design: Design, program: Program) -> list[Part]:
    """``program`` (the expressions of ``design`` in normal form) in independent parts.

    One part where a limit or a metric is about all outputs at once.
    """
    groups = _groups(program)
    if len(groups) < 2 or not _separable(design):
        return [Part(design, program, "v")]
    stem = "v" + "_" * max(
        (len(i.name) for i in design.inputs if i.name.startswith("v")), default=0
    )
    return [_part(design, program, group, f"{stem}{k}_") for k, group in enumerate(groups)]


def _separable(design: Design) -> bool:
    target = design.target
    limited = target.dsp or target.bram or target.lut is not None or target.latency is not None
    return bool(design.accuracy.max_error) and not limited


def _groups(program: Program) -> list[list[str]]:
    """The outputs that are connected by inputs, in order of their first output."""
    group: dict[str, list[str]] = {}  # by input, and by output where none is read
    for name, e in program.outputs:
        read = variables([e]) or [f"output {name}"]
        joined = {id(group[v]): group[v] for v in read if v in group}
        merged = [n for g in joined.values() for n in g] + [name]
        members = [v for v, g in group.items() if id(g) in joined]
        group.update(dict.fromkeys([*members, *read], merged))
    order = {n: i for i, (n, _) in enumerate(program.outputs)}
    found = {id(g): sorted(g, key=order.__getitem__) for g in group.values()}
    return sorted(found.values(), key=lambda g: order[g[0]])


def _part(design: Design, program: Program, names: Sequence[str], prefix: str) -> Part:
    roots = dict(program.outputs)
    used = set(variables([roots[n] for n in names]))
    inputs = tuple(i for i in design.inputs if i.name in used)
    errors = {n: design.accuracy.max_error[n] for n in names}
    sub = replace(
        design,
        inputs=inputs,
        outputs=tuple((n, e) for n, e in design.outputs if n in errors),
        accuracy=replace(design.accuracy, max_error=errors),
    )
    return Part(
        sub, Program(tuple(i.name for i in inputs), tuple((n, roots[n]) for n in names)), prefix
    )


def join_parts(
    design: Design, found: Sequence[tuple[Graph, Certificate]]
) -> tuple[Graph, Certificate]:
    """The graphs of all parts as one, with the ports of ``design``, and their certificates as one
    about it.
    """
    if len(found) == 1 and [p.name for p in found[0][0].inputs] == [i.name for i in design.inputs]:
        return found[0]
    builder = Builder()
    ports = {i.name: builder.input(i.name, i.type, i.raw) for i in design.inputs}
    graphs = [
        parse(c.data["graph"], whole=True) for _, c in found
    ]  # with all values, also those that no output needs
    places = [_copied(builder, graph, ports) for graph in graphs]
    outputs = {p.name: (k, p) for k, graph in enumerate(graphs) for p in graph.outputs}
    for name, _ in design.outputs:
        k, port = outputs[name]
        builder.output(name, places[k][port.node], port.type)
    values = [
        place[v["node"]]
        for (_, c), place in zip(found, places, strict=True)
        for v in c.data["values"]
    ]
    kept, bounds = builder.kept(values), {b.output: b for _, c in found for b in c.bounds}
    moved = [{old: kept[new] for old, new in place.items() if new in kept} for place in places]
    data = _evidence(builder.build(values), [c.data for _, c in found], moved, design)
    return builder.build(), Certificate(tuple(bounds[n] for n, _ in design.outputs), data)


def _copied(builder: Builder, graph: Graph, ports: Mapping[str, int]) -> dict[int, int]:
    """Where the nodes of ``graph`` are in ``builder`` now."""
    place = {p.node: ports[p.name] for p in graph.inputs}
    for i, n in enumerate(graph.nodes):
        if n.op == CONST:
            place[i] = builder.const(n.range.lo, n.frac)
        elif n.op != INPUT:
            place[i] = builder.emit(n.op, *(place[a] for a in n.args), attr=n.attr)
    return place


def _evidence(
    graph: Graph,
    parts: Sequence[Mapping[str, Any]],
    moved: Sequence[Mapping[int, int]],
    design: Design,
) -> dict[str, Any]:
    """See `certify.evidence`: that of all parts, about the nodes of ``graph``."""
    values = [
        {**v, "node": place[v["node"]]}
        for part, place in zip(parts, moved, strict=True)
        for v in part["values"]
    ]
    names = {n: v for part in parts for n, v in part["outputs"].items()}
    every = {n for part in parts for n in part["every_input"]}
    outputs = [n for n, _ in design.outputs]
    return {
        "graph": show(graph),
        "values": values,
        "outputs": {n: names[n] for n in outputs},
        "every_input": [n for n in outputs if n in every],
    }
