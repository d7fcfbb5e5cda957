"""Two small functions in one LUT: a LUT6_2 gives two functions of the same five inputs.

The LUT of a chain bit and the LUT in front of a multiplexer have their place; each can take in one
other function. No two functions are joined where a wire would then lead from a cell back to itself,
if only through a function that does not depend on it: tools take that for a loop.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from symgate.backends.xilinx.net import Net, Source, Sum
from symgate.backends.xilinx.netlist import Lut, Netlist

_INPUTS = 5


def paired(cells: Netlist) -> Netlist:
    """The same cells with as many pairs of LUTs as are found; the first of a pair has a place."""
    placed = {x for carry in cells.carries for x in carry.propagate}
    placed.update(x for mux in cells.muxes for x in (mux.low, mux.high))
    small = [lut for lut in cells.luts if len(lut.inputs) <= _INPUTS]
    order, used, pairs = _Order(cells), set[int](), []
    options = [(lut, found) for lut, found in _partners(small) if lut.out not in placed]
    for lut, found in sorted(options, key=lambda o: len(o[1])):
        if lut.out in used:
            continue
        left = [p for p in found if p.out not in used]
        for partner in sorted(
            left, key=lambda p: (p.out not in placed, len({*p.inputs, *lut.inputs}), p.out)
        ):
            if order.join(lut.out, partner.out):
                used.update((lut.out, partner.out))
                pairs.append((partner, lut))
                break
    return replace(cells, luts=[lut for lut in cells.luts if lut.out not in used], pairs=pairs)


def _partners(luts: Sequence[Lut]) -> Iterator[tuple[Lut, list[Lut]]]:
    """Each LUT with those that share an input with it and have at most five inputs together with
    it.
    """
    readers: dict[int, list[Lut]] = defaultdict(list)
    for lut in luts:
        for x in lut.inputs:
            readers[x].append(lut)
    for lut in luts:
        near = {p.out: p for x in lut.inputs for p in readers[x] if p is not lut}
        yield lut, [p for p in near.values() if len({*p.inputs, *lut.inputs}) <= _INPUTS]


class _Order:
    """Cells in an order in which each reads only cells before it. A chain and a product are one cell
    each, and so are two LUTs that are joined.

    Where two are joined, only what lies between them moves: D. J. Pearce and P. H. J. Kelly, "A dynamic
    topological sort algorithm for directed acyclic graphs", JEA 11 (2007).
    """

    def __init__(self, cells: Netlist) -> None:
        self.readers: dict[int, set[int]] = defaultdict(set)  # cell -> cells
        self.reads: dict[int, set[int]] = defaultdict(set)
        self.joined: dict[int, int] = {}  # cell -> the cell that it became a part of
        levels: dict[int, int] = {}
        for _, cell, inputs in sorted(_read(cells)):
            sources = {x for x in (_cell(cells.net, x) for x in inputs) if x in levels}
            levels[cell] = max((levels[x] + 1 for x in sources), default=0)
            self.reads[cell] = sources
            for source in sources:
                self.readers[source].add(cell)
        # by levels, little lies between cells that are joined
        ordered = sorted(levels, key=lambda cell: (levels[cell], cell))
        self.places = {cell: place for place, cell in enumerate(ordered)}

    def join(self, a: int, b: int) -> bool:
        """Make two LUTs one cell; return False, and change nothing, where one reads the other."""
        first, last = sorted((a, b), key=self.places.__getitem__)
        low, high = self.places[first], self.places[last]
        behind = self._reached(first, self.readers, low, high)
        if last in behind:
            return False
        ahead = self._reached(last, self.reads, low, high)
        order = [*sorted(ahead, key=self.places.__getitem__), first]
        order += sorted(behind, key=self.places.__getitem__)
        free = sorted(self.places[cell] for cell in (*order, last))
        self.places.update(zip(order, free, strict=False))  # one place stays free
        self.joined[last] = first
        self.readers[first] |= self.readers.pop(last, set())
        self.reads[first] |= self.reads.pop(last, set())
        return True

    def _reached(self, start: int, edges: dict[int, set[int]], low: int, high: int) -> set[int]:
        """The cells from ``low`` to ``high`` that ``edges`` lead to from ``start``; as soon as the one
        at ``high`` is among them, no others.
        """
        found, waiting = set[int](), [start]
        while waiting:
            for x in edges.get(waiting.pop(), ()):
                cell = self.joined.get(x, x)
                place = self.places[cell]
                if place == high:
                    return {cell}
                if low <= place < high and cell not in found:
                    found.add(cell)
                    waiting.append(cell)
        return found


def _read(cells: Netlist) -> Iterator[tuple[int, int, Sequence[int]]]:
    """Each cell with what it reads; first a number, so that cells read only those with lower ones."""
    net = cells.net
    yield from ((lut.out >> 1, lut.out, lut.inputs) for lut in cells.luts)
    yield from ((mux.out >> 1, mux.out, (mux.select, mux.high, mux.low)) for mux in cells.muxes)
    chains = {c.place: (*c.propagate, *c.direct, c.first) for c in cells.carries}
    for node, origin in enumerate(net.origins):
        if isinstance(origin, Sum) and origin.bit == 0 and origin.chain in chains:
            yield node, _cell(net, 2 * node), chains[origin.chain]
        elif (
            isinstance(origin, Source) and (feed := net.feeds.get(origin.node)) and not feed.bitwise
        ):
            yield node, _cell(net, 2 * node), net.feed(origin)


def _cell(net: Net, x: int) -> int:
    """The number of the cell that drives the wire of literal ``x``."""
    origin = net.origins[x >> 1]
    if origin is None:
        return x
    return -2 * origin.node - 1 if isinstance(origin, Source) else -2 * origin.chain - 2
