"""The NumPy model: every row at once, in int64 where that is exact and in Python ints where it
might not be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from symgate.errors import InputError
from symgate.ir.arrays import Column, exactly, is_fast, store
from symgate.ir.domains import Interval
from symgate.ir.fixed import INPUT, Graph, Port, apply, run

_CHUNK = (
    1 << 13
)  # rows at a time: few enough to hold the values of all nodes in memory, near the processor


def simulate(graph: Graph, inputs: Mapping[str, Any]) -> dict[str, Column]:
    """Return the raw outputs for rows of raw ``inputs``; raise `InputError` where these do not fit
    the ports.

    A graph without inputs has one row.
    """
    columns = checked_columns(graph, inputs)
    rows = len(columns[0]) if columns else 1
    step = exactly(graph)
    parts = [
        _outputs(
            graph,
            run(graph, [column[start : start + _CHUNK] for column in columns], step),
            min(_CHUNK, rows - start),
        )
        for start in range(0, max(rows, 1), _CHUNK)
    ]
    return {
        port.name: np.concatenate([part[k] for part in parts])
        for k, port in enumerate(graph.outputs)
    }


def cone(graph: Graph, node: int, inputs: Mapping[int, Column]) -> Column:
    """Return the raw values of one node for rows of ``inputs``, by the node of their port; what it
    does not depend on need not be there.
    """
    needed, waiting = {node}, [node]
    while waiting:
        fresh = [a for a in graph.nodes[waiting.pop()].args if a not in needed]
        needed.update(fresh)
        waiting += fresh
    found: dict[int, Column] = {}
    for i in sorted(needed):
        n = graph.nodes[i]
        if n.op == INPUT:
            found[i] = store(inputs.get(i, n.range.lo), n.range)
            continue
        operands = [found[a] for a in n.args]
        if not is_fast(n, [graph.nodes[a] for a in n.args]):
            operands = [o.astype(object) for o in operands]
        found[i] = store(apply(n, operands), n.range)
    return found[node]


def _outputs(graph: Graph, values: list[Column], rows: int) -> list[Column]:
    """One entry per row, for constants too."""
    return [np.broadcast_to(value, (rows,)) for value in values]


def checked_columns(graph: Graph, inputs: Mapping[str, Any]) -> list[Column]:
    """Return a column per input port; raise `InputError` where they do not fit the ports."""
    if set(inputs) != {port.name for port in graph.inputs}:
        raise InputError(
            f"columns for {', '.join(sorted(inputs)) or 'no input'}",
            expected=f"one for each input: {', '.join(port.name for port in graph.inputs)}",
        )
    columns = [
        _column(port, graph.nodes[port.node].range, inputs[port.name]) for port in graph.inputs
    ]
    if len({len(column) for column in columns}) > 1:
        lengths = ", ".join(
            f"{p.name}: {len(c)}" for p, c in zip(graph.inputs, columns, strict=True)
        )
        raise InputError(
            f"the columns differ in length ({lengths})", expected="one row per input vector"
        )
    return columns


def _column(port: Port, interval: Interval, values: Any) -> Column:
    array = np.asarray(values)
    whole = array.dtype.kind in "iu" or (
        array.dtype == object and all(isinstance(v, int | np.integer) for v in array.flat)
    )
    if array.ndim != 1 or (not whole and len(array)):
        raise InputError(
            f"input {port.name} is an array of {array.dtype} with {array.ndim} dimensions",
            expected="one dimension of raw integer codes",
            remedy="turn real values into codes with symgate.sim.vectors.quantise",
        )
    if len(array) and not interval.lo <= array.min() <= array.max() <= interval.hi:
        raise InputError(
            f"codes of input {port.name} go from {array.min()} to {array.max()}",
            expected=f"codes from {interval.lo} to {interval.hi} ({port.type})",
            remedy="clip them to the range of the input, or widen that range and compile again",
        )
    return store(array, interval)
