"""Ranges whose ends lie between the last two codes of a format: the last one counts as inside.

Such a code is left out by rounding, not on purpose, and an input would need a comparison to saturate
there. It is taken in where all expressions are defined on it, so that what is certified covers it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from symgate.frontend.removable import is_defined
from symgate.ir.design import Input
from symgate.ir.expr import Expr, variables

#: What an end that is itself excluded moves inwards: far less than the step of any format.
EXCLUDED = Fraction(1, 2**200)


def with_last_codes(inputs: Sequence[Input], outputs: Mapping[str, Expr]) -> tuple[Input, ...]:
    """``inputs``, of which each has the first and the last code of its format in its range where its
    stated range ends less than a step away, and ``outputs`` are defined there.
    """
    found = list(inputs)
    for k, port in enumerate(inputs):
        for wider in _candidates(port):
            tried = (*found[:k], wider, *found[k + 1 :])
            reading = [e for e in outputs.values() if port.name in variables([e])]
            if all(is_defined(e, tried) for e in reading):
                found[k] = wider
                break
    return tuple(found)


def _candidates(port: Input) -> list[Input]:
    """The port with both ends, the lower or the upper one moved to that of its format, where they
    can be.
    """
    if port.stated is None:
        return []
    lowest, highest = (Fraction(raw) * port.type.ulp for raw in (port.type.lo, port.type.hi))
    lower = lowest if _is_between(port, lowest, port.lo, port.stated[0]) else port.lo
    upper = highest if _is_between(port, highest, port.hi, port.stated[1]) else port.hi
    ends = dict.fromkeys([(lower, upper), (lower, port.hi), (port.lo, upper)])
    return [replace(port, lo=a, hi=b) for a, b in ends if (a, b) != (port.lo, port.hi)]


def _is_between(port: Input, last: Fraction, inside: Fraction, stated: Fraction) -> bool:
    """Whether ``stated`` lies between the last code and the one before it."""
    is_next = abs(last - inside) == port.type.ulp
    is_excluded = abs(last - stated) <= EXCLUDED
    return is_next and stated != inside and not is_excluded
