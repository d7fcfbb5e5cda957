"""Text of expressions and programs: what is printed is read back to the same nodes."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given

from symgate.errors import InputError
from symgate.frontend.language.infix import parse
from symgate.ir.expr import Program, const, make, postorder, var, variables
from symgate.ir.exprtext import brief, show
from symgate.ir.function import Function
from symgate.ir.programtext import parse_program, show_program
from tests.ir.strategies import NAMES, expressions

x, y, z = var("x"), var("y"), var("z")


@pytest.mark.parametrize(
    ("e", "text"),
    [
        (make("add", x, make("mul", const(Fraction(-39, 100)), y)), "x - 0.39*y"),
        (make("add", x, y, z, const(-1)), "x + y + z - 1"),
        (make("mul", const(2), x, y), "2*x*y"),
        (-(x * y), "-1*(x*y)"),
        (-x, "-x"),
        (x - (y + z), "x - (y + z)"),
        (make("pow", -x, const(2)), "(-x)**2"),
        (-make("pow", x, const(2)), "-x**2"),
        (make("pow", x, make("pow", y, z)), "x**y**z"),
        (make("pow", make("pow", x, y), z), "(x**y)**z"),
        (make("pow", x, const(Fraction(1, 3))), "x**(1/3)"),
        (make("div", x, make("mul", y, z)), "x/(y*z)"),
        (make("div", x, const(3)), "div(x, 3)"),
        (make("neg", x), "neg(x)"),
        (make("where", make("lt", x, y), x, make("pi")), "where(x < y, x, pi)"),
        (make("and", make("lt", x, y), make("not", make("gt", x, z))), "x < y and not x > z"),
        (var("if") + var("pi"), "`if` + `pi`"),
        (var("pi") + make("pi"), "`pi` + pi()"),
        (make("add", const(1), const(2)), "add(1, 2)"),
        (make("fn", x, value=Function(make("sin", 2 * var("t")))), "fn{sin(2*t)}(x)"),
    ],
    ids=lambda v: v if isinstance(v, str) else None,
)
def test_show(e, text):
    assert show(e) == text


@given(expressions)
def test_infix_reads_back(e):
    assert parse(show(e), variables([e])) is e


def test_long_expressions_are_cut_in_brief_only():
    e = make("add", *(var(f"x{i}") for i in range(1000)))

    assert brief(e).startswith("x0 + x1 + ")
    assert len(brief(e)) < 500
    assert brief(e).endswith("...")
    assert show(e).count(" + ") == 999


def test_repr_shows_the_top_of_the_tree():
    e = make("sin", x + make("mul", const(Fraction(1, 2)), y))
    wide = make("add", *(var(f"x{i}") for i in range(1000)))
    deep = x
    for _ in range(5000):
        deep = make("exp", deep)

    assert repr(e) == "sin(add(x, mul(1/2, y)))"
    assert repr(wide) == "add(x0, x1, x10, x100, x101, x102, ...)"
    assert repr(deep) == "exp(exp(exp(exp(...))))"


def test_deep_expressions_are_shown():
    e = x
    for _ in range(100_000):
        e = make("sin", e)

    assert len(show(e)) == 5 * 100_000 + 1
    assert parse(show(e), ["x"]) is e


def test_program_text(golden):
    shared = make("sin", x - Fraction(39, 100) * y)
    f = Function(
        make("mul", const(Fraction(1, 3)), make("exp", -make("square", var("t")))), Fraction(2)
    )
    program = Program(
        ("x", "y", "t1"),
        (("g", shared * y + shared), ("h", make("fn", shared, value=f)), ("k", var("t1"))),
    )

    golden(show_program(program))
    assert parse_program(show_program(program)) == program


@given(expressions, expressions)
def test_program_reads_back(a, b):
    program = Program(tuple(NAMES), (("f", a), ("g", b)))

    assert parse_program(show_program(program)) == program


def test_program_text_keeps_sharing():
    e = x
    for _ in range(200):
        e = e + make("sin", e)
    text = show_program(Program(("x",), (("y", e),)))

    assert len(text.splitlines()) == 402
    assert len(postorder(parse_program(text).roots)) == 401


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense", "cannot read 'nonsense'"),
        ("t1 = sni(1)", "unknown operator 'sni'"),
        ("t1 = sin(q)", "unknown name 'q'"),
        ("t1 = sin(1, 2)", "sin has 2 operands"),
        ("t1 = add(1)", "add has 1 operands"),
        ("output y = 1 = 2", "cannot read 'output y = 1 = 2'"),
    ],
)
def test_bad_program_text(text, message):
    with pytest.raises(InputError) as error:
        parse_program("\n" + text)
    assert error.value.what == message
    assert error.value.where == "line 2"
