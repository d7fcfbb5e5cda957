"""Weights saved from the layers of the authors' notebook, as a network of ours.

The notebook's layers are an input mask and symbolic layers, the last with one identity per output. Their arrays, in the
order of ``model.get_weights()``, are the file: an npz of ``arr_0``, ``arr_1``, ... (``numpy.savez(path,
*model.get_weights())``), or a ``.weights.h5`` or ``.keras`` of Keras 3.

| layer | arrays |
|---|---|
| input mask | threshold (n,), weight (n,), all 1 |
| hidden | weight (n, u + 2b), bias, weight threshold, bias threshold, unary threshold (u,), [binary threshold (b,)], unary (u,), [binary (b,)] |
| output | weight (n, m), bias, weight threshold, bias threshold, unary threshold (m,), unary (m,) |

The arrays of binary operators are there where b > 0. A pair takes two neighbouring columns of the linear map there;
here the first operands of all pairs come before the second ones.
"""  # noqa: E501 - a table

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from symgate.errors import InputError, ToolMissing, Where
from symgate.learn.symbolnet.fitted import Fitted
from symgate.learn.symbolnet.functions import Function, deal, functions
from symgate.learn.symbolnet.weights import Layer, Reals, Weights

_EXPECTED = "the arrays of model.get_weights(), in order: threshold and weight of the inputs, then layer by layer"


def load(
    path: str | Path, *, unary: Sequence[str], binary: Sequence[str] = (), features: Sequence[str] = (),
    outputs: Sequence[str] = (), ranges: Reals | None = None,
) -> Fitted:  # fmt: skip
    """The network in ``path``; ``unary`` and ``binary`` are the operators that the notebook dealt
    round-robin.

    ``ranges`` (n, 2) are those of the features, [0, 1] by default. Raise `InputError` where the
    arrays do not fit.
    """
    arrays = [np.asarray(a, float) for a in _arrays(Path(path))]
    try:
        weights = _network(arrays, functions(unary, 1, "unary"), functions(binary, 2, "binary"))
    except (IndexError, ValueError) as e:
        what = f"these are no weights of the notebook: {e}"
        raise InputError(what, where=Where(str(path)), expected=_EXPECTED) from None
    n, m = len(weights.inputs), len(weights.shift)
    names = tuple(features) or tuple(f"x{k}" for k in range(n))
    classes = tuple(outputs) or tuple(f"y{k}" for k in range(m))
    if len(names) != n or len(classes) != m:
        what = f"{len(names)} features and {len(classes)} outputs are named"
        raise InputError(what, where=Where(str(path)), expected=f"{n} and {m}")
    limits = np.tile([0.0, 1.0], (n, 1)) if ranges is None else ranges
    return Fitted(weights, names, classes, m > 1, limits)


def _network(arrays: list[Reals], unary: Sequence[Function], binary: Sequence[Function]) -> Weights:
    threshold, one, *rest = arrays
    if threshold.ndim != 1 or threshold.shape != one.shape:
        raise ValueError("the first two arrays are not those of the input mask")
    layers = []
    while rest:
        kernel, bias, kernel_t, bias_t, unary_t, *rest = rest
        u, b = len(unary_t), (kernel.shape[1] - len(unary_t)) // 2
        binary_t, rest = (rest[0], rest[1:]) if b else (np.zeros(0), rest)
        rest = rest[2 if b else 1 :]  # the auxiliary weights, all 1
        masked = kernel * (np.abs(kernel) > kernel_t), bias * (np.abs(bias) > bias_t)
        order = [*range(u), *range(u, u + 2 * b, 2), *range(u + 1, u + 2 * b, 2)]
        if sorted(order) != list(range(kernel.shape[1])):
            raise ValueError(f"{kernel.shape[1]} columns are not {u} units and {b} pairs")
        if not rest:
            layers.append(Layer(*masked))
            break
        active = np.concatenate([1 - unary_t, 1 - binary_t]) > 0
        kinds = deal(unary, u, "units"), deal(binary, b, "pairs")
        layers.append(Layer(masked[0][:, order], masked[1][order], *kinds, active))
    if not layers:
        raise ValueError("there is no symbolic layer")
    return Weights.plain(layers, (1 - threshold > 0).astype(float))


def _arrays(path: Path) -> list[Any]:
    if not path.exists():
        raise InputError("no such file", where=Where(str(path)))
    try:
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as stored:
                return [stored[f"arr_{k}"] for k in range(len(stored.files))]
        if path.suffix == ".keras":
            with zipfile.ZipFile(path) as archive:
                return _h5(io.BytesIO(archive.read("model.weights.h5")))
        if path.suffix == ".h5":
            return _h5(path)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as e:
        raise InputError(
            f"the file cannot be read: {e}", where=Where(str(path)), expected=_EXPECTED
        ) from None
    raise InputError(
        "this kind of file holds no weights",
        where=Where(str(path)),
        expected=".npz, .weights.h5 or .keras",
    )


def _h5(source: Any) -> list[Any]:
    """All arrays of a Keras 3 weights file: layer by layer as they were numbered, arrays in order."""
    try:
        import h5py
    except ModuleNotFoundError:
        raise ToolMissing(
            "reading HDF5 needs h5py", remedy="pip install 'symgate[train]'"
        ) from None
    found: list[tuple[tuple[int, int, int], Any]] = []
    with h5py.File(source) as file:

        def visit(name: str, node: Any) -> None:
            if isinstance(node, h5py.Dataset) and "/vars/" in name and "optimizer" not in name:
                layer, place = name.split("/vars/")[0].split("/")[-1], int(name.split("/vars/")[1])
                number = layer.rsplit("_", 1)[-1]
                kind = 1 if "symbolic" in layer else 0
                found.append(
                    ((kind, int(number) if number.isdigit() else 0, place), np.asarray(node))
                )

        file.visititems(visit)
    return [array for _, array in sorted(found, key=lambda item: item[0])]
