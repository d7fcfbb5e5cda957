"""The fixed-point operators. Adding one means adding one `Op` to a list of entries, and nothing
else.

``Op.fn`` is the meaning, written once on raw integers; it runs on ints, NumPy arrays, `Interval`
and Amaranth values. ``Op.spec`` states the same in real numbers, independently, so that a wrong
meaning cannot agree with itself; the test matrix compares the two, the C++ under the vendor's
headers and the RTL on every small input. The entries stand in `arithmetic`, `bits` and
`conditions`, what they cost in `costs`, of which cells in `device`.

Text of a backend does not belong here, except for C++ expressions of one line.
"""

from __future__ import annotations

from symgate.ir.fixed_ops.arithmetic import ARITHMETIC
from symgate.ir.fixed_ops.bits import LOSSY, MOVES, STORED
from symgate.ir.fixed_ops.conditions import COMPARISONS, LOGIC
from symgate.ir.fixed_ops.costs import (
    blocks,
    slices,
)
from symgate.ir.fixed_ops.device import DEVICE
from symgate.ir.fixed_ops.entry import Op

__all__ = [
    "DEVICE",
    "OPS",
    "Op",
    "blocks",
    "slices",
]

#: Every operator by name.
OPS: dict[str, Op] = {
    op.name: op for op in (*ARITHMETIC, *MOVES, *STORED, *LOSSY, *COMPARISONS, *LOGIC)
}
