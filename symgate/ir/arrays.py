"""The fixed-point graph on NumPy arrays, one entry per row, exact at any width."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.ir.domains import Interval
from symgate.ir.fixed import INPUT, Graph, Node, Step, apply

#: Values up to this many bits are kept in int64: an operator may pass through a few bits more on
#: its way.
NARROW = 58
Column = NDArray[Any]  # int64, or object (Python ints) where a port is wider


def narrow(interval: Interval) -> bool:
    """Whether int64 holds ``interval`` with bits to spare."""
    return max(interval.hi, ~interval.lo).bit_length() <= NARROW


def exactly(graph: Graph) -> Step:
    """The meaning of ``graph``'s nodes on arrays, for `symgate.ir.fixed.run`: int64 where it cannot overflow, Python
    ints elsewhere; the choice is made once per node.
    """
    slow = {
        id(node)
        for i, node in enumerate(graph.nodes)
        if not is_fast(node, [graph.nodes[operand] for operand in node.args])
    }

    def step(node: Node, operands: list[Column]) -> Column:
        if id(node) in slow:
            operands = [o.astype(object) for o in operands]
        return store(apply(node, operands), node.range)

    return step


def is_fast(node: Node, operands: list[Node]) -> bool:
    """Whether int64 is exact for a node: its operands, its result and its attributes are all
    narrow.
    """
    counts = [a for a in node.attr if isinstance(a, int) and node.op != INPUT]
    shifts_are_small = all(abs(a) <= NARROW for a in counts)
    return shifts_are_small and all(narrow(n.range) for n in (node, *operands))


def store(values: Any, interval: Interval) -> Column:
    """``values``, all in ``interval``, as int64 if it is narrow and as Python ints if not."""
    array = np.asarray(values)
    wanted: Any = np.int64 if narrow(interval) else object
    return array if array.dtype == wanted else array.astype(wanted)
