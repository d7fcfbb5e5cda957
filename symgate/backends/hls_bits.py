"""Bits in C++ that need no operation: runs of the bits of variables, which stand where they are
read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

#: Bits of a constant that stand as a plain literal.
_LITERAL = 31


@dataclass(frozen=True)
class Run:
    """The bits ``hi`` to ``lo`` of the expression ``source``, or of the number ``value`` where that
    is empty.
    """

    source: str
    hi: int
    lo: int
    value: int = 0
    inverted: bool = False
    size: int = 0  # bits of the variable, where it is one

    @property
    def width(self) -> int:
        """The number of bits."""
        return self.hi - self.lo + 1

    @property
    def is_whole(self) -> bool:
        """Whether these are all bits of a variable."""
        return self.lo == 0 and self.width == self.size and not self.inverted

    @property
    def literal(self) -> int:
        """The bits of a constant as a number."""
        return (self.value >> self.lo) & ((1 << self.width) - 1)

    def part(self, hi: int, lo: int) -> Run:
        """The bits ``hi`` to ``lo`` of these."""
        return replace(self, hi=self.lo + hi, lo=self.lo + lo)

    @property
    def text(self) -> str:
        """The bits as an ``ap_uint``."""
        if not self.source:
            return f"ap_uint<{self.width}>({self.literal})"
        if self.width == 1:
            found = f"bit<{self.lo}>({self.source})"
        else:
            found = f"bits<{self.hi}, {self.lo}>({self.source})"
        return f"flip({found})" if self.inverted else found


#: The most significant run first.
Runs = tuple[Run, ...]


def constant(value: int, width: int) -> Runs:
    """The bits of a number, in pieces that are plain literals."""
    tops = range(width, 0, -_LITERAL)
    return tuple(Run("", top - 1, max(top - _LITERAL, 0), value) for top in tops)


def width(runs: Runs) -> int:
    """The bits in all."""
    return sum(run.width for run in runs)


def cut(runs: Runs, hi: int, lo: int) -> Runs:
    """The bits ``hi`` to ``lo``, which there must be."""
    found: list[Run] = []
    top = width(runs)
    for run in runs:
        base = top - run.width
        first, last = min(hi, top - 1), max(lo, base)
        if first >= last:
            found.append(run.part(first - base, last - base))
        top = base
    return joined(found)


def joined(runs: Sequence[Run]) -> Runs:
    """The same bits with neighbours of one variable as one run."""
    found: list[Run] = []
    for run in runs:
        both = _both(found[-1], run) if found else None
        if both is None:
            found.append(run)
        else:
            found[-1] = both
    return tuple(found)


def _both(first: Run, second: Run) -> Run | None:
    """Two runs as one, where they can be."""
    bits = first.width + second.width
    if not first.source and not second.source and bits <= _LITERAL:
        value = (first.literal << second.width) | second.literal
        return Run("", bits - 1, 0, value)
    follows = first.lo == second.hi + 1
    same = replace(first, hi=0, lo=0) == replace(second, hi=0, lo=0)
    return replace(first, lo=second.lo) if first.source and follows and same else None


def inverted(runs: Runs) -> Runs:
    """The same bits, each the other way."""
    return tuple(
        replace(run, inverted=not run.inverted) if run.source else replace(run, value=~run.value)
        for run in runs
    )


def text(runs: Runs) -> str:
    """All bits as one ``ap_uint``."""
    if len(runs) == 1:
        return runs[0].text
    return f"join({runs[0].text}, {text(runs[1:])})"
