"""The fixed graph on rows of codes, by the quickest model that has the bits of NumPy.

Where rows are many, that is the compiled one; it is checked against NumPy before it is used.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from symgate.caches import remembered
from symgate.ir import arrays
from symgate.ir.arrays import Column
from symgate.ir.fixed import Graph
from symgate.sim import numpy_model
from symgate.sim.compiled import build
from symgate.sim.compiled.model import Compiled, Differs, compiled
from symgate.sim.compiled.operators import Unsupported

#: Rows from which on compiling pays: NumPy takes 2 ns for a node and a row, gcc 500,000 for a node.
PAYS = 1 << 18
#: How much longer NumPy takes for a node that int64 does not hold.
WIDE = 50


class SlowModel(UserWarning):
    """Why many rows are simulated with NumPy."""


def simulate(graph: Graph, inputs: Mapping[str, Any]) -> dict[str, Column]:
    """Return what `numpy_model.simulate` returns, sooner where rows are many."""
    model = chosen(graph, max((len(column) for column in inputs.values()), default=1))
    return numpy_model.simulate(graph, inputs) if model is None else model.run(inputs)


def chosen(graph: Graph, rows: int) -> Compiled | None:
    """Return the compiled model where it pays for ``rows``; None where NumPy is to be used."""
    if rows < PAYS // WIDE or rows * _effort(graph) < PAYS:
        return None
    program = build.compiler()
    if program is None:
        _say("there is no C compiler (gcc, cc, clang)")
        return None
    try:
        return compiled(graph, program)
    except Unsupported:
        return None
    except (build.BuildFailed, Differs, OSError) as e:
        _say(str(e))
        return None


def _say(reason: str) -> None:
    warnings.warn(f"simulating with NumPy, which takes longer: {reason}", SlowModel, stacklevel=4)


@remembered
def _effort(graph: Graph) -> float:
    """How long NumPy takes for a node, on average; 1 where int64 holds all."""
    wide = sum(not arrays.narrow(node.range) for node in graph.nodes)
    return 1.0 + (WIDE - 1) * wide / max(len(graph.nodes), 1)
