"""Closing what adaptive training misses: the least useful weights go first, by what they save.

The use of a weight is its second-order effect on the loss, w^2 F / 2, where F is its diagonal of
the Fisher matrix; it is exact for a linear map: F = E[x_i^2 d_j^2], d the slope of a row's loss
along the linear form. Importing this module imports TensorFlow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from symgate.learn.symbolnet import formulas
from symgate.learn.symbolnet.convert import weights_of
from symgate.learn.symbolnet.export import program
from symgate.learn.symbolnet.layers import Pruned, SparseLinear
from symgate.learn.symbolnet.size import Counts, sizes
from symgate.learn.symbolnet.thin import Uses, linears
from symgate.learn.symbolnet.weights import Reals


@dataclass(frozen=True)
class PruneSettings:
    """How weights are chosen that a network can lose. Not measured."""

    #: Rows that saliency is measured on.
    rows: int = 8192
    #: What is added to F, as a part of its mean: a weight that hardly any row sees is not worth more.
    stiff: float = 0.1
    #: Part of the weights to remove that go before sizes are counted again.
    portion: float = 0.05


PRUNE = PruneSettings()


def count(model: keras.Model) -> Counts:
    """The sizes of a model as its masks stand."""
    weights = weights_of(model)
    return sizes(weights.inputs, weights.layers)


def saliency(model: keras.Model, x: Any, y: Any, error: Any) -> Uses:
    """The use of each weight and bias of a frozen model on rows ``x`` with wanted outputs ``y``."""
    x, forms, operands = tf.constant(x[: PRUNE.rows], tf.float32), [], []
    value = x
    with tf.GradientTape() as tape:
        for layer in model.layers:
            if isinstance(layer, SparseLinear):
                operands.append(value)
            value = (
                layer.apply(value, layer.masks(frozen=True))
                if isinstance(layer, Pruned)
                else layer(value)
            )
            if isinstance(layer, SparseLinear):
                tape.watch(value)
                forms.append(value)
        loss = tf.reduce_sum(error(tf.constant(y[: PRUNE.rows], tf.float32), value))
    slopes = tape.gradient(loss, forms)
    out = []
    for layer, xs, d in zip(linears(model), operands, slopes, strict=True):
        out.append(_uses(layer, np.asarray(xs, float), np.asarray(d, float)))
    return out


def _uses(layer: SparseLinear, x: Reals, slope: Reals) -> tuple[Reals, Reals]:
    """What the loss gains by each weight: w^2 F of one that is there, g^2 / F of one that would be
    added.
    """
    n = len(x)
    fisher, gradient = np.square(x).T @ np.square(slope) / n, x.T @ slope / n
    live = np.asarray(layer.keep["kernel"]) > 0
    there = np.square(np.asarray(layer.kernel, float)) * fisher
    absent = np.square(gradient) / (fisher + PRUNE.stiff * fisher.mean() + 1e-12)
    bias = np.square(np.asarray(layer.bias, float)) * np.square(slope).mean(axis=0)
    return np.where(live, there, absent), bias


def shrink(model: keras.Model, uses: Uses, size: float) -> None:
    """Remove weights of the least use per node until the mean output has at most ``size`` nodes."""
    while (now := count(model)).mean > size:
        ratios = []
        for layer, (use, _), cost in zip(linears(model), uses, now.weights, strict=True):
            keep = np.asarray(layer.keep["kernel"]) > 0
            dead = keep & (cost <= 0)
            layer.keep["kernel"].assign((keep & ~dead).astype("float32"))
            ratios.append(np.where(keep & ~dead, use / np.maximum(cost, 1.0), np.inf))
        limit = _limit(ratios, now.mean - size, now)
        if not math.isfinite(limit):
            return
        for layer, ratio in zip(linears(model), ratios, strict=True):
            layer.keep["kernel"].assign((np.isfinite(ratio) & (ratio > limit)).astype("float32"))


def fit_size(model: keras.Model, uses: Uses, size: float) -> None:
    """Remove weights of the least use until the expressions have at most ``size`` nodes each as
    SymPy counts them.
    """
    while (real := complexity(model)) > size:
        before = count(model).mean
        shrink(model, uses, min(before * size / real, before - 1.0))
        if count(model).mean >= before:
            return


def complexity(model: keras.Model) -> float:
    """The mean number of nodes of the expressions of a model; much slower than `count`."""
    weights = weights_of(model)
    names = [f"x{k}" for k in range(len(weights.inputs))]
    outputs = program(weights, names, [f"y{k}" for k in range(len(weights.shift))]).roots
    return float(np.mean([formulas.complexity(e) for e in outputs]))


def regrow(model: keras.Model, uses: Uses, share: float) -> None:
    """Add the absent weights that promise most per node, as many as ``share`` of those that are
    there.
    """
    now = count(model)
    for layer, (use, _), cost in zip(linears(model), uses, now.weights, strict=True):
        keep = np.asarray(layer.keep["kernel"]) > 0
        extra = int(share * keep.sum())
        if not extra:
            continue
        promise = np.where(keep | (cost <= 0), 0.0, use / np.maximum(cost, 1.0)).ravel()
        best = np.argpartition(promise, -extra)[-extra:]
        best = best[promise[best] > 0]
        flat = np.zeros(promise.shape, bool)
        flat[best] = True
        fresh = flat.reshape(keep.shape)
        layer.kernel.assign(np.where(fresh, 0.0, np.asarray(layer.kernel)).astype("float32"))
        layer.keep["kernel"].assign((keep | fresh).astype("float32"))
        threshold = layer.thresholds["kernel"]
        threshold.assign(np.where(fresh, 0.0, np.asarray(threshold)).astype("float32"))


def _limit(ratios: list[Reals], excess: float, now: Counts) -> float:
    """The use per node up to which weights go now: those of a part of the excess, and at least one."""
    flat = np.concatenate([r.ravel() for r in ratios])
    cost = np.concatenate([weight.ravel() for weight in now.weights])
    order = np.argsort(flat)
    order = order[np.isfinite(flat[order])]
    if not len(order):
        return math.inf
    outputs = now.weights[-1].shape[1]
    budget = max(excess * outputs * 0.5, 1.0)
    last = int(np.searchsorted(np.cumsum(cost[order]), budget))
    last = min(last, max(int(PRUNE.portion * len(order)), 0))
    return float(flat[order[last]])
