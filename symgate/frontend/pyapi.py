"""Designs from Python: strings, numbers, SymPy expressions, our own expressions, and fitted PySR objects.

>>> d = design({"y": "0.5*sin(x)"}, Options(bits=10, ranges={"x": (-4, 4)}, max_error="2^-6"))
>>> print(d.inputs[0].type, d.outputs)
fixed<10,3> (('y', 0.5*sin(x)),)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from symgate.errors import InputError
from symgate.frontend import pysr
from symgate.frontend.functions import Macro
from symgate.frontend.infix import parse
from symgate.frontend.options import Options, Stated, assemble
from symgate.frontend.source import Source
from symgate.frontend.sympytree import convert, is_sympy
from symgate.frontend.text import in_order, name_outputs, named
from symgate.frontend.values import exact, identifier
from symgate.ir.design import Design
from symgate.ir.expr import Expr, const, var, variables


def design(outputs: Any, options: Options, *, name: str = "design") -> Design:
    """The design of ``outputs``: a mapping of names to expressions, a sequence, one expression, or a fitted regressor.

    Floats in expressions have their shortest decimal meaning, so that 0.1 is 1/10.
    """
    if hasattr(outputs, "equations_"):
        return pysr.from_model(outputs, options)
    if not isinstance(outputs, (Mapping, Sequence)) and not is_sympy(outputs) and hasattr(outputs, "sympy"):
        outputs = outputs.sympy()
    names, macros = named(options), options.macros()
    found: dict[str, Expr]
    if isinstance(outputs, Mapping):
        found = {str(n): expression(e, names, macros, str(n)) for n, e in outputs.items()}
    else:
        several = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        found = name_outputs([expression(e, names, macros, None) for e in several], options.outputs, set(names))
    for output in found:
        identifier(output, Source(output), "an output")
    inputs = {n: Stated(Source(n)) for n in in_order(variables(found.values()), names)}
    return assemble(inputs, found, options, name=name, file=None)


def expression(value: Any, names: Sequence[str], macros: Mapping[str, Macro], symbol: str | None) -> Expr:
    """One expression, whatever it is made of; ``names`` are its variables (none: any name is one)."""
    scope = {n: var(n) for n in names}
    if isinstance(value, Expr):
        return value
    if isinstance(value, str):
        return parse(Source(value, symbol=symbol), scope, functions=macros, open_names=not names)
    if isinstance(value, (int, float, Fraction)):
        return const(exact(value, Source(str(value), symbol=symbol)))
    if is_sympy(value):
        return convert(value, scope or None, macros)
    raise InputError(
        f"{value!r} of type {type(value).__name__} is not an expression",
        expected="text, a number, a SymPy expression or a symgate expression",
    )
