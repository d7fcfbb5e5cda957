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

#: Where the nodes of one graph are in another.
Places = Mapping[int, int]


@dataclass(frozen=True)
class Part:
    """Some outputs of a design with the inputs they read, as a design of their own in normal form."""

    design: Design
    program: Program
    prefix: str  # of the names of values in its certificate


def split_design(design: Design, program: Program) -> list[Part]:
    """``program`` (the expressions of ``design`` in normal form) in independent parts.

    One part where a limit or a metric is about all outputs at once.
    """
    groups = _connected_outputs(program)
    if len(groups) < 2 or not _is_separable(design):
        return [Part(design, program, "v")]
    taken = (len(port.name) for port in design.inputs if port.name.startswith("v"))
    stem = "v" + "_" * max(taken, default=0)
    return [
        _part_of(design, program, names, f"{stem}{number}_") for number, names in enumerate(groups)
    ]


def _is_separable(design: Design) -> bool:
    target = design.target
    limited = target.dsp or target.bram or target.lut is not None or target.latency is not None
    return bool(design.accuracy.max_error) and not limited


def _connected_outputs(program: Program) -> list[list[str]]:
    """The outputs that are connected by inputs, in order of their first output."""
    group_of: dict[str, list[str]] = {}  # by input, and by output where none is read
    for name, e in program.outputs:
        read = variables([e]) or [f"output {name}"]
        touched = {id(group_of[key]): group_of[key] for key in read if key in group_of}
        merged = [output for group in touched.values() for output in group] + [name]
        members = [key for key, group in group_of.items() if id(group) in touched]
        group_of.update(dict.fromkeys([*members, *read], merged))
    order = {name: number for number, (name, _) in enumerate(program.outputs)}
    groups = {id(g): sorted(g, key=order.__getitem__) for g in group_of.values()}
    return sorted(groups.values(), key=lambda group: order[group[0]])


def _part_of(design: Design, program: Program, names: Sequence[str], prefix: str) -> Part:
    roots = dict(program.outputs)
    used = set(variables([roots[name] for name in names]))
    inputs = tuple(port for port in design.inputs if port.name in used)
    errors = {name: design.accuracy.max_error[name] for name in names}
    outputs = tuple((name, e) for name, e in design.outputs if name in errors)
    accuracy = replace(design.accuracy, max_error=errors)
    ports = {name: port for name, port in design.ports.items() if name in errors}
    part = replace(design, inputs=inputs, outputs=outputs, accuracy=accuracy, ports=ports)
    own = Program(tuple(port.name for port in inputs), tuple((name, roots[name]) for name in names))
    return Part(part, own, prefix)


def join_parts(
    design: Design, found: Sequence[tuple[Graph, Certificate]]
) -> tuple[Graph, Certificate]:
    """The graphs of all parts as one, with the ports of ``design``, and their certificates as one
    about it.
    """
    names = [port.name for port in design.inputs]
    if len(found) == 1 and [port.name for port in found[0][0].inputs] == names:
        return found[0]
    certificates = [certificate for _, certificate in found]
    # with all values, also those that no output needs
    graphs = [parse(certificate.data["graph"], whole=True) for certificate in certificates]
    builder = Builder()
    ports = {port.name: builder.input(port.name, port.type, port.raw) for port in design.inputs}
    places = [copy_nodes(builder, graph, ports) for graph in graphs]
    _add_outputs(builder, design, graphs, places)
    values = [
        place[value["node"]]
        for certificate, place in zip(certificates, places, strict=True)
        for value in certificate.data["values"]
    ]
    kept = builder.kept(values)
    moved = [{old: kept[new] for old, new in place.items() if new in kept} for place in places]
    evidence = [certificate.data for certificate in certificates]
    data = _join_evidence(builder.build(values), evidence, moved, design)
    bounds = {bound.output: bound for certificate in certificates for bound in certificate.bounds}
    return builder.build(), Certificate(tuple(bounds[name] for name, _ in design.outputs), data)


def copy_nodes(builder: Builder, graph: Graph, ports: Mapping[str, int]) -> dict[int, int]:
    """Append the nodes of ``graph``, whose inputs are ``ports``; return where they are now."""
    place = {port.node: ports[port.name] for port in graph.inputs}
    for i, node in enumerate(graph.nodes):
        if node.op == CONST:
            place[i] = builder.const(node.range.lo, node.frac)
        elif node.op != INPUT:
            place[i] = builder.emit(
                node.op, *(place[operand] for operand in node.args), attr=node.attr
            )
    return place


def _add_outputs(
    builder: Builder, design: Design, graphs: Sequence[Graph], places: Sequence[Places]
) -> None:
    """The ports of all graphs, in the order of ``design``."""
    found = {
        port.name: (place[port.node], port.type)
        for graph, place in zip(graphs, places, strict=True)
        for port in graph.outputs
    }
    for name, _ in design.outputs:
        node, out = found[name]
        builder.output(name, node, out)


def _join_evidence(
    graph: Graph, parts: Sequence[Mapping[str, Any]], moved: Sequence[Places], design: Design
) -> dict[str, Any]:
    """See `certify.evidence`: that of all parts, about the nodes of ``graph``."""
    values = [
        {**value, "node": place[value["node"]]}
        for part, place in zip(parts, moved, strict=True)
        for value in part["values"]
    ]
    value_of = {name: value for part in parts for name, value in part["outputs"].items()}
    every = {name for part in parts for name in part["every_input"]}
    outputs = [name for name, _ in design.outputs]
    return {
        "graph": show(graph),
        "values": values,
        "outputs": {name: value_of[name] for name in outputs},
        "every_input": [name for name in outputs if name in every],
    }
