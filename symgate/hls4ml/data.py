"""Rows of inputs from hls4ml's files of test data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from symgate.errors import InputError


def rows_of(path: Path, columns: int) -> NDArray[np.float64]:
    """The rows in a ``.npy`` file, or in a ``.dat`` file of numbers separated by spaces; raise
    `InputError` where they do not have ``columns`` numbers.
    """
    try:
        rows = np.load(path, allow_pickle=False) if path.suffix == ".npy" else np.loadtxt(path)
    except (OSError, ValueError) as e:
        raise InputError(f"{path} holds no rows of numbers: {e}") from None
    if rows.size % columns or not np.all(np.isfinite(rows)):
        what = f"{path} holds {rows.shape} values"
        raise InputError(what, expected=f"rows of {columns} finite numbers")
    return np.asarray(rows, float).reshape(-1, columns)
