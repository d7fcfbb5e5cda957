"""Rules for sines and cosines."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import combinations

from symgate.ir.expr import CONST, Expr, const, make
from symgate.passes.forms.monomials import factors_of, scaled_product
from symgate.passes.forms.rule import Ranges
from symgate.passes.rewrite.terms import ONE, ZERO, build_sum, split_sum, times

_HALF = const(Fraction(1, 2))
_WAVES = ("sin", "cos")
_MOST = 8


def product_to_sum(e: Expr, known: Ranges) -> Iterable[Expr]:
    """``sin(a) cos(b) = (sin(a+b) + sin(a-b))/2`` and its like, for every pair of waves in a
    product.
    """
    if (
        e.op == "pow"
        and e.args[0].op in _WAVES
        and e.args[1].op == CONST
        and e.args[1].value in (2, 3, 4)
    ):
        yield from _power_to_sum(e)
    if e.op != "mul":
        return
    c, factors = factors_of(e)
    waves = [factor for factor in factors if factor.op in _WAVES]
    for f, g in list(combinations(waves, 2))[:_MOST]:
        others = [h for h in factors if h is not f and h is not g]
        yield scaled_product(times(c, _HALF), *others, _pair(f, g))


def _power_to_sum(e: Expr) -> Iterable[Expr]:
    wave, n = e.args[0], e.args[1].value
    square = make("mul", _HALF, _pair(wave, wave))
    yield {2: square, 3: make("mul", wave, square), 4: make("pow", square, const(2))}[int(n)]


def _pair(f: Expr, g: Expr) -> Expr:
    """Twice ``f * g`` as a sum."""
    a, b = (f.args[0], g.args[0]) if f.op == "sin" else (g.args[0], f.args[0])
    if f.op == g.op:
        first, second = make("cos", a - b), make("cos", a + b)
        return first - second if f.op == "sin" else first + second
    return make("sin", a + b) + make("sin", a - b)


def sum_to_product(e: Expr, known: Ranges) -> Iterable[Expr]:
    """``sin(a) + sin(b) = 2 sin((a+b)/2) cos((a-b)/2)`` and its like, where coefficients have one
    size.
    """
    if e.op != "add":
        return
    offset, terms = split_sum(e)
    waves = [term for term in terms if term.op in _WAVES]
    for f, g in list(combinations(waves, 2))[:_MOST]:
        if f.op != g.op or terms[f] not in (terms[g], times(const(-1), terms[g])):
            continue
        rest = {term: c for term, c in terms.items() if term is not f and term is not g}
        pair = _as_product(f.op, f.args[0], g.args[0], terms[f] is terms[g])
        yield build_sum(offset, rest) + make("mul", terms[f], pair)


def _as_product(op: str, a: Expr, b: Expr, same: bool) -> Expr:
    half, apart = make("mul", _HALF, a + b), make("mul", _HALF, a - b)
    if op == "sin":
        first, second = ("sin", "cos") if same else ("cos", "sin")
        return make("mul", const(2), make(first, half), make(second, apart))
    first, sign = ("cos", 2) if same else ("sin", -2)
    return make("mul", const(sign), make(first, half), make(first, apart))


def angle_addition(e: Expr, known: Ranges) -> Iterable[Expr]:
    """``sin(a+b) = sin(a) cos(b) + cos(a) sin(b)`` and its like; an offset stays with the first
    angle.
    """
    if e.op not in _WAVES:
        return
    offset, terms = split_sum(e.args[0])
    if len(terms) < 2 or len(terms) > _MOST:
        return
    for t, c in terms.items() if len(terms) > 2 else [next(iter(terms.items()))]:
        a = build_sum(ZERO, {t: c})
        b = build_sum(offset, {u: d for u, d in terms.items() if u is not t})
        if e.op == "sin":
            yield make("sin", a) * make("cos", b) + make("cos", a) * make("sin", b)
        else:
            yield make("cos", a) * make("cos", b) - make("sin", a) * make("sin", b)


def half_angle(e: Expr, known: Ranges) -> Iterable[Expr]:
    """``sin(2a) = 2 sin(a) cos(a)``, ``cos(2a) = 1 - 2 sin(a)^2 = 2 cos(a)^2 - 1``: double angles
    undone.
    """
    if e.op not in _WAVES:
        return
    half = make("mul", _HALF, e.args[0])
    s, c = make("sin", half), make("cos", half)
    if e.op == "sin":
        yield make("mul", const(2), s, c)
    else:
        yield 1 - 2 * make("pow", s, const(2))
        yield 2 * make("pow", c, const(2)) - 1


def one_of_squares(e: Expr, known: Ranges) -> Iterable[Expr]:
    """``k sin(a)^2 + k cos(a)^2 = k``."""
    if e.op != "add":
        return
    offset, terms = split_sum(e)
    two = const(2)
    for term, c in terms.items():
        partner = (
            make("pow", make("cos", *term.args[0].args), two)
            if term.op == "pow" and term.args[0].op == "sin"
            else None
        )
        if partner is not None and term.args[1] is two and terms.get(partner) is c:
            rest = {u: d for u, d in terms.items() if u is not term and u is not partner}
            yield build_sum(offset, rest) + make("mul", c, ONE)
