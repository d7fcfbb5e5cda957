"""Operators that change nothing in the ranges of the inputs, dropped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from symgate.ir.boxes import Box
from symgate.ir.evaluate import boxes
from symgate.ir.expr import CONST, Expr, Program, combined, const, with_args
from symgate.ir.operators import OPERATORS

#: What an operator is where intervals decide it: from its operands and their spans; None as it is.
Spans = tuple[tuple[float, float], ...]
Rule = Callable[[tuple[Expr, ...], Spans], Expr | None]


@dataclass(frozen=True)
class DropIdle:
    """``relu(x)`` is ``x`` where ``x >= 0``, ``max(x, 1)`` is ``x`` where ``x >= 1``, a comparison
    that always holds is 1, and the branch that it leaves is no choice.
    """

    ranges: Mapping[str, Box]

    def __call__(self, program: Program) -> Program:
        """The same program without operators that intervals show to change nothing."""
        seen = boxes(program.roots, self.ranges)

        def step(e: Expr, args: tuple[Expr, ...]) -> Expr:
            if e.closed:
                return e
            spans = tuple(seen[a].span for a in e.args)
            found = _settled(e, args, spans, seen[e].span)
            return with_args(e, args) if found is None else found

        return program.map(step)


def _settled(
    e: Expr, args: tuple[Expr, ...], spans: Spans, own: tuple[float, float]
) -> Expr | None:
    jumps = e.op in OPERATORS and OPERATORS[e.op].derivative is None
    if jumps and own[0] == own[1]:
        return const(Fraction(own[0]))
    rule = RULES.get(e.op)
    return None if rule is None else rule(args, spans)


def _relu(args: tuple[Expr, ...], spans: Spans) -> Expr | None:
    ((low, high),) = spans
    if low >= 0:
        return args[0]
    return const(0) if high <= 0 else None


def _abs(args: tuple[Expr, ...], spans: Spans) -> Expr | None:
    ((low, high),) = spans
    if low >= 0:
        return args[0]
    return -args[0] if high <= 0 else None


def _max(args: tuple[Expr, ...], spans: Spans) -> Expr | None:
    """Without operands that are never above another one."""
    first = max(range(len(args)), key=lambda k: spans[k])
    least = spans[first][0]
    kept = [a for k, a in enumerate(args) if k == first or not spans[k][1] <= least]
    return combined("max", kept) if len(kept) < len(args) else None


def _min(args: tuple[Expr, ...], spans: Spans) -> Expr | None:
    """Without operands that are never below another one."""
    first = min(range(len(args)), key=lambda k: spans[k][::-1])
    most = spans[first][1]
    kept = [a for k, a in enumerate(args) if k == first or not spans[k][0] >= most]
    return combined("min", kept) if len(kept) < len(args) else None


def _where(args: tuple[Expr, ...], spans: Spans) -> Expr | None:
    condition, then, other = args
    if condition.op == CONST:
        return then if condition.value else other
    return None


def _rounding(args: tuple[Expr, ...], spans: Spans) -> Expr | None:
    return args[0] if _is_whole(args[0]) else None


_WHOLE = frozenset({"floor", "ceil", "round", "sign", "lt", "le", "eq", "ne", "and", "or", "not"})
_KEEP_WHOLE = frozenset({"add", "mul", "min", "max", "abs", "relu"})


def _is_whole(e: Expr) -> bool:
    """Whether ``e`` is a whole number whatever its inputs are, seen from its operators."""
    stack, known = [e], set[Expr]()
    while stack:
        top = stack.pop()
        if top in known or top.op in _WHOLE:
            continue
        known.add(top)
        if top.op == CONST and top.value.denominator == 1:
            continue
        if top.op == "where":
            stack += top.args[1:]
        elif top.op in _KEEP_WHOLE:
            stack += top.args
        else:
            return False
    return True


def _logic(name: str, neutral: int) -> Rule:
    """Operands that are always 1 (0) say nothing in ``and`` (``or``)."""

    def rule(args: tuple[Expr, ...], spans: Spans) -> Expr | None:
        kept = [a for a in args if not (a.op == CONST and a.value == neutral)]
        return combined(name, kept) if 0 < len(kept) < len(args) else None

    return rule


RULES: dict[str, Rule] = {
    "relu": _relu,
    "abs": _abs,
    "max": _max,
    "min": _min,
    "where": _where,
    **dict.fromkeys(("floor", "ceil", "round"), _rounding),
    "and": _logic("and", 1),
    "or": _logic("or", 0),
}
