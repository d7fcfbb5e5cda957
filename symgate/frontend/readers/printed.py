"""Tables as they stand on a terminal: ``print(model)`` of PySR, and the hall of fame that its
search prints.

pandas prints columns side by side, in several blocks where the terminal is narrow, and cuts long
cells with ``...``; the search breaks long equations with an arrow. A cut equation is refused, since
its rest is nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from symgate.errors import InputError, Where
from symgate.frontend.imported import Imported
from symgate.frontend.language.source import Source
from symgate.frontend.options import Options
from symgate.frontend.readers import pysr
from symgate.frontend.readers.base import Content, Kind, Settings
from symgate.frontend.readers.tables import Row, row

_PANDAS = re.compile(r"\s*(?:(?:pick|score|equation|loss|complexity|\.\.\.)\s+)+\\?\s*$")
_SEARCH = re.compile(r"\s*Complexity\s+(?!Equation|Score)\S+\s+(Score\s+)?Equation\s*$")
_OUTPUT = re.compile(r"\s*Best equations for output (\d+)\s*$")
_FOUND = re.compile(r"(\d+)\s+(\S+)\s+(.*)$")
_NAMED = re.compile(r"([A-Za-z_]\w*)\s*=(?!=)\s*")
_MARK = ">>>>"
_REST = "↳"
#: Signs before the parts of a template, which stand below each other.
_FIRST, _FURTHER = "╭", ("├", "╰")


@dataclass
class _Frame:
    """One table of pandas while its blocks are read: cells by the number of their row."""

    cells: dict[int, dict[str, str]] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)

    def rows(self, file: str, output: str | None) -> Iterator[Row]:
        """The candidates; raise `InputError` where an equation is not whole."""
        for number, cells in self.cells.items():
            place = Where(file, self.lines[number])
            equation = cells.get("equation", "")
            if equation.endswith("...") or not equation:
                raise _cut(place)
            try:
                yield row({**cells, "output": output}, Source(equation, file, self.lines[number]))
            except ValueError:
                raise InputError("complexity, loss or score is not a number", where=place) from None


def _cut(place: Where) -> InputError:
    remedy = (
        "give hall_of_fame.csv, or the text of model.equations_.to_csv(), which holds all of it"
    )
    return InputError("the equation was cut off when it was printed", where=place, remedy=remedy)


def _header(line: str) -> list[str]:
    return line.rstrip().rstrip("\\").split() if _PANDAS.match(line + " ") else []


def _cells(line: str, names: Sequence[str]) -> dict[str, str]:
    """The cells of one printed row: the equation is what numbers on both sides leave."""
    words = line.rstrip().rstrip("\\").replace(_MARK, " ").split()[1:]
    numbers = [name for name in names if name != "pick"]
    if "equation" not in numbers:
        return dict(zip(numbers, words, strict=False))
    before = numbers.index("equation")
    after = len(numbers) - before - 1
    middle = words[before : len(words) - after]
    cells = dict(zip(numbers[:before], words, strict=False)) | {"equation": " ".join(middle)}
    return cells | dict(zip(numbers[before + 1 :], words[len(words) - after :], strict=False))


def of_pandas(text: str, file: str) -> Iterator[list[Row]]:
    """The candidates of each table that pandas printed."""
    frames, names, seen = list[_Frame](), list[str](), set[str]()
    for number, line in enumerate(text.splitlines(), 1):
        if found := _header(line):
            names = found
            if "..." in names:
                raise _cut(Where(file, number))
            if not frames or seen & {*names}:
                frames.append(_Frame())
                seen = set()
            seen |= {*names}
        elif names and (match := re.match(r"\s*(\d+)\s", line)):
            frame, key = frames[-1], int(match[1])
            frame.cells.setdefault(key, {}).update(_cells(line, names))
            frame.lines.setdefault(key, number)
    for k, frame in enumerate(frames):
        yield list(frame.rows(file, f"y{k}" if len(frames) > 1 else None))


def of_search(lines: Iterable[str], file: str) -> list[list[Row]]:
    """The candidates that the search printed last, of each of its outputs."""
    tables, output = dict[int, list[tuple[int, str]]](), 0
    for number, line in enumerate(lines, 1):
        if named := _OUTPUT.match(line):
            output = int(named[1])
        elif _SEARCH.match(line):
            tables[output] = []
        if output in tables:
            tables[output].append((number, line))
    return [list(_of_table(tables[k], file)) for k in sorted(tables)]


def _of_table(lines: Iterable[tuple[int, str]], file: str) -> Iterator[Row]:
    """The candidates of one table."""
    scored, found = False, list[tuple[int, dict[str, str]]]()
    for number, line in lines:
        text = line.strip()
        if header := _SEARCH.match(line):
            scored, found = header[1] is not None, []
        elif text.startswith(_FURTHER) and found:
            found[-1][1]["equation"] += "; " + text[1:].strip()
        elif text.startswith(_REST) and found:
            found[-1][1]["equation"] += " " + text.removeprefix(_REST).strip()
        elif match := _FOUND.match(text):
            score, _, rest = match[3].partition(" ") if scored else ("", "", match[3])
            found.append(
                (
                    number,
                    {
                        "complexity": match[1],
                        "loss": match[2],
                        "score": score,
                        "equation": rest.strip().removeprefix(_FIRST).strip(),
                    },
                )
            )
    for number, cells in found:
        of_template = "#" in cells["equation"] or ";" in cells["equation"]
        named = None if of_template else _NAMED.match(cells["equation"])
        place = Source(
            cells["equation"][named.end() :] if named else cells["equation"], file, number
        )
        if not place.text or place.text.endswith("..."):
            raise _cut(Where(file, number))
        try:
            yield row({**cells, "output": named[1] if named else None}, place)
        except ValueError:
            raise InputError(
                "complexity, loss or score is not a number", where=Where(file, number)
            ) from None


def _matches(content: Content) -> bool:
    lines = content.sample.splitlines()
    return any(_SEARCH.match(line) or len(_header(line)) > 1 for line in lines)


def _read(content: Content, paths: Sequence[Path], options: Options) -> Imported:
    file, text = str(content.path), content.text
    if any(_SEARCH.match(line) for line in text.splitlines()):
        tables = of_search(text.splitlines(), file)
    else:
        tables = [[r for frame in of_pandas(text, file) for r in frame]]
    if not all(tables):
        raise InputError(
            "the table holds no equation", where=Where(file), expected="rows below the header"
        )
    rows = [pair for k, table in enumerate(tables) for pair in pysr.picked(table, options, k)]
    chosen = {name if name not in dict(rows[:k]) else k: r for k, (name, r) in enumerate(rows)}
    built = pysr.build(chosen, None, options, name=content.path.stem, file=file)
    return Settings.of(options).apply(built)


KIND = Kind("PySR as printed", "printed", _matches, _read,
            example="pick  score  equation  loss  complexity\\n0 >>>>  0.5  x0 * cos(x1)  0.1  4")  # fmt: skip
