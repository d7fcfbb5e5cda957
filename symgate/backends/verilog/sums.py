"""Sums and differences: which other nodes ride on their carry chain, and the text that makes tools
see it.

Where one operand is logic, the text is the difference ``{a, c} - ~{b, c}``, which is ``2(a + b + c)
+ 1``: of a difference, and only of that, Yosys is sure to put the second operand into the LUTs of
the chain (docs/decisions/0004-rtl-text.md).
"""

from __future__ import annotations

from dataclasses import dataclass

from symgate.backends.verilog.logic import Logic
from symgate.backends.verilog.rows import is_row
from symgate.backends.verilog.supports import narrow_bits
from symgate.backends.verilog.terms import Term, operands
from symgate.ir.fixed import Graph, Node


@dataclass(frozen=True, slots=True)
class Sum:
    """``a + b + carry`` or ``a - (b + carry)``, where ``b`` is shifted left.

    ``row`` says that ``b`` is a row that is no wire of its own and brings the carry; else ``carry``
    is a node of one bit. ``absorbed``: the chain takes in the logic of ``b``.
    """

    a: int
    b: int
    subtract: bool = False
    row: bool = False
    shift: int = 0
    carry: int | None = None
    absorbed: bool = False

    @property
    def is_difference(self) -> bool:
        """Whether the text is a difference of two concatenations."""
        return self.absorbed or (self.subtract and self.row)


def find_sums(graph: Graph, logic: Logic) -> dict[int, Sum]:
    """How each ``add`` and ``sub`` of ``graph`` is written."""
    sums: dict[int, Sum] = {}
    for i, node in enumerate(graph.nodes):
        if node.op in ("add", "sub"):
            sums[i] = (
                _with_row(graph, logic, node)
                or _with_carry(graph, logic, node, sums)
                or _pair(logic, node)
            )
    return sums


def _with_row(graph: Graph, logic: Logic, node: Node) -> Sum | None:
    """A sum with a row that nothing else reads; a Booth row before any other."""
    found = []
    for k in (1,) if node.op == "sub" else (1, 0):
        i, shift = node.args[k], 0
        while (source := graph.nodes[i]).op in ("shl", "scale") and logic.readers[i] == 1:
            i, shift = source.args[0], shift + (source.attr[0] if source.op == "shl" else 0)
        if logic.readers[i] == 1 and is_row(graph, i):
            absorbed = graph.nodes[i].op != "round"
            found.append(
                Sum(node.args[1 - k], i, node.op == "sub", row=True, shift=shift, absorbed=absorbed)
            )
    return min(found, key=lambda s: graph.nodes[s.b].op != "booth", default=None)


def _with_carry(graph: Graph, logic: Logic, node: Node, sums: dict[int, Sum]) -> Sum | None:
    """A sum of a single bit and another sum that nothing else reads and that has no carry yet."""
    if node.op == "sub":
        return None
    for bit, other in (node.args, node.args[::-1]):
        t, inner = graph.nodes[bit].type, sums.get(other)
        free = inner and not (inner.subtract or inner.row or inner.carry is not None)
        if inner and free and logic.readers[other] == 1 and t.width == 1 and not t.signed:
            return Sum(inner.a, inner.b, carry=bit, absorbed=inner.absorbed)
    return None


def _pair(logic: Logic, node: Node) -> Sum:
    """A sum of two values; the second is the one of which the chain takes in more."""
    a, b = node.args
    if node.op == "sub":
        return Sum(a, b, subtract=True)
    gain = {i: (logic.is_absorbed(i), narrow_bits(logic, i)) for i in (a, b)}
    if gain[a] > gain[b]:
        a, b = b, a
    return Sum(a, b, absorbed=any(gain[b]))


def chain(
    s: Sum, a: Term, b: Term, carry: str | None, width: int, name: str
) -> tuple[list[str], str]:
    """Return helper declarations and the expression of ``s`` in ``width`` bits; ``name`` begins the
    helpers' names.
    """
    if carry is None and not s.absorbed:
        return [], f" {'-' if s.subtract else '+'} ".join(operands([a, b], width))
    high = width - s.shift
    top, bottom = a.bits(width - 1, s.shift), b.bits(high - 1)
    lines: list[str] = []
    if s.is_difference:
        lines = [f"wire [{high}:0] {name}_sum = {_difference(top, bottom, carry, s.subtract)};"]
        total = f"{name}_sum[{high}:1]"
    else:
        total = f"{top} + {bottom} + {carry}"
        if s.shift:
            lines = [f"wire [{high - 1}:0] {name}_sum = {total};"]
            total = f"{name}_sum"
    return lines, f"{{{total}, {a.bits(s.shift - 1)}}}" if s.shift else total


def _difference(a: str, b: str, carry: str | None, subtract: bool) -> str:
    if subtract:
        return f"{{{a}, ~{carry}}} - {{{b}, {carry}}}"
    bit = carry or "1'd0"
    return f"{{{a}, {bit}}} - ~{{{b}, {bit}}}"
