"""Which values a datapath can compute without any error, at how many fraction bits, and which it
must: conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from symgate.ir.design import Input
from symgate.ir.expr import CONST, VAR, Expr, make, var
from symgate.ir.function import ARGUMENT
from symgate.ir.joint import JOINT
from symgate.ir.operators.families import bits_of, steps_of
from symgate.passes.rewrite.terms import ONE, split_sum

#: Values of more fraction bits are not made exact: it would be cheaper to state another formula.
MOST_EXACT_BITS = 120
COMPARISONS = ("lt", "le", "eq")
_CHOICES = ("min", "max", "hold", "where", "abs")
_BOOLEAN = (*COMPARISONS, "gt", "ge", "ne", "and", "or", "not")
#: Operators whose values are whole numbers, whatever their operand is.
_WHOLE = ("floor", "ceil", "round", "sign", "step")
_FLOOR = make("floor", var(ARGUMENT))
#: The fraction bits of operators that jump.
_JUMPS = {**dict.fromkeys((*_BOOLEAN, *_WHOLE), 0), "heaviside": 1}
Sums = Mapping[Expr, tuple[Expr, list[tuple[Expr, Fraction]]]]


@dataclass(frozen=True)
class Exactness:
    """Of the values ``nodes`` over ``inputs``; ``sums`` are the offset and the terms of those that
    are sums.
    """

    inputs: Mapping[str, Input]
    nodes: Sequence[Expr]
    sums: Sums
    # of functions: whether there is a jump worth an exact argument
    jumps: Callable[[Expr], bool] = lambda e: False
    overflowing: tuple[Expr, ...] = ()  # outputs whose ports need the exact value
    known: dict[Expr, int | None] = field(default_factory=dict, compare=False)

    def bits(self, e: Expr) -> int | None:
        """The fraction bits at which ``e`` is exact, None where there are none, or too many."""
        if e not in self.known:
            found = self._bits(e)
            too_many = found is not None and found > MOST_EXACT_BITS
            self.known[e] = None if too_many else found
        return self.known[e]

    def _bits(self, e: Expr) -> int | None:
        if e.op == VAR:
            return self.inputs[e.value].type.frac
        if e.op == CONST:
            return dyadic_bits(e.value) if dyadic(e.value) else None
        if e in self.sums:
            offset = self.sums[e][0]
            return _largest([self.bits(offset), self.without_offset(e)])
        if e.op == "mul":
            factors = e.args if len(e.args) == 2 else e.args * 2
            found = [self.bits(factor) for factor in factors]
            return None if None in found else sum(bits for bits in found if bits is not None)
        if e.op == "fn":
            below = self.bits(e.args[0])
            if below is None or e.value.period is not None:
                return None
            return body_bits(e.value.body, below)
        if e.op in _CHOICES:
            return _largest([self.bits(choice) for choice in _choices(e)])
        if e.op == JOINT:
            known: int | None = e.value.frac
            return known
        return 0 if bits_of(e.op) is not None else None

    def without_offset(self, e: Expr) -> int | None:
        """The same for the terms of a sum."""
        return _largest([self._scaled_bits(term, scale) for term, scale in self.sums[e][1]])

    def _scaled_bits(self, term: Expr, scale: Fraction) -> int | None:
        bits = self.bits(term)
        if bits is None or not dyadic(scale):
            return None
        return bits + dyadic_bits(scale)

    @cached_property
    def needed(self) -> dict[Expr, int]:
        """The fraction bits of values that conditions depend on, where these can be exact."""
        found: dict[Expr, int] = {}
        stack = [(operand, True) for e in self.nodes for operand in self._decided(e)]
        stack += [(e, False) for e in self.overflowing]
        while stack:
            e, compared = stack.pop()
            if e.op in (VAR, CONST):
                continue
            # a comparison takes any offset of what it compares
            bits = self.without_offset(e) if compared and e in self.sums else self.bits(e)
            if bits is None or bits > MOST_EXACT_BITS:
                continue
            if found.get(e, -MOST_EXACT_BITS) >= bits:
                continue
            found[e] = bits
            stack += [(operand, False) for operand in self._operands(e)]
        return found

    def _operands(self, e: Expr) -> Sequence[Expr]:
        """What a value is computed from; of a sum its terms."""
        return [term for term, _ in self.sums[e][1]] if e in self.sums else e.args

    def _decided(self, e: Expr) -> Sequence[Expr]:
        """The values that a condition looks at."""
        jumps = e.op == "fn" and (
            e.value.boolean or is_floor(e) or (e.value.jumps and self.jumps(e))
        )
        return e.args if e.op in COMPARISONS or bits_of(e.op) is not None or jumps else ()

    @cached_property
    def addresses(self) -> dict[Expr, int]:
        """The address bits of functions among `needed`."""
        below = {e: self.bits(e.args[0]) for e in self.needed if e.op == "fn"}
        return {e: bits for e, bits in below.items() if bits is not None}


def is_floor(e: Expr) -> bool:
    """Whether a function only drops the fraction bits of a value that is held for it."""
    return e.op == "fn" and e.value.body is _FLOOR and e.args[0].op == "hold"


def can_be_exact(e: Expr) -> bool:
    """Whether a value is exact at some fraction bits, for inputs of any format."""
    if e.op in (VAR, CONST):
        return e.op == VAR or dyadic(e.value)
    if e.op == "fn":
        polynomial = e.value.period is None and body_bits(e.value.body, 0) is not None
        return polynomial and can_be_exact(e.args[0])
    if e.op == JOINT:
        return e.value.frac is not None
    table = bits_of(e.op) is not None
    return (table or e.op in ("add", "mul", *_CHOICES)) and all(map(can_be_exact, _choices(e)))


def _choices(e: Expr) -> Sequence[Expr]:
    """The operands of ``e`` that its value is made of: all but the condition of a ``where``."""
    return e.args[1:] if e.op == "where" else e.args


def body_bits(body: Expr, frac: int) -> int | None:
    """The fraction bits of a polynomial with dyadic coefficients of a number with ``frac``, and of
    whole steps of it; None of anything else.
    """
    if body.op in ("abs", "min", "max", "relu"):
        least = [0] if body.op == "relu" else []
        return _largest([*least, *(body_bits(operand, frac) for operand in body.args)])
    if body.op in _WHOLE:
        return 0
    stepped = jump_bits(body.op)
    if stepped is not None:
        below = [body_bits(operand, frac) for operand in body.args]
        return None if None in below else stepped
    offset, terms = split_sum(body)
    return _largest(
        [_term_bits(body, term, scale, frac) for term, scale in ((ONE, offset), *terms.items())]
    )


def jump_bits(op: str) -> int | None:
    """The fraction bits of what jumps between a few exact values, for operands that are exact; None
    of any other operator.
    """
    if op in _JUMPS:
        return _JUMPS[op]
    if bits_of(op) is not None:
        return 0
    steps = steps_of(op)
    if steps is None:
        return None
    first, edges = steps
    values = [first, *(value for _, value in edges)]
    return max(map(dyadic_bits, values)) if all(map(dyadic, values)) else None


def _term_bits(body: Expr, term: Expr, scale: Expr, frac: int) -> int | None:
    """The fraction bits of one term of ``body``, a power times a constant."""
    base, power = term.args if term.op == "pow" else (term, ONE)
    if scale.op != CONST or not dyadic(scale.value):
        return None
    if power.op != CONST or power.value.denominator != 1 or power.value <= 0:
        return None
    if base.op in (VAR, CONST):
        own: int | None = frac if base.op == VAR else 0
    else:
        own = body_bits(base, frac) if base is not body else None
    return None if own is None else dyadic_bits(scale.value) + own * int(power.value)


def dyadic(x: Fraction) -> bool:
    """Whether a number is a whole one over a power of two."""
    return x.denominator & (x.denominator - 1) == 0


def dyadic_bits(x: Fraction) -> int:
    """Fraction bits that a dyadic factor adds (negative where it is a multiple of a power of two)."""
    if x.denominator > 1:
        return x.denominator.bit_length() - 1
    return 1 - (abs(x.numerator) & -abs(x.numerator)).bit_length() if x else 0


def _largest(found: Sequence[int | None]) -> int | None:
    return None if None in found else max(b for b in found if b is not None)
