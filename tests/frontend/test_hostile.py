"""What fuzzing found, kept: inputs that once raised a traceback or took too long, and limits with
their messages.
"""

from __future__ import annotations

from itertools import pairwise

import pytest

from symgate.errors import InputError, SymgateError
from symgate.frontend.design_file import toml
from symgate.frontend.language.source import Source
from symgate.frontend.language.values import exact
from symgate.frontend.load import Options
from symgate.frontend.readers import SOURCES
from symgate.frontend.readers.base import Content
from symgate.ir.expr import postorder

OPTIONS = Options(bits=12, ranges=["[0.5, 2]"], precision="fixed<16,8>")
KINDS = {kind.dialect: kind for kind in SOURCES}


def read(dialect: str, text: str, tmp_path):
    path = tmp_path / "a.txt"
    found, options = KINDS[dialect].read(Content(path, text), (path,), OPTIONS).plain(OPTIONS)
    return found.design(options)


def lines(first: str, step: str, *last: str) -> str:
    """A chain of functions, each of which calls the one before it twice."""
    return "\n".join([first.format(), *(step.format(a=k, b=k + 1) for k in range(40)), *last])


FOUND = [
    ("latex", r"y = \left|{x0}^{\sqrt.5} - \sin{\left(3.25 + pi \right)}\right|"),
    ("latex", "x^.5"),
    ("latex", r"y = {2\sin{x0}}" + r"^{in{\left(\frac{0.5}{x0} + x0 \right)} \cdot 2}" * 20 + "^{0.5}"),
    ("latex", "y = {1e-3}" + "^{3}" * 27 + "^{x0}"),
    ("latex", "x^1e-3"),
    ("latex", r"t 2 - x1\right| ² \frac{pi}{2}"),
    ("text", "y = x² + x₀"),
    ("pysr", "\n"),
    ("pysr", 'Complexity,Loss,Equation\n3,0.5,"x0\n'),
    ("python", "s\rb(sub(sub(mul(X0, 0.293), \r1)))\n"),
    ("python", "def f(x): return " + "(" * 5000 + "x" + ")" * 5000),
    ("python", "def f(x): return " + "-" * 100_000 + "x"),
    ("json", "[" * 200_000),
    ("json", '{"a": 1' + "0" * 5000 + "}"),
    ("srepr", "Integer(" + "9" * 5000 + ")"),
    ("text", "y = 9**9**9**9*x"),
    ("text", "y = x**" + "9" * 400),
    ("fpcore", "(FPCore (x) " + "(" * 50_000),
    ("text", lines("f0(x) = x*x", "f{b}(x) = f{a}(sin(x)) + f{a}(cos(x))", "y = f40(x)")),
    ("python", lines("def f0(x): return x*x", "def f{b}(x): return f{a}(x+1)*f{a}(x*x)")),
    ("c", lines("double f0(double x) {{ return x*x; }}",
                "double f{b}(double x) {{ return f{a}(sin(x))+f{a}(cos(x)); }}")),
    ("pysr", 'Complexity,Loss,Equation\n3,0.1e999,"exp(-x0^2)"\n5,0.45,"-sin(0.5)"\n'),
    ("pysr", 'Complexity,Loss,Equation\ninf,0.5,"y"\n5,0.01,"0.5"\n'),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(FOUND)), ids=[f"{d}-{t[:20]!r}" for d, t in FOUND])
def test_found_inputs_are_read_or_refused(case, tmp_path):
    dialect, text = FOUND[case]
    try:
        design = read(dialect, text, tmp_path)
    except SymgateError as e:
        message = str(e)
        assert message.startswith("error: ")
        assert len(message) < 1000
    else:
        assert design.outputs


def test_a_number_that_fills_the_memory_has_no_value():
    text = "2^999999999999999999995"
    with pytest.raises(InputError, match=r"^error: '2\^9+5' has no value\n"):
        exact(text, Source(text))


CODE = [
    "__import__('os').system('touch HERE')",
    "open('HERE', 'w')",
    "exec('1')",
    "().__class__",
    "getattr(x, 'y')",
    "x.__class__.__bases__",
    "lambda: 0",
    "[x for x in (1,)]",
]
FORMS = {
    "fpcore": "(FPCore (x) (CODE))",
    "python": "def f(x): return CODE",
    "c": "double f(double x) {return CODE;}",
    "json": '{"y": "CODE"}',
    "pysr": 'Complexity,Loss,Equation\n1,2,"CODE"\n',
}


@pytest.mark.parametrize("code", CODE)
@pytest.mark.parametrize("dialect", sorted(KINDS))
def test_no_text_is_run(dialect, code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError):
        read(dialect, FORMS.get(dialect, "y = CODE").replace("CODE", code), tmp_path)
    assert list(tmp_path.iterdir()) == []


TERM = "0.123*sin(x0*x1) - x2"
WIDE = {
    "text": "y = " + " + ".join([TERM] * 40_000),
    "python": "def f(x0, x1, x2):\n" + "    x0 = x0 + 0.5*x1\n" * 20_000 + "    return x0*x2",
    "c": "double f(double x0) {" + "x0 = x0*2.0;" * 40_000 + "return x0;}",
    "latex": " + ".join([r"2.5 \sin{\left(x_{0} \right)}"] * 20_000),
    "srepr": "Add(" + ", ".join(["sin(Symbol('x0'))"] * 40_000) + ")",
    "fpcore": "(FPCore (x0) :pre (<= 0 x0 1) (+ " + "(* 0.5 (sin x0)) " * 40_000 + "))",
}


@pytest.mark.slow
@pytest.mark.parametrize("dialect", WIDE)
def test_most_of_a_megabyte_is_read(dialect, tmp_path):
    """Quadratic time would take hours here."""
    assert read(dialect, WIDE[dialect], tmp_path).outputs


@pytest.mark.parametrize("dialect", ["text", "fpcore", "latex", "srepr", "c"])
def test_depth_is_bounded_by_memory_alone(dialect, tmp_path):
    n = 20_000
    text = {
        "text": "y = " + "sin(" * n + "x" + ")" * n,
        "fpcore": "(FPCore (x) " + "(sin " * n + "x" + ")" * n + ")",
        "latex": r"\sin{\left(" * n + "x" + r"\right)}" * n,
        "srepr": "sin(" * n + "Symbol('x')" + ")" * n,
        "c": "double f(double x) { return " + "sin(" * n + "x" + ")" * n + "; }",
    }[dialect]
    assert len(postorder([read(dialect, text, tmp_path).outputs[0][1]])) == n + 1


def test_design_file_headers_that_match_nothing():
    with pytest.raises(InputError):
        toml.loads("double f(double x0) { return 1; }")
    with pytest.raises(InputError):
        toml.loads("")


KEYWORDS = [
    "lambda",
    "class",
    "module",
    "wire",
    "register",
    "int",
    "reg",
    "input",
    "while",
    "clk",
    "valid",
    "NULL",
    "std",
]


def test_names_of_the_target_languages_and_names_that_collide(tmp_path):
    text = "[" + ", ".join(f'"{a}*{b}"' for a, b in pairwise(KEYWORDS)) + ', "λ*lambda*x₁*x1*X1"]'
    with pytest.warns(UserWarning, match="x₁ is x1_2, λ is lambda_2"):
        design = read("json", text, tmp_path)
    names = [i.name for i in design.inputs]
    assert len(set(names)) == len(names)
    assert {*KEYWORDS, "lambda_2", "x1", "x1_2", "X1"} == {*names}
