"""Runs of codes that the hardware does not tell apart, found in the graph by intervals, where there
are many codes.

A function of a long operand reads it through a node of few bits. An interval of codes is a run
where that node has one value on all of it; others are cut in two, at the multiple of the largest
power of two inside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from symgate.ir.fixed import CONST, Graph, Node
from symgate.proof.cones import node_values
from symgate.proof.forms import Unprovable
from symgate.proof.structure import cone

Ints = Any  # an array of int64
Range = tuple[Ints, Ints]
_WIDEST = 60  # bits of nodes that intervals follow


def runs(graph: Graph, operand: int, node: int, first: int, last: int, most: int) -> Range:
    """First and last code of each run from ``first`` to ``last``, in order; raise `Unprovable`
    beyond ``most`` runs.
    """
    gate = _gate(graph, operand, node)
    before = cone(graph, gate, (operand,))
    if any(graph.nodes[i].type.width > _WIDEST for i in (operand, *before)):
        raise Unprovable(f"{last - first + 1} codes are too many to try them all")
    base, sign, offset = _base(graph, operand, before)
    inner = cone(graph, gate, (base,)) if base != gate else []
    ends = sorted((sign * first + offset, sign * last + offset))
    lo, hi = (np.array([v], dtype=np.int64) for v in ends)
    done: list[Range] = []
    count = 0
    while lo.size:
        least, greatest = _image(graph, base, inner, gate, lo, hi)
        single = least == greatest
        count += int(single.sum())
        if count + lo.size - int(single.sum()) > most:
            raise Unprovable(f"more than {most} runs of codes are too many to try them all")
        done.append((lo[single], hi[single]))
        lo, hi = _halved(lo[~single], hi[~single])
    starts, ends_ = (np.concatenate(side) for side in zip(*done, strict=True))
    a, b = ((v - offset) * sign for v in (starts, ends_))
    low, high = np.minimum(a, b), np.maximum(a, b)
    order = np.argsort(low)
    return low[order], high[order]


def _gate(graph: Graph, operand: int, node: int) -> int:
    """The node of fewest bits through which ``node`` sees ``operand``, before anything that
    intervals do not follow.
    """
    plain, gates = {operand}, [node]
    for i in cone(graph, node, (operand,)):
        n = graph.nodes[i]
        if n.op == CONST or (n.op in _RULES and plain.issuperset(n.args)):
            plain.add(i)
            gates += [i] if _is_gate(graph, operand, node, i) else []
    return min(gates, key=lambda i: (i == node, graph.nodes[i].type.width, -i))


def _is_gate(graph: Graph, operand: int, node: int, i: int) -> bool:
    """Whether ``node`` depends on ``operand`` only through node ``i``."""
    if graph.nodes[i].op == CONST:
        return False
    seen, stack = {i}, [node]
    while stack:
        j = stack.pop()
        if j not in seen:
            seen.add(j)
            stack.extend(graph.nodes[j].args if j != operand else ())
    return operand not in seen


def _base(graph: Graph, operand: int, inside: Sequence[int]) -> tuple[int, int, int]:
    """The node that is ``sign * code + offset`` and that all else reads in place of ``operand``."""
    base, sign, offset = operand, 1, 0
    while True:
        readers = [i for i in inside if base in graph.nodes[i].args]
        step = _affine(graph, base, readers[0]) if len(readers) == 1 else None
        if step is None:
            return base, sign, offset
        base, sign, offset = readers[0], sign * step[0], step[0] * offset + step[1]


def _affine(graph: Graph, base: int, reader: int) -> tuple[int, int] | None:
    n = graph.nodes[reader]
    if n.op in ("scale", "register"):
        return 1, 0
    if n.op in ("neg", "invert"):
        return -1, -(n.op == "invert")
    if n.op not in ("add", "sub") or len(set(n.args)) < 2:
        return None
    (other,) = (a for a in n.args if a != base)
    if graph.nodes[other].op != CONST:
        return None
    value = graph.nodes[other].range.lo
    return (1, value) if n.op == "add" else (1, -value) if n.args[0] == base else (-1, value)


def _halved(lo: Ints, hi: Ints) -> Range:
    """Intervals cut before the number inside that is the multiple of the largest power of two."""
    below = lo ^ hi
    for k in (1, 2, 4, 8, 16, 32):
        below = below | (below >> k)
    middle = np.where((lo < 0) & (hi >= 0), 0, hi & ~(below >> 1))
    return np.concatenate([lo, middle]), np.concatenate([middle - 1, hi])


def _image(graph: Graph, base: int, inside: Sequence[int], gate: int, lo: Ints, hi: Ints) -> Range:
    known: dict[int, Range] = {base: (lo, hi)}
    for i in inside:
        n = graph.nodes[i]
        args = [known[a] for a in n.args]
        a, b = interval(n, args)
        known[i] = np.broadcast_to(a, lo.shape), np.broadcast_to(b, lo.shape)
    return known[gate]


def interval(n: Node, args: Sequence[Range]) -> Range:
    """What a node can be on intervals of its operands, one each; its whole range where no rule is
    known.
    """
    if n.op == CONST:
        return np.array(n.range.lo), np.array(n.range.lo)
    if n.op in _RULES:
        return _RULES[n.op](n.attr, *args)
    single = reduce(np.logical_and, (lo == hi for lo, hi in args))
    value = node_values(n, [lo for lo, _ in args])
    return np.where(single, value, n.range.lo), np.where(single, value, n.range.hi)


def _sliced(attr: tuple[Any, ...], x: Range) -> Range:
    top, mask = attr[0] + 1, (1 << (attr[0] - attr[1] + 1)) - 1
    same = (x[0] >> min(top, 62)) == (x[1] >> min(top, 62))
    lo, hi = ((v >> attr[1]) & mask for v in x)
    return np.where(same, lo, 0), np.where(same, hi, mask)


def _wrapped(attr: tuple[Any, ...], x: Range) -> Range:
    width, half = attr[0], (1 << (attr[0] - 1)) if attr[1] else 0
    size = 1 << width
    same = (x[0] + half) >> width == (x[1] + half) >> width
    lo, hi = (((v + half) & (size - 1)) - half for v in x)
    return np.where(same, lo, -half), np.where(same, hi, size - 1 - half)


def _equal(attr: tuple[Any, ...], x: Range, y: Range) -> Range:
    apart = (x[1] < y[0]) | (y[1] < x[0])
    same = (x[0] == x[1]) & (y[0] == y[1]) & (x[0] == y[0])
    return np.where(same, 1, 0), np.where(apart, 0, 1)


def _selected(attr: tuple[Any, ...], c: Range, x: Range, y: Range) -> Range:
    lo = np.where(c[0] == 1, x[0], np.where(c[1] == 0, y[0], np.minimum(x[0], y[0])))
    hi = np.where(c[0] == 1, x[1], np.where(c[1] == 0, y[1], np.maximum(x[1], y[1])))
    return lo, hi


#: The image of intervals under each operator of an address: shifts, tests, choices, logic of bits.
_RULES: dict[str, Callable[..., Range]] = {
    "slice": _sliced,
    "wrap": _wrapped,
    "eq": _equal,
    "select": _selected,
    "and": lambda attr, x, y: (x[0] & y[0], x[1] & y[1]),
    "or": lambda attr, x, y: (x[0] | y[0], x[1] | y[1]),
    "not": lambda attr, x: (1 - x[1], 1 - x[0]),
    "concat": lambda attr, x, y: ((x[0] << attr[0]) + y[0], (x[1] << attr[0]) + y[1]),
    "scale": lambda attr, x: x,
    "register": lambda attr, x: x,
    "shl": lambda attr, x: (x[0] << attr[0], x[1] << attr[0]),
    "invert": lambda attr, x: (~x[1], ~x[0]),
    "neg": lambda attr, x: (-x[1], -x[0]),
    "add": lambda attr, x, y: (x[0] + y[0], x[1] + y[1]),
    "sub": lambda attr, x, y: (x[0] - y[1], x[1] - y[0]),
}
