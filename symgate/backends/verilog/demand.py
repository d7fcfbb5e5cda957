"""How many low bits of each node anything reads: a sum that is then wrapped need not be wider than the wrapped result."""

from __future__ import annotations

from collections.abc import Callable

from symgate.backends.verilog.logic import is_wiring
from symgate.ir.fixed import Graph, Node

#: Bits of each operand that the lowest ``n`` bits of a node depend on; operators that are not here need all of them.
_NEEDS: dict[str, Callable[[Node, int], list[int]]] = {
    **dict.fromkeys(("add", "sub", "mul"), lambda node, n: [n, n]),
    **dict.fromkeys(("neg", "square", "invert", "register", "scale", "wrap"), lambda node, n: [n]),
    "shl": lambda node, n: [n - node.attr[0]],
    "slice": lambda node, n: [n + node.attr[1]],
    "round": lambda node, n: [n + node.attr[0]],
    "concat": lambda node, n: [n - node.attr[0], n],
    "select": lambda node, n: [1, n, n],
    "booth": lambda node, n: [n, 3],
    "booth_cut": lambda node, n: [n + node.attr[0], 3],
}


def demanded_bits(graph: Graph) -> list[int]:
    """For each node, the bits from 0 on that outputs depend on, at most its width; 0 where nothing does."""
    need = [0] * len(graph.nodes)
    for port in graph.outputs:
        need[port.node] = graph.nodes[port.node].type.width
    for i in reversed(range(len(need))):
        for a, n in zip(graph.nodes[i].args, _operand_needs(graph, i, need[i]), strict=True):
            need[a] = max(need[a], min(n, graph.nodes[a].type.width))
    return need


def _operand_needs(graph: Graph, i: int, n: int) -> list[int]:
    node = graph.nodes[i]
    if n == 0:
        return [0] * len(node.args)
    if node.op in _NEEDS and (node.op != "round" or is_wiring(node)):
        return _NEEDS[node.op](node, n)
    return [graph.nodes[a].type.width for a in node.args]
