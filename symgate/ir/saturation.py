"""Inputs that saturate to their stated range: what is outside of it counts as its nearest end.

The hardware behind is that of inputs which have no other codes than those of their range: it is
compiled and proved for them alone. Where the range is the whole format nothing is added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from symgate.ir.design import Design, Input
from symgate.ir.fixed import CONST, INPUT, Builder, Graph
from symgate.ir.types import FixedType


def is_partial(port: Input) -> bool:
    """Whether the range of a port leaves out codes of its format."""
    return port.raw.lo > port.type.lo or port.raw.hi < port.type.hi


def saturating(design: Design) -> list[Input]:
    """The inputs of ``design`` that get hardware to saturate."""
    return [port for port in design.inputs if design.saturate and is_partial(port)]


def behind_inputs(design: Design) -> Design:
    """The design of what reads the saturated inputs: these have the codes of their range alone."""
    wanted = {port.name for port in saturating(design)}
    inputs = tuple(_narrow(i) if i.name in wanted else i for i in design.inputs)
    return replace(design, inputs=inputs) if wanted else design


def _narrow(port: Input) -> Input:
    kind = FixedType.holding(port.raw.lo, port.raw.hi, port.type.frac)
    return replace(port, type=kind)


def saturate_inputs(graph: Graph, design: Design) -> Graph:
    """``graph``, whose inputs are those of `behind_inputs`, for the inputs of ``design``."""
    if not saturating(design):
        return graph
    builder, _ = _saturated(graph, design)
    return builder.build()


def whole_saturated(graph: Graph, design: Design) -> tuple[Graph, dict[int, int]]:
    """The same with all nodes, also those that no output needs, and where each node of ``graph`` is
    now.
    """
    if not saturating(design):
        return graph, {i: i for i in range(len(graph.nodes))}
    builder, place = _saturated(graph, design)
    kept = builder.kept(place.values())
    return builder.build(place.values()), {old: kept[new] for old, new in place.items()}


def _saturated(graph: Graph, design: Design) -> tuple[Builder, dict[int, int]]:
    wanted = {port.name for port in saturating(design)}
    builder, place = Builder(), dict[int, int]()
    ports = {port.name: port for port in design.inputs}
    for port in graph.inputs:
        stated, saturated = ports[port.name], port.name in wanted
        node = builder.input(stated.name, stated.type, None if saturated else stated.raw)
        place[port.node] = _held(builder, node, stated) if saturated else node
    for i, n in enumerate(graph.nodes):
        if n.op == CONST:
            place[i] = builder.const(n.range.lo, n.frac)
        elif n.op != INPUT:
            place[i] = builder.emit(n.op, *(place[a] for a in n.args), attr=n.attr)
    for output in graph.outputs:
        builder.output(output.name, place[output.node], output.type)
    return builder, place


def _held(builder: Builder, node: int, port: Input) -> int:
    """A port brought into its range; where that is all of a smaller format, by its leading bits."""
    raw, frac = port.raw, port.type.frac
    inner = FixedType.holding(raw.lo, raw.hi, frac)
    if inner.signed == port.type.signed and (inner.lo, inner.hi) == (raw.lo, raw.hi):
        return builder.fit(node, inner)
    if raw.lo > port.type.lo:
        node = builder.emit("max", node, builder.const(raw.lo, frac))
    if raw.hi < port.type.hi:
        node = builder.emit("min", node, builder.const(raw.hi, frac))
    return node


def driven(design: Design) -> tuple[Input, ...]:
    """The inputs with all codes that their ports take: also those outside of a range to which they
    saturate.
    """
    wanted = {port.name for port in saturating(design)}
    return tuple(Input.of(i.name, i.type) if i.name in wanted else i for i in design.inputs)


def held_codes(design: Design, codes: Mapping[str, Any]) -> dict[str, Any]:
    """What is computed with for ``codes`` of the ports of ``design``."""
    held = dict(codes)
    for port in saturating(design):
        held[port.name] = np.minimum(np.maximum(codes[port.name], port.raw.lo), port.raw.hi)
    return held
