"""The infix parser: what text means, and that any text of any size gets an answer in linear time."""

from __future__ import annotations

import gc
import json
import time
from contextlib import suppress
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from symgate.errors import InputError
from symgate.frontend.language.functions import Macro
from symgate.frontend.language.infix import KEYWORDS, parse
from symgate.ir.evaluate import evaluate
from symgate.ir.expr import const, lift, make, var, variables
from symgate.ir.exprtext import RESERVED, show

a, b, c, d = (var(n) for n in "abcd")
ABCD = ["a", "b", "c", "d"]


def do(name, *args):
    return make(name, *map(lift, args))


@pytest.mark.parametrize(
    ("text", "e"),
    [
        ("a+b+c+d", make("add", a, b, c, d)),
        ("a*b*c", make("mul", a, b, c)),
        ("a - b - 2*c", make("add", a, make("mul", const(-1), b), make("mul", const(-2), c))),
        ("a*b/4*c", make("mul", const(Fraction(1, 4)), a, b, c)),
        ("a/b/c", make("div", make("div", a, b), c)),
        ("1/3", const(Fraction(1, 3))),
        ("0.1", const(Fraction(1, 10))),
        ("1e-3 + .5", const(Fraction(501, 1000))),
        ("5.", const(5)),
        ("-a**2", make("mul", const(-1), make("pow", a, const(2)))),
        ("2**-3", const(Fraction(1, 8))),
        ("a^b^c", make("pow", a, make("pow", b, c))),
        ("-a*b", make("mul", const(-1), a, b)),
        ("a--b", make("add", a, b)),
        ("+a", a),
        ("a*-b", make("mul", const(-1), a, b)),
        ("a/-b*c", make("mul", make("div", a, make("mul", const(-1), b)), c)),
        ("(a+b)+c", make("add", make("add", a, b), c)),
        (
            "a if b > 1 else c if d < 2 else 3",
            do("where", do("gt", b, 1), a, do("where", do("lt", d, 2), c, 3)),
        ),
        (
            "not a > b and c < 1 or d > 2",
            do("or", do("and", do("not", do("gt", a, b)), do("lt", c, 1)), do("gt", d, 2)),
        ),
        ("(a > b) & (c > d)", make("and", make("gt", a, b), make("gt", c, d))),
        (
            "a > b && c > d || a == b",
            make("or", make("and", make("gt", a, b), make("gt", c, d)), make("eq", a, b)),
        ),
        ("~(a > b)", make("not", make("gt", a, b))),
        (
            "Piecewise((a, b > 1), (b, (c < 1) & (a > 2)), (d, True))",
            do(
                "where",
                do("gt", b, 1),
                a,
                do("where", do("and", do("lt", c, 1), do("gt", a, 2)), b, d),
            ),
        ),
        ("where(a, b, c)", make("where", make("ne", a, const(0)), b, c)),
        ("(a > b)*c", make("mul", make("gt", a, b), c)),
        (
            "arcsin(a) + ln(b) + Abs(c) + Max(a, b, c)",
            do("add", do("asin", a), do("log", b), do("abs", c), do("max", a, b, c)),
        ),
        (
            "log(a, 2) + log(b, c)",
            make("add", make("log2", a), make("div", make("log", b), make("log", c))),
        ),
        ("pi*e + E", make("add", make("mul", make("pi"), make("e")), make("e"))),
        ("True", const(1)),
        ("add(1, 2)", make("add", const(1), const(2))),
        ("heaviside(a, 0)", make("where", make("eq", a, const(0)), const(0), make("step", a))),
        ("  a\n + b\t", make("add", a, b)),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_meaning(text, e):
    assert parse(text, ABCD) is e


@pytest.mark.parametrize(
    "name",
    ["E", "S", "N", "I", "beta", "lambda", "pi", "gamma", "Q", "sin", "x_1", "_", "θ", "oo", "e"],
)
def test_declared_variables_win_over_everything(name):
    assert parse(f"2*{name} + 1", [name]) is make("add", const(1), make("mul", const(2), var(name)))


@pytest.mark.parametrize("name", sorted(KEYWORDS))
def test_words_of_the_language_are_variables_in_backticks(name):
    assert parse(f"`{name}`**2", [name]) is make("pow", var(name), const(2))
    assert name in RESERVED


def test_a_variable_and_a_function_may_share_a_name():
    assert parse("sin*sin(sin)", ["sin"]) is make("mul", var("sin"), make("sin", var("sin")))


def test_definitions_and_functions():
    double = Macro(1, 1, lambda x: make("mul", const(2), x))

    assert parse("t + f(t)", {"t": a * b}, functions={"f": double}) is a * b + 2 * (a * b)
    assert variables([parse("x2 + t*x10", {"t": a}, open_names=True)]) == ["a", "x10", "x2"]
    assert variables([parse("u + E", None)]) == ["u"]


def test_text_is_data():
    for text in (
        "__import__('os').getpid()",
        "a.__class__",
        "(lambda: 1)()",
        "[x for x in (1,)]",
        "f'{a}'",
        "a; b",
    ):
        with pytest.raises(InputError):
            parse(text, ABCD)


SAMPLE = {n: np.array([0.3, 1.7, -0.4]) + 0.1 * k for k, n in enumerate(ABCD)}
operands = st.sampled_from(["a", "b", "c", "d", "2", "0.5", "3"])


def arithmetic(children):
    binary = st.builds(
        lambda x, o, y: f"{x} {o} {y}", children, st.sampled_from(["+", "-", "*", "/"]), children
    )
    return st.one_of(
        binary,
        children.map(lambda x: f"({x})"),
        children.map(lambda x: f"-{x}"),
        children.map(lambda x: f"sin({x})"),
    )


@given(st.recursive(operands, arithmetic, max_leaves=12))
def test_arithmetic_agrees_with_python(text):
    expected = eval(text, {"sin": np.sin, **SAMPLE})  # our own text, in a test only
    with suppress(InputError):  # division by a constant 0
        got = evaluate([parse(text, ABCD)], SAMPLE)[0]
        expected = expected + 0 * SAMPLE["a"]
        finite = np.isfinite(expected) & (np.abs(expected) < 1e6)
        assert np.allclose((got + 0 * SAMPLE["a"])[finite], expected[finite], rtol=1e-6)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_published_expressions_agree_with_sympy(shared_data, rng):
    sets = json.loads((shared_data / "expressions/jets.json").read_text())["sets"]
    for s in sets:
        for text in s["exprs"]:
            reference = sympy.parse_expr(text)
            names = sorted(map(str, reference.free_symbols))
            env = {n: rng.uniform(-3, 3, 20) for n in names}
            expected = sympy.lambdify(names, reference)(*env.values())
            assert np.allclose(
                evaluate([parse(text, names)], env)[0], expected, rtol=1e-9, atol=1e-9
            )


def test_feynman_formulas_parse(shared_data):
    formulas = json.loads((shared_data / "expressions/feynman_80.json").read_text())
    for f in (f for f in formulas if "~" not in f["formula"]):  # one has ~r where -r is meant
        names = [n for n, *_ in f["vars"]]
        e = parse(f["formula"], names)
        assert set(variables([e])) <= set(names)
        middle = {n: (lo + hi) / 2 for n, lo, hi in f["vars"]}
        assert np.isfinite(evaluate([e], middle)[0]) or f["name"].startswith("I.26"), f["name"]


def test_mnist_expressions_parse(shared_data):
    s = json.loads((shared_data / "expressions/symbolnet_mnist.json").read_text())
    for text in s["exprs"]:
        e = parse(text, None)
        assert parse(show(e), None) is e


N = 40_000
HARD = {
    "brackets": "(" * N + "a" + ")" * N,
    "signs": "-" * N + "a",
    "long sum": "a" + "+a*b" * 60_000,
    "calls": "sin(" * N + "a" + ")" * N,
    "powers": "a^" * 30_000 + "a",
    "constants": "0.1*" * 30_000 + "a",
    "fractions": "+".join(f"1/{n}" for n in range(3, 20_003, 2)),
    "choices": "a if a > b else " * 30_000 + "b",
    "sums in brackets": "(" * 50_000 + "a" + "+b)" * 50_000,
    "quotients": "a/" * 30_000 + "b",
    "negations": "~" * N + "(a > b)",
    "pieces": "Piecewise(" + "(a, b > a), " * 30_000 + "(b, True))",
    "minus brackets": "-(" * 30_000 + "*".join("ab" * 15_000) + ")" * 30_000,
    "unclosed": "(" * N,
    "spaces": " " * 1_000_000 + "a",
    "one name": "x" * 1_000_000,
    "operators": "a*" * 50_000 + "*",
}


@pytest.mark.parametrize("name", HARD)
def test_hard_texts_take_seconds(name):
    start = time.process_time()
    with suppress(InputError):
        parse(HARD[name], ["a", "b"])
    gc.collect()
    assert time.process_time() - start < 10


@pytest.mark.parametrize("name", ["unclosed", "one name"])
def test_messages_about_large_texts_are_short(name):
    with pytest.raises(InputError) as error:
        parse(HARD[name], ["a", "b"])
    assert len(str(error.value)) < 500


def test_time_is_linear():
    def seconds(n):
        start = time.process_time()
        parse("+".join(f"{k}.5*a*sin(b*{k})" for k in range(n)), ["a", "b"])
        return time.process_time() - start

    seconds(1000)
    assert seconds(8000) < 10 * seconds(2000) + 0.5
