"""PySR: hall_of_fame.csv files, folders of them, and fitted regressors (by their attributes, PySR is never imported).

Functions mean what PySR's operators mean: ``cond(x, y)`` is y where x > 0 and else 0, ``greater`` is 0 or 1, the
logical operators test their operands for > 0. Constants have the digits of the file.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from symgate.errors import InputError, Where
from symgate.frontend.definitions import function
from symgate.frontend.files import read_text
from symgate.frontend.functions import COMMON, ONE, ZERO, Macro, where
from symgate.frontend.infix import parse
from symgate.frontend.options import Options, assemble, unstated
from symgate.frontend.source import Source, listed
from symgate.frontend.text import in_order, is_open, name_outputs, named
from symgate.ir.algebra import negated, powered, product, quotient, total
from symgate.ir.design import Design
from symgate.ir.expr import Expr, const, make, var, variables


def _after_abs(name: str) -> Macro:
    return Macro(1, 1, lambda x: make(name, make("abs", x)))


def _positive(x: Expr) -> Expr:
    return make("gt", x, ZERO)


def _wrapped(x: Expr) -> Expr:
    """Into [-1, 1), as PySR protects atanh."""
    return total([make("mod", total([x, ONE]), const(2)), const(-1)])


#: PySR's operators that other text does not have, or that mean something else there.
FUNCTIONS: dict[str, Macro] = {
    "plus": Macro(2, 2, lambda x, y: total([x, y])),
    "sub": Macro(2, 2, lambda x, y: total([x, negated(y)])),
    "mult": Macro(2, 2, lambda x, y: product([x, y])),
    "div": Macro(2, 2, quotient),
    "pow": Macro(2, 2, powered),
    "pow_abs": Macro(2, 2, lambda x, y: powered(make("abs", x), y)),
    **{f"{name}_abs": _after_abs(name) for name in ("sqrt", "log", "log2", "log10", "log1p")},
    "acosh_abs": Macro(1, 1, lambda x: make("acosh", total([make("abs", x), ONE]))),
    "atanh_clip": Macro(1, 1, lambda x: make("atanh", _wrapped(x))),
    "cond": Macro(2, 2, lambda x, y: where(_positive(x), y, ZERO)),
    "greater": Macro(2, 2, lambda x, y: make("gt", x, y)),
    "less": Macro(2, 2, lambda x, y: make("lt", x, y)),
    "greater_equal": Macro(2, 2, lambda x, y: make("ge", x, y)),
    "less_equal": Macro(2, 2, lambda x, y: make("le", x, y)),
    "logical_and": Macro(2, 2, lambda x, y: make("and", _positive(x), _positive(y))),
    "logical_or": Macro(2, 2, lambda x, y: make("or", _positive(x), _positive(y))),
    "clamp": COMMON["clip"],
}
_TEMPLATE = re.compile(r"#\d")


@dataclass(frozen=True)
class Row:
    """One equation of a hall of fame."""

    complexity: int
    loss: float
    equation: Source


def load(paths: Sequence[str | Path], options: Options) -> Design:
    """The design of one hall of fame per output."""
    files = [str(p) for p in paths]
    chosen = [pick(rows(file), options.pick).equation for file in files]
    stem = Path(files[0]).resolve()
    name = stem.parent.name if stem.name.startswith("hall_of_fame") and len(files) > 1 else stem.name.split(".")[0]
    return build(chosen, named(options) or None, options, name=name, file=files[0])


def folder(path: str | Path) -> list[Path]:
    """The halls of fame in a run's folder, one per output, in their order; a single file stands for itself."""
    path = Path(path)
    found = [p for p in path.glob("hall_of_fame*.csv") if p.is_file()] if path.is_dir() else [path]
    if not found:
        raise InputError("no hall_of_fame*.csv in this folder", where=Where(str(path)))
    byname = {p.name: p for p in found}
    return [byname[name] for name in in_order(byname)]


def rows(file: str) -> list[Row]:
    """The equations of a hall of fame, as PySR writes it (old versions separate columns by | or ;)."""
    lines = read_text(file).splitlines()
    delimiter = max("|;,", key=lines[0].count)
    reader = csv.reader(lines, delimiter=delimiter)
    header = [cell.strip().lower() for cell in next(reader)]
    if not {"complexity", "equation"} <= {*header} or not {"loss", "mse"} & {*header}:
        where = Where(file, 1)
        raise InputError("this is not a PySR hall of fame", where=where, expected="columns Complexity, Loss, Equation")
    at = [header.index("complexity"), header.index("loss" if "loss" in header else "mse"), header.index("equation")]
    found = [_row(cells, at, file, reader.line_num, lines) for cells in reader if any(c.strip() for c in cells)]
    if not found:
        raise InputError("the hall of fame holds no equation", where=Where(file), remedy="let PySR finish an iteration")
    return found


def _row(cells: list[str], at: list[int], file: str, line: int, lines: list[str]) -> Row:
    where = Where(file, line)
    backup = f"use {file}.bak, which PySR writes before" if Path(f"{file}.bak").exists() else "remove the row"
    if len(cells) <= max(at):
        raise InputError("this row is cut off", where=where, remedy=backup)
    complexity, loss, equation = (cells[k].strip() for k in at)
    try:
        numbers = int(complexity), float(loss)
    except ValueError:
        raise InputError("complexity or loss is not a number", where=where, remedy=backup) from None
    column = lines[line - 1].find(equation) + 1 or 1
    source = Source(equation, file, line, column)
    if _TEMPLATE.search(equation):
        what = "this equation is a template's: #1 stands for an argument"
        raise source.error(what, 0, remedy="write the combined expression into a text file")
    return Row(*numbers, source)


def pick(found: Sequence[Row], how: str | int) -> Row:
    """The row that PySR's ``model_selection`` would take, or the one of a given complexity.

    ``score`` is the largest fall of log(loss) per unit of complexity; ``best`` the same among rows whose loss is at
    most 1.5 times the smallest; ``accuracy`` the smallest loss.
    """
    if isinstance(how, int) or how.isdigit():
        for row in found:
            if row.complexity == int(how):
                return row
        sizes = listed(str(r.complexity) for r in found)
        raise InputError(f"no equation of complexity {how}", where=_file(found), expected=f"one of {sizes}")
    least = min((r.loss for r in found if not math.isnan(r.loss)), default=math.inf)
    scores = _scores(found)
    if how == "accuracy":
        return min(found, key=lambda r: r.loss if not math.isnan(r.loss) else math.inf)
    if how in ("best", "score"):
        kept = [k for k, r in enumerate(found) if how == "score" or r.loss <= 1.5 * least]
        return found[max(kept or range(len(found)), key=lambda k: scores[k])]
    raise InputError(f"unknown choice '{how}'", expected="best, score, accuracy, or a complexity")


def _file(found: Sequence[Row]) -> Where | None:
    return Where(found[0].equation.file) if found[0].equation.file else None


def _scores(found: Sequence[Row]) -> list[float]:
    scores = [0.0]
    for before, row in pairwise(found):
        step = row.complexity - before.complexity
        if not row.loss > 0 or not before.loss > 0:
            scores.append(math.inf if row.loss == 0 else -math.inf)
        else:
            scores.append(-math.log(row.loss / before.loss) / step if step else -math.inf)
    return scores


def build(equations: Sequence[Source], names: Sequence[str] | None, options: Options, *, name: str, file: str | None,
          functions: Mapping[str, Macro] | None = None) -> Design:  # fmt: skip
    """The design of equations in PySR's language, one per output."""
    known = FUNCTIONS | dict(functions or {}) | options.macros()
    scope = {n: var(n) for n in names} if names else None
    found = [parse(e, scope, functions=known, open_names=is_open(options)) for e in equations]
    outputs = name_outputs(found, options.outputs, set(names or ()))
    used = variables(found)
    inputs = {n: unstated(n, file) for n in in_order(used, names or ())}
    return assemble(inputs, outputs, options, name=name, file=file)


def from_model(model: Any, options: Options) -> Design:
    """The design of a fitted regressor: its ``equations_``, its feature names and the operators that it defines."""
    tables = model.equations_ if isinstance(model.equations_, list) else [model.equations_]
    how = getattr(model, "model_selection", "best") if options.pick == "best" else options.pick
    chosen = [pick(_table(t), how).equation for t in tables]
    features = getattr(model, "feature_names_in_", None)
    names = None if features is None else [str(n) for n in features]
    return build(chosen, names, options, name="pysr", file=None, functions=_defined(model))


def _table(table: Any) -> list[Row]:
    columns = (list(table[name]) for name in ("complexity", "loss", "equation"))
    return [Row(int(c), float(loss), Source(str(e))) for c, loss, e in zip(*columns, strict=True)]


def _defined(model: Any) -> dict[str, Macro]:
    """Operators that were given to PySR in Julia, ``sc(x) = sin(x)*cos(x)``, as far as this language reads them."""
    macros: dict[str, Macro] = {}
    texts = [*(getattr(model, "unary_operators", None) or ()), *(getattr(model, "binary_operators", None) or ())]
    for text in (t for t in texts if isinstance(t, str) and "=" in t):
        name, macro = function(Source(text, symbol="operators"), FUNCTIONS | macros)
        macros[name] = macro
    return macros
