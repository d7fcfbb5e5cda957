"""The formulas that an exploration compares: design files, files of expressions, every row of a
front.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from symgate.errors import InputError, SymgateError, Where
from symgate.explore.pareto_front import of_row
from symgate.frontend.files import read_text
from symgate.frontend.load import load_any
from symgate.frontend.options import Options
from symgate.frontend.readers import pysr
from symgate.frontend.readers.tables import Row, is_table, rows
from symgate.ir.design import Design

SWEEP = "front.json"  # what `symgate train --sweep` leaves


@dataclass(frozen=True)
class Candidate:
    """One formula, or the formulas of one design; ``loss`` is what a search says of it."""

    name: str
    load: Callable[[Options], Design]
    loss: float | None = None
    complexity: int | None = None


def candidates(sources: Sequence[Path]) -> list[Candidate]:
    """The candidates in ``sources``, in order, each with a name of its own.

    A table of complexity, loss and equation is a candidate per row, the folder of a SymbolNet sweep
    one per training; all else is one candidate. Raise `InputError` where there is none.
    """
    found = [candidate for source in sources for candidate in _of(source)]
    if not found:
        raise InputError("no source is given", expected="design files, expressions, or fronts")
    counts: dict[str, int] = {}
    named = []
    for candidate in found:
        counts[candidate.name] = counts.get(candidate.name, 0) + 1
        again = counts[candidate.name]
        name = candidate.name if again == 1 else f"{candidate.name}-{again}"
        named.append(replace(candidate, name=name))
    return named


def _of(source: Path) -> Iterator[Candidate]:
    sweep = source / SWEEP if source.is_dir() else source
    if sweep.name == SWEEP and sweep.is_file():
        yield from _of_sweep(sweep)
    elif _is_front(source):
        yield from _of_front(source)
    else:
        yield Candidate(_name(source), lambda options: load_any([source], options))


def _name(source: Path) -> str:
    if source.name == "design.toml":
        return source.resolve().parent.name
    formula = re.match(r"\s*(\w+)\s*=", str(source))
    return formula[1] if formula else source.stem


def _is_front(source: Path) -> bool:
    if not source.is_file() or source.suffix == ".toml":
        return False
    text = read_text(source)
    if not is_table(text.lstrip("\n").partition("\n")[0]):
        return False
    found = rows(text, str(source))
    is_of_one = len({row.output for row in found}) == 1
    return len(found) > 1 and is_of_one and all(row.rated for row in found)


def _of_front(source: Path) -> Iterator[Candidate]:
    text = read_text(source)
    for number, row in enumerate(rows(text, str(source)), 1):
        size = number if row.complexity is None else row.complexity
        loss = None if math.isnan(row.loss) else row.loss
        yield Candidate(f"{source.stem}-c{size}", _loader(row, source), loss, row.complexity)


def _loader(row: Row, source: Path) -> Callable[[Options], Design]:
    name = source.stem

    def load(options: Options) -> Design:
        found = pysr.build({0: row}, None, options, name=name, file=row.equation.file)
        plain, stated = found.plain(of_row(options, list(found.inputs)))
        return plain.design(stated)

    return load


def _of_sweep(sweep: Path) -> Iterator[Candidate]:
    try:
        entries: list[dict[str, Any]] = json.loads(read_text(sweep))
        folders = [Path(str(entry["folder"])).name for entry in entries]
        losses = [entry.get("valid_error") for entry in entries]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(
            "this is no sweep of trainings",
            where=Where(str(sweep)),
            expected=f"a folder that symgate train --sweep wrote, with {SWEEP}",
        ) from None
    for name, loss in zip(folders, losses, strict=True):
        file = sweep.parent / name / "design.toml"
        stated = float(loss) if isinstance(loss, int | float) else None
        yield Candidate(f"{sweep.parent.name}-{name}", _file(file), stated)


def _file(file: Path) -> Callable[[Options], Design]:
    return lambda options: load_any(file, options)


def loaded(candidate: Candidate, options: Options) -> Design | SymgateError:
    """The design of ``candidate``, or why it is refused."""
    try:
        return candidate.load(options)
    except SymgateError as e:
        return e
