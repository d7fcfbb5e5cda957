"""What plots of a simulation show, in numbers few enough for ``report.json``: histograms, fixed
point against float64, errors over the range of each input, ROC curves, confusion.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.ir.design import Design
from symgate.sim import metrics
from symgate.sim.metrics import Scores
from symgate.sim.simulate import OutputErrors, Simulation, Stats

_DIGITS = 6  # significant ones of what a plot shows
_BARS, _POINTS, _SLICES, _CURVE = 41, 80, 16, 60
_FEW, _MOST_MOVING = 8, 4  # inputs that are all shown; of more, those that change the errors most
_OUTPUTS = 16  # of which there is more than the figures

Floats = NDArray[np.float64]


def pictures(simulation: Simulation, design: Design) -> dict[str, Any]:
    """Return what the plots of ``simulation`` show; each list has at most 80 points."""
    s = simulation
    slices = _slices(s, design)
    outputs = {}
    for k, output in enumerate(s.outputs):
        drawn = _drawn(s, output) | {"slices": slices.get(output.name, {})}
        outputs[output.name] = _figures(output) | (drawn if k < _OUTPUTS else {})
    return {
        "source": s.source,
        "rows": s.rows,
        "outputs": outputs,
        "clipped_inputs": {name: count for name, count in s.input_saturations.items() if count},
        "classifier": _classifier(s),
    }


def _figures(o: OutputErrors) -> dict[str, Any]:
    """The sizes of the errors of one output."""
    parts = {"firmware": o.fixed, "inputs": o.quantising, "both": o.total}
    return {name: _stats(stats) for name, stats in parts.items()} | {
        "ulp": o.ulp,
        "undefined": o.undefined,
    }


def _stats(stats: Stats | None) -> dict[str, float] | None:
    if stats is None:
        return None
    return {"max": stats.max, "mean": _rounded(stats.mean), "rms": _rounded(stats.rms)}


def _drawn(s: Simulation, o: OutputErrors) -> dict[str, Any]:
    error = s.errors[o.name]
    finite = np.isfinite(error)
    largest = float(np.abs(error[finite]).max(initial=0.0)) or o.ulp
    counts, _ = np.histogram(error[finite], bins=_BARS, range=(-largest, largest))
    return {
        "histogram": {"from": -largest, "to": largest, "counts": counts.tolist()},
        "scatter": _scatter(s.reference[o.name], s.fixed[o.name]),
    }


def _scatter(reference: Floats, fixed: Floats) -> list[list[float]]:
    """Rows spread over the values of ``reference``, its ends among them."""
    known = np.flatnonzero(np.isfinite(reference) & np.isfinite(fixed))
    order = known[np.argsort(reference[known], kind="stable")]
    if not len(order):
        return []
    picked = order[np.unique(np.linspace(0, len(order) - 1, _POINTS).astype(int))]
    return [[_rounded(reference[k]), _rounded(fixed[k])] for k in picked]


def _slices(s: Simulation, design: Design) -> dict[str, dict[str, list[float | None]]]:
    """Per output and input, the largest error in each of `_SLICES` parts of the input's range; None
    where no row lies.
    """
    found: dict[str, dict[str, list[float | None]]] = {}
    parts = {
        port.name: _part(s.inputs[port.name], *port.span)
        for port in design.inputs
        if port.name in s.inputs
    }
    for output in s.outputs[:_OUTPUTS]:
        size = np.abs(np.nan_to_num(s.errors[output.name]))
        profiles = {name: _profile(size, part) for name, part in parts.items()}
        kept = sorted(profiles, key=lambda name: -_spread(profiles[name]))
        kept = kept if len(kept) <= _FEW else kept[:_MOST_MOVING]
        found[output.name] = {name: profiles[name] for name in profiles if name in kept}
    return found


def _part(values: Floats, lo: float, hi: float) -> NDArray[np.int64]:
    share = (values - lo) / (hi - lo) if hi > lo else np.zeros(len(values))
    return np.clip((share * _SLICES).astype(np.int64), 0, _SLICES - 1)


def _profile(size: Floats, part: NDArray[np.int64]) -> list[float | None]:
    largest = np.full(_SLICES, -1.0)
    np.maximum.at(largest, part, size)
    return [_rounded(value) if value >= 0 else None for value in largest]


def _spread(profile: list[float | None]) -> float:
    known = [value for value in profile if value is not None]
    return max(known, default=0.0) - min(known, default=0.0)


def _classifier(s: Simulation) -> dict[str, Any] | None:
    c = s.classifier
    if c is None or s.classes is None:
        return None
    names = list(c.auc)
    sides = {"float": s.reference, "fixed": s.fixed}
    curves = {
        name: {side: _curve(v[name], s.classes == k) for side, v in sides.items()}
        for k, name in enumerate(names[:_OUTPUTS])
    }
    chosen = np.argmax(np.stack([s.fixed[name] for name in names], axis=1), axis=1)
    confusion = np.zeros((len(names), len(names)), np.int64)
    np.add.at(confusion, (s.classes, chosen), 1)
    return {
        "label": c.label,
        "rows": c.rows,
        "float": c.float_accuracy,
        "fixed": c.fixed_accuracy,
        "sigma": c.sigma,
        "agreement": c.agreement,
        "auc": {name: [_finite(a), _finite(b)] for name, (a, b) in c.auc.items()},
        "confusion": confusion.tolist(),
        "roc": curves,
    }


def _curve(scores: Scores, positive: NDArray[np.bool_]) -> list[list[float]]:
    """Points of a ROC curve, evenly along it."""
    false, true = metrics.roc(scores, positive)
    along = np.append(0.0, np.cumsum(np.abs(np.diff(false)) + np.abs(np.diff(true))))
    wanted = np.linspace(0, along[-1], _CURVE)
    picked = np.unique(np.searchsorted(along, wanted).clip(0, len(along) - 1))
    return [[_rounded(false[k]), _rounded(true[k])] for k in picked]


def _finite(value: float) -> float | None:
    return _rounded(value) if np.isfinite(value) else None


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
