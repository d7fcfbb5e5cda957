"""Tables without an error budget: of two addresses, with rows that are alike, and CompressedLUT's example.

    python benchmarks/grids.py

LUT by our mapping and, where Yosys is installed, by the script of all comparisons; every code is checked, and the
second proof confirms a bound of 0. CompressedLUT's own circuit of its example takes 385 LUT.
"""

from __future__ import annotations

import numpy as np
import ours
import synthesis
from common import Row, console, show

from symgate.frontend.load import Options, load_any
from symgate.ir.design import Design
from symgate.proof.recheck import recheck
from symgate.sim.numpy_model import simulate

COLUMNS = {"table": "table", "plain": "plain", "lut": "LUT", "yosys": "Yosys", "proved": "proved"}


def tables() -> dict[str, np.ndarray]:
    """The tables by name."""
    rng = np.random.default_rng(1)
    kept = rng.integers(0, 64, (4, 64))
    alike = kept[rng.integers(0, 4, 64)] + rng.integers(0, 9, 64)[:, None]
    return {
        "64 x 64, 4 random bits": rng.integers(0, 16, (64, 64)),
        "64 x 64, four rows plus constants": alike,
        "64 x 64, four columns plus constants": alike.T,
        "4096, round(64*sqrt(x))": np.floor(64 * np.sqrt(np.arange(4096)) + 0.5).astype(int),
    }


def design_of(table: np.ndarray) -> Design:
    """The design that looks a table up."""
    names = "xyz"[: table.ndim]
    bits = [(size - 1).bit_length() for size in table.shape]
    options = Options(
        formats={name: f"uint<{n}>" for name, n in zip(names, bits, strict=True)},
        max_error="2^-20",
        tables={"t": {"values": table}},
        name="top",
    )
    return load_any(f"f = t({', '.join(names)})", options)


def measured(name: str, table: np.ndarray) -> Row:
    """LUT of a table."""
    firmware = ours.compile_design(design_of(table), ours.DEFAULT_SECONDS)
    codes = np.indices(table.shape).reshape(table.ndim, -1)
    found = simulate(firmware.graph, dict(zip("xyz", codes, strict=False)))["f"]
    assert np.array_equal(found, table.reshape(-1))
    yosys = None
    if synthesis.available():
        yosys = synthesis.count(ours.verilog(firmware, False), "top", dsp=False)["lut"]
    width = int(table.max()).bit_length()
    return {
        "table": name,
        "plain": width * table.size / 64,
        "lut": ours.estimated(firmware)["lut"],
        "yosys": yosys,
        "proved": recheck(firmware).proved,
    }


def main() -> None:
    """Print the table."""
    show("Tables without an error budget", COLUMNS, [measured(n, t) for n, t in tables().items()])
    console.print("plain: the formula of a plain table, a LUT6 per 64 entries of a bit")


if __name__ == "__main__":
    main()
