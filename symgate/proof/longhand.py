"""Quotients and roots whose digits are found one by one: an induction over the steps of the graph.

In each step a remainder ``r`` becomes ``t``, that with the next digits of the number behind it, and
``t - d`` where that is not negative. Then the digit is 1. For a quotient ``0 <= r < M`` stays true,
for a root ``0 <= r <= 2 q``, so that the digits are those of the exact value, cut. What the chain of
steps begins with, and what becomes of its digits, is proved as any other value is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from symgate.ir.expr import CONST, VAR, Expr, const, make
from symgate.ir.fixed import CONST as CONSTANT
from symgate.ir.fixed import Graph, Node
from symgate.proof.claims import Claim, Proof, prove_symbolically
from symgate.proof.forms import Unprovable

#: Where a reciprocal is held, as the language says.
_HELD = Fraction(1, 1 << 10)


def prove_longhand(graph: Graph, claim: Claim) -> Proof:
    """Prove a claim about ``held_inv(x)`` or ``sqrt(max(0, x))``; raise `Unprovable` where the graph
    has no digits of it.
    """
    if len(claim.operands) != 1:
        raise Unprovable("no digits of one operand")
    reader = _Reader(graph, claim)
    operand = claim.expr.args[0] if len(claim.expr.args) == 1 else claim.expr
    if claim.offset == 0 and claim.expr.op == "held_inv" and operand.op == VAR:
        return reader.reciprocal(operand)
    if claim.offset == 0 and claim.expr.op == "sqrt" and (x := _held_at_zero(operand)) is not None:
        return reader.root(x)
    raise Unprovable(f"{claim.expr.op} is not computed by digits")


def _held_at_zero(e: Expr) -> Expr | None:
    """x of ``max(0, max(0, x))``; None of anything else."""
    seen = e
    while seen.op == "max" and len(seen.args) == 2:
        others = [a for a in seen.args if not (a.op == CONST and a.value == 0)]
        if len(others) != 1:
            return None
        (seen,) = others
    return seen if seen is not e and seen.op == VAR else None


@dataclass(frozen=True)
class _Step:
    """One digit: the node of what is tried, of what it is taken from, and of what came before."""

    divisor: int
    taken: int
    before: int  # the digits above


@dataclass(frozen=True)
class _Reader:
    """Reads a graph as steps; whatever is not as expected is unprovable."""

    graph: Graph
    claim: Claim

    # ------------------------------------------------------------------ nodes

    def node(self, i: int) -> Node:
        return self.graph.nodes[i]

    def raw(self, i: int) -> int:
        """The node with the same bits as ``i``, whatever its binary point."""
        while self.node(i).op == "scale":
            (i,) = self.node(i).args
        return i

    def args(self, i: int, op: str) -> Sequence[int]:
        """The operands of ``i``, which must be an ``op``, without moved binary points."""
        n = self.node(self.raw(i))
        if n.op != op:
            raise Unprovable(f"%{i} is no {op}")
        points = {self.node(a).frac for a in n.args[op == "select" :]}
        self.require(op == "concat" or len(points) == 1, f"%{i} has several binary points")
        return [self.raw(a) for a in n.args]

    def constant(self, i: int) -> int:
        n = self.node(self.raw(i))
        if n.op != CONSTANT:
            raise Unprovable(f"%{i} is no constant")
        return n.range.lo

    def is_constant(self, i: int, value: int) -> bool:
        n = self.node(self.raw(i))
        return n.op == CONSTANT and n.range.lo == value

    def require(self, holds: bool, what: str) -> None:
        if not holds:
            raise Unprovable(f"digits: {what}")

    def sign_of(self, i: int) -> int:
        """The node of which the bit ``i`` is the sign."""
        (x,) = self.args(i, "slice")
        n, t = self.node(self.raw(i)), self.node(x).type
        top = t.width - 1
        self.require(t.signed and tuple(n.attr) == (top, top), f"%{i} is no sign")
        return x

    def concat(self, i: int, low_bits: int) -> tuple[int, int]:
        """The high and the low part of a node that has ``low_bits`` of the latter."""
        high, low = self.args(i, "concat")
        n = self.node(self.raw(i))
        self.require(tuple(n.attr) == (low_bits,), f"%{i} has other parts")
        r = self.node(low).range
        self.require(r.lo >= 0 and r.hi < 1 << low_bits, f"%{low} is too long")
        return high, low

    def step(self, digits: int) -> _Step:
        """The last digit of ``digits``, and how it was found."""
        before, digit = self.concat(digits, 1)
        (negative,) = self.args(digit, "not")
        taken, divisor = self.args(self.sign_of(negative), "sub")
        return _Step(divisor, taken, before)

    def remainder_after(self, rest: int, step: _Step, digit_of: int, most: int) -> None:
        """That ``rest`` is what ``step`` leaves, which is at most ``most``."""
        n = self.node(rest)
        if n.op == "wrap":
            width, signed = n.attr
            self.require(not signed and most < 1 << width, f"%{rest} loses bits")
            rest = self.raw(n.args[0])
        digit, less, taken = self.args(rest, "select")
        _, expected = self.concat(digit_of, 1)
        self.require(digit == expected and taken == step.taken, f"%{rest} is another choice")
        self.require(list(self.args(less, "sub")) == [step.taken, step.divisor], "another divisor")

    def exact(self, node: int, expr: Expr, least: Fraction = Fraction(0)) -> Proof:
        """That the real value of ``node`` is ``expr``, or up to ``-least`` below it."""
        wanted = replace(
            self.claim, node=node, offset=Fraction(0), expr=expr, lo=-least, hi=Fraction(0)
        )
        found = prove_symbolically(self.graph, replace(wanted, modulus=Fraction(0)))
        self.require(found.holds and not found.modulus, f"%{node} is something else")
        return found

    # ------------------------------------------------------------------ quotients

    def quotient(self, digits: int) -> tuple[int, int]:
        """``M`` and ``p`` where the node ``digits`` is ``floor(2**p / M)``."""
        steps, at = [], digits
        while not self.is_constant(at, 0):
            steps.append((at, self.step(at)))
            at = self.raw(steps[-1][1].before)
        self.require(bool(steps), "there are none")
        divisor = steps[0][1].divisor
        r = self.node(divisor).range
        self.require(all(s.divisor == divisor for _, s in steps), "divisors differ")
        rest = self.doubled(steps[-1][1].taken)
        start = self.constant(rest)
        power = start.bit_length() - 1
        self.require(start == 1 << power and start < r.lo, "the first remainder is too large")
        for (_, step), (digits_before, before) in pairwise(steps):
            self.remainder_after(self.doubled(step.taken), before, digits_before, r.hi - 1)
        return divisor, power + len(steps)

    def doubled(self, i: int) -> int:
        """The node of which ``i`` is twice the value."""
        if self.node(i).op == CONSTANT:
            raise Unprovable("a remainder is a constant")
        half, zero = self.concat(i, 1)
        self.require(self.is_constant(zero, 0), f"%{i} is not doubled")
        return half

    def reciprocal(self, x: Expr) -> Proof:
        """The line near 0, and else the quotient with the sign of x."""
        claim, frac = self.claim, self.node(self.claim.node).frac
        near, line, far = self.node(claim.node).args if self.select(claim.node) else (0, 0, 0)
        ulp = Fraction(2) ** -frac
        size, edge = self.args(near, "lt")
        signed = self.node(self.raw(far)).op == "select"
        digits = far
        if signed:
            negative, opposite, digits = self.args(far, "select")
            self.require(list(self.args(opposite, "neg")) == [digits], "another opposite")
            self.exact(self.sign_of(negative), x)
        divisor, power = self.quotient(self.raw(digits))
        self.require(set(self.args(divisor, "max")) == {size, edge}, "another divisor")
        unit = power - frac
        self.require(self.constant(edge) == _HELD * 2**unit, "another edge")
        scale = Fraction(2) ** (unit - self.node(size).frac)
        self.exact(size, make("mul", const(scale), make("abs", x) if signed else x))
        self.exact(line, make("mul", const(_HELD**-2), x), ulp)
        self.require(signed or self.node(size).range.lo >= 0, "a sign is lost")
        return Proof(claim, -ulp, ulp if signed else Fraction(0), "long division")

    def select(self, i: int) -> bool:
        self.require(self.node(i).op == "select", f"%{i} is no choice")
        return True

    # ------------------------------------------------------------------ roots

    def root(self, x: Expr) -> Proof:
        """The root of what is left of x where it is positive."""
        claim, frac = self.claim, self.node(self.claim.node).frac
        ulp = Fraction(2) ** -frac
        square = self.squared(self.raw(claim.node))
        moved = Fraction(2) ** (2 * frac - self.node(square).frac)
        whole = Fraction(2) ** -self.node(square).frac
        wanted = make("mul", const(moved), make("max", const(0), x))
        found = self.exact(square, wanted, whole)
        self.require(found.lo > -whole, "a whole unit is cut")
        return Proof(claim, -ulp, Fraction(0), "written square root")

    def squared(self, digits: int) -> int:
        """The node whose root, cut to a whole number, the node ``digits`` is."""
        steps, at = [], digits
        while not self.is_constant(at, 0):
            steps.append((at, self.step(at)))
            at = self.raw(steps[-1][1].before)
        self.require(bool(steps), "there are none")
        squares = set[int]()
        for k, (_, step) in enumerate(steps):
            rest, pair = self.concat(step.taken, 2)
            squares.add(self.pair_of(pair, k))
            above, one = self.concat(step.divisor, 2)
            self.require(self.is_constant(one, 1), "another trial")
            self.require(self.raw(above) == self.raw(step.before), "another trial")
            if k + 1 == len(steps):
                self.require(self.is_constant(rest, 0), "the first remainder is not 0")
            else:
                digits_before, before = steps[k + 1]
                most = 2 * ((1 << (len(steps) - k - 1)) - 1)
                self.remainder_after(rest, before, digits_before, most)
        self.require(len(squares) == 1, "digits of several numbers")
        (square,) = squares
        r = self.node(square).range
        self.require(r.lo >= 0 and r.hi < 1 << 2 * len(steps), f"%{square} has more digits")
        return square

    def pair_of(self, pair: int, k: int) -> int:
        """The node of which ``pair`` is the pair of digits number ``k``."""
        (square,) = self.args(pair, "slice")
        self.require(tuple(self.node(pair).attr) == (2 * k + 1, 2 * k), f"%{pair} is another pair")
        return square
