"""What a training of table units is made of. Plain values, checked where they are made."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from symgate.errors import InputError

#: A count of n tables for each class is multiplied by this over the root of n in the loss. Chosen on
#: 6,000 validation digits of MNIST with 350 tables; see `docs/decisions/0085-table-units.md`.
SHARPNESS = 2.8


@dataclass(frozen=True)
class TableSettings:
    """``tables`` of six bits in all, as many for each class as divide evenly.

    ``rate`` is that of Adam, constant for the part ``constant`` of the steps, then along half a
    cosine to 0. The pins are frozen after the part ``frozen`` of the epochs. ``scale`` multiplies
    the counts in the loss; None is `SHARPNESS` over the root of the tables of a class. ``batch``
    None is a 32nd of the rows, from 8 to 256. Bits that are 1 in less than the part ``rare`` of the
    rows, or 0 in less, are read by no pin. ``validation``: the part of the rows that no step sees.

    ``image``: height and width, where the features are the pixels of an image row by row;
    ``shifted`` is then the part of the rows that are moved by up to a pixel in each step.
    """

    tables: int = 300
    epochs: int = 20
    batch: int | None = None
    rate: float = 0.02
    constant: float = 0.3
    frozen: float = 0.75
    scale: float | None = None
    rare: float = 0.005
    validation: float = 0.1
    image: tuple[int, int] | None = None
    shifted: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("tables", 2), ("epochs", 1), ("seed", 0)):
            _check(name, getattr(self, name), _whole(least), f"a whole number, {least} or more")
        if self.batch is not None:
            _check("batch", self.batch, _whole(1), "a whole number, 1 or more")
        _check("rate", self.rate, _above_zero, "a learning rate above 0")
        if self.scale is not None:
            _check("scale", self.scale, _above_zero, "a number above 0")
        for name in ("constant", "frozen", "shifted"):
            _check(name, getattr(self, name), _part(1.0), "a part from 0 to 1")
        _check("rare", self.rare, _part(0.49), "a part of the rows from 0 to .49")
        _check("validation", self.validation, _part(0.9), "a part of the rows from 0 to .9")
        if self.image is not None:
            _check("image", self.image, _size, "height and width, such as (28, 28)")
        elif self.shifted:
            raise InputError(
                f"shifted is {self.shifted}, and image is not stated",
                expected="the height and the width of the images that are shifted",
                remedy="state image=(28, 28), or leave shifted out",
            )

    def of(self, rows: int, classes: int) -> TableSettings:
        """These settings with the batch and the scale that they mean for so many ``rows`` to train
        on and ``classes``.
        """
        each = self.tables // classes
        if each < 1:
            raise InputError(
                f"{self.tables} tables for {classes} classes",
                expected="at least one table for each class",
                remedy=f"state tables={classes * 10}, or more",
            )
        batch = min(max(rows // 32, 8), 256) if self.batch is None else self.batch
        scale = SHARPNESS / math.sqrt(each) if self.scale is None else self.scale
        return replace(self, batch=min(batch, rows), scale=scale, tables=each * classes)


def _check(name: str, value: Any, accepts: Callable[[Any], bool], expected: str) -> None:
    if not accepts(value):
        raise InputError(f"{name} is {value!r}", expected=expected)


def _whole(least: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= least


def _is_number(value: Any) -> bool:
    is_real = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_real and math.isfinite(value)


def _above_zero(value: Any) -> bool:
    return _is_number(value) and value > 0


def _part(most: float) -> Callable[[Any], bool]:
    return lambda value: _is_number(value) and 0 <= value <= most


def _size(value: Any) -> bool:
    return isinstance(value, (tuple, list)) and len(value) == 2 and all(map(_whole(1), value))
