"""The grammar of LaTeX formulas, from comparisons down to numbers and brackets."""

from __future__ import annotations

from symgate.frontend.language.functions import ONE, Functions, truth, where
from symgate.frontend.language.tokens import NUMBER, Token, number
from symgate.frontend.language.walk import Step
from symgate.frontend.readers.latex_names import Names
from symgate.frontend.readers.latex_tokens import (
    CALCULUS,
    CLOSING,
    COMMANDS,
    COMPARE,
    ENDS,
    GREEK,
    OVER,
    TIMES,
    UPRIGHT,
    WRAPPED,
    Cursor,
    Word,
)
from symgate.ir.algebra import negated, powered, product, quotient, total
from symgate.ir.expr import Expr, const, make

#: Words that begin no factor, besides bars.
_JOINS = r"\wedge", r"\land", r"\vee", r"\lor"
_NOT = r"\neg", r"\lnot"
_NO_FACTOR = {*ENDS, *COMPARE, "+", "-", "^", "_", r"\text", *_JOINS, *_NOT}


class Grammar:
    """One run over one formula; steps yield steps, so depth is bounded by memory alone."""

    def __init__(self, cursor: Cursor, macros: Functions):
        self.cursor = cursor
        self.names = Names(cursor, macros, self)
        self.bars = 0  # that are open
        self.modulo = False  # whether the last term is a rest, which SymPy prints without brackets

    def comparison(self) -> Step[Expr]:
        r"""Sums, what compares them, and what joins that: ``\vee`` after ``\wedge``."""
        value: Expr = yield self.conjunction()
        while self.cursor.skip(r"\vee", r"\lor"):
            other: Expr = yield self.conjunction()
            value = make("or", truth(value), truth(other))
        return value

    def conjunction(self) -> Step[Expr]:
        r"""What ``\wedge`` joins."""
        value: Expr = yield self.relation()
        while self.cursor.skip(r"\wedge", r"\land"):
            other: Expr = yield self.relation()
            value = make("and", truth(value), truth(other))
        return value

    def relation(self) -> Step[Expr]:
        """Sums with a comparison between neighbours; a chain holds where each of its pairs does."""
        left: Expr = yield self.sum()
        result: Expr | None = None
        while self.cursor.word.text in COMPARE:
            op = COMPARE[self.cursor.take().text]
            right: Expr = yield self.sum()
            pair = make(op, left, right)
            result = pair if result is None else make("and", result, pair)
            left = right
        return left if result is None else result

    def sum(self) -> Step[Expr]:
        """Terms with their signs."""
        terms = list[Expr]()
        while True:
            negative = False
            while self.cursor.word.text in ("+", "-"):
                if self.cursor.take().text == "-":
                    negative = not negative
            word, self.modulo = self.cursor.word, False
            term: Expr = yield self.term()
            if negative and self.modulo:
                what = "the minus sign belongs to the product or to its rest"
                remedy = r"write \left(-x\right) \bmod y, or -\left(x \bmod y\right)"
                raise self.cursor.error(what, word, remedy=remedy)
            terms.append(negated(term) if negative else term)
            if self.cursor.word.text not in ("+", "-"):
                return total(terms)

    def term(self) -> Step[Expr]:
        """Factors side by side, or with a sign between them."""
        factor: Expr = yield self.factor()
        factors = [factor]
        while True:
            text = self.cursor.word.text
            if text in TIMES | OVER:
                self.cursor.no_derivative(self.cursor.at - 1)
                self.cursor.take()
                negative = self.cursor.skip("-")
                factor = yield self.factor()
                if negative:
                    factor = negated(factor)
                if text in OVER:
                    factors = [quotient(product(factors), factor)]
                else:
                    factors.append(factor)
            elif self.cursor.skip(r"\bmod", r"\mod"):
                factor = yield self.factor()
                factors = [make("mod", product(factors), factor)]
                self.modulo = True
            elif self.begins():
                factor = yield self.factor()
                factors.append(factor)
            else:
                return product(factors)

    def begins(self) -> bool:
        """Whether the next word begins a factor."""
        text = self.cursor.word.text
        if text == "|":
            return self.bars == 0
        return text not in _NO_FACTOR

    def factor(self) -> Step[Expr]:
        """An atom with what is raised after it."""
        word = self.cursor.word
        base: Expr = yield self.atom()
        while self.cursor.skip("^"):
            exponent: Expr = yield self.group()
            euler = base is make("e")
            base = make("exp", exponent) if euler else powered(base, exponent)
        if self.cursor.word.text == "!":
            raise self.cursor.error(
                "a factorial has no form in a circuit", word, remedy="write its polynomial"
            )
        return base

    def group(self) -> Step[Expr]:
        """``{...}``, or one word."""
        if self.cursor.skip("{"):
            value: Expr = yield self.comparison()
            self.cursor.take("}")
            return value
        if self.cursor.skip("-"):
            value = yield self.atom()
            return negated(value)
        if self.cursor.word.text.isdecimal() and len(self.cursor.word.text) > 1:
            return const(self.cursor.take_digit())
        value = yield self.atom()
        return value

    def atom(self) -> Step[Expr]:
        """A number, a variable, a bracket, a root, a fraction or a function."""
        word = self.cursor.take()
        text = word.text
        if word.kind == "number":
            return const(number(Token(NUMBER, text, word.at), self.cursor.source))
        if text == "{" and self.names.wraps_letter():
            return self.names.wrapped()
        if text in CLOSING:
            value: Expr = yield self.bracket(word)
            return value
        if text in _NOT:
            value = yield self.bracket(self.cursor.take("("))  # without one, what is denied is a guess
            return make("not", truth(value))
        special = {
            r"\frac": self.fraction,
            r"\dfrac": self.fraction,
            r"\tfrac": self.fraction,
            r"\sqrt": self.root,
            r"\begin": self.cases,
        }.get(text)
        if special is not None:
            value = yield special()
            return value
        if text in COMMANDS or text in UPRIGHT or text == r"\operatorname":
            value = yield self.names.function(word)
            return value
        if text == r"\pi":
            return make("pi")
        if word.kind == "letter" or text in GREEK:
            return self.names.variable(word)
        if text in CALCULUS:
            what, remedy = f"{text} has no value at a point", "write its value out"
            raise self.cursor.error(what, word, remedy=remedy)
        what = f"unexpected {text}" if text else "the formula ends too early"
        expected = "a number, a variable, a function or a bracket"
        raise self.cursor.error(what, word, expected=expected)

    def bracket(self, word: Word) -> Step[Expr]:
        """What stands in brackets, bars or corners."""
        self.bars += word.text == "|"
        value: Expr = yield self.comparison()
        self.modulo = False
        self.cursor.take(CLOSING[word.text])
        self.bars -= word.text == "|"
        return make(WRAPPED[word.text], value) if word.text in WRAPPED else value

    def fraction(self) -> Step[Expr]:
        r"""``\frac{a}{b}``."""
        self.cursor.no_derivative(self.cursor.at)
        top: Expr = yield self.group()
        bottom: Expr = yield self.group()
        return quotient(top, bottom)

    def root(self) -> Step[Expr]:
        r"""``\sqrt{x}``, ``\sqrt[3]{x}``."""
        degree: Expr = const(2)
        if self.cursor.skip("["):
            degree = yield self.sum()
            self.cursor.take("]")
        value: Expr = yield self.group()
        if degree is const(2):
            return make("sqrt", value)
        if degree is const(3):
            return make("cbrt", value)
        return powered(value, quotient(ONE, degree))

    def cases(self) -> Step[Expr]:
        r"""``\begin{cases} a & \text{for}\: x > 0 \\ b & \text{otherwise} \end{cases}``."""
        environment = self.cursor.braced()
        if environment.strip("*") not in ("cases", "dcases"):
            what = f"the environment {environment} is no number"
            raise self.cursor.error(what, self.cursor.word, expected="cases")
        pairs = list[tuple[Expr, Expr]]()
        while self.cursor.word.text != r"\end":
            value: Expr = yield self.comparison()
            self.cursor.take("&")
            condition: Expr = yield self.condition()
            pairs.append((value, condition))
            self.cursor.skip(r"\\")
        self.cursor.take()
        self.cursor.braced()
        if not pairs or pairs[-1][1] is not ONE:
            remedy = r"close with a & \text{otherwise}"
            raise self.cursor.error("no case holds everywhere", self.cursor.word, remedy=remedy)
        result = pairs[-1][0]
        for value, condition in reversed(pairs[:-1]):
            result = where(truth(condition), value, result)
        return result

    def condition(self) -> Step[Expr]:
        r"""``\text{for}\: x > 0``, or otherwise."""
        while self.cursor.skip(r"\text"):
            text = self.cursor.braced().strip(r" ~\:,.").lower()
            if text.startswith(("otherwise", "else", "true")):
                return ONE
        value: Expr = yield self.comparison()
        return value
