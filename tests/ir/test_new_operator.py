"""Adding an operator is adding one entry: it then parses, evaluates, has intervals, balls and a
derivative.
"""

from __future__ import annotations

import flint
import numpy as np
import pytest

from symgate.frontend.language.infix import parse
from symgate.ir.boxes import Box, rising
from symgate.ir.evaluate import balls, boxes, derivative, evaluate
from symgate.ir.expr import make
from symgate.ir.exprtext import show
from symgate.ir.operators import NAMES, OPERATORS, Operator

SOFTSIGN = Operator(
    name="softsign",
    arity=1,
    numpy=lambda x: x / (1 + np.abs(x)),
    ball=lambda x: x / (1 + abs(x)),
    interval=rising(lambda x: x / (1 + np.abs(x)), image=(-1.0, 1.0), signed=True),
    derivative=lambda x: (make("inv", make("square", 1 + make("abs", x))),),
    parity="odd",
    aliases=("elliot",),
)


@pytest.fixture(autouse=True)
def _softsign(monkeypatch):
    monkeypatch.setitem(OPERATORS, "softsign", SOFTSIGN)
    monkeypatch.setitem(NAMES, "softsign", "softsign")
    monkeypatch.setitem(NAMES, "elliot", "softsign")


def test_one_entry_is_enough():
    e = parse("2*elliot(x - 1) + y", ["x", "y"])
    env = {"x": np.array([3.0, -1.0]), "y": np.array([0.5, 0.5])}

    assert show(e) == "y + 2*softsign(x - 1)"
    assert evaluate([e], env)[0] == pytest.approx([2 * 2 / 3 + 0.5, -2 * 2 / 3 + 0.5])
    box = boxes([e], {"x": Box.exact(-1.0, 3.0), "y": Box.exact(0.5)})[e]
    assert (float(box.lo), float(box.hi)) == pytest.approx((-2 * 2 / 3 + 0.5, 2 * 2 / 3 + 0.5))
    with flint.ctx.workprec(100):
        assert balls([e], {"x": flint.arb(3), "y": flint.arb(0)})[e].overlaps(flint.arb(4) / 3)
    assert evaluate([derivative(e, "x")], {"x": 3.0, "y": 0.0})[0] == pytest.approx(2 / 9)
