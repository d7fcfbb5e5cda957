"""An interpreter of graph.txt, on integers. What each node does is written from its documentation;
rounding and overflow are those of ``ap_fixed``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NODE = re.compile(r"%(\d+) = (\w+)((?: \S+)*) : (u?)fixed<(-?\d+),(-?\d+)> \[(-?\d+), (-?\d+)\]")
_OUTPUT = re.compile(r"output (\S+) = %(\d+) : (u?)fixed<(-?\d+),(-?\d+)>")
#: Values below this size are exact in int64, with a bit to spare.
_NARROW = 1 << 62
Codes = NDArray[Any]  # int64, or Python ints


class NoGraph(ValueError):
    """The text is no graph that this interpreter knows."""


@dataclass(frozen=True)
class Type:
    """A fixed-point format."""

    signed: bool
    width: int
    frac: int

    @property
    def ends(self) -> tuple[int, int]:
        """The smallest and the largest code."""
        half = 1 << (self.width - 1)
        return (-half, half - 1) if self.signed else (0, 2 * half - 1)


@dataclass(frozen=True)
class Node:
    """One line of the graph: operands by number, attributes as they stand, and what is claimed."""

    op: str
    args: tuple[int, ...]
    words: tuple[str, ...]
    type: Type
    low: int
    high: int
    table: tuple[int, ...] = ()


@dataclass(frozen=True)
class Netlist:
    """The whole graph; outputs name a node and their type."""

    nodes: tuple[Node, ...]
    outputs: dict[str, tuple[int, Type]]

    @property
    def inputs(self) -> dict[str, Node]:
        """The input nodes by the name of their port."""
        return {n.words[0]: n for n in self.nodes if n.op == "input"}


def read(text: str) -> Netlist:
    """The graph in ``text``; raise `NoGraph` where a line is none."""
    nodes: list[Node] = []
    outputs: dict[str, tuple[int, Type]] = {}
    for line in filter(str.strip, text.splitlines()):
        if found := _OUTPUT.fullmatch(line):
            outputs[found[1]] = int(found[2]), _type(*found.groups()[2:])
        elif (found := _NODE.fullmatch(line)) and int(found[1]) == len(nodes):
            nodes.append(_node(found))
        else:
            raise NoGraph(f"cannot read the line {line[:80]!r}")
    graph = Netlist(tuple(nodes), outputs)
    _check_points(graph)
    return graph


def _type(unsigned: str, width: str, integer: str) -> Type:
    return Type(not unsigned, int(width), int(width) - int(integer))


def _node(found: re.Match[str]) -> Node:
    words = found[3].split()
    args = tuple(int(w[1:]) for w in words if w.startswith("%"))
    lists = [w for w in words if w.startswith("{")]
    table = tuple(map(int, lists[0][1:-1].split(","))) if lists else ()
    rest = tuple(w for w in words if w[0] not in "%{")
    kind = _type(found[4], found[5], found[6])
    return Node(found[2], args, rest, kind, int(found[7]), int(found[8]), table)


def _check_points(graph: Netlist) -> None:
    """Raise `NoGraph` where a binary point is not the one that the operation gives."""
    for k, n in enumerate(graph.nodes):
        fracs = [graph.nodes[a].type.frac for a in n.args]
        if n.op not in ("input", "const") and _point(n, fracs) != n.type.frac:
            raise NoGraph(f"%{k} = {n.op} has {n.type.frac} fraction bits, not {_point(n, fracs)}")
    for name, (k, kind) in graph.outputs.items():
        if kind.frac != graph.nodes[k].type.frac:
            raise NoGraph(f"output {name} has another binary point than %{k}")


_SAME_POINT = ("add", "sub", "neg", "abs", "min", "max", "invert", "register", "saturate", "wrap")
_BITS = ("and", "or", "not")


def _point(n: Node, fracs: list[int]) -> int:
    """The fraction bits of a node's value."""
    if n.op in (*_SAME_POINT, "lt", "le", "eq", "select"):
        alike = set(fracs[1:] if n.op == "select" else fracs)
        if len(alike) != 1:
            raise NoGraph(f"{n.op} of operands with different binary points")
    if n.op in ("lt", "le", "eq", *_BITS):
        return 0
    if n.op in ("mul", "square"):
        return fracs[0] + fracs[-1]
    if n.op in ("booth", "booth_cut"):
        return sum(fracs) - 1 - (int(n.words[0]) if n.op == "booth_cut" else 0)
    if n.op in ("table", "rom"):
        return int(n.words[0])
    if n.op in ("scale", "round"):
        return fracs[0] - int(n.words[0])
    if n.op == "shl":
        return fracs[0] + int(n.words[0])
    if n.op == "slice":
        return fracs[0] - int(n.words[1])
    return fracs[-1]  # the low part of a concat, and everything that keeps its point


# ------------------------------------------------------------------ what nodes do


def _round(x: Codes, drop: int, mode: str) -> Codes:
    if drop == 0:
        return x
    half, below = 1 << (drop - 1), x >> drop
    rest = x - (below << drop)
    if mode == "TRN":
        up = rest < 0
    elif mode == "TRN_ZERO":
        up = (x < 0) & (rest > 0)
    else:
        tie = {
            "RND": rest == half,
            "RND_ZERO": (rest == half) & (x < 0),
            "RND_INF": (rest == half) & (x > 0),
            "RND_MIN_INF": rest < 0,
            "RND_CONV": (rest == half) & (below % 2 == 1),
        }[mode]
        up = (rest > half) | tie
    return np.where(up, below + 1, below)


def _wrap(x: Codes, width: int, signed: int) -> Codes:
    whole = x % (1 << width)
    return np.where(whole >= 1 << (width - 1), whole - (1 << width), whole) if signed else whole


def _saturate(x: Codes, width: int, signed: int, mode: str) -> Codes:
    low, high = Type(bool(signed), width, 0).ends
    if mode == "SAT_SYM" and signed and width > 1:
        low = -high
    below, above = (0, 0) if mode == "SAT_ZERO" else (low, high)
    return np.where(x < low, below, np.where(x > high, above, x))


def _booth(a: Codes, d: Codes) -> Codes:
    digit = d % 2 + (d >> 1) % 2 - 2 * ((d >> 2) % 2)
    product: Codes = digit * a
    return product


def _booth_cut(a: Codes, d: Codes, drop: int) -> Codes:
    twice, none = (d == 3) | (d == 4), (d == 0) | (d == 7)
    size = np.where(none, 0 * a, np.where(twice, 2 * a, a)) >> drop
    return np.where((d >= 4) & (d <= 6), -size - 1, size)


def _looked_up(x: Codes, table: tuple[int, ...], width: int, kind: Any) -> Codes:
    index = (x % (1 << width)).astype(np.int64)
    return np.array(table, dtype=kind)[index]


_SIMPLE: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "neg": lambda x: -x,
    "mul": lambda x, y: x * y,
    "square": lambda x: x * x,
    "abs": abs,
    "min": np.minimum,
    "max": np.maximum,
    "invert": lambda x: -x - 1,
    "register": lambda x: x,
    "lt": lambda x, y: x < y,
    "le": lambda x, y: x <= y,
    "eq": lambda x, y: x == y,
    "and": lambda x, y: (x != 0) & (y != 0),
    "or": lambda x, y: (x != 0) | (y != 0),
    "not": lambda x: x == 0,
    "select": lambda c, x, y: np.where(c != 0, x, y),
    "booth": _booth,
}
_WITH_NUMBERS: dict[str, Callable[..., Any]] = {
    "booth_cut": _booth_cut,
    "shl": lambda x, n: x << n,
    "scale": lambda x, n: x,
    "slice": lambda x, hi, lo: (x >> lo) % (1 << (hi - lo + 1)),
    "concat": lambda x, y, n: (x << n) + y,
    "wrap": _wrap,
}


def _result(n: Node, kinds: list[Type], operands: list[Codes], kind: Any) -> Any:
    if n.op in _SIMPLE:
        return _SIMPLE[n.op](*operands)
    if n.op in _WITH_NUMBERS:
        return _WITH_NUMBERS[n.op](*operands, *map(int, n.words))
    if n.op in ("table", "rom"):
        return _looked_up(operands[0], n.table, kinds[0].width, kind)
    if n.op == "round":
        return _round(operands[0], int(n.words[0]), n.words[1])
    if n.op == "saturate":
        return _saturate(operands[0], int(n.words[0]), int(n.words[1]), n.words[2])
    raise NoGraph(f"unknown operation {n.op!r}")


def run(graph: Netlist, columns: Mapping[str, Codes]) -> tuple[dict[str, Codes], list[str]]:
    """The output codes for rows of input codes, and which claims about a node's range are wrong."""
    rows = len(next(iter(columns.values()))) if columns else 1
    kind = np.int64 if _sizes(graph) < _NARROW else object
    values: list[Codes] = []
    wrong = []
    for k, n in enumerate(graph.nodes):
        if n.op == "input":
            found = np.asarray(columns[n.words[0]]).astype(kind)
        elif n.op == "const":
            found = np.full(rows, int(n.words[0]), dtype=kind)
        else:
            kinds = [graph.nodes[a].type for a in n.args]
            found = _result(n, kinds, [values[a] for a in n.args], kind)
        values.append(np.asarray(found).astype(kind))
        wrong += _broken_claims(k, n, values[-1])
    return {name: values[k] for name, (k, _) in graph.outputs.items()}, wrong


def _broken_claims(k: int, n: Node, found: Codes) -> list[str]:
    if not len(found):
        return []
    low, high = int(found.min()), int(found.max())
    if low < n.low or high > n.high:
        return [f"%{k} = {n.op} takes [{low}, {high}], outside [{n.low}, {n.high}]"]
    first, last = n.type.ends
    if low < first or high > last:
        return [f"%{k} = {n.op} takes [{low}, {high}], which {n.type} does not hold"]
    return []


def _sizes(graph: Netlist) -> int:
    """No value and no intermediate result of the interpreter is larger than this."""
    sizes: list[int] = []
    largest = 0
    for n in graph.nodes:
        args = [sizes[a] for a in n.args]
        sizes.append(_size(n, args))
        largest = max(largest, sizes[-1], *args)
    return 4 * largest


def _size(n: Node, args: list[int]) -> int:
    if n.op in ("input", "const"):
        return max(abs(n.low), abs(n.high), 1 << n.type.width)
    if n.op in ("table", "rom"):
        return max(map(abs, n.table)) + 1
    if n.op in ("mul", "square"):
        return args[0] * args[-1] + 1
    if n.op in ("booth", "booth_cut"):
        return 4 * args[0] + 8
    if n.op == "shl":
        return args[0] << int(n.words[0])
    if n.op == "concat":
        return (args[0] << int(n.words[0])) + args[1]
    if n.op in ("slice", "wrap", "saturate"):
        width = int(n.words[0]) + 1
        return max(args[0], 1 << width)
    if n.op == "round":
        return args[0] + (1 << int(n.words[0]))
    return sum(args) + 1
