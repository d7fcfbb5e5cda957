"""Tables of candidate equations: what a search writes as CSV, and the choice of one row."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from symgate.errors import InputError, Where
from symgate.frontend.language.source import Source, listed

#: Names of columns, in lower case, the first that is there wins; `symgate fit` has nodes and held.
EQUATIONS = (
    "equation",
    "equations",
    "expression",
    "expr",
    "formula",
    "infix",
    "sympy_format",
    "model",
    "parameterized equation, unscaled",
    "parameterized equation",
)
LOSSES = ("held", "loss", "mse", "chi2/ndf", "rmse", "error", "nmse", "chi2")
COMPLEXITIES = ("complexity", "size", "length", "nodes")
NAMES = ("output", "target", "name")
MAX_CELL = 1 << 24
_HEADER = re.compile(r"[\w \t\"'.|;,/()\[\]:+-]+")
#: What SymbolFit calls its best-fit values: ``{'a1': (0.02, 0.01, -0.01), ...}``.
_PARAMETERS = re.compile(r"'(\w+)'\s*:\s*\(?\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)")
_JULIA = re.compile(r"(?<=\d)f(?=[-+]?\d+$)")


@dataclass(frozen=True)
class Row:
    """One candidate: how complex, how wrong, what it says; NaN or None for what the table does not
    tell.
    """

    complexity: int | None
    loss: float
    equation: Source
    score: float = math.nan
    output: str | None = None

    @property
    def rated(self) -> bool:
        """Whether the table says how good or how complex it is."""
        return self.complexity is not None or not (math.isnan(self.loss) and math.isnan(self.score))


def columns(header: Sequence[str]) -> dict[str, int]:
    """Where equation, loss, complexity, score and output stand in a header; only what is there."""
    plain = [cell.strip().strip("\"'").lower() for cell in header]
    kinds = {
        "equation": EQUATIONS,
        "loss": LOSSES,
        "complexity": COMPLEXITIES,
        "score": ("score",),
        "output": NAMES,
    }
    found = {}
    for kind, names in kinds.items():
        at = next((plain.index(name) for name in names if name in plain), None)
        if at is not None:
            found[kind] = at
    places = [k for k, cell in enumerate(plain) if cell.startswith("parameters:")]
    return found | ({"parameters": places[0]} if places else {})


def _whole(cells: Sequence[str]) -> list[str]:
    """Cells of a header, those joined that were cut inside of brackets."""
    found = list[str]()
    for cell in cells:
        if found and found[-1].count("(") > found[-1].count(")"):
            found[-1] += f",{cell}"
        else:
            found.append(cell)
    return found


def is_table(head: str) -> bool:
    """Whether a first line is the header of a table of equations."""
    if len(head) > 4000 or not _HEADER.fullmatch(head):
        return False
    found = columns(_whole(next(csv.reader([head], delimiter=_delimiter(head)), [])))
    return "equation" in found and len(found) > 1


def _delimiter(head: str) -> str:
    return max("|;,\t", key=head.count)


def rows(text: str, file: str | None) -> list[Row]:
    """The candidates of a CSV text; columns may be separated by commas, semicolons, bars or tabs."""
    head = text.lstrip("\n").partition("\n")[0]
    delimiter = _delimiter(head)
    lines = text.splitlines()
    reader = csv.reader(
        io.StringIO(text.replace("\0", " "), newline=""), delimiter=delimiter, strict=True
    )
    try:
        header = next((cells for cells in reader if any(cell.strip() for cell in cells)), [])
        at = columns(_whole(header))
        if "equation" not in at or not {"loss", "complexity", "score", "output"} & {*at}:
            where = Where(file, 1)
            expected = "columns Complexity, Loss, Equation"
            raise InputError("this is no table of equations", where=where, expected=expected)
        found = [
            _row(_pointed(cells, at, delimiter), at, file, reader.line_num, lines)
            for cells in reader
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as e:
        remedy = (
            f"use {file}.bak, which PySR writes before" if Path(f"{file}.bak").exists() else None
        )
        raise InputError(
            f"the table is cut off: {e}", where=Where(file, reader.line_num), remedy=remedy
        ) from None
    if not found:
        raise InputError(
            "the table holds no equation",
            where=Where(file),
            remedy="let the search finish an iteration",
        )
    return found


def _pointed(cells: list[str], at: Mapping[str, int], delimiter: str) -> list[str]:
    """Numbers with a decimal comma as numbers with a point, where commas separate no cells."""
    numbers = {at[kind] for kind in ("complexity", "loss", "score") if kind in at}
    if delimiter == ",":
        return cells
    return [cell.replace(",", ".") if k in numbers else cell for k, cell in enumerate(cells)]


def _row(
    cells: list[str], at: Mapping[str, int], file: str | None, line: int, lines: list[str]
) -> Row:
    where = Where(file, line)
    backup = (
        f"use {file}.bak, which PySR writes before"
        if Path(f"{file}.bak").exists()
        else "remove the row"
    )
    if len(cells) <= max(at.values()):
        raise InputError("this row is cut off", where=where, remedy=backup)
    found = {kind: cells[k].strip() for kind, k in at.items()}
    equation = found["equation"]
    column = lines[line - 1].find(equation) + 1 or 1 if line <= len(lines) else 1
    if "parameters" in found:
        equation = _filled(Source(equation, file, line, column), found["parameters"])
    try:
        return row(found, Source(equation, file, line, column))
    except ValueError:
        raise InputError("complexity or loss is not a number", where=where, remedy=backup) from None


def _filled(equation: Source, parameters: str) -> str:
    """SymbolFit's equation with its best-fit values in the place of a1, a2, ... ."""
    values = dict(_PARAMETERS.findall(parameters))

    def value(match: re.Match[str]) -> str:
        if match[0] not in values:
            what = f"the row has no value of the parameter {match[0]}"
            raise equation.error(what, match.start(), expected="'a1': (value, +error, -error)")
        return f"({values[match[0]]})"

    return re.sub(r"\ba\d+\b", value, equation.text)


def row(values: Mapping[str, object], equation: Source) -> Row:
    """A candidate from its values; raise ValueError for what is no number."""
    complexity = _number(values.get("complexity"))
    if math.isinf(complexity):
        raise ValueError("an infinite complexity")
    whole = None if math.isnan(complexity) else int(complexity)
    output = values.get("output")
    return Row(whole, _number(values.get("loss")), equation, _number(values.get("score")),
               None if output is None or not str(output).strip() else str(output).strip())  # fmt: skip


def _number(value: object) -> float:
    """A number of a table, also in Julia's single precision, ``1.2f-3``."""
    if value is None or str(value).strip() in ("", "None", "null"):
        return math.nan
    text = str(value).strip().replace("\u2212", "-")
    return float(_JULIA.sub("e", text))


def outputs(found: Sequence[Row]) -> dict[str | None, list[Row]]:
    """The candidates of each output; rows that say nothing of their quality are outputs of their
    own.
    """
    grouped: dict[str | None, list[Row]] = {}
    for r in found:
        grouped.setdefault(r.output, []).append(r)
    return grouped


def pick(found: Sequence[Row], how: str | int) -> Row:
    """The row that PySR's ``model_selection`` would take, or the one of a given complexity.

    ``score`` is the largest fall of log(loss) per unit of complexity; ``best`` the same among rows
    whose loss is at most 1.5 times the smallest; ``accuracy`` the smallest loss. A table without
    losses is chosen from by its scores.
    """
    if isinstance(how, int) or how.isdigit():
        for r in found:
            if r.complexity == int(how):
                return r
        raise _no_such_size(found, int(how))
    if how not in ("best", "score", "accuracy"):
        raise InputError(
            f"unknown choice '{how}'", expected="best, score, accuracy, or a complexity"
        )
    if len(found) == 1:
        return found[0]
    if how == "accuracy" and any(not math.isnan(r.loss) for r in found):
        return min(found, key=lambda r: r.loss if not math.isnan(r.loss) else math.inf)
    return found[max(_kept(found, how), key=list(_scores(found)).__getitem__)]


def _no_such_size(found: Sequence[Row], size: int) -> InputError:
    known = sorted({r.complexity for r in found if r.complexity is not None})
    if not known:
        what = "the table has no column of complexities to choose by"
        return InputError(what, where=_file(found), remedy="choose by best, score or accuracy")
    expected = f"one of {listed(map(str, known))}"
    return InputError(f"no equation of complexity {size}", where=_file(found), expected=expected)


def _kept(found: Sequence[Row], how: str) -> Sequence[int]:
    """The rows among which the score decides."""
    least = min((r.loss for r in found if not math.isnan(r.loss)), default=math.nan)
    if math.isnan(least) and all(math.isnan(r.score) for r in found):
        sizes = listed(str(r.complexity) for r in found if r.complexity is not None)
        remedy = f"give the row's complexity: --pick N, of {sizes}" if sizes else "keep one row"
        raise InputError("the table has no losses to choose by", where=_file(found), remedy=remedy)
    near = [
        k
        for k, r in enumerate(found)
        if how == "score" or math.isnan(least) or r.loss <= 1.5 * least
    ]
    return near or range(len(found))


def _file(found: Sequence[Row]) -> Where | None:
    return Where(found[0].equation.file) if found[0].equation.file else None


def _scores(found: Sequence[Row]) -> Iterator[float]:
    """The score of each row, computed from losses and complexities where they are there."""
    if any(math.isnan(r.loss) or r.complexity is None for r in found):
        yield from (-math.inf if math.isnan(r.score) else r.score for r in found)
        return
    yield 0.0
    for before, r in pairwise(found):
        step = (r.complexity or 0) - (before.complexity or 0)
        if not r.loss > 0 or not before.loss > 0:
            yield math.inf if r.loss == 0 else -math.inf
        elif math.isinf(r.loss) or math.isinf(before.loss):
            yield -math.inf
        else:
            yield -math.log(r.loss / before.loss) / step if step else -math.inf
