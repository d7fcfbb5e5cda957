"""Candidates as plain data: numbers, names and arrays, with nothing in them that could run.

A candidate is a tree of frozen dataclasses, each of a kind in `KINDS`. As data it is a list of
records, parts before what holds them, in which every field is a number, a text, or a reference to
an array, a format or an earlier record. What is read back is checked against the types that the
dataclasses state, so a file that something else wrote is refused, whatever it says.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

from symgate.caches import remembered
from symgate.ir.types import FixedType
from symgate.passes.approx.affine import Coarse, Tailed, Tilted
from symgate.passes.approx.base import Candidate, Ints
from symgate.passes.approx.correct import Corrected
from symgate.passes.approx.dsp import MultiplyAdd
from symgate.passes.approx.fields import Address, Aligned, Curve, Field, Low, Square
from symgate.passes.approx.float_format import Format
from symgate.passes.approx.fold import Folded
from symgate.passes.approx.generator_settings import SAVING
from symgate.passes.approx.normalise import Normalised
from symgate.passes.approx.octave_rows import Moved, ShiftedRows
from symgate.passes.approx.octaves import Floating, Scale
from symgate.passes.approx.order import Ordered
from symgate.passes.approx.peel import Shifted, Stripped
from symgate.passes.approx.plain import Table
from symgate.passes.approx.rows import Rows
from symgate.passes.approx.shared_rows import SharedRows
from symgate.passes.approx.table_sums import AddedTable, Offset, Sum, Term

#: Changes with the layout of the records, so that files of another layout are made again.
SCHEMA = 2
CANDIDATES: dict[str, type] = {
    "plain": Table,
    "sum": Sum,
    "multiply-add": MultiplyAdd,
    "ordered": Ordered,
    "coarse": Coarse,
    "tailed": Tailed,
    "tilted": Tilted,
    "folded": Folded,
    "floating": Floating,
    "normalised": Normalised,
    "corrected": Corrected,
    "moved": Moved,
    "shifted rows": ShiftedRows,
    "shared rows": SharedRows,
    "stripped": Stripped,
    "shifted": Shifted,
}
TERMS: dict[str, type] = {"offset": Offset, "rows": Rows}
FIELDS: dict[str, type] = {"low": Low, "aligned": Aligned, "square": Square, "curve": Curve}
KINDS = (
    CANDIDATES
    | TERMS
    | FIELDS
    | {"table": AddedTable, "address": Address, "scale": Scale, "float": Format}
)
_KIND_OF = {made: kind for kind, made in KINDS.items()}
#: The classes that may stand where a field is stated as a protocol.
_MEMBERS = {
    Candidate: tuple(CANDIDATES.values()),
    Term: tuple(TERMS.values()),
    Field: tuple(FIELDS.values()),
}


class NoCandidate(ValueError):
    """Data that describes no candidates; whoever reads it makes them again."""


#: Fields that arrays of ``2**field`` entries are made from.
_SIZES = frozenset(
    {"n", "inner_bits", "top", "low", "part", "size", "octaves", "mantissa", "exponent"}
)


@dataclass
class Packed:
    """Candidates as data: ``text`` is JSON, and refers to ``arrays`` by their number."""

    text: str
    arrays: tuple[Ints, ...]

    def to_bytes(self) -> bytes:
        """The content of an npz file."""
        file = io.BytesIO()
        text = np.frombuffer(self.text.encode(), dtype=np.uint8)
        np.savez(file, *self.arrays, text=text)
        return file.getvalue()

    @staticmethod
    def from_bytes(content: bytes) -> Packed:
        """Read the content of an npz file; raise `NoCandidate` for anything else."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as stored:
                if sum(info.file_size for info in stored.zip.infolist()) > SAVING.most_bytes:
                    raise NoCandidate("the arrays are too large")
                text = bytes(stored["text"]).decode()
                arrays = [stored[f"arr_{i}"] for i in range(len(stored.files) - 1)]
        except (OSError, ValueError, KeyError, AttributeError, zipfile.BadZipFile) as e:
            raise NoCandidate(f"no npz file of ours: {e}") from None
        return Packed(text, tuple(arrays))


def pack(candidates: Sequence[Candidate]) -> Packed:
    """``candidates`` as data."""
    writer = _Writer()
    front = [writer.reference(candidate) for candidate in candidates]
    text = json.dumps({"schema": SCHEMA, "records": writer.records, "front": front})
    return Packed(text, tuple(writer.arrays))


def unpack(packed: Packed) -> tuple[Candidate, ...]:
    """The candidates that `pack` was given; raise `NoCandidate` where the data describes none.

    Whether they keep to their windows is for the caller to check.
    """
    try:
        stored = json.loads(packed.text)
        schema, records, front = stored["schema"], stored["records"], stored["front"]
    except (ValueError, TypeError, KeyError) as e:
        raise NoCandidate(f"no description of candidates: {e}") from None
    if schema != SCHEMA or not isinstance(records, list) or not isinstance(front, list):
        raise NoCandidate(f"layout {schema!r} in place of {SCHEMA}")
    reader = _Reader(packed.arrays)
    for record in records:
        reader.add(record)
    candidates = [reader.value(reference) for reference in front]
    if not all(_fits(candidate, Candidate) for candidate in candidates):
        raise NoCandidate("a front that holds something else than candidates")
    return tuple(candidates)


@dataclass
class _Writer:
    """Records and arrays in the order in which they are needed; an object met twice is one record."""

    records: list[dict[str, Any]] = field(default_factory=list)
    arrays: list[Ints] = field(default_factory=list)
    known: dict[int, int] = field(default_factory=dict)  # number of the record by the object's id

    def reference(self, value: Any) -> Any:
        """``value`` as JSON; what needs a record or an array gets one."""
        if isinstance(value, np.ndarray):
            self.arrays.append(value)
            return {"array": len(self.arrays) - 1}
        if isinstance(value, FixedType):
            return {"format": [value.signed, value.width, value.frac]}
        if isinstance(value, tuple):
            return {"tuple": [self.reference(item) for item in value]}
        if is_dataclass(value):
            return {"record": self._record(value)}
        assert value is None or type(value) in (bool, int, float, str), repr(value)
        return value

    def _record(self, value: Any) -> int:
        if id(value) not in self.known:
            content = {
                each.name: self.reference(getattr(value, each.name)) for each in fields(value)
            }
            self.records.append({"kind": _KIND_OF[type(value)], "fields": content})
            self.known[id(value)] = len(self.records) - 1
        return self.known[id(value)]


@dataclass
class _Reader:
    """What records describe, each checked as soon as it is made."""

    arrays: Sequence[Ints]
    made: list[Any] = field(default_factory=list)

    def add(self, record: Any) -> None:
        """Make what ``record`` describes out of what was made before."""
        match record:
            case {"kind": str(kind), "fields": dict(content)} if kind in KINDS:
                values = {name: self.value(item) for name, item in content.items()}
            case _:
                raise NoCandidate(f"no record: {record!r:.80}")
        types = _types_of(KINDS[kind])
        if values.keys() != types.keys():
            raise NoCandidate(f"fields {sorted(values)} of '{kind}' in place of {sorted(types)}")
        for name, value in values.items():
            if not _fits(value, types[name]) or not _small(name, value):
                raise NoCandidate(f"{value!r:.80} as '{name}' of '{kind}'")
        self.made.append(KINDS[kind](**values))

    def value(self, item: Any) -> Any:
        """What ``item`` stands for."""
        match item:
            case None | bool() | int() | float() | str():
                return item
            case {"array": int(number)} if 0 <= number < len(self.arrays):
                return self.arrays[number]
            case {"record": int(number)} if 0 <= number < len(self.made):
                return self.made[number]
            case {"tuple": list(items)}:
                return tuple(self.value(each) for each in items)
            case {"format": [bool(signed), int(width), int(frac)]} if 1 <= width <= 64:
                return FixedType(signed, width, frac)
        raise NoCandidate(f"no value: {item!r:.80}")


@remembered
def _types_of(made: Callable[..., Any]) -> dict[str, Any]:
    """The type of each field of a dataclass."""
    hints = get_type_hints(made)
    return {each.name: hints[each.name] for each in fields(made)}  # type: ignore[arg-type]


def _fits(value: Any, stated: Any) -> bool:
    """Whether ``value`` is of the type that a field states."""
    if get_origin(stated) in (Union, UnionType):
        return any(_fits(value, each) for each in get_args(stated))
    if get_origin(stated) is tuple:
        return type(value) is tuple and all(_fits(each, get_args(stated)[0]) for each in value)
    if _origin(stated) is np.ndarray:
        return isinstance(value, np.ndarray) and value.dtype == np.int64 and value.ndim in (1, 2)
    if stated in _MEMBERS:
        return type(value) in _MEMBERS[stated]
    return type(value) is stated


def _origin(stated: Any) -> Any:
    """The class of a type with arguments; NumPy 2.5 states arrays by an alias of Python 3.12."""
    origin = get_origin(stated)
    alias = getattr(origin, "__value__", None)
    return origin if alias is None else get_origin(alias)


def _small(name: str, value: Any) -> bool:
    """Whether a number asks for no more than `SAVING` allows."""
    if type(value) is not int:
        return True
    if name in _SIZES:
        return 0 <= value <= SAVING.most_bits
    return abs(value) <= SAVING.most_magnitude
