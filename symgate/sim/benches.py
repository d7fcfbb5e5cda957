"""The numbers that the benches of a build folder compare with: are they what the firmware computes?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import numpy as np

from symgate.backends.hls_project import FEATURES, PREDICTIONS
from symgate.errors import InputError
from symgate.ir.types import FixedType
from symgate.project.folder import Build
from symgate.sim import bits, rtl_bench
from symgate.sim.bits import Column
from symgate.sim.numpy_model import simulate

VECTORS = "tests/vectors.txt"


def problems(build: Build) -> Iterator[str]:
    """What is wrong with the vectors of the cocotb bench and of the C++ bench, a sentence each."""
    for file, check in ((VECTORS, _cocotb), (f"hls/{PREDICTIONS}", _csim)):
        if not (build.path / file).is_file():
            continue  # the manifest says so
        try:
            wrong = check(build)
        except (OSError, ValueError, ArithmeticError, LookupError, TypeError, InputError):
            wrong = "cannot be read as rows of this design"
        if wrong is not None:
            yield f"{file} {wrong}"


def _cocotb(build: Build) -> str | None:
    head, *lines = _text(build, VECTORS).splitlines()
    if json.loads(head) != rtl_bench.description(build.graph):
        return "describes other ports"
    rows = [[int(word, 16) for word in line.split()] for line in lines]
    inputs, outputs = ([row[k] for row in rows] for k in (0, 1))
    columns = bits.unpack(_ports(build, "inputs"), inputs)
    wanted = bits.unpack(_ports(build, "outputs"), outputs)
    return _compared(build, columns, wanted)


def _csim(build: Build) -> str | None:
    columns = _decimals(_ports(build, "inputs"), _text(build, f"hls/{FEATURES}"))
    wanted = _decimals(_ports(build, "outputs"), _text(build, f"hls/{PREDICTIONS}"))
    return _compared(build, columns, wanted)


def _text(build: Build, file: str) -> str:
    return (build.path / file).read_text(encoding="utf-8")


def _ports(build: Build, side: str) -> list[tuple[str, FixedType]]:
    return [(p.name, p.type) for p in getattr(build.graph, side)]


def _decimals(ports: Sequence[tuple[str, FixedType]], text: str) -> dict[str, Column]:
    """Rows of real numbers as raw values; raise ValueError where a port cannot have them."""
    rows = [line.split() for line in text.splitlines()]
    columns: dict[str, Column] = {}
    for k, (name, t) in enumerate(ports):
        values = [Fraction(row[k]) / t.ulp for row in rows]
        if any(value.denominator != 1 for value in values) or any(
            len(row) != len(ports) for row in rows
        ):
            raise ValueError(name)
        kind = object if t.width > 62 else np.int64
        columns[name] = np.array([int(value) for value in values], dtype=kind)
    return columns


def _compared(
    build: Build, columns: Mapping[str, Column], wanted: Mapping[str, Column]
) -> str | None:
    if not columns:
        return None  # a constant: there is nothing to send
    found = simulate(build.graph, columns)
    wrong = [
        np.asarray(found[name]).astype(object) != column.astype(object)
        for name, column in wanted.items()
    ]
    rows = np.flatnonzero(np.logical_or.reduce(wrong))
    if not len(rows):
        return None
    first = int(rows[0])
    at = ", ".join(f"{n}={int(c[first])}" for n, c in list(columns.items())[:8])
    return f"expects other outputs in {len(rows):,} of {len(wrong[0]):,} rows, first where {at}"
