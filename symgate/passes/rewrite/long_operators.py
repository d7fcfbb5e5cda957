"""Reciprocals and square roots of values of several inputs become functions by digits.

No table of a long argument has more than some 16 good bits. A quotient that cancels with what it is
multiplied by, or a root inside another function, may need twice as many. Functions by digits have
as many as they are asked for, at an adder for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from symgate.ir.expr import CONST, Expr, Program, const, make, var, variables, with_args
from symgate.ir.function import ARGUMENT, ByDigits

_T = var(ARGUMENT)
#: The reciprocal that is held near 0.
QUOTIENT = ByDigits(make("held_inv", _T))
#: The root of what is not negative, 0 below.
ROOT = ByDigits(make("sqrt", make("max", const(0), _T)))


@dataclass(frozen=True)
class LongOperators:
    """Take them out of the functions of which fusion would make them a part.

    ``single``: those of one input too, where a table of it has too few good bits.
    """

    single: bool = False

    def __call__(self, program: Program) -> Program:
        """The program with such operators as values of their own."""
        return program.map(lambda e, args: self._apart(with_args(e, args)))

    def _apart(self, e: Expr) -> Expr:
        if e.closed or not (self.single or len(variables([e])) > 1):
            return e
        if e.op == "held_inv":
            return _by_digits(QUOTIENT, e.args[0])
        halvings = 1 if e.op == "sqrt" else _halvings(e)
        found = _unheld(e.args[0]) if halvings else e
        for _ in range(halvings):
            found = _by_digits(ROOT, found)
        return found


def _halvings(e: Expr) -> int:
    """How many square roots a power is, one of another; 0 where it is none."""
    if e.op != "pow" or e.args[1].op != CONST:
        return 0
    return {Fraction(1, 2): 1, Fraction(1, 4): 2, Fraction(1, 8): 3}.get(e.args[1].value, 0)


def _by_digits(function: ByDigits, argument: Expr) -> Expr:
    """The function as a value that fusion does not look through, of another one."""
    return make("hold", make("fn", make("hold", argument), value=function))


def _unheld(e: Expr) -> Expr:
    """The operand of ``max(0, e)``: the root of what is negative is 0 in any case."""
    while e.op == "max" and len(e.args) == 2:
        others = [a for a in e.args if not (a.op == CONST and a.value == 0)]
        if len(others) != 1:
            return e
        (e,) = others
    return e
