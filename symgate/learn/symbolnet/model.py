"""The network as a Keras model of `layers`, and its adaptive loss. Importing this module imports
Keras.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from symgate.learn.symbolnet.layers import InputMask, Operators, Pruned, SparseLinear
from symgate.learn.symbolnet.settings import KINDS, Network, Targets

Masks = list[dict[str, Any]]
#: What each part of a layer counts as.
KIND_OF = {
    "input": "input",
    "kernel": "weight",
    "bias": "weight",
    "unary": "unary",
    "binary": "binary",
}
_DECAY = 0.01


def build(network: Network, inputs: int | None, outputs: int) -> keras.Sequential:
    """The network of ``inputs`` features and ``outputs`` linear outputs, with random weights; without
    ``inputs``, its layers are built where they are first called.
    """
    stack: list[Any] = [] if inputs is None else [keras.Input((inputs,))]
    stack.append(InputMask())
    for unary, binary in network.layers():
        stack.append(SparseLinear(len(unary) + 2 * len(binary)))
        stack.append(Operators([f.text for f in unary], [f.text for f in binary]))
    return keras.Sequential([*stack, SparseLinear(outputs)], name="symbolnet")


def pruned(model: keras.Model) -> list[Pruned]:
    """The layers that can lose parts, in order."""
    return [layer for layer in model.layers if isinstance(layer, Pruned)]


def masks_of(model: keras.Model, frozen: bool = False) -> Masks:
    """The masks of every layer."""
    return [layer.masks(frozen) for layer in pruned(model)]


def forward(model: keras.Model, x: Any, masks: Masks) -> Any:
    """The outputs for given masks."""
    found = iter(masks)
    for layer in model.layers:
        x = layer.apply(x, next(found)) if isinstance(layer, Pruned) else layer(x)
    return x


def sparsities(masks: Masks) -> dict[str, Any]:
    """The share that is removed, of each kind; 0 of a kind that the network does not have."""
    parts: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    for layer in masks:
        for name, mask in layer.items():
            if mask.shape[0]:
                parts[KIND_OF[name]].append(mask)
    return {kind: _share(found) for kind, found in parts.items()}


def _share(masks: Sequence[Any]) -> Any:
    if not masks:
        return ops.zeros(())
    size = float(sum(_size(mask) for mask in masks))
    return 1.0 - sum(ops.sum(mask) for mask in masks) / size


def _size(mask: Any) -> int:
    size = 1
    for n in mask.shape:
        size *= int(n)
    return size


def pressures(model: keras.Model, sparsity: Mapping[str, Any], targets: Targets) -> dict[str, Any]:
    """R * D of each kind, the factors of the error in the loss of arXiv 2401.09949, equations 5 to
    9.
    """
    sizes: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    for layer in pruned(model):
        for name, t in layer.thresholds.items():
            if t.shape[0]:
                sizes[KIND_OF[name]].append(ops.reshape(ops.convert_to_tensor(t), (-1,)))
    out = {}
    for kind, found in sizes.items():
        target = getattr(targets, kind)
        if not found or target == 0:
            continue
        t = ops.concatenate(found) if len(found) > 1 else found[0]
        regulator = ops.mean(ops.exp(-t)) if kind == "weight" else ops.exp(-ops.mean(t))
        out[kind] = regulator * decay(sparsity[kind], target)
    return out


def decay(sparsity: Any, target: float) -> Any:
    """1 where nothing is removed, falling to 0 as the sparsity reaches its target; no gradient
    passes through it.

    The authors' program counts removed parts outside its gradient, too: thresholds move by what
    they do to the error and by the regulator R.
    """
    gap = ops.maximum(target - ops.stop_gradient(sparsity), 0.0)
    safe = ops.where(gap > 0, gap, 1.0)
    return ops.where(gap > 0, ops.exp(1.0 - ops.power(target / safe, _DECAY)), 0.0)


def sparsity(model: keras.Model) -> dict[str, float]:
    """The share of each kind that is removed now; of inputs, those that no weight reads."""
    masks = masks_of(model)
    found = {kind: float(v) for kind, v in sparsities(masks).items()}
    return found | {"input": 1.0 - float(np.mean(_are_read(masks)))}


def _are_read(masks: Masks) -> NDArray[np.bool_]:
    """Whether each input passes its mask and has a weight that is not removed."""
    first = next(layer for layer in masks if "kernel" in layer)
    passes = ops.convert_to_numpy(next(layer for layer in masks if "input" in layer)["input"]) > 0
    weights = ops.convert_to_numpy(first["kernel"]) > 0
    found: NDArray[np.bool_] = passes & weights.any(axis=1)
    return found


def freeze(model: keras.Model) -> None:
    """Keep what stays now."""
    for layer in pruned(model):
        layer.freeze()
