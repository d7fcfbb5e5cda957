"""Netlist counts of Verilog by Yosys, in a process of its own, which a crash of Yosys cannot take
down.

These are cells after technology mapping: nothing is placed and routed, and Vivado's numbers differ.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

from symgate.backends.verilog.names import legal
from symgate.backends.verilog.tables import CELLS
from symgate.errors import CheckFailed, ToolMissing

_LATE = 3600  # seconds after which Yosys is taken to hang
_WORKER = "import sys; from pyosys import libyosys as ys; d = ys.Design(); [ys.run_pass(p, d) for p in sys.argv[1:]]"


class Counts(TypedDict):
    """Cells of a netlist; ``cells`` holds the count of each type."""

    tool: str
    family: str
    lut: int  # LUT1 to LUT6 and LUT6_2, and shift registers, which take the place of a LUT
    ff: int
    dsp: int
    bram: int  # of 18 Kbit, as Vitis HLS counts them
    carry: int  # CARRY4, also for families that have CARRY8
    muxf: int
    cells: dict[str, int]


def synthesise(
    verilog: str | Mapping[str, str],
    top: str,
    family: str = "xcup",
    *,
    dsp: bool = True,
    bram: bool = False,
    shift_registers: bool = False,
) -> Counts:
    """Return the cells that ``synth_xilinx`` maps module ``top`` to, without pads and clock
    buffers.

    ``dsp``, ``bram`` and ``shift_registers`` allow those cells; the default puts tables into LUTs,
    but for those that the text marks for block RAM, and delays into flip-flops, as the estimate and
    ``build_vivado.tcl`` do. Of a mapping, Yosys reads the files that ``sources.txt`` lists, or all
    ``.v`` files where there is no such list.
    """
    if find_spec("pyosys") is None:
        raise ToolMissing("counting a netlist needs Yosys", remedy="pip install 'symgate[synth]'")
    files = {"top.v": verilog} if isinstance(verilog, str) else verilog
    sources = (
        files["sources.txt"].split()
        if "sources.txt" in files
        else [file for file in files if file.endswith(".v")]
    )
    with tempfile.TemporaryDirectory(prefix="symgate-synth-") as name:
        folder = Path(name)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
        _yosys(
            folder,
            script(
                sources, legal(top), family, dsp=dsp, bram=bram, shift_registers=shift_registers
            ),
        )
        found = json.loads((folder / "stat.json").read_text(encoding="utf-8"))
    return count(found["design"]["num_cells_by_type"], family)


def script(
    files: list[str],
    top: str,
    family: str,
    *,
    dsp: bool = True,
    bram: bool = False,
    shift_registers: bool = False,
) -> list[str]:
    """Return the commands for Yosys. It always maps LUTs with abc9; checking that mapping again
    doubles the time.
    """
    refused = {"-nodsp": not dsp, "-nobram -nolutram": not bram, "-nosrl": not shift_registers}
    options = " ".join(option for option, refuse in refused.items() if refuse)
    return [
        f"read_verilog -D {CELLS} {' '.join(files)}",
        "scratchpad -set abc9.verify 0",
        f"synth_xilinx -family {family} -top {top} -flatten -noiopad -noclkbuf {options}".strip(),
        "tee -q -o stat.json stat -json",
    ]


def _yosys(folder: Path, commands: list[str]) -> None:
    logged = [f"tee -q -a log.txt {command}" for command in commands]
    done = subprocess.run(
        [sys.executable, "-c", _WORKER, *logged],
        cwd=folder, capture_output=True, text=True, errors="replace", timeout=_LATE, check=False,
    )  # fmt: skip
    if done.returncode or not (folder / "stat.json").exists():
        log = folder / "log.txt"
        text = (log.read_text(errors="replace") if log.exists() else "") + done.stdout + done.stderr
        errors = re.findall(r"ERROR: .+", text)
        raise CheckFailed(
            f"Yosys failed: {errors[0] if errors else f'exit code {done.returncode}'}"
        )


def count(cells: Mapping[str, int], family: str) -> Counts:
    """Return the sums over the cell types of a netlist."""

    def total(pattern: str) -> int:
        return sum(n for cell, n in cells.items() if re.fullmatch(pattern, cell))

    return Counts(
        tool="yosys",
        family=family,
        lut=total(r"LUT[1-6]|LUT6_2|SRL\w+"),
        ff=total(r"FD[RCSP]E(_1)?"),
        dsp=total(r"DSP48E\d"),
        bram=2 * total(r"RAMB36\w*") + total(r"RAMB18\w*"),
        carry=total(r"CARRY[48]"),
        muxf=total(r"MUXF[789]"),
        cells={cell: cells[cell] for cell in sorted(cells) if not cell.startswith("$")},
    )
