"""Entries that jump: steps, rounding, comparisons, logic and choices."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgate.ir import meanings as m
from symgate.ir.boxes import larger, rising, smaller
from symgate.ir.operators.entry import Reals, jump


def _bit(test: Reals) -> Reals:
    """A test of NumPy as 0 or 1."""

    def value(*args: Any) -> Any:
        return np.where(test(*args), 1.0, 0.0)

    return value


STEPS = [
    jump(
        "sign",
        numpy=np.sign,
        ball=lambda x: m.step_ball(x, -1, 0, 1),
        interval=rising(np.sign, exact=True),
        parity="odd",
        aliases=("sgn",),
    ),
    jump(
        "step",
        numpy=_bit(lambda x: np.asarray(x) > 0),
        ball=lambda x: m.step_ball(x, 0, 0, 1),
        interval=rising(_bit(lambda x: x > 0), exact=True),
    ),
    jump(
        "heaviside",
        numpy=lambda x: np.heaviside(x, 0.5),
        ball=lambda x: m.step_ball(x, 0, m.arb(1) / 2, 1),
        interval=rising(lambda x: np.heaviside(x, 0.5), exact=True),
        aliases=("Heaviside",),
    ),
    jump(
        "floor",
        numpy=np.floor,
        ball=lambda x: x.floor(),
        interval=rising(np.floor, exact=True),
    ),
    jump(
        "ceil",
        numpy=np.ceil,
        ball=lambda x: x.ceil(),
        interval=rising(np.ceil, exact=True),
        aliases=("ceiling",),
    ),
    jump(  # ties go to the even number
        "round",
        numpy=np.rint,
        ball=m.round_ball,
        interval=rising(np.rint, exact=True),
        parity="odd",
        aliases=("rint",),
    ),
]

COMPARISONS = [
    jump(
        "lt",
        arity=2,
        numpy=_bit(np.less),
        ball=m.less_ball,
        interval=m.less_box,
        boolean=True,
        aliases=("less",),
    ),
    jump(
        "le",
        arity=2,
        numpy=_bit(np.less_equal),
        ball=lambda x, y: 1 - m.less_ball(y, x),
        interval=m.less_equal_box,
        boolean=True,
    ),
    jump(
        "gt",
        arity=2,
        numpy=_bit(np.greater),
        ball=lambda x, y: m.less_ball(y, x),
        interval=lambda x, y: m.less_box(y, x),
        boolean=True,
        aliases=("greater",),
    ),
    jump(
        "ge",
        arity=2,
        numpy=_bit(np.greater_equal),
        ball=lambda x, y: 1 - m.less_ball(x, y),
        interval=lambda x, y: m.less_equal_box(y, x),
        boolean=True,
    ),
    jump(
        "eq",
        arity=2,
        numpy=_bit(np.equal),
        ball=m.equal_ball,
        interval=m.equal_box,
        boolean=True,
    ),
    jump(
        "ne",
        arity=2,
        numpy=_bit(np.not_equal),
        ball=lambda x, y: 1 - m.equal_ball(x, y),
        interval=lambda x, y: m.not_box(m.equal_box(x, y)),
        boolean=True,
    ),
]

LOGIC = [
    jump(
        "and",
        arity=2,
        numpy=_bit(np.logical_and),
        ball=lambda x, y: x.min(y),
        interval=smaller,
        boolean=True,
        aliases=("And", "logical_and"),
    ),
    jump(
        "or",
        arity=2,
        numpy=_bit(np.logical_or),
        ball=lambda x, y: x.max(y),
        interval=larger,
        boolean=True,
        aliases=("Or", "logical_or"),
    ),
    jump(
        "not",
        numpy=_bit(np.logical_not),
        ball=lambda x: 1 - x,
        interval=m.not_box,
        boolean=True,
        aliases=("Not", "logical_not"),
    ),
    jump(
        "where",
        arity=3,
        numpy=lambda condition, x, y: np.where(condition, x, y),
        ball=m.select_ball,
        interval=m.select_box,
        aliases=("select",),
    ),
]

CONDITIONS = [*STEPS, *COMPARISONS, *LOGIC]
