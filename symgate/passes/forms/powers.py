"""Rules for exponentials, logarithms, powers and products of values whose sign is proved."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations

from symgate.ir.expr import CONST, Expr, const, make, variables
from symgate.passes.forms.factoring import factored
from symgate.passes.forms.monomials import factors_of, power, scaled_product
from symgate.passes.forms.rule import Ranges
from symgate.passes.rewrite.terms import ONE, ZERO, build_sum, plus, split_sum, times

_MOST = 8


def exp_merged(e: Expr, known: Ranges) -> Iterable[Expr]:
    """``exp(a) exp(b)^n = exp(a + n b)``."""
    if e.op == "pow" and e.args[0].op == "exp" and e.args[1].op == CONST:
        yield make("exp", make("mul", e.args[1], e.args[0].args[0]))
    if e.op != "mul":
        return
    c, factors = factors_of(e)
    inside = [factor for factor in factors if power(factor)[0].op == "exp"]
    if len(inside) >= 2:
        exponent = make("add", *(make("mul", const(n), b.args[0]) for b, n in map(power, inside)))
        yield scaled_product(
            c, *(factor for factor in factors if factor not in inside), make("exp", exponent)
        )


def hyperbolics_merged(e: Expr, known: Ranges) -> Iterable[Expr]:
    """``exp(a) / sinh(b) = 2 exp(a - b) / (1 - exp(-2 b))`` for ``b > 0``, and so for cosh and other
    powers: two factors of large range become one that has none.
    """
    if e.op != "mul":
        return
    c, factors = factors_of(e)
    if not any(power(factor)[0].op == "exp" for factor in factors):
        return
    for factor in factors:
        base, n = power(factor)
        if base.op not in ("sinh", "cosh") or not known.sign(base.args[0]):
            continue
        sign = known.sign(base.args[0])
        size = make("mul", const(sign), base.args[0])
        odd, sinh = n % 2, base.op == "sinh"
        outside = const(Fraction(1, 2) ** n * (sign if sinh and odd else 1))
        near_one = 1 + const(-1 if sinh else 1) * make("exp", make("mul", const(-2), size))
        others = [other for other in factors if other is not factor]
        inside = [other for other in others if power(other)[0].op == "exp"]
        exponents = [(b.args[0], m) for b, m in map(power, inside)]
        exponent = _sum_of_multiples([(base.args[0], n * sign), *exponents])
        rest = [other for other in others if other not in inside]
        rest.append(make("pow", near_one, const(n)))
        for inner in (*factored(exponent, known), exponent):
            yield scaled_product(times(c, outside), *rest, make("exp", inner))


def _sum_of_multiples(multiples: Iterable[tuple[Expr, int]]) -> Expr:
    """``sum(n * e)`` in normal form."""
    offset, terms = ZERO, dict[Expr, Expr]()
    for e, n in multiples:
        more, found = split_sum(e)
        offset = plus(offset, times(const(n), more))
        for term, k in found.items():
            terms[term] = plus(terms.get(term, ZERO), times(const(n), k))
    return build_sum(offset, terms)


def exp_split(e: Expr, known: Ranges) -> Iterable[Expr]:
    """``exp(a + b) = exp(a) exp(b)``, for each term of the exponent and the rest."""
    if e.op != "exp":
        return
    offset, terms = split_sum(e.args[0])
    if not 2 <= len(terms) <= _MOST:
        return
    for t, c in terms.items() if len(terms) > 2 else [next(iter(terms.items()))]:
        rest = build_sum(offset, {u: d for u, d in terms.items() if u is not t})
        yield make("exp", build_sum(ZERO, {t: c})) * make("exp", rest)


def log_split(e: Expr, known: Ranges) -> Iterable[Expr]:
    """``log(c a^m b^n) = log(c) + m log(a) + n log(b)``, all of one proved sign."""
    if e.op not in ("log", "sqrt", "cbrt") or e.args[0].op not in ("mul", "pow"):
        return
    c, factors = factors_of(e.args[0])
    logs = _logs(factors, known) if c is ONE or known.sign(c) else None
    if logs is None or e.op != "log":
        return
    size = c if known.sign(c) > 0 else times(const(-1), c)
    yield make("add", *logs, *(() if size is ONE else (make("log", size),)))


def log_merged(e: Expr, known: Ranges) -> Iterable[Expr]:
    """``k log(a) + k n log(b) = k log(a b^n)``, n a small whole number."""
    if e.op != "add":
        return
    offset, terms = split_sum(e)
    logs = [term for term in terms if term.op == "log"]
    for f, g in list(combinations(logs, 2))[:_MOST]:
        if terms[f].op != CONST or terms[g].op != CONST:
            continue
        f, g = (f, g) if abs(terms[f].value) <= abs(terms[g].value) else (g, f)
        ratio = terms[g].value / terms[f].value
        if ratio.denominator == 1 and abs(ratio) <= 4:
            merged = make("log", make("mul", f.args[0], make("pow", g.args[0], const(ratio))))
            rest = {term: c for term, c in terms.items() if term is not f and term is not g}
            yield build_sum(offset, rest) + make("mul", terms[f], merged)


def roots_split(e: Expr, known: Ranges) -> Iterable[Expr]:
    """``(a b)^r = a^r b^r`` for ``a, b >= 0``; ``(a^n)^r = a^(n r)`` for ``a >= 0``."""
    exponent = _exponent(e)
    if exponent is None or exponent.denominator == 1 or e.args[0].op not in ("mul", "pow"):
        return
    c, factors = factors_of(e.args[0])
    if (c is not ONE and known.sign(c) < 0) or not all(
        known.not_negative(power(factor)[0]) for factor in factors
    ):
        return
    parts = [_raised(b, n * exponent) for b, n in map(power, factors)]
    yield scaled_product(ONE if c is ONE else _raised(c, exponent), *parts)


def roots_merged(e: Expr, known: Ranges) -> Iterable[Expr]:
    """``a^r b^r = (a b)^r`` and ``a^r a^s = a^(r+s)`` for ``a, b >= 0``."""
    if e.op != "mul":
        return
    c, factors = factors_of(e)
    fractions = [
        factor for factor in factors if (r := _exponent(factor)) is not None and r.denominator != 1
    ]
    for f, g in list(combinations(fractions, 2))[:_MOST]:
        r, s = _exponent(f), _exponent(g)
        assert r is not None
        assert s is not None
        rest = [h for h in factors if h is not f and h is not g]
        if f.args[0] is g.args[0] and known.not_negative(f.args[0]):
            yield scaled_product(c, *rest, _raised(f.args[0], r + s))
        elif r == s and known.not_negative(f.args[0]) and known.not_negative(g.args[0]):
            yield scaled_product(c, *rest, _raised(make("mul", f.args[0], g.args[0]), r))


def _exponent(e: Expr) -> Fraction | None:
    if e.op == "sqrt":
        return Fraction(1, 2)
    value: Fraction | None = e.args[1].value if e.op == "pow" and e.args[1].op == CONST else None
    return value


def _raised(base: Expr, n: Fraction) -> Expr:
    if n in (0, 1):
        return base if n else ONE
    return make("sqrt", base) if n == Fraction(1, 2) else make("pow", base, const(n))


def by_logarithms(e: Expr, known: Ranges) -> Iterable[Expr]:
    """``a b^n = +-exp(log|a| + n log|b|)`` for factors whose signs are proved: all such factors,
    and each pair.
    """
    if e.op != "mul":
        return
    c, factors = factors_of(e)
    groups = _by_variables([factor for factor in factors if known.sign(power(factor)[0])])
    if len(groups) < 2:
        return
    chosen: list[Sequence[list[Expr]]] = [groups]
    chosen += list(combinations(groups, 2))[:_MOST] if len(groups) > 2 else []
    for part in chosen:
        inside = [f for group in part for f in group]
        logs = _logs(inside, known)
        if logs is not None:
            sign = math.prod(known.sign(power(f)[0]) ** (power(f)[1] % 2) for f in inside)
            rest = [factor for factor in factors if factor not in inside]
            yield scaled_product(times(c, const(sign)), *rest, make("exp", make("add", *logs)))


def _by_variables(factors: Iterable[Expr]) -> list[list[Expr]]:
    """Factors of the same variables together: they become one function, or stay beside each other."""
    groups: dict[tuple[str, ...], list[Expr]] = {}
    for factor in factors:
        groups.setdefault(tuple(variables([factor])), []).append(factor)
    return list(groups.values())


def _logs(factors: Iterable[Expr], known: Ranges) -> list[Expr] | None:
    """``n log|b|`` of each factor ``b^n``; None where a sign is not proved."""
    out = []
    for base, n in map(power, factors):
        sign = known.sign(base)
        if not sign:
            return None
        size = base if sign > 0 else make("mul", const(-1), base)
        r = _exponent(size) if size.op in ("sqrt", "pow") else None
        plain = size.args[0] if size.op == "exp" else None
        if plain is None:
            plain = (
                make("mul", const(r), make("log", size.args[0]))
                if r is not None
                else make("log", size)
            )
        out.append(make("mul", const(n), plain))
    return out


def quarter_squares(e: Expr, known: Ranges) -> Iterable[Expr]:
    """``a b = ((a + k b)^2 - (a - k b)^2) / (4 k)``, k a power of two that brings the sizes of both
    together.
    """
    if e.op != "mul":
        return
    c, factors = factors_of(e)
    if len(factors) != 2:
        return
    a, b = factors
    sizes = [known.span(factor) for factor in factors]
    wide = [hi - lo for lo, hi in sizes]
    if not all(0 < w < math.inf for w in wide):
        return
    k = Fraction(2) ** round(math.log2(wide[0] / wide[1]))
    plus_, minus_ = (
        make("pow", make("add", a, make("mul", const(s * k), b)), const(2)) for s in (1, -1)
    )
    quarter = times(c, const(1 / (4 * k)))
    yield build_sum(ZERO, {plus_: quarter, minus_: times(const(-1), quarter)})
