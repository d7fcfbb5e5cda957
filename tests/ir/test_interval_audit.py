"""An audit of interval arithmetic: is every exact value inside the interval that is computed?

For every operator of every kind of box, rows of `tests.ir.audit.Sample` are drawn: boxes with
directed and random ends (huge, tiny, subnormal, signed zeros, infinite, near ties, near edges of
domains) and a point in each. All boxes of a sample are computed at once, by NumPy; then at *each*
point the exact value, a python-flint ball or an integer, must lie inside. 20,000 rows per operator
in normal runs, 1,000,000 in slow ones; the seed stands in the header of the run.

The kinds of boxes, and where each is audited:

- `symgate.ir.boxes.Box`: the interval of every entry of OPERATORS: here; its methods:
  tests/ir/test_interval_audit_methods.py.
- python-flint balls with a radius, the other meaning of every entry of OPERATORS: here.
- `symgate.ir.function.Function`, tables of intervals on cells; `symgate.ir.domains.Interval`,
  integers, and the interval of every entry of OPS: tests/ir/test_interval_audit_methods.py.
- sums, moduli and ranges in `passes.bounds`, fractions in `passes.domains.monotone`, codes in
  `passes.lowering`: tests/passes/test_interval_audit.py.
- `symgate.proof.spans.Span`, the tables of `symgate.proof.curves`, balls as floats
  (`symgate.proof.ballmath`), steps of `symgate.proof.chain`: tests/proof/test_interval_audit.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest

from symgate.ir import boxes, meanings
from symgate.ir.boxes import WIDENING, Box
from symgate.ir.meanings import HELD
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
    Operator,
)
from tests.ir.audit import (
    LARGEST,
    QUICK,
    Bits,
    Floats,
    Fold,
    Sample,
    outside,
    report,
    sample,
    sizes,
)

QUARTER = math.pi / 2
#: Angles near which a reduction by the period is hardest; 5.3e255 is the float closest to a pole.
ANGLES = [
    k * QUARTER for k in (*range(-8, 9), 1001, 12345, 123456789, 636619772, 636619773, 10**15)
]
ANGLES += [1e9, -1e9, 1e22, 5.319372648326541e255]
#: Where an operator changes its behaviour, overflows or underflows.
SPECIAL: dict[str, list[float]] = {
    "acos": [1.0, -1.0],
    "acosh": [1.0],
    "asin": [1.0, -1.0],
    "atanh": [1.0, -1.0],
    "ceil": [2.0**52],
    "cos": ANGLES,
    "cosh": [710.47],
    "cube": [5.64e102, 1.7e-108],
    "erf": [5.9, -5.9],
    "exp": [709.782712893384, -745.13, -708.39, 1e-16],
    "exp2": [1024.0, -1074.0, -1022.0, 1023.0],
    "expm1": [709.78, -37.4, 1e-16],
    "floor": [2.0**52],
    "gauss": [27.3, 26.6],
    "held_inv": [HELD, -HELD, 269.71121774680853, 1.4e154],
    "hypot": [1.34e154, 1e-162],
    "log": [1.0, math.e],
    "log1p": [-1.0],
    "round": [2.0**52, 2.0**52 - 0.5, 2.0**51 + 0.5],
    "sigmoid": [-745.2, -709.8, 37.0, -37.0],
    "sin": ANGLES,
    "sinc": [4.493409457909064, 7.725251836937707, 10.904121659428899, 1e9, 1e-9],
    "sphere_factor": [5.763459196894549, 9.095011330476353, 1.0, -1.0, 1e-9, 1e9],
    "sinh": [710.47, -710.47],
    "square": [1.34e154, 1.5e-162],
    "tan": ANGLES,
    "tanh": [19.1, 22.0],
}
PERIODIC = ("sin", "cos", "tan")
CONDITIONS = {"and": 3, "or": 3, "not": 1, "where": 1}  # how many operands are 0 or 1
#: Exponents that are the same in all boxes: whole ones are another rule than the others.
EXPONENTS: list[float] = [*range(-3, 11), 12, 53, -30, 1023, -1023, 2**53 + 1, 2**53 + 2, 1e300]
EXPONENTS += [0.5, -0.5, 1.5, 1 / 3, 2.7, 1e-9, 300.7]


def unit(x: Floats) -> Floats:
    return np.where(np.abs(x) > 1, 1 / x, x)


FOLDS: dict[Domain, Fold] = {
    POSITIVE: np.abs,
    NON_NEGATIVE: np.abs,
    UNIT: unit,
    OPEN_UNIT: unit,
    ABOVE_ONE: lambda x: np.clip(np.abs(np.where(np.abs(x) < 1, 1 / x, x)), 1, LARGEST),
    ABOVE_MINUS_ONE: lambda x: np.where(x < -1, 1 / x, x),
}
DEFINED: dict[Domain | None, Callable[[Floats], Bits]] = {
    None: lambda x: np.full(x.shape, True),
    POSITIVE: lambda x: x > 0,
    NON_NEGATIVE: lambda x: x >= 0,
    NON_ZERO: lambda x: x != 0,
    UNIT: lambda x: np.abs(x) <= 1,
    OPEN_UNIT: lambda x: np.abs(x) < 1,
    ABOVE_ONE: lambda x: x >= 1,
    ABOVE_MINUS_ONE: lambda x: x > -1,
}
real = pytest.mark.parametrize(
    "op",
    [op for op in OPERATORS.values() if op.arity != 0 and op.name != "pow"],
    ids=lambda op: op.name,
)


def sigmoid(x: Any) -> Any:
    """The table's ball of it overflows on the left."""
    return x.exp() / (1 + x.exp()) if x < 0 else 1 / (1 + (-x).exp())


def turning(rng: np.random.Generator, box: Box) -> Floats:
    """The floats closest to turning points and poles in a box of angles."""
    with np.errstate(all="ignore"):
        found = (np.ceil(box.lo / QUARTER) + rng.integers(0, 4, box.lo.shape)) * QUARTER
    return np.where(np.isfinite(found), found, 0.0)


def conditions(rng: np.random.Generator, s: Sample, count: int) -> Sample:
    """The first operands as 0, 1 or both."""
    boxes, points = list(s.boxes), list(s.points)
    for k in range(min(count, len(boxes))):
        kind = rng.integers(0, 3, len(points[k]))
        boxes[k] = Box(np.where(kind == 1, 1.0, 0.0), np.where(kind == 0, 0.0, 1.0))
        points[k] = np.where(rng.random(len(kind)) < 0.5, boxes[k].lo, boxes[k].hi)
    return Sample(tuple(boxes), tuple(points))


def drawn(op: Operator, rng: np.random.Generator, rows: int, arity: int) -> Sample:
    folds = [FOLDS.get(d) if d else None for d in op.domain]
    inner = turning if op.name in PERIODIC else None
    s = sample(rng, rows, arity, SPECIAL.get(op.name, ()), folds, inner)
    return conditions(rng, s, CONDITIONS.get(op.name, 0))


def defined(op: Operator, s: Sample) -> Bits:
    """Where the operator has a value."""
    if op.name == "atan2":
        return (s.points[0] != 0) | (s.points[1] != 0)
    found = np.full(s.points[0].shape, True)
    for x, domain in zip(s.points, op.domain, strict=False):
        found &= DEFINED[domain](x)
    return found


@sizes
@real
def test_interval_of_an_operator(op, rows, rng):
    audit(op, rng, rows)


def audit(op: Operator, rng: np.random.Generator, rows: int) -> None:
    truth = sigmoid if op.name == "sigmoid" else op.ball
    arities = [op.arity] if op.arity else [2, 3]
    for arity in arities:
        s = drawn(op, rng, rows // len(arities), arity)
        found = op.interval(*s.boxes)
        report(outside(op.name, found, truth, s, defined(op, s)))


@sizes
@real
def test_ball_of_an_operator(op, rows, rng):
    """Balls with a radius, which hold at least the boxes."""
    s = drawn(op, rng, rows // 4, op.arity or 2)
    finite = defined(op, s)
    for b in s.boxes:
        finite &= np.isfinite(b.lo) & np.isfinite(b.hi)
    failures = []
    columns = [side[finite].tolist() for b in s.boxes for side in (b.lo, b.hi)]
    columns += [values[finite].tolist() for values in s.points]
    size = len(s.boxes)
    with flint.ctx.workprec(128):
        for row in zip(*columns, strict=True):
            wide = [flint.arb(row[2 * k]).union(flint.arb(row[2 * k + 1])) for k in range(size)]
            point = [flint.arb(x) for x in row[2 * size :]]
            if not op.ball(*wide).overlaps(op.ball(*point)):
                failures.append(f"{op.name} of balls around {row[: 2 * size]} at {row[2 * size :]}")
    report(failures)


@sizes
@pytest.mark.parametrize("n", EXPONENTS)
def test_interval_of_a_power_with_a_constant_exponent(n, rows, rng):
    whole = Fraction(n).denominator == 1
    s = sample(rng, rows // len(EXPONENTS), 1, [1.0, -1.0], [None if whole else np.abs])
    (x,) = s.points
    found = OPERATORS["pow"].interval(s.boxes[0], Box.around(Fraction(n)))
    exists = (x > 0) | ((x < 0) & whole) | ((x == 0) & (n > 0))
    report(outside(f"pow {n}", found, lambda v: OPERATORS["pow"].ball(v, flint.arb(n)), s, exists))


@sizes
def test_interval_of_a_power(rows, rng):
    s = sample(rng, rows, 2, [1.0], [np.abs, None])
    x, y = s.points
    found = OPERATORS["pow"].interval(*s.boxes)
    exists = (x > 0) | ((x == 0) & (y > 0))
    report(outside("pow", found, OPERATORS["pow"].ball, s, exists))


# The audit itself


FAULTS = {
    "a sum that is not widened": ("add", {"rounding": 0.0}),
    "a product that is not widened": ("mul", {"rounding": 0.0}),
    "a product that is widened by half a unit": ("mul", {"rounding": 2.0**-54}),
    "a quotient that is not widened": ("inv", {"rounding": 0.0}),
    "subnormal products as the others": ("mul", {"tiny": 0.0}),
    "a library that rounds correctly": ("exp", {"library": 2.0**-54}),
    "poles where floats place them": ("tan", {"turning": 0.0, "turning_least": 0.0}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_audit_finds_a_fault(fault, rng, monkeypatch):
    name, changes = FAULTS[fault]
    for module in (boxes, meanings):
        monkeypatch.setattr(module, "WIDENING", replace(WIDENING, **changes))
    with pytest.raises(AssertionError, match="values outside, such as"):
        audit(OPERATORS[name], rng, QUICK)
