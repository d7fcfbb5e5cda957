"""JSON files with equations: dumps of PySR's tables, SymTorch users' own files, lists and named
expressions.

Read are lists of rows, tables by column (as pandas writes them, in any orientation),
``{"equations": {"0": "..."}}``, ``{"exprs": [...], "outputs": [...]}``, and plain mappings of names
to expressions; ranges stand in "ranges" or "vars".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from symgate.errors import InputError, Where
from symgate.frontend.files import read_text
from symgate.frontend.imported import Imported
from symgate.frontend.language.dialect import CONSTANTS, Language
from symgate.frontend.language.functions import Macro
from symgate.frontend.language.source import Source
from symgate.frontend.language.values import Decimal
from symgate.frontend.options import Options, Stated
from symgate.frontend.readers import pysr
from symgate.frontend.readers.tables import EQUATIONS, Row, columns, pick, row

_FORM = 'a list of rows with "equation", or names and expressions: {"y": "sin(x0)"}'
_EQUATIONS = ("equations", "exprs", "expressions", "outputs_equations", "equations_")
_RANGES = ("ranges", "range", "vars", "domain", "bounds")
#: SymPy and Python write E for Euler's number; rows of a search, in which any name may be a
#: feature's, do not.
PYTHON = Language(pysr.FUNCTIONS, CONSTANTS)


def load(path: str | Path, options: Options) -> Imported:
    """What a JSON file holds; raise `InputError` where it holds no equation."""
    return read(read_text(path), options, file=str(path))


def read(text: str, options: Options, *, file: str | None = None) -> Imported:
    """What a JSON text holds."""
    reader = _Reader(text, file, options)
    chosen = reader.chosen(reader.data)
    if not chosen:
        raise InputError("no equation is in this file", where=Where(file), expected=_FORM)
    ranges = _ranges(reader.data)
    rated = any(r.rated for r in chosen.values())
    known: dict[str, Macro] = {}
    found = pysr.build(
        chosen,
        None,
        options,
        name=Path(file or "design").stem,
        file=file,
        functions=known,
        language=pysr.LANGUAGE if rated else PYTHON,
    )
    if not ranges:
        return found
    inputs = {
        name: Stated(s.place, s.format, s.bits, ranges.get(name, s.range))
        for name, s in found.inputs.items()
    }
    return Imported(found.name, inputs, found.outputs, file, found.notes)


def parsed(text: str, file: str | None) -> Any:
    """The value of a JSON text, decimals as they are written."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=Decimal)
    except json.JSONDecodeError as e:
        raise Source(text, file).error(
            f"this is no JSON: {e.msg[:1].lower()}{e.msg[1:]}", e.pos
        ) from None
    except RecursionError:
        raise InputError(
            "the brackets of this JSON are nested too deeply", where=Where(file)
        ) from None
    except ValueError as e:
        raise InputError(f"this is no JSON: {e}", where=Where(file)) from None


class _Reader:
    """One file: its text, for places in messages, and its value."""

    def __init__(self, text: str, file: str | None, options: Options):
        self.text, self.file, self.options = text, file, options
        self.data = parsed(text, file)
        self.at = 0  # equations are looked for in their order, so that places cost linear time

    def chosen(self, data: Any) -> dict[str | int, Row]:
        """One row per output, by its name or its place."""
        if isinstance(data, Mapping):
            return self.of_mapping(data)
        if isinstance(data, str):
            return {0: self.row({"equation": data})}
        if isinstance(data, Sequence) and data:
            return self.of_list(data)
        return {}

    def of_mapping(self, data: Mapping[str, Any]) -> dict[str | int, Row]:
        """A table by columns, a wrapper around equations, or outputs by name."""
        inner = next((data[k] for k in _EQUATIONS if isinstance(data.get(k), (list, dict))), None)
        lower = {str(k).lower(): k for k in data}
        key = next((lower[k] for k in EQUATIONS if k in lower), None)
        if inner is not None and not (
            key and isinstance(data[key], (list, dict)) and "complexity" in lower
        ):
            return self.wrapped(data, inner)
        if key is not None and isinstance(data[key], (list, dict)):
            return self.best(_by_row(data))
        if key is not None and isinstance(data[key], str):
            return {0: self.row(data)}
        if isinstance(data.get("columns"), list) and isinstance(data.get("data"), list):
            return self.best(
                [
                    dict(zip(data["columns"], r, strict=False))
                    for r in data["data"]
                    if isinstance(r, list)
                ]
            )
        if isinstance(data.get("data"), list):
            return self.of_list(data["data"])
        kinds = (str, list, dict)
        named = {
            k: self.chosen(v)
            for k, v in data.items()
            if isinstance(v, kinds)
            and not isinstance(v, Decimal)
            and k not in (*_RANGES, "inputs", "name", "source", "note", "block_name")
        }
        return {
            str(k) if len(found) == 1 else f"{k}_{n}": r
            for k, found in named.items()
            for n, r in found.items()
        }

    def wrapped(self, data: Mapping[str, Any], inner: Any) -> dict[str | int, Row]:
        """The equations inside other statements; "outputs" may name them."""
        names = data.get("outputs")
        found = self.chosen(inner)
        if isinstance(inner, dict) and all(str(k).isdecimal() for k in inner):
            found = {int(k): r for k, r in found.items()}
        if (
            isinstance(names, list)
            and len(names) == len(found)
            and all(isinstance(name, str) for name in names)
        ):
            return dict(zip(names, found.values(), strict=True))
        return found

    def of_list(self, data: Sequence[Any]) -> dict[str | int, Row]:
        """Rows of one table, tables of several outputs, or expressions."""
        if all(isinstance(d, Mapping) for d in data):
            return self.best(list(data))
        found: dict[str | int, Row] = {}
        for number, item in enumerate(data):
            for key, chosen in self.chosen(item).items():
                found[_output_name(number, key)] = chosen
        return found

    def best(self, data: Sequence[Mapping[str, Any]]) -> dict[str | int, Row]:
        """The chosen row of each output of a table."""
        found = [self.row(d) for d in data if isinstance(d, Mapping)]
        if str(self.options.pick) in {r.output for r in found}:
            return {
                str(self.options.pick): next(r for r in found if r.output == str(self.options.pick))
            }
        if any(r.rated for r in found):
            grouped: dict[str | int, list[Row]] = {}
            for r in found:
                grouped.setdefault(r.output or 0, []).append(r)
            return {
                output: pick(candidates, self.options.pick)
                for output, candidates in grouped.items()
            }
        return {r.output or k: r for k, r in enumerate(found)}

    def row(self, data: Mapping[str, Any]) -> Row:
        """One candidate."""
        keys = list(data)
        at = columns([str(key) for key in keys])
        values = {kind: data[keys[k]] for kind, k in at.items()}
        equation = values.get("equation")
        if not isinstance(equation, str):
            raise InputError("a row has no equation", where=Where(self.file), expected=_FORM)
        try:
            return row(values, self.place(str(equation)))
        except (ValueError, OverflowError):
            what = "complexity or loss is not a number"
            raise InputError(what, where=self.place(str(equation)).spot(0)) from None

    def place(self, equation: str) -> Source:
        """Where an equation stands in the file."""
        found = self.text.find(equation, self.at)
        if found < 0:
            return Source(equation, self.file)
        self.at = found
        whole = Source(self.text, self.file).spot(found)
        return Source(equation, self.file, whole.line or 1, whole.column or 1)


def _by_row(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A table by columns as rows; pandas gives each column as a mapping from the row's name."""
    parts = {k: v for k, v in data.items() if isinstance(v, (list, dict))}
    plain = {k: list(v.values()) if isinstance(v, dict) else v for k, v in parts.items()}
    length = max((len(v) for v in plain.values()), default=0)
    return [{k: v[n] for k, v in plain.items() if n < len(v)} for n in range(length)]


def _output_name(number: int, key: str | int) -> str | int:
    """What output ``key`` of entry ``number`` of a list is called; one without a name is numbered."""
    if isinstance(key, str):
        return key
    return number if key == 0 else f"y{number}_{key}"


def _ranges(data: Any) -> dict[str, list[Any]]:
    """Ranges of inputs that the file states, as ``{"x": [lo, hi]}`` or ``[["x", lo, hi], ...]``."""
    if isinstance(data, list):
        merged: dict[str, list[Any]] = {}
        for item in data:
            merged |= _ranges(item) if isinstance(item, Mapping) else {}
        return merged
    stated = (
        next((data[k] for k in _RANGES if k in data), None) if isinstance(data, Mapping) else None
    )
    if isinstance(stated, Mapping):
        return {str(k): v for k, v in stated.items() if isinstance(v, list) and len(v) == 2}
    if isinstance(stated, list):
        return {str(v[0]): v[1:] for v in stated if isinstance(v, list) and len(v) == 3}
    return {}
