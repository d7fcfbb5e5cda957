"""KANELE's models: ``truth_tables.json``, a table of integers for each edge of a network, with the
``config.json`` beside it, which says how many bits each layer has.

Layer 0 is addressed by an unsigned code, every later one by a signed one: of n entries, entry i
stands for the value i - n/2. A node is the sum of its active tables, clamped to the signed numbers
of the bits of the next layer; those of the last layer are the outputs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from symgate.errors import InputError, Where
from symgate.frontend.files import read_text
from symgate.frontend.imported import Imported, Note
from symgate.frontend.language.source import Source
from symgate.frontend.options import Options, Stated
from symgate.frontend.readers.base import Content, Kind
from symgate.frontend.readers.jsonfile import parsed
from symgate.ir.algebra import total
from symgate.ir.expr import Expr, const, make, var
from symgate.ir.operators.families import steps_name

_EDGE = re.compile(r"(\d{1,6})_(\d{1,6})_(\d{1,6})")
_HEAD = re.compile(r'\{\s*"\d+_\d+_\d+"\s*:\s*\{')
_ACTIVE = ("acive", "active")  # as it is spelled in their files, and as it may be one day
_MOST_BITS = 16
#: Layer, input, output: values by the number of the entry.
Tables = Mapping[tuple[int, int, int], Sequence[int]]


@dataclass(frozen=True)
class _Network:
    """The sizes of the layers, inputs first, and the bits of their numbers."""

    sizes: Sequence[int]
    bits: Sequence[int]
    tables: Tables
    file: str

    def outputs(self) -> list[Expr]:
        """The outputs over inputs ``x0``, ``x1``, ..."""
        values = [var(f"x{k}") for k in range(self.sizes[0])]
        for layer in range(len(self.sizes) - 1):
            values = [self.node(layer, k, values) for k in range(self.sizes[layer + 1])]
        return values

    def node(self, layer: int, output: int, values: Sequence[Expr]) -> Expr:
        """The clamped sum of the active tables of one node."""
        parts = [
            self.looked_up(layer, self.tables[layer, k, output], x)
            for k, x in enumerate(values)
            if (layer, k, output) in self.tables
        ]
        half = 1 << (self.bits[layer + 1] - 1)
        return _clamped(total(parts) if parts else const(0), -half, half - 1)

    def looked_up(self, layer: int, entries: Sequence[int], x: Expr) -> Expr:
        """The table of one edge at ``x``."""
        first = -(len(entries) // 2) if layer else 0
        changes = enumerate(pairwise(entries), first + 1)
        edges = tuple((Fraction(place), Fraction(b)) for place, (a, b) in changes if a != b)
        return make(steps_name(Fraction(entries[0]), edges), x) if edges else const(entries[0])


def _clamped(x: Expr, lo: int, hi: int) -> Expr:
    if x.is_const:
        return const(min(max(x.value, lo), hi))
    return make("min", make("max", x, const(lo)), const(hi))


def read(content: Content, paths: Sequence[Path], options: Options) -> Imported:
    """The network of a ``truth_tables.json``; raise `InputError` where it is none."""
    file = str(content.path)
    sizes, bits = _config(content.path)
    tables = _tables(parsed(content.text, file), sizes, bits, file)
    network = _Network(sizes, bits, tables, file)
    outputs = {f"y{k}": e for k, e in enumerate(network.outputs())}
    place = Source(file, file)
    inputs = {
        f"x{k}": Stated(place, f"ufixed<{bits[0]},{bits[0]}>", None, None) for k in range(sizes[0])
    }
    ends = f"[{-(1 << bits[-1] - 1)}, {(1 << bits[-1] - 1) - 1}]"
    codes = f"the codes 0 to {(1 << bits[0]) - 1}, as unsigned numbers"
    notes = (Note("meaning", "inputs", codes), Note("meaning", "outputs", f"clamped to {ends}"))
    name = content.path.resolve().parent.name if content.path.stem == "truth_tables" else None
    return Imported(name or content.path.stem, inputs, outputs, file, notes)


def _listed(config: object, key: str) -> list[Any]:
    """The list under ``key``; none where there is no such list."""
    found = config.get(key) if isinstance(config, Mapping) else None
    return list(found) if isinstance(found, list) else []


def _config(path: Path) -> tuple[list[int], list[int]]:
    """The sizes of the layers, and their bits."""
    beside = path.parent / "config.json"
    if not beside.is_file():
        raise InputError(
            "nothing says how many bits the layers of this network have",
            where=Where(str(path)),
            expected='config.json beside it, with "layers" and "layers_bitwidth"',
        )
    config = parsed(read_text(beside), str(beside))
    sizes, bits = (_listed(config, key) for key in ("layers", "layers_bitwidth"))
    whole = all(type(n) is int and n > 0 for n in (*sizes, *bits))
    if len(sizes) < 2 or len(bits) != len(sizes) or not whole or max(bits) > _MOST_BITS:
        raise InputError(
            "the layers of this network are not stated",
            where=Where(str(beside)),
            expected=f'"layers" and "layers_bitwidth", as many whole numbers, bits up to {_MOST_BITS}',
        )
    return sizes, bits


def _mapping(value: object) -> bool:
    return isinstance(value, Mapping)


def _tables(data: Any, sizes: Sequence[int], bits: Sequence[int], file: str) -> Tables:
    """The active tables; raise `InputError` for one that does not fit the layers."""
    if not _mapping(data):
        raise _wrong(file, "the file holds no edges by their names", "an object of tables")
    found: dict[tuple[int, int, int], Sequence[int]] = {}
    for key, entry in data.items():
        match = _EDGE.fullmatch(key)
        edge = tuple(map(int, match.groups())) if match else (len(sizes),) * 3
        layer, source, target = edge
        if layer + 1 >= len(sizes) or source >= sizes[layer] or target >= sizes[layer + 1]:
            layers = "-".join(map(str, sizes))
            raise _wrong(file, f"'{key}' is no edge of layers {layers}", '"layer_input_output"')
        values: Any = entry.get("values_int") if _mapping(entry) else None
        whole = isinstance(values, list) and all(type(v) is int for v in values)
        if not whole or len(values) != 1 << bits[layer]:
            expected = f'"values_int" of {1 << bits[layer]} whole numbers'
            raise _wrong(file, f"the table of edge '{key}' does not fit its layer", expected)
        if any(entry.get(word) for word in _ACTIVE):
            found[layer, source, target] = values
    return found


def _wrong(file: str, what: str, expected: str) -> InputError:
    return InputError(what, where=Where(file), expected=expected, remedy="export the model again")


KIND = Kind(
    "KANELE's tables",
    "kanele",
    lambda content: _HEAD.match(content.sample) is not None and '"values_int"' in content.sample,
    read,
    example='{"0_0_0": {"active": 1, "values_int": [0, 1]}} beside config.json',
)
