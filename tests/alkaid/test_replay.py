"""A fixed-point graph has its own bits in alkaid, alone and inside a network."""

from __future__ import annotations

import random

import numpy as np
import pytest

from symgate.errors import InputError
from symgate.hls4ml import Block
from symgate.ir.fixed import Builder, Graph
from symgate.ir.fixed_ops import OPS
from symgate.ir.types import FixedType
from symgate.sim import numpy_model
from tests.graphs import random_graph

pytestmark = [
    pytest.mark.needs("alkaid", "keras", "tensorflow"),
    pytest.mark.filterwarnings("ignore"),  # of TensorFlow
]
ROWS, WIDEST = 2000, 31


def narrow_graphs() -> dict[int, Graph]:
    """Random graphs that alkaid's constants can hold, by their seed."""
    graphs = {seed: random_graph(random.Random(seed), 40, widest=12) for seed in range(40)}
    return {s: g for s, g in graphs.items() if max(n.type.width for n in g.nodes) <= WIDEST}


GRAPHS = narrow_graphs()


def bits_that_differ(graph: Graph, seed: int) -> int:
    """Outputs of random rows that alkaid's program has otherwise than the NumPy model."""
    from alkaid.trace import FVariable, FVArray, HWConfig, trace

    from symgate.alkaid.domain import Traced
    from symgate.alkaid.replay import trace_codes

    hardware = HWConfig(1, 1, -1)

    types = [port.type for port in graph.inputs]
    formats = [
        np.array(column, np.int8)
        for column in zip(*((t.signed, t.width - t.signed, 0) for t in types), strict=True)
    ]
    given = FVArray.from_kif(*formats, hardware, 0, None)
    found = [
        value.variable if isinstance(value, Traced) else FVariable.from_const(value, hardware)
        for value in trace_codes(graph, [Traced(variable) for variable in given])
    ]
    program = trace(given, FVArray(np.array(found)))
    rng = np.random.default_rng(seed)
    ranges = [graph.nodes[port.node].range for port in graph.inputs]
    rows = np.stack([rng.integers(r.lo, r.hi + 1, ROWS) for r in ranges], axis=1)
    names = [port.name for port in graph.inputs]
    expected = numpy_model.simulate(graph, dict(zip(names, rows.T, strict=True)))
    wanted = np.stack([expected[port.name] for port in graph.outputs], axis=1)
    return int(np.count_nonzero(program.predict(rows.astype(float)) != wanted))


@pytest.mark.parametrize("seed", GRAPHS)
def test_random_graphs_have_their_bits(seed):
    assert bits_that_differ(GRAPHS[seed], seed) == 0


def test_random_graphs_have_every_operator():
    seen = {node.op for graph in GRAPHS.values() for node in graph.nodes}

    assert seen >= OPS.keys() - {"rom"}  # the meaning of rom is that of table


def test_wide_block_is_refused():
    from symgate.alkaid.replay import _check_widths

    b = Builder()
    x = b.input("x", FixedType(True, 20, 0))
    y = b.input("y", FixedType(True, 20, 0))
    b.output("z", b.mul(x, y))

    with pytest.raises(InputError, match="the block wide has a value of 40 bits"):
        _check_widths(b.build(), "wide")


@pytest.fixture
def block(tmp_path) -> Block:
    outputs = {"a": "sin(x)*exp(-y**2) + z/2", "b": "max(x, y) - z"}
    return Block.of(outputs, tmp_path / "b", bits=9, max_error=0.05, ranges={"*": (-2, 1.5)})


def test_block_is_a_model(block):
    from alkaid.converter import trace_model
    from alkaid.trace import HWConfig, trace

    program = trace(*trace_model(block, HWConfig(1, 1, -1)))
    types = [port.type for port in block.build.design.inputs]
    rng = np.random.default_rng(1)
    codes = np.stack([rng.integers(t.lo, t.hi + 1, ROWS) for t in types], axis=1)
    rows = codes * np.array([float(t.ulp) for t in types])

    assert np.array_equal(program.predict(rows), block.predict(rows))


def test_block_is_a_layer_of_a_network(block):
    import keras
    from alkaid.converter import trace_model
    from alkaid.trace import HWConfig, trace

    from symgate.hls4ml import SymgateLayer

    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(3, name="before"),
            SymgateLayer(block),
            keras.layers.Dense(2, name="after"),
        ]
    )
    rng = np.random.default_rng(2)
    parts = []
    for name in ("before", "after"):
        layer = model.get_layer(name)
        layer.set_weights([rng.integers(-16, 17, w.shape) / 8 for w in layer.get_weights()])
        parts.append([w.astype(float) for w in layer.get_weights()])
    program = trace(*trace_model(model, HWConfig(1, 1, -1), inputs_kif=(1, 1, 7)))
    rows = rng.integers(-256, 256, (ROWS, 2)) / 128

    (before, start), (after, end) = parts
    expected = block.predict(rows @ before + start) @ after + end
    assert np.array_equal(program.predict(rows), expected)
    assert len(np.unique(expected)) > 100
