"""Bring expressions into normal form, so that equal things become one node, commuted and
reassociated forms too.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from symgate.ir.expr import CONST, Expr, Program, const, make, postorder, with_args
from symgate.ir.operators import OPERATORS
from symgate.passes.rewrite.terms import (
    ONE,
    ZERO,
    build_sum,
    is_folded,
    operands_of,
    plus,
    product_of,
    split_product,
    split_sum,
    times,
)

Rule = Callable[["_State", tuple[Expr, ...]], Expr]
#: A sum that several sums use is still written out in each of them up to this many terms.
_INLINE_TERMS = 8


class _State:
    """What is known while one program is rewritten."""

    def __init__(self, roots: list[Expr]):
        self.users: Counter[tuple[Expr, str]] = Counter()
        self.total: Counter[Expr] = Counter(roots)
        for e in postorder(roots):
            for operand in set(e.args):
                self.users[operand, "add" if e.op in _LINEAR else e.op] += 1
                self.total[operand] += 1


_LINEAR = {"add", "sub", "neg"}


@dataclass(frozen=True)
class Simplify:
    """Flatten sums and products, fold constants, collect equal terms and powers, normalise signs."""

    def __call__(self, program: Program) -> Program:
        """The same program in normal form."""
        state = _State(program.roots)
        new: dict[Expr, Expr] = {}
        for e in postorder(program.roots):
            args = tuple(new[operand] for operand in e.args)
            inner = e.op == "add" and state.total[e] == state.users[e, "add"] == 1
            if e.op in EXACT and all(operand.op == CONST for operand in args):
                new[e] = const(Fraction(EXACT[e.op](*(operand.value for operand in args))))
            elif inner:
                new[e] = make("add", *args)  # the sum that reads it takes it apart
            elif e.op in RULES:
                new[e] = RULES[e.op](state, args)
            else:
                new[e] = _function(state, e, args)
        return program.with_roots(new[root] for root in program.roots)


#: Operators that are exact on rational numbers.
EXACT: dict[str, Callable[..., Fraction | int]] = {
    "abs": abs,
    "relu": lambda x: max(x, Fraction(0)),
    "sign": lambda x: (x > 0) - (x < 0),
    "step": lambda x: int(x > 0),
    "heaviside": lambda x: Fraction((x > 0) + (x >= 0), 2),
    "floor": math.floor,
    "ceil": math.ceil,
    "round": round,
    "lt": lambda x, y: int(x < y),
    "le": lambda x, y: int(x <= y),
    "gt": lambda x, y: int(x > y),
    "ge": lambda x, y: int(x >= y),
    "eq": lambda x, y: int(x == y),
    "ne": lambda x, y: int(x != y),
    "not": lambda x: 1 - x,
    "and": min,
    "or": max,
    "min": min,
    "max": max,
}


#: Where other functions are rational.
EXACT_AT: dict[tuple[str, Expr], Expr] = {
    **{
        (op, ZERO): ZERO
        for op in ("sin", "tan", "asin", "atan", "sinh", "tanh", "asinh", "atanh", "erf", "log1p")
    },
    **{(op, ZERO): ONE for op in ("cos", "cosh", "exp", "exp2")},
    **{(op, ONE): ZERO for op in ("log", "log2", "log10", "acosh")},
}


def _add(state: _State, args: tuple[Expr, ...], scale: Expr = ONE) -> Expr:
    offset, terms = ZERO, dict[Expr, Expr]()
    stack = [(scale, operand) for operand in reversed(args)]
    while stack:
        outer, e = stack.pop()
        if e.op == "add":
            stack.extend((outer, operand) for operand in reversed(e.args))
            continue
        c, rest = split_product(e)
        c = times(outer, c)
        if rest is ONE:
            offset = plus(offset, c)
        elif rest.op == "add" and len(rest.args) <= _INLINE_TERMS:
            stack.extend((c, operand) for operand in reversed(rest.args))
        else:
            terms[rest] = plus(terms.get(rest, ZERO), c)
    return build_sum(offset, terms)


def _mul(state: _State, args: tuple[Expr, ...]) -> Expr:
    coefficient, powers = ONE, dict[Expr, Fraction]()
    stack = list(reversed(args))
    while stack:
        e = stack.pop()
        if e.op == "mul":
            stack.extend(reversed(e.args))
        elif e.closed:
            coefficient = times(coefficient, e)
        else:
            base, exponent = _base(e)
            powers[base] = powers.get(base, Fraction(0)) + exponent
    if coefficient is ZERO:
        return ZERO
    return _scaled(state, coefficient, [_power(b, n) for b, n in powers.items() if n != 0])


def _scaled(state: _State, coefficient: Expr, factors: list[Expr]) -> Expr:
    if not factors:
        return coefficient
    if len(factors) == 1 and factors[0].op == "add" and coefficient is not ONE:
        return _add(state, factors[0].args, coefficient)
    front = () if coefficient is ONE else operands_of(coefficient, "mul")
    return product_of([*front, *factors])


def _base(e: Expr) -> tuple[Expr, Fraction]:
    if e.op == "pow" and e.args[1].op == CONST and e.args[1].value.denominator == 1:
        return e.args[0], e.args[1].value
    return e, Fraction(1)


def _power(base: Expr, exponent: Fraction) -> Expr:
    return base if exponent == 1 else make("pow", base, const(exponent))


def _pow(state: _State, args: tuple[Expr, ...]) -> Expr:
    base, exponent = args
    if exponent.op != CONST:
        return make("pow", base, exponent)
    power = exponent.value
    whole = power.denominator == 1
    if is_folded(base, power):
        return const(base.value ** int(power))
    if power == 0:
        return ONE
    if power == 1:
        return base
    if power == Fraction(1, 2):
        return _exact_sqrt(state, (base,))
    if not whole:
        return make("pow", base, exponent)
    inner, own = _base(base)
    return _spread(state, inner, own * power)


def _spread(state: _State, base: Expr, n: Fraction) -> Expr:
    """``(c * x)**n = c**n * x**n`` for an integer n."""
    c, rest = split_product(base)
    if base.op != "mul" or rest is ONE:
        return _power(base, n)
    constant = const(c.value ** int(n)) if is_folded(c, n) else _pow(state, (c, const(n)))
    factors = (_base(factor) for factor in operands_of(rest, "mul"))
    return _mul(state, (constant, *(_power(inner, own * n) for inner, own in factors)))


def _exact_sqrt(state: _State, args: tuple[Expr, ...]) -> Expr:
    (x,) = args
    if x.op == CONST and x.value >= 0:
        root = Fraction(math.isqrt(x.value.numerator), math.isqrt(x.value.denominator))
        return const(root) if root * root == x.value else make("sqrt", x)
    return make("sqrt", x)


def _where(state: _State, args: tuple[Expr, ...]) -> Expr:
    condition, then, other = args
    if condition.op == CONST:
        return then if condition.value else other
    return then if then is other else make("where", *args)


def _extreme(name: str) -> Rule:
    def rule(state: _State, args: tuple[Expr, ...]) -> Expr:
        flat = dict.fromkeys(operand for e in args for operand in operands_of(e, name))
        return next(iter(flat)) if len(flat) == 1 else make(name, *flat)

    return rule


def _leading_negative(state: _State, e: Expr) -> bool:
    _, terms = split_sum(e)
    coefficient = terms[min(terms, key=lambda t: t.key)] if terms else ONE
    rational = coefficient.args[0] if coefficient.op == "mul" else coefficient
    return rational.op == CONST and rational.value < 0


def _function(state: _State, e: Expr, args: tuple[Expr, ...]) -> Expr:
    """Odd and even functions take an argument whose leading coefficient is positive."""
    if len(args) == 1 and (e.op, args[0]) in EXACT_AT:
        return EXACT_AT[e.op, args[0]]
    parity = OPERATORS[e.op].parity if e.op in OPERATORS else None
    if parity and len(args) == 1 and not args[0].closed and _leading_negative(state, args[0]):
        positive = make(e.op, _mul(state, (const(-1), args[0])))
        return positive if parity == "even" else _mul(state, (const(-1), positive))
    return with_args(e, args)


def _mul_by(factor: Fraction) -> Rule:
    return lambda state, args: _mul(state, (const(factor), *args))


def _pow_by(n: int) -> Rule:
    return lambda state, args: _pow(state, (args[0], const(n)))


def _comparison(of_itself: Expr, normal: Callable[[Expr, Expr], Expr]) -> Rule:
    """What a comparison of a value with itself gives; the normal form of all others."""

    def rule(state: _State, args: tuple[Expr, ...]) -> Expr:
        return of_itself if args[0] is args[1] else normal(*args)

    return rule


#: The normal form of each operator that has one; the docstring of the function, or the entry
#: itself, is the identity.
RULES: dict[str, Rule] = {
    "add": _add,
    "mul": _mul,
    "pow": _pow,
    "neg": _mul_by(Fraction(-1)),
    "div": lambda state, args: _mul(state, (args[0], _pow(state, (args[1], const(-1))))),
    "inv": _pow_by(-1),
    "square": _pow_by(2),
    "cube": _pow_by(3),
    "sqrt": _exact_sqrt,
    "where": _where,
    "min": _extreme("min"),
    "max": _extreme("max"),
    # one meaning fewer for the passes after this one
    "hypot": lambda state, args: _exact_sqrt(
        state, (_add(state, tuple(_pow(state, (operand, const(2))) for operand in args)),)
    ),
    "lt": _comparison(ZERO, lambda x, y: make("lt", x, y)),
    "le": _comparison(ONE, lambda x, y: make("le", x, y)),
    "eq": _comparison(ONE, lambda x, y: make("eq", x, y)),
    "gt": _comparison(ZERO, lambda x, y: make("lt", y, x)),
    "ge": _comparison(ONE, lambda x, y: make("le", y, x)),
    "ne": _comparison(ZERO, lambda x, y: make("not", make("eq", x, y))),
}
