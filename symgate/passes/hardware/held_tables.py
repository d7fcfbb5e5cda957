"""Values of few bits of saturated inputs, as tables that hold the saturated values themselves.

A table that is addressed by whole ports takes their codes outside the range too: there it holds what
it has at the nearest end. Comparisons and choices in front of it are then not needed. Which is
smaller is measured for the values of each group of inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.ir.fixed import CONST, INPUT, Builder, Graph, Node, Port, run, users

Measure = Callable[[Graph], float]
Ports = frozenset[int]  # nodes of inputs
#: Address bits of such a table at most: larger ones were never smaller than a comparison. Not measured.
MOST_BITS = 10
_LUT_BITS = 6  # of which a LUT computes any function
#: Values beyond these bits are not computed here: int64 holds all others with bits to spare.
_INT_BITS = 58


def hold_in_tables(graph: Graph, partial: Collection[str], measure: Measure) -> Graph:
    """``graph``, in which the inputs ``partial`` are saturated by comparisons, with tables of whole
    ports in the place of values where that takes fewer LUTs by ``measure``.
    """
    cones = _Cones.of(graph, {p.node for p in graph.inputs if p.name in partial})
    taken: list[int] = []
    for group in cones.groups():
        taken += _cheapest(cones, group, measure)
    return with_tables(cones, taken) if taken else graph


@dataclass(frozen=True)
class _Cones:
    """A graph, and for each node the ports that it depends on, where these have few bits together."""

    graph: Graph
    partial: frozenset[int]
    support: Sequence[Ports | None]  # None: more than `MOST_BITS`

    @staticmethod
    def of(graph: Graph, partial: Iterable[int]) -> _Cones:
        found: list[Ports | None] = []
        for i, node in enumerate(graph.nodes):
            below = [found[a] for a in node.args]
            if node.op == INPUT:
                found.append(_few(graph, {i}))
            elif any(ports is None for ports in below):
                found.append(None)
            else:
                found.append(_few(graph, set().union(*(ports or set() for ports in below))))
        return _Cones(graph, frozenset(partial), found)

    def frontier(self) -> list[int]:
        """The last values of few bits: outputs, and what wider values read."""
        readers = users(self.graph)
        outputs = {port.node for port in self.graph.outputs}

        def is_last(i: int) -> bool:
            return i in outputs or any(self.support[r] is None for r in readers[i])

        return [i for i in range(len(self.graph.nodes)) if self._is_held(i) and is_last(i)]

    def _is_held(self, i: int) -> bool:
        ports, node = self.support[i], self.graph.nodes[i]
        return ports is not None and bool(ports & self.partial) and node.op not in (INPUT, CONST)

    def bits(self, i: int) -> int:
        """The bits of the ports of a node in `frontier`."""
        return sum(self.graph.nodes[p].type.width for p in self.support[i] or ())

    def groups(self) -> list[list[int]]:
        """The values of `frontier`, those together that have a saturated port in common."""
        found: list[tuple[set[int], list[int]]] = []
        for i in self.frontier():
            ports, nodes = set((self.support[i] or Ports()) & self.partial), [i]
            for other in [f for f in found if f[0] & ports]:
                found.remove(other)
                ports |= other[0]
                nodes = other[1] + nodes
            found.append((ports, nodes))
        return [sorted(nodes) for _, nodes in found]

    def part(self, nodes: Sequence[int]) -> _Cones:
        """These values alone, as outputs, and what they are computed from."""
        needed, stack = set[int](), list(nodes)
        while stack:
            i = stack.pop()
            if i not in needed:
                needed.add(i)
                stack.extend(self.graph.nodes[i].args)
        new = {old: k for k, old in enumerate(sorted(needed))}
        old_nodes = [self.graph.nodes[i] for i in new]
        inner = tuple(replace(n, args=tuple(new[a] for a in n.args)) for n in old_nodes)
        inputs = tuple(replace(p, node=new[p.node]) for p in self.graph.inputs if p.node in needed)
        outputs = tuple(Port(f"{i}", new[i], self.graph.nodes[i].type) for i in nodes)
        return _Cones.of(Graph(inner, inputs, outputs), {new[i] for i in self.partial & needed})


def _few(graph: Graph, ports: Iterable[int]) -> Ports | None:
    found = Ports(ports)
    bits = sum(graph.nodes[i].type.width for i in found)
    return found if bits <= MOST_BITS else None


def _cheapest(cones: _Cones, group: Sequence[int], measure: Measure) -> list[int]:
    """Which values of a group become tables of whole ports: none, those that are tables or fit one
    LUT per bit, or all.
    """
    part = cones.part(group)
    nodes, places = part.graph.nodes, [port.node for port in part.graph.outputs]
    if any(_bits(node) > _INT_BITS for node in nodes):
        return []
    every = [i for i in places if _keeps_range(part, i)]
    tables = [i for i in every if nodes[i].op == "table" or part.bits(i) <= _LUT_BITS]
    least, chosen = measure(part.graph), list[int]()
    if tables and (luts := measure(with_tables(part, tables))) <= least:
        least, chosen = luts, tables
    if every != tables and measure(with_tables(part, every)) < least:
        chosen = every
    outer = dict(zip(places, group, strict=True))
    return [outer[i] for i in chosen]


def _keeps_range(part: _Cones, i: int) -> bool:
    """Whether a table in the place of node ``i`` has its range, by which readers know its width."""
    found, node = _contents(part, i), part.graph.nodes[i]
    return (min(found), max(found)) == (node.range.lo, node.range.hi)


def _bits(node: Node) -> int:
    return max(node.range.hi, ~node.range.lo).bit_length()


def with_tables(cones: _Cones, wanted: Collection[int]) -> Graph:
    """The graph with the values ``wanted`` as tables of whole ports."""
    graph, builder, place = cones.graph, Builder(), dict[int, int]()
    ports = {port.node: port for port in graph.inputs}
    for i, node in enumerate(graph.nodes):
        if node.op == INPUT:
            place[i] = builder.input(ports[i].name, ports[i].type, node.range)
        elif i in wanted:
            place[i] = _table(cones, i, builder, place)
        elif node.op == CONST:
            place[i] = builder.const(node.range.lo, node.frac)
        else:
            place[i] = builder.emit(node.op, *(place[a] for a in node.args), attr=node.attr)
    for output in graph.outputs:
        builder.output(output.name, place[output.node], output.type)
    return builder.build()


def _table(cones: _Cones, i: int, builder: Builder, place: Mapping[int, int]) -> int:
    ports = sorted(cones.support[i] or ())
    nodes = cones.graph.nodes
    widths = [nodes[p].type.width for p in ports]
    contents = _contents(cones, i)
    address = place[ports[0]]
    if len(ports) > 1:
        address = builder.slice(address, widths[0] - 1, 0)
    for port, width in zip(ports[1:], widths[1:], strict=True):
        address = builder.concat(address, builder.slice(place[port], width - 1, 0), width)
    return builder.table(address, contents, nodes[i].frac)


def _contents(cones: _Cones, i: int) -> list[int]:
    """The value of node ``i`` at every code of its ports, the first of which is the highest part."""
    graph = cones.part([i]).graph
    size = sum(port.type.width for port in graph.inputs)
    rest: NDArray[np.int64] = np.arange(1 << size)
    columns: list[Any] = []
    for port in reversed(graph.inputs):
        t = port.type
        pattern, rest = rest & ((1 << t.width) - 1), rest >> t.width
        sign = 1 << (t.width - 1)
        columns.append((pattern ^ sign) - sign if t.signed else pattern)
    (found,) = run(graph, columns[::-1])
    return [int(v) for v in np.broadcast_to(np.asarray(found), (1 << size,))]
