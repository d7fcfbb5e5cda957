"""Two-term common subexpressions of several sums of shifted values, shared greedily, with
incremental tables.

A pattern is ``a + s * (b << d)``; its count is how often two digits of one sum form it. The best
pattern becomes a value, wherever it occurs, and the counts of the patterns that its digits were in
change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from random import Random
from typing import Protocol

from symgate.passes.cmvm.pool import Digit, Pool

Sum = dict[int, dict[int, int]]  # node -> position -> sign
_ID, _SHIFT = 20, 7  # bits of a pattern's key
_MASK, _SHIFTS = (1 << _ID) - 1, (1 << _SHIFT) - 1


@dataclass(frozen=True)
class Score:
    """How the next pattern is chosen."""

    overlap: float = 1.0  # count times this power of the bits that its operands overlap in
    recent: float = (
        1e-4  # of equal ones the latest; a larger number also puts it before a little more
    )
    delay: float = 0.0  # taken off for each level that its operands are apart
    noise: float = 0.0  # random part of a score, relative


class Values(Protocol):
    """What `Sharing` asks of a `Pool`."""

    depths: list[int]
    widths: list[int]

    def combine(self, x: Digit, y: Digit) -> Digit | None:
        """``x + y``; None where it is zero."""


@dataclass
class Sharing:
    """The sums that are being rewritten, and the counts of their patterns."""

    pool: Values
    sums: list[Sum]
    score: Score
    random: Random
    limit: int | None = None  # of the depth of every sum

    def __post_init__(self) -> None:
        self.counts: dict[int, int] = {}
        for s in self.sums:
            self._count_all(s)
        self.heap = [(-self._value(k, c), k, c) for k, c in self.counts.items() if c > 1]
        heapify(self.heap)

    def run(self) -> None:
        """Substitute until no pattern occurs twice."""
        while (key := self._best()) is not None:
            a, b, d, s = split(key)
            found = [(i, p) for i, e in enumerate(self.sums) for p in self._places(e, a, b, d, s)]
            if len(found) < 2:
                continue
            new = self.pool.combine(Digit(a, 0, 1), Digit(b, d, s))
            for i, p in found:
                self._substitute(self.sums[i], (a, p), (b, p + d), s, new)

    def _best(self) -> int | None:
        while self.heap:
            _, key, count = heappop(self.heap)
            now = self.counts.get(key, 0)
            if now == count:
                return key
            if 1 < now < count:
                heappush(self.heap, (-self._value(key, now), key, now))
        return None

    def _value(self, key: int, count: int) -> float:
        a, b, d, _ = split(key)
        value = float(count)
        if self.score.overlap:
            value *= overlap(self.pool.widths[a], self.pool.widths[b], d) ** self.score.overlap
        if self.score.delay:
            value -= self.score.delay * abs(self.pool.depths[a] - self.pool.depths[b])
        value *= 1 + self.score.noise * self.random.random()
        return value + self.score.recent * (a + b) + 1e-6 * self.random.random()

    def _places(self, e: Sum, a: int, b: int, d: int, s: int) -> list[int]:
        """Positions of ``a`` in disjoint occurrences of the pattern in ``e``."""
        if a not in e or b not in e:
            return []
        left, right, out = e[a], e[b], []
        used: set[int] = set()
        for p in sorted(left):
            if right.get(p + d, 0) * left[p] == s and not (a == b and (p in used or p + d in used)):
                used.update((p, p + d))
                out.append(p)
        return out if self.limit is None else self._timely(e, a, b, out)

    def _timely(self, e: Sum, a: int, b: int, places: list[int]) -> list[int]:
        """As many of ``places`` as the depth limit allows: a sum has depth D at best if the 2^depth
        sum to 2^D.
        """
        depths = self.pool.depths
        room = (1 << (self.limit or 0)) - sum(len(p) << depths[n] for n, p in e.items())
        extra = (2 << max(depths[a], depths[b])) - (1 << depths[a]) - (1 << depths[b])
        return places if extra == 0 else places[: max(0, room) // extra]

    def _substitute(
        self, e: Sum, x: tuple[int, int], y: tuple[int, int], s: int, new: Digit | None
    ) -> None:
        sign = e.get(x[0], {}).get(x[1], 0)
        if not sign or e.get(y[0], {}).get(y[1], 0) != s * sign:
            return  # a carry of the substitution before took a digit away
        self._remove(e, *x)
        self._remove(e, *y)
        if new is not None:
            self._insert(e, Digit(new.node, x[1] + new.position, sign * new.sign))

    def _insert(self, e: Sum, digit: Digit) -> None:
        """Add a digit; where there is one at its place already, they cancel or carry."""
        have = e.get(digit.node, {}).get(digit.position)
        if have is None:
            self._change(e, digit, 1)
            e.setdefault(digit.node, {})[digit.position] = digit.sign
            return
        self._remove(e, digit.node, digit.position)
        if have == digit.sign:
            self._insert(e, Digit(digit.node, digit.position + 1, have))

    def _remove(self, e: Sum, node: int, position: int) -> None:
        sign = e[node].pop(position)
        if not e[node]:
            del e[node]
        self._change(e, Digit(node, position, sign), -1)

    def _change(self, e: Sum, digit: Digit, step: int) -> None:
        counts = self.counts
        for key in patterns(e, *digit):
            count = counts.get(key, 0) + step
            if count:
                counts[key] = count
            else:
                del counts[key]
            if step > 0 and count > 1:
                heappush(self.heap, (-self._value(key, count), key, count))

    def _count_all(self, e: Sum) -> None:
        before: Sum = {}
        for node, places in e.items():
            for position, sign in places.items():
                for key in patterns(before, node, position, sign):
                    self.counts[key] = self.counts.get(key, 0) + 1
                before.setdefault(node, {})[position] = sign


def patterns(e: Sum, node: int, position: int, sign: int) -> Iterator[int]:
    """The key of the pattern that a digit forms with each digit of ``e``."""
    for other, places in e.items():
        ahead = (((node << _ID) | other) << _SHIFT) << 1
        behind = (((other << _ID) | node) << _SHIFT) << 1
        for p, s in places.items():
            d = p - position
            if d > 0 or (d == 0 and other > node):
                yield ahead | (d << 1) | (s != sign)
            else:
                yield behind | (-d << 1) | (s != sign)


def put(e: Sum, d: Digit) -> None:
    """Add a digit to a sum that nobody counts."""
    places = e.setdefault(d.node, {})
    have = places.pop(d.position, None)
    if have is None:
        places[d.position] = d.sign
    elif have == d.sign:
        put(e, Digit(d.node, d.position + 1, have))
    if not places:
        e.pop(d.node, None)


def split(key: int) -> tuple[int, int, int, int]:
    """The pattern of a key."""
    a, b = key >> (_ID + _SHIFT + 1), (key >> (_SHIFT + 1)) & _MASK
    return a, b, (key >> 1) & _SHIFTS, -1 if key & 1 else 1


def overlap(a: int, b: int, d: int) -> int:
    """Bits that an ``a`` bits wide value and a ``b`` bits wide one ``d`` places above share; at
    least one.
    """
    return max(1, min(a, b + d) - d)


def total(pool: Pool, e: Sum) -> Digit | None:
    """The value of a sum: early terms first, then low ones, so that the deepest path is as short as
    can be.
    """
    heap = [
        (pool.depths[n], p + pool.widths[n], n, p, s)
        for n, places in e.items()
        for p, s in places.items()
    ]
    heapify(heap)
    while len(heap) > 1:
        x, y = heappop(heap), heappop(heap)
        z = pool.combine(Digit(*x[2:]), Digit(*y[2:]))
        if z is not None:
            heappush(heap, (pool.depths[z.node], z.position + pool.widths[z.node], *z))
    return Digit(*heap[0][2:]) if heap else None


def share(
    pool: Pool, sums: Sequence[Sum], score: Score, random: Random, limit: int | None = None
) -> list[Digit | None]:
    """The values of ``sums``, with what they have in common computed once."""
    table = Sharing(pool, [{n: dict(p) for n, p in s.items()} for s in sums], score, random, limit)
    table.run()
    return [total(pool, e) for e in table.sums]
