"""Networks of tables for tests: random ones, and data that tables learn."""

from __future__ import annotations

import numpy as np

from symgate.learn.data import Samples
from symgate.learn.tables.encoding import Encoding
from symgate.learn.tables.network import TableNetwork


def random_network(seed: int = 0, units: int = 9, classes: int = 3) -> TableNetwork:
    """Three features of zeros and ones and two of many values, each of the latter with two
    thresholds.
    """
    rng = np.random.default_rng(seed)
    encoding = Encoding(
        np.array([0, 1, 2, 3, 3, 4, 4], np.int32),
        np.array([0.5, 0.5, 0.5, -0.3, 1.7, 2.0, 5.0]),
        np.array([True, True, True, False, False]),
    )
    ranges = np.array([[0, 1], [0, 1], [0, 1], [-2.0, 2.0], [0, 7.0]])
    return TableNetwork(
        rng.integers(0, len(encoding), (units, 6)).astype(np.int32),
        rng.random((units, 64)) > 0.5,
        np.repeat(np.arange(classes, dtype=np.int32), units // classes),
        encoding,
        ("a", "b", "c", "u", "v"),
        tuple(f"class {c}" for c in range(classes)),
        ranges,
    )


def rows_of(network: TableNetwork, count: int, seed: int = 0) -> np.ndarray:
    """Rows on the grid of eight bits over [-2, 2] and [0, 7]."""
    rng = np.random.default_rng([seed, 1])
    bits = rng.integers(0, 2, (count, 3))
    u = rng.integers(-128, 128, (count, 1)) / 64
    v = rng.integers(0, 225, (count, 1)) / 32
    return np.concatenate([bits, u, v], axis=1).astype(float)


def parity(count: int, seed: int = 0) -> Samples:
    """Ten bits, and as classes the parity of three: no threshold of a weighted sum knows it, one
    table does.
    """
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 2, (count, 10))
    y = x[:, 1] ^ x[:, 4] ^ x[:, 7]
    names = tuple(f"x{k}" for k in range(10))
    return Samples(x.astype(float), y.astype(np.int64), names, ("even", "odd"), True)
