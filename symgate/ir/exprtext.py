"""The text of expressions: `show` prints infix that the infix parser reads back to the same node."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from symgate.ir.algebra import negated, powered, product, quotient, total
from symgate.ir.expr import CONST, VAR, Expr, const, make, postorder

# How tightly text binds, as in `symgate.frontend.language.infix`.
_TERNARY, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _UNARY, _POWER, _ATOM = range(10)
_COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
#: Variables that need backticks: words of the language and the names of constants.
RESERVED = frozenset({"and", "or", "not", "if", "else", "True", "False", "pi", "e", "E", "exp1"})
RESERVED |= {"nan", "NaN", "inf", "Inf", "infinity", "oo", "zoo"}

#: A constant is a decimal while it has at most so many places, and so many digits in all.
_MOST_PLACES, _MOST_DIGITS = 17, 20

Piece = str | tuple[Expr, int]


def show(e: Expr) -> str:
    """``e`` in infix, however long; see `symgate.ir.programtext` for a form that keeps sharing."""
    shadowed = any(node.op == VAR and node.value in RESERVED for node in postorder([e]))
    return "".join(_pieces(e, shadowed))


def brief(e: Expr, limit: int = 400) -> str:
    """``e`` in infix, cut after about ``limit`` characters."""
    out, size = list[str](), 0
    for piece in _pieces(e, False):
        out.append(piece)
        size += len(piece)
        if size > limit:
            return "".join(out) + "..."
    return "".join(out)


def _pieces(root: Expr, shadowed: bool) -> Iterator[str]:
    """The text of ``root`` in pieces, left to right, with a stack of its own."""
    stack: list[Piece] = [(root, _TERNARY)]
    while stack:
        top = stack.pop()
        if isinstance(top, str):
            yield top
            continue
        e, level = top
        own, pieces = _expand(e, shadowed)
        stack.extend(reversed(["(", *pieces, ")"] if own < level else pieces))


def _expand(e: Expr, shadowed: bool) -> tuple[int, list[Piece]]:
    """How tightly the text of ``e`` binds, and that text with operands still to be expanded."""
    if e.op == CONST:
        return _constant(e.value)
    if e.op == VAR:
        return _ATOM, [f"`{e.value}`" if e.value in RESERVED else str(e.value)]
    if not e.args:
        return _ATOM, [e.op + "()" if shadowed or e.op not in RESERVED else e.op]
    rule = _INFIX.get(e.op)
    found = rule(e) if rule else None
    if found is None and e.op in _COMPARISONS:
        return _COMPARE, [(e.args[0], _SUM), f" {_COMPARISONS[e.op]} ", (e.args[1], _SUM)]
    return found or (
        _ATOM,
        [f"{e.op}(", *joined([(operand, _TERNARY) for operand in e.args], ", "), ")"],
    )


def joined(pieces: list[Piece], between: str) -> list[Piece]:
    """``pieces`` with ``between`` between them."""
    out: list[Piece] = []
    for piece in pieces:
        out += [between, piece] if out else [piece]
    return out


def number(value: Fraction) -> str:
    """An exact constant, as a decimal where that is short.

    >>> number(Fraction(39, 100)), number(Fraction(-1, 3)), number(Fraction(1, 2**40))
    ('0.39', '-1/3', '1/1099511627776')
    """
    if value.denominator == 1:
        return str(value.numerator)
    for places in range(1, _MOST_PLACES + 1):
        scaled = value * 10**places
        if scaled.denominator == 1 and abs(scaled) < 10**_MOST_DIGITS:
            digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
            return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"
    return f"{value.numerator}/{value.denominator}"


def _constant(value: Fraction) -> tuple[int, list[Piece]]:
    text = number(value)
    if "/" in text:
        return _PRODUCT, [text]
    return _UNARY if value < 0 else _ATOM, [text]


def _negative(e: Expr) -> bool:
    first = e.args[0] if e.op == "mul" else e
    return first.is_const and first.value < 0 and negated(negated(e)) is e


def _sum(e: Expr) -> tuple[int, list[Piece]] | None:
    if total(e.args) is not e:
        return None
    # the constant last, unless it saves a leading minus
    terms = sorted(e.args, key=lambda a: a.is_const)
    first = next((k for k, a in enumerate(terms) if not _negative(a)), 0)
    leading = terms.pop(first)
    pieces: list[Piece] = [(leading, _SUM if _negative(leading) else _PRODUCT)]
    for term in terms:
        if _negative(term):
            pieces += [" - ", (negated(term), _PRODUCT)]
        else:
            pieces += [" + ", (term, _PRODUCT)]
    return _SUM, pieces


def _product(e: Expr) -> tuple[int, list[Piece]] | None:
    if product(e.args) is not e or any(operand.is_const for operand in e.args[1:]):
        return None
    first, second = e.args[:2]
    pieces: list[Piece] = [(operand, _UNARY) for operand in e.args]
    if first is const(-1) and negated(second) is make("mul", first, second):
        return _PRODUCT, ["-", *joined(pieces[1:], "*")]
    if first.is_const:
        pieces[0] = number(first.value)
    return _PRODUCT, joined(pieces, "*")


def _quotient(e: Expr) -> tuple[int, list[Piece]] | None:
    x, y = e.args
    if y.is_const or quotient(x, y) is not e:
        return None
    return _PRODUCT, [(x, _PRODUCT), "/", (y, _UNARY)]


def _power(e: Expr) -> tuple[int, list[Piece]] | None:
    if powered(*e.args) is not e:
        return None
    return _POWER, [(e.args[0], _ATOM), "**", (e.args[1], _UNARY)]


def _logical(word: str, level: int) -> Callable[[Expr], tuple[int, list[Piece]] | None]:
    return lambda e: (level, [(e.args[0], level), f" {word} ", (e.args[1], level + 1)])


_INFIX: dict[str, Callable[[Expr], tuple[int, list[Piece]] | None]] = {
    "add": _sum,
    "mul": _product,
    "div": _quotient,
    "pow": _power,
    "or": _logical("or", _OR),
    "and": _logical("and", _AND),
    "not": lambda e: (_NOT, ["not ", (e.args[0], _NOT)]),
    "fn": lambda e: (_ATOM, ["fn{", (e.value.body, _TERNARY), "}(", (e.args[0], _TERNARY), ")"]),
}
