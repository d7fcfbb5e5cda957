"""Every real operator against mpmath, which shares no code with NumPy, python-flint or our
intervals.
"""

from __future__ import annotations

from fractions import Fraction

import flint
import mpmath
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from symgate.ir.boxes import Box
from symgate.ir.evaluate import balls, derivative
from symgate.ir.expr import const, make, var
from symgate.ir.operators import OPERATORS, Operator, call

mp = mpmath.mp.clone()
mp.prec = 240

TRUTH = {
    "add": lambda *a: mp.fsum(a),
    "mul": lambda *a: mp.fprod(a),
    "div": lambda x, y: x / y,
    "pow": lambda x, y: mp.power(x, y).real,
    "hypot": mp.hypot,
    "atan2": lambda y, x: mp.atan2(y, x),
    "min": lambda *a: min(a),
    "max": lambda *a: max(a),
    "mod": lambda x, y: x - y * mp.floor(x / y),
    "neg": lambda x: -x,
    "hold": lambda x: x,
    "inv": lambda x: 1 / x,
    "held_inv": lambda x: 1 / x if abs(x) >= mp.mpf(2) ** -10 else x * 2**20,
    "abs": abs,
    "square": lambda x: x * x,
    "cube": lambda x: x * x * x,
    "sqrt": mp.sqrt,
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "exp": mp.exp,
    "exp2": lambda x: mp.power(2, x),
    "expm1": mp.expm1,
    "log": mp.log,
    "log2": lambda x: mp.log(x, 2),
    "log10": mp.log10,
    "log1p": mp.log1p,
    "sin": mp.sin,
    "cos": mp.cos,
    "sinc": mp.sinc,
    "sphere_factor": lambda x: mp.hyp0f1(mp.mpf(5) / 2, -x * x / 4),
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "asinh": mp.asinh,
    "acosh": mp.acosh,
    "atanh": mp.atanh,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "erf": mp.erf,
    "gauss": lambda x: mp.exp(-x * x),
    "relu": lambda x: max(x, mp.mpf(0)),
    "sign": mp.sign,
    "step": lambda x: mp.mpf(x > 0),
    "heaviside": lambda x: mp.mpf(0.5) if x == 0 else mp.mpf(x > 0),
    "floor": mp.floor,
    "ceil": mp.ceil,
    "round": mp.nint,
    "lt": lambda x, y: mp.mpf(x < y),
    "le": lambda x, y: mp.mpf(x <= y),
    "gt": lambda x, y: mp.mpf(x > y),
    "ge": lambda x, y: mp.mpf(x >= y),
    "eq": lambda x, y: mp.mpf(x == y),
    "ne": lambda x, y: mp.mpf(x != y),
    "and": lambda x, y: mp.mpf(bool(x) and bool(y)),
    "or": lambda x, y: mp.mpf(bool(x) or bool(y)),
    "not": lambda x: mp.mpf(not x),
    "where": lambda c, x, y: x if c else y,
    "pi": lambda: mp.pi(),
    "e": lambda: mp.e(),
}
LOGICAL = {"and", "or", "not"}
SPECIAL = [
    0.0,
    0.5,
    1.0,
    -1.0,
    1.5,
    2.0,
    -2.5,
    np.pi,
    -np.pi / 2,
    1e-9,
    1e-160,
    30.0,
    -30.0,
    710.0,
    -745.0,
    26.7,
    1e6,
]

every = pytest.mark.parametrize("op", OPERATORS.values(), ids=lambda op: op.name)
real = pytest.mark.parametrize(
    "op", [op for op in OPERATORS.values() if op.arity != 0], ids=lambda op: op.name
)


def test_every_operator_has_a_truth():
    assert set(TRUTH) == set(OPERATORS)


def arity(op: Operator) -> int:
    return 3 if op.arity is None else op.arity


def inside(op: Operator, point: tuple[float, ...]) -> bool:
    """Whether the operator is defined there."""
    if op.name == "pow":
        x, y = point
        return x > 0 or (x < 0 and y == round(y)) or (x == 0 and y > 0)
    return all(d is None or d.holds(x, x) for x, d in zip(point, op.domain, strict=False))


def truth(op: Operator, point: tuple[float, ...]) -> mpmath.mpf:
    return mp.mpf(TRUTH[op.name](*map(mp.mpf, point)))


def ball(value) -> flint.arb:
    """An mpf as an exact ball."""
    sign, mantissa, exponent, _ = mp.mpf(value)._mpf_
    return flint.arb((-1) ** sign * int(mantissa)) * flint.arb(2) ** exponent


def points(op: Operator, rng: np.random.Generator, count: int = 200) -> list[tuple[float, ...]]:
    """Random points of the domain, many of them special."""
    found = []
    while len(found) < count:
        point = tuple(
            float(rng.choice(SPECIAL[:8]) if rng.random() < 0.2 else rng.uniform(-6, 6))
            for _ in range(arity(op))
        )
        if op.name in LOGICAL or (op.name == "where"):
            point = (float(point[0] > 0), *point[1:])
        if op.name in LOGICAL:
            point = tuple(float(x > 0) for x in point)
        if inside(op, point):
            found.append(point)
    return found


@every
def test_numpy_agrees_with_mpmath(op, rng):
    for point in points(op, rng) if op.arity != 0 else [()]:
        expected = truth(op, point)
        got = float(op.numpy(*map(np.float64, point)))
        assert abs(mp.mpf(got) - expected) <= abs(expected) * 2.0**-50 + abs_room(op), (
            point,
            got,
            expected,
        )


def abs_room(op: Operator) -> float:
    """Where only the absolute error is small: what cancels, and the exponential of a rounded
    square.
    """
    return 1e-14 if op.name in ("add", "mod", "gauss", "sphere_factor") else 0.0


@every
def test_ball_holds_mpmath_and_is_narrow(op, rng):
    with flint.ctx.workprec(128):
        for point in points(op, rng) if op.arity != 0 else [()]:
            enclosure = op.ball(*map(flint.arb, point))
            with flint.ctx.workprec(240):
                assert enclosure.overlaps(ball(truth(op, point))), (point, enclosure)
            assert float(enclosure.rad()) <= 1e-30 * max(1.0, abs(float(enclosure.mid()))), (
                point,
                enclosure,
            )


def within(value: flint.arb, box: Box, i: int = 0) -> bool:
    """Whether a value is not proved to be outside a box."""
    lo, hi = (float(np.broadcast_to(v, box.lo.shape).flat[i]) for v in (box.lo, box.hi))
    return not (value < flint.arb(lo)) and not (value > flint.arb(hi))


ends = st.one_of(
    st.sampled_from(SPECIAL),
    st.floats(-8, 8),
    st.floats(-800, 800),
    st.integers(-64, 64).map(lambda n: n / 8),
    st.floats(-1e-3, 1e-3),
)
widths = st.one_of(
    st.just(0.0), st.floats(0, 1e-6), st.floats(0, 1), st.floats(0, 20), st.floats(0, 2000)
)


@st.composite
def intervals(draw, op: Operator):
    out = []
    for k in range(arity(op)):
        lo, width = draw(ends), draw(widths)
        if op.name in LOGICAL or (op.name == "where" and k == 0):
            lo, width = draw(st.sampled_from([(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)]))
        out.append((lo, lo + width))
    if op.name == "pow" and draw(st.booleans()):
        n = float(draw(st.integers(-3, 9)))
        out[1] = (n, n)
    return tuple(out)


@real
@given(data=st.data())
def test_interval_holds_every_value(op, data):
    ranges = data.draw(intervals(op))
    box = op.interval(*(Box.exact(np.array([lo]), np.array([hi])) for lo, hi in ranges))
    fractions = st.one_of(st.sampled_from([0.0, 1.0, 0.5]), st.floats(0, 1))
    with flint.ctx.workprec(192):
        for _ in range(6):
            point = tuple(
                min(max(lo + data.draw(fractions) * (hi - lo), lo), hi) for lo, hi in ranges
            )
            if op.name in LOGICAL or op.name == "where":
                point = (
                    (round(point[0]), *point[1:])
                    if op.name == "where"
                    else tuple(map(round, point))
                )
            if op.name == "pow" and point[0] < 0 and ranges[1][0] != ranges[1][1]:
                # a power of a negative number is defined for constant whole exponents only
                continue
            if inside(op, point):
                value = op.ball(*map(flint.arb, point))
                assert within(value, box), (point, value, box)


@real
@given(data=st.data())
def test_ball_of_an_interval_holds_every_value(op, data):
    ranges = data.draw(intervals(op))
    with flint.ctx.workprec(160):
        wide = op.ball(*(flint.arb(lo).union(flint.arb(hi)) for lo, hi in ranges))
        assume(wide.is_finite())
        for t in (0.0, 0.25, 1.0):
            point = tuple(lo + t * (hi - lo) for lo, hi in ranges)
            if op.name in LOGICAL or op.name == "where":
                point = (
                    (round(point[0]), *point[1:])
                    if op.name == "where"
                    else tuple(map(round, point))
                )
            if op.name == "pow" and point[0] < 0 and ranges[1][0] != ranges[1][1]:
                continue
            if inside(op, point):
                assert wide.overlaps(op.ball(*map(flint.arb, point))), (point, wide)


@real
def test_interval_of_many_boxes_is_the_interval_of_each(op, rng):
    pts = np.array(points(op, rng, 40)).T
    lo, hi = pts, pts + rng.uniform(0, 0.5, pts.shape)
    if op.name in LOGICAL or op.name == "where":
        lo, hi = np.where(lo > 0, 1.0, 0.0) if op.name in LOGICAL else lo, np.maximum(lo, hi)
        lo[0], hi[0] = np.round(np.clip(lo[0], 0, 1)), np.round(np.clip(lo[0], 0, 1))
        hi = np.where(lo > 0, 1.0, 0.0) if op.name in LOGICAL else hi
    if op.name == "pow":
        lo, hi = np.abs(lo), np.abs(lo) + 0.5
    together = op.interval(*(Box.exact(a, b) for a, b in zip(lo, hi, strict=True)))
    for i in range(lo.shape[1]):
        alone = op.interval(
            *(Box.exact(a[i : i + 1], b[i : i + 1]) for a, b in zip(lo, hi, strict=True))
        )
        assert alone.lo[0] == together.lo[i]
        assert alone.hi[0] == together.hi[i]


@pytest.mark.parametrize(
    "op",
    [op for op in OPERATORS.values() if op.derivative and op.arity != 0],
    ids=lambda op: op.name,
)
def test_derivative_is_the_limit_of_slopes(op, rng):
    names = [f"v{k}" for k in range(arity(op))]
    e = make(op.name, *map(var, names))
    h = flint.arb(2) ** -90
    for point in points(op, rng, 25):
        point = tuple(x + 0.0123 * (k + 1) for k, x in enumerate(point))  # away from kinks
        if not (inside(op, point) and inside(op, tuple(x - 1e-9 for x in point))):
            continue
        if op.name == "pow" and point[0] < 0:
            continue
        with flint.ctx.workprec(400):
            env = dict(zip(names, map(flint.arb, point), strict=True))
            for name in names:
                up, down = (balls([e], {**env, name: env[name] + s * h})[e] for s in (1, -1))
                d = derivative(e, name)
                slope = balls([d], env)[d]
                assert abs(float((up - down) / (2 * h) - slope)) <= 1e-12 * (
                    1 + abs(float(slope))
                ), (point, name)


@pytest.mark.parametrize(
    "op", [op for op in OPERATORS.values() if op.parity], ids=lambda op: op.name
)
def test_parity(op, rng):
    sign = -1 if op.parity == "odd" else 1
    for (x,) in points(op, rng, 50):
        if inside(op, (-x,)):
            assert float(op.numpy(np.float64(-x))) == pytest.approx(
                sign * float(op.numpy(np.float64(x))), rel=1e-15
            )


@pytest.mark.parametrize(
    "op", [op for op in OPERATORS.values() if any(op.domain)], ids=lambda op: op.name
)
def test_domain_is_where_the_value_is_finite(op):
    for x in [-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 3.0]:
        point = (*[2.0] * (len(op.domain) - 1), x)
        with np.errstate(all="ignore"):
            finite = bool(np.isfinite(op.numpy(*map(np.float64, point))))
        assert inside(op, point) == finite, x


@every
def test_call_checks_the_number_of_operands(op):
    wrong = 1 if op.arity is None else op.arity + 1
    with pytest.raises(TypeError, match=rf"^{op.name} takes .* operands, got {wrong}$"):
        call(op.name, *[var("x")] * wrong)


def test_call_refuses_unknown_names():
    with pytest.raises(TypeError, match=r"^unknown operator 'sni'$"):
        call("sni", var("x"))


@pytest.mark.parametrize(
    ("name", "args", "lo", "hi"),
    [
        ("square", [(-3, 2)], 0, 9),
        ("pow", [(-3, 2), (2, 2)], 0, 9),
        ("pow", [(-2, 1), (3, 3)], -8, 1),
        ("mul", [(0, 3), (0, 5), (0, 2)], 0, 30),
        ("abs", [(-3, 2)], 0, 3),
        ("sin", [(0, 0)], 0, 0),
        ("tanh", [(0, 1e6)], 0, 1),
        ("mod", [(3, 3.75), (1, 1)], 0, 0.75),
        ("inv", [(2, 4)], 0.25, 0.5),
        ("sigmoid", [(-1e4, 1e4)], 0, 1),
        ("relu", [(-1, 3)], 0, 3),
        ("where", [(0, 1), (2, 3), (5, 7)], 2, 7),
    ],
)
def test_interval_is_exact_where_floats_are(name, args, lo, hi):
    box = OPERATORS[name].interval(*(Box.exact(float(a), float(b)) for a, b in args))

    assert (float(box.lo), float(box.hi)) == (lo, hi)


@given(x=st.fractions(-100, 100), y=st.fractions(-100, 100))
@example(x=Fraction(10) ** 400, y=Fraction(1))
@example(x=Fraction(1, 10**400), y=Fraction(-(10**400)))
def test_constants_of_any_size_are_enclosed(x, y):
    with flint.ctx.workprec(3000):
        for value in (x, y):
            exact = flint.arb(value.numerator) / flint.arb(value.denominator)
            assert within(exact, Box.around(value))
            assert within(exact + 1, Box.around(value) + Box.exact(1.0))
    assert const(x).value == x
