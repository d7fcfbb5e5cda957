"""Whether two expressions are equal by algebra alone: in normal form, on each branch."""

from __future__ import annotations

from dataclasses import dataclass

from symgate.ir.expr import CONST, VAR, Expr, postorder
from symgate.proof.normal import Atom, Beyond, Kind, Poly, Space, plus
from symgate.proof.normalise import UNDEFINED, Reader

SAME, POLYNOMIALS = "same expression", "exact polynomials"
QUOTIENTS, FUNCTIONS = "exact quotients of polynomials", "exact identity of functions"
BRANCHES = 81  # that are compared: four conditions, each below its edge, above it and on it
_ALGEBRAIC = ("add", "mul", "neg", "div", "inv", "square", "cube", "pow", "hold")
_BY_SIGN = ("abs", "relu", "sign", "step", "heaviside", "min", "max", "where")
_CONDITIONS = ("lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not")
_RATIONAL = frozenset((*_ALGEBRAIC, *_BY_SIGN, *_CONDITIONS))


@dataclass(frozen=True)
class Equal:
    """Two expressions are equal wherever both are defined."""

    method: str
    branches: int = 1


@dataclass(frozen=True)
class Different:
    """Two quotients of polynomials in the inputs that are not the same."""

    difference: Poly


def compared(f: Expr, g: Expr, reader: Reader) -> Equal | Different | None:
    """What algebra says of ``f`` and ``g``; None where it says nothing.

    ``reader`` may have read other expressions, and may read more.
    """
    if f is g:
        return Equal(SAME)
    rational = all(map(_is_rational, postorder([f, g])))
    try:
        return _Cases(f, g, reader.space, rational).compared(reader)
    except Beyond:
        return None


def _is_rational(e: Expr) -> bool:
    """Whether an operator gives rational numbers for rational ones."""
    if e.op == "pow":
        return e.args[1].op == CONST and e.args[1].value.denominator == 1
    return e.op in (CONST, VAR) or e.op in _RATIONAL


@dataclass
class _Cases:
    """One comparison; each condition that matters is tried below, above and on its edge."""

    f: Expr
    g: Expr
    space: Space
    rational: bool
    branches: int = 0
    branched: bool = False
    quotients: bool = False

    def compared(self, reader: Reader) -> Equal | Different | None:
        left = self._left(reader)
        if left is None:
            return Equal(self._method(), self.branches)
        return Different(left) if self.rational and not self.branched else None

    def _method(self) -> str:
        if not self.rational:
            return FUNCTIONS
        return QUOTIENTS if self.quotients else POLYNOMIALS

    def _left(self, reader: Reader) -> Poly | None:
        """The difference on the first branch that has one; None where there is none."""
        p, q = reader.normal(self.f), reader.normal(self.g)
        self.quotients |= any(e < 0 for n in (p, q) for _, e in self.space.inside(n))
        difference = plus(p, q, -1)
        equal = self.space.vanishes(difference) or reader.is_zero(difference)
        flag = None if equal else self._condition(difference, p)
        if flag is None:
            self.branches += 1
            return None if equal or self._undefined(p) else difference
        if self.branches >= BRANCHES:
            raise Beyond("too many branches")
        self.branched = True
        key = flag.inner[0]
        for sign in sorted(reader.signs_of(key), key=abs, reverse=True):
            left = self._left(reader.assuming(key, sign))
            if left is not None:
                return left
        return None

    def _condition(self, *polynomials: Poly) -> Atom | None:
        """The first condition on which polynomials depend."""
        found = {i for p in polynomials for i, _ in self.space.inside(p)}
        atoms = [self.space.atoms[i] for i in sorted(found)]
        return next((a for a in atoms if a.kind is Kind.FLAG), None)

    def _undefined(self, p: Poly) -> bool:
        """Whether the user's expression has no value on a branch on which nothing is open."""
        return any(self.space.atoms[i].name == UNDEFINED for i, _ in self.space.inside(p))
