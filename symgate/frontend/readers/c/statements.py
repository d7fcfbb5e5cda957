"""Statements and functions of C: what a function returns and writes, over all ways through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from symgate.errors import InputError
from symgate.frontend.language.definitions import Budget, macro
from symgate.frontend.language.functions import ONE, truth
from symgate.frontend.language.walk import run
from symgate.frontend.readers.c import values
from symgate.frontend.readers.c.expressions import FIXED, Expressions, Function, Scope
from symgate.frontend.readers.c.types import is_type, kind_of
from symgate.frontend.readers.c.values import REAL, SAME, Value
from symgate.frontend.readers.c.words import END, NAME, TEXT, Word
from symgate.ir.expr import Expr, make, var

_REFUSED = frozenset({"for", "while", "do", "switch", "goto", "break", "continue", "try", "throw"})
_AFTER_NAME = frozenset({"(", "=", ";", ",", "["})
_CHANGES = frozenset({"=", "+=", "-=", "*=", "/=", "%="})
#: Bodies inside each other.
MAX_DEPTH = 200
T = TypeVar("T")
Outputs = list[tuple[str | None, Expr]]


@dataclass
class Way:
    """One way through a function: what names mean on it, what was returned before under which
    condition, and whether it has come to its end.
    """

    values: dict[str, Value]
    returns: list[tuple[Expr, Value]] = field(default_factory=list)
    ended: bool = False


class Reader(Expressions):
    """Reads a whole file."""

    def __init__(self, scope: Scope, words: Sequence[Word]):
        super().__init__(scope, words)
        self.budget = Budget(scope.source)
        self.found = dict[str, tuple[list[str], Outputs]]()
        self.declared: dict[str, int] = {}  # names with a type, and its kind
        self.written: dict[str, None] = {}  # outputs of the function that is read
        self.pointers = dict[str, set[int]]()  # elements written through each parameter
        self.free: dict[str, bool] = {}  # assignments outside of functions, and whether declared
        self.bare: Outputs = []
        self.own = set[str]()  # names that the function declares itself
        self.depth = 0
        self.locals = dict[str, tuple[Value | None, int | None]]()

    def read(self, pick: str | int) -> tuple[Outputs, list[str]]:
        """The outputs that are wanted, and the parameters in their order."""
        way = Way(self.scope.values)
        while self.word.kind != END:
            self.outside(way)
        if str(pick) in self.found:
            parameters, found = self.found[str(pick)]
            return found, parameters
        loose = [name for name, declared in self.free.items() if not declared or not self.found]
        if self.found and not loose and not self.bare:
            parameters, found = list(self.found.values())[-1]
            return found, parameters
        return [*self.bare, *((name, way.values[name].e) for name in loose)], []

    # Outside of functions

    def outside(self, way: Way) -> None:
        """A function, or a statement that stands outside of any."""
        if self.skip(";", "}"):
            return
        opens = self.ahead().kind in (TEXT, NAME) and self.ahead(2).text == "{"
        if self.word.text in ("extern", "namespace") and opens:
            self.at += 3
            return
        start, is_declared = self.at, is_type(self.word)
        kind = self.type()
        name = self.word
        called = is_declared and name.kind == NAME and self.ahead().text == "("
        after = self._after_header() if called else None
        if after is not None and after.text == "{":
            self.function(kind)
        elif after is not None and after.text == ";":
            if not (is_type(self.ahead(2)) or self.ahead(2).text == ")"):
                what = "an initial value in brackets is not read"
                raise self.scope.error(what, name, remedy=f"write {name.text} = ...")
            self.at = self.words.index(after, self.at) + 1  # a header alone says nothing
        else:
            self.at = start
            self.statement(way)

    def _after_header(self) -> Word:
        """The word after the name and the bracket that stand here."""
        end, depth = self.at + 1, 0
        while end < len(self.words) - 1:
            depth += {"(": 1, ")": -1}.get(self.words[end].text, 0)
            end += 1
            if depth == 0:
                break
        while self.words[end].text in ("const", "noexcept"):
            end += 1
        return self.words[end]

    def function(self, kind: int) -> None:
        """``double f(double x, double *out) { ... }``."""
        name = self.take().text
        parameters = self.parameters()
        while self.skip("const", "noexcept"):
            pass
        outer = self.scope.values, self.scope.kinds, self.declared, self.free
        own = {p: Value(var(p), k) for p, k in parameters}
        self.scope.values = {**self.scope.values, **own}
        self.scope.kinds, self.declared = dict(parameters), {**self.declared, **dict(parameters)}
        self.written, self.pointers, self.free, self.own = {}, {}, {}, set()
        way = Way(self.scope.values)
        self.block(way)
        found = self._outputs(way, kind)
        self.scope.values, self.scope.kinds, self.declared, self.free = outer
        names = [p for p, _ in parameters]
        self.found[name] = names, found
        if len(found) == 1:
            self._callable(name, parameters, found[0][1], kind)

    def _callable(
        self, name: str, parameters: Sequence[tuple[str, int]], body: Expr, kind: int
    ) -> None:
        built = macro([p for p, _ in parameters], body, self.budget)
        self.scope.functions[name] = Function(tuple(k for _, k in parameters), built.build, kind)

    def _outputs(self, way: Way, kind: int) -> Outputs:
        """What a function returns, and what it writes; else the last variable that it sets."""
        found = Outputs()
        if way.returns:
            if not way.ended:
                expected = "a return on every way through the function"
                raise self.scope.error("a way through this function returns nothing", self.word,
                                       expected=expected)  # fmt: skip
            *before, (_, result) = way.returns
            for condition, value in reversed(before):
                both = values.common(value, result)
                result = Value(make("where", condition, value.e, result.e), both)
            found.append((None, result.as_kind(kind).e))
        if self.written:
            found += [(self._title(name), way.values[name].e) for name in self.written]
        if not found and self.free:
            last = list(self.free)[-1]
            found = [(last, way.values[last].e)]
        return found

    def _title(self, name: str) -> str:
        """``y[0]`` is y0, and the only element of an output ``y`` is y itself."""
        base, _, index = name.partition("[")
        alone = self.pointers.get(base) == {0} and base[-1:].isdigit()
        return base if alone else base + index.rstrip("]")

    def parameters(self) -> list[tuple[str, int]]:
        """The names and kinds of parameters."""
        self.take("(")
        found = list[tuple[str, int]]()
        while not self.skip(")"):
            kind = self.type()
            if self.word.kind != NAME:
                if found or self.word.text not in (")", ","):
                    raise self.scope.error("this parameter has no name", self.word, "double x")
                self.skip(",")
                continue
            name = self.take()
            while self.skip("["):
                while not self.skip("]"):
                    if self.take().kind == END:
                        raise self.scope.error("this bracket is never closed", name)
            found.append((name.text, kind))
            if not self.skip(","):
                self.take(")")
                break
        return found

    def type(self) -> int:
        """The kind of the type that is declared here, REAL where none is."""
        start, names = self.word, list[str]()
        while is_type(self.word) and not (names and self.ahead().text in _AFTER_NAME):
            names.append(self.take().text)
            if names[-1] in ("ap_fixed", "ap_ufixed", "ac_fixed"):
                self.scope.told[names[-1]] = FIXED
            if self.skip("<"):
                while not self.skip(">"):
                    if self.word.kind == END:
                        raise self.scope.error("this bracket is never closed", start)
                    self.take()
        while names and self.skip("*", "&", "const", "restrict", "__restrict"):
            pass
        return self._apply(start, lambda: Value(make("pi"), kind_of(" ".join(names)))).kind

    # Statements

    def block(self, way: Way) -> None:
        """``{ ... }``, or one statement."""
        self.depth += 1
        outer, self.locals = self.locals, {}
        if self.depth > MAX_DEPTH:
            raise self.scope.error("bodies are nested too deeply", self.word)
        if not self.skip("{"):
            self.statement(way)
        else:
            while not self.skip("}"):
                if self.word.kind == END:
                    break  # cut off: what is there is read
                self.statement(way)
        if self.depth > 1:
            for name, (before, kind) in self.locals.items():
                _restored(way.values, name, before)
                _restored(self.declared, name, kind)
        self.locals = outer
        self.depth -= 1

    def declare(self, way: Way, name: str, kind: int) -> None:
        """A variable of the innermost body; what its name meant outside is kept."""
        if name not in self.locals:
            self.locals[name] = way.values.get(name), self.declared.get(name)
        self.declared[name] = kind
        self.own.add(name)

    def statement(self, way: Way) -> None:
        """One statement; after a return nothing counts any more."""
        word = self.word
        self.scope.values = way.values
        if word.text in _REFUSED:
            what, remedy = f"'{word.text}' is not read", "write the steps out"
            raise self.scope.error(what, word, "straight lines, if and else", remedy)
        if word.text == "{":
            self.block(way)
        elif word.text == "if":
            self.condition(way)
        elif word.text == "else":
            raise self.scope.error("'else' without 'if'", word)
        elif self.skip("return"):
            self.result(way)
        elif not self.skip(";"):
            self.simple(way)

    def result(self, way: Way) -> None:
        """``return x;``."""
        if self.skip(";"):
            raise self.scope.error("an early return without a value is not read", self.word)
        value = run(self.expression())
        if way.ended is False:
            way.returns.append((ONE, value))
            way.ended = True
        self.end()

    def end(self) -> None:
        """The end of a statement."""
        if self.word.kind != END and self.word.text != "}":
            self.take(";")

    def condition(self, way: Way) -> None:
        """``if (c) ... else ...``: each name gets the value of the branch that is taken."""
        self.take("if")
        self.take("(")
        value = run(self.expression())
        self.take(")")
        holds = truth(value.e)
        taken = Way(dict(way.values))
        self.block(taken)
        other = Way(dict(way.values))
        if self.skip("else"):
            self.block(other)
        self._join(way, holds, taken, other)
        self.scope.values = way.values

    def _join(self, way: Way, holds: Expr, taken: Way, other: Way) -> None:
        if way.ended:
            return
        fails = make("not", holds)
        for branch, condition in ((taken, holds), (other, fails)):
            for number, (c, value) in enumerate(branch.returns, 1):
                always = branch.ended and number == len(branch.returns)
                both = condition if always else make("and", condition, c)
                way.returns.append((both, value))
        way.ended = taken.ended and other.ended
        if taken.ended or other.ended:
            way.values = other.values if taken.ended else taken.values
            return
        merged = dict(way.values)
        for name in {**taken.values, **other.values}:
            a, b = taken.values.get(name), other.values.get(name)
            if a is not None and b is not None and a is not b:
                both_kinds = values.common(a, b)
                merged[name] = Value(make("where", holds, a.e, b.e), both_kinds)
            elif a is not None and b is not None:
                merged[name] = a
            elif name in self.written:
                raise self._unset(name)
        way.values = merged

    def _unset(self, name: str) -> InputError:
        what = f"{self._title(name)} is set in one branch only"
        return self.scope.error(what, self.word, remedy="set it in the other too")

    def simple(self, way: Way) -> None:
        """A declaration, an assignment or an expression."""
        declared = is_type(self.word) and self.ahead().text not in ("(", "=", "[")
        kind = self.type() if declared else None
        while True:
            self.target(way, kind)
            if kind is None or not self.skip(","):
                break
            self.skip("*")
        self.end()

    def target(self, way: Way, kind: int | None) -> None:
        """One name and its value."""
        start = self.at
        brackets = 0
        while self.skip("("):
            brackets += 1
        through = self.skip("*")
        name = self.word
        if name.kind != NAME:
            self._expression(way, start, kind)
            return
        self.take()
        for _ in range(brackets):
            if not self.skip(")"):
                self._expression(way, start, kind)
                return
        index = self._index()
        if kind is not None and self.word.text in (";", ","):
            self.declare(way, name.text, kind)
            way.values.pop(name.text, None)
            self.scope.unset.add(name.text)
            return
        if self.word.text not in _CHANGES:
            self._expression(way, start, kind)
            return
        change = self.take()
        if self.word.text == "{":
            self.scope.arrays[name.text] = self.numbers(kind)
            self.declare(way, name.text, REAL if kind is None else kind)
            for key in [k for k in way.values if k.startswith(f"{name.text}[")]:
                del way.values[key]
            return
        self.assign(way, name, index, change, kind, through)

    def _index(self) -> int | None:
        if not self.skip("["):
            return None
        if self.skip("]"):
            return -1
        at, value = self.word, run(self.expression())
        self.take("]")
        if not value.e.is_const or value.e.value.denominator != 1:
            raise self.scope.error("this index is not known", at, expected="a whole number")
        return int(value.e.value)

    def numbers(self, kind: int | None) -> list[Value]:
        """``{1.0, 2.0}``."""
        self.take("{")
        found = list[Value]()
        while not self.skip("}"):
            value = run(self.expression())
            found.append(value.as_kind(REAL if kind is None else kind))
            if not self.skip(","):
                self.take("}")
                break
        return found

    def _expression(self, way: Way, start: int, kind: int | None) -> None:
        """An expression that stands alone: an output outside of functions."""
        self.at = start
        value = run(self.expression())
        if kind is None and self.depth == 0:
            self.bare.append((None, value.e))

    def assign(
        self, way: Way, name: Word, index: int | None, change: Word, kind: int | None, through: bool
    ) -> None:
        """``name = expression`` and its like."""
        key = name.text if index is None else f"{name.text}[{index}]"
        value = run(self.expression())
        if change.text != "=":
            before = way.values.get(key) or self.scope.variable(replace_text(name, key))
            value = self._apply(change, lambda: self._changed(change.text[0], before, value))
        is_new = kind is not None
        if kind is None:
            kind = self.declared.get(name.text)
        if kind is not None:
            value = self._apply(name, lambda wanted=kind: value.as_kind(wanted))  # type: ignore[misc]
            kind = value.kind if kind == SAME else kind
        if is_new and kind is not None:
            self.declare(way, name.text, kind)
        way.values[key] = value
        if self.depth == 0:
            self.free[key] = kind is not None
        elif (through or index is not None) and name.text not in self.own:
            self.written[key] = None
            self.pointers.setdefault(name.text, set()).add(index or 0)
        else:
            self.free[key] = kind is not None

    def _changed(self, op: str, x: Value, y: Value) -> Value:
        if op == "+":
            return values.added([x, y])
        if op == "-":
            return values.added([x, values.opposite(y)])
        if op == "*":
            return values.multiplied([x, y])
        if op == "/":
            return values.divided(x, y, self.scope.script)
        return values.rest(x, y, self.scope.script)


def _restored(known: dict[str, T], name: str, before: T | None) -> None:
    if before is None:
        known.pop(name, None)
    else:
        known[name] = before


def replace_text(word: Word, text: str) -> Word:
    """The same word with another text."""
    return word._replace(text=text)
