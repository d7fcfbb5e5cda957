"""Vectors of ports: names, indices, and what is wrong with them."""

from __future__ import annotations

import pytest

from symgate.errors import InputError
from symgate.frontend.design_file.toml import loads
from symgate.ir.exprtext import show


def design(inputs: str, outputs: str, error: str = "0.1"):
    text = f"[inputs]\n{inputs}\n[let]\nk = 2\n[outputs]\n{outputs}\n[accuracy]\n"
    return loads(f"{text}max_error = {error}\n", "jets.toml")


def test_vectors_of_inputs_and_outputs_are_ports_with_plain_names():
    found = design(
        '"x[0..3]" = { format = "fixed<6,3>", range = [-2, 2] }\na = "bool"',
        '"y[1..2]" = "k*x[i] - x[2*i - 1]*x[0]"\n'
        '"q[0..1]" = { expression = "x[i]", format = "Q1.2" }\n'
        'best = "argmax(x[0..2])"\nall = "sum(x[0..3]) + a"',
        '{ "y[1..2]" = 0.1, "q[0..1]" = 0.25, best = 0.5, all = 0.1 }',
    )
    assert [i.name for i in found.inputs] == ["x0", "x1", "x2", "x3", "a"]
    written = {name: show(found.ports[name].written) if name in found.ports else show(e)
               for name, e in found.outputs}  # fmt: skip
    assert written == {
        "y1": "2*x1 - x0*x1",
        "y2": "2*x2 - x0*x3",
        "q0": "x0",
        "q1": "x1",
        "best": "where(x0 >= max(x1, x2), 0, where(x1 >= x2, 1, 2))",
        "all": "a + (x0 + x1 + x2 + x3)",
    }
    assert {n: str(p.format.type) for n, p in found.ports.items()} == {
        "q0": "fixed<4,2>",
        "q1": "fixed<4,2>",
    }
    assert [float(e) for e in found.accuracy.max_error.values()] == [0.1, 0.1, 0.25, 0.25, 0.5, 0.1]


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    {
        "turned": ('"x[3..0]" = "Q1.2"', 'y = "x[0]"'),
        "too_many": ('"x[0..9999]" = "Q1.2"', 'y = "x[0]"'),
        "twice": ('"x[0..3]" = "Q1.2"\nx2 = "Q1.2"', 'y = "x[0]"'),
        "no_index": ('"x[0..3]" = "Q1.2"', '"y[0..3]" = "x[i/2]"'),
        "below": ('"x[0..3]" = "Q1.2"', '"y[0..3]" = "x[i - 1]"'),
        "outside": ('"x[0..3]" = "Q1.2"', '"y[0..3]" = "x[i + 1]"'),
    }.values(),
    ids=["turned", "too_many", "twice", "no_index", "below", "outside"],
)
def test_messages(inputs, outputs, golden):
    with pytest.raises(InputError) as caught:
        design(inputs, outputs)
    golden(str(caught.value))
