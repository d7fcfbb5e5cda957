"""Networks of tables by what they may lose on data: smaller, within the loss, with a bound that both
proofs have and no input exceeds.
"""

from __future__ import annotations

from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest

from symgate.frontend.language.functions import argmax
from symgate.frontend.load import Options, load_any
from symgate.ir.classes import AGREEMENT
from symgate.ir.design import Accuracy, Design
from symgate.ir.evaluate import evaluate
from symgate.ir.fixed import run
from symgate.ir.operators.families import steps_name
from symgate.passes.bounds.network_errors import largest_change
from symgate.passes.compiler import compile_design
from symgate.proof.recheck import recheck
from symgate.report.estimate import luts
from symgate.sim.data import Table
from symgate.sim.loss import losses

INPUTS = tuple("abcd")
TEXT = """u = clamp(t0(a) + t1(b) + t2(c) + t3(d), -16, 15)
v = clamp(t4(a) + t5(b) + t6(c) - t7(d), -16, 15)
p = t8(u) + t9(v)
q = t10(u) + t11(v)
r = t9(u) + t8(v)
"""


def network(rng: np.random.Generator, metric: str, loss: float) -> tuple[Design, Table]:
    """Smooth tables of 32 entries, two hidden values, three scores or their class, and 200 rows."""
    steep = np.repeat([2, 20], [8, 4])  # those of scores have bits that decide little
    walks = np.cumsum(np.rint(rng.uniform(-1, 1, (12, 32)) * steep[:, None]), axis=1).tolist()
    ends: dict[str, Any] = {"from": -16, "to": 15, "between": "step", "ends": "hold"}
    tables = {f"t{k}": {"y": walk, **ends} for k, walk in enumerate(walks)}
    read = load_any(TEXT, Options(formats="fixed<5,5>", max_error=0.01, tables=tables))
    scores = tuple((name, e) for name, e in read.outputs if name in "pqr")
    columns = {name: rng.integers(-16, 16, 200).astype(float) for name in INPUTS}
    wanted = dict(zip("pqr", evaluate([e for _, e in scores], columns), strict=True))
    outputs = (("class", argmax(*(e for _, e in scores))),) if metric == AGREEMENT else scores
    stated = Accuracy(metric=metric, data="rows", max_loss=loss)
    design = Design("net", read.inputs, outputs, stated, read.target)
    return design, Table("rows", columns, wanted=wanted if metric == "rmse" else {})


def test_a_network_is_smaller_by_what_rows_may_lose():
    design, table = network(np.random.default_rng(2), AGREEMENT, 0.05)
    coarse = compile_design(design, measure=luts, loss=losses(design, table))
    exact = compile_design(design, measure=luts, loss=lambda graph: 1.0)

    assert exact.certificate.bound("class") == 0 < coarse.certificate.bound("class")
    assert luts(coarse.graph) < 0.9 * luts(exact.graph)
    codes = [table.columns[port.name].astype(int) for port in coarse.graph.inputs]
    env = {port.name: c for port, c in zip(coarse.graph.inputs, codes, strict=True)}
    wanted = evaluate([design.outputs[0][1]], env)[0]
    assert np.mean(run(coarse.graph, codes)[0] != wanted) <= 0.05


def test_no_input_exceeds_the_bound_of_a_coarse_network(rng):
    design, table = network(np.random.default_rng(4), "rmse", 20.0)
    made = compile_design(design, measure=luts, loss=losses(design, table))
    codes = [rng.integers(-16, 16, 50_000) for _ in made.graph.inputs]
    env = {port.name: c.astype(float) for port, c in zip(made.graph.inputs, codes, strict=True)}
    wanted = evaluate([e for _, e in design.outputs], env)
    errors = dict[str, float]()
    for port, raw, value in zip(made.graph.outputs, run(made.graph, codes), wanted, strict=True):
        errors[port.name] = np.abs(np.asarray(raw) * float(port.type.ulp) - value).max()
        assert errors[port.name] <= made.certificate.bound(port.name)
    assert any(errors.values())


@pytest.mark.slow
def test_a_second_proof_has_the_bound_of_a_coarse_network():
    design, table = network(np.random.default_rng(4), "rmse", 20.0)
    assert recheck(compile_design(design, measure=luts, loss=losses(design, table))).proved


def test_nothing_is_lost_where_nothing_may_be():
    design, table = network(np.random.default_rng(1), "rmse", 0.0)
    made = compile_design(design, measure=luts, loss=losses(design, table))
    assert [bound.bound for bound in made.certificate.bounds] == [0, 0, 0]


def test_the_change_of_a_table_within_reach_is_that_of_all_pairs(rng):
    places = sorted(rng.choice(40, 9, replace=False).tolist())
    values = rng.integers(-20, 20, 10).tolist()
    name = steps_name(
        F(values[0]), tuple((F(p), F(v)) for p, v in zip(places, values[1:], strict=True))
    )
    at = np.array([values[np.searchsorted(places, k, side="right")] for k in range(-1, 42)])
    for reach in range(1, 8):
        pairs = [
            abs(at[i] - at[j])
            for i in range(len(at))
            for j in range(i, min(len(at), i + reach + 1))
        ]
        assert max(pairs) <= largest_change(name, F(reach)) <= at.max() - at.min()
