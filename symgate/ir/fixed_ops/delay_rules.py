"""What the cells of a fixed-point operator take in ns, from its operands' pins to its result, and how
many pins each bit of an operand drives.

A delay is a function of `Delays`, the format of the result, those of the operands, and the
attributes; the nets in front of the operator are not in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from symgate.ir.fixed_ops.costs import booth_rows, rounds, slices
from symgate.ir.fixed_ops.delays import Delays
from symgate.ir.lossy import Attr, Types
from symgate.ir.types import FixedType

Delay = Callable[[Delays, FixedType, Types, Attr], float]


class Load(NamedTuple):
    """Pins that a bit of an operand drives: ``each`` bit, and the highest, where it is extended."""

    each: float
    top: float


Loads = Callable[[FixedType, Types, Attr], list[Load]]

# ------------------------------------------------------------------ delays


def no_delay(*_: Any) -> float:
    """Wires only."""
    return 0.0


def carry_delay(d: Delays, t: FixedType, types: Types, attr: Attr) -> float:
    """One carry chain as wide as the result."""
    return d.chain(t.width)


def compare_delay(d: Delays, t: FixedType, types: Types, attr: Attr) -> float:
    """One carry chain as wide as the wider operand."""
    return d.chain(max(operand.width for operand in types))


def equal_delay(d: Delays, t: FixedType, types: Types, attr: Attr) -> float:
    """LUTs that compare three bits each, and a tree that gathers them."""
    return d.gather(2 * max(operand.width for operand in types))


def choice_delay(d: Delays, t: FixedType, types: Types, attr: Attr) -> float:
    """A comparison, whose bit then chooses each bit of the result."""
    return d.chain(t.width) + d.net(t.width) + d.lut


def one_level(d: Delays, t: FixedType, types: Types, attr: Attr) -> float:
    """One LUT level."""
    return d.lut


def saturate_delay(d: Delays, t: FixedType, types: Types, attr: Attr) -> float:
    """Whether the bits beyond the result differ, which then sets each bit of it."""
    beyond = max(1, types[0].width - t.width + 1)
    return d.gather(beyond) + d.net(t.width) + d.lut


def round_delay(d: Delays, t: FixedType, types: Types, attr: Attr) -> float:
    """The carry chain of the increment, if there is one."""
    return d.chain(t.width) if rounds(attr) else 0.0


def mul_delay(d: Delays, t: FixedType, types: Types, attr: Attr) -> float:
    """One level of digits, and carry chains in a tree; or slices."""
    taken = slices(types[0], types[-1])
    if taken:
        return d.product(taken)
    rows = booth_rows(min(types[0].width, types[-1].width))
    chains = math.ceil(math.log2(rows + 1))
    return d.lut + chains * (d.net(1) + d.chain(t.width))


def table_delay(d: Delays, t: FixedType, types: Types, attr: Attr) -> float:
    """LUTs, and what joins them."""
    return d.table(types[0].width)


def block_delay(d: Delays, t: FixedType, types: Types, attr: Attr) -> float:
    """The address of a block RAM, before the clock."""
    return d.ram_setup


# ------------------------------------------------------------------ loads


def _extended(t: FixedType, operand: FixedType, each: float = 1.0) -> Load:
    """``each`` pin per bit, those of its sign in front of the operand too."""
    return Load(each, each * (1 + max(0, t.width - operand.width)))


def one_load(t: FixedType, types: Types, attr: Attr) -> list[Load]:
    """A LUT of a chain for each bit of the result."""
    return [_extended(t, operand) for operand in types]


def compare_loads(t: FixedType, types: Types, attr: Attr) -> list[Load]:
    """A LUT for each bit of the wider operand."""
    widest = max(types, key=lambda operand: operand.width)
    return [_extended(widest, operand) for operand in types]


def choice_loads(t: FixedType, types: Types, attr: Attr) -> list[Load]:
    """The comparison and the choice."""
    return [_extended(t, operand, 2.0) for operand in types]


def sign_loads(t: FixedType, types: Types, attr: Attr) -> list[Load]:
    """A LUT for each bit, and the sign in all of them."""
    return [Load(1.0, 1.0 + t.width)]


def select_loads(t: FixedType, types: Types, attr: Attr) -> list[Load]:
    """The condition chooses each bit of the result."""
    return [Load(t.width, t.width), *(_extended(t, operand) for operand in types[1:])]


def booth_loads(t: FixedType, types: Types, attr: Attr) -> list[Load]:
    """Each bit of the value is taken once or twice; the digit chooses for each bit of the result."""
    return [_extended(t, types[0], 2.0), Load(t.width, t.width)]


def mul_loads(t: FixedType, types: Types, attr: Attr) -> list[Load]:
    """The slices; or Booth rows, of which the narrow operand gives the digits."""
    taken = slices(types[0], types[-1])
    if taken:
        return [Load(taken, taken) for _ in types]
    widest = max(operand.width for operand in types)
    return [Load(widest + 1.0, widest + 1.0) for _ in types]


def table_loads(t: FixedType, types: Types, attr: Attr) -> list[Load]:
    """All LUTs of the table."""
    pins = t.width * 2.0 ** max(0, types[0].width - 6)
    return [Load(pins, pins)]


# ------------------------------------------------------------------ wires

#: The operand and the bit of it that each bit of the result is; None where a LUT computes it.
Wires = Callable[[FixedType, Types, Attr], list[tuple[int, int]] | None]


def no_wires(t: FixedType, types: Types, attr: Attr) -> list[tuple[int, int]] | None:
    """A LUT computes the result."""
    return None


def _from(operand: FixedType, t: FixedType, low: int) -> list[tuple[int, int]]:
    """Bits from ``low`` on; bits below the lowest are 0 and counted as that."""
    return [(0, min(max(i + low, 0), operand.width - 1)) for i in range(t.width)]


def same_wires(t: FixedType, types: Types, attr: Attr) -> list[tuple[int, int]] | None:
    """The low bits of the operand."""
    return _from(types[0], t, 0)


def shl_wires(t: FixedType, types: Types, attr: Attr) -> list[tuple[int, int]] | None:
    """The bits of the operand above zeros."""
    return _from(types[0], t, -attr[0])


def slice_wires(t: FixedType, types: Types, attr: Attr) -> list[tuple[int, int]] | None:
    """Bits of the operand."""
    return _from(types[0], t, attr[1])


def round_wires(t: FixedType, types: Types, attr: Attr) -> list[tuple[int, int]] | None:
    """The high bits of the operand, where they are not incremented."""
    return None if rounds(attr) else _from(types[0], t, attr[0])


def concat_wires(t: FixedType, types: Types, attr: Attr) -> list[tuple[int, int]] | None:
    """Bits of both operands."""
    low, high = min(attr[0], t.width), max(0, t.width - attr[0])
    below = [(1, min(i, types[1].width - 1)) for i in range(low)]
    return below + [(0, min(i, types[0].width - 1)) for i in range(high)]
