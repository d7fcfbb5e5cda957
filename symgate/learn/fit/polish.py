"""A found formula made simpler where that costs nothing: constants that are whole, terms and factors
that do nothing, few digits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from symgate.ir.algebra import powered, product, quotient
from symgate.ir.expr import CONST, Expr, const, make, rebuild, with_args
from symgate.learn.fit.numbers import constant, nodes, simplified
from symgate.learn.fit.refine import MOST_CONSTANTS, Skeleton, refined
from symgate.learn.fit.task import Budget, Emit, Task


@dataclass(frozen=True)
class Polish:
    """How far a formula may move."""

    #: The loss may grow by this share of itself for a simpler formula.
    share: float = 0.02
    #: Losses below this are rounding: 0 to float64.
    floor: float = 1e-13
    #: Values that a constant is tried at, where it is near or the loss allows it.
    values: tuple[float, ...] = (0.0, 1.0, -1.0)
    #: Decimal digits that are tried for a constant that is left, shortest first.
    digits: tuple[int, ...] = (1, 2, 3, 4, 6)


def polish(e: Expr, task: Task, budget: Budget, emit: Emit, settings: Polish | None = None) -> Expr:
    """``e`` with fewer nodes and shorter constants at about its loss; each step is emitted."""
    settings = settings or Polish()
    e = refined(simplified(e, task.names), task)
    limit = task.loss(e) * (1 + settings.share) + settings.floor
    plain = simplified(unrooted(e), task.names)
    if nodes(plain) < nodes(e) and task.loss(plain) <= limit:
        e = plain
        emit(e)
    while not budget.is_over():
        simpler = _simpler(e, task, limit, settings)
        if simpler is None:
            break
        e = simpler
        emit(e)
    e = _shortened(e, task, limit, budget, settings)
    emit(e)
    return e


def unrooted(e: Expr) -> Expr:
    """``e`` with squares taken out of roots, as if all that was squared were positive."""
    return rebuild([e], _out_of_root)[0]


def _out_of_root(node: Expr, args: tuple[Expr, ...]) -> Expr:
    if node.op != "sqrt":
        return with_args(node, args)
    out = _half(args[0])
    return with_args(node, args) if out is None else out


def _half(e: Expr) -> Expr | None:
    """The root of ``e`` without a root sign around squares; None where nothing is a square."""
    if e.op == CONST and e.value > 0:
        return constant(math.sqrt(e.value))
    if e.op == "pow" and e.args[1].op == CONST and e.args[1].value % 2 == 0:
        return powered(e.args[0], const(e.args[1].value / 2))
    if e.op == "div":
        above, below = _half(e.args[0]), _half(e.args[1])
        if above is None and below is None:
            return None
        return quotient(above or make("sqrt", e.args[0]), below or make("sqrt", e.args[1]))
    if e.op == "mul":
        halves = [(factor, _half(factor)) for factor in e.args]
        left = [factor for factor, half in halves if half is None]
        taken = [half for _, half in halves if half is not None]
        if not taken:
            return None
        return product([*taken, make("sqrt", product(left))] if left else taken)
    return None


def _simpler(e: Expr, task: Task, limit: float, settings: Polish) -> Expr | None:
    """The smallest formula with one constant at a special value whose loss is within ``limit``."""
    found = [s for s in _settled(e, task, settings) if nodes(s) < nodes(e)]
    for smaller in sorted(found, key=nodes):
        better = simplified(refined(smaller, task, rounds=10), task.names)
        if task.loss(better) <= limit and nodes(better) < nodes(e):
            return better
    return None


def _settled(e: Expr, task: Task, settings: Polish) -> Iterator[Expr]:
    """``e`` with one of its constants at a special value."""
    skeleton = Skeleton.of(e)
    parameters = skeleton.parameters
    if len(parameters) > MOST_CONSTANTS:
        return
    for k, value in enumerate(parameters):
        for special in settings.values:
            if value != special:
                changed = [*parameters[:k], special, *parameters[k + 1 :]]
                yield simplified(skeleton.expr(changed), task.names)


def _shortened(e: Expr, task: Task, limit: float, budget: Budget, settings: Polish) -> Expr:
    """``e`` with the fewest digits of each constant, one after another, the others refined again."""
    held: list[int] = []
    for k in range(len(Skeleton.of(e).parameters)):
        for digits in settings.digits:
            if budget.is_over():
                return e
            skeleton = Skeleton.of(e)
            parameters = list(skeleton.parameters)
            if k >= len(parameters):  # one was folded away
                return e
            parameters[k] = float(f"{parameters[k]:.{digits - 1}e}")
            shorter = refined(skeleton.expr(parameters), task, rounds=6, held=[*held, k])
            if task.loss(shorter) <= limit:
                e = shorter
                break
        held.append(k)
    return e
