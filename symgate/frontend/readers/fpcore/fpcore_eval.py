"""FPCore expressions to ours: scopes, `let`, `if`, annotations and calls, on a stack of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction

from symgate.errors import InputError
from symgate.frontend.language.definitions import Budget, macro
from symgate.frontend.language.functions import Macro
from symgate.frontend.language.source import Source, listed, meant
from symgate.frontend.language.walk import Step, run
from symgate.frontend.readers.fpcore.fpcore_ops import (
    CONSTANTS,
    NOT_NUMBERS,
    OPERATIONS,
    REFUSED,
    is_number,
    number,
)
from symgate.frontend.readers.fpcore.sexpr import Node
from symgate.ir.expr import Expr, const, var

Scope = dict[str, Expr]


class Reader:
    """The meaning of expressions in one file: ``functions`` are its named cores, ``macros`` the
    user's.
    """

    def __init__(
        self,
        source: Source,
        functions: Mapping[str, tuple[Sequence[str], Node]],
        macros: Mapping[str, Macro],
    ):
        self.source, self.functions, self.macros = source, functions, macros
        self.known = dict[str, Macro]()  # named cores that were called
        self.pending = list[str]()  # named cores that are being read
        self.budget = Budget(source)

    def value(self, node: Node, scope: Mapping[str, Expr]) -> Expr:
        """The meaning of ``node``; raise `InputError` where it has none."""
        return run(self.step(node, scope if isinstance(scope, dict) else dict(scope)))

    def calls(self, node: Node) -> Iterator[str]:
        """The named cores that ``node`` calls."""
        stack = [node]
        while stack:
            top = stack.pop()
            if top.head in self.functions and top.head not in OPERATIONS:
                yield top.head or ""
            stack.extend(top.items)

    def step(self, node: Node, scope: Scope) -> Step[Expr]:
        """One expression."""
        if node.is_list:
            value: Expr = yield self.form(node, scope)
            return value
        if node.kind == "text":
            raise self.source.error("a text is no number", node.at, expected="a number or a name")
        return self.word(node, scope)

    def word(self, node: Node, scope: Scope) -> Expr:
        """A number, an argument or a constant."""
        name = node.text
        if name in scope:
            return scope[name]
        if name in NOT_NUMBERS:
            raise self.error(
                f"{name} is not a number that a circuit can hold",
                node,
                remedy="write a finite value",
            )
        if name in CONSTANTS:
            return CONSTANTS[name]()
        if is_number(name):
            return const(self.number(node))
        what = f"'{name}' is a function" if name in OPERATIONS else f"unknown name '{name}'"
        remedy = (
            meant(name, [*scope, *CONSTANTS]) or f"make '{name}' an argument, or bind it with let"
        )
        raise self.error(
            what, node, expected=f"one of {listed(scope)}" if scope else None, remedy=remedy
        )

    def number(self, node: Node) -> Fraction:
        """The value of a number, its place in messages."""
        try:
            return number(node.text)
        except InputError as e:
            raise self.source.error(e.what, node.at, expected=e.expected, remedy=e.remedy) from None

    def form(self, node: Node, scope: Scope) -> Step[Expr]:
        """``(operator operand ...)``."""
        head = node.head
        if head is None:
            what = "an operator must come first" if node.items else "these brackets are empty"
            raise self.error(what, node, expected="(operator operand ...)")
        special = {
            "let": self.let,
            "let*": self.let,
            "!": self.annotated,
            "digits": self.digits,
        }.get(head)
        if special is not None:
            value: Expr = yield special(node, scope)
            return value
        if head in REFUSED and head not in self.macros and head not in self.functions:
            raise self.error(f"'{head}' has no form in a circuit", node, remedy=REFUSED[head])
        args = list[Expr]()
        for item in node.items[1:]:
            args += [(yield self.step(item, scope))]
        meaning: Macro = yield self.meaning(node.items[0])
        if len(args) < meaning.least or (meaning.most is not None and len(args) > meaning.most):
            raise self.error(
                f"{head} takes {meaning.takes}, got {len(args)}", node, expected=meaning.takes
            )
        return meaning.build(*args)

    def meaning(self, node: Node) -> Step[Macro]:
        """What a name means when it is called: a named core, a function of the user, or an
        operator.
        """
        name = node.text
        if name in self.functions and name not in OPERATIONS:
            core: Macro = yield self.named(node)
            return core
        found = self.macros.get(name) or OPERATIONS.get(name)
        if found is None:
            known = [*OPERATIONS, *self.functions, *self.macros]
            remedy = meant(name, known) or f"define it: --function '{name}(x) = ...'"
            raise self.error(f"unknown operator '{name}'", node, remedy=remedy)
        return found
        yield  # a step, though it asks for nothing more

    def named(self, node: Node) -> Step[Macro]:
        """A named core as a function, read at its first call."""
        name = node.text
        if name in self.pending:
            raise self.error(f"'{name}' calls itself", node, remedy="unroll the recursion")
        if name not in self.known:
            parameters, body = self.functions[name]
            self.pending.append(name)
            value = yield self.step(body, {parameter: var(parameter) for parameter in parameters})
            self.pending.pop()
            self.known[name] = macro(parameters, value, self.budget)
        return self.known[name]

    def let(self, node: Node, scope: Scope) -> Step[Expr]:
        """``(let ((name value) ...) body)``; each value of ``let*`` may use the names before it."""
        if len(node.items) != 3 or not node.items[1].is_list:
            raise self.error(
                f"this is no {node.head}", node, expected=f"({node.head} ((name value) ...) body)"
            )
        sequential = node.head == "let*"
        bound: Scope = {}
        with _bound(scope, bound):
            for pair in node.items[1].items:
                if len(pair.items) != 2 or not pair.items[0].is_word():
                    raise self.error("this binds no name", pair, expected="(name value)")
                name, value = pair.items[0].text, (yield self.step(pair.items[1], scope))
                if sequential:
                    bound.setdefault(name, scope.get(name, _NONE))
                    scope[name] = value
                elif name in bound:
                    raise self.error(
                        f"'{name}' is bound twice", pair, remedy="use let*, or another name"
                    )
                else:
                    bound[name] = value
            if not sequential:
                for name, value in bound.items():
                    bound[name], scope[name] = scope.get(name, _NONE), value
            result: Expr = yield self.step(node.items[2], scope)
            return result

    def annotated(self, node: Node, scope: Scope) -> Step[Expr]:
        """``(! :property value ... expression)``: only a precision that is no float changes what is
        computed.
        """
        stated, body = properties(self.source, node.items[1:], node)
        self.check_precision(stated.get(":precision"))
        value: Expr = yield self.step(body, scope)
        return value

    def check_precision(self, stated: Node | None) -> None:
        """Refuse precisions in which operators mean something else than on real numbers."""
        name = (stated.head or stated.text) if stated is not None else ""
        if stated is not None and name in ("integer", "fixed"):
            what = f":precision {name} rounds every operation, which is not read"
            raise self.error(
                what, stated, remedy="write round, floor or trunc where a value is to be rounded"
            )

    def digits(self, node: Node, scope: Scope) -> Step[Expr]:
        """``(digits m e b)`` is m times b to the power e."""
        parts = [n.text for n in node.items[1:]]
        if len(parts) != 3 or not all(
            part.lstrip("+-").isdecimal() and len(part) <= 300 for part in parts
        ):
            raise self.error("this is no number", node, expected="(digits mantissa exponent base)")
        mantissa, exponent, base = map(int, parts)
        if base < 2 or abs(exponent) * base.bit_length() > 4000:
            raise self.error(
                "this number is outside the range of numbers", node, remedy="rescale the expression"
            )
        return const(mantissa * Fraction(base) ** exponent)
        yield  # a step, though it asks for nothing more

    def error(
        self, what: str, node: Node, *, expected: str | None = None, remedy: str | None = None
    ) -> InputError:
        """An error that points at ``node``."""
        return self.source.error(what, node.at, expected=expected, remedy=remedy)


_NONE = var("")  # in the place of a binding that there was not


@contextmanager
def _bound(scope: Scope, before: Scope) -> Iterator[None]:
    """Undo afterwards what was bound: ``before`` holds what each name meant."""
    try:
        yield
    finally:
        for name, value in before.items():
            if value is _NONE:
                scope.pop(name, None)
            else:
                scope[name] = value


def properties(source: Source, items: Sequence[Node], place: Node) -> tuple[dict[str, Node], Node]:
    """``:property value`` pairs, and the one expression that follows them."""
    stated, rest = dict[str, Node](), list(items)
    while len(rest) > 1 and rest[0].is_word() and rest[0].text.startswith(":"):
        stated[rest[0].text] = rest[1]
        del rest[:2]
    if len(rest) != 1 or (rest[0].is_word() and rest[0].text.startswith(":")):
        what = f"{len(rest)} expressions stand here" if rest else "the expression is missing"
        raise source.error(
            what, place.at, expected="pairs of a :property and its value, then one expression"
        )
    return stated, rest[0]
