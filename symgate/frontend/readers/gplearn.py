"""gplearn: ``add(div(cos(X1), X0), mul(X0, X0))``, its protected operators with their own meaning.

Source of the meanings: gplearn 0.4.3, ``functions.py``. Where the meaning has a reciprocal, it is
that of max(|x|, 0.001), which is the same number where it is used and is defined everywhere.
"""

from __future__ import annotations

import re
from fractions import Fraction

from symgate.frontend.language.dialect import Language
from symgate.frontend.language.functions import ONE, ZERO, Macro
from symgate.frontend.readers.base import Content, Kind, infix
from symgate.ir.algebra import negated, product, total
from symgate.ir.expr import Expr, const, make

#: Divisors and logarithms of numbers up to this size are replaced.
SMALL = Fraction(1, 1000)
_CALLS = (
    "add",
    "sub",
    "mul",
    "div",
    "sqrt",
    "log",
    "abs",
    "neg",
    "inv",
    "max",
    "min",
    "sin",
    "cos",
    "tan",
    "sig",
)
_WORD = re.compile(r"([A-Za-z_]\w*)\s*\(")


def _large(x: Expr) -> Expr:
    return make("gt", make("abs", x), const(SMALL))


def _size(x: Expr) -> Expr:
    return make("max", make("abs", x), const(SMALL))


def _divided(x: Expr, y: Expr) -> Expr:
    return make("where", _large(y), product([x, make("sign", y), make("inv", _size(y))]), ONE)


def _inverse(x: Expr) -> Expr:
    return make("where", _large(x), product([make("sign", x), make("inv", _size(x))]), ZERO)


FUNCTIONS: dict[str, Macro] = {
    "add": Macro(2, 2, lambda x, y: total([x, y])),
    "sub": Macro(2, 2, lambda x, y: total([x, negated(y)])),
    "mul": Macro(2, 2, lambda x, y: product([x, y])),
    "div": Macro(2, 2, _divided),
    "inv": Macro(1, 1, _inverse),
    "sqrt": Macro(1, 1, lambda x: make("sqrt", make("abs", x))),
    "log": Macro(1, 1, lambda x: make("where", _large(x), make("log", _size(x)), ZERO)),
    "neg": Macro(1, 1, negated),
    "sig": Macro(1, 1, lambda x: make("sigmoid", x)),
}
_MEANINGS = {
    "div": "x/y, and 1 where |y| <= 0.001",
    "inv": "1/x, and 0 where |x| <= 0.001",
    "sqrt": "sqrt(|x|)",
    "log": "log(|x|), and 0 where |x| <= 0.001",
}


def matches(content: Content) -> bool:
    """Whether the text has calls of gplearn's functions and no operators."""
    text = content.sample
    called = set(_WORD.findall(text))
    if not called & {"add", "sub", "mul", "div"} or not called <= {*_CALLS}:
        return False
    return (
        re.fullmatch(r"[\w\s(),.]*", re.sub(r"(?<=[(,\s])-(?=[\d.])|(?<=\de)[+-](?=\d)", "", text))
        is not None
    )


#: ``protected`` is what gplearn means; the plain operators are read with ``--dialect text``.
KIND = Kind(
    "gplearn program", "gplearn", matches, infix(Language(FUNCTIONS), meanings=_MEANINGS),
    example="add(div(cos(X1), X0), mul(X0, X0))",
)  # fmt: skip
