"""The builder of fixed-point graphs: types and ranges, sharing, dead nodes, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from symgate.errors import InputError
from symgate.ir.domains import Interval, lookup, mux
from symgate.ir.fixed import Builder, Graph, run, users, walk
from symgate.ir.types import FixedType, Overflow, Rounding, pow2

S4, U4 = FixedType(True, 4, 2), FixedType(False, 4, 2)


@pytest.fixture
def b() -> Builder:
    return Builder()


# Formats


@pytest.mark.parametrize(
    ("lo", "hi", "expected"),
    [
        (0, 0, "ufixed<1,1>"),
        (0, 1, "ufixed<1,1>"),
        (0, 7, "ufixed<3,3>"),
        (5, 8, "ufixed<4,4>"),
        (-1, 0, "fixed<1,1>"),
        (-1, 1, "fixed<2,2>"),
        (-8, 7, "fixed<4,4>"),
        (-8, -8, "fixed<4,4>"),
        (-9, -1, "fixed<5,5>"),
        (-1, 8, "fixed<5,5>"),
    ],
)
def test_holding_is_the_narrowest_format(lo, hi, expected):
    t = FixedType.holding(lo, hi, 0)

    assert str(t) == expected
    assert t.lo <= lo <= hi <= t.hi


@pytest.mark.parametrize(
    "text", ["fixed<12,5>", "ufixed<1,1>", "fixed<4,9>", "ufixed<4,-3>", "fixed<1024,0>"]
)
def test_format_round_trip(text):
    assert str(FixedType.parse(text)) == text
    assert FixedType.parse(f"ap_{text}") == FixedType.parse(text)


@pytest.mark.parametrize(
    "text", ["", "fixed<0,0>", "fixed<1025,0>", "int<8>", "fixed<8>", "fixed<8,2", "fixed<8,9999>"]
)
def test_no_format(text):
    with pytest.raises(InputError, match=rf"^error: '{text}' is not a fixed-point format\n"):
        FixedType.parse(text)


def test_powers_of_two():
    assert [pow2(n) for n in (-2, 0, 3)] == [0.25, 1, 8]
    assert FixedType(True, 4, -3).ulp == 8


# Sharing and dead nodes


def test_equal_nodes_are_shared(b):
    x, y = b.input("x", S4), b.input("y", S4)

    assert b.add(x, y) == b.add(y, x)
    assert b.sub(x, y) != b.sub(y, x)
    assert b.const(3, 1) == b.const(np.int64(3), 1)
    assert b.const(3, 1) != b.const(3, 2)
    assert b.table(x, range(16)) == b.table(x, list(range(16)))
    assert b.round(x, 1, Rounding.RND) == b.emit("round", x, attr=(np.int32(1), "RND"))


def test_inputs_are_never_shared(b):
    assert b.input("x", S4) != b.input("y", S4)


def test_identities_add_no_nodes(b):
    x = b.input("x", S4)

    assert x == b.shl(x, 0) == b.round(x, 0) == b.scale(x, 0) == b.to_frac(x, 2)
    assert b.mul(x, x) == b.emit("square", x)


def test_build_drops_what_no_output_needs(b):
    x, unused = b.input("x", S4), b.input("unused", U4)
    b.mul(x, unused)
    b.output("y", b.neg(x))
    graph = b.build()

    assert [n.op for n in graph.nodes] == ["input", "input", "neg"]
    assert [p.name for p in graph.inputs] == ["x", "unused"]
    assert users(graph) == [[2], [], []]
    assert [i for i, n in walk(graph)] == [2]


def test_latency_is_the_longest_chain_of_registers(b):
    x = b.input("x", S4)
    b.output("y", b.add(b.register(b.register(x)), b.register(b.neg(x))))
    b.output("z", x)

    assert b.build().latency == 2


# Types and ranges


def grown(build) -> tuple[str, Interval]:
    b = Builder()
    node = build(b, b.input("x", S4), b.input("y", U4))
    return str(b.nodes[node].type), b.nodes[node].range


@pytest.mark.parametrize(
    ("build", "type", "lo", "hi"),
    [
        (lambda b, x, y: b.add(x, y), "fixed<6,4>", -8, 22),
        (lambda b, x, y: b.neg(x), "fixed<5,3>", -7, 8),
        (lambda b, x, y: b.mul(x, x), "ufixed<7,3>", 0, 64),
        (lambda b, x, y: b.mul(x, y), "fixed<8,4>", -120, 105),
        (lambda b, x, y: b.shl(x, 2), "fixed<6,2>", -32, 28),
        (lambda b, x, y: b.scale(x, 2), "fixed<4,4>", -8, 7),
        (lambda b, x, y: b.slice(x, 4, 2), "ufixed<3,3>", 0, 7),
        (lambda b, x, y: b.concat(x, y, 4), "fixed<8,6>", -128, 127),
        (lambda b, x, y: b.round(y, 1, Rounding.RND), "ufixed<4,3>", 0, 8),
        (lambda b, x, y: b.fit(y, FixedType(True, 3, 2)), "ufixed<2,0>", 0, 3),
        (lambda b, x, y: b.fit(x, FixedType(True, 3, 2), Overflow.SAT_SYM), "fixed<3,1>", -3, 3),
        (lambda b, x, y: b.fit(x, FixedType(True, 3, 2), Overflow.WRAP), "fixed<3,1>", -4, 3),
        (lambda b, x, y: b.emit("lt", x, b.const(-8, 2)), "ufixed<1,1>", 0, 0),
    ],
)
def test_type_and_range_of_a_result(build, type, lo, hi):
    assert grown(build) == (type, Interval(lo, hi))


def test_narrow_input_range_narrows_what_follows(b):
    x = b.input("x", FixedType(True, 8, 4), Interval(3, 5))

    assert b.nodes[x].type == FixedType(True, 8, 4)
    assert b.nodes[b.add(x, x)].range == Interval(6, 10)


def test_run_takes_ints_and_arrays(b):
    x, y = b.input("x", S4), b.input("y", U4)
    b.output("m", b.emit("max", x, y))
    b.output("c", b.const(-5))
    graph = b.build()

    assert run(graph, [-3, 2]) == [2, -5]
    assert run(graph, [np.array([-3, 7]), np.array([2, 2])])[0].tolist() == [2, 7]


def test_domains_say_what_they_lack():
    with pytest.raises(TypeError, match=r"^mux\(\) has no rule for str$"):
        mux("x", 1, 2)
    with pytest.raises(TypeError, match=r"^lookup\(\) has no rule for float$"):
        lookup(0.5, (1, 2))


# What the builder refuses


def refused(build) -> str:
    b = Builder()
    with pytest.raises(TypeError) as caught:
        build(b, b.input("x", S4), b.input("y", FixedType(False, 4, 0)))
    return str(caught.value)


REFUSED = {
    "binary points": lambda b, x, y: b.add(x, y),
    "operand count": lambda b, x, y: b.emit("add", x),
    "attribute count": lambda b, x, y: b.emit("shl", x),
    "negative shift": lambda b, x, y: b.shl(x, -1),
    "empty slice": lambda b, x, y: b.slice(x, 1, 2),
    "signed low part": lambda b, x, y: b.concat(y, x, 4),
    "wide low part": lambda b, x, y: b.concat(x, y, 3),
    "short table": lambda b, x, y: b.table(x, [1, 2, 3]),
    "wide digit": lambda b, x, y: b.booth(x, y),
    "wide condition": lambda b, x, y: b.select(y, x, x),
    "unknown rounding": lambda b, x, y: b.emit("round", x, attr=(1, "UP")),
    "negative drop": lambda b, x, y: b.round(x, -1),
    "unknown overflow": lambda b, x, y: b.emit("saturate", x, attr=(3, 1, "WRAP")),
    "no bits": lambda b, x, y: b.wrap(x, 0, signed=True),
    "too wide": lambda b, x, y: b.shl(x, 1021),
    "too far": lambda b, x, y: b.scale(x, 1023),
    "output too narrow": lambda b, x, y: b.output("z", x, FixedType(True, 3, 2)),
    "output elsewhere": lambda b, x, y: b.output("z", x, FixedType(True, 9, 3)),
    "output twice": lambda b, x, y: [b.output("z", x), b.output("z", y)],
    "input twice": lambda b, x, y: b.input("x", S4),
    "input of two words": lambda b, x, y: b.input("x 1", S4),
    "input out of range": lambda b, x, y: b.input("z", S4, Interval(-9, 3)),
    "input without values": lambda b, x, y: b.input("z", S4, Interval(3, 2)),
}


def test_refusals_read_well(golden):
    golden("".join(f"{name}: {refused(build)}\n" for name, build in REFUSED.items()))


def test_graph_is_immutable(b):
    b.output("y", b.input("x", S4))
    graph = b.build()

    assert isinstance(graph, Graph)
    with pytest.raises(AttributeError):
        graph.nodes = ()
