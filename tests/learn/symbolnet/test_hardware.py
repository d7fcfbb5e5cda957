"""Hardware-aware training: ports round as the design's do, the cost counts tables, and a budget is
kept.
"""

from __future__ import annotations

import numpy as np
import pytest

from symgate.frontend.options import Options
from symgate.learn.data import Samples
from symgate.sim.vectors import quantise, reals

pytestmark = [
    pytest.mark.needs("tensorflow", "keras"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of TensorFlow's dependencies
]


def rings(rows=400, seed=0):
    """Two classes that no linear form separates, and a feature that says nothing."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2, 2, (rows, 3))
    return Samples(
        x, (x[:, 0] ** 2 + x[:, 1] ** 2 > 2).astype(int), ("a", "b", "c"), ("in", "out"), True
    )


def test_gradient_of_a_word_length_is_that_of_the_error():
    import tensorflow as tf

    from symgate.learn.symbolnet.hardware import on_grid

    x, bits = tf.Variable([[0.30, -0.70], [1.10, 0.40]]), tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = on_grid(x, bits)
        loss = tf.reduce_sum(y * [[1.0, 2.0], [3.0, 4.0]])
    to_x, to_bits = tape.gradient(loss, [x, bits])

    assert np.allclose(y, [[0.5, -0.75], [1.0, 0.5]])
    assert np.allclose(to_x, [[1, 2], [3, 4]])
    errors = np.array(x) - np.array(y)  # halves with each bit
    assert np.allclose(to_bits, np.log(2) * (errors * [[1, 2], [3, 4]]).sum(axis=0), atol=1e-6)


def test_ports_round_as_the_designs_do(rng):
    from symgate.learn.symbolnet.hardware import Ports

    ports = Ports([2, 3, 1])
    x = rng.normal(0, 2, (200, 3)).astype(np.float32)
    ports(x)
    ports.fraction.assign([2.0, 0.0, 4.0])

    got = np.asarray(ports(x))

    from symgate.ir.design import Input

    for k, kind in enumerate(ports.formats()):
        assert np.array_equal(
            got[:, k], reals(quantise(x[:, k].astype(float), Input.of("x", kind))[0], kind)
        )


def test_cost_counts_tables_and_adders():
    from symgate.learn.symbolnet.hardware import OUTPUT_BITS, Cost, Shape, build, table

    shape = Shape(("tanh", "gauss"), ("tanh",))
    model = build(shape, [2, 2, 2], 2, seed=0, free_inputs=2)
    cost = Cost(model, shape)
    first, last = model.layers[2], model.layers[4]
    assert first.keep["kernel"].shape == (3, 7)
    keep = np.zeros((7, 2))
    keep[0, 0] = keep[1, 0] = keep[2, 1] = 1  # both units of feature 0 in one output share a table
    last.keep["kernel"].assign(keep)

    assert cost.value() == pytest.approx(2 * OUTPUT_BITS * table(5.0), rel=1e-5)

    keep[6, 1] = 1  # a free unit: one adder of 6 bits, then a table of 6 bits
    last.keep["kernel"].assign(keep)
    more = 6 + OUTPUT_BITS * table(6.0)
    assert cost.value() == pytest.approx(2 * OUTPUT_BITS * table(5.0) + more, rel=1e-3)

    cost.cut(np.array([[9, 0], [9, 0], [0, 1], [0, 0], [0, 0], [0, 0], [0, 2.0]]), OUTPUT_BITS + 1)
    assert np.argwhere(np.asarray(last.keep["kernel"])).tolist() == [[0, 0], [1, 0]]


def test_budget_is_kept_and_the_design_is_the_network():
    from symgate.learn.symbolnet.hardware import Shape
    from symgate.learn.symbolnet.hardware_fit import Budget, fit_on_ports

    samples = rings()
    budget = Budget(40.0, price=1e-3, learn=25, cut=8, anneal=25, batch=32, rate=0.02, error=0.25)

    found = fit_on_ports(samples, Shape(("gauss", "tanh")), budget)
    design = found.fitted.design(Options(formats=found.used_formats(), max_error=0.25), "rings")

    assert found.luts <= 40
    on_ports = np.zeros_like(samples.x)
    for i in design.inputs:
        k = samples.features.index(i.name)
        on_ports[:, k] = reals(quantise(samples.x[:, k], i)[0], i.type)
    assert np.mean(found.fitted.predict(on_ports).argmax(1) == samples.y) > 0.85
    assert {i.name: str(i.type) for i in design.inputs} == found.used_formats()
