"""Bits of features: each is 1 where a feature is above a threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.errors import InputError

Reals = NDArray[np.float64]
Bits = NDArray[np.uint8]
#: Above which a feature that is 0 or 1 is 1.
HALF = 0.5
_ROWS = 4096  # at a time, which bounds the memory


@dataclass(frozen=True, eq=False)
class Encoding:
    """Bit k is 1 where feature ``feature[k]`` is above ``threshold[k]``.

    ``binary`` (features,): whether a feature is 0 or 1 and nothing else, so that it is a port of one
    bit.
    """

    feature: NDArray[np.int32]
    threshold: Reals
    binary: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.feature)

    def bits(self, x: Any) -> Bits:
        """(rows, features) -> (rows, bits)."""
        x = self._checked(x)
        found = np.empty((len(x), len(self)), np.bool_)
        for start in range(0, len(x), _ROWS):
            part = slice(start, start + _ROWS)
            np.greater(x[part][:, self.feature], self.threshold, out=found[part])
        return found.view(np.uint8)

    def _checked(self, x: Any) -> Reals:
        expected = f"rows of {len(self.binary)} features, all numbers"
        try:
            found = np.asarray(x, float)
        except (TypeError, ValueError) as e:
            raise InputError(f"these are no rows: {e}", expected=expected) from None
        if found.ndim != 2 or found.shape[1] != len(self.binary):
            raise InputError(f"an array of shape {found.shape}", expected=expected)
        if np.isnan(found).any():
            raise InputError("a value is NaN, which no bit stands for", expected=expected)
        return found

    @staticmethod
    def of(x: Reals, thresholds: int | Sequence[float] = 8) -> Encoding:
        """The encoding of ``x`` (rows, features).

        A feature of zeros and ones is one bit. Others have so many ``thresholds`` at quantiles of
        their values, or the stated ones; a threshold that parts no rows is left out.
        """
        _check(thresholds)
        features, places = list[int](), list[float]()
        binary = ((x == 0) | (x == 1)).all(axis=0)
        for k, column in enumerate(x.T):
            found = [HALF] if binary[k] else _places(column, thresholds)
            features += [k] * len(found)
            places += found
        return Encoding(np.array(features, np.int32), np.array(places, float), binary)


def _check(thresholds: Any) -> None:
    try:
        given = np.asarray(thresholds)
    except ValueError:  # lists of different lengths
        given = np.array([])
    if given.ndim == 0:
        valid = given.dtype.kind == "i" and bool(given >= 1)
    else:
        valid = given.ndim == 1 and given.size > 0 and given.dtype.kind in "if"
        valid = valid and bool(np.isfinite(given).all())
    if not valid:
        raise InputError(
            f"thresholds is {thresholds!r}",
            expected="how many quantiles of each feature, such as 8, or a list of numbers",
        )


def _places(column: Reals, thresholds: int | Sequence[float]) -> list[float]:
    """Thresholds of one feature, rising, each with rows on both sides where they are quantiles."""
    if not isinstance(thresholds, (int, np.integer)):
        return sorted({float(t) for t in thresholds})
    shares = np.arange(1, thresholds + 1) / (thresholds + 1)
    places = np.unique(np.quantile(column, shares, method="lower"))
    lowest, highest = column.min(), column.max()
    kept = [float(p) for p in places if p < highest]
    return kept or ([float(lowest)] if lowest < highest else [])
