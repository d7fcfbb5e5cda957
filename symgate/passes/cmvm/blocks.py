"""A few columns at a time: every row's part of a block is made from the values that exist by few
adders.

With few columns there are few vectors, so chance helps: the more values exist, the more often a
wanted one is the sum or difference of two of them, or of one of them and such a sum (graphs of
Dempster and Macleod 1995, Voronenko and Pueschel 2007, here for vectors). The parts are then added
up as sums of what was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.passes.cmvm.decompose import digit_counts
from symgate.passes.cmvm.graph import Vector
from symgate.passes.cmvm.pool import Digit, Pool
from symgate.passes.cmvm.sharing import Sum, put

Array = NDArray[Any]


def canonical(rows: Array) -> tuple[Array, Array, Array]:
    """Rows made odd, with a positive first entry; the powers of two and the signs that this took
    away.
    """
    merged = np.bitwise_or.reduce(rows, axis=1)
    zeros = np.bitwise_count((merged & -merged) - 1).astype(np.int64) * (merged != 0)
    rows = rows >> zeros[:, None]
    first = (
        rows[np.arange(len(rows)), (rows != 0).argmax(axis=1)]
        if rows.shape[1]
        else np.ones(len(rows))
    )
    sign = np.where(first < 0, -1, 1)
    return rows * sign[:, None], zeros, sign


class Stuck(Exception):
    """A block found no simpler part; other methods have to do."""


class Block:
    """The values made so far of some columns, and all sums of two of them."""

    def __init__(self, pool: Pool, columns: Sequence[int], shifts: int, random: Random) -> None:
        self.pool, self.random, self.shifts = pool, random, shifts
        generator = np.random.default_rng(random.getrandbits(32))
        self.keys = generator.integers(1, 1 << 63, len(columns), dtype=np.uint64) | np.uint64(1)
        self.made = np.zeros((0, len(columns)), np.int64)
        self.digits: list[Digit] = []
        self.known: dict[int, int] = {}  # hash -> place
        self.sums = np.zeros(0, np.uint64)  # hashes, sorted; beside them how each is made
        self.how = np.zeros((0, 4), np.int64)
        for row, column in zip(np.eye(len(columns), dtype=np.int64), columns, strict=True):
            self._append(row, Digit(column, 0, 1))

    def hash(self, rows: Array) -> Array:
        """Sums of hashes are hashes of sums, modulo 2^64."""
        out: Array = rows.astype(np.uint64) @ self.keys
        return out

    def _append(self, row: Array, digit: Digit) -> None:
        place = len(self.digits)
        self.known[int(self.hash(row[None])[0])] = place
        self.made = np.vstack([self.made, row])
        self.digits.append(digit)
        vectors, how = self._pairs(place)
        odd, zeros, _ = canonical(vectors)
        fine = (zeros == 0) & odd.any(axis=1)
        sums = np.concatenate([self.sums, self.hash(odd[fine])])
        self.sums, first = np.unique(sums, return_index=True)
        self.how = np.vstack([self.how, how[fine]])[first]

    def _pairs(self, place: int) -> tuple[Array, Array]:
        """``x + sign * (y << shift)`` for the newest value and every other, either of them shifted."""
        new, parts, how = self.made[place], [], []
        others = np.arange(len(self.made))
        newest = np.full_like(others, place)
        for shift, sign in self._factors():
            parts += [self.made + sign * (new << shift), new + sign * (self.made << shift)]
            shifts, signs = np.full_like(others, shift), np.full_like(others, sign)
            how.append(np.stack([others, newest, shifts, signs], axis=1))
            how.append(np.stack([newest, others, shifts, signs], axis=1))
        return np.vstack(parts), np.vstack(how)

    def _factors(self) -> list[tuple[int, int]]:
        """The shifts and signs of what is added to a value."""
        return [(shift, sign) for shift in range(self.shifts + 1) for sign in (1, -1)]

    def _find(self, hashes: Array) -> Array:
        """Places in ``sums``, -1 where it is none."""
        at = np.minimum(np.searchsorted(self.sums, hashes), len(self.sums) - 1)
        return np.where(self.sums[at] == hashes, at, -1)

    def add(self, at: int) -> None:
        """Make one of the sums."""
        x, y, shift, factor = map(int, self.how[at])
        row, _, sign = canonical((self.made[x] + factor * (self.made[y] << shift))[None])
        left, right = self.digits[x], self.digits[y]
        shifted = Digit(right.node, right.position + shift, right.sign * factor)
        digit = self.pool.combine(left, shifted)
        assert digit is not None
        self._append(row[0], Digit(digit.node, digit.position, digit.sign * int(sign[0])))

    def reach(self, targets: Array) -> list[Digit]:
        """Make every row of ``targets``, which are canonical and not zero."""
        order = [int(key) for key in self.hash(targets)]
        wanted = dict(zip(order, targets, strict=True))
        while left := {key: target for key, target in wanted.items() if key not in self.known}:
            hashes = np.array(list(left), np.uint64)
            at = self._find(hashes)
            if (at >= 0).any():
                self.add(int(at[at >= 0][0]))
            elif (step := self._halfway(left)) >= 0:
                self.add(step)
            else:
                part = self._part(left)
                key = int(self.hash(part[None])[0])
                if key in wanted:
                    raise Stuck
                wanted[key] = part
        return [self.digits[self.known[key]] for key in order]

    def _rests(self, target: Array) -> Array:
        """What is left of ``target`` without each multiple of each value."""
        rests = [target + sign * (self.made << shift) for shift, sign in self._factors()]
        return np.vstack(rests)

    def _halfway(self, left: dict[int, Array]) -> int:
        """The sum that brings most of what is left within one adder, or -1."""
        found = []
        for target in left.values():
            rests, _, _ = canonical(self._rests(target))
            places = np.unique(self._find(self.hash(rests)))
            found.append(places[places >= 0])
        at, counts = np.unique(np.concatenate(found), return_counts=True)
        if not len(at):
            return -1
        best = np.flatnonzero(counts == counts.max())
        return int(at[best[self.random.randrange(len(best))]])

    def _part(self, left: dict[int, Array]) -> Array:
        """The simplest thing that would bring something that is left within one adder."""
        found: list[tuple[float, int, Array]] = []
        for k, target in enumerate(left.values()):
            rests = self._rests(target)
            # so that single digits can be taken off
            fits = (abs(rests).max(axis=1) >> (self.shifts - 1)) == 0
            rests = rests[rests.any(axis=1) & fits]
            ties = np.array([self.random.random() for _ in rests])
            weights = digit_counts(rests).sum(axis=1) + ties
            i = int(weights.argmin())
            found.append((float(weights[i]), k, rests[i]))
        _, _, simplest = min(found, key=lambda entry: entry[:2])
        rows, _, _ = canonical(simplest[None])
        return np.asarray(rows[0])


def by_blocks(
    pool: Pool, rows: Sequence[Vector], width: int, random: Random, tries: int
) -> list[Sum]:
    """The rows as sums of values of blocks of ``width`` columns, put together at random."""
    table = np.array(rows, np.int64)
    columns = [column for column in range(table.shape[1]) if table[:, column].any()]
    random.shuffle(columns)
    out: list[Sum] = [{} for _ in rows]
    for k in range(0, len(columns), width):
        _add_block(pool, table, sorted(columns[k : k + width]), out, random, tries)
    return out


def _add_block(
    pool: Pool, table: Array, columns: list[int], sums: list[Sum], random: Random, tries: int
) -> None:
    part = table[:, columns]
    used = np.flatnonzero(part.any(axis=1))
    targets, shifts, signs = canonical(part[used])
    room = int(np.abs(table).max()).bit_length() + 2
    seeds = [random.getrandbits(32) for _ in range(tries)]
    seed = seeds[0]
    if tries > 1:
        counts = [_count(pool, columns, targets, room, seed) for seed in seeds]
        seed = seeds[counts.index(min(counts))]
    digits = Block(pool, columns, room, Random(seed)).reach(targets)
    made = zip(used.tolist(), digits, shifts.tolist(), signs.tolist(), strict=True)
    for row, digit, shift, sign in made:
        put(sums[row], Digit(digit.node, digit.position + shift, digit.sign * sign))


def _count(pool: Pool, columns: list[int], targets: Array, room: int, seed: int) -> int:
    scratch = Pool(pool.inputs, pool.room)
    Block(scratch, columns, room, Random(seed)).reach(targets)
    return len(scratch.adders)
