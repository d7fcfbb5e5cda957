"""Fused training steps: a whole epoch is one compiled TensorFlow graph over data that stay in
memory.

Importing this module imports TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from symgate.learn.symbolnet.model import forward, masks_of, pressures, sparsities
from symgate.learn.symbolnet.settings import Targets

Extra = Callable[[], Any]
CHUNK = 8192  # rows that are evaluated at once


def squared(y: Any, out: Any) -> Any:
    """Squared error per row, summed over outputs."""
    return tf.reduce_sum(tf.square(y - out), axis=1)


def crossentropy(y: Any, out: Any) -> Any:
    """Cross-entropy per row of the softmax of ``out`` with the class shares ``y``."""
    return tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=out)


ERRORS: dict[str, Callable[[Any, Any], Any]] = {"squared": squared, "crossentropy": crossentropy}


class Steps:
    """The steps of one training: Adam on the rows ``x`` (n, features) with the wanted outputs ``y``
    (n, outputs).

    ``extra`` is a further term of the loss, such as a hardware cost. ``jit`` compiles steps with
    XLA, which takes 5 to 15 seconds; on two cores the steps were slower for it
    (`benchmarks/symbolnet_speed.py`). ``decay``: of weights, not of thresholds.
    """

    def __init__(
        self, model: keras.Model, x: Any, y: Any, error: str, targets: Targets, batch: int,
        extra: Extra | None = None, jit: bool = False, decay: float = 0.0,
    ) -> None:  # fmt: skip
        self.model, self.targets, self.batch = model, targets, min(batch, len(x))
        self.x, self.y = tf.constant(x, tf.float32), tf.constant(y, tf.float32)
        self.error, self.extra, self.jit = ERRORS[error], extra, jit
        self.optimizer = keras.optimizers.Adam(epsilon=1e-7, weight_decay=decay or None)
        if decay:
            self.optimizer.exclude_from_weight_decay(var_names=["threshold"])
        self.optimizer.build(model.trainable_variables)
        self.compiled: dict[bool, Any] = {}

    def epoch(
        self, rng: np.random.Generator, rates: np.ndarray[Any, Any], frozen: bool
    ) -> dict[str, float]:
        """Train one epoch, a learning rate per step; return the mean loss and error per row, and
        the accuracy.
        """
        if frozen not in self.compiled:
            self.compiled[frozen] = self._epoch(frozen)
        steps = len(rates)
        order = rng.permutation(len(self.x))[: steps * self.batch].reshape(steps, self.batch)
        found = self.compiled[frozen](tf.constant(order, tf.int32), tf.constant(rates, tf.float32))
        return dict(zip(("loss", "error", "accuracy"), (float(v) for v in found), strict=True))

    @property
    def count(self) -> int:
        """Steps per epoch; rows that fill no batch wait for another epoch's order."""
        return max(len(self.x) // self.batch, 1)

    def _epoch(self, frozen: bool) -> Any:
        step = tf.function(self._step(frozen), jit_compile=self.jit)

        def run(order: Any, rates: Any) -> Any:
            total = tf.zeros(3)
            for k in tf.range(tf.shape(order)[0]):
                self.optimizer.learning_rate.assign(rates[k])
                total += step(tf.gather(self.x, order[k]), tf.gather(self.y, order[k]))
            return total / tf.cast(tf.shape(order)[0], tf.float32)

        return tf.function(run)

    def _step(self, frozen: bool) -> Callable[[Any, Any], Any]:
        variables = [
            v
            for v in self.model.trainable_variables
            if not (frozen and v.name.endswith("_threshold"))
        ]

        def step(x: Any, y: Any) -> Any:
            with tf.GradientTape() as tape:
                out, loss, error = self.loss(x, y, frozen)
            none = (
                tf.UnconnectedGradients.ZERO
            )  # such as thresholds of operators that a network does not have
            grads = tape.gradient(
                loss, [variable.value for variable in variables], unconnected_gradients=none
            )
            self.optimizer.apply(_bounded(grads), variables)
            hits = tf.reduce_mean(tf.cast(tf.argmax(out, 1) == tf.argmax(y, 1), tf.float32))
            return tf.stack([loss, error, hits])

        return step

    def loss(self, x: Any, y: Any, frozen: bool) -> tuple[Any, Any, Any]:
        """The outputs, the whole loss and its error part for one batch; masks are computed once."""
        masks = masks_of(self.model, frozen)
        out = forward(self.model, x, masks)
        error = tf.reduce_mean(self.error(y, out))
        loss = error
        if not frozen:
            loss += error * tf.add_n(
                [tf.zeros(()), *pressures(self.model, sparsities(masks), self.targets).values()]
            )
        return out, loss + self.extra() if self.extra else loss, error

    def state(self) -> list[np.ndarray[Any, Any]]:
        """Everything that a training goes on from, besides the model."""
        return [np.asarray(variable) for variable in self.optimizer.variables]

    def restore(self, state: list[np.ndarray[Any, Any]]) -> None:
        """Go on from ``state``."""
        for v, value in zip(self.optimizer.variables, state, strict=True):
            v.assign(value)


def _bounded(grads: list[Any]) -> list[Any]:
    """Gradients of norm at most 10 in all, none where one is not finite: operators such as exp can
    overflow.
    """
    norm = tf.linalg.global_norm(grads)
    scale = tf.where(tf.math.is_finite(norm), 10.0 / tf.maximum(norm, 10.0), 0.0)
    return [tf.where(tf.math.is_finite(g), g, 0.0) * scale for g in grads]


def predict(model: keras.Model, x: Any, chunk: int = CHUNK) -> np.ndarray[Any, Any]:
    """The outputs of ``model`` for the rows ``x``."""
    run = _predictor(model)
    parts = [
        run(tf.constant(x[k : k + chunk], tf.float32)).numpy() for k in range(0, len(x), chunk)
    ]
    found: np.ndarray[Any, Any] = np.concatenate(parts)
    return found


def _predictor(model: keras.Model) -> Any:
    known = getattr(model, "_symgate_predict", None)
    if known is None:
        known = tf.function(lambda x: forward(model, x, masks_of(model)), reduce_retracing=True)
        model._symgate_predict = known
    return known
