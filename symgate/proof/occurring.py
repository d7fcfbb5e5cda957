"""The codes that some values of the graph take together, found by running every input, where these
are few.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.ir.fixed import INPUT, Graph
from symgate.proof.claims import Claim, Proof
from symgate.proof.codes import prove_at_codes
from symgate.proof.combos import prove_at_combinations
from symgate.proof.cones import node_values
from symgate.proof.forms import Unprovable
from symgate.proof.structure import cone

MOST = 1 << 20  # inputs
_CHUNK = 1 << 15
_WIDEST = 60  # bits of nodes whose codes int64 holds
Ints = Any  # an array of int64, or of Python ints
Codes = NDArray[np.int64]


def inputs_below(graph: Graph, nodes: Sequence[int]) -> list[int]:
    """The input nodes on which ``nodes`` depend."""
    seen, stack = set[int](), list(nodes)
    while stack:
        i = stack.pop()
        if i not in seen:
            seen.add(i)
            stack.extend(graph.nodes[i].args)
    return sorted(i for i in seen if graph.nodes[i].op == INPUT)


def values_of(graph: Graph, nodes: Sequence[int], inputs: Mapping[int, Ints]) -> dict[int, Ints]:
    """The codes of ``nodes`` for rows of codes of the input nodes below them."""
    known: dict[int, Ints] = dict(inputs)
    rows = len(next(iter(inputs.values()))) if inputs else 1
    inside = {i for n in nodes for i in cone(graph, n, inputs)}
    for i in sorted(inside):
        n = graph.nodes[i]
        known[i] = node_values(n, [known[a] for a in n.args])
    return {i: np.broadcast_to(known[i], rows) for i in nodes}


@dataclass(frozen=True)
class Occurring:
    """Every combination of codes that some nodes take, and for each an input that gives it."""

    codes: Codes  # a row per node, a column per combination
    first: Codes  # the number of an input among all of them
    inputs: tuple[int, ...]
    ranges: tuple[tuple[int, int], ...]  # the first code and the number of codes of each input

    def column(self, codes: Sequence[int]) -> int:
        """The combination with these codes."""
        wanted = np.array(codes, np.int64)[:, None]
        return int(np.flatnonzero(np.all(self.codes == wanted, axis=0))[0])

    def input(self, column: int) -> dict[int, int]:
        """The codes of an input that gives combination ``column``, by node."""
        places = np.unravel_index(int(self.first[column]), [count for _, count in self.ranges])
        return {
            i: lo + int(k) for i, (lo, _), k in zip(self.inputs, self.ranges, places, strict=True)
        }


def occurring(graph: Graph, nodes: Sequence[int]) -> Occurring:
    """Run every input of ``nodes``; raise `Unprovable` where there are too many, or codes are long."""
    inputs = inputs_below(graph, nodes)
    spans = [graph.nodes[i].range for i in inputs]
    ranges = tuple((r.lo, r.hi - r.lo + 1) for r in spans)
    shape = tuple(count for _, count in ranges)
    if math.prod(shape) > MOST:
        raise Unprovable("too many inputs to try them all")
    if any(graph.nodes[i].type.width > _WIDEST for i in nodes):
        raise Unprovable("codes that are too long to compare")
    known: tuple[Codes, Codes] | None = None
    for start in range(0, math.prod(shape), _CHUNK):
        index = np.arange(start, min(start + _CHUNK, math.prod(shape)))
        places = np.unravel_index(index, shape) if shape else ()
        columns = {i: lo + k for i, (lo, _), k in zip(inputs, ranges, places, strict=True)}
        found = values_of(graph, nodes, columns)
        rows = np.array([np.broadcast_to(found[i], len(index)) for i in nodes], np.int64)
        known = _together(known, rows, index)
    assert known is not None
    return Occurring(known[0], known[1], tuple(inputs), ranges)


def _together(known: tuple[Codes, Codes] | None, rows: Codes, at: Codes) -> tuple[Codes, Codes]:
    """Combinations without repetition, sorted, each with the first input that gives it."""
    if known is not None:
        rows, at = np.hstack([known[0], rows]), np.concatenate([known[1], at])
    if len(rows) == 1:
        codes, place = np.unique(rows[0], return_index=True)
        return codes[None, :], at[place]
    codes, place = np.unique(rows, axis=1, return_index=True)
    return codes, at[place]


def prove_by_inputs(graph: Graph, claim: Claim) -> tuple[Proof, Occurring]:
    """Prove a claim at the codes that inputs give; raise `Unprovable` where these are too many."""
    found = occurring(graph, claim.nodes)
    if len(claim.nodes) == 1:
        return prove_at_codes(graph, claim, found.codes[0]), found
    return prove_at_combinations(graph, claim, list(found.codes)), found
