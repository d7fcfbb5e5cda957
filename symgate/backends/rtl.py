"""RTL of a fixed-point graph: an Amaranth circuit, which the simulator runs, and a Verilog project
for synthesis.

No operator appears in the circuit: ``Op.fn`` runs on Amaranth values. The Verilog text is printed
apart (`symgate.backends.verilog`), so that two independent forms of the RTL can be compared
(docs/decisions/0004-rtl-text.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Const, Elaboratable, Module, Mux, Shape, Signal, Value

from symgate.backends import vivado
from symgate.backends.verilog.logic import is_wiring
from symgate.backends.verilog.module import verilog
from symgate.backends.verilog.names import legal, port_names
from symgate.backends.verilog.notes import Note, notes
from symgate.backends.verilog.wrappers import wrappers
from symgate.backends.xilinx import primitives
from symgate.backends.xilinx.cells import models
from symgate.ir.design import Target
from symgate.ir.domains import lookup, mux
from symgate.ir.firmware import Firmware
from symgate.ir.fixed import CONST, Graph, Node, apply, walk
from symgate.ir.hard_blocks import brams, dsps
from symgate.ir.types import FixedType


@mux.register
def _(condition: Value, then: Any, other: Any) -> Any:
    return Mux(condition, then, other)


@lookup.register
def _(index: Value, values: tuple[int, ...]) -> Any:
    """All entries are one long constant, which the simulator indexes much faster than a ``switch``.

    It writes constants in decimal, of which Python converts only so many digits: longer ones are
    cut in halves.
    """
    t = FixedType.holding(min(values), max(values), 0)
    half = len(values) // 2
    if t.width * len(values) > _LONGEST and len(values) == 2 * half:
        top = (half - 1).bit_length()
        low = index.as_unsigned()[:top]
        return Mux(index.as_unsigned()[top], lookup(low, values[half:]), lookup(low, values[:half]))
    mask = (1 << t.width) - 1
    packed = sum((value & mask) << (t.width * k) for k, value in enumerate(values))
    entry = Const(packed, t.width * len(values)).word_select(index.as_unsigned(), t.width)
    return entry.as_signed() if t.signed else entry


def shape(t: FixedType) -> Shape:
    """The bits of ``t`` for Amaranth."""
    return Shape(t.width, t.signed)


#: Bits of a constant that the simulator can write: Python converts integers of up to 4300 digits.
_LONGEST = 14000
#: Renamings of bits that one expression may contain: more is fast to simulate, but its size could
#: grow without bound.
_RENAMINGS = 8


class Circuit(Elaboratable):
    """The circuit of ``graph``: ``inputs`` and ``outputs`` in port order, ``in_valid`` and
    ``out_valid``.

    ``register`` nodes are flip-flops of the clock domain ``sync``, whose reset clears only the
    chain of valid bits. With ``separate``, each node is a submodule, so that the simulator computes
    again only what a change reaches.
    """

    def __init__(self, graph: Graph, separate: bool = False) -> None:
        self.graph = graph
        self.separate = separate
        self.inputs = [Signal(shape(port.type), name=port.name) for port in graph.inputs]
        self.outputs = [Signal(shape(port.type), name=port.name) for port in graph.outputs]
        self.in_valid = Signal()
        self.out_valid = Signal()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        values = self._values(m)
        m.d.comb += [
            signal.eq(values[p.node])
            for signal, p in zip(self.outputs, self.graph.outputs, strict=True)
        ]
        valid: Any = self.in_valid
        for k in range(self.graph.latency):
            later = Signal(name=f"valid{k + 1}")
            m.d.sync += later.eq(valid)
            valid = later
        m.d.comb += self.out_valid.eq(valid)
        return m

    def _values(self, m: Module) -> list[Any]:
        """A signal with the bits of each node; a few renamings of bits in a row are no signals of
        their own.
        """
        ports = {p.node: signal for p, signal in zip(self.graph.inputs, self.inputs, strict=True)}
        values: list[Any] = []
        renamings: list[int] = []
        for i, node in enumerate(self.graph.nodes):
            count = 1 + sum(renamings[operand] for operand in node.args) if is_wiring(node) else 0
            if i in ports:
                values.append(ports[i])
            elif node.op == CONST:
                values.append(Const(node.range.lo, shape(node.type)))
            elif 0 < count <= _RENAMINGS:
                values.append(apply(node, [values[operand] for operand in node.args]))
            else:
                count = 0
                values.append(
                    self._signal(m, f"n{i}", node, [values[operand] for operand in node.args])
                )
            renamings.append(count)
        return values

    def _signal(self, top: Module, name: str, node: Node, operands: list[Any]) -> Signal:
        m = top
        if self.separate:
            top.submodules += (m := Module())
        result = Signal(shape(node.type), name=name, reset_less=True)
        domain = m.d.sync if node.op == "register" else m.d.comb
        domain += result.eq(apply(node, operands))
        return result


@dataclass(frozen=True)
class Rtl:
    """A Verilog project: the module and its wrappers, constraints and a build script for Vivado."""

    name = "rtl"

    def emit(self, firmware: Firmware) -> dict[str, str]:
        """The files of the project by name."""
        top = legal(firmware.name)
        names = port_names(firmware.graph, top)
        found = notes(firmware, [top, *names.inputs, *names.outputs])
        return emit_graph(firmware.name, firmware.graph, firmware.design.target, found)


def emit_graph(
    name: str,
    graph: Graph,
    target: Target | None = None,
    found: Mapping[int, Note] | None = None,
) -> dict[str, str]:
    """The files of the project for a bare graph, of whose nodes ``found`` says what they are."""
    top, target = legal(name), target or Target()
    return {
        f"{top}.v": verilog(graph, top, found),
        f"{top}.xdc": vivado.constraints(target),
        "build_vivado.tcl": vivado.build_script(top, target, *_blocks(graph)),
        **wrappers(graph, top),
        "sources.txt": f"{top}.v\n",
        **(_primitives(top, graph, target) if target.primitives else {}),
    }


def _blocks(graph: Graph) -> tuple[int, int]:
    """The DSP slices and the RAMB18 of a graph."""
    places = [i for i, _ in walk(graph)]
    return sum(dsps(graph, i) for i in places), sum(brams(graph, i) for i in places)


def _primitives(top: str, graph: Graph, target: Target) -> dict[str, str]:
    """A second module with the same ports, made of the cells of Xilinx devices, which Vivado then
    builds.
    """
    name = f"{top}_xilinx"
    return {
        f"{name}.v": primitives(graph, name),
        f"{name}.xdc": vivado.constraints(target),
        "build_vivado.tcl": vivado.build_script(name, target, *_blocks(graph)),
        "xilinx_models.vh": models(),
    }
