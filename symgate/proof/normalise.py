"""Expressions brought into the normal form of `symgate.proof.normal`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import flint

from symgate.ir.expr import CONST, VAR, Expr, const, make, postorder
from symgate.ir.operators import OPERATORS
from symgate.proof.normal import (
    Atom,
    Beyond,
    Exponent,
    Key,
    Kind,
    Monomial,
    Poly,
    Rational,
    Space,
    constant,
    key_of,
    negative,
    one,
    plus,
    scaled,
    short,
)

#: The signs that ``x - y`` can have over all inputs: of -1, 0 and 1.
Decide = Callable[[Expr, Expr], frozenset[int]]
Flags = tuple[Poly, Poly]  # whether a number is below 0, and whether it is above: each 0 or 1
SIGNS = frozenset({-1, 0, 1})
UNDEFINED = "undefined"  # the name of what stands for a root of a negative number
_ZERO = const(0)
_HALF = flint.fmpq(1, 2)
_MOST_POWER = 1 << 12


@dataclass
class Reader:
    """Expressions as polynomials, under assumptions on the signs of what conditions compare."""

    space: Space
    decide: Decide
    possible: dict[Key, frozenset[int]] = field(default_factory=dict)  # signs, where some are not
    variables: Mapping[str, Poly] = field(default_factory=dict)  # that stand for something else
    known: dict[Expr, Poly] = field(default_factory=dict)
    origins: dict[Key, tuple[Expr, int]] = field(
        default_factory=dict
    )  # what has a sign, or minus it

    def assuming(self, key: Key, sign: int) -> Reader:
        """The reader for inputs where a polynomial is below 0, 0, or above."""
        variables = dict(self.variables)
        if sign == 0:
            variables |= self._solved(dict(key))
        possible = {**self.possible, key: frozenset({sign})}
        return replace(self, possible=possible, variables=variables, known={}, origins={})

    def signs_of(self, p: Key) -> frozenset[int]:
        """The signs that a polynomial can have under the assumptions: -1, 0, 1."""
        if p not in self.possible and p in self.origins:
            e, direction = self.origins[p]
            self.possible[p] = frozenset(s * direction for s in self.decide(e, _ZERO))
        if p not in self.possible and self._adds_up(p):
            self.possible[p] = frozenset({1})
        return self.possible.get(p, SIGNS)

    def _adds_up(self, p: Key) -> bool:
        """Whether a polynomial is a sum of squares and positive terms, at least one of these."""
        strict = [all(self._sign_of_atom(i) > 0 for i, _ in m) for m, _ in p]
        return any(strict) and all(
            c > 0 and (above or self._is_square(m)) for (m, c), above in zip(p, strict, strict=True)
        )

    def _is_square(self, m: Monomial) -> bool:
        even = all(isinstance(e, int) and e % 2 == 0 for _, e in m)
        return even and self.space.real(m)

    def is_zero(self, p: Poly) -> bool:
        """Whether ``p`` is a multiple of what is assumed to be 0."""
        return bool(p) and self.possible.get(self._compared(p)[0], SIGNS) <= {0}

    def _solved(self, p: Poly) -> dict[str, Poly]:
        """A variable by the others where ``p`` is 0 and linear in it."""
        for m, c in p.items():
            if len(m) != 1 or m[0][1] != 1 or self.space.atoms[m[0][0]].name != "var":
                continue
            rest = {n: -d / c for n, d in p.items() if n != m}
            if m[0][0] not in {i for i, _ in self.space.inside(rest)}:
                return {self.space.atoms[m[0][0]].value: rest}
        return {}

    def normal(self, root: Expr) -> Poly:
        """``root`` as a polynomial; raise `Beyond` where that is too long or there is no rule."""
        for e in postorder([root]):
            if e not in self.known:
                self.known[e] = self._of(e, [self.known[a] for a in e.args])
        return self.known[root]

    def _of(self, e: Expr, args: list[Poly]) -> Poly:
        if e.op == CONST:
            return constant(e.value)
        if e.op == VAR:
            name = str(e.value)
            return self.variables[name] if name in self.variables else self.space.variable(name)
        if e.op in _COMPARISONS:
            return _COMPARISONS[e.op](*self._flags(e.args[0], e.args[1], args[0], args[1]))
        if e.op in _BY_SIGN:
            flags = self._flags(e.args[0], _ZERO, args[0], {})
            return _BY_SIGN[e.op](self.space, args[0], *flags)
        if e.op in ("min", "max"):
            return self._extreme(e, args)
        for k in _SIGNED.get(e.op, ()):
            if set(args[k]) - {()}:
                key, direction = self._compared(args[k])
                self.origins.setdefault(key, (e.args[k], direction))
        if e.op in _LOGIC:
            conditions = e.args[:1] if e.op == "where" else e.args
            if not all(_is_condition(a) for a in conditions):
                raise Beyond("a number as a condition")
            return _LOGIC[e.op](self.space, *args)
        rule = _RULES.get(e.op)
        return rule(self, *args) if rule is not None else self.function(e.op, args)

    # ---------------------------------------------------------------- conditions

    def _flags(self, x: Expr, y: Expr, p: Poly, q: Poly) -> Flags:
        """Whether ``x < y`` and whether ``x > y``; ``p`` and ``q`` are their normal forms."""
        difference = plus(p, q, -1)
        constant_ = not set(difference) - {()}
        return self.flags(difference, SIGNS if constant_ else self.decide(x, y))

    def flags(self, p: Poly, possible: frozenset[int] = SIGNS) -> Flags:
        """Whether ``p`` is below 0 and whether it is above; its sign is one of ``possible``."""
        if not set(p) - {()}:
            return _fixed(self._direction(p))
        key, direction = self._compared(p)
        possible = self.signs_of(key) & {s * direction for s in possible}
        self.possible[key] = possible
        if len(possible) == 1:
            return _fixed(next(iter(possible)) * direction)
        below, above = self.space.flags(key)
        below, above = (below if -1 in possible else {}), (above if 1 in possible else {})
        return (below, above) if direction > 0 else (above, below)

    def sign(self, p: Poly) -> int | None:
        """The sign of ``p`` where that is known."""
        if not set(p) - {()}:
            return self._direction(p)
        key, direction = self._compared(p)
        possible = self.signs_of(key)
        return next(iter(possible)) * direction if len(possible) == 1 else None

    def _direction(self, p: Poly) -> int:
        return -1 if negative(p) else int(bool(p))

    def _compared(self, p: Poly) -> tuple[Key, int]:
        """A polynomial without factors of known sign, and whether it has the sign of ``p``."""
        c, content, rest = self.space.content(p, real=True)
        direction = 1 if c > 0 else -1
        others: dict[int, Exponent] = {}
        for i, e in content:
            sign = self._sign_of_atom(i)
            if sign:
                direction *= sign if isinstance(e, int) and e % 2 else 1
            else:
                others[i] = e
        if others:
            rest = self.space.times(rest, self.space.monomial(others, flint.fmpq(1)))
            direction *= self._direction(rest)
            rest = scaled(rest, 1 / rest[min(rest)])
        return key_of(rest), direction

    def _sign_of_atom(self, i: int) -> int:
        """The sign of an atom, 0 where it is not known."""
        atom = self.space.atoms[i]
        if self.space.above_zero(i):
            return 1
        return (self.sign(dict(atom.inner[0])) or 0) if atom.kind is Kind.SUM else 0

    def _extreme(self, e: Expr, args: Sequence[Poly]) -> Poly:
        """``min`` and ``max``, one operand after the other."""
        value, best = args[0], e.args[0]
        for x, p in zip(e.args[1:], args[1:], strict=True):
            below, above = self._flags(best, x, value, p)
            taken = above if e.op == "min" else below
            value = plus(value, self.space.times(taken, plus(p, value, -1)))
            best = make(e.op, best, x)
        return value

    def magnitude(self, p: Poly) -> Poly:
        """``|p|``."""
        return plus(p, self.space.times(self.flags(p)[0], p), -2)

    # ---------------------------------------------------------------- functions

    def function(self, op: str, args: Sequence[Poly]) -> Poly:
        """A function as an atom; odd and even ones of an argument that begins with a plus."""
        if op not in OPERATORS:
            raise Beyond(f"no rule for {op}")
        parity = OPERATORS[op].parity if len(args) == 1 else None
        turned = parity is not None and negative(args[0])
        inner = tuple(key_of(scaled(p, -1) if turned else p) for p in args)
        atom = self.space.atom(Atom(Kind.PLAIN, op, None, inner))
        return scaled(atom, -1) if turned and parity == "odd" else atom

    def power(self, base: Poly, exponent: Poly) -> Poly:
        """``base ** exponent``: that of a number, or ``exp(exponent * log(base))``."""
        if set(exponent) - {()}:
            return self.exp(self.space.times(exponent, self.log(base)))
        n = short(exponent[()]) if exponent else 0
        if n > _MOST_POWER or n < -_MOST_POWER:
            raise Beyond("a large exponent")
        return self.space.power(base, n) if isinstance(n, int) else self.root(base, n)

    def root(self, p: Poly, n: Exponent = _HALF) -> Poly:
        """``p ** n``, n no whole number."""
        sign = self.sign(p)
        if sign == -1:
            return self._undefined()
        return {} if sign == 0 and n > 0 else self.space.power(p, n)

    def _undefined(self) -> Poly:
        return self.space.atom(Atom(Kind.PLAIN, UNDEFINED))

    def over(self, p: Poly, q: Poly) -> Poly:
        """``p / q``."""
        return self.space.times(p, self.space.power(q, -1))

    def exp(self, p: Poly) -> Poly:
        """``exp(p)``: a product over the terms of p."""
        exponents: dict[int, Exponent] = {}
        powers: list[Poly] = []
        for m, c in p.items():
            log = self._only(m, "log")
            if log is not None:
                powers.append(self._exp_of_log(dict(log.inner[0]), c))
                continue
            kind = Kind.POSITIVE if self.space.real(m) else Kind.COMPLEX
            exponents[self.space.number(Atom(kind, "exp", m))] = short(c)
        return _product(self, self.space.monomial(exponents, flint.fmpq(1)), *powers)

    def _only(self, m: Monomial, name: str) -> Atom | None:
        """The one atom of a monomial, where it has this name and the exponent 1."""
        atom = self.space.atoms[m[0][0]] if len(m) == 1 and m[0][1] == 1 else None
        return atom if atom is not None and atom.name == name else None

    def _exp_of_log(self, p: Poly, c: Rational) -> Poly:
        """``exp(c log|p|) = |p|**c``."""
        n = short(c)
        even = isinstance(n, int) and n % 2 == 0
        return self.space.power(p if even or self._is_positive(p) else self.magnitude(p), n)

    def _is_positive(self, p: Poly) -> bool:
        atoms = [self.space.atoms[i] for m in p for i, _ in m]
        return len(p) == 1 and not negative(p) and all(a.kind is Kind.POSITIVE for a in atoms)

    def log(self, p: Poly) -> Poly:
        """``log(p)``: a sum over the factors of p, the logarithm of the magnitude of each."""
        if not p:
            raise Beyond("the logarithm of 0")
        c, content, rest = self.space.content(p, real=True)
        out: Poly = {}
        for prime, k in self.space.primes(abs(c)):
            out = plus(out, self._log_atom(constant(Fraction(prime))), k)
        for i, e in content:
            atom = self.space.atoms[i]
            whole = atom.name == "exp"
            part = {atom.value: flint.fmpq(1)} if whole else self._log_atom(_alone(i))
            out = plus(out, part, e)
        return out if rest == one() else plus(out, self._log_atom(rest))

    def _log_atom(self, p: Poly) -> Poly:
        return self.space.atom(Atom(Kind.PLAIN, "log", None, (key_of(p),)))

    def log_over(self, p: Poly, base: int) -> Poly:
        """The logarithm to another base."""
        return self.over(self.log(p), self.log(constant(Fraction(base))))

    def waves(self, p: Poly) -> Flags:
        """``exp(i p)`` and ``exp(-i p)``."""
        exponents: dict[int, Exponent] = {}
        for m, c in p.items():
            turn = self._only(m, "pi") is not None
            atom = Atom(Kind.TURN, "turn") if turn else Atom(Kind.COMPLEX, "wave", m)
            exponents[self.space.number(atom)] = short(c)
        back = {i: -e for i, e in exponents.items()}
        unit = flint.fmpq(1)
        return self.space.monomial(exponents, unit), self.space.monomial(back, unit)

    def cos(self, p: Poly) -> Poly:
        """``(exp(i p) + exp(-i p)) / 2``."""
        return scaled(plus(*self.waves(p)), _HALF)

    def sin(self, p: Poly) -> Poly:
        """``(exp(i p) - exp(-i p)) / (2 i)``."""
        minus_i = self.space.atom(Atom(Kind.TURN, "turn"), -_HALF)
        return scaled(self.space.times(minus_i, plus(*self.waves(p), -1)), _HALF)

    def grown(self, p: Poly, sign: int) -> Poly:
        """``(exp(p) + sign * exp(-p)) / 2``."""
        return scaled(plus(self.exp(p), self.exp(scaled(p, -1)), sign), _HALF)


def _fixed(sign: int) -> Flags:
    return (one() if sign < 0 else {}), (one() if sign > 0 else {})


def _alone(i: int) -> Poly:
    return {((i, 1),): flint.fmpq(1)}


def _is_condition(e: Expr) -> bool:
    return e.op in OPERATORS and OPERATORS[e.op].boolean


def _where(space: Space, c: Poly, x: Poly, y: Poly) -> Poly:
    return plus(y, space.times(c, plus(x, y, -1)))


def _either(space: Space, p: Poly, q: Poly) -> Poly:
    return plus(plus(p, q), space.times(p, q), -1)


#: The operands whose sign matters to algebra.
_SIGNED = {"log": (0,), "sqrt": (0,), "pow": (0,), "div": (1,), "inv": (0,)}
_COMPARISONS: dict[str, Callable[[Poly, Poly], Poly]] = {
    "lt": lambda below, above: below,
    "gt": lambda below, above: above,
    "le": lambda below, above: plus(one(), above, -1),
    "ge": lambda below, above: plus(one(), below, -1),
    "eq": lambda below, above: plus(plus(one(), below, -1), above, -1),
    "ne": lambda below, above: plus(below, above),
}
_BY_SIGN: dict[str, Callable[[Space, Poly, Poly, Poly], Poly]] = {
    "abs": lambda space, p, below, above: plus(p, space.times(below, p), -2),
    "relu": lambda space, p, below, above: space.times(above, p),
    "sign": lambda space, p, below, above: plus(above, below, -1),
    "step": lambda space, p, below, above: above,
    "heaviside": lambda space, p, below, above: scaled(plus(plus(one(), above), below, -1), _HALF),
}
_LOGIC: dict[str, Callable[..., Poly]] = {
    "and": Space.times,
    "or": _either,
    "not": lambda space, p: plus(one(), p, -1),
    "where": _where,
}


def _product(reader: Reader, *args: Poly) -> Poly:
    out = args[0]
    for p in args[1:]:
        out = reader.space.times(out, p)
    return out


_RULES: dict[str, Callable[..., Poly]] = {
    "add": lambda r, *args: r.space.total(args),
    "mul": _product,
    "neg": lambda r, p: scaled(p, -1),
    "div": Reader.over,
    "inv": lambda r, p: r.space.power(p, -1),
    "square": lambda r, p: r.space.power(p, 2),
    "cube": lambda r, p: r.space.power(p, 3),
    "pow": Reader.power,
    "sqrt": lambda r, p: r.root(p),
    "hypot": lambda r, p, q: r.root(plus(r.space.power(p, 2), r.space.power(q, 2))),
    "hold": lambda r, p: p,
    "e": lambda r: r.exp(one()),
    "pi": lambda r: r.space.atom(Atom(Kind.POSITIVE, "pi")),
    "exp": Reader.exp,
    "exp2": lambda r, p: r.power(constant(Fraction(2)), p),
    "expm1": lambda r, p: plus(r.exp(p), one(), -1),
    "gauss": lambda r, p: r.exp(scaled(r.space.power(p, 2), -1)),
    "sigmoid": lambda r, p: r.space.power(plus(one(), r.exp(scaled(p, -1))), -1),
    "log": Reader.log,
    "log1p": lambda r, p: r.log(plus(one(), p)),
    "log2": lambda r, p: r.log_over(p, 2),
    "log10": lambda r, p: r.log_over(p, 10),
    "sin": Reader.sin,
    "cos": Reader.cos,
    "tan": lambda r, p: r.over(r.sin(p), r.cos(p)),
    "sinh": lambda r, p: r.grown(p, -1),
    "cosh": lambda r, p: r.grown(p, 1),
    "tanh": lambda r, p: r.over(r.grown(p, -1), r.grown(p, 1)),
    "mod": lambda r, p, q: plus(p, r.space.times(q, r.function("floor", [r.over(p, q)])), -1),
}
