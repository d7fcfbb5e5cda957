"""What the errors of single values of a network of tables add up to, exactly: in rational numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from symgate.ir.expr import CONST, Expr
from symgate.ir.operators.families import steps_of

#: What a value can be off by: the least and the most.
Error = tuple[Fraction, Fraction]
NONE: Error = (Fraction(0), Fraction(0))
#: Edges of a table up to which all pairs of its values are looked at.
_MOST_EDGES = 1 << 12


def with_zero(error: Error) -> Error:
    """An error that may also be 0."""
    return min(error[0], Fraction(0)), max(error[1], Fraction(0))


def plus(errors: Sequence[Error]) -> Error:
    """The error of a sum."""
    lows, highs = zip(*errors, strict=True) if errors else ((), ())
    return sum(lows, Fraction(0)), sum(highs, Fraction(0))


def times(error: Error, factor: Fraction) -> Error:
    """The error of a multiple."""
    a, b = (side * factor for side in error)
    return min(a, b), max(a, b)


def size(error: Error) -> Fraction:
    """The largest error, without its sign."""
    return max(-error[0], error[1])


def moved(e: Expr, errors: Mapping[Expr, Error], unit: Fraction) -> Error | None:
    """What errors of operands do to an operator that is no sum; None where that is not known.

    ``unit`` is what operands may differ by on top of that, for whoever checks it on wider cells.
    """
    given = [errors.get(operand, NONE) for operand in e.args if operand.op != CONST]
    if all(error == NONE for error in given):
        return NONE
    if e.op in ("min", "max", "relu", "hold"):
        return with_zero((min(lo for lo, _ in given), max(hi for _, hi in given)))
    if e.op == "abs":
        most = size(given[0])
        return -most, most
    if steps_of(e.op) is not None:
        most = largest_change(e.op, size(given[0]) + unit)
        return -most, most
    return None


def largest_change(op: str, reach: Fraction) -> Fraction:
    """How far two values of a table of steps are apart at most whose arguments are at most
    ``reach`` apart.
    """
    found = steps_of(op)
    assert found is not None
    first, edges = found
    values = [first, *(value for _, value in edges)]
    whole = max(values) - min(values)
    if len(edges) > _MOST_EDGES:
        return whole
    # from just below edge i to edge j
    places = np.array([float(place) for place, _ in edges])
    levels = np.array([float(value) for value in values])
    last = np.searchsorted(places, places + np.nextafter(float(reach), np.inf), side="right")
    most = 0.0
    for i, end in enumerate(last.tolist()):
        window = np.abs(levels[i + 1 : end + 1] - levels[i])
        most = max(most, float(window.max(initial=0.0)))
    return min(whole, Fraction(np.nextafter(most, np.inf))) if most else Fraction(0)
