"""LUT, FF, DSP and CARRY counts of any Verilog by one Yosys script, in a process of its own.

The script maps to UltraScale+ (`xcup`), flat, without pads and clock buffers, and without block RAM, so that a table
is LUTs whether or not it is registered. These are netlist counts: nothing is placed and routed, and Vivado's differ.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from common import folder, installed

TIMEOUT = 1800  # seconds
KINDS = {
    "lut": r"LUT[1-6]",
    "ff": r"FD[RCSP]E",
    "dsp": r"DSP48E\d",
    "carry": r"CARRY[48]",
    "muxf": r"MUXF[789]",
    "srl": r"SRL\w+",
    "bram": r"RAMB\w+",
}
_WORKER = "import sys; from pyosys import libyosys as ys; d = ys.Design(); [ys.run_pass(p, d) for p in sys.argv[1:]]"


@dataclass(frozen=True)
class Counts:
    """Cells of a netlist; LUT is LUT1 to LUT6."""

    lut: int
    ff: int
    dsp: int
    carry: int
    muxf: int
    srl: int
    bram: int
    seconds: float

    def row(self) -> dict[str, Any]:
        """For a JSON row."""
        return asdict(self)


def available() -> bool:
    """Whether pyosys is installed."""
    return installed("pyosys") is not None


def count(files: Mapping[str, str], top: str, dsp: bool) -> Counts:
    """The counts of ``files`` (Verilog, and the tables that it reads); those of a text once seen are remembered.

    Raise RuntimeError where Yosys fails.
    """
    identity = json.dumps([sorted(files.items()), script("", top, dsp), installed("pyosys")])
    known = folder("yosys") / f"{sha256(identity.encode()).hexdigest()[:24]}.json"
    if not known.exists():
        known.write_text(json.dumps(_synthesise(files, top, dsp).row()), encoding="utf-8")
    return Counts(**json.loads(known.read_text(encoding="utf-8")))


def _synthesise(files: Mapping[str, str], top: str, dsp: bool) -> Counts:
    with tempfile.TemporaryDirectory(prefix="symgate-bench-") as name:
        here = Path(name)
        for file, text in files.items():
            (here / file).write_text(clean(text) if file.endswith(".v") else text, encoding="utf-8")
        start = time.perf_counter()
        sources = " ".join(sorted(f for f in files if f.endswith(".v")))
        _yosys(here, script(sources, top, dsp))
        stat = json.loads((here / "stat.json").read_text(encoding="utf-8"))
    return counts(stat["design"]["num_cells_by_type"], round(time.perf_counter() - start, 1))


def script(sources: str, top: str, dsp: bool) -> list[str]:
    """The passes, the same for every tool."""
    options = "-flatten -noiopad -noclkbuf -nobram -nolutram" + ("" if dsp else " -nodsp")
    return [
        "scratchpad -set abc9.verify 0",  # the same counts in half the time
        f"read_verilog -defer -sv {sources}",  # deferred: da4ml's tables open their files with the top's parameters
        f"synth_xilinx -family xcup {options} -top {top}",
        "tee -q -o stat.json stat -json",
    ]


def clean(text: str) -> str:
    """Without `rom_style`, which Yosys cannot map (da4ml); it changes no count."""
    return re.sub(r"\(\*\s*rom_style.*?\*\)", "", text)


def _yosys(where: Path, passes: list[str]) -> None:
    command = [sys.executable, "-c", _WORKER, *(f"tee -q -a log.txt {p}" for p in passes)]
    run = subprocess.run(command, cwd=where, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    if run.returncode or not (where / "stat.json").exists():
        raise RuntimeError(f"Yosys failed: {(run.stderr or run.stdout)[-600:]}")


def counts(cells: Mapping[str, int], seconds: float) -> Counts:
    """The sums of `KINDS` over the cell types of a netlist."""
    sums = {kind: sum(n for cell, n in cells.items() if re.fullmatch(p, cell)) for kind, p in KINDS.items()}
    return Counts(**sums, seconds=seconds)
