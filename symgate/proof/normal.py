"""A normal form of expressions: exact polynomials over atoms, so that equal ones become one.

Atoms are variables, constants such as pi and roots of primes, ``exp(m)`` and ``exp(i m)`` of a
monomial m (sines and cosines are sums of these), powers of sums, conditions, and functions of
arguments in normal form. Exponents are exact fractions. Two expressions with one normal form are
equal wherever both are defined; different ones may be equal all the same, as long as functions are
among the atoms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from fractions import Fraction
from typing import Any

import flint

Rational = Any  # flint.fmpq has no types
Exponent = Any  # an int, or a Rational that is none
Monomial = tuple[tuple[int, Exponent], ...]  # atoms by number, in order, with their exponents
Poly = dict[Monomial, Rational]  # the empty one is 0
Key = frozenset[tuple[Monomial, Rational]]
_UNIT: Monomial = ()


class Beyond(Exception):
    """There is no normal form within the limits, or no rule for an operator."""


@dataclass(frozen=True)
class Limits:
    """How far expressions are multiplied out: an identity beyond is left to evaluation."""

    terms: int = 4_000  # of one polynomial; a sum of so many is no longer quick to multiply
    work: int = 60_000  # terms that are made in one space, at about 4 us each
    power: int = 64  # largest whole exponent of a sum
    factored_bits: int = 64  # of numbers whose primes are looked for; larger ones take too long


class Kind(Enum):
    """What an atom is, which decides what becomes of its exponent."""

    PLAIN = auto()  # any exponent
    POSITIVE = auto()  # a number above 0: roots of products of these are products of roots
    COMPLEX = auto()  # exp(i m), and what is made of it: no real root or logarithm of its own
    TURN = auto()  # exp(i pi): 1 at exponent 2; i is its root
    PRIME = auto()  # a root of a prime: whole exponents are part of the coefficient
    SUM = auto()  # a power of a polynomial: whole exponents from 1 on are multiplied out
    FLAG = auto()  # whether a polynomial is below 0, or above: 0 or 1


_FREE = (Kind.PLAIN, Kind.POSITIVE, Kind.COMPLEX)


@dataclass(frozen=True)
class Atom:
    """What a number in a monomial stands for."""

    kind: Kind
    name: str  # "var", "exp", "wave", "turn", "prime", "sum", "below", "above", or an operator
    value: Any = None  # of a variable its name, of a prime itself, of "exp" and "wave" a monomial
    inner: tuple[Key, ...] = ()  # the arguments of a function, or the sum, or what is compared


@dataclass
class Space:
    """The atoms of one comparison, and the arithmetic of polynomials over them."""

    limits: Limits = Limits()
    nonnegative: frozenset[str] = frozenset()  # variables that are known to be at least 0
    positive: frozenset[str] = frozenset()  # those that are known to be above
    atoms: list[Atom] = field(default_factory=list)
    index: dict[Atom, int] = field(default_factory=dict)
    done: int = 0  # terms that were made so far

    def number(self, atom: Atom) -> int:
        """The number of an atom, a new one for a new atom."""
        if atom not in self.index:
            self.index[atom] = len(self.atoms)
            self.atoms.append(atom)
        return self.index[atom]

    def atom(self, atom: Atom, exponent: Exponent = 1) -> Poly:
        """A power of an atom as a polynomial."""
        return self.monomial({self.number(atom): exponent}, _rational(1))

    def variable(self, name: str) -> Poly:
        """A variable."""
        kind = Kind.POSITIVE if name in self.nonnegative else Kind.PLAIN
        return self.atom(Atom(kind, "var", name))

    def flags(self, p: Key) -> tuple[Poly, Poly]:
        """Whether a polynomial is below 0, and whether it is above, as numbers 0 or 1."""
        below = self.atom(Atom(Kind.FLAG, "below", None, (p,)))
        above = self.atom(Atom(Kind.FLAG, "above", None, (p,)))
        return below, above

    def real(self, m: Monomial) -> bool:
        """Whether every factor of a monomial is known to be a real number."""
        return all(self._real_atom(self.atoms[i]) for i, _ in m)

    def _real_atom(self, atom: Atom) -> bool:
        if atom.kind is Kind.SUM:
            return all(self.real(m) for m, _ in atom.inner[0])
        return atom.kind not in (Kind.COMPLEX, Kind.TURN)

    # ---------------------------------------------------------------- arithmetic

    def monomial(self, exponents: Mapping[int, Exponent], coefficient: Rational) -> Poly:
        """A product of powers, each exponent brought into its normal range."""
        factors: dict[int, Exponent] = {}
        sums: list[tuple[int, int]] = []
        for i, exponent in exponents.items():
            kind = self.atoms[i].kind
            if kind in _FREE:
                rest = exponent
            elif kind is Kind.FLAG:
                rest = 1
            else:
                whole, rest = _split(exponent)
                if kind is Kind.TURN:
                    coefficient *= -1 if whole % 2 else 1
                elif kind is Kind.PRIME:
                    coefficient *= _rational(self.atoms[i].value) ** whole
                elif whole >= 1:
                    sums.append((i, whole))
                else:
                    rest = exponent
            if rest:
                factors[i] = rest
        if self._contradictory(factors):
            return {}
        out: Poly = {tuple(sorted(factors.items())): coefficient}
        for i, n in sums:
            out = self.times(out, self._multiplied(dict(self.atoms[i].inner[0]), n))
        return out

    def _contradictory(self, factors: Mapping[int, Exponent]) -> bool:
        """Whether the factors ask for one number to be both below and above 0."""
        flags = [self.atoms[i] for i in factors if self.atoms[i].kind is Kind.FLAG]
        return len({flag.inner for flag in flags}) < len(flags)

    def _spend(self, terms: int) -> None:
        self.done += terms
        if self.done > self.limits.work:
            raise Beyond("too many terms to multiply out")

    def total(self, polynomials: Sequence[Poly]) -> Poly:
        """The sum of polynomials."""
        self._spend(sum(map(len, polynomials)))
        out: Poly = {}
        for p in polynomials:
            for m, c in p.items():
                _add(out, m, c)
        return self._checked(out)

    def times(self, p: Poly, q: Poly) -> Poly:
        """``p * q``; raise `Beyond` where that is too long."""
        self._spend(len(p) * len(q))
        out: Poly = {}
        for m, c in p.items():
            for n, d in q.items():
                self._collect(out, m, n, c * d)
        return self._checked(out)

    def _collect(self, out: Poly, m: Monomial, n: Monomial, coefficient: Rational) -> None:
        """Add the product of two monomials to ``out``."""
        if not m or not n:
            _add(out, m or n, coefficient)
            return
        exponents = dict(m)
        for i, e in n:
            exponents[i] = short(exponents.get(i, 0) + e)
        for key, c in self.monomial(exponents, coefficient).items():
            _add(out, key, c)

    def _checked(self, p: Poly) -> Poly:
        if len(p) > self.limits.terms:
            raise Beyond("too many terms")
        return p

    def power(self, p: Poly, n: Exponent) -> Poly:
        """``p ** n``; raise `Beyond` for a power of 0 that is not above 0."""
        if n == 0:
            return one()
        if not p:
            if n < 0:
                raise Beyond("a division by 0")
            return {}
        if not isinstance(n, int):
            return self._root(p, n)
        if n > 0 and len(p) > 1:
            return self._multiplied(p, n)
        c, content, rest = self.content(p, real=False)
        out = self.monomial({i: short(e * n) for i, e in content}, c**n)
        return out if rest == one() else self.times(out, self.sum_power(rest, n))

    def _multiplied(self, p: Poly, n: int) -> Poly:
        if n > self.limits.power:
            raise Beyond("a high power of a sum")
        out = one()
        for bit in bin(n)[2:]:
            out = self.times(out, out)
            out = self.times(out, p) if bit == "1" else out
        return out

    def sum_power(self, p: Poly, n: Exponent) -> Poly:
        """``p ** n`` as an atom."""
        return self.atom(Atom(Kind.SUM, "sum", None, (key_of(p),)), n)

    def _root(self, p: Poly, n: Rational) -> Poly:
        """``p ** n``, n no whole number: defined where p is at least 0."""
        if len(p) == 1:
            ((m, c),) = p.items()
            if len(m) == 1 and c > 0 and self._taken_apart(*m[0]):
                ((i, e),) = m
                alone = self.monomial({i: short(e * n)}, _rational(1))
                return self.times(self.number_power(c, n), alone)
        c, content, rest = self.content(p, real=True)
        positive = {i: e for i, e in content if self.atoms[i].kind is Kind.POSITIVE}
        others = {i: e for i, e in content if i not in positive}
        inner = self.times(self.monomial(others, _rational(1 if c > 0 else -1)), rest)
        out = self.monomial({i: short(e * n) for i, e in positive.items()}, _rational(1))
        out = self.times(out, self.number_power(abs(c), n))
        return out if inner == one() else self.times(out, self.sum_power(inner, n))

    def _taken_apart(self, i: int, e: Exponent) -> bool:
        """Whether ``(a**e)**n`` is ``a**(e n)`` wherever it is defined: there, a is at least 0."""
        kind = self.atoms[i].kind
        odd = not isinstance(e, int) or e % 2 != 0
        return kind is Kind.POSITIVE or (odd and kind in (Kind.PLAIN, Kind.SUM))

    def number_power(self, c: Rational, n: Rational) -> Poly:
        """A power of a number above 0, as roots of primes."""
        out = one()
        for prime, exponent in self.primes(c):
            root = self.atom(Atom(Kind.PRIME, "prime", prime), short(exponent * n))
            out = self.times(out, root)
        return out

    def primes(self, c: Rational) -> Iterator[tuple[int, int]]:
        """The primes of a positive number with their exponents; raise `Beyond` for a large one."""
        for part, sign in ((c.p, 1), (c.q, -1)):
            if int(part).bit_length() > self.limits.factored_bits:
                raise Beyond("a large number to factor")
            yield from ((int(prime), sign * k) for prime, k in flint.fmpz(part).factor())

    def content(self, p: Poly, real: bool) -> tuple[Rational, Monomial, Poly]:
        """``p`` as a number, a monomial, and a polynomial that begins with 1 and has no common
        factor; only factors that are ``real`` are taken out, if so asked. Raise `Beyond` where it is
        seen to be 0 without them: powers of sums are multiplied out only then.
        """
        self._spend(len(p))
        common = dict(next(iter(p)))
        for m in p:
            own = dict(m)
            common = {i: min(common.get(i, 0), own.get(i, 0)) for i in {*common, *own}}
        taken = {i: e for i, e in common.items() if e and self._divides(i, real)}
        rest = self._shifted(p, {i: -e for i, e in taken.items()})
        if not rest:
            raise Beyond("a sum that is 0")
        lead = rest[min(rest)]
        return lead, tuple(sorted(taken.items())), scaled(rest, 1 / lead)

    def _divides(self, i: int, real: bool) -> bool:
        atom = self.atoms[i]
        if atom.kind in (Kind.TURN, Kind.PRIME, Kind.FLAG):
            return False
        return self._real_atom(atom) or not real

    def _shifted(self, p: Poly, by: Mapping[int, Exponent]) -> Poly:
        """``p`` times powers of atoms, exponents added before sums are multiplied out."""
        self._spend(len(p))
        out: Poly = {}
        for m, c in p.items():
            exponents = dict(m)
            for i, e in by.items():
                exponents[i] = short(exponents.get(i, 0) + e)
            for key, d in self.monomial(exponents, c).items():
                _add(out, key, d)
        return self._checked(out)

    # ---------------------------------------------------------------- zero

    def above_zero(self, i: int) -> bool:
        """Whether an atom is known to be above 0."""
        atom = self.atoms[i]
        if atom.name == "var":
            return atom.value in self.positive
        return atom.kind in (Kind.POSITIVE, Kind.PRIME)

    def vanishes(self, p: Poly) -> bool:
        """Whether ``p`` is 0 once its quotients are multiplied out."""
        while p:
            below = {i: e for m in p for i, e in m if e < 0 and self.atoms[i].kind is Kind.SUM}
            if not below:
                return False
            i = max(below)  # sums inside others have smaller numbers
            least = min(e for m in p for j, e in m if j == i)
            p = self._shifted(p, {i: -least})
        return True

    def value(self, p: Poly, point: Mapping[str, Rational]) -> Rational:
        """``p`` at exact numbers; raise `Beyond` where it holds more than quotients of variables.

        Raise ZeroDivisionError where a quotient is undefined.
        """
        total = _rational(0)
        for m, c in p.items():
            for i, e in m:
                if not isinstance(e, int):
                    raise Beyond("a root has no rational value")
                c *= self._atom_value(self.atoms[i], point) ** e
            total += c
        return total

    def _atom_value(self, atom: Atom, point: Mapping[str, Rational]) -> Rational:
        if atom.name == "var":
            return point[atom.value]
        if atom.name != "sum":
            raise Beyond(f"{atom.name} has no rational value")
        return self.value(dict(atom.inner[0]), point)

    def inside(self, p: Poly) -> set[tuple[int, Exponent]]:
        """Every power of an atom in a polynomial, also those inside other atoms."""
        found: set[tuple[int, Exponent]] = set()
        stack: list[Iterable[Monomial]] = [p]
        while stack:
            powers = {power for m in stack.pop() for power in m} - found
            found |= powers
            for i, _ in powers:
                atom = self.atoms[i]
                stack += [[m for m, _ in key] for key in atom.inner]
                stack += [[atom.value]] if atom.name in ("exp", "wave") else []
        return found


def one() -> Poly:
    """The polynomial 1."""
    return {_UNIT: _rational(1)}


def constant(value: Fraction | int) -> Poly:
    """A constant polynomial."""
    return {_UNIT: flint.fmpq(value.numerator, value.denominator)} if value else {}


def plus(p: Poly, q: Poly, scale: int = 1) -> Poly:
    """``p + scale * q``."""
    out = dict(p)
    for m, c in q.items():
        _add(out, m, scale * c)
    return out


def scaled(p: Poly, factor: Rational | int) -> Poly:
    """``factor * p``, for a rational factor that is not 0."""
    return {m: c * factor for m, c in p.items()}


def negative(p: Poly) -> bool:
    """Whether ``p`` begins with a minus."""
    return bool(p) and p[min(p)] < 0


def key_of(p: Poly) -> Key:
    """What identifies a polynomial."""
    return frozenset(p.items())


def short(e: Rational | int) -> Exponent:
    """A rational number as an exponent."""
    return e if isinstance(e, int) or e.q != 1 else int(e.p)


def _split(e: Exponent) -> tuple[int, Exponent]:
    """The whole part of an exponent, rounded down, and the rest."""
    if isinstance(e, int):
        return e, 0
    below = int(e.p) // int(e.q)
    return below, e - below


def _rational(value: int) -> Rational:
    return flint.fmpq(value)


def _add(out: Poly, m: Monomial, coefficient: Rational) -> None:
    new = out.get(m, 0) + coefficient
    if new:
        out[m] = new
    else:
        out.pop(m, None)
