"""C text of a program: a function for each loop over a block of rows, and one that runs them all.

A function of its own per loop keeps the time of the compiler linear in the size of the design.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from symgate.ir.domains import Interval
from symgate.ir.fixed import CONST, INPUT, Graph
from symgate.sim.compiled.loops import Loop, last_reads, loops_of
from symgate.sim.compiled.operators import NAMES, Unsupported, expression, literal, size_of
from symgate.sim.compiled.program import LOOKUP, Program, Term, simplify

#: Rows in a block: all buffers of a design stay in the first cache of the processor.
BLOCK = 512
#: Bytes to which buffers are aligned.
ALIGNED = 64
#: Bits of the entries of tables: vectors are gathered in no fewer.
GATHERED = 32
_WIDEST_PORT = 64
_HEAD = f"""\
#include <stddef.h>
#include <stdint.h>
enum {{ B = {BLOCK} }};
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define LOOP static __attribute__((noinline, noclone)) void
"""


@dataclass(frozen=True)
class Source:
    """C text, and what its ``run`` takes: bits of the integers of each input (None: not read) and
    output, and the bytes that it works in.
    """

    text: str
    inputs: tuple[int | None, ...]
    outputs: tuple[int, ...]
    scratch: int


def source(graph: Graph) -> Source:
    """Return ``graph`` as C; raise `Unsupported` where no C integer holds a value, or a port."""
    return _Printer(simplify(graph)).source()


@dataclass
class _Buffers:
    """Places in the scratch memory, given back after the last read."""

    free: dict[int, list[int]] = field(default_factory=dict)
    held: dict[int, int] = field(default_factory=dict)
    end: int = 0

    def take(self, value: int, size: int) -> int:
        """The offset of a buffer for ``value`` of ``size`` bits."""
        places = self.free.setdefault(size, [])
        if places:
            self.held[value] = places.pop()
        else:
            self.held[value] = self.end
            self.end += BLOCK * size // 8
        return self.held[value]

    def give(self, value: int, size: int) -> None:
        """Let others use the buffer of ``value``, if it has one."""
        if value in self.held:
            self.free[size].append(self.held.pop(value))


@dataclass
class _Printer:
    program: Program
    tables: dict[tuple[int, ...], str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def size(self, i: int) -> int:
        return size_of(self.program.terms[i].range)

    def source(self) -> Source:
        loops = loops_of(self.program)
        functions = [self._function(loop) for loop in loops]
        buffers = _Buffers()
        calls = self._calls(loops, buffers)
        graph, terms = self.program.graph, self.program.terms
        inputs = tuple(self.size(p.node) if p.node in terms else None for p in graph.inputs)
        outputs = tuple(self.size(i) for i in self.program.outputs)
        if any(size is not None and size > _WIDEST_PORT for size in (*inputs, *outputs)):
            raise Unsupported("a port is wider than 64 bits")
        text = "\n".join([_HEAD, *self.lines, *functions, _block(calls), _RUN])
        return Source(text, inputs, outputs, max(buffers.end, ALIGNED))

    def _function(self, loop: Loop) -> str:
        takes = [f"const {self._type(a)} *restrict p{a}" for a in loop.reads]
        head = ", ".join([f"{self._type(loop.result)} *restrict y", *takes])
        body = [f"    {self._type(a)} v{a} = p{a}[k];" for a in loop.reads]
        body += [f"    {self._type(i)} v{i} = {self._value(i)};" for i in loop.inside]
        lines = "\n".join([*body, f"    y[k] = v{loop.result};"])
        return (
            f"LOOP k{loop.result}({head}) {{\n  for (int k = 0; k < B; k++) {{\n{lines}\n  }}\n}}"
        )

    def _type(self, i: int) -> str:
        return NAMES[self.size(i)]

    def _value(self, i: int) -> str:
        term = self.program.terms[i]
        terms = [self.program.terms[a] for a in term.args]
        names = [
            literal(t.range.lo) if t.op == CONST else f"v{a}"
            for a, t in zip(term.args, terms, strict=True)
        ]
        text = expression(term, names, [t.range for t in terms])
        return f"{self._table(term)}[{text}]" if term.op == LOOKUP else text

    def _table(self, term: Term) -> str:
        values = term.attr[1]
        if values not in self.tables:
            name = f"t{len(self.tables)}"
            kind = NAMES[max(GATHERED, size_of(Interval.hull(*values)))]
            lines = ",".join(literal(v).strip("()") for v in values)
            self.lines.append(f"static const {kind} {name}[{len(values)}] = {{{lines}}};")
            self.tables[values] = name
        return self.tables[values]

    def _calls(self, loops: Sequence[Loop], buffers: _Buffers) -> list[str]:
        """The calls of a block, with where each loop reads and writes."""
        places, last = self._ports(), last_reads(loops)
        copies = [
            self._copy(k, i, places)
            for k, i in enumerate(self.program.outputs)
            if i not in places or f"out[{k}]" not in places[i]
        ]
        calls = []
        for number, loop in enumerate(loops):
            i = loop.result
            if i not in places:
                offset = buffers.take(i, self.size(i))
                places[i] = f"({self._type(i)} *)(scratch + {offset})"
            calls.append(f"k{i}({', '.join(places[a] for a in (i, *loop.reads))});")
            for a in loop.reads:
                if last[a] == number:
                    buffers.give(a, self.size(a))
        return calls + copies

    def _ports(self) -> dict[int, str]:
        """Where inputs are, and where loops write what is an output."""
        terms, places = self.program.terms, dict[int, str]()
        for k, port in enumerate(self.program.graph.inputs):
            if port.node in terms:
                places[port.node] = f"(const {self._type(port.node)} *)in[{k}] + at"
        for k, i in enumerate(self.program.outputs):
            if i not in places and terms[i].op not in (CONST, INPUT):
                places[i] = f"({self._type(i)} *)out[{k}] + at"
        return places

    def _copy(self, k: int, i: int, places: dict[int, str]) -> str:
        """An output that is an input, a constant, or another output too."""
        kind, term = self._type(i), self.program.terms[i]
        value = literal(term.range.lo) if term.op == CONST else f"({places[i]})[k]"
        return f"for (int k = 0; k < B; k++) (({kind} *)out[{k}] + at)[k] = {value};"


def _block(calls: Sequence[str]) -> str:
    head = "static void block(const void *const *in, void *const *out, char *scratch, size_t at) {"
    return "\n".join([head, *(f"  {call}" for call in calls), "}"])


_RUN = """\
void run(const void *const *in, void *const *out, char *scratch, size_t blocks) {
  for (size_t k = 0; k < blocks; k++) block(in, out, scratch, k * B);
}
"""
