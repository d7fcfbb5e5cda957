"""C as it is written by hand: what a file means, by the names of its inputs and outputs and its formula."""

from __future__ import annotations

import pytest

from symgate.errors import InputError
from symgate.frontend.language.infix import parse
from symgate.frontend.load import Options, import_any

OPTIONS = Options(bits=8, ranges=["[-1, 1]"], max_error="0.02")


def read(text, tmp_path, name="a.c", **more):
    (path := tmp_path / name).write_text(text)
    found = import_any([path], Options(bits=8, max_error="0.02", **more))
    return list(found.inputs), dict(found.outputs)


def meant(outputs):
    return {name: parse(text, None) for name, text in outputs.items()}


KINDS = {
    "constants of the file": (
        "#define K 0.25f\nstatic const double A = 1.5, B = K*2;\n"
        "float top(const float x[2]) { const float t = x[0]*K; return A*tanhf(t) + B*x[1]; }",
        ["x0", "x1"],
        {"y": "1.5*tanh(0.25*x0) + 0.5*x1"},
    ),
    "macros with operands": (
        "#define SQ(a) ((a)*(a))\n#define TWICE(a) a + a\n"
        "float f(float x) { return SQ(x + 1) + 3*TWICE(x); }",
        ["x"],
        {"y": "(x + 1)*(x + 1) + x + 3*x"},
    ),
    "macros in macros": (
        "#define SQ(a) ((a)*(a))\nfloat f(float x) { return SQ(SQ(x) + 1); }",
        ["x"],
        {"y": "(x*x + 1)*(x*x + 1)"},
    ),
    "sums of whole numbers": (
        "double f(double x) { return -((6 + 6)) + (x > 5 + 1); }",
        ["x"],
        {"y": "(x > 6) - 12"},
    ),
    "tables of constants": (
        "static const float W[3] = {1, -2.5f, 4};\n"
        "double f(double *x) { return W[0]*x[0] + W[1]*x[1] + W[2]; }",
        ["x0", "x1"],
        {"y": "1*x0 + -2.5*x1 + 4"},
    ),
    "names of types": (
        "typedef int count; using real = double;\nreal f(real x) { count n = x; return n; }",
        ["x"],
        {"y": "sign(x)*floor(abs(x))"},
    ),
    "casts": (
        "float f(float x) { int k = (int)(x*10.0f); return k*0.1f + (float)(int)2.9; }",
        ["x"],
        {"y": "0.1*(sign(10*x)*floor(abs(10*x))) + 2"},
    ),
    "whole numbers divide": (
        "double f(double x) { return 1/2*x + 7/2 + -7/2 + 7%3 + 1/2.0; }",
        ["x"],
        {"y": "0*x + 1.5"},
    ),
    "a whole result": ("int f(float x) { return x*2.5; }", ["x"],
                       {"y": "sign(2.5*x)*floor(abs(2.5*x))"}),
    "truth of a number": ("float f(float x) { bool b = x*0.5f; return b + b; }", ["x"],
                          {"y": "(0 != 0.5*x) + (0 != 0.5*x)"}),
    "if, else if, else": (
        "double f(double x) { double r; if (x > 1) { r = 1; } else if (x > 0 && !(x == 0.5)) r = x;"
        " else { r = -x; } return r; }",
        ["x"],
        {"y": "where(x > 1, 1, where(x > 0 and not 0.5 == x, x, -x))"},
    ),
    "early returns": (
        "double f(double x) { if (x > 1) return 1; double t = x*x; if (t < 0.25) { return t; }"
        " return t + x; }",
        ["x"],
        {"y": "where(x > 1, 1, where(x*x < 0.25, x*x, x + x*x))"},
    ),
    "bodies have names of their own": (
        "double f(double x) { double t = 1; if (x > 0) { double t = 2; x = t; } return t*x; }",
        ["x"],
        {"y": "1*where(x > 0, 2, x)"},
    ),
    "outputs through pointers": (
        "void f(double x, double *out_1, double *out_2) { out_1[0] = x; (*out_2) = 2*x; }",
        ["x"],
        {"out_1": "x", "out_2": "2*x"},
    ),
    "outputs of an array": (
        "void f(const float x[2], float y[2]) { y[0] = x[1]; y[1] = x[0]; }",
        ["x0", "x1"],
        {"y0": "x1", "y1": "x0"},
    ),
    "arrays of a function": (
        "double f(double x) { double w[2] = {1, 2}, t[2]; w[0] = 3; t[1] = x; return w[0]*t[1] + w[1]; }",
        ["x"],
        {"y": "3*x + 2"},
    ),
    "conditional text": (
        "#ifndef A_H\n#define A_H\n#ifdef DEBUG\n#define G 9\n#else\n#define G 2\n#endif\n"
        "double f(double x) { return G*x; }\n#endif",
        ["x"],
        {"y": "2*x"},
    ),
    "functions that call each other": (
        "static int half(int n); double f(double x);\nstatic int half(int n) { return n/2; }\n"
        "double f(double x) { return half(x) + half(7); }",
        ["x"],
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_kind_of_c(kind, tmp_path):
    text, inputs, outputs = KINDS[kind]
    found = read(text, tmp_path)
    assert found[0] == inputs
    if outputs is not None:
        assert found[1] == meant(outputs)


def test_javascript_divides_real_numbers(tmp_path):
    text = "function f(x) { var t = 1/2; let u = x % 2; return t*x + Math.round(u) + x**2; }"
    inputs, outputs = read(text, tmp_path, "a.js")
    assert inputs == ["x"]
    assert outputs == meant({"y": "0.5*x + floor(sign(x)*mod(abs(x), abs(2)) + 0.5) + x**2"})


REFUSED = {
    "double f(double x) { double r; if (x > 0) r = 1; return r; }": "has no value here on every way",
    "double f(double x) { return x ^ 2; }": "works on the bits of whole numbers",
    "double f(double x) { return x % 2; }": "'%' takes whole numbers",
    "double f(double x) { return abs(x); }": "abs cuts a real number off in C",
    "double f(double x) { return (int8_t)x; }": "the type int8_t wraps numbers",
    "double f(double x) { unsigned n = 2; int k = x; return k*n; }": "wraps negative ones in C",
    "double f(double x) { unsigned n = x; return n - 1; }": "wraps below 0",
    "double f(double x) { return 100000*100000*x; }": "this overflows int",
    "double f(double x) { for (;;) x = 1; return x; }": "'for' is not read",
    "double f(double x) { if (x > 0) return 1; }": "a way through this function returns nothing",
    "#if A > 2\nint k;\n#endif\ndouble f(double x) { return x; }": "#if is not decided here",
    "double f(double x) { double t[2]; t[0] = x; return t[1]; }": "t[1] has no value here",
    "double k(3.0);\ndouble f(double x) { return k*x; }": "an initial value in brackets",
    "double f(double x[2, double y) { return x; }": "this bracket is never closed",
    "double f(double x) { return x/0; }": "division by zero",
    "double f(double x) { return 08*x; }": "08 is no octal number",
}


@pytest.mark.parametrize("text", REFUSED)
def test_refused_with_its_cause(text, tmp_path):
    with pytest.raises(InputError) as found:
        read(text, tmp_path)
    assert REFUSED[text] in str(found.value)
