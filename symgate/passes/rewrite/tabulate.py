"""Few bits are a table: values of few input bits become one function of their inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from symgate.ir.design import Input
from symgate.ir.expr import CONST, VAR, Expr, Program, postorder, with_args
from symgate.ir.joint import JOINT, code_bits, every_value, exact_bits, is_finite, joint
from symgate.ir.operators import OPERATORS
from symgate.passes.rewrite.terms import split_sum

#: Bits of all inputs together up to which a value is evaluated at every code.
MOST_BITS = 16
#: Codes of all tables of a program together, up to 50 us each.
_MOST_CODES = 1 << 20
#: Fraction bits of a value that counts as exact.
_MOST_EXACT = 40
_CHOICES = ("where", "min", "max")
_COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")
_LOGIC = ("where", "and", "or", "not")
_EXACT = (CONST, VAR, JOINT, "add", "mul", "neg", "abs", "square", "cube", "hold", *_CHOICES)


@dataclass(frozen=True)
class Tabulate:
    """What jumps on values of several inputs that no arithmetic decides becomes a table of all
    their bits, where these are few: its values are exact at every code.

    With ``small``, so does every value of several inputs with at most so many bits together.
    """

    inputs: tuple[Input, ...] = ()
    small: int = 0

    def __call__(self, program: Program) -> Program:
        """The program with such values as functions of their inputs."""
        return _Tables(self).of(program)


@dataclass
class _Tables:
    options: Tabulate
    new: dict[Expr, Expr] = field(default_factory=dict)
    #: The inputs below each node; None where these are more than a table may have.
    below: dict[Expr, frozenset[str] | None] = field(default_factory=dict)
    tried: int = 0  # codes of all tables so far

    @cached_property
    def ports(self) -> Mapping[str, Input]:
        return {port.name: port for port in self.options.inputs}

    def of(self, program: Program) -> Program:
        order = postorder(program.roots)
        if not self.options.small and not any(_jumps(e) for e in order):
            return program
        for e in order:
            self.below[e] = self._inputs_below(e)
            self.new[e] = self._rebuilt(e)
        return program.with_roots(self.new[root] for root in program.roots)

    def _rebuilt(self, e: Expr) -> Expr:
        bits = self._bits(e)
        if bits is not None and bits <= self._most(e) and self.tried + (1 << bits) <= _MOST_CODES:
            self.tried += 1 << bits
            found = tabulated(e, self._ports(e))
            if found is not None:
                return found
        return with_args(e, tuple(self.new[operand] for operand in e.args))

    def _most(self, e: Expr) -> int:
        """The bits up to which ``e`` becomes a table."""
        return MOST_BITS if _jumps(e) and not self._is_decided(e) else self.options.small

    def _inputs_below(self, e: Expr) -> frozenset[str] | None:
        if e.op == VAR:
            return frozenset({e.value})
        found: frozenset[str] = frozenset()
        for operand in e.args:
            part = self.below[operand]
            if part is None:
                return None
            found |= part
        bits = code_bits([self.ports[name] for name in found])
        return found if bits <= max(MOST_BITS, self.options.small) else None

    def _ports(self, e: Expr) -> tuple[Input, ...]:
        return tuple(self.ports[name] for name in sorted(self.below[e] or ()))

    def _bits(self, e: Expr) -> int | None:
        """The bits of the inputs of a value of several; None of another one."""
        ports = self._ports(e)
        varying = [port for port in ports if port.raw.lo < port.raw.hi]
        return code_bits(ports) if e.args and len(varying) > 1 else None

    def _is_decided(self, e: Expr) -> bool:
        """Whether exact arithmetic decides a jump: a comparison of polynomials of inputs, or any
        other of a sum of them.
        """
        operands = [self.new[operand] for operand in e.args]
        if e.op in _COMPARISONS:
            return all(map(self._is_exact, operands))
        held = operands[0].op == "hold" and self._is_exact(operands[0])
        return e.op != "mod" and (held or all(map(_is_linear, operands)))

    def _is_exact(self, e: Expr) -> bool:
        """Whether a value is exact as a datapath: jumps are whole, whatever they are of."""
        stack = [e]
        while stack:
            n = stack.pop()
            if _jumps(n):
                continue
            if n.op not in _EXACT and not (n.op == "pow" and _is_whole(n.args[1])):
                return False
            stack += n.args
        return True


def tabulated(e: Expr, ports: tuple[Input, ...]) -> Expr | None:
    """``e`` as one function of its inputs; None where it is not proved finite at every code."""
    low, high = every_value(e, ports)
    if not is_finite(low, high):
        return None
    return joint(e, exact_bits(low, high, _MOST_EXACT))


def _jumps(e: Expr) -> bool:
    return e.op in OPERATORS and OPERATORS[e.op].derivative is None and e.op not in _LOGIC


def _is_linear(e: Expr) -> bool:
    _, terms = split_sum(e)
    return all(t.op in (VAR, JOINT) and c.op == CONST for t, c in terms.items())


def _is_whole(e: Expr) -> bool:
    return e.op == CONST and e.value.denominator == 1 and e.value > 0
