"""LUT, FF, DSP and CARRY counts of any tool's Verilog by the script of `symgate report --synth
yosys`, remembered.

The script maps to UltraScale+ (`xcup`), flat, without pads, clock buffers, block RAM and shift
registers, so that a table is LUTs whether or not it is registered. A LUT6_2, one LUT with two
outputs, counts as one LUT. These are netlist counts: nothing is placed and routed, and Vivado's
differ.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from common import Row, folder, installed

from symgate.backends.verilog.tables import CELLS
from symgate.report import synth

TIMEOUT = 3600  # seconds
FAMILY = "xcup"
_WORKER = "import sys; from pyosys import libyosys as ys; d = ys.Design(); [ys.run_pass(p, d) for p in sys.argv[1:]]"


def available() -> bool:
    """Whether pyosys is installed."""
    return installed("pyosys") is not None


def count(files: Mapping[str, str], top: str, dsp: bool) -> Row:
    """The counts of ``files`` (Verilog, and the tables that it reads); those of a text once seen
    are remembered.

    Raise RuntimeError where Yosys fails.
    """
    identity = json.dumps([sorted(files.items()), script("", top, dsp), installed("pyosys")])
    known = folder("yosys") / f"{sha256(identity.encode()).hexdigest()[:24]}.json"
    if not known.exists():
        known.write_text(json.dumps(_synthesise(files, top, dsp)), encoding="utf-8")
    counts: Row = json.loads(known.read_text(encoding="utf-8"))
    return counts


def _synthesise(files: Mapping[str, str], top: str, dsp: bool) -> Row:
    with tempfile.TemporaryDirectory(prefix="symgate-bench-") as name:
        here = Path(name)
        for file, text in files.items():
            (here / file).write_text(clean(text) if file.endswith(".v") else text, encoding="utf-8")
        start = time.perf_counter()
        _yosys(here, script(" ".join(sorted(f for f in files if f.endswith(".v"))), top, dsp))
        stat = json.loads((here / "stat.json").read_text(encoding="utf-8"))
    counts: Row = dict(synth.count(stat["design"]["num_cells_by_type"], FAMILY))
    return counts | {"seconds": round(time.perf_counter() - start, 1)}


def script(sources: str, top: str, dsp: bool) -> list[str]:
    """The commands of the report, but the text is read late: da4ml's tables open files that the top
    module names.
    """
    return [
        f"read_verilog -D {CELLS} -defer -sv {sources}",
        *synth.script([], top, FAMILY, dsp=dsp)[1:],
    ]


def clean(text: str) -> str:
    """Without `rom_style`, which Yosys cannot map (da4ml); it changes no count."""
    return re.sub(r"\(\*\s*rom_style.*?\*\)", "", text)


def _yosys(where: Path, passes: list[str]) -> None:
    command = [sys.executable, "-c", _WORKER, *(f"tee -q -a log.txt {p}" for p in passes)]
    run = subprocess.run(
        command, cwd=where, capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    if run.returncode or not (where / "stat.json").exists():
        raise RuntimeError(f"Yosys failed: {(run.stderr or run.stdout)[-600:]}")
