"""Two small functions in one LUT: a LUT6_2 gives two functions of the same five inputs.

The LUT of a chain bit and the LUT in front of a multiplexer have their place; each can take in one other function.
Only functions of the same depth are joined, so that no wire leads from a cell back to itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from symgate.backends.xilinx.net import Source, Sum
from symgate.backends.xilinx.netlist import Lut, Netlist

_INPUTS = 5


def paired(cells: Netlist) -> Netlist:
    """The same cells with as many pairs of LUTs as are found; the first of a pair has a place."""
    depths = _depths(cells)
    placed = {x for carry in cells.carries for x in carry.propagate}
    placed.update(x for mux in cells.muxes for x in (mux.low, mux.high))
    small = [lut for lut in cells.luts if len(lut.inputs) <= _INPUTS]
    readers: dict[tuple[int, int], list[Lut]] = defaultdict(list)  # input, depth -> LUTs
    for lut in small:
        for x in lut.inputs:
            readers[x, depths[lut.out]].append(lut)

    def partners(lut: Lut) -> Iterator[Lut]:
        found = {id(p): p for x in lut.inputs for p in readers[x, depths[lut.out]]}
        return (p for p in found.values() if p is not lut and len({*p.inputs, *lut.inputs}) <= _INPUTS)

    options = [(lut, list(partners(lut))) for lut in small if lut.out not in placed]
    used: set[int] = set()
    pairs = []
    for lut, choices in sorted(options, key=lambda o: len(o[1])):
        left = [p for p in choices if p.out not in used]
        if lut.out in used or not left:
            continue
        partner = min(left, key=lambda p: (p.out not in placed, len({*p.inputs, *lut.inputs}), p.out))
        used.update((lut.out, partner.out))
        pairs.append((partner, lut))
    return replace(cells, luts=[lut for lut in cells.luts if lut.out not in used], pairs=pairs)


def _depths(cells: Netlist) -> dict[int, int]:
    """Cells on the longest path to each wire, a chain as one; a cell reads nodes of smaller numbers only."""
    found: dict[int, int] = defaultdict(int)
    chains = {c.place: (*c.propagate, *c.direct, c.first) for c in cells.carries}
    readers = {lut.out: lut.inputs for lut in cells.luts}
    readers.update({mux.out: (mux.select, mux.high, mux.low) for mux in cells.muxes})
    for node, origin in enumerate(cells.net.origins):
        for x in (2 * node, 2 * node + 1):
            read: Sequence[int] = readers.get(x, ())
            if isinstance(origin, Sum):
                read = chains.get(origin.chain, ())
            elif isinstance(origin, Source) and (product := cells.net.feeds.get(origin.node)) and not product.bitwise:
                read = cells.net.feed(origin)
            found[x] = 1 + max((found[y] for y in read), default=0)
    return found
