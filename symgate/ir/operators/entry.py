"""What an entry of the table of operators holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from symgate.ir.boxes import Box
from symgate.ir.expr import Expr, make

Reals = Callable[..., Any]
Slopes = Callable[..., tuple[Expr, ...]]


@dataclass(frozen=True)
class Domain:
    """Where an operator is defined, as a condition on one operand's interval."""

    text: str  # read after "the operand must be"
    holds: Callable[[float, float], bool]


POSITIVE = Domain("> 0", lambda lo, hi: lo > 0)
NON_NEGATIVE = Domain(">= 0", lambda lo, hi: lo >= 0)
NON_ZERO = Domain("different from 0", lambda lo, hi: lo > 0 or hi < 0)
UNIT = Domain("between -1 and 1", lambda lo, hi: lo >= -1 and hi <= 1)
OPEN_UNIT = Domain("strictly between -1 and 1", lambda lo, hi: lo > -1 and hi < 1)
ABOVE_ONE = Domain(">= 1", lambda lo, hi: lo >= 1)
ABOVE_MINUS_ONE = Domain("> -1", lambda lo, hi: lo > -1)


@dataclass(frozen=True)
class Operator:
    """Everything symgate knows about one real-valued operator."""

    name: str
    arity: int | None  # None: two or more
    numpy: Reals  # on float64 arrays
    ball: Reals  # on python-flint balls: the independent truth
    interval: Callable[..., Box]  # on many intervals at once
    derivative: Slopes | None  # one partial derivative per operand; None: it jumps
    domain: tuple[Domain | None, ...] = ()  # of each operand; None: every number
    parity: str | None = None  # "odd", "even"
    aliases: tuple[str, ...] = ()  # further names in text
    boolean: bool = False  # the result is 0 or 1
    # of `keras.ops` and tensors; None: the function there that has one of our names
    tensor: Reals | None = None

    def takes(self, count: int) -> bool:
        """Whether it may have so many operands."""
        return count >= 2 if self.arity is None else count == self.arity

    @property
    def operands(self) -> str:
        """How many operands it takes, in words."""
        return "two or more" if self.arity is None else str(self.arity)


def unary(
    name: str,
    *,
    numpy: Reals,
    interval: Callable[[Box], Box],
    slope: Callable[[Expr], Expr],
    ball: Reals | None = None,
    domain: Domain | None = None,
    **more: Any,
) -> Operator:
    """An operator of one value with a ``slope``; its ball is python-flint's method of that name if
    no other is given.
    """
    return Operator(
        name=name,
        arity=1,
        numpy=numpy,
        ball=ball or (lambda x: getattr(x, name)()),
        interval=interval,
        derivative=lambda x: (slope(x),),
        domain=() if domain is None else (domain,),
        **more,
    )


def jump(
    name: str,
    *,
    numpy: Reals,
    ball: Reals,
    interval: Callable[..., Box],
    arity: int = 1,
    **more: Any,
) -> Operator:
    """An operator without a derivative."""
    return Operator(
        name=name,
        arity=arity,
        numpy=numpy,
        ball=ball,
        interval=interval,
        derivative=None,
        **more,
    )


def inverse(e: Expr) -> Expr:
    """``1 / e`` as a node."""
    return make("inv", e)
