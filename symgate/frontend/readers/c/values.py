"""Values of C with the kind of their type, and what its operators do with each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from symgate.errors import InputError
from symgate.frontend.language.functions import COMMON, ONE, ZERO, is_boolean, truth
from symgate.frontend.readers.fpcore.fpcore_ops import OPERATIONS
from symgate.ir.algebra import negated, powered, product, quotient, total
from symgate.ir.expr import Expr, const, make

#: The kinds, in the order in which C converts the operands of one operator.
BOOL, WHOLE, UNSIGNED, REAL = -1, 0, 1, 2
#: Of a variable: that of its first value, as `auto` says.
SAME = 3
#: Constant arithmetic on whole numbers above this overflows int, which has no meaning in C.
_LARGEST_INT = 2**31 - 1
_COMPARISONS = {
    "<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne", "===": "eq", "!==": "ne",
}  # fmt: skip


@dataclass(frozen=True)
class Value:
    """A number, and the kind of its type."""

    e: Expr
    kind: int = REAL

    def as_kind(self, kind: int) -> Value:
        """Converted: real numbers are cut off toward 0 where ``kind`` is whole."""
        if kind in (self.kind, SAME):
            return self
        if kind == BOOL:
            return Value(truth(self.e), BOOL)
        if kind == UNSIGNED:
            never_negative(self)
        whole = kind != REAL and self.kind == REAL
        return Value(cut_off(self.e) if whole else self.e, kind)


def cut_off(e: Expr) -> Expr:
    """``e`` without what stands behind the point."""
    if e.is_const:
        size = abs(e.value)
        return const((size.numerator // size.denominator) * (-1 if e.value < 0 else 1))
    if is_boolean(e) or e.op in ("floor", "ceil", "round"):
        return e
    return COMMON["trunc"].build(e)


def never_negative(x: Value) -> None:
    """Raise `InputError` where a signed number becomes an unsigned one and may wrap."""
    safe = x.kind in (BOOL, UNSIGNED) or is_boolean(x.e)
    if x.kind == REAL and not x.e.is_const:
        return  # a negative real number has no value as an unsigned one: it does not occur
    if not safe and not (x.e.is_const and x.e.value >= 0):
        what = "a signed number becomes an unsigned one here, which wraps negative ones in C"
        raise InputError(what, remedy="make both of one type")


def common(*operands: Value) -> int:
    """The kind in which an operator works."""
    kind = max(WHOLE, *(operand.kind for operand in operands))
    if kind == UNSIGNED:
        for operand in operands:
            never_negative(operand)
    return kind


def compared(op: str, x: Value, y: Value) -> Value:
    """A comparison, 0 or 1."""
    common(x, y)
    return Value(make(_COMPARISONS[op], x.e, y.e), WHOLE)


def logical(op: str, x: Value, y: Value) -> Value:
    """``&&`` and ``||``, 0 or 1."""
    return Value(make("and" if op == "&&" else "or", truth(x.e), truth(y.e)), WHOLE)


def bitwise(op: str, x: Value, y: Value) -> Value:
    """``&``, ``|`` and ``^`` of conditions; of other numbers they are refused."""
    names = {"&": "and", "|": "or", "^": "ne"}
    if op not in names or not (is_boolean(x.e) and is_boolean(y.e)):
        remedy = "write pow(x, y) for a power" if op == "^" else "write it with arithmetic"
        raise InputError(f"'{op}' works on the bits of whole numbers", remedy=remedy)
    return Value(make(names[op], x.e, y.e), WHOLE)


def added(terms: list[Value]) -> Value:
    """A sum."""
    kind = common(*terms)
    return _small(Value(total([term.e for term in terms]), kind), terms)


def multiplied(factors: list[Value]) -> Value:
    """A product."""
    kind = common(*factors)
    return _small(Value(product([factor.e for factor in factors]), kind), factors)


def opposite(x: Value) -> Value:
    """``-x``."""
    if x.kind == UNSIGNED:
        raise InputError("a negative unsigned number wraps", remedy="make it int or float")
    return Value(negated(x.e), common(x))


def divided(x: Value, y: Value, script: bool) -> Value:
    """``x / y``, cut off toward 0 where both are whole."""
    if y.e is ZERO:
        raise InputError("division by zero", remedy="correct the divisor")
    kind = common(x, y)
    ratio = quotient(x.e, y.e)
    return Value(ratio, kind) if kind == REAL or script else Value(cut_off(ratio), kind)


def rest(x: Value, y: Value, script: bool) -> Value:
    """``x % y``, which has the sign of x."""
    if common(x, y) == REAL and not script:
        raise InputError("'%' takes whole numbers", remedy="write fmod(x, y)")
    if y.e is ZERO:
        raise InputError("division by zero", remedy="correct the divisor")
    if x.e.is_const and y.e.is_const:
        cut = cut_off(const(x.e.value / y.e.value)).value
        return Value(const(x.e.value - y.e.value * cut), common(x, y))
    return Value(OPERATIONS["fmod"].build(x.e, y.e), common(x, y))


def raised(x: Value, y: Value) -> Value:
    """``x ** y`` of JavaScript."""
    return Value(powered(x.e, y.e))


def _small(result: Value, operands: list[Value]) -> Value:
    """``result``, or an error where whole constants overflow."""
    if result.kind == REAL or not result.e.is_const or abs(result.e.value) <= _LARGEST_INT:
        return result
    if any(operand.e.is_const and abs(operand.e.value) > _LARGEST_INT for operand in operands):
        return result
    raise InputError("this overflows int", remedy="write one number with a point, as in 2.0")


#: Functions of whole numbers, and JavaScript's that differ from C's.
SCRIPT: Mapping[str, Callable[[Expr], Expr]] = {
    "round": lambda x: make("floor", total([x, const(Fraction(1, 2))])),
}
TRUE, FALSE = Value(ONE, WHOLE), Value(ZERO, WHOLE)
