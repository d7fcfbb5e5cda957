"""The NumPy model: every row at once, in int64 where that is exact and in Python ints where it
might not be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.errors import InputError
from symgate.ir.domains import Interval
from symgate.ir.fixed import INPUT, Graph, Node, Port, apply, run

#: Values up to this many bits are kept in int64: an operator may pass through a few bits more on
#: its way.
NARROW = 58
_CHUNK = (
    1 << 13
)  # rows at a time: few enough to hold the values of all nodes in memory, near the processor
Column = NDArray[Any]  # int64, or object (Python ints) where a port is wider


def simulate(graph: Graph, inputs: Mapping[str, Any]) -> dict[str, Column]:
    """Return the raw outputs for rows of raw ``inputs``; raise `InputError` where these do not fit
    the ports.

    A graph without inputs has one row.
    """
    columns = _columns(graph, inputs)
    rows = len(columns[0]) if columns else 1
    step = _step(graph)
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


def narrow(interval: Interval) -> bool:
    """Whether int64 holds ``interval`` with bits to spare."""
    return max(interval.hi, ~interval.lo).bit_length() <= NARROW


def _step(graph: Graph) -> Any:
    """The meaning of a node on arrays; the choice of int64 or Python ints is made once per node."""
    slow = {
        id(node)
        for i, node in enumerate(graph.nodes)
        if not _fast(node, [graph.nodes[operand] for operand in node.args])
    }

    def step(node: Node, operands: list[Column]) -> Column:
        if id(node) in slow:
            operands = [o.astype(object) for o in operands]
        return _store(apply(node, operands), node.range)

    return step


def _fast(node: Node, operands: list[Node]) -> bool:
    """Whether int64 is exact for a node: its operands, its result and its attributes are all
    narrow.
    """
    counts = [a for a in node.attr if isinstance(a, int) and node.op != INPUT]
    return all(narrow(n.range) for n in (node, *operands)) and all(abs(a) <= NARROW for a in counts)


def _store(values: Any, interval: Interval) -> Column:
    array = np.asarray(values)
    wanted: Any = np.int64 if narrow(interval) else object
    return array if array.dtype == wanted else array.astype(wanted)


def _outputs(graph: Graph, values: list[Column], rows: int) -> list[Column]:
    """One entry per row, for constants too."""
    return [np.broadcast_to(value, (rows,)) for value in values]


def _columns(graph: Graph, inputs: Mapping[str, Any]) -> list[Column]:
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
    return _store(array, interval)
