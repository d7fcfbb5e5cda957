"""Statements of Python: what a module assigns and what its functions return, over all ways through."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from symgate.errors import InputError, Where
from symgate.frontend.language.definitions import macro
from symgate.frontend.language.functions import ONE, truth, where
from symgate.frontend.language.naming import plain
from symgate.frontend.readers.python.arrays import array
from symgate.frontend.readers.python.expressions import Expressions, operated
from symgate.frontend.readers.python.known import Known
from symgate.frontend.readers.python.symbols import declared
from symgate.ir.expr import Expr, make, var

Assigned = ast.Assign | ast.AnnAssign | ast.AugAssign
#: Bodies inside each other.
MAX_DEPTH = 100


@dataclass
class Way:
    """One way through a function: what names mean on it, and what it returned before, under which
    condition.
    """

    known: Known
    returns: list[tuple[Expr, Sequence[Expr]]] = field(default_factory=list)
    ended: bool = False


class Reader(Expressions):
    """Reads a whole file."""

    def module(
        self, tree: ast.Module, pick: str | int
    ) -> tuple[dict[str, Expr] | Sequence[Expr], list[str]]:
        """The outputs of a file, and the names of its parameters in their order."""
        outer = self.hoisted(tree)
        known = Known()
        last: tuple[Sequence[Expr], list[str]] | None = None
        assigned: dict[str, Expr] = {}
        for statement in tree.body:
            defined = self.definition(statement, outer)
            if defined is not None:
                name, parameters, values = defined
                if pick in ("best", name):
                    last = values, parameters
                if len(values) == 1:
                    self.functions[name] = macro(parameters, values[0], self.budget)
            elif isinstance(statement, ast.Expr) and not isinstance(statement.value, ast.Constant):
                last = self.values(statement.value, known), []
            elif isinstance(statement, Assigned):
                assigned |= self.assigned(statement, known, last is not None)
                for name in [n for n in outer.unread if n in known.values]:
                    outer.values[name] = known.values[name]  # of functions that now are known
                    del outer.unread[name]
            elif not _is_passed_over(statement):
                raise self.error(
                    "this statement is not read", statement, "def, =, or an expression"
                )
        if last is None and isinstance(pick, str) and pick != "best":
            raise InputError(f"no function is named '{pick}'", where=Where(self.file))
        return last or (assigned, [])

    def hoisted(self, tree: ast.Module) -> Known:
        """What names of the module mean to its functions: the values that they have at its end."""
        known = Known()
        for statement in tree.body:
            if isinstance(statement, ast.Import):
                self.modules |= {(n.asname or n.name).partition(".")[0] for n in statement.names}
            elif isinstance(statement, ast.ImportFrom):
                self.imported(statement)
            elif isinstance(statement, Assigned) and _lambda(statement) is None:
                self.assigned(statement, known, unread=True)
        return known

    def imported(self, statement: ast.ImportFrom) -> None:
        """``from math import e as euler``: names of functions, constants and modules."""
        module = (statement.module or "").rpartition(".")[2]
        for name in statement.names:
            if name.name == "*":
                self.aliases |= {n: (module, n) for n in ("pi", "e", "tau")}
                continue
            self.aliases[name.asname or name.name] = module, name.name
            if name.name in self.modules:
                self.modules.add(name.asname or name.name)

    def assigned(self, statement: Assigned, known: Known, unread: bool) -> dict[str, Expr]:
        """Take an assignment of the module; ``unread``: what is no number is kept for who uses it."""
        symbols = declared(statement)
        known.values |= {name: var(plain(symbol)) for name, symbol in symbols.items()}
        if symbols:
            return {}
        try:
            return self.assign(statement, known)
        except InputError as problem:
            if not unread:
                raise
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names = [node for target in targets for node in ast.walk(target)]
            for name in names:
                if isinstance(name, ast.Name):
                    known.forget(name.id)
                    known.unread[name.id] = problem
            return {}

    def definition(
        self, statement: ast.stmt, outer: Known
    ) -> tuple[str, list[str], Sequence[Expr]] | None:
        """The name, the parameters and the values of ``def`` or of an assigned lambda."""
        if isinstance(statement, ast.FunctionDef):
            parameters = self.parameters(statement.args, statement)
            return statement.name, parameters, self.body(statement, self.inside(parameters, outer))
        found = _lambda(statement)
        if found is None:
            return None
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        name = target.id if isinstance(target, ast.Name) else "f"
        parameters = self.parameters(found.args, statement)
        return name, parameters, self.values(found.body, self.inside(parameters, outer))

    def inside(self, parameters: Sequence[str], outer: Known) -> Known:
        """What names mean where a function begins."""
        known = outer.copied()
        for parameter in parameters:
            known.forget(parameter)
            known.values[parameter] = var(parameter)
        return known

    def parameters(self, stated: ast.arguments, place: ast.stmt) -> list[str]:
        """The names of parameters."""
        if stated.vararg or stated.kwarg or stated.defaults or any(stated.kw_defaults):
            raise self.error("parameters with defaults or stars are not read", place, "def f(x, y)")
        return [
            a.arg
            for a in (*stated.posonlyargs, *stated.args, *stated.kwonlyargs)
            if a.arg != "self"
        ]

    def body(self, function: ast.FunctionDef, known: Known) -> Sequence[Expr]:
        """What a function returns."""
        way = Way(known)
        self.block(function.body, way, 0)
        if not way.ended:
            what = f"the function '{function.name}' returns nothing"
            if way.returns:
                what = f"a way through the function '{function.name}' returns nothing"
            raise self.error(what, function, "return ...")
        *before, (_, results) = way.returns
        for condition, values in reversed(before):
            if len(values) != len(results):
                raise self.error("ways through it return different numbers of values", function)
            results = [where(condition, a, b) for a, b in zip(values, results, strict=True)]
        return results

    def block(self, body: Sequence[ast.stmt], way: Way, depth: int) -> None:
        """Statements in their order; after a return nothing counts any more."""
        for statement in body:
            if way.ended:
                return
            if isinstance(statement, ast.Return) and statement.value is not None:
                way.returns.append((ONE, self.values(statement.value, way.known)))
                way.ended = True
            elif isinstance(statement, Assigned):
                self.assign(statement, way.known)
            elif isinstance(statement, ast.If) and depth < MAX_DEPTH:
                self.condition(statement, way, depth)
            elif isinstance(statement, ast.Expr):
                self.without_effect(statement, way.known)
            elif not isinstance(statement, ast.Pass):
                kind = type(statement).__name__.lower()
                what, expected = f"'{kind}' is not read", "assignments, if, and a return"
                raise self.error(what, statement, expected)

    def without_effect(self, statement: ast.Expr, known: Known) -> None:
        """Raise `InputError` for a call such as ``w.append(x)``, which changes what a name means."""
        bases = (n.value for n in ast.walk(statement.value) if isinstance(n, ast.Attribute))
        named = {base.id for base in bases if isinstance(base, ast.Name)}
        if named & {*known.vectors, *known.values}:
            raise self.error("this call may change a value", statement, "name = expression")

    def condition(self, statement: ast.If, way: Way, depth: int) -> None:
        """``if c: ... else: ...``: each name gets the value of the branch that is taken."""
        holds = truth(self.value(statement.test, way.known))
        taken, other = Way(way.known.copied()), Way(way.known.copied())
        self.block(statement.body, taken, depth + 1)
        self.block(statement.orelse, other, depth + 1)
        for branch, condition in ((taken, holds), (other, make("not", holds))):
            for number, (c, values) in enumerate(branch.returns, 1):
                always = branch.ended and number == len(branch.returns)
                both = condition if always else make("and", condition, c)
                way.returns.append((both, values))
        way.ended = taken.ended and other.ended
        if taken.ended or other.ended:
            way.known = other.known if taken.ended else taken.known
        else:
            way.known = self.joined(statement, holds, taken.known, other.known)

    def joined(self, place: ast.stmt, holds: Expr, taken: Known, other: Known) -> Known:
        """What names mean after a condition; one that a single branch sets has no value."""
        known = Known(unread={**taken.unread, **other.unread})
        for name in {**taken.values, **other.values}:
            a, b = taken.values.get(name), other.values.get(name)
            if a is not None and b is not None:
                known.values[name] = a if a is b else where(holds, a, b)
        same = [name for name in taken.vectors if taken.vectors[name] == other.vectors.get(name)]
        known.vectors = {name: taken.vectors[name] for name in same}
        known.lists = taken.lists | other.lists
        known.matrices = {n: a for n, a in taken.matrices.items() if other.matrices.get(n) is a}
        names = {*taken.values, *other.values, *taken.vectors, *other.vectors}
        names |= {*taken.matrices, *other.matrices}
        for name in names - {*known.values, *known.vectors, *known.matrices}:
            what = f"'{name}' has a value in one branch only"
            known.unread[name] = self.error(what, place, remedy="set it in the other too")
        return known

    def assign(self, statement: Assigned, known: Known) -> dict[str, Expr]:
        """``a = b``, ``a, b = c, d``, ``a = [1, 2]`` and ``a += b``."""
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        if statement.value is None:
            return {}
        single = [target.id for target in targets if isinstance(target, ast.Name)]
        found_array = array(self, statement.value, known)
        if found_array is not None and found_array.is_matrix:
            for name in single:
                known.forget(name)
                known.matrices[name] = found_array
            return {}
        vector = None if found_array is None else list(found_array.items)
        if vector is not None and len(single) == len(targets) and _is_plain(statement):
            for name in single:
                known.forget(name)
                known.vectors[name] = list(vector)
                known.lists |= (
                    {name} if isinstance(statement.value, (ast.List, ast.Tuple)) else set()
                )
            return {f"{name}{k}": e for name in single for k, e in enumerate(vector)}
        values = [self.value(statement.value, known)] if vector is None else vector
        if isinstance(statement, ast.AugAssign):
            before = self.value(statement.target, known)
            values = [operated(statement.op, before, values[0]) or self.unread(statement)]
        found: dict[str, Expr] = {}
        for target in targets:
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            if len(names) != len(values) or not all(isinstance(name, ast.Name) for name in names):
                raise self.error("this assignment is not read", statement, "name = expression")
            found |= {
                n.id: v for n, v in zip(names, values, strict=True) if isinstance(n, ast.Name)
            }
        for name, value in found.items():
            known.forget(name)
            known.values[name] = value
        return found


def _is_plain(statement: Assigned) -> bool:
    return not isinstance(statement, ast.AugAssign)


def _lambda(statement: ast.stmt) -> ast.Lambda | None:
    """The lambda that a statement assigns, or that stands alone."""
    if isinstance(statement, (ast.Assign, ast.Expr)) and isinstance(statement.value, ast.Lambda):
        return statement.value
    return None


def _is_passed_over(statement: ast.stmt) -> bool:
    """Whether a statement of a module says nothing of its functions."""
    if isinstance(statement, ast.If):
        test = statement.test
        left = test.left if isinstance(test, ast.Compare) else None
        return isinstance(left, ast.Name) and left.id == "__name__"
    return isinstance(statement, (ast.Import, ast.ImportFrom, ast.Expr, ast.Pass))
