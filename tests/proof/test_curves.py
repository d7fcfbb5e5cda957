"""Functions of one value as tables of enclosures."""

from __future__ import annotations

import numpy as np
import pytest

from symgate.frontend.language.infix import parse
from symgate.ir.evaluate import evaluate
from symgate.proof.curves import Curve

STEEP = ["sqrt(max(x, 0))", "held_inv(x)", "log(max(x, 0.001))"]


@pytest.mark.parametrize("text", [*STEEP, "x**2", "sin(9*x)", "floor(x)"])
@pytest.mark.parametrize("reach", [2.0**-12, 0.003, 0.1, 3.0])
def test_modulus_bounds_the_change_within_reach(text, reach, rng):
    e = parse(text, None)
    bound = Curve(e, "x", -1.0, 2.0).modulus(np.array([reach]))[0]
    starts = np.concatenate([np.linspace(-1, 2, 20_000), rng.normal(size=20_000) * reach]).clip(
        -1, 2
    )
    starts = np.concatenate([starts, starts, np.full(1000, -(2.0**-10))])
    ends = np.minimum(
        starts + reach * rng.uniform(size=starts.size) ** np.repeat([0, 4], [40_000, 41_000]), 2
    )
    before, after = (evaluate([e], {"x": t})[0] for t in (starts, ends))
    change = np.max(np.abs(after - before))

    assert change <= bound
    assert text not in STEEP or bound <= 1.2 * change
