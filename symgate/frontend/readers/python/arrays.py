"""Expressions of Python whose value is a vector or a matrix: ``np.tanh(A @ x + b)``, ``A.T``, ``W[0]``.

Products are NumPy's: ``@`` and np.dot join, ``*`` is taken element by element.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Protocol

from symgate.errors import InputError
from symgate.frontend.language.arrays import Array, Mismatch, Operand, lifted, matmul, nested
from symgate.frontend.readers.python.known import Known
from symgate.ir.expr import Expr, var

_JOINING = ("dot", "matmul", "inner", "vdot")
_REDUCING = ("sum", "prod", "max", "min", "polyval", "interp", "select", "argmax", "argmin")
#: Expressions inside each other.
_DEEPEST = 200


class Expressions(Protocol):
    """What reading arrays needs of who reads expressions."""

    expanded: dict[str, int]

    def value(self, node: ast.expr, known: Known) -> Expr:
        """One number."""

    def build(self, node: ast.AST, values: list[Expr]) -> Expr:
        """An operator on its operands."""

    def operands(self, node: ast.AST) -> Sequence[ast.expr]:
        """The parts of an expression that are expressions."""

    def stacked(self, node: ast.expr) -> ast.expr | None:
        """What np.array and the like are given."""

    def called(self, node: ast.Call) -> tuple[str, str]:
        """The function that is called, and its module."""

    def error(
        self, what: str, node: ast.AST, expected: str | None = None, remedy: str | None = None
    ) -> InputError:
        """An error that points at ``node``."""


def array(
    read: Expressions, node: ast.expr, known: Known, length: int | None = None, depth: int = 0
) -> Array | None:
    """The vector or matrix that ``node`` is, None where it is a number; of a name that is not known,
    as many elements as are needed.
    """
    if depth == 0 and length is None and not _holds_arrays(node, known):
        return None
    if depth > _DEEPEST:
        raise read.error("vectors are nested too deeply", node)
    try:
        return _array(read, node, known, length, depth + 1)
    except Mismatch as problem:
        raise read.error(str(problem), node) from None


def _holds_arrays(node: ast.expr, known: Known) -> bool:
    names = {*known.vectors, *known.matrices}
    return any(
        isinstance(part, (ast.List, ast.Tuple, ast.MatMult))
        or (isinstance(part, ast.Name) and part.id in names)
        for part in ast.walk(node)
    )


def _array(
    read: Expressions, node: ast.expr, known: Known, length: int | None, depth: int
) -> Array | None:
    inner = read.stacked(node)
    if inner is not None:
        return array(read, inner, known, length, depth)
    if isinstance(node, (ast.Tuple, ast.List)):
        return nested([_operand(read, part, known, depth) for part in node.elts])
    if isinstance(node, ast.Name):
        return _named(read, node, known, length)
    if isinstance(node, ast.Attribute):
        whole = array(read, node.value, known, None, depth) if node.attr == "T" else None
        return None if whole is None else whole.transposed()
    if isinstance(node, ast.Subscript):
        return _row(read, node, known, depth)
    sides = joined(read, node)
    if sides is not None:
        found = product(read, node, sides, known, depth)
        return found if isinstance(found, Array) else None
    if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Call, ast.Compare, ast.IfExp)):
        return _each(read, node, known, depth)
    return None


def _operand(read: Expressions, node: ast.expr, known: Known, depth: int) -> Operand:
    found = array(read, node, known, None, depth)
    return read.value(node, known) if found is None else found


def _named(read: Expressions, node: ast.Name, known: Known, length: int | None) -> Array | None:
    name = node.id
    if name in known.matrices:
        return known.matrices[name]
    if name in known.vectors:
        return Array.vector(known.vectors[name])
    if known.values.get(name, var(name)) is not var(name):
        return None
    count = length or read.expanded.get(name)
    if count is None:
        return None
    read.expanded[name] = count
    return Array.vector([var(f"{name}{k}") for k in range(count)])


def _row(read: Expressions, node: ast.Subscript, known: Known, depth: int) -> Array | None:
    """``W[0]`` of a matrix."""
    whole = array(read, node.value, known, None, depth)
    place = node.slice.value if isinstance(node.slice, ast.Constant) else None
    if whole is None or not whole.is_matrix or not isinstance(place, int):
        return None
    found = whole.at(place)
    return found if isinstance(found, Array) else None


def joined(read: Expressions, node: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    """The sides of ``a @ b``, np.dot(a, b) or a.dot(b)."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return node.left, node.right
    if isinstance(node, ast.Call) and read.called(node)[0] in _JOINING and not node.keywords:
        parts = read.operands(node)
        return (parts[0], parts[1]) if len(parts) == 2 else None
    return None


def product(
    read: Expressions,
    node: ast.expr,
    sides: tuple[ast.expr, ast.expr],
    known: Known,
    depth: int = 0,
) -> Operand | None:
    """The product of two arrays; None where neither side is known to be one."""
    first = array(read, sides[0], known, None, depth + 1)
    second = array(read, sides[1], known, None if first is None else first.shape[-1], depth + 1)
    if first is None and second is not None:
        first = array(read, sides[0], known, second.shape[0], depth + 1)
    if first is None or second is None:
        return None
    try:
        return matmul(first, second)
    except Mismatch as problem:
        raise read.error(str(problem), node) from None


def _is_list(node: ast.expr, known: Known) -> bool:
    """Whether it is a list of Python, which knows no arithmetic of its elements."""
    named = isinstance(node, ast.Name) and node.id in known.lists
    return named or isinstance(node, (ast.List, ast.Tuple))


def _each(read: Expressions, node: ast.expr, known: Known, depth: int) -> Array | None:
    """An operator or a function, element by element; None where no operand is an array."""
    if isinstance(node, ast.Call) and read.called(node)[0] in _REDUCING:
        return None
    parts = read.operands(node)
    found = [array(read, part, known, None, depth) for part in parts]
    arrays = [part for part, value in zip(parts, found, strict=True) if value is not None]
    if not arrays or (isinstance(node, ast.BinOp) and all(_is_list(a, known) for a in arrays)):
        return None
    values: list[Operand] = []
    for part, value in zip(parts, found, strict=True):
        values.append(read.value(part, known) if value is None else value)
    name = type(getattr(node, "op", node)).__name__.lower()
    result = lifted(lambda *each: read.build(node, list(each)), name, *values)
    assert isinstance(result, Array)
    return result
