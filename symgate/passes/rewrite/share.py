"""Share constant multiples: what several sums take of one input with equal constants is computed
once.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from symgate.ir.constants import rational
from symgate.ir.evaluate import balls, fraction_ball
from symgate.ir.expr import CONST, Expr, Program, const, make, postorder, with_args
from symgate.passes.rewrite.terms import build_sum, split_product, split_sum, times, times_term

#: Constants that agree to this relative accuracy are one.
_SAME = Fraction(1, 1 << 60)


@dataclass(frozen=True)
class ShareMultiples:
    """``hold(c * x)`` for every multiple of a value, up to sign and a power of two, that is used
    more than once.
    """

    def __call__(self, program: Program) -> Program:
        """The same program, with shared multiples behind a ``hold`` node that sums do not look
        through.
        """
        uses: Counter[tuple[Expr, Fraction]] = Counter()
        for e in _sums(program):
            uses.update((t, mantissa(k)) for t, k in split_sum(e)[1].items() if t.op != "mul")
        shared = {key for key, n in uses.items() if n > 1 and abs(key[1]) != 1}
        bases: dict[tuple[Expr, Fraction], tuple[Expr, Expr]] = {}
        return program.map(lambda e, args: _rewritten(with_args(e, args), shared, bases))


def _sums(program: Program) -> list[Expr]:
    """Sums, and products of a constant and one value that are not terms of a sum."""
    order = postorder(program.roots)
    inside = {operand for e in order if e.op == "add" for operand in e.args}
    scaled = [e for e in order if e.op == "mul" and e not in inside and not e.closed]
    return [e for e in order if e.op == "add" and not e.closed] + [
        e for e in scaled if split_product(e)[1].op != "mul"
    ]


def mantissa(k: Expr) -> Fraction:
    """The size of a constant between 1 and 2, rounded so that equal constants in different forms
    agree.
    """
    value = abs(rational(k))
    if value == 0:
        return Fraction(0)
    exponent = math.floor(math.log2(value))
    scaled = value / Fraction(2) ** exponent
    return Fraction(round(scaled / _SAME)) * _SAME


def _rewritten(
    e: Expr,
    shared: set[tuple[Expr, Fraction]],
    bases: dict[tuple[Expr, Fraction], tuple[Expr, Expr]],
) -> Expr:
    if e.op not in ("add", "mul") or e.closed:
        return e
    if e.op == "mul" and split_product(e)[1].op == "mul":
        return e
    offset, terms = split_sum(e)
    out: dict[Expr, Expr] = {}
    for term, k in terms.items():
        key = (term, mantissa(k))
        if term.op == "mul" or key not in shared:
            out[term] = k
            continue
        size = k if rational(k) > 0 else times(const(-1), k)
        k0, node = bases.setdefault(key, (size, make("hold", times_term(size, term))))
        power = signed_power(rational(k) / rational(k0))
        out[node if constants_agree(k, k0, power) else term] = (
            const(power) if constants_agree(k, k0, power) else k
        )
    return build_sum(offset, out)


def constants_agree(k: Expr, k0: Expr, power: Fraction) -> bool:
    """Whether ``k = power * k0``: exactly for rational numbers, to a thousand bits for others."""
    if k.op == k0.op == CONST:
        return bool(k.value == k0.value * power)
    import flint

    with flint.ctx.workprec(1024):
        known = balls([k, k0], {})
        return bool(known[k].overlaps(known[k0] * fraction_ball(power)))


def signed_power(ratio: Fraction) -> Fraction:
    """The signed power of two next to ``ratio``."""
    power = Fraction(2) ** round(math.log2(abs(ratio)))
    return power if ratio > 0 else -power
