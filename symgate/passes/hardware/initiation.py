"""What an initiation interval of several cycles would save: units of equal shape that take turns, behind
choices of their operands.

This prices a schedule of N phases from above: it takes each saving that the phases could allow, asks
for no register and no control, and ignores that operands must arrive in different phases.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass

from symgate.ir.fixed import CONST, Graph
from symgate.ir.fixed_ops import OPS
from symgate.ir.hard_blocks import dsps
from symgate.passes.hardware.cost import absorbed

Costs = list[tuple[float, int]]

#: LUT6 of a choice per bit, by the number of operands: two choices of two share a LUT6_2.
_CHOICE = {2: 0.5, 3: 1.0, 4: 1.0}
_DEEPEST = 12  # operators in a row that a unit may have
_SHAPES = ("scale", "shl", "slice", "concat", "wrap", "register")  # no hardware of their own


@dataclass(frozen=True)
class Unit:
    """Subgraphs of one shape: their nodes, largest first at the root, and what one of them takes."""

    members: tuple[frozenset[int], ...]
    lut: float
    dsp: int
    operand_bits: int  # that are chosen, since they differ between members

    def saved(self, phases: int) -> tuple[float, int]:
        """LUT and DSP slices that ``phases`` members per unit save."""
        count = len(self.members)
        units = math.ceil(count / phases)
        choice = _CHOICE[min(phases, math.ceil(count / units))]
        choices = units * self.operand_bits * choice
        return (count - units) * self.lut - choices, (count - units) * self.dsp


@dataclass(frozen=True)
class Shared:
    """The price of one initiation interval."""

    phases: int
    lut: float
    dsp: int
    units: int  # shapes that are shared
    tried: int  # shapes that occur more than once


def shared(graph: Graph, phases: int, dsp_worth: float = 100.0) -> Shared:
    """Return what a combinational ``graph`` takes at most with ``phases`` cycles between inputs; a DSP
    slice counts as ``dsp_worth`` LUT.
    """
    costs = _costs(graph)
    whole, slices = (sum(part) for part in zip(*costs, strict=True))
    found = [*_units(graph, costs), *_slices(graph, costs)]
    order = sorted(found, key=lambda u: -_worth(u, phases, dsp_worth))
    taken, kept = set[int](), 0
    for unit in order:
        free = tuple(m for m in unit.members if not m & taken)
        unit = Unit(free, unit.lut, unit.dsp, unit.operand_bits)
        if len(free) < 2 or phases < 2 or _worth(unit, phases, dsp_worth) <= 0:
            continue
        saved = unit.saved(phases)
        whole, slices, kept = whole - saved[0], slices - saved[1], kept + 1
        taken.update(*free)
    return Shared(phases, whole, slices, kept, len(found))


def _worth(unit: Unit, phases: int, dsp_worth: float) -> float:
    if phases < 2:
        return 0.0
    luts, slices = unit.saved(phases)
    return luts + dsp_worth * slices


def _costs(graph: Graph) -> list[tuple[float, int]]:
    """LUT and DSP slices of each node, as `symgate.passes.hardware.cost.estimate` counts them."""
    free = absorbed(graph)
    found = []
    for i, node in enumerate(graph.nodes):
        counts = node.op in OPS and node.op != "register" and i not in free
        luts = OPS[node.op].luts(node.type, graph.operands(i), node.attr) if counts else 0.0
        found.append((float(luts), dsps(graph, i) if counts else 0))
    return found


def _units(graph: Graph, costs: Costs) -> list[Unit]:
    """The shapes of up to `_DEEPEST` operators, and where they occur without overlap."""
    shapes: list[Hashable] = [_leaf(graph, i) for i in range(len(graph.nodes))]
    inside: list[frozenset[int]] = [frozenset() for _ in graph.nodes]
    found: list[Unit] = []
    for _ in range(_DEEPEST):
        deeper = [_shape(graph, i, shapes) for i in range(len(graph.nodes))]
        inside = [
            frozenset({i}).union(*(inside[a] for a in n.args)) if n.args else frozenset()
            for i, n in enumerate(graph.nodes)
        ]
        groups = defaultdict[Hashable, list[int]](list)
        for i, n in enumerate(graph.nodes):
            if n.args and n.op not in _SHAPES:
                groups[deeper[i]].append(i)
        for roots in groups.values():
            if len(roots) > 1:
                found += _unit(graph, costs, roots, inside)
        ids: dict[Hashable, int] = {}
        shapes = [ids.setdefault(shape, len(ids)) for shape in deeper]
    return found


def _slices(graph: Graph, costs: Costs) -> list[Unit]:
    """All products of one slice each: a slice takes the operands of any of them."""
    found = [i for i, (_, slices) in enumerate(costs) if slices == 1]
    if len(found) < 2:
        return []
    bits = max(sum(t.width for t in graph.operands(i)) for i in found)
    return [Unit(tuple(frozenset({i}) for i in found), 0.0, 1, bits)]


def _unit(graph: Graph, costs: Costs, roots: list[int], inside: list[frozenset[int]]) -> list[Unit]:
    """The members of a group that do not overlap, as a unit."""
    members, taken = list[frozenset[int]](), set[int]()
    for root in roots:
        if not inside[root] & taken:
            members.append(inside[root])
            taken |= inside[root]
    if len(members) < 2:
        return []
    first = members[0]
    luts, slices = (sum(part) for part in zip(*(costs[i] for i in first), strict=True))
    operands = {a for i in first for a in graph.nodes[i].args if a not in first}
    chosen = [a for a in operands if graph.nodes[a].op != CONST]
    bits = sum(graph.nodes[a].type.width for a in chosen)
    return [Unit(tuple(members), luts, slices, bits)]


def _leaf(graph: Graph, i: int) -> Hashable:
    node = graph.nodes[i]
    if node.op == CONST:
        return ("const", node.range.lo, node.frac)
    return ("operand", node.type.width, node.type.signed)


def _shape(graph: Graph, i: int, shapes: list[Hashable]) -> Hashable:
    node = graph.nodes[i]
    if not node.args:
        return _leaf(graph, i)
    return (node.op, node.attr, node.type.width, *(shapes[a] for a in node.args))
