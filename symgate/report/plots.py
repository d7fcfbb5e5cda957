"""Figures: error histograms and ROC curves of a simulation, loss against LUT of a front. Needs the
extra ``plot``.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from symgate.errors import ToolMissing
from symgate.sim import metrics
from symgate.sim.simulate import Simulation

_DPI = 120
_MANY = 12  # outputs that are drawn


def draw(simulation: Simulation) -> dict[str, bytes]:
    """Return PNG files by name; raise `ToolMissing` without matplotlib."""
    files = {"errors.png": _png(_histograms(simulation))}
    if simulation.classifier is not None:
        files["roc.png"] = _png(_roc(simulation))
    return files


def front(points: Sequence[dict[str, Any]]) -> bytes:
    """A PNG file of loss against LUT for the rows of a front that compiled; raise `ToolMissing`
    without matplotlib.
    """
    figure = _figure(figsize=(6, 4))
    axis = figure.subplots()
    found = [point for point in points if point["lut"] is not None]
    best = sorted((p for p in found if p["best"]), key=lambda p: float(p["lut"]))
    axis.plot(
        [p["lut"] for p in found],
        [p["loss"] for p in found],
        "o",
        color="0.7",
        label="beaten by another row",
    )
    axis.plot([p["lut"] for p in best], [p["loss"] for p in best], "o-", color="C0", label="front")
    for p in best:
        where = (p["lut"], p["loss"])
        axis.annotate(
            str(p["complexity"]), where, xytext=(4, 4), textcoords="offset points", fontsize=8
        )
    axis.set_xlabel("LUT (estimate)")
    axis.set_ylabel("loss of the search")
    if found and min(p["loss"] for p in found) > 0:
        axis.set_yscale("log")
    axis.set_title(f"{len(found)} of {len(points)} rows compiled; numbers: complexity", fontsize=10)
    axis.legend(fontsize=8)
    return _png(figure)


def explored(rows: Sequence[dict[str, Any]], key: str) -> bytes:
    """A PNG file of the column ``key`` against LUT for the points of an exploration; raise
    `ToolMissing` without matplotlib.
    """
    figure = _figure(figsize=(6, 4))
    axis = figure.subplots()
    found = [row for row in rows if row["lut"] is not None and row[key] is not None]
    best = sorted((row for row in found if row["best"]), key=lambda row: float(row["lut"]))
    for shown, style, label in ((found, "0.7", "beaten by another design"), (best, "C0", "front")):
        sizes, heights = [row["lut"] for row in shown], [row[key] for row in shown]
        axis.plot(sizes, heights, "o", color=style, label=label)
    axis.set_xlabel("LUT (estimate)")
    names = {"bound": "certified error", "total": "error, with rounding of the inputs"}
    axis.set_ylabel(names.get(key, key))
    if found and min(row[key] for row in found) > 0:
        axis.set_yscale("log")
    axis.set_title(f"{len(best)} of {len(found)} designs are beaten by no other", fontsize=10)
    axis.legend(fontsize=8)
    return _png(figure)


def _figure(**options: Any) -> Any:
    """A figure that belongs to no window system."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ToolMissing(
            "plots need matplotlib", remedy="pip install 'symgate[plot]', or use --no-plots"
        ) from None
    return Figure(layout="constrained", **options)


def _png(figure: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(
        buffer, format="png", dpi=_DPI, metadata={"Software": None}
    )  # the same figure gives the same bytes
    return buffer.getvalue()


def _histograms(s: Simulation) -> Any:
    outputs = s.outputs[:_MANY]
    columns = min(len(outputs), 3)
    rows = -(-len(outputs) // columns)
    figure = _figure(figsize=(4 * columns, 2.6 * rows))
    axes = figure.subplots(rows, columns, squeeze=False)
    for axis in axes.flat[len(outputs) :]:
        axis.set_axis_off()
    for axis, output in zip(axes.flat, outputs, strict=False):
        error = s.errors[output.name]
        axis.hist(error[np.isfinite(error)], bins=61, color="tab:blue")
        axis.set_title(f"{output.name}: max {output.fixed.max:.3g}", fontsize=10)
        axis.set_xlabel("firmware - float64, in the unit of the output", fontsize=8)
        axis.set_ylabel("rows", fontsize=8)
    return figure


def _roc(s: Simulation) -> Any:
    figure = _figure(figsize=(5, 5))
    axis = figure.subplots()
    assert s.classifier is not None
    assert s.classes is not None
    for k, (name, (_, area)) in enumerate(s.classifier.auc.items()):
        for scores, style in ((s.reference, "--"), (s.fixed, "-")):
            false, true = metrics.roc(scores[name], s.classes == k)
            label = f"{name}: {area:.4f}" if style == "-" else None
            axis.plot(false, true, style, color=f"C{k}", linewidth=1, label=label)
    axis.set_xlabel("false positives")
    axis.set_ylabel("true positives")
    axis.set_title(
        f"One against the rest, {s.classifier.rows:,} rows\nfixed point: full, float64: dashed",
        fontsize=10,
    )
    axis.legend(title="area, fixed point", fontsize=8)
    return figure
