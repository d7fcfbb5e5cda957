"""A build as Python's users hold it: it predicts, and it shows itself in a line or in a notebook."""

from __future__ import annotations

import warnings
from dataclasses import fields
from typing import Any

import numpy as np

from symgate.frontend.check import DesignWarning
from symgate.ir.saturation import saturating
from symgate.project import folder
from symgate.report.page.notebook import notebook
from symgate.report.page.numbers import counted, short
from symgate.sim import frames, simulator
from symgate.sim.vectors import quantise, reals


class Build(folder.Build):
    """A build folder as read back; see `symgate.project.folder.Build` for what it holds."""

    @staticmethod
    def of(build: folder.Build) -> Build:
        """``build`` with what is here."""
        return Build(**{f.name: getattr(build, f.name) for f in fields(build)})

    def predict(self, rows: Any) -> Any:
        """Return what the firmware gives for ``rows``, bit by bit, as real numbers.

        ``rows``: an array with a column per input in the order of the ports, a mapping of columns,
        or a data frame, whose columns are found by name; the result has the same form. Constants of
        run time without a column have their stated values. Values are rounded to the grid of their
        ports; those outside of a range count as its end, which is warned of where the hardware does
        not saturate. Raise `InputError` where a column is missing or a value is not finite.
        """
        ports = self.design.inputs
        usual = {name: float(value) for name, value in self.design.constants.items()}
        given = frames.columns(rows, [port.name for port in ports], usual)
        codes = {}
        safe = {port.name for port in saturating(self.design)}
        for port in ports:
            codes[port.name], outside = quantise(given[port.name], port)
            if outside and port.name not in safe:
                self._warn(port, outside)
        raw = simulator.simulate(self.graph, codes)
        count = len(next(iter(given.values()), np.empty(0)))
        found = {
            port.name: np.broadcast_to(reals(np.asarray(raw[port.name]), port.type), (count,))
            for port in self.graph.outputs
        }
        return frames.like(rows, found)

    def _warn(self, port: Any, outside: int) -> None:
        lo, hi = port.span
        what = f"{counted(outside, 'value')} of {port.name} outside [{lo:g}, {hi:g}] counted as its end"
        warnings.warn(
            f"{what}; the hardware does not do that by itself", DesignWarning, stacklevel=3
        )

    def __repr__(self) -> str:
        r = self.report
        worst = max((bound.bound for bound in self.certificate.bounds), default=0.0)
        ports = (
            f"{counted(len(self.design.inputs), 'input')}, {counted(len(r['outputs']), 'output')}"
        )
        cycles = counted(r["latency"]["cycles"], "cycle")
        size = f"{short(r['estimate']['lut'])} LUT"
        return f"<Build {self.path}: {ports}, {cycles}, {size}, certified error {short(worst)}>"

    def _repr_html_(self) -> str:
        return notebook(self.firmware, self.report)
