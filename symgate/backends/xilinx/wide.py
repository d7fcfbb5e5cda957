"""Functions of more than six bits: multiplexers over functions of six, on the variables that leave
the fewest.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from symgate.backends.xilinx import truth
from symgate.backends.xilinx.net import LUT_INPUTS, Net, reduced

#: Up to this many variables, every choice of select variables is tried; above it, one variable at a
#: time.
_EXHAUSTIVE = 10
#: Above this, the last one, which of a number is its leading bit: to compare variables takes
#: minutes there.
_COMPARED = 13


def function(net: Net, table: int, literals: Sequence[int]) -> int:
    """The literal of a function of any number of bits."""
    table, nodes = reduced(table, literals)
    return _function(net, table, nodes)


def _function(net: Net, table: int, nodes: tuple[int, ...]) -> int:
    if len(nodes) <= LUT_INPUTS:
        return net.function(table, [2 * node for node in nodes])
    k = _selects(table, len(nodes))[-1]
    rest = [2 * node for node in nodes[:k] + nodes[k + 1 :]]
    low, high = (
        _function(net, *reduced(half, rest)) for half in truth.cofactors(table, len(nodes), k)
    )
    return net.mux(2 * nodes[k], high, low)


def _selects(table: int, n: int) -> tuple[int, ...]:
    """The variables to select by, so that the fewest different functions of the others are left."""
    if n > _COMPARED:
        return (n - 1,)
    size = n - LUT_INPUTS if n <= _EXHAUSTIVE else 1
    return min(combinations(range(n), size), key=lambda chosen: _cost(table, n, chosen))


def _cost(table: int, n: int, chosen: tuple[int, ...]) -> tuple[int, int]:
    """Different cofactors that need a LUT, up to inversion, and all different cofactors."""
    parts = {table}
    for k in reversed(chosen):
        parts = {half for part in parts for half in truth.cofactors(part, n, k)}
        n -= 1
    full = truth.ones(n)
    wires = {truth.variable(n, i) for i in range(n)} | {0}
    kinds = {min(part, part ^ full) for part in parts}
    return sum(part not in wires and part ^ full not in wires for part in kinds), len(parts)
