"""Rows: a Booth digit times a number, a conditional negation, a magnitude or a rounding, written as
``bits + carry``.

Inside a sum such a node needs no adder of its own, because its carry enters the chain of the sum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from symgate.backends.verilog.logic import is_wiring
from symgate.backends.verilog.terms import Term, declare
from symgate.ir.domains import Interval
from symgate.ir.fixed import Graph, Node
from symgate.ir.types import Rounding

#: The module of Booth rows, before the name of the design stands in front of it.
BOOTH = "@booth"
_BOOTH_MODULE = """\
// A row of a product: the digit -2 to 2 that three bits code (Booth, radix 4) times a number, of which ``once`` and
// ``twice`` are the bits of one and two; row + neg is the product.
module {name} #(
  parameter WIDTH = 8
) (
  input wire [2:0] digit,
  input wire [WIDTH-1:0] once,
  input wire [WIDTH-1:0] twice,
  output wire signed [WIDTH-1:0] row,
  output wire neg
);
  wire one = digit[1] ^ digit[0];
  wire two = (digit[2] & ~digit[1] & ~digit[0]) | (~digit[2] & digit[1] & digit[0]);
  assign neg = digit[2] & ~(digit[1] & digit[0]);
  assign row = (({{WIDTH{{one}}}} & once) | ({{WIDTH{{two}}}} & twice)) ^ {{WIDTH{{neg}}}};
endmodule
"""


@dataclass(frozen=True, slots=True)
class Row:
    """``bits + carry``, ``carry`` a single bit; ``lines`` declare the two."""

    bits: Term
    carry: str
    lines: tuple[str, ...] = ()


def booth_module(name: str) -> str:
    """Return the module of Booth rows under ``name``."""
    return _BOOTH_MODULE.format(name=name)


def declared(name: str, width: int, signed: bool) -> Term:
    """A helper vector that may take any value."""
    lo = -(1 << (width - 1)) if signed else 0
    return Term(name, width, signed, Interval(lo, lo + (1 << width) - 1))


def is_row(graph: Graph, i: int) -> bool:
    """Whether node ``i`` can be written as ``bits + carry``."""
    node = graph.nodes[i]
    if node.op == "round":
        return not is_wiring(node)
    if node.op == "abs":
        return graph.nodes[node.args[0]].type.signed
    return node.op == "booth" or negated_branch(graph, node) is not None


def negated_branch(graph: Graph, node: Node, op: str = "neg") -> int | None:
    """1 or 2 where that branch of a ``select`` is ``op`` of the other branch, else None."""
    if node.op != "select":
        return None
    for branch in (1, 2):
        other = graph.nodes[node.args[branch]]
        if other.op == op and other.args[0] == node.args[3 - branch]:
            return branch
    return None


def row_of(graph: Graph, i: int, terms: list[Term | None], name: str) -> Row:
    """Return node ``i`` as bits and a carry; ``name`` begins the names that the row declares."""
    node = graph.nodes[i]
    rule = _ROWS.get(node.op, _negation)
    return rule(graph, node, terms, name)


def _term(terms: list[Term | None], i: int) -> Term:
    term = terms[i]
    assert term is not None, f"node {i} has no wire"
    return term


def booth_row(graph: Graph, node: Node, terms: list[Term | None], name: str) -> Row:
    """The digit times the number, one too small where the digit is negative; a ``booth_cut`` drops
    its low bits.
    """
    x, d = (_term(terms, operand) for operand in node.args)
    drop = node.attr[0] if node.attr else 0
    top = x.width + (not x.signed)  # holds twice the number
    width = max(top + 1 - drop, 1)
    row = declared(f"{name}_row", width, True)
    once = x.bits(drop + width - 1, drop)
    twice = x.bits(drop + width - 2, drop - 1) if drop else f"{{{x.bits(width - 2)}, 1'd0}}"
    lines = (
        f"{declare('wire', row.name, width, True)}; wire {name}_neg;",
        f"{BOOTH} #({width}) u_{name}_row (.digit({d.bits(2)}), .once({once}), .twice({twice}), "
        f".row({row.name}), .neg({name}_neg));",
    )
    return Row(row, f"{name}_neg", lines)


def _all(bit: str, width: int) -> str:
    return f"{{{width}{{{bit}}}}}"


def _negation(graph: Graph, node: Node, terms: list[Term | None], name: str) -> Row:
    branch = negated_branch(graph, node)
    assert branch is not None
    condition, x = _term(terms, node.args[0]), _term(terms, node.args[3 - branch])
    width = x.width + (not x.signed)
    row = declared(f"{name}_row", width, True)
    lines = (
        f"wire {name}_neg = {'' if branch == 1 else '~'}{condition.bits(0)};",
        f"{declare('wire', row.name, width, True)} = {x.bits(width - 1)} ^ {_all(f'{name}_neg', width)};",
    )
    return Row(row, f"{name}_neg", lines)


def _abs(graph: Graph, node: Node, terms: list[Term | None], name: str) -> Row:
    x = _term(terms, node.args[0])
    sign = x.bits(x.width - 1, x.width - 1)
    width = max(x.width - 1, 1)  # the sign bit of what is left is always 0
    row = declared(f"{name}_row", width, False)
    line = f"{declare('wire', row.name, width, False)} = {x.bits(width - 1)} ^ {_all(sign, width)};"
    return Row(row, sign, (line,))


#: Whether the part cut off, ``half`` its top bit and ``rest`` the others, rounds up a number of
#: this ``sign``.
_ROUNDS_UP: dict[Rounding, Callable[[str, str, str, str], str]] = {
    Rounding.TRN_ZERO: lambda sign, odd, half, rest: f"{sign} & ({half} | {rest})",
    Rounding.RND: lambda sign, odd, half, rest: half,
    Rounding.RND_ZERO: lambda sign, odd, half, rest: f"{half} & ({sign} | {rest})",
    Rounding.RND_INF: lambda sign, odd, half, rest: f"{half} & (~{sign} | {rest})",
    Rounding.RND_MIN_INF: lambda sign, odd, half, rest: f"{half} & {rest}",
    Rounding.RND_CONV: lambda sign, odd, half, rest: f"{half} & ({odd} | {rest})",
}


def _round(graph: Graph, node: Node, terms: list[Term | None], name: str) -> Row:
    drop, mode = node.attr
    x = _term(terms, node.args[0])
    width = max(x.width - drop, 1)
    row = declared(f"{name}_row", width, x.signed)
    sign = x.bits(x.width - 1, x.width - 1) if x.signed else "1'd0"
    rest = f"(|{x.bits(drop - 2)})" if drop > 1 else "1'd0"
    up = _ROUNDS_UP[Rounding(mode)](sign, x.bits(drop, drop), x.bits(drop - 1, drop - 1), rest)
    lines = (
        f"{declare('wire', row.name, width, x.signed)} = {x.bits(drop + width - 1, drop)};",
        f"wire {name}_up = {up};",
    )
    return Row(row, f"{name}_up", lines)


_ROWS: dict[str, Callable[[Graph, Node, list[Term | None], str], Row]] = {
    "booth": booth_row,
    "abs": _abs,
    "round": _round,
}
