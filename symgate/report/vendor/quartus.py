"""The summaries of Quartus Prime: ``*.fit.summary``, ``*.sta.summary`` and ``*.pow.summary``."""

from __future__ import annotations

import re

from symgate.report.vendor.figures import Figures, number

_TOOL, _STAGE = "Quartus", "routed"
_ROWS = {
    "lut": r"Logic utilization \(in ALMs\)|Total logic elements",
    "ff": r"Total registers|Total dedicated logic registers",
    "dsp": r"Total DSP Blocks|DSP Blocks Needed",
    "bram": r"Total RAM Blocks",
}
_SLACK = re.compile(r"^Type\s*:\s*(.*)\nSlack\s*:\s*(-?[0-9.]+)", re.MULTILINE)
_POWER = re.compile(
    r"^Total (?:Thermal Power Dissipation|Power Dissipation|On-Chip Power Dissipation)"
    r"\s*:\s*([0-9.,]+)\s*(m?W)",
    re.MULTILINE,
)


def fit(text: str) -> Figures | None:
    """Return what the fitter counts; "4 / 1,518 ( < 1 % )" is 4."""
    found = {
        name: re.search(rf"^\s*(?:{row})\s*:\s*([0-9,]+)", text, re.MULTILINE)
        for name, row in _ROWS.items()
    }
    if "Fitter Status" not in text:
        return None
    counts = {name: int(number(m[1])) if m else None for name, m in found.items()}
    return Figures(_TOOL, _STAGE, **counts)


def timing(text: str) -> Figures | None:
    """Return the worst slacks over all corners and clocks."""
    slacks = [(kind, number(slack)) for kind, slack in _SLACK.findall(text)]
    setup, hold = (
        min((slack for kind, slack in slacks if word in kind), default=None)
        for word in ("Setup", "Hold")
    )
    return Figures(_TOOL, _STAGE, slack_ns=setup, hold_ns=hold) if slacks else None


def power(text: str) -> Figures | None:
    """Return the whole power."""
    found = _POWER.search(text)
    if found is None:
        return None
    scale = 1e-3 if found[2] == "mW" else 1.0
    return Figures(_TOOL, _STAGE, power_w=number(found[1]) * scale)
