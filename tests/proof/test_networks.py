"""The second proof of networks of tables: it holds, and a wrong bit is found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from symgate.frontend.load import Options, load_any
from symgate.ir.firmware import Firmware
from symgate.ir.text import parse, show
from symgate.passes.compiler import compile_design
from symgate.proof.bittables import looked_up, weights
from symgate.proof.recheck import recheck, summary
from symgate.proof.spans import Span

GRID = {"from": -4, "to": 3, "y": [5, 1, -3, 2, 2, 7, -8, 0], "between": "step", "ends": "hold"}
TABLES = [f'lut3("{37 * k % 256:02x}", b{k}, b{k + 3}, b{k + 7})' for k in range(1, 24)]
VOTES = " + ".join(TABLES)


def firmware(text: str, formats: str = "ufixed<1,1>") -> Firmware:
    options = Options(formats=formats, max_error=0.01, tables={"g": GRID})
    return compile_design(load_any(text + "\n", options))


@pytest.mark.parametrize(
    ("text", "formats"),
    [
        (f"y = {VOTES}", "ufixed<1,1>"),
        ('y = lut2("6", lut3("96", a, b, c), lut2("b", c, d))', "ufixed<1,1>"),
        ("y = g(max(min(g(a) + g(b) + 1, 3), -4)) - 3*g(b)", "fixed<4,4>"),
        ("y = g(clamp(g(a) + g(b), -3, 2)) + 5*lut2_8(a, b)", "fixed<4,4>"),
        ('y = 3*lut2("6", a, b) - 5*lut2("8", b, c) + 0.25*c', "ufixed<1,1>"),
    ],
)
def test_networks_are_proved_again(text, formats):
    found = recheck(firmware(text, formats))

    assert found.proved, [v for v in found.values if v.problem or v.verdict != "re-proved"]
    assert all(o.bound == 0 for o in found)
    assert set(summary(found)["values"]) <= {"polynomial identity", "every code"}


def tampered(made: Firmware, old: str, new: str) -> Firmware:
    """The same certificate with another graph, in both places."""
    data = dict(made.certificate.data)
    assert old in data["graph"]
    data["graph"] = data["graph"].replace(old, new, 1)
    graph = parse(show(made.graph).replace(old, new, 1), whole=True)
    return replace(made, graph=graph, certificate=replace(made.certificate, data=data))


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (f"y = {' + '.join(TABLES[:4])}", "0,1,1,2,1,2,2,3", "0,1,1,2,1,2,3,3"),  # in a counter
        ('y = lut2("6", a, b) + lut2("8", b, c)', "0,1,1,0", "0,1,1,1"),
    ],
)
def test_a_wrong_entry_is_refuted(text, old, new):
    made = firmware(text)
    changed = tampered(made, old, new)
    found = recheck(changed)

    assert not found.proved
    assert any(o.bound > 0 for o in found)


def test_intervals_of_bits(rng):
    contents = int(rng.integers(1 << 8))
    low, high = rng.integers(-1, 2, (2, 3, 100))
    args = [Span.of(np.minimum(*p), np.maximum(*p)) for p in zip(low, high, strict=True)]
    found = looked_up(contents, args)
    for k in range(100):
        seen = {
            contents >> a & 1
            for a in range(8)
            if all(_may_be(x, k, a >> j & 1) for j, x in enumerate(args))
        }
        assert found.lo[k] <= min(seen)
        assert max(seen) <= found.hi[k]


def _may_be(x: Span, k: int, bit: int) -> bool:
    return bool(x.lo[k] <= 0 <= x.hi[k]) if bit == 0 else bool(x.lo[k] != 0 or x.hi[k] != 0)


def test_weights_of_a_counter():
    assert weights([k.bit_count() for k in range(16)]) == [0, 1, 1, 1, 1]
    assert weights([3, 1, 5, 3]) == [3, -2, 2]
    assert weights([0, 1, 1, 3]) is None
