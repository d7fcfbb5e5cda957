"""Python functions as expressions, by calling them once with variables in the place of numbers.

The function may use Python's operators and NumPy's or torch's functions; ``np.where`` stands for a
condition, since an ``if`` would see one case only. The function is the caller's own code: files are
never traced, see `symgate.frontend.readers.python.pysource`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from symgate.errors import InputError
from symgate.frontend.language.functions import lookup, truth
from symgate.frontend.language.functions import where as chosen
from symgate.frontend.language.source import Source
from symgate.frontend.language.values import exact
from symgate.frontend.readers.python.functions import FUNCTIONS
from symgate.ir.algebra import negated, powered, product, quotient, total
from symgate.ir.expr import Expr, const, make, var

_UFUNCS = {
    "conjugate": "positive",
    "logical_and": "and",
    "logical_or": "or",
    "logical_not": "not",
    "less": "lt",
    "less_equal": "le",
    "greater": "gt",
    "greater_equal": "ge",
    "equal": "eq",
    "not_equal": "ne",
    "maximum": "max",
    "minimum": "min",
    "bitwise_and": "and",
    "bitwise_or": "or",
    "invert": "not",
    "mod": "mod",
    "remainder": "mod",
    "fabs": "abs",
    "clamp": "clip",
    "log_softmax": "",
    "lt": "lt",
    "le": "le",
    "gt": "gt",
    "ge": "ge",
    "eq": "eq",
    "ne": "ne",
    "sgn": "sign",
    "fmod": "fmod",
    "rint": "round",
}


class Traced:
    """A number that is not known yet: what is done with it is written down."""

    __slots__ = ("expr",)
    __array_priority__ = 1000

    def __init__(self, expr: Expr):
        self.expr = expr

    # NumPy and torch call these

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **more: Any) -> Any:
        if method != "__call__" or more.get("out") is not None:
            raise InputError(
                f"{ufunc.__name__}.{method} cannot be traced", expected="plain calls of functions"
            )
        return call(ufunc.__name__, args)

    def __array_function__(
        self, function: Any, types: Any, args: Any, more: Mapping[str, Any]
    ) -> Any:
        return call(function.__name__, (*args, *more.values()))

    @classmethod
    def __torch_function__(cls, function: Any, types: Any, args: Any = (), more: Any = None) -> Any:
        return call(function.__name__.strip("_"), (*args, *(more or {}).values()))

    def __getattr__(self, name: str) -> Callable[..., Traced]:
        if name.startswith("_") or (name not in FUNCTIONS and lookup(name, {}) is None):
            raise AttributeError(name)
        return lambda *args: call(name, (self, *args))

    # What a traced number cannot do

    def __bool__(self) -> bool:
        raise InputError(
            "the function decides by a value that is not known while it is traced",
            remedy="write np.where(condition, a, b) for 'if', and np.minimum, np.maximum for min and max",
        )

    def __float__(self) -> float:
        raise InputError(
            "the function turns a traced value into a float",
            remedy="use the functions of numpy in place of math's",
        )

    __int__ = __index__ = __float__

    def __iter__(self) -> Any:
        raise InputError("a traced value has no elements", expected="one number for each argument")

    def __hash__(self) -> int:
        return hash(self.expr)

    # Operators

    def __neg__(self) -> Traced:
        return Traced(negated(self.expr))

    def __pos__(self) -> Traced:
        return self

    def __abs__(self) -> Traced:
        return Traced(make("abs", self.expr))

    def __invert__(self) -> Traced:
        return Traced(make("not", truth(self.expr)))

    def __eq__(self, other: object) -> Any:
        return call("eq", (self, other))

    def __ne__(self, other: object) -> Any:
        return call("ne", (self, other))


def _binary(
    meaning: Callable[[Expr, Expr], Expr], swapped: bool = False
) -> Callable[[Traced, Any], Traced]:
    def operate(self: Traced, other: Any) -> Traced:
        operands = self.expr, lifted(other)
        return Traced(meaning(*(reversed(operands) if swapped else operands)))

    return operate


_OPERATORS: dict[str, Callable[[Expr, Expr], Expr]] = {
    "add": lambda x, y: total([x, y]),
    "sub": lambda x, y: total([x, negated(y)]),
    "mul": lambda x, y: product([x, y]),
    "truediv": quotient,
    "pow": powered,
    "mod": lambda x, y: make("mod", x, y),
    "floordiv": lambda x, y: make("floor", quotient(x, y)),
    "and": lambda x, y: make("and", truth(x), truth(y)),
    "or": lambda x, y: make("or", truth(x), truth(y)),
}
for _name, _meaning in _OPERATORS.items():
    setattr(Traced, f"__{_name}__", _binary(_meaning))
    setattr(Traced, f"__r{_name}__", _binary(_meaning, swapped=True))
for _name in ("lt", "le", "gt", "ge"):
    setattr(Traced, f"__{_name}__", _binary(lambda x, y, op=_name: make(op, x, y)))  # type: ignore[misc]


def lifted(value: Any) -> Expr:
    """A traced value or a number as an expression; floats have their shortest decimal meaning."""
    if isinstance(value, Traced):
        return value.expr
    if isinstance(value, Expr):
        return value
    if isinstance(value, bool):
        return const(int(value))
    plain = value.item() if hasattr(value, "item") and not isinstance(value, Traced) else value
    if isinstance(plain, (bool, int, float, Fraction)):
        return const(exact(int(plain) if isinstance(plain, bool) else plain, Source(str(plain))))
    raise InputError(
        f"{value!r} of type {type(value).__name__} is no number",
        expected="numbers and traced values",
    )


def call(name: str, args: Sequence[Any]) -> Traced:
    """A function of NumPy or torch by its name."""
    args = [operand for operand in args if operand is not None]
    known = _UFUNCS.get(name, name)
    if known == "where":
        return Traced(chosen(*map(lifted, args)))
    macro = FUNCTIONS.get(known) or lookup(known, {})
    if macro is None or not known:
        raise InputError(
            f"the function {name} cannot be traced", expected="a function that `symgate ops` lists"
        )
    if len(args) < macro.least or (macro.most is not None and len(args) > macro.most):
        raise InputError(f"{name} takes {macro.takes}, got {len(args)}", expected=macro.takes)
    return Traced(macro.build(*map(lifted, args)))


def trace(
    function: Callable[..., Any], names: Sequence[str] = ()
) -> tuple[list[str], dict[str, Expr] | list[Expr]]:
    """The arguments of ``function`` and what it returns: values by name from a mapping, else in
    their order.

    ``names`` are given to the arguments of a function that takes ``*args``. Raise `InputError`
    where the function does what cannot be traced.
    """
    parameters = _parameters(function, names)
    try:
        found = function(*(Traced(var(parameter)) for parameter in parameters))
    except InputError:
        raise
    except Exception as e:
        what = f"the function cannot be traced: {type(e).__name__}: {e}"
        raise InputError(
            what, remedy="use operators and functions of numpy or torch on single numbers"
        ) from e
    if isinstance(found, Mapping):
        return parameters, {str(k): lifted(v) for k, v in found.items()}
    several = found if isinstance(found, (tuple, list)) else [found]
    return parameters, [lifted(v) for v in several]


def _parameters(function: Callable[..., Any], names: Sequence[str]) -> list[str]:
    stated = inspect.signature(function).parameters.values()
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in stated):
        if not names:
            raise InputError(
                "the function takes any number of arguments",
                remedy="give the ranges of its inputs by name",
            )
        return list(names)
    return [p.name for p in stated if p.default is p.empty]
