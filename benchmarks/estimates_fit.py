"""What Yosys makes of the plain Verilog, as so many LUTs for each kind of cell of our mapping.

Used by `estimates.py`. The factors are shrunk towards what a cell means: a LUT is one, two functions that
share a LUT are two, as Yosys shares none, a multiplexer of slices is half a one. How much, cross-validation
inside the rows of the fit decides. Every design is predicted by factors that were fitted to the other two
thirds; intervals are the quantiles of these residuals. ``plain.toml`` has the factors of all designs.
"""

from __future__ import annotations

import csv
import datetime
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from common import ROOT, SHARED, Row, installed
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: LUTs of the plain text for each cell, before anything is measured.
PRIOR = {"LUT1": 1.0, "LUT2": 1.0, "LUT3": 1.0, "LUT4": 1.0, "LUT5": 1.0, "LUT6": 1.0, "LUT6_2": 2.0,
         "MUXF7": 0.5, "MUXF8": 0.5, "ROUTE": 0.0, "INV": 0.0}  # fmt: skip
SHRINKING = (0.1, 0.3, 1.0, 3.0, 10.0)
FOLDS = 3
SMALLEST = 20.0  # LUTs below which differences are not taken relatively
#: Other figures are those of the mapping, with intervals.
AS_MAPPED = {"ff": "FDRE", "carry": "CARRY4"}
#: LUTs, flip-flops and CARRY4 up to which an interval is so many, not a share.
SMALL = {"lut": 50.0, "ff": 50.0, "carry": 20.0}
SHARE = 0.9
PAIRS = SHARED / "timing" / "yosys_vivado.csv"  # of public designs of others
FILE = ROOT / "symgate" / "report" / "plain.toml"


def features(row: Row) -> Floats:
    """How many of each cell of `PRIOR` the mapping of a design has."""
    return np.array([row["paired"].get(cell, 0) for cell in PRIOR], float)


def fit(rows: Sequence[Row]) -> Floats:
    """The factors for these designs."""
    best = min(SHRINKING, key=lambda much: _inner_error(rows, much))
    return _fit(rows, best)


def _inner_error(rows: Sequence[Row], much: float) -> float:
    found = cross(rows, lambda inside: _fit(inside, much))
    counted = np.array([row["text"]["lut"] for row in rows], float)
    return float(np.mean(np.abs(found - counted) / np.maximum((found + counted) / 2, SMALLEST)))


def _fit(rows: Sequence[Row], much: float) -> Floats:
    prior = np.array(list(PRIOR.values()))
    counted = np.array([row["text"]["lut"] for row in rows], float)
    weight = 1 / np.maximum(counted, SMALLEST)
    cells = np.array([features(row) for row in rows]) * weight[:, None]
    rest = counted * weight - cells @ prior
    held = much * np.sqrt(len(rows)) * np.maximum((cells**2).mean(0), 1e-9)
    moved = np.linalg.solve(cells.T @ cells + np.diag(held), cells.T @ rest)
    return np.asarray(prior + moved)


def cross(rows: Sequence[Row], fitted: Callable[[Sequence[Row]], Floats]) -> Floats:
    """The LUTs of each design by the factors of the others: every third one is left out in turn."""
    found = np.zeros(len(rows))
    for k in range(FOLDS):
        factors = fitted([row for i, row in enumerate(rows) if i % FOLDS != k])
        for i in range(k, len(rows), FOLDS):
            found[i] = max(0.0, float(features(rows[i]) @ factors))
    return found


def intervals(name: str, estimated: Floats, counted: Floats) -> dict[str, float]:
    """The bounds that `SHARE` of the designs are inside, half of the others on each side."""
    large = estimated > SMALL[name]
    ratio = counted[large] / estimated[large]
    low, high = np.quantile(ratio, [(1 - SHARE) / 2, (1 + SHARE) / 2]) if large.any() else (1, 1)
    away = np.abs(counted - estimated)[~large]
    least = float(np.quantile(away, SHARE)) if away.size else 0.0
    return {"low": float(low), "high": float(high), "least": least, "small": SMALL[name]}


def calibrate(rows: Sequence[Row]) -> None:
    """Write ``plain.toml``."""
    models: dict[str, Any] = {}
    counted = {key: np.array([row["text"][key] for row in rows], float) for key in SMALL}
    factors = dict(zip(PRIOR, fit(rows), strict=True))
    models["lut"] = factors, intervals("lut", cross(rows, fit), counted["lut"])
    for name, cell in AS_MAPPED.items():
        mapped = np.array([row["paired"].get(cell, 0) for row in rows], float)
        models[name] = {cell: 1.0}, intervals(name, mapped, counted[name])
    FILE.write_text(_text(models, len(rows)) + _vivado(), encoding="utf-8")


def _vivado() -> str:
    """LUTs that Vivado fills over those that Yosys counts, of public pairs."""
    with PAIRS.open(encoding="utf-8") as file:
        pairs = [row for row in csv.DictReader(file) if row["vivado_clb_lut"]]
    ratio = [float(row["vivado_clb_lut"]) / float(row["yosys_lut"]) for row in pairs]
    low, median, high = np.quantile(ratio, [(1 - SHARE) / 2, 0.5, (1 + SHARE) / 2])
    lines = [f"low = {low:.2f}", f"median = {median:.2f}", f"high = {high:.2f}"]
    return "\n".join(["", "[vivado]", f"designs = {len(ratio)}", *lines]) + "\n"


def _text(models: dict[str, Any], designs: int) -> str:
    head = [
        "# Written by the command below; symgate/report/plain.py says what it means.",
        'source = "python benchmarks/estimates.py --calibrate"',
        f'tool = "Yosys {installed("pyosys")}, synth_xilinx -family xcup, no DSP, no shift registers"',
        f'date = "{datetime.date.today().isoformat()}"',
        f"designs = {designs}",
        f"share = {SHARE}",
    ]
    for name, (factors, interval) in models.items():
        head += ["", f"[models.{name}]", *(f"{key} = {v:.3f}" for key, v in interval.items())]
        head += [f"[models.{name}.factors]", *(f"{cell} = {v:.3f}" for cell, v in factors.items())]
    return "\n".join(head) + "\n"


def inside(rows: Sequence[Row], found: Floats, model: dict[str, float]) -> float:
    """The share of designs whose LUTs are inside of the interval of the prediction ``found``."""
    from symgate.report.plain import Model

    interval = Model({}, **model).interval
    bounds = [interval(float(value)) for value in found]
    pairs = zip(bounds, rows, strict=True)
    return float(
        np.mean([np.floor(lo) <= row["text"]["lut"] <= np.ceil(hi) for (lo, hi), row in pairs])
    )
