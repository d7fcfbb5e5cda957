r"""LaTeX as papers print it: the names of inputs and outputs, and the formula; what has no value at a
point is refused by name.
"""

from __future__ import annotations

import pytest

from symgate.errors import InputError
from symgate.frontend.language.infix import parse
from symgate.frontend.load import Options, import_any


def read(text, tmp_path):
    (path := tmp_path / "a.tex").write_text(text, encoding="utf-8")
    found = import_any([path], Options(bits=8, max_error="0.02"))
    return list(found.inputs), dict(found.outputs)


KINDS = {
    r"\mathrm{e}^{x} + \mathrm{e}": (["x"], {"y": "exp(x) + exp1"}),
    r"\mathrm{pt}\,\mathrm{MET}_1^2": (["MET1", "pt"], {"y": "pt*MET1**2"}),
    r"\text{mass}_{\mathrm{max}} + x_{\mathrm{max}}": (
        ["mass_max", "x_max"], {"y": "mass_max + x_max"}),
    r"\frac{\rho_1-\rho_2}{\rho_1 + \rho_2} {g}_{k}": (
        ["g_k", "rho1", "rho2"], {"y": "(rho1 - rho2)/(rho1 + rho2)*g_k"}),
    r"\operatorname{ITE}\left(x > 1, \text{False}, y > 0\right)": (
        ["x", "y"], {"out": "where(x > 1, 0, y > 0)"}),
    r"\begin{cases} x & \text{for}\: x > 1 \vee x = y \\0 & \text{otherwise} \end{cases}": (
        ["x", "y"], {"out": "where(x > 1 or x == y, x, 0)"}),
    r"\begin{cases} 2 & \text{for}\: \neg \left(\left(x > 1 \vee y > 1\right) \wedge x \neq y\right) \\"
    r"0 & \text{otherwise} \end{cases}": (
        ["x", "y"], {"out": "where(not((x > 1 or y > 1) and x != y), 2, 0)"}),
    r"\begin{cases} 2 & \text{for}\: x > 1 \wedge y \\0 & \text{otherwise} \end{cases}": (
        ["x", "y"], {"out": "where(x > 1 and y != 0, 2, 0)"}),
    r"x \bmod 3 - \left(x \bmod 2\right)": (["x"], {"y": "mod(x, 3) - mod(x, 2)"}),
    r"\frac{d}{d + x} + d \cdot x": (["d", "x"], {"y": "d/(d + x) + d*x"}),
    r"\frac{d_{0} x}{d_{0} y}": (["d0", "x", "y"], {"out": "(d0*x)/(d0*y)"}),
}  # fmt: skip


@pytest.mark.parametrize("text", KINDS)
def test_kind_of_latex(text, tmp_path):
    inputs, outputs = KINDS[text]
    found = read(text, tmp_path)
    assert found == (inputs, {n: parse(t, None) for n, t in outputs.items()})


DERIVATIVES = [
    r"\frac{d}{dx} \left(x^2\right) + x",
    r"\frac{dy}{dx} + x",
    r"\frac{d^2 y}{dx^2}",
    r"\frac{\partial y}{\partial x}",
    r"\frac{\mathrm{d} y}{\mathrm{d} x}",
    r"x + d/dx \sin{x}",
    r"\frac{d}{d\theta} x^2",
]


@pytest.mark.parametrize("text", DERIVATIVES)
def test_derivatives_are_refused(text, tmp_path):
    with pytest.raises(InputError, match="a derivative has no value at a point"):
        read(text, tmp_path)


@pytest.mark.parametrize("sign", [r"\int", r"\sum", r"\prod", r"\lim"])
def test_signs_of_calculus_are_refused(sign, tmp_path):
    with pytest.raises(InputError, match="has no value at a point"):
        read(rf"x + {sign}_{{0}}^{{1}} x", tmp_path)


def test_a_minus_before_a_rest_is_refused(tmp_path):
    with pytest.raises(InputError, match="the minus sign belongs to the product or to its rest"):
        read(r"x - 3 x \bmod 4", tmp_path)
