"""Graphs compared: the pipelined one must be the certified one with registers, as many on every
path.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from symgate.ir.design import Design
from symgate.ir.fixed import CONST, INPUT, Graph
from symgate.ir.fixed_ops import OPS
from symgate.proof.same_codes import functions

REGISTER = "register"
Names = dict[tuple[Any, ...], int]


def same_function(pipelined: Graph, combinational: Graph, *, by_codes: bool = False) -> list[str]:
    """What keeps ``pipelined`` from being ``combinational`` with registers; nothing where it is.

    ``by_codes``: nodes of few input bits are the same where they compute the same at all codes,
    however they do it.
    """
    if any(n.op == REGISTER for n in combinational.nodes):
        return ["the certified graph holds registers"]
    names: Names = {}
    one, other = (_shapes(g, names, by_codes) for g in (pipelined, combinational))
    problems = _ports_differ(pipelined, combinational)
    for p, q in zip(pipelined.outputs, combinational.outputs, strict=False):
        if one[p.node] != other[q.node]:
            problems.append(
                f"output {p.name} of the firmware is not what the certificate describes"
            )
    return problems + _timing(pipelined)


def _shapes(graph: Graph, names: Names, by_codes: bool) -> list[int]:
    """A number per node, equal for equal functions of equal inputs; registers do not count."""
    out: list[int] = []
    known = functions(graph) if by_codes else {}
    for i, n in enumerate(graph.nodes):
        if n.op == REGISTER:
            out.append(out[n.args[0]])
            continue
        if i in known:
            out.append(names.setdefault(known[i], len(names)))
            continue
        args = [out[a] for a in n.args]
        if n.op in OPS and OPS[n.op].commutative:
            args.sort()
        key = (
            n.op,
            *args,
            n.attr,
            n.frac,
            (n.range.lo, n.range.hi) if n.op in (INPUT, CONST) else None,
            n.declared,
        )
        out.append(names.setdefault(key, len(names)))
    return out


def _ports_differ(one: Graph, other: Graph) -> list[str]:
    out = []
    for kind, mine, theirs in (
        ("inputs", one.inputs, other.inputs),
        ("outputs", one.outputs, other.outputs),
    ):
        if [(p.name, p.type) for p in mine] != [(p.name, p.type) for p in theirs]:
            out.append(f"the {kind} of the firmware are not those of the certificate")
    return out


def _timing(graph: Graph) -> list[str]:
    """Nodes whose operands come from different clock cycles; constants come from all."""
    cycle: list[int | None] = []
    for i, n in enumerate(graph.nodes):
        found = {cycle[a] for a in n.args} - {None}
        if len(found) > 1:
            return [f"the operands of %{i} come from different clock cycles"]
        start = 0 if n.op == INPUT else found.pop() if found else None
        cycle.append(start if n.op != REGISTER or start is None else start + 1)
    if len({cycle[p.node] for p in graph.outputs} - {None}) > 1:
        return ["the outputs leave in different clock cycles"]
    return []


def ports_of(design: Design, graph: Graph) -> list[str]:
    """Where the ports of ``graph`` are not those of ``design``."""
    problems = []
    wanted = [(i.name, i.type, i.raw) for i in design.inputs]
    if [(p.name, p.type, graph.nodes[p.node].range) for p in graph.inputs] != wanted:
        problems.append(
            "the inputs of the graph are not those of the design, with their formats and ranges"
        )
    if [p.name for p in graph.outputs] != [name for name, _ in design.outputs]:
        problems.append("the outputs of the graph are not those of the design")
    return problems


class Misread(ValueError):
    """The hardware reads what the expression does not name."""


def cone(graph: Graph, node: int, cut: Iterable[int]) -> list[int]:
    """The nodes from the ``cut`` to ``node``, operands first; raise `Misread` where the cut lets an
    input pass.
    """
    limit, inside, stack = set(cut), set[int](), [node]
    while stack:
        i = stack.pop()
        if i in inside or i in limit:
            continue
        if graph.nodes[i].op == INPUT:
            raise Misread(f"%{node} depends on %{i}, which its expression does not name")
        inside.add(i)
        stack.extend(graph.nodes[i].args)
    return sorted(inside)
