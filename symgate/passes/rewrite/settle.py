"""Jumps on values that no arithmetic has exactly are decided on values that it has.

``floor(0.3*x + sin(y))`` becomes the floor of sums of few bits, ``0.3`` and ``sin`` rounded, with a
small offset: whole steps at which both decide alike, at every code of the inputs. So a few bits
beyond the distance to the next tie are enough, and no table of all inputs together is needed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from symgate.ir.boxes import Box
from symgate.ir.design import Input
from symgate.ir.evaluate import boxes
from symgate.ir.expr import CONST, VAR, Expr, Program, const, make, postorder, variables, with_args
from symgate.ir.joint import code_bits, port_bits
from symgate.passes.rewrite.deciding import settled
from symgate.passes.rewrite.simplify import Simplify
from symgate.passes.rewrite.terms import operands_of, split_sum

#: Bits of all inputs together up to which every code is tried.
MOST_BITS = 20
#: Codes of all jumps of a program together, about 1 us each and for each number of bits.
_MOST_CODES = 1 << 24
#: Bits of one input, or of a sum of inputs, up to which a table of it decides exactly.
_TABLE_BITS = 10
_STEPS = ("floor", "ceil", "round", "step", "sign")
_COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")


@dataclass(frozen=True)
class Settle:
    """What jumps on a value that is not exact reads a rounded one instead, with an offset, where
    both decide alike at every code of the inputs: see the module.

    Comparisons of quotients are multiplied by their divisors, which decides them for any codes.
    ``mod(x, m)`` of long inputs is ``x - m*floor(x/m)``. What is not settled stays.
    """

    inputs: tuple[Input, ...] = ()

    def __call__(self, program: Program) -> Program:
        """The program with such operands."""
        return _Settling(self.inputs).of(program)


@dataclass
class _Settling:
    inputs: tuple[Input, ...]
    new: dict[Expr, Expr] = field(default_factory=dict)
    tried: int = 0  # codes of all jumps so far

    @cached_property
    def ports(self) -> Mapping[str, Input]:
        return {port.name: port for port in self.inputs}

    def of(self, program: Program) -> Program:
        order = postorder(program.roots)
        if not any(e.op in (*_STEPS, *_COMPARISONS, "mod") for e in order):
            return program
        for e in order:
            self.new[e] = self._node(e)
        found = program.with_roots(self.new[root] for root in program.roots)
        return program if found == program else Simplify()(found)

    def _node(self, e: Expr) -> Expr:
        same = with_args(e, tuple(self.new[operand] for operand in e.args))
        if e.closed or e.op not in (*_STEPS, *_COMPARISONS, "mod") or self._is_decided(e):
            return same
        if e.op == "mod":
            return self._remainder(e, same)
        if e.op in _COMPARISONS and (multiplied := self._multiplied(same)) is not None:
            return multiplied
        ports = tuple(self.ports[name] for name in variables([e]))
        bits = code_bits(ports)
        if bits > MOST_BITS or self.tried + (1 << bits) > _MOST_CODES:
            return same
        self.tried += 1 << bits
        return settled(e, same, ports) or same

    def _remainder(self, e: Expr, same: Expr) -> Expr:
        x, y = e.args
        if not y.closed:
            return same
        inverse = make("pow", y, const(-1))
        x_new, y_new = same.args
        whole = make("floor", _normal(make("mul", inverse, x)))
        self.new[whole.args[0]] = _normal(make("mul", inverse, x_new))
        turns = self._node(whole)
        return same if turns.op == "floor" and turns.args[0].op != "hold" else x_new - y_new * turns

    def _is_decided(self, e: Expr) -> bool:
        """Whether a table of one value decides: of an input, or of a sum of inputs, that is short;
        or a comparison of polynomials.
        """
        operand = e.args[0]
        if e.op in _COMPARISONS and all(map(self._is_polynomial, e.args)):
            return True
        names = variables([e])
        if len(names) == 1:  # to round a function of it would be a second table
            short = port_bits(self.ports[names[0]]) <= _TABLE_BITS
            return short or not all(self._is_polynomial(a, closed=True) for a in e.args)
        _, terms = split_sum(operand)
        linear = all(t.op == VAR and c.op == CONST for t, c in terms.items())
        return linear and e.op not in _COMPARISONS and self._sum_bits(terms) <= _TABLE_BITS

    def _sum_bits(self, terms: Mapping[Expr, Expr]) -> int:
        """The bits of a sum of inputs whose constants are whole multiples of one."""
        scale = math.lcm(*(c.value.denominator for c in terms.values()))
        whole = [int(c.value * scale) for c in terms.values()]
        common = math.gcd(*whole) or 1
        total = Fraction(0)
        fine = max(self.ports[t.value].type.frac for t in terms)
        for t, k in zip(terms, whole, strict=True):
            port = self.ports[t.value]
            size = (port.raw.hi - port.raw.lo) * Fraction(2) ** (fine - port.type.frac)
            total += abs(k // common) * size
        return math.ceil(total).bit_length()

    def _is_polynomial(self, e: Expr, closed: bool = False) -> bool:
        """Whether ``e`` is a polynomial of inputs; ``closed``: with any constants."""
        return all(
            n.op in (CONST, VAR, "add", "mul", "abs", "min", "max")
            or (closed and n.closed)
            or (n.op == "pow" and _is_natural(n.args[1]))
            for n in postorder([e])
        )

    def _multiplied(self, e: Expr) -> Expr | None:
        """A comparison times the divisors in it, which have one sign; None where it has none, or
        more than they are not rational.
        """
        difference = e.args[1] - e.args[0]
        terms = [t for side, sign in ((e.args[1], 1), (e.args[0], -1)) for t in _terms(side, sign)]
        divisors = dict.fromkeys(base for t in terms for base in _divisors(t))
        if not divisors or e.op not in ("lt", "le", "eq"):
            return None
        sign = 1
        for base in divisors:
            spans = {n: Box.exact(*self.ports[n].span) for n in variables([difference])}
            lo, hi = boxes([base], spans)[base].span
            if not self._is_polynomial(base) or lo <= 0 <= hi:
                return None
            power = max(_divisors(t).get(base, 0) for t in terms)
            sign *= -1 if hi < 0 and power % 2 else 1
            terms = [_times_power(t, base, power) for t in terms]
        whole = _sum(terms)
        if not self._is_polynomial(whole):
            return None
        left, right = (const(0), whole) if sign > 0 else (whole, const(0))
        return make(e.op, left, right)


def _terms(e: Expr, sign: int) -> list[Expr]:
    offset, terms = split_sum(e)
    found = [make("mul", c, t) for t, c in terms.items()]
    found += [] if offset is const(0) else [offset]
    return [make("mul", const(sign), t) for t in found]


def _flat(t: Expr) -> list[Expr]:
    found: list[Expr] = []
    for part in operands_of(t, "mul"):
        found += _flat(part) if part.op == "mul" else [part]
    return found


def _divisors(t: Expr) -> dict[Expr, int]:
    """The bases of negative whole powers in a product."""
    found: dict[Expr, int] = {}
    for part in _flat(t):
        if part.op != "pow" or part.args[1].op != CONST:
            continue
        exponent = part.args[1].value
        if exponent < 0 and exponent.denominator == 1:
            found[part.args[0]] = -int(exponent)
    return found


def _times_power(t: Expr, base: Expr, power: int) -> Expr:
    """A product times ``base**power``, which its own negative power of it takes up."""
    own = _divisors(t).get(base, 0)
    rest = [p for p in _flat(t) if not (p.op == "pow" and p.args[0] is base and own)]
    return make("mul", const(1), *rest, *[base] * (power - own))


def _sum(terms: list[Expr]) -> Expr:
    return _normal(make("add", const(0), *terms))


def _normal(e: Expr) -> Expr:
    return Simplify()(Program((), (("e", e),))).roots[0]


def _is_natural(e: Expr) -> bool:
    return e.op == CONST and e.value.denominator == 1 and 0 < e.value <= 8
