"""VHDL-2008 of a fixed-point graph: the same pipeline as the Verilog, written from the meaning of the
operators alone.

Nothing is shared with the Verilog text: each step of `Op.fn` becomes a signal with all values that it
can have, so that the three texts (Verilog, C++, VHDL) can be compared with each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from symgate.backends.vhdl_names import vhdl_names
from symgate.ir.domains import Interval, lookup, mux
from symgate.ir.firmware import Firmware
from symgate.ir.fixed import CONST, INPUT, Graph, apply
from symgate.ir.types import FixedType

_PER_LINE = 4


@dataclass(frozen=True)
class Vhdl:
    """One VHDL file: an entity with the ports of the Verilog module."""

    name = "vhdl"

    def emit(self, firmware: Firmware) -> dict[str, str]:
        """The file by name."""
        return emit_graph(firmware.name, firmware.graph)


def emit_graph(name: str, graph: Graph) -> dict[str, str]:
    """The file of a bare graph."""
    names = vhdl_names(graph, name)
    return {f"{names.top}.vhd": _Printer(graph, names.top, names.inputs, names.outputs).text()}


@dataclass
class Statements:
    """The declarations and statements of an architecture."""

    signals: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    tables: dict[tuple[int, ...], str] = field(default_factory=dict)
    count: int = 0

    def word(self, span: Interval, text: str, name: str = "") -> Number:
        """A signal with the values of ``span``, which is ``text``."""
        if not name:
            self.count += 1
            name = f"s{self.count}"
        word = Number(name, span, self)
        self.signals.append(f"  signal {name} : signed({word.width - 1} downto 0);")
        self.lines.append(f"  {name} <= {text};")
        return word

    def const(self, value: int) -> Number:
        """A constant."""
        width = _width(Interval(value, value))
        bits = f"{value & ((1 << width) - 1):0{width}b}"
        return Number(f'signed\'("{bits}")', Interval(value, value), self)

    def table(self, values: tuple[int, ...]) -> str:
        """The name of an array with these contents."""
        return self.tables.setdefault(values, f"table{len(self.tables)}")


def _width(span: Interval) -> int:
    """Bits of a signed number: all words are, so that no operator mixes two kinds."""
    t = FixedType.holding(span.lo, span.hi, 0)
    return t.width + (not t.signed)


@dataclass(eq=False)
class Number:
    """A signed signal: it overloads what `Op.fn` may use."""

    text: str
    range: Interval
    written: Statements

    @property
    def width(self) -> int:
        """The bits of the signal, sign included."""
        return _width(self.range)

    def sized(self, width: int) -> str:
        """The word with as many bits, its sign repeated."""
        return self.text if width == self.width else f"resize({self.text}, {width})"

    def _word(self, other: Any) -> Number:
        return other if isinstance(other, Number) else self.written.const(int(other))

    def _infix(self, sign: str, x: Number, y: Number, span: Interval) -> Number:
        width = _width(span)
        wide = max(width, x.width, y.width)
        text = f"{x.sized(wide)} {sign} {y.sized(wide)}"
        return self.written.word(span, text if wide == width else f"resize({text}, {width})")

    def __add__(self, other: Any) -> Number:
        y = self._word(other)
        return self._infix("+", self, y, self.range + y.range)

    def __sub__(self, other: Any) -> Number:
        y = self._word(other)
        return self._infix("-", self, y, self.range - y.range)

    def __rsub__(self, other: Any) -> Number:
        return self._word(other) - self

    def __mul__(self, other: Any) -> Number:
        y = self._word(other)
        span = self.range * y.range
        return self.written.word(span, f"resize({self.text} * {y.text}, {_width(span)})")

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Number:
        return 0 - self

    def __invert__(self) -> Number:
        return -1 - self

    def __lshift__(self, n: int) -> Number:
        return self * (1 << n)

    def __rshift__(self, n: int) -> Number:
        span = self.range >> n
        width = _width(span)
        wide = max(self.width, n + width)
        return self.written.word(span, f"resize(shift_right({self.sized(wide)}, {n}), {width})")

    def _bitwise(self, name: str, other: Any) -> Number:
        y = self._word(other)
        low = [span for span in (self.range, y.range) if span.lo >= 0]
        wide = max(self.width, y.width)
        if name == "and" and low:
            bits = min(FixedType.holding(span.lo, span.hi, 0).width for span in low)
            span = Interval(0, (1 << bits) - 1)
        else:
            half = 1 << (wide - 1)
            span = Interval(0 if len(low) == 2 else -half, half - 1)
        text = f"{self.sized(wide)} {name} {y.sized(wide)}"
        return self.written.word(span, f"resize({text}, {_width(span)})")

    def __and__(self, other: Any) -> Number:
        return self._bitwise("and", other)

    def __or__(self, other: Any) -> Number:
        return self._bitwise("or", other)

    def __xor__(self, other: Any) -> Number:
        return self._bitwise("xor", other)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def _compared(self, sign: str, other: Any) -> Number:
        test = f"{self.text} {sign} {self._word(other).text}"
        return self.written.word(Interval(0, 1), f'"01" when {test} else "00"')

    def __lt__(self, other: Any) -> Number:
        return self._compared("<", other)

    def __le__(self, other: Any) -> Number:
        return self._compared("<=", other)

    def __gt__(self, other: Any) -> Number:
        return self._compared(">", other)

    def __ge__(self, other: Any) -> Number:
        return self._compared(">=", other)

    def __eq__(self, other: object) -> Number:  # type: ignore[override]  # element by element
        return self._compared("=", other)

    __hash__ = None  # type: ignore[assignment]  # what is compared by value has none


@mux.register
def _(condition: Number, then: Any, other: Any) -> Any:
    x, y = condition._word(then), condition._word(other)
    span = Interval(min(x.range.lo, y.range.lo), max(x.range.hi, y.range.hi))
    width = _width(span)
    return condition.written.word(
        span, f"{x.sized(width)} when {condition.text} /= 0 else {y.sized(width)}"
    )


@lookup.register
def _(index: Number, values: tuple[int, ...]) -> Any:
    span = Interval(min(values), max(values))
    bits = max((len(values) - 1).bit_length(), 1)
    address = f"to_integer(unsigned({index.sized(max(bits, index.width))}({bits - 1} downto 0)))"
    if index.width < bits:
        address = f"to_integer({index.text})"
    return index.written.word(span, f"{index.written.table(values)}({address})")


class _Printer:
    def __init__(
        self, graph: Graph, top: str, inputs: tuple[str, ...], outputs: tuple[str, ...]
    ) -> None:
        self.graph, self.top = graph, top
        self.inputs, self.outputs = inputs, outputs
        self.written = Statements()
        self.moves: list[str] = []
        self.ends: list[str] = []

    def text(self) -> str:
        self._nodes()
        ports = ["clk, rst, in_valid : in std_logic"]
        ports += [f"{n} : in {_port(p.type)}" for n, p in self._sides("inputs")]
        ports += ["out_valid : out std_logic"]
        ports += [f"{n} : out {_port(p.type)}" for n, p in self._sides("outputs")]
        tables = [line for v, n in self.written.tables.items() for line in _table(n, v)]
        latency = self.graph.latency
        valid = [f"  signal valid : std_logic_vector({latency} downto 0);"]
        return "\n".join(
            [
                f"-- {self.top}, by symgate: one set of inputs per clock, latency {latency}",
                "-- n12 is node %12 of graph.txt; all signals are signed, so that none is mixed.",
                "library ieee;",
                "use ieee.std_logic_1164.all;",
                "use ieee.numeric_std.all;",
                "",
                f"entity {self.top} is",
                "  port (",
                ";\n".join(f"    {port}" for port in ports),
                "  );",
                f"end entity {self.top};",
                "",
                f"architecture rtl of {self.top} is",
                *tables,
                *self.written.signals,
                *valid,
                "begin",
                *self.written.lines,
                *self._clocked(latency),
                *self.ends,
                f"  out_valid <= valid({latency});",
                "end architecture rtl;",
                "",
            ]
        )

    def _sides(self, side: str) -> list[tuple[str, Any]]:
        return list(zip(getattr(self, side), getattr(self.graph, side), strict=True))

    def _nodes(self) -> None:
        ports = {p.node: n for n, p in self._sides("inputs")}
        words: list[Number] = []
        for i, node in enumerate(self.graph.nodes):
            if node.op == CONST:
                words.append(self.written.const(node.range.lo))
            elif node.op == INPUT:
                words.append(self._input(i, ports[i]))
            elif node.op == "register":
                words.append(self._register(i, words[node.args[0]]))
            else:
                found = apply(node, [words[a] for a in node.args])
                word = found if isinstance(found, Number) else self.written.const(int(found))
                text = word.sized(_width(node.range))
                words.append(self.written.word(node.range, text, f"n{i}"))
        for name, port in self._sides("outputs"):
            t, word = port.type, words[port.node]
            value = word.sized(max(t.width, word.width))
            kind = "signed" if t.signed else "unsigned"
            self.ends.append(f"  {name} <= resize({kind}({value}), {t.width});")

    def _input(self, i: int, name: str) -> Number:
        node = self.graph.nodes[i]
        width = _width(node.range)
        text = f"signed('0' & {name})" if not node.type.signed else name
        return self.written.word(node.range, f"resize({text}, {width})", f"n{i}")

    def _register(self, i: int, source: Number) -> Number:
        word = Number(f"n{i}", self.graph.nodes[i].range, self.written)
        self.written.signals.append(f"  signal n{i} : signed({word.width - 1} downto 0);")
        self.moves.append(f"      n{i} <= {source.sized(word.width)};")
        return word

    def _clocked(self, latency: int) -> list[str]:
        lines = ["  valid(0) <= in_valid;"]
        if not latency:
            return lines
        return [
            *lines,
            "  process (clk)",
            "  begin",
            "    if rising_edge(clk) then",
            *self.moves,
            f"      valid({latency} downto 1) <= valid({latency - 1} downto 0);",
            "      if rst = '1' then",
            f"        valid({latency} downto 1) <= (others => '0');",
            "      end if;",
            "    end if;",
            "  end process;",
        ]


def _port(t: FixedType) -> str:
    return f"{'signed' if t.signed else 'unsigned'}({t.width - 1} downto 0)"


def _table(name: str, values: tuple[int, ...]) -> list[str]:
    """The type and the contents of an array."""
    width = _width(Interval(min(values), max(values)))
    entries = [f'"{v & ((1 << width) - 1):0{width}b}"' for v in values]
    if len(entries) == 1:
        entries = [f"0 => {entries[0]}"]
    rows = [", ".join(entries[k : k + _PER_LINE]) for k in range(0, len(entries), _PER_LINE)]
    return [
        f"  type {name}_type is array (0 to {len(values) - 1}) of signed({width - 1} downto 0);",
        f"  constant {name} : {name}_type := (",
        ",\n".join(f"    {row}" for row in rows),
        "  );",
    ]
