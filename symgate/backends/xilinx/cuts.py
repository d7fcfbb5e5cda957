"""Candidates for LUTs: for each function, sets of at most six bits that it can be computed from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from symgate.backends.xilinx import truth
from symgate.backends.xilinx.net import LUT_INPUTS, Net

#: Candidates kept per function, and while they are joined.


@dataclass(frozen=True)
class CutSettings:
    """How many sets of signals are considered for each function. Not measured."""

    #: Candidates kept per function, and while they are joined.
    kept: int = 16
    joined: int = 40
    #: Candidates of an operand that are tried in place of the operand.
    inside: int = 8


CUTS = CutSettings()


@dataclass(frozen=True, slots=True)
class Cut:
    """A LUT over ``leaves``, or a MUXF7/MUXF8, which takes no LUT, between LUTs that compute
    ``data``.
    """

    leaves: frozenset[int]
    data: tuple[int, ...] = ()  # literals
    luts: int = 1


def enumerate_cuts(net: Net, live: Iterable[int], readers: list[int]) -> dict[int, list[Cut]]:
    """Candidates of each function of ``live``, which is in topological order; the best at first
    sight come first.
    """
    flow = [0.0] * len(
        net.fans
    )  # LUTs of a function and of what it reads, shared among its readers
    found: dict[int, list[Cut]] = {}
    for node in live:
        if not net.is_function(node):
            continue
        sets = [frozenset[int]()]
        for fan in net.fans[node]:
            choices = [
                frozenset((fan,)),
                *(c.leaves for c in found.get(fan, ())[: CUTS.inside] if not c.data),
            ]
            joined = {
                s | choice for s in sets for choice in choices if len(s | choice) <= LUT_INPUTS
            }
            sets = sorted(joined, key=lambda s: _order(s, flow))[: CUTS.joined]
        cuts = [Cut(s) for s in sets[: CUTS.kept]]
        if mux := hard_mux(net, node, found):
            cuts.insert(0, mux)
        if not any(cut.leaves == frozenset(net.fans[node]) for cut in cuts):
            cuts.append(Cut(frozenset(net.fans[node])))
        found[node] = cuts
        area = min(cut.luts + sum(flow[n] for n in cut.leaves) for cut in cuts)
        flow[node] = area / max(readers[node], 1)
    return found


def _order(leaves: frozenset[int], flow: list[float]) -> tuple[float, int, list[int]]:
    return sum(flow[n] for n in leaves), len(leaves), sorted(leaves)


def hard_mux(net: Net, node: int, known: dict[int, list[Cut]]) -> Cut | None:
    """The multiplexer of a slice, where ``node`` chooses between two functions of the same depth of
    multiplexers.
    """
    if len(net.fans[node]) != 3 or (mux := truth.as_mux(net.tables[node])) is None:
        return None
    data = tuple(2 * net.fans[node][i] + inverted for i, inverted in mux[1:])
    levels = {level(known, x >> 1) for x in data}
    if len(levels) != 1 or not levels <= {0, 7}:
        return None
    return Cut(frozenset(net.fans[node]), data, luts=0)


def level(known: dict[int, list[Cut]], node: int) -> int | None:
    """8 and 7 for what can be a MUXF8 or MUXF7, 0 for another function, None for a bit that no LUT
    computes.
    """
    if node not in known:
        return None
    first = known[node][0]
    if not first.data:
        return 0
    return 8 if level(known, first.data[0] >> 1) == 7 else 7
