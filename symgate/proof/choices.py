"""Choices between polynomials, which graphs and expressions share: comparisons, extremes, logic."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import permutations
from math import floor, gcd, lcm

from symgate.proof.forms import Atom, Poly, Space, constant, plus, scaled, times

_MOST_ARGUMENTS = 4  # of extremes that are compared in any order


def logic(name: str, args: Sequence[Poly]) -> Poly:
    """Logic on polynomials that are 0 or 1."""
    if name == "not":
        return plus(constant(1), args[0], -1)
    both = times(*args)
    return both if name == "and" else plus(plus(args[0], args[1]), both, -1)


def compare(space: Space, name: str, x: Poly, y: Poly) -> Poly:
    """``x < y`` and its kin as an atom that is 0 or 1, the same one however the two sides are
    scaled.
    """
    if name in ("gt", "ge"):
        return compare(space, "lt" if name == "gt" else "le", y, x)
    if name in ("le", "ne"):
        other = compare(space, "lt", y, x) if name == "le" else compare(space, "eq", x, y)
        return plus(constant(1), other, -1)
    difference = _stepped(space, name, plus(x, y, -1))
    lo, hi = space.bound(difference)
    if name == "lt" and (hi < 0 or lo >= 0):
        return constant(int(hi < 0))
    if name == "eq" and (lo > 0 or hi < 0 or lo == hi == 0):
        return constant(int(lo == hi == 0))
    first = difference[min(difference)]
    unit = first if name == "eq" else abs(first)
    key = (name, frozenset(scaled(difference, 1 / unit).items()))
    out = space.atom(key, lambda: Atom(Fraction(0), Fraction(1), space.on_all(difference)))
    space.conditions.add(space.index[key])
    return out


def _stepped(space: Space, name: str, difference: Poly) -> Poly:
    """A difference of which only the sign matters, or for "eq" whether it is 0: in steps, the
    offset is one of them.
    """
    terms = {m: c for m, c in difference.items() if m}
    if not terms or not all(map(space.is_integer, terms)):
        return difference
    common = lcm(*(c.denominator for c in terms.values()))
    step = Fraction(gcd(*(int(c * common) for c in terms.values())), common)
    offset = difference.get((), Fraction(0)) / step
    if name == "eq" and offset.denominator > 1:
        return constant(1)  # never 0
    return plus(terms, constant(floor(offset) * step))


def extreme(space: Space, name: str, args: Sequence[Poly]) -> Poly:
    """The smallest or largest of polynomials as an atom, in whatever order they were compared."""
    flat: dict[frozenset[tuple[tuple[int, ...], Fraction]], Poly] = {}
    for p in args:
        for q in space.extremes.get((name, frozenset(p.items())), [p]):
            flat[frozenset(q.items())] = q
    if len(flat) == 1:
        return next(iter(flat.values()))
    bounds = [space.bound(p) for p in flat.values()]
    pick = min if name == "min" else max
    lo, hi = pick(b[0] for b in bounds), pick(b[1] for b in bounds)
    on = frozenset().union(*(space.on_all(p) for p in flat.values()))
    if (name, frozenset(flat)) not in space.index and (
        near := _near(space, name, [*flat.values()], hi - lo)
    ):
        return near
    out = space.atom((name, frozenset(flat)), lambda: Atom(lo, hi, on, integer=False))
    space.extremes[name, frozenset(out.items())] = list(flat.values())
    return out


def _near(space: Space, name: str, args: Sequence[Poly], width: Fraction) -> Poly | None:
    """An extreme of polynomials that differ little from ``args``, and by how much it is off: as the
    most different.
    """
    best: tuple[Fraction, Fraction, Fraction, Poly] | None = None
    for (known, atom), others in space.extremes.items():
        if known != name or len(others) != len(args) or len(args) > _MOST_ARGUMENTS:
            continue
        for order in permutations(others):
            off = [space.bound(plus(p, q, -1)) for p, q in zip(args, order, strict=True)]
            lo, hi = min(o[0] for o in off), max(o[1] for o in off)
            if hi - lo < (width if best is None else best[0]):
                best = hi - lo, lo, hi, dict(atom)
    if best is None:
        return None
    _, lo, hi, found = best
    on = frozenset().union(*(space.on_all(p) for p in args))
    key = ("off", name, frozenset(frozenset(p.items()) for p in args), frozenset(found.items()))
    return plus(found, space.atom(key, lambda: Atom(lo, hi, on, integer=False)))


def absolute(space: Space, x: Poly) -> Poly:
    """``|x|``."""
    return plus(x, times(compare(space, "lt", x, {}), x), -2)
