"""The wrappers with back-pressure, for every behaviour of both sides up to a number of cycles: no
word is lost, doubled or moved, and what is valid stays until it is taken.

In place of the module stands one that delays a mixture of its inputs by as many cycles: the module
itself is proved to be such a delay (its registers and its chain of valid bits), and a wrapper may
not look at words. One word of arbitrary number is followed, and all resets are arbitrary.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from symgate.backends.verilog.names import RESET, port_names
from symgate.ir.fixed import Graph, Port
from symgate.proof.formal import netlist, solver
from symgate.proof.formal.netlist import Bit, Netlist, renamed
from symgate.proof.formal.solver import Solver
from symgate.sim.stream_bench import KINDS, instance

_TEXT = Path(__file__).parent / "bench.v.in"
_BYTE = 8
_FEWEST = 6  # cycles that are always tried
_DRIVEN = ("rst", "in_valid", "in_word", "in_last", "out_ready")
#: What holds in every cycle, by the name of the wire that says so.
PROPERTIES = {
    "ok_word": "a word arrives with its bits and in its place",
    "ok_count": "no word arrives that was not accepted",
    "ok_stays": "what is valid and not taken stays as it is",
    "ok_leaves": "every accepted word arrives where the reader is ready",
    "ok_ready": "an empty pipeline accepts, and one whose reader is always ready",
}
#: The same of a wrapper whose module takes words every few cycles only.
APART = {"ok_apart": "no word is accepted before the module can take it"}


@dataclass(frozen=True)
class Bounded:
    """One property of a wrapper: how many cycles it was proved for, or how it is broken."""

    wrapper: str
    rule: str
    cycles: int
    seconds: float
    broken: tuple[str, ...] | None = None  # a line a cycle
    open: bool = False


def check(
    files: Mapping[str, str],
    top: str,
    graph: Graph,
    seconds: float = 60.0,
    solve: Solver | None = None,
    cycles: int | None = None,
) -> Iterator[Bounded]:
    """Yield what came of each property of each wrapper in ``files``."""
    solve = solve or solver.default()
    steps = cycles or 2 * graph.latency + 6
    for kind in KINDS:
        name = f"{top}_{kind}"
        used = [files[f] for f in dict.fromkeys((f"{top}_stream.v", f"{name}.v")) if f in files]
        if f"{name}.v" not in files:
            continue
        texts = [*used, core(graph, top), bench(graph, top, kind)]
        read = netlist.read({str(k): text for k, text in enumerate(texts)}, "formal_bench")
        for wire, rule in (PROPERTIES | (APART if graph.interval > 1 else {})).items():
            yield _bounded(read, name, (wire, rule), steps, seconds, solve)


def _bounded(
    read: Netlist, name: str, rule: tuple[str, str], steps: int, seconds: float, solve: Solver
) -> Bounded:
    """One property for ``steps`` cycles, or for as many as there is time for."""
    wire, said = rule
    start = time.perf_counter()
    while True:
        answer = solve(unrolled(read, wire, steps), seconds)
        took = time.perf_counter() - start
        if answer.found is not None or steps <= _FEWEST:
            break
        steps = max(_FEWEST, 2 * steps // 3)
    trace = tuple(_trace(read, answer.values, steps)) if answer.found else None
    return Bounded(name, said, steps, took, trace, answer.found is None)


def unrolled(read: Netlist, wire: str, steps: int) -> str:
    """The query for a run of ``steps`` cycles after a reset in which ``wire`` is 0 once."""
    lines = ["(set-logic QF_BV)"]
    for t in range(steps + 1):
        for number, function in read.functions.items():
            name = f"f{number}_{t}"
            if function.text is not None:
                text = renamed(function.text, suffix=f"_{t}")
                lines.append(f"(define-fun {name} () {function.sort} {text})")
            elif number in read.following and t:
                text = renamed(read.following[number], suffix=f"_{t - 1}")
                lines.append(f"(define-fun {name} () {function.sort} {text})")
            else:
                lines.append(f"(declare-const {name} {function.sort})")
    lines.append(f"(assert {_is(read, RESET, 0, 1)})")
    told = range(1, steps + 1)
    lines += [f"(declare-const wrong_{t} Bool)" for t in told]
    lines += [f"(assert (= wrong_{t} {_is(read, wire, t, 0)}))" for t in told]
    return "\n".join([*lines, f"(assert (or {' '.join(f'wrong_{t}' for t in told)}))"])


def _is(read: Netlist, wire: str, t: int, value: int) -> str:
    """Whether a wire of one bit has a value in cycle ``t``."""
    (bit,) = read.wires[wire]
    if isinstance(bit, int):
        return "true" if bit == value else "false"
    number, place = bit
    if not read.functions[number].width:
        return f"f{number}_{t}" if value else f"(not f{number}_{t})"
    return f"(= ((_ extract {place} {place}) f{number}_{t}) #b{value})"


def _trace(read: Netlist, values: Mapping[str, int], steps: int) -> Iterator[str]:
    """The inputs of the bench in a run up to what is wrong, a line a cycle."""
    last = next(t for t in range(1, steps + 1) if values.get(f"wrong_{t}"))
    for t in range(last + 1):
        told = []
        for wire in _DRIVEN:
            bits = read.wires[wire]
            whole = sum(_bit(bit, t, values) << k for k, bit in enumerate(bits))
            told.append(f"{wire} {whole:x}")
        yield f"cycle {t}: {', '.join(told)}"


def _bit(bit: Bit, t: int, values: Mapping[str, int]) -> int:
    if isinstance(bit, int):
        return bit
    return values.get(f"f{bit[0]}_{t}", 0) >> bit[1] & 1


def core(graph: Graph, top: str) -> str:
    """Return a module of the name and the ports of the wrapped one, which delays a mixture of its
    inputs.
    """
    names, size = port_names(graph, top), _bits(graph.outputs)
    ports = [
        f"{side} [{port.type.width - 1}:0] {name}"
        for side, own, found in (
            ("input", names.inputs, graph.inputs),
            ("output", names.outputs, graph.outputs),
        )
        for name, port in zip(own, found, strict=True)
    ]
    head = "input clk, input rst, input in_valid, output out_valid"
    lines = [
        f"module {top} ({', '.join([head, *ports])});",
        *_mixture(names.inputs, graph),
        f"  wire [{size}:0] w0 = {{in_valid, mixed[{size - 1}:0]}};",
    ]
    for k in range(1, graph.latency + 1):
        before = f"w{k - 1}"
        lines.append(f"  reg [{size}:0] w{k};")
        taken = f"{{~rst & {before}[{size}], {before}[{size - 1}:0]}}"
        lines.append(f"  always @(posedge clk) w{k} <= {taken};")
    lines.append(
        f"  assign {{out_valid, {', '.join(reversed(names.outputs))}}} = w{graph.latency};"
    )
    return "\n".join([*lines, "endmodule", ""])


def _mixture(inputs: Sequence[str], graph: Graph) -> list[str]:
    """The declaration of ``mixed``: the bits of all inputs, as often as the outputs need."""
    size = _bits(graph.inputs)
    times = -(-_bits(graph.outputs) // size)
    given = ", ".join(reversed(inputs))
    return [f"  wire [{size * times - 1}:0] mixed = {{{times}{{{given}}}}};"]


def _bits(ports: Sequence[Port]) -> int:
    return sum(port.type.width for port in ports)


def bench(graph: Graph, top: str, kind: str) -> str:
    """Return module ``formal_bench`` around the wrapper ``kind``."""
    in_lanes, out_lanes = _lanes(graph.inputs, kind), _lanes(graph.outputs, kind)
    given = [f"in_word[{low + width - 1}:{low}]" for low, width, _ in in_lanes]
    mixed, wanted = 0, []
    for port, (_, width, lane) in zip(graph.outputs, out_lanes, strict=True):
        fill = lane - width
        sign = f"mixed[{mixed + width - 1}]" if port.type.signed else "1'b0"
        extended = [f"{{{fill}{{{sign}}}}}"] if fill else []
        wanted.append(", ".join([*extended, f"mixed[{mixed + width - 1}:{mixed}]"]))
        mixed += width
    values = {
        "IN": sum(lane for *_, lane in in_lanes) - 1,
        "OUT": sum(lane for *_, lane in out_lanes) - 1,
        "DUT": instance(graph, top, kind),
        "MIXED": "\n".join(_mixture(given, graph)),
        "WANTED": ", ".join(reversed(wanted)),
        "CALM": 2 * graph.latency + 3,
        "INTERVAL": graph.interval,
    }
    text = _TEXT.read_text(encoding="utf-8")
    for key, value in values.items():
        text = text.replace(f"@{key}@", str(value))
    return text


def _lanes(ports: Sequence[Port], kind: str) -> list[tuple[int, int, int]]:
    """The lowest bit of each port in a word, its width, and the bits of its lane."""
    found, low = [], 0
    for port in ports:
        width = port.type.width
        lane = -(-width // _BYTE) * _BYTE if kind == "axis" else width
        found.append((low, width, lane))
        low += lane
    return found
