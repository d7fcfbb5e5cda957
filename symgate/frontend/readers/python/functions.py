"""Functions of math, numpy, torch and jax by their names, where they differ from ours."""

from __future__ import annotations

from symgate.frontend.language.functions import COMMON, NORMALISED_SINC, Macro, is_boolean, truth
from symgate.frontend.readers.fpcore.fpcore_ops import OPERATIONS
from symgate.ir.algebra import negated, powered, product, quotient, total
from symgate.ir.expr import Expr, const, make

#: Names that math, numpy, torch and jax have for what we call otherwise.
FUNCTIONS: dict[str, Macro] = {
    **{name: OPERATIONS[name] for name in ("fmod", "copysign", "trunc", "fma")},
    "remainder": Macro(2, 2, lambda x, y: make("mod", x, y)),  # of NumPy; math's differs
    "fix": COMMON["trunc"],
    "int": COMMON["trunc"],
    "bool": Macro(1, 1, truth),
    "around": Macro(1, 1, lambda x: make("round", x)),
    "multiply": Macro(2, 2, lambda x, y: product([x, y])),
    "mul": Macro(2, 2, lambda x, y: product([x, y])),
    "add": Macro(2, 2, lambda x, y: total([x, y])),
    "subtract": Macro(2, 2, lambda x, y: total([x, negated(y)])),
    "sub": Macro(2, 2, lambda x, y: total([x, negated(y)])),
    "divide": Macro(2, 2, quotient),
    "true_divide": Macro(2, 2, quotient),
    "div": Macro(2, 2, quotient),
    "negative": Macro(1, 1, negated),
    "positive": Macro(1, 1, lambda x: x),
    "power": Macro(2, 2, powered),
    "pow": Macro(2, 2, powered),
    "float_power": Macro(2, 2, powered),
    "absolute": Macro(1, 1, lambda x: make("abs", x)),
    "rsqrt": Macro(1, 1, lambda x: make("inv", make("sqrt", x))),
    "expit": Macro(1, 1, lambda x: make("sigmoid", x)),
    "sinc": NORMALISED_SINC,
    "float": Macro(1, 1, lambda x: x),
    "float32": Macro(1, 1, lambda x: x),
    "float64": Macro(1, 1, lambda x: x),
    "asarray": Macro(1, 1, lambda x: x),
    "array": Macro(1, 1, lambda x: x),
    "floor_divide": Macro(2, 2, lambda x, y: make("floor", quotient(x, y))),
    "degrees": Macro(1, 1, lambda x: quotient(product([const(180), x]), make("pi"))),
    "radians": Macro(1, 1, lambda x: quotient(product([make("pi"), x]), const(180))),
}
#: Functions of the module math that mean something else in NumPy.
MATH: dict[str, Macro] = {"remainder": OPERATIONS["remainder"]}
#: Constants of these modules.
CONSTANTS = {
    "pi": lambda: make("pi"),
    "e": lambda: make("e"),
    "tau": lambda: product([const(2), make("pi")]),
}


def either(x: Expr, y: Expr) -> Expr:
    """``x or y``: of numbers the first that is not 0."""
    both = is_boolean(x) and is_boolean(y)
    return make("or", x, y) if both else make("where", truth(x), x, y)


def both(x: Expr, y: Expr) -> Expr:
    """``x and y``: of numbers the second where the first is not 0."""
    boolean = is_boolean(x) and is_boolean(y)
    return make("and", x, y) if boolean else make("where", truth(x), y, x)
