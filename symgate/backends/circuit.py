"""The circuit of a fixed-point graph for Amaranth, whose simulator runs it.

No operator appears here: ``Op.fn`` runs on Amaranth values. Only what simulates imports this, as
Amaranth takes a quarter of the time of `import symgate.api`.
"""

from __future__ import annotations

from typing import Any

from amaranth.hdl import Const, Elaboratable, Module, Mux, Shape, Signal, Value

from symgate.backends.verilog.logic import is_wiring
from symgate.ir.domains import lookup, mux
from symgate.ir.fixed import CONST, Graph, Node, apply
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
