"""Expressions of C by precedence, each with the kind of its type; steps yield steps, so that depth is
bounded by memory alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from symgate.errors import InputError
from symgate.frontend.language.functions import Functions, lookup, truth
from symgate.frontend.language.functions import names as function_names
from symgate.frontend.language.source import Source, meant
from symgate.frontend.language.tokens import NUMBER as DECIMAL
from symgate.frontend.language.tokens import Token, number
from symgate.frontend.language.walk import Step
from symgate.frontend.readers.c import values
from symgate.frontend.readers.c.types import cast_at, kind_of
from symgate.frontend.readers.c.values import REAL, UNSIGNED, WHOLE, Value
from symgate.frontend.readers.c.words import END, NAME, NUMBER, Word
from symgate.ir.algebra import quotient
from symgate.ir.expr import Expr, const, make, var

#: Binary operators, loosest first; sums and products have rules of their own.
LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"||"}),
    frozenset({"&&"}),
    frozenset({"|"}),
    frozenset({"^"}),
    frozenset({"&"}),
    frozenset({"==", "!=", "===", "!=="}),
    frozenset({"<", ">", "<=", ">="}),
    frozenset({"<<", ">>"}),
)
_OUTER = re.compile(r"^(?:std::|hls::|\w+::)+")
#: What is told of formats in a source.
FIXED = "real numbers: their rounding and overflow are no part of the formula"
_SUFFIX = re.compile(r"[fFlLuU]+$")


@dataclass
class Function:
    """A function of the file: the kinds of its parameters, what a call means, the kind it returns."""

    kinds: tuple[int, ...]
    build: Callable[..., Expr]
    kind: int


@dataclass
class Scope:
    """What names mean: values, functions of the file and of the library, arrays of numbers."""

    source: Source
    library: Functions
    macros: Functions
    constants: Mapping[str, Callable[[], Expr]]
    script: bool = False
    plain_c: bool = False
    values: dict[str, Value] = field(default_factory=dict)
    arrays: dict[str, list[Value]] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    unset: set[str] = field(default_factory=set)  # declared without a value
    told: dict[str, str] = field(default_factory=dict)  # what is taken for granted
    kinds: dict[str, int] = field(default_factory=dict)  # of the elements of array parameters

    def error(
        self, what: str, word: Word, expected: str | None = None, remedy: str | None = None
    ) -> InputError:
        """An error that points at a word."""
        return self.source.error(what, word.at, expected=expected, remedy=remedy)

    def variable(self, word: Word) -> Value:
        """The meaning of a name that is not called."""
        if word.text in self.values:
            return self.values[word.text]
        if word.text in self.constants:
            return Value(self.constants[word.text]())
        if word.text in ("true", "false"):
            return values.TRUE if word.text == "true" else values.FALSE
        if word.text in ("INFINITY", "NAN", "HUGE_VAL", "Infinity", "NaN"):
            what = f"{word.text} is not a number that a circuit can hold"
            raise self.error(what, word, remedy="write a finite value")
        if word.text in self.unset:
            what = f"'{word.text}' is declared and has no value here on every way"
            raise self.error(what, word, remedy="give it a value where it is declared")
        name = word.text.replace("::", "_").replace("$", "_")
        return Value(var(name))

    def element(self, word: Word, index: Value) -> Value:
        """``x[0]``: a number of an array, or the input x0."""
        if not index.e.is_const or index.e.value.denominator != 1 or index.e.value < 0:
            raise self.error("this index is not known", word, expected="a whole number, as in x[0]")
        place = int(index.e.value)
        if (set_here := self.values.get(f"{word.text}[{place}]")) is not None:
            return set_here
        if word.text in self.unset:
            raise self.error(f"{word.text}[{place}] has no value here on every way", word,
                             remedy="give it a value before")  # fmt: skip
        if word.text in self.arrays:
            numbers = self.arrays[word.text]
            if place >= len(numbers):
                raise self.error(f"{word.text} has {len(numbers)} elements", word)
            return numbers[place]
        name = f"{word.text}{place}"
        if name in self.values:
            raise self.error(f"{word.text}[{place}] and {name} are two variables", word,
                             remedy="rename one of them")  # fmt: skip
        return Value(var(name), self.kinds.get(word.text, REAL))

    def call(self, word: Word, operands: Sequence[Value]) -> Value:
        """A function of the file, of the user, or of the library."""
        name = _OUTER.sub("", word.text)
        if name in self.functions:
            return self._own(word, self.functions[name], operands)
        if self.plain_c and word.text == "abs" and REAL in [v.kind for v in operands]:
            what = "abs cuts a real number off in C"
            raise self.error(what, word, remedy="write fabs(x)")
        known = {**self.library, **self.macros}
        macro = lookup(name, known)
        if macro is None:
            close = meant(name, function_names(known)) or f"define it: --function '{name}(x) = ...'"
            raise self.error(f"unknown function '{name}'", word, remedy=close)
        if not macro.accepts(len(operands)):
            raise self.error(f"{name} takes {macro.takes}, got {len(operands)}", word)
        whole = name in ("abs", "labs", "llabs", "max", "min", "Math_abs")
        kind = max((v.kind for v in operands), default=REAL) if whole else REAL
        if self.script and name in values.SCRIPT:
            return Value(values.SCRIPT[name](operands[0].e))
        return Value(macro.build(*(v.e for v in operands)), kind)

    def _own(self, word: Word, function: Function, operands: Sequence[Value]) -> Value:
        if len(operands) != len(function.kinds):
            what = f"{word.text} takes {len(function.kinds)} operands, got {len(operands)}"
            raise self.error(what, word)
        given = [v.as_kind(k).e for v, k in zip(operands, function.kinds, strict=True)]
        return Value(function.build(*given), function.kind)


class Expressions:
    """Reads expressions from ``words``, at the place ``at``."""

    def __init__(self, scope: Scope, words: Sequence[Word]):
        self.scope, self.words, self.at = scope, words, 0

    @property
    def word(self) -> Word:
        """The word to be read."""
        return self.words[self.at]

    def ahead(self, by: int = 1) -> Word:
        """A word further on."""
        return self.words[min(self.at + by, len(self.words) - 1)]

    def take(self, *expected: str) -> Word:
        """The word to be read, which then is read; raise `InputError` where another is expected."""
        word = self.word
        if expected and word.text not in expected:
            shown = word.text or "the end"
            wanted = " or ".join(expected)
            raise self.scope.error(f"unexpected '{shown}'", word, expected=wanted)
        self.at = min(self.at + 1, len(self.words) - 1)
        return word

    def skip(self, *texts: str) -> bool:
        """Read the next word if it is one of ``texts``; whether it was."""
        found = self.word.text in texts and self.word.kind not in (NUMBER, END)
        if found:
            self.take()
        return found

    def _apply(self, word: Word, build: Callable[[], Value]) -> Value:
        """``build()``, whose errors point at ``word``."""
        try:
            return build()
        except InputError as problem:
            if problem.where is None:
                problem.where = self.scope.source.spot(word.at)
            raise

    def expression(self) -> Step[Value]:
        """``c ? a : b``, or what is tighter."""
        condition: Value = yield self.binary(0)
        if not self.skip("?"):
            return condition
        then: Value = yield self.expression()
        self.take(":")
        other: Value = yield self.expression()
        kind = values.common(then, other)
        return Value(make("where", truth(condition.e), then.e, other.e), kind)

    def binary(self, level: int) -> Step[Value]:
        """Operators of ``LEVELS[level]``, from left to right."""
        if level == len(LEVELS):
            value: Value = yield self.sum()
            return value
        left: Value = yield self.binary(level + 1)
        while self.word.text in LEVELS[level] and self.word.kind != NUMBER:
            word = self.take()
            right: Value = yield self.binary(level + 1)
            left = self._apply(word, lambda x=left, y=right, op=word.text: _joined(op, x, y))  # type: ignore[misc]
        return left

    def sum(self) -> Step[Value]:
        """Terms with their signs."""
        first: Value = yield self.product()
        terms, word = [first], self.word
        while self.word.text in ("+", "-"):
            word = self.take()
            term: Value = yield self.product()
            if word.text == "-" and UNSIGNED in (term.kind, terms[0].kind):
                what = "a difference of unsigned numbers wraps below 0"
                raise self.scope.error(what, word, remedy="make them int or float")
            negative = word.text == "-"
            term = Value(values.opposite(term).e, term.kind) if negative else term
            terms = _folded(values.added, [*terms, term], self._apply, word)
        return self._apply(word, lambda: values.added(terms)) if len(terms) > 1 else terms[0]

    def product(self) -> Step[Value]:
        """Factors and divisors."""
        first: Value = yield self.unary()
        factors, word = [first], self.word
        while self.word.text in ("*", "/", "%"):
            word = self.take()
            factor: Value = yield self.unary()
            if word.text == "*":
                factors = _folded(values.multiplied, [*factors, factor], self._apply, word)
                continue
            factors = [self._over(word, factors, factor)]
        return (
            self._apply(word, lambda: values.multiplied(factors))
            if len(factors) > 1
            else factors[0]
        )

    def _over(self, word: Word, factors: list[Value], divisor: Value) -> Value:
        def build() -> Value:
            top = values.multiplied(factors) if len(factors) > 1 else factors[0]
            if word.text == "%":
                return values.rest(top, divisor, self.scope.script)
            ratio = values.divided(top, divisor, self.scope.script)
            if ratio.kind != REAL and ratio.e is not quotient(top.e, divisor.e):
                self.scope.told["a division of whole numbers"] = "cut off toward 0, as in C"
            return ratio

        return self._apply(word, build)

    def unary(self) -> Step[Value]:
        """Signs, ``!``, casts, and powers of JavaScript."""
        word = self.word
        if word.text in ("-", "+", "!"):
            self.take()
            value: Value = yield self.unary()
            if word.text == "!":
                return Value(make("not", truth(value.e)), WHOLE)
            return self._apply(word, lambda: values.opposite(value)) if word.text == "-" else value
        if word.text in ("~", "&", "++", "--"):
            raise self.scope.error(f"'{word.text}' is not read", word, "arithmetic and functions")
        if word.text == "*" and self.ahead().kind == NAME:
            self.take()
            name = self.take()
            return self.scope.values.get(name.text) or self.scope.variable(name)
        if word.text == "(" and (cast := cast_at(self.words, self.at)) is not None:
            value = yield self.cast(word, cast)
            return value
        value = yield self.postfix()
        if self.scope.script and self.skip("**"):
            exponent: Value = yield self.unary()
            return values.raised(value, exponent)
        return value

    def cast(self, word: Word, cast: tuple[str, int]) -> Step[Value]:
        """``(type) x``."""
        name, self.at = cast
        kind = self._apply(word, lambda: Value(const(0), kind_of(name))).kind
        value: Value = yield self.unary()
        return value.as_kind(kind)

    def postfix(self) -> Step[Value]:
        """A number, a bracket, a variable, an element, or a call."""
        word = self.take()
        if word.kind == NUMBER:
            return self.number(word)
        if word.text == "(":
            value: Value = yield self.expression()
            self.take(")")
            return value
        if word.kind != NAME:
            shown = word.text or "the end"
            expected = "a number, a name or an opening bracket"
            raise self.scope.error(f"unexpected '{shown}'", word, expected)
        if self.skip("<"):
            value = yield self.templated(word)
            return value
        value = yield self.named(word)
        return value

    def templated(self, word: Word) -> Step[Value]:
        """``static_cast<int>(x)`` and ``ap_fixed<16,6>(x)``; else the ``<`` is a comparison."""
        end = next((k for k in range(self.at, len(self.words)) if self.words[k].text == ">"), None)
        closed = end is not None and self.words[min(end + 1, len(self.words) - 1)].text == "("
        is_cast = word.text in ("static_cast", "ap_fixed", "ap_ufixed", "ac_fixed")
        if not (closed and is_cast) or end is None:
            self.at -= 1
            value: Value = yield self.named(word)
            return value
        inside = " ".join(w.text for w in self.words[self.at : end])
        name = inside if word.text == "static_cast" else word.text
        if word.text != "static_cast":
            self.scope.told[word.text] = FIXED
        self.at = end + 1
        kind = self._apply(word, lambda: Value(const(0), kind_of(name))).kind
        self.take("(")
        value = yield self.expression()
        self.take(")")
        return value.as_kind(kind)

    def named(self, word: Word) -> Step[Value]:
        """A variable, an element or a call; ``Math.sin`` is sin."""
        while self.skip("."):
            word = Word(NAME, self.take().text, word.at) if word.text == "Math" else word
        if word.text in ("Math", "std") or (self.word.text in (".", "->")):
            raise self.scope.error(f"'{word.text}' is not read", word, "plain numbers")
        if self.skip("["):
            index: Value = yield self.expression()
            self.take("]")
            if self.word.text == "[":
                raise self.scope.error("arrays of arrays are not read", self.word, "x[0]")
            return self.scope.element(word, index)
        if self.word.text != "(":
            return self.scope.variable(word)
        self.take()
        operands = list[Value]()
        while self.word.text != ")":
            value: Value = yield self.expression()
            operands.append(value)
            if not self.skip(","):
                break
        self.take(")")
        if word.text in ("int", "long", "float", "double", "bool") and len(operands) == 1:
            return operands[0].as_kind(kind_of(word.text))
        return self._apply(word, lambda: self.scope.call(word, operands))

    def number(self, word: Word) -> Value:
        """A number, whole where it has no point and no exponent."""
        if word.text[:2].lower() == "0x":
            return Value(const(int(word.text.rstrip("uUlL"), 16)), WHOLE)
        text = _SUFFIX.sub("", word.text)
        ending = word.text[len(text) :].lower()
        value = number(Token(DECIMAL, text, word.at), self.scope.source)
        real = not text.isdecimal() or "f" in ending
        if not real and len(text) > 1 and text[0] == "0" and not self.scope.script:
            value = self._octal(word, text)
        kind = UNSIGNED if "u" in ending else WHOLE
        return Value(const(value), REAL if real or self.scope.script else kind)

    def _octal(self, word: Word, text: str) -> Fraction:
        if set(text) - set("01234567"):
            raise self.scope.error(f"{text} is no octal number", word, remedy="remove the first 0")
        return Fraction(int(text, 8))


def _folded(
    build: Callable[[list[Value]], Value],
    operands: list[Value],
    apply: Callable[[Word, Callable[[], Value]], Value],
    word: Word,
) -> list[Value]:
    """``operands``, the first two as one where they are whole constants: int overflows early."""
    whole = all(operand.kind != REAL and operand.e.is_const for operand in operands)
    return [apply(word, lambda: build(operands))] if whole else operands


def _joined(op: str, x: Value, y: Value) -> Value:
    if op in ("||", "&&"):
        return values.logical(op, x, y)
    if op in ("|", "^", "&", "<<", ">>"):
        return values.bitwise(op, x, y)
    return values.compared(op, x, y)
