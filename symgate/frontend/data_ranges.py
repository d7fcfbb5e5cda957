"""Ranges of inputs that are those of data, with a margin for what the data does not hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from symgate.errors import InputError, Where
from symgate.frontend.files import read_text, separated
from symgate.frontend.language.source import Source, listed
from symgate.frontend.language.values import Decimal, exact
from symgate.ir.design import Input
from symgate.ir.types import FixedType

Range = tuple[Fraction, Fraction]
#: What a range of data is widened by on each side, as a share of its width. A choice, not measured.
MARGIN = Fraction(1, 10)
_MOST_NAMED = 8  # inputs of which the report says how many rows touch the edge


@dataclass(frozen=True)
class Columns:
    """The columns of a CSV file that are inputs."""

    path: str
    values: Mapping[str, Sequence[Fraction]]

    def range(self, name: str, margin: Fraction, format: FixedType | None) -> Range | None:
        """The range of a column, `widened` by ``margin`` as far as ``format`` goes; None where there
        is no such column.
        """
        column = self.values.get(name)
        if not column:
            return None
        lo, hi = min(column), max(column)
        whole = all(value.denominator == 1 for value in column)
        low, high = widened(lo, hi, margin, whole)
        if format is None:
            return low, high
        least, most = format.lo * format.ulp, format.hi * format.ulp
        return min(lo, max(low, least)), max(hi, min(high, most))

    def notes(self, inputs: Iterable[Input], margin: Fraction) -> list[str]:
        """What is said of the ranges that ``inputs`` have from here: how many rows touch an end."""
        ports = [port for port in inputs if port.name in self.values]
        found = [self._note(port, margin) for port in ports[:_MOST_NAMED]]
        others = ports[_MOST_NAMED:]
        if others:
            rows = sum(self._touching(port) for port in others)
            found.append(
                f"ranges of {len(others)} more inputs, of the same rows: {rows:,} touch an end"
            )
        return found

    def _note(self, port: Input, margin: Fraction) -> str:
        count, touching = len(self.values[port.name]), self._touching(port)
        ends = f"[{float(port.lo):.6g}, {float(port.hi):.6g}]"
        data = f"{count:,} rows of {Path(self.path).name}"
        rows = "1 row touches an end" if touching == 1 else f"{touching:,} rows touch an end"
        return f"range of {port.name}: {ends}, by {data} and a margin of {float(100 * margin):g} %; {rows}"

    def _touching(self, port: Input) -> int:
        return sum(value <= port.lo or value >= port.hi for value in self.values[port.name])


def widened(lo: Fraction, hi: Fraction, margin: Fraction, whole: bool) -> Range:
    """[lo, hi] with ``margin`` of its width more on each side.

    A side moves towards 0 by at most that share of itself, so that no sign changes, and by whole
    numbers where the column is ``whole``, which has no others.
    """
    step = margin * (hi - lo)
    if whole:
        step = Fraction(step.numerator // step.denominator)
    down = min(step, margin * lo) if lo >= 0 else step
    up = min(step, -margin * hi) if hi <= 0 else step
    return lo - down, hi + up


def read_columns(path: str | Path, names: Iterable[str]) -> Columns:
    """The columns of a CSV file that are one of ``names``."""
    (_, header), *rows = separated(read_text(path))
    at = {name: header.index(name) for name in names if name in header}
    if not at or not rows:
        raise InputError(
            "no column of the data is an input",
            where=Where(str(path), 1),
            expected=f"a column named {listed(names)}",
        )
    found: dict[str, list[Fraction]] = {name: [] for name in at}
    for line, row in rows:
        if len(row) > len(header):
            what, expected = f"{len(row)} cells in a row", f"{len(header)}, as in the header"
            raise InputError(what, where=Where(str(path), line), expected=expected)
        for name, k in at.items():
            cell = row[k] if k < len(row) else ""
            place = Source(cell, str(path), line, 1, name)
            found[name].append(exact(Decimal(cell.strip()), place))
    return Columns(str(path), found)


def column_names(path: str | Path) -> list[str]:
    """The columns of a CSV file."""
    return separated(read_text(path))[0][1]


def margin_of(stated: object) -> Fraction:
    """A margin as a share, from "10%", "0.1" or a number; `MARGIN` where nothing is stated."""
    if stated is None:
        return MARGIN
    text = str(stated).strip()
    source = Source(text, label="option range_margin")
    is_percent = text.endswith("%")
    share = exact(text.removesuffix("%").strip(), source) / (100 if is_percent else 1)
    if not 0 <= share < 1:
        what, expected = f"a margin of {text} is not possible", "from 0 to below 1, such as 10%"
        raise source.error(what, 0, expected=expected)
    return share
