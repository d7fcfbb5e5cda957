"""Adders bit by bit: what needs no chain is passed by or becomes logic, the rest is one carry
chain.
"""

from __future__ import annotations

from collections.abc import Sequence

from symgate.backends.xilinx import truth
from symgate.backends.xilinx.net import FALSE, LUT_INPUTS, Net

#: Levels of LUTs, of two bits and more each, that may compute the carry of low bits that nothing
#: reads.
_CARRY_LEVELS = 2


def adder(
    net: Net, a: Sequence[int], b: Sequence[int], carry: int, seen: Sequence[bool]
) -> list[int]:
    """The literals of ``a + b + carry`` modulo 2^len(a); those that are not ``seen`` may be
    anything.
    """
    out: list[int] = []
    carry = _pass_by(net, a, b, carry, out)
    for _ in range(_CARRY_LEVELS):
        group = _unseen_group(net, a, b, carry, seen, len(out))
        for k in range(len(out), len(out) + group):
            carry = net.function(truth.MAJORITY, (a[k], b[k], carry))
            out.append(FALSE)
        if group:
            carry = _pass_by(net, a, b, carry, out)
    first = len(out)
    rest = [*a[first:], *b[first:]]
    if len(leaves(net, [*rest, carry])) <= LUT_INPUTS:
        return out + _ripple(net, a[first:], b[first:], carry)
    return out + net.chain(a[first:], b[first:], carry)


def _pass_by(net: Net, a: Sequence[int], b: Sequence[int], carry: int, out: list[int]) -> int:
    """Append the low bits that are wires, because two of the three bits added are equal or
    opposite.
    """
    while len(out) < len(a):
        x, y, z = a[len(out)], b[len(out)], carry
        pair = next(
            ((p, q, r) for p, q, r in ((x, y, z), (x, z, y), (y, z, x)) if p >> 1 == q >> 1), None
        )
        if pair is None:
            break
        same, other, third = pair
        out.append(third if same == other else third ^ 1)
        carry = same if same == other else third
    return carry


def _unseen_group(
    net: Net, a: Sequence[int], b: Sequence[int], carry: int, seen: Sequence[bool], first: int
) -> int:
    """How many low bits that nothing reads have a carry that is one LUT."""
    count = 0
    while first + count < len(a) - 1 and not seen[first + count]:
        last = first + count + 1
        if len(leaves(net, [*a[first:last], *b[first:last], carry])) > LUT_INPUTS:
            break
        count += 1
    return count


def _ripple(net: Net, a: Sequence[int], b: Sequence[int], carry: int) -> list[int]:
    out = []
    for x, y in zip(a, b, strict=True):
        out.append(net.function(truth.XOR3, (x, y, carry)))
        carry = net.function(truth.MAJORITY, (x, y, carry))
    return out


def save_carries(
    net: Net, columns: Sequence[tuple[int, int, int]], carry: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Two numbers whose sum is, modulo 2^len(columns), that of three, bit by bit in ``columns``,
    and of ``carry``.
    """
    total = tuple(net.function(truth.XOR3, column) for column in columns)
    saved = (carry, *(net.function(truth.MAJORITY, column) for column in columns[:-1]))
    return total, saved


def leaves(net: Net, literals: Sequence[int]) -> set[int]:
    """The bits that ``literals`` are functions of, looking through one level of logic."""
    found: set[int] = set()
    for x in literals:
        found.update(net.fans[x >> 1] or (x >> 1,))
    return found - {0}
