"""Vectors and matrices of expressions, while a text is read: designs have numbers alone.

A matrix times a vector is a sum per row, functions are taken element by element, and shapes that do
not fit are one message with both of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from symgate.ir import algebra
from symgate.ir.expr import VAR, Expr, var

#: Elements of one array.
MOST_ITEMS = 1 << 16


class Mismatch(ValueError):
    """Shapes that do not fit, in words."""


@dataclass(frozen=True, eq=False)
class Array:
    """A vector or a matrix: the lengths of its one or two axes, and its elements row by row."""

    shape: tuple[int, ...]
    items: tuple[Expr, ...]

    @staticmethod
    def vector(items: Sequence[Expr]) -> Array:
        """A vector of these elements."""
        return Array((len(items),), tuple(items))

    @property
    def is_matrix(self) -> bool:
        """Whether it has two axes."""
        return len(self.shape) == 2

    @property
    def rows(self) -> list[Sequence[Expr]]:
        """The rows of a matrix; a vector is one."""
        size = self.shape[-1]
        return [self.items[k : k + size] for k in range(0, len(self.items), size)]

    @property
    def text(self) -> str:
        """The shape in words.

        >>> Array((1, 2), (var("a"), var("b"))).text
        '1 x 2'
        """
        return " x ".join(map(str, self.shape)) if self.is_matrix else f"{self.shape[0]}"

    def transposed(self) -> Array:
        """Rows as columns; a vector as it is."""
        if not self.is_matrix:
            return self
        columns = zip(*self.rows, strict=True)
        return Array(self.shape[::-1], tuple(e for column in columns for e in column))

    def at(self, *index: int) -> Expr | Array:
        """An element, or a row of a matrix; raise `Mismatch` where there is none."""
        if not 1 <= len(index) <= len(self.shape):
            raise Mismatch(f"{len(index)} indices into {_called(self)}")
        for k, size in zip(index, self.shape, strict=False):
            if not 0 <= k < size:
                raise Mismatch(f"index {k} into {_called(self)}, counted from 0")
        if len(index) == len(self.shape):
            return self.rows[index[0]][index[1]] if self.is_matrix else self.items[index[0]]
        return Array.vector(self.rows[index[0]])


Operand = Expr | Array


def _called(value: Operand) -> str:
    if isinstance(value, Expr):
        return "a number"
    return f"a {'matrix' if value.is_matrix else 'vector'} of shape {value.text}"


def nested(parts: Sequence[Operand]) -> Array:
    """The vector of numbers, or the matrix of rows; raise `Mismatch` where these differ in length."""
    if not parts:
        raise Mismatch("a vector without elements")
    rows = [part for part in parts if isinstance(part, Array)]
    if not rows:
        return Array.vector([part for part in parts if isinstance(part, Expr)])
    shapes = dict.fromkeys(_called(part) for part in parts)
    if len(shapes) > 1 or rows[0].is_matrix:
        raise Mismatch(f"rows of a matrix are {' and '.join(shapes)}")
    return Array((len(rows), rows[0].shape[0]), tuple(e for row in rows for e in row.items))


def lifted(function: Callable[..., Expr], name: str, *args: Operand) -> Operand:
    """``function`` element by element; numbers are the same for all elements. Raise `Mismatch` where
    shapes differ.
    """
    arrays = [value for value in args if isinstance(value, Array)]
    if not arrays:
        return function(*args)
    shape = arrays[0].shape
    other = next((a for a in arrays if a.shape != shape), None)
    if other is not None:
        raise Mismatch(_unfit(arrays[0], other, name))
    columns = [
        value.items if isinstance(value, Array) else (value,) * len(arrays[0].items)
        for value in args
    ]
    return Array(shape, tuple(function(*each) for each in zip(*columns, strict=True)))


def _unfit(a: Operand, b: Operand, name: str) -> str:
    return f"{_called(a)} and {_called(b)} do not fit '{name}'"


def matmul(a: Operand, b: Operand) -> Operand:
    """``a @ b``; the name of a vector that is not known has as many elements as are needed."""
    if isinstance(b, Expr) and isinstance(a, Array):
        b = elements_of(b, a.shape[-1], a)
    if isinstance(a, Expr) and isinstance(b, Array):
        a = elements_of(a, b.shape[0], b)
    if isinstance(a, Expr) or isinstance(b, Expr) or a.shape[-1] != b.shape[0]:
        raise Mismatch(_unfit(a, b, "@"))
    columns = b.transposed().rows if b.is_matrix else [b.items]
    if len(a.rows) * len(columns) > MOST_ITEMS:
        raise Mismatch(f"a product of more than {MOST_ITEMS} elements")
    items = [_dot(row, column) for row in a.rows for column in columns]
    shape = a.shape[:-1] + b.shape[1:]
    return Array(shape, tuple(items)) if shape else items[0]


def elements_of(e: Expr, count: int, other: Operand) -> Array:
    """The vector whose name stands alone: ``x`` is x0, x1, ...; raise `Mismatch` for a number."""
    if e.op != VAR:
        raise Mismatch(_unfit(other, e, "@"))
    return Array.vector([var(f"{e.value}{k}") for k in range(count)])


def _dot(row: Sequence[Expr], column: Sequence[Expr]) -> Expr:
    return algebra.total([algebra.product([a, b]) for a, b in zip(row, column, strict=True)])


# ------------------------------------------------------------------ operators of text


def total(terms: Sequence[Operand]) -> Operand:
    """The sum, element by element."""
    return lifted(lambda *values: algebra.total(values), "+", *terms)


def product(factors: Sequence[Operand]) -> Operand:
    """The product: that of matrices where one is a matrix, as in SymPy, else element by element."""
    numbers = [factor for factor in factors if isinstance(factor, Expr)]
    if len(numbers) == len(factors):
        return algebra.product(numbers)
    result = factors[0]
    for factor in factors[1:]:
        both = isinstance(result, Array) and isinstance(factor, Array)
        matrices = any(isinstance(f, Array) and f.is_matrix for f in (result, factor))
        if both and matrices:
            result = matmul(result, factor)
        else:
            result = lifted(_plain_product, "*", result, factor)
    return result


def _plain_product(*factors: Expr) -> Expr:
    return algebra.product(factors)


def negated(value: Operand) -> Operand:
    """``-value``."""
    return lifted(algebra.negated, "-", value)


def quotient(above: Operand, below: Operand) -> Operand:
    """``above / below``, element by element."""
    return lifted(algebra.quotient, "/", above, below)


def powered(base: Operand, exponent: Operand) -> Operand:
    """``base ** exponent``, element by element."""
    return lifted(algebra.powered, "**", base, exponent)
