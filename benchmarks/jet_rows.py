"""Rows to train jet taggers on: real jets, and synthetic ones.

A synthetic row is no jet. Its features are drawn around those of real training jets in normal
scores (their labels are not used), mapped to the published quantiles of each feature, and labelled
by a published network's class shares. The network was trained on the published training set, to
which none of the 600 jets here belongs.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from common import SHARED, Reals

from symgate.learn import datasets
from symgate.learn.data import Samples

TEACHER = "keras3_70pruned_stdinput"  # 16-64-32-32-5, on standardised features
WIDTH = 0.35  # of the kernel, in normal scores: this share of their covariance


@dataclass(frozen=True)
class Jets:
    """The 600 real jets, features standardised as published, and what is published about their
    distribution.
    """

    real: Samples
    quantiles: Reals  # (16, 200) of standardised features
    layers: list[tuple[Reals, Reals]]

    def teacher(self, x: Reals) -> Reals:
        """Class shares (n, 5) of the published network for standardised features."""
        for k, (w, b) in enumerate(self.layers):
            x = x @ w + b
            x = np.maximum(x, 0) if k < len(self.layers) - 1 else x
        e = np.exp(x - x.max(axis=1, keepdims=True))
        shares: Reals = e / e.sum(axis=1, keepdims=True)
        return shares

    def synthetic(self, around: Samples, count: int, seed: int) -> tuple[Samples, Reals]:
        """``count`` synthetic rows around the features of ``around``, and their class shares."""
        rng = np.random.default_rng(seed)
        levels = np.linspace(0.0, 1.0, self.quantiles.shape[1] + 2)[1:-1]
        normal = np.array([NormalDist().inv_cdf(p) for p in levels])
        scores = np.stack(
            [np.interp(around.x[:, j], q, normal) for j, q in enumerate(self.quantiles)], axis=1
        )
        picked = scores[rng.integers(len(scores), size=count)]
        shape = np.linalg.cholesky(np.cov(scores.T) + 1e-6 * np.eye(scores.shape[1]))
        drawn = (picked + WIDTH * rng.normal(size=picked.shape) @ shape.T) / np.sqrt(1 + WIDTH**2)
        x = np.stack(
            [np.interp(drawn[:, j], normal, q) for j, q in enumerate(self.quantiles)], axis=1
        )
        shares = self.teacher(x)
        return Samples(
            x, shares.argmax(axis=1), around.features, around.outputs, True, "synthetic rows"
        ), shares


def load() -> Jets:
    """What ../shared holds; raise FileNotFoundError where there is none."""
    stored = np.load(SHARED / "jets" / "jets_reference.npz")
    raw = datasets.jets(SHARED / "jets" / "jets_600.csv")
    x = (raw.x - stored["scaler_mean"]) / stored["scaler_scale"]
    real = Samples(
        x.astype(float),
        raw.y,
        tuple(f"x{k}" for k in range(16)),
        raw.outputs,
        True,
        "600 real jets",
    )
    layers = [
        (stored[f"{TEACHER}__W{k}"].astype(float), stored[f"{TEACHER}__b{k}"].astype(float))
        for k in range(4)
    ]
    return Jets(real, stored["train_quantiles_std"].astype(float), layers)


def folds(rows: int, count: int, seed: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    """Training and held-out rows of each fold of a cross-validation."""
    order = np.random.default_rng(seed).permutation(rows)
    return [(np.setdiff1d(order, part), part) for part in np.array_split(order, count)]
