"""Files that the real tools wrote (`imports/write.py` says with which versions): what is read, and
what it computes.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from symgate import api
from symgate.frontend.design_file import toml
from symgate.frontend.load import Options, import_any
from symgate.ir.evaluate import evaluate

FOLDER = Path(__file__).parent / "imports"
TRUTH = json.loads((FOLDER / "truth.json").read_text())["files"]
#: Digits that a tool prints fewer of than it computes with.
PRINTED = {
    "operon_six_digits.txt": 1e-3,
    "gplearn_": 1e-2,
    "sympy_": 1e-12,
    "pysr_": 1e-12,
    "stackgp": 1e-9,
}
FLOAT32 = 3e-5


def tolerance(name: str) -> float:
    return next((t for start, t in PRINTED.items() if name.startswith(start)), FLOAT32)


@pytest.mark.parametrize("name", sorted(TRUTH))
def test_import_is_golden(name, golden, tmp_path):
    options = Options(**TRUTH[name]["options"])
    text, found = api.import_([FOLDER / name], tmp_path / "design.toml", options=options)
    notes = "".join(f"{n.kind}: {n.before} -> {n.after}\n" for n in found.notes)
    golden(f"{notes}{text}")


@pytest.mark.parametrize("name", sorted(TRUTH))
def test_import_computes_what_the_tool_computes(name):
    stated = TRUTH[name]
    found = import_any([FOLDER / name], Options(**stated["options"]))
    inputs = {n: np.array(v) for n, v in stated["inputs"].items()}
    values = [
        np.broadcast_to(v, len(next(iter(inputs.values()))))
        for v in evaluate(list(found.outputs.values()), inputs)
    ]
    want = np.array(stated["outputs"])
    assert np.shape(values) == want.shape
    np.testing.assert_allclose(
        values, want, rtol=0, atol=tolerance(name) * max(1, np.max(np.abs(want)))
    )


@pytest.mark.parametrize("name", sorted(TRUTH))
def test_round_trip(name, tmp_path):
    """Design, text, design: the same nodes."""
    options = Options(
        bits=12, ranges=["[0.5, 2]"], precision="fixed<24,12>", **TRUTH[name]["options"]
    )
    text, found = api.import_([FOLDER / name], options=options)
    design = toml.loads(text)
    assert [n for n, _ in design.outputs] == list(found.outputs)
    assert all(e is found.outputs[n] for n, e in design.outputs)
