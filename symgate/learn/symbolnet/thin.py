"""Removing a share of each kind by what it is worth, on any backend of Keras. Importing this module
imports Keras.
"""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from symgate.learn.symbolnet.layers import InputMask, Operators, SparseLinear
from symgate.learn.symbolnet.model import pruned
from symgate.learn.symbolnet.settings import Targets
from symgate.learn.symbolnet.weights import Reals

#: What each weight and each bias of every linear map is worth.
Uses = list[tuple[Reals, Reals]]


def linears(model: keras.Model) -> list[SparseLinear]:
    """The linear maps, in order."""
    return [layer for layer in pruned(model) if isinstance(layer, SparseLinear)]


def thin(model: keras.Model, uses: Uses, targets: Targets, share: float) -> None:
    """Move every sparsity to at least ``share`` of its target: inputs, weights and biases of least
    use, operators.
    """
    first = next(layer for layer in pruned(model) if isinstance(layer, InputMask))
    live = ops.convert_to_numpy(linears(model)[0].keep["kernel"]) > 0
    _drop([first.keep["input"]], [(uses[0][0] * live).sum(axis=1)], targets.input * share)
    parts = [(layer.keep[name], use) for layer, both in zip(linears(model), uses, strict=True)
             for name, use in zip(("kernel", "bias"), both, strict=True)]  # fmt: skip
    _drop([p for p, _ in parts], [u for _, u in parts], targets.weight * share)
    operators = [layer for layer in pruned(model) if isinstance(layer, Operators)]
    for kind, target in (("unary", targets.unary), ("binary", targets.binary)):
        near = [-ops.convert_to_numpy(o.thresholds[kind]) for o in operators]
        _drop([o.keep[kind] for o in operators], near, target * share)


def _drop(keeps: list[Any], uses: list[Reals], target: float) -> None:
    """Clear the entries of ``keeps`` that have the least use until the share ``target`` is gone."""
    now = np.concatenate([ops.convert_to_numpy(k).ravel() for k in keeps])
    use = np.concatenate([np.asarray(u).ravel() for u in uses])
    gone = math.ceil(target * len(now) - 1e-9)
    if not len(now) or (now == 0).sum() >= gone:
        return
    order = np.argsort(np.where(now > 0, use, -np.inf), kind="stable")
    now[order[:gone]] = 0
    at = 0
    for k in keeps:
        n = int(np.prod(k.shape))
        k.assign(now[at : at + n].reshape(k.shape))
        at += n
