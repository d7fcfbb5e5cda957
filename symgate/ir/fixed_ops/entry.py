"""What an entry of the table of fixed-point operators holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symgate.ir.domains import Interval
from symgate.ir.fixed_ops.costs import Cost, no_luts
from symgate.ir.fixed_ops.delay_rules import (
    Delay,
    Loads,
    Wires,
    no_delay,
    no_wires,
    one_load,
)
from symgate.ir.lossy import Attr, Types


def same(attr: Attr, *fracs: int) -> int:
    """The binary point that all operands share; raise TypeError where they differ."""
    if len(set(fracs)) != 1:
        raise TypeError(
            f"operands have binary points {fracs}, which must be equal; align them with shl() first"
        )
    return fracs[0]


def nothing_wrong(attr: Attr, types: Types) -> str | None:
    """Every operand and attribute is fine."""
    return None


@dataclass(frozen=True)
class Op:
    """Everything the compiler knows about one fixed-point operator.

    ``cpp`` is a C++ expression: ``{0}`` is operand 0 as ``ap_fixed``, ``{t0}`` the same in the
    format of the result, ``{i0}`` its raw bits as ``ap_int`` or ``ap_uint``, ``{u0}`` as
    ``ap_uint``, ``{s0}`` as ``ap_int``, ``{t}`` the format of the result, ``{w}`` its width,
    ``{a0}`` the first attribute, ``{cast}`` the ``ap_fixed`` that the attributes ``width``,
    ``signed`` and ``mode`` describe, ``{wide}`` operand 0 with at least as many bits as the
    attribute ``drop`` says. With ``bits`` the expression gives the raw bits of the result, else
    its value. Operators that only move bits, and tables, are printed by the backend.
    """

    name: str
    fn: Callable[..., Any]  # on raw integers: the meaning
    spec: Callable[..., Fraction]  # (attr, types, *operand values) -> real result
    cpp: str
    interval: Callable[[Attr, Sequence[Interval], Types], Interval]
    frac: Callable[..., int] = same  # (attr, *operand fracs) -> binary point of the result
    bits: bool = False
    arity: int = 2
    attrs: tuple[str, ...] = ()
    commutative: bool = False
    luts: Cost = no_luts
    delay: Delay = no_delay  # of its cells, behind the nets that its operands come by
    loads: Loads = one_load  # pins that bits of its operands drive
    wires: Wires = no_wires  # where the bits of the result are from
    check: Callable[[Attr, Types], str | None] = nothing_wrong  # what is wrong with the operands


def on_ranges(fn: Callable[..., Interval]) -> Callable[[Attr, Sequence[Interval], Types], Interval]:
    """The interval of an operator as a function of its operands' ranges alone."""
    return lambda attr, ranges, types: fn(*ranges)


def on_values(fn: Callable[..., Fraction]) -> Callable[..., Fraction]:
    """The meaning in real numbers as a function of the operands alone."""
    return lambda attr, types, *values: fn(*values)


def corners(
    fn: Callable[..., int],
) -> Callable[[Attr, Sequence[Interval], Types], Interval]:
    """The exact image of a function that is monotone in its only operand."""

    def rule(attr: Attr, ranges: Sequence[Interval], types: Types) -> Interval:
        (x,) = ranges
        return Interval.hull(fn(x.lo, *attr), fn(x.hi, *attr))

    return rule
