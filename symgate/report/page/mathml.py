"""Formulas typeset: MathML from expressions, in pieces between which a line may break."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fractions import Fraction

from symgate.ir.algebra import negated
from symgate.ir.expr import CONST, VAR, Expr, const, make, postorder
from symgate.ir.exprtext import number
from symgate.report.page.html import Html, el, joined

#: Formulas with more nodes than `_MOST`, or deeper than `_DEEPEST`, are shown as text.
_MOST, _DEEPEST = 600, 80
_DIGITS = 6  # of a constant
_NAME = 5  # letters of a name that take the room of a node more
_PIECE = 9  # nodes of a piece that is not broken over lines
_SMALL = 4  # nodes of a factor that stays with the next one
_SUM, _PRODUCT, _POWER, _ATOM = range(4)
_LETTERS = {
    name: chr(code)
    for name, code in (
        ("alpha", 0x3B1), ("beta", 0x3B2), ("gamma", 0x3B3), ("delta", 0x3B4), ("epsilon", 0x3B5),
        ("eta", 0x3B7), ("theta", 0x3B8), ("kappa", 0x3BA), ("lambda", 0x3BB), ("mu", 0x3BC),
        ("nu", 0x3BD), ("rho", 0x3C1), ("sigma", 0x3C3), ("tau", 0x3C4), ("phi", 0x3C6),
        ("chi", 0x3C7), ("psi", 0x3C8), ("omega", 0x3C9),
    )
}  # fmt: skip
_RELATIONS = {"lt": "<", "le": "≤", "gt": ">", "ge": "≥", "eq": "=", "ne": "≠"}
_NAMES = {"sigmoid": "σ", "log": "ln", "heaviside": "θ", "asin": "arcsin", "acos": "arccos",
          "atan": "arctan"}  # fmt: skip
_TO_THE = {"square": "2", "cube": "3"}
_FENCES = {"abs": "||", "floor": "⌊⌋", "ceil": "⌈⌉", "round": "⌊⌉"}
_APPLY, _TIMES = Html("<mo>&#x2061;</mo>"), Html("<mo>&#x2062;</mo>")
_GAP = Html('<mspace width="0.14em"/>')


def is_typeset(e: Expr) -> bool:
    """Whether a formula is small enough to be read as one."""
    nodes = postorder([e])
    depth: dict[Expr, int] = {}
    for node in nodes:
        depth[node] = 1 + max((depth[operand] for operand in node.args), default=0)
    return _tree_size(nodes) <= _MOST and depth[e] <= _DEEPEST


def _tree_size(nodes: Iterable[Expr]) -> int:
    """Nodes of the last one as they are written, where shared ones count each time, and long names
    as several.
    """
    size: dict[Expr, int] = {}
    total = 0
    for node in nodes:
        own = 1 + len(str(node.value)) // _NAME if node.op == VAR else 1
        total = own + sum(size[operand] for operand in node.args)
        size[node] = min(total, 10 * _MOST)
    return total


def inline(e: Expr) -> Html:
    """Return a formula in one piece."""
    return _math(_mml(e, _SUM))


def flowing(e: Expr, name: str | None = None) -> Html:
    """Return a formula, after ``name =``, in pieces between which lines may break."""
    head = [_math(joined([_variable(name), _operator("=")]))] if name else []
    pieces = [_math(piece) for piece in _pieces(e, [], [])]
    return el("span", joined([*head, *pieces], " "), class_="formula")


def symbol(name: str) -> Html:
    """Return the name of a value as mathematics has it: ``x14`` with an index."""
    return _math(_variable(name))


def _math(inside: Html) -> Html:
    return el("math", inside)


def _pieces(e: Expr, before: list[Html], after: list[Html]) -> list[Html]:
    """The pieces of ``e``; ``before`` its first, and ``after`` its last one, stand these."""
    if not _is_large(e):
        return [joined([*before, _mml(e, _SUM), *after])]
    if e.op == "add":
        return _broken_sum(e, before, after)
    if e.op == "mul" and not any(_is_divisor(a) for a in e.args):
        return _broken_product(e, before, after)
    power = _whole_power(e)
    if power and e.args[0].op == "add":
        end = el("msup", _operator(")", "postfix"), el("mn", power))
        return _pieces(e.args[0], [*before, _operator("(", "prefix")], [end, *after])
    if len(e.args) == 1 and _is_function(e):
        start = [*before, _function_name(e.op), _APPLY, _operator("(", "prefix")]
        return _pieces(e.args[0], start, [_operator(")", "postfix"), *after])
    return [joined([*before, _mml(e, _SUM), *after])]


def _whole_power(e: Expr) -> str:
    """The exponent of a positive whole power; empty for all else."""
    if e.op == "pow" and e.args[1].is_const:
        value = e.args[1].value
        return str(value) if value > 0 and value.denominator == 1 else ""
    return _TO_THE.get(e.op, "")


def _is_large(e: Expr) -> bool:
    return _tree_size(postorder([e])) > _PIECE


def _is_function(e: Expr) -> bool:
    """Whether ``e`` is written as a name before its operand."""
    return e.op in ("exp", "exp2") or (e.op not in _RULES and e.op not in _FENCES)


def _broken_sum(e: Expr, before: list[Html], after: list[Html]) -> list[Html]:
    out: list[Html] = []
    terms = _terms(e)
    for k, (sign, term) in enumerate(terms):
        lead = before if k == 0 else []
        mark = [_operator(sign, "infix" if k else None)] if k or sign == "−" else []
        out += _pieces(term, [*lead, *mark], after if k == len(terms) - 1 else [])
    return out


def _broken_product(e: Expr, before: list[Html], after: list[Html]) -> list[Html]:
    out: list[Html] = []
    factors = _factors(e)
    if factors[0].is_const and factors[0].value < 0:
        positive = [] if factors[0] is const(-1) else [const(-factors[0].value)]
        factors, before = [*positive, *factors[1:]], [*before, _operator("−")]
    lead = before
    for k, factor in enumerate(factors):
        last = after if k == len(factors) - 1 else []
        size = _tree_size(postorder([factor]))
        if factor.op == "add" and size > _PIECE:
            open_, close = _operator("(", "prefix"), _operator(")", "postfix")
            out += _pieces(factor, [*lead, open_], [close, *last])
            lead = []
        elif size > _PIECE and factor.op != "mul":
            out += _pieces(factor, lead, last)
            lead = []
        elif size <= _SMALL and not last and k < len(factors) - 1:
            lead = [*lead, _mml(factor, _POWER), _TIMES, _GAP]
        else:
            out.append(joined([*lead, _mml(factor, _POWER), *last]))
            lead = []
    return out


def _spaced(parts: list[Html]) -> list[Html]:
    """Factors with a little room between them."""
    return [joined(parts, _TIMES + _GAP)] if parts else []


def _operator(sign: str, form: str | None = None) -> Html:
    return el("mo", sign, form=form, stretchy="false" if sign in "()[]" else None)


def _mml(e: Expr, level: int) -> Html:
    """The MathML of ``e`` where operators bind as tightly as ``level``."""
    own, inside = _expand(e)
    return _fenced(inside) if own < level else inside


def _fenced(inside: Html, ends: str = "()") -> Html:
    left, right = ends[0], ends[-1]
    return el("mrow", el("mo", left, form="prefix"), inside, el("mo", right, form="postfix"))


def _expand(e: Expr) -> tuple[int, Html]:
    if e.op == CONST:
        return _constant(e.value)
    if e.op == VAR:
        return _ATOM, _variable(str(e.value))
    if rule := _RULES.get(e.op):
        return rule(e)
    if e.op in _RELATIONS:
        left, right = (_mml(operand, _SUM) for operand in e.args)
        return _SUM, el("mrow", left, _operator(_RELATIONS[e.op]), right)
    if e.op in _FENCES:
        return _ATOM, _fenced(_mml(e.args[0], _SUM), _FENCES[e.op])
    return _function(e)


def _constant(value: Fraction) -> tuple[int, Html]:
    text = number(value)
    if "/" in text and abs(value.numerator) < 10**4 and value.denominator < 10**4:
        top, bottom = (el("mn", str(n)) for n in (abs(value.numerator), value.denominator))
        ratio = el("mfrac", top, bottom)
        return (_SUM, el("mrow", _operator("−"), ratio)) if value < 0 else (_POWER, ratio)
    shown = el("mn", _decimal(abs(value)))
    return (_SUM, el("mrow", _operator("−"), shown)) if value < 0 else (_ATOM, shown)


def _decimal(value: Fraction) -> str:
    text = number(value)
    if "/" not in text and len(text.replace(".", "")) <= _DIGITS + 1:
        return text
    mantissa, _, power = f"{float(value):.{_DIGITS}g}".partition("e")
    return f"{mantissa}e{int(power)}" if power else mantissa


def _variable(name: str) -> Html:
    stem, index = name, ""
    if match := re.fullmatch(r"([A-Za-z]+)_?(\d+)", name) or re.fullmatch(
        r"([A-Za-z])_(\w+)", name
    ):
        stem, index = match[1], match[2]
    letter = el("mi", _LETTERS.get(stem, stem))
    return el("msub", letter, el("mn" if index.isdigit() else "mi", index)) if index else letter


def _terms(e: Expr) -> list[tuple[str, Expr]]:
    """The terms of a sum with their signs, a constant last and one without a minus first."""
    found = [
        ("−", negated(term)) if _negative(term) else ("+", term)
        for term in sorted(_summands(e), key=lambda a: a.is_const)
    ]
    first = next((k for k, (sign, _) in enumerate(found) if sign == "+"), 0)
    return [found.pop(first), *found]


def _summands(e: Expr) -> list[Expr]:
    """The terms of a sum and of sums in it; constants stay as they are written."""
    found, stack = list[Expr](), list(reversed(e.args))
    while stack:
        term = stack.pop()
        if term.op == "add":
            stack.extend(reversed(term.args))
        else:
            found.append(term)
    return found


def _negative(e: Expr) -> bool:
    first = e.args[0] if e.op == "mul" else e
    return first.is_const and first.value < 0 and negated(negated(e)) is e


def _sum(e: Expr) -> tuple[int, Html]:
    parts: list[Html] = []
    for k, (sign, term) in enumerate(_terms(e)):
        parts += [_operator(sign)] if k or sign == "−" else []
        parts.append(_mml(term, _PRODUCT))
    return _SUM, el("mrow", *parts)


def _is_divisor(e: Expr) -> bool:
    return e.op == "inv" or (e.op == "pow" and e.args[1].is_const and e.args[1].value < 0)


def _under(e: Expr) -> Expr:
    """The expression that a divisor stands for."""
    power = -1 if e.op == "inv" else e.args[1].value
    return e.args[0] if power == -1 else make("pow", e.args[0], const(-power))


def _product(e: Expr) -> tuple[int, Html]:
    factors = _factors(e)
    size, rest = (factors[0].value, factors[1:]) if factors[0].is_const else (Fraction(1), factors)
    minus = size < 0
    factors = rest if abs(size) == 1 and rest else [const(abs(size)), *rest]
    above = [a for a in factors if not _is_divisor(a)]
    below = [_under(a) for a in factors if _is_divisor(a)]
    shown = _ratio(above, below) if below else _row(above)
    return (_SUM, el("mrow", _operator("−"), shown)) if minus else (_PRODUCT, shown)


def _factors(e: Expr) -> list[Expr]:
    """The factors of a product and of products in it: their constants as one, first."""
    size, closed, others = Fraction(1), list[Expr](), list[Expr]()
    stack = list(reversed(e.args))
    while stack:
        factor = stack.pop()
        if factor.op == "mul":
            stack.extend(reversed(factor.args))
        elif factor.is_const:
            size *= factor.value
        else:
            (closed if factor.closed else others).append(factor)
    return [*([const(size)] if size != 1 else []), *closed, *others] or [const(1)]


def _row(factors: list[Expr]) -> Html:
    if len(factors) == 1:
        return _mml(factors[0], _PRODUCT)
    return el("mrow", *_spaced([_mml(factor, _POWER) for factor in factors]))


def _ratio(above: list[Expr], below: list[Expr]) -> Html:
    return el("mfrac", _row(above) if above else el("mn", "1"), _row(below))


def _quotient(e: Expr) -> tuple[int, Html]:
    return _POWER, el("mfrac", *(_mml(operand, _SUM) for operand in e.args))


def _power(e: Expr) -> tuple[int, Html]:
    base, exponent = e.args
    if exponent.is_const and exponent.value == Fraction(1, 2):
        return _ATOM, el("msqrt", _mml(base, _SUM))
    if _is_divisor(e):
        return _POWER, _ratio([], [_under(e)])
    return _POWER, _raised(base, _mml(exponent, _SUM))


def _raised(base: Expr, exponent: Html) -> Html:
    return el("msup", _mml(base, _ATOM), exponent)


def _to_the(power: str) -> Callable[[Expr], tuple[int, Html]]:
    return lambda e: (_POWER, _raised(e.args[0], el("mn", power)))


def _power_of(base: str) -> Callable[[Expr], tuple[int, Html]]:
    letter = el("mi" if base.isalpha() else "mn", base)

    def shown(e: Expr) -> tuple[int, Html]:
        if _is_large(e):
            return _function(e)
        return _POWER, el("msup", letter, _mml(e.args[0], _SUM))

    return shown


def _function(e: Expr) -> tuple[int, Html]:
    name = _function_name(e.op)
    if not e.args:
        return _ATOM, name
    inside = joined([_mml(operand, _SUM) for operand in e.args], el("mo", ",", separator="true"))
    return _ATOM, el("mrow", name, _APPLY, _fenced(inside))


def _function_name(op: str) -> Html:
    if match := re.fullmatch(r"(log)(2|10)", op):
        return el("msub", el("mi", "log"), el("mn", match[2]))
    return el("mi", _NAMES.get(op, op), mathvariant="normal")


def _where(e: Expr) -> tuple[int, Html]:
    condition, then, other = (_mml(operand, _SUM) for operand in e.args)
    rows = (
        el("mtr", el("mtd", value), el("mtd", el("mtext", word), *when))
        for value, word, when in ((then, " if ", [condition]), (other, " otherwise", []))
    )
    brace = el("mo", "{", form="prefix", stretchy="true")
    return _ATOM, el("mrow", brace, el("mtable", *rows, class_="cases"))


def _logical(sign: str) -> Callable[[Expr], tuple[int, Html]]:
    return lambda e: (
        _SUM,
        el("mrow", _mml(e.args[0], _PRODUCT), _operator(sign), _mml(e.args[1], _PRODUCT)),
    )


_RULES: dict[str, Callable[[Expr], tuple[int, Html]]] = {
    "add": _sum,
    "mul": _product,
    "div": _quotient,
    "pow": _power,
    "neg": lambda e: (_SUM, el("mrow", _operator("−"), _mml(e.args[0], _PRODUCT))),
    "sqrt": lambda e: (_ATOM, el("msqrt", _mml(e.args[0], _SUM))),
    "cbrt": lambda e: (_ATOM, el("mroot", _mml(e.args[0], _SUM), el("mn", "3"))),
    "inv": lambda e: (_POWER, _ratio([], [e.args[0]])),
    **{op: _to_the(power) for op, power in _TO_THE.items()},
    "exp": _power_of("e"),
    "exp2": _power_of("2"),
    "pi": lambda e: (_ATOM, el("mi", "π")),
    "e": lambda e: (_ATOM, el("mi", "e")),
    "where": _where,
    "and": _logical("∧"),
    "or": _logical("∨"),
    "fn": lambda e: (_ATOM, el("mrow", el("mi", "f"), _APPLY, _fenced(_mml(e.args[0], _SUM)))),
}
