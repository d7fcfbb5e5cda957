"""PySR: hall_of_fame.csv files, folders of them, and fitted regressors (by their attributes, PySR
is never imported).

Functions mean what PySR's operators mean: ``cond(x, y)`` is y where x > 0 and else 0, ``greater``
is 0 or 1, the logical operators test their operands for > 0. Constants have the digits of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from symgate.errors import InputError, Where
from symgate.frontend.files import read_text
from symgate.frontend.imported import ASSUMED, Imported, Note
from symgate.frontend.language.definitions import function
from symgate.frontend.language.dialect import Language
from symgate.frontend.language.functions import COMMON, NORMALISED_SINC, ONE, ZERO, Macro, where
from symgate.frontend.language.infix import parse
from symgate.frontend.language.source import Source, listed
from symgate.frontend.options import Options, unstated
from symgate.frontend.readers.tables import Row, pick, rows
from symgate.frontend.readers.tables import outputs as grouped
from symgate.frontend.readers.template import categories, combined, template
from symgate.frontend.readers.text import (
    in_order,
    is_open,
    name_outputs,
    named,
    told_of_options,
)
from symgate.ir.algebra import negated, powered, product, quotient, total
from symgate.ir.expr import Expr, const, make, var, variables

#: Where inputs are taken to be if nobody says so: standardised data. The file holds no ranges.


def _after_abs(name: str) -> Macro:
    return Macro(1, 1, lambda x: make(name, make("abs", x)))


_SAFE = ("sqrt", "log", "log2", "log10", "log1p", "asin", "acos", "acosh", "atanh")


def _same(name: str) -> Macro:
    return Macro(1, 1, lambda x: make(name, x))


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
    "muladd": COMMON["fma"],
    "sinc": NORMALISED_SINC,
    "abs2": Macro(1, 1, lambda x: make("square", x)),
    "negative": Macro(1, 1, negated),
    "ifelse": COMMON["where"],
    **{
        f"safe_{name}": _same(name) for name in _SAFE
    },  # NaN outside of their domain, which is refused here
    "safe_pow": Macro(2, 2, powered),
    "safe_div": Macro(2, 2, quotient),
    "safe_inv": Macro(1, 1, lambda x: make("inv", x)),
}
_DECIMAL = re.compile(r"(?<![\w.])(?:\d+\.\d*|\.\d+)(?:e[+-]?\d{1,2})?(?![\w.])")
_LONG = 7  # digits that nobody writes by hand
_FLOAT32 = re.compile(r"(?<![\w.])(\d+\.?\d*|\.\d+)f([+-]?\d+)(?!\w)")
#: PySR prints constants as numbers, so that any name is a feature's; only pi is no name that a user
#: would give.
LANGUAGE = Language(FUNCTIONS, {"pi": "pi"}, bare=True)


def load(paths: Sequence[str | Path], options: Options, first: str | None = None) -> Imported:
    """What one hall of fame per output holds; ``first`` is the text of the first, where it is
    known.
    """
    files = [str(path) for path in paths]
    texts = [
        first if first is not None and number == 0 else read_text(file)
        for number, file in enumerate(files)
    ]
    tables = [
        picked(rows(text, file), options, k)
        for k, (text, file) in enumerate(zip(texts, files, strict=True))
    ]
    chosen = dict(pair for table in tables for pair in table)
    stem = Path(files[0]).resolve()
    name = (
        stem.parent.name
        if stem.name.startswith("hall_of_fame") and len(files) > 1
        else stem.name.split(".")[0]
    )
    return build(chosen, named(options) or None, options, name=name, file=files[0])


def picked(found: list[Row], options: Options, number: int) -> Iterator[tuple[str | int, Row]]:
    """The chosen row of each output of a table; rows without any rating are outputs each."""
    if not any(r.rated for r in found):
        yield from ((r.output or f"{number}_{k}", r) for k, r in enumerate(found))
        return
    for output, candidates in grouped(found).items():
        yield (number if output is None else output, pick(candidates, options.pick))


def folder(path: str | Path) -> list[Path]:
    """The halls of fame in a run's folder, one per output, in their order; a single file stands for
    itself.
    """
    path = Path(path)
    found = [p for p in path.glob("hall_of_fame*.csv") if p.is_file()] if path.is_dir() else [path]
    if not found:
        raise InputError("no hall_of_fame*.csv in this folder", where=Where(str(path)))
    byname = {p.name: p for p in found}
    return [byname[name] for name in in_order(byname)]


def build(
    chosen: Mapping[str | int, Row],
    names: Sequence[str] | None,
    options: Options,
    *,
    name: str,
    file: str | None,
    functions: Mapping[str, Macro] | None = None,
    language: Language = LANGUAGE,
) -> Imported:
    """What the chosen rows say, by the names of their outputs; a number is the place of an output
    without name.
    """
    known = dict(functions or {}) | options.macros()
    scope = {name: var(name) for name in names} if names else None
    chosen = {k: replace(r, equation=_decimals(r.equation)) for k, r in chosen.items()}
    found = [
        parse(
            combined(r.equation, options.combine),
            scope,
            open_names=is_open(options),
            language=told_of_options(language, options),
            functions=template(r.equation, options.combine, language) | known,
        )
        for r in chosen.values()
    ]
    titles = [title for title in chosen if isinstance(title, str)]
    wanted = options.outputs or (titles if len(titles) == len(chosen) else ())
    outputs = name_outputs(found, wanted, set(names or ()))
    inputs = {n: unstated(n, file) for n in in_order(variables(found), names or ())}
    notes = [
        Note("row", f"complexity {r.complexity}, loss {r.loss:g}", r.equation.text)
        for r in chosen.values()
    ]
    chosen_by = [p for r in chosen.values() for p in categories(r.equation, options.combine)]
    notes += [Note("meaning", before, after) for before, after in dict.fromkeys(chosen_by)]
    notes += _single(" ".join(r.equation.text for r in chosen.values()), options)
    return Imported(name, inputs, outputs, file, tuple(notes), ASSUMED)


def _single(text: str, options: Options) -> Iterator[Note]:
    """Say so where all constants are such as a search in single precision prints."""
    constants = [m[0] for m in _DECIMAL.finditer(text)]
    long = [
        constant
        for constant in constants
        if len(constant.partition("e")[0].replace(".", "").lstrip("0")) >= _LONG
    ]
    if long and "float=" not in (options.dialect or "") and all(map(_shortest, constants)):
        yield Note("float32", f"{listed(long[:3])}: constants of a search in single precision",
                   "the decimals as written; --dialect pysr,float=32 takes the binary numbers")  # fmt: skip


def _shortest(text: str) -> bool:
    """Whether a decimal is the shortest that stands for its float32."""
    with np.errstate(over="ignore"):
        single = np.float32(text)
    return bool(np.isfinite(single)) and Fraction(str(single)) == Fraction(text)


def _decimals(equation: Source) -> Source:
    """Julia's Float32 literals, ``1.5f-3``, as decimals of the same length."""
    return replace(equation, text=_FLOAT32.sub(r"\1e\2", equation.text))


def from_model(model: Any, options: Options) -> Imported:
    """The design of a fitted regressor: its ``equations_``, its feature names and the operators
    that it defines.
    """
    tables = model.equations_ if isinstance(model.equations_, list) else [model.equations_]
    how = getattr(model, "model_selection", "best") if options.pick == "best" else options.pick
    chosen: dict[str | int, Row] = {k: pick(_table(table), how) for k, table in enumerate(tables)}
    features = getattr(model, "feature_names_in_", None)
    names = None if features is None else [str(n) for n in features]
    return build(chosen, names, options, name="pysr", file=None, functions=_defined(model))


def _table(table: Any) -> list[Row]:
    columns = (list(table[name]) for name in ("complexity", "loss", "equation"))
    return [Row(int(c), float(loss), Source(str(e))) for c, loss, e in zip(*columns, strict=True)]


def _defined(model: Any) -> dict[str, Macro]:
    """Operators that were given to PySR in Julia, ``sc(x) = sin(x)*cos(x)``, as far as this
    language reads them.
    """
    macros: dict[str, Macro] = {}
    texts = [
        *(getattr(model, "unary_operators", None) or ()),
        *(getattr(model, "binary_operators", None) or ()),
    ]
    for text in (text for text in texts if isinstance(text, str) and "=" in text):
        name, macro = function(Source(text, symbol="operators"), FUNCTIONS | macros)
        macros[name] = macro
    return macros
