"""A compiled graph that runs on columns of codes."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.ir import arrays
from symgate.ir.fixed import Graph
from symgate.sim import numpy_model, vectors
from symgate.sim.compiled import build
from symgate.sim.compiled.text import ALIGNED, BLOCK, Source, source

#: Rows on which a new library is compared with NumPy before it is kept.
CHECKED = 2_048
#: Rows that are brought into narrow integers at a time: they stay near the processor.
_CHUNK = 64 * BLOCK
Column = NDArray[Any]


class Differs(Exception):
    """A library that does not give the bits of the NumPy model."""


class Compiled:
    """The library of a graph.

    ``inputs`` and ``outputs`` are the types of the columns that `call` takes; an input of None is not
    read.
    """

    def __init__(self, graph: Graph, made: Source, path: Path):
        self.graph = graph
        self._source = made
        self._run = ctypes.CDLL(str(path)).run
        self._run.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_size_t]
        self._run.restype = None
        self.inputs = [None if n is None else np.dtype(f"int{n}") for n in made.inputs]
        self.outputs = [np.dtype(f"int{n}") for n in made.outputs]
        self._memory = np.empty(made.scratch + ALIGNED, np.uint8)

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Column]:
        """Return what `numpy_model.simulate` returns."""
        columns = numpy_model.checked_columns(self.graph, inputs)
        rows = len(columns[0]) if columns else 1
        wide = [self._wide(p.node) for p in self.graph.outputs]
        found = [np.empty(rows, kind) for kind in wide]
        for start in range(0, rows, _CHUNK):
            part = slice(start, min(start + _CHUNK, rows))
            for whole, piece in zip(found, self._part(columns, part), strict=True):
                whole[part] = piece[: part.stop - part.start]
        return {p.name: column for p, column in zip(self.graph.outputs, found, strict=True)}

    def _wide(self, node: int) -> Any:
        """The type of a column of the NumPy model."""
        return np.int64 if arrays.narrow(self.graph.nodes[node].range) else object

    def _part(self, columns: Sequence[Column], part: slice) -> list[Column]:
        """The outputs at some rows, and at more that fill the last block."""
        rows = part.stop - part.start
        blocks = -(-rows // BLOCK)
        narrow: list[Column | None] = []
        for column, kind in zip(columns, self.inputs, strict=True):
            if kind is None:
                narrow.append(None)
                continue
            padded = np.empty(blocks * BLOCK, kind)
            padded[:rows] = column[part]
            padded[rows:] = padded[rows - 1]
            narrow.append(padded)
        return self.call(narrow, blocks)

    def call(self, inputs: Sequence[Column | None], blocks: int) -> list[Column]:
        """Return the outputs for ``blocks`` of `BLOCK` rows; ``inputs`` are contiguous, of the types
        `inputs`, and in range.
        """
        found = [np.empty(blocks * BLOCK, kind) for kind in self.outputs]
        base = self._memory.ctypes.data
        scratch = -(-base // ALIGNED) * ALIGNED
        self._run(_pointers(inputs), _pointers(found), scratch, blocks)
        return found


def _pointers(columns: Sequence[Column | None]) -> Any:
    starts = [None if column is None else column.ctypes.data for column in columns]
    return (ctypes.c_void_p * len(columns))(*starts)


def compiled(graph: Graph, program: str, optimise: int = 3) -> Compiled:
    """Return the library of ``graph`` by the compiler ``program`` with ``-O`` of ``optimise``.

    Raise `Unsupported` where C cannot hold its values, `BuildFailed` where the compiler refuses it,
    `Differs` where a new library has other bits than NumPy.
    """
    made = source(graph)

    def accept(path: Path) -> None:
        _check(Compiled(graph, made, path))

    path = build.library(made.text, program, accept, optimise)
    return Compiled(graph, made, path)


def _check(model: Compiled) -> None:
    """Compare a new library with NumPy, at the ends of all ranges and at random rows."""
    rng = np.random.default_rng(0)
    columns = {}
    for port in model.graph.inputs:
        interval = model.graph.nodes[port.node].range
        columns[port.name] = vectors.uniform(interval, CHECKED, rng)
        columns[port.name][:2] = interval.lo, interval.hi
    expected, got = numpy_model.simulate(model.graph, columns), model.run(columns)
    wrong = [name for name, column in expected.items() if not np.array_equal(column, got[name])]
    if wrong:
        raise Differs(f"the compiled model has other bits than NumPy in output {wrong[0]}")
