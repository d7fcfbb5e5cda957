"""Python as it is written by hand: what a file means, by the names of its inputs and outputs and its
formula.
"""

from __future__ import annotations

import pytest

from symgate.errors import InputError
from symgate.frontend.language.infix import parse
from symgate.frontend.load import Options, import_any

NP = "import numpy as np\nimport math\n"


def read(text, tmp_path):
    (path := tmp_path / "a.py").write_text(NP + text)
    found = import_any([path], Options(bits=8, max_error="0.02"))
    return list(found.inputs), dict(found.outputs)


KINDS = {
    "constants of the module": (
        "GAIN = 2.5\nOFFSET = np.pi/4\ndef f(x, y): return GAIN*np.sin(x + OFFSET) - y",
        ["x", "y"],
        {"out": "2.5*sin(x + pi/4) - y"},
    ),
    "constants that come later": ("def f(x): return K*x\nK: float = 3\nK = 4", ["x"],
                                  {"y": "4*x"}),
    "constants that functions give": ("def g(x): return x\nK = g(3)\ndef f(x): return K*x", ["x"],
                                      {"y": "3*x"}),
    "symbols of SymPy": (
        "import sympy as sp\nx, y = sp.symbols('x0 x1', real=True)\nexpr = sp.sin(x) + y**2",
        ["x0", "x1"],
        {"expr": "sin(x0) + x1**2"},
    ),
    "a span of symbols": (
        "from sympy import Symbol, symbols\na, b = symbols('q:2')\nr = Symbol('r')\ny = a*b - r",
        ["q0", "q1", "r"],
        {"y": "q0*q1 - r"},
    ),
    "imported by name": (
        "from math import e, tau as t, sin as s\ndef f(x): return e*x + t + s(x)",
        ["x"],
        {"y": "(`e`*x + 2*pi) + sin(x)"},
    ),
    "vectors of constants": (
        "W = np.array([1.5, -2, 4])\ndef f(x): return np.dot(W, x) + W[2] + sum([x[0], 1])",
        ["x0", "x1", "x2"],
        {"y": "((1.5*x0 + -2*x1 + 4*x2) + 4) + (x0 + 1)"},
    ),
    "matrix product": ("W = [2, 3]\ndef f(x): return W @ x", ["x0", "x1"], {"y": "2*x0 + 3*x1"}),
    "polyval": ("def f(x): return np.polyval([2, 0, 1], x)", ["x"], {"y": "(2*x)*x + 1"}),
    "polynomial of NumPy": (
        "def f(x): return np.polynomial.polynomial.polyval(x, [1, 0, 2])", ["x"],
        {"y": "(2*x)*x + 1"},
    ),
    "interp": (
        "def f(x): return np.interp(x, [0, 1, 3], [1, 2, 0])",
        ["x"],
        {"y": "((1 + 1*relu(x)) + -2*relu(x - 1)) + 1*relu(x - 3)"},
    ),
    "interp of numbers": (
        "W = [2, 3]\ndef f(x): return x*np.interp(9, [0, 1, 3], [1, 0.1, 0.7])"
        " + np.interp(0.5, [0, 1], W)",
        ["x"],
        {"y": "x*0.7 + 2.5"},
    ),
    "select": (
        "def f(x): return np.select([x > 1, x > 0], [1, x], default=-1)",
        ["x"],
        {"y": "where(x > 1, 1, where(x > 0, x, -1))"},
    ),
    "if, elif, else": (
        "def f(x):\n    if x > 1:\n        r = 1\n    elif x > 0:\n        r = x\n    else:\n"
        "        r = -x\n    return r",
        ["x"],
        {"y": "where(x > 1, 1, where(x > 0, x, -x))"},
    ),
    "early returns": (
        "def f(x):\n    if x > 1:\n        return 1\n    t = x*x\n    if t < 0.25:\n"
        "        return t\n    return t + x",
        ["x"],
        {"y": "where(x > 1, 1, where(x*x < 0.25, x*x, x*x + x))"},
    ),
    "casts": ("def f(x): return int(10*x) + bool(x)", ["x"],
              {"y": "sign(10*x)*floor(abs(10*x)) + (x != 0)"}),
    "values of and, or": ("def f(x, z): return (x and z) + (x or 2)", ["x", "z"],
                          {"y": "where(x != 0, z, x) + where(x != 0, x, 2)"}),
    "remainders": (
        "def f(x): return np.remainder(x, 3) + math.remainder(x, 3)",
        ["x"],
        {"y": "mod(x, 3) + (x - 3*round(x/3))"},
    ),
    "main is passed over": (
        "def f(x): return x*x\nif __name__ == '__main__':\n    print(f(2))",
        ["x"],
        {"y": "x*x"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_kind_of_python(kind, tmp_path):
    text, inputs, outputs = KINDS[kind]
    text = text.replace("`e`", "e")
    expected = {n: parse(t.replace("`e`", "exp1"), None) for n, t in outputs.items()}
    assert read(text, tmp_path) == (inputs, expected)


REFUSED = {
    "def f(x):\n    if x > 0:\n        r = 1\n    return r": "'r' has a value in one branch only",
    "def f(x):\n    if x > 0:\n        return 1": "a way through the function 'f' returns nothing",
    "def f(x):\n    for k in range(3):\n        x = x*x\n    return x": "'for' is not read",
    "N = 'a'\ndef f(x): return N*x": "this is no real number",
    "P = {'a': 1.5}\ndef f(x): return P['a']*x": "'dict' is no expression of numbers",
    "W = [1, 2]\nW[0] = 3\ndef f(x): return W[0]*x": "this assignment is not read",
    "A, B = 1, 'b'\ndef f(x): return A*x": "this is no real number",
    "def f(x):\n    w = [x]\n    w.append(2)\n    return w[0]": "this call may change a value",
    "W = [1, 2]\ndef f(x): return W[2]*x": "W has 2 elements",
    "W = [1, 2]\ndef f(x): return W*x": "'W' is several numbers",
    "def f(x): return np.interp(x, [0, 0], [1, 2])": "the places of the points do not rise",
    "def f(x): return np.polyval(x, x)": "this is no vector of known numbers",
    "def f(x): return x ^ 2": "this operator has no meaning on real numbers",
}


@pytest.mark.parametrize("text", REFUSED)
def test_refused_with_its_cause(text, tmp_path):
    with pytest.raises(InputError) as found:
        read(text, tmp_path)
    assert REFUSED[text] in str(found.value)
