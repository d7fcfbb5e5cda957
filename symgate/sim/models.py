"""The executable models of a build that `verify` compares with the NumPy model; each is one entry
of `MODELS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from symgate.errors import CheckFailed
from symgate.project.folder import Build
from symgate.sim.vectors import Column

Columns = Mapping[str, Column]


@dataclass(frozen=True)
class Model:
    """One way to execute a build: raw inputs to raw outputs, a value per row.

    ``run`` raises `ToolMissing` where its tool is not installed, and `CheckFailed` where the files
    of the build cannot be compiled or run.
    """

    name: str
    run: Callable[[Build, Columns], Columns]
    limit: int | None = None  # vectors that it does in reasonable time; None: any number
    applies: Callable[[Build], bool] = lambda build: True  # whether the build has what it runs
    tool: str | None = None  # by which users choose it, where that is not its name


def _amaranth(build: Build, inputs: Columns) -> Columns:
    from symgate.sim import amaranth_sim

    return amaranth_sim.run(build.graph, inputs)


def _cpp(build: Build, inputs: Columns) -> Columns:
    from symgate.sim import cpp

    files = build.files("hls", "*.cpp", "*.h", "firmware/*.cpp", "firmware/*.h")
    return cpp.simulate(build.graph, inputs, files, build.name)


def _rtl(tool: str) -> Callable[[Build, Columns], Columns]:
    def run(build: Build, inputs: Columns) -> Columns:
        from symgate.sim import rtl_bench

        return rtl_bench.simulate_rtl(
            build.files("rtl", "*.v", "sources.txt"), build.name, build.graph, inputs, tool
        )

    return run


def _ghdl(build: Build, inputs: Columns) -> Columns:
    from symgate.sim import ghdl_sim

    return ghdl_sim.simulate(build.files("vhdl", "*.vhd"), build.name, build.graph, inputs)


def _has_vhdl(build: Build) -> bool:
    return bool(build.files("vhdl", "*.vhd"))


def _cells(tool: str) -> Callable[[Build, Columns], Columns]:
    """The netlist of cells, which Vivado builds in the place of the plain module, on our models of
    the cells: those in the folder may have been edited like any other file.
    """

    def run(build: Build, inputs: Columns) -> Columns:
        from symgate.backends.verilog.names import legal
        from symgate.backends.xilinx.cells import models
        from symgate.sim import rtl_bench

        top = f"{legal(build.name)}_xilinx"
        netlist = build.files("rtl", f"{top}.v")
        if not netlist:
            raise CheckFailed(f"rtl/{top}.v, which Vivado would build, is missing")
        files = {**netlist, "cells.v": models(), "sources.txt": f"{top}.v\ncells.v\n"}
        return rtl_bench.simulate_rtl(files, top, build.graph, inputs, tool)

    return run


def _has_cells(build: Build) -> bool:
    return build.design.target.primitives


MODELS: tuple[Model, ...] = (
    Model("cpp", _cpp),
    Model("amaranth", _amaranth, limit=1_000),
    Model("verilator", _rtl("verilator")),
    Model("icarus", _rtl("icarus"), limit=4_000),
    Model("ghdl", _ghdl, limit=4_000, applies=_has_vhdl),
    Model("verilator cells", _cells("verilator"), applies=_has_cells, tool="verilator"),
    Model("icarus cells", _cells("icarus"), limit=4_000, applies=_has_cells, tool="icarus"),
)
