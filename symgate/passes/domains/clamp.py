"""``domain = "clamp"``: operands that could leave an operator's domain are held at its edge.

The meaning is total, and it is what the certificate, `symgate verify` and `symgate simulate`
compare with:

    sqrt(x), x**0.5    x at least 0                      log(x), x**y, x**-0.5    x at least 2^-10
    asin, acos         x from -1 to 1                    atanh, log1p             2^-10 inside the
    edge y/x, 1/x, x**-2    as it is where abs(x) >= 2^-10; closer to 0 the inverse is x * 2^20, a
    line through 0

The line is continuous, as nothing else is that keeps the sign: so a divisor may have an error.
``mod`` by 0 and ``atan2(0, 0)`` stay errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from symgate.ir.expr import Expr, Program, const, make, postorder, with_args
from symgate.ir.meanings import HELD
from symgate.ir.operators import (
    ABOVE_MINUS_ONE,
    ABOVE_ONE,
    NON_NEGATIVE,
    NON_ZERO,
    OPEN_UNIT,
    POSITIVE,
    UNIT,
    Domain,
)
from symgate.passes.domains.check import CheckDomains, needs

#: How far from an open edge a clamped operand stays.
EDGE = Fraction(HELD)
_LIMITS: dict[Domain, tuple[Fraction | None, Fraction | None]] = {
    POSITIVE: (EDGE, None),
    NON_NEGATIVE: (Fraction(0), None),
    UNIT: (Fraction(-1), Fraction(1)),
    OPEN_UNIT: (EDGE - 1, 1 - EDGE),
    ABOVE_ONE: (Fraction(1), None),
    ABOVE_MINUS_ONE: (EDGE - 1, None),
}
#: What takes the place of an operator whose operand could be 0.
_INVERSES: dict[str, Callable[..., Expr]] = {
    "inv": lambda x: make("held_inv", x),
    "div": lambda y, x: y * make("held_inv", x),
    "pow": lambda x, n: make("pow", make("held_inv", x), const(-n.value)),
}


@dataclass(frozen=True)
class Clamp:
    """Hold operands inside their operator's domain where they could leave it."""

    ranges: Mapping[str, tuple[float, float]]

    def __call__(self, program: Program) -> Program:
        """The program with ``max`` and ``min`` around such operands."""
        check = CheckDomains(self.ranges)
        return program.map(lambda e, args: self._held(check, with_args(e, args)))

    def _held(self, check: CheckDomains, e: Expr) -> Expr:
        for operand, domain in needs(e):
            if domain is NON_ZERO and e.op in _INVERSES and not check.proves(operand, domain):
                return _INVERSES[e.op](*e.args)
            if domain in _LIMITS and not check.proves(operand, domain):
                low, high = _LIMITS[domain]
                held = operand if low is None else make("max", operand, const(low))
                held = held if high is None else make("min", held, const(high))
                k = e.args.index(operand)  # the base of x**x alone, not its exponent
                e = with_args(e, (*e.args[:k], held, *e.args[k + 1 :]))
        return e


def held_rules(program: Program, ranges: Mapping[str, tuple[float, float]]) -> list[str]:
    """What `Clamp` does to ``program``, a sentence for each operator with an operand that could
    leave its domain.
    """
    check = CheckDomains(ranges)
    found: dict[str, None] = {}
    for e in postorder(program.roots):
        for operand, domain in needs(e):
            if not check.proves(operand, domain):
                found[_rule(e.op, domain)] = None
    return [rule for rule in found if rule]


def _rule(name: str, domain: Domain) -> str:
    if domain is NON_ZERO and name in _INVERSES:
        return f"a divisor x of {name} closer to 0 than {float(EDGE):.6g} gives x/{float(EDGE):.6g}^2 for 1/x"
    if domain not in _LIMITS:
        return ""
    low, high = _LIMITS[domain]
    ends = [f"below {float(low):.6g}"] if low is not None else []
    ends += [f"above {float(high):.6g}"] if high is not None else []
    return f"an operand of {name} {' or '.join(ends)} counts as that"
