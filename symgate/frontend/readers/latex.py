r"""LaTeX formulas: ``y = x_{0}^{2} + 2.54 \cos{\left(x_{1} \right)} - \frac{1}{2}``.

A letter, with its subscript, is a variable; side by side they are multiplied. The digits are those
of the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from symgate.errors import InputError
from symgate.frontend.imported import Imported
from symgate.frontend.language.functions import ONE, lookup, truth, where
from symgate.frontend.language.naming import plain
from symgate.frontend.language.source import Source
from symgate.frontend.language.tokens import NUMBER, Token, number
from symgate.frontend.language.walk import Step, run
from symgate.frontend.options import Options, unstated
from symgate.frontend.readers.base import Content, Kind, Settings
from symgate.frontend.readers.latex_tokens import COMMANDS, GREEK, Word, words
from symgate.frontend.readers.text import in_order, name_outputs, named
from symgate.ir.algebra import negated, powered, product, quotient, total
from symgate.ir.expr import Expr, const, make, var, variables

_COMPARE = {
    "<": "lt",
    ">": "gt",
    "=": "eq",
    r"\leq": "le",
    r"\le": "le",
    r"\geq": "ge",
    r"\ge": "ge",
    r"\neq": "ne",
    r"\ne": "ne",
    r"\lt": "lt",
    r"\gt": "gt",
}
_TIMES = {"*", r"\cdot", r"\times", r"\ast"}
_OVER = {"/", r"\div"}
_CLOSING = {
    "(": ")",
    "[": "]",
    "{": "}",
    "|": "|",
    r"\lvert": r"\rvert",
    r"\lfloor": r"\rfloor",
    r"\lceil": r"\rceil",
    r"\{": r"\}",
    r"\lbrack": r"\rbrack",
}
_WRAPPED = {"|": "abs", r"\lvert": "abs", r"\lfloor": "floor", r"\lceil": "ceil"}
_INVERSE = {
    "sin": "asin",
    "cos": "acos",
    "tan": "atan",
    "sinh": "asinh",
    "cosh": "acosh",
    "tanh": "atanh",
}
_ENDS = {
    ")",
    "]",
    "}",
    "|",
    "&",
    r"\\",
    ",",
    r"\rvert",
    r"\rfloor",
    r"\rceil",
    r"\end",
    r"\}",
    r"\rbrack",
    "",
}


def matches(content: Content) -> bool:
    """Whether the text has commands or raised and lowered groups."""
    return re.search(r"\\[a-zA-Z]+|[_^]\{", content.sample) is not None


def read(content: Content, paths: Sequence[Path], options: Options) -> Imported:
    """One formula per line (or per row of an align environment), with or without ``y =`` before it."""
    file = str(content.path)
    bare, outputs = list[Expr](), dict[str, Expr]()
    for source in _formulas(Source(content.text, file)):
        name, e = _Parser(source, options).formula()
        if name is None or name in outputs:
            bare.append(e)
        else:
            outputs[name] = e
    if not bare and not outputs:
        raise InputError(
            "no formula is in this file",
            where=file,
            expected=r"a formula such as x_{0}^{2} + \sin{x_1}",
        )
    found = outputs | name_outputs(
        bare, options.outputs if not outputs else (), {*named(options), *outputs}
    )
    inputs = {n: unstated(n, file) for n in in_order(variables(found.values()), named(options))}
    return Settings.of(options).apply(Imported(content.path.stem, inputs, found, file))


def _formulas(source: Source) -> list[Source]:
    r"""The formulas of a text: lines, without the signs of display, cut where no bracket and no
    environment is open.
    """
    blank = re.compile(
        r"%[^\n]*|\$\$?|\\\[|\\\]|\\(?:begin|end)\{(?:equation|align|gather|displaymath|math)\*?\}|\\label\{[^}]*\}"
    )
    text = blank.sub(lambda m: " " * len(m[0]), source.text)
    whole, found, depth, start = Source(text, source.file), list[Source](), 0, 0
    for place in re.finditer(r"[{}]|\\begin|\\end|\\\\|\n|$", text):
        depth += {"{": 1, "}": -1, "\\begin": 1, "\\end": -1}.get(place[0], 0)
        if depth <= 0 and place[0] in ("\\\\", "\n", ""):
            piece = text[start : place.start()]
            if piece.strip(" \t\n&,.;"):
                lead = len(piece) - len(piece.lstrip(" \t\n&"))
                found.append(whole.part(start + lead, start + len(piece.rstrip(" \t\n&,.;"))))
            start = place.end()
    return found


class _Parser:
    """One run over one formula; steps yield steps, so depth is bounded by memory alone."""

    def __init__(self, source: Source, options: Options):
        self.source, self.macros = source, options.macros()
        self.words = words(source)
        self.at = 0
        self.bars = 0

    # Words

    @property
    def word(self) -> Word:
        """The word to be read."""
        return self.words[self.at]

    def take(self, *expected: str) -> Word:
        """The word to be read, which then is read; raise `InputError` where it is none of
        ``expected``.
        """
        word = self.words[self.at]
        if expected and word.text not in expected:
            shown = word.text or "the end"
            raise self.error(f"unexpected {shown}", word, expected=" or ".join(expected))
        self.at = min(self.at + 1, len(self.words) - 1)
        return word

    def error(
        self, what: str, word: Word, expected: str | None = None, remedy: str | None = None
    ) -> InputError:
        """An error that points at a word."""
        return self.source.error(what, word.at, expected=expected, remedy=remedy)

    # Grammar

    def formula(self) -> tuple[str | None, Expr]:
        """A formula, and the name before its equals sign."""
        name = None
        equals = next((k for k, w in enumerate(self.words) if w.text == "="), None)
        if equals is not None and not any(w.text in (r"\begin",) for w in self.words[:equals]):
            text = self.source.text[: self.words[equals].at].strip(" \t&")
            name = (
                plain(re.sub(r"\(.*\)|[\\{}&]|left|right|mathrm|operatorname|\s", "", text)) or None
            )
            self.at = equals + 1
            if self.word.text == "&":
                self.take()
        value = run(self.comparison())
        self.take("")
        return name, value

    def comparison(self) -> Step[Expr]:
        """Sums with at most one comparison between neighbours; a chain holds where each of its
        pairs does.
        """
        left: Expr = yield self.sum()
        result: Expr | None = None
        while self.word.text in _COMPARE:
            op = _COMPARE[self.take().text]
            right: Expr = yield self.sum()
            pair = make(op, left, right)
            result, left = pair if result is None else make("and", result, pair), right
            if self.word.text in (r"\wedge", r"\land"):
                self.take()
                left = yield self.sum()
        return left if result is None else result

    def sum(self) -> Step[Expr]:
        """Terms with their signs."""
        terms, sign = list[Expr](), 1
        while True:
            while self.word.text in ("+", "-"):
                sign = -sign if self.take().text == "-" else sign
            term: Expr = yield self.term()
            terms.append(negated(term) if sign < 0 else term)
            sign = 1
            if self.word.text not in ("+", "-"):
                return total(terms)

    def term(self) -> Step[Expr]:
        """Factors side by side, or with a sign between them."""
        factor: Expr = yield self.factor()
        factors = [factor]
        while True:
            text = self.word.text
            if text in _TIMES | _OVER:
                self.take()
                negative = self.word.text == "-"
                if negative:
                    self.take()
                factor = yield self.factor()
                factor = negated(factor) if negative else factor
                factors = (
                    [quotient(product(factors), factor)] if text in _OVER else [*factors, factor]
                )
            elif text == r"\bmod" or text == r"\mod":
                self.take()
                factor = yield self.factor()
                factors = [make("mod", product(factors), factor)]
            elif self.begins():
                factor = yield self.factor()
                factors.append(factor)
            else:
                return product(factors)

    def begins(self) -> bool:
        """Whether the next word begins a factor."""
        text = self.word.text
        if text == "|":
            return self.bars == 0
        return (
            text not in _ENDS
            and text not in _COMPARE
            and text not in ("+", "-", "^", "_", r"\text", r"\wedge", r"\land")
        )

    def factor(self) -> Step[Expr]:
        """An atom with what is raised after it."""
        word = self.word
        base: Expr = yield self.atom()
        while self.word.text == "^":
            self.take()
            exponent: Expr = yield self.group()
            euler = base is make("e")
            base = make("exp", exponent) if euler else powered(base, exponent)
        if self.word.text == "!":
            raise self.error(
                "a factorial has no form in a circuit", word, remedy="write its polynomial"
            )
        return base

    def group(self) -> Step[Expr]:
        """``{...}``, or one word."""
        if self.word.text == "{":
            self.take()
            value: Expr = yield self.comparison()
            self.take("}")
            return value
        if self.word.text == "-":
            self.take()
            value = yield self.atom()
            return negated(value)
        if self.word.text.isdecimal() and len(self.word.text) > 1:
            self.words[self.at] = Word("number", self.word.text[1:], self.word.at + 1)
            return const(int(self.source.text[self.word.at - 1]))
        value = yield self.atom()
        return value

    def atom(self) -> Step[Expr]:
        """A number, a variable, a bracket, a root, a fraction or a function."""
        word = self.take()
        text = word.text
        if word.kind == "number":
            return const(number(Token(NUMBER, text, word.at), self.source))
        if text in _CLOSING:
            value: Expr = yield self.bracket(word)
            return value
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
        if text in COMMANDS or text in (
            r"\operatorname",
            r"\mathrm",
            r"\mathit",
            r"\text",
            r"\mathbf",
        ):
            value = yield self.function(word)
            return value
        if text == r"\pi":
            return make("pi")
        if word.kind == "letter" or text in GREEK:
            return self.variable(word)
        what = f"unexpected {text}" if text else "the formula ends too early"
        raise self.error(what, word, expected="a number, a variable, a function or a bracket")

    def bracket(self, word: Word) -> Step[Expr]:
        """What stands in brackets, bars or corners."""
        self.bars += word.text == "|"
        value: Expr = yield self.comparison()
        self.take(_CLOSING[word.text])
        self.bars -= word.text == "|"
        return make(_WRAPPED[word.text], value) if word.text in _WRAPPED else value

    def fraction(self) -> Step[Expr]:
        r"""``\frac{a}{b}``."""
        top: Expr = yield self.group()
        bottom: Expr = yield self.group()
        return quotient(top, bottom)

    def root(self) -> Step[Expr]:
        r"""``\sqrt{x}``, ``\sqrt[3]{x}``."""
        degree: Expr = const(2)
        if self.word.text == "[":
            self.take()
            degree = yield self.sum()
            self.take("]")
        value: Expr = yield self.group()
        if degree is const(2):
            return make("sqrt", value)
        return make("cbrt", value) if degree is const(3) else powered(value, quotient(ONE, degree))

    def cases(self) -> Step[Expr]:
        r"""``\begin{cases} a & \text{for}\: x > 0 \\ b & \text{otherwise} \end{cases}``."""
        environment = self.environment()
        if environment.strip("*") not in ("cases", "dcases"):
            raise self.error(
                f"the environment {environment} is no number", self.word, expected="cases"
            )
        pairs = list[tuple[Expr, Expr]]()
        while self.word.text != r"\end":
            value: Expr = yield self.comparison()
            self.take("&")
            condition: Expr = yield self.condition()
            pairs.append((value, condition))
            if self.word.text == r"\\":
                self.take()
        self.take()
        self.environment()
        if not pairs or pairs[-1][1] is not ONE:
            raise self.error(
                "no case holds everywhere", self.word, remedy=r"close with a & \text{otherwise}"
            )
        result = pairs[-1][0]
        for value, condition in reversed(pairs[:-1]):
            result = where(truth(condition), value, result)
        return result

    def environment(self) -> str:
        """The name in braces after begin and end."""
        self.take("{")
        letters = ""
        while self.word.text not in ("}", ""):
            letters += self.take().text
        self.take("}")
        return letters

    def condition(self) -> Step[Expr]:
        r"""``\text{for}\: x > 0``, or otherwise."""
        while self.word.text == r"\text":
            self.take()
            text = self.environment().strip(r" ~\:,.").lower()
            if text.startswith(("otherwise", "else", "true")):
                return ONE
        value: Expr = yield self.comparison()
        return value

    def function(self, word: Word) -> Step[Expr]:
        r"""``\sin x``, ``\sin^{2}{\left(x \right)}``, ``\log_{2}{x}``, ``\max\left(x, y\right)``."""
        name = COMMANDS.get(word.text) or self.environment().replace(r"\_", "_").replace("\\", "")
        raised: Expr | None = None
        base: Expr | None = None
        while self.word.text in ("^", "_"):
            lower = self.take().text == "_"
            value: Expr = yield self.group()
            raised, base = (raised, value) if lower else (value, base)
        if (
            word.text in (r"\mathrm", r"\mathit", r"\text", r"\mathbf")
            and lookup(name, self.macros) is None
        ):
            named = var(plain(name if base is None else f"{name}_{base!r}"))
            return named if raised is None else powered(named, raised)
        args: list[Expr] = yield self.operands()
        if raised is const(-1) and name in _INVERSE:
            name, raised = _INVERSE[name], None
        if name in ("atan", "arctan") and base is const(2) and len(args) == 2:
            name, base = "atan2", None  # as SymPy prints it
        args += [base] if base is not None else []
        macro = lookup(name, self.macros)
        if (
            macro is None
            or len(args) < macro.least
            or (macro.most is not None and len(args) > macro.most)
        ):
            what = (
                f"unknown function '{name}'"
                if macro is None
                else f"{name} takes {macro.takes}, got {len(args)}"
            )
            raise self.error(
                what,
                word,
                remedy=f"define it: --function '{name}(x) = ...'" if macro is None else None,
            )
        result = macro.build(*args)
        return result if raised is None else powered(result, raised)

    def operands(self) -> Step[list[Expr]]:
        """What a function is applied to: a group or a bracket, operands between commas, or the
        factors after it.
        """
        inner = self.word.text == "{"
        if inner:
            self.take()
        if self.word.text in ("(", "[", r"\{"):
            closing = _CLOSING[self.take().text]
            args = list[Expr]()
            while True:
                value: Expr = yield self.comparison()
                args.append(value)
                if self.word.text != ",":
                    break
                self.take()
            self.take(closing)
            if inner and self.word.text != "}":
                raise self.error("a bracket ends inside a group", self.word, expected="}")
        elif inner:
            value = yield self.comparison()
            args = [value]
        else:
            value = yield self.factors()
            args = [value]
        if inner:
            self.take("}")
        return args

    def factors(self) -> Step[Expr]:
        r"""The factors that ``\sin 2 \pi x`` is applied to, up to the next sign or function."""
        factor: Expr = yield self.factor()
        found = [factor]
        while (
            self.begins()
            and self.word.text not in COMMANDS
            and self.word.text not in _TIMES | _OVER | {"("}
        ):
            factor = yield self.factor()
            found.append(factor)
        return product(found)

    def variable(self, word: Word) -> Expr:
        """A letter with its subscript."""
        name = GREEK.get(word.text, word.text)
        if self.word.text == "_":
            self.take()
            grouped = self.word.text == "{"
            letters = self.environment() if grouped else self.take().text
            letters = re.sub(r"\\(?:mathrm|text|operatorname|,|_)?|[{}\s]", "", letters)
            name = f"{name}{'_' if not letters[:1].isdigit() else ''}{letters}"
        if self.word.text == "'":
            self.take()
            name += "_prime"
        return make("e") if name == "e" else var(name)


KIND = Kind(
    "LaTeX",
    "latex",
    matches,
    read,
    example=r"x_{0}^{2} + 2.54 \cos{\left(x_{1} \right)} - \frac{1}{2}",
)
