"""An expression in C, in float64, and beside each value how far it can be from the true one.

A value is a name or a literal; so is its error, which is None where the value is exact. Each
operator adds what it rounds to what its operands bring along. What a library is assumed to round is
that of `symgate.ir.boxes.Widening`. Where a decision is open, the error is infinite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from symgate.ir.design import Input
from symgate.ir.expr import CONST, VAR, Expr, postorder
from symgate.proof.ballmath import constant_ball, exact, fraction, up
from symgate.proof.sweep.rules import FOLDED, RULES, div, mul
from symgate.proof.sweep.values import MANTISSA, Found, Grid, Value, joined
from symgate.sim.compiled.operators import Unsupported

#: Powers beyond are left to the library.
_MOST_POWER = 64


@dataclass
class Printer:
    """Statements that compute expressions of ``inputs``, whose codes are ``c0``, ``c1``, ..."""

    inputs: Sequence[Input]
    lines: list[str] = field(default_factory=list)
    known: dict[Expr, Value] = field(default_factory=dict)

    def values(self, roots: Sequence[Expr]) -> list[Value]:
        """The values of ``roots`` behind the statements; raise `Unsupported` for what has no rule."""
        for e in postorder(roots):
            self.known[e] = self._value(e)
        return [self.known[root] for root in roots]

    def _value(self, e: Expr) -> Value:
        if e.op == VAR:
            return self._input(e.value)
        if e.closed:
            return _constant(e)
        args = [self.known[a] for a in e.args]
        if e.op in FOLDED:
            found = args[0]
            for arg in args[1:]:
                found = self._named(e.op, FOLDED[e.op](found, arg), joined(e.op, [found, arg]))
            return found
        if e.op == "pow" and e.args[1].op == CONST:
            power = e.args[1].value
            if power.denominator == 1 and 0 < abs(power) <= _MOST_POWER:
                return self._power(args[0], int(power))
        if e.op not in RULES:
            raise Unsupported(f"operator {e.op} has no rule in C")
        return self._named(e.op, RULES[e.op](*args), joined(e.op, args))

    def _input(self, name: str) -> Value:
        k = next(k for k, port in enumerate(self.inputs) if port.name == name)
        port = self.inputs[k]
        if port.type.width > MANTISSA:
            raise Unsupported(f"float64 does not hold input {name}")
        grid = Grid(-port.type.frac, max(abs(port.lo), abs(port.hi)))
        text = f"(double)c{k} * {float(port.type.ulp).hex()}"
        return self._named("input", (text, None), grid)

    def _power(self, base: Value, power: int) -> Value:
        """A whole power by products."""
        found, square, left = None, base, abs(power)
        while left:
            if left & 1:
                found = square if found is None else self._product(found, square)
            left >>= 1
            if left:
                square = self._product(square, square)
        assert found is not None
        return found if power > 0 else self._named("inv", div(Value("1.0"), found), None)

    def _product(self, a: Value, b: Value) -> Value:
        return self._named("mul", mul(a, b), joined("mul", [a, b]))

    def _named(self, op: str, found: Found, grid: Grid | None) -> Value:
        """A value under a name of its own, its error a little larger than was computed."""
        text, error = found
        number = len(self.lines)
        self.lines.append(f"double f{number} = {text};  // {op}")
        if grid is not None and grid.is_exact:
            return Value(f"f{number}", None, grid)
        if error is None:
            return Value(f"f{number}", None, None)
        self.lines.append(f"double f{number}e = ({error}) * (1 + 0x1p-30);")
        return Value(f"f{number}", f"f{number}e", None)


def _is_float(value: Fraction) -> bool:
    try:
        return Fraction(float(value)) == value
    except OverflowError:
        return False


def _constant(e: Expr) -> Value:
    """An expression without variables: the nearest float, and how far that is."""
    if e.op == CONST and _is_float(e.value):
        return Value(f"({float(e.value).hex()})", None, Grid.of(e.value))
    ball = constant_ball(e)
    if not ball.is_finite():
        raise Unsupported("a constant is not a finite number")
    near = float(ball.mid())
    distance = up(abs(ball - fraction(exact(type(ball)(near)))))
    return Value(f"({near.hex()})", f"{distance.hex()}")
