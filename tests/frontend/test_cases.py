"""The small inputs beside this project that were read wrongly once: what is read now, by the names of
their inputs and outputs, and what is said of those that are refused.
"""

from __future__ import annotations

import pytest

from symgate.errors import InputError
from symgate.frontend.load import load_any
from symgate.frontend.options import Options

EIGHT = {"bits": 8, "ranges": {"*": (-1, 1)}, "max_error": 0.02}
TWELVE = {"bits": 12, "relative_error": "2^-8"}
#: The names of the inputs and of the outputs of each file, without its kind where this is clear.
NAMES = {
    "am.toml": "a b > cls",
    "bo.toml": "pt eta iso > trig cls sel",
    "bound_half.toml": "x > y",
    "bound_log18.toml": "x > y",
    "bound_log24.toml": "x > y",
    "bound_sum.toml": "x z > y",
    "cl.toml": "x y > cls",
    "crash_min.toml": "x z > y",
    "crash_pow.toml": "x z > y",
    "o2.toml": "x > g",
    "refused_atan2.toml": "x > y",
    "refused_corner.toml": "x > y",
    "refused_floor_exp.toml": "x > y",
    "refused_inv18.toml": "x > y",
    "refused_log17.toml": "x > y",
    "refused_power.toml": "x > y",
    "refused_sign.toml": "x > y",
    "guard_inv.fpcore": "x > y",
    "guard_sinc.fpcore": "x > y",
    "guard_sqrt.fpcore": "x > y",
    "large_hair.fpcore": "cosTheta_i cosTheta_O sinTheta_i sinTheta_O v > y",
    "range_relation.fpcore": "x1 x2 > y",
    "refuted_gtr1.fpcore": "cosTheta alpha > y",
    "vacuous_current.fpcore": "t resistance frequency inductance maxVoltage > y",
    "vacuous_trowbridge.fpcore": "u0 u1 alphax alphay > y",
    "refuted_gauss.csv": "x0 x1 > y",
    "w1.txt": "x > y",
    "w2.txt": "x > y",
    "p82.txt": "Y > L",
    "p1037.txt": "x1 x2 > y",
    "pt.txt": "x1 x2 > y",
    "EE.txt": "x > y",
    "cast.c": "x > y",
    "e_rm.tex": "x > y",
    "exp.c": "x0 x1 > y",
    "fs.txt": "x > y",
    "gl.txt": "x > y",
    "inv.txt": "x > k",
    "jf.csv": "x0 x1 > y",
    "jf.txt": "x0 x1 > y",
    "lx.tex": "U g_k gamma k rho1 rho2 > y",
    "m1.txt": "x > a",
    "m7a.txt": "x > y",
    "mo.txt": "x1 x2 > y0 y1",
    "p25.txt": "theta > y",
    "py4.py": "x y > out",
    "s1.txt": "x y > out0 out1",
    "s2.txt": "x > y",
    "sc.c": "x y > out",
    "sc2.c": "x y > out_1 out_2",
    "semi.csv": "x0 > y",
    "sf.csv": "x0 > y",
    "um.csv": "x0 x1 > y",
    "vec.txt": "x0 x1 > y",
}
REFUSED = {
    "dd.tex": "a derivative has no value at a point",
    "range_1e308.fpcore": "the number 1e+308 is outside the range of numbers",
    "range_tiny.fpcore": "relative_error says nothing",
    "par3.csv": "this equation is a template's",
}
STATED = {
    "refuted_gauss.csv": {
        **TWELVE,
        "ranges": {"x0": (-1, 3), "x1": (0, 1.6)},
        "functions": ("gauss(x) = exp(-x*x)",),
    },
    "w1.txt": {"formats": {"x": "fixed<24,4>"}, "max_error": "2^-10"},
    "w2.txt": {"formats": {"x": "ufixed<32,32>"}, "max_error": 1},
    "p82.txt": {"bits": 16, "ranges": {"*": (1, 100)}, "max_error": 0.01},
    "p1037.txt": {**EIGHT, "combine": "C[1]*cos(f(x1)) + g(x2)^2 + C[2]"},
    "pt.txt": {**EIGHT, "combine": "f(x1) + g(x2)"},
}


def options(name: str) -> Options:
    """What is stated beside a file."""
    if name in STATED:
        return Options(**STATED[name])
    by_kind = {"toml": {}, "fpcore": TWELVE}
    return Options(**by_kind.get(name.rpartition(".")[2], EIGHT))


@pytest.fixture
def cases(shared_data):
    return shared_data.parent / "cases"


@pytest.mark.parametrize("name", NAMES)
def test_a_case_has_the_ports_that_it_means(name, cases):
    design = load_any(cases / name, options(name))
    found = " ".join([*(i.name for i in design.inputs), ">", *(n for n, _ in design.outputs)])
    assert found == NAMES[name]


@pytest.mark.parametrize("name", REFUSED)
def test_a_case_that_is_refused_says_why(name, cases):
    with pytest.raises(InputError) as raised:
        load_any(cases / name, options(name))
    assert REFUSED[name] in str(raised.value)


def test_a_range_of_one_code_is_warned_of(cases):
    with pytest.warns(UserWarning, match="input 'c': 12 bits hold 1 value"):
        load_any(cases / "range_narrow.fpcore", options("range_narrow.fpcore"))
