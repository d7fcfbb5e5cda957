"""Ranges of arguments from an FPCore precondition: the smallest box that the text implies, by
simple reasoning.

Read are ``and``, ``or``, chains of comparisons between arguments, numbers and what is linear in one
argument, and ``(fabs x)``. What relates several arguments, or anything else, narrows nothing: a box
that is too large is safe, since the bound is then proved on more inputs than the precondition asks
for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from symgate.errors import InputError
from symgate.frontend.language.values import exact_value
from symgate.frontend.readers.fpcore.fpcore_ops import is_number
from symgate.frontend.readers.fpcore.sexpr import Node
from symgate.frontend.rounded_ranges import EXCLUDED
from symgate.ir.expr import Expr, const, make, rebuild, with_args
from symgate.ir.operators import ABOVE_ONE, NON_NEGATIVE, UNIT, Domain
from symgate.passes.domains.check import CheckDomains, needs

_ORDER = {"<": (1, True), "<=": (1, False), ">": (-1, True), ">=": (-1, False), "==": (0, False)}
Evaluate = Callable[[Node], Expr]
Meaning = Callable[[Node], Expr | None]
#: Disjunctions of more branches times arguments narrow nothing.
MAX_BRANCHES = 10_000
#: Bindings around each other that are followed.
MAX_LETS = 100


@dataclass(frozen=True)
class Span:
    """A range; an end that is None is open."""

    lo: Fraction | None = None
    hi: Fraction | None = None

    def meet(self, other: Span) -> Span:
        """What is in both."""
        lows = [e for e in (self.lo, other.lo) if e is not None]
        highs = [e for e in (self.hi, other.hi) if e is not None]
        return Span(max(lows, default=None), min(highs, default=None))

    def join(self, other: Span) -> Span:
        """The smallest range around both."""
        lo = None if self.lo is None or other.lo is None else min(self.lo, other.lo)
        hi = None if self.hi is None or other.hi is None else max(self.hi, other.hi)
        return Span(lo, hi)

    def scaled(self, slope: Fraction, offset: Fraction) -> Span:
        """The x for which ``slope * x + offset`` is in this range."""
        ends = [None if e is None else (e - offset) / slope for e in (self.lo, self.hi)]
        return Span(*ends) if slope > 0 else Span(*reversed(ends))

    @property
    def empty(self) -> bool:
        """Whether no number is in it."""
        return self.lo is not None and self.hi is not None and self.lo > self.hi


Box = Mapping[str, Span]


def box(condition: Node | None, arguments: Sequence[str], evaluate: Evaluate) -> Box:
    """The range of each argument under ``condition``; ``evaluate`` gives the meaning of a term."""
    found = dict.fromkeys(arguments, Span())
    known = _remembered(evaluate)
    for _ in range(
        2 if condition is not None else 0
    ):  # twice: x <= y helps only once the range of y is known
        assert condition is not None
        _narrow(condition, found, known)
    return found


def relates(condition: Node | None, arguments: Sequence[str], evaluate: Evaluate) -> bool:
    """Whether ``condition`` says more than a box can: about several arguments at once, or by other
    functions.
    """
    stack, known = [condition] if condition is not None else [], _remembered(evaluate)
    nothing = dict.fromkeys(arguments, Span())
    while stack:
        node = _inwards(stack.pop())
        if node.head == "and":
            stack.extend(node.items[1:])
        elif node.head not in _ORDER:
            return True
        else:
            alone = [
                _linear(side, known, nothing) or _limits(side, known, nothing)
                for side in node.items[1:]
            ]
            several = sum(isinstance(side, tuple) for side in alone)
            if several > 1 or None in alone:
                return True
    return False


#: Domains that hold their edges: an operand held there is the operand itself wherever the operator
#: is defined.
_EDGES: dict[Domain, tuple[int | None, int | None]] = {
    NON_NEGATIVE: (0, None),
    UNIT: (-1, 1),
    ABOVE_ONE: (1, None),
}


def inside(value: Expr, spans: Box) -> Expr:
    """``value`` with operands held in their operator's domain where the ranges alone do not keep
    them there.
    """
    ranges = {
        name: (float(s.lo), float(s.hi))
        for name, s in spans.items()
        if s.lo is not None and s.hi is not None
    }
    if len(ranges) < len(spans):
        return value
    check = CheckDomains(ranges)

    def step(e: Expr, args: tuple[Expr, ...]) -> Expr:
        for operand, domain in needs(e):
            if domain in _EDGES and not check.proves(operand, domain):
                low, high = _EDGES[domain]
                place = e.args.index(operand)
                held = args[place] if low is None else make("max", args[place], const(low))
                held = held if high is None else make("min", held, const(high))
                args = (*args[:place], held, *args[place + 1 :])
        return with_args(e, args)

    return rebuild([value], step)[0]


def _remembered(evaluate: Evaluate) -> Callable[[Node], Expr | None]:
    """The meaning of each term, found once; None where it has none."""
    found: dict[Node, Expr | None] = {}  # nodes are equal only to themselves

    def meaning(node: Node) -> Expr | None:
        if node not in found:
            try:
                found[node] = evaluate(node)
            except InputError:
                if is_number(node.text):
                    raise  # a bound that is no number here must not be left out
                found[node] = None
        return found[node]

    return meaning


def _narrow(condition: Node, known: dict[str, Span], evaluate: Meaning) -> None:
    """Make ``known`` as narrow as ``condition`` says; conjunctions in their order, on a stack of
    its own.
    """
    stack = [condition]
    while stack:
        node = _inwards(stack.pop())
        head, rest = node.head, node.items[1:]
        if head == "and":
            stack.extend(reversed(rest))
        elif head == "or" and rest:
            _widest(rest, known, evaluate)
        elif head in _ORDER:
            for one, other in pairwise(rest):
                for name, span in _implied(head, one, other, known, evaluate):
                    known[name] = known[name].meet(span)


def _inwards(node: Node) -> Node:
    """``(let bindings (op a b))`` as ``(op (let bindings a) (let bindings b))``; an annotation is
    left out.
    """
    around = list[Node]()
    while node.head in ("let", "let*", "!") and len(node.items) >= 3 and node.items[-1].is_list:
        if node.head != "!":
            around.append(node)
        node = node.items[-1]
    for let in reversed(around[-MAX_LETS:]):
        items = [Node("list", "(", [*let.items[:2], item], item.at) for item in node.items[1:]]
        node = Node("list", "(", [*node.items[:1], *items], node.at)
    return node


def _widest(branches: Sequence[Node], known: dict[str, Span], evaluate: Meaning) -> None:
    """What holds in every branch that is possible."""
    if len(branches) * len(known) > MAX_BRANCHES:
        return
    narrowed = [dict(known) for _ in branches]
    for branch, found in zip(branches, narrowed, strict=True):
        _narrow(branch, found, evaluate)
    possible = [found for found in narrowed if not _empty(found)]
    for name in known:
        if possible:
            known[name] = _joined([found[name] for found in possible])


def _empty(found: Box) -> bool:
    return any(span.empty for span in found.values())


def _joined(spans: Sequence[Span]) -> Span:
    first = spans[0]
    for span in spans[1:]:
        first = first.join(span)
    return first


def _implied(
    op: str, one: Node, other: Node, known: Box, evaluate: Meaning
) -> Iterator[tuple[str, Span]]:
    """What ``(op one other)`` says about arguments that stand alone, or linear, on a side."""
    direction, excluded = _ORDER[op]
    for side, opposite, sign in ((one, other, direction), (other, one, -direction)):
        form = _linear(side, evaluate, known)
        limit = _limits(opposite, evaluate, known)
        if form is None or limit is None:
            continue
        name, slope, offset, folded = form
        step = EXCLUDED if excluded else Fraction(0)
        below = None if limit.hi is None or sign < 0 else limit.hi - step
        above = None if limit.lo is None or sign > 0 else limit.lo + step
        if folded and below is not None:
            yield name, Span(-below, below).scaled(slope, offset)
        elif not folded:
            yield name, Span(above, below).scaled(slope, offset)


def _limits(node: Node, evaluate: Meaning, known: Box) -> Span | None:
    """What a side of a comparison can be, None where nothing is known."""
    form = _linear(node, evaluate, known)
    if form is not None and not form[3]:
        name, slope, offset, _ = form
        return known[name].scaled(1 / slope, -offset / slope)
    e = evaluate(node)
    value = exact_value(e) if e is not None and e.closed else None
    return None if value is None else Span(value, value)


def _linear(
    node: Node, evaluate: Meaning, known: Box
) -> tuple[str, Fraction, Fraction, bool] | None:
    """``slope * argument + offset``, and whether it stands in ``fabs``."""
    folded = node.head == "fabs" and len(node.items) == 2
    e = evaluate(node.items[1] if folded else node)
    if e is None:
        return None
    slope, offset = Fraction(1), Fraction(0)
    while e.op in ("add", "mul", "neg"):
        if e.op == "neg":
            slope, e = -slope, e.args[0]
            continue
        if len(e.args) != 2 or not e.args[0].is_const or e.args[1].is_const or not e.args[0].value:
            return None
        step = e.args[0].value
        slope, offset = (slope * step, offset) if e.op == "mul" else (slope, offset + slope * step)
        e = e.args[1]
    return (e.value, slope, offset, folded) if e.op == "var" and e.value in known else None
