"""What a report says of a build before anybody simulates it: errors on a few random inputs, and what
other widths of the inputs would do.
"""

from __future__ import annotations

from typing import Any

from symgate.errors import InputError
from symgate.ir.design import Design
from symgate.ir.firmware import Firmware
from symgate.report.pictures import pictures
from symgate.sim.frames import table_of
from symgate.sim.input_bits import input_bits, random_values
from symgate.sim.simulate import simulate_random

#: Rows that are tried, and the nodes times rows that it may take.
_FEWEST_ROWS, _MOST_ROWS, _ROW_NODES = 64, 4096, 16_000_000
#: Inputs up to which all are tried: more would take a C compiler.
_WHOLE = 1 << 14


def errors(firmware: Firmware) -> dict[str, Any]:
    """Return what plots of errors on random inputs show; none of these counts as observed."""
    nodes = len(firmware.graph.nodes)
    rows = max(_FEWEST_ROWS, min(_MOST_ROWS, _ROW_NODES // max(nodes, 1)))
    found = simulate_random(firmware.design, firmware.graph, rows, seed=0, whole=_WHOLE)
    return pictures(found, firmware.design)


def bits(design: Design, data: Any) -> dict[str, Any]:
    """Return what other widths of the inputs would do, on the stated ``data`` or on random values."""
    if data is not None:
        try:
            table = table_of(design, data)
        except InputError:  # data of ranges alone need not hold every input
            pass
        else:
            return input_bits(design, table.columns, table.path)
    values = random_values(design, _MOST_ROWS // 2)
    return input_bits(design, values, "random values in range")
