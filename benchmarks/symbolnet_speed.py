"""Training steps per second: ours beside the step of the authors' notebook, re-implemented plainly.

    python benchmarks/symbolnet_speed.py [--epochs 3]

The plain step follows the notebook's structure: a loop over operators, each with its own mask of
all of them, sparsities computed a second time for the loss in float64, a running mean per quantity,
and `keras.Model.fit`. Both run the same network (784 inputs, 20 unary operators, 5 products) on the
same random digits, batch 256, one after the other, several times; the best of each counts, which a
busy machine disturbs least.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from common import Row, console, save, show

from symgate.learn.symbolnet.fitting import framework

framework(threads=2)
import keras  # noqa: E402 - after the environment is set
import tensorflow as tf  # noqa: E402

from symgate.learn.symbolnet.model import build  # noqa: E402
from symgate.learn.symbolnet.settings import KINDS, Network, Targets  # noqa: E402
from symgate.learn.symbolnet.steps import Steps  # noqa: E402

PAPER = Network(unary=("sin", "cos", "exp", "gauss"))
TARGETS = Targets(input=0.95, weight=0.99, unary=0.4, binary=0.4)
ROWS, BATCH = 256 * 100, 256
UNARY: list[Callable[[Any], Any]] = [tf.sin, tf.cos, tf.exp, lambda x: tf.exp(-x * x)]


@tf.custom_gradient
def gate(x: Any) -> Any:
    """The step with the slope of a steep sigmoid."""
    return tf.where(
        x > 0.0, 1.0, 0.0
    ), lambda up: up * 5.0 * tf.exp(-5.0 * x) / (1.0 + tf.exp(-5.0 * x)) ** 2


class PlainMask(keras.layers.Layer):
    """Features against their thresholds."""

    def build(self, shape: Any) -> None:
        """One threshold per feature."""
        self.t = self.add_weight(
            shape=(shape[-1],),
            initializer="zeros",
            constraint=lambda t: tf.clip_by_value(t, 0.0, 1.0),
        )

    def call(self, x: Any) -> Any:
        """What passes."""
        return x * gate(1.0 - self.t)


class PlainLayer(keras.layers.Layer):
    """A linear map and ``u`` unary and ``b`` binary operators, one at a time; without operators
    where both are 0.
    """

    def __init__(self, units: int, u: int, b: int) -> None:
        super().__init__()
        self.units, self.u, self.b = units, u, b

    def build(self, shape: Any) -> None:
        """Weights and thresholds."""
        n = self.units
        self.w = self.add_weight(shape=(shape[-1], n), initializer="random_normal")
        self.c = self.add_weight(shape=(n,), initializer="random_normal")
        self.wt = self.add_weight(shape=(shape[-1], n), initializer="zeros", constraint=tf.abs)
        self.ct = self.add_weight(shape=(n,), initializer="zeros", constraint=tf.abs)
        clip = {"initializer": "zeros", "constraint": lambda t: tf.clip_by_value(t, 0.0, 1.0)}
        self.ut, self.bt = (
            self.add_weight(shape=(self.u,), **clip),
            self.add_weight(shape=(self.b,), **clip),
        )

    def call(self, x: Any) -> Any:
        """The operators' values."""
        z = tf.matmul(x, self.w * gate(tf.abs(self.w) - self.wt)) + self.c * gate(
            tf.abs(self.c) - self.ct
        )
        if not self.u + self.b:
            return z
        out = []
        for i in range(self.u):
            m, part = gate(1.0 - self.ut)[i], z[:, i : i + 1]
            out.append(m * UNARY[i % 4](part) + (1.0 - m) * part)
        for j in range(self.b):
            m, k = gate(1.0 - self.bt)[j], self.u + 2 * j
            first, second = z[:, k : k + 1], z[:, k + 1 : k + 2]
            out.append(m * first * second + (1.0 - m) * (first + second))
        return tf.concat(out, axis=1)


class Plain(keras.Model):
    """The notebook's training step."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = [PlainMask(), PlainLayer(30, 20, 5), PlainLayer(10, 0, 0)]
        names = [
            "loss",
            "error",
            *(f"{a}_{k}" for k in KINDS for a in ("sparsity", "threshold", "pressure", "weight")),
        ]
        self.means = {n: keras.metrics.Mean(name=n) for n in names}

    def call(self, x: Any) -> Any:
        """The outputs."""
        for part in self.parts:
            x = part(x)
        return x

    def train_step(self, data: Any) -> dict[str, Any]:
        """One step, with a mean per quantity."""
        x, y = data
        mask, first, last = self.parts
        told: dict[str, Any] = {}
        with tf.GradientTape() as tape:
            error = tf.reduce_mean(tf.reduce_sum(tf.cast((y - self(x)) ** 2, tf.float64), axis=1))
            pairs = [(tf.abs(p.w), p.wt) for p in (first, last)] + [
                (tf.abs(p.c), p.ct) for p in (first, last)
            ]
            kinds = {
                "input": [(1.0, mask.t)],
                "weight": pairs,
                "unary": [(1.0, first.ut)],
                "binary": [(1.0, first.bt)],
            }
            loss = error
            for kind, entries in kinds.items():
                size = sum(tf.size(t, out_type=tf.float64) for _, t in entries)
                gone = sum(
                    tf.reduce_sum(tf.cast(tf.where(w - t > 0.0, 0.0, 1.0), tf.float64))
                    for w, t in entries
                )
                total = sum(tf.reduce_sum(tf.cast(t, tf.float64)) for _, t in entries)
                weight = sum(tf.reduce_sum(tf.cast(w + 0.0 * t, tf.float64)) for w, t in entries)
                decayed = sum(tf.reduce_sum(tf.exp(-tf.cast(t, tf.float64))) for _, t in entries)
                regulator = decayed / size if kind == "weight" else tf.exp(-total / size)
                alpha = tf.cast(getattr(TARGETS, kind), tf.float64)
                pressure = (
                    error
                    * regulator
                    * tf.exp(1.0 - (alpha / (alpha - tf.minimum(gone / size, alpha))) ** 0.01)
                )
                loss += pressure
                told |= {f"sparsity_{kind}": gone / size, f"threshold_{kind}": total / size}
                told |= {f"pressure_{kind}": pressure, f"weight_{kind}": weight / size}
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        for name, value in {**told, "loss": loss, "error": error}.items():
            self.means[name].update_state(value)
        return {name: mean.result() for name, mean in self.means.items()}


def rate(run: Callable[[], Any], steps: int, times: int) -> float:
    """Steps per second, the best of several runs after one that compiles."""
    run()
    best = np.inf
    for _ in range(times):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return float(steps / best)


def main() -> None:
    """Measure, save, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=3, help="epochs that are timed, of 100 steps")
    times = parser.parse_args().epochs
    rng = np.random.default_rng(0)
    x = rng.random((ROWS, 784), dtype=np.float32)
    y = np.eye(10, dtype=np.float32)[rng.integers(10, size=ROWS)]
    plain = Plain()
    plain.compile(optimizer=keras.optimizers.Adam(0.005))
    steps = ROWS // BATCH
    rows: list[Row] = []
    for name, jit in (("ours, XLA", True), ("ours", False)):
        ours = Steps(build(PAPER, 784, 10), x, y, "squared", TARGETS, BATCH, jit=jit)
        order, rates = np.random.default_rng(1), np.full(ours.count, 0.005)
        console.print(f"{name} ...", style="dim")
        seconds = rate(lambda: ours.epoch(order, rates, False), steps, times)  # noqa: B023
        rows.append({"step": name, "rate": seconds})
    console.print("plain ...", style="dim")
    fit = rate(lambda: plain.fit(x, y, batch_size=BATCH, epochs=1, verbose=0), steps, times)
    rows.append({"step": "the notebook's, plain", "rate": fit})
    for row in rows:
        row["times"] = row["rate"] / fit
    save("symbolnet_speed", rows)
    show(
        "Training steps per second",
        {"step": "step", "rate": "steps/s", "times": "times plain"},
        rows,
    )


if __name__ == "__main__":
    main()
