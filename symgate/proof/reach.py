"""The codes that a value of the datapath can have: an interval around those that inputs give.

The ends are found by branch and bound on boxes of input codes: by enclosures of the real value with
its errors, and by running the graph where a box is down to one input. So the ends are codes that
inputs give, or barely miss them; a code outside is one that no input gives.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from symgate.ir.design import Input
from symgate.ir.fixed import Graph
from symgate.proof.chain import Chain
from symgate.proof.claims import Claim, Operand
from symgate.proof.codes import float_above, float_below
from symgate.proof.occurring import inputs_below, values_of
from symgate.proof.spans import Floats, Span

Ends = tuple[float, float]
Codes = NDArray[np.int64]
On = Callable[["Boxes"], Span]
_WIDEST = 53  # bits of an input whose codes a float holds
_MOST_INPUTS = 8  # beyond that halving no longer pays: one box
_AT_ONCE = 1024  # boxes that are halved together, the most promising ones
_MOST_BOXES = 1 << 15  # in all, for each end of a value


@dataclass
class Reach:
    """The intervals of the values of a chain, found when they are asked for."""

    graph: Graph
    inputs: Mapping[str, Input]
    chain: Chain = field(default_factory=lambda: Chain([]))
    known: dict[str, Ends] = field(default_factory=dict)

    def __call__(self, claim: Claim) -> dict[str, Ends]:
        """Return the real interval of each operand of a claim that is known as a whole."""
        modular = {s.name for s in self.chain.sources if s.modulus}
        for name, operand in claim.operands.items():
            if name in self.inputs:
                i = self.inputs[name]
                self.known[name] = float_below(i.lo), float_above(i.hi)
            elif name not in self.known and name not in modular:
                self.known[name] = self._interval(name, operand)
        return {n: self.known[n] for n in claim.operands if n in self.known}

    def _interval(self, name: str, operand: Operand) -> Ends:
        ports = [self.inputs[n] for n in self.chain.inputs_of(name)]
        if any(p.type.width > _WIDEST for p in ports):
            ends = {p.name: Span.of(float_below(p.lo), float_above(p.hi)) for p in ports}
            return self.chain.enclosure(name, ends).hull
        box, value = Boxes.of(ports), _Value(self, name, operand, ports)
        if not 0 < len(ports) <= _MOST_INPUTS or not value.runs:
            return value.enclosed(box).hull
        lowest = least(box, value.enclosed, value.exact, value.unit)
        highest = least(box, lambda b: -value.enclosed(b), lambda b: -value.exact(b), value.unit)
        return lowest, -highest


@dataclass(frozen=True)
class _Value:
    """One value on boxes of input codes."""

    reach: Reach
    name: str
    operand: Operand
    ports: Sequence[Input]

    @property
    def unit(self) -> float:
        """The step from one code to the next."""
        return float(2.0 ** -self.reach.graph.nodes[self.operand.node].frac)

    @property
    def runs(self) -> bool:
        """Whether the graph gives the value exactly as a float, from the inputs of the expression."""
        graph = self.reach.graph
        below = {graph.nodes[i].attr[0] for i in inputs_below(graph, [self.operand.node])}
        short = graph.nodes[self.operand.node].type.width <= _WIDEST
        return short and below <= {p.name for p in self.ports}

    def enclosed(self, boxes: Boxes) -> Span:
        """Everything that the value can be in each box."""
        span = self.reach.chain.enclosure(self.name, boxes.spans(self.ports))
        return Span(*(np.broadcast_to(end, boxes.count) for end in (span.lo, span.hi)))

    def exact(self, boxes: Boxes) -> Span:
        """The value at one combination of codes in each box, the middle one."""
        graph, node = self.reach.graph, self.operand.node
        row = {p.name: codes for p, codes in zip(self.ports, boxes.middle, strict=True)}
        inputs = {i: row[str(graph.nodes[i].attr[0])] for i in inputs_below(graph, [node])}
        raw = np.broadcast_to(values_of(graph, [node], inputs)[node], boxes.count)
        code = Span.of(np.ldexp(raw.astype(np.float64), -graph.nodes[node].frac))
        return code + Span.of(float_below(self.operand.offset), float_above(self.operand.offset))


@dataclass(frozen=True)
class Boxes:
    """Boxes of input codes: a row per input, a column per box."""

    lo: Codes
    hi: Codes

    @staticmethod
    def of(ports: Sequence[Input]) -> Boxes:
        """One box with every code of some inputs."""
        lo, hi = ([[getattr(p.raw, end)] for p in ports] for end in ("lo", "hi"))
        return Boxes(*(np.array(ends, np.int64).reshape(len(ports), 1) for ends in (lo, hi)))

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.lo.shape[1])

    @property
    def single(self) -> NDArray[np.bool_]:
        """Which boxes are one code of each input."""
        found: NDArray[np.bool_] = np.all(self.lo == self.hi, axis=0)
        return found

    @property
    def middle(self) -> Codes:
        """One combination of codes in each box."""
        found: Codes = (self.lo + self.hi) >> 1
        return found

    def at(self, columns: NDArray[np.bool_] | NDArray[np.intp]) -> Boxes:
        """Some of them."""
        return Boxes(self.lo[:, columns], self.hi[:, columns])

    def joined(self, other: Boxes) -> Boxes:
        """These and others."""
        return Boxes(np.hstack([self.lo, other.lo]), np.hstack([self.hi, other.hi]))

    def spans(self, ports: Sequence[Input]) -> dict[str, Span]:
        """The real values of the inputs in each box."""
        return {
            p.name: Span(
                *(np.ldexp(c[k].astype(np.float64), -p.type.frac) for c in (self.lo, self.hi))
            )
            for k, p in enumerate(ports)
        }

    def halves(self, sizes: Codes) -> Boxes:
        """Each box cut in two along the input of which it holds the largest share of ``sizes``."""
        share = (self.hi - self.lo) / np.maximum(sizes, 1)[:, None]
        along = np.argmax(share, axis=0), np.arange(self.count)
        middle = (self.lo[along] + self.hi[along]) >> 1
        first, second = self.hi.copy(), self.lo.copy()
        first[along], second[along] = middle, middle + 1
        return Boxes(self.lo, first).joined(Boxes(second, self.hi))


def least(start: Boxes, enclosed: On, exact: On, unit: float) -> float:
    """A number at or below every value that some codes of one box give, less than ``unit`` below
    where that can be had.

    ``enclosed`` is around all values in a box, ``exact`` around the one in its middle.
    """
    sizes = (start.hi - start.lo)[:, 0]
    boxes, bound = start, _low(enclosed(start))
    settled = attained = math.inf
    fresh, tried = start, 1
    while True:
        attained = min(attained, float(np.fmin.reduce(exact(fresh).hi, initial=math.inf)))
        bound = np.where(boxes.single, _low(exact(boxes)), bound)
        done = boxes.single | (bound >= attained - unit)
        settled = min(settled, float(np.min(bound[done], initial=math.inf)))
        boxes, bound = boxes.at(~done), bound[~done]
        if not boxes.count or tried > _MOST_BOXES:
            return min(settled, float(np.min(bound, initial=math.inf)))
        order = np.argsort(bound, kind="stable")
        fresh = boxes.at(order[:_AT_ONCE]).halves(sizes)
        tried += fresh.count
        boxes = boxes.at(order[_AT_ONCE:]).joined(fresh)
        bound = np.concatenate([bound[order[_AT_ONCE:]], _low(enclosed(fresh))])


def _low(span: Span) -> Floats:
    return np.nan_to_num(span.lo, nan=-math.inf, posinf=math.inf, neginf=-math.inf)
