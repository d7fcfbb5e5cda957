"""The operators of a layer: expressions in x (and y), with the same meaning in training and in the
exported design.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgate.errors import InputError
from symgate.frontend.language.infix import parse
from symgate.frontend.language.source import Source
from symgate.ir.boxes import nearest
from symgate.ir.evaluate import evaluate, interpret, meaning
from symgate.ir.expr import CONST, VAR, Expr, postorder, substitute, var, variables
from symgate.ir.operators import NAMES, OPERATORS, Operator

X, Y = "x", "y"
#: Where every operator must have a value, because a linear form may take it.
_GRID = np.concatenate([-np.logspace(1, -3, 41), [0.0], np.logspace(-3, 1, 41)])


@dataclass(frozen=True)
class Function:
    """An operator of a layer: ``expr`` in x, or in x and y."""

    text: str
    arity: int
    expr: Expr

    def tensor(self, *tensors: Any) -> Any:
        """The value on tensors of any Keras backend."""
        from keras import ops

        env = dict(zip((X, Y), tensors, strict=False))
        return interpret(
            [self.expr],
            lambda e: nearest(e.value) if e.op == CONST else env[e.value],
            lambda e, args: _on_tensors(meaning(e), ops)(*args),
        )[self.expr]

    def of(self, *args: Expr) -> Expr:
        """The expression on operands."""
        return substitute([self.expr], dict(zip((var(X), var(Y)), args, strict=False)))[0]


def _on_tensors(op: Operator, ops: Any) -> Any:
    """The meaning of an operator on tensors."""
    if op.tensor is not None:
        return lambda *args: op.tensor(ops, *args)
    if op.arity == 0:
        return op.numpy
    return next(getattr(ops, name) for name in (op.name, *op.aliases) if hasattr(ops, name))


def function(text: str, arity: int, label: str = "operators") -> Function:
    """The operator that ``text`` names, such as "sin", "mul" or "log(0.001 + abs(x))".

    Raise `InputError` for text that is no expression in x (and y), that has no derivative, or that
    is undefined for some values of a linear form.
    """
    source, names = Source(text, label=label), (X, Y)[:arity]
    known = OPERATORS.get(NAMES.get(text, ""))
    if known is not None and known.arity in (arity, None):
        call = f"{text}({', '.join(names)})"
        found = Function(text, arity, parse(Source(call, label=label), names))
    else:
        found = Function(text, arity, parse(source, names))
    _checked(found, source)
    return found


def functions(texts: Sequence[str], arity: int, label: str) -> tuple[Function, ...]:
    """The operators that ``texts`` name."""
    return tuple(function(text, arity, label) for text in texts)


def _checked(f: Function, source: Source) -> None:
    used = variables([f.expr])
    if missing := [n for n in (X, Y)[: f.arity] if n not in used]:
        kind, expected = ("a unary", "in x") if f.arity == 1 else ("a binary", "in x and y")
        raise source.error(
            f"{kind} operator does not use {missing[0]}", 0, expected=f"an expression {expected}"
        )
    for e in postorder([f.expr]):
        if e.op not in (CONST, VAR) and meaning(e).derivative is None:
            raise source.error(
                f"{e.op} has no derivative, so it cannot be trained",
                0,
                remedy="use a smooth operator",
            )
    value, at = undefined(f)
    if at:
        where = ", ".join(f"{n} = {v:g}" for n, v in at.items())
        remedy = "protect it, such as log(0.001 + abs(x)), sqrt(abs(x)) or x/(0.001 + abs(y))"
        raise source.error(
            f"'{f.text}' is {value} at {where}, which a linear form can take", 0, remedy=remedy
        )


def undefined(f: Function) -> tuple[float, Mapping[str, float]]:
    """A point where ``f`` has no finite value, and what it has there; an empty mapping where there
    is none.
    """
    axes = np.meshgrid(*[_GRID] * f.arity)
    env = {n: a.ravel() for n, a in zip((X, Y), axes, strict=False)}
    values = evaluate([f.expr], env)[0]
    bad = np.flatnonzero(~np.isfinite(values))
    return (
        (float(values[bad[0]]), {n: float(a[bad[0]]) for n, a in env.items()})
        if len(bad)
        else (0.0, {})
    )


def deal(kinds: Sequence[Function], count: int, what: str) -> tuple[Function, ...]:
    """``count`` operators, dealt round-robin from ``kinds``; raise `InputError` where there is none
    to deal.
    """
    if count and not kinds:
        remedy = f"name them, or set {what} to 0"
        raise InputError(
            f"{count} {what} of operators are wanted and no operator is named", remedy=remedy
        )
    return tuple(kinds[k % len(kinds)] for k in range(count))
