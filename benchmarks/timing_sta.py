"""Static timing analysis of a netlist of Yosys with the cells and nets of our delay model: every LUT,
carry cell and mux at its place, every routed net with its own fan-out, nothing merged or estimated.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symgate.backends.rtl import emit_graph
from symgate.ir.fixed import CONST, INPUT, Builder, Graph
from symgate.ir.fixed_ops.delays import Delays
from symgate.passes.hardware.schedule import copy_node
from symgate.report.synth import script

_WORKER = "import sys; from pyosys import libyosys as ys; d = ys.Design(); [ys.run_pass(p, d) for p in sys.argv[1:]]"
_CELLS_OF_A_BLOCK = 2  # CARRY4 in a CARRY8
#: From a pin of a chain to its end: .159 to the next cell, the rest to an output (UltraScale+ -2).
_INTO_CHAIN = 0.62


@dataclass(frozen=True)
class Sink:
    """A pin of a cell."""

    cell: str
    kind: str
    port: str


@dataclass
class Netlist:
    """Cells of a flat module, and of each bit its driver and the pins that it drives."""

    cells: dict[str, dict[str, Any]]
    driver: dict[int, Sink] = field(default_factory=dict)
    sinks: dict[int, list[Sink]] = field(default_factory=lambda: defaultdict(list))

    @staticmethod
    def of(module: dict[str, Any]) -> Netlist:
        """The netlist that ``write_json`` wrote."""
        found = Netlist(module["cells"])
        for name, cell in found.cells.items():
            for port, bits in cell["connections"].items():
                side = cell["port_directions"][port]
                for bit in bits:
                    pin = Sink(name, cell["type"], port)
                    if isinstance(bit, int) and side == "output":
                        found.driver[bit] = pin
                    elif isinstance(bit, int):
                        found.sinks[bit].append(pin)
        return found


def synthesised(files: Mapping[str, str], tops: Sequence[str], family: str) -> list[dict[str, Any]]:
    """The modules ``tops`` of ``files`` after ``synth_xilinx``, each flat and mapped by itself,
    without slices and block RAM.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
        sources = [f"{top}.v" for top in [*tops, "all"]]
        commands = [*script(sources, "all", family, dsp=False), "write_json net.json"]
        logged = [f"tee -q -a log.txt {command}" for command in commands]
        subprocess.run(
            [sys.executable, "-c", _WORKER, *logged], cwd=folder, check=True, capture_output=True
        )
        found = json.loads((folder / "net.json").read_text(encoding="utf-8"))
    return [found["modules"][top] for top in tops]


def _around(graphs: Mapping[str, Graph]) -> str:
    """A module that holds an instance of each graph, whose ports are its own."""
    ports, lines = [], []
    for top, graph in graphs.items():
        links = [".clk(clk)", ".rst(clk)", ".in_valid(clk)", f".out_valid({top}_v)"]
        ports.append(f"output wire {top}_v")
        for side, those in (("input", graph.inputs), ("output", graph.outputs)):
            for port in those:
                wire = f"{top}_{port.name}"
                ports.append(f"{side} wire [{port.type.width - 1}:0] {wire}")
                links.append(f".{port.name}({wire})")
        lines.append(f"{top} u_{top} ({', '.join(links)});")
    return "\n".join([f"module all(input wire clk, {', '.join(ports)});", *lines, "endmodule\n"])


@dataclass(frozen=True)
class Path_:
    """A path: its delay in ns, and what takes it, from its start on."""

    ns: float
    parts: tuple[tuple[str, float], ...]


class Analysis:
    """The arrival at every bit of a netlist."""

    def __init__(self, netlist: Netlist, delays: Delays) -> None:
        self.net, self.delays = netlist, delays
        self.arrival: dict[int, float] = {}
        self.before: dict[int, tuple[int, str, float] | None] = {}

    def worst(self) -> Path_:
        """The longest path to a flip-flop."""
        ends = [
            (self.at(bit, Sink(name, cell["type"], "D")), bit)
            for name, cell in self.net.cells.items()
            if cell["type"].startswith("FD")
            for bit in cell["connections"]["D"]
            if isinstance(bit, int)
        ]
        ns, bit = max(ends, default=(0.0, -1))
        return Path_(ns, tuple(reversed(list(self._trace(bit)))))

    def _trace(self, bit: int) -> Iterator[tuple[str, float]]:
        before: tuple[int, str, float] | None = self.before.get(bit)
        while before:
            bit, name, ns = before
            yield name, ns
            before = self.before.get(bit)

    # ---------------------------------------------------------------- nets

    def at(self, bit: int, sink: Sink) -> float:
        """When ``bit`` is at a pin."""
        return self.when(bit) + self.way(bit, sink)

    def way(self, bit: int, sink: Sink) -> float:
        """The net to a pin; none inside a slice."""
        driver = self.net.driver.get(bit)
        kind = driver.kind if driver else "port"
        if kind == "INV":
            return 0.0 if sink.kind.startswith("FD") else self._way_behind(driver, sink)
        if sink.kind.startswith("FD") and kind.startswith(("LUT", "MUXF", "CARRY")):
            return 0.0
        if sink.kind.startswith("CARRY"):
            if sink.port == "CI" or (kind.startswith("LUT") and sink.port == "S"):
                return 0.0
            through = self.delays.lut if sink.port == "S" else 0.0  # a LUT that passes it on
            return self._routed(bit) + through
        if sink.kind.startswith("MUXF") and sink.port != "S":
            return 0.0 if kind.startswith(("LUT", "MUXF")) else self._routed(bit)
        return self._routed(bit)

    def _way_behind(self, inverter: Sink | None, sink: Sink) -> float:
        """An inverter is part of the LUT behind it: its net is the one in front."""
        return self._routed(self._input(inverter)) if inverter else 0.0

    def _input(self, inverter: Sink) -> int:
        bit: int = self.net.cells[inverter.cell]["connections"]["I"][0]
        return bit

    def _routed(self, bit: int) -> float:
        return self.delays.net(len(self.net.sinks[bit]))

    # ---------------------------------------------------------------- cells

    def when(self, bit: int) -> float:
        """When ``bit`` leaves its driver; paths are long, so that this does not recurse."""
        stack = [bit]
        while stack:
            now = stack[-1]
            if now in self.arrival:
                stack.pop()
                continue
            needed = [b for b, _, _ in self._arcs(now) if b not in self.arrival]
            if needed:
                stack.extend(needed)
                continue
            self._settle(now)
            stack.pop()
        return self.arrival[bit]

    def _settle(self, bit: int) -> None:
        """Set the arrival of ``bit`` from those of what it depends on."""
        self.arrival[bit], self.before[bit] = self.delays.clock_to_q, None
        latest = 0.0
        for source, pin, ns in self._arcs(bit):
            way = self.way(source, pin)
            end = self.arrival[source] + way + ns
            if end > latest:
                latest = end
                name = f"{pin.kind}.{pin.port} net {way:.3f} fan-out {len(self.net.sinks[source])}"
                self.arrival[bit], self.before[bit] = end, (source, name, way + ns)

    def _arcs(self, bit: int) -> list[tuple[int, Sink, float]]:
        """The pins that ``bit`` depends on within its driver, and the delay from each."""
        driver = self.net.driver.get(bit)
        if driver is None or driver.kind.startswith("FD"):
            return []
        cell = self.net.cells[driver.cell]
        found = []
        for port, bits in cell["connections"].items():
            if cell["port_directions"][port] != "input":
                continue
            for k, source in enumerate(bits):
                ns = self._cell(driver, cell, bit, port, k)
                if isinstance(source, int) and ns is not None:
                    found.append((source, Sink(driver.cell, driver.kind, port), ns))
        return found

    def _cell(self, out: Sink, cell: dict[str, Any], bit: int, port: str, k: int) -> float | None:
        """The delay from a pin of a cell to ``bit``; None where there is no path."""
        d = self.delays
        if out.kind.startswith("LUT"):
            return d.lut
        if out.kind == "INV":
            return 0.0
        if out.kind.startswith("MUXF"):
            level = int(out.kind[-1]) - 7
            return d.muxes[min(level, len(d.muxes) - 1)] if port != "S" else 0.08
        if out.kind.startswith("CARRY"):
            place = cell["connections"][out.port].index(bit)
            if port in ("S", "DI") and k > place:
                return None
            return self._carry(out.port, port)
        raise ValueError(f"no delay for a {out.kind}")

    def _carry(self, out: str, port: str) -> float:
        """Within a CARRY4, so that chains take what the model says of them."""
        d = self.delays
        whole = d.carry_first - d.lut
        into, end = _INTO_CHAIN * whole, (1 - _INTO_CHAIN) * whole
        if port == "CI":
            step = d.carry_block / (_CELLS_OF_A_BLOCK if d.carry_bits == 8 else 1)
            return step if out == "CO" else end
        return into if out == "CO" else whole


def worst_stage(graph: Graph, delays: Delays) -> Path_:
    """The longest path of a pipelined graph, each stage mapped by itself.

    Yosys knows no clock: it makes a path smaller and longer as long as it is not the slowest of all
    in its own delays. A tool that knows the clock does that within a stage's time.
    """
    family = "xc7" if delays.family == "7-series" else "xcup"
    graphs = {f"s{k}": stage for k, stage in enumerate(stage_graphs(graph))}
    files = {f"{top}.v": _kept_apart(top, stage) for top, stage in graphs.items()}
    modules = synthesised({**files, "all.v": _around(graphs)}, list(graphs), family)
    paths = [Analysis(Netlist.of(module), delays).worst() for module in modules]
    return max(paths, key=lambda path: path.ns, default=Path_(0.0, ()))


def _kept_apart(top: str, graph: Graph) -> str:
    """The text of a module that is not flattened into what holds it."""
    text = emit_graph(top, graph)[f"{top}.v"]
    return text.replace(f"module {top} (", f"(* keep_hierarchy *)\nmodule {top} (", 1)


def stage_graphs(graph: Graph) -> Iterator[Graph]:
    """Each stage of a pipelined graph that computes something, between registers of its own."""
    depth: list[int] = []
    for node in graph.nodes:
        before = max((depth[a] for a in node.args), default=0)
        depth.append(before + (node.op == "register"))
    ends = {node.args[0] for node in graph.nodes if node.op == "register"}
    ends |= {port.node for port in graph.outputs}
    for stage in sorted({depth[i] for i in ends}):
        mine = sorted(i for i in ends if depth[i] == stage and _computed(graph, i))
        if mine:
            yield _between_registers(graph, mine)


def _computed(graph: Graph, i: int) -> bool:
    return graph.nodes[i].op not in (INPUT, CONST, "register")


def _between_registers(graph: Graph, ends: list[int]) -> Graph:
    """What computes the nodes ``ends`` from registers or inputs, with registers on both sides."""
    builder = Builder()
    new: dict[int, int] = {}
    for i in _cone(graph, ends):
        node = graph.nodes[i]
        if node.op == CONST:
            new[i] = builder.const(node.range.lo, node.frac)
        elif _computed(graph, i):
            new[i] = copy_node(builder, node, [new[a] for a in node.args])
        else:
            new[i] = builder.register(builder.input(f"i{i}", node.type, node.range))
    for i in ends:
        builder.output(f"o{i}", builder.register(new[i]))
    return builder.build()


def _cone(graph: Graph, ends: list[int]) -> list[int]:
    """The nodes that ``ends`` are computed from within their stage, operands first."""
    found, todo = set[int](), list(ends)
    while todo:
        i = todo.pop()
        if i not in found:
            found.add(i)
            todo += graph.nodes[i].args if _computed(graph, i) else ()
    return sorted(found)
