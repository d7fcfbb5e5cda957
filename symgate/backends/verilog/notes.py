"""What the certificate says of the nodes of a pipelined graph: which hold values of the formula."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from symgate.ir import text
from symgate.ir.firmware import Firmware
from symgate.ir.fixed import CONST, INPUT, Graph, Node
from symgate.ir.fixed_ops import OPS
from symgate.ir.saturation import whole_saturated

_LONGEST = 120  # characters of an expression in a comment


@dataclass(frozen=True)
class Note:
    """The values that a node holds: a name for its wire, and a line for each."""

    name: str
    lines: tuple[str, ...]


def notes(firmware: Firmware, taken: Iterable[str]) -> dict[int, Note]:
    """The notes by node of the graph of ``firmware``; none where a port has the name of a value, or
    where there is no certificate of values.
    """
    found: dict[int, Note] = {}
    for value, place in values_by_node(firmware):
        before = found.get(place, Note(str(value["name"]), ()))
        found[place] = Note(before.name, (*before.lines, _line(value)))
    names = {note.name.lower() for note in found.values()}
    clash = any(_stem(name.lower()) in names for name in taken)
    return {} if clash else found


def values_by_node(firmware: Firmware) -> list[tuple[dict[str, Any], int]]:
    """Each value of the certificate with the node of the graph that holds it first; those that are
    no node, an input or a constant there are left out.
    """
    data = firmware.certificate.data
    if not {"graph", "values"} <= set(data):
        return []
    whole, moved = whole_saturated(text.parse(data["graph"]), firmware.design)
    places = _places(firmware.graph, whole)
    found = ((value, places.get(moved.get(value["node"], -1))) for value in data["values"])
    nodes = firmware.graph.nodes
    return [
        (value, place)
        for value, place in found
        if place is not None and nodes[place].op not in (INPUT, CONST)
    ]


def _stem(name: str) -> str:
    """The value that a delayed copy of that name would be of."""
    return re.sub(r"_.*", "", name)


def _line(value: dict[str, Any]) -> str:
    shown = " ".join(str(value["expr"]).split())
    shown = shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."
    low, high = value["error"]
    largest = max(abs(float(low)), abs(float(high)))
    own = f", own error at most {largest:.3g}" if largest else ", exact"
    return f"{value['name']} = {shown}{own}"


def _places(pipelined: Graph, combinational: Graph) -> dict[int, int]:
    """For each node of ``combinational``, that of ``pipelined``, which has registers besides."""
    known = {_key(node, node.args): i for i, node in enumerate(combinational.nodes)}
    same: list[int | None] = []
    places: dict[int, int] = {}
    for i, node in enumerate(pipelined.nodes):
        operands = [same[a] for a in node.args]
        if node.op == "register":
            same.append(operands[0])
            continue
        args = tuple(a for a in operands if a is not None)
        own = known.get(_key(node, args))
        same.append(own)
        if own is not None:
            places.setdefault(own, i)
    return places


def _key(node: Node, args: tuple[int, ...]) -> tuple[Any, ...]:
    bounds = (node.range.lo, node.range.hi) if node.op in (INPUT, CONST) else None
    commutes = node.op in OPS and OPS[node.op].commutative
    return (node.op, tuple(sorted(args)) if commutes else args, node.attr, node.frac, bounds)
