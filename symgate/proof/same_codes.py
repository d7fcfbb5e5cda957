"""What nodes of few input bits compute, at all codes of their ports: two that compute the same are
one function, however they are built.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgate.ir.fixed import CONST, INPUT, Graph, Port
from symgate.sim.numpy_model import simulate

Ports = frozenset[int]  # nodes of inputs
#: Bits of all ports of such a node at most: 4,096 rows for each of its values.
MOST_BITS = 12


def functions(graph: Graph) -> dict[int, tuple[Any, ...]]:
    """For each node of few input bits what it computes, equal for equal functions of equal inputs."""
    support = _support(graph)
    groups: dict[Ports, list[int]] = {}
    for i, ports in enumerate(support):
        if ports and graph.nodes[i].op not in (INPUT, CONST):
            groups.setdefault(ports, []).append(i)
    found: dict[int, tuple[Any, ...]] = {}
    for ports, nodes in groups.items():
        found |= _at_all_codes(graph, ports, nodes)
    return found


def _support(graph: Graph) -> list[Ports | None]:
    """The ports that each node depends on; None where these have too many bits."""
    found: list[Ports | None] = []
    for i, node in enumerate(graph.nodes):
        below = [Ports({i})] if node.op == INPUT else [found[a] for a in node.args]
        ports = None if None in below else Ports().union(*(p for p in below if p))
        bits = sum(graph.nodes[p].type.width for p in ports or ())
        found.append(ports if bits <= MOST_BITS else None)
    return found


def _at_all_codes(graph: Graph, ports: Ports, nodes: Sequence[int]) -> dict[int, tuple[Any, ...]]:
    part, outputs = _part(graph, nodes)
    columns = np.meshgrid(
        *(np.arange(p.type.lo, p.type.hi + 1) for p in part.inputs), indexing="ij"
    )
    inside = [part.nodes[p.node].range for p in part.inputs]
    kept = np.ones(columns[0].shape, bool)
    for column, codes in zip(columns, inside, strict=True):
        kept &= (column >= codes.lo) & (column <= codes.hi)
    given = tuple((p.name, codes) for p, codes in zip(part.inputs, inside, strict=True))
    rows = {p.name: column[kept] for p, column in zip(part.inputs, columns, strict=True)}
    found = simulate(part, rows)
    return {i: (given, graph.nodes[i].frac, tuple(found[outputs[i]].tolist())) for i in nodes}


def _part(graph: Graph, nodes: Sequence[int]) -> tuple[Graph, dict[int, str]]:
    """The graph of these values alone, and their names as outputs."""
    needed, stack = set[int](), list(nodes)
    while stack:
        i = stack.pop()
        if i not in needed:
            needed.add(i)
            stack.extend(graph.nodes[i].args)
    place = {old: new for new, old in enumerate(sorted(needed))}
    inner = []
    for old in place:
        node = graph.nodes[old]
        args = tuple(place[a] for a in node.args)
        inner.append(type(node)(node.op, args, node.attr, node.range, node.frac, node.declared))
    inputs = sorted((p for p in graph.inputs if p.node in needed), key=lambda p: p.name)
    outputs = {i: f"%{i}" for i in nodes}
    ports = tuple(Port(name, place[i], graph.nodes[i].type) for i, name in outputs.items())
    moved = tuple(Port(p.name, place[p.node], p.type) for p in inputs)
    return Graph(tuple(inner), moved, ports), outputs
