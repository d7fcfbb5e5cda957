"""A network of tables in all models: chained bits, a counter, steps of a clamp, an odd clamp."""

from __future__ import annotations

import pytest

import symgate
from symgate.frontend.load import Options, load_any

GRID = {"from": -4, "to": 3, "y": [5, 1, -3, 2, 2, 7, -8, 0], "between": "step", "ends": "hold"}
VOTES = " + ".join(f'lut3("{37 * k % 256:02x}", a > {k % 4}, b < {k % 3}, a > b)' for k in range(9))
SEVEN = f'lut7("{bytes(range(3, 19)).hex()}", a, b, a > 1, b > 1, a > 2, b > 2, a < b)'
TEXT = f"""\
v = {VOTES} - 2*lut2("6", lut2("8", a > 0, b), {SEVEN})
w = g(clamp(g(a) + g(b), -4, 3)) + g(max(min(g(a) - b, 2), -3))
"""


@pytest.mark.needs("g++", "hls4ml", "iverilog", "cocotb")
def test_all_models_give_the_same_bits(tmp_path):
    options = Options(formats="fixed<4,4>", max_error=0.01, name="net", tables={"g": GRID})
    build = symgate.compile(load_any(TEXT, options), tmp_path / "net")
    found = symgate.verify(build, tools=["cpp", "icarus"], vectors=256)

    assert found.vectors == 256  # every input
    assert found.problems == []
    assert found.notes == []
    assert found.models == ["numpy", "cpp", "icarus"]
    assert [o.bound for o in found.recheck] == [0, 0]
