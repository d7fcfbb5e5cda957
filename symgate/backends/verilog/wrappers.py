"""Thin modules around the module of a graph: valid and ready with back-pressure, and AXI4-Stream.

The pipeline runs on without a clock enable, whose fan-out would grow with it. A word is accepted
only where the FIFO behind the pipeline has a free place for it, so nothing is ever lost; there are
as many places as a word is cycles under way, so a reader that is always ready gets one word per
clock. Where the pipeline takes inputs every few cycles only, the wrapper is ready as often.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from symgate.backends.verilog.names import CLOCK, IN_VALID, OUT_VALID, RESET, port_names
from symgate.backends.verilog.terms import declare
from symgate.ir.fixed import Graph
from symgate.ir.types import FixedType

#: Cycles that a place in the FIFO is taken beside those of the pipeline: one until it can be read,
#: one until its place counts as free.
_TURN = 2
_BYTE = 8
_SIGNALS = {"clock": CLOCK, "reset": RESET, "in_valid": IN_VALID, "out_valid": OUT_VALID}
_BESIDE = ("in_ready", "in_last", "out_ready", "out_last")
#: What the wrapper declares beside the user's ports.
_OWN = (*_BESIDE, "taken", "accept", "leave", "done", "done_last", "lasts", "core",
        "words", "to", "from", "waiting", "pause")  # fmt: skip


@dataclass(frozen=True)
class _Port:
    """A port of the wrapped module."""

    name: str
    type: FixedType


def wrappers(graph: Graph, top: str) -> dict[str, str]:
    """Return the wrappers of module ``top`` by file name."""
    return {
        f"{top}_stream.v": stream(graph, top),
        f"{top}_axis.v": axis(graph, top),
    }


def stream(graph: Graph, top: str) -> str:
    """Return module ``top_stream``: the ports of ``top`` with ``in_ready`` and ``out_ready``, and a
    bit that goes beside each word from ``in_last`` to ``out_last``.

    A word passes where valid and ready are 1; a valid word stays until it passes.
    """
    inputs, outputs = _ports(graph, top)
    fresh = Fresh([port.name for port in (*inputs, *outputs)])
    own = {name: fresh(name) for name in _OWN}
    done = {port.name: fresh(f"d_{port.name}") for port in outputs}
    places = -(-(graph.latency + _TURN) // graph.interval)
    links = [f".{p.name}({p.name})" for p in inputs]
    links += [f".{p.name}({done[p.name]})" for p in outputs]
    return _STREAM.format(
        top=top,
        **_SIGNALS,
        **own,
        in_ports=_declared("input", inputs),
        out_ports=_declared("output", outputs),
        every="clock" if graph.interval == 1 else f"{graph.interval} clocks",
        open=_open(graph.interval, own),
        pauses=_pauses(graph.interval, own),
        places=places,
        last_place=places - 1,
        pointer=_top_bit(places - 1),
        count=_top_bit(places),
        wires=_wires(outputs, done),
        links=", ".join(links),
        last=_delayed_last(graph.latency, own["in_last"], own["done_last"], own["lasts"]),
        word=sum(port.type.width for port in outputs),
        d_outputs=", ".join(done.values()),
        outputs=", ".join(done),
    )


def axis(graph: Graph, top: str) -> str:
    """Return module ``top_axis``: AXI4-Stream on both sides, each port a lane of whole bytes.

    Lanes are in port order from bit 0 on. An input is the lower bits of its lane; an output fills
    its lane with its sign. TLAST goes beside the data; TKEEP is all ones, and every byte of an input
    is read whatever its TKEEP says.
    """
    inputs, outputs = _ports(graph, top)
    own = {name: Fresh([port.name for port in (*inputs, *outputs)])(name) for name in _OWN}
    in_bits, out_bits = _lane_bits(inputs), _lane_bits(outputs)
    done = {port.name: f"d_{port.name}" for port in outputs}
    taken = [
        f".{port.name}(s_axis_tdata[{low + port.type.width - 1}:{low}])"
        for port, low in zip(inputs, _lows(inputs), strict=True)
    ]
    given = [f".{name}({wire})" for name, wire in done.items()]
    return _AXIS.format(
        top=top,
        **_SIGNALS,
        **{name: own[name] for name in _BESIDE},
        in_data=in_bits - 1,
        in_keep=in_bits // _BYTE - 1,
        out_data=out_bits - 1,
        out_keep=out_bits // _BYTE - 1,
        keep=f"{{{out_bits // _BYTE}{{1'b1}}}}",
        layout="\n".join(_layout(inputs, "s_axis") + _layout(outputs, "m_axis")),
        wires=_wires(outputs, done),
        links=",\n    ".join([*taken, *given]),
        lanes=", ".join(_lane(port, done[port.name]) for port in reversed(outputs)),
    )


class Fresh:
    """Names that no port has and that were not given before."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = {name.lower() for name in taken} | set(_SIGNALS.values())

    def __call__(self, name: str) -> str:
        number, unique = 2, name
        while unique.lower() in self.taken:
            unique, number = f"{name}_{number}", number + 1
        self.taken.add(unique.lower())
        return unique


def _ports(graph: Graph, top: str) -> tuple[list[_Port], list[_Port]]:
    names = port_names(graph, top)
    inputs = [_Port(n, p.type) for n, p in zip(names.inputs, graph.inputs, strict=True)]
    outputs = [_Port(n, p.type) for n, p in zip(names.outputs, graph.outputs, strict=True)]
    return inputs, outputs


def _declared(side: str, ports: Sequence[_Port]) -> str:
    found = [declare(f"{side} wire", p.name, p.type.width, p.type.signed) for p in ports]
    return "".join(f"  {text},\n" for text in found)


def _wires(outputs: Sequence[_Port], names: Mapping[str, str]) -> str:
    found = [declare("wire", names[p.name], p.type.width, p.type.signed) for p in outputs]
    return "\n".join(f"  {text};" for text in found)


def _open(interval: int, own: Mapping[str, str]) -> str:
    """That the pipeline can take a word, where it cannot in each cycle."""
    return "" if interval == 1 else f" & {own['pause']} == 0"


def _pauses(interval: int, own: Mapping[str, str]) -> str:
    """The cycles in which the pipeline cannot take a word yet."""
    if interval == 1:
        return ""
    pause, accept = own["pause"], own["accept"]
    return (
        f"  reg [{_top_bit(interval - 1)}:0] {pause};  // cycles until the pipeline takes a word\n"
        f"  always @(posedge {CLOCK})\n"
        f"    if ({RESET}) {pause} <= 0;\n"
        f"    else if ({accept}) {pause} <= {interval - 1};\n"
        f"    else if ({pause} != 0) {pause} <= {pause} - 1'b1;\n"
    )


def _top_bit(largest: int) -> int:
    return max(1, largest.bit_length()) - 1


def _delayed_last(latency: int, given: str, delayed: str, chain: str) -> str:
    """``given`` as many cycles later as the data."""
    if latency == 0:
        return f"  wire {delayed} = {given};"
    shifted = f"{{{chain}[{latency - 2}:0], {given}}}" if latency > 1 else given
    return (
        f"  reg [{latency - 1}:0] {chain};\n"
        f"  always @(posedge {CLOCK}) {chain} <= {shifted};\n"
        f"  wire {delayed} = {chain}[{latency - 1}];"
    )


def _lane_width(port: _Port) -> int:
    return -(-port.type.width // _BYTE) * _BYTE


def _lane_bits(ports: Sequence[_Port]) -> int:
    return sum(map(_lane_width, ports))


def _lows(ports: Sequence[_Port]) -> list[int]:
    lows = [0]
    for port in ports:
        lows.append(lows[-1] + _lane_width(port))
    return lows[:-1]


def _lane(port: _Port, wire: str) -> str:
    above = _lane_width(port) - port.type.width
    if not above:
        return wire
    if not port.type.signed:
        return f"{above}'d0, {wire}"
    return f"{{{above}{{{wire}[{port.type.width - 1}]}}}}, {wire}"


def _layout(ports: Sequence[_Port], side: str) -> list[str]:
    return [
        f"//   {side}_tdata[{low + _lane_width(port) - 1}:{low}]: {port.name}, {port.type}"
        for port, low in zip(ports, _lows(ports), strict=True)
    ]


_STREAM = """\
// {top}_stream, by symgate: {top} with back-pressure. A word passes where valid and ready are 1.
// {places} places for words that are under way or wait: a reader that is always ready gets a word per {every}.
`default_nettype none

module {top}_stream (
  input wire {clock},
  input wire {reset},
  input wire {in_valid},
  output wire {in_ready},
{in_ports}  input wire {in_last},
  output wire {out_valid},
  input wire {out_ready},
{out_ports}  output wire {out_last}
);
  reg [{count}:0] {taken};  // places of words that were accepted and have not left
  wire {accept} = {in_valid} & {in_ready};
  wire {leave} = {out_valid} & {out_ready};
{pauses}  assign {in_ready} = ~{reset} & {taken} != {places}{open};
  always @(posedge {clock})
    if ({reset}) {taken} <= 0;
    else if ({accept} & ~{leave}) {taken} <= {taken} + 1'b1;
    else if ({leave} & ~{accept}) {taken} <= {taken} - 1'b1;

  wire {done};
{wires}
  {top} {core} (
    .{clock}({clock}), .{reset}({reset}), .{in_valid}({accept}), .{out_valid}({done}),
    {links}
  );
{last}

  (* ram_style = "distributed" *) reg [{word}:0] {words} [0:{last_place}];
  reg [{pointer}:0] {to}, {from};
  reg [{count}:0] {waiting};
  always @(posedge {clock})
    if ({done}) {words}[{to}] <= {{{done_last}, {d_outputs}}};
  always @(posedge {clock})
    if ({reset}) {to} <= 0;
    else if ({done}) {to} <= {to} == {last_place} ? 0 : {to} + 1'b1;
  always @(posedge {clock})
    if ({reset}) {from} <= 0;
    else if ({leave}) {from} <= {from} == {last_place} ? 0 : {from} + 1'b1;
  always @(posedge {clock})
    if ({reset}) {waiting} <= 0;
    else if ({done} & ~{leave}) {waiting} <= {waiting} + 1'b1;
    else if ({leave} & ~{done}) {waiting} <= {waiting} - 1'b1;
  assign {out_valid} = {waiting} != 0;
  assign {{{out_last}, {outputs}}} = {words}[{from}];
endmodule

`default_nettype wire
"""

_AXIS = """\
// {top}_axis, by symgate: {top} between two AXI4-Streams. Lanes of whole bytes:
{layout}
// TLAST goes beside the data; TKEEP is all ones, and that of inputs is not looked at.
`default_nettype none

module {top}_axis (
  input wire aclk,
  input wire aresetn,
  // verilator lint_off UNUSEDSIGNAL
  input wire [{in_data}:0] s_axis_tdata,
  input wire [{in_keep}:0] s_axis_tkeep,
  // verilator lint_on UNUSEDSIGNAL
  input wire s_axis_tlast,
  input wire s_axis_tvalid,
  output wire s_axis_tready,
  output wire [{out_data}:0] m_axis_tdata,
  output wire [{out_keep}:0] m_axis_tkeep,
  output wire m_axis_tlast,
  output wire m_axis_tvalid,
  input wire m_axis_tready
);
{wires}
  {top}_stream stream (
    .{clock}(aclk), .{reset}(~aresetn),
    .{in_valid}(s_axis_tvalid), .{in_ready}(s_axis_tready), .{in_last}(s_axis_tlast),
    .{out_valid}(m_axis_tvalid), .{out_ready}(m_axis_tready), .{out_last}(m_axis_tlast),
    {links}
  );
  assign m_axis_tdata = {{{lanes}}};
  assign m_axis_tkeep = {keep};
endmodule

`default_nettype wire
"""
