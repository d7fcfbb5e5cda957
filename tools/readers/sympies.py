"""Expressions of SymPy, printed by its printers and evaluated by itself."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from symgate.frontend.load import Options
from tools.readers.compare import Points, Program

POINTS = 8
#: Time of the processor that SymPy has for one expression.
SECONDS = 5
#: The printers of SymPy, and the name that a file of each has.
SUFFIXES = {"sympy": ".txt", "srepr": ".txt", "latex": ".tex", "c": ".c", "python": ".py"}


class Slow(BaseException):
    """SymPy took too long; no Exception, so that nothing swallows it."""


def _leaf(rng: random.Random, sympy: Any) -> Any:
    x, y = sympy.symbols("x y")
    leaves = (
        x,
        y,
        x,
        y,
        sympy.Integer(rng.randint(-9, 9)),
        sympy.Rational(rng.randint(-9, 9), rng.randint(2, 9)),
        sympy.Float(f"{rng.uniform(-4, 4):.5g}"),
        sympy.pi,
        sympy.E,
    )
    return rng.choice(leaves)


def _test(rng: random.Random, sympy: Any, depth: int) -> Any:
    a, b = _tree(rng, sympy, depth - 1), _tree(rng, sympy, depth - 1)
    relation = rng.choice([sympy.Lt, sympy.Le, sympy.Gt, sympy.Ge, sympy.Ne, sympy.Eq])(a, b)
    if rng.random() < 0.3:
        other = sympy.symbols("x") > rng.randint(-2, 2)
        return rng.choice([sympy.And, sympy.Or])(relation, other)
    return sympy.Not(relation) if rng.random() < 0.1 else relation


def _tree(rng: random.Random, sympy: Any, depth: int) -> Any:
    if depth <= 0 or rng.random() < 0.15:
        return _leaf(rng, sympy)
    a, b = _tree(rng, sympy, depth - 1), _tree(rng, sympy, depth - 1)
    forms: tuple[Callable[[], Any], ...] = (
        lambda: a + b,
        lambda: a - b,
        lambda: a * b,
        lambda: a / (1 + b**2),
        lambda: a ** rng.randint(2, 4),
        lambda: sympy.sin(a),
        lambda: sympy.cos(a),
        lambda: sympy.tanh(a),
        lambda: sympy.exp(-(a**2)),
        lambda: sympy.sqrt(1 + a**2),
        lambda: sympy.log(2 + sympy.Abs(a)),
        lambda: sympy.Abs(a),
        lambda: sympy.Max(a, b),
        lambda: sympy.Min(a, b),
        lambda: sympy.atan2(a, 1 + b**2),
        lambda: sympy.atan(a),
        lambda: sympy.floor(a),
        lambda: sympy.ceiling(a),
        lambda: sympy.sign(a),
        lambda: sympy.erf(a),
        lambda: sympy.Piecewise((a, _test(rng, sympy, depth)), (b, True)),
        lambda: sympy.cbrt(1 + a**2),
        lambda: sympy.sinh(sympy.tanh(a)),
        lambda: (1 + a**2) ** sympy.Rational(rng.randint(-5, 5), 3),
        lambda: sympy.asin(sympy.tanh(a)),
        lambda: 2 ** sympy.sin(a),
        lambda: sympy.Mod(a, rng.randint(2, 4)),
    )
    return rng.choice(forms)()


def make(count: int, seed: int) -> tuple[Sequence[Program], Points]:
    """``count`` expressions in one of SymPy's printed forms, and what SymPy computes.

    Left out is what SymPy itself has no value for or writes otherwise than it means (`_written`), and
    what takes it over `SECONDS`: two in ten thousand are powers of sums that it multiplies out for minutes.
    """
    import sympy

    draw = np.random.default_rng(seed)
    points = {"x": draw.uniform(-3, 3, POINTS), "y": draw.uniform(-3, 3, POINTS)}
    programs, number = list[Program](), 0
    while len(programs) < count:
        number += 1
        try:
            with limited(SECONDS):
                found = _program(random.Random(f"{seed}/{number}"), points, sympy)
        except (RecursionError, Slow):
            continue  # of SymPy, where it orders a relation
        programs += [found] if found else []
    return programs, points


def _program(rng: random.Random, points: Points, sympy: Any) -> Program | None:
    """One expression; None where it is left out."""
    e = _tree(rng, sympy, rng.randint(1, 4))
    dialect = rng.choice(list(SUFFIXES))
    none = sympy.zoo, sympy.nan, sympy.oo, sympy.I, sympy.re, sympy.im, sympy.arg
    if not e.free_symbols or e.has(*none):
        return None
    text = _written(e, dialect, sympy)
    if text is None:
        return None
    pairs = zip(points["x"].tolist(), points["y"].tolist(), strict=True)
    truth = np.array([_value(_computed(e, pair, sympy)) for pair in pairs])
    return Program(text, SUFFIXES[dialect], truth, Options(dialect=dialect))


def _computed(e: Any, pair: Sequence[float], sympy: Any) -> Any:
    """The value at a point; with Mod the slow way, since the quick one prints it as Python."""
    names = sympy.symbols("x y")
    if e.has(sympy.Mod):
        return e.evalf(17, subs=dict(zip(names, map(sympy.Float, pair), strict=True)))
    return sympy.lambdify(names, e, "mpmath")(*pair)


def _written(e: Any, dialect: str, sympy: Any) -> str | None:
    """What SymPy prints; None where that is no program, or one of other values: C's fmod has another
    sign than Mod, and LaTeX and Python lack brackets, as in ``2*y % 4`` for ``2*Mod(y, 4)``.
    """
    if dialect in ("c", "latex", "python") and e.has(sympy.Mod):
        return None
    text = {
        "sympy": lambda: f"[{e}]",
        "srepr": lambda: sympy.srepr(e),
        "latex": lambda: sympy.latex(e),
        "c": lambda: f"double f(double x, double y) {{ return {sympy.ccode(e)}; }}",
        "python": lambda: f"import math\ndef f(x, y):\n    return {sympy.pycode(e)}\n",
    }[dialect]()
    return None if "Not supported" in text else text


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise `Slow` inside where it takes more than so much time of the processor."""

    def stop(signum: int, frame: object) -> None:
        raise Slow

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _value(value: Any) -> float:
    return float("nan") if getattr(value, "imag", 0) else float(value)
