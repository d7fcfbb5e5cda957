"""Operon's genetic programming (pyoperon), in two islands: small formulas, and cheap ones.

Its ``max_time`` is wall clock, so a search is a sequence of short ones, each bounded by
evaluations, until the processor seconds are spent.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symgate.errors import ToolMissing
from symgate.ir.expr import Expr, const, make, var
from symgate.learn.fit.numbers import constant
from symgate.learn.fit.refine import refined
from symgate.learn.fit.task import Budget, Emit, Task

SYMBOLS = "add,sub,mul,div,exp,log,sqrt,square,sin,cos,constant,variable"
#: Evaluations of one search: about two processor seconds on a thousand rows.
EVALUATIONS = 200_000
POPULATION, LENGTH = 1000, 40


def run(task: Task, budget: Budget, seed: int, emit: Emit) -> None:
    """Emit the fronts of searches with new seeds until the budget is spent.

    Raise `ToolMissing` where pyoperon is not installed.
    """
    try:
        from pyoperon.sklearn import SymbolicRegressor
    except ModuleNotFoundError:
        raise ToolMissing(
            "the engine 'operon' needs pyoperon, which is not installed",
            remedy="pip install 'symgate[fit]'",
        ) from None
    x, y = np.asfortranarray(task.x), np.array(task.y)
    number = 0
    while not budget.is_over(0.9) and number != budget.rounds:
        search = SymbolicRegressor(
            allowed_symbols=SYMBOLS,
            objectives=["mse", "length"],
            optimizer_iterations=5,
            max_length=LENGTH,
            max_evaluations=EVALUATIONS,
            generations=10**6,
            population_size=POPULATION,
            n_threads=1,
            epsilon=1e-6,
            random_state=seed * 1000 + number,
        )
        search.fit(x, y)
        number += 1
        for row in search.pareto_front_:
            if budget.is_over():
                return
            e = formula(row["tree"], search.variables_, task.names)
            if np.isfinite(task.loss(e)):
                emit(refined(e, task, rounds=6))


_SYMBOLS = {"+": "add", "-": "sub", "*": "mul", "/": "div"}


def formula(tree: Any, variables: Any, names: tuple[str, ...]) -> Expr:
    """A tree of Operon, in postfix order, as an expression."""
    stack: list[Expr] = []
    for node in tree.Nodes:
        if node.IsVariable:
            name = names[int(variables[node.HashValue][1:]) - 1]
            stack.append(constant(node.Value) * var(name))
        elif node.IsConstant:
            stack.append(constant(node.Value))
        else:
            operands = [stack.pop() for _ in range(node.Arity)]
            stack.append(_applied(_SYMBOLS.get(node.Name, node.Name), operands))
    return stack[0]


def _applied(name: str, operands: list[Expr]) -> Expr:
    first = operands[0]
    if len(operands) == 1:
        if name == "sub":
            return -first
        if name == "div":
            return const(1) / first
        return first ** const(2) if name == "square" else make(name, first)
    for other in operands[1:]:
        first = _of_two(name, first, other)
    return first


def _of_two(name: str, a: Expr, b: Expr) -> Expr:
    if name == "add":
        return a + b
    if name == "sub":
        return a - b
    return a * b if name == "mul" else a / b
