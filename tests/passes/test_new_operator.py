"""One entry in the table of operators is enough for firmware: nothing else knows the operator's
name.
"""

from fractions import Fraction

import numpy as np

from symgate.frontend.language.infix import parse
from symgate.ir.boxes import rising
from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.expr import make
from symgate.ir.fixed import run
from symgate.ir.operators import NAMES, OPERATORS, Operator
from symgate.ir.types import FixedType
from symgate.passes.compiler import compile_design

SOFTSIGN = Operator(
    name="softsign",
    arity=1,
    numpy=lambda x: x / (1 + np.abs(x)),
    ball=lambda x: x / (1 + abs(x)),
    interval=rising(lambda x: x / (1 + np.abs(x)), image=(-1.0, 1.0), signed=True),
    derivative=lambda x: (make("inv", make("square", 1 + make("abs", x))),),
    parity="odd",
)


def test_operator_of_one_entry_becomes_firmware(monkeypatch):
    monkeypatch.setitem(OPERATORS, "softsign", SOFTSIGN)
    monkeypatch.setitem(NAMES, "softsign", "softsign")
    inputs = tuple(Input.of(n, FixedType.parse("fixed<8,3>")) for n in "xy")
    e = parse("0.7*softsign(2*x - 0.5*y)*y", ("x", "y"))
    d = Design("d", inputs, (("z", e),), Accuracy({"z": Fraction(1, 64)}))

    firmware = compile_design(d)
    x, y = (a.ravel() for a in np.meshgrid(np.arange(-128, 128), np.arange(-128, 128)))
    (out,) = run(firmware.graph, [x, y])
    t = 2 * x / 32 - 0.5 * y / 32
    error = np.abs(
        out * 2.0 ** -firmware.graph.outputs[0].type.frac - 0.7 * t / (1 + np.abs(t)) * y / 32
    ).max()

    assert error <= firmware.certificate.bound("z") <= 1 / 64
