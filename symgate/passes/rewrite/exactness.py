"""Which values a datapath can compute without any error, at how many fraction bits, and which it
must: conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from symgate.ir.design import Input
from symgate.ir.expr import CONST, VAR, Expr
from symgate.passes.rewrite.terms import ONE, split_sum

#: Values of more fraction bits are not made exact: it would be cheaper to state another formula.
_MOST = 120
COMPARISONS = ("lt", "le", "eq")
_CHOICES = ("min", "max", "hold", "where", "abs")
Sums = Mapping[Expr, tuple[Expr, list[tuple[Expr, Fraction]]]]


@dataclass(frozen=True)
class Exactness:
    """Of the values ``nodes`` over ``inputs``; ``sums`` are the offset and the terms of those that
    are sums.
    """

    inputs: Mapping[str, Input]
    nodes: Sequence[Expr]
    sums: Sums
    jumps: Callable[[Expr], bool] = lambda e: (
        False
    )  # of functions: whether there is a jump worth an exact argument
    known: dict[Expr, int | None] = field(default_factory=dict, compare=False)

    def bits(self, e: Expr) -> int | None:
        """The fraction bits at which ``e`` is exact, None where there are none, or too many."""
        if e not in self.known:
            found = self._bits(e)
            self.known[e] = found if found is None or found <= _MOST else None
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
            found = [self.bits(a) for a in (e.args if len(e.args) == 2 else e.args * 2)]
            return None if None in found else sum(b for b in found if b is not None)
        if e.op == "fn":
            below = self.bits(e.args[0])
            return (
                None
                if below is None or e.value.period is not None
                else body_bits(e.value.body, below)
            )
        return (
            _largest([self.bits(a) for a in e.args[e.op == "where" :]])
            if e.op in _CHOICES
            else None
        )

    def without_offset(self, e: Expr) -> int | None:
        """The same for the terms of a sum."""
        terms = [(self.bits(t), k) for t, k in self.sums[e][1]]
        return _largest(
            [None if b is None or not dyadic(k) else b + dyadic_bits(k) for b, k in terms]
        )

    @cached_property
    def needed(self) -> dict[Expr, int]:
        """The fraction bits of values that conditions depend on, where these can be exact."""
        found: dict[Expr, int] = {}
        stack = [(a, True) for e in self.nodes for a in self._decided(e)]
        while stack:
            e, first = stack.pop()
            bits = (
                self.without_offset(e) if first and e in self.sums else self.bits(e)
            )  # they take any offset
            if bits is None or bits > _MOST or e.op in (VAR, CONST) or found.get(e, -_MOST) >= bits:
                continue
            found[e] = bits
            stack += [
                (t, False) for t in ([t for t, _ in self.sums[e][1]] if e in self.sums else e.args)
            ]
        return found

    def _decided(self, e: Expr) -> Sequence[Expr]:
        """The values that a condition looks at."""
        jumps = e.op == "fn" and (e.value.boolean or (e.value.jumps and self.jumps(e)))
        return e.args if e.op in COMPARISONS or jumps else ()

    @cached_property
    def addresses(self) -> dict[Expr, int]:
        """The address bits of functions among `needed`."""
        below = {e: self.bits(e.args[0]) for e in self.needed if e.op == "fn"}
        return {e: bits for e, bits in below.items() if bits is not None}


def can_be_exact(e: Expr) -> bool:
    """Whether a value is exact at some fraction bits, for inputs of any format."""
    if e.op in (VAR, CONST):
        return e.op == VAR or dyadic(e.value)
    if e.op == "fn":
        return (
            e.value.period is None
            and body_bits(e.value.body, 0) is not None
            and can_be_exact(e.args[0])
        )
    return e.op in ("add", "mul", *_CHOICES) and all(map(can_be_exact, e.args[e.op == "where" :]))


def body_bits(body: Expr, frac: int) -> int | None:
    """The fraction bits of a polynomial with dyadic coefficients of a number with ``frac``; None of
    anything else.
    """
    if body.op in ("abs", "min", "max"):
        return _largest([body_bits(a, frac) for a in body.args])
    offset, terms = split_sum(body)
    found = []
    for t, k in ((ONE, offset), *terms.items()):
        base, power = t.args if t.op == "pow" else (t, ONE)
        whole_power = power.op == CONST and power.value.denominator == 1 and power.value > 0
        own = (
            frac
            if base.op == VAR
            else 0
            if base.op == CONST
            else body_bits(base, frac)
            if base is not body
            else None
        )
        if k.op != CONST or not dyadic(k.value) or not whole_power or own is None:
            return None
        found.append(dyadic_bits(k.value) + own * int(power.value))
    return max(found)


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
