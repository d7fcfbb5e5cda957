"""A trained network of table units: what it means on bits, and its file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile
from zlib import error as BadStream

import numpy as np
from numpy.typing import NDArray

from symgate.errors import InputError, Where
from symgate.files import replace_file
from symgate.learn.tables.encoding import Bits, Encoding

PINS, ENTRIES = 6, 64
FORMAT = "symgate tables 1"
#: What a file that is none of ours, or is damaged, raises while it is read.
_DAMAGED = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    EOFError,
    BadZipFile,
    BadStream,
    RuntimeError,  # parts that are encrypted, or of another version of zip
)
_ROWS = 2048  # at a time, which bounds the memory
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Record:
    """How an epoch went: the part of the rows whose class is right."""

    epoch: int
    loss: float
    train: float
    valid: float
    seconds: float  # processor time since the start


@dataclass(frozen=True, eq=False)
class TableNetwork:
    """Table u reads the bits ``pins[u]`` as an address, pin k being bit k of it, and votes for the
    class ``unit_class[u]`` where ``contents[u]`` has a one there. The score of a class is the number
    of its votes; the first of the largest scores is the class.

    ``ranges``: the lowest and highest value of each feature in the training rows, which the ports of
    a design cover. ``interrupted``: training ended early, and these are the best tables until then.
    """

    pins: NDArray[np.int32]  # (units, 6): indices of bits
    contents: NDArray[np.bool_]  # (units, 64)
    unit_class: NDArray[np.int32]  # (units,)
    encoding: Encoding
    features: tuple[str, ...]
    outputs: tuple[str, ...]
    ranges: NDArray[np.float64]  # (features, 2)
    history: tuple[Record, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    interrupted: bool = False

    def __post_init__(self) -> None:
        problem = _problem(self)
        if problem:
            raise InputError(f"this is no network of tables: {problem}")

    def scores(self, x: Any) -> Counts:
        """(rows, features) -> (rows, classes): the votes for each class."""
        return self.votes(self.encoding.bits(x))

    def predict(self, x: Any) -> NDArray[np.int64]:
        """(rows, features) -> (rows,): the index of the first class of the most votes."""
        found: NDArray[np.int64] = self.scores(x).argmax(axis=1)
        return found

    def votes(self, bits: Bits) -> Counts:
        """As `scores`, of (rows, bits)."""
        found = np.empty((len(bits), len(self.outputs)), np.int64)
        for start in range(0, len(bits), _ROWS):
            ones = self._ones(np.ascontiguousarray(bits[start : start + _ROWS].T))
            for c in range(len(self.outputs)):
                found[start : start + _ROWS, c] = ones[self.unit_class == c].sum(axis=0)
        return found

    def _ones(self, bits: Bits) -> NDArray[np.bool_]:
        """(bits, rows) -> (units, rows)."""
        address = np.zeros((len(self.pins), bits.shape[1]), np.int64)
        for k in range(PINS):
            address |= bits[self.pins[:, k]].astype(np.int64) << k
        return np.take_along_axis(self.contents, address, axis=1)

    def read(self) -> NDArray[np.int64]:
        """The bits that some table reads, as indices."""
        return np.unique(self.pins).astype(np.int64)

    def save(self, path: str | Path) -> Path:
        """Write an npz file of plain arrays, which `load` reads back."""
        told = {
            "format": FORMAT,
            "features": self.features,
            "outputs": self.outputs,
            "history": [asdict(record) for record in self.history],
            "settings": dict(self.settings),
            "interrupted": self.interrupted,
        }
        arrays: dict[str, NDArray[Any]] = {
            "pins": self.pins,
            "contents": np.packbits(self.contents, axis=1, bitorder="little"),
            "unit_class": self.unit_class,
            "feature": self.encoding.feature,
            "threshold": self.encoding.threshold,
            "binary": self.encoding.binary,
            "ranges": self.ranges,
            "told": np.array(json.dumps(told)),
        }
        replace_file(Path(path), _npz(arrays))
        return Path(path)


def _npz(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    stream = BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **dict(arrays))
    return stream.getvalue()


def load(path: str | Path) -> TableNetwork:
    """The network in a file of `TableNetwork.save`; raise `InputError` where it is none."""
    where = Where(str(path))
    if not Path(path).exists():
        raise InputError("no such file", where=where, remedy="correct the path")
    try:
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as stored:
            told = json.loads(str(stored["told"][()]))
            if told["format"] != FORMAT:
                raise KeyError("format")
            return TableNetwork(
                stored["pins"],
                np.unpackbits(stored["contents"], axis=1, bitorder="little").astype(bool),
                stored["unit_class"],
                Encoding(stored["feature"], stored["threshold"], stored["binary"]),
                tuple(told["features"]),
                tuple(told["outputs"]),
                stored["ranges"],
                tuple(Record(**record) for record in told["history"]),
                told["settings"],
                bool(told["interrupted"]),
            )
    except (*_DAMAGED, InputError) as e:
        what = e.what if isinstance(e, InputError) else f"this is no network of tables: {e}"
        raise InputError(what, where=where, expected="a file of TableNetwork.save") from None


def _problem(network: TableNetwork) -> str:
    """What is wrong with the arrays of a network, such as those of somebody's file; empty where
    nothing is.
    """
    encoding, units = network.encoding, len(network.pins)
    bits, features, classes = len(encoding), len(network.features), len(network.outputs)
    shapes = {
        "pins": (network.pins, (units, PINS), "i"),
        "contents": (network.contents, (units, ENTRIES), "b"),
        "unit_class": (network.unit_class, (units,), "i"),
        "feature": (encoding.feature, (bits,), "i"),
        "threshold": (encoding.threshold, (bits,), "f"),
        "binary": (encoding.binary, (features,), "b"),
        "ranges": (network.ranges, (features, 2), "f"),
    }
    for name, (array, shape, kind) in shapes.items():
        if array.shape != shape or array.dtype.kind != kind:
            return f"{name} is of {array.dtype} and shape {array.shape}, not {shape}"
    limits = {
        "pins": (network.pins, bits),
        "unit_class": (network.unit_class, classes),
        "feature": (encoding.feature, features),
    }
    for name, (array, count) in limits.items():
        if array.size and not (array.min() >= 0 and array.max() < count):
            return f"{name} has indices outside 0 to {count - 1}"
    if not (np.isfinite(encoding.threshold).all() and np.isfinite(network.ranges).all()):
        return "thresholds and ranges are not all finite"
    return "" if units and classes > 1 else "there are no tables, or fewer than two classes"
