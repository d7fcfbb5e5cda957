"""What FPCore 2.0's operators and constants mean on real numbers, and which of them have no meaning
in a circuit.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from itertools import combinations, pairwise

from symgate.errors import InputError
from symgate.frontend.language.functions import COMMON, ONE, ZERO, Macro, chain, truth
from symgate.frontend.language.tokens import MAX_DIGITS, MAX_EXPONENT
from symgate.ir.algebra import negated, powered, product, quotient, total
from symgate.ir.expr import Expr, const, make
from symgate.ir.operators import NAMES, OPERATORS

_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?")
_RACKET = re.compile(
    r"[dfls](?=[+-]?\d+$)"
)  # other letters for the exponent, which Herbie's files use
_RATIONAL = re.compile(r"[+-]?\d+/\d+")
_HEX = re.compile(r"([+-]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?(?:[pP]([+-]?\d+))?")


def is_number(word: str) -> bool:
    """Whether a word is meant to be a number."""
    return re.match(r"[+-]?\.?\d", word) is not None


def number(word: str) -> Fraction:
    """The exact value of a decimal, rational or hexadecimal number; raise `InputError` for what is
    none.

    >>> number("-1.5e-1"), number("3/8"), number("0xf.fp-4"), number("+.5"), number("0.25f1")
    (Fraction(-3, 20), Fraction(3, 8), Fraction(255, 256), Fraction(1, 2), Fraction(5, 2))
    """
    if len(word) > MAX_DIGITS:
        raise InputError(
            f"a number of {len(word)} digits",
            expected=f"at most {MAX_DIGITS} digits",
            remedy="round it",
        )
    if found := _HEX.fullmatch(word):
        return _hexadecimal(found[1], found[2], found[3] or "", found[4] or "0", word)
    if _RATIONAL.fullmatch(word):
        top, _, bottom = word.partition("/")
        if int(bottom) == 0:
            raise InputError("division by zero", remedy="correct the number")
        return Fraction(int(top), int(bottom))
    plain = _RACKET.sub("e", word.lower())
    if not _DECIMAL.fullmatch(plain):
        raise InputError(f"'{word}' is not a number", expected="1.5, -2e-3, 3/8 or 0x1.8p3")
    mantissa, _, exponent = plain.partition("e")
    whole = mantissa.lstrip("+-").partition(".")[0].lstrip("0")
    if len(exponent) > 8 or abs(len(whole) + int(exponent or 0)) > MAX_EXPONENT:
        raise _outside(word)
    return Fraction(plain)


def _hexadecimal(sign: str, whole: str, part: str, exponent: str, word: str) -> Fraction:
    if not whole + part:
        raise InputError(
            f"'{word}' is not a number", expected="a hexadecimal number such as 0x1.8p3"
        )
    if len(exponent) > 6 or abs(int(exponent) + 4 * len(whole)) > 1000:
        raise _outside(word)
    value = int(whole + part, 16) * Fraction(2) ** (int(exponent) - 4 * len(part))
    return -value if sign == "-" else value


def _outside(word: str) -> InputError:
    what = f"the number {word[:24]} is outside the range of numbers"
    return InputError(
        what,
        remedy="write 0 for a number that small, and rescale the expression for one that large",
    )


def _half(x: Expr) -> Expr:
    return quotient(x, const(2))


#: FPCore's constants; infinity and NaN are no numbers of a circuit.
CONSTANTS: dict[str, Callable[[], Expr]] = {
    "E": lambda: make("e"),
    "LOG2E": lambda: make("inv", make("log", const(2))),
    "LOG10E": lambda: make("inv", make("log", const(10))),
    "LN2": lambda: make("log", const(2)),
    "LN10": lambda: make("log", const(10)),
    "PI": lambda: make("pi"),
    "PI_2": lambda: _half(make("pi")),
    "PI_4": lambda: quotient(make("pi"), const(4)),
    "M_1_PI": lambda: make("inv", make("pi")),
    "M_2_PI": lambda: product([const(2), make("inv", make("pi"))]),
    "M_2_SQRTPI": lambda: product([const(2), make("inv", make("sqrt", make("pi")))]),
    "SQRT2": lambda: make("sqrt", const(2)),
    "SQRT1_2": lambda: make("sqrt", const(Fraction(1, 2))),
    "TRUE": lambda: ONE,
    "FALSE": lambda: ZERO,
}
CONSTANTS |= {
    name.removeprefix("M_"): CONSTANTS[name] for name in ("M_1_PI", "M_2_PI", "M_2_SQRTPI")
}
CONSTANTS["M_LN2"], CONSTANTS["M_PI"] = CONSTANTS["LN2"], CONSTANTS["PI"]
NOT_NUMBERS = frozenset({"INFINITY", "NAN", "+inf.0", "-inf.0", "+nan.0", "inf", "nan"})


def _compared(op: str) -> Callable[..., Expr]:
    """A chain such as ``(< a b c)``: every neighbour pair holds; all pairs for ``!=``."""

    def build(*args: Expr) -> Expr:
        pairs = list(combinations(args, 2) if op == "ne" else pairwise(args))
        return chain("and")(*(make(op, a, b) for a, b in pairs)) if pairs else ONE

    return build


def _rest(x: Expr, y: Expr) -> Expr:
    """C's fmod: the remainder with the sign of ``x``."""
    return product([make("sign", x), make("mod", make("abs", x), make("abs", y))])


def _away(x: Expr) -> Expr:
    """C's round: halves go away from zero."""
    return product([make("sign", x), make("floor", total([make("abs", x), const(Fraction(1, 2))]))])


def _sign_of(x: Expr, y: Expr) -> Expr:
    size = make("abs", x)
    return make("where", make("lt", y, ZERO), negated(size), size)


def _difference(x: Expr, *rest: Expr) -> Expr:
    return total([x, *map(negated, rest)]) if rest else negated(x)


def _ratio(x: Expr, *rest: Expr) -> Expr:
    result = x if rest else quotient(ONE, x)
    for y in rest:
        result = quotient(result, y)
    return result


def _operator(name: str) -> Macro:
    op = OPERATORS[NAMES[name]]
    least, most = (1, None) if op.arity is None else (op.arity, op.arity)
    return Macro(
        least, most, lambda *args: make(op.name, *args) if len(args) > 1 or op.arity else args[0]
    )


_SAME = """
    fabs exp exp2 expm1 log log2 log10 log1p sqrt cbrt hypot sin cos tan asin acos atan atan2 sinh cosh tanh asinh
    acosh atanh erf fmax fmin floor ceil
"""

#: FPCore's operators by name; a floating-point test of a number that a circuit cannot hold is a
#: constant.
OPERATIONS: dict[str, Macro] = {name: _operator(name) for name in _SAME.split()} | {
    "+": Macro(1, None, lambda *a: total(a)),
    "-": Macro(1, None, _difference),
    "*": Macro(1, None, lambda *a: product(a)),
    "/": Macro(1, None, _ratio),
    "neg": Macro(1, 1, negated),
    "pow": Macro(2, 2, powered),
    "fma": COMMON["fma"],
    "erfc": COMMON["erfc"],
    "trunc": COMMON["trunc"],
    "fmod": Macro(2, 2, _rest),
    "remainder": Macro(
        2, 2, lambda x, y: total([x, negated(product([y, make("round", quotient(x, y))]))])
    ),
    "fdim": Macro(2, 2, lambda x, y: make("max", total([x, negated(y)]), ZERO)),
    "copysign": Macro(2, 2, _sign_of),
    "round": Macro(1, 1, _away),
    "nearbyint": Macro(1, 1, lambda x: make("round", x)),
    "rint": Macro(1, 1, lambda x: make("round", x)),
    "and": Macro(0, None, lambda *a: chain("and")(*a) if a else ONE),
    "or": Macro(0, None, lambda *a: chain("or")(*a) if a else ZERO),
    "not": COMMON["not"],
    "signbit": Macro(1, 1, lambda x: make("lt", x, ZERO)),
    "isfinite": Macro(1, 1, lambda x: ONE),
    "isinf": Macro(1, 1, lambda x: ZERO),
    "isnan": Macro(1, 1, lambda x: ZERO),
    "isnormal": Macro(1, 1, lambda x: make("ne", x, ZERO)),
    "cast": Macro(1, 1, lambda x: x),
    "if": Macro(3, 3, lambda c, x, y: make("where", truth(c), x, y)),
}
OPERATIONS |= {
    sign: Macro(1, None, _compared(op))
    for sign, op in {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}.items()
}

#: What is refused by name, and what to do instead.
REFUSED: dict[str, str] = dict.fromkeys(
    ("while", "while*", "for", "for*"),
    "unroll it: FPBench's transform.rkt --unroll N writes the loop's steps out",
)
REFUSED |= dict.fromkeys(
    ("tensor", "tensor*", "array", "ref", "dim", "size"),
    "write an FPCore with one argument for each element",
)
REFUSED |= dict.fromkeys(
    ("tgamma", "lgamma"), "give a function of your own: --function 'tgamma(x) = ...'"
)
