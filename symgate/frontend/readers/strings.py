"""Infix strings of SymPy and of the searches that print through it: StackGP, feyn, jaxsr, HROCH,
SymbolNet.

Their language is ours, but for signs that some print: raised digits, crosses and dots, long minus
signs, ``|x|``.
"""

from __future__ import annotations

import re

from symgate.frontend.language.dialect import Language
from symgate.frontend.language.functions import Macro
from symgate.frontend.readers.base import Content, Kind, infix, rest_of_lists
from symgate.ir.algebra import negated, powered, product, quotient, total
from symgate.ir.expr import const, make

_SIGNS = str.maketrans(
    {
        "\u2212": "-",
        "\u00d7": "*",
        "·": "*",
        "⋅": "*",
        "÷": "/",
        "π": "pi",
        "≤": "<=",
        "≥": ">=",
        "≠": "!=",
    }
)
_RAISED = {raised: str(k) for k, raised in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")} | {"⁻": "-"}
_UNUSUAL = re.compile("[\u2212\u00d7·⋅÷π≤≥≠²³¹⁰-⁹⁻|√]")
FUNCTIONS: dict[str, Macro] = {
    "protectedDiv": Macro(2, 2, quotient),
    "protectDiv": Macro(2, 2, quotient),
    "add": Macro(2, 2, lambda x, y: total([x, y])),
    "sub": Macro(2, 2, lambda x, y: total([x, negated(y)])),
    "mul": Macro(2, 2, lambda x, y: product([x, y])),
    "mult": Macro(2, 2, lambda x, y: product([x, y])),
    "multiply": Macro(2, 2, lambda x, y: product([x, y])),
    "div": Macro(2, 2, quotient),
    "pow": Macro(2, 2, powered),
    "power": Macro(2, 2, powered),
    "gaussian": Macro(1, 1, lambda x: make("gauss", x)),
    "linear": Macro(1, 1, lambda x: x),
    "squared": Macro(1, 1, lambda x: powered(x, const(2))),
}


def plain_signs(text: str) -> str:
    """Signs that are no ASCII as the text that they stand for.

    >>> plain_signs("2·x² - |x-1|⁻¹")
    '2*x**(2) - abs(x-1)**(-1)'
    """
    if not _UNUSUAL.search(text):
        return text
    text = re.sub(
        r"[⁰¹²³⁴-⁹⁻]+", lambda m: f"**({''.join(_RAISED[c] for c in m[0])})", text
    ).translate(_SIGNS)
    text = re.sub(r"√\s*(\w+|(?=\())", lambda m: f"sqrt({m[1]})" if m[1] else "sqrt", text)
    return _bars(text)


def _bars(text: str) -> str:
    """``|x|`` as ``abs(x)``: a bar opens where an operand must come; where one closes what none has
    opened, bars are SymPy's "or".
    """
    out, last, depth = list[str](), "", 0
    for char in text:
        if char == "|":
            opens = not last or last in "+-*/^([,=|<>"
            out.append("abs(" if opens else ")")
            last = "" if opens else ")"
            depth += 1 if opens else -1
            if depth < 0:
                return text
            continue
        out.append(char)
        if not char.isspace():
            last = char
    return text if depth else "".join(out)


def _lines(text: str) -> str:
    """The expressions of a list, or of lines that a label precedes, as lines."""
    text = plain_signs(text)
    if re.match(r"\s*\(?\s*\[", text):
        return rest_of_lists(text)
    label = (
        r"(?m)^\s*(?:Expression|Equation|Class|Output|Expr\.?)\s*(?:for\s+)?[#\s_]*(\w+)\s*[:=]\s*"
    )
    return re.sub(label, lambda m: f"{m[1] if m[1][0].isalpha() else 'y' + m[1]} = ", text)


def _list(content: Content) -> bool:
    return (
        re.match(r"\s*\[", content.sample) is not None
        or _UNUSUAL.search(content.sample) is not None
    )


def _labelled(content: Content) -> bool:
    return (
        re.match(r"(?:Expression|Equation|Class|Output|Expr)\b[^\n=]*[:=]", content.sample)
        is not None
    )


_READ = infix(Language(FUNCTIONS), prepare=_lines)
KINDS = (
    Kind(
        "list of SymPy expressions", "sympy", _list, _READ, example="[x0**2 + 2.5382*cos(x1), 3*x0]"
    ),
    Kind(
        "SymbolNet printout",
        "symbolnet",
        _labelled,
        _READ,
        example="Expression for y0: 0.95*exp(-0.56*x101)",
    ),
    Kind(
        "text of StackGP or HROCH",
        "stackgp",
        None,
        _READ,
        example="0.2926*exp(-2.0*(1.48 - 1.82*x0)**2)",
    ),
)
