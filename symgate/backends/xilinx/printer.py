"""The Verilog text of a netlist: the ports of the plain RTL, one instance a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from symgate.backends.verilog.names import CLOCK, IN_VALID, OUT_VALID, RESET, port_names
from symgate.backends.verilog.tables import table_module
from symgate.backends.verilog.terms import declare
from symgate.backends.xilinx import truth
from symgate.backends.xilinx.net import Feed, Source
from symgate.backends.xilinx.netlist import Carry, Lut, Mux, Netlist
from symgate.ir.fixed import INPUT, Graph
from symgate.ir.hard_blocks import dsps
from symgate.ir.types import FixedType

_HEAD = """\
// {top}, by symgate: cells of Xilinx devices, bit-equal to the plain RTL; latency {latency} cycles
// Wires n1_in, n1_q and n1_p are an input, register, product or block RAM; n1_o, n1_co sums and carries of a cell.
// Cells: {counts}
`default_nettype none
"""


def print_netlist(graph: Graph, top: str, cells: Netlist, carry_bits: int = 4) -> str:
    """Return the text of module ``top``, with chains of CARRY4 or, where ``carry_bits`` is 8,
    CARRY8.
    """
    return _Printer(graph, top, cells, carry_bits).text()


class _Printer:
    def __init__(self, graph: Graph, top: str, cells: Netlist, carry_bits: int) -> None:
        self.graph, self.top, self.cells, self.carry_bits = graph, top, cells, carry_bits
        self.names = port_names(graph, top)
        self.tables: dict[tuple[int, ...], str] = {}  # contents of block RAM -> module name
        self.sums: dict[tuple[int, int], int] = {}  # chain, bit -> node
        self.wires: dict[int, str] = {0: "1'b0", 1: "1'b1"}  # literal -> text
        for node, origin in enumerate(cells.net.origins):
            if isinstance(origin, Source):
                suffix = {INPUT: "in", "register": "q"}.get(graph.nodes[origin.node].op, "p")
                self.wires[2 * node] = f"n{origin.node}_{suffix}[{origin.bit}]"
            elif origin is not None:
                self.sums[origin.chain, origin.bit] = node
                self.wires[2 * node] = (
                    f"{self._cell(origin.chain, origin.bit)}_o[{origin.bit % carry_bits}]"
                )

    def text(self) -> str:
        counts = ", ".join(f"{n} {name}" for name, n in self.cells.counts(self.carry_bits).items())
        head = _HEAD.format(top=self.top, latency=self.graph.latency, counts=counts or "none")
        for x in (*self._computed(), *self.cells.inverters):
            self.wires[x] = f"n{x >> 1}{'_b' if x & 1 else ''}"
        parts = (
            self._header(),
            self._sources(),
            self._logic(),
            self._registers(),
            self._outputs(),
            self._valid(),
        )
        lines = [f"  {line}" for part in parts for line in part]
        tables = [
            table_module(name, contents, block=True) for contents, name in self.tables.items()
        ]
        return "\n".join(
            [f"{head}module {self.top} (", *lines, "endmodule", *tables, "`default_nettype wire\n"]
        )

    def _cell(self, chain: int, bit: int) -> str:
        """The name of the cell that holds a bit of a chain, after the node of its first bit."""
        return f"n{self.sums[chain, bit - bit % self.carry_bits]}"

    def _computed(self) -> Iterator[int]:
        """The literals that LUTs and multiplexers compute."""
        yield from (mux.out for mux in self.cells.muxes)
        yield from (lut.out for lut in (*self.cells.luts, *chain(*self.cells.pairs)))

    def _vector(self, literals: Iterable[int]) -> str:
        """Literals from bit 0 up as one vector."""
        return f"{{{', '.join(self.wires[x] for x in reversed(list(literals)))}}}"

    def _fed(self, *ops: str) -> Iterator[tuple[int, Feed]]:
        return (
            (i, feed)
            for i, feed in sorted(self.cells.net.feeds.items())
            if self.graph.nodes[i].op in ops
        )

    # The parts of the module

    def _header(self) -> Iterator[str]:
        yield from (f"input wire {name}," for name in (CLOCK, RESET, IN_VALID))
        for name, port in zip(self.names.inputs, self.graph.inputs, strict=True):
            yield f"{declare('input wire', name, port.type.width, port.type.signed)},  // {port.type}"
        yield f"output wire {OUT_VALID},"
        ends = [","] * (len(self.names.outputs) - 1) + [""]
        for name, port, end in zip(self.names.outputs, self.graph.outputs, ends, strict=True):
            kind = declare("output wire", name, port.type.width, port.type.signed)
            yield f"{kind}{end}  // {port.type}"
        yield ");"

    def _sources(self) -> Iterator[str]:
        """Inputs without sign, registers, products; then all other wires, since chains and LUTs
        read each other.
        """
        for name, port in zip(self.names.inputs, self.graph.inputs, strict=True):
            yield f"wire [{port.type.width - 1}:0] n{port.node}_in = {name};"
        for i, _ in self._fed("register"):
            yield f"reg [{self.graph.nodes[i].type.width - 1}:0] n{i}_q;"
        for i, _ in self._fed("mul", "square", "rom"):
            slices = '(* use_dsp = "yes" *) ' if dsps(self.graph, i) else ""
            yield f"{slices}wire [{self.graph.nodes[i].type.width - 1}:0] n{i}_p;"
        for carry in self.cells.carries:
            for k in range(0, len(carry.propagate), self.carry_bits):
                name = self._cell(carry.place, k)
                yield f"wire [{self.carry_bits - 1}:0] {name}_o, {name}_co;"
        yield from (f"wire {self.wires[x]};" for x in self._computed())

    def _logic(self) -> Iterator[str]:
        for x in self.cells.inverters:
            yield f"wire {self.wires[x]} = ~{self.wires[x ^ 1]};"
        yield from map(self._lut, self.cells.luts)
        yield from (self._pair(*pair) for pair in self.cells.pairs)
        yield from map(self._mux, self.cells.muxes)
        for carry in self.cells.carries:
            yield from self._chain(carry)
        for i, feed in self._fed("mul", "square"):
            factors = list(map(self._factor, self.graph.operands(i), feed.operands))
            yield f"assign n{i}_p = {factors[0]} * {factors[-1]};"
        for i, feed in self._fed("rom"):
            yield self._block(i, self._vector(feed.operands[0]))

    def _block(self, i: int, index: str) -> str:
        """A table that is no LUTs, as in the plain RTL."""
        name = self.tables.setdefault(
            self.graph.nodes[i].attr[0], f"{self.top}_table{len(self.tables)}"
        )
        return f"{name} u{i}_p (.{CLOCK}({CLOCK}), .index({index}), .entry(n{i}_p));"

    def _factor(self, type: FixedType, literals: Sequence[int]) -> str:
        """A signed operand of a product."""
        sign = () if type.signed else (0,)
        return f"$signed({self._vector((*literals, *sign))})"

    def _pair(self, first: Lut, second: Lut) -> str:
        """Two functions of the same inputs; the last input chooses the upper half of the table for
        O6.
        """
        inputs = sorted({*first.inputs, *second.inputs})
        halves = []
        for lut in (first, second):
            arguments = [truth.variable(5, inputs.index(x)) for x in lut.inputs]
            halves.append(truth.substitute(lut.table, arguments, truth.ones(5)))
        pins = "".join(
            f", .I{k}({self.wires[x]})" for k, x in enumerate([*inputs, 0, 0, 0, 0, 0][:5])
        )
        wire, other = self.wires[first.out], self.wires[second.out]
        table = f"64'h{halves[0]:08x}{halves[1]:08x}"
        return f"LUT6_2 #(.INIT({table})) u{wire[1:]} (.O6({wire}), .O5({other}){pins}, .I5(1'b1));"

    def _lut(self, lut: Lut) -> str:
        size = len(lut.inputs)
        pins = "".join(f", .I{k}({self.wires[x]})" for k, x in enumerate(lut.inputs))
        wire = self.wires[lut.out]
        return f"LUT{size} #(.INIT({1 << size}'h{lut.table:x})) u{wire[1:]} (.O({wire}){pins});"

    def _mux(self, mux: Mux) -> str:
        wire, low, high, select = (self.wires[x] for x in (mux.out, mux.low, mux.high, mux.select))
        return f"MUXF{mux.level} u{wire[1:]} (.O({wire}), .I0({low}), .I1({high}), .S({select}));"

    def _chain(self, carry: Carry) -> Iterator[str]:
        """One cell after another; unused places at the top are 0."""
        size, cascade, start = self.carry_bits, "1'b0", self.wires[carry.first]
        for k in range(0, len(carry.propagate), size):
            name = self._cell(carry.place, k)
            s, di = (
                self._vector((*bits[k : k + size], *[0] * size)[:size])
                for bits in (carry.propagate, carry.direct)
            )
            if size == 4:
                pins = f".CI({cascade}), .CYINIT({start})"
            else:
                pins = f".CI({start if k == 0 else cascade}), .CI_TOP(1'b0)"
            yield f"CARRY{size} u{name[1:]} (.O({name}_o), .CO({name}_co), {pins}, .DI({di}), .S({s}));"
            cascade, start = f"{name}_co[{size - 1}]", "1'b0"

    def _registers(self) -> Iterator[str]:
        moves = [
            f"  n{i}_q <= {self._vector(feed.operands[0])};" for i, feed in self._fed("register")
        ]
        if moves:
            yield from (f"always @(posedge {CLOCK}) begin", *moves, "end")

    def _outputs(self) -> Iterator[str]:
        for name, bits in zip(self.names.outputs, self.cells.net.outputs, strict=True):
            yield f"assign {name} = {self._vector(bits)};"

    def _valid(self) -> Iterator[str]:
        n = self.graph.latency
        if not n:
            yield f"assign {OUT_VALID} = {IN_VALID};"
            return
        following = IN_VALID if n == 1 else f"{{valid[{n - 1}:1], {IN_VALID}}}"
        yield f"reg [{n}:1] valid = {n}'d0;"
        yield f"always @(posedge {CLOCK}) valid <= {RESET} ? {n}'d0 : {following};"
        yield f"assign {OUT_VALID} = valid[{n}];"
