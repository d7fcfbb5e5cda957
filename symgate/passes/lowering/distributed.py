"""Sums of constants times values as tables of single bits of any of the values: distributed
arithmetic.

``sum(k_i * t_i)`` is a sum over all bits of all values, each with its own real weight (Croisier et
al. 1973, Peled and Liu 1974). Bits of about equal weight share a table of what they add up to. Five
of them fit the LUT in front of a carry chain, so an adder with its table costs one LUT for each bit
of the table: entries are made non-negative, so that a table is no wider than what it holds. No
constant is rounded; only the entries are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.caches import remembered
from symgate.ir.fixed import Builder
from symgate.ir.types import FixedType
from symgate.passes.lowering.adders import add, wrapped

#: Bits of the table that begins a chain of adders, and of those that are added to it.
HEAD, ROW = 6, 5
#: Tables in one chain, by the objective of the design: longer ones are smaller and slower.
CHAIN = {"lut": 8, "balanced": 4, "latency": 2}
#: LUTs that one unit of error at the last bit is worth, and the weight, in such units, below which
#: a bit is not.
PRICE, LEAST = 2.0, 0.6
#: Values of more bits are multiplied by other means.
WIDEST = 64

Terms = tuple[tuple[Fraction, FixedType], ...]
Bit = tuple[int, int]  # term, position
_SUBSETS = ((np.arange(1 << HEAD)[:, None] >> np.arange(HEAD)) & 1).astype(float)


@dataclass(frozen=True)
class Layout:
    """Which bits share a table; ``luts`` and ``half``, the largest error in units of 2^-frac, are
    estimates.
    """

    chains: tuple[tuple[tuple[Bit, ...], ...], ...]
    dropped: tuple[Bit, ...]
    luts: float
    half: float

    @property
    def price(self) -> float:
        """What the search compares."""
        return self.luts + PRICE * self.half


@remembered
def layout(terms: Terms, frac: int, modulus: int | None, chain: int) -> Layout:
    """The tables of ``terms`` at ``frac`` fraction bits, modulo ``2**modulus`` units where that is
    given.
    """
    weights = {
        (i, j): abs(float(weight(k, t, j, frac, modulus)))
        for i, (k, t) in enumerate(terms)
        for j in _bits(t)
    }
    order = sorted(weights, key=lambda bit: (-weights[bit], bit))
    kept = [bit for bit in order if weights[bit] >= LEAST]
    chains = _chains(kept, chain)
    rows = [row for c in chains for row in c]
    columns, halves = _tables(
        np.array([[weights[b] for b in r] + [0.0] * (HEAD - len(r)) for r in rows]), modulus
    )
    merges = [_width(sum(weights[b] for r in c for b in r), modulus) for c in chains[1:]]
    lost = sum(weights[bit] for bit in order[len(kept) :]) / 2
    return Layout(chains, tuple(order[len(kept) :]), columns + sum(merges), halves + lost)


def _bits(t: FixedType) -> range:
    return range(t.width)


def _chains(kept: Sequence[Bit], longest: int) -> tuple[tuple[tuple[Bit, ...], ...], ...]:
    """Neighbours in weight share a table, and neighbouring tables a chain, heaviest first; the bits
    of a table are in order, so that its address is made of ranges of bits.
    """
    out = []
    size = HEAD + ROW * (longest - 1)
    for start in range(0, len(kept), size):
        part = kept[start : start + size]
        rows = [part[:HEAD], *(part[k : k + ROW] for k in range(HEAD, len(part), ROW))]
        out.append(tuple(tuple(sorted(r)) for r in rows))
    return tuple(out)


def _tables(weights: NDArray[Any], modulus: int | None) -> tuple[float, float]:
    """The columns of all tables, and the sum of their largest errors about the mean."""
    if not len(weights):
        return 0.0, 0.0
    sums = weights @ _SUBSETS.T
    errors = np.floor(sums + 0.5) - sums
    columns = sum(_width(top, modulus) for top in weights.sum(axis=1).tolist())
    return float(columns), float((errors.max(axis=1) - errors.min(axis=1)).sum()) / 2


def _width(largest: float, modulus: int | None) -> int:
    width = max(1, round(largest)).bit_length()
    return width if modulus is None else min(width, modulus)


def weight(k: Fraction, t: FixedType, position: int, frac: int, modulus: int | None) -> Fraction:
    """What bit ``position`` adds to the sum, in units of 2^-frac; the least one in size where it is
    a remainder.
    """
    w = k * Fraction(2) ** (position - t.frac + frac)
    if t.signed and position == t.width - 1:
        w = -w
    if modulus is not None:
        whole = 1 << modulus
        w = (w + whole // 2) % whole - whole // 2
    return w


@dataclass(frozen=True)
class Tables:
    """The tables of a layout: ``sum of entries + base - sum(k_i * t_i)`` lies in [low, high], in
    units of 2^-frac.
    """

    layout: Layout
    entries: tuple[tuple[tuple[int, ...], ...], ...]
    base: Fraction
    low: Fraction
    high: Fraction


@remembered
def tables(terms: Terms, frac: int, modulus: int | None, chain: int) -> Tables:
    """The contents of the tables, with exact errors."""
    lay = layout(terms, frac, modulus, chain)
    base = low = high = Fraction(0)
    entries = []
    for part in lay.chains:
        found = []
        for row in part:
            weights = [weight(*terms[i], j, frac, modulus) for i, j in row]
            values, least, lo, hi = _entries(weights)
            found.append(values)
            base, low, high = base + least, low + lo, high + hi
        entries.append(tuple(found))
    for i, j in lay.dropped:
        w = weight(*terms[i], j, frac, modulus)
        low, high = low - max(w, Fraction(0)), high - min(w, Fraction(0))
    return Tables(lay, tuple(entries), base, low, high)


def _entries(weights: Sequence[Fraction]) -> tuple[tuple[int, ...], Fraction, Fraction, Fraction]:
    """Rounded sums of ``weights`` above the least such sum, that sum, and the errors of the
    rounding.
    """
    scale = math.lcm(*(w.denominator for w in weights))
    sums = [-sum(int(w * scale) for w in weights if w < 0)]
    least = Fraction(-sums[0], scale)
    for w in weights:
        sums += [s + int(w * scale) for s in sums]
    rounded = [(2 * s + scale) // (2 * scale) for s in sums]
    errors = [r * scale - s for r, s in zip(rounded, sums, strict=True)]
    return tuple(rounded), least, Fraction(min(errors), scale), Fraction(max(errors), scale)


def emit_tables(
    b: Builder, found: Tables, values: Sequence[int], frac: int, start: int, modulus: int | None
) -> list[int]:
    """The sums of the chains of tables of the nodes ``values``; ``start`` is added to the first
    entry by entry.
    """
    out = []
    for chain, entries in zip(found.layout.chains, found.entries, strict=True):
        total = None
        for row, content in zip(chain, entries, strict=True):
            node = _looked_up(b, values, row, [_reduced(e + start, modulus) for e in content], frac)
            start = 0
            total = node if total is None else wrapped(b, add(b, total, node), modulus)
        assert total is not None
        out.append(total)
    return out


def _reduced(entry: int, modulus: int | None) -> int:
    return entry if modulus is None else entry & ((1 << modulus) - 1)


def _runs(row: Sequence[Bit]) -> list[tuple[int, int, int]]:
    """The ranges of bits that follow each other in ``row``: a value, its lowest and highest bit."""
    runs: list[tuple[int, int, int]] = []
    for i, j in row:
        if runs and runs[-1][0] == i and runs[-1][2] + 1 == j:
            runs[-1] = (i, runs[-1][1], j)
        else:
            runs.append((i, j, j))
    return runs


def _looked_up(
    b: Builder, values: Sequence[int], row: Sequence[Bit], entries: Sequence[int], frac: int
) -> int:
    address, width = None, 0
    for i, low, high in _runs(row):
        part = b.slice(values[i], high, low)
        part = b.scale(part, b.nodes[part].frac)
        address = part if address is None else b.concat(part, address, width)
        width += high - low + 1
    assert address is not None
    return b.table(address, entries[: 1 << b.nodes[address].type.width], frac)
