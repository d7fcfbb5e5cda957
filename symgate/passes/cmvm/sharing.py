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
#: The random part of a score that decides between equal ones.
_TIE = 1e-6


@dataclass(frozen=True)
class PairScore:
    """How the next pattern is chosen."""

    overlap: float = 1.0  # count times this power of the bits that its operands overlap in
    # of equal ones the latest; a larger number also puts it before a little more
    recent: float = 1e-4
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
    score: PairScore
    random: Random
    limit: int | None = None  # of the depth of every sum

    def __post_init__(self) -> None:
        self.counts: dict[int, int] = {}
        for terms in self.sums:
            self._count_all(terms)
        self.heap = [
            (-self._value(key, count), key, count)
            for key, count in self.counts.items()
            if count > 1
        ]
        heapify(self.heap)

    def run(self) -> None:
        """Substitute until no pattern occurs twice."""
        while (key := self._best()) is not None:
            left, right, shift, sign = split(key)
            found = [
                (i, position)
                for i, terms in enumerate(self.sums)
                for position in self._places(terms, left, right, shift, sign)
            ]
            if len(found) < 2:
                continue
            new = self.pool.combine(Digit(left, 0, 1), Digit(right, shift, sign))
            for i, position in found:
                places = (left, position), (right, position + shift)
                self._substitute(self.sums[i], *places, sign, new)

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
        left, right, shift, _ = split(key)
        value = float(count)
        if self.score.overlap:
            widths = self.pool.widths
            value *= overlap(widths[left], widths[right], shift) ** self.score.overlap
        if self.score.delay:
            value -= self.score.delay * abs(self.pool.depths[left] - self.pool.depths[right])
        value *= 1 + self.score.noise * self.random.random()
        return value + self.score.recent * (left + right) + _TIE * self.random.random()

    def _places(self, terms: Sum, left: int, right: int, shift: int, sign: int) -> list[int]:
        """Positions of ``left`` in disjoint occurrences of the pattern in ``terms``."""
        if left not in terms or right not in terms:
            return []
        of_left, of_right, found = terms[left], terms[right], []
        used: set[int] = set()
        for position in sorted(of_left):
            if of_right.get(position + shift, 0) * of_left[position] != sign:
                continue
            pair = {position, position + shift}
            if left == right and used & pair:
                continue
            used |= pair
            found.append(position)
        return found if self.limit is None else self._in_time(terms, left, right, found)

    def _in_time(self, terms: Sum, left: int, right: int, places: list[int]) -> list[int]:
        """As many of ``places`` as the depth limit allows: a sum has depth D at best if the 2^depth
        sum to 2^D.
        """
        depths = self.pool.depths
        taken = sum(len(positions) << depths[node] for node, positions in terms.items())
        room = (1 << (self.limit or 0)) - taken
        extra = (2 << max(depths[left], depths[right])) - (1 << depths[left]) - (1 << depths[right])
        return places if extra == 0 else places[: max(0, room) // extra]

    def _substitute(
        self,
        terms: Sum,
        first: tuple[int, int],
        second: tuple[int, int],
        relative: int,
        new: Digit | None,
    ) -> None:
        sign = terms.get(first[0], {}).get(first[1], 0)
        if not sign or terms.get(second[0], {}).get(second[1], 0) != relative * sign:
            return  # a carry of the substitution before took a digit away
        self._remove(terms, *first)
        self._remove(terms, *second)
        if new is not None:
            self._insert(terms, Digit(new.node, first[1] + new.position, sign * new.sign))

    def _insert(self, terms: Sum, digit: Digit) -> None:
        """Add a digit; where there is one at its place already, they cancel or carry."""
        have = terms.get(digit.node, {}).get(digit.position)
        if have is None:
            self._change(terms, digit, 1)
            terms.setdefault(digit.node, {})[digit.position] = digit.sign
            return
        self._remove(terms, digit.node, digit.position)
        if have == digit.sign:
            self._insert(terms, Digit(digit.node, digit.position + 1, have))

    def _remove(self, terms: Sum, node: int, position: int) -> None:
        sign = terms[node].pop(position)
        if not terms[node]:
            del terms[node]
        self._change(terms, Digit(node, position, sign), -1)

    def _change(self, terms: Sum, digit: Digit, step: int) -> None:
        counts = self.counts
        for key in patterns(terms, *digit):
            count = counts.get(key, 0) + step
            if count:
                counts[key] = count
            else:
                del counts[key]
            if step > 0 and count > 1:
                heappush(self.heap, (-self._value(key, count), key, count))

    def _count_all(self, terms: Sum) -> None:
        before: Sum = {}
        for node, places in terms.items():
            for position, sign in places.items():
                for key in patterns(before, node, position, sign):
                    self.counts[key] = self.counts.get(key, 0) + 1
                before.setdefault(node, {})[position] = sign


def patterns(terms: Sum, node: int, position: int, sign: int) -> Iterator[int]:
    """The key of the pattern that a digit forms with each digit of ``e``."""
    for other, places in terms.items():
        ahead = (((node << _ID) | other) << _SHIFT) << 1
        behind = (((other << _ID) | node) << _SHIFT) << 1
        for there, other_sign in places.items():
            shift = there - position
            if shift > 0 or (shift == 0 and other > node):
                yield ahead | (shift << 1) | (other_sign != sign)
            else:
                yield behind | (-shift << 1) | (other_sign != sign)


def put(terms: Sum, digit: Digit) -> None:
    """Add a digit to a sum that nobody counts."""
    places = terms.setdefault(digit.node, {})
    have = places.pop(digit.position, None)
    if have is None:
        places[digit.position] = digit.sign
    elif have == digit.sign:
        put(terms, Digit(digit.node, digit.position + 1, have))
    if not places:
        terms.pop(digit.node, None)


def split(key: int) -> tuple[int, int, int, int]:
    """The pattern of a key."""
    left, right = key >> (_ID + _SHIFT + 1), (key >> (_SHIFT + 1)) & _MASK
    return left, right, (key >> 1) & _SHIFTS, -1 if key & 1 else 1


def overlap(low_width: int, high_width: int, shift: int) -> int:
    """Bits that an ``a`` bits wide value and a ``b`` bits wide one ``d`` places above share; at
    least one.
    """
    return max(1, min(low_width, high_width + shift) - shift)


def total(pool: Pool, terms: Sum) -> Digit | None:
    """The value of a sum: early terms first, then low ones, so that the deepest path is as short as
    can be.
    """
    heap = [
        (pool.depths[n], position + pool.widths[n], n, position, sign)
        for n, places in terms.items()
        for position, sign in places.items()
    ]
    heapify(heap)
    while len(heap) > 1:
        first, second = heappop(heap), heappop(heap)
        result = pool.combine(Digit(*first[2:]), Digit(*second[2:]))
        if result is not None:
            heappush(
                heap,
                (pool.depths[result.node], result.position + pool.widths[result.node], *result),
            )
    return Digit(*heap[0][2:]) if heap else None


def share(
    pool: Pool, sums: Sequence[Sum], score: PairScore, random: Random, limit: int | None = None
) -> list[Digit | None]:
    """The values of ``sums``, with what they have in common computed once."""
    table = Sharing(
        pool,
        [{n: dict(places) for n, places in terms.items()} for terms in sums],
        score,
        random,
        limit,
    )
    table.run()
    return [total(pool, terms) for terms in table.sums]
