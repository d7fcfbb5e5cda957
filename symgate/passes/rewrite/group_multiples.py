"""Add up before multiplying: what a sum takes with equal constants is multiplied once."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from symgate.ir.constants import rational
from symgate.ir.expr import Expr, Program, const, make, with_args
from symgate.passes.rewrite.share import constants_agree, mantissa, signed_power
from symgate.passes.rewrite.terms import build_sum, split_sum


@dataclass(frozen=True)
class GroupMultiples:
    """``c*x - c*y + 2*c*z`` becomes ``c * hold(x - y + 2*z)``, which sums do not look through.

    It saves multiples and costs what the inner sum rounds, so it is one of several ways.
    """

    #: Terms of equal constants that are worth a sum of their own.
    least: int = 2

    def __call__(self, program: Program) -> Program:
        """The same program with such sums."""
        return program.map(lambda e, args: self._grouped(with_args(e, args)))

    def _grouped(self, e: Expr) -> Expr:
        if e.op != "add" or e.closed:
            return e
        offset, terms = split_sum(e)
        groups: dict[Fraction, list[Expr]] = {}
        for term, k in terms.items():
            if term.op != "mul" and mantissa(k) != 1:
                groups.setdefault(mantissa(k), []).append(term)
        left = dict(terms)
        for group in groups.values():
            if len(group) >= self.least:
                _group(group, left)
        return e if left == terms else build_sum(offset, left)


def _group(group: list[Expr], terms: dict[Expr, Expr]) -> None:
    """Put the terms of a group, as far as their constants agree, behind one node."""
    first = terms[group[0]]
    powers = {t: signed_power(rational(terms[t]) / rational(first)) for t in group}
    equal = {t: power for t, power in powers.items() if constants_agree(terms[t], first, power)}
    inner = build_sum(const(0), {t: const(power) for t, power in equal.items()})
    for t in equal:
        del terms[t]
    terms[make("hold", inner)] = first
