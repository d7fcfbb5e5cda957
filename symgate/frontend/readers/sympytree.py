"""SymPy expressions as ours, by walking the tree; SymPy is not imported and no text is run.

Rationals are exact. A Float is the decimal number that SymPy prints at its precision:
``Float(0.1)`` is 1/10, as the user wrote it, not the binary number nearest to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from symgate.errors import InputError
from symgate.frontend.language.functions import Functions, chain, lookup, where
from symgate.frontend.language.source import meant
from symgate.ir.algebra import powered, product, total
from symgate.ir.expr import Expr, const, make, var

#: SymPy's names of what we call otherwise.
NAMES = {
    "StrictLessThan": "lt",
    "LessThan": "le",
    "StrictGreaterThan": "gt",
    "GreaterThan": "ge",
    "Equality": "eq",
    "Unequality": "ne",
    "ceiling": "ceil",
    "ITE": "where",
}
#: SymPy's constants.
ATOMS: dict[str, Callable[[], Expr]] = {
    "Pi": lambda: make("pi"),
    "Exp1": lambda: make("e"),
    "pi": lambda: make("pi"),
    "E": lambda: make("e"),
    "true": lambda: const(1),
    "false": lambda: const(0),
    "BooleanTrue": lambda: const(1),
    "BooleanFalse": lambda: const(0),
}


def is_sympy(value: object) -> bool:
    """Whether ``value`` is an expression of SymPy."""
    return str(type(value).__module__).partition(".")[0] == "sympy" or hasattr(
        value, "free_symbols"
    )


def convert(
    root: Any, names: Mapping[str, Expr] | None = None, functions: Functions | None = None
) -> Expr:
    """``root`` as an expression in variables of the same names (or in ``names``)."""
    done: dict[Any, Expr | tuple[Expr, ...]] = {}
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        node, ready = stack.pop()
        if node in done:
            continue
        if ready or not node.args:
            done[node] = _node(
                node, [done[operand] for operand in node.args], names, functions or {}
            )
        else:
            stack.append((node, True))
            stack.extend((operand, False) for operand in node.args)
    result = done[root]
    assert isinstance(result, Expr)
    return result


def _node(
    node: Any, args: list[Any], names: Mapping[str, Expr] | None, functions: Functions
) -> Expr | tuple[Expr, ...]:
    kind = type(node).__name__
    if not args:
        return _atom(node, kind, names)
    if kind == "ExprCondPair":
        return tuple(args)
    if kind == "Piecewise":
        return piecewise(args)
    if kind in ("Add", "Mul"):
        return (total if kind == "Add" else product)(args)
    if kind == "Pow":
        return make("exp", args[1]) if args[0] is make("e") else powered(*args)
    if kind in ("And", "Or"):
        return chain(kind.lower())(*args)
    name = NAMES.get(kind, kind)
    macro = lookup(name, functions)
    if macro is None:
        raise InputError(
            f"the SymPy function {kind} is unknown",
            expected="a function that `symgate ops` lists",
            remedy=meant(kind, functions)
            or "rewrite it, or define it: Options(functions=['f(x) = ...'])",
        )
    if len(args) < macro.least or (macro.most is not None and len(args) > macro.most):
        raise InputError(
            f"the SymPy function {kind} has {len(args)} operands", expected=macro.takes
        )
    return macro.build(*args)


def _atom(node: Any, kind: str, names: Mapping[str, Expr] | None) -> Expr:
    if getattr(node, "is_Symbol", False):
        name = str(node.name)
        if names is not None and name not in names:
            raise InputError(
                f"unknown symbol '{name}'", expected=", ".join(names), remedy=meant(name, names)
            )
        return var(name) if names is None else names[name]
    if getattr(node, "is_Rational", False):
        return const(Fraction(int(node.p), int(node.q)))
    if getattr(node, "is_Float", False):
        return const(_decimal(node))
    if kind in ATOMS:
        return ATOMS[kind]()
    what = (
        f"{node} is no number that a circuit can hold"
        if getattr(node, "is_number", False)
        else f"{node!r} is unknown"
    )
    raise InputError(f"SymPy's {what}", expected="finite real numbers, symbols and functions")


def _decimal(node: Any) -> Fraction:
    value = Fraction(str(node))
    if value and not Fraction(1, 10**300) < abs(value) < 10**300:
        raise InputError(
            "a SymPy Float is outside the range of numbers", remedy="rescale the expression"
        )
    return value


def piecewise(pairs: list[tuple[Expr, Expr]]) -> Expr:
    """The first value whose condition holds; the last condition must be true."""
    if not pairs:
        raise InputError("Piecewise takes pairs of a value and a condition")
    (result, last), rest = pairs[-1], pairs[:-1]
    if last is not const(1):
        raise InputError(
            "Piecewise has no value where none of its conditions holds",
            remedy="close it with (value, True)",
        )
    for value, condition in reversed(rest):
        result = where(condition, value, result)
    return result
