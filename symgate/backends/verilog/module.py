"""The Verilog module of a graph: declarations by pipeline stage, one line per node, a module per
distinct table.
"""

from __future__ import annotations

from collections.abc import Mapping

from symgate.backends.verilog.demand import demanded_bits
from symgate.backends.verilog.expressions import EXPRESSIONS
from symgate.backends.verilog.formula import Formula, Sheet
from symgate.backends.verilog.frame import BESIDE, HEAD, timing, valid_chain
from symgate.backends.verilog.logic import Logic, is_wiring
from symgate.backends.verilog.multipliers import Multipliers
from symgate.backends.verilog.names import (
    CLOCK,
    ENABLE,
    PortNames,
    port_names,
)
from symgate.backends.verilog.notes import Note
from symgate.backends.verilog.rows import (
    BOOTH,
    Row,
    booth_module,
    booth_row,
    declared,
    is_row,
    negated_branch,
    row_of,
)
from symgate.backends.verilog.style import Style
from symgate.backends.verilog.sums import Sum, chain, find_sums
from symgate.backends.verilog.tables import table_module
from symgate.backends.verilog.terms import Term, declare
from symgate.backends.verilog.wires import low_bits, wired
from symgate.ir.fixed import CONST, INPUT, Graph, Node, in_block, stages, users
from symgate.ir.fixed_ops import OPS
from symgate.ir.hard_blocks import dsps
from symgate.ir.types import FixedType

_KEEP = "SYMGATE_KEEP_SUM"
_DEFINE = f"""
`ifdef YOSYS
`define {_KEEP} (* keep *)  // else it makes compressor trees of larger sums, which take more LUTs
`else
`define {_KEEP}
`endif
"""
#: Ranges of bits, and characters, of an operand that needs no name.
_RANGES, _SHORT = 3, 50
_MERGED = 2  # operands of a sum that Yosys may make of several


def verilog(
    graph: Graph, top: str, notes: Mapping[int, Note] | None = None, style: Style = Style.VALID
) -> str:
    """Return the text of module ``top`` and its tables: a pure function of the graph, and of what
    ``notes`` says of its nodes.

    `Style.BARE` is for a graph without registers.
    """
    assert style != Style.BARE or not graph.latency
    assert style == Style.VALID or graph.interval == 1
    return _Printer(graph, top, notes or {}, style).text()


def wire_names(graph: Graph, top: str, notes: Mapping[int, Note] | None = None) -> dict[str, int]:
    """Return the node that each wire and register of the text of module ``top`` is named after; of
    a table in block RAM the register of the block.
    """
    printer = _Printer(graph, top, notes or {})
    printer.text()
    return printer.declared


class _Printer:
    def __init__(
        self, graph: Graph, top: str, notes: Mapping[int, Note], style: Style = Style.VALID
    ) -> None:
        self.graph, self.top, self.style = graph, top, style
        self.names: PortNames = port_names(graph, top)
        self.logic = Logic(graph)
        self.sums = find_sums(graph, self.logic)
        self.readers = users(graph)
        self.tables: dict[
            tuple[tuple[int, ...], bool], str
        ] = {}  # contents, whether in block RAM -> module name
        self.notes = notes
        self.depth = stages(graph)
        self.multipliers = Multipliers.of(graph)
        self.terms: list[Term | None] = [None] * len(graph.nodes)
        self.width = demanded_bits(graph, self.sums)
        self.needed = self._needed()
        self.keep = self._kept_sums()
        self.declared: dict[str, int] = {}  # wire -> node

    def text(self) -> str:
        body = self._body()  # which finds the tables
        enable = self.style == Style.ENABLE or self.graph.interval > 1
        tables = [table_module(name, *contents, enable) for contents, name in self.tables.items()]
        booth = f"{self.top}_booth"
        if any(BOOTH in line for line in body):
            tables.append(booth_module(booth))
            body = [line.replace(BOOTH, booth) for line in body]
        told = timing(self.style, self.graph.interval, self.graph.latency)
        head = HEAD.format(top=self.top, frame=told)
        before, after = (_DEFINE, f"`undef {_KEEP}\n") if self.keep else ("", "")
        return "\n".join(
            [head + before, *body, "endmodule\n", *tables, f"{after}`default_nettype wire\n"]
        )

    # What is printed

    def _reads(self, i: int) -> tuple[int, ...]:
        """The nodes whose wires the text of node ``i`` names."""
        node = self.graph.nodes[i]
        if s := self.sums.get(i):
            row = self._reads(s.b) if s.row else (s.b,)
            return (s.a, *row, *(() if s.carry is None else (s.carry,)))
        branch = negated_branch(self.graph, node) or negated_branch(self.graph, node, "invert")
        return (node.args[0], node.args[3 - branch]) if branch else node.args

    def _needed(self) -> set[int]:
        needed = {port.node for port in self.graph.outputs}
        for i in reversed(range(len(self.graph.nodes))):
            if i in needed:
                needed.update(a for a in self._reads(i) if self.width[a])
        return needed

    def _kept_sums(self) -> set[int]:
        """Plain sums that must stay sums of two, since their reader would else become a sum of more
        than `_MERGED`.
        """
        size: dict[int, int] = {}
        kept: set[int] = set()
        for i, s in self.sums.items():
            if i not in self.needed or s.is_difference:
                continue
            size[i] = 2
            for a in map(self._unscaled, (s.a, s.b)):
                if a in size and self.logic.readers[a] == 1:
                    if size[i] + size[a] - 1 > _MERGED:
                        kept.add(a)
                    else:
                        size[i] += size[a] - 1
        return kept

    def _unscaled(self, i: int) -> int:
        while self.graph.nodes[i].op == "scale":
            i = self.graph.nodes[i].args[0]
        return i

    # The parts of the module

    def _body(self) -> list[str]:
        depth = self.depth
        takes_turns = self.graph.interval > 1
        lines = self._header()
        if takes_turns:
            lines += [*valid_chain(self.style, self.graph.latency), *self._shared_wires()]
        for stage in range(max((depth[i] for i in self.needed), default=0) + 1):
            here = [i for i in sorted(self.needed) if depth[i] == stage]
            registers = [i for i in here if self.graph.nodes[i].op == "register"]
            lines += self._registers(registers, stage)
            inner = [line for i in here if i not in registers for line in self._noted(i)]
            lines += [f"  {line}" if line else "" for line in inner]
        lines += self._shared_text() if takes_turns else []
        lines += [""] + [
            f"  assign {name} = {self._output(k)};" for k, name in enumerate(self.names.outputs)
        ]
        return lines + ([] if takes_turns else valid_chain(self.style, self.graph.latency))

    def _shared_wires(self) -> list[str]:
        """The wires of multipliers that products have in turn, which registers read."""
        wires = self.multipliers.declarations(self.width)
        return ["", "  // products that have a multiplier in turn", *(f"  {w}" for w in wires)]

    def _shared_text(self) -> list[str]:
        """These multipliers, once all operands are there."""
        lines = self.multipliers.text(self.terms, self.width)
        return ["", "  // whose turn it is, its operands, its product", *(f"  {t}" for t in lines)]

    def _header(self) -> list[str]:
        given, told = BESIDE[self.style]
        ports = [f"input wire {name}" for name in given]
        ports += [self._port("input", name, k) for k, name in enumerate(self.names.inputs)]
        ports += [f"output wire {name}" for name in told]
        ports += [self._port("output", name, k) for k, name in enumerate(self.names.outputs)]
        notes = (
            [""] * len(given)
            + [str(port.type) for port in self.graph.inputs]
            + [""] * len(told)
            + [str(port.type) for port in self.graph.outputs]
        )
        ends = [","] * (len(ports) - 1) + [""]
        lines = [
            f"  {p}{end}{f'  // {n}' if n else ''}"
            for p, end, n in zip(ports, ends, notes, strict=True)
        ]
        return [f"module {self.top} (", *lines, ");"]

    def _port(self, direction: str, name: str, k: int) -> str:
        t = (self.graph.inputs if direction == "input" else self.graph.outputs)[k].type
        return declare(f"{direction} wire", name, t.width, t.signed)

    def _registers(self, registers: list[int], stage: int) -> list[str]:
        lines = ["", f"  // stage {stage}"] if stage else []
        moves: dict[str, list[str]] = {}  # what enables registers -> what they take
        for i in registers:
            operand = self.graph.nodes[i].args[0]
            source = self._term(operand)
            if in_block(self.graph, self.readers, operand):
                self.terms[i] = source  # the block's own register, whose width its entries have
                self.declared[source.name] = i
                continue
            if self.multipliers.waits(i):
                self.terms[i] = source
                continue
            term = self._declare(i)
            lines.append(f"  {declare('reg', term.name, term.width, term.signed)};")
            move = f"    {term.name} <= {source.bits(term.width - 1)};"
            moves.setdefault(self._enable(i), []).append(move)
        for enable, taken in moves.items():
            condition = f" if ({enable})" if enable else ""
            lines += [f"  always @(posedge {CLOCK}){condition} begin", *taken, "  end"]
        has_own = not registers or not all(map(self.multipliers.waits, registers))
        return lines if has_own else []

    def _enable(self, i: int) -> str:
        """What must be 1 where register ``i`` takes its operand; nothing where it always does."""
        if self.graph.interval > 1:
            return self.multipliers.enable(i)
        return ENABLE if self.style == Style.ENABLE else ""

    def _output(self, k: int) -> str:
        port = self.graph.outputs[k]
        return self._term(port.node).bits(port.type.width - 1)

    # Nodes

    def _term(self, i: int) -> Term:
        if not self.width[i]:
            return Term.const(0)  # a part of a concatenation that nothing reads
        term = self.terms[i]
        assert term is not None, f"node {i} is read but was not printed"
        return term

    def _name(self, i: int) -> str:
        """The name of a value of the formula, or of its copy in a later stage, or ``n`` and the
        number of the node.
        """
        source = i
        while self.graph.nodes[source].op == "register":
            source = self.graph.nodes[source].args[0]
        note = self.notes.get(source)
        if note is None:
            return f"n{i}"
        return note.name if source == i else f"{note.name}_s{self.depth[i]}"

    def _declare(self, i: int) -> Term:
        node = self.graph.nodes[i]
        term = Term(self._name(i), self.width[i], node.type.signed, node.range)
        self.terms[i] = term
        self.declared[term.name] = i
        return term

    def _noted(self, i: int) -> list[str]:
        """Node ``i`` below what it is a value of."""
        note = self.notes.get(i)
        return [
            *([] if note is None else ["", *(f"// {line}" for line in note.lines)]),
            *self._node(i),
        ]

    def _node(self, i: int) -> list[str]:
        """Print node ``i``; a constant, an input or a renamed vector is no line of its own."""
        node = self.graph.nodes[i]
        if node.op == CONST:
            self.terms[i] = Term.const(node.range.lo)
            return []
        if node.op == INPUT:
            k = next(k for k, port in enumerate(self.graph.inputs) if port.node == i)
            self.terms[i] = Term(
                self.names.inputs[k], node.type.width, node.type.signed, node.range
            )
            return []
        if node.op in ("table", "rom"):
            return self._table(i, node)
        if self.multipliers.shares(i):
            self.terms[i] = self.multipliers.product(i, self.width)
            return []
        if is_wiring(node):
            return self._wiring(i, node)
        if node.op == "booth_cut":
            row = booth_row(self.graph, node, self.terms, self._name(i))
            self.terms[i] = low_bits(row.bits, node, self.width[i])
            return list(row.lines)
        lines, text = self._value(i, node)
        if not lines and self._is_alias(i, text):
            return []
        term = self._declare(i)
        keep = f"`{_KEEP} " if i in self.keep else ""
        note = " ".join([node.op, *map(str, node.attr)])
        head = declare("wire", term.name, term.width, term.signed)
        if slices := self._slices(i):  # an attribute of a declaration alone, which all tools read
            declared = [f"{slices}{head};  // {note} : {node.type}"]
            return [*lines, *declared, f"assign {term.name} = {text};"]
        return [*lines, f"{keep}{head} = {text};  // {note} : {node.type}"]

    def _slices(self, i: int) -> str:
        """What tells Vivado whether a product is meant for DSP slices, as the report counts it."""
        if self.graph.nodes[i].op not in ("mul", "square"):
            return ""
        return f'(* use_dsp = "{"yes" if dsps(self.graph, i) else "no"}" *) '

    def _wiring(self, i: int, node: Node) -> list[str]:
        """Renamed bits stand where they are read, unless they are long and read more than once."""
        term = wired(node, [self._term(operand) for operand in node.args], self.width[i])
        text = term.bits(term.width - 1)
        short = term.ranges <= _RANGES or len(text) < _SHORT or len(self.readers[i]) <= 1
        if short and i not in self.notes:
            self.terms[i] = term
            return []
        named = self._declare(i)
        return [f"{declare('wire', named.name, named.width, named.signed)} = {text};"]

    def _is_alias(self, i: int, text: str) -> bool:
        """Whether node ``i`` has the very bits of its operand; then it also takes its name."""
        node = self.graph.nodes[i]
        source = self.terms[node.args[0]]
        if source is None or (text, node.type.signed, self.width[i]) != (
            source.name,
            source.signed,
            source.width,
        ):
            return False
        self.terms[i] = Term(source.name, source.width, source.signed, node.range)
        return True

    def _value(self, i: int, node: Node) -> tuple[list[str], str]:
        """Helper declarations and the expression of node ``i``."""
        width = self.width[i]
        if i in self.sums:
            return self._sum(i, self.sums[i], width)
        if is_row(self.graph, i):
            row = self._row(i)
            return list(row.lines), f"{row.bits.bits(width - 1)} + {row.carry}"
        if branch := negated_branch(self.graph, node, "invert"):
            return [], self._conditional_invert(node, branch, width)
        if node.op not in EXPRESSIONS:
            return self._formula(i, node)
        return [], EXPRESSIONS[node.op]([self._term(operand) for operand in node.args], node, width)

    def _sum(self, i: int, s: Sum, width: int) -> tuple[list[str], str]:
        """The carry chain of node ``i``, which may take in a row or a carry."""
        if s.shift >= width:  # all of the row lies above the bits that are read
            return [], self._term(s.a).bits(width - 1)
        row, carry = Row(self._term(s.b), ""), None
        if s.row:
            row = self._row(s.b)
            carry = row.carry
        elif s.carry is not None:
            carry = self._term(s.carry).bits(0)
        lines, text = chain(s, self._term(s.a), row.bits, carry, width, self._name(i))
        return [*row.lines, *lines], text

    def _conditional_invert(self, node: Node, branch: int, width: int) -> str:
        inverts = self._term(node.args[0]).bits(0)
        x = self._term(node.args[3 - branch]).bits(width - 1)
        if branch != 1:
            inverts = f"~{inverts}"
        return f"{x} ^ {{{width}{{{inverts}}}}}"

    def _row(self, i: int) -> Row:
        return row_of(self.graph, i, self.terms, self._name(i))

    def _table(self, i: int, node: Node) -> list[str]:
        """An instance of the table's module, whose entries may be wider than those that are read."""
        values = node.attr[0]
        index, term = self._term(node.args[0]), self._declare(i)
        t = FixedType.holding(min(values), max(values), 0)
        exact = (t.width, t.signed) == (term.width, term.signed)
        entry = term if exact else declared(f"{self._name(i)}_entry", t.width, t.signed)
        lines = [f"{declare('wire', entry.name, t.width, t.signed)};  // {node.op} : {node.type}"]
        block = in_block(self.graph, self.readers, i)
        enable = self._enable(self.readers[i][0]) if block else ""
        lines += self._instance(entry.name, index, values, block, enable)
        head = declare("wire", term.name, term.width, term.signed)
        return lines if exact else [*lines, f"{head} = {entry.bits(term.width - 1)};"]

    def _instance(
        self,
        entry: str,
        index: Term,
        values: tuple[int, ...],
        block: bool = False,
        enable: str = "",
    ) -> list[str]:
        name = self.tables.setdefault((values, block), f"{self.top}_table{len(self.tables)}")
        always = "1'b1" if self.graph.interval > 1 else ""
        enabled = f".{ENABLE}({enable or always}), " if enable or always else ""
        clock = f".{CLOCK}({CLOCK}), {enabled}" if block else ""
        return [
            f"{name} u_{entry} ({clock}.index({index.bits(index.width - 1)}), .entry({entry}));"
        ]

    def _formula(self, i: int, node: Node) -> tuple[list[str], str]:
        """The meaning of an operator that has no expression, step by step."""
        sheet = Sheet(self._name(i), self._instance)
        result = OPS[node.op].fn(
            *(Formula(self._term(operand), sheet) for operand in node.args), *node.attr
        )
        value = result.term if isinstance(result, Formula) else Term.const(int(result))
        return sheet.lines, value.bits(self.width[i] - 1)
