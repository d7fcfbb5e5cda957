"""A network of tables as a design: `lut6` for each unit, a sum for each class, `argmax` of them.

A feature of zeros and ones is a port of one bit. Any other is a port of some bits, and what a table
reads of it is a comparison with a threshold. A port holds multiples of its last bit alone, so the
threshold is rounded down to one, which changes no comparison.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from symgate.errors import InputError
from symgate.frontend.language.functions import argmax
from symgate.frontend.options import ALL, Options, assemble, plain_name, unstated
from symgate.frontend.options import ports as read_ports
from symgate.ir.design import Design
from symgate.ir.expr import Expr, combined, const, make, var
from symgate.ir.operators.families import bits_name
from symgate.ir.types import FixedType
from symgate.learn.symbolnet.fitted import output_names, ports
from symgate.learn.tables.network import TableNetwork

OUTPUTS = ("class", "scores", "both")
#: Bits of a port of many values, where nothing else is stated.
BITS = 8
#: Scores are whole numbers, so that whatever is stated below 1/2 is exact.
_ERROR = Fraction(1, 4)


def design(
    network: TableNetwork,
    options: Options | None = None,
    name: str = "tables",
    outputs: str = "class",
) -> Design:
    """The design of ``network``; features that no table reads are left out.

    ``outputs``: "class", the index of the first class of the most votes; "scores", the votes for
    each class; or "both". Without other statements a port of many values has `BITS` bits over the
    range of its training rows.
    """
    if outputs not in OUTPUTS:
        raise InputError(f"outputs is {outputs!r}", expected=f"one of {', '.join(OUTPUTS)}")
    names = [ports(network.features)[k] for k in _features(network)]
    stated = _with_ports(network, _of_read(network, names, options or Options()))
    open_ports = {port: unstated(port, None) for port in names}
    types = {port.name: port.type for port in read_ports(open_ports, stated)}
    scores = _scores(network, types)
    found = dict(zip(output_names(network.outputs), scores, strict=True))
    if outputs != "scores":
        index = _free("class_index", {*names, *found})
        found = (found if outputs == "both" else {}) | {index: argmax(*scores)}
    return assemble(open_ports, found, stated, name=plain_name(name), file=None)


def _free(name: str, taken: Collection[str]) -> str:
    return name if name not in taken else _free(f"{name}_", taken)


def _features(network: TableNetwork) -> list[int]:
    """The features that some table reads, as indices."""
    found: list[int] = np.unique(network.encoding.feature[network.read()]).tolist()
    return found


def _of_read(network: TableNetwork, read: Collection[str], options: Options) -> Options:
    """``options`` without the formats and ranges of features that no table reads: who states those
    of all features cannot know which ones are read.
    """
    unread = set(ports(network.features)) - set(read)
    formats, ranges = options.stated_formats(), options.stated_ranges()
    return replace(
        options,
        formats={name: text for name, text in formats.items() if name not in unread},
        ranges={name: limits for name, limits in ranges.items() if name not in unread},
    )


def _with_ports(network: TableNetwork, options: Options) -> Options:
    """``options`` with a port for each feature that is read and not stated, and an accuracy."""
    names, binary = ports(network.features), network.encoding.binary
    formats, ranges, bits = options.stated_formats(), options.stated_ranges(), options.bits
    for k in _features(network) if ALL not in formats else []:
        port = names[k]
        if port in formats:
            continue
        if binary[k] and port not in ranges:
            formats[port] = "ufixed<1,1>"
            continue
        bits = bits or BITS
        if port not in ranges and ALL not in ranges and options.data is None:
            ranges[port] = _range(*map(float, network.ranges[k]))
    if not options.states_accuracy:
        options = replace(options, max_error=_ERROR)
    return replace(options, bits=bits, formats=formats, ranges=ranges)


def _range(lo: float, hi: float) -> tuple[Fraction, Fraction]:
    return Fraction(lo), Fraction(hi if hi > lo else lo + 1)


def _scores(network: TableNetwork, types: Mapping[str, FixedType]) -> list[Expr]:
    """The votes for each class; ``types`` are those of the ports."""
    names, encoding = ports(network.features), network.encoding
    bits = {
        b: _bit(names[encoding.feature[b]], float(encoding.threshold[b]), types)
        for b in network.read().tolist()
    }
    votes: list[list[Expr]] = [[] for _ in network.outputs]
    units = zip(network.pins.tolist(), network.contents.tolist(), strict=True)
    for (pins, contents), c in zip(units, network.unit_class.tolist(), strict=True):
        read, number = reduced(pins, contents)
        if read:
            votes[c].append(make(bits_name(len(read), number), *(bits[b] for b in read)))
        else:
            votes[c].append(const(number))
    return [_sum(terms) for terms in votes]


def _sum(terms: Sequence[Expr]) -> Expr:
    if not terms:
        return const(0)
    return terms[0] if len(terms) == 1 else combined("add", terms)


def _bit(port: str, threshold: float, types: Mapping[str, FixedType]) -> Expr:
    """Whether a port is above a threshold, which is rounded down to a value of the port."""
    kind = types[port]
    if kind.width == 1 and kind.ulp == 1 and not kind.signed and 0 <= threshold < 1:
        return var(port)
    return make("gt", var(port), const(math.floor(Fraction(threshold) / kind.ulp) * kind.ulp))


def reduced(pins: Sequence[int], contents: Sequence[bool]) -> tuple[list[int], int]:
    """The bits that a table depends on, each once, and its entries for them as a number; of none the
    number is the constant.

    >>> reduced([3, 3, 5, 7, 8, 9], [bool(k & 1) for k in range(64)])
    ([3], 2)
    """
    distinct = list(dict.fromkeys(pins))
    table = [bool(contents[_address(pins, distinct, k)]) for k in range(1 << len(distinct))]
    k = 0
    while k < len(distinct):
        low = [table[a] for a in range(len(table)) if not a >> k & 1]
        high = [table[a] for a in range(len(table)) if a >> k & 1]
        if low == high:
            del distinct[k]
            table = low
        else:
            k += 1
    return distinct, sum(bit << a for a, bit in enumerate(table))


def _address(pins: Sequence[int], distinct: Sequence[int], k: int) -> int:
    """The address of all pins where the ``distinct`` bits are those of ``k``."""
    on = {bit: k >> place & 1 for place, bit in enumerate(distinct)}
    return sum(on[pin] << place for place, pin in enumerate(pins))
