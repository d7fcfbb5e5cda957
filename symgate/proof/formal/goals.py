"""What is to be proved of a module, a formal goal for each wire that is named after a node: it holds that
node, given that the wires it is made from hold theirs.

A register takes over the value that its operand had one cycle before, which is the step of the
induction over the pipeline. Where a goal does not hold for all values of its operands, these are
tied to their own operands, level by level up to the inputs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from symgate.backends.verilog.names import ENABLE, IN_VALID, OUT_VALID, RESET, PortNames
from symgate.backends.verilog.style import Style
from symgate.ir.fixed import INPUT, Graph
from symgate.proof.formal.netlist import Bit, Netlist, referenced, renamed
from symgate.proof.formal.words import literal

#: A node, and a place among its bits.
Place = tuple[int, int]
REGISTER, HELD = "register", "register holds"
RANGE, OUTPUT, VALID = "range", "output", "valid"


class Of(Enum):
    """What the bits of a wire are compared with."""

    MEANING = "the operator of a node on its operands"
    OPERAND = "the operand of a node, which a register takes over"
    VALUE = "the value of a node, which is compared elsewhere"


@dataclass(frozen=True)
class Query:
    """The bits of the text that are compared, and the meaning that they must have."""

    text: str  # SMT-LIB over functions of the netlist
    width: int
    node: int | None  # whose value it must be
    of: Of = Of.MEANING
    wanted: str = ""  # without a node, what the text must be
    given: str = ""  # what is taken for granted


@dataclass(frozen=True)
class Goal:
    """A sentence to prove: a wire of the text, or the range of a node, against the meaning."""

    kind: str  # the operator of a node, or one of the words above
    wire: str
    node: int | None
    query: Query


@dataclass
class Cuts:
    """The netlist of a module, and its cut wires: bits of functions that hold bits of nodes."""

    graph: Graph
    names: PortNames
    netlist: Netlist
    wires: Mapping[str, int]  # as `symgate.backends.verilog.module.wire_names` gives them
    style: Style = Style.VALID
    covers: dict[int, dict[int, Place]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ports = zip(self.names.inputs, self.graph.inputs, strict=True)
        self.inputs = {name: port.node for name, port in ports}
        self.depth = depths(self.graph)
        for wire, node in (*self.inputs.items(), *self._shared()):
            self._cut(wire, node)
        self.nodes = {node for covered in self.covers.values() for node, _ in covered.values()}

    def read(self, text: str) -> str:
        """The text of a function, reading others with what is cut."""
        names = {j: f"f{j}c" for j in referenced(text) if j in self.covers}
        return renamed(text, names)

    def _shared(self) -> Iterator[tuple[str, int]]:
        return ((w, i) for w, i in self.wires.items() if w in self.netlist.wires)

    def lost_ports(self) -> list[str]:
        """The ports that the text should have and has not."""
        expected = [*self.inputs, *self.names.outputs]
        if self.style != Style.BARE:
            expected += [IN_VALID, OUT_VALID, RESET]
        if self.style == Style.ENABLE:
            expected.append(ENABLE)
        return [wire for wire in expected if wire not in self.netlist.wires]

    def _cut(self, wire: str, node: int) -> None:
        """Take note of the bits of ``wire`` where they are of the kind that its node asks for."""
        functions, following = self.netlist.functions, self.netlist.following
        for place, bit in enumerate(self.netlist.wires.get(wire, ())):
            if isinstance(bit, int):
                continue
            number, low = bit
            is_input = functions[number].text is None and number not in following
            if is_input != (wire in self.inputs):
                continue
            if (number in following) != (self.graph.nodes[node].op == REGISTER):
                continue
            self.covers.setdefault(number, {}).setdefault(low, (node, place))

    def goals(self) -> Iterator[Goal]:
        """All that is to be proved of the module."""
        for wire, node in self._shared():
            yield from self._of_wire(wire, node)
        for name, port in zip(self.names.outputs, self.graph.outputs, strict=True):
            text = self._joined(self.netlist.wires[name], cut=True)
            yield Goal(OUTPUT, name, port.node, Query(text, port.type.width, port.node, Of.VALUE))
        if self.style != Style.BARE:
            yield from self._valid()

    def _of_wire(self, wire: str, node: int) -> Iterator[Goal]:
        bits = self.netlist.wires[wire]
        if self.graph.nodes[node].op != REGISTER:
            text = self._joined(bits, cut=False)
            yield Goal(self.graph.nodes[node].op, wire, node, Query(text, len(bits), node))
            return
        text = self._taken_over(bits)
        query = Query(text, len(bits), node, Of.OPERAND, given=self._enabled(1))
        yield Goal(REGISTER, wire, node, query)
        if self.style == Style.ENABLE:
            held = self._joined(bits, cut=True)
            query = Query(text, len(bits), None, wanted=held, given=self._enabled(0))
            yield Goal(HELD, wire, None, query)

    def _enabled(self, value: int) -> str:
        """That the clock enable has a value; nothing where there is none."""
        if self.style != Style.ENABLE:
            return ""
        return f"(= {self._joined(self.netlist.wires[ENABLE], cut=True)} #b{value})"

    def _valid(self) -> Iterator[Goal]:
        """The chain of valid bits: one register a stage, cleared by the reset."""
        count = self.graph.latency
        out = self._joined(self.netlist.wires[OUT_VALID], cut=True)
        given = self._joined(self.netlist.wires[IN_VALID], cut=True)
        if not count:
            yield Goal(VALID, OUT_VALID, None, Query(out, 1, None, wanted=given))
            return
        chain = self.netlist.wires.get("valid", ())
        if len(chain) != count:
            yield Goal(VALID, "valid", None, Query("#b0", 1, None, wanted="#b1"))
            return
        reset = self._joined(self.netlist.wires[RESET], cut=True)
        last = self._joined(chain[-1:], cut=True)
        yield Goal(VALID, OUT_VALID, None, Query(out, 1, None, wanted=last))
        shifted = f"(concat {self._joined(chain[:-1], cut=True)} {given})" if count > 1 else given
        if self.style == Style.ENABLE:
            held = self._joined(chain, cut=True)
            shifted = f"(ite {self._enabled(1)} {shifted} {held})"
        wanted = f"(ite (= {reset} #b1) {literal(0, count)} {shifted})"
        yield Goal(VALID, "valid", None, Query(self._taken_over(chain), count, None, wanted=wanted))

    # Text

    def _joined(self, bits: Sequence[Bit], cut: bool) -> str:
        """The vector of ``bits``; with ``cut``, what is cut stands for itself, and else for what it
        is made of.
        """
        parts = [self._part(number, high, low, cut) for number, high, low in _runs(bits)]
        return parts[0] if len(parts) == 1 else f"(concat {' '.join(reversed(parts))})"

    def _part(self, number: int | None, high: int, low: int, cut: bool) -> str:
        if number is None:
            return literal(high, low)
        whole = cut or self.netlist.functions[number].text is None
        mark = "c" if whole and number in self.covers else ""
        return self._extract(f"f{number}{mark}", number, high, low)

    def _extract(self, name: str, number: int, high: int, low: int) -> str:
        function = self.netlist.functions[number]
        if not function.width:
            return f"(ite {name} #b1 #b0)"
        return name if high - low + 1 == function.width else f"((_ extract {high} {low}) {name})"

    def _taken_over(self, bits: Sequence[Bit]) -> str:
        """What the registers that hold ``bits`` take next; what no register holds stays as it is,
        so that a goal about it fails.
        """
        parts = []
        for number, high, low in _runs(bits):
            text = None if number is None else self.netlist.following.get(number)
            if number is None or text is None:
                parts.append(self._part(number, high, low, True))
                continue
            parts.append(self._extract(self.read(text), number, high, low))
        return parts[0] if len(parts) == 1 else f"(concat {' '.join(reversed(parts))})"


def depths(graph: Graph) -> list[int | None]:
    """For each node the registers between the inputs and it; None for what no input changes."""
    found: list[int | None] = []
    for node in graph.nodes:
        before = [d for a in node.args if (d := found[a]) is not None]
        if node.op == INPUT:
            found.append(0)
        else:
            found.append(max(before) + (node.op == REGISTER) if before else None)
    return found


def unequal(graph: Graph) -> Iterator[int]:
    """The nodes, and that of an output, whose operands come from inputs by different numbers of
    registers.
    """
    depth = depths(graph)
    for i, node in enumerate(graph.nodes):
        if len({depth[a] for a in node.args} - {None}) > 1:
            yield i
    yield from (p.node for p in graph.outputs if depth[p.node] not in (None, graph.latency))


def _runs(bits: Sequence[Bit]) -> list[tuple[int | None, int, int]]:
    """``bits`` as vectors: function, highest and lowest place; of constants None, value and width."""
    runs: list[tuple[int | None, int, int]] = []
    for bit in bits:
        number, high, low = runs[-1] if runs else (-1, 0, 0)
        if isinstance(bit, int):
            if number is None:
                runs[-1] = (None, high | bit << low, low + 1)
            else:
                runs.append((None, bit, 1))
        elif number == bit[0] and bit[1] == high + 1:
            runs[-1] = (number, bit[1], low)
        else:
            runs.append((bit[0], bit[1], bit[1]))
    return runs
