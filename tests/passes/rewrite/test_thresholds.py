"""Conditions on inputs of many bits: one comparison each, exact next to every threshold."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from symgate.frontend.design_file.toml import loads
from symgate.passes.compiler import compile_design
from symgate.proof import evidence
from symgate.proof.recheck import recheck
from symgate.report.estimate import luts
from symgate.sim.numpy_model import simulate

#: Of x in fixed<32,8>: the thresholds, what comes out between them, and at most so many LUT.
CONDITIONS = {
    "x > 0.5": ([0.5], lambda x: x > Fraction(1, 2), 6),
    "x >= 0.1": ([0.1], lambda x: x >= Fraction(1, 10), 6),
    "x < -3.25 or x >= 100": ([-3.25, 100], lambda x: x < Fraction(-13, 4) or x >= 100, 12),
    "where(x > 0.5, where(x > 3.25, 2, 1), 0)": (
        [0.5, 3.25],
        lambda x: 2 * (x > Fraction(13, 4)) or int(x > Fraction(1, 2)),
        12,
    ),
    "(x > -1) + (x > 0) + (x > 1/3)": (
        [-1, 0, 1 / 3],
        lambda x: (x > -1) + (x > 0) + (x > Fraction(1, 3)),
        20,
    ),
    "max(x, 0.5)": ([0.5], lambda x: max(x, Fraction(1, 2)), 24),
    "min(max(x, -2), 100)": ([-2, 100], lambda x: min(max(x, Fraction(-2)), Fraction(100)), 40),
    "argmax(x, 0.25)": ([0.25], lambda x: x < Fraction(1, 4), 6),
    "where(x > 2, x, 0.25)": ([2], lambda x: x if x > 2 else Fraction(1, 4), 24),
}


@pytest.mark.parametrize("text", CONDITIONS)
def test_thresholds_of_a_long_input_are_comparisons(text):
    marks, meant, most = CONDITIONS[text]
    source = (
        f'[inputs]\nx = "fixed<32,8>"\n[outputs]\nf = "{text}"\n[accuracy]\nmax_error = 0.001\n'
    )
    firmware = evidence.validated(compile_design(loads(source)))
    unit = Fraction(1, 1 << 24)
    near = np.array([round(m / unit) + d for m in marks for d in (-2, -1, 0, 1, 2)])
    (port,) = firmware.graph.outputs
    found = simulate(firmware.graph, {"x": near})["f"]
    shown = [int(raw) * port.type.ulp for raw in found]
    assert shown == [meant(int(code) * unit) for code in near]
    assert firmware.certificate.bound("f") == 0
    assert luts(firmware.graph) <= most
    evidence.gather(firmware)
    assert recheck(firmware).proved


def test_what_conditions_choose_between_stays_a_function():
    source = (
        '[inputs]\nx = "fixed<24,4>"\ny = "fixed<6,3>"\n[outputs]\n'
        'f = "where(x > 0.5, sin(y), x*0.25)"\n[accuracy]\nmax_error = 0.02\n'
    )
    firmware = evidence.validated(compile_design(loads(source)))
    assert firmware.certificate.bound("f") <= 0.02
    assert recheck(firmware).proved
