"""Operands of a branch held where its condition puts them.

``where(x > 0, log(x), 0)`` asks for no logarithm of a negative number, but intervals, tables and
errors would look at the branch everywhere. It becomes ``where(x > 0, log(max(x, 2**-7)), 0)``: the
same at every code of the inputs, and defined everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from symgate.ir.boxes import Box
from symgate.ir.design import Input
from symgate.ir.evaluate import boxes
from symgate.ir.expr import CONST, Expr, Program, const, make, postorder, variables, with_args
from symgate.ir.operators import NON_ZERO, POSITIVE, Domain
from symgate.passes.domains.check import holds, needs
from symgate.passes.domains.guarded_codes import LIMITS, Path, can_be_taken, least_under
from symgate.passes.domains.hold import CLOSED, held_at_edges, short_below

_CONCERNED = ("where", "and", "or", "pow")
Place = tuple[Expr, Path]  # a node, and what holds wherever it is asked for


@dataclass(frozen=True)
class Guard:
    """Operands that only the condition of a branch keeps inside their domain are held there.

    No value changes where the branch is taken: the edge is a proved bound over the codes of the
    inputs that meet the condition. Where none is proved, the operand stays, and the check of
    domains refuses it. A branch that no code takes goes.

    A power ``x**y`` of a base and an exponent that are not negative has its value at ``x = 0`` in a
    branch of its own: 0, or 1 where ``y`` is 0 too, as in IEEE 754.
    """

    inputs: tuple[Input, ...]

    def __call__(self, program: Program) -> Program:
        """The program with such operands held."""
        if not any(e.op in _CONCERNED for e in postorder(program.roots)):
            return program
        return _Guarding(self.inputs).of(program)


class _Guarding:
    def __init__(self, inputs: tuple[Input, ...]):
        self.inputs = {port.name: port for port in inputs}
        self.spans = {port.name: Box.exact(*port.span) for port in inputs}
        self.new = dict[Place, Expr]()
        self.powers = 0  # that have been looked at

    def of(self, program: Program) -> Program:
        roots = [self._rebuilt((root, ())) for root in program.roots]
        return program.with_roots(roots)

    def _rebuilt(self, root: Place) -> Expr:
        """The node at a place with its operands held; a stack, as conditions may be very deep."""
        stack = [root]
        while stack:
            place = stack[-1]
            missing = [p for p in _operands(*place) if p not in self.new]
            if missing:
                stack.extend(missing)
                continue
            stack.pop()
            if place not in self.new:
                self.new[place] = self._node(*place)
        return self.new[root]

    def _node(self, e: Expr, path: Path) -> Expr:
        new = with_args(e, tuple(self.new[place] for place in _operands(e, path)))
        if e.op == "where":
            return self._choice(e, path, new)
        if e.op == "pow" and not e.args[1].closed:
            return self._power(e, path, new)
        if not path or e.closed:
            return new
        for operand, domain in needs(e):
            if operand in e.args and not self._is_inside(operand, domain):
                new = self._held(new, e, operand, domain, path)
        return new

    def _power(self, e: Expr, path: Path, new: Expr) -> Expr:
        """``x**y`` with the values at ``x = 0`` apart."""
        base = e.args[0]
        if self._is_inside(base, POSITIVE):
            return new
        self.powers += 1
        if self.powers > LIMITS.powers:
            return new
        if any(least_under(a, path, self.inputs, 0.0) < 0 for a in e.args):
            return new
        above = (*path, (make("gt", base, const(0)), True))
        edge = self._edge(base, POSITIVE, 0.0, above)
        if edge is None:
            return new
        x, y = new.args
        at_zero = make("where", make("gt", y, const(0)), const(0), const(1))
        power = make("pow", make("max", x, const(edge)), y)
        return make("where", make("gt", x, const(0)), power, at_zero)

    def _choice(self, e: Expr, path: Path, new: Expr) -> Expr:
        """The other branch alone, where one that is undefined somewhere is never taken."""
        for branch, holding, other in ((1, True, 2), (2, False, 1)):
            taken = (*path, (e.args[0], holding))
            if self._is_partial(e.args[branch]) and not can_be_taken(taken, self.inputs):
                return new.args[other]
        return new

    def _is_partial(self, e: Expr) -> bool:
        every = (need for node in postorder([e]) if not node.closed for need in needs(node))
        return any(not self._is_inside(operand, domain) for operand, domain in every)

    def _is_inside(self, operand: Expr, domain: Domain) -> bool:
        """Whether intervals show it whatever the conditions."""
        spans = {name: self.spans[name] for name in variables([operand])}
        return bool(holds(domain, boxes([operand], spans)[operand]).all())

    def _held(self, new: Expr, e: Expr, operand: Expr, domain: Domain, path: Path) -> Expr:
        def edge(x: Expr, domain: Domain, limit: float) -> Fraction | None:
            return self._edge(x, domain, limit, path)

        at = e.args.index(operand)
        held = held_at_edges(new.args[at], operand, domain, edge)
        if held is new.args[at] and domain is NON_ZERO:  # of either sign, perhaps
            size = edge(make("abs", operand), NON_ZERO, 0.0)
            return new if size is None else _inverse(new, size)
        return with_args(new, (*new.args[:at], held, *new.args[at + 1 :]))

    def _edge(self, operand: Expr, domain: Domain, limit: float, path: Path) -> Fraction | None:
        """Where to hold ``operand`` from below; None where it is not proved to stay above."""
        if domain in CLOSED and least_under(operand, path, self.inputs, limit) >= limit:
            return Fraction(limit)
        found = short_below(least_under(operand, path, self.inputs))
        return found if found is not None and found > limit else None


def _inverse(e: Expr, edge: Fraction) -> Expr:
    """A quotient or a negative power whose divisor has either sign and at least the size ``edge``:
    ``1/x`` is ``x * max(abs(x), edge)**-2``, which is a line through 0 where no code is.
    """
    if e.op == "inv":
        return _inverse_power(e.args[0], 1, edge)
    if e.op == "div":
        return e.args[0] * _inverse_power(e.args[1], 1, edge)
    if e.op == "pow" and e.args[1].op == CONST:
        return _inverse_power(e.args[0], -int(e.args[1].value), edge)
    return e


def _inverse_power(x: Expr, n: int, edge: Fraction) -> Expr:
    size = make("max", make("abs", x), const(edge))
    numerator = x if n == 1 else make("pow", x, const(n))
    return numerator * make("pow", size, const(-2 * n))


def _operands(e: Expr, path: Path) -> list[Place]:
    """The operands of a node with what holds where they are asked for."""
    if e.op == "where":
        condition, then, other = e.args
        return [
            (condition, path),
            (then, _and(path, condition, True)),
            (other, _and(path, condition, False)),
        ]
    if e.op in ("and", "or"):
        return [(operand, _beside(e, operand, path)) for operand in e.args]
    return [(operand, path) for operand in e.args]


def _beside(e: Expr, operand: Expr, path: Path) -> Path:
    """Where an operand of ``and`` (``or``) decides: where those that are defined everywhere hold
    (fail).
    """
    for other in e.args:
        total = not any(needs(node) for node in postorder([other]))
        if other is not operand and total:
            path = _and(path, other, e.op == "and")
    return path


def _and(path: Path, condition: Expr, holding: bool) -> Path:
    known = (condition, holding)
    return path if known in path else (*path, known)
