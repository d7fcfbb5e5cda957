"""The fixed-point graph: an immutable SSA list of integer-exact nodes, made only through `Builder`.

A node's real value is ``raw / 2**frac``, and it carries the exact interval of raw values that it
can take. Only ``round``, ``saturate`` and ``wrap`` lose information; everything else is exact, and
binary points are never aligned silently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from symgate.ir.domains import Interval
from symgate.ir.fixed_ops import OPS, Op
from symgate.ir.lossy import Attr
from symgate.ir.types import MAX_WIDTH, FixedType, Overflow, Rounding

INPUT, CONST = "input", "const"


@dataclass(frozen=True, slots=True)
class Node:
    """Value ``%i`` of a graph."""

    op: str  # "input", "const" or a key of OPS
    args: tuple[int, ...]  # operands: indices of earlier nodes
    attr: Attr  # compile-time operands, such as a shift amount
    range: Interval  # every raw value that it can take
    frac: int
    declared: FixedType | None = None  # the port format of an input

    @property
    def type(self) -> FixedType:
        """The port format of an input, else the narrowest format that holds the range."""
        return self.declared or FixedType.holding(self.range.lo, self.range.hi, self.frac)


@dataclass(frozen=True, slots=True)
class Port:
    """A named input or output of the design; its node is at index ``node``."""

    name: str
    node: int
    type: FixedType


@dataclass(frozen=True, slots=True)
class Slot:
    """A product that has a shared multiplier in cycle ``cycle`` after its inputs were taken."""

    node: int
    cycle: int


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in SSA order with named inputs and outputs, in port order.

    Inputs come every ``interval`` cycles at most, and each entry of ``shared`` is one multiplier
    that its products have in turn. Neither changes a value: `symgate.ir.timetable` says what
    they mean for registers.
    """

    nodes: tuple[Node, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    interval: int = 1
    shared: tuple[tuple[Slot, ...], ...] = ()

    @property
    def latency(self) -> int:
        """Registers on the longest path from an input to an output, in clock cycles."""
        depth = stages(self)
        return max((depth[port.node] for port in self.outputs), default=0)

    def operands(self, i: int) -> list[FixedType]:
        """The types of the operands of node ``i``."""
        return [self.nodes[operand].type for operand in self.nodes[i].args]


def stages(graph: Graph) -> list[int]:
    """For each node, the registers on the longest path to it."""
    depth: list[int] = []
    for node in graph.nodes:
        before = max((depth[operand] for operand in node.args), default=0)
        depth.append(before + (node.op == "register"))
    return depth


@dataclass
class Builder:
    """The only way to make a `Graph`: it infers types and ranges, and shares equal nodes (so CSE is
    free).
    """

    nodes: list[Node] = field(default_factory=list)
    inputs: list[Port] = field(default_factory=list)
    outputs: list[Port] = field(default_factory=list)
    interval: int = 1
    shared: list[tuple[Slot, ...]] = field(default_factory=list)
    index: dict[Node, int] = field(default_factory=dict)
    names: set[tuple[str, str]] = field(init=False)  # (side, name) of the ports

    def __post_init__(self) -> None:
        sides = {"input": self.inputs, "output": self.outputs}
        self.names = {(side, port.name) for side, ports in sides.items() for port in ports}

    def input(self, name: str, type: FixedType, range: Interval | None = None) -> int:
        """Append a port; ``range`` narrows the raw values that it can take."""
        range = range or Interval(type.lo, type.hi)
        if not type.lo <= range.lo <= range.hi <= type.hi:
            raise TypeError(f"input {name}: [{range.lo}, {range.hi}] is no range of {type}")
        self._take_name("input", name)
        self.nodes.append(Node(INPUT, (), (name,), range, type.frac, type))
        self.inputs.append(Port(name, len(self.nodes) - 1, type))
        return len(self.nodes) - 1

    def output(self, name: str, node: int, type: FixedType | None = None) -> None:
        """Name ``node`` as the next output; its port must hold every value that the node can take."""
        n = self.nodes[node]
        type = type or n.type
        if type.frac != n.frac or not (type.lo <= n.range.lo and n.range.hi <= type.hi):
            raise TypeError(
                f"output {name}: {type} does not hold %{node} : {n.type}; round and saturate it first"
            )
        self._take_name("output", name)
        self.outputs.append(Port(name, node, type))

    def const(self, raw: int, frac: int = 0) -> int:
        """The constant ``raw / 2**frac``."""
        return self._intern(Node(CONST, (), (), Interval(int(raw), int(raw)), frac))

    def emit(self, name: str, *args: int, attr: Attr = ()) -> int:
        """Append ``name(*args)``, or return the equal node that is already here."""
        op = OPS[name]
        args = tuple(sorted(args)) if op.commutative else args
        attr = tuple(_plain(a) for a in attr)
        ins = [self.nodes[operand] for operand in args]
        types = [n.type for n in ins]
        try:
            _check(op, attr, types)
            range = op.interval(attr, [n.range for n in ins], types)
            node = Node(name, args, attr, range, op.frac(attr, *(n.frac for n in ins)))
            _check_size(node.type)
        except TypeError as e:
            raise TypeError(f"{name} {' '.join(f'%{a}' for a in args)}: {e}") from None
        return self._intern(node)

    def _intern(self, node: Node) -> int:
        if node not in self.index:
            self.index[node] = len(self.nodes)
            self.nodes.append(node)
        return self.index[node]

    def _take_name(self, side: str, name: str) -> None:
        """Refuse a port of a name that is no word, or that another one of its side has."""
        taken = (side, name) in self.names
        if taken or not name or any(c.isspace() for c in name):
            raise TypeError(
                f"{side} '{name}': the name of a port is one word, different from the others"
            )
        self.names.add((side, name))

    def build(self, also: Iterable[int] = ()) -> Graph:
        """The finished graph without nodes that neither an output nor one of ``also`` needs (inputs
        stay).
        """
        new = self.kept(also)
        nodes = tuple(
            Node(
                node.op,
                tuple(new[operand] for operand in node.args),
                node.attr,
                node.range,
                node.frac,
                node.declared,
            )
            for i, node in enumerate(self.nodes)
            if i in new
        )
        ports = (
            [Port(p.name, new[p.node], p.type) for p in side]
            for side in (self.inputs, self.outputs)
        )
        shared = tuple(tuple(Slot(new[t.node], t.cycle) for t in unit) for unit in self.shared)
        inputs, outputs = map(tuple, ports)
        return Graph(nodes, inputs, outputs, self.interval, shared)

    def kept(self, also: Iterable[int] = ()) -> dict[int, int]:
        """For each node that `build` keeps, its index in the finished graph."""
        live = {p.node for p in (*self.outputs, *self.inputs)} | set(also)
        for i in reversed(range(len(self.nodes))):
            if i in live:
                live.update(self.nodes[i].args)
        return {old: new for new, old in enumerate(sorted(live))}

    # one method per operator, so that calls read well and are type-checked
    def add(self, x: int, y: int) -> int:
        """``x + y``; equal binary points."""
        return self.emit("add", x, y)

    def sub(self, x: int, y: int) -> int:
        """``x - y``; equal binary points."""
        return self.emit("sub", x, y)

    def neg(self, x: int) -> int:
        """``-x``."""
        return self.emit("neg", x)

    def mul(self, x: int, y: int) -> int:
        """``x * y``, exact."""
        return self.emit("square", x) if x == y else self.emit("mul", x, y)

    def booth(self, x: int, digit: int) -> int:
        """``x`` times the radix-4 Booth digit (-2..2) coded by three bits, lowest bit at half
        weight.
        """
        return self.emit("booth", x, digit)

    def booth_cut(self, x: int, digit: int, drop: int) -> int:
        """A Booth row without its ``drop`` low bits, negative digits as one's complement: at most 1
        ulp too small.
        """
        return self.emit("booth_cut", x, digit, attr=(drop,))

    def shl(self, x: int, n: int) -> int:
        """The same value with ``n`` more fraction bits."""
        return self.emit("shl", x, attr=(n,)) if n else x

    def scale(self, x: int, n: int) -> int:
        """``x * 2**n``: the same bits, another binary point."""
        return self.emit("scale", x, attr=(n,)) if n else x

    def invert(self, x: int) -> int:
        """``-x - 1 ulp``: every bit inverted."""
        return self.emit("invert", x)

    def slice(self, x: int, hi: int, lo: int) -> int:
        """Bits ``hi`` down to ``lo`` as an unsigned number; bits above the top one repeat the sign."""
        return self.emit("slice", x, attr=(hi, lo))

    def concat(self, high: int, low: int, low_width: int) -> int:
        """The bits of ``high`` above ``low_width`` bits that hold the unsigned ``low``."""
        return self.emit("concat", high, low, attr=(low_width,))

    def table(self, x: int, values: Sequence[int], frac: int = 0) -> int:
        """Entry of ``values`` by the bit pattern of ``x``: exactly ``2**width`` raw results at
        ``frac``.
        """
        return self.emit("table", x, attr=(tuple(int(value) for value in values), frac))

    def rom(self, x: int, values: Sequence[int], frac: int = 0) -> int:
        """The same as `table`, in block RAM, which gives the entry after a clock cycle: a register
        follows it.
        """
        return self.emit("rom", x, attr=(tuple(int(value) for value in values), frac))

    def select(self, condition: int, then: int, other: int) -> int:
        """``then`` where the bit ``condition`` is set, else ``other``."""
        return self.emit("select", condition, then, other)

    def round(self, x: int, drop: int, mode: Rounding = Rounding.TRN) -> int:
        """``x`` without its ``drop`` low bits."""
        return self.emit("round", x, attr=(drop, str(mode))) if drop else x

    def to_frac(self, x: int, frac: int, mode: Rounding = Rounding.TRN) -> int:
        """``x`` at ``frac`` fraction bits: padded with zeros or rounded."""
        have = self.nodes[x].frac
        return self.shl(x, frac - have) if frac >= have else self.round(x, have - frac, mode)

    def wrap(self, x: int, width: int, signed: bool) -> int:
        """``x`` modulo 2^width."""
        return self.emit("wrap", x, attr=(width, int(signed)))

    def fit(self, x: int, type: FixedType, mode: Overflow = Overflow.SAT) -> int:
        """``x`` brought into the bits of ``type``, whose binary point it must have."""
        if mode is Overflow.WRAP:
            return self.wrap(x, type.width, type.signed)
        return self.emit("saturate", x, attr=(type.width, int(type.signed), str(mode)))

    def register(self, x: int) -> int:
        """``x`` one clock cycle later."""
        return self.emit("register", x)


def _plain(attribute: Any) -> Any:
    """An attribute as a Python int, string or tuple of ints, so that equal nodes print the same."""
    if isinstance(attribute, str):
        return str(attribute)
    return tuple(map(int, attribute)) if isinstance(attribute, tuple) else int(attribute)


def _check_size(t: FixedType) -> None:
    if t.width > MAX_WIDTH or abs(t.integer) > MAX_WIDTH:
        raise TypeError(
            f"the result is {t}, wider than the {MAX_WIDTH} bits of the largest format; round it earlier"
        )


def _check(op: Op, attr: Attr, types: list[FixedType]) -> None:
    if len(types) != op.arity or len(attr) != len(op.attrs):
        raise TypeError(
            f"takes {op.arity} operands and {len(op.attrs)} attributes, got {len(types)} and {len(attr)}"
        )
    if problem := op.check(attr, types):
        raise TypeError(problem)


Step = Callable[[Node, list[Any]], Any]


def apply(node: Node, operands: list[Any]) -> Any:
    """The meaning of ``node`` on any value domain."""
    return node.range.lo if node.op == CONST else OPS[node.op].fn(*operands, *node.attr)


def values(graph: Graph, inputs: Sequence[Any], step: Step = apply) -> list[Any]:
    """The value of every node, by ``step``, for one value per input."""
    ports = {p.node: value for p, value in zip(graph.inputs, inputs, strict=True)}
    out: list[Any] = []
    for i, node in enumerate(graph.nodes):
        out.append(ports[i] if i in ports else step(node, [out[operand] for operand in node.args]))
    return out


def run(graph: Graph, inputs: Sequence[Any], step: Step = apply) -> list[Any]:
    """The outputs of ``graph``: ints or arrays evaluate it, Amaranth values build its circuit."""
    all_values = values(graph, inputs, step)
    return [all_values[port.node] for port in graph.outputs]


def users(graph: Graph) -> list[list[int]]:
    """For each node, the nodes that read it."""
    out: list[list[int]] = [[] for _ in graph.nodes]
    for i, node in enumerate(graph.nodes):
        for operand in node.args:
            out[operand].append(i)
    return out


def in_block(graph: Graph, readers: Sequence[Sequence[int]], i: int) -> bool:
    """Whether node ``i`` is a table in block RAM, whose register everything reads; a bare one is
    plain logic.
    """
    return (
        graph.nodes[i].op == "rom"
        and all(port.node != i for port in graph.outputs)
        and bool(readers[i])
        and all(graph.nodes[reader].op == "register" for reader in readers[i])
    )


def walk(graph: Graph) -> Iterator[tuple[int, Node]]:
    """Every node that computes something, with its index."""
    return ((i, node) for i, node in enumerate(graph.nodes) if node.op != INPUT)
