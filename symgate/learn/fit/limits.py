"""What formulas may hold: operators, nodes, and which constants."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from symgate.errors import InputError
from symgate.ir.expr import CONST, VAR, Expr, postorder
from symgate.learn.fit.numbers import nodes, simplified
from symgate.learn.fit.refine import Skeleton, refined
from symgate.learn.fit.task import Formulas, Task, several


def _digits(count: int) -> Callable[[float], float]:
    return lambda value: float(f"{value:.{count - 1}e}")


def _power_of_two(value: float) -> float:
    if not value:
        return 0.0
    below = 2.0 ** math.floor(math.log2(abs(value)))
    return math.copysign(below if abs(value) < 1.5 * below else 2 * below, value)


def _integer(value: float) -> float:
    return float(round(value))


#: The constants that a user can ask for, as a function to the nearest one.
CONSTANTS: Mapping[str, Callable[[float], float]] = {
    "1 digit": _digits(1),
    "2 digits": _digits(2),
    "3 digits": _digits(3),
    "powers of two": _power_of_two,
    "integers": _integer,
}
#: Operators that are in every formula.
_ALWAYS = frozenset({CONST, VAR})
#: What an operator is made of in normal form.
_SPELLINGS = {"sub": "add", "neg": "mul", "square": "pow", "inv": "div"}


@dataclass(frozen=True)
class Limits:
    """``constants``: one of `CONSTANTS`, any by default. ``operators``: names, all by default.
    ``nodes``: of a formula, 0 for no limit.

    What an engine finds is moved to the nearest allowed constants, one after another, largest first,
    the others refined again; what has other operators or more nodes is not taken.
    """

    constants: str = ""
    operators: tuple[str, ...] = ()
    nodes: int = 0

    def __post_init__(self) -> None:
        if self.constants and self.constants not in CONSTANTS:
            raise InputError(
                f"there are no constants '{self.constants}'",
                expected=f"one of {', '.join(CONSTANTS)}",
            )

    def within(self, e: Formulas, task: Task) -> Iterator[Formulas]:
        """The formulas as they may be, if they may."""
        if not (self.constants or self.operators or self.nodes):
            yield e
            return
        formulas = tuple(simplified(one, task.names) for one in several(e))
        if self.constants:
            formulas = tuple(self._settled(one, task) for one in formulas)
        if all(map(self._is_allowed, formulas)):
            yield formulas if task.outputs > 1 or task.classes else formulas[0]

    def _is_allowed(self, e: Expr) -> bool:
        if self.nodes and nodes(e) > self.nodes:
            return False
        if not self.operators:
            return True
        allowed = {_SPELLINGS.get(name, name) for name in self.operators} | set(self.operators)
        return all(node.op in allowed | _ALWAYS for node in postorder([e]))

    def _settled(self, e: Expr, task: Task) -> Expr:
        """``e`` with allowed constants."""
        nearest, alone = CONSTANTS[self.constants], task.outputs == 1 and not task.classes
        held = list[int]()
        count = len(Skeleton.of(e).parameters)
        order = sorted(range(count), key=lambda k: -abs(Skeleton.of(e).parameters[k]))
        for k in order:
            skeleton = Skeleton.of(e)
            if len(skeleton.parameters) != count:
                return simplified(e, task.names)
            parameters = list(skeleton.parameters)
            parameters[k] = nearest(parameters[k])
            held.append(k)
            e = skeleton.expr(parameters)
            if alone and len(held) < count:
                e = refined(e, task, rounds=4, held=held)
        return simplified(e, task.names)
