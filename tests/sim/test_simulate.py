"""Errors of fixed point against float64: the definitions, on a design small enough to compute them
directly.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from symgate.errors import InputError
from symgate.ir.design import Design, Input
from symgate.ir.expr import make, var
from symgate.ir.fixed import Builder
from symgate.ir.types import FixedType
from symgate.sim import data, simulate
from symgate.sim.loss import loss


@pytest.fixture
def csv(tmp_path):
    def make(text: str) -> data.Table:
        path = tmp_path / "rows.csv"
        path.write_text(text)
        return data.read(path, ["x", "y"], ["p", "q"])

    return make


def test_three_errors_are_told_apart(firmware, csv):
    """x = 1.07 becomes 1.125, y = 0.3 becomes 0.25: x*y = 0.321, then 0.28125, and the firmware
    rounds to 0.3125.
    """
    s = simulate.simulate(firmware.design, firmware.graph, csv("x,y\n1.07,0.3\n"))
    p = s.outputs[0]

    assert p.fixed.max == pytest.approx(0.3125 - 0.28125)
    assert p.quantising.max == pytest.approx(0.321 - 0.28125)
    assert p.total.max == pytest.approx(0.321 - 0.3125)
    assert (p.format, p.ulp) == ("fixed<9,5>", 2**-4)


def test_statistics_over_the_rows(firmware, csv):
    s = simulate.simulate(
        firmware.design, firmware.graph, csv("x,y\n1,1\n1.125,0.25\n-1.125,0.25\n0,0\n")
    )
    p = s.outputs[0]

    assert s.rows == 4
    assert (p.fixed.max, p.fixed.mean) == (0.03125, 0.015625)
    assert p.fixed.rms == pytest.approx(0.03125 / 2**0.5)
    assert p.quantising.max == 0


def test_rows_outside_the_range_are_counted(firmware, csv):
    s = simulate.simulate(firmware.design, firmware.graph, csv("x,y\n100,1\n-100,-1\n1,1\n"))

    assert s.input_saturations == {"x": 2, "y": 1}


def test_labels_give_accuracy_and_areas(firmware, csv):
    s = simulate.simulate(
        firmware.design, firmware.graph, csv("x,y,class\n3,3,p\n-3,1,q\n2,0,q\n0.5,1,p\n")
    )

    assert s.classifier.rows == 4
    assert (s.classifier.float_accuracy, s.classifier.fixed_accuracy, s.classifier.agreement) == (
        0.75,
        0.75,
        1.0,
    )
    assert set(s.classifier.auc) == {"p", "q"}


def test_wanted_values_give_the_rmse(firmware, csv):
    s = simulate.simulate(firmware.design, firmware.graph, csv("x,y,p,q\n1,1,1.5,1\n2,1,2,2\n"))

    assert s.rmse[0] == pytest.approx(np.sqrt((0.25 + 2 / 9) / 4))
    assert s.rmse[1] == pytest.approx(np.sqrt((0.25 + 2 * 0.3125**2) / 4))
    assert s.metric("rmse") == s.rmse
    assert s.metric("accuracy") is None


@pytest.mark.parametrize(("metric", "lost"), [("accuracy", 0.0), ("auc", 0.0), ("rmse", None)])
def test_loss_of_a_metric(firmware, csv, metric, lost):
    s = simulate.simulate(
        firmware.design, firmware.graph, csv("x,y,class\n3,3,p\n-3,1,q\n2,0,q\n0.5,1,p\n")
    )

    if lost is None:
        with pytest.raises(InputError, match=r"the data do not give the metric 'rmse'"):
            loss(s, metric)
    else:
        assert loss(s, metric) == lost


def test_random_inputs_have_no_quantising_error(firmware):
    s = simulate.simulate_random(firmware.design, firmware.graph, 1000, seed=5)

    assert s.source == "2,048 all inputs"
    assert s.outputs[0].quantising is None
    assert s.outputs[0].total is None
    assert s.outputs[0].fixed.max == 2**-5
    assert s.outputs[1].fixed.max == pytest.approx(1 / 3 - 5 / 16)
    assert s.classifier is None


def test_rows_without_a_real_value_do_not_count(tmp_path):
    x = Input.of("x", FixedType(False, 4, 2), (Fraction(1, 4), Fraction(3)))
    b = Builder()
    b.output("y", b.input("x", x.type, x.raw))
    design = Design("log", (x,), (("y", make("log", var("x"))),))
    (tmp_path / "rows.csv").write_text("x\n-1\n1\n")

    s = simulate.simulate(design, b.build(), data.read(tmp_path / "rows.csv", ["x"], ["y"]))
    assert s.outputs[0].undefined == 1
    assert s.outputs[0].total.max == 1.0


def test_saturations_inside_are_counted_by_node():
    x = FixedType(True, 6, 0)
    b = Builder()
    node = b.input("x", x)
    clipped = b.fit(node, FixedType(True, 4, 0))
    b.output("y", clipped)
    b.output("z", b.fit(node, FixedType(True, 7, 0)))
    graph = b.build()

    assert simulate.saturations(graph, {"x": np.arange(-32, 32)}) == {f"%{clipped}": 48}
    assert simulate.saturations(graph, {"x": np.arange(-8, 8)}) == {}


def test_constant_output_has_a_value_per_row():
    x = Input.of("x", FixedType(True, 4, 0))
    b = Builder()
    b.input("x", x.type)
    b.output("y", b.const(3, 1))
    design = Design("c", (x,), (("y", make("div", var("x"), var("x")) * 0 + Fraction(3, 2)),))

    s = simulate.simulate_random(design, b.build(), 100, seed=0)
    assert s.rows == 16
    assert s.outputs[0].fixed.max == 0
