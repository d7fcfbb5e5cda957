"""Kinds of designs that users reported: a bound that did not hold, an end in a traceback.

Each is compiled into a folder and verified as a user does it; every input is tried.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from symgate import api

VECTORS = 1 << 19  # more than any of these designs has inputs
WIDE = 'x = { format = "ufixed<18,4>", range = ["2^-14", 15.5] }'
SMALL = 'x = { format = "fixed<6,3>" }\nz = { format = "fixed<6,3>" }'
POWER = 'x = { format = "ufixed<4,2>" }\nz = { format = "fixed<5,3>" }'
KINDS = {
    "a cell that touches the edge of a domain": (WIDE, "0.7*log2(3*x)", 2.5),
    "an operand of min that no input reaches": (SMALL, "min(sigmoid(x), 1.8, clip(z, -0.2, 0.9))", 0.01),
    "a base whose enclosure holds 0": (POWER, "pow(sin(z+4.1)/(z+4.1) + 0.260581, 0.2*x)", 0.01),
}  # fmt: skip


def design_file(top: Path, inputs: str, expression: str, error: float) -> Path:
    path = top / "design.toml"
    path.write_text(
        f'[inputs]\n{inputs}\n[outputs]\ny = "{expression}"\n[accuracy]\nmax_error = {error}\n'
    )
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_bound_holds_at_every_input(kind, tmp_path):
    inputs, expression, error = KINDS[kind]
    build = api.compile(design_file(tmp_path, inputs, expression, error), tmp_path / "b")
    found = api.verify(build, tools=["numpy"], vectors=VECTORS)
    (bound,) = (b.bound for b in build.certificate.bounds)

    assert 0 < bound <= error
    assert "all inputs" in found.source
    assert found.problems == []
    assert [o.bound <= bound for o in found.recheck] == [True], "proved a second time"
