"""A network of tables as a design: exact, and the same bits in every model."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

import symgate
from symgate.errors import InputError
from symgate.frontend.design_file import toml
from symgate.frontend.load import load_any
from symgate.frontend.options import Options
from symgate.ir.evaluate import evaluate
from symgate.learn.tables.export import design as design_of
from symgate.learn.tables.export import reduced
from tests.learn.tables.networks import random_network, rows_of


def values(design, x, features):
    env = {name: x[:, k] for k, name in enumerate(features)}
    found = evaluate([e for _, e in design.outputs], env)
    return np.stack([np.broadcast_to(v, len(x)) for v in found], axis=1)


@pytest.mark.parametrize("seed", range(4))
def test_the_expressions_are_the_network(seed):
    network = random_network(seed)
    x = rows_of(network, 300, seed)
    found = values(design_of(network, outputs="both"), x, network.features)

    assert np.array_equal(found[:, :-1], network.scores(x))
    assert np.array_equal(found[:, -1], network.predict(x))


def test_ports_of_zeros_and_ones_have_one_bit():
    design = design_of(random_network(), outputs="scores")
    assert [(p.name, p.type.width) for p in design.inputs] == [
        ("a", 1), ("b", 1), ("c", 1), ("u", 8), ("v", 8),
    ]  # fmt: skip
    assert [name for name, _ in design.outputs] == ["class_0", "class_1", "class_2"]


def test_a_stated_format_moves_the_thresholds_to_its_grid():
    network = random_network()
    options = Options(formats={"u": "fixed<4,3>"})
    design = design_of(network, options, outputs="both")
    x = rows_of(network, 300)
    x[:, 3] = np.floor(x[:, 3] * 2) / 2

    assert {p.name: p.type.width for p in design.inputs}["u"] == 4
    assert np.array_equal(values(design, x, network.features)[:, -1], network.predict(x))


def test_what_is_stated_of_features_that_no_table_reads_is_left_out():
    network = random_network()
    network = replace(network, pins=np.where(network.pins == 0, 1, network.pins).astype(np.int32))
    formats = dict.fromkeys("abc", "ufixed<1,1>")

    assert [p.name for p in design_of(network, Options(formats=formats)).inputs] == list("bcuv")
    assert "a" not in [p.name for p in design_of(network, Options(ranges={"a": (0, 1)})).inputs]
    with pytest.raises(InputError, match="'other', which is not an input"):
        design_of(network, Options(formats={"other": "ufixed<1,1>"}))


def test_a_design_file_reads_back(tmp_path):
    design = design_of(random_network(), outputs="both")
    path = tmp_path / "design.toml"
    path.write_text(toml.dump(design, tmp_path), encoding="utf-8")

    assert load_any(path, Options()).outputs == design.outputs


@pytest.mark.parametrize("outputs", ["class", "both"])
def test_compiled_it_is_certified_exact(tmp_path, outputs):
    network = random_network()
    build = symgate.compile(design_of(network, outputs=outputs), tmp_path / "build")
    x = rows_of(network, 400)
    found = np.asarray(
        build.predict(x[:, [network.features.index(p.name) for p in build.design.inputs]])
    )

    assert [b.bound for b in build.certificate.bounds] == [0.0] * len(build.design.outputs)
    assert np.array_equal(found.reshape(len(x), -1)[:, -1], network.predict(x))


@pytest.mark.needs("g++", "verilator")
@pytest.mark.slow
def test_all_models_have_the_same_bits(tmp_path):
    build = symgate.compile(design_of(random_network(), outputs="both"), tmp_path / "build")
    found = symgate.verify(build, vectors=500)

    assert found.mismatches == 0
    assert max(o.bound for o in found.recheck) == 0


def test_a_class_without_a_table_that_changes_has_a_constant_score():
    network = random_network()
    contents = network.contents.copy()
    contents[:3] = True
    changed = replace(network, contents=contents)
    found = values(design_of(changed, outputs="scores"), rows_of(network, 5), network.features)

    assert found[:, 0].tolist() == [3] * 5


def test_other_outputs_are_refused():
    with pytest.raises(InputError, match="outputs is 'label'"):
        design_of(random_network(), outputs="label")


def test_names_that_collide_stay_apart():
    network = replace(random_network(), features=("class_index", "b", "c", "u", "v"))
    design = design_of(network, outputs="both")
    names = [port.name for port in design.inputs] + [name for name, _ in design.outputs]
    assert len(set(names)) == len(names) == 9


def test_reduced_tables_have_the_values_of_whole_ones(rng):
    for _ in range(30):
        pins = rng.integers(0, 4, 6).tolist()
        contents = (rng.random(64) < rng.choice([0.05, 0.5, 1])).tolist()
        read, number = reduced(pins, contents)
        for bits in itertools.product((0, 1), repeat=4):
            whole = contents[sum(bits[pin] << k for k, pin in enumerate(pins))]
            assert number >> sum(bits[b] << k for k, b in enumerate(read)) & 1 == whole
