"""A masked network as expressions, exactly: constants are the float64 products of what the weights
say.

A removed operator leaves a linear form, which merges into the next one. ``exp`` of a linear form
stays whole. What has no live input is a constant. Standardisation is folded into the first linear
forms, so that inputs are raw features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from symgate.ir.evaluate import evaluate
from symgate.ir.expr import Expr, Program, const, make, var
from symgate.learn.symbolnet.functions import Function, X, Y
from symgate.learn.symbolnet.weights import Layer, Weights

Terms = dict[Expr, Fraction]


@dataclass(frozen=True)
class Form:
    """A linear form: terms with exact coefficients, and a constant."""

    terms: Terms
    constant: Fraction

    def plus(self, other: Form, factor: Fraction = Fraction(1)) -> Form:
        """This plus ``factor`` times another."""
        terms = dict(self.terms)
        for e, c in other.terms.items():
            terms[e] = terms.get(e, Fraction(0)) + factor * c
        return Form({e: c for e, c in terms.items() if c}, self.constant + factor * other.constant)

    def expr(self) -> Expr:
        """The sum, each constant rounded to float64 and written as its shortest decimal."""
        parts = [_term(c, e) for e, c in self.terms.items()]
        if self.constant or not parts:
            parts.append(const(decimal(self.constant)))
        return parts[0] if len(parts) == 1 else make("add", *parts)


def decimal(value: Fraction) -> Fraction:
    """``value`` rounded to float64, as the shortest decimal that reads back to it.

    >>> decimal(Fraction(1, 3))
    Fraction(3333333333333333, 10000000000000000)
    """
    return Fraction(repr(float(value)))


def _term(coefficient: Fraction, e: Expr) -> Expr:
    c = decimal(coefficient)
    return e if c == 1 else make("mul", const(c), e)


def program(weights: Weights, features: Sequence[str], outputs: Sequence[str]) -> Program:
    """The expressions of ``outputs`` in ``features``, of which those that no expression uses stay
    ports.
    """
    below = [_feature(name, on, m, s) for name, on, m, s in zip(
        features, weights.inputs, weights.scale.mean, weights.scale.scale, strict=True)]  # fmt: skip
    for layer in weights.layers:
        below = _layer(layer, below)
    scaled = zip(below, weights.factor, weights.shift, strict=True)
    last = [Form({}, _exact(shift)).plus(form, _exact(factor)) for form, factor, shift in scaled]
    return Program(
        tuple(features), tuple((n, f.expr()) for n, f in zip(outputs, last, strict=True))
    )


def _exact(value: float) -> Fraction:
    return Fraction(float(value))


def _feature(name: str, on: float, mean: float, scale: float) -> Form:
    if not on:
        return Form({}, Fraction(0))
    return Form({var(name): 1 / _exact(scale)}, -_exact(mean) / _exact(scale))


def _layer(layer: Layer, below: Sequence[Form]) -> list[Form]:
    forms = [_linear(layer, k, below) for k in range(layer.kernel.shape[1])]
    u, b = len(layer.unary), len(layer.binary)
    if u + b == 0:
        return forms
    out = [
        _through(f, forms[k : k + 1]) if layer.active[k] else forms[k]
        for k, f in enumerate(layer.unary)
    ]
    for k, f in enumerate(layer.binary):
        first, second = forms[u + k], forms[u + b + k]
        out.append(_through(f, (first, second)) if layer.active[u + k] else first.plus(second))
    return out


def _linear(layer: Layer, k: int, below: Sequence[Form]) -> Form:
    form = Form({}, _exact(layer.bias[k]))
    for i in np.flatnonzero(layer.kernel[:, k]):
        form = form.plus(below[int(i)], _exact(layer.kernel[i, k]))
    return form


def _through(f: Function, forms: Sequence[Form]) -> Form:
    """An operator on linear forms: a constant where its operands are."""
    if f.expr is make("mul", var(X), var(Y)):  # a product with a constant stays a linear form
        for one, other in (forms, forms[::-1]):
            if not one.terms:
                return Form({}, Fraction(0)).plus(other, one.constant)
    e = f.of(*(form.expr() for form in forms))
    if e.is_const:
        return Form({}, e.value)
    if e.closed:
        return Form({}, _exact(float(evaluate([e], {})[0])))
    return Form({e: Fraction(1)}, Fraction(0))
