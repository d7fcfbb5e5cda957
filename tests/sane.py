"""Random expressions over every operator, whose operands stay inside their domains and whose values
stay small.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint
from hypothesis import strategies as st

from symgate.ir.boxes import Box
from symgate.ir.evaluate import balls, boxes
from symgate.ir.expr import Expr, Program, const, make, var
from symgate.ir.operators import (
    ABOVE_MINUS_ONE,
    ABOVE_ONE,
    NON_NEGATIVE,
    NON_ZERO,
    OPEN_UNIT,
    OPERATORS,
    POSITIVE,
    UNIT,
    Domain,
)

RANGES = {"x": (-1.5, 2.0), "y": (0.25, 1.75), "z": (-1.0, 1.0)}
LARGEST = 30.0

#: What brings any value into a domain.
_FIT: dict[Domain, Callable[[Expr], Expr]] = {
    POSITIVE: lambda a: a * a + Fraction(1, 4),
    NON_ZERO: lambda a: make("square", a) + Fraction(1, 2),
    NON_NEGATIVE: lambda a: make("abs", a),
    UNIT: lambda a: Fraction(7, 8) * make("sin", a),
    OPEN_UNIT: lambda a: Fraction(7, 8) * make("cos", a),
    ABOVE_ONE: lambda a: 1 + make("square", a),
    ABOVE_MINUS_ONE: lambda a: make("square", a) - Fraction(1, 2),
}
constants = st.one_of(
    st.integers(-4, 4),
    st.sampled_from([Fraction(1, 2), Fraction(-3, 4), Fraction(1, 3), Fraction(7, 10)]),
)
_REAL = [
    op
    for op in OPERATORS.values()
    if not op.boolean and op.arity != 0 and op.name not in ("where", "pow", "hold")
]
_COMPARE = ["lt", "le", "gt", "ge", "eq", "ne"]


def spans_of(e: Expr) -> tuple[float, float]:
    """The interval of an expression over `RANGES`."""
    return boxes([e], {n: Box.exact(*r) for n, r in RANGES.items()})[e].span


def tame(e: Expr) -> Expr:
    """``e``, brought back where it can be large."""
    lo, hi = spans_of(e)
    if not (-LARGEST < lo <= hi < LARGEST):
        return make("tanh", e)
    return e


@st.composite
def reals(draw: Any, depth: int = 3) -> Expr:
    """A real-valued expression."""
    kind = draw(st.integers(0, 9)) if depth else 0
    if kind <= 1:
        return draw(st.one_of(st.sampled_from(list(RANGES)).map(var), constants.map(const)))
    if kind == 2:
        return make(
            "where", draw(conditions(depth - 1)), draw(reals(depth - 1)), draw(reals(depth - 1))
        )
    if kind == 3:
        return draw(powers(depth - 1))
    if kind <= 6:
        args = draw(st.lists(reals(depth - 1), min_size=2, max_size=4))
        return tame(make(draw(st.sampled_from(["add", "add", "mul"])), *args))
    op = draw(st.sampled_from(_REAL))
    size = op.arity or draw(st.integers(2, 3))
    args = [draw(reals(depth - 1)) for _ in range(size)]
    fitted = [
        _fitted(op.name, a, d) for a, d in zip(args, [*op.domain, *[None] * size], strict=False)
    ]
    return tame(make(op.name, *fitted))


def _fitted(name: str, a: Expr, domain: Domain | None) -> Expr:
    if name in ("tan", "exp", "exp2", "expm1", "sinh", "cosh", "cube"):
        a = make("sin", a)
    return a if domain is None else _FIT[domain](a)


@st.composite
def powers(draw: Any, depth: int) -> Expr:
    """``a**b``: whole, broken and variable exponents."""
    base = draw(reals(depth))
    exponent = draw(
        st.one_of(
            st.integers(-3, 4), st.sampled_from([Fraction(1, 2), Fraction(3, 2), Fraction(-1, 3)])
        )
    )
    if draw(st.booleans()) and depth:
        return tame(
            make("pow", _FIT[POSITIVE](make("sin", base)), make("sin", draw(reals(depth - 1))))
        )
    whole = Fraction(exponent).denominator == 1
    base = base if whole and exponent >= 0 else _FIT[POSITIVE](base)
    return tame(make("pow", base, const(exponent)))


@st.composite
def conditions(draw: Any, depth: int) -> Expr:
    """A comparison, or logic of comparisons."""
    compare = make(
        draw(st.sampled_from(_COMPARE)),
        draw(reals(max(depth - 1, 0))),
        draw(reals(max(depth - 1, 0))),
    )
    kind = draw(st.integers(0, 3)) if depth else 0
    if kind < 2:
        return compare
    if kind == 2:
        return make("not", compare)
    return make(draw(st.sampled_from(["and", "or"])), compare, draw(conditions(depth - 1)))


#: Programs with one to three outputs, which may share parts.
programs = st.lists(reals(4), min_size=1, max_size=3).map(
    lambda es: Program(tuple(RANGES), tuple((f"out{i}", e) for i, e in enumerate(es)))
)
points = st.lists(
    st.tuples(*(st.integers(int(lo * 256), int(hi * 256)) for lo, hi in RANGES.values())),
    min_size=4,
    max_size=8,
)


def differences(one: Program, other: Program, at: list[tuple[int, ...]]) -> list[str]:
    """Outputs that have disjoint enclosures at some point (x * 256 of each input), and how many
    were compared.
    """
    found = []
    with flint.ctx.workprec(200):
        for point in at:
            env = {n: flint.arb(k) / 256 for n, k in zip(RANGES, point, strict=True)}
            x, y = balls(one.roots, env), balls(other.roots, env)
            if any(e.op == "atan2" and all(x[a].contains(0) for a in e.args) for e in x):
                continue  # no angle at the origin: a program that reaches it is refused
            for (name, a), (_, b) in zip(one.outputs, other.outputs, strict=True):
                if x[a].is_finite() and y[b].is_finite() and not x[a].overlaps(y[b]):
                    found.append(f"{name} at {point}: {x[a]} is not {y[b]}")
                if not y[b].is_finite() and x[a].is_finite() and all(map(_is_sharp, x.values())):
                    found.append(f"{name} at {point}: {x[a]} has become undefined")
    return found


def _is_sharp(ball: Any) -> bool:
    """Whether a value is known: a condition that balls cannot decide leaves both of its branches,
    and a hull of two values may leave the domain of what follows, where neither does.
    """
    return not ball.is_finite() or ball.rad() < 1e-30
