"""The schedule of hardware-aware training: learn under a cost, cut tables to a limit of LUTs,
anneal on fixed ports.

Importing this module imports TensorFlow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from symgate.errors import InputError
from symgate.ir.types import FixedType
from symgate.learn.data import Samples, checked
from symgate.learn.symbolnet import prune
from symgate.learn.symbolnet.fitted import Fitted
from symgate.learn.symbolnet.fitting import fitted
from symgate.learn.symbolnet.hardware import Cost, Shape, build
from symgate.learn.symbolnet.settings import Targets
from symgate.learn.symbolnet.steps import Steps
from symgate.learn.symbolnet.thin import linears
from symgate.learn.symbolnet.weights import Reals, Scale

START, FINE = 3.0, 12.0  # fraction bits at the start, and where rounding shall not be seen
Array = NDArray[Any]
NOMINAL = 5.0  # bits of a port in the cost of a training that knows no word lengths


@dataclass(frozen=True)
class Budget:
    """``luts`` that the cost model may count; ``price`` per LUT in the loss while word lengths are
    learned.

    ``learn`` epochs at ``rate`` with all tables, ``cut`` epochs that remove tables down to the
    budget, ``anneal`` epochs on fixed ports with a falling rate.
    """

    luts: float
    price: float = 2e-4
    learn: int = 10
    cut: int = 20
    anneal: int = 15
    batch: int = 256
    rate: float = 0.005
    seed: int = 0
    jit: bool = False
    error: float = 0.5  # of a score, that the design will be compiled with
    aware: bool = True  # False: features as they are, word lengths are up to whoever compiles


@dataclass(frozen=True)
class OnPorts:
    """A trained network, the format of each feature's port, and what the cost model counts."""

    fitted: Fitted
    formats: tuple[FixedType, ...]
    luts: float

    def used_formats(self) -> dict[str, str]:
        """The formats of the ports that the design has, as `Options.formats` takes them."""
        names = self.fitted.program.inputs
        return {names[k]: str(self.formats[k]) for k in self.fitted.used()}


def integer_bits(x: Reals, share: float = 0.98, most: int = 4) -> list[int]:
    """Bits before the point, sign included, such that ``share`` of the values of each column of
    ``x`` fit.
    """
    sizes = np.quantile(np.abs(x), share, axis=0)
    return [int(np.clip(np.ceil(np.log2(max(s, 2.0**-6))) + 1, 1, most)) for s in sizes]


def fit_on_ports(
    samples: Samples,
    shape: Shape,
    budget: Budget,
    *,
    wanted: Reals | None = None,
    integer: Sequence[int] | None = None,
) -> OnPorts:
    """Train a classifier for ``budget`` on ``samples``, whose features the ports carry as they are.

    ``wanted`` (n, classes) replaces the labels by shares of classes, such as another network's
    answers.
    """
    if not samples.classes:
        raise InputError("hardware-aware training needs classes", expected="a label column")
    checked(samples)
    keras.utils.set_random_seed(budget.seed)
    bits = list(integer) if integer is not None else integer_bits(samples.x)
    start, error = (START, budget.error) if budget.aware else (FINE, 0.0)
    model = build(shape, bits, len(samples.outputs), budget.seed, start=start, error=error)
    model.layers[0].trainable = budget.aware
    cost, y = (
        Cost(model, shape, None if budget.aware else NOMINAL),
        samples.wanted() if wanted is None else wanted,
    )
    x = samples.x.astype(np.float32)
    _learn(model, cost, x, y, budget)
    ports = model.layers[0]
    ports.fraction.assign(np.rint(np.asarray(ports.fraction)))
    _anneal(model, x, y, budget)
    features = samples.x.shape[1]
    one, zero = np.ones(len(samples.outputs)), np.zeros(len(samples.outputs))
    found = fitted(model, samples, Scale.none(features), one, zero)
    return OnPorts(found, tuple(ports.formats()), cost.value())


def _learn(model: keras.Model, cost: Cost, x: Array, y: Reals, budget: Budget) -> None:
    steps = Steps(
        model,
        x,
        y,
        "crossentropy",
        Targets(),
        budget.batch,
        lambda: budget.price * cost(),
        budget.jit,
    )
    rng = np.random.default_rng(budget.seed)
    start = 0.0
    for epoch in range(budget.learn + budget.cut):
        if epoch >= budget.learn:
            start = start or max(cost.value(), budget.luts)
            share = (epoch - budget.learn + 1) / budget.cut
            cost.cut(_uses(model, steps, x, y, rng), start ** (1 - share) * budget.luts**share)
        steps.epoch(rng, np.full(steps.count, budget.rate), frozen=True)
    cost.cut(_uses(model, steps, x, y, rng), budget.luts)  # learned bits have moved the cost


def _uses(model: keras.Model, steps: Steps, x: Array, y: Reals, rng: np.random.Generator) -> Reals:
    picked = rng.choice(len(x), min(prune.PRUNE.rows, len(x)), replace=False)
    kept = np.asarray(linears(model)[-1].keep["kernel"], float)
    found: Reals = prune.saliency(model, x[picked], y[picked], steps.error)[-1][0] * kept
    return found


def _anneal(model: keras.Model, x: Array, y: Reals, budget: Budget) -> None:
    model.layers[0].trainable = False
    steps = Steps(model, x, y, "crossentropy", Targets(), budget.batch, jit=budget.jit)
    rng, n = np.random.default_rng([budget.seed, 1]), budget.anneal
    for epoch in range(n):
        at = (epoch + np.arange(steps.count) / steps.count) / n
        steps.epoch(rng, budget.rate * 0.5 * (1 + np.cos(np.pi * at)), frozen=True)
