from fractions import Fraction

import numpy as np
import pytest

from symgate.frontend.language.infix import parse
from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.evaluate import evaluate
from symgate.ir.fixed import run
from symgate.passes.compiler import compile_design


@pytest.mark.parametrize(
    ("text", "x", "y"),
    [
        ("x**y", (1, 3), (-1, 2)),
        ("atan2(y, x)", (1, 3), (-2, 2)),
        ("atan2(y, x)", (-2, 2), (1, 3)),
        ("atan2(y, x)", (-2, 2), (-3, -1)),
        ("atan2(y, x + 1.5)", (-1, 1), (-1, 1)),
        ("atan2(sin(x) + 0.1*y, cos(x))", (-3, 3), (-1, 1)),  # all around the origin
        ("hypot(x, y)", (-2, 2), (1, 3)),
        ("hypot(x, y)", (-2, 2), (-2, 2)),
        ("x/y", (-2, 2), (1, 3)),
    ],
)
def test_operators_of_two_values_keep_their_bound(text, x, y):
    inputs = tuple(
        Input.with_bits(n, 6, (Fraction(r[0]), Fraction(r[1]))) for n, r in (("x", x), ("y", y))
    )
    d = Design("d", inputs, (("z", parse(text, ("x", "y"))),), Accuracy({"z": Fraction(1, 64)}))

    firmware = compile_design(d)
    raws = [a.ravel() for a in np.meshgrid(*(np.arange(i.raw.lo, i.raw.hi + 1) for i in inputs))]
    reals = {i.name: r * 2.0**-i.type.frac for i, r in zip(inputs, raws, strict=True)}
    (out,) = run(firmware.graph, raws)
    exact = evaluate([e for _, e in d.outputs], reals)[0]
    error = np.abs(out * 2.0 ** -firmware.graph.outputs[0].type.frac - exact).max()

    assert error <= firmware.certificate.bound("z") <= 1 / 64
