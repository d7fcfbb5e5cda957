"""Which functions become LUTs: candidates chosen so that together they take the fewest.

Each candidate is judged by the LUTs that it adds to those that are there anyway, over and over, as
in the exact area recovery of FPGA mappers. A bit of a chain may feed either of its operands to the
carry; the other then needs no LUT.
"""

from __future__ import annotations

from collections.abc import Iterator

from symgate.backends.xilinx.clean import needed
from symgate.backends.xilinx.cuts import Cut, enumerate_cuts
from symgate.backends.xilinx.net import Chain, Net, cone, reduced

_ROUNDS = 4


class Cover:
    """A choice of LUTs for ``net``: ``cuts`` of the functions that are computed, ``direct``
    operands of chains.
    """

    def __init__(self, net: Net) -> None:
        self.net = net
        needs = needed(net)
        self.live = sorted(needs.nodes)
        self.lengths = {place: max(bits) + 1 for place, bits in needs.seen.items()}
        self.candidates = enumerate_cuts(net, self.live, self._readers())
        self.choice = {node: cuts[0] for node, cuts in self.candidates.items()}
        self.uses = [0] * len(net.fans)
        self.direct: dict[tuple[int, int], int] = {}  # chain, bit -> literal that feeds the carry
        for node in self.roots():
            self.use(node >> 1)
        for place, k, a, b in self._carries():
            self.direct[place, k] = min(a, b, key=lambda x: (net.is_function(x >> 1), x & 1, x))
            self.use(self.direct[place, k] >> 1)

    def run(self) -> Cover:
        """Improve the choice until nothing changes."""
        for _ in range(_ROUNDS):
            before = self.luts()
            self._choose_cuts()
            self._choose_direct()
            if self.luts() == before:
                break
        return self

    def luts(self) -> int:
        """LUTs so far."""
        return sum(self.choice[n].luts for n in self.computed())

    def computed(self) -> Iterator[int]:
        """The functions that are computed, operands first."""
        return (n for n in self.live if self.uses[n] and n in self.choice)

    def chains(self) -> Iterator[tuple[int, int, Chain]]:
        """The chains that are needed: place, bits, chain."""
        return ((place, n, self.net.chains[place]) for place, n in sorted(self.lengths.items()))

    def roots(self) -> Iterator[int]:
        """Literals that must be wires, whatever is chosen."""
        for bits in self.net.outputs:
            yield from bits
        for feed in self.net.feeds.values():
            yield from (bit for bits in feed.operands for bit in bits)
        for _, length, chain in self.chains():
            yield chain.carry
            yield from chain.propagate[:length]

    def simpler(self) -> dict[int, tuple[int, tuple[int, ...]]]:
        """Functions that do not depend on all leaves of their candidate."""
        found = {}
        for node in self.computed():
            leaves = sorted(self.choice[node].leaves)
            table, inputs = reduced(cone(self.net, node, leaves), [2 * n for n in leaves])
            if len(inputs) < len(leaves):
                found[node] = table, inputs
        return found

    # Internals

    def _carries(self) -> Iterator[tuple[int, int, int, int]]:
        """The bits of chains that feed a carry, with their two operands."""
        for place, length, chain in self.chains():
            for k in range(length - 1):
                yield place, k, chain.a[k], chain.b[k]

    def _readers(self) -> list[int]:
        count = [0] * len(self.net.fans)
        for node in self.live:
            for fan in self.net.fans[node]:
                count[fan] += 1
        for x in self.roots():
            count[x >> 1] += 1
        return count

    def use(self, node: int) -> int:
        """Count a reader of ``node``; return the LUTs that this adds."""
        if node not in self.choice:
            return 0
        self.uses[node] += 1
        return self._enter(self.choice[node]) if self.uses[node] == 1 else 0

    def drop(self, node: int) -> int:
        """Count a reader less; return the LUTs that this saves."""
        if node not in self.choice:
            return 0
        self.uses[node] -= 1
        return self._leave(self.choice[node]) if self.uses[node] == 0 else 0

    def _enter(self, cut: Cut) -> int:
        """Count a reader of each leaf, as `use` does: this is where most of the time goes."""
        choice, uses, luts = self.choice, self.uses, cut.luts
        for n in cut.leaves:
            if n in choice:
                uses[n] += 1
                if uses[n] == 1:
                    luts += self._enter(choice[n])
        return luts

    def _leave(self, cut: Cut) -> int:
        """Count a reader less of each leaf, as `drop` does."""
        choice, uses, luts = self.choice, self.uses, cut.luts
        for n in cut.leaves:
            if n in choice:
                uses[n] -= 1
                if not uses[n]:
                    luts += self._leave(choice[n])
        return luts

    def _choose_cuts(self) -> None:
        for node in self.live:
            if node in self.choice and self.uses[node]:
                self._leave(self.choice[node])
                self._settle(node)

    def _settle(self, node: int) -> int:
        """Choose the best candidate of ``node``, whose present one is not counted, and count it."""
        best: tuple[int, int] | None = None
        for cut in self.candidates[node]:
            cost = self._enter(cut), len(cut.leaves)
            self._leave(cut)
            if best is None or cost < best:
                best, self.choice[node] = cost, cut
        return self._enter(self.choice[node])

    def _choose_direct(self) -> None:
        """Try either operand of each bit, together with the LUT of that bit."""
        for place, k, a, b in self._carries():
            root = self.net.chains[place].propagate[k] >> 1
            self.drop(self.direct[place, k] >> 1)
            alone = self.uses[root] and root in self.choice
            if alone:
                self._leave(self.choice[root])
            self.direct[place, k] = min((a, b), key=lambda x: self._trial(x, root if alone else 0))
            self.use(self.direct[place, k] >> 1)
            if alone:
                self._settle(root)

    def _trial(self, direct: int, root: int) -> tuple[int, int]:
        """LUTs if ``direct`` feeds the carry, and whether it needs an inverter."""
        node = direct >> 1
        cost = self.use(node)
        if root:
            cost += self._settle(root)
            self._leave(self.choice[root])
        self.drop(node)
        return cost + (direct & 1 and not self.net.is_function(node)), direct
