"""What a value of the datapath can be at all: an interval around it for every input in range, errors
included.

The ends are found by branch and bound on boxes of input codes. So they belong to codes that inputs
reach, or barely miss them; a code outside is one that no input gives.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgate.ir.design import Input
from symgate.proof.chain import Chain
from symgate.proof.codes import float_above, float_below
from symgate.proof.spans import Floats, Span

Ends = tuple[float, float]
Codes = NDArray[np.int64]
_WIDEST = 53  # bits of an input whose codes a float holds
_MOST_INPUTS = 8  # beyond that halving no longer pays: one box
_AT_ONCE = 1024  # boxes that are halved together, the most promising ones
_MOST_BOXES = 1 << 15  # in all, for each end of a value


@dataclass
class Reach:
    """The intervals of the values of a chain, found when they are asked for."""

    chain: Chain
    inputs: Mapping[str, Input]

    def __call__(self, names: Sequence[str], units: Mapping[str, float]) -> dict[str, Ends]:
        """Return the interval of each value that is known as a whole; ``units`` are the steps of
        their codes, which is how exactly the ends matter.
        """
        modular = {s.name for s in self.chain.sources if s.modulus}
        found: dict[str, Ends] = {}
        for name in names:
            if name in self.inputs:
                i = self.inputs[name]
                found[name] = float_below(i.lo), float_above(i.hi)
            elif name in self.chain.at and name not in modular:
                found[name] = self._interval(name, units[name])
        return found

    def _interval(self, name: str, unit: float) -> Ends:
        ports = [self.inputs[n] for n in self.chain.inputs_of(name)]

        def enclosed(boxes: Boxes) -> Span:
            span = self.chain.enclosure(name, boxes.spans(ports))
            return Span(*(np.broadcast_to(end, boxes.count) for end in (span.lo, span.hi)))

        if any(p.type.width > _WIDEST for p in ports):
            ends = {p.name: Span.of(float_below(p.lo), float_above(p.hi)) for p in ports}
            return self.chain.enclosure(name, ends).hull
        box = Boxes.of(ports)
        if not 0 < len(ports) <= _MOST_INPUTS:
            return enclosed(box).hull
        return least(box, enclosed, unit), -least(box, lambda b: -enclosed(b), unit)


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
    def middle(self) -> Boxes:
        """One combination of codes in each box."""
        middle = (self.lo + self.hi) >> 1
        return Boxes(middle, middle)

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


def least(start: Boxes, enclosed: Callable[[Boxes], Span], unit: float) -> float:
    """A number below everything that ``enclosed`` allows on the codes of one box, by less than
    ``unit`` where that can be had.
    """
    sizes = (start.hi - start.lo)[:, 0]
    boxes, bound = start, _low(enclosed(start))
    settled, attained = math.inf, _attained(enclosed, start)
    tried = 1
    while True:
        done = boxes.single | (bound >= attained - unit)
        settled = min(settled, float(np.min(bound[done], initial=math.inf)))
        boxes, bound = boxes.at(~done), bound[~done]
        if not boxes.count or tried > _MOST_BOXES:
            return min(settled, float(np.min(bound, initial=math.inf)))
        order = np.argsort(bound, kind="stable")
        halves = boxes.at(order[:_AT_ONCE]).halves(sizes)
        attained = min(attained, _attained(enclosed, halves))
        tried += halves.count
        boxes = boxes.at(order[_AT_ONCE:]).joined(halves)
        bound = np.concatenate([bound[order[_AT_ONCE:]], _low(enclosed(halves))])


def _low(span: Span) -> Floats:
    return np.nan_to_num(span.lo, nan=-math.inf, posinf=math.inf, neginf=-math.inf)


def _attained(enclosed: Callable[[Boxes], Span], boxes: Boxes) -> float:
    """A number that the least value does not exceed: the largest that it can be at some code."""
    return float(np.fmin.reduce(enclosed(boxes.middle).hi, initial=math.inf))
