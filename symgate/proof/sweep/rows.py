"""Rows by number: every input once, or random ones; the same numbers in C and in Python.

Rows come in blocks. Of all inputs, the last ones change fastest: as many of them as give a list of
at most `LISTED` codes are listed once, so that a block only points into the list.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from symgate.ir.design import Input
from symgate.sim.compiled.operators import NAMES, size_of
from symgate.sim.compiled.text import BLOCK

#: Codes of the inputs that change fastest, all together.
LISTED = 1 << 18
Lists = list[NDArray[Any]]


class Rows(Protocol):
    """Numbered rows of ``inputs``, in ``blocks`` blocks."""

    @property
    def inputs(self) -> Sequence[Input]:
        """The inputs, in the order of the codes."""

    @property
    def blocks(self) -> int:
        """How many blocks there are."""

    @property
    def count(self) -> int:
        """How many rows are different."""

    @property
    def lists(self) -> Lists:
        """The arrays that the C text takes."""

    def text(self) -> tuple[str, list[str]]:
        """C statements that prepare block ``g``, and the array of each input then."""

    def codes(self, row: int) -> list[int]:
        """The codes of a row."""


def _kind(port: Input) -> int:
    return size_of(port.raw)


def _size(port: Input) -> int:
    return port.raw.hi - port.raw.lo + 1


@dataclass(frozen=True)
class Grid:
    """Every combination of the codes of ``inputs``."""

    inputs: tuple[Input, ...]

    @property
    def count(self) -> int:
        """How many rows are different."""
        return math.prod(map(_size, self.inputs))

    @cached_property
    def first_listed(self) -> int:
        """The inputs from here on are listed; none where the last one alone has too many codes."""
        first, size = len(self.inputs), 1
        while first and size * _size(self.inputs[first - 1]) <= LISTED:
            first -= 1
            size *= _size(self.inputs[first])
        return first

    @property
    def _slow(self) -> tuple[Input, ...]:
        """The inputs whose codes are the same in a block."""
        return self.inputs[: min(self.first_listed, len(self.inputs) - 1)]

    @property
    def inner(self) -> int:
        """Blocks in which the slow inputs keep their codes."""
        fast = math.prod(_size(i) for i in self.inputs[len(self._slow) :])
        return -(-fast // BLOCK)

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return math.prod(map(_size, self._slow)) * self.inner

    @cached_property
    def lists(self) -> Lists:
        """The codes of the listed inputs, the last combination repeated to fill a block."""
        listed = self.inputs[self.first_listed :]
        index = np.minimum(np.arange(self.inner * BLOCK), math.prod(map(_size, listed)) - 1)
        parts = np.unravel_index(index, tuple(map(_size, listed))) if listed else ()
        return [
            np.ascontiguousarray(port.raw.lo + part, f"int{_kind(port)}")
            for port, part in zip(listed, parts, strict=True)
        ]

    def text(self) -> tuple[str, list[str]]:
        """C statements that prepare block ``g``, and the array of each input then."""
        slow, lines, places = self._slow, [f"int64_t inner = g % {self.inner};"], list[str]()
        fills = []
        for k in reversed(range(len(slow))):
            kind, port = NAMES[_kind(slow[k])], slow[k]
            code = f"({kind})({port.raw.lo}LL + rest % {_size(port)}LL)"
            fills.append(f"for (int k = 0; k < B; k++) s{k}[k] = {code};")
            fills.append(f"rest /= {_size(port)}LL;")
        if fills:
            lines.append(f"if (g / {self.inner} != before) {{")
            lines += [f"  int64_t rest = g / {self.inner};", *(f"  {fill}" for fill in fills)]
            lines += [f"  before = g / {self.inner};", "}"]
        places += [f"s{k}" for k in range(len(slow))]
        for number, port in enumerate(self.inputs[len(slow) :]):
            k, kind = len(slow) + number, NAMES[_kind(port)]
            if self.first_listed < len(self.inputs):
                places.append(f"((const {kind} *)lists[{number}] + inner * B)")
                continue
            code = f"LEAST({port.raw.lo}LL + inner * B + k, {port.raw.hi}LL)"
            lines.append(f"for (int k = 0; k < B; k++) s{k}[k] = ({kind}){code};")
            places.append(f"s{k}")
        return "\n".join(lines), places

    def codes(self, row: int) -> list[int]:
        """The codes of a row."""
        block, place = divmod(row, BLOCK)
        outer, inner = divmod(block, self.inner)
        fast = inner * BLOCK + place
        found = []
        for port in reversed(self.inputs[len(self._slow) :]):
            fast, digit = divmod(min(fast, self._fast - 1), _size(port))
            found.append(port.raw.lo + digit)
        for port in reversed(self._slow):
            outer, digit = divmod(outer, _size(port))
            found.append(port.raw.lo + digit)
        return found[::-1]

    @cached_property
    def _fast(self) -> int:
        return math.prod(_size(i) for i in self.inputs[len(self._slow) :])


_STEP, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_WORD = (1 << 64) - 1


def mixed(value: int) -> int:
    """64 bits that look random: SplitMix64, G. Steele and others, OOPSLA 2014, public domain."""
    value = (value * _STEP) & _WORD
    value = ((value ^ (value >> 30)) * _FIRST) & _WORD
    value = ((value ^ (value >> 27)) * _SECOND) & _WORD
    return value ^ (value >> 31)


@dataclass(frozen=True)
class Random:
    """At least ``wanted`` rows of random codes, each code as likely as any other to 2^-32 of the
    size of its range.
    """

    inputs: tuple[Input, ...]
    wanted: int
    seed: int

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return -(-self.wanted // BLOCK)

    @property
    def count(self) -> int:
        """How many rows are tried; some may be equal."""
        return self.blocks * BLOCK

    @property
    def lists(self) -> Lists:
        """No list is used."""
        return []

    def text(self) -> tuple[str, list[str]]:
        """C statements that prepare block ``g``, and the array of each input then."""
        lines = []
        for k, port in enumerate(self.inputs):
            word = f"mixed(((uint64_t)g * B + k) * {len(self.inputs)} + {k} + {self.seed}ULL) >> 32"
            code = f"{port.raw.lo}LL + (int64_t)(({word}) * {_size(port)}ULL >> 32)"
            lines.append(f"for (int k = 0; k < B; k++) s{k}[k] = ({NAMES[_kind(port)]})({code});")
        return "\n".join(lines), [f"s{k}" for k in range(len(self.inputs))]

    def codes(self, row: int) -> list[int]:
        """The codes of a row."""
        words = (
            mixed((row * len(self.inputs) + k + self.seed) & _WORD) >> 32
            for k in range(len(self.inputs))
        )
        return [
            port.raw.lo + (word * _size(port) >> 32)
            for port, word in zip(self.inputs, words, strict=True)
        ]


def kinds(rows: Rows) -> list[str]:
    """The C types of the codes."""
    return [NAMES[_kind(port)] for port in rows.inputs]
