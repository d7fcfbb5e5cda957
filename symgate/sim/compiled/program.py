"""The graph as it is computed: no wires that change nothing, tables read by ranges of bits, and what
depends on few bits of the inputs as one table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.ir.domains import Interval
from symgate.ir.fixed import CONST, INPUT, Graph, Node
from symgate.ir.fixed_ops import OPS
from symgate.ir.lossy import Attr, saturation_limits
from symgate.sim import numpy_model
from symgate.sim.compiled.wiring import Bit, Bits, is_wire, sources

LOOKUP = "lookup"
#: Bits that a cone may depend on to become a table: 4,096 words of 32 bits fit the first cache.
CONE_BITS = 12
#: Bits of an input whose codes are all looked at, for one of each pattern.
CODE_BITS = 16
#: Operators in a cone from which on one look-up is faster.
CONE_OPERATORS = 6


@dataclass(frozen=True)
class Run:
    """``width`` bits of a node from bit ``low`` on, a part of an address."""

    node: int
    low: int
    width: int


@dataclass(frozen=True)
class Term:
    """A value: an operator of the graph, an input, a constant, or a look-up.

    ``attr`` of a look-up holds its runs, lowest bits of the address first, and its values.
    """

    op: str
    args: tuple[int, ...]
    attr: Attr
    range: Interval


@dataclass(frozen=True)
class Program:
    """Terms by the node whose value they are, in an order in which they can be computed."""

    graph: Graph
    terms: dict[int, Term]
    outputs: tuple[int, ...]  # the term of each output port


def simplify(graph: Graph) -> Program:
    """Return ``graph`` as terms: the same outputs for every input in range."""
    return _Simplifier(graph).program()


@dataclass
class _Simplifier:
    graph: Graph
    forms: dict[int, Term] = field(default_factory=dict)
    known: dict[tuple[int, int], tuple[NDArray[Any], NDArray[Any]]] = field(default_factory=dict)

    @cached_property
    def bits(self) -> list[Bits]:
        return sources(self.graph)

    @cached_property
    def same(self) -> list[int]:
        """For each node the first one that has its value in every row."""
        found: list[int] = []
        for i, node in enumerate(self.graph.nodes):
            origin = _origin(self.graph, node)
            found.append(i if origin is None else found[origin])
        return found

    @cached_property
    def support(self) -> list[frozenset[Bit] | None]:
        """For each node the bits of inputs that it depends on; None where these are too many."""
        found: list[frozenset[Bit] | None] = []
        for i, node in enumerate(self.graph.nodes):
            if node.op == INPUT:
                found.append(_union([frozenset({bit}) for bit in self._order(self.bits[i])]))
            elif is_wire(node) or node.range.lo == node.range.hi:
                found.append(self._of_bits(self.bits[i], found))
            elif node.op in ("table", "rom"):
                found.append(self._of_bits(self.bits[node.args[0]], found))
            else:
                found.append(_union(found[a] for a in node.args))
        return found

    def _of_bits(
        self, bits: Iterable[Bit], found: list[frozenset[Bit] | None]
    ) -> frozenset[Bit] | None:
        parts: list[frozenset[Bit] | None] = []
        for bit in self._order(bits):
            source = self.graph.nodes[bit[0]]
            if source.op == INPUT:
                parts.append(frozenset({bit}) if source.type.width <= CODE_BITS else None)
            else:
                parts.append(found[bit[0]])
        return _union(parts)

    def program(self) -> Program:
        outputs = tuple(self.same[port.node] for port in self.graph.outputs)
        needed = set(outputs)
        for i in reversed(range(len(self.graph.nodes))):
            if i in needed:
                self.forms[i] = self._form(i)
                needed.update(self.forms[i].args)
        return Program(self.graph, dict(sorted(self.forms.items())), outputs)

    def _form(self, i: int) -> Term:
        node = self.graph.nodes[i]
        if node.range.lo == node.range.hi:
            return Term(CONST, (), (), node.range)
        if node.op == INPUT:
            return Term(INPUT, (), (), node.range)
        support = self.support[i]
        if support is not None and not is_wire(node) and self._is_large(i):
            return self._folded(i, support)
        if node.op in ("table", "rom"):
            return self._looked_up(i)
        return Term(node.op, tuple(self.same[a] for a in node.args), node.attr, node.range)

    def _is_large(self, i: int) -> bool:
        """Whether the cone of a node has so many operators that a table is faster."""
        seen, waiting, count = {i}, [i], 0
        while waiting and count < CONE_OPERATORS:
            node = self.graph.nodes[waiting.pop()]
            count += not is_wire(node) and node.op not in (INPUT, CONST)
            waiting += [a for a in node.args if a not in seen]
            seen.update(node.args)
        return count >= CONE_OPERATORS

    def _looked_up(self, i: int) -> Term:
        """A table, its entries in the order of the bits that its address comes from."""
        node = self.graph.nodes[i]
        values = node.attr[0]
        address = self.bits[node.args[0]]
        order = self._order(address)
        place = {bit: k for k, bit in enumerate(order)}
        index = np.arange(1 << len(order))
        old = np.zeros_like(index)
        for k, bit in enumerate(address):
            old |= (bit if isinstance(bit, int) else (index >> place[bit]) & 1) << k
        return _lookup(order, [values[k] for k in old], node.range)

    def _order(self, bits: Iterable[Bit]) -> list[tuple[int, int]]:
        return sorted({bit for bit in bits if not isinstance(bit, int)})

    def _folded(self, i: int, support: frozenset[Bit]) -> Term:
        """A cone as a table, computed at one code of each pattern of the bits that it depends on."""
        order = self._order(support)
        index = np.arange(1 << len(order))
        columns, known = dict[int, NDArray[Any]](), np.ones(len(index), bool)
        for port in {node for node, _ in order}:
            marks = [(k, bit) for k, (node, bit) in enumerate(order) if node == port]
            pattern = np.zeros_like(index)
            for k, bit in marks:
                pattern |= ((index >> k) & 1) << bit
            mask = sum(1 << bit for _, bit in marks)
            codes, exists = self._codes(port, mask, pattern)
            columns[port] = codes
            known &= exists
        return _lookup(order, self._values(i, columns, known), self.graph.nodes[i].range)

    def _codes(
        self, port: int, mask: int, pattern: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """For each ``pattern`` a code of an input whose bits under ``mask`` it is, and whether there
        is one.
        """
        if (port, mask) not in self.known:
            interval = self.graph.nodes[port].range
            codes = np.arange(interval.lo, interval.hi + 1)
            keys, first = np.unique(codes & mask, return_index=True)
            self.known[port, mask] = keys, codes[first]
        keys, codes = self.known[port, mask]
        place = np.minimum(np.searchsorted(keys, pattern), len(keys) - 1)
        return codes[place], keys[place] == pattern

    def _values(self, i: int, columns: dict[int, Any], known: NDArray[np.bool_]) -> list[int]:
        """The values of node ``i``; some value in range where no input gives that row."""
        found = numpy_model.cone(self.graph, i, columns)
        some = self.graph.nodes[i].range.lo
        return [
            int(v) if k else some
            for v, k in zip(np.broadcast_to(found, known.shape), known, strict=True)
        ]


def _lookup(order: Sequence[tuple[int, int]], values: Sequence[int], interval: Interval) -> Term:
    runs: list[Run] = []
    for node, bit in order:
        last = runs[-1] if runs else None
        if last is not None and (last.node, last.low + last.width) == (node, bit):
            runs[-1] = Run(node, last.low, last.width + 1)
        else:
            runs.append(Run(node, bit, 1))
    args = tuple(dict.fromkeys(run.node for run in runs))
    return Term(LOOKUP, args, (tuple(runs), tuple(int(v) for v in values)), interval)


def _origin(graph: Graph, node: Node) -> int | None:
    """The operand that has the value of ``node`` in every row, if one has."""
    if not node.args or node.op not in OPS:
        return None
    first = graph.nodes[node.args[0]].range
    if node.op == "select":
        return None if first.lo != first.hi else node.args[1 if first.lo else 2]
    if node.op in ("scale", "register") or (node.op in ("shl", "round") and not node.attr[0]):
        return node.args[0]
    if node.op == "wrap" and first == node.range:
        return node.args[0]
    if node.op == "saturate":
        lo, hi = saturation_limits(*node.attr)
        return node.args[0] if lo <= first.lo and first.hi <= hi else None
    return None


def _union(parts: Iterable[frozenset[Bit] | None]) -> frozenset[Bit] | None:
    found = frozenset[Bit]()
    for part in parts:
        if part is None:
            return None
        found |= part
        if len(found) > CONE_BITS:
            return None
    return found
