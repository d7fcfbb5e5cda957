"""Expressions of SymPy, printed by its printers and evaluated by itself."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symgate.frontend.load import Options
from tools.readers.compare import Points, Program

POINTS = 8


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
    """``count`` expressions in one of SymPy's printed forms, and what SymPy computes."""
    import sympy

    x, y = sympy.symbols("x y")
    draw = np.random.default_rng(seed)
    points = {"x": draw.uniform(-3, 3, POINTS), "y": draw.uniform(-3, 3, POINTS)}
    printers: dict[str, tuple[str, Callable[[Any], str]]] = {
        "sympy": (".txt", lambda e: f"[{e}]"),
        "srepr": (".txt", sympy.srepr),
        "latex": (".tex", sympy.latex),
        "c": (".c", lambda e: f"double f(double x, double y) {{ return {sympy.ccode(e)}; }}"),
        "python": (".py", lambda e: f"import math\ndef f(x, y):\n    return {sympy.pycode(e)}\n"),
    }
    programs, number = list[Program](), 0
    while len(programs) < count:
        number += 1
        rng = random.Random(f"{seed}/{number}")
        try:
            e = _tree(rng, sympy, rng.randint(1, 4))
        except RecursionError:
            continue  # of SymPy, where it orders a relation
        dialect = rng.choice(list(printers))
        if not e.free_symbols or e.has(
            sympy.zoo, sympy.nan, sympy.oo, sympy.I, sympy.re, sympy.im, sympy.arg
        ):
            continue
        if dialect in ("c", "latex") and e.has(sympy.Mod):
            continue  # SymPy writes fmod, and leaves brackets out: other values than its own
        suffix, printed = printers[dialect]
        text = printed(e)
        if "Not supported" in text:
            continue
        f = sympy.lambdify([x, y], e, "mpmath")
        truth = [
            _value(f(float(a), float(b))) for a, b in zip(points["x"], points["y"], strict=True)
        ]
        programs.append(Program(text, suffix, np.array(truth), Options(dialect=dialect)))
    return programs, points


def _value(value: Any) -> float:
    return float("nan") if getattr(value, "imag", 0) else float(value)
