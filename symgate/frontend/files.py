"""Reading the user's files, with messages that say what to do."""

from __future__ import annotations

import csv
import difflib
import re
from pathlib import Path

from symgate.errors import InputError, Where

#: Larger files are refused: no expression that fits an FPGA comes near it.
MAX_BYTES = 64 * 1024 * 1024
_DELIMITERS = (",", ";", "\t", "|")
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+(?:[eE][-+]?\d+)?")


def read_text(path: str | Path) -> str:
    """The text of a UTF-8 file; raise `InputError` where there is none."""
    path = Path(path)
    try:
        raw = path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
    except FileNotFoundError:
        raise InputError("no such file", where=Where(str(path)), remedy=_nearby(path)) from None
    except OSError as e:
        raise InputError(f"cannot read the file: {e.strerror}", where=Where(str(path))) from None
    if raw is None:
        raise InputError(f"the file is larger than {MAX_BYTES >> 20} MB", where=Where(str(path)))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = raw.count(b"\n", 0, e.start) + 1
        where = Where(str(path), line)
        raise InputError(
            "the file is not UTF-8 text", where=where, remedy="save it as UTF-8"
        ) from None
    if not text.strip():
        raise InputError("the file is empty", where=Where(str(path)))
    return text


def separated(text: str) -> list[tuple[int, list[str]]]:
    r"""The rows of a table, each with its line; empty ones are left out.

    Cells are separated by commas, semicolons, tabs or bars, whatever cuts the first rows alike. Where
    it is no comma, a number such as 1,5 has a decimal comma.

    >>> separated("a;b\n1,5;2")
    [(1, ['a', 'b']), (2, ['1.5', '2'])]
    """
    first = [line for line in text.splitlines() if line.strip()][:5]
    delimiter = max(_DELIMITERS, key=lambda sign: _columns(first, sign))
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    found = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(row)]
    if delimiter == ",":
        return found
    return [(line, [_pointed(cell) for cell in row]) for line, row in found]


def _columns(lines: list[str], delimiter: str) -> int:
    """How many cells each of ``lines`` has, 1 where they differ."""
    counts = {len(row) for row in csv.reader(lines, delimiter=delimiter)}
    return counts.pop() if len(counts) == 1 else 1


def _pointed(cell: str) -> str:
    return cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell


def _nearby(path: Path) -> str:
    try:
        names = sorted(p.name for p in path.parent.iterdir())
    except OSError:
        return f"create the folder {path.parent}, or correct the path"
    close = difflib.get_close_matches(path.name, names, n=1)
    return f"did you mean '{path.parent / close[0]}'?" if close else "correct the path"
