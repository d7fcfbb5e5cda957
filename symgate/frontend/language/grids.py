"""Tables of several addresses, each of several bits: ``t(x, y)`` is ``values[x][y]``.

What a design file states, ``{ values = [[0, 1], [2, 3]] }``, words in hexadecimal with a ``shape``, or
a ``file`` of these, becomes one table of steps of all addresses beside each other. Operands are rounded
down to whole numbers and held at the ends, as inputs are at the ends of their ranges.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from symgate.errors import InputError
from symgate.frontend.files import read_text, separated
from symgate.frontend.language.functions import Macro
from symgate.frontend.language.source import Source, listed, meant
from symgate.frontend.language.values import exact, port_format
from symgate.ir.algebra import product, total
from symgate.ir.expr import Expr, const, make
from symgate.ir.operators.families import step_at, steps_name
from symgate.ir.types import FixedType

KEYS = ("values", "file", "hex", "shape", "format", "from")
#: Entries of a table, and its addresses.
MOST_ENTRIES, MOST_AXES = 1 << 16, 6
_FORM = '{ values = [[0, 1], [2, 3]] }, { hex = "0a 1b ...", shape = [4, 8] }, or { file = "t.mem", shape = [4, 8] }'


@dataclass(frozen=True)
class Grid:
    """A table: its entries with the last address running fastest, the entries along each address,
    and the first value of each address.
    """

    entries: tuple[Fraction, ...]
    shape: tuple[int, ...]
    first: tuple[int, ...]

    @property
    def macro(self) -> Macro:
        """The function, for parsers."""
        return Macro(len(self.shape), len(self.shape), self.call)

    @property
    def widths(self) -> list[int]:
        """Bits of each address."""
        return [max(1, (size - 1).bit_length()) for size in self.shape]

    def call(self, *operands: Expr) -> Expr:
        """The entry at ``operands``."""
        places, shift = list[Expr](), 0
        for width, first, operand in reversed(
            list(zip(self.widths, self.first, operands, strict=True))
        ):
            place = _held(total([make("floor", operand), const(-first)]), width)
            places.append(product([const(1 << shift), place]))
            shift += width
        return _looked_up(self.padded(), total(places[::-1]))

    def padded(self) -> list[Fraction]:
        """The entries by the bits of all addresses; ends go on where an address has more codes."""
        counts = [1 << width for width in self.widths]
        codes = np.indices(counts).reshape(len(counts), -1)
        held = [np.minimum(c, size - 1) for c, size in zip(codes, self.shape, strict=True)]
        at = np.ravel_multi_index(tuple(held), self.shape)
        return [self.entries[k] for k in at.tolist()]


def _held(place: Expr, width: int) -> Expr:
    return make("min", const((1 << width) - 1), make("max", const(0), place))


def _looked_up(entries: Sequence[Fraction], address: Expr) -> Expr:
    edges = tuple((Fraction(k), b) for k, (a, b) in enumerate(pairwise(entries), 1) if a != b)
    if address.is_const or not edges:
        return const(step_at(entries[0], edges, address.value) if edges else entries[0])
    return make(steps_name(entries[0], edges), address)


# ------------------------------------------------------------------ what a user states


def stated(name: str, given: object, place: Source, folder: Path | None = None) -> Macro | None:
    """The table that an entry of ``[tables]`` states, None where it states something else.

    Files are relative to ``folder``. Raise `InputError` for contents that are no table.
    """
    given = given if isinstance(given, Mapping) else {}
    is_words = "hex" in given and "shape" in given
    if not is_words and not {"values", "file"} & given.keys():
        return None
    return _Read(name, given, place, folder).grid().macro


@dataclass(frozen=True)
class _Read:
    """One entry of ``[tables]``."""

    name: str
    given: Mapping[str, Any]
    place: Source
    folder: Path | None

    def grid(self) -> Grid:
        """The table; raise `InputError` where there is none."""
        for key in self.given:
            if key not in KEYS:
                what = f"unknown key '{key}' in table '{self.name}'"
                remedy = meant(key, KEYS) or "remove it"
                raise self.error(what, f"one of {listed(KEYS)}", remedy)
        sources = [key for key in ("values", "file", "hex") if key in self.given]
        if len(sources) != 1:
            raise self.error(f"table '{self.name}' has {listed(sources)}", _FORM, "keep one")
        entries, found = getattr(self, sources[0])()
        shape = self.shape(found)
        if math.prod(shape) != len(entries):
            what = f"table '{self.name}' of shape {_text(shape)} has {len(entries):,} entries"
            raise self.error(what, f"{math.prod(shape):,} entries, the last address fastest")
        first = self.whole_numbers("from", (0,) * len(shape))
        if len(first) != len(shape):
            what = f"table '{self.name}' of shape {_text(shape)} has {len(first)} numbers in from"
            raise self.error(what, f"{len(shape)} numbers")
        return Grid(tuple(entries), shape, first)

    def shape(self, found: tuple[int, ...] | None) -> tuple[int, ...]:
        """The shape that is stated, or that of the contents."""
        shape = self.whole_numbers("shape", found or ())
        entries = math.prod(shape)
        if not shape or min(shape) < 1 or len(shape) > MOST_AXES or entries > MOST_ENTRIES:
            what = f"table '{self.name}' has shape {_text(shape) or 'none'}"
            raise self.error(what, f"1 to {MOST_AXES} addresses, at most {MOST_ENTRIES:,} entries")
        if found and len(found) > 1 and shape != found:
            what = f"table '{self.name}' of shape {_text(shape)} has contents of {_text(found)}"
            raise self.error(what, "one shape", "remove the shape")
        return shape

    def values(self) -> tuple[list[Fraction], tuple[int, ...] | None]:
        """Numbers in nested lists."""
        level: Any = self.given["values"]
        level = level.tolist() if hasattr(level, "tolist") else level
        shape, entries = list[int](), [level]
        while any(_is_list(e) for e in entries):
            sizes = {len(e) if _is_list(e) else 0 for e in entries}
            if len(sizes) > 1 or sizes == {0}:
                what = f"lists of table '{self.name}' differ in length"
                raise self.error(what, "as many entries in each")
            shape.append(sizes.pop())
            entries = [part for e in entries for part in e]
        return [self.number(e) for e in entries], tuple(shape)

    def hex(self) -> tuple[list[Fraction], tuple[int, ...] | None]:
        """Words in hexadecimal, the first entry first."""
        return self.words(str(self.given["hex"]), self.place), None

    def file(self) -> tuple[list[Fraction], tuple[int, ...] | None]:
        """The contents of a file: .npy, .csv, or the words of a .mem or .hex."""
        path = (self.folder or Path()) / str(self.given["file"])
        if path.suffix == ".npy":
            return self.array(path)
        text = read_text(path)
        if path.suffix == ".csv":
            rows = [row for _, row in separated(text)]
            if len({len(row) for row in rows}) > 1:
                raise self.error(f"rows of {path.name} differ in length", "equal rows")
            shape = (len(rows), len(rows[0])) if len(rows[0]) > 1 else (len(rows),)
            return [self.number(cell.strip()) for row in rows for cell in row], shape
        return self.words(text, Source(text, str(path))), None

    def array(self, path: Path) -> tuple[list[Fraction], tuple[int, ...]]:
        """An array of NumPy; nothing in it is run."""
        try:
            found = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError) as problem:
            what = f"{path.name} is no array of NumPy: {problem}"
            raise self.error(what.splitlines()[0], "np.save of numbers") from None
        if not isinstance(found, np.ndarray) or found.dtype.kind not in "biuf":
            raise self.error(f"{path.name} holds no array of numbers", "np.save of numbers")
        return [self.number(value) for value in found.reshape(-1).tolist()], found.shape

    def words(self, text: str, place: Source) -> list[Fraction]:
        """Codes of the format, as $readmemh reads them."""
        kind = self.format()
        entries = []
        for word, at in _words(text):
            offset = at if place.text == text else 0
            try:
                code = int(word, 16)
            except ValueError:
                what = f"'{word[:20]}' is no hexadecimal word"
                raise place.error(what, offset, expected="words such as 0a 1b") from None
            if code >> kind.width:
                what = (
                    f"the word '{word[:20]}' of table '{self.name}' has more than {kind.width} bits"
                )
                raise place.error(what, offset, expected=f"codes of {kind}")
            sign = kind.signed and code >> (kind.width - 1)
            entries.append((code - (1 << kind.width if sign else 0)) * kind.ulp)
        return entries

    def format(self) -> FixedType:
        """The format of words: what is stated, or whole numbers without sign."""
        stated = self.given.get("format")
        return FixedType(False, 64, 0) if stated is None else port_format(stated, self.place).type

    def number(self, value: object) -> Fraction:
        """One entry, in the format where that is stated."""
        value = int(value) if isinstance(value, bool) else value
        number = exact(value, self.place)
        if "format" in self.given:
            kind = self.format()
            code = number / kind.ulp
            if code.denominator > 1 or not kind.lo <= code <= kind.hi:
                what = f"the entry {value} of table '{self.name}' is no value of {kind}"
                raise self.error(what, f"multiples of {float(kind.ulp):g}")
        return number

    def whole_numbers(self, key: str, usual: tuple[int, ...]) -> tuple[int, ...]:
        """A list of whole numbers, or one of them."""
        given = self.given.get(key, usual)
        numbers = [given] if isinstance(given, int) else given
        if not _is_list(numbers) or not all(type(n) is int for n in numbers):
            raise self.error(f"{key} of table '{self.name}' is {given!r}", "whole numbers")
        return tuple(numbers)

    def error(self, what: str, expected: str, remedy: str | None = None) -> InputError:
        """An error at the table."""
        return self.place.error(what, 0, expected=expected, remedy=remedy)


def _words(text: str) -> Iterator[tuple[str, int]]:
    """The words of ``text`` outside of comments, without ``_``, and where each begins."""
    for found in re.finditer(r"(?://|#).*|((?!//)[^\s#])+", text):
        word = found[0]
        if not word.startswith(("//", "#")):
            yield word.replace("_", ""), found.start()


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple))


def _text(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))
