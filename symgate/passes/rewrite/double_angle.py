"""Products of sines and cosines of one angle become a sine of the double angle: one lookup, no
multiplier.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from symgate.ir.expr import Expr, Program, const, make, with_args
from symgate.passes.rewrite.simplify import Simplify


@dataclass(frozen=True)
class DoubleAngle:
    """``sin(a) cos(a) = sin(2a)/2``, ``sin(a)^2 = (1 - cos(2a))/2``, ``cos(a)^2 = (1 +
    cos(2a))/2``.
    """

    def __call__(self, program: Program) -> Program:
        """The same program with fewer products."""
        rewritten = program.map(lambda e, args: _product(with_args(e, args)))
        return rewritten if rewritten == program else Simplify()(rewritten)


def _product(e: Expr) -> Expr:
    if e.op == "pow" and e.args[1] is const(2) and e.args[0].op in ("sin", "cos"):
        return _square(e.args[0])
    if e.op != "mul":
        return e
    factors = list(e.args)
    for f in e.args:
        partner = make("cos", *f.args) if f.op == "sin" else None
        if partner in factors:
            factors.remove(f)
            factors.remove(partner)
            factors += [const(Fraction(1, 2)), make("sin", make("mul", const(2), f.args[0]))]
    return e if factors == list(e.args) else make("mul", *factors)


def _square(wave: Expr) -> Expr:
    sign = const(Fraction(-1 if wave.op == "sin" else 1, 2))
    return make(
        "add",
        const(Fraction(1, 2)),
        make("mul", sign, make("cos", make("mul", const(2), wave.args[0]))),
    )
