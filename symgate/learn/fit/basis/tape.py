"""Gradients of formulas along their constants, by reverse mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np

from symgate.caches import remembered
from symgate.ir.evaluate import evaluate, meaning
from symgate.ir.expr import CONST, VAR, Expr, make, postorder, var
from symgate.learn.fit.numbers import constant
from symgate.learn.fit.task import Reals

PARAMETER = "parameter"


def lifted(e: Expr, found: list[float]) -> Expr:
    """``e`` with its constants, but for exponents and minus signs, in ``found``."""
    if e.op == CONST and e.value != -1:
        found.append(float(e.value))
        return make(PARAMETER, value=len(found) - 1)
    if e.op in (CONST, VAR):
        return e
    if e.op == "pow" and e.args[1].op == CONST:
        return make("pow", lifted(e.args[0], found), e.args[1])
    return make(e.op, *(lifted(operand, found) for operand in e.args), value=e.value)


def filled(e: Expr, parameters: Sequence[float] | Reals, digits: int) -> Expr:
    """A formula of `lifted` with ``parameters`` of so many significant digits."""
    if e.op == PARAMETER:
        return constant(float(parameters[e.value]), digits)
    if not e.args:
        return e
    return make(e.op, *(filled(operand, parameters, digits) for operand in e.args), value=e.value)


@dataclass
class Tape:
    """Formulas whose constants are parameters, on rows: values forward, gradients backward."""

    roots: tuple[Expr, ...]
    columns: dict[str, Reals]
    rows: int
    _values: dict[Expr, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._order = postorder(self.roots)

    def forward(self, parameters: Reals) -> list[Reals]:
        """The value of each root (rows,)."""
        self._values = {}
        with np.errstate(all="ignore"):
            for e in self._order:
                self._values[e] = self._value(e, parameters)
        return [np.broadcast_to(self._values[root], self.rows) for root in self.roots]

    def backward(self, slopes: Sequence[Reals], count: int) -> Reals:
        """The gradient along ``count`` parameters of what has these ``slopes`` along the roots, at
        the parameters of the last `forward`.
        """
        along: dict[Expr, Any] = {}
        for root, slope in zip(self.roots, slopes, strict=True):
            along[root] = along.get(root, 0.0) + slope
        gradient = np.zeros(count)
        with np.errstate(all="ignore"):
            for e in reversed(self._order):
                if e not in along:
                    continue
                if e.op == PARAMETER:
                    gradient[e.value] += np.sum(along[e])
                for operand, partial in self._partials(e):
                    along[operand] = along.get(operand, 0.0) + along[e] * partial
        return gradient

    def _value(self, e: Expr, parameters: Reals) -> Any:
        if e.op == PARAMETER:
            return parameters[e.value]
        if e.op == CONST:
            return float(e.value)
        if e.op == VAR:
            return self.columns[e.value]
        return meaning(e).numpy(*(self._values[operand] for operand in e.args))

    def _partials(self, e: Expr) -> list[tuple[Expr, Any]]:
        """The operands that may hold parameters, with the slope along each."""
        values = [self._values[operand] for operand in e.args]
        moving = [k for k, operand in enumerate(e.args) if operand.op not in (CONST, VAR)]
        if e.op == "add":
            return [(e.args[k], 1.0) for k in moving]
        if e.op == "mul":
            return [(e.args[k], _product([*values[:k], *values[k + 1 :]])) for k in moving]
        if not moving:
            return []
        names = {f"a{k}": value for k, value in enumerate(values)}
        found = evaluate(_slopes(e.op, len(values)), names)
        return [(e.args[k], found[k]) for k in moving]


def _product(values: Sequence[Any]) -> Any:
    return reduce(np.multiply, values, 1.0)


@remembered
def _slopes(op: str, operands: int) -> tuple[Expr, ...]:
    """The slopes of an operator along its operands ``a0``, ``a1``, ..."""
    names = [var(f"a{k}") for k in range(operands)]
    rule: Callable[..., tuple[Expr, ...]] = meaning(make(op, *names)).derivative
    return rule(*names)
