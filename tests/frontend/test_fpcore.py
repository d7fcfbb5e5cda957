"""FPCore 2.0: each feature read as the standard means it, ranges from preconditions, and what is
refused, by name.
"""

from __future__ import annotations

import contextlib
import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgate.errors import InputError
from symgate.frontend.check import DesignWarning
from symgate.frontend.load import Options, load_any
from symgate.frontend.readers.fpcore import fpcore
from symgate.ir.design import Design
from symgate.ir.evaluate import evaluate
from symgate.ir.exprtext import show

ANY = Options(bits=12, ranges=["[-4, 4]"], max_error="0.01")
BITS = Options(bits=12, max_error="0.01")


def body(text: str, arguments: str = "x y") -> str:
    ((_, e),) = fpcore.loads(f"(FPCore ({arguments}) (+ {arguments} {text}))", ANY).outputs
    return show(e)


def value(text: str, options: Options = ANY, **at: float) -> float:
    names = " ".join(at)
    source = f"(FPCore ({names}) (let ((unused_ (+ 0 {names}))) {text}))"
    design = quietly(source, options)
    return float(evaluate([design.outputs[0][1]], {k: np.float64(v) for k, v in at.items()})[0])


def quietly(source: str, options: Options) -> Design:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DesignWarning)  # of arguments that are not used
        return fpcore.loads(source, options)


def spans(
    pre: str, options: Options = BITS, arguments: str = "x y"
) -> dict[str, tuple[float, float]]:
    design = fpcore.loads(f"(FPCore ({arguments}) :pre {pre} (+ {arguments} 1))", options)
    return {i.name: (float(i.lo), float(i.hi)) for i in design.inputs}


OPERATORS = [
    ("(+ x y 1 2)", lambda x, y: x + y + 3),
    ("(- x)", lambda x, y: -x),
    ("(- x y 1)", lambda x, y: x - y - 1),
    ("(/ x y 2)", lambda x, y: x / y / 2),
    ("(/ y)", lambda x, y: 1 / y),
    ("(fma x y 3)", lambda x, y: x * y + 3),
    ("(fabs x)", lambda x, y: abs(x)),
    ("(pow y 3)", lambda x, y: y**3),
    ("(hypot x y)", math.hypot),
    ("(atan2 x y)", math.atan2),
    ("(fmod x y)", math.fmod),
    ("(remainder x y)", math.remainder),
    ("(fdim x y)", lambda x, y: max(x - y, 0)),
    ("(copysign x y)", math.copysign),
    ("(fmax x y)", max),
    ("(fmin x y)", min),
    ("(trunc x)", lambda x, y: math.trunc(x)),
    ("(ceil x)", lambda x, y: math.ceil(x)),
    ("(floor x)", lambda x, y: math.floor(x)),
    ("(round x)", lambda x, y: math.copysign(math.floor(abs(x) + 0.5), x) if abs(x) >= 0.5 else 0),
    ("(nearbyint x)", lambda x, y: float(np.rint(x))),
    ("(expm1 x)", lambda x, y: math.expm1(x)),
    ("(erfc x)", lambda x, y: math.erfc(x)),
    ("(exp2 x)", lambda x, y: 2.0**x),
    ("(cbrt x)", lambda x, y: float(np.cbrt(x))),
    ("(log2 (fabs y))", lambda x, y: math.log2(abs(y))),
    ("(log1p (fabs y))", lambda x, y: math.log1p(abs(y))),
    ("(if (< x y) x (* 2 y))", lambda x, y: x if x < y else 2 * y),
    ("(if (and (< -1 x 1) (or (>= y 0) (!= x y))) 1 2)", lambda x, y: 1 if -1 < x < 1 and (y >= 0 or x != y) else 2),
    ("(if (not (== x y)) 1 2)", lambda x, y: 1 if x != y else 2),
    ("(if (signbit x) 1 2)", lambda x, y: 1 if x < 0 else 2),
    ("(if (isnan x) 1 (if (isinf x) 2 (if (isfinite x) 3 4)))", lambda x, y: 3),
    ("(cast (! :precision binary32 :round toZero (* x y)))", lambda x, y: x * y),
    ("(let ((x y) (y x)) (- x (* 2 y)))", lambda x, y: y - 2 * x),
    ("(let* ((x (+ x 1)) (y (* x 2))) (- x y))", lambda x, y: -(x + 1)),
    ("(let ((a (let ((x 5)) (* x y)))) (+ a x))", lambda x, y: 5 * y + x),
    ("(* x PI_2)", lambda x, y: x * math.pi / 2),
    ("(* x (+ E LN2 LOG2E LN10 LOG10E SQRT2 SQRT1_2))",
     lambda x, y: x * (math.e + math.log(2) + math.log2(math.e) + math.log(10) + math.log10(math.e)
                       + math.sqrt(2) + math.sqrt(0.5))),
    ("(+ M_1_PI 2_PI M_2_SQRTPI PI_4 x)",
     lambda x, y: 3 / math.pi + 2 / math.sqrt(math.pi) + math.pi / 4 + x),
    ("(+ 3/8 x (digits 3 -2 10) (digits -5 3 2))", lambda x, y: 3 / 8 + x + 0.03 - 40),
    ("(* 0x1.8p3 #; (a (b)) 1e-1 #| not ; this |# x) ; nor this\n", lambda x, y: 1.2 * x),
    ("[if [< x 0] {- x} x]", lambda x, y: abs(x)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "meaning"), OPERATORS, ids=[t for t, _ in OPERATORS])
@pytest.mark.parametrize(("x", "y"), [(0.5, -1.25), (-2.5, 3.0), (3.75, 0.5), (-0.375, -2.0)])
def test_operator(text, meaning, x, y):
    assert value(text, x=x, y=y) == pytest.approx(meaning(x, y), abs=1e-12)


@pytest.mark.parametrize(
    ("pre", "x", "y"),
    [
        ("(and (<= -1 x 1) (<= 0 y 3/2))", (-1, 1), (0, 1.5)),
        ("(<= -1 x y 2)", (-1, 2), (-1, 2)),
        ("(and (>= 2 x -2) (>= y 1) (<= y 2))", (-2, 2), (1, 2)),
        ("(and (<= (fabs x) 2) (<= (fabs (- y 3)) 1/2))", (-2, 2), (2.5, 3.5)),
        ("(and (<= 0 (* 2 x) 3) (<= -1 (- y 1) (+ 1 1/2)))", (0, 1.5), (0, 2.5)),
        ("(and (or (<= -3 x -1) (<= 1 x 2)) (<= 0 y 1) (!= x 0))", (-3, 2), (0, 1)),
        ("(and (<= 0 x 1) (<= (- x) y (+ x 1)))", (0, 1), (-1, 2)),
        ("(and (<= 0 x (/ PI 2)) (== y 1))", (0, 1.5703125), (1, 1)),
        ("(and (<= 1 x 2) (<= 0 y 1) (>= (* x x) (* 4 y)))", (1, 2), (0, 1)),
        ("(let ((a 3) (b x)) (and (<= -1 b a) (let* ((c (+ a 1))) (<= 0 y c))))", (-1, 3), (0, 4)),
        ("(! :precision binary64 (and (<= 1 x 2) (<= 0 y 1)))", (1, 2), (0, 1)),
        ("(and (<= 1 x 2) (and (<= 0 y) (and (<= y 1))))", (1, 2), (0, 1)),
    ],
)  # fmt: skip
def test_ranges(pre, x, y):
    found = spans(pre)
    for name, (lo, hi) in {"x": x, "y": y}.items():
        assert found[name] == (pytest.approx(lo, abs=2**-8), pytest.approx(hi, abs=2**-8))
        assert lo <= found[name][0] <= found[name][1] <= hi + 1e-12


def test_what_a_precondition_says_beyond_ranges_keeps_roots_defined():
    core = "(FPCore (a b) :pre (and (<= 1 a 3) (<= 0 b 4) {}) (sqrt (- (* a a) b)))"
    related = fpcore.loads(core.format("(>= (* a a) b)"), BITS)
    assert show(related.outputs[0][1]) == "sqrt(max(0, a*a - b))"
    assert show(fpcore.loads(core.format("(<= b 4)"), BITS).outputs[0][1]) == "sqrt(a*a - b)"
    safe = core.format("(>= (* a a) b)").replace("<= 0 b 4", "<= 0 b 1")
    assert show(fpcore.loads(safe, BITS).outputs[0][1]) == "sqrt(a*a - b)"


def test_excluded_ends_are_no_inputs():
    assert spans("(and (< 0 x 1) (< -1 y 1))") == {
        "x": (2**-12, 1 - 2**-12),
        "y": (-1 + 2**-11, 1 - 2**-11),
    }


def test_options_win_and_close_open_ends():
    assert spans("(and (<= 0 x) (<= 1 y 2))", ANY) == {"x": (0, 4 - 2**-10), "y": (1, 2 - 2**-11)}
    options = Options(bits=12, ranges=["x=[-1, 3]"], max_error="0.01")
    assert spans("(and (<= 0 x 1) (<= 1 y 2))", options)["x"] == (-1, 3)


def test_several_cores_share_ports_where_ranges_agree():
    text = """
    (FPCore (x y) :name "first one" :pre (and (<= 0 x 1) (<= 0 y 1)) (+ x y))
    (FPCore second (x y) :pre (and (<= 0 x 1) (<= 0 y 2)) (- x y))
    (FPCore (x) :pre (<= 0 x 1) (half (sin x)))
    (FPCore half (a) (/ a 2))
    """
    design = fpcore.loads(text, BITS)
    assert [i.name for i in design.inputs] == ["x", "y", "second_y"]
    assert [(n, show(e)) for n, e in design.outputs] == [
        ("first_one", "x + y"), ("second", "x - second_y"), ("y2", "0.5*sin(x)"),
    ]  # fmt: skip
    one = fpcore.loads(text, Options(bits=12, max_error="0.01", pick="first one"))
    assert (one.name, [n for n, _ in one.outputs]) == ("first_one", ["out"])
    assert [
        show(e) for _, e in fpcore.loads(text, Options(bits=8, max_error="0.1", pick=3)).outputs
    ] == ["0.5*sin(x)"]


def test_names_that_hardware_does_not_take():
    with pytest.warns(DesignWarning, match="λ is lambda, m-0 is m_0"):
        design = fpcore.loads("(FPCore (λ m-0 m_0_ |2 b|) (+ λ m-0 m_0_ |2 b|))", ANY)
    assert [i.name for i in design.inputs] == ["lambda", "m_0", "m_0_", "x_2_b"]


def test_annotated_arguments_carry_formats():
    with pytest.warns(DesignWarning, match="bits = 12 changes nothing"):
        design = fpcore.loads("(FPCore ((! :precision (fixed -8 12) x)) (sin x))", BITS)
    assert str(design.inputs[0].type) == "fixed<12,4>"


def test_functions_of_the_user():
    options = Options(bits=8, ranges=["[1, 2]"], max_error="0.1", functions=["tgamma(x) = x*x"])
    assert value("(tgamma x)", options, x=1.5) == 2.25


@pytest.mark.parametrize("extension", ["fpcore", "txt"])
def test_files_are_recognised(tmp_path, extension):
    (tmp_path / f"a.{extension}").write_text(
        "#lang fpcore\n; a comment\n\n (FPCore (x) :pre (<= 0 x 1) (sin x))"
    )
    assert load_any(tmp_path / f"a.{extension}", BITS).name == "a"


def test_depth_is_bounded_by_memory_alone():
    deep = "(FPCore (x) " + "(sin " * 30_000 + "x" + ")" * 30_000 + ")"
    e = fpcore.loads(deep, ANY).outputs[0][1]
    for _ in range(30_000):
        (e,) = e.args
    assert e.op == "var"


WRONG = {
    "empty_assumption": "(FPCore (x y) :pre (and (<= 0 y 1) (<= 4 x)) (+ x y))",
    "open_range": "(FPCore (x) :pre (>= x 20) (log x))",
    "infinite_range": "(FPCore (x) :pre (< 5 x INFINITY) (log x))",
    "empty_range": "(FPCore (x) :pre (and (<= 2 x) (<= x 1)) (log x))",
    "while": "(FPCore (x) :pre (<= 0 x 1)\n  (while (< i 3) ((i 0 (+ i 1))) (* x i)))",
    "for": "(FPCore (x) :pre (<= 0 x 1) (for ([i 3]) ([s 0 (+ s x)]) s))",
    "tensor": "(FPCore (x) :pre (<= 0 x 1) (tensor ([i 3]) (* x i)))",
    "tensor_argument": "(FPCore ((A 3)) (ref A 1))",
    "gamma": "(FPCore (x) :pre (<= 1 x 2) (tgamma x))",
    "infinity": "(FPCore (x) :pre (<= 1 x 2) (+ x INFINITY))",
    "unknown_operator": "(FPCore (x) :pre (<= 1 x 2) (sine x))",
    "unknown_name": "(FPCore (x) :pre (<= 1 x 2) (+ x1 x))",
    "operands": "(FPCore (x) :pre (<= 1 x 2) (sin x x))",
    "integer": "(FPCore (x) :pre (<= 1 x 2) :precision integer (/ x 2))",
    "no_body": "(FPCore (x) :pre (<= 1 x 2))",
    "two_bodies": "(FPCore (x) :pre (<= 1 x 2) x x)",
    "no_arguments": "(FPCore (+ 1 2))",
    "not_fpcore": "(define (f x) x)",
    "unclosed": "(FPCore (x)\n  (sin x)",
    "unopened": "(FPCore (x) (sin x)))",
    "mixed_brackets": "(FPCore (x) (sin x])",
    "text_without_end": '(FPCore (x) :name "a (sin x))',
    "recursion": "(FPCore f (x) (f x)) (FPCore (x) :pre (<= 1 x 2) (f x))",
    "number": "(FPCore (x) :pre (<= 1 x 2) (+ x 1.2.3))",
    "zero_denominator": "(FPCore (x) :pre (<= 1 x 2) (+ x 1/0))",
    "huge_number": "(FPCore (x) :pre (<= 1 x 2) (+ x 1e999999999))",
    "let": "(FPCore (x) :pre (<= 1 x 2) (let (x 1) x))",
    "doubling": "".join(f"(FPCore f{k} (x) (+ (f{k + 1} (sin x)) (f{k + 1} (cos x))))" for k in range(40))
    + "(FPCore f40 (x) (sin x)) (FPCore (x) :pre (<= 1 x 2) (f0 x))",
    "empty": "; nothing",
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong(name, golden):
    with pytest.raises(InputError) as error:
        fpcore.loads(WRONG[name], BITS, file="a.fpcore")
    golden(f"{error.value}\n")


def test_a_range_is_needed_where_no_width_is_stated(golden):
    with pytest.raises(InputError) as error:
        fpcore.loads(
            "(FPCore (x y) :pre (<= 0 y 1) (+ x y))", Options(max_error="1"), file="a.fpcore"
        )
    golden(f"{error.value}\n")


def test_assumed_ranges_are_said():
    core = "(FPCore (x y z w) :pre (and (<= 0 y 1) (>= z 2) (<= w 0)) (+ x (* y (+ z w))))"
    with pytest.warns(DesignWarning) as told:
        design = fpcore.loads(core, BITS, file="a.fpcore")
    assert [(i.name, round(i.lo), round(i.hi)) for i in design.inputs] == [
        ("x", -4, 4), ("y", 0, 1), ("z", 2, 4), ("w", -4, 0)
    ]  # fmt: skip
    assert sorted(str(w.message) for w in told) == [
        "a.fpcore: argument 'w' has no lower bound: [-4, 0] is assumed; state yours with --range or --data",
        "a.fpcore: argument 'z' has no upper bound: [2, 4] is assumed; state yours with --range or --data",
        "a.fpcore: no range is stated for x: [-4, 4] is assumed; state yours with --range or --data",
    ]


def test_unknown_pick(golden):
    with pytest.raises(InputError) as error:
        fpcore.loads(
            '(FPCore (x) :name "one" x) (FPCore (x) x)', Options(bits=8, pick="onne", max_error="1")
        )
    golden(f"{error.value}\n")


@given(st.text(alphabet='()[]{}"|;#! \nlet*ifx1.5/-e+<=:pre', max_size=60))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(InputError):
        quietly(f"(FPCore (x) {text})", ANY)
