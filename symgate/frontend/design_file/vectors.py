"""Vectors of ports in design files: ``"x[0..15]"`` stands for x0 to x15, as ``x[3]`` does for x3.

In the expression of a vector, ``i`` between square brackets is the index: ``"y[0..3]" = "x[i] +
x[2*i + 1]"``. Everywhere ``f(x[0..3])`` is ``f(x[0], x[1], x[2], x[3])``. The whole vector is ``x``:
``"y[0..3]" = "tanh(A @ x + b)"``, with ``A`` and ``b`` in [constants].
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from symgate.errors import InputError
from symgate.frontend.language.infix import parse
from symgate.ir.expr import const

#: Elements of one vector.
MOST = 4096
_VECTOR = re.compile(r"\s*([A-Za-z_]\w*)\s*\[\s*(\d+)\s*\.\.\s*(\d+)\s*\]\s*")
_PART = re.compile(r"([A-Za-z_]\w*)\s*\[([^\[\]]*)\]")
Fail = Callable[..., InputError]


@dataclass(frozen=True)
class Element:
    """Which element of which vector a name is: the vector has ``count``."""

    base: str
    position: int
    count: int


def elements(section: Mapping[str, Any]) -> dict[str, Element]:
    """The names that `expanded` makes of vectors, in their order."""
    found: dict[str, Element] = {}
    for key in section:
        match = _VECTOR.fullmatch(key)
        if match is None:
            continue
        indices = range(int(match[2]), min(int(match[3]), int(match[2]) + MOST) + 1)
        for position, k in enumerate(indices):
            found[f"{match[1]}{k}"] = Element(match[1], position, len(indices))
    return found


def expanded(section: Mapping[str, Any], fail: Callable[[str], Fail]) -> dict[str, Any]:
    """``section`` with an entry for every element of a vector, and plain names in expressions.

    ``fail`` gives what makes an error at a key.
    """
    found: dict[str, Any] = {}
    for key, entry in section.items():
        match = _VECTOR.fullmatch(key)
        places: list[tuple[str, int | None]] = [(key, None)]
        if match is not None:
            places = [
                (f"{match[1]}{k}", k) for k in _indices(int(match[2]), int(match[3]), fail(key))
            ]
        for name, index in places:
            if name in found:
                raise fail(key)(f"'{name}' is named twice", remedy="rename one of them")
            found[name] = _entry(entry, index, fail(key))
    return found


def _indices(lo: int, hi: int, fail: Fail) -> range:
    if not lo <= hi or hi - lo >= MOST:
        what = f"[{lo}..{hi}] is no range of indices"
        raise fail(what, expected=f"the first and the last of at most {MOST} indices, as x[0..15]")
    return range(lo, hi + 1)


def _entry(entry: Any, index: int | None, fail: Fail) -> Any:
    if isinstance(entry, dict) and "expression" in entry:
        return {**entry, "expression": _entry(entry["expression"], index, fail)}
    if not isinstance(entry, str) or "[" not in entry:
        return entry

    def names(match: re.Match[str]) -> str:
        if "," in match[2]:  # of a matrix
            parts = (_number(part, index, fail) for part in match[2].split(","))
            return f"{match[1]}[{', '.join(map(str, parts))}]"
        first, dots, last = match[2].partition("..")
        if dots:
            lo, hi = _number(first, index, fail), _number(last, index, fail)
            return ", ".join(f"{match[1]}{k}" for k in _indices(lo, hi, fail))
        return f"{match[1]}{_number(first, index, fail)}"

    return type(entry)(_PART.sub(names, entry))


def _number(text: str, index: int | None, fail: Fail) -> int:
    """An index: a whole number, or an expression of ``i``."""
    known = {} if index is None else {"i": const(index)}
    try:
        e = parse(text, known)
        value = e.value if e.is_const else None
    except InputError:
        value = None
    if value is None or value.denominator != 1 or value < 0:
        where = "" if index is None else f" where i is {index}"
        what = f"[{text.strip()}] is no index{where}"
        raise fail(what, expected="a whole number from 0, such as x[3], or x[2*i + 1] in a vector")
    return int(value)
