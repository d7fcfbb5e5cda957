"""Tables of bits in the proof: what they do to intervals, and to polynomials of bits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from symgate.ir.operators.families import bits_of
from symgate.proof.spans import BASIC, Span

Rule = Callable[..., Span]
#: Operators of conditions: their results are 0 or 1, and jump.
CONDITIONS = frozenset({"lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not"})


def jumps(op: str) -> bool:
    """Whether an operator gives 0 or 1, and jumps between them."""
    return op in CONDITIONS or bits_of(op) is not None


def rule_of(op: str) -> Rule | None:
    """What an operator that needs no python-flint does to intervals; None for all others."""
    if op in BASIC:
        return BASIC[op]
    found = bits_of(op)
    return None if found is None else lambda *args: looked_up(found[1], args)


def looked_up(contents: int, args: Sequence[Span]) -> Span:
    """The entry where every operand is 0 for certain or is not; else 0 or 1."""
    index: Any = 0
    decided: Any = True
    for place, x in enumerate(args):
        zero, other = (x.lo == 0) & (x.hi == 0), (x.lo > 0) | (x.hi < 0)
        decided = decided & (zero | other)
        index = index + (other.astype(np.int64) << place)
    size = 1 << len(args)
    digits = bin(contents)[2:].rjust(size, "0")[::-1]
    bit = np.frombuffer(digits.encode(), np.uint8)[index].astype(float) - ord("0")
    return Span(np.where(decided, bit, 0.0), np.where(decided, bit, 1.0))


def weights(entries: Sequence[int]) -> list[Fraction] | None:
    """``[c, w0, w1, ...]`` where every entry is c plus the w of the bits of its number that are 1;
    None where there are no such numbers.
    """
    base = entries[0]
    found = [Fraction(entries[1 << k] - base) for k in range((len(entries) - 1).bit_length())]
    for k, entry in enumerate(entries):
        if base + sum(w for j, w in enumerate(found) if k >> j & 1) != entry:
            return None
    return [Fraction(base), *found]
