"""What a network of tables means, on bits and in its file."""

from __future__ import annotations

import numpy as np
import pytest

from symgate.errors import InputError
from symgate.learn.tables.encoding import Encoding
from symgate.learn.tables.network import load
from tests.learn.tables.networks import random_network, rows_of


def by_hand(network, x):
    """Votes, counted one by one."""
    found = np.zeros((len(x), len(network.outputs)), int)
    for r, row in enumerate(x):
        bits = [
            int(row[f] > t)
            for f, t in zip(network.encoding.feature, network.encoding.threshold, strict=True)
        ]
        for pins, contents, c in zip(
            network.pins, network.contents, network.unit_class, strict=True
        ):
            found[r, c] += contents[sum(bits[pin] << k for k, pin in enumerate(pins))]
    return found


def test_scores_are_votes_counted_by_hand():
    network = random_network()
    x = rows_of(network, 200)

    assert np.array_equal(network.scores(x), by_hand(network, x))


def test_the_first_of_the_largest_scores_is_the_class():
    network = random_network()
    x = rows_of(network, 500)
    scores = network.scores(x)
    ties = np.sort(scores, axis=1)
    tied = ties[:, -1] == ties[:, -2]

    assert tied.any()
    assert [list(s).index(max(s)) for s in scores] == list(network.predict(x))


def test_a_file_reads_back(tmp_path):
    network = random_network()
    again = load(network.save(tmp_path / "net.npz"))
    x = rows_of(network, 100)

    assert np.array_equal(again.scores(x), network.scores(x))
    assert (again.features, again.outputs) == (network.features, network.outputs)
    assert np.array_equal(again.contents, network.contents)


def test_same_network_same_bytes(tmp_path):
    first = random_network().save(tmp_path / "a.npz").read_bytes()
    assert random_network().save(tmp_path / "b.npz").read_bytes() == first


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 but no zip", b"text"])
def test_what_is_no_network_is_refused(tmp_path, content):
    path = tmp_path / "net.npz"
    path.write_bytes(content)

    with pytest.raises(InputError, match="no network of tables") as told:
        load(path)
    assert told.value.expected


def test_a_damaged_file_is_refused_or_is_a_network(tmp_path, rng):
    path = random_network().save(tmp_path / "net.npz")
    whole, refused = path.read_bytes(), 0
    for _ in range(200):
        part = bytearray(whole)
        part[rng.integers(len(part))] = rng.integers(256)
        path.write_bytes(part)
        try:
            load(path)
        except InputError:
            refused += 1

    assert refused > 100


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load(tmp_path / "net.npz")


@pytest.mark.parametrize(
    ("name", "array", "said"),
    [
        ("pins", np.full((9, 6), 7, np.int32), "pins has indices outside 0 to 6"),
        ("pins", np.zeros((9, 5), np.int32), "pins is of int32"),
        ("unit_class", np.full(9, -1, np.int32), "unit_class has indices outside"),
        ("ranges", np.full((5, 2), np.nan), "not all finite"),
        ("contents", np.zeros((9, 8), object), "no network of tables"),
    ],
)
def test_a_file_with_a_wrong_array_is_refused(tmp_path, name, array, said):
    path = random_network().save(tmp_path / "net.npz")
    with np.load(path) as stored:
        arrays = dict(stored)
    np.savez(path, **(arrays | {name: array}))

    with pytest.raises(InputError, match=said):
        load(path)


# Bits


def test_a_feature_of_zeros_and_ones_is_one_bit():
    x = np.array([[0, 3.0], [1, 5], [1, 9], [0, 11]])
    encoding = Encoding.of(x, 3)

    assert encoding.feature.tolist() == [0, 1, 1, 1]
    assert encoding.binary.tolist() == [True, False]
    assert encoding.bits(x).tolist() == [[0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 1]]


def test_each_threshold_at_a_quantile_parts_the_rows(rng):
    x = np.stack([rng.normal(size=300), np.where(rng.random(300) < 0.99, 0, 2)], axis=1)
    bits = Encoding.of(x, 8).bits(x)

    assert bits.shape[1] == 9
    assert ((bits.mean(axis=0) > 0) & (bits.mean(axis=0) < 1)).all()


def test_stated_thresholds_are_those_of_all_features():
    encoding = Encoding.of(np.array([[0.0, 3], [7, 4]]), [2, 0.5, 2])
    assert encoding.threshold.tolist() == [0.5, 2, 0.5, 2]


def test_a_count_of_thresholds_may_be_a_number_of_numpy():
    assert len(Encoding.of(np.arange(9.0)[:, None], np.int64(3))) == 3


@pytest.mark.parametrize("wrong", [0, True, [], ["a"], [float("nan")], "8", None, [1, [2]], [[1]]])
def test_wrong_thresholds_are_refused(wrong):
    with pytest.raises(InputError, match="thresholds is"):
        Encoding.of(np.array([[0.0], [7]]), wrong)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (np.zeros((4, 2)), r"shape \(4, 2\)"),
        (np.full((1, 5), np.nan), "a value is NaN"),
        ([["a"] * 5], "no rows"),
    ],
)
def test_what_are_no_rows_is_refused(rows, said):
    with pytest.raises(InputError, match=said) as told:
        random_network().scores(rows)
    assert told.value.expected == "rows of 5 features, all numbers"
