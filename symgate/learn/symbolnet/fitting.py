"""From rows to a trained network: standardise, train, bring back plain weights. TensorFlow is
imported when called.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from symgate.errors import ToolMissing
from symgate.learn.data import Samples, checked
from symgate.learn.symbolnet.decisions import Decisions
from symgate.learn.symbolnet.fitted import Fitted
from symgate.learn.symbolnet.journal import Journal, Record
from symgate.learn.symbolnet.settings import Network, Schedule, Targets
from symgate.learn.symbolnet.weights import Reals, Scale

if TYPE_CHECKING:
    import keras

Progress = Callable[[Record], None]


@contextmanager
def silence() -> Iterator[None]:
    """Nothing on the process's stderr inside the block: TensorFlow's C++ writes there what it finds
    of GPUs while it is imported.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def framework(threads: int | None = None) -> None:
    """Import TensorFlow quietly, on ``threads`` threads; raise `ToolMissing` where it is not
    installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    backend = os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    if backend != "tensorflow":
        raise ToolMissing(
            f"this training runs on TensorFlow, and KERAS_BACKEND is {backend}",
            remedy="unset KERAS_BACKEND; or train `symgate.learn.symbolnet.SymbolNet` by Keras' fit,"
            " which any backend can",
        )
    try:
        with silence():
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
    schedule.of(samples.classes, len(samples))
    framework()
    from symgate.learn.symbolnet.training import Rows, train

    scale = Scale.of(samples.x) if standardise else Scale.none(samples.x.shape[1])
    wanted = samples.wanted()
    shift, factor = _value_scale(wanted, samples.classes)
    rows = Rows(
        scale.apply(samples.x).astype(np.float32), ((wanted - shift) / factor).astype(np.float32)
    )
    trained = train(
        network, rows, targets, schedule, journal=journal, progress=progress, classes=samples.classes
    )
    told = {"history": tuple(trained.history), "missed": tuple(trained.missed)}
    return fitted(trained.model, samples, scale, factor, shift, result=trained.result, **told)


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
    from symgate.learn.symbolnet.model import sparsity

    weights = replace(weights_of(model), scale=scale, factor=factor, shift=shift)
    ranges = np.stack([samples.x.min(axis=0), samples.x.max(axis=0)], axis=1)
    found = Fitted(
        weights,
        samples.features,
        samples.outputs,
        samples.classes,
        ranges,
        sparsity=sparsity(model),
        **more,
    )
    return replace(found, decisions=Decisions.of(found.predict(samples.x), samples.classes))
