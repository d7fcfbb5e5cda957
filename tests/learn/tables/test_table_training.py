"""Training of tables: what is learned, that it repeats, what is refused, how it ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from symgate.errors import InputError, ToolMissing
from symgate.learn.data import Samples
from symgate.learn.tables import kernel
from symgate.learn.tables.encoding import Encoding
from symgate.learn.tables.kernel import Kernel, Sizes
from symgate.learn.tables.settings import TableSettings
from symgate.learn.tables.training import SHIFTS, Training, fit
from tests.learn.tables.networks import parity

compiled = pytest.mark.needs("gcc")
QUICK = TableSettings(tables=8, epochs=30, batch=32, rate=0.03, seed=3)


@compiled
def test_parity_is_learned_with_its_pins():
    network = fit(parity(1000), replace(QUICK, tables=20))

    assert np.mean(network.predict(parity(500, 9).x) == parity(500, 9).y) > 0.97
    assert any({1, 4, 7} <= set(pins) for pins in network.pins.tolist())


@compiled
def test_same_seed_same_network(tmp_path):
    first, second = (fit(parity(300), QUICK) for _ in range(2))
    other = fit(parity(300), replace(QUICK, seed=4))

    assert np.array_equal(first.pins, second.pins)
    assert np.array_equal(first.contents, second.contents)
    assert not np.array_equal(first.pins, other.pins)


@compiled
def test_the_kernel_looks_up_as_the_network_does(rng):
    data = rng.integers(0, 2, (50, 9)).astype(np.uint8)
    kern = Kernel(data, np.arange(9, dtype=np.int32)[None], Sizes(21, 3, 9, 50), rng)
    votes = kern.look_up(np.arange(50), np.zeros(50, np.uint8))
    address = sum(data[:, kern.pins[:, k]].astype(int) << k for k in range(6))
    ones = np.take_along_axis(kern.contents, address.T, axis=1)

    assert np.array_equal(votes, [ones[c * 7 : c * 7 + 7].sum(axis=0) for c in range(3)])


def gradients(data, kern, gradient, each):
    """The gradients of the contents (units, 64) and of the weights (bits, units, pins), by NumPy."""
    contents = kern._arrays["contents"][: len(kern.pins)].astype(float)
    of_contents = np.zeros((len(contents), 64))
    of_weights = np.zeros((data.shape[1], len(contents), 6))
    a = np.arange(64)
    for u, pins in enumerate(kern.pins):
        address = sum(data[:, pins[k]].astype(int) << k for k in range(6))
        mine = gradient[u // each].astype(float)
        of_contents[u] = np.bincount(address, mine, minlength=64)
        for j in range(6):
            slope = contents[u][a | 1 << j] - contents[u][a & ~(1 << j)]
            for k in set(range(6)) - {j}:
                slope = 0.75 * slope + 0.25 * slope[a ^ 1 << k]
            of_weights[:, u, j] = (2.0 * data - 1).T @ (mine * slope[address])
    return of_contents, of_weights


def moved(value, mean, square, gradient, step, rate=0.01):
    """A step of Adam, in place."""
    mean += 0.1 * (gradient - mean)
    square += 0.001 * (gradient**2 - square)
    value -= rate * mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)


@compiled
def test_steps_of_the_kernel_are_those_of_plain_numpy(rng):
    """Twenty tables, which do not fill two blocks; contents, weights and pins after three steps."""
    data = rng.integers(0, 2, (40, 9)).astype(np.uint8)
    kern = Kernel(data, np.arange(9, dtype=np.int32)[None], Sizes(20, 2, 9, 40), rng)
    arrays = kern._arrays
    contents = arrays["contents"][:20].astype(float)
    weights = by_unit(arrays["weights"])[:, :20].astype(float)
    moments = [np.zeros_like(v) for v in (contents, contents, weights, weights)]
    for step in (1, 2, 3):
        kern.look_up(np.arange(40), np.zeros(40, np.uint8))
        gradient = rng.normal(size=(2, 40)).astype(np.float32)
        of_contents, of_weights = gradients(data, kern, gradient, each=10)
        kern.learn(gradient, 0.01, True)
        moved(contents, *moments[:2], of_contents, step)
        moved(weights, *moments[2:], of_weights, step)
        np.clip(contents, -1, 1, out=contents)

        assert np.allclose(arrays["contents"][:20], contents, atol=1e-5)
        assert np.allclose(by_unit(arrays["weights"])[:, :20], weights, atol=1e-5)
        assert np.array_equal(kern.pins, by_unit(arrays["weights"])[:, :20].argmax(axis=0))


def by_unit(weights):
    """(blocks, bits, lanes) of the kernel -> (bits, units, pins)."""
    return weights.transpose(1, 0, 2).reshape(weights.shape[1], -1, 6)


@compiled
def test_pins_are_frozen_when_they_should_be():
    none = fit(parity(300), replace(QUICK, frozen=0.0))
    start = Training(parity(300), QUICK, Encoding.of(parity(300).x))._network()

    assert np.array_equal(none.pins, start.pins)
    assert not np.array_equal(none.contents, start.contents)


@compiled
def test_shifted_images_lose_what_leaves_them(rng):
    x = rng.integers(0, 2, (60, 12))
    samples = Samples(
        x.astype(float), np.arange(60) % 2, tuple(f"x{k}" for k in range(12)), ("a", "b"), True
    )
    run = Training(samples, replace(QUICK, image=(3, 4), shifted=1.0), Encoding.of(samples.x))
    places = run._places()
    image = np.arange(12).reshape(3, 4)

    for (down, right), place in zip(SHIFTS, places, strict=True):
        for row, column in np.ndindex(3, 4):
            there = 0 <= row + down < 3 and 0 <= column + right < 4
            wanted = image[row + down, column + right] if there else -1
            assert place[image[row, column]] == wanted
    assert run.run().history[-1].epoch == 30


@compiled
def test_shifted_images_need_thresholds_that_pixels_share(rng):
    x, y = rng.integers(0, 256, (60, 12)).astype(float), np.arange(60) % 2
    shifted = replace(QUICK, image=(3, 4), shifted=0.5, epochs=1)

    with pytest.raises(InputError, match="thresholds of its own") as told:
        fit(named(x, y), shifted)
    assert "thresholds=[64, 192]" in told.value.remedy
    assert len(fit(named(x, y), shifted, [64, 192]).encoding) == 24


@compiled
def test_interrupted_training_gives_the_best_so_far():
    seen = []

    def stop(record):
        seen.append(record)
        if record.epoch == 5:
            raise KeyboardInterrupt

    network = fit(parity(300), QUICK, progress=stop)

    assert network.interrupted
    assert network.history[-1].valid == max(r.valid for r in seen)


@compiled
def test_interrupted_before_the_first_epoch_nothing_is_returned(monkeypatch):
    def stop(self, epoch):
        raise KeyboardInterrupt

    monkeypatch.setattr(Training, "_epoch", stop)
    with pytest.raises(KeyboardInterrupt):
        fit(parity(300), QUICK)


def test_without_a_compiler_one_line_says_so(monkeypatch):
    monkeypatch.setattr(kernel.build, "compiler", lambda: None)
    with pytest.raises(ToolMissing, match="needs a C compiler") as told:
        fit(parity(300), QUICK)
    assert "gcc" in told.value.remedy


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tables": 1}, "tables is 1"),
        ({"tables": 2.5}, "tables is 2.5"),
        ({"epochs": 0}, "epochs is 0"),
        ({"batch": 0}, "batch is 0"),
        ({"rate": 0.0}, "rate is 0.0"),
        ({"rate": float("inf")}, "rate is inf"),
        ({"scale": -1}, "scale is -1"),
        ({"constant": 1.5}, "constant is 1.5"),
        ({"frozen": "all"}, "frozen is 'all'"),
        ({"rare": 0.5}, "rare is 0.5"),
        ({"validation": 1.0}, "validation is 1.0"),
        ({"image": (28,)}, r"image is \(28,\)"),
        ({"shifted": 0.5}, "image is not stated"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_wrong_settings_are_refused(change, said):
    with pytest.raises(InputError, match=said) as told:
        TableSettings(**change)
    assert told.value.expected


def named(x, y, classes=2):
    """Samples of some columns."""
    features = tuple(f"x{k}" for k in range(x.shape[1]))
    return Samples(np.asarray(x, float), y, features, tuple("abc"[:classes]), True)


def test_what_cannot_be_trained_is_refused():
    samples, half = parity(100), np.arange(100) % 2
    values = replace(samples, classes=False, y=samples.x[:, :2])
    three = named(samples.x, np.arange(100) % 3, 3)
    rare = named(np.eye(1000)[:, :2], np.arange(1000) % 2)
    with pytest.raises(InputError, match="values are to be learned"):
        fit(values)
    with pytest.raises(InputError, match="2 tables for 3 classes"):
        fit(three, TableSettings(tables=2))
    with pytest.raises(InputError, match="there are 10 features"):
        fit(named(samples.x, half), TableSettings(image=(5, 5)))
    with pytest.raises(InputError, match="no bit is 0 and 1"):
        fit(rare)
