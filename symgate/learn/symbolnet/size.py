"""How many nodes the expressions of a masked network have, and how many each weight stands for:
plain NumPy.

The count is that of SymPy's preorder traversal, with one tree per output: a unit that three outputs
use counts three times, a term of a linear form is a product, a coefficient and what it multiplies.
`formulas.complexity` counts the exported expressions themselves; this is the model that pruning
uses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from symgate.ir.expr import CONST, VAR, Expr
from symgate.learn.symbolnet.functions import Function, X, Y
from symgate.learn.symbolnet.weights import Layer, Reals


@dataclass(frozen=True)
class Counts:
    """Per linear map: nodes that one weight (n, m) adds to all expressions together; and the mean
    size of an output.
    """

    weights: list[Reals]
    mean: float


def shape(f: Function) -> tuple[float, float, float]:
    """Nodes of an operator itself, and how often x and y stand in it."""
    nodes, x, y = _tree(f.expr)
    return nodes, x, y


def _tree(e: Expr) -> tuple[float, float, float]:
    if e.op == VAR:
        return 0.0, float(e.value == X), float(e.value == Y)
    if e.op == CONST:
        return 1.0, 0.0, 0.0
    inner = np.sum([_tree(operand) for operand in e.args], axis=0) if e.args else np.zeros(3)
    own = 5.0 if e.op == "gauss" else 1.0  # exp, the product with -1, the power 2
    return float(inner[0] + own), float(inner[1]), float(inner[2])


def sizes(inputs: Reals, layers: Sequence[Layer]) -> Counts:
    """Count for a mask of inputs (n,) and ``layers``, where a weight of 0 is none."""
    reach, trees = inputs, []
    below = np.ones(len(inputs))  # the size of each operand
    for layer in layers:
        live = (layer.kernel != 0) * reach[:, None]
        terms = live.sum(axis=0) + (layer.bias != 0)
        form = ((2.0 + below)[:, None] * live).sum(axis=0) + (layer.bias != 0) + (terms > 1)
        trees.append((below, live))
        below, reach = _through(layer, form), _reached(layer, terms)
    return Counts(_weights(layers, trees), float(below.mean()))


def _through(layer: Layer, form: Reals) -> Reals:
    u, b = len(layer.unary), len(layer.binary)
    if u + b == 0:
        return form
    out = np.empty(u + b)
    for k, f in enumerate(layer.unary):
        own, x, _ = shape(f)
        out[k] = own + x * form[k] if layer.active[k] else form[k]
    for k, f in enumerate(layer.binary):
        own, x, y = shape(f) if layer.active[u + k] else (1.0, 1.0, 1.0)
        out[u + k] = own + x * form[u + k] + y * form[u + b + k]
    return out


def _reached(layer: Layer, terms: Reals) -> Reals:
    """Which operators have an operand that is not empty."""
    u, b = len(layer.unary), len(layer.binary)
    if u + b == 0:
        return np.ones(len(terms))
    return np.concatenate([terms[:u] > 0, (terms[u : u + b] > 0) | (terms[u + b :] > 0)]).astype(
        float
    )


def _weights(layers: Sequence[Layer], trees: Sequence[tuple[Reals, Reals]]) -> list[Reals]:
    """From the outputs back: how often each linear form stands in all expressions, times what a
    weight adds to it.
    """
    out: list[Reals] = []
    often = np.ones(len(layers[-1].bias))
    for layer, (below, live) in zip(reversed(layers), reversed(trees), strict=True):
        uses = _forms(layer, often)
        out.append((2.0 + below)[:, None] * uses[None, :])
        often = live @ uses
    return out[::-1]


def _forms(layer: Layer, often: Reals) -> Reals:
    """How often the linear forms stand in the expressions, from how often the operators do."""
    u = len(layer.unary)
    if u + len(layer.binary) == 0:
        return often
    x = [often[k] * (shape(f)[1] if layer.active[k] else 1.0) for k, f in enumerate(layer.unary)]
    pairs = [
        shape(f)[1:] if layer.active[u + k] else (1.0, 1.0) for k, f in enumerate(layer.binary)
    ]
    first = [often[u + k] * pair[0] for k, pair in enumerate(pairs)]
    return np.array([*x, *first, *(often[u + k] * pair[1] for k, pair in enumerate(pairs))])
