"""A row of ports as one integer: the first port in the lowest bits. Test benches move rows, not
ports.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.ir.types import FixedType

Ports = Sequence[tuple[str, FixedType]]
Column = NDArray[Any]


def width(ports: Ports) -> int:
    """The bits of a row."""
    return sum(t.width for _, t in ports)


def pack(ports: Ports, columns: Mapping[str, Column]) -> list[int]:
    """Return one integer per row of ``columns``, which hold raw values."""
    rows = np.zeros(len(next(iter(columns.values()), ())), dtype=object)
    offset = 0
    for name, t in ports:
        rows |= (columns[name].astype(object) & ((1 << t.width) - 1)) << offset
        offset += t.width
    return list(rows)


def unpack(ports: Ports, rows: Sequence[int]) -> dict[str, Column]:
    """Return the raw values of each port: int64, or Python integers where a port has more than 62
    bits.
    """
    packed = np.array(rows, dtype=object)
    columns: dict[str, Column] = {}
    offset = 0
    for name, t in ports:
        bits = (packed >> offset) & ((1 << t.width) - 1)
        raw = bits - ((bits >> (t.width - 1)) << t.width) if t.signed else bits
        columns[name] = raw if t.width > 62 else raw.astype(np.int64)
        offset += t.width
    return columns
