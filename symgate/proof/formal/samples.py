"""Graphs of one operator each, on random formats: what a formal check proves kind by kind."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

from symgate.ir.domains import Interval
from symgate.ir.fixed import Builder, Graph
from symgate.ir.fixed_ops import OPS, Op
from symgate.ir.types import FixedType, Overflow, Rounding

_TRIES = 1000
_BITS = {"and", "or", "not"}


def one_node(name: str, rng: random.Random, width: int, widest_table: int = 10) -> Graph:
    """Return a graph of the operator ``name`` on random operands of at most ``width`` bits, with a
    register at each end.
    """
    op = OPS[name]
    for _ in range(_TRIES):
        b = Builder()
        formats = [_format(name, k, rng, min(width, widest_table)) for k in range(op.arity)]
        if "values" not in op.attrs:
            formats = [_format(name, k, rng, width) for k in range(op.arity)]
        args = [b.register(_input(b, f"x{k}", t, rng)) for k, t in enumerate(formats)]
        with suppress(TypeError):
            attr = _attributes(op, b.nodes[args[0]].type, rng)
            b.output("y", b.register(b.emit(name, *args, attr=attr)))
            return b.build()
    raise AssertionError(f"no operands found for {name}")


def _format(name: str, k: int, rng: random.Random, width: int) -> FixedType:
    if name in _BITS or (name == "select" and k == 0):
        return FixedType(False, 1, 0)
    if name.startswith("booth") and k == 1:
        return FixedType(False, 3, 0)
    return FixedType(rng.random() < 0.6, rng.randint(max(1, width - 2), width), 0)


def _input(b: Builder, name: str, t: FixedType, rng: random.Random) -> int:
    """An input, half of them in a narrower range than their format has."""
    ends = sorted((rng.randint(t.lo, t.hi), rng.randint(t.lo, t.hi)))
    return b.input(name, t, rng.choice([Interval(*ends), None]))


def _attributes(op: Op, first: FixedType, rng: random.Random) -> tuple[Any, ...]:
    modes = [*Rounding] if op.name == "round" else [*Overflow]
    choices: dict[str, Any] = {
        "n": rng.randint(-3, 6),
        "drop": rng.randint(0, first.width),
        "mode": rng.choice(modes),
        "width": rng.randint(1, first.width + 2),
        "signed": rng.randint(0, 1),
        "hi": rng.randint(0, first.width + 2),
        "lo": rng.randint(0, first.width),
        "low_width": rng.randint(1, first.width + 2),
        "values": tuple(rng.randint(-999, 999) for _ in range(1 << first.width)),
        "frac": rng.randint(-2, 6),
    }
    return tuple(choices[name] for name in op.attrs)
