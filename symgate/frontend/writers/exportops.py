"""Operators in terms of others, for languages that lack them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from symgate.errors import InputError
from symgate.ir.expr import (
    CONST,
    VAR,
    Expr,
    combined,
    const,
    make,
    rebuild,
    substitute,
    var,
    with_args,
)
from symgate.ir.function import ARGUMENT
from symgate.ir.operators.families import bits_of, steps_of

_ONE, _ZERO, _HALF = const(1), const(0), const(Fraction(1, 2))


def _sign(x: Expr) -> Expr:
    return make(
        "where", make("gt", x, _ZERO), _ONE, make("where", make("lt", x, _ZERO), const(-1), _ZERO)
    )


def _over(x: Expr, y: Expr) -> Expr:
    return make("div", x, y)


def _root(x: Expr) -> Expr:
    return make("mul", _sign(x), make("pow", make("abs", x), const(Fraction(1, 3))))


#: One step towards simpler operators; what a step writes may be written in terms of others again.
RULES: dict[str, Callable[..., Expr]] = {
    "neg": lambda x: make("mul", const(-1), x),
    "inv": lambda x: _over(_ONE, x),
    "square": lambda x: make("pow", x, const(2)),
    "cube": lambda x: make("pow", x, const(3)),
    "hold": lambda x: x,
    "relu": lambda x: make("max", x, _ZERO),
    "sigmoid": lambda x: _over(_ONE, make("add", _ONE, make("exp", make("mul", const(-1), x)))),
    "gauss": lambda x: make("exp", make("mul", const(-1), make("pow", x, const(2)))),
    "sinc": lambda x: make("where", make("eq", x, _ZERO), _ONE, _over(make("sin", x), x)),
    "step": lambda x: make("where", make("gt", x, _ZERO), _ONE, _ZERO),
    "heaviside": lambda x: make("mul", _HALF, make("add", _ONE, _sign(x))),
    "sign": _sign,
    "exp2": lambda x: make("pow", const(2), x),
    "expm1": lambda x: make("add", make("exp", x), const(-1)),
    "log1p": lambda x: make("log", make("add", _ONE, x)),
    "log2": lambda x: _over(make("log", x), make("log", const(2))),
    "log10": lambda x: _over(make("log", x), make("log", const(10))),
    "cbrt": _root,
    "hypot": lambda x, y: make(
        "sqrt", make("add", make("pow", x, const(2)), make("pow", y, const(2)))
    ),
    "mod": lambda x, y: make("add", x, make("mul", const(-1), y, make("floor", _over(x, y)))),
    "asinh": lambda x: make(
        "log", make("add", x, make("sqrt", make("add", make("pow", x, const(2)), _ONE)))
    ),
    "acosh": lambda x: make(
        "log", make("add", x, make("sqrt", make("add", make("pow", x, const(2)), const(-1))))
    ),
    "atanh": lambda x: make(
        "mul",
        _HALF,
        make("log", _over(make("add", _ONE, x), make("add", _ONE, make("mul", const(-1), x)))),
    ),
    "and": lambda x, y: make("mul", x, y),
    "or": lambda x, y: make("max", x, y),
    "not": lambda x: make("add", _ONE, make("mul", const(-1), x)),
}
_MOST_STEPS = 6


def _table(e: Expr, args: tuple[Expr, ...]) -> Expr | None:
    """A table of bits as choices, a table of steps as a sum of conditions; None for all others."""
    bits, steps = bits_of(e.op), steps_of(e.op)
    if bits is not None:
        return _chosen(bits[1], args)
    if steps is None:
        return None
    (value, edges), parts = steps, [const(steps[0])]
    for place, following in edges:
        beyond = make("where", make("ge", args[0], const(place)), _ONE, _ZERO)
        parts.append(make("mul", const(following - value), beyond))
        value = following
    return combined("add", parts)


def _chosen(contents: int, bits: tuple[Expr, ...]) -> Expr:
    """The entry of ``contents`` at ``bits``, by the last of them first."""
    if not bits or contents in (0, (1 << (1 << len(bits))) - 1):
        return const(contents & 1)
    half = 1 << (len(bits) - 1)
    low, high = contents & ((1 << half) - 1), contents >> half
    if low == high:
        return _chosen(low, bits[:-1])
    sides = (_chosen(part, bits[:-1]) for part in (high, low))
    return make("where", make("ne", bits[-1], _ZERO), *sides)


def expanded(roots: Sequence[Expr], known: Iterable[str]) -> list[Expr]:
    """``roots`` in operators of ``known`` alone; raise `InputError` for one that cannot be said in
    them.
    """
    known = {*known, CONST, VAR}
    for _ in range(_MOST_STEPS):
        missing = set[str]()

        def step(e: Expr, args: tuple[Expr, ...], missing: set[str] = missing) -> Expr:
            if e.op in known:
                return with_args(e, args)
            missing.add(e.op)
            if e.op == "fn":
                return substitute([e.value.body], {var(ARGUMENT): args[0]})[0]
            if (table := _table(e, args)) is not None:
                return table
            if e.op not in RULES:
                raise InputError(
                    f"{e.op} has no form in that language", remedy="export to python, c or json"
                )
            return RULES[e.op](*args)

        roots = rebuild(roots, step)
        if not missing:
            return list(roots)
    raise InputError(f"{', '.join(sorted(missing))} has no form in that language")
