"""Polynomials with exact coefficients over atoms: integers or reals of which only a range is known.

An atom may depend on operands of the cone that is proved. Bounds use that: what depends on one
operand alone is run over every code of it, products of two operands are bounded factor by factor,
the rest by ranges.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.ir.domains import Interval

Monomial = tuple[int, ...]
Poly = dict[Monomial, Fraction]
Range = tuple[Fraction, Fraction]
#: Values of an atom for every code of its only operand.
Codes = Callable[[int], NDArray[Any]]
_ZERO = Fraction(0)
LARGEST = 20_000  # monomials
CASES = 5  # conditions
EVERY_CODE = 1 << 20
_NARROW = 1 << 61  # sums below it are int64


class Unprovable(Exception):
    """This method cannot prove the claim; another may."""


@dataclass(frozen=True, slots=True)
class Atom:
    """A number between ``lo`` and ``hi``; ``codes`` gives its value at every code of one operand."""

    lo: Fraction
    hi: Fraction
    on: frozenset[int] = frozenset()  # the operands that determine it
    integer: bool = True
    codes: Codes | None = None


def constant(value: Fraction | int) -> Poly:
    """A constant polynomial."""
    return {(): Fraction(value)} if value else {}


def plus(p: Poly, q: Poly, scale: Fraction | int = 1) -> Poly:
    """``p + scale * q``."""
    out = dict(p)
    for m, c in q.items():
        new = out.get(m, 0) + scale * c
        if new:
            out[m] = Fraction(new)
        else:
            out.pop(m, None)
    return out


def scaled(p: Poly, factor: Fraction | int) -> Poly:
    """``factor * p``."""
    return {m: c * factor for m, c in p.items()} if factor else {}


def times(p: Poly, q: Poly) -> Poly:
    """``p * q``; raise `Unprovable` where that is too long."""
    if len(p) * len(q) > LARGEST:
        raise Unprovable("a product of long sums")
    out: Poly = {}
    for m, c in p.items():
        for n, d in q.items():
            key = tuple(sorted(m + n))
            out[key] = out.get(key, Fraction(0)) + c * d
    return {m: c for m, c in out.items() if c}


def product(a: Range, b: Range) -> Range:
    """All products of two intervals."""
    ends = [x * y for x in a for y in b]
    return min(ends), max(ends)


def total(ranges: Iterable[Range]) -> Range:
    """All sums of intervals."""
    lo = hi = Fraction(0)
    for a, b in ranges:
        lo, hi = lo + a, hi + b
    return lo, hi


def _where(p: Poly, atom: int, value: int) -> Poly:
    """``p`` where an atom is 0 or 1."""
    out: Poly = {}
    for m, c in p.items():
        if value or atom not in m:
            rest = tuple(a for a in m if a != atom)
            out[rest] = out.get(rest, Fraction(0)) + c
    return {m: c for m, c in out.items() if c}


@dataclass
class Space:
    """The atoms of one proof; ``operands`` are the ranges of raw codes of the operands."""

    operands: Mapping[int, Interval]
    atoms: list[Atom] = field(default_factory=list)
    index: dict[Hashable, int] = field(default_factory=dict)
    extremes: dict[tuple[str, frozenset[tuple[Monomial, Fraction]]], list[Poly]] = field(
        default_factory=dict
    )  # of what an atom is the smallest or largest
    conditions: set[int] = field(
        default_factory=set
    )  # atoms that are 0 or 1: whether something is so
    residues: dict[int, tuple[Poly, int]] = field(
        default_factory=dict
    )  # of what, and modulo what, an atom is the rest

    def atom(self, key: Hashable, make: Callable[[], Atom]) -> Poly:
        """The atom known as ``key``, made where it is new; a constant where its range is one
        number.
        """
        if key not in self.index:
            self.index[key] = len(self.atoms)
            self.atoms.append(make())
        found = self.atoms[self.index[key]]
        return constant(found.lo) if found.lo == found.hi else {(self.index[key],): Fraction(1)}

    def on(self, m: Monomial) -> frozenset[int]:
        """The operands on which a monomial depends."""
        return frozenset().union(*(self.atoms[a].on for a in m))

    def on_all(self, p: Poly) -> frozenset[int]:
        """The operands on which a polynomial depends."""
        return frozenset().union(*map(self.on, p))

    def is_integer(self, m: Monomial) -> bool:
        """Whether a monomial takes integer values only."""
        return all(self.atoms[a].integer for a in m)

    def reduced(self, p: Poly, modulus: Fraction) -> Poly:
        """``p`` up to a multiple of ``modulus``: remainders that differ by one are written out,
        whole ones vanish.
        """
        if not modulus:
            return p
        out: Poly = {}
        for m, c in p.items():
            for a in m if self.is_integer(m) else ():
                if a in self.residues and (c * self.residues[a][1] / modulus).denominator == 1:
                    others = list(m)
                    others.remove(a)
                    out = plus(out, times(self.residues[a][0], {tuple(others): c}))
                    break
            else:
                out = plus(out, {m: c})

        def part(m: Monomial, c: Fraction) -> Fraction:
            return c - modulus * round(c / modulus) if m and self.is_integer(m) else c

        return {m: rest for m, c in out.items() if (rest := part(m, c))}

    # ---------------------------------------------------------------- bounds

    def bound(self, p: Poly, modulus: Fraction = _ZERO) -> Range:
        """An interval around every value of ``p``, up to a multiple of ``modulus``."""
        parts: dict[frozenset[int], Poly] = {}
        for m, c in p.items():
            parts.setdefault(self.on(m), {})[m] = c
        return total(self._part(on, part, modulus) for on, part in parts.items())

    def cases(self, p: Poly, modulus: Fraction = _ZERO, most: int = CASES) -> Range:
        """The same, with conditions tried both ways: what they choose between need not be alike."""
        atom = next((a for m in p for a in m if a in self.conditions), None) if most else None
        if atom is None:
            return self.bound(p, modulus)
        ranges = [self.cases(_where(p, atom, value), modulus, most - 1) for value in (0, 1)]
        return min(r[0] for r in ranges), max(r[1] for r in ranges)

    def _part(self, on: frozenset[int], p: Poly, modulus: Fraction = _ZERO) -> Range:
        if len(on) == 1:
            return self._single(next(iter(on)), p, modulus)
        return (
            self._pair(on, p) if len(on) == 2 else total(self.monomial(m, c) for m, c in p.items())
        )

    def monomial(self, m: Monomial, c: Fraction) -> Range:
        """The range of one term, atom by atom."""
        out = (c, c)
        for a in sorted(set(m)):
            r, n = (self.atoms[a].lo, self.atoms[a].hi), m.count(a)
            power = (r[0] ** n, r[1] ** n)
            low = Fraction(0) if n % 2 == 0 and r[0] < 0 < r[1] else min(power)
            out = product(out, (low, max(power)))
        return out

    def _single(self, operand: int, p: Poly, modulus: Fraction) -> Range:
        """What depends on one operand alone: over every code of it where they are not too many."""
        codes = self.operands[operand]
        countable = codes.hi - codes.lo < EVERY_CODE
        known = {
            m: c
            for m, c in p.items()
            if countable and all(self.atoms[a].codes is not None for a in m)
        }
        rest = self._remainders({m: c for m, c in p.items() if m not in known})
        if not modulus and len(known) == 1 and len(next(iter(known))) == 1:
            return total((rest, *(self.monomial(m, c) for m, c in known.items())))
        return total((rest, self._counted(operand, known, modulus))) if known else rest

    def _remainders(self, p: Poly) -> Range:
        """Terms by their ranges; remainders of one number modulo powers of two share bits, which
        count once.
        """
        alike: dict[Hashable, dict[int, Fraction]] = {}
        ranges = []
        for m, c in p.items():
            of, modulus = self.residues.get(m[0], ({}, 0)) if len(m) == 1 else ({}, 0)
            if modulus and self.atoms[m[0]].lo == 0 and self.atoms[m[0]].hi == modulus - 1:
                alike.setdefault(frozenset(of.items()), {})[modulus] = c
            else:
                ranges.append(self.monomial(m, c))
        for factors in alike.values():
            below = 1
            for modulus in sorted(factors):
                above = sum((c * below for n, c in factors.items() if n >= modulus), Fraction(0))
                ranges.append(
                    product((above, above), (Fraction(0), Fraction(modulus // below - 1)))
                )
                below = modulus
        return total(ranges)

    def _counted(self, operand: int, p: Poly, modulus: Fraction) -> Range:
        unit = lcm(modulus.denominator, *(c.denominator for c in p.values()))
        largest = int(sum(abs(c * unit) * self._size(m) for m, c in p.items()))
        kind: Any = np.int64 if max(Fraction(largest), modulus * unit) < _NARROW else object
        sum_: Any = 0
        for m, c in p.items():
            term: Any = int(c * unit)
            for a in m:
                values = self.atoms[a].codes
                assert values is not None
                term = values(operand).astype(kind) * term
            sum_ = sum_ + term
        if modulus:
            whole = int(modulus * unit)
            sum_ = (sum_ + whole // 2) % whole - whole // 2
        return Fraction(int(np.min(sum_)), unit), Fraction(int(np.max(sum_)), unit)

    def _size(self, m: Monomial) -> Fraction:
        """The largest absolute value of a monomial, and of its factors."""
        sizes = (max(abs(self.atoms[a].lo), abs(self.atoms[a].hi), Fraction(1)) for a in m)
        return prod(sizes, start=Fraction(1))

    def _pair(self, on: frozenset[int], p: Poly) -> Range:
        """Products of a function of one operand and one of another, factored; other terms by
        ranges.
        """
        mixed = {m: c for m, c in p.items() if any(len(self.atoms[a].on) > 1 for a in m)}
        rest = {m: c for m, c in p.items() if m not in mixed}
        known = total(self.monomial(m, c) for m, c in mixed.items())
        found = (
            [self._factored(one, rest) for one in sorted(on)]
            if rest
            else [(Fraction(0), Fraction(0))]
        )
        return total((known, min(found, key=lambda r: r[1] - r[0])))

    def _factored(self, one: int, p: Poly) -> Range:
        """``sum of m_i * q_i`` with monomials ``m_i`` of operand ``one`` and polynomials ``q_i`` of
        the other.
        """
        factors: dict[Monomial, Poly] = {}
        for m, c in p.items():
            mine = tuple(a for a in m if one in self.atoms[a].on)
            factors.setdefault(mine, {})[tuple(a for a in m if a not in mine)] = c
        return total(
            product(self.bound(q), self.monomial(m, Fraction(1))) for m, q in factors.items()
        )
