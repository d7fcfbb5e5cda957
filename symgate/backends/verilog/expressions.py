"""One Verilog expression per operator. Sums, and what can ride on their carry, are in `sums`;
tables in `module`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from symgate.backends.verilog.terms import Term, compared, operands
from symgate.ir.fixed import Node
from symgate.ir.types import FixedType, Overflow

Terms = Sequence[Term]
#: (operands, node, bits of the result that are wanted) -> text
Expression = Callable[[Terms, Node, int], str]


def _infix(sign: str) -> Expression:
    return lambda terms, node, width: f" {sign} ".join(operands(terms, width))


def _choice(condition: str, then: Term, other: Term, width: int) -> str:
    yes, no = operands([then, other], width)
    return f"{condition} ? {yes} : {no}"


def _less(terms: Terms) -> str:
    return " < ".join(compared(terms))


def _select(terms: Terms, node: Node, width: int) -> str:
    return _choice(terms[0].bits(0), terms[1], terms[2], width)


def _slice(terms: Terms, node: Node, width: int) -> str:
    low = node.attr[1]
    return terms[0].bits(low + width - 1, low)


def _concat(terms: Terms, node: Node, width: int) -> str:
    low_width = node.attr[0]
    if width <= low_width:  # the range says that the high part is 0
        return terms[1].bits(width - 1)
    return f"{{{terms[0].bits(width - low_width - 1)}, {terms[1].bits(low_width - 1)}}}"


def _shl(terms: Terms, node: Node, width: int) -> str:
    n = node.attr[0]
    if n == 0:
        return _low_bits(terms, node, width)
    return f"{{{terms[0].bits(width - n - 1)}, {n}'d0}}" if width > n else f"{width}'d0"


def _low_bits(terms: Terms, node: Node, width: int) -> str:
    return terms[0].bits(width - 1)


def _truncate(terms: Terms, node: Node, width: int) -> str:
    drop = node.attr[0]
    return terms[0].bits(drop + width - 1, drop)


def _invert(terms: Terms, node: Node, width: int) -> str:
    return f"~{terms[0].bits(width - 1)}"


def _saturate(terms: Terms, node: Node, width: int) -> str:
    """Too low and too high are read off the top bits; a comparison would take a carry chain."""
    size, signed, mode = node.attr
    x = terms[0]
    limits = FixedType(bool(signed), size, 0)
    lowest = -limits.hi if mode == Overflow.SAT_SYM and signed and size > 1 else limits.lo
    below, above = (0, 0) if mode == Overflow.SAT_ZERO else (lowest, limits.hi)
    text = x.bits(width - 1)
    both = x.range.lo < lowest and limits.hi < x.range.hi
    if both and width == size > 1 and (below, above) == (limits.lo, limits.hi):
        return _two_ended(x, size, bool(signed), text)
    if x.range.hi > limits.hi:
        text = f"{_too_high(x, size - signed)} ? {Term.const(above).bits(width - 1)} : {text}"
    if x.range.lo < lowest:
        text = f"{_too_low(x, size - 1 if signed else 0, lowest)} ? {Term.const(below).bits(width - 1)} : {text}"
    return text


def _two_ended(x: Term, size: int, signed: bool, text: str) -> str:
    """``text``, or the end on the side of ``x``: its opposite sign in all bits, but for the sign's own.

    As two choices between constants Yosys takes one of them for the reset of a register behind it, whose
    condition then costs LUTs of its own.
    """
    top = x.width - 1
    sign, beyond = x.bits(top, top), x.bits(top, size - signed)
    outside = f"(|{beyond})"
    if signed:
        outside = f"({sign} ^ {x.bits(top - 1, top - 1)})" if top == size else f"(~(&{beyond}) & {outside})"
    end = f"{{{sign}, {{{size - 1}{{~{sign}}}}}}}" if signed else f"{{{size}{{~{sign}}}}}"
    return f"{outside} ? {end} : {text}"


def _too_high(x: Term, size: int) -> str:
    """``x >= 2**size``."""
    any_set = f"(|{x.bits(x.width - 1 - x.signed, size)})"
    return f"(~{x.bits(x.width - 1, x.width - 1)} & {any_set})" if x.signed else any_set


def _too_low(x: Term, size: int, lowest: int) -> str:
    """``x < lowest``, which is -2**size, one more, or 0."""
    top = x.width - 1
    sign = x.bits(top, top)
    if lowest == 0:
        return sign
    some_clear = f"~(&{x.bits(top, size)})"
    return (
        f"({sign} & ({some_clear}{'' if lowest == -(1 << size) else f' | ~(|{x.bits(size - 1)})'}))"
    )


#: The expression of each operator over its operands, for a wire as wide as the node.
EXPRESSIONS: dict[str, Expression] = {
    "add": _infix("+"),
    "sub": _infix("-"),
    "neg": lambda terms, node, width: f"-({operands(terms, width)[0]})",
    "mul": _infix("*"),
    "square": lambda terms, node, width: _infix("*")([terms[0], terms[0]], node, width),
    "abs": _low_bits,  # of a number that is never negative; any other is a row
    "min": lambda terms, node, width: _choice(f"({_less(terms)})", terms[0], terms[1], width),
    "max": lambda terms, node, width: _choice(f"({_less(terms)})", terms[1], terms[0], width),
    "shl": _shl,
    "scale": _low_bits,
    "invert": _invert,
    "slice": _slice,
    "concat": _concat,
    "round": _truncate,
    "saturate": _saturate,
    "wrap": _low_bits,
    "lt": lambda terms, node, width: _less(terms),
    "le": lambda terms, node, width: " <= ".join(compared(terms)),
    "eq": lambda terms, node, width: " == ".join(compared(terms)),
    "and": lambda terms, node, width: f"{terms[0].bits(0)} & {terms[1].bits(0)}",
    "or": lambda terms, node, width: f"{terms[0].bits(0)} | {terms[1].bits(0)}",
    "not": lambda terms, node, width: f"~{terms[0].bits(0)}",
    "select": _select,
}
