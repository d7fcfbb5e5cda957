"""The text of fixed-point graphs: it reads well, and it parses back to the same graph."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgate.errors import InputError
from symgate.ir.domains import Interval
from symgate.ir.fixed import Builder
from symgate.ir.fixed_ops import OPS
from symgate.ir.text import parse, show
from symgate.ir.types import FixedType, Overflow, Rounding
from tests.graphs import random_graph


def example() -> Builder:
    """A few operators of each kind."""
    b = Builder()
    x, y = b.input("x", FixedType(True, 6, 3)), b.input("y", FixedType(False, 3, 3), Interval(1, 5))
    t = b.table(y, [0, 3, -2, 7, 9, 1, 0, 0], 3)
    s = b.register(b.add(b.mul(x, y), b.shl(t, 3)))
    c = b.emit("lt", x, b.const(-5, 3))
    b.output("g", b.fit(b.round(s, 3, Rounding.RND_CONV), FixedType(True, 5, 3), Overflow.SAT_SYM))
    b.output("wide", b.select(c, x, y), FixedType(True, 8, 3))
    return b


def test_text(golden):
    golden(show(example().build()))


def test_round_trip():
    graph = example().build()

    assert parse(show(graph)) == graph


@given(st.integers(0, 1 << 32), st.integers(5, 60), st.sampled_from([8, 24, 90]))
def test_round_trip_of_any_graph(seed: int, size: int, widest: int):
    graph = random_graph(random.Random(seed), size, widest)

    assert parse(show(graph)) == graph


def test_empty_lines_and_dead_nodes_do_not_matter():
    text = show(example().build()).replace("%1", "\n%1", 1)

    assert (
        parse(text.replace("output g", "%99 = const 7 : ufixed<3,3> [7, 7]\noutput g"))
        == example().build()
    )


WRONG = {
    "no node": "x + y",
    "unknown operator": "%0 = input x : fixed<4,2> [-8, 7]\n%1 = frob %0 : fixed<4,2> [-8, 7]",
    "unknown operand": "%0 = input x : fixed<4,2> [-8, 7]\n%1 = neg %7 : fixed<5,3> [-7, 8]",
    "unknown output": "output y = %3 : fixed<4,2>",
    "wrong type": "%0 = input x : fixed<4,2> [-8, 7]\n%1 = neg %0 : fixed<6,4> [-7, 8]",
    "wrong range": "%0 = input x : fixed<4,2> [-8, 7]\n%1 = neg %0 : fixed<5,3> [-8, 8]",
    "wrong attribute": "%0 = input x : fixed<4,2> [-8, 7]\n%1 = round %0 x RND : fixed<4,2> [-8, 7]",
    "no name": "%0 = input : fixed<4,2> [-8, 7]",
    "no format": "%0 = input x : fixed<0,2> [-8, 7]",
    "narrow output": "%0 = input x : fixed<4,2> [-8, 7]\noutput y = %0 : fixed<3,1>",
}


def test_wrong_text(golden):
    messages = []
    for name, text in WRONG.items():
        with pytest.raises(InputError) as caught:
            parse(text)
        messages.append(f"{name}\n{str(caught.value).replace(', '.join(OPS), '(all of OPS)')}\n")
    golden("\n".join(messages))
