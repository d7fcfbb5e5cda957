"""Functions of NumPy that take vectors of numbers: np.dot, np.polyval, np.interp, np.select, and sums."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Protocol

from symgate.errors import InputError
from symgate.frontend.language.functions import ZERO, argmax, argmin, truth, where
from symgate.frontend.language.values import exact_value
from symgate.frontend.readers.python.known import Known, Vector
from symgate.ir.algebra import negated, product, quotient, total
from symgate.ir.expr import Expr, const, make, var


class Expressions(Protocol):
    """What these functions need of who reads expressions."""

    expanded: dict[str, int]

    def value(self, node: ast.expr, known: Known) -> Expr:
        """One expression."""

    def vector(self, node: ast.expr, known: Known, length: int | None = None) -> Vector | None:
        """The numbers of a vector, None where there is none."""

    def error(
        self, what: str, node: ast.AST, expected: str | None = None, remedy: str | None = None
    ) -> InputError:
        """An error that points at ``node``."""


Build = Callable[[Expressions, ast.expr, Sequence[ast.expr], Known], Expr | None]


def _keywords(node: ast.expr) -> list[ast.keyword]:
    return node.keywords if isinstance(node, ast.Call) else []


def dot(read: Expressions, node: ast.expr, args: Sequence[ast.expr], known: Known) -> Expr | None:
    """``np.dot(a, b)`` of two vectors; of two numbers their product."""
    if len(args) != 2 or _keywords(node):
        return None
    first = read.vector(args[0], known)
    second = read.vector(args[1], known, None if first is None else len(first))
    if first is None and second is not None:
        first = read.vector(args[0], known, len(second))
    if first is None or second is None:
        if first is None and second is None and not isinstance(node, ast.BinOp):
            return product([read.value(arg, known) for arg in args])
        raise read.error("this is no vector of known length", node, "np.dot([a, b], [x, y])")
    if len(first) != len(second):
        raise read.error(f"vectors of {len(first)} and {len(second)} numbers", node)
    return total([product([a, b]) for a, b in zip(first, second, strict=True)])


def polyval(
    read: Expressions, node: ast.expr, args: Sequence[ast.expr], known: Known
) -> Expr | None:
    """``np.polyval(p, x)``, the highest power first."""
    if len(args) != 2:
        return None
    return _horner(_needed(read, args[0], known), read.value(args[1], known))


def ascending(
    read: Expressions, node: ast.expr, args: Sequence[ast.expr], known: Known
) -> Expr | None:
    """``np.polynomial.polynomial.polyval(x, c)``, the lowest power first."""
    if len(args) != 2 or getattr(getattr(node, "func", None), "attr", "") != "polyval":
        return None
    return _horner(_needed(read, args[1], known)[::-1], read.value(args[0], known))


def _horner(coefficients: Sequence[Expr], x: Expr) -> Expr:
    result = coefficients[0]
    for coefficient in coefficients[1:]:
        result = total([product([result, x]), coefficient])
    return result


def _needed(read: Expressions, node: ast.expr, known: Known) -> list[Expr]:
    found = read.vector(node, known)
    if not found:
        raise read.error("this is no vector of known numbers", node, "a list such as [1.0, 2.0]")
    return found


def interp(
    read: Expressions, node: ast.expr, args: Sequence[ast.expr], known: Known
) -> Expr | None:
    """``np.interp(x, xp, fp)``: linear between the points, and their ends outside of them."""
    if len(args) != 3 or _keywords(node):
        raise read.error("np.interp is read with three operands", node, "np.interp(x, xp, fp)")
    x = read.value(args[0], known)
    places = [exact_value(e) if e.closed else None for e in _needed(read, args[1], known)]
    values = _needed(read, args[2], known)
    if None in places or len(places) != len(values):
        raise read.error("the points are no known numbers", node, "lists of one length")
    known_places = [place for place in places if place is not None]
    if any(a >= b for a, b in pairwise(known_places)):
        raise read.error("the places of the points do not rise", node, "sorted places")
    at = exact_value(x) if x.closed else None
    if at is not None:
        return _interpolated(at, known_places, values)
    result, before = values[0], ZERO
    for (x0, x1), (y0, y1) in zip(pairwise(known_places), pairwise(values), strict=True):
        slope = quotient(total([y1, negated(y0)]), const(x1 - x0))
        above = make("relu", total([x, const(-x0)]))
        result = total([result, product([total([slope, negated(before)]), above])])
        before = slope
    last = make("relu", total([x, const(-known_places[-1])]))
    return total([result, product([negated(before), last])])


def _interpolated(at: Fraction, places: Sequence[Fraction], values: Sequence[Expr]) -> Expr:
    """The value at a number; at points and outside of them, theirs without any rounding."""
    k = bisect_right(places, at)
    if k in (0, len(places)) or at == places[k - 1]:
        return values[max(k - 1, 0)]
    part = const((at - places[k - 1]) / (places[k] - places[k - 1]))
    rise = total([values[k], negated(values[k - 1])])
    return total([values[k - 1], product([part, rise])])


def select(
    read: Expressions, node: ast.expr, args: Sequence[ast.expr], known: Known
) -> Expr | None:
    """``np.select(conditions, values, default)``: the first that holds."""
    keywords = {k.arg: k.value for k in _keywords(node)}
    otherwise = args[2] if len(args) > 2 else keywords.pop("default", None)
    if len(args) < 2 or keywords:
        return None
    conditions, values = _needed(read, args[0], known), _needed(read, args[1], known)
    if len(conditions) != len(values):
        raise read.error(f"{len(conditions)} conditions and {len(values)} values", node)
    result = ZERO if otherwise is None else read.value(otherwise, known)
    for condition, value in reversed(list(zip(conditions, values, strict=True))):
        result = where(truth(condition), value, result)
    return result


def _reduced(join: Callable[[Sequence[Expr]], Expr]) -> Build:
    def build(
        read: Expressions, node: ast.expr, args: Sequence[ast.expr], known: Known
    ) -> Expr | None:
        found = read.vector(args[0], known) if len(args) == 1 else None
        if not found or _keywords(node):
            return None
        for name in _sides(args[0]):
            if known.values.get(name.id) is var(name.id) and name.id not in read.expanded:
                what = f"'{name.id}' may be a number or a vector here"
                raise read.error(what, name, remedy="write np.dot(a, x), or x[0]")
        return join(found)

    return build


def _sides(node: ast.expr) -> list[ast.Name]:
    """The names that arithmetic joins; NumPy takes them with one or with several numbers."""
    found = list[ast.Name]()
    stack: list[ast.expr] = [node] if isinstance(node, ast.BinOp) else []
    while stack:
        part = stack.pop()
        if isinstance(part, ast.BinOp) and not isinstance(part.op, ast.MatMult):
            stack += [part.left, part.right]
        found += [part] if isinstance(part, ast.Name) else []
    return found


#: By name; None of a function means that its operands are plain numbers.
FUNCTIONS: Mapping[str, Build] = {
    "dot": dot,
    "inner": dot,
    "vdot": dot,
    "matmul": dot,
    "polyval": polyval,
    "interp": interp,
    "select": select,
    "argmax": _reduced(lambda found: argmax(*found) if len(found) > 1 else ZERO),
    "argmin": _reduced(lambda found: argmin(*found) if len(found) > 1 else ZERO),
    "sum": _reduced(total),
    "prod": _reduced(product),
    "max": _reduced(lambda found: make("max", *found) if len(found) > 1 else found[0]),
    "min": _reduced(lambda found: make("min", *found) if len(found) > 1 else found[0]),
}
