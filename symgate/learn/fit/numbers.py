"""Constants that came from floats, and how large a formula is."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symgate.ir.algebra import negated, powered, product, quotient, total
from symgate.ir.expr import CONST, VAR, Expr, Program, const, make, postorder, rebuild, with_args
from symgate.passes.rewrite.simplify import Simplify

#: Significant digits that constants are written with: float64 keeps 15 of any decimal number.
DIGITS = 15
#: The bits of a constant that is not rounded: a whole number or a simple fraction is meant so.
_SHORT_BITS = 16
_ONE = const(1)
_SQUARE, _ROOT = Fraction(2), Fraction(1, 2)


def constant(value: float, digits: int = DIGITS) -> Expr:
    """``value`` as the exact decimal fraction of its first significant ``digits``."""
    return const(Fraction(f"{value:.{digits - 1}e}"))


def rounded(e: Expr, digits: int = DIGITS) -> Expr:
    """``e`` with long constants cut to so many digits, by default those that a float holds."""

    def step(node: Expr, args: tuple[Expr, ...]) -> Expr:
        if node.op == CONST:
            return _short(node, digits)
        return _folded(node, args)

    return rebuild([e], step)[0]


def _short(node: Expr, digits: int) -> Expr:
    value = node.value
    size = max(value.numerator.bit_length(), value.denominator.bit_length())
    return node if size <= _SHORT_BITS else constant(float(value), digits)


def _folded(node: Expr, args: tuple[Expr, ...]) -> Expr:
    """The node on new operands; negative powers are below a fraction bar."""
    if node.op == "add":
        return total(args)
    if node.op == "mul":
        return _fraction(args)
    if node.op == "div":
        return quotient(*args)
    if node.op == "pow":
        return _over(*args)
    return with_args(node, args)


def _fraction(factors: Sequence[Expr]) -> Expr:
    below = [factor.args[1] for factor in factors if _is_inverse(factor)]
    above = [factor for factor in factors if not _is_inverse(factor)]
    if not below:
        return product(above)
    numerator = product(above) if above else _ONE
    if _is_negative(numerator):
        return negated(make("div", negated(numerator), product(below)))
    return make("div", numerator, product(below))


def _over(base: Expr, exponent: Expr) -> Expr:
    if exponent.op != CONST or exponent.value >= 0:
        return powered(base, exponent)
    below = base if exponent.value == -1 else powered(base, const(-exponent.value))
    return make("div", _ONE, below)


def simplified(e: Expr, inputs: tuple[str, ...]) -> Expr:
    """``e`` in the compiler's normal form, with constants of few digits."""
    return rounded(Simplify()(Program(inputs, (("y", e),))).roots[0])


def nodes(e: Expr) -> int:
    """How many operators, constants and variables the tree of ``e`` has.

    As PySR and Operon count them: sums and products take two operands, a difference is one node,
    and so are a quotient, a square, an inverse and a square root; a minus sign costs one node where
    no sum takes it.
    """
    size: dict[Expr, int] = {}
    for node in postorder([e]):
        size[node] = _size(node, size)
    return size[e]


def _size(node: Expr, size: dict[Expr, int]) -> int:
    if node.op in (CONST, VAR):
        return 1
    if node.op == "add":
        return _of_sum(node, size)
    if node.op == "mul":
        return _of_product(node, size)
    if node.op == "pow" and node.args[1].op == CONST:
        return _of_power(node.args[1].value) + size[node.args[0]]
    operands = node.args[1:] if _is_inverse(node) else node.args
    return 1 + sum(size[operand] for operand in operands)


def _is_inverse(node: Expr) -> bool:
    """Whether the node is 1 over something."""
    return node.op == "div" and node.args[0] is _ONE


def _of_power(exponent: Fraction) -> int:
    return 1 if abs(exponent) in (_SQUARE, _ROOT) else 2


def _of_sum(node: Expr, size: dict[Expr, int]) -> int:
    signs = [_is_negative(term) for term in node.args]
    saved = sum(signs) if not all(signs) else len(signs) - 1
    return len(node.args) - 1 + sum(size[term] for term in node.args) - saved


def _of_product(node: Expr, size: dict[Expr, int]) -> int:
    """``-1 * x`` is a minus sign: one node."""
    factors = [factor for factor in node.args if factor.op != CONST or factor.value != -1]
    own = len(factors) - 1 + (len(factors) < len(node.args))
    return own + sum(size[factor] for factor in factors)


def _is_negative(term: Expr) -> bool:
    """Whether a sum subtracts ``term`` instead of adding it, at no cost of its own."""
    return term.op == "mul" and any(f.op == CONST and f.value == -1 for f in term.args)
