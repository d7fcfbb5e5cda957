"""Constants of a formula, refined by least squares (Levenberg and Marquardt, from SciPy)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgate.ir.algebra import product
from symgate.ir.evaluate import meaning
from symgate.ir.expr import CONST, VAR, Expr, make
from symgate.learn.fit.numbers import constant
from symgate.learn.fit.task import Reals, Task

#: How many evaluations a refinement may take for each constant.
_EVALUATIONS = 30
#: More constants than this are no small formula.
MOST_CONSTANTS = 24
#: Functions whose argument may be scaled: a power takes a factor out, these do not.
OPENED = frozenset({"exp", "log", "sin", "cos", "tanh"})


@dataclass(frozen=True)
class Skeleton:
    """A formula whose constants are parameters: each place of a constant is one of its own."""

    formula: Expr
    parameters: tuple[float, ...]

    @staticmethod
    def of(e: Expr, opened: bool = False) -> Skeleton:
        """The skeleton of ``e``; exponents and minus signs are no parameters.

        ``opened``: what stands inside of `OPENED` functions gets a factor of its own, 1 at first.
        """
        found: list[float] = []
        return Skeleton(_lifted(e, found, opened), tuple(found))

    def values(self, parameters: Sequence[float] | Reals, columns: dict[str, Reals]) -> Any:
        """The formula with other constants."""
        with np.errstate(all="ignore"):
            return _value(self.formula, parameters, columns)

    def expr(self, parameters: Sequence[float] | Reals, digits: int = 15) -> Expr:
        """The formula with other constants, as an expression."""
        return _filled(self.formula, [constant(float(p), digits) for p in parameters])


def _lifted(e: Expr, found: list[float], opened: bool) -> Expr:
    if e.op == CONST:
        if e.value == -1:
            return e
        found.append(float(e.value))
        return make("parameter", value=len(found) - 1)
    if e.op == VAR:
        return e
    if e.op == "pow" and e.args[1].op == CONST:
        return make("pow", _lifted(e.args[0], found, opened), e.args[1])
    operands = [_lifted(operand, found, opened) for operand in e.args]
    if opened and e.op in OPENED:
        found.append(1.0)
        operands[0] = make("mul", make("parameter", value=len(found) - 1), operands[0])
    return make(e.op, *operands, value=e.value)


def _filled(e: Expr, constants: Sequence[Expr]) -> Expr:
    if e.op == "parameter":
        found: Expr = constants[e.value]
        return found
    if not e.args:
        return e
    operands = [_filled(operand, constants) for operand in e.args]
    return product(operands) if e.op == "mul" else make(e.op, *operands, value=e.value)


def _value(e: Expr, parameters: Sequence[float] | Reals, columns: dict[str, Reals]) -> Any:
    if e.op == "parameter":
        return parameters[e.value]
    if e.op == CONST:
        return float(e.value)
    if e.op == VAR:
        return columns[e.value]
    return meaning(e).numpy(*(_value(operand, parameters, columns) for operand in e.args))


def refined(
    e: Expr,
    task: Task,
    rounds: int = _EVALUATIONS,
    held: Sequence[int] = (),
    opened: bool = False,
) -> Expr:
    """``e`` with the constants that fit best from where they are; ``held`` of them stay.

    ``opened``: functions get a constant inside, see `Skeleton.of`.

    What has no constants, too many, or is undefined on a row is given back as it is.
    """
    skeleton = Skeleton.of(e, opened)
    start = np.array(skeleton.parameters)
    free = np.array([k for k in range(len(start)) if k not in set(held)], int)
    if not len(free) or len(start) > MOST_CONSTANTS or len(task.y) < len(free):
        return e
    found = _least_squares(skeleton, start, free, task, rounds)
    if found is None:
        return e
    better = skeleton.expr(found)
    return better if task.loss(better) < task.loss(e) else e


def _least_squares(
    skeleton: Skeleton, start: Reals, free: Any, task: Task, rounds: int
) -> Reals | None:
    from scipy.optimize import least_squares

    columns, rows, weight = task.columns(), len(task.y), task.root_weights

    def residuals(changed: Reals) -> Reals:
        parameters = start.copy()
        parameters[free] = changed
        values = np.broadcast_to(skeleton.values(parameters, columns), rows) - task.y
        values = values * weight
        return np.nan_to_num(values, nan=1e150, posinf=1e150, neginf=-1e150)

    if not np.all(np.abs(residuals(start[free])) < 1e150):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = least_squares(
                residuals,
                start[free],
                method="lm",
                xtol=1e-15,
                ftol=1e-15,
                gtol=1e-15,
                max_nfev=rounds * len(free),
            )
        except (ValueError, np.linalg.LinAlgError):
            return None
    parameters = start.copy()
    parameters[free] = found.x
    return parameters
