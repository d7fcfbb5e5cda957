"""Random datapaths for tests of error propagation: values computed from values, each with a local
error.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from symgate.ir.evaluate import evaluate
from symgate.ir.expr import Expr, const, make, var

INPUTS = ("x", "y")
#: Functions of one value that jump nowhere, and some that do.
SMOOTH = [
    lambda t: make("sin", 3 * t),
    lambda t: make("exp", -(t * t)),
    lambda t: make("tanh", t) * t,
    lambda t: make("sqrt", t * t + Fraction(1, 4)),
    lambda t: make("abs", t - Fraction(1, 3)),
    lambda t: make("relu", t) + make("abs", t),
    lambda t: make("min", t, Fraction(1, 2) - t * t),
    lambda t: make("max", make("sin", 9 * t), const(0)),
]
JUMPING = [
    lambda t: make("floor", 2 * t),
    lambda t: make("sign", t - Fraction(1, 5)),
    lambda t: t - make("floor", t),
    lambda t: make("where", make("lt", t, const(Fraction(1, 4))), 3 * t, t * t),
    lambda t: make("where", make("lt", t, const(0)), const(0), 5 * t),
    lambda t: make("round", 3 * make("sin", 5 * t)),
    lambda t: make("mod", t, const(Fraction(3, 4))),
]


@dataclass(frozen=True)
class Local:
    """One value: ``expr`` over inputs and earlier values, plus an error in [lo, hi]."""

    name: str
    expr: Expr
    lo: float
    hi: float
    boolean: bool = False


def random_values(rng: random.Random, size: int, jumps: bool = True) -> list[Local]:
    """``size`` values, late ones on early ones."""
    out: list[Local] = []
    while (i := len(out)) < size:
        reals = [var(n) for n in INPUTS] + [var(v.name) for v in out if not v.boolean]
        bits = [var(v.name) for v in out if v.boolean]
        name = f"v{i}"
        kind = rng.random()
        if jumps and kind < 0.15:
            e = make(rng.choice(["lt", "le", "gt", "ge"]), *_pick(rng, reals, 2))
            out.append(Local(name, e, 0.0, 0.0, boolean=True))
        elif jumps and bits and kind < 0.3:
            out.append(
                _with_error(rng, name, make("where", rng.choice(bits), *_pick(rng, reals, 2)))
            )
        elif len(bits) > 1 and kind < 0.35:
            e = rng.choice([make("not", bits[-1]), make("and", *bits[-2:]), make("or", *bits[-2:])])
            out.append(Local(name, e, 0.0, 0.0, boolean=True))
        else:
            out.append(_with_error(rng, name, _real(rng, reals, jumps)))
        if out[-1].expr in (v.expr for v in out[:-1]):
            out.pop()  # two values are never the same expression
    return out


def _pick(rng: random.Random, values: list[Expr], count: int) -> list[Expr]:
    return [values[int(len(values) * rng.random() ** 0.5)] for _ in range(count)]


def _real(rng: random.Random, values: list[Expr], jumps: bool) -> Expr:
    x, y = _pick(rng, values, 2)
    scale = const(Fraction(rng.randint(-8, 8), 8))
    rules: list[Callable[[], Expr]] = [
        lambda: make("add", make("mul", scale, x), y, const(Fraction(rng.randint(-4, 4), 4))),
        lambda: make("add", x, make("mul", const(-1), y)),
        lambda: make("mul", make("sin", x), y),
        lambda: make("min", x, y),
        lambda: make("max", x, y),
        lambda: make("sin", make("mul", x, scale)),
        lambda: rng.choice(SMOOTH)(x),
        lambda: rng.choice(JUMPING if jumps else SMOOTH)(x),
    ]
    return rng.choice(rules)()


def _with_error(rng: random.Random, name: str, e: Expr) -> Local:
    ends = sorted((rng.uniform(-1, 1), rng.uniform(-1, 1)))
    size = rng.choice([0.0, 2.0**-10, 2.0**-6, 2.0**-4])
    return Local(name, e, ends[0] * size, ends[1] * size)


Columns = dict[str, np.ndarray]


def run_both(
    values: list[Local], inputs: Columns, rng: np.random.Generator
) -> tuple[Columns, Columns]:
    """All values without errors, and with errors drawn from the ends and the inside of their
    intervals.
    """
    exact, moved = dict(inputs), dict(inputs)
    rows = len(next(iter(inputs.values())))
    for v in values:
        exact[v.name] = np.broadcast_to(evaluate([v.expr], exact)[0], (rows,))
        share = np.clip(rng.uniform(-0.5, 1.5, rows), 0, 1)
        moved[v.name] = (
            np.broadcast_to(evaluate([v.expr], moved)[0], (rows,)) + v.lo + share * (v.hi - v.lo)
        )
    return exact, moved
