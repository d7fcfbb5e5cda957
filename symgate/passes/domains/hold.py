"""Operands held where they are proved to be anyway, so that errors of a datapath cannot push them
out of a domain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from symgate.caches import remembered
from symgate.ir.boxes import Box
from symgate.ir.evaluate import boxes, evaluate
from symgate.ir.expr import Expr, Program, const, make, variables, with_args
from symgate.ir.operators import (
    ABOVE_MINUS_ONE,
    ABOVE_ONE,
    NON_NEGATIVE,
    NON_ZERO,
    OPEN_UNIT,
    POSITIVE,
    UNIT,
    Domain,
)
from symgate.passes.domains.check import CheckDomains, bisected, needs


@dataclass(frozen=True)
class HoldSettings:
    """Where an operand is near enough to the edge of its domain to be held. Not measured."""

    #: Boxes at most and rounds of halving, to find the least value of an operand.
    most_boxes: int = 1 << 13
    rounds: int = 40
    #: How close to the least value its bound has to be, relative to it.
    close: float = 1 / 32
    #: Part of the operand's range: further from the edge nothing is held.
    margin: float = 1 / 64


HOLD = HoldSettings()

#: Domains by the values they lie above and below; those that belong to the domain are held at the
#: edge itself.
LOWER: dict[Domain, float] = {
    POSITIVE: 0,
    NON_NEGATIVE: 0,
    UNIT: -1,
    OPEN_UNIT: -1,
    ABOVE_ONE: 1,
    ABOVE_MINUS_ONE: -1,
}
UPPER: dict[Domain, float] = {UNIT: 1, OPEN_UNIT: 1}
#: Where an operand is proved to stay above an edge of its domain, and so to be held; or None.
Edge = Callable[[Expr, Domain, float], Fraction | None]
CLOSED = (NON_NEGATIVE, UNIT, ABOVE_ONE)


@dataclass(frozen=True)
class Hold:
    """``max`` and ``min`` around operands that are near the edge of their domain; no value changes
    by that.

    The domain check has proved that the operands are inside; their fixed-point values may not be,
    by their errors.
    """

    ranges: Mapping[str, tuple[float, float]]

    def __call__(self, program: Program) -> Program:
        """The program with such operands held.

        What has one variable alone stays: it is fused into a function of the exact codes of an
        input. Where it is not, lowering refuses errors that reach a pole.
        """
        return program.map(lambda e, args: self._held(with_args(e, args), e))

    def _held(self, new: Expr, old: Expr) -> Expr:
        if new.op == "fn" or new.closed:
            return new
        args = list(new.args)
        for operand, domain in needs(old):
            if operand not in old.args or operand.closed or len(variables([operand])) < 2:
                continue
            k = old.args.index(operand)
            args[k] = self.inside(args[k], operand, domain)
        return with_args(new, tuple(args))

    def inside(self, new: Expr, operand: Expr, domain: Domain) -> Expr:
        """``new``, which equals ``operand``, held inside ``domain`` where its datapath could leave
        it.
        """
        lo, hi = boxes([operand], {n: Box.exact(*self.ranges[n]) for n in variables([operand])})[
            operand
        ].span
        room = (hi - lo) * HOLD.margin
        if np.isfinite(room) and domain.holds(lo - room, hi + room):
            return new
        return held_at_edges(new, operand, domain, self._edge)

    def _edge(self, operand: Expr, domain: Domain, edge: float) -> Fraction | None:
        return lowest(
            operand, domain, edge, tuple((n, self.ranges[n]) for n in variables([operand]))
        )


def held_at_edges(new: Expr, operand: Expr, domain: Domain, edge: Edge) -> Expr:
    """``new``, which equals ``operand``, with ``max`` and ``min`` at the edges that are proved; itself
    where none is.
    """
    if domain is NON_ZERO:
        for sign in (1, -1):
            nearest = edge(operand if sign > 0 else -operand, NON_ZERO, 0.0)
            if nearest is not None:
                return make("max" if sign > 0 else "min", new, const(sign * nearest))
        return new
    if domain in LOWER:
        lower = edge(operand, domain, LOWER[domain])
        new = new if lower is None else make("max", new, const(lower))
    if domain in UPPER:
        upper = edge(-operand, domain, -UPPER[domain])
        new = new if upper is None else make("min", new, const(-upper))
    return new


@remembered
def lowest(
    operand: Expr, domain: Domain, edge: float, ranges: tuple[tuple[str, tuple[float, float]], ...]
) -> Fraction | None:
    """Where to hold ``operand`` from below, which its domain puts above ``edge``; None where
    nothing is proved.
    """
    above = NON_NEGATIVE if edge == 0 else _above(edge)
    if domain in CLOSED and CheckDomains(dict(ranges), most=HOLD.most_boxes).proves(operand, above):
        return Fraction(edge)
    found = short_below(least(operand, dict(ranges)))
    return found if found is not None and found > edge else None


def least(e: Expr, ranges: Mapping[str, tuple[float, float]]) -> float:
    """A proved lower bound of ``e``, about 3 % below its least value where branch and bound gets
    there.
    """
    names = variables([e])
    cells = {
        name: Box.exact(np.array([ranges[name][0]]), np.array([ranges[name][1]])) for name in names
    }
    best = enough = np.inf
    for _ in range(HOLD.rounds):
        lo = np.atleast_1d(boxes([e], cells)[e].lo)
        seen = evaluate([e], {name: (c.lo + c.hi) / 2 for name, c in cells.items()})[0]
        best = min(best, float(np.min(np.where(np.isfinite(seen), seen, np.inf))))
        enough = best - abs(best) * HOLD.close
        open_ = lo < enough
        if not open_.any():
            return enough
        if 2 * int(open_.sum()) > HOLD.most_boxes:
            break
        cells = bisected({name: Box(c.lo[open_], c.hi[open_]) for name, c in cells.items()})
    return min(enough, float(np.min(lo)))


def _above(edge: float) -> Domain:
    return Domain(f">= {edge:g}", lambda lo, hi: lo >= edge)


def short_below(value: float) -> Fraction | None:
    """A number of few bits, at most ``value`` and close to it."""
    if not np.isfinite(value):
        return None
    mantissa, exponent = np.frexp(value)
    return Fraction(int(np.floor(mantissa * 256))) * Fraction(2) ** (int(exponent) - 8)
