"""Exports: every language reads back to the same function, by our importers and by the tools
themselves.
"""

from __future__ import annotations

import json
import subprocess

import numpy as np
import pytest
import sympy

from symgate.errors import InputError
from symgate.frontend.design_file import toml
from symgate.frontend.load import Options, load_any
from symgate.frontend.readers import SOURCES
from symgate.frontend.readers.base import Content
from symgate.frontend.readers.fpcore import fpcore
from symgate.frontend.writers import exports
from symgate.ir.evaluate import evaluate

TEXT = """\
x: fixed<12,4> [0.5, 2]
y2: fixed<12,4> [-2, 2]
e1: fixed<12,4> [1, 3]
let t = sin(x*y2) - x/3
a = t**2 + t*exp(-t) + 0.1*x**-2 + 2*x**0.5
b = where((x > y2) and (y2 <= 1), t, abs(y2)) + max(x, y2, 0.25) - min(x, 1)
c = relu(y2) + sigmoid(x) + sqrt(e1)/(1 + y2**2) + atan2(y2, x) + pi*e1 - e
d = log2(e1) + log1p(x) + expm1(y2) + hypot(x, y2) + exp2(y2) + gauss(y2) + cube(y2) + square(x) + inv(x)
f = floor(y2) + ceil(x) + sign(y2) + step(x - 1) + tanh(y2) + erf(y2) + mod(y2, 0.75) + asinh(y2) + heaviside(y2)
g = -(x - y2) - (-x)*3 + -x**2 + (x/y2)/(2/e1) + (1 - x)**3 + 1/3
"""
DESIGN = load_any(TEXT, Options(precision="fixed<24,12>"))
RNG = np.random.default_rng(1)
POINTS = {
    "x": RNG.uniform(0.5, 2, 40),
    "y2": RNG.uniform(0.1, 2, 40) * RNG.choice([-1, 1], 40),
    "e1": RNG.uniform(1, 3, 40),
}
WANT = np.array(evaluate([e for _, e in DESIGN.outputs], POINTS))


def same(values, want=WANT):
    np.testing.assert_allclose(np.array(values, float), want, rtol=1e-11, atol=1e-11)


def reread(language: str, tmp_path, **more):
    """The exported text, through our importer of that language."""
    text = exports.export(DESIGN, language)
    kind = next(k for k in SOURCES if k.dialect == {"sympy": "text"}.get(language, language))
    options = Options(bits=12, ranges=["[0.5, 2]"], precision="fixed<24,12>", **more)
    return kind.read(Content(tmp_path / "out.txt", text), (), options)


@pytest.mark.parametrize("language", ["sympy", "latex", "fpcore", "python", "c", "json"])
def test_importer_reads_it_back(language, tmp_path):
    found = reread(language, tmp_path)
    assert list(found.inputs) == ["x", "y2", "e1"] or set(found.inputs) == {"x", "y2", "e1"}
    same(evaluate(list(found.outputs.values()), POINTS))


@pytest.mark.parametrize("language", sorted(exports.LANGUAGES))
def test_text(language, golden):
    golden(exports.export(DESIGN, language))


def test_sympy_computes_the_same():
    names = sympy.symbols("x y2 e1")
    for line, want in zip(exports.export(DESIGN, "sympy").splitlines(), WANT, strict=True):
        expression = sympy.parse_expr(line.partition(" = ")[2], {str(n): n for n in names})
        at = sympy.lambdify(names, expression, "mpmath")
        same([at(*p) for p in zip(*POINTS.values(), strict=True)], want)


def test_python_computes_the_same():
    scope: dict = {}
    text = exports.export(DESIGN, "python").replace(
        "from scipy.special import erf", "from symgate.ir.meanings import erf"
    )
    exec(text, scope)
    same(scope["design"](*POINTS.values()))


@pytest.mark.needs("g++")
def test_c_computes_the_same(tmp_path):
    rows = [", ".join(map(repr, map(float, p))) for p in zip(*POINTS.values(), strict=True)]
    points = ",".join(f"{{{row}}}" for row in rows)
    names = [n for n, _ in DESIGN.outputs]
    call = f"design(p[0], p[1], p[2], {', '.join(f'r + {k}' for k in range(len(names)))});"
    main = f"""#include <stdio.h>
int main(void) {{ static const double points[][3] = {{{points}}};
  for (int k = 0; k < {len(POINTS["x"])}; ++k) {{ const double *p = points[k]; double r[{len(names)}]; {call}
    for (int j = 0; j < {len(names)}; ++j) printf("%.17g ", r[j]); }} return 0; }}
"""
    (tmp_path / "a.c").write_text(exports.export(DESIGN, "c") + main)
    subprocess.run(
        ["gcc", "-Wall", "-Werror", "-o", tmp_path / "a", tmp_path / "a.c", "-lm"],
        check=True,
        timeout=120,
    )
    out = subprocess.run(
        [tmp_path / "a"], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    same(np.array(list(map(float, out.split()))).reshape(-1, len(names)).T)


def test_fpcore_and_json_carry_ranges(tmp_path):
    for language in ("fpcore", "json"):
        found = reread(language, tmp_path)
        ranges = {
            n: tuple(float(eval_fraction(v)) for v in s.range) for n, s in found.inputs.items()
        }
        assert ranges == {i.name: (float(i.lo), float(i.hi)) for i in DESIGN.inputs}
    assert json.loads(exports.export(DESIGN, "json"))["inputs"]["x"]["format"] == "fixed<12,4>"


def eval_fraction(value):
    from symgate.frontend.language.source import Source
    from symgate.frontend.language.values import exact

    return exact(value, Source(str(value)))


def test_shared_subexpressions_stay_shared():
    lines = (
        ["x: fixed<8,2>", "let t0 = x"]
        + [f"let t{k + 1} = t{k}*t{k} + sin(t{k})" for k in range(60)]
        + ["y = t60"]
    )
    design = load_any("\n".join(lines), Options(precision="fixed<16,6>"))
    assert len(exports.export(design, "fpcore")) < 10_000
    again = fpcore.loads(exports.export(design, "fpcore"), Options(bits=8, precision="fixed<16,6>"))
    same(
        evaluate([again.outputs[0][1]], {"x": np.array([0.25])}),
        evaluate([design.outputs[0][1]], {"x": np.array([0.25])}),
    )
    with pytest.raises(InputError, match="too large to be written out"):
        exports.export(design, "latex")
    assert toml.loads(toml.dump(design)).outputs == design.outputs


def test_unknown_language():
    with pytest.raises(InputError, match="unknown language 'fortran'"):
        exports.export(DESIGN, "fortran")
