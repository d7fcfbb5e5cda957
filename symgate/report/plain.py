"""What Yosys makes of the plain Verilog of a graph, estimated: each figure with an interval.

The estimate of a report counts the cells of our own mapping, which ``primitives = true`` writes. Yosys maps
the plain text itself: to a few more LUTs, as it shares fewer of them. ``plain.toml`` says how many more for
each kind of cell, and how far off that was for designs held out from the fit; ``benchmarks/estimates.py
--calibrate`` writes it.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symgate.caches import remembered

_FILE = Path(__file__).parent / "plain.toml"
#: Of a report, in the order of the tables.
FIGURES = ("lut", "ff", "dsp", "bram", "carry")


@dataclass(frozen=True)
class Model:
    """A figure as so much of each kind of cell, and how far off that is.

    ``low`` and ``high`` are counted over estimated, of designs with more than ``small`` of it; of the others
    the count is within ``least``.
    """

    factors: Mapping[str, float]
    low: float
    high: float
    least: float
    small: float

    def estimate(self, cells: Mapping[str, float]) -> float:
        """The figure of a graph with these cells."""
        return sum(factor * cells.get(cell, 0) for cell, factor in self.factors.items())

    def interval(self, value: float) -> tuple[float, float]:
        """The numbers around an estimate that the count is between, for the stated share of designs."""
        low, high = min(value, value * self.low), max(value, value * self.high)
        if value <= self.small:
            low, high = value - self.least, value + self.least
        return max(0.0, low), high


@dataclass(frozen=True)
class Calibration:
    """The models with what they were fitted to."""

    source: str
    tool: str
    date: str
    designs: int
    share: float  # of held-out designs whose count is inside of the interval
    models: Mapping[str, Model]
    vivado: Mapping[str, float]  # LUTs that Vivado fills over those of Yosys, of public designs


@remembered
def calibration() -> Calibration:
    """What ``plain.toml`` holds."""
    found = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    models = {name: Model(**model) for name, model in found.pop("models").items()}
    return Calibration(**found, models=models)


def figures(cells: Mapping[str, float], dsp: float, bram: float) -> dict[str, Any]:
    """LUT, FF, DSP, BRAM and CARRY4 of the plain Verilog of a graph with these ``cells`` (those of
    `backends.xilinx.cell_count`), each with its interval, and where the factors are from.

    DSP slices and block RAMs are stated in the text, so their numbers are no estimates.
    """
    known = calibration()
    found: dict[str, Any] = {}
    for name, model in known.models.items():
        value = model.estimate(cells)
        low, high = model.interval(value)
        found[name] = {"estimate": round(value), "low": math.floor(low), "high": math.ceil(high)}
    for name, exact in (("dsp", math.ceil(dsp)), ("bram", math.ceil(bram))):
        found[name] = {"estimate": exact, "low": exact, "high": exact}
    told: dict[str, Any] = {"share": known.share, "designs": known.designs, "tool": known.tool}
    told["vivado"] = dict(known.vivado)
    return {
        **{name: found[name] for name in FIGURES},
        **told,
        "date": known.date,
        "source": known.source,
    }


def shown(figure: Mapping[str, int]) -> str:
    """A figure for a reader: ``165 (158 to 176)``, or the number alone where nothing is open."""
    if figure["low"] == figure["high"]:
        return f"{figure['estimate']:,}"
    return f"{figure['estimate']:,} ({figure['low']:,} to {figure['high']:,})"


def sentence(found: Mapping[str, Any]) -> str:
    """What the intervals are, in a line."""
    vivado = found["vivado"]
    return (
        f"The estimate counts the cells of `primitives = true`; plain Verilog is what {found['tool']} "
        f"makes of the default text, and in brackets where {found['share']:.0%} of {found['designs']} "
        f"designs were that were held out from the fit ({found['date']}). In {vivado['designs']} public "
        f"designs of others Vivado filled {vivado['low']:.2g} to {vivado['high']:.2g} times the LUTs of "
        f"Yosys, {vivado['median']:.2g} at the median."
    )
