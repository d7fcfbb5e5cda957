"""The examples load, as their READMEs say."""

from __future__ import annotations

import csv
import shlex

import numpy as np
import pytest

from symgate import api
from symgate.frontend.design_file.toml import dump, loads
from symgate.frontend.load import Options, load_any
from symgate.ir.evaluate import evaluate

EXAMPLES = {
    "jets/design.toml": Options(),
    "one_line/expression.txt": Options(
        bits=12, ranges=["x0=[-4, 4]", "x1=[-2, 2]"], max_error=["2^-8"]
    ),
    "feynman/spin_wave.txt": Options(relative_error="2^-8"),
    "pysr/hall_of_fame.csv": Options(bits=12, ranges=["[-8, 8]"], relative_error="2^-8"),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_loads_and_its_dump_loads_back(name, root, golden):
    design = load_any(root / "examples" / name, EXAMPLES[name])
    text = dump(design)

    golden(text)
    again = loads(text)
    assert (again.inputs, again.outputs, again.accuracy) == (
        design.inputs,
        design.outputs,
        design.accuracy,
    )
    assert dump(again) == text


def test_every_example_has_its_command_in_its_readme(root):
    for name in EXAMPLES:
        text = (root / "examples" / name).parent.joinpath("README.md").read_text()
        commands = [
            shlex.split(line)
            for line in text.splitlines()
            if line.startswith("    symgate compile")
        ]
        assert [c[2] for c in commands] == [f"examples/{name}"]


def test_jets_are_classified_as_published(root):
    design = load_any(root / "examples/jets/design.toml")
    with (root / "examples/jets/jets.csv").open() as file:
        rows = list(csv.DictReader(file))
    env = {i.name: np.array([float(r[i.name]) for r in rows]) for i in design.inputs}
    scores = evaluate(design.program.roots, env)
    names = [name for name, _ in design.outputs]
    right = [names[k] == r["class"] for k, r in zip(np.argmax(scores, 0), rows, strict=True)]

    assert len(rows) == 600
    assert {r["class"] for r in rows} == set(names)
    assert np.mean(right) == pytest.approx(0.723, abs=3 * 0.018)


#: What Verilator gives for one example is enough to show that the two models agree.
CPP, BOTH = ["cpp"], ["cpp", "verilator"]


@pytest.mark.parametrize(
    ("name", "tools"),
    [
        ("one_line/expression.txt", BOTH),
        ("feynman/spin_wave.txt", CPP),
        ("pysr/hall_of_fame.csv", CPP),
        pytest.param("feynman/spin_wave.txt", BOTH, marks=pytest.mark.slow),
        pytest.param("pysr/hall_of_fame.csv", BOTH, marks=pytest.mark.slow),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
@pytest.mark.needs("g++", "verilator")
def test_example_becomes_firmware_whose_models_agree(name, tools, root, tmp_path):
    build = api.compile(root / "examples" / name, tmp_path / "build", options=EXAMPLES[name])

    verified = api.verify(build, tools=tools, vectors=2000)

    assert verified.problems == []
    assert verified.models == ["numpy", *tools]


def test_jets_keep_their_accuracy_in_fixed_point(root, tmp_path):
    build = api.compile(root / "examples/jets/design.toml", tmp_path / "build")

    classes = api.simulate(build, root / "examples/jets/jets.csv").classifier

    assert classes is not None
    assert classes.rows == 600
    assert abs(classes.fixed_accuracy - classes.float_accuracy) <= 0.005
