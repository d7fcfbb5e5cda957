"""The cells of a covered network: LUTs with their tables, multiplexers of slices, carry chains,
inverters.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain

from symgate.backends.xilinx import truth
from symgate.backends.xilinx.cover import Cover
from symgate.backends.xilinx.net import Net, cone, reduced


@dataclass(frozen=True, slots=True)
class Lut:
    """The wire of literal ``out`` as a function of the wires of ``inputs``; variable 0 is I0."""

    out: int
    table: int
    inputs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Mux:
    """The wire of literal ``out``: ``high`` where ``select``, else ``low``; ``level`` is 7 or 8."""

    out: int
    select: int
    high: int
    low: int
    level: int


@dataclass(frozen=True, slots=True)
class Carry:
    """A chain: the wires that say whether a carry passes, those that feed it otherwise, and the
    first carry.
    """

    place: int
    propagate: tuple[int, ...]
    direct: tuple[int, ...]
    first: int


@dataclass
class Netlist:
    """Cells in an order in which each reads only wires above it, except that chains and LUTs are
    apart.
    """

    net: Net
    luts: list[Lut] = field(default_factory=list)
    pairs: list[tuple[Lut, Lut]] = field(
        default_factory=list
    )  # of at most five inputs together, in one LUT6_2
    muxes: list[Mux] = field(default_factory=list)
    carries: list[Carry] = field(default_factory=list)
    inverters: list[int] = field(
        default_factory=list
    )  # literals of bits that no LUT computes, inverted

    def counts(self, carry_bits: int = 4) -> dict[str, int]:
        """Cells by name. ``INV``: a LUT on the chip unless it is absorbed; ``ROUTE``: chain bits
        that pass a LUT.
        """
        found = Counter(f"LUT{len(lut.inputs)}" for lut in self.luts)
        found.update(f"MUXF{mux.level}" for mux in self.muxes)
        found["LUT6_2"] = len(self.pairs)
        computed = {lut.out for lut in (*self.luts, *chain(*self.pairs))} | {
            mux.out for mux in self.muxes
        }
        found[f"CARRY{carry_bits}"] = sum(-(-len(c.propagate) // carry_bits) for c in self.carries)
        found["INV"] = len(self.inverters)
        found["ROUTE"] = sum(x not in computed for c in self.carries for x in c.propagate)
        return {name: count for name, count in sorted(found.items()) if count}


def netlist(cover: Cover) -> Netlist:
    """The cells that ``cover`` chose."""
    return _Assembly(cover).run()


class _Assembly:
    def __init__(self, cover: Cover) -> None:
        self.cover, self.net = cover, cover.net
        self.out = Netlist(cover.net)
        self.wanted: dict[int, set[int]] = {}  # node -> literals that must be wires
        self.muxes: set[int] = set()  # nodes that multiplexers of slices compute
        self.levels: dict[int, int] = {}  # the same -> 7 or 8
        self.private: set[int] = (
            set()
        )  # what drives a multiplexer of a slice, which can drive no other

    def run(self) -> Netlist:
        for place, length, sums in self.cover.chains():
            direct = tuple(self.cover.direct[place, k] for k in range(length - 1))
            self.out.carries.append(Carry(place, sums.propagate[:length], (*direct, 0), sums.carry))
        for x in (*self.cover.roots(), *self.cover.direct.values()):
            self._want(x)
        nodes = list(self.cover.computed())
        for node in reversed(nodes):
            self._decide(node)
        for node in nodes:
            self._emit(node)
        bare = (
            xs for name, xs in sorted(self.wanted.items()) if name and name not in self.cover.choice
        )
        self.out.inverters = [x for xs in bare for x in xs if x & 1]
        return self.out

    def _want(self, x: int) -> None:
        self.wanted.setdefault(x >> 1, set()).add(x)

    def _wire(self, node: int) -> int:
        """The literal of ``node`` that is a wire."""
        return min(self.wanted[node]) if node in self.cover.choice else 2 * node

    def _decide(self, node: int) -> None:
        """Whether ``node``, all of whose readers are decided, is a multiplexer of a slice; say what
        it then needs.
        """
        wanted = self.wanted.setdefault(node, {2 * node})
        data = self.cover.choice[node].data
        if data and len(wanted) == 1 and not self.private.intersection(x >> 1 for x in data):
            self.muxes.add(node)
            for x in data:
                self.private.add(x >> 1)
                self._want(x ^ min(wanted) & 1)

    def _emit(self, node: int) -> None:
        if node in self.muxes and self._mux(node):
            return
        leaves = sorted(self.cover.choice[node].leaves)
        found = cone(self.net, node, leaves)
        for x in sorted(self.wanted[node]):
            table, inputs = reduced(found, [self._wire(n) for n in leaves])
            table ^= truth.ones(len(inputs)) if x & 1 else 0
            if not inputs:  # only where `cleaned` was not told what the cover found
                table, inputs = table * truth.ones(1), (0,)
            self.out.luts.append(Lut(x, table, tuple(map(self._wire, inputs))))

    def _mux(self, node: int) -> bool:
        """Emit a multiplexer, if what it chooses between are two LUTs, or two multiplexers of LUTs."""
        found = truth.as_mux(self.net.tables[node])
        out, data = self._wire(node), self.cover.choice[node].data
        levels = {self.levels.get(x >> 1, 0) for x in data}
        if found is None or len(levels) != 1 or levels == {8}:
            return False
        low, high = (x ^ out & 1 for x in data)
        select = self._wire(self.net.fans[node][found[0]])
        low, high = (high, low) if select & 1 else (low, high)
        self.levels[node] = 8 if levels == {7} else 7
        self.out.muxes.append(Mux(out, select, high, low, self.levels[node]))
        return True
