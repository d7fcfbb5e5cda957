"""A function of several inputs becomes a table of all their bits, or what generator is cheaper."""

from __future__ import annotations

import numpy as np

from symgate.errors import AccuracyError
from symgate.ir.design import Input
from symgate.ir.expr import Expr
from symgate.ir.exprtext import brief
from symgate.ir.joint import codes_of, every_value, is_finite, port_bits
from symgate.passes.lowering.context import Context
from symgate.passes.lowering.functions import lower_table
from symgate.passes.lowering.images import Image, Ints
from symgate.passes.lowering.plan import Value
from symgate.passes.rewrite.fuse import inline


def lower_joint(c: Context, e: Expr) -> Value:
    """``joint(x, y, ...)`` at the plan's fraction bits: the codes of the inputs, side by side, are
    the address. Raise `AccuracyError` where the value is not proved finite at every code.
    """
    ports = tuple(c.inputs[operand.value] for operand in e.args)
    low, high = every_value(e.value.body, ports)
    if not is_finite(low, high):
        raise AccuracyError(
            f"'{brief(inline(e), 80)}' is infinite or undefined, or not proved finite, at some codes",
            expected="a finite value at every code that can occur",
            remedy="narrow the ranges of the inputs, or protect the operand (max(x, 0.01))",
        )
    return lower_table(c, e, _image(c, e, ports, low, high))


def _image(
    c: Context, e: Expr, ports: tuple[Input, ...], low: np.ndarray, high: np.ndarray
) -> Image:
    address, width = None, 0
    patterns: Ints = np.zeros(low.size, np.int64)
    for operand, port, codes in zip(e.args, ports, codes_of(ports), strict=True):
        bits = port_bits(port)
        if not bits:
            continue
        node = c.builder.wrap(c.values[operand].node, bits, False)
        node = c.builder.scale(node, c.builder.nodes[node].frac)
        address = node if address is None else c.builder.concat(node, address, width)
        patterns |= (codes & ((1 << bits) - 1)) << width
        width += bits
    assert address is not None, "a function of constants alone is none of inputs"
    return Image.table(address, patterns, width, low, high)
