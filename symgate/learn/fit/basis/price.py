"""What a pair of a term and an output adds to the LUTs of a sum, about: for choosing, never shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgate.ir.expr import Expr
from symgate.learn.fit.basis.terms import Terms
from symgate.learn.fit.price import Prices
from symgate.learn.fit.task import Reals

#: A port of few bits is read by tables of 6 inputs; a table of more is a tree of these.
_TABLE_INPUTS = 6
#: What another function of the same input costs in the same table of an output: a little, so that
#: of two that say the same the shorter is taken.
_SAME_TABLE = 0.5


@dataclass(frozen=True)
class PairPrices:
    """The prices of all terms for all outputs, beside the pairs that are chosen."""

    terms: Terms
    bits: int

    def own(self) -> Reals:
        """What each term costs by itself (terms,)."""
        prices = Prices(self.bits)
        return np.array([prices.of((e,)) for e in self.terms.formulas])

    @property
    def adder(self) -> float:
        """An addend of a sum."""
        return self.bits + 3.0

    @property
    def table(self) -> float:
        """A table of one input for one output."""
        return (self.bits + 1.0) * max(1.0, 2.0 ** min(self.bits - _TABLE_INPUTS, 3))

    def of(self, own: Reals, tables: NDArray[np.bool_], taken: set[Expr]) -> Reals:
        """What each pair adds (terms, outputs), where ``tables`` (inputs, outputs) exist already and
        the terms ``taken`` are computed for another output.
        """
        alone = self.terms.inputs >= 0
        found = np.repeat(own[:, None], tables.shape[1], axis=1) + self.adder
        for k in np.flatnonzero([e in taken for e in self.terms.formulas]):
            found[k] = self.adder
        there = tables[np.maximum(self.terms.inputs, 0)]
        one = np.where(there, _SAME_TABLE, self.table + self.adder)
        return np.where(alone[:, None], np.minimum(one, found), found)
