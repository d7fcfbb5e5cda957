"""From a design to units, and from units to one graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symgate.ir.design import Design, Input
from symgate.ir.domains import Interval
from symgate.ir.expr import Program
from symgate.ir.fixed import Builder, Graph
from symgate.ir.types import FixedType
from symgate.passes.steps.unit import Unit, Units
from symgate.passes.widths.independence import copy_nodes, join_parts, split_design


@dataclass(frozen=True)
class ReadDesign:
    """The expressions as the frontend read them, all outputs in one unit."""

    design: Design

    def __call__(self, units: Units) -> Units:
        """The whole design; nothing is there before it."""
        return (Unit(self.design, self.design.program, "v"),)


@dataclass(frozen=True)
class SplitOutputs:
    """Outputs that read no input in common go apart."""

    def __call__(self, units: Units) -> Units:
        """A unit for each group of outputs, in order of their first output."""
        (whole,) = units
        found = split_design(whole.design, whole.program)
        several = len(found) > 1
        return tuple(
            Unit(
                part.design,
                part.program,
                part.prefix,
                label=f"part {number} of {len(found)}: " if several else "",
                share=1 / len(found),
            )
            for number, part in enumerate(found, 1)
        )


@dataclass(frozen=True)
class JoinOutputs:
    """The graphs of all units become one, with the ports of ``design``, and so do certificates."""

    design: Design

    def __call__(self, units: Units) -> Units:
        """One unit; without the outputs of units that were left out."""
        names = [name for unit in units for name, _ in unit.program.outputs]
        design = self.design.only(names)
        graph, certificate = join_parts(design, [unit.hardware for unit in units])
        program = merge_programs(design, [unit.program for unit in units])
        return (Unit(design, program, "v", graph=graph, certificate=certificate),)


def merge_programs(design: Design, programs: Sequence[Program]) -> Program:
    """One program with the ports of ``design``, whose outputs ``programs`` compute."""
    roots = {name: root for program in programs for name, root in program.outputs}
    inputs = tuple(port.name for port in design.inputs)
    return Program(inputs, tuple((name, roots[name]) for name, _ in design.outputs))


def merge_graphs(design: Design, graphs: Sequence[Graph]) -> Graph:
    """One graph with the ports of ``design``, whose outputs ``graphs`` compute, without a proof."""
    builder = Builder()
    ports = {port.name: builder.input(port.name, *_codes(port, graphs)) for port in design.inputs}
    places = [copy_nodes(builder, graph, ports) for graph in graphs]
    for graph, place in zip(graphs, places, strict=True):
        for output in graph.outputs:
            builder.output(output.name, place[output.node], output.type)
    return builder.build()


def _codes(port: Input, graphs: Sequence[Graph]) -> tuple[FixedType, Interval]:
    """Type and codes of a port in ``graphs``: a graph may hold only the codes in its range, or all
    where it saturates.
    """
    nodes = [graph.nodes[p.node] for graph in graphs for p in graph.inputs if p.name == port.name]
    if not nodes:
        return port.type, port.raw
    widest = max(nodes, key=lambda node: node.range.hi - node.range.lo)
    return widest.type, widest.range
