"""Expressions without variables as numbers.

A ball around a comparison of two equal numbers holds both answers, and its middle is neither: there
fractions decide, as far as they go, and what nothing decides has no value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from symgate.errors import InputError
from symgate.ir.evaluate import constant_value, meaning
from symgate.ir.exactly import EXACTLY, value_at
from symgate.ir.expr import CONST, Expr, const, rebuild, with_args
from symgate.ir.exprtext import brief

#: Bits, relative to it, from which on the middle of a ball counts as its number.
_CLOSE = 100
#: What counts as 0 at the last precision: a sum in which all digits cancel.
_ZERO = 2.0**-1000
#: Digits of a number, in front of or behind its point, that would fill the memory.
_MOST_BITS = 100_000


def rational(e: Expr) -> Fraction:
    """A constant expression as a fraction: exact, or within 2^-100 relative where it is irrational.

    Raise InputError where it has no value, or where a jump in it is not decided.
    """
    found = constant(e)
    if found is None:
        raise _undecided(e)
    return found


def constant(e: Expr) -> Fraction | None:
    """The same; None where it has no value, a giant one, or is not decided."""
    if e.op == CONST:
        exact: Fraction = e.value
        return exact
    if _is_close(ball := constant_value(e)):
        return _middle(ball)
    for found in _ever_closer(e):
        if isinstance(found, Fraction):
            return found
        if _is_close(found):
            return _middle(found)
    cancels = found.is_finite() and abs(found) < _ZERO
    return Fraction(0) if cancels else None


def with_decided(outputs: Mapping[str, Expr]) -> dict[str, Expr]:
    """``outputs`` with a number for each comparison and rounding of numbers alone.

    Raise InputError where no precision decides it.
    """
    changed = rebuild(outputs.values(), lambda e, args: _decided(with_args(e, args)))
    return dict(zip(outputs, changed, strict=True))


def _decided(e: Expr) -> Expr:
    if not e.closed or not e.args or meaning(e).derivative is not None:
        return e
    if e.op == "where" and e.args[0].op == CONST:
        return e.args[1] if e.args[0].value else e.args[2]
    if not constant_value(e).is_finite():
        return e  # undefined: the check of the domains says where
    for found in _ever_closer(e):
        if isinstance(found, Fraction):
            return const(found)
        if found.is_exact() and (value := _middle(found)) is not None:
            return const(value)
    if e.op == "mod" and _is_close(found):
        return e
    raise _undecided(e)


def _ever_closer(e: Expr) -> Iterator[Any]:
    """The value of ``e`` at rising precision: a fraction, or a ball."""
    import flint

    for bits in EXACTLY.precisions:
        with flint.ctx.workprec(bits):
            yield value_at(e, {})


def _undecided(e: Expr) -> InputError:
    return InputError(
        f"'{brief(e, 60)}' is no number that can be decided: it has no value, or jumps where two of "
        f"its parts agree in {EXACTLY.precisions[-1]:,} bits",
        expected="numbers that differ, or are fractions",
        remedy="write the value that is meant",
    )


def _is_close(ball: Any) -> bool:
    return bool(ball.is_finite() and ball.rel_accuracy_bits() >= _CLOSE)


def _middle(ball: Any) -> Fraction | None:
    mantissa, exponent = map(int, ball.mid().man_exp())
    if abs(exponent) > _MOST_BITS:
        return None
    return Fraction(mantissa) * Fraction(2) ** exponent
