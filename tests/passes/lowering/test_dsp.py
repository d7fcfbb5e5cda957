"""Products in DSP slices: exact, cut once, as many as the design allows, and counted as synthesis
counts them.
"""

import re
from fractions import Fraction
from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgate.backends.hls import emit_graph
from symgate.backends.verilog.module import verilog
from symgate.errors import AccuracyError
from symgate.frontend.language.infix import parse
from symgate.ir.design import Accuracy, Design, Input, Target
from symgate.ir.expr import Program, make, var
from symgate.ir.fixed import Builder, run
from symgate.ir.fixed_ops import slices
from symgate.ir.types import FixedType
from symgate.passes.compiler import compile_design
from symgate.passes.hardware.cost import estimate
from symgate.passes.hardware.schedule import Schedule
from symgate.passes.lowering import lower
from symgate.passes.lowering.plan import Plan

WIDE = [FixedType(s, w, f) for s, w, f in product((False, True), (4, 5, 6), (0, 2))]


def bits(width, signed=True):
    return FixedType(signed, width, 0)


def design(text, bits=10, error=Fraction(1, 32), **target):
    names = sorted({c for c in text if c in "xyz"})
    inputs = tuple(Input.of(n, FixedType.parse(f"fixed<{bits},3>")) for n in names)
    return Design(
        "d", inputs, (("u", parse(text, names)),), Accuracy({"u": error}), Target(**target)
    )


@pytest.mark.parametrize("frac", [-1, 1, 4, 6])
@pytest.mark.parametrize("second", WIDE, ids=str)
@pytest.mark.parametrize("first", WIDE, ids=str)
def test_the_product_of_a_slice_stays_within_its_local_error(first, second, frac):
    e = make("mul", var("x"), var("y"))
    inputs = {n: Input.of(n, t) for n, t in (("x", first), ("y", second))}

    plan = Plan({e: frac}, {}, dsp=frozenset({e}))
    context, errors = lower(Program(("x", "y"), (("z", e),)), inputs, plan)
    context.builder.output("z", context.values[e].node)
    graph = context.builder.build()
    codes = [a.ravel() for a in np.meshgrid(*(np.arange(t.lo, t.hi + 1) for t in (first, second)))]
    (out,) = run(graph, codes)

    value = out * 2.0 ** -graph.outputs[0].type.frac + float(context.values[e].offset)
    off = value - codes[0] * codes[1] * 2.0 ** -(first.frac + second.frac)
    bound = errors.get(e)
    assert ("mul" in [n.op for n in graph.nodes]) == (slices(first, second) == 1)
    assert (bound.lo <= off.min() and off.max() <= bound.hi) if bound is not None else not off.any()


@pytest.mark.parametrize(
    ("a", "b", "count"),
    [
        (bits(4), bits(4), 0), (bits(5), bits(4), 1), (bits(12), bits(2), 1), (bits(18), bits(27), 1),
        (bits(17, False), bits(26, False), 1), (bits(18, False), bits(26, False), 2), (bits(19), bits(27), 2),
        (bits(28), bits(18), 2), (bits(35), bits(18), 2), (bits(27), bits(27), 2),
    ],
)  # fmt: skip
def test_slices_of_a_product_as_measured_with_yosys(a, b, count):
    assert slices(a, b) == slices(b, a) == count


TEXT = "x*y*z + 0.3*y*(z - 0.4*x) + sin(x)*z"


@cache
def graph_with(dsp, clock_ns=5.0):
    """What several tests look at, compiled once: with so many slices for a clock of 5 ns."""
    return compile_design(design(TEXT, dsp=dsp, clock_ns=clock_ns)).graph


def test_each_slice_saves_luts_and_none_is_taken_beyond_the_limit():
    found = [estimate(graph_with(n)) for n in (0, 1, 3)]

    assert [c.dsp for c in found] == [0, 1, 3]
    assert found[0].lut > found[1].lut > found[2].lut


def test_no_slice_is_taken_where_the_design_does_not_speak_of_them():
    assert estimate(compile_design(design("x*y + z*x")).graph).dsp == 0


def test_an_impossible_limit_says_how_close_it_came_with_all_slices():
    with pytest.raises(AccuracyError, match=r"lut = 5 cannot be met(.|\n)*at least \d+"):
        compile_design(design("x*y*z + sin(x)", dsp=2, lut=5))


@given(
    st.integers(5, 18),
    st.integers(5, 27),
    st.booleans(),
    st.sampled_from([0.8, 1.5, 2.0, 3.0, 5.0]),
)
def test_registers_of_a_slice_follow_it_directly(narrow, wide, early, clock_ns):
    b = Builder()
    x, y = b.input("x", bits(narrow)), b.input("y", bits(wide))
    x = b.add(x, b.const(1)) if early and narrow < 18 else x
    b.output("z", b.add(b.mul(x, y), b.const(3)))
    graph = Schedule(clock_ns)(b.build())

    at = next(i for i, n in enumerate(graph.nodes) if n.op == "mul")
    chain = 0
    while [n.op for n in graph.nodes if at in n.args] == ["register"]:
        at, chain = next(i for i, n in enumerate(graph.nodes) if at in n.args), chain + 1
    assert chain >= (0 if clock_ns >= 3 else 1 if clock_ns >= 2 else 2)
    inputs = [graph.nodes[a] for a in next(n for n in graph.nodes if n.op == "mul").args]
    assert clock_ns >= 3 or all(n.op in ("register", "input") for n in inputs)
    raws = [np.array([-8, 3]), np.array([5, -7])]
    np.testing.assert_array_equal(run(graph, raws)[0], run(b.build(), raws)[0])


@pytest.mark.parametrize(("dsp", "wanted"), [(0, "FABRIC"), (1, "DSP")])
def test_hls_binds_products_where_the_design_wants_them(dsp, wanted):
    b = Builder()
    b.output("z", b.mul(b.input("x", bits(8)), b.input("y", bits(9))))

    text = emit_graph("d", b.build(), Target(dsp=dsp))["firmware/d_core.h"]

    assert re.findall(r"SYMGATE_MUL_(\w+)\(n\d+\)", text) == [wanted]
    bound = f"SYMGATE_MUL_{wanted}(name) SYMGATE_PRAGMA(HLS BIND_OP variable=name op=mul"
    assert f"{bound} impl={wanted.lower()})" in text


@pytest.mark.needs("pyosys")
@pytest.mark.parametrize("clock_ns", [1.5, 5.0])
def test_synthesis_counts_the_same_slices(clock_ns):
    from symgate.report.synth import synthesise

    graph = graph_with(3, clock_ns)

    assert synthesise(verilog(graph, "d"), "d")["dsp"] == estimate(graph).dsp == 3
