"""SymPy's srepr: ``Add(Pow(Symbol('x0'), Integer(2)), Float('0.5', precision=53))``, read with a
parser of our own.

The text is Python that builds the tree; it is never run. Rationals are exact; a Float is the
decimal that SymPy would print at its precision, so that ``Float('0.10000000000000001',
precision=53)`` is 1/10.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from symgate.errors import InputError
from symgate.frontend.imported import Imported
from symgate.frontend.language.functions import chain, lookup, where
from symgate.frontend.language.source import Source, meant
from symgate.frontend.language.tokens import MAX_DIGITS, MAX_NAME, NUMBER, Token
from symgate.frontend.language.tokens import number as exact_number
from symgate.frontend.options import Options, unstated
from symgate.frontend.readers.base import Content, Kind, Settings
from symgate.frontend.readers.sympytree import ATOMS, NAMES, piecewise
from symgate.frontend.readers.text import in_order, name_outputs, named
from symgate.ir.algebra import powered, product, total
from symgate.ir.expr import Expr, const, make, var, variables

_TOKEN = re.compile(
    r"(?P<space>\s+)|'(?P<text>[^'\\]*)'|\"(?P<long>[^\"\\]*)\"|(?P<number>-?\d+)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<sign>[()\[\],=])"
)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_OPERATORS = {"Add", "Mul", "Pow", "Integer", "Float", "Rational", "Piecewise", "Tuple"}
#: SymPy's precision of a float64, and the decimal digits that it shows of one.
DOUBLE_BITS, DOUBLE_DIGITS = 53, 15
Value = Expr | tuple[Expr, ...] | int | str


@dataclass
class _Call:
    """A call whose operands are being read."""

    name: str
    at: int
    args: list[Value] = field(default_factory=list)
    keys: dict[str, Value] = field(default_factory=dict)
    key: str | None = None


def matches(content: Content) -> bool:
    """Whether the text builds symbols."""
    return (
        re.match(r"[\[(]?\s*[A-Z]\w*\(", content.sample) is not None
        and "Symbol('" in content.sample
    )


def read(content: Content, paths: Sequence[Path], options: Options) -> Imported:
    """What an srepr holds: one expression, a list of them, or one per line."""
    file = str(content.path)
    reader = _Reader(Source(content.text, file), options)
    found = reader.run()
    outputs = name_outputs(found, options.outputs, set(named(options)))
    inputs = {n: unstated(n, file) for n in in_order(variables(found), named(options))}
    return Settings.of(options).apply(Imported(content.path.stem, inputs, outputs, file))


class _Reader:
    """One run over one text, with a stack of its own."""

    def __init__(self, source: Source, options: Options):
        self.source, self.macros = source, options.macros()
        self.stack = [_Call("list", 0)]

    def run(self) -> list[Expr]:
        """The expressions of the text."""
        at, waiting = 0, None  # a name that no bracket has followed yet
        text = self.source.text
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise self.source.error(
                    f"unexpected character {text[at]!r}", at, expected="SymPy's srepr"
                )
            kind, word = found.lastgroup or "", found[0]
            if waiting and word != "(" and kind != "space":
                self.name(waiting, word)
            if kind != "space":
                waiting = self.token(kind, found, at, waiting)
            at = found.end()
        if waiting or len(self.stack) > 1:
            raise self.source.error(
                "this call is not complete", self.stack[-1].at, remedy="add ')'"
            )
        return self.expressions()

    def token(
        self, kind: str, found: re.Match[str], at: int, waiting: tuple[str, int] | None
    ) -> tuple[str, int] | None:
        """One word; a name is given back until it is known whether a bracket follows."""
        word = found[0]
        if kind == "name":
            return word, at
        if word in "([":
            self.stack.append(
                _Call(waiting[0] if waiting else "list", at if waiting is None else waiting[1])
            )
        elif word in ")]":
            self.close(at)
        elif kind == "number":
            if len(word) > MAX_DIGITS:
                raise self.source.error(
                    "a number that is too long", at, expected=f"at most {MAX_DIGITS} digits"
                )
            self.put(int(word))
        elif kind in ("text", "long"):
            self.put(found[kind])
        return None

    def name(self, waiting: tuple[str, int], following: str) -> None:
        """A name without brackets: a constant, or the name of an argument."""
        name, at = waiting
        if following == "=":
            self.stack[-1].key = name
        elif name in ("True", "False", "None"):
            self.put(const(int(name == "True")))
        elif name in ATOMS:
            self.put(ATOMS[name]())
        else:
            raise self.source.error(
                f"unknown name '{name}'", at, expected="pi, E, true, false, or a call"
            )

    def put(self, value: Value) -> None:
        """An operand of the innermost call."""
        call = self.stack[-1]
        if call.key is None:
            call.args.append(value)
        else:
            call.keys[call.key], call.key = value, None

    def close(self, at: int) -> None:
        """The end of a call."""
        if len(self.stack) < 2:
            raise self.source.error("unexpected ')' outside brackets", at, remedy="remove it")
        call = self.stack.pop()
        try:
            self.put(self.value(call))
        except InputError as e:
            if e.where is None:
                e.where = self.source.spot(call.at)
            raise

    def value(self, call: _Call) -> Value:
        """The meaning of a complete call."""
        name, args = call.name, call.args
        if name in ("Symbol", "Dummy") and args and isinstance(args[0], str):
            if not 0 < len(args[0]) <= MAX_NAME:
                raise InputError(
                    "a name that is empty or too long", expected=f"1 to {MAX_NAME} characters"
                )
            return var(args[0])
        if (
            name in ("Integer", "Rational")
            and all(isinstance(operand, int) for operand in args)
            and 1 <= len(args) <= 2
        ):
            return self.rational([operand for operand in args if isinstance(operand, int)])
        if name == "Float":
            return const(_decimal(str(args[0]) if args else "", call.keys, self.source, call.at))
        if not all(isinstance(operand, (Expr, tuple)) for operand in args):
            raise InputError(
                f"{name} has an operand that is no expression", expected="SymPy's srepr"
            )
        return self.build(name, [operand for operand in args if isinstance(operand, (Expr, tuple))])

    def rational(self, parts: list[int]) -> Expr:
        """An integer or a fraction."""
        if parts[-1] == 0 and len(parts) == 2:
            raise InputError("division by zero", remedy="correct the number")
        return const(Fraction(*parts))

    def build(self, name: str, args: list[Expr | tuple[Expr, ...]]) -> Expr | tuple[Expr, ...]:
        """An operator on operands."""
        flat = [operand for operand in args if isinstance(operand, Expr)]
        if name in (
            "list",
            "Tuple",
            "Matrix",
            "ExprCondPair",
            "ImmutableDenseMatrix",
            "MutableDenseMatrix",
        ):
            return tuple(
                e
                for operand in args
                for e in (operand if isinstance(operand, tuple) else (operand,))
            )
        if name == "Piecewise":
            return piecewise(
                [
                    (operand[0], operand[1])
                    for operand in args
                    if isinstance(operand, tuple) and len(operand) == 2
                ]
            )
        if len(flat) != len(args) or not flat:
            raise InputError(
                f"{name} has an operand that is no expression", expected="SymPy's srepr"
            )
        if name in ("Add", "Mul"):
            return (total if name == "Add" else product)(flat)
        if name == "Pow" and len(flat) == 2:
            return make("exp", flat[1]) if flat[0] is make("e") else powered(*flat)
        if name in ("And", "Or"):
            return chain(name.lower())(*flat)
        return self.function(name, flat)

    def function(self, name: str, args: list[Expr]) -> Expr:
        """A function of SymPy's."""
        if name == "ITE" and len(args) == 3:
            return where(*args)
        macro = lookup(NAMES.get(name, name), self.macros)
        if macro is None:
            remedy = (
                meant(name, [*NAMES, *_OPERATORS]) or f"define it: --function '{name}(x) = ...'"
            )
            raise InputError(f"the SymPy function {name} is unknown", remedy=remedy)
        if len(args) < macro.least or (macro.most is not None and len(args) > macro.most):
            raise InputError(
                f"the SymPy function {name} has {len(args)} operands", expected=macro.takes
            )
        return macro.build(*args)

    def expressions(self) -> list[Expr]:
        """The operands of the outermost list."""
        found = self.stack[0].args
        if len(found) == 1 and isinstance(found[0], tuple):
            found = list(found[0])
        flat = [f for f in found if isinstance(f, Expr)]
        if not flat or len(flat) != len(found):
            raise self.source.error("this is no expression", 0, expected="SymPy's srepr")
        return flat


def _decimal(text: str, keys: dict[str, Value], source: Source, at: int) -> Fraction:
    """A Float, rounded to the decimal digits that its precision carries."""
    if not _NUMBER.fullmatch(text):
        raise source.error(f"'{text[:24]}' is no finite number", at, remedy="write a finite value")
    bits = keys.get("precision", DOUBLE_BITS)
    if not isinstance(bits, int):
        bits = DOUBLE_BITS
    digits = DOUBLE_DIGITS if bits == DOUBLE_BITS else max(1, int(bits * math.log10(2)))
    value = exact_number(Token(NUMBER, text.lstrip("+-"), at), source)
    value = _rounded(value, min(digits, MAX_DIGITS))
    return -value if text.startswith("-") else value


def _rounded(value: Fraction, digits: int) -> Fraction:
    if not value:
        return value
    exponent = len(str(value.numerator)) - len(str(value.denominator)) - digits
    scaled = value / Fraction(10) ** exponent
    if scaled >= Fraction(10) ** digits:
        exponent += 1
    elif scaled < Fraction(10) ** (digits - 1):
        exponent -= 1
    return round(value / Fraction(10) ** exponent) * Fraction(10) ** exponent


KIND = Kind("SymPy srepr", "srepr", matches, read,
            example="Add(Pow(Symbol('x0'), Integer(2)), Rational(-1, 2))")  # fmt: skip
