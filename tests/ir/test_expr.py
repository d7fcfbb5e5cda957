"""Nodes: shared, ordered by structure alone, and as deep as anyone likes."""

from __future__ import annotations

import gc
import os
import random
import subprocess
import sys
import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given

from symgate.ir import expr as module
from symgate.ir.boxes import Box
from symgate.ir.evaluate import balls, boxes, derivative, evaluate
from symgate.ir.expr import (
    const,
    lift,
    make,
    postorder,
    rebuild,
    substitute,
    var,
    variables,
    with_args,
)
from tests.ir.strategies import NAMES, expressions

x, y, z = var("x"), var("y"), var("z")
DEPTH = 30_000


def test_equal_expressions_are_one_object():
    assert make("sin", x + y) is make("sin", var("y") + var("x"))
    assert const(Fraction(2, 4)) is const(Fraction(1, 2))
    assert x - y is not y - x


def test_operands_of_commutative_operators_have_one_order():
    for op in sorted(module.COMMUTATIVE):
        assert make(op, x, y) is make(op, y, x)
    assert make("add", z, make("sin", x), const(1), y).args[:3] == (const(1), y, z)


def test_floats_are_refused():
    with pytest.raises(TypeError, match=r"give an int or a fractions\.Fraction"):
        lift(0.1)


def test_unused_nodes_are_freed():
    name = "freed_after_use"
    e = make("sin", var(name) + 1)
    before = len(module._nodes)
    del e
    gc.collect()
    assert len(module._nodes) <= before - 3


_ORDER = """
import sys; sys.path.insert(0, {root!r})
from symgate.frontend.language.infix import parse
from symgate.ir.exprtext import show
parse("unrelated*history + sin(b)", ["unrelated", "history", "b"]) if {history} else None
e = parse("sin(b)*cos(a) + x10*x9 + exp(a*b*c) + max(c, a, b)/hypot(b, a) + pi*e", ["a", "b", "c", "x9", "x10"])
print(show(e), e.key)
"""


def test_order_is_the_same_in_every_process(root):
    texts = set()
    for seed, history in (("0", 0), ("1", 1), ("4242", 0)):
        script = _ORDER.format(root=str(root), history=history)
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        run = subprocess.run(
            [sys.executable, "-c", script],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        texts.add(run.stdout)
    assert len(texts) == 1


def deep(op, depth):
    e = x
    for i in range(depth):
        e = make(op, e) if op == "sin" else make(op, e, const(Fraction(i % 7 - 3, 4)))
    return e


@pytest.mark.parametrize(
    ("op", "depth"), [("sin", DEPTH), ("add", DEPTH), ("mul", 20_000), ("max", 20_000)]
)
def test_deep_expressions(op, depth):
    start = time.process_time()
    e = deep(op, depth)
    assert len(postorder([e])) >= depth
    assert variables([e]) == ["x"]
    (value,) = evaluate([e], {"x": np.array([0.5, -0.25])})
    box = boxes([e], {"x": Box.exact(np.array([0.5, -0.25]))})[e]
    assert np.all((box.lo <= value) & (value <= box.hi))
    assert balls([e], {"x": 0})[e] is not None if op == "max" else True
    (moved,) = substitute([e], {x: y})
    assert variables([moved]) == ["y"]
    del e, moved
    gc.collect()
    assert time.process_time() - start < 60


def test_derivative_of_a_deep_expression():
    e = x
    for _ in range(20_000):
        e = make("sin", e)
    d = derivative(e, "x")

    assert evaluate([d], {"x": 0.0})[0] == 1.0


def test_wide_expressions():
    terms = [make("mul", const(i), var(f"x{i}")) for i in range(1, 50_000)]
    random.Random(0).shuffle(terms)
    e = make("add", *terms)

    assert float(evaluate([e], {f"x{i}": 1.0 / i for i in range(1, 50_000)})[0]) == pytest.approx(
        49_999
    )


@given(expressions)
def test_rebuild_and_substitute_keep_what_they_need_not_change(e):
    assert rebuild([e], with_args) == [e]
    assert substitute([e], {}) == [e]
    back = {var(f"{n}_"): var(n) for n in NAMES}
    there = {var(n): var(f"{n}_") for n in NAMES}
    assert substitute(substitute([e], there), back) == [e]


@given(expressions)
def test_postorder_has_operands_first(e):
    seen = set()
    for node in postorder([e]):
        assert node not in seen
        assert all(a in seen for a in node.args)
        seen.add(node)


def test_derivative_ignores_jumps_that_do_not_depend_on_the_variable():
    assert derivative(x * make("floor", y), "x") is make("floor", y)
    with pytest.raises(TypeError, match="floor has no derivative"):
        derivative(make("floor", x), "x")
