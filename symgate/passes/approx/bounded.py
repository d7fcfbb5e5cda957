"""Generators one after the other, where each looks only for what is smaller than all before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from symgate.passes.approx.base import Bound, Candidate, Spec
from symgate.passes.approx.plain import Plain


class Bounded(Protocol):
    """An architecture whose search ends where designs are no smaller than a bound."""

    def __call__(self, spec: Spec, bound: Bound | None = None) -> Iterator[Candidate]:
        """The candidates of fewer LUTs than ``bound``, which they lower."""


@dataclass(frozen=True)
class Smallest:
    """A plain table, and what the ``generators`` find that is smaller: quick, and blind to delay."""

    generators: tuple[Bounded, ...]

    def __call__(self, spec: Spec, bound: Bound | None = None) -> Iterator[Candidate]:
        bound = bound or Bound()
        for table in Plain()(spec):
            bound.luts = min(bound.luts, table.luts)
            yield table
        for generate in self.generators:
            yield from generate(spec, bound)
