"""Conditions on computed values compare whole multiples of them, so that hardware can decide them
exactly.

``0.1*a > 0.05*b + 0.3`` is ``2*a > b + 6``. A constant that has no finite binary form would make
the two sides inexact, and next to equality the condition would be wrong by a whole jump.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from symgate.ir.expr import CONST, VAR, Expr, Program, const, make, substitute, with_args
from symgate.ir.function import ByDigits, Function, apply
from symgate.passes.rewrite.exactness import COMPARISONS, can_be_exact, dyadic
from symgate.passes.rewrite.fuse import T
from symgate.passes.rewrite.terms import ZERO, build_sum, split_product, split_sum, times

_SQUARE = make("pow", T, const(2))


class Linear(NamedTuple):
    """A linear form with rational coefficients."""

    offset: Fraction
    terms: dict[Expr, Fraction]


@dataclass(frozen=True)
class Decide:
    """Comparisons of polynomials get whole coefficients; those with a constant are no functions of
    a computed value.
    """

    def __call__(self, program: Program) -> Program:
        """The same program with other comparisons."""
        return program.map(lambda e, args: _decided(with_args(e, args)))


def _decided(e: Expr) -> Expr:
    if e.closed:
        return e
    if e.op in COMPARISONS:
        found = _difference(*e.args)
        return e if found is None else _compared(e.op, *found)
    if e.op != "fn" or isinstance(e.value, ByDigits):
        return e
    if e.value.jumps and e.value.period is None and e.args[0].op != VAR:
        e = _condition_taken_out(e)
    if e.op != "fn":
        return e
    alone = Program((), (("e", e.value.body),))
    (body,) = alone.map(lambda node, args: _decided(with_args(node, args))).roots
    return apply(Function(body, e.value.period), e.args[0])


def _condition_taken_out(e: Expr) -> Expr:
    """A function that compares ``k t + o`` with 0 as a comparison of ``t``; any other function that
    jumps as one of a whole multiple of ``t``.
    """
    (root,), body = e.args, e.value.body
    argument = _linear(root)
    if argument is None:
        return e
    compared = _difference(*body.args) if body.op in COMPARISONS else None
    if compared is not None and list(compared.terms) == [T]:
        k = compared.terms[T]
        terms = {term: k * c for term, c in argument.terms.items()}
        return _compared(body.op, compared.offset + k * argument.offset, terms)
    scale = _scale(Fraction(0), argument.terms)
    if scale == 1:
        return e
    whole = build_sum(ZERO, {term: const(c * scale) for term, c in argument.terms.items()})
    (scaled_body,) = substitute([body], {T: make("mul", const(1 / scale), T)})
    return apply(Function(scaled_body), whole)


def _difference(x: Expr, y: Expr) -> Linear | None:
    """``x - y`` as a linear form, None where its coefficients are not rational."""
    left, right = _linear(x), _linear(y)
    if left is None or right is None:
        return None
    terms = dict(left.terms)
    for t, c in right.terms.items():
        terms[t] = terms.get(t, Fraction(0)) - c
    return Linear(left.offset - right.offset, {term: c for term, c in terms.items() if c})


def _linear(e: Expr) -> Linear | None:
    """A sum as a linear form of what can be exact, None where it is none; polynomials in functions
    are taken apart.
    """
    offset, found = Fraction(0), dict[Expr, Fraction]()
    stack = [(e, Fraction(1))]
    while stack:
        top, factor = stack.pop()
        more, terms = split_sum(top)
        if any(c.op != CONST for c in (more, *terms.values())):
            return None
        offset += factor * more.value
        for term, c in terms.items():
            k, rest = _bare(term)
            if k.op != CONST:
                return None
            if rest.op in ("add", "fn") and rest is not term:
                stack.append((rest, factor * c.value * k.value))
            else:
                found[rest] = found.get(rest, Fraction(0)) + factor * c.value * k.value
    return Linear(offset, found) if all(map(can_be_exact, found)) else None


def _bare(t: Expr) -> tuple[Expr, Expr]:
    """A term as a constant times one without the constants in its factors and functions."""
    if t.op == "fn":
        return _polynomial(t)
    if t.op == "abs":
        k, inner = split_product(t.args[0])
        if k.op != CONST or k is ZERO:
            return const(1), t
        return const(abs(k.value)), make("abs", inner)
    if t.op != "mul":
        return const(1), t
    parts = [split_product(operand) if operand.op != "fn" else _bare(operand) for operand in t.args]
    if any(rest.op == "add" and a.op == "fn" for a, (_, rest) in zip(t.args, parts, strict=True)):
        return const(1), t
    k = const(1)
    for c, _ in parts:
        k = times(k, c)
    return k, make("mul", *(rest for _, rest in parts))


def _polynomial(t: Expr) -> tuple[Expr, Expr]:
    """A function as a constant times a simpler one, or a sum of several; squares are products."""
    offset, terms = split_sum(t.value.body)
    parts = {_power(t, body): k for body, k in terms.items()}
    if t.value.period is not None or any(k.op != CONST for k in (offset, *parts.values())):
        return const(1), t
    if offset is ZERO and len(parts) == 1:
        ((part, k),) = parts.items()
        return k, part
    return const(1), build_sum(offset, parts)


def _power(t: Expr, body: Expr) -> Expr:
    """A term of a function's body; exact squares are smaller as products."""
    return make("mul", *t.args, *t.args) if body is _SQUARE else apply(Function(body), t.args[0])


def _compared(op: str, offset: Fraction, terms: Mapping[Expr, Fraction]) -> Expr:
    """``offset + terms`` compared with 0: what is negative stands on the other side, all
    coefficients are whole.

    A number with no finite binary form never stands alone: sums keep it apart, exactly.
    """
    scale = _scale(offset, terms)
    left = {term: const(c * scale) for term, c in terms.items() if c > 0}
    right = {term: const(-c * scale) for term, c in terms.items() if c < 0}
    offset *= scale
    if (left and right) or dyadic(offset):
        return make(
            op, _side(max(offset, Fraction(0)), left), _side(max(-offset, Fraction(0)), right)
        )
    return make(
        op,
        _side(offset if left else Fraction(0), left),
        _side(-offset if right else Fraction(0), right),
    )


def _side(offset: Fraction, terms: Mapping[Expr, Expr]) -> Expr:
    """A sum; the constant of a product that stands alone is inside one of its factors."""
    if not offset and len(terms) == 1:
        ((t, c),) = terms.items()
        if t.op == "mul":
            return make("mul", build_sum(ZERO, {t.args[0]: c}), *t.args[1:])
    return build_sum(const(offset), terms)


def _scale(offset: Fraction, terms: Mapping[Expr, Fraction]) -> Fraction:
    """A positive factor that makes the coefficients whole, without a common divisor; offsets may be
    any number.
    """
    coefficients = list(terms.values()) or [offset or Fraction(1)]
    common = math.lcm(*(c.denominator for c in coefficients))
    return Fraction(common, math.gcd(*(int(c * common) for c in coefficients)) or 1)
