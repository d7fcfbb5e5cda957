"""Text files, halls of fame, Python objects and options: each becomes the design that it should."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
import sympy

from symgate.errors import InputError
from symgate.frontend.check import DesignWarning
from symgate.frontend.language.source import Source
from symgate.frontend.load import SOURCES, Options, load_any
from symgate.frontend.outranges import reached
from symgate.frontend.readers import pysr, tables
from symgate.ir.design import Design
from symgate.ir.evaluate import evaluate
from symgate.ir.expr import make, var
from symgate.ir.exprtext import show

WIDE = Options(bits=12, ranges=["[-4, 4]"], max_error="0.01")


def outputs(source, options=WIDE) -> dict[str, str]:
    return {name: show(e) for name, e in load_any(source, options).outputs}


def formats(source, options=WIDE) -> list[str]:
    return [
        f"{i.name} {i.type} [{float(i.lo):g}, {float(i.hi):g}]"
        for i in load_any(source, options).inputs
    ]


# Text


def test_text_with_everything():
    text = """\
# a file
b:  [0, 1]            # a range
a: fixed<12,5> [-16, 16]
x10: ufixed<8,3> [1, 2]
x2: 10 bits [-3, 3]
sc(u) = sin(u)*cos(u) # a function
let t = sc(a -
           b)
y = (t
     + 1/3)
z = y*x2 + x10
"""
    assert outputs(text) == {
        "y": "cos(a - b)*sin(a - b) + 1/3",
        "z": "x10 + x2*(cos(a - b)*sin(a - b) + 1/3)",
    }
    assert formats(text) == [
        "b ufixed<12,0> [0, 0.999756]",
        "a fixed<12,5> [-16, 15.9922]",
        "x10 ufixed<8,3> [1, 2]",
        "x2 fixed<10,3> [-3, 3]",
    ]


def test_bare_expressions_and_natural_order_of_inputs():
    assert outputs("x10 + x2*x1\n") == {"y": "x10 + x1*x2"}
    assert list(outputs("x10 + x2\nx1*2\n")) == ["y0", "y1"]
    assert list(outputs("y + 2")) == ["out"]
    assert [f.split()[0] for f in formats("y = x10 + x2*x1 + b")] == ["b", "x1", "x2", "x10"]
    assert list(
        outputs("x0\nx1", Options(bits=8, ranges=["[0, 1]"], max_error="0.1", outputs=["p", "q"]))
    ) == [
        "p",
        "q",
    ]


def test_euler_and_variables_of_that_name():
    assert outputs("y = E*x") == {"y": "x*e"}
    assert outputs("E: [0, 1]\nx: [0, 1]\ny = E*x") == {"y": "`E`*x"}
    assert outputs(
        "y = E*x", Options(bits=8, ranges={"E": (0, 1), "x": (0, 1)}, max_error="0.1")
    ) == {"y": "`E`*x"}


def test_ranges_from_data(tmp_path):
    (tmp_path / "rows.csv").write_text("x0, x1,unused,label\n1.5,-0.125,9,a\n-2,0.75,1e3,b\n")
    stated = {"bits": 8, "max_error": "0.1", "ranges": ["x1=[-1, 1]"], "range_margin": "0%"}
    options = Options(data=tmp_path / "rows.csv", **stated)

    assert formats("y = x0 + x1", options) == [
        "x1 fixed<8,1> [-1, 0.992188]",
        "x0 fixed<8,2> [-2, 1.5]",
    ]
    (tmp_path / "bad.csv").write_text("x0,x1\n1,high\n")
    with pytest.raises(InputError, match="'high' is not a number"):
        formats("y = x0 + x1", Options(bits=8, data=tmp_path / "bad.csv", max_error="0.1"))


def test_formats_from_options():
    options = Options(formats={"a": "fixed<9,3>", "*": "ufixed<7,0>"}, max_error={"y": "2^-4"})
    assert formats("y = a + b", options) == [
        "a fixed<9,3> [-4, 3.98438]",
        "b ufixed<7,0> [0, 0.992188]",
    ]
    assert load_any("y = a", Options(formats="fixed<4,2>", precision="fixed<16,6>")).inputs[
        0
    ].hi == Fraction(7, 4)


# PySR

FRONT = """\
Complexity,Loss,Equation
1,10.0,"1.5"
3,9.0,"x0 ^ 2"
5,1.2,"square(x0) + x1"
7,1.0,"cond(x1 - 0.5, cube(x0)) + relu(x1)"
9,0.99,"greater(x0, x1) * inv(x2) + logical_or(x0, x1)"
"""


@pytest.mark.parametrize(
    ("how", "complexity"), [("best", 5), ("score", 5), ("accuracy", 9), ("7", 7), (3, 3)]
)
def test_row_is_picked_as_pysr_does(how, complexity):
    assert tables.pick(tables.rows(FRONT, "hall_of_fame.csv"), how).complexity == complexity


def test_best_needs_a_loss_near_the_smallest():
    found = tables.rows(
        "Complexity,Loss,Equation\n1,100,x0\n2,2.0,x1\n9,1.0,x2\n11,0.99,x3\n", None
    )
    assert (tables.pick(found, "score").complexity, tables.pick(found, "best").complexity) == (2, 9)


@pytest.mark.parametrize(
    ("equation", "text"),
    [
        ("x0 ^ 2 ^ x1", "x0**2**x1"),
        ("square(x0) + cube(x1)", "cube(x1) + square(x0)"),
        ("cond(x1 - 0.5, x0)", "where(x1 - 0.5 > 0, x0, 0)"),
        ("greater(x0, x1)*2.0", "2*(x0 > x1)"),
        ("(x0 > 0.47) - x1", "(x0 > 0.47) - x1"),
        ("logical_and(x0, x1)", "x0 > 0 and x1 > 0"),
        ("pow_abs(2.25, cos(x0))", "2.25**cos(x0)"),
        ("sqrt_abs(x0)", "sqrt(abs(x0))"),
        ("max(x0, 1.0e-5)", "max(0.00001, x0)"),
        ("mult(plus(x0, 1), sub(x1, 2))", "(x0 + 1)*(x1 - 2)"),
        ("clamp(x0, -1.0, 1.0)", "min(1, max(-1, x0))"),
        ("fma(x0, x1, 2.0)", "x0*x1 + 2"),
        ("round(x0) + erfc(x1)", "round(x0) + (1 - erf(x1))"),
        ("--x0 + -0.5", "x0 - 0.5"),
    ],
)
def test_operators_of_pysr(equation, text, tmp_path):
    (tmp_path / "h.csv").write_text(f'Complexity,Loss,Equation\n3,0.1,"{equation}"\n')
    shown = outputs(tmp_path / "h.csv")["y"]
    assert shown == text or evaluates_alike(shown, text)


def evaluates_alike(a, b):
    env = {"x0": np.array([0.3, -1.5]), "x1": np.array([0.7, 0.2])}
    ea, eb = (evaluate([load_any(f"y = {t}", WIDE).outputs[0][1]], env)[0] for t in (a, b))
    return np.array_equal(ea, eb)


def test_several_halls_of_fame_are_several_outputs(tmp_path):
    for k in (1, 2, 10):
        (tmp_path / f"hall_of_fame_output{k}.csv").write_text(
            f'Complexity,Loss,Equation\n1,0.5,"x0 + {k}.0"\n'
        )
    (tmp_path / "hall_of_fame_output1.csv.bak").write_text("Complexity,Loss,Equ")

    assert outputs(tmp_path) == {"y0": "x0 + 1", "y1": "x0 + 2", "y2": "x0 + 10"}
    assert outputs([tmp_path / "hall_of_fame_output10.csv"]) == {"y": "x0 + 10"}
    assert list(
        outputs(
            tmp_path, Options(bits=8, ranges=["[0, 1]"], max_error="0.1", outputs=["a", "b", "c"])
        )
    ) == [
        "a",
        "b",
        "c",
    ]


def test_old_halls_of_fame_and_backups(tmp_path):
    (tmp_path / "hall_of_fame.csv").write_text("Complexity|MSE|Equation\n1|0.5|x0 + max(x1, 2.0)\n")
    assert outputs(tmp_path / "hall_of_fame.csv") == {"y": "x0 + max(2, x1)"}
    (tmp_path / "hall_of_fame.csv.bak").write_text('Complexity,Loss,Equation\n1,0.5,"x1"\n')
    assert outputs(tmp_path / "hall_of_fame.csv.bak") == {"y": "x1"}


def test_published_fronts_parse(shared_data):
    fronts = json.loads((shared_data / "expressions/jets.json").read_text())["pysr_hall_of_fame"][
        "pareto_fronts"
    ]
    options = Options(
        bits=12, ranges=["[-8, 8]"], precision="fixed<16,6>", functions=["sc(x) = sin(x)*cos(x)"]
    )
    for front in fronts:
        for text in front:
            if "x" in text:
                row = tables.Row(1, 0.1, Source(text))
                found = pysr.build({0: row}, None, options, name="front", file=None)
                assert isinstance(found.design(options), Design)


def regressor(**more):
    """What a fitted PySRRegressor looks like from outside."""
    equations = {
        "complexity": [1, 4],
        "loss": [1.0, 0.1],
        "score": [0.0, 0.76],
        "equation": ["1.5", "sc(alpha) + N"],
    }
    given = {
        "equations_": equations,
        "feature_names_in_": np.array(["alpha", "N"]),
        "unary_operators": ["sc(x) = sin(x)*cos(x)", "exp"],
    }
    return SimpleNamespace(
        **(given | {"binary_operators": ["+", "*"], "model_selection": "best"} | more)
    )


def test_fitted_regressor():
    assert outputs(regressor()) == {"y": "N + sin(alpha)*cos(alpha)"}
    two = regressor(
        equations_=[
            regressor().equations_,
            {"complexity": [1], "loss": [1.0], "equation": ["alpha"]},
        ]
    )
    assert outputs(two) == {"y0": "N + sin(alpha)*cos(alpha)", "y1": "alpha"}
    assert formats(two)[0].startswith("alpha ")


def test_object_with_a_sympy_method():
    x = sympy.Symbol("x")
    assert outputs(SimpleNamespace(sympy=lambda: 2 * x + sympy.Rational(1, 3))) == {
        "y": "2*x + 1/3"
    }


# SymPy and Python

x, y, E, S = sympy.symbols("x y E S")


@pytest.mark.parametrize(
    ("e", "text"),
    [
        (0.1 * x, "0.1*x"),
        (sympy.Float("0.123456789012345678901234567890", 30) * x, "0.12345678901234567890123456789*x"),
        (x / 3 - y, "1/3*x - y"),
        (sympy.exp(x) + sympy.E * sympy.pi, "exp(x) + e*pi"),
        (sympy.sqrt(x), "x**0.5"),
        (
            sympy.Piecewise((x, x > y), (y, sympy.And(x < 1, y >= 2)), (0, True)),
            "where(x > y, x, where(x < 1 and y >= 2, y, 0))",
        ),
        (sympy.Max(x, y, 0) + sympy.Min(x, 2), "min(2, x) + max(0, x, y)"),
        (sympy.Abs(x) + sympy.sign(y) + sympy.ceiling(x), "abs(x) + sign(y) + ceil(x)"),
        (sympy.Heaviside(x) + sympy.Heaviside(y, 0), "heaviside(x) + where(y == 0, 0, step(y))"),
        (sympy.atan2(y, x) + sympy.asinh(x) + sympy.log(y), "atan2(y, x) + asinh(x) + log(y)"),
        (sympy.Mod(x, 2) + sympy.erf(y), "mod(x, 2) + erf(y)"),
        (E + S, "`E` + S"),
        (sympy.cot(x), "inv(tan(x))"),
        (sympy.ITE(x > 0, x > 1, x > 2), "where(x > 0, x > 1, x > 2)"),
    ],
    ids=str,
)  # fmt: skip
def test_sympy(e, text):
    names = sorted(map(str, e.free_symbols))
    ((_, got),) = load_any({"out": e}, WIDE).outputs
    options = Options(bits=8, ranges=dict.fromkeys(names, (0, 1)), max_error="0.1")
    ((_, expected),) = load_any({"out": text}, options).outputs
    assert got is expected, show(got)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_sympy_means_what_sympy_means(rng):
    e = (
        sympy.sin(x) ** 2 / (1 + y**2)
        - sympy.exp(-x * y) * sympy.tanh(x + sympy.Rational(1, 7))
        + sympy.gamma(5) * x
    )
    env = {"x": rng.uniform(-2, 2, 50), "y": rng.uniform(-2, 2, 50)}
    got = evaluate([load_any(e, WIDE).outputs[0][1]], env)[0]
    assert np.allclose(got, sympy.lambdify([x, y], e)(*env.values()), rtol=1e-12)


NO_MEANING = [
    sympy.oo * x**2,
    sympy.nan + x,
    sympy.I * x,
    sympy.zoo,
    sympy.gamma(x),
    sympy.Function("f")(x),
    sympy.Piecewise((x, x > 0)),
    sympy.Float("1e999") * x,
]


@pytest.mark.parametrize("e", NO_MEANING, ids=range(len(NO_MEANING)))
def test_sympy_without_a_meaning_is_refused(e):
    with pytest.raises(InputError):
        load_any({"out": e}, WIDE)


def test_deep_sympy_trees():
    e = x
    for _ in range(3000):
        e = sympy.sin(e, evaluate=False)
    ((_, got),) = load_any({"out": e}, WIDE).outputs
    assert show(got).startswith("sin(sin(")


def test_python_objects():
    assert outputs(
        {"p": "2*a", "q": var("a") + make("sin", var("b")), "r": a_number() * sympy.Symbol("a")}
    ) == {
        "p": "2*a",
        "q": "a + sin(b)",
        "r": "0.1*a",
    }
    assert outputs(["a + 1", var("a")]) == {"y0": "a + 1", "y1": "a"}
    design = load_any("y = a", WIDE)
    assert load_any(design) is design


def a_number():
    return sympy.Float(0.1)


def test_float_constants_are_decimals():
    ((_, e),) = load_any({"y": sympy.Symbol("a") + 0.1}, WIDE).outputs
    assert e.args[0].value == Fraction(1, 10)


def test_every_kind_of_file_is_named_once():
    assert len({kind.name for kind in SOURCES}) == len(SOURCES)


# Relative errors


@pytest.mark.parametrize(
    ("text", "ranges", "span"),
    [
        ("a*a - a", {"a": (0, 1)}, (-0.25, 0)),
        ("sin(a)*b", {"a": (-4, 4), "b": (-2, 2)}, (-2, 2)),
        ("(a - b)/(a + b)", {"a": (1, 3), "b": (1, 2)}, (-1 / 3, 0.5)),
        ("exp(-a**2)", {"a": (-3, 3)}, (np.exp(-9), 1)),
    ],
)
def test_reached_is_close_and_inside(text, ranges, span):
    e = load_any(f"y = {text}", Options(bits=8, ranges=ranges, max_error="0.1")).outputs[0][1]
    lo, hi = reached(e, ranges)

    assert span[0] - 1e-12 <= lo <= hi <= span[1] + 1e-12
    assert hi - lo >= 0.98 * (span[1] - span[0])


def test_unbounded_output_names_the_operator_that_leaves_its_domain():
    with pytest.raises(InputError, match="can leave its domain"):
        load_any("y = 1/a", Options(bits=8, ranges=["[-1, 1]"], relative_error="0.01"))


def test_a_table_without_ranges_is_taken_on_standardised_inputs(tmp_path):
    table = tmp_path / "hall_of_fame.csv"
    table.write_text('Complexity,Loss,Equation\n5,0.3,"x0 * cos(x1)"\n')
    with pytest.warns(
        DesignWarning, match=r"no range is stated for x0, x1: \[-4, 4\] is assumed"
    ) as told:
        design = load_any(table, Options(bits=12, relative_error="2^-8"))
    assert len(told) == 1
    assert [(float(i.lo), float(i.hi)) for i in design.inputs] == [(-4.0, 2047 / 512)] * 2
    with pytest.raises(InputError, match="neither a format nor bits"):
        load_any(table, Options(relative_error="2^-8"))


def test_all_outputs_that_have_no_bounded_range_are_named_together():
    with pytest.raises(InputError) as found:
        load_any(
            "y = 1/a\nz = a\nw = log(a)\n",
            Options(bits=8, ranges=["[-1, 1]"], relative_error="0.01"),
        )

    text = str(found.value)
    assert text.startswith("error: output 'y': div of 'a' can leave its domain in the given ranges")
    assert "2 of 3 outputs are refused: y, w" in text
    assert "--skip, or --pick NAME for one output" in text


@pytest.mark.parametrize("accuracy", [{"relative_error": "0.01"}, {"max_error": "0.01"}])
def test_outputs_that_are_refused_are_left_out_with_their_inputs(accuracy):
    text = "y = 1/a\nz = a + b\nw = log(c)\nv = b\n"
    with pytest.warns(DesignWarning) as told:
        design = load_any(text, Options(bits=8, ranges=["[-1, 1]"], skip=True, **accuracy))

    assert [n for n, _ in design.outputs] == ["z", "v"]
    assert [i.name for i in design.inputs] == ["a", "b"]
    assert list(design.accuracy.max_error) == ["z", "v"]
    assert [str(w.message).split(": ")[0] for w in told] == [
        "output 'y' is left out",
        "output 'w' is left out",
    ]


def test_nothing_is_left_out_where_nothing_would_be_left():
    with pytest.raises(InputError, match="output 'y': div of 'a'") as found:
        load_any(
            "y = 1/a\nw = log(a)\n",
            Options(bits=8, ranges=["[-1, 1]"], skip=True, relative_error="0.01"),
        )

    assert "--skip" not in str(found.value)


_CORES = """(FPCore (x) :name "fine" :pre (<= 1 x 2) (sqrt x))
(FPCore (x) :name "loop" :pre (<= 1 x 2) (while (< i 3) ((i 0 (+ i 1))) i))
(FPCore (z) :name "pole" :pre (<= -1 z 2) (/ 1 z))
"""


def test_cores_of_one_name_are_numbered(tmp_path):
    core = '(FPCore (x) :name "{}" :pre (<= 0 x 1) (* x {}))'
    (path := tmp_path / "cores.fpcore").write_text(
        "\n".join(core.format(n, k) for k, n in enumerate(("n", "n", "n 2", "n")))
    )
    design = load_any(path, Options(bits=8, max_error="0.01"))
    assert [n for n, _ in design.outputs] == ["n", "n_2", "n_2_2", "n_3"]


def test_cores_that_are_refused_are_left_out(tmp_path):
    (path := tmp_path / "cores.fpcore").write_text(_CORES)
    options = Options(bits=8, relative_error="0.01")
    with pytest.raises(InputError, match="output 'loop': 'while' has no form") as found:
        load_any(path, options)
    assert "1 of 3 outputs are refused: loop" in str(found.value)
    with pytest.warns(DesignWarning) as told:
        design = load_any(path, replace(options, skip=True))

    assert [n for n, _ in design.outputs] == ["fine"]
    assert [i.name for i in design.inputs] == ["x"]
    assert [str(w.message).split(",")[0] for w in told] == [
        "output 'loop' is left out: 'while' has no form in a circuit",
        "output 'pole' is left out: div of 'z' can leave its domain in the given ranges",
    ]


def test_relative_error_of_a_constant_is_a_share_of_its_size():
    options = Options(bits=8, ranges=["[0, 1]"], relative_error="2^-8")
    design = load_any("a = 3\nb = -1/3\nc = a0 - a0\nd = sin(a0)**2 + cos(a0)**2", options)
    share = 2.0**-8
    for (name, _), size in zip(design.outputs, (3, 1 / 3, 1, 1), strict=True):
        assert share * size * 0.99 <= float(design.accuracy.max_error[name]) <= share * size
