"""A small classifier, compiled and simulated once for all tests of its page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from symgate import api
from symgate.ir.firmware import Firmware
from symgate.project.folder import Build

FORMULAS = {"up": "0.5*sin(x)*y + x/3", "down": "exp(-x**2) - 0.25*y"}


def compiled(top: Path) -> Build:
    """The build folder, simulated on labelled rows."""
    options = api.Options(bits=8, ranges={"x": (-2, 2), "y": (-1, 1)}, max_error="2^-5")
    api.compile(FORMULAS, top / "both", options=options)
    api.simulate(top / "both", _rows(top / "rows.csv"))
    return api.load(top / "both")


def _rows(path: Path) -> Path:
    rng = np.random.default_rng(3)
    rows = rng.uniform([-2, -1], [2, 1], (300, 2))
    lines = [f"{x:.6f},{y:.6f},{'up' if x > 0.7 * y else 'down'}" for x, y in rows]
    path.write_text("\n".join(["x,y,class", *lines]) + "\n")
    return path


def data(build: Build) -> tuple[Firmware, dict[str, Any]]:
    """What a page is made of."""
    return build.firmware, json.loads((build.path / "report.json").read_text())
