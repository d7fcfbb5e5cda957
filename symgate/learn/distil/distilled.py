"""A block and the formulas that were found for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from symgate.frontend.options import Options
from symgate.frontend.writers.exports import export
from symgate.ir.design import Design
from symgate.ir.expr import Expr
from symgate.ir.exprtext import show
from symgate.learn.distil.choices import Choice, picked, size
from symgate.learn.distil.hosts import Host
from symgate.learn.distil.tensors import TensorFormulas
from symgate.learn.distil.variables import Variables
from symgate.learn.fit.hardware import design_of
from symgate.learn.fit.task import Reals, values_of

Metric = Callable[[Any], float]


class Compiled(Protocol):
    """A build, as `symgate.compile` returns it."""

    def predict(self, rows: Any) -> Any:
        """The outputs of the firmware for columns of inputs, by name."""


@dataclass(frozen=True)
class Agreement:
    """How close formulas are to the block on rows: per output the share of the variance that they
    explain, and the largest difference.
    """

    r2: tuple[float, ...]
    worst: tuple[float, ...]
    rows: int


@dataclass
class Distilled:
    """A block, and formulas for its ``outputs`` in variables of its inputs, a front of `Choice`.

    ``ranges`` are the ends of each input on the recorded rows. `formulas` are those in use: of the
    best choice, of the complexity that was switched to, or refined ones.
    """

    host: Host
    variables: Variables
    outputs: tuple[str, ...]
    ranges: Mapping[str, tuple[float, float]]
    choices: tuple[Choice, ...]
    chosen: int
    refined: tuple[Expr, ...] | None = field(default=None)

    @property
    def model(self) -> Any:
        """The model with what is in it now: the block, formulas, or firmware."""
        return self.host.model

    @property
    def formulas(self) -> dict[str, Expr]:
        """The formulas in use, in the block's inputs."""
        found = self.refined or self.choices[self.chosen].formulas
        return dict(zip(self.outputs, self.variables.in_inputs(found), strict=True))

    @property
    def complexity(self) -> int:
        """The nodes of the formulas in use, in the variables that they were fitted in."""
        return size(self.refined or self.choices[self.chosen].formulas)

    def table(self) -> list[dict[str, Any]]:
        """A row for each choice: nodes, losses, and the formulas as text in their variables."""
        return [
            {"nodes": c.nodes, "loss": c.loss, "held": c.held}
            | dict(zip(self.outputs, map(show, c.formulas), strict=True))
            for c in self.choices
        ]

    def values(self, x: Reals) -> Reals:
        """What the formulas give for rows of the block's inputs: (rows, outputs)."""
        return values_of(self.formulas.values(), self.variables.inputs, x)

    def switch_to_symbolic(self, complexity: int | None = None) -> None:
        """Put formulas in the place of the block: those in use, or the closest of at most
        ``complexity`` nodes. Raise `InputError` where there are none so small.
        """
        if complexity is not None:
            self.chosen, self.refined = picked(self.choices, complexity), None
        self.host.graft(self._tensors())

    def switch_to_block(self) -> None:
        """Put the block back."""
        self.host.restore()

    def switch_to_firmware(self, build: Compiled) -> None:
        """Put a build of the formulas in the place of the block: the model runs in fixed point, with
        the bits of the hardware.
        """
        self.host.graft_rows(lambda x: self.firmware_values(build, x))

    def firmware_values(self, build: Compiled, x: Reals) -> Reals:
        """What a build gives for rows of the block's inputs, rounded and held at their ranges."""
        found = build.predict({name: x[:, k] for k, name in enumerate(self.variables.inputs)})
        return np.stack([found[name] for name in self.outputs], axis=1)

    def refine(
        self, data: Any, wanted: Any, loss: Any = None, steps: int = 300, rate: float = 0.01
    ) -> None:
        """Train the constants of the formulas for the model's own task, and put them into the model.

        The rest of the model stays. ``loss``: as its library has it, by default the mean squared
        error.
        """
        tensors = self._tensors()
        self.host.graft(tensors)
        found = self.host.refine(data, wanted, loss, steps, rate)
        self.refined = tensors.formulas(found)
        self.host.graft(self._tensors())

    def agreement(self, data: Any) -> Agreement:
        """How close the formulas in use are to the block while its model runs on ``data``."""
        self.host.restore()
        recording = self.host.record(data)
        error = self.values(recording.inputs) - recording.outputs
        variance = np.maximum(recording.outputs.var(axis=0), 1e-300)
        explained = 1 - (error**2).mean(axis=0) / variance
        worst = np.abs(error).max(axis=0)
        return Agreement(tuple(explained.tolist()), tuple(worst.tolist()), len(error))

    def compared(self, metric: Metric, build: Compiled | None = None) -> dict[str, float]:
        """The model's own metric with the block, with the formulas, and with a build of them."""
        self.switch_to_block()
        found = {"block": float(metric(self.model))}
        self.switch_to_symbolic()
        found["formulas"] = float(metric(self.model))
        if build is not None:
            self.switch_to_firmware(build)
            found["firmware"] = float(metric(self.model))
        self.switch_to_block()
        return found

    def design(self, options: Options | None = None, **stated: Any) -> Design:
        """The design of the formulas in use over the recorded ranges, for `symgate.compile`; options
        as it has them, 12 bits by default.
        """
        settings = options or Options(**{"bits": 12, **stated})
        return design_of(self.formulas, self.ranges, settings, self.host.name.replace(".", "_"))

    def export(self, language: str) -> str:
        """The formulas in use in another language: see ``symgate export``."""
        return export(self.design(), language)

    def _tensors(self) -> TensorFormulas:
        found: Sequence[Expr] = self.refined or self.choices[self.chosen].formulas
        return TensorFormulas.of(found, self.variables)
