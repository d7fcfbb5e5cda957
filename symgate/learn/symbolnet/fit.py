"""From rows to a trained network: standardise, train, bring back plain weights. TensorFlow is
imported when called.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from symgate.errors import ToolMissing
from symgate.learn.symbolnet.data import Samples, checked
from symgate.learn.symbolnet.fitted import Fitted
from symgate.learn.symbolnet.journal import Journal, Record
from symgate.learn.symbolnet.settings import Network, Schedule, Targets
from symgate.learn.symbolnet.weights import Reals, Scale

if TYPE_CHECKING:
    import keras

Progress = Callable[[Record], None]


def framework(threads: int | None = None) -> None:
    """Import TensorFlow quietly, on ``threads`` threads; raise `ToolMissing` where it is not
    installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    try:
        import tensorflow as tf
    except ModuleNotFoundError:
        remedy = "pip install 'symgate[train]'"
        raise ToolMissing(
            "training needs TensorFlow, which is not installed", remedy=remedy
        ) from None
    if threads is not None:
        tf.config.threading.set_intra_op_parallelism_threads(threads)


def fit(
    samples: Samples, network: Network, targets: Targets, schedule: Schedule, *, standardise: bool = True,
    journal: Journal | None = None, progress: Progress | None = None,
) -> Fitted:  # fmt: skip
    """Train ``network`` on ``samples`` and return it with its names and scales.

    Raise `InputError` for samples that cannot be trained on, before anything is trained.
    """
    checked(samples)
    framework()
    from symgate.learn.symbolnet.training import Rows, train

    scale = Scale.of(samples.x) if standardise else Scale.none(samples.x.shape[1])
    wanted = samples.wanted()
    shift, factor = _value_scale(wanted, samples.classes)
    rows = Rows(
        scale.apply(samples.x).astype(np.float32), ((wanted - shift) / factor).astype(np.float32)
    )
    trained = train(network, rows, targets, schedule, journal=journal, progress=progress)
    told = {"history": tuple(trained.history), "missed": tuple(trained.missed)}
    return fitted(trained.model, samples, scale, factor, shift, **told)


def _value_scale(wanted: Reals, classes: bool) -> tuple[Reals, Reals]:
    """Shift and factor of the wanted values: those of a regression are standardised too."""
    if classes:
        return np.zeros(wanted.shape[1]), np.ones(wanted.shape[1])
    found = Scale.of(wanted)
    return found.mean, found.scale


def fitted(
    model: keras.Model, samples: Samples, scale: Scale, factor: Reals, shift: Reals, **more: Any
) -> Fitted:
    """A Keras model of `model.build` as plain weights."""
    from symgate.learn.symbolnet.convert import weights_of
    from symgate.learn.symbolnet.steps import sparsity

    weights = replace(weights_of(model), scale=scale, factor=factor, shift=shift)
    ranges = np.stack([samples.x.min(axis=0), samples.x.max(axis=0)], axis=1)
    return Fitted(
        weights,
        samples.features,
        samples.outputs,
        samples.classes,
        ranges,
        sparsity=sparsity(model),
        **more,
    )
