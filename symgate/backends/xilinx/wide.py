"""Functions of more than six bits: multiplexers over functions of six, on the variables that leave
the fewest.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from symgate.backends.xilinx import truth
from symgate.backends.xilinx.net import LUT_INPUTS, Net, reduced
from symgate.caches import remembered

Array = np.ndarray[Any, Any]

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
    if n > _EXHAUSTIVE:
        return (min(range(n), key=lambda k: _cost(table, n, k)),)
    return _choices(n)[int(np.argmin(_costs(table, n)))]


def _cost(table: int, n: int, chosen: int) -> tuple[int, int]:
    """Different cofactors that need a LUT, up to inversion, and all different cofactors."""
    parts = set(truth.cofactors(table, n, chosen))
    full = truth.ones(n - 1)
    wires = {truth.variable(n - 1, i) for i in range(n - 1)} | {0}
    kinds = {min(part, part ^ full) for part in parts}
    return sum(part not in wires and part ^ full not in wires for part in kinds), len(parts)


def _costs(table: int, n: int) -> Array:
    """The same of each choice that leaves functions of six variables: LUTs first, then cofactors."""
    words = np.frombuffer(table.to_bytes(1 << n >> 3, "little"), np.uint8)
    bits = np.unpackbits(words, bitorder="little")[_places(n)]
    parts = np.sort(np.packbits(bits, axis=-1, bitorder="little").view("<u8")[..., 0], axis=1)
    kinds = np.sort(np.minimum(parts, ~parts), axis=1)
    in_lut = ~np.isin(kinds, _wires())
    luts = in_lut[:, 0] + (_differ(kinds) & in_lut[:, 1:]).sum(axis=1)
    costs: Array = luts * (parts.shape[1] + 1) + 1 + _differ(parts).sum(axis=1)
    return costs


def _differ(rows: Array) -> Array:
    """Where a sorted row has another value than before."""
    changes: Array = rows[:, 1:] != rows[:, :-1]
    return changes


@remembered
def _choices(n: int) -> tuple[tuple[int, ...], ...]:
    """The variables that may be chosen so that six are left."""
    return tuple(combinations(range(n), n - LUT_INPUTS))


@remembered
def _places(n: int) -> Array:
    """By choice, values of its variables and values of the six others: the bit of the table."""
    rows = []
    for chosen in _choices(n):
        others = [k for k in range(n) if k not in chosen]
        rows.append(_spread(chosen)[:, None] + _spread(others)[None, :])
    return np.array(rows)


def _spread(variables: Sequence[int]) -> Array:
    """By values of ``variables``: the index of the table at which the others are 0."""
    values = np.arange(1 << len(variables))
    index = np.zeros_like(values)
    for k, variable in enumerate(variables):
        index |= (values >> k & 1) << variable
    return index


@remembered
def _wires() -> Array:
    """What needs no LUT, as functions of six variables of which the smaller of both senses counts."""
    full = truth.ones(LUT_INPUTS)
    wires = [0, *(truth.variable(LUT_INPUTS, i) for i in range(LUT_INPUTS))]
    return np.array([min(wire, wire ^ full) for wire in wires], np.uint64)
