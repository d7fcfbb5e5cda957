"""How many low bits of each node are read: a sum that is then wrapped need not be wider than the
wrapped result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from symgate.backends.verilog.logic import is_wiring
from symgate.backends.verilog.sums import Sum
from symgate.ir.fixed import Graph, Node

#: Bits of each operand that the lowest ``n`` bits of a node depend on; operators that are not here
#: need all of them.
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


def demanded_bits(graph: Graph, sums: Mapping[int, Sum]) -> list[int]:
    """For each node, the bits from 0 on that the text of others reads, at most its width; 0 where
    none does.
    """
    need = [0] * len(graph.nodes)
    for port in graph.outputs:
        need[port.node] = graph.nodes[port.node].type.width
    for i in reversed(range(len(need))):
        for a, n in _reads(graph, sums, i, need[i]):
            need[a] = max(need[a], min(n, graph.nodes[a].type.width))
    return need


def _reads(graph: Graph, sums: Mapping[int, Sum], i: int, n: int) -> list[tuple[int, int]]:
    """The nodes that ``n`` bits of node ``i`` depend on, with the bits; a row or a sum in a sum is
    looked through.
    """
    if n <= 0:
        return []
    if s := sums.get(i):
        b = _operands(graph, s.b, n - s.shift) if s.row else [(s.b, n)]
        return [(s.a, n), *b, *([] if s.carry is None else [(s.carry, 1)])]
    return _operands(graph, i, n)


def _operands(graph: Graph, i: int, n: int) -> list[tuple[int, int]]:
    node = graph.nodes[i]
    if n <= 0:
        return []
    if node.op in _NEEDS and (node.op != "round" or is_wiring(node)):
        return list(zip(node.args, _NEEDS[node.op](node, n), strict=True))
    return [(operand, graph.nodes[operand].type.width) for operand in node.args]
