"""A function of rows, without a model around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symgate.errors import InputError
from symgate.learn.distil.hosts import Rows
from symgate.learn.distil.recording import Recording
from symgate.learn.distil.tensors import TensorFormulas
from symgate.learn.fit.task import Reals


@dataclass
class PlainHost:
    """``block`` takes an array (..., inputs) and returns one (..., outputs); it is the model, too."""

    whole: None
    block: Callable[[Any], Any]
    grafted: Callable[[Any], Any] | None = field(default=None, init=False)

    @property
    def model(self) -> Callable[[Any], Any]:
        """The function, or what stands in its place."""
        return self.grafted or self.block

    @property
    def name(self) -> str:
        """The name of the function."""
        return getattr(self.block, "__name__", "block")

    def record(self, data: Any) -> Recording:
        """The rows of ``data`` and what the function makes of them."""
        return Recording.of([data], self.block(data), self.name)

    def predict(self, data: Any) -> Reals:
        """What the function, or what stands in its place, makes of ``data``."""
        return np.asarray(self.model(data), float)

    def graft(self, formulas: TensorFormulas) -> None:
        """From now on the formulas."""
        parameters = formulas.parameters
        self.grafted = lambda x: formulas.values(np.asarray(x, float), parameters, np)

    def graft_rows(self, rows: Rows) -> None:
        """From now on ``rows``."""
        self.grafted = rows

    def restore(self) -> None:
        """From now on the function."""
        self.grafted = None

    def refine(self, data: Any, wanted: Any, loss: Any, steps: int, rate: float) -> list[float]:
        """There is nothing around the formulas that they could be trained for."""
        raise InputError(
            "a function without a model has nothing to refine formulas for",
            expected="a block inside a model; the fit has refined all constants already",
        )
