"""``domain = "clamp"`` for the truth: what takes the place of an operand that could leave its domain.

The meaning is that of the documentation, written without the pass that the compiler uses, and
whether an operand can leave is decided here: so a wrong clamp cannot agree with itself. An operand
is held unless it is proved to stay inside, as in the compiler. What the two prove can differ only
where an operand comes closer than 2^-10 to an edge that it never reaches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from symgate.ir.boxes import Box
from symgate.ir.design import Input
from symgate.ir.evaluate import boxes
from symgate.ir.expr import CONST, Expr, const, make, rebuild, variables, with_args
from symgate.ir.operators import (
    ABOVE_MINUS_ONE,
    ABOVE_ONE,
    NON_NEGATIVE,
    NON_ZERO,
    OPEN_UNIT,
    OPERATORS,
    POSITIVE,
    UNIT,
    Domain,
)

#: How far inside an edge that does not belong to the domain an operand is held.
INSIDE = Fraction(1, 1024)
_MOST_BOXES = 1 << 16  # of one operand: a second at most
_FINEST = 40  # halvings of one input
_LOWEST = {
    POSITIVE: INSIDE,
    NON_NEGATIVE: Fraction(0),
    UNIT: Fraction(-1),
    OPEN_UNIT: INSIDE - 1,
    ABOVE_ONE: Fraction(1),
    ABOVE_MINUS_ONE: INSIDE - 1,
}
_HIGHEST = {UNIT: Fraction(1), OPEN_UNIT: 1 - INSIDE}

Ends = tuple[Fraction, Fraction]


def held(inputs: Sequence[Input], roots: Sequence[Expr]) -> list[Expr]:
    """Return ``roots`` with each operand that could leave its domain held at its edge."""
    ranges = {port.name: (port.lo, port.hi) for port in inputs}

    def step(e: Expr, args: tuple[Expr, ...]) -> Expr:
        new = with_args(e, args)
        needed = _needed(new)
        if needed is None or stays(new.args[needed[0]], needed[1], ranges):
            return new
        return _held(new, *needed)

    return rebuild(roots, step)


def _needed(e: Expr) -> tuple[int, Domain] | None:
    """Which operand must stay in which domain; None where there is none that is held."""
    if e.op == "pow":
        domain = _base(e.args[1])
        return None if domain is None else (0, domain)
    if e.op not in OPERATORS or e.op in ("mod", "atan2"):
        return None
    for k, domain in enumerate(OPERATORS[e.op].domain):
        if domain is not None:
            return k, domain
    return None


def _base(exponent: Expr) -> Domain | None:
    """The domain of the base of a power."""
    if exponent.op != CONST:
        return POSITIVE
    if exponent.value.denominator == 1:
        return NON_ZERO if exponent.value < 0 else None
    return POSITIVE if exponent.value < 0 else NON_NEGATIVE


def _held(e: Expr, k: int, domain: Domain) -> Expr:
    if domain is NON_ZERO:
        return _finite_inverse(e)
    operand = e.args[k]
    if domain in _LOWEST:
        operand = make("max", operand, const(_LOWEST[domain]))
    if domain in _HIGHEST:
        operand = make("min", operand, const(_HIGHEST[domain]))
    return with_args(e, (*e.args[:k], operand, *e.args[k + 1 :]))


def _finite_inverse(e: Expr) -> Expr:
    """A quotient whose divisor may be 0: there its inverse is a line."""
    inverse = make("held_inv", e.args[-1] if e.op == "div" else e.args[0])
    if e.op == "div":
        return make("mul", e.args[0], inverse)
    if e.op == "pow":
        return make("pow", inverse, const(-e.args[1].value))
    return inverse


def stays(operand: Expr, domain: Domain, ranges: Mapping[str, Ends]) -> bool:
    """Whether ``operand`` is proved to stay inside ``domain`` on the whole box of inputs."""
    names = variables([operand])
    live = {name: _around(*ranges[name]) for name in names}
    signs: set[bool] = set()
    for _ in range(_FINEST * len(names) + 1):
        seen = boxes([operand], live)[operand]
        size = max((b.lo.size for b in live.values()), default=1)
        open_ = np.flatnonzero(~_inside(domain, seen, size))
        if not len(open_):
            return True
        live = {name: Box(b.lo[open_], b.hi[open_]) for name, b in live.items()}
        middles = boxes([operand], {name: _middle(b) for name, b in live.items()})[operand]
        signs |= {True} if np.any(middles.lo > 0) else set()
        signs |= {False} if np.any(middles.hi < 0) else set()
        outside = not np.all(_inside(domain, middles, len(open_)))
        around_zero = domain is NON_ZERO and len(signs) > 1
        if outside or around_zero or 2 * len(open_) > _MOST_BOXES or not names:
            return False
        live = _halved(live)
    return False


def _around(lo: Fraction, hi: Fraction) -> Box:
    """A range as one box; ends that no float holds are moved outward."""
    first, last = Box.around(lo), Box.around(hi)
    return Box(np.atleast_1d(first.lo), np.atleast_1d(last.hi))


def _middle(b: Box) -> Box:
    return Box.exact((b.lo + b.hi) / 2)


def _inside(domain: Domain, b: Box, size: int) -> NDArray[np.bool_]:
    """Per box, whether all of it lies in ``domain``."""
    lo, hi = (np.broadcast_to(end, size) for end in (b.lo, b.hi))
    found = [domain.holds(first, last) for first, last in zip(lo, hi, strict=True)]
    return np.array(found, bool)


def _halved(live: Mapping[str, Box]) -> dict[str, Box]:
    """Every box cut in two along the widest input."""
    widest = max(live, key=lambda n: float(np.max(live[n].hi - live[n].lo)))
    middle = (live[widest].lo + live[widest].hi) / 2
    cut = {widest: (Box(live[widest].lo, middle), Box(middle, live[widest].hi))}
    halves = {name: cut.get(name, (b, b)) for name, b in live.items()}
    return {
        name: Box(np.concatenate([a.lo, b.lo]), np.concatenate([a.hi, b.hi]))
        for name, (a, b) in halves.items()
    }
