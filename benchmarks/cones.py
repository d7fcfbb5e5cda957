"""Parts of an expression that depend on one value: what a careful user of a table-based tool writes
as one table.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symgate.ir.evaluate import evaluate
from symgate.ir.expr import CONST, VAR, Expr, const, make, postorder, substitute, var

ALGEBRA = frozenset({CONST, VAR, "add", "mul", "pow"})  # the rest needs a table
Function = Callable[[Any], Any]


def transcendental(e: Expr) -> bool:
    """Whether some node below ``e`` needs a table (a power does unless its exponent is a whole
    number).
    """
    return any(n.op not in ALGEBRA or (n.op == "pow" and whole(n) is None) for n in postorder([e]))


def whole(e: Expr) -> int | None:
    """The exponent of a power, where it is a positive whole number."""
    n = e.args[1].value if e.args[1].is_const else Fraction(0)
    return int(n) if n.denominator == 1 and n > 0 else None


def core(e: Expr, known: dict[Expr, Expr | None]) -> Expr | None:
    """The one value through which ``e`` depends on the inputs; None for a constant. At worst ``e``
    itself.
    """
    for n in postorder([e]):
        if n not in known:
            below = {known[a] for a in n.args} - {None}
            known[n] = (
                None
                if n.op == CONST or (not below and n.args)
                else below.pop()
                if len(below) == 1
                else n
            )
    return known[e]


def split(e: Expr) -> tuple[Fraction, Expr | None]:
    """``e`` as a constant times the rest."""
    if e.is_const:
        return Fraction(e.value), None
    if e.op != "mul":
        return Fraction(1), e
    factor = Fraction(1)
    for a in e.args:
        factor *= a.value if a.is_const else 1
    rest = [a for a in e.args if not a.is_const]
    return factor, make("mul", *rest) if len(rest) > 1 else rest[0] if rest else None


@dataclass(frozen=True)
class Cone:
    """A function of one value: ``function`` takes arrays of the value ``base``."""

    base: Expr
    function: Function
    period: float | None  # in the units of ``base``


def cone(e: Expr, base: Expr) -> Cone:
    """``e`` as a function of ``base``."""
    body = substitute([e], {base: var("u")})[0]
    return Cone(base, _callable(body), _period(body))


def _callable(body: Expr) -> Function:
    return lambda u: np.broadcast_to(evaluate([body], {"u": np.asarray(u, float)})[0], np.shape(u))


def _period(body: Expr) -> float | None:
    """The period of a function that sees its operand through sines and cosines of one frequency
    only.
    """
    waves = {n: n.args[0] for n in postorder([body]) if n.op in ("sin", "cos")}
    outside = substitute([body], dict.fromkeys(waves, const(0)))[0]
    if not waves or any(n.op == VAR for n in postorder([outside])):
        return None
    frequencies = {_slope(argument) for argument in waves.values()}
    if len(frequencies) != 1 or None in frequencies:
        return None
    turn = 2 * math.pi / (frequencies.pop() or 1.0)
    u, f = np.linspace(0, turn, 97), _callable(body)
    return turn / 2 if np.allclose(f(u), f(u + turn / 2), atol=1e-12) else turn


def _slope(argument: Expr) -> float | None:
    """How fast an affine argument turns; None where it is not affine."""
    at = [float(v) for v in evaluate([argument], {"u": np.array([0.0, 1.0, 3.0])})[0]]
    steps = at[1] - at[0], (at[2] - at[0]) / 3
    return round(abs(steps[0]), 12) if math.isclose(*steps, rel_tol=1e-12) else None
