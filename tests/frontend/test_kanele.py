"""KANELE's models: a small one at every input, their own on golden rows, and files that are none."""

from __future__ import annotations

import json

import numpy as np
import pytest

from symgate.errors import InputError
from symgate.frontend.load import Options, load_any
from symgate.ir.fixed import run
from symgate.passes.compiler import compile_design
from symgate.sim.numpy_model import simulate

SIZES, BITS = (2, 3, 2), (3, 4, 3)


@pytest.fixture
def model(tmp_path, rng):
    """A network of random tables, some of them not active, in a folder."""
    tables = {}
    for layer in range(2):
        half = 1 << (BITS[layer + 1] - 1)
        for k in range(SIZES[layer]):
            for j in range(SIZES[layer + 1]):
                values = rng.integers(-half, half, 1 << BITS[layer]).tolist()
                active = int((layer, k, j) not in {(0, 1, 2), (1, 0, 0), (1, 1, 0), (1, 2, 0)})
                tables[f"{layer}_{k}_{j}"] = {"acive": active, "values_int": values}
    (tmp_path / "truth_tables.json").write_text(json.dumps(tables))
    (tmp_path / "config.json").write_text(json.dumps({"layers": SIZES, "layers_bitwidth": BITS}))
    return tmp_path


def expected(folder, codes):
    """The outputs as the firmware of the authors computes them."""
    tables = json.loads((folder / "truth_tables.json").read_text())
    values = list(codes)
    for layer in range(2):
        half = 1 << (BITS[layer + 1] - 1)
        found = []
        for j in range(SIZES[layer + 1]):
            total = np.zeros(len(codes[0]), int)
            for k, value in enumerate(values):
                entry = tables[f"{layer}_{k}_{j}"]
                first = (1 << BITS[layer]) // 2 if layer else 0
                if entry["acive"]:
                    total += np.array(entry["values_int"])[value + first]
            found.append(np.clip(total, -half, half - 1))
        values = found
    return values


def test_every_input_of_a_small_model(model):
    design = load_any(model / "truth_tables.json", Options(max_error=0.5, name="m"))
    made = compile_design(design)
    codes = [c.ravel() for c in np.mgrid[0:8, 0:8]]

    assert [str(i.type) for i in design.inputs] == ["ufixed<3,3>"] * 2
    assert [b.bound for b in made.certificate.bounds] == [0, 0]
    for found, wanted in zip(run(made.graph, codes), expected(model, codes), strict=True):
        np.testing.assert_array_equal(np.broadcast_to(found, wanted.shape), wanted)


def test_what_the_reader_takes_for_granted_is_said(model):
    design = load_any(model / "truth_tables.json", Options(max_error=0.5, name="m"))

    assert design.assumed == (
        "inputs: the codes 0 to 7, as unsigned numbers", "outputs: clamped to [-4, 3]"
    )  # fmt: skip


@pytest.mark.parametrize("name", ["Moons", "DryBean", "Wine", "JSC_OpenML"])
@pytest.mark.filterwarnings("ignore:.*no output uses")
def test_golden_rows_of_published_models(name, shared_data):
    folder = shared_data / "kanele" / name
    design = load_any(folder / "truth_tables.json", Options(max_error=0.5, name="m"))
    made = compile_design(design)
    given, wanted = (
        np.loadtxt(folder / f"vectors_{side}.txt", dtype=int, ndmin=2) for side in ("in", "out")
    )
    got = simulate(made.graph, {f"x{k}": given[:, k] for k in range(given.shape[1])})
    found = np.stack([got[f"y{k}"] for k in range(len(got))], axis=1)

    assert {b.bound for b in made.certificate.bounds} == {0}
    np.testing.assert_array_equal(found, wanted.reshape(len(given), -1))


WRONG = {
    "no_config": ("config.json", None, None),
    "no_layers": ("config.json", '"layers"', '"layer"'),
    "bits": ("config.json", "[3, 4, 3]", "[3, 4, 99]"),
    "edge": ("truth_tables.json", '"0_1_2"', '"0_9_2"'),
    "entries": ("config.json", "[3, 4, 3]", "[4, 4, 3]"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_files_say_what_is_wrong(name, model, golden):
    file, old, new = WRONG[name]
    path = model / file
    if old is None:
        path.unlink()
    else:
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
    with pytest.raises(InputError) as e:
        load_any(model / "truth_tables.json", Options(max_error=0.5))
    golden(str(e.value).replace(str(model), "FOLDER") + "\n")


@pytest.mark.parametrize("text", ["[]", "3.25"])
def test_a_file_without_edges_is_none(text, model):
    (model / "truth_tables.json").write_text(text)
    with pytest.raises(InputError, match="the file holds no edges by their names"):
        load_any(model / "truth_tables.json", Options(max_error=0.5, dialect="kanele"))
