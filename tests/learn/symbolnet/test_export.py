"""The exported expressions are the network: random weights, operators removed, inputs dead, scales
folded in.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from symgate.ir.evaluate import evaluate
from symgate.ir.expr import postorder, var
from symgate.ir.exprtext import show
from symgate.learn.symbolnet import formulas
from symgate.learn.symbolnet.export import program
from symgate.learn.symbolnet.fitted import Fitted, dumps, loads
from symgate.learn.symbolnet.functions import function, functions
from symgate.learn.symbolnet.size import sizes
from symgate.learn.symbolnet.weights import Layer, Scale, Weights, run

UNARY = functions(["sin", "exp", "gauss", "tanh", "log(0.001 + abs(x))"], 1, "unary")
BINARY = functions(["mul", "x/(0.001 + abs(y))"], 2, "binary")


def random_weights(seed: int, layers: int, density: float) -> Weights:
    rng = np.random.default_rng(seed)
    inputs, outputs, below, found = 4, 2, 4, []
    for _ in range(layers):
        width = len(UNARY) + 2 * len(BINARY)
        kernel = rng.normal(0, 0.7, (below, width)) * (rng.random((below, width)) < density)
        bias = rng.normal(0, 0.5, width) * (rng.random(width) < density)
        below = len(UNARY) + len(BINARY)
        found.append(Layer(kernel, bias, UNARY, BINARY, rng.random(below) < 0.7))
    kernel = rng.normal(0, 0.7, (below, outputs)) * (rng.random((below, outputs)) < density)
    found.append(Layer(kernel, rng.normal(0, 0.5, outputs)))
    scale = Scale(rng.normal(0, 1, inputs), rng.uniform(0.5, 2, inputs))
    mask = (rng.random(inputs) < 0.8).astype(float)
    return Weights(
        tuple(found), mask, scale, rng.uniform(0.5, 2, outputs), rng.normal(0, 1, outputs)
    )


@given(st.integers(0, 2**32 - 1), st.integers(1, 2), st.sampled_from([0.15, 0.5, 1.0]))
def test_expressions_are_the_network(seed, layers, density):
    weights = random_weights(seed, layers, density)
    x = np.random.default_rng(seed + 1).normal(0, 1, (50, 4))

    with np.errstate(all="ignore"):
        want = run(weights, x)
    assume(np.abs(want).max() < 1e6)  # exponentials of exponentials overflow

    p = program(weights, ["a", "b", "c", "d"], ["u", "v"])
    values = evaluate(p.roots, {n: x[:, k] for k, n in enumerate(p.inputs)})

    size = np.abs(want).max() + 1
    for k, got in enumerate(values):
        assert np.abs(got - want[:, k]).max() <= 1e-9 * size


@given(st.integers(0, 2**32 - 1))
def test_saved_network_is_read_back_exactly(seed):
    weights = random_weights(seed, 2, 0.5)
    fitted = Fitted(weights, ("a", "b", "c", "d"), ("u", "v"), True, np.array([[-1.0, 1.0]] * 4))
    x = np.random.default_rng(seed).normal(0, 1, (20, 4))
    with np.errstate(all="ignore"):
        one, two = loads(dumps(fitted)).predict(x), fitted.predict(x)

    assert np.array_equal(one, two, equal_nan=True)


def layer(kernel, bias, unary=(), binary=(), active=()):
    f = functions(unary, 1, "unary"), functions(binary, 2, "binary")
    return Layer(np.array(kernel, float), np.array(bias, float), *f, np.array(active, bool))


def test_exp_of_a_linear_form_stays_whole():
    weights = Weights.plain(
        [layer([[-2.0], [0.5], [0.0]], [0.25], ["exp"], [], [1]), layer([[3.0]], [0.0])], np.ones(3)
    )

    p = program(weights, ["a", "b", "c"], ["y"])

    assert show(p.roots[0]) == "3*exp(0.5*b - 2*a + 0.25)"


def test_removed_operators_leave_one_linear_form():
    weights = Weights.plain(
        [
            layer([[1.0, 0, 2.0], [0, 4.0, 0]], [0, 1.0, 0], ["sin"], ["mul"], [0, 0]),
            layer([[2.0], [0.5]], [0]),
        ],
        np.ones(2),
    )

    # sin removed: a; product removed: (4b + 1) + 2a
    assert show(program(weights, ["a", "b"], ["y"]).roots[0]) == "3*a + 2*b + 0.5"


def test_standardisation_is_folded_in():
    weights = Weights(
        (layer([[1.5]], [0.5]),),
        np.ones(1),
        Scale(np.array([3.0]), np.array([2.0])),
        np.array([4.0]),
        np.array([1.0]),
    )

    # 4*(1.5*(x - 3)/2 + 0.5) + 1
    assert show(program(weights, ["x"], ["y"]).roots[0]) == "3*x - 6"


def test_product_with_a_constant_is_linear():
    weights = Weights.plain(
        [layer([[0.0, 2.0]], [3.0, 0], [], ["mul"], [1]), layer([[1.0]], [0])], np.ones(1)
    )

    assert show(program(weights, ["x"], ["y"]).roots[0]) == "6*x"


def test_dead_features_stay_no_variables():
    weights = Weights.plain([layer([[1.0], [1.0]], [0.0])], np.array([1.0, 0.0]))

    assert program(weights, ["a", "b"], ["y"]).roots == [var("a")]


@given(st.integers(0, 2**32 - 1), st.integers(1, 2), st.sampled_from([0.2, 0.5]))
def test_formulas_mean_the_same(seed, layers, density):
    p = program(random_weights(seed, layers, density), ["a", "b", "c", "d"], ["u", "v"])
    env = dict(zip(p.inputs, np.random.default_rng(seed).normal(0, 1, 4), strict=True))
    values = evaluate(p.roots, env)
    assume(max(abs(float(v)) for v in values) < 1e6)

    for (_, e), want in zip(p.outputs, values, strict=True):
        got = formulas.to_sympy(e).evalf(
            subs={s: env[s.name] for s in formulas.to_sympy(e).free_symbols}
        )
        assert float(got) == pytest.approx(float(want), rel=1e-9, abs=1e-9)


def test_python_runs(tmp_path):
    p = program(random_weights(5, 1, 0.6), ["a", "b", "c", "d"], ["u", "v"])
    env = {n: np.linspace(-1, 1, 7) * (k + 1) for k, n in enumerate(p.inputs)}
    scope: dict = {}
    exec(compile(formulas.python(p), "formulas.py", "exec"), scope)
    used = [n for n in p.inputs if n in {e.value for e in postorder(p.roots) if e.op == "var"}]

    got = scope["outputs"](**{n: env[n] for n in used})

    for a, b in zip(got, evaluate(p.roots, env), strict=True):
        assert np.allclose(a, b, rtol=1e-12, atol=1e-12)


def test_latex(golden):
    weights = Weights.plain(
        [
            layer([[1.23456, 0], [0, -0.5]], [0.5, 0], ["gauss", "sin"], [], [1, 1]),
            layer([[2.0], [1.0]], [0.0]),
        ],
        np.ones(2),
    )

    golden(formulas.latex(program(weights, ["x12", "mass_mmdt"], ["y_0"])))


@given(st.integers(0, 2**32 - 1))
def test_count_of_nodes_is_sympys(seed):
    """Where nothing merges: every operator is there, and every form has a bias."""
    rng = np.random.default_rng(seed)
    unary, binary = (
        functions(["sin", "exp", "gauss", "tanh"], 1, "unary"),
        functions(["mul"], 2, "binary"),
    )
    kernel = rng.uniform(0.3, 0.9, (4, 6)) * (rng.random((4, 6)) < 0.6)
    kernel[0] = rng.uniform(0.3, 0.9, 6)  # no form is empty
    out = rng.uniform(0.3, 0.9, (5, 3)) * (rng.random((5, 3)) < 0.6)
    out[:, 0] = 0.4
    first = Layer(kernel, rng.uniform(0.1, 0.2, 6), unary, binary, np.ones(5, bool))
    weights = Weights.plain([first, Layer(out, rng.uniform(0.1, 0.2, 3))], np.ones(4))

    counted = [formulas.complexity(e) for e in program(weights, "abcd", "uvw").roots]

    # A coefficient joins the product behind it, and takes in the constant of an exponent.
    flattened = np.count_nonzero(out[[1, 4]]) / 3
    assert sizes(weights.inputs, weights.layers).mean - flattened == pytest.approx(
        np.mean(counted), abs=1.01
    )


def test_operators_keep_their_meaning_on_operands():
    f = function("x/(0.001 + abs(y))", 2)

    assert show(f.of(var("a"), var("b"))) == "a/(abs(b) + 0.001)"
