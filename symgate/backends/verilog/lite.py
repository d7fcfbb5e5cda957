"""A wrapper that holds constants of run time in registers, which AXI4-Lite writes and reads.

A value outside of the range that was certified is refused: the register keeps what it had, and the
response is SLVERR.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from symgate.backends.verilog.names import CLOCK, IN_VALID, OUT_VALID, RESET, port_names
from symgate.backends.verilog.terms import declare
from symgate.backends.verilog.wrappers import Fresh
from symgate.ir.fixed import Graph, Port

_WORD = 32  # bits of the bus
_OWN = ("aclk", "aresetn", "write", "whole", "read", "core", "s_axi_awaddr", "s_axi_awvalid",
        "s_axi_awready", "s_axi_wdata", "s_axi_wstrb", "s_axi_wvalid", "s_axi_wready",
        "s_axi_bresp", "s_axi_bvalid", "s_axi_bready", "s_axi_araddr", "s_axi_arvalid",
        "s_axi_arready", "s_axi_rdata", "s_axi_rresp", "s_axi_rvalid", "s_axi_rready")  # fmt: skip


@dataclass(frozen=True)
class Held:
    """A constant: the name of its register, its port, its number, and its raw value after a reset."""

    name: str
    port: Port
    number: int
    reset: int
    span: tuple[int, int]  # the raw values that are certified

    @property
    def low(self) -> str:
        """The smallest value as a word."""
        return _literal(self.span[0], self.port.type.signed)

    @property
    def high(self) -> str:
        """The largest value as a word."""
        return _literal(self.span[1], self.port.type.signed)


def lite(graph: Graph, top: str, constants: Mapping[str, Fraction]) -> str:
    """Return module ``top_lite``: the ports of ``top`` but for the inputs named in ``constants``,
    whose words are at addresses 0, 4, ... in port order.
    """
    names, own = port_names(graph, top), own_names(graph, top)
    pairs = list(zip(names.inputs, graph.inputs, strict=True))
    registers = held(graph, top, constants)
    free = [(n, p) for n, p in pairs if p.name not in constants]
    outputs = list(zip(names.outputs, graph.outputs, strict=True))
    address = max(1, (len(registers) - 1).bit_length())
    return _TEXT.format(
        top=top,
        **own,
        in_valid=IN_VALID,
        out_valid=OUT_VALID,
        address=address + 1,
        map="\n".join(
            f"//   0x{4 * h.number:02x}: {h.port.name}, {h.port.type}, {h.span[0]} to {h.span[1]}"
            for h in registers
        ),
        in_ports="".join(f"  {_declared('input wire', n, p)},\n" for n, p in free),
        out_ports=",\n".join(f"  {_declared('output wire', n, p)}" for n, p in outputs),
        registers="\n".join(f"  {_declared('reg', h.name, h.port)};" for h in registers),
        known=" |\n    ".join(_accepted(h, own, address) for h in registers),
        resets="\n".join(f"      {h.name} <= {_reset(h)};" for h in registers),
        writes="\n".join(_written(h, own, address) for h in registers),
        reads="\n".join(_read(h, own, address) for h in registers),
        links=", ".join(f".{n}({n})" for n, _ in (*pairs, *outputs)),
        clock=CLOCK,
        reset=RESET,
        read_response=_beyond(len(registers), own, address),
    )


def own_names(graph: Graph, top: str) -> dict[str, str]:
    """The names of the wrapper's own ports and wires, by what they are called where no port of the
    design has that name.
    """
    names = port_names(graph, top)
    fresh = Fresh([*names.inputs, *names.outputs])
    return {name: fresh(name) for name in _OWN}


def held(graph: Graph, top: str, constants: Mapping[str, Fraction]) -> list[Held]:
    """The constants in port order."""
    found: list[Held] = []
    for name, port in zip(port_names(graph, top).inputs, graph.inputs, strict=True):
        if port.name in constants:
            span = graph.nodes[port.node].range
            near = round(constants[port.name] / port.type.ulp)
            raw = min(max(near, span.lo), span.hi)
            found.append(Held(name, port, len(found), raw, (span.lo, span.hi)))
    return found


def _declared(kind: str, name: str, port: Port) -> str:
    return declare(kind, name, port.type.width, port.type.signed)


def _number(value: int, width: int) -> str:
    return f"{width}'d{value}"


def _literal(value: int, signed: bool) -> str:
    if not signed:
        return f"{_WORD}'d{value}"
    return f"{_WORD}'sh{value & ((1 << _WORD) - 1):x}"


def _reset(h: Held) -> str:
    return f"{h.port.type.width}'d{h.reset & ((1 << h.port.type.width) - 1)}"


def _beyond(count: int, own: Mapping[str, str], address: int) -> str:
    """SLVERR for an address without a constant, if there is one."""
    if count == 1 << address:
        return "2'b00"
    return f"{own['s_axi_araddr']}[{address + 1}:2] >= {_number(count, address)} ? 2'b10 : 2'b00"


def _accepted(h: Held, own: Mapping[str, str], address: int) -> str:
    """Whether a write is to this constant and inside its range."""
    data = own["s_axi_wdata"]
    value = f"$signed({data})" if h.port.type.signed else data
    here = f"{own['s_axi_awaddr']}[{address + 1}:2] == {_number(h.number, address)}"
    below = [] if not h.port.type.signed and h.span[0] == 0 else [f"{value} >= {h.low}"]
    return f"({' & '.join([here, *below, f'{value} <= {h.high}'])})"


def _written(h: Held, own: Mapping[str, str], address: int) -> str:
    here = f"{own['s_axi_awaddr']}[{address + 1}:2] == {_number(h.number, address)}"
    data = f"{own['s_axi_wdata']}[{h.port.type.width - 1}:0]"
    return f"      if ({here}) {h.name} <= {data};"


def _read(h: Held, own: Mapping[str, str], address: int) -> str:
    above = _WORD - h.port.type.width
    sign = f"{h.name}[{h.port.type.width - 1}]" if h.port.type.signed else "1'b0"
    word = f"{{{{{above}{{{sign}}}}}, {h.name}}}" if above else h.name
    return f"        {_number(h.number, address)}: {own['s_axi_rdata']} <= {word};"


_TEXT = """\
// {top}_lite, by symgate: {top} with constants in registers, which AXI4-Lite writes and reads. Words:
{map}
// A write outside of that range, of a part of a word or elsewhere changes nothing, and its response is SLVERR.
`default_nettype none

module {top}_lite (
  input wire {aclk},
  input wire {aresetn},
  // verilator lint_off UNUSEDSIGNAL
  input wire [{address}:0] {s_axi_awaddr},
  input wire [{address}:0] {s_axi_araddr},
  // verilator lint_on UNUSEDSIGNAL
  input wire {s_axi_awvalid},
  output wire {s_axi_awready},
  input wire [31:0] {s_axi_wdata},
  input wire [3:0] {s_axi_wstrb},
  input wire {s_axi_wvalid},
  output wire {s_axi_wready},
  output reg [1:0] {s_axi_bresp},
  output reg {s_axi_bvalid},
  input wire {s_axi_bready},
  input wire {s_axi_arvalid},
  output wire {s_axi_arready},
  output reg [31:0] {s_axi_rdata},
  output reg [1:0] {s_axi_rresp},
  output reg {s_axi_rvalid},
  input wire {s_axi_rready},
  input wire {in_valid},
{in_ports}  output wire {out_valid},
{out_ports}
);
{registers}
  // an address and a word are taken together, and no other pair before the response was
  wire {write} = {s_axi_awvalid} & {s_axi_wvalid} & ~{s_axi_bvalid} & {aresetn};
  wire {whole} = {s_axi_wstrb} == 4'hf & (
    {known});
  assign {s_axi_awready} = {write};
  assign {s_axi_wready} = {write};
  always @(posedge {aclk})
    if (~{aresetn}) begin
{resets}
    end else if ({write} & {whole}) begin
{writes}
    end
  always @(posedge {aclk})
    if (~{aresetn}) {s_axi_bvalid} <= 1'b0;
    else if ({write}) {s_axi_bvalid} <= 1'b1;
    else if ({s_axi_bready}) {s_axi_bvalid} <= 1'b0;
  always @(posedge {aclk})
    if ({write}) {s_axi_bresp} <= {whole} ? 2'b00 : 2'b10;

  wire {read} = {s_axi_arvalid} & ~{s_axi_rvalid} & {aresetn};
  assign {s_axi_arready} = {read};
  always @(posedge {aclk})
    if (~{aresetn}) {s_axi_rvalid} <= 1'b0;
    else if ({read}) {s_axi_rvalid} <= 1'b1;
    else if ({s_axi_rready}) {s_axi_rvalid} <= 1'b0;
  always @(posedge {aclk})
    if ({read}) begin
      {s_axi_rresp} <= {read_response};
      case ({s_axi_araddr}[{address}:2])
{reads}
        default: {s_axi_rdata} <= 32'd0;
      endcase
    end

  {top} {core} (
    .{clock}({aclk}), .{reset}(~{aresetn}), .in_valid({in_valid}), .out_valid({out_valid}),
    {links}
  );
endmodule

`default_nettype wire
"""
