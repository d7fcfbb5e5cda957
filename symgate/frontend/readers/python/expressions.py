"""Expressions of Python by their syntax trees; steps yield steps, so that depth is bounded by memory
alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence

from symgate.errors import InputError
from symgate.frontend.language.arrays import Array, Mismatch
from symgate.frontend.language.definitions import Budget
from symgate.frontend.language.functions import (
    COMMON,
    Macro,
    chain,
    is_boolean,
    lookup,
    truth,
    where,
)
from symgate.frontend.language.source import Source, meant
from symgate.frontend.language.tokens import NUMBER, Token, number
from symgate.frontend.language.walk import Step, run
from symgate.frontend.readers.python import arrays, vectors
from symgate.frontend.readers.python.functions import CONSTANTS, FUNCTIONS, MATH, both, either
from symgate.frontend.readers.python.known import Known, Vector
from symgate.ir.algebra import negated, powered, product, quotient, total
from symgate.ir.expr import Expr, const, make, var

_MODULES = frozenset(
    {"math", "np", "numpy", "jnp", "jax", "torch", "cp", "scipy", "special", "sp", "sympy", "nn"}
    | {"functional", "F", "cmath", "tf", "keras", "backend", "K", "linalg", "polynomial"}
)
_COMPARE = {ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne"}
_STACKS = ("array", "stack", "hstack", "column_stack", "asarray", "tensor")


class Expressions:
    """Expressions of one file."""

    def __init__(self, text: str, file: str, functions: Mapping[str, Macro]):
        self.text, self.file = text, file
        self.lines = lines(text).split("\n")
        self.first = text[: len(text) - len(text.lstrip())].count("\n")
        self.functions: dict[str, Macro] = dict(functions)
        self.modules = set(_MODULES)
        self.aliases: dict[str, tuple[str, str]] = {}  # of what is imported by name
        self.expanded: dict[str, int] = {}  # names that are vectors, by their use
        self.budget = Budget(Source(text, file))

    def value(self, node: ast.expr, known: Known) -> Expr:
        """One expression."""
        return run(self.step(node, known))

    def values(self, node: ast.expr, known: Known) -> Sequence[Expr]:
        """The elements of a tuple or a list, or one value."""
        found = self.vector(node, known)
        return [self.value(node, known)] if found is None else found

    def vector(self, node: ast.expr, known: Known, length: int | None = None) -> Vector | None:
        """The numbers of a list or of a vector of the file, None where ``node`` is none; of a name
        that is not known, as many elements as are needed.
        """
        found = arrays.array(self, node, known, length)
        if found is None or not found.is_matrix:
            return None if found is None else list(found.items)
        what = f"this has shape {found.text}, where a vector is needed"
        raise self.error(what, node)

    def stacked(self, node: ast.expr) -> ast.expr | None:
        """What a function is given that makes an array of it."""
        makes = isinstance(node, ast.Call) and node.args and self._stacks(node.func)
        return node.args[0] if isinstance(node, ast.Call) and makes else None

    def _stacks(self, function: ast.expr) -> bool:
        """Whether a function makes a vector of what it is given, such as np.array."""
        return (
            isinstance(function, ast.Attribute)
            and function.attr in _STACKS
            and self.is_module(function.value)
        )

    def step(self, node: ast.AST, known: Known) -> Step[Expr]:
        """One expression."""
        if isinstance(node, ast.Constant):
            return self.constant(node)
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
            return self.name(node, known)
        product_of = self.of_vectors(node, known)
        if product_of is not None:
            return product_of
        found = list[Expr]()
        for operand in self.operands(node):
            value: Expr = yield self.step(operand, known)
            found.append(value)
        return self.build(node, found)

    def of_vectors(self, node: ast.AST, known: Known) -> Expr | None:
        """What takes whole vectors: ``a @ b`` and functions such as np.dot."""
        sides = arrays.joined(self, node) if isinstance(node, ast.expr) else None
        if isinstance(node, ast.expr) and sides is not None:
            found = arrays.product(self, node, sides, known)
            if isinstance(found, Array):
                raise self.error(f"this has shape {found.text}, where a number is needed", node)
            return found or vectors.dot(self, node, sides, known)
        if isinstance(node, ast.Call):
            name, module = self.called(node)
            reader = vectors.FUNCTIONS.get(name)
            if reader is not None and name not in self.functions:
                takes = reader if module != "polynomial" else vectors.ascending
                return takes(self, node, list(node.args), known)
        return None

    def build(self, node: ast.AST, values: list[Expr]) -> Expr:
        """An operator on its operands."""
        if isinstance(node, ast.BinOp):
            return operated(node.op, *values) or self.unread(node)
        if isinstance(node, ast.UnaryOp):
            return self.unary(node, values[0])
        if isinstance(node, ast.Compare):
            if any(type(op) not in _COMPARE for op in node.ops):
                self.unread(node)
            return chain("and")(*(make(_COMPARE[type(op)], a, b) for op, a, b in
                                  zip(node.ops, values, values[1:], strict=False)))  # fmt: skip
        if isinstance(node, ast.BoolOp):
            joined = both if isinstance(node.op, ast.And) else either
            result = values[-1]
            for value in reversed(values[:-1]):
                result = joined(value, result)
            return result
        if isinstance(node, ast.IfExp):
            return where(*values)
        if isinstance(node, ast.Call):
            return self.call(node, values)
        kind = type(node).__name__.lower()
        raise self.error(f"'{kind}' is no expression of numbers", node, "arithmetic and functions")

    def unary(self, node: ast.UnaryOp, value: Expr) -> Expr:
        """``-x``, ``+x``, ``not x`` and ``~x`` of a condition."""
        if isinstance(node.op, ast.Invert) and not is_boolean(value):
            self.unread(node)
        if isinstance(node.op, ast.UAdd):
            return value
        if isinstance(node.op, ast.USub):
            return negated(value)
        return make("not", truth(value))

    def unread(self, place: ast.AST) -> Expr:
        """Refuse an operator."""
        raise self.error(
            "this operator has no meaning on real numbers", place, "+ - * / ** % // and comparisons"
        )

    def called(self, node: ast.Call) -> tuple[str, str]:
        """The name of the function that is called, and the module that it comes from."""
        if isinstance(node.func, ast.Attribute):
            base = node.func.value
            inner = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
            return node.func.attr, inner
        name = getattr(node.func, "id", "")
        module, original = self.aliases.get(name, ("", name))
        return original, module

    def call(self, node: ast.Call, values: list[Expr]) -> Expr:
        """A function, or a method such as ``x.sin()``."""
        name, module = self.called(node)
        found = self.functions.get(name) or (MATH.get(name) if module == "math" else None)
        found = found or FUNCTIONS.get(name) or lookup(name, {})
        if node.keywords or found is None:
            known = [*FUNCTIONS, *COMMON, *self.functions]
            remedy = meant(name, known) or f"define it: --function '{name}(x) = ...'"
            raise self.error(f"unknown function '{name}'", node, remedy=remedy)
        if not found.accepts(len(values)):
            raise self.error(f"{name} takes {found.takes}, got {len(values)}", node, found.takes)
        return found.build(*values)

    def constant(self, node: ast.Constant) -> Expr:
        """A number, with the digits of the text."""
        if isinstance(node.value, bool):
            return const(int(node.value))
        if not isinstance(node.value, (int, float)):
            raise self.error("this is no real number", node)
        if isinstance(node.value, int):
            return const(number(Token(NUMBER, str(node.value), 0), self.place(node)))
        line = self.lines[node.lineno - 1].encode()
        text = line[node.col_offset : node.end_col_offset].decode().replace("_", "")
        return const(number(Token(NUMBER, text, 0), self.place(node)))

    def name(self, node: ast.AST, known: Known) -> Expr:
        """A variable, an element of one, or a constant of a module."""
        if isinstance(node, ast.Subscript):
            return self.element(node, known)
        if isinstance(node, ast.Attribute):
            module = node.value.id if isinstance(node.value, ast.Name) else ""
            if module in self.modules and node.attr in CONSTANTS:
                return CONSTANTS[node.attr]()
            if module == "self":
                return var(node.attr)
            raise self.error(f"unknown name '{module}.{node.attr}'", node, "math.pi or math.e")
        name = node.id if isinstance(node, ast.Name) else ""
        if name in known.values:
            return known.values[name]
        if name in known.unread:
            raise known.unread[name]
        if name in known.vectors or name in known.matrices:
            raise self.error(f"'{name}' is several numbers", node, f"{name}[0], or np.dot")
        if name in self.aliases and self.aliases[name][1] in CONSTANTS:
            return CONSTANTS[self.aliases[name][1]]()
        return make("pi") if name == "pi" else var(name)

    def element(self, node: ast.Subscript, known: Known) -> Expr:
        """``x[0]``, ``x[:, 0]`` and ``row["pt"]``: a number of a vector of the file, or an input."""
        base = node.value.id if isinstance(node.value, ast.Name) else ""
        index = node.slice
        several = index.elts if isinstance(index, ast.Tuple) else []
        if several and isinstance(several[0], (ast.Slice, ast.Constant)):
            index = several[-1]
        place = index.value if isinstance(index, ast.Constant) else None
        if base in known.unread:
            raise known.unread[base]
        if base in known.vectors:
            numbers = known.vectors[base]
            if not isinstance(place, int) or not 0 <= place < len(numbers):
                raise self.error(f"{base} has {len(numbers)} elements", node, f"{base}[0]")
            return numbers[place]
        whole = None if base and base not in known.matrices else self.whole(node, known)
        if whole is not None:
            return whole
        if not base or isinstance(place, bool) or not isinstance(place, (int, str)):
            raise self.error("this element is not read", node, "x[0] or x[:, 0]")
        name = place if isinstance(place, str) and place else f"{base}{place}"
        if name != place and known.values.get(name) is not None:
            what = f"{base}[{place}] and {name} are two variables"
            raise self.error(what, node, remedy="rename one of them")
        return var(name)

    def whole(self, node: ast.Subscript, known: Known) -> Expr | None:
        """An element of a vector or a matrix that is computed, or of a matrix of the file."""
        found = arrays.array(self, node.value, known)
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        places = [part.value if isinstance(part, ast.Constant) else None for part in parts]
        if found is None or not all(type(place) is int for place in places):
            return None
        try:
            value = found.at(*(place for place in places if isinstance(place, int)))
        except Mismatch as problem:
            raise self.error(str(problem), node) from None
        if isinstance(value, Array):
            raise self.error(f"this has shape {value.text}, where a number is needed", node)
        return value

    def operands(self, node: ast.AST) -> Sequence[ast.expr]:
        """The parts of an expression that are expressions, in the order of its meaning."""
        if isinstance(node, ast.BinOp):
            return [node.left, node.right]
        if isinstance(node, ast.UnaryOp):
            return [node.operand]
        if isinstance(node, ast.Compare):
            return [node.left, *node.comparators]
        if isinstance(node, ast.BoolOp):
            return node.values
        if isinstance(node, ast.IfExp):
            return [node.test, node.body, node.orelse]
        if not isinstance(node, ast.Call):
            return []
        method = isinstance(node.func, ast.Attribute) and not self.is_module(node.func.value)
        if method and isinstance(node.func, ast.Attribute):
            return [node.func.value, *node.args]
        return node.args

    def is_module(self, node: ast.expr) -> bool:
        """Whether ``node`` names a module."""
        if isinstance(node, ast.Attribute):
            return self.is_module(node.value)
        return isinstance(node, ast.Name) and node.id in self.modules

    def place(self, node: ast.AST) -> Source:
        """The text from ``node`` on, in its place."""
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        text = self.lines[line - 1]
        at = len(text.encode()[:column].decode(errors="ignore"))
        if len(text) < 10_000:
            return Source(text, self.file, line + self.first, 1).part(at)
        return Source(text[at : at + 80], self.file, line + self.first, at + 1)

    def error(
        self, what: str, node: ast.AST, expected: str | None = None, remedy: str | None = None
    ) -> InputError:
        """An error that points at ``node``."""
        return self.place(node).error(what, 0, expected=expected, remedy=remedy)


def lines(text: str) -> str:
    """``text`` from its first line with anything on, lines ended as Python counts them."""
    return re.sub(r"\r\n?|\f", "\n", text).lstrip()


def operated(op: ast.operator, x: Expr, y: Expr) -> Expr | None:
    """A binary operator on real numbers; None for one that has no meaning there."""
    meaning = _BINARY.get(type(op))
    logical = type(op) in (ast.BitAnd, ast.BitOr, ast.BitXor)
    if meaning is None or (logical and not (is_boolean(x) and is_boolean(y))):
        return None
    return meaning(x, y)


_BINARY: Mapping[type, Callable[[Expr, Expr], Expr]] = {
    ast.Add: lambda x, y: total([x, y]),
    ast.Sub: lambda x, y: total([x, negated(y)]),
    ast.Mult: lambda x, y: product([x, y]),
    ast.Div: quotient,
    ast.Pow: powered,
    ast.Mod: lambda x, y: make("mod", x, y),
    ast.FloorDiv: lambda x, y: make("floor", quotient(x, y)),
    ast.BitAnd: lambda x, y: make("and", x, y),
    ast.BitOr: lambda x, y: make("or", x, y),
    ast.BitXor: lambda x, y: make("ne", x, y),
}
