"""The training kernel: `kernel.c`, built by the compiler of this machine, on arrays of NumPy."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.errors import ToolMissing
from symgate.learn.tables.network import ENTRIES, PINS
from symgate.sim.compiled import build

#: As in `kernel.c`: tables whose weights lie beside each other.
BLOCK = 16
LANES = BLOCK * PINS
_MEAN, _SQUARE = 0.9, 0.999  # of Adam
Floats = NDArray[np.float32]
#: The fields of the struct in `kernel.c`, in its order: numbers, then arrays and their types.
_NUMBERS = ("units", "bits", "batch", "columns")
_ARRAYS: dict[str, type] = {
    "data": np.uint8,
    "place": np.int32,
    "unit_class": np.int32,
    "pins": np.int32,
    "contents": np.float32,
    "contents_mean": np.float32,
    "contents_square": np.float32,
    "weights": np.float32,
    "weights_mean": np.float32,
    "weights_square": np.float32,
    "batch_bits": np.uint8,
    "on": np.int32,
    "on_start": np.int32,
    "address": np.uint8,
    "output": np.uint8,
    "pin_gradient": np.float32,
    "sums": np.float32,
}


class _Struct(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int64) for name in _NUMBERS] + [
        (name, ctypes.c_void_p) for name in _ARRAYS
    ]


@dataclass(frozen=True)
class Sizes:
    """``units`` tables for ``classes``, pins among ``bits``, so many rows in a ``batch``."""

    units: int
    classes: int
    bits: int
    batch: int

    @property
    def padded(self) -> int:
        """The tables with those that fill the last block."""
        return -(-self.units // BLOCK) * BLOCK


class Kernel:
    """Tables in training: `output` of a batch after `look_up`, and `learn` from the gradient of its
    scores.

    ``data`` (rows, columns) of 0 and 1; ``place`` (shifts, columns): which of the ``bits`` a column
    is after a shift, or -1. Contents and weights begin at random.
    """

    def __init__(
        self,
        data: NDArray[np.uint8],
        place: NDArray[np.int32],
        sizes: Sizes,
        rng: np.random.Generator,
    ) -> None:
        self.sizes = sizes
        self._library = _library()
        self._steps = 0
        blocks, padded = sizes.padded // BLOCK, sizes.padded
        contents = 2 * rng.random((padded, ENTRIES), np.float32) - 1
        weights = rng.random((blocks, sizes.bits, LANES), np.float32)
        lanes = weights.argmax(axis=1).astype(np.int32)
        arrays: dict[str, Any] = {
            "data": data,
            "place": place,
            "unit_class": _classes(sizes),
            "pins": lanes.reshape(padded, PINS),
            "contents": contents,
            "contents_mean": np.zeros_like(contents),
            "contents_square": np.zeros_like(contents),
            "weights": weights,
            "weights_mean": np.zeros_like(weights),
            "weights_square": np.zeros_like(weights),
            "batch_bits": np.zeros((sizes.bits, sizes.batch), np.uint8),
            "on": np.zeros(sizes.batch * data.shape[1], np.int32),
            "on_start": np.zeros(sizes.batch + 1, np.int32),
            "address": np.zeros((padded, sizes.batch), np.uint8),
            "output": np.zeros((padded, sizes.batch), np.uint8),
            "pin_gradient": np.zeros((sizes.batch, LANES), np.float32),
            "sums": np.zeros((sizes.bits, LANES), np.float32),
        }
        self._arrays: dict[str, NDArray[Any]] = {
            name: np.ascontiguousarray(arrays[name], kind) for name, kind in _ARRAYS.items()
        }
        numbers = (padded, sizes.bits, sizes.batch, data.shape[1])
        pointers = (array.ctypes.data for array in self._arrays.values())
        self._struct = _Struct(*numbers, *pointers)

    @property
    def pins(self) -> NDArray[np.int32]:
        """(units, 6): the bits that are read now."""
        return self._arrays["pins"][: self.sizes.units].copy()

    @property
    def contents(self) -> NDArray[np.bool_]:
        """(units, 64): the entries that are 1 now."""
        found: NDArray[np.bool_] = self._arrays["contents"][: self.sizes.units] > 0
        return found

    def look_up(self, rows: NDArray[np.int64], shifts: NDArray[np.uint8]) -> NDArray[np.int64]:
        """The votes (classes, batch) of some rows of the data, each moved by a shift."""
        self._call("gather", _pointer(rows, np.int64), _pointer(shifts, np.uint8))
        self._call("look_up")
        output = self._arrays["output"][: self.sizes.units]
        starts = np.arange(self.sizes.classes) * (self.sizes.units // self.sizes.classes)
        return np.add.reduceat(output, starts, axis=0, dtype=np.int64)

    def learn(self, gradient: Floats, rate: float, choose: bool) -> None:
        """One step of Adam from the ``gradient`` (classes, batch) of the votes of the last `look_up`;
        with ``choose`` the pins learn too.
        """
        self._steps += 1
        whole = np.zeros((self.sizes.classes + 1, self.sizes.batch), np.float32)
        whole[:-1] = gradient  # the last row is for the tables that fill a block
        rate /= 1 - _MEAN**self._steps
        root = math.sqrt(1 / (1 - _SQUARE**self._steps))
        arguments = (ctypes.c_float(rate), ctypes.c_float(root), ctypes.c_int(choose))
        self._call("learn", _pointer(whole, np.float32), *arguments)

    def _call(self, name: str, *arguments: Any) -> None:
        function: Callable[..., None] = getattr(self._library, name)
        function(ctypes.byref(self._struct), *arguments)


def _classes(sizes: Sizes) -> NDArray[np.int32]:
    """The class of each table; those that fill the last block have one of their own."""
    found = np.full(sizes.padded, sizes.classes, np.int32)
    found[: sizes.units] = np.repeat(np.arange(sizes.classes), sizes.units // sizes.classes)
    return found


def _pointer(array: NDArray[Any], kind: type) -> ctypes.c_void_p:
    assert array.dtype == kind
    assert array.flags.c_contiguous
    return ctypes.c_void_p(array.ctypes.data)


def _library() -> ctypes.CDLL:
    """The kernel; raise `ToolMissing` where it cannot be built."""
    program = build.compiler()
    if program is None:
        raise ToolMissing(
            "training tables needs a C compiler, and there is none",
            remedy="install gcc or clang, such as by: apt-get install gcc",
        )
    text = Path(__file__).with_name("kernel.c").read_text(encoding="utf-8")
    try:
        found = ctypes.CDLL(str(build.library(text, program, lambda path: None)))
    except build.BuildFailed as e:
        raise ToolMissing(
            f"the C compiler {program} does not build the training kernel: {e}",
            remedy="install a gcc of version 9 or later",
        ) from None
    for name in ("gather", "look_up", "learn"):
        getattr(found, name).restype = None
    return found
