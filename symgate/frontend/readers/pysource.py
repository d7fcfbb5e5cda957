"""Python source: ``def f(x0, x1): return x0**2 + 2.5*np.cos(x1)``, lambdas and assignments, read by
its syntax tree.

Nothing is run. Read are straight lines: assignments, ``return``, and the functions of math, numpy,
torch and jax by their names. ``x[0]`` and ``x[:, 0]`` are the variable x0; a tuple that is returned
is several outputs.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from symgate.errors import InputError, Where
from symgate.frontend.imported import Imported
from symgate.frontend.language.definitions import Budget, macro
from symgate.frontend.language.functions import (
    COMMON,
    NORMALISED_SINC,
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
from symgate.frontend.options import Options, unstated
from symgate.frontend.readers.base import Content, Kind, Settings
from symgate.frontend.readers.fpcore.fpcore_ops import OPERATIONS
from symgate.frontend.readers.text import in_order, name_outputs
from symgate.ir.algebra import negated, powered, product, quotient, total
from symgate.ir.expr import Expr, const, make, var, variables

#: Names that math, numpy, torch and jax have for what we call otherwise.
FUNCTIONS: dict[str, Macro] = {
    **{name: OPERATIONS[name] for name in ("fmod", "remainder", "copysign", "trunc", "fma")},
    "multiply": Macro(2, 2, lambda x, y: product([x, y])),
    "mul": Macro(2, 2, lambda x, y: product([x, y])),
    "add": Macro(2, 2, lambda x, y: total([x, y])),
    "subtract": Macro(2, 2, lambda x, y: total([x, negated(y)])),
    "sub": Macro(2, 2, lambda x, y: total([x, negated(y)])),
    "divide": Macro(2, 2, quotient),
    "true_divide": Macro(2, 2, quotient),
    "div": Macro(2, 2, quotient),
    "negative": Macro(1, 1, negated),
    "positive": Macro(1, 1, lambda x: x),
    "power": Macro(2, 2, powered),
    "pow": Macro(2, 2, powered),
    "float_power": Macro(2, 2, powered),
    "absolute": Macro(1, 1, lambda x: make("abs", x)),
    "rsqrt": Macro(1, 1, lambda x: make("inv", make("sqrt", x))),
    "expit": Macro(1, 1, lambda x: make("sigmoid", x)),
    "sinc": NORMALISED_SINC,
    "float": Macro(1, 1, lambda x: x),
    "float32": Macro(1, 1, lambda x: x),
    "float64": Macro(1, 1, lambda x: x),
    "asarray": Macro(1, 1, lambda x: x),
    "array": Macro(1, 1, lambda x: x),
    "floor_divide": Macro(2, 2, lambda x, y: make("floor", quotient(x, y))),
    "degrees": Macro(1, 1, lambda x: quotient(product([const(180), x]), make("pi"))),
    "radians": Macro(1, 1, lambda x: quotient(product([make("pi"), x]), const(180))),
}
_CONSTANTS = {"pi": "pi", "e": "e"}
_MODULES = re.compile(
    r"(?:math|np|numpy|jnp|jax|torch|cp|scipy|special|sp|sympy|nn|functional|F|cmath|tf|keras|backend|K)$"
)
_COMPARE = {ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne"}
Scope = dict[str, Expr]


def matches(content: Content) -> bool:
    """Whether the text defines a function of Python."""
    form = r"^(?:def |import |from \w+ import|\w+ = lambda|lambda )"
    return content.suffix == ".py" or re.search(form, content.sample, re.MULTILINE) is not None


def read(content: Content, paths: Sequence[Path], options: Options) -> Imported:
    """The outputs of the last function of a file (or of the one that ``pick`` names), or of its
    assignments.
    """
    file = str(content.path)
    tree = _tree(content.text, file)
    reader = _Reader(content.text, file, options)
    found, parameters = reader.module(tree, options.pick)
    outputs = (
        found
        if isinstance(found, dict)
        else name_outputs(list(found), options.outputs, set(parameters))
    )
    if not outputs:
        raise InputError(
            "no expression is in this file", where=Where(file), expected="def f(x, y): return ..."
        )
    used = variables(outputs.values())
    inputs = {
        n: unstated(n, file)
        for n in in_order(
            {*used, *(parameter for parameter in parameters if parameter in used)}, parameters
        )
    }
    return Settings.of(options).apply(Imported(content.path.stem, inputs, outputs, file))


def _tree(text: str, file: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(_lines(text))
    except SyntaxError as e:
        where = Source(text, file).spot(0) if e.lineno is None else Where(file, e.lineno)
        raise InputError(f"this is no Python: {e.msg}", where=where) from None
    except (RecursionError, MemoryError):
        raise InputError(
            "the brackets of this Python are nested too deeply", where=Where(file)
        ) from None
    except ValueError as e:
        raise InputError(f"this is no Python: {e}", where=Where(file)) from None


def _lines(text: str) -> str:
    """``text`` from its first line with anything on, lines ended as Python counts them."""
    return re.sub(r"\r\n?|\f", "\n", text).lstrip()


class _Reader:
    """One run over one file."""

    def __init__(self, text: str, file: str, options: Options):
        self.text, self.file, self.options = text, file, options
        self.lines = _lines(text).split("\n")
        self.first = text[: len(text) - len(text.lstrip())].count("\n")
        self.functions: dict[str, Macro] = options.macros()
        self.budget = Budget(Source(text, file))

    def module(
        self, tree: ast.Module, pick: str | int
    ) -> tuple[dict[str, Expr] | Sequence[Expr], list[str]]:
        """The outputs of a file, and the names of its parameters in their order."""
        scope: Scope = {}
        last: tuple[Sequence[Expr], list[str]] | None = None
        assigned: dict[str, Expr] = {}
        for statement in tree.body:
            defined = self.definition(statement)
            if defined is not None:
                name, parameters, values = defined
                if pick in ("best", name):
                    last = values, parameters
                if len(values) == 1:
                    self.functions[name] = macro(parameters, values[0], self.budget)
            elif isinstance(statement, ast.Expr) and not isinstance(statement.value, ast.Constant):
                last = self.values(statement.value, scope), []
            elif isinstance(statement, ast.Assign):
                assigned |= self.assign(statement, scope)
            elif not isinstance(statement, (ast.Import, ast.ImportFrom, ast.Expr)):
                raise self.error(
                    "this statement is not read", statement, "def, =, or an expression"
                )
        if last is None and isinstance(pick, str) and pick != "best":
            raise InputError(f"no function is named '{pick}'", where=Where(self.file))
        return last or (assigned, [])

    def definition(self, statement: ast.stmt) -> tuple[str, list[str], Sequence[Expr]] | None:
        """The name, the parameters and the values of ``def`` or of an assigned lambda."""
        if isinstance(statement, ast.FunctionDef):
            parameters = self.parameters(statement.args, statement)
            return (
                statement.name,
                parameters,
                self.body(statement, {parameter: var(parameter) for parameter in parameters}),
            )
        if isinstance(statement, (ast.Assign, ast.Expr)) and isinstance(
            statement.value, ast.Lambda
        ):
            target = statement.targets[0] if isinstance(statement, ast.Assign) else None
            name = target.id if isinstance(target, ast.Name) else "f"
            parameters = self.parameters(statement.value.args, statement)
            return (
                name,
                parameters,
                self.values(
                    statement.value.body, {parameter: var(parameter) for parameter in parameters}
                ),
            )
        return None

    def parameters(self, stated: ast.arguments, place: ast.stmt) -> list[str]:
        """The names of parameters."""
        if stated.vararg or stated.kwarg or stated.defaults or any(stated.kw_defaults):
            raise self.error("parameters with defaults or stars are not read", place, "def f(x, y)")
        return [
            a.arg
            for a in (*stated.posonlyargs, *stated.args, *stated.kwonlyargs)
            if a.arg != "self"
        ]

    def body(self, function: ast.FunctionDef, scope: Scope) -> Sequence[Expr]:
        """What a function returns."""
        for statement in function.body:
            if isinstance(statement, ast.Return) and statement.value is not None:
                return self.values(statement.value, scope)
            if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
                self.assign(statement, scope)
            elif not isinstance(statement, ast.Expr):
                kind = type(statement).__name__.lower()
                raise self.error(
                    f"'{kind}' is not read",
                    statement,
                    "assignments and a return; write a if c else b",
                )
        raise self.error(f"the function '{function.name}' returns nothing", function, "return ...")

    def assign(
        self, statement: ast.Assign | ast.AnnAssign | ast.AugAssign, scope: Scope
    ) -> dict[str, Expr]:
        """``a = b``, ``a, b = c, d`` and ``a += b``."""
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        if statement.value is None:
            return {}
        values = self.values(statement.value, scope)
        if isinstance(statement, ast.AugAssign):
            before = run(self.step(statement.target, scope))
            values = [_operated(statement.op, before, values[0]) or self.unread(statement)]
        found: dict[str, Expr] = {}
        for target in targets:
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            if len(names) != len(values) or not all(isinstance(name, ast.Name) for name in names):
                raise self.error("this assignment is not read", statement, "name = expression")
            found |= {
                n.id: v for n, v in zip(names, values, strict=True) if isinstance(n, ast.Name)
            }
        scope |= found
        return found

    def unread(self, place: ast.AST) -> Expr:
        """Refuse an operator."""
        raise self.error(
            "this operator has no meaning on real numbers", place, "+ - * / ** % // and comparisons"
        )

    def values(self, node: ast.expr, scope: Scope) -> Sequence[Expr]:
        """The elements of a tuple or a list, or one value."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            stacked = node.func.attr in (
                "array",
                "stack",
                "hstack",
                "column_stack",
                "asarray",
                "tensor",
            )
            node = (
                node.args[0]
                if stacked and isinstance(node.args[0], (ast.Tuple, ast.List))
                else node
            )
        items = node.elts if isinstance(node, (ast.Tuple, ast.List)) else [node]
        return [run(self.step(item, scope)) for item in items]

    def step(self, node: ast.AST, scope: Scope) -> Step[Expr]:
        """One expression."""
        if isinstance(node, ast.Constant):
            return self.constant(node)
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
            return self.name(node, scope)
        args: Sequence[ast.expr] = _operands(node)
        values = list[Expr]()
        for arg in args:
            values += [(yield self.step(arg, scope))]
        return self.build(node, values)

    def build(self, node: ast.AST, values: list[Expr]) -> Expr:
        """An operator on its operands."""
        if isinstance(node, ast.BinOp):
            return _operated(node.op, *values) or self.unread(node)
        if isinstance(node, ast.UnaryOp):
            if isinstance(node.op, ast.Invert) and not is_boolean(values[0]):
                self.unread(node)
            if isinstance(node.op, ast.UAdd):
                return values[0]
            if isinstance(node.op, ast.USub):
                return negated(values[0])
            return make("not", truth(values[0]))
        if isinstance(node, ast.Compare):
            if any(type(op) not in _COMPARE for op in node.ops):
                self.unread(node)
            return chain("and")(*(make(_COMPARE[type(op)], a, b) for op, a, b in
                                  zip(node.ops, values, values[1:], strict=False)))  # fmt: skip
        if isinstance(node, ast.BoolOp):
            return chain("and" if isinstance(node.op, ast.And) else "or")(*values)
        if isinstance(node, ast.IfExp):
            return where(*values)
        if isinstance(node, ast.Call):
            return self.call(node, values)
        raise self.error(
            f"'{type(node).__name__.lower()}' is no expression of numbers",
            node,
            "arithmetic and functions",
        )

    def call(self, node: ast.Call, values: list[Expr]) -> Expr:
        """A function, or a method such as ``x.sin()``."""
        name = (
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        )
        found = self.functions.get(name) or FUNCTIONS.get(name) or lookup(name, {})
        if node.keywords or found is None:
            known = [*FUNCTIONS, *COMMON, *self.functions]
            remedy = meant(name, known) or f"define it: --function '{name}(x) = ...'"
            raise self.error(f"unknown function '{name}'", node, remedy=remedy)
        if len(values) < found.least or (found.most is not None and len(values) > found.most):
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

    def name(self, node: ast.AST, scope: Scope) -> Expr:
        """A variable, an element of one, or a constant of a module."""
        if isinstance(node, ast.Subscript):
            return var(self.element(node))
        if isinstance(node, ast.Attribute):
            module = node.value.id if isinstance(node.value, ast.Name) else ""
            if _MODULES.match(module) and node.attr in _CONSTANTS:
                return make(_CONSTANTS[node.attr])
            if module == "self":
                return var(node.attr)
            raise self.error(f"unknown name '{module}.{node.attr}'", node, "math.pi or math.e")
        name = node.id if isinstance(node, ast.Name) else ""
        if name in scope:
            return scope[name]
        return make("pi") if name == "pi" else var(name)

    def element(self, node: ast.Subscript) -> str:
        """``x[0]``, ``x[:, 0]`` and ``row["pt"]`` as a name."""
        base = node.value.id if isinstance(node.value, ast.Name) else ""
        index = node.slice
        if (
            isinstance(index, ast.Tuple)
            and index.elts
            and isinstance(index.elts[0], (ast.Slice, ast.Constant))
        ):
            index = index.elts[-1]
        if (
            not base
            or not isinstance(index, ast.Constant)
            or not isinstance(index.value, (int, str))
        ):
            raise self.error("this element is not read", node, "x[0] or x[:, 0]")
        return (
            index.value if isinstance(index.value, str) and index.value else f"{base}{index.value}"
        )

    def place(self, node: ast.AST) -> Source:
        """The text from ``node`` on, in its place."""
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        text = self.lines[line - 1]
        at = len(text.encode()[:column].decode(errors="ignore"))
        return (
            Source(text, self.file, line + self.first, 1).part(at)
            if len(text) < 10_000
            else Source(text[at : at + 80], self.file, line + self.first, at + 1)
        )

    def error(
        self, what: str, node: ast.AST, expected: str | None = None, remedy: str | None = None
    ) -> InputError:
        """An error that points at ``node``."""
        return self.place(node).error(what, 0, expected=expected, remedy=remedy)


def _operands(node: ast.AST) -> Sequence[ast.expr]:
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
    if isinstance(node, ast.Call):
        method = isinstance(node.func, ast.Attribute) and not _is_module(node.func.value)
        return (
            [node.func.value, *node.args]
            if method and isinstance(node.func, ast.Attribute)
            else node.args
        )
    return []


def _is_module(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return _is_module(node.value)
    return isinstance(node, ast.Name) and _MODULES.match(node.id) is not None


def _operated(op: ast.operator, x: Expr, y: Expr) -> Expr | None:
    """A binary operator on real numbers; None for one that has no meaning there."""
    meaning = _BINARY.get(type(op))
    if meaning is None or (
        type(op) in (ast.BitAnd, ast.BitOr) and not (is_boolean(x) and is_boolean(y))
    ):
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
}


KIND = Kind(
    "Python source", "python", matches, read, example="def f(x0, x1): return x0**2 + 2.5*np.cos(x1)"
)
