"""Conditions on inputs of many bits are comparisons, not tables of all their codes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from symgate.ir.expr import CONST, VAR, Expr, Program, make, postorder, substitute, with_args
from symgate.ir.function import Function, apply
from symgate.passes.rewrite.exactness import COMPARISONS
from symgate.passes.rewrite.fuse import T
from symgate.passes.rewrite.terms import build_sum, split_sum

#: Inputs of more bits are compared: a comparison takes half a LUT per bit, a table that jumps at any
#: of them is found slowly, and not at all from 24 bits on.
MOST_TABLE_BITS = 16
_LARGEST = frozenset({"min", "max"})
_CHOICES = _LARGEST | {"where", "and", "or", "not"}


@dataclass(frozen=True)
class Thresholds:
    """Functions of the inputs ``wide`` are taken apart at their conditions: comparisons with
    constants, and what these choose between.
    """

    wide: Collection[str]

    def __call__(self, program: Program) -> Program:
        """The same program, in which no function of such an input has a condition that compares it."""
        return program.map(lambda e, args: self._apart(with_args(e, args)))

    def _apart(self, e: Expr) -> Expr:
        if e.op != "fn" or e.value.period is not None:
            return e
        (x,) = e.args
        if x.op != VAR or x.value not in self.wide or not _compares(e.value.body):
            return e
        return _of(e.value.body, x)


def _compares(body: Expr) -> bool:
    return any(_is_threshold(e) for e in postorder([body]))


def _is_threshold(e: Expr) -> bool:
    """Whether ``e`` compares a multiple of the argument with a constant, or is the larger or the
    smaller of the two.
    """
    compares = e.op in COMPARISONS or e.op in _LARGEST
    return compares and not e.closed and all(map(_is_affine, e.args))


def _is_affine(e: Expr) -> bool:
    offset, terms = split_sum(e)
    constants = [offset, *terms.values()]
    return set(terms) <= {T} and all(c.op == CONST for c in constants)


def _of(body: Expr, x: Expr) -> Expr:
    """``body`` of ``x`` with its conditions as nodes of their own."""
    if body.closed or not _compares(body):
        return body if body.closed else _function(body, x)
    if _is_threshold(body):
        (found,) = substitute([body], {T: x})
        return found
    if body.op in _CHOICES:
        return make(body.op, *(_of(operand, x) for operand in body.args))
    offset, terms = split_sum(body)
    if list(terms) == [body]:
        return _function(body, x)
    return build_sum(offset, {_of(term, x): c for term, c in terms.items()})


def _function(body: Expr, x: Expr) -> Expr:
    return x if body is T else apply(Function(body), x)
