"""Networks of tables: every value exact at every input, one LUT6 a table, counters, clamps; what is
left to the search of word lengths.
"""

from __future__ import annotations

from fractions import Fraction as F
from itertools import product

import numpy as np
import pytest

from symgate.frontend.load import Options, load_any
from symgate.ir.design import Design
from symgate.ir.evaluate import evaluate
from symgate.ir.expr import const, make, var
from symgate.ir.fixed import Builder, Graph, run
from symgate.ir.types import FixedType
from symgate.passes.compiler import compile_design
from symgate.passes.lowering.counters import count_bits
from symgate.passes.lowering.network import clamped
from symgate.report.estimate import luts

STEPS = {"x": [0, 1, 2, 3, 5], "y": [3, -2, 0.5, 0.25, -4], "between": "step", "ends": "hold"}
GRID = {"from": -4, "to": 3, "y": [5, 1, -3, 2, 2, 7, -8, 0], "between": "step", "ends": "hold"}
#: What is computed, and the formats of the inputs.
EXACT = {
    "one table": ('y = lut6("123456789abcdef0", a, b, c, d, g, f)', "ufixed<1,1>"),
    "chained": ('y = lut2("6", lut3("96", a, b, c), lut2("b", c, d))', "ufixed<1,1>"),
    "eight bits": (f'y = lut8("{bytes(range(32)).hex()}", a, b, c, d, g, f, h, k)', "ufixed<1,1>"),
    "bits that are no ones": ('y = lut2("b", a, b) + lut2("6", a - 0.5, b)', "ufixed<1,0>"),
    "numbers as bits": ('y = lut2("6", a, b - 1)', "fixed<3,3>"),
    "conditions": ('y = lut3("e8", a > b, b >= 1.5, a + b == 2)', "fixed<4,3>"),
    "weights": ('y = 3*lut2("6", a, b) - 5*lut2("8", b, c) + 0.25*c - a + 7', "ufixed<1,1>"),
    "steps of an input": ("y = t(a) + lut2_8(a, b)", "fixed<5,4>"),
    "steps of a sum": ("y = q(t(a) + t(b))", "fixed<4,3>"),
    "steps of a clamp": ("y = q(max(min(t(a) + q(b) + 1, 3), -4)) - t(b)", "fixed<4,3>"),
    "odd clamp": ("y = q(clamp(t(a) + q(b), -2.5, 3)) + lut2_8(a, b)", "fixed<4,3>"),
    "relu, floor, step, abs": ("y = q(relu(t(a)) - floor(a/2) + 2*step(a - b)) + abs(t(b))", "fixed<4,3>"),
    "choices": ("y = where(lut2_6(a > 0, b > 1), t(a), q(b)) + min(a, b, 1)", "fixed<4,3>"),
    "logic": ('y = lut2("6", a > 0 and not b > 0, a < b or b == 1)', "fixed<4,3>"),
    "shared": ('u = lut2("6", a, b) + t(c)\nv = t(c) - lut2("6", a, b)\nw = t(c)', "ufixed<2,2>"),
    "a constant": ('y = lut2("8", a, b)\nz = lut1("0", a) + 3', "ufixed<1,1>"),
}  # fmt: skip


def compiled(text: str, formats: str, error: float = 0.001) -> tuple[Design, Graph]:
    options = Options(formats=formats, max_error=error, tables={"t": STEPS, "q": GRID})
    design = load_any(text + "\n", options)
    made = compile_design(design)
    assert all(bound.bound == 0 for bound in made.certificate.bounds)
    return design, made.graph


def every_input(design: Design) -> list[np.ndarray]:
    codes = [range(port.raw.lo, port.raw.hi + 1) for port in design.inputs]
    return list(np.array(list(product(*codes))).T)


@pytest.mark.parametrize("name", EXACT)
def test_every_input_gives_the_very_value(name):
    design, graph = compiled(*EXACT[name])
    codes = every_input(design)
    env = {p.name: c * float(p.type.ulp) for p, c in zip(design.inputs, codes, strict=True)}
    wanted = evaluate([e for _, e in design.outputs], env)
    for port, raw, value in zip(graph.outputs, run(graph, codes), wanted, strict=True):
        found = np.asarray(raw) * float(port.type.ulp)
        np.testing.assert_array_equal(np.broadcast_to(found, value.shape), value)


def test_a_table_of_up_to_six_bits_is_one_lut():
    names = list("abcdfg")
    for count, contents in ((3, "96"), (4, "6996"), (6, "9669699669969669")):
        _, graph = compiled(
            f'y = lut{count}("{contents}", {", ".join(names[:count])})', "ufixed<1,1>"
        )
        assert luts(graph) == 1


@pytest.mark.parametrize("count", [1, 2, 3, 5, 6, 7, 17, 35, 64, 100])
def test_counters_count(count, rng):
    b = Builder()
    bits = [b.input(f"b{k}", FixedType(False, 1, 0)) for k in range(count)]
    b.output("y", count_bits(b, {0: bits}))
    graph = b.build()
    rows = rng.integers(0, 2, (count, 300))
    rows[:, 0], rows[:, 1] = 0, 1

    np.testing.assert_array_equal(run(graph, list(rows))[0], rows.sum(0))
    assert graph.outputs[0].type == FixedType(False, count.bit_length(), 0)
    assert luts(graph) <= 1.1 * count


def test_counters_of_weights(rng):
    b = Builder()
    bits = [b.input(f"b{k}", FixedType(False, 1, 0)) for k in range(24)]
    columns = {-2: bits[:9], 0: bits[9:11], 3: bits[11:]}
    b.output("y", count_bits(b, columns))
    graph = b.build()
    rows = rng.integers(0, 2, (24, 400))
    wanted = rows[:9].sum(0) + 4 * rows[9:11].sum(0) + 32 * rows[11:].sum(0)

    np.testing.assert_array_equal(run(graph, list(rows))[0], wanted)
    assert graph.outputs[0].type.frac == 2


def test_time_is_linear_in_tables():
    """Nodes of the graph, as seconds depend on the machine."""
    sizes = []
    for count in (20, 40, 80):
        tables = [
            f'lut3("{17 * k % 256:02x}", a{k % 7}, b{k % 5}, c{k % 9})' for k in range(1, count)
        ]
        _, graph = compiled("y = " + " + ".join(tables), "ufixed<1,1>")
        sizes.append(len(graph.nodes))
    assert sizes[2] - sizes[1] < 2.5 * (sizes[1] - sizes[0])


def test_an_error_that_is_worth_bits_is_searched():
    options = Options(formats="fixed<8,3>", max_error=0.6, tables={"t": STEPS})
    coarse = compile_design(load_any("y = t(a)\n", options)).certificate.bound("y")
    fine = compile_design(load_any("y = t(a)\n", Options(
        formats="fixed<8,3>", max_error=0.01, tables={"t": STEPS}))).certificate.bound("y")  # fmt: skip

    assert 0 < coarse <= 0.6
    assert fine == 0


def test_tables_of_bits_beside_other_functions():
    options = Options(formats="fixed<5,2>", max_error=0.05)
    design = load_any('y = lut2("6", a > b, b > 0.5)*sin(a) + lut2("8", a > 0, b)\n', options)
    made = compile_design(design)
    codes = every_input(design)
    env = {p.name: c * float(p.type.ulp) for p, c in zip(design.inputs, codes, strict=True)}
    (wanted,) = evaluate([design.outputs[0][1]], env)
    (port,) = made.graph.outputs
    found = run(made.graph, codes)[0] * float(port.type.ulp)

    assert np.abs(found - wanted).max() <= made.certificate.bound("y") <= 0.05


def test_clamps_are_seen_in_both_forms():
    x = var("x")
    low_first = make("min", const(3), make("max", const(-4), x))
    high_first = make("max", const(-4), make("min", const(3), x))

    assert clamped(low_first) == clamped(high_first) == (x, F(-4), F(3))
    assert clamped(make("min", const(-4), make("max", const(3), x))) is None
