"""The small inputs beside this project that were read wrongly once: what they compute, beside what their
own language means by them; and the three whose output port was wrong, at every code.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from symgate.frontend.load import load_any
from symgate.frontend.options import Options
from symgate.ir.evaluate import evaluate
from symgate.ir.fixed import run
from symgate.passes.compiler import compile_design
from tests.frontend.test_cases import EIGHT, options

Values = NDArray[np.float64]
Columns = dict[str, Values]
#: Where a piece ends, what is tried is beside the end and on it.
POINTS = (-0.96, -0.5, -0.23, 0.0, 0.31, 0.5, 0.77, 1.0)


def _layers(c: Columns) -> Values:
    """The dispersion of waves between two fluids of lx.tex."""
    total = c["rho1"] + c["rho2"]
    flow = c["rho1"] * c["rho2"] / total**2 * c["U"] ** 2 * c["k"] ** 2
    return (c["rho1"] - c["rho2"]) / total * c["g_k"] + c["gamma"] * c["k"] ** 3 / total - flow


def _sympy(c: Columns) -> Values:
    """The branches of sc.c."""
    x, y = c["x"], c["y"]
    inner = np.where((x > 0) & (y <= 1), x**2 / 3 + np.abs(y), np.sign(x))
    return np.where(x > np.pi / 2, np.sin(x), inner)


def _sinc(x: Values) -> Values:
    return np.sinc(x / np.pi)


def _relations(c: Columns) -> list[Values]:
    """The two pieces of s1.txt."""
    x, y = c["x"], c["y"]
    last = np.where((y == 1) | (y > 2), np.abs(y), 0)
    return [_sinc(x), np.where((x >= 0) & (x < 1), x, last)]


def _pointers(c: Columns) -> list[Values]:
    """The two outputs of sc2.c."""
    x, y = c["x"], c["y"]
    return [np.where(x < 1, x, np.where(x < 2, x**2, x**3)), _sinc(y)]


#: What each file means, over its inputs by name.
MEANT: dict[str, Callable[[Columns], Values | list[Values]]] = {
    "exp.c": lambda c: 1.5 * np.tanh(0.25 * c["x0"]) + c["x1"] ** 2,
    "py4.py": lambda c: 2.54 * np.sin(c["x"] + np.pi / 4) - c["y"],
    "cast.c": lambda c: np.trunc(c["x"] * 10) * 0.1,
    "mo.txt": lambda c: [0.5 * c["x1"], 0.56898147 ** (c["x1"] + c["x2"])],
    "EE.txt": lambda c: np.e * c["x"],
    "p1037.txt": lambda c: 2.5382 * np.cos(c["x1"] - 3.7543e-8) + c["x2"] ** 2 - 0.5,
    "pt.txt": lambda c: c["x1"] - 3.7543e-8 + c["x2"],
    "s1.txt": _relations,
    "e_rm.tex": lambda c: np.exp(c["x"]),
    "lx.tex": _layers,
    "jf.csv": lambda c: c["x0"] - 3.7543e-8 * c["x1"] + 2.5,
    "jf.txt": lambda c: c["x0"] - 3.7543e-8 * c["x1"] + 2.5,
    "p25.txt": lambda c: 0.38551515 * np.exp(-0.50000024 * (c["theta"] ** 2 - 0.06846976)),
    "um.csv": lambda c: c["x0"] - 0.5 * c["x1"],
    "sc.c": _sympy,
    "sc2.c": _pointers,
    "vec.txt": lambda c: c["x0"] ** 2 + 2.5 * np.cos(c["x1"]) - 0.5,
    "sf.csv": lambda c: 0.0213 + 1.5 * np.exp(-2.25 * c["x0"]),
    "semi.csv": lambda c: 1.5 * np.cos(c["x0"]),
}
#: Files whose pieces or roots need other points than those of the smaller box.
SCALES = {"sc.c": 2.0, "sc2.c": 3.0, "s1.txt": 3.0}


@pytest.fixture
def cases(shared_data):
    return shared_data.parent / "cases"


def columns(names: list[str], scale: float) -> Columns:
    """Points for each name, no two names in step."""
    return {name: scale * np.roll(POINTS, 3 * k) * (1 + k / 64) for k, name in enumerate(names)}


@pytest.mark.filterwarnings("ignore::symgate.frontend.check.DesignWarning")
@pytest.mark.parametrize("name", MEANT)
def test_a_case_computes_what_its_language_means(name, cases):
    design = load_any(cases / name, options(name))
    x = columns([i.name for i in design.inputs], SCALES.get(name, 1.0))
    if name == "lx.tex":
        x = {n: 1.5 + c for n, c in x.items()}  # densities
    meant = np.atleast_2d(MEANT[name](x))
    found = [np.broadcast_to(v, len(POINTS)) for v in evaluate([e for _, e in design.outputs], x)]
    np.testing.assert_allclose(found, meant, rtol=1e-7, atol=1e-7)


def test_parameters_by_category_are_a_table_of_the_category(cases):
    design = load_any(cases / "par3.csv", Options(**EIGHT, combine="f(x0, k)"))
    k = np.array([1.0, 2.0, 3.0])
    found = evaluate([e for _, e in design.outputs], {"x0": np.full(3, 0.25), "k": k})
    assert np.asarray(found[0]).tolist() == [0.5625, 1.5625, 2.5625]


@pytest.mark.parametrize(
    ("name", "ranges"),
    [("d1.csv", [(-1.5, 3), (2, 4.25), (0, 1)]), ("d4.tsv", [(-1.5, 2), (2, 4.25), (0, 1)])],
)
def test_a_case_of_data_gives_its_ranges(name, ranges, cases):
    stated = Options(bits=12, data=cases / name, range_margin=0, max_error="0.1")
    design = load_any("y = a + b + c", stated)
    found = [(float(i.lo), float(i.hi)) for i in design.inputs]
    assert np.allclose(found, ranges, rtol=0, atol=2**-10)  # the last code of a grid that ends there


def test_what_is_assumed_of_a_case_is_said(cases):
    said = {n: load_any(cases / n, options(n)).assumed for n in ("EE.txt", "range_relation.fpcore")}
    assert said["EE.txt"] == ("E: 2.71828..., since no input is named E",)
    assert "relates its arguments" in said["range_relation.fpcore"][0]


def every(path) -> tuple[object, Columns, list[int]]:
    """The firmware of a case; all points of its inputs; what its first output says there."""
    made = compile_design(load_any(path))
    inputs = made.design.inputs
    rows = np.array(list(product(*(range(i.raw.lo, i.raw.hi + 1) for i in inputs)))).T
    codes = dict(zip((i.name for i in inputs), rows, strict=True))
    raw = run(made.graph, [codes[port.name] for port in made.graph.inputs])[0]
    x = {i.name: codes[i.name] * float(i.type.ulp) for i in inputs}
    return made, x, np.broadcast_to(raw, rows.shape[1])


def test_the_class_of_cl_has_two_bits_and_is_right_at_every_code(cases):
    made, c, found = every(cases / "cl.toml")
    assert str(made.graph.outputs[0].type) == "ufixed<2,2>"
    wanted = np.where(c["x"] > c["y"], 2, np.where(c["x"] > 0, 1, 0))
    assert np.array_equal(found, wanted)


def test_the_class_of_am_is_right_wherever_its_scores_are_apart(cases):
    made, c, found = every(cases / "am.toml")
    assert str(made.graph.outputs[0].type) == "ufixed<2,2>"
    a, b = c["a"], c["b"]
    scores = np.stack([0.3 * a - b, np.sin(a) * b, 0.5 - a * b])
    chosen = np.take_along_axis(scores, found[None], 0)[0]
    bound = made.certificate.bound("cls")
    assert np.max(scores.max(0) - chosen) <= bound <= 0.01
    order = np.sort(scores, 0)
    apart = order[-1] - order[-2] > bound
    assert np.mean(apart) > 0.9
    assert np.array_equal(found[apart], np.argmax(scores, 0)[apart])


def test_the_output_of_o2_is_in_its_format_rounded_and_saturated(cases):
    made, c, found = every(cases / "o2.toml")
    kind = made.graph.outputs[0].type
    assert str(kind) == "fixed<10,4>"
    ends = -8.0, 8 - 2.0**-6
    shown = np.clip(np.sin(c["x"]) * 40, *ends)
    off = np.abs(found * float(kind.ulp) - shown)
    assert off.max() <= made.certificate.bound("g") <= Fraction(5, 100)
    assert found.min() == -512
    assert found.max() == 511
