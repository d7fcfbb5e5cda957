"""Designs from Python: strings, numbers, SymPy and our own expressions, functions, and fitted PySR
objects.

>>> d = design({"y": "0.5*sin(x)"}, Options(bits=10, ranges={"x": (-4, 4)}, max_error="2^-6"))
>>> print(d.inputs[0].type, d.outputs)
fixed<10,3> (('y', mul(1/2, sin(x))),)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symgate.errors import InputError
from symgate.frontend.language.functions import Macro
from symgate.frontend.language.infix import parse
from symgate.frontend.language.source import Source
from symgate.frontend.language.values import exact, identifier
from symgate.frontend.options import Options, assemble, unstated
from symgate.frontend.readers import pysr
from symgate.frontend.readers.sympytree import convert, is_sympy
from symgate.frontend.readers.text import in_order, is_open, name_outputs, named
from symgate.frontend.readers.tracing import trace
from symgate.ir.design import Design
from symgate.ir.expr import Expr, const, var, variables


def design(outputs: Any, options: Options, *, name: str = "design") -> Design:
    """The design of ``outputs``: a mapping of names to expressions, a sequence, one expression, or
    a fitted regressor.

    Floats in expressions have their shortest decimal meaning, so that 0.1 is 1/10.
    """
    if hasattr(outputs, "equations_"):
        model, options = pysr.from_model(outputs, options).plain(options)
        return model.design(options)
    if (
        not isinstance(outputs, (Mapping, Sequence))
        and not is_sympy(outputs)
        and hasattr(outputs, "sympy")
    ):
        outputs = outputs.sympy()
    if callable(outputs) and not is_sympy(outputs) and not isinstance(outputs, Expr):
        return _traced(outputs, options, getattr(outputs, "__name__", name))
    read = Reader({n: var(n) for n in named(options)}, options.macros(), is_open(options))
    found: dict[str, Expr]
    if isinstance(outputs, Mapping):
        found = {str(name): read.expression(e, str(name)) for name, e in outputs.items()}
    else:
        several = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        found = name_outputs(
            [read.expression(e, None) for e in several], options.outputs, set(read.names)
        )
    for output in found:
        identifier(output, Source(output), "an output")
    inputs = {n: unstated(n, None) for n in in_order(variables(found.values()), read.names)}
    return assemble(inputs, found, options, name=name, file=None)


def _traced(function: Any, options: Options, name: str) -> Design:
    """The design of a Python function."""
    parameters, values = trace(function, named(options))
    found = (
        values
        if isinstance(values, dict)
        else name_outputs(values, options.outputs, set(parameters))
    )
    used = variables(found.values())
    inputs = {n: unstated(n, None) for n in in_order(used, parameters)}
    return assemble(
        inputs, found, options, name=name if name.isidentifier() else "design", file=None
    )


@dataclass(frozen=True)
class Reader:
    """What expressions may use: known variables, functions, and (``open``) any other name as a
    variable.
    """

    names: Mapping[str, Expr]
    macros: Mapping[str, Macro]
    open: bool

    def expression(self, value: Any, symbol: str | None) -> Expr:
        """One expression, whatever it is made of."""
        if isinstance(value, Expr):
            return value
        if isinstance(value, str):
            return parse(
                Source(value, symbol=symbol),
                self.names,
                functions=self.macros,
                open_names=self.open,
            )
        if isinstance(value, (int, float, Fraction)):
            return const(exact(value, Source(str(value), symbol=symbol)))
        if is_sympy(value):
            return convert(value, None if self.open else self.names, self.macros)
        raise InputError(
            f"{value!r} of type {type(value).__name__} is not an expression",
            expected="text, a number, a SymPy expression or a symgate expression",
        )
