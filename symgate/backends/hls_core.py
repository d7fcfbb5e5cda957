"""The computation in C++: a function for each value of the formula, and one that calls them.

Nothing is decided here. Each line is `Op.cpp` filled in, each variable has exactly the format of
its node, and bits that only move stand where they are read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from symgate.backends import hls_bits
from symgate.backends.hls_bits import Run, Runs
from symgate.backends.hls_helpers import BOOTH, HELPERS
from symgate.backends.hls_names import Names, ap, ap_int
from symgate.backends.hls_tables import BINDINGS, is_table, span, tables
from symgate.backends.verilog.notes import Note
from symgate.ir.domains import Interval
from symgate.ir.fixed import CONST, INPUT, Graph, Node
from symgate.ir.fixed_ops import OPS, Op, slices
from symgate.ir.types import FixedType, Rounding

#: Operators that move bits, and need no line.
_MOVES = ("scale", "slice", "concat", "shl", "invert")
_PRODUCTS = ("mul", "square")
_COMPARE = ("lt", "le", "eq", "min", "max")
#: Operators that read the value of an operand and not its bits, so that it may be an expression.
_BY_VALUE = ("add", "sub", "neg", "round", "wrap", "saturate")
#: Of these, an expression is exact and has all that its reader needs.
_EXACT = ("add", "sub", "neg", "round", "wrap")
#: Operators whose range stands beside them.
_TOLD = ("add", "sub", "neg", "mul", "square", "abs")
_LONGEST = 60  # characters of an expression that stands where it is read
_RUNS = 3  # of moved bits that are read in several places
_FEWEST = 3  # lines of a function of its own
_VALUE = re.compile(r"v\d+")  # a name that no port and no macro has
_DOUBLE = 53  # bits of a literal
_LARGEST = 1000  # exponent of a literal
# ap_fixed.h compares signed with unsigned numbers of 32 bits and more as if the sign were a bit
_SAFE = 31


def core(names: Names, graph: Graph, dsp: int | None, notes: Mapping[int, Note]) -> str:
    """The header with the whole computation, as a function on single ports."""
    guard = f"{names.top.upper()}_CORE_H_"
    return f"""#ifndef {guard}
#define {guard}

#include "defines.h"
#include <stdint.h>

{BINDINGS}
{computation(names, graph, dsp, notes)}
#endif
"""


def computation(
    names: Names, graph: Graph, dsp: int | None, notes: Mapping[int, Note], types: str = ""
) -> str:
    """The namespace with the tables and ``compute``, the function on single ports; ``types`` stand
    in front.
    """
    booth = BOOTH if any(n.op in ("booth", "booth_cut") for n in graph.nodes) else ""
    body = "\n".join(_Printer(names, graph, dsp, notes).functions())
    return f"""\
namespace {names.space} {{

{types}{HELPERS}{booth}
// A table has an entry for each bit pattern of its address. The tools narrow it to the bits that its entries need.
{tables(graph)}
// {names.prefix}12 is %12 of graph.txt, v3 a value of the formula as certificate.json has it.
{body}
}} // namespace {names.space}
"""


def arguments(names: Names) -> list[str]:
    """The ports as arguments: inputs by value, outputs by reference."""
    inputs = [f"{a.type} {a.name}" for a in names.inputs]
    return inputs + [f"{a.type} &{a.name}" for a in names.outputs]


@dataclass
class _Body:
    """The lines of one function and the variables that it declares."""

    lines: list[str] = field(default_factory=list)
    declared: set[str] = field(default_factory=set)


class _Printer:
    def __init__(
        self, names: Names, graph: Graph, dsp: int | None, notes: Mapping[int, Note]
    ) -> None:
        self.names, self.graph, self.dsp = names, graph, dsp
        self.notes = {
            i: note
            for i, note in notes.items()
            if graph.nodes[i].op not in (*_MOVES, "register") and _VALUE.fullmatch(note.name)
        }
        self.source = self._sources()
        self.readers = self._readers()
        self.group = self._groups()
        self.texts: dict[int, str] = {}
        self.runs: dict[int, Runs] = {}
        self.types: dict[str, str] = {}  # of the variables
        self.bodies: dict[int | None, _Body] = {None: _Body()}
        self.made: list[str] = []
        for a in names.inputs:
            self._named(a.port.node, a.name, a.type)

    def functions(self) -> list[str]:
        """The functions of the values, and the one that calls them."""
        for i, node in enumerate(self.graph.nodes):
            if node.op not in (INPUT, "register"):
                self._node(i, node)
        body = self.bodies[None].lines
        results = [f"{a.name} = {self._value(a.port.node)};" for a in self.names.outputs]
        head = ",\n    ".join(arguments(self.names))
        lines = "\n".join(f"    {line}" for line in [*body, *results])
        whole = f"inline void compute(\n    {head}\n) {{\n#pragma HLS INLINE\n{lines}\n}}"
        return [*self.made, whole]

    # What is read where

    def _sources(self) -> list[int]:
        """For each node, the one that it is a copy of: an HLS tool places registers of its own."""
        found: list[int] = []
        for i, node in enumerate(self.graph.nodes):
            found.append(found[node.args[0]] if node.op == "register" else i)
        return found

    def _readers(self) -> list[list[int]]:
        found: list[list[int]] = [[] for _ in self.graph.nodes]
        for i, node in enumerate(self.graph.nodes):
            if node.op != "register":
                for a in node.args:
                    found[self.source[a]].append(i)
        return found

    def _groups(self) -> list[int | None]:
        """For each node, the value of the formula that alone needs it."""
        outputs = {self.source[port.node] for port in self.graph.outputs}
        found: list[int | None] = [None] * len(self.graph.nodes)
        for i in reversed(range(len(found))):
            if i in self.notes:
                found[i] = i
                continue
            around = {found[reader] for reader in self.readers[i]}
            found[i] = around.pop() if len(around) == 1 and i not in outputs else None
        return found

    # Operands

    def _value(self, i: int) -> str:
        """Node ``i`` as a number."""
        i = self.source[i]
        node = self.graph.nodes[i]
        if i in self.texts:
            return self.texts[i]
        if node.op == "shl":
            return self._value(node.args[0])  # of the same value
        return f"as<{ap(node.type)}>({self._code(i)})"

    def _bits(self, i: int) -> Runs:
        """Node ``i`` as bits, as many as its type has."""
        i = self.source[i]
        if i not in self.runs:
            self._whole(i, self.texts[i])
        return self.runs[i]

    def _whole(self, i: int, text: str) -> None:
        width = self.graph.nodes[i].type.width
        self.runs[i] = (Run(text, width - 1, 0, size=width),)

    def _code(self, i: int) -> str:
        """Node ``i`` as an ``ap_int`` or ``ap_uint``."""
        t = self.graph.nodes[i].type
        runs = self._bits(i)
        if runs[0].is_whole and runs[0].source == self.texts.get(i):
            return f"code({runs[0].source})"
        text = hls_bits.text(runs)
        return f"{ap_int(t)}({text})" if t.signed else text

    # Nodes

    def _node(self, i: int, node: Node) -> None:
        if node.op == CONST:
            self._constant(i, node)
        elif node.op in _MOVES:
            self._move(i, node)
        else:
            self._computed(i, node)

    def _constant(self, i: int, node: Node) -> None:
        raw = node.range.lo
        self.runs[i] = hls_bits.constant(raw, node.type.width)
        if raw.bit_length() <= _DOUBLE and abs(node.frac) < _LARGEST:
            self.texts[i] = f"{ap(node.type)}({raw * 2.0**-node.frac!r})"

    def _move(self, i: int, node: Node) -> None:
        runs = self._moved(i, node)
        self.runs[i] = runs
        if len(runs) > _RUNS and len(self.readers[i]) > 1:
            self._declare(i, f"as<{ap(node.type)}>({self._code(i)})")

    def _moved(self, i: int, node: Node) -> Runs:
        """The bits of a node that moves bits."""
        width = node.type.width
        operand = self.graph.nodes[self.source[node.args[0]]].type
        first = self._bits(node.args[0])
        if node.op == "slice":
            hi, lo = node.attr
            return self._low(hls_bits.cut(self._extended(node.args[0], hi + 1), hi, lo), width)
        if node.op == "shl":
            first = (*first, *hls_bits.constant(0, node.attr[0]))
        elif node.op == "concat":
            low = self._bits(node.args[1])
            gap = hls_bits.constant(0, node.attr[0] - hls_bits.width(low))
            first = (*first, *gap, *low)
        elif node.op == "invert":
            missing = width - operand.width
            first = hls_bits.inverted((*hls_bits.constant(0, missing), *first))
        return self._low(first, width)

    def _low(self, runs: Runs, width: int) -> Runs:
        return hls_bits.cut(runs, width - 1, 0)

    def _extended(self, i: int, width: int) -> Runs:
        """The bits of an operand, with as many as a slice reads."""
        i = self.source[i]
        t = self.graph.nodes[i].type
        missing = width - t.width
        if missing <= 0:
            return self._bits(i)
        if t.signed:
            wide = ap(FixedType(True, width, t.frac))
            return (Run(f"{wide}({self._value(i)})", width - 1, 0),)
        return (*hls_bits.constant(0, missing), *self._bits(i))

    def _computed(self, i: int, node: Node) -> None:
        text = self._expression(i, node)
        reader = self.readers[i][0] if len(self.readers[i]) == 1 else None
        is_short = len(text) <= _LONGEST and node.op in _EXACT
        if is_short and reader is not None and i not in self.notes:
            is_output = any(self.source[port.node] == i for port in self.graph.outputs)
            if self.graph.nodes[reader].op in _BY_VALUE and not is_output:
                self.texts[i] = text if node.op in ("round", "wrap") else f"({text})"
                return
        self._declare(i, text)

    def _declare(self, i: int, text: str) -> None:
        """A line for node ``i``."""
        node = self.graph.nodes[i]
        note = self.notes.get(i)
        name = note.name if note else f"{self.names.prefix}{i}"
        body = self.bodies.setdefault(self.group[i], _Body())
        tells = node.op in _TOLD and node.range != Interval(node.type.lo, node.type.hi)
        comment = f"  // {span(node)}" if tells else ""
        is_cast = node.op in ("round", "wrap") and text.startswith(f"{ap(node.type)}(")
        is_typed = is_cast or OPS[node.op].bits or node.op in _MOVES
        kind = "auto" if is_typed else ap(node.type)
        body.lines.append(f"const {kind} {name} = {text};{comment}")
        body.declared.add(name)
        body.lines += self._binding(i, node, name)
        self._named(i, name, ap(node.type))
        if note:
            self._close(i, note)

    def _named(self, i: int, name: str, kind: str) -> None:
        self.texts[i] = name
        self._whole(i, name)
        self.types[name] = kind

    def _binding(self, i: int, node: Node, name: str) -> list[str]:
        if node.op not in _PRODUCTS or self.dsp is None:
            return []
        factors = self.graph.operands(i)
        takes_slice = self.dsp > 0 and slices(factors[0], factors[-1])
        return [f"SYMGATE_MUL_{'DSP' if takes_slice else 'FABRIC'}({name})"]

    def _close(self, i: int, note: Note) -> None:
        """The end of the lines of a value: a function of what they read, where they are many."""
        body = self.bodies.pop(i)
        said = [f"// {line}" for line in note.lines]
        main = self.bodies[None]
        main.declared.add(note.name)
        if len(body.lines) < _FEWEST:
            main.lines += [*said, *body.lines]
            return
        text = "\n".join(body.lines)
        words = dict.fromkeys(re.findall(r"[A-Za-z_]\w*", re.sub(r"//.*", "", text)))
        read = [word for word in words if word in self.types and word not in body.declared]
        head = ", ".join(f"const {self.types[word]} &{word}" for word in read)
        kind = self.types[note.name]
        lines = "\n".join(f"    {line}" for line in body.lines)
        comments = "\n".join(said)
        self.made.append(
            f"{comments}\ninline {kind} compute_{note.name}({head}) {{\n#pragma HLS INLINE\n"
            f"{lines}\n    return {note.name};\n}}\n"
        )
        call = f"compute_{note.name}({', '.join(read)})"
        main.lines.append(f"const {kind} {note.name} = {call};")

    # The expression of a node

    def _expression(self, i: int, n: Node) -> str:
        op = OPS[n.op]
        if is_table(n):
            return f"table_{i}({self._address(n)})"
        if n.op in ("table", "rom"):
            first, second = n.attr[0]
            return f"as<{ap(n.type)}>({self._address(n)} != 0 ? {second} : {first})"
        types = [self.graph.nodes[self.source[a]].type for a in n.args]
        operands = [self._value(a) for a in n.args]
        if n.op in _COMPARE:
            operands = _alike(operands, types)
        fields = {"t": ap(n.type), "w": n.type.width, "cast": _cast(op, n)}
        fields["wide"] = _wide(op, n, operands[0], types[0])
        for k, (a, t) in enumerate(zip(n.args, types, strict=True)):
            fields[f"i{k}"] = self._code(self.source[a])
            fields[f"u{k}"] = self._unsigned(a)
            fields[f"t{k}"] = self._typed(a, n.type)
            fields[f"s{k}"] = (
                fields[f"i{k}"] if t.signed else f"ap_int<{t.width + 1}>({fields[f'u{k}']})"
            )
        fields |= {f"a{k}": a for k, a in enumerate(n.attr) if not isinstance(a, tuple)}
        if op.cpp.endswith(("({0})", "({wide})")):
            operands[0] = _bare(operands[0])
            fields["wide"] = _bare(str(fields["wide"]))
        value = op.cpp.format(*operands, **fields)
        return f"as<{ap(n.type)}>({value})" if op.bits else value

    def _address(self, n: Node) -> str:
        return self._unsigned(n.args[0])

    def _unsigned(self, i: int) -> str:
        """Node ``i`` as an ``ap_uint``."""
        i = self.source[i]
        t = self.graph.nodes[i].type
        return hls_bits.text(self._bits(i)) if t.signed else self._code(i)

    def _typed(self, i: int, t: FixedType) -> str:
        """Node ``i`` in the format ``t``, which holds it."""
        i = self.source[i]
        node = self.graph.nodes[i]
        if node.op == CONST and not node.range.lo:
            return f"{ap(t)}(0)"
        text = self._value(i)
        is_alike = node.type == t and (node.op != "shl" or i in self.texts)
        return text if is_alike else f"{ap(t)}({text})"


def _bare(text: str) -> str:
    """``text`` without parentheses around the whole of it."""
    depth = 0
    for k, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return text[1:-1] if letter == ")" and k == len(text) - 1 and text[0] == "(" else text
    return text


def _alike(operands: list[str], types: Sequence[FixedType]) -> list[str]:
    """``operands`` as signed numbers, where one is signed and one is long."""
    if (
        all(t.signed for t in types)
        or not any(t.signed for t in types)
        or max(t.width for t in types) <= _SAFE
    ):
        return operands
    wider = [FixedType(True, t.width + (not t.signed), t.frac) for t in types]
    return [
        x if t.signed else f"{ap(w)}({x})" for x, t, w in zip(operands, types, wider, strict=True)
    ]


def _cast(op: Op, n: Node) -> str:
    """The format and the mode in which a lossy operator brings its operand."""
    given = dict(zip(op.attrs, n.attr, strict=True))
    t = FixedType(
        bool(given.get("signed", n.type.signed)), int(given.get("width", n.type.width)), n.frac
    )
    mode = given.get("mode")
    if mode in (None, Rounding.TRN):  # the defaults of ap_fixed
        return ap(t)
    return ap(t, f"AP_{mode}") if mode in list(Rounding) else ap(t, "AP_TRN", f"AP_{mode}")


def _wide(op: Op, n: Node, operand: str, t: FixedType) -> str:
    """``operand``, extended where the operator reads bits above its top one."""
    given = dict(zip(op.attrs, n.attr, strict=True))
    bits = max(given.get("drop", 0), given.get("hi", -1) + 1)
    return operand if bits <= t.width else f"{ap(FixedType(t.signed, bits, t.frac))}({operand})"
