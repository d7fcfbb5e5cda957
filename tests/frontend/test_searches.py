"""What searches print and write in forms of their own: the names of inputs and outputs, and the
formula.
"""

from __future__ import annotations

import pytest

from symgate.errors import InputError
from symgate.frontend.language.infix import parse
from symgate.frontend.load import Options, import_any


def read(name, text, tmp_path, **more):
    (path := tmp_path / name).write_text(text, encoding="utf-8")
    found = import_any([path], Options(bits=8, max_error="0.02", **more))
    return list(found.inputs), dict(found.outputs)


HEAD = "Complexity  Loss       Score      Equation\n"
KINDS = {
    "all outputs of a search": (
        "a.txt",
        f"Best equations for output 1\n{HEAD}1  8e-02  3.9e-01  x1\n3  1e-02  3.2e+00  (x1 * 0.5)\n"
        f"====\nBest equations for output 2\n{HEAD}1  7e-02  0.0  x2\n"
        f"Best equations for output 1\n{HEAD}5  1e-03  0.5  x1 + x2\n",
        {},
        (["x1", "x2"], {"y0": "x1 + x2", "y1": "x2"}),
    ),
    "losses of other names": (
        "a.txt",
        "Cycles per second: 1.0e+05\nProgress: 399 / 400 total iterations (99.750%)\n"
        "Complexity  MSE        Score     Equation\n0  5e-03  0.0  0.02\n"
        "8  1e-13  3.0  mult(exp(mult(theta, -0.5)), 0.25)\n",
        {},
        (["theta"], {"y": "exp(-0.5*theta)*0.25"}),
    ),
    "a printed template": (
        "a.txt",
        f"{HEAD}2  2.4  0.0  ╭ f = #1\n                        ╰ C = [0.5, 2]\n"
        "4  1e-13  1.5e+01  ╭ f = #1 - 0.25\n                   ├ g = cos(#1)\n"
        "                   ╰ C = [2.5, -0.5]\n",
        {"combine": "C[1]*f(x1) + g(x2)^2 + C[2]"},
        (["x1", "x2"], {"y": "2.5*(x1 - 0.25) + cos(x2)^2 - 0.5"}),
    ),
    "a printed template in one line": (
        "a.txt",
        f"{HEAD}2  2.4  0.0  f = #1; g = #1\n4  1e-13  9.0  f = #1 - 0.25; g = 3.0\n",
        {"combine": "f(a) + g(b)"},
        (["a"], {"y": "3 + (a - 0.25)"}),
    ),
    "a template without arguments": (
        "h.csv", 'Complexity,Loss,Equation\n3,0.1,"f = 2.0; C = [3.0]"\n', {"combine": "f(a)*C[1]*a"},
        (["a"], {"y": "2*(3)*a"}),
    ),
    "parameters by category": (
        "h.csv",
        'Complexity,Loss,Equation\n5,0.01,"f = #1*#1 + p[#2]; p = [0.5, 1.5, -2.5]"\n',
        {"combine": "f(x0, kind) - p[kind]"},
        (["kind", "x0"],
         {"y": "(x0*x0 + where(kind < 1.5, 0.5, where(kind < 2.5, 1.5, -2.5)))"
               " - where(kind < 1.5, 0.5, where(kind < 2.5, 1.5, -2.5))"}),
    ),
    "single precision of Julia": (
        "h.csv", 'Complexity,Loss,Equation\n9,1.2f-3,"x0 - 3.75f-8*x1 + 2.5f0"\n', {},
        (["x0", "x1"], {"y": "x0 - 3.75e-8*x1 + 2.5"}),
    ),
    "single precision in a text": (
        "a.txt", "z = x0 - 3.75f-8*x1 + 2.5f0", {},
        (["x0", "x1"], {"z": "x0 - 3.75e-8*x1 + 2.5"}),
    ),
    "signs of typography": (
        "h.csv", 'Complexity,Loss,Equation\n9,1e\u22123,"x0 \u2212 0.5·x1 \u00d7 2e\u22121"\n', {},
        (["x0", "x1"], {"y": "x0 - 0.5*x1*0.2"}),
    ),
    "comparisons of typography": (
        "a.txt", "(x ≤ 1) + (x ≥ 2) + (x ≠ 3)", {},
        (["x"], {"y": "(x <= 1) + (x >= 2) + (x != 3)"}),
    ),
    "a decimal comma": (
        "h.csv", 'Complexity;Loss;Equation\n1;2,0;"x0"\n5;0,5;"cos(x0) * 1.5"\n', {},
        (["x0"], {"y": "cos(x0)*1.5"}),
    ),
    "elements of a vector": (
        "a.txt", "y = x[0]**2 + 2.5*cos(x[1]) - 0.5", {},
        (["x0", "x1"], {"y": "x0**2 + 2.5*cos(x1) - 0.5"}),
    ),
    "relations of SymPy": (
        "a.txt",
        "[Piecewise((sin(x)/x, Ne(x, 0)), (1, True)), Piecewise((x, Eq(y, 1) | Gt(y, 2)), (0, True))]",
        {},
        (["x", "y"],
         {"out0": "where(x != 0, sin(x)/x, 1)", "out1": "where(y == 1 or y > 2, x, 0)"}),
    ),
    "two bars of SymPy, which are no absolute value": (
        "a.txt",
        "[Piecewise((x, (x > 1) | (y > 1)), (2, Eq(x, 0) | (y < 0)), (0, True))]",
        {"dialect": "sympy"},
        (["x", "y"], {"out": "where(x > 1 or y > 1, x, where(x == 0 or y < 0, 2, 0))"}),
    ),
    "bars of an absolute value": (
        "a.txt", "[|x|² + |y - |x||]", {"dialect": "sympy"},
        (["x", "y"], {"out": "abs(x)**2 + abs(y - abs(x))"}),
    ),
    "candidates of SymbolFit": (
        "candidates.csv",
        ',PySR equation,"Parameterized equation, unscaled","Parameters: (best-fit, +1, -1)",'
        'Complexity,Chi2/NDF,RMSE\n'
        "0,x0,a1 + x0,\"{'a1': (1.0, 0.1, -0.1)}\",3,12.5,3\n"
        "1,x0,a1 + a2*exp(-x0*a10),"
        "\"{'a1': (0.02, 0, 0), 'a2': (-1.5e-1, 0.1, -0.1), 'a10': (2.25, 0.2, -0.2)}\",7,1.5,2\n",
        {},
        (["x0"], {"y": "0.02 + (-0.15)*exp(-x0*2.25)"}),
    ),
    "its header without quotes": (
        "candidates.csv",
        ",Parameterized equation,Parameters: (best-fit, +1sigma, -1sigma),Complexity,Chi2\n"
        "0,a1 + x0,\"{'a1': (0.5, 0.01, -0.01)}\",7,12.5\n",
        {},
        (["x0"], {"y": "0.5 + x0"}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_kind_of_search(kind, tmp_path):
    name, text, more, (inputs, outputs) = KINDS[kind]
    found = read(name, text, tmp_path, **more)
    assert found == (inputs, {n: parse(t, None) for n, t in outputs.items()})


REFUSED = {
    "x[0] and x0 would be one input": ("a.txt", "y = x[0] + x0", {}),
    "the row has no value of the parameter a2": (
        "c.csv",
        ',Parameterized equation,"Parameters: (best-fit)",Complexity,Chi2\n'
        "0,a1 + a2,\"{'a1': (0.5, 0.01, -0.01)}\",7,12.5\n",
        {},
    ),
}


@pytest.mark.parametrize("message", REFUSED)
def test_refused_with_its_cause(message, tmp_path):
    name, text, more = REFUSED[message]
    with pytest.raises(InputError, match=message.replace("[", r"\[")):
        read(name, text, tmp_path, **more)
