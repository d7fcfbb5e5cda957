"""Formulas on the tensors of another library, torch's or Keras', with constants that it can train."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

from symgate.frontend.writers.exportops import expanded
from symgate.ir.evaluate import interpret
from symgate.ir.expr import CONST, Expr
from symgate.learn.distil.variables import Variables
from symgate.learn.fit.refine import Skeleton

#: Operators of one operand, by their names in NumPy, torch and ``keras.ops``.
_FUNCTIONS = {
    **{name: name for name in ("exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{name: name for name in ("abs", "floor", "ceil", "round", "log2", "log10", "log1p")},
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
}
_PAIRS = {"atan2": "arctan2", "min": "minimum", "max": "maximum"}
_TESTS = {
    **{"lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal"},
    **{"eq": "equal", "ne": "not_equal"},
}
#: Python's own, which take tensors and floats.
_SIGNS = {
    "add": operator.add,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
}
_KNOWN = {*_FUNCTIONS, *_PAIRS, *_TESTS, *_SIGNS, "where", "pi", "parameter"}


@dataclass(frozen=True)
class TensorFormulas:
    """Formulas whose constants are parameters, one after the other."""

    variables: Variables
    skeletons: tuple[Skeleton, ...]

    @staticmethod
    def of(formulas: Sequence[Expr], variables: Variables) -> TensorFormulas:
        """Formulas in ``variables`` of a block; constants of the variables are no parameters."""
        return TensorFormulas(variables, tuple(Skeleton.of(e) for e in formulas))

    @cached_property
    def _plain(self) -> list[Expr]:
        """The formulas in operators that a library has."""
        return expanded([skeleton.formula for skeleton in self.skeletons], _KNOWN)

    @cached_property
    def _plain_variables(self) -> dict[str, Expr]:
        exprs = self.variables.exprs
        return dict(zip(exprs, expanded(list(exprs.values()), _KNOWN), strict=True))

    @property
    def parameters(self) -> list[float]:
        """The constants of all formulas."""
        return [value for skeleton in self.skeletons for value in skeleton.parameters]

    def values(self, x: Any, parameters: Sequence[Any], library: Any) -> Any:
        """The formulas for a tensor (..., inputs): (..., outputs)."""
        inputs = {name: x[..., k] for k, name in enumerate(self.variables.inputs)}
        like = x[..., 0]
        columns = {
            name: _value(e, (), inputs, like, library) for name, e in self._plain_variables.items()
        }
        found, start = [], 0
        for skeleton, plain in zip(self.skeletons, self._plain, strict=True):
            stop = start + len(skeleton.parameters)
            value = _value(plain, parameters[start:stop], columns, like, library)
            found.append(value + 0 * like)  # a constant has a value for each row, too
            start = stop
        return library.stack(found, -1)

    def formulas(self, parameters: Sequence[float]) -> tuple[Expr, ...]:
        """The formulas with other constants; those that did not move stay as they are written."""
        out, start = [], 0
        for skeleton in self.skeletons:
            stop = start + len(skeleton.parameters)
            out.append(skeleton.expr(list(parameters[start:stop])))
            start = stop
        return tuple(out)


def _value(
    e: Expr, parameters: Sequence[Any], columns: Mapping[str, Any], like: Any, library: Any
) -> Any:
    """``e`` for tensors ``columns``; numbers become tensors in the form of ``like``."""

    def leaf(node: Expr) -> Any:
        return float(node.value) if node.op == CONST else columns[node.value]

    def inner(node: Expr, args: list[Any]) -> Any:
        if node.op == "parameter":
            return parameters[node.value]
        return _called(node, args, like, library)

    return interpret([e], leaf, inner)[e]


def _called(node: Expr, args: list[Any], like: Any, library: Any) -> Any:
    def tensor(value: Any) -> Any:
        return library.full_like(like, value) if isinstance(value, float) else value

    if node.op == "pi":
        return math.pi
    if node.op in _SIGNS:
        return reduce(_SIGNS[node.op], args)
    tensors = [tensor(value) for value in args]
    if node.op == "where":
        return library.where(tensors[0] != 0, *tensors[1:])
    if node.op in _TESTS:
        holds = getattr(library, _TESTS[node.op])(*tensors)
        return library.where(holds, tensor(1.0), tensor(0.0))
    if node.op in _PAIRS:
        return reduce(getattr(library, _PAIRS[node.op]), tensors)
    return getattr(library, _FUNCTIONS[node.op])(*tensors)
