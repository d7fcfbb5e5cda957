"""The cocotb benches of the wrappers, beside that of the plain module, and what the vectors cover."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from symgate.backends.verilog.lite import held, own_names
from symgate.backends.verilog.names import legal, port_names
from symgate.ir.fixed import Graph, Port
from symgate.sim import bits, numpy_model
from symgate.sim.bench_run import word_links
from symgate.sim.bits import Column
from symgate.sim.stream_bench import KINDS, instance

_TEXTS = Path(__file__).parent / "bench"
_BUS = ("awaddr", "awvalid", "awready", "wdata", "wstrb", "wvalid", "wready", "bresp", "bvalid",
        "bready", "araddr", "arvalid", "arready", "rdata", "rresp", "rvalid", "rready")  # fmt: skip
_GIVEN = {"awvalid", "wvalid", "bready", "arvalid", "rready"}
_SIZES = {"wdata": 32, "rdata": 32, "wstrb": 4, "bresp": 2, "rresp": 2}


def emit(
    graph: Graph, name: str, inputs: Mapping[str, Column], constants: Mapping[str, Fraction]
) -> dict[str, str]:
    """Return the files of ``tests/`` for the wrappers: ``run.py`` runs these benches too."""
    top = legal(name)
    benches = [
        {"top": f"bench_{kind}", "module": "test_wrappers", "kind": kind,
         "sources": [f"{top}_{k}.v" for k in dict.fromkeys(("stream", kind))]}
        for kind in KINDS
    ]  # fmt: skip
    texts = [_words(graph, top, kind) for kind in KINDS]
    if constants:
        benches.append({"top": "bench_lite", "module": "test_lite", "kind": "lite",
                        "sources": [f"{top}_lite.v"]})  # fmt: skip
        texts.append(_lite(graph, top, constants))
    told = {"benches": benches, "constants": _constants(graph, top, constants)}
    files = {
        "wrappers.json": json.dumps(told, indent=1) + "\n",
        "wrapped.v": "\n".join(texts),
        "test_wrappers.py": (_TEXTS / "test_wrappers.py.in").read_text(encoding="utf-8"),
        "coverage.txt": "\n".join(coverage(graph, inputs)) + "\n",
    }
    if constants:
        files["test_lite.py"] = (_TEXTS / "test_lite.py.in").read_text(encoding="utf-8")
    return files


def _words(graph: Graph, top: str, kind: str) -> str:
    """A wrapper with all inputs, and all outputs, as one word."""
    sizes = [sum(_lane(p, kind) for p in side) for side in (graph.inputs, graph.outputs)]
    return f"""\
module bench_{kind} (
  input wire clk, rst, in_valid, in_last, out_ready,
  input wire [{max(sizes[0], 1) - 1}:0] in_word,
  output wire in_ready, out_valid, out_last,
  output wire [{sizes[1] - 1}:0] out_word
);
{instance(graph, top, kind)}
endmodule
"""


def _lane(port: Port, kind: str) -> int:
    return -(-port.type.width // 8) * 8 if kind == "axis" else port.type.width


def _lite(graph: Graph, top: str, constants: Mapping[str, Fraction]) -> str:
    """The registers with short names for the bus, and words of what is no constant."""
    names, own = port_names(graph, top), own_names(graph, top)
    address = max(1, (len(constants) - 1).bit_length()) + 2
    sizes = {"awaddr": address, "araddr": address, **_SIZES}
    links = [f".{own[f's_axi_{n}']}({n})" for n in _BUS]
    links += [f".{own['aclk']}(clk)", f".{own['aresetn']}(~rst)"]
    links += [".in_valid(in_valid)", ".out_valid(out_valid)"]
    links += word_links(names, graph, constants)
    free = [(port.name, port.type) for port in graph.inputs if port.name not in constants]
    widths = [bits.width(ports) for ports in (free, [(p.name, p.type) for p in graph.outputs])]
    given = {*_GIVEN, "awaddr", "araddr", "wdata", "wstrb"}
    ports_ = [
        f"  {'input' if n in given else 'output'} wire [{sizes.get(n, 1) - 1}:0] {n}" for n in _BUS
    ]
    return "\n".join(
        [
            "module bench_lite (",
            "  input wire clk, rst, in_valid,",
            f"  input wire [{max(widths[0], 1) - 1}:0] in_word,",
            "  output wire out_valid,",
            f"  output wire [{widths[1] - 1}:0] out_word,",
            ",\n".join(ports_),
            ");",
            f"  {top}_lite dut ({', '.join(links)});",
            "endmodule",
            "",
        ]
    )


def _constants(graph: Graph, top: str, constants: Mapping[str, Fraction]) -> dict[str, Any]:
    return {
        h.port.name: {"address": 4 * h.number, "lo": h.span[0], "hi": h.span[1], "reset": h.reset}
        for h in held(graph, top, constants)
    }


def coverage(graph: Graph, inputs: Mapping[str, Column]) -> Iterator[str]:
    """Yield a line for each table, with the entries that rows of raw ``inputs`` read, and for each
    saturation, with the rows that it clips below, leaves alone and clips above.
    """
    watched = [i for i, n in enumerate(graph.nodes) if n.op in ("table", "rom", "saturate")]
    operands = sorted({graph.nodes[i].args[0] for i in watched} | set(watched))
    ports = tuple(Port(f"{i}", i, graph.nodes[i].type) for i in operands)
    found = numpy_model.simulate(replace(graph, outputs=ports), inputs) if ports else {}
    yield f"What {len(next(iter(inputs.values()), ()))} vectors reach in graph.txt"
    for i in watched:
        node, given = graph.nodes[i], found[f"{graph.nodes[i].args[0]}"]
        if node.op == "saturate":
            after = found[f"{i}"]
            counts = [
                int(np.count_nonzero(c)) for c in (given < after, given == after, given > after)
            ]
            yield f"%{i} {node.op}: {counts[0]} rows below, {counts[1]} inside, {counts[2]} above"
            continue
        span = graph.nodes[node.args[0]].range
        reached, entries = len(set(given.tolist())), span.hi - span.lo + 1
        yield f"%{i} {node.op}: {reached} of {entries} entries, {100 * reached / entries:.0f} %"
