"""Function names that text may use beside the operators of `symgate.ir.operators`, each in terms of
those.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from symgate.ir.algebra import negated, powered, product, quotient, total
from symgate.ir.expr import Expr, const, make
from symgate.ir.operators import NAMES, OPERATORS
from symgate.ir.operators.families import is_family

ONE, ZERO = const(1), const(0)


@dataclass(frozen=True)
class Macro:
    """A named combination of operators. ``least`` and ``most`` bound the number of operands (None:
    no upper bound).
    """

    least: int
    most: int | None
    build: Callable[..., Expr]

    def accepts(self, count: int) -> bool:
        """Whether it takes so many operands."""
        return self.least <= count and (self.most is None or count <= self.most)

    @property
    def takes(self) -> str:
        """How many operands it takes, in words.

        >>> Macro(1, 2, max).takes
        '1 or 2 operands'
        """
        if self.most is None:
            return f"at least {self.least} operand{'s' if self.least != 1 else ''}"
        if self.least == self.most:
            return f"{self.least} operand{'s' if self.least != 1 else ''}"
        return f"{self.least} or {self.most} operands"


Functions = Mapping[str, Macro]


def is_boolean(e: Expr) -> bool:
    """Whether ``e`` is 0 or 1 by construction."""
    if e.op == "const":
        return e.value in (0, 1)
    return e.op in OPERATORS and OPERATORS[e.op].boolean


def truth(e: Expr) -> Expr:
    """``e`` as a condition: itself where it is 0 or 1, else whether it differs from 0 (as in
    NumPy).
    """
    return e if is_boolean(e) else make("ne", e, ZERO)


def chain(op: str) -> Callable[..., Expr]:
    """A logical operator of two operands, applied to any number."""

    def build(*args: Expr) -> Expr:
        result = truth(args[0])
        for operand in args[1:]:
            result = make(op, result, truth(operand))
        return result

    return build


def where(condition: Expr, then: Expr, other: Expr) -> Expr:
    """``then`` where ``condition`` holds, else ``other``."""
    return make("where", truth(condition), then, other)


def argmax(*scores: Expr) -> Expr:
    """The number of the largest score, from 0; the first one of equal scores, as in NumPy."""
    best, number = scores[-1], len(scores) - 1
    choice: Expr = const(number)
    for score in reversed(scores[:-1]):
        number -= 1
        choice = make("where", make("ge", score, best), const(number), choice)
        best = make("max", score, best)
    return choice


def argmin(*scores: Expr) -> Expr:
    """The number of the smallest score, from 0; the first one of equal scores."""
    return argmax(*map(negated, scores))


def rank(score: Expr, *others: Expr) -> Expr:
    """How many of the others are larger than ``score``: 0 where it is the largest, or equal to
    that.
    """
    return total([make("gt", other, score) for other in others])


def _log(x: Expr, base: Expr | None = None) -> Expr:
    if base is None:
        return make("log", x)
    if base.is_const and base.value in (2, 10):
        return make(f"log{base.value}", x)
    return make("div", make("log", x), make("log", base))


#: ``sin(pi x)/(pi x)``, and 1 at 0: what NumPy and Julia call sinc.
NORMALISED_SINC = Macro(1, 1, lambda x: make("sinc", product([make("pi"), x])))


def _of(name: str, outer: str) -> Macro:
    return Macro(1, 1, lambda x: make(outer, make(name, x)))


#: Names with a meaning that does not depend on the source.
COMMON: dict[str, Macro] = {
    "log": Macro(1, 2, _log),
    "ln": Macro(1, 2, _log),
    "and": Macro(2, None, chain("and")),
    "or": Macro(2, None, chain("or")),
    "not": Macro(1, 1, lambda x: make("not", truth(x))),
    "where": Macro(3, 3, where),
    "sec": _of("cos", "inv"),
    "csc": _of("sin", "inv"),
    "cot": _of("tan", "inv"),
    "sech": _of("cosh", "inv"),
    "csch": _of("sinh", "inv"),
    "coth": _of("tanh", "inv"),
    "erfc": Macro(1, 1, lambda x: total([ONE, negated(make("erf", x))])),
    "softplus": Macro(1, 1, lambda x: make("log1p", make("exp", x))),
    "clip": Macro(3, 3, lambda x, lo, hi: make("min", make("max", x, lo), hi)),
    "fma": Macro(3, 3, lambda x, y, z: total([product([x, y]), z])),
    "root": Macro(
        2, 2, lambda x, n: make("cbrt", x) if n is const(3) else powered(x, quotient(ONE, n))
    ),
    "trunc": Macro(1, 1, lambda x: product([make("sign", x), make("floor", make("abs", x))])),
    "Pow": Macro(2, 2, powered),
    "sum": Macro(1, None, lambda *terms: total(terms)),
    "argmax": Macro(2, None, argmax),
    "argmin": Macro(2, None, argmin),
    "rank": Macro(2, None, rank),
    "sq": Macro(1, 1, lambda x: make("square", x)),
}
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    COMMON[_name] = Macro(2, 2, lambda x, y, name=_name: make(name, x, y))
for _alias, _name in {
    "clamp": "clip",
    "And": "and",
    "Or": "or",
    "Not": "not",
    "logical_and": "and",
    "logical_or": "or",
    "logical_not": "not",
    "ITE": "where",
    "select": "where",
    "Ne": "ne",
    "Eq": "eq",
    "Lt": "lt",
    "Le": "le",
    "Gt": "gt",
    "Ge": "ge",
}.items():
    COMMON[_alias] = COMMON[_name]


def _step_with_middle(x: Expr, middle: Expr | None = None) -> Expr:
    """The step function whose value at 0 is ``middle``, one half by default as in SymPy and NumPy."""
    if middle is None or middle is const(Fraction(1, 2)):
        return make("heaviside", x)
    return make("where", make("eq", x, ZERO), middle, make("step", x))


for _alias in ("heaviside", "Heaviside"):
    COMMON[_alias] = Macro(1, 2, _step_with_middle)


def _operator(name: str) -> Macro:
    op = OPERATORS[NAMES.get(name, name)]
    least, most = (2, None) if op.arity is None else (op.arity, op.arity)
    return Macro(least, most, lambda *args: make(op.name, *args))


def lookup(name: str, extra: Functions) -> Macro | None:
    """What ``name`` means when it is called: the source's own functions first, then macros, then
    operators.
    """
    if name in extra:
        return extra[name]
    if name in COMMON:
        return COMMON[name]
    return _operator(name) if name in NAMES or is_family(name) else None


def names(extra: Functions) -> list[str]:
    """Every name that `lookup` knows, sorted."""
    return sorted({*extra, *COMMON, *NAMES, "Piecewise"})
