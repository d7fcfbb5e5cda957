"""Sums that are functions of one number of few bits, as two tables: one LUT a bit for each.

``5/16 x + x/256 - …`` of an 11-bit ``x`` may take many adders, but is the sum of a table of its
high and a table of its low bits, exactly: a few guard bits below the last one make room for the
rounding of both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symgate.ir.fixed import CONST, INPUT, Builder, Graph, Node, apply, users
from symgate.ir.types import Rounding

#: Bits of the number whose table the LUT of a sum takes in, and bits of the other table.
_HIGH, _LOW = 5, 6
_GUARD = 9  # guard bits that are tried
_ADDERS = ("add", "sub")
_SUMS = frozenset({*_ADDERS, "concat", "round"})
_LINEAR = frozenset({*_SUMS, "neg", "shl", "scale", "slice", "wrap", "invert"})
_WIDEST = 40
_FAR = 1 << 60
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """Node ``node`` as ``(high[x >> low_bits] + low[x & …]) >> guard`` of node ``base``."""

    node: int
    base: int
    low_bits: int
    guard: int
    high: tuple[int, ...]
    low: tuple[int, ...]
    gain: int  # LUTs, estimated


def with_split_sums(graph: Graph) -> Graph:
    """``graph`` with two tables where they are cheaper than the adders that they replace."""
    while splits := list(_splits(graph)):
        best: dict[
            int, Split
        ] = {}  # base -> split: those of different bases have no adder in common
        for split in sorted(splits, key=lambda s: s.gain):
            best[split.base] = split
        graph = _replaced(graph, {s.node: s for s in best.values()})
    return graph


def _splits(graph: Graph) -> Iterator[Split]:
    bases, readers = _bases(graph), [len(r) for r in users(graph)]
    for port in graph.outputs:
        readers[port.node] += 1
    tables: dict[int, dict[int, Codes]] = {}
    for i, node in enumerate(graph.nodes):
        base = bases[i]
        if node.op not in _SUMS or base in (None, i) or base is None or node.type.width > _WIDEST:
            continue
        spent = _adder_bits(graph, i, base, bases, list(readers))
        if graph.nodes[base].type.width <= _HIGH + _LOW and spent > node.type.width:
            if base not in tables:
                tables[base] = _tabulate(graph, base, bases)
            yield from _split(graph, i, base, tables[base][i], spent)


def _bases(graph: Graph) -> list[int | None]:
    """For each node, the one node that it is computed from by adders and wires, perhaps itself;
    None: a constant.
    """
    found: list[int | None] = []
    for i, node in enumerate(graph.nodes):
        read = {found[operand] for operand in node.args} - {None}
        own = node.op == INPUT or len(read) > 1 or (bool(read) and node.op not in _LINEAR)
        found.append(i if own else next(iter(read), None))
    return found


def _adder_bits(
    graph: Graph, top: int, base: int, bases: Sequence[int | None], readers: list[int]
) -> int:
    """LUTs of the adders that only ``top`` needs, between ``base`` and itself."""
    bits, waiting = 0, [top]
    while waiting:
        node = graph.nodes[waiting.pop()]
        if node.op in _ADDERS and all(graph.nodes[operand].op != CONST for operand in node.args):
            bits += node.type.width - max(_zeros(graph, operand) for operand in node.args)
        for a in node.args:
            readers[a] -= 1
            if bases[a] == base and a != base and not readers[a]:
                waiting.append(a)
    return bits


def _zeros(graph: Graph, i: int) -> int:
    node = graph.nodes[i]
    return int(node.attr[0]) if node.op == "shl" else 0


def _tabulate(graph: Graph, base: int, bases: Sequence[int | None]) -> dict[int, Codes]:
    """The values of all nodes that are computed from ``base``, by its bit pattern."""
    t = graph.nodes[base].type
    patterns = np.arange(1 << t.width)
    found: dict[int, Codes] = {
        base: patterns - (patterns >> (t.width - 1) << t.width) if t.signed else patterns
    }
    for i, node in enumerate(graph.nodes):
        if bases[i] == base and i != base:
            operands = [
                found[operand] if operand in found else graph.nodes[operand].range.lo
                for operand in node.args
            ]
            found[i] = (
                np.asarray(apply(node, operands))
                if node.type.width <= _WIDEST
                else np.zeros(1, np.int64)
            )
    return found


def _split(graph: Graph, i: int, base: int, values: Codes, spent: int) -> Iterator[Split]:
    node, source = graph.nodes[i], graph.nodes[base]
    t = source.type
    low_bits = max(t.width - _HIGH, 0)
    wanted = values.reshape(-1, 1 << low_bits)
    codes = np.arange(1 << t.width)
    codes = codes - (codes >> (t.width - 1) << t.width) if t.signed else codes
    reached = ((codes >= source.range.lo) & (codes <= source.range.hi)).reshape(wanted.shape)
    for guard in range(_GUARD):
        if (found := _tables(wanted, reached, guard)) is not None:
            high, low = found
            gain = spent - node.type.width - guard - int(low.max()).bit_length()
            if gain > 0:
                yield Split(
                    i, base, low_bits, guard, tuple(high.tolist()), tuple(low.tolist()), gain
                )
            return


def _tables(wanted: Codes, reached: NDArray[np.bool_], guard: int) -> tuple[Codes, Codes] | None:
    """``high`` and ``low >= 0`` with ``(high[h] + low[l]) >> guard == wanted[h, l]`` where reached,
    if there are any.

    These are difference constraints of two sides, ``least <= high + low <= least + 2**guard - 1``:
    relaxed until nothing changes, or for as many steps as there are variables if they contradict.
    """
    least = np.where(reached, wanted << guard, -_FAR)
    most = np.where(reached, (wanted << guard) + (1 << guard) - 1, _FAR)
    high, minus = np.zeros(len(wanted), np.int64), np.zeros(wanted.shape[1], np.int64)
    for _ in range(sum(wanted.shape) + 1):
        before = high.copy()
        high = np.minimum(high, (minus + most).min(axis=1))
        minus = np.minimum(minus, (high[:, None] - least).min(axis=0))
        if np.array_equal(before, high) and (high[:, None] - minus <= most).all():
            shift = minus.max()
            return high - shift, shift - minus
    return None


def _replaced(graph: Graph, splits: Mapping[int, Split]) -> Graph:
    nodes: list[Node] = []
    new: list[int] = []
    for i, node in enumerate(graph.nodes):
        if split := splits.get(i):
            part = _tables_and_sum(graph.nodes[split.base], split, node)
            places = [new[split.base], *range(len(nodes), len(nodes) + len(part) - 1)]
            nodes += [
                replace(n, args=tuple(places[operand] for operand in n.args)) for n in part[1:]
            ]
        else:
            nodes.append(replace(node, args=tuple(new[operand] for operand in node.args)))
        new.append(len(nodes) - 1)
    inputs, outputs = (
        [replace(p, node=new[p.node]) for p in side] for side in (graph.inputs, graph.outputs)
    )
    return Builder(nodes, inputs, outputs).build()  # which leaves out what nothing needs any more


def _tables_and_sum(source: Node, split: Split, node: Node) -> list[Node]:
    """``source`` as an input, what is computed from it, and last what takes the place of ``node``."""
    builder = Builder()
    x = builder.input("x", source.type, source.range)
    width, low, frac = source.type.width, split.low_bits, node.frac + split.guard
    total = _table(builder, builder.slice(x, width - 1, low), split.high, frac)
    if low:
        total = builder.add(total, _table(builder, builder.slice(x, low - 1, 0), split.low, frac))
    builder.wrap(builder.round(total, split.guard, Rounding.TRN), node.type.width, node.type.signed)
    return [
        *builder.nodes[:-1],
        replace(builder.nodes[-1], range=node.range),
    ]  # which is exact: all codes were looked at


def _table(b: Builder, index: int, values: tuple[int, ...], frac: int) -> int:
    """A table, without the entries that the range of ``index`` excludes by its width."""
    return b.table(index, values[: 1 << b.nodes[index].type.width], frac)
