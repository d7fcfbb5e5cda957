"""The fewest bits at which a rounded value decides a jump as the exact one does, at every code."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.caches import remembered
from symgate.ir.boxes import Box
from symgate.ir.constants import rational
from symgate.ir.design import Input
from symgate.ir.exactly import enclosure
from symgate.ir.expr import CONST, VAR, Expr, const, make, variables
from symgate.ir.joint import JOINT
from symgate.ir.rationals import Ratios, decided_at
from symgate.passes.rewrite.exactness import dyadic

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Decisions:
    """How many bits are tried."""

    #: Codes at which intervals leave a jump open: 50 us each.
    most_open: int = 1 << 12
    #: Fraction bits of what is rounded, less than those of the distance to a tie, and more.
    below: int = 3
    above: int = 16
    #: Fraction bits in all, so that floats hold the sums.
    most_frac: int = 40


DECISIONS = Decisions()
_HALF = const(Fraction(1, 2))
_ZERO = const(0)


@dataclass(frozen=True)
class Jump:
    """A jump in one form: at whole numbers of ``value`` (op "floor"), or at 0 ("le", "lt").

    ``made`` is what the jump is of the floor, or of the condition that ``value`` is at least (more
    than) 0.
    """

    op: str
    value: Callable[..., Expr]
    made: Callable[[Expr], Expr] = lambda e: e

    def on(self, value: Expr) -> Expr:
        """The floor or the condition on a value."""
        return make("floor", value) if self.op == "floor" else make(self.op, _ZERO, value)


#: Of each operator that jumps, as a function of its operands.
JUMPS: Mapping[str, Jump] = {
    "floor": Jump("floor", lambda x: x),
    "ceil": Jump("floor", lambda x: -x, lambda e: -e),
    "round": Jump("floor", lambda x: x + _HALF),
    "step": Jump("lt", lambda x: x, lambda e: make("where", e, const(1), _ZERO)),
    "lt": Jump("lt", lambda x, y: y - x),
    "gt": Jump("lt", lambda x, y: x - y),
    "le": Jump("le", lambda x, y: y - x),
    "ge": Jump("le", lambda x, y: x - y),
}


@remembered
def settled(e: Expr, same: Expr, ports: tuple[Input, ...]) -> Expr | None:
    """``same``, which equals ``e``, on a value of few bits that decides as ``e`` does at every code
    of ``ports``; None where none is found.
    """
    jump = JUMPS.get(e.op)
    if jump is None:
        return None
    env, shape = _points(ports)
    wanted = _known(e, ports, env, shape)
    if wanted is None:
        return None
    if e.op == "ceil":
        wanted = -wanted
    offset, bits = _offset(jump, wanted, _close(jump.value(*e.args), env, shape))
    value, wide = jump.value(*same.args), _integer_bits(ports)
    for frac in range(bits - DECISIONS.below, min(bits + DECISIONS.above, DECISIONS.most_frac)):
        rounded = _rounded(value, frac, wide)
        if rounded is None:
            return None
        rounded = make("add", rounded, const(offset)) if offset else rounded
        found = decided_at(jump.on(rounded), env, shape)
        if np.array_equal(found.lo, found.hi) and np.all(found.lo == wanted):
            return jump.made(_apart(jump, rounded))
    return None


def _apart(jump: Jump, value: Expr) -> Expr:
    """The jump on ``value`` as a node of its own, so that no function takes parts of it in."""
    held = jump.on(make("hold", value))
    return make("hold", held) if jump.op == "floor" else held


def _points(ports: Sequence[Input]) -> tuple[dict[str, Ratios], tuple[int, ...]]:
    """All codes of each input along an axis of its own."""
    shape = tuple(port.raw.hi - port.raw.lo + 1 for port in ports)
    env = {}
    for axis, port in enumerate(ports):
        along = [1] * len(ports)
        along[axis] = -1
        codes = np.arange(port.raw.lo, port.raw.hi + 1, dtype=np.int64).reshape(along)
        env[port.name] = Ratios.codes(codes, port.type.frac)
    return env, shape


def _known(
    e: Expr, ports: Sequence[Input], env: Mapping[str, Any], shape: tuple[int, ...]
) -> Floats | None:
    """What ``e`` is at every combination of codes; None where that is open at too many."""
    box = decided_at(e, env, shape)
    low, high = (np.array(np.broadcast_to(side, shape)) for side in (box.lo, box.hi))
    opened = np.argwhere(~(low == high))
    if len(opened) > DECISIONS.most_open:
        return None
    for place in opened:
        index = tuple(place)
        point = {
            port.name: (port.raw.lo + int(k)) * port.type.ulp
            for port, k in zip(ports, place, strict=True)
        }
        low[index], high[index] = enclosure(e, point)
    return low if np.array_equal(low, high) and np.all(np.isfinite(low)) else None


def _close(e: Expr, env: Mapping[str, Ratios], shape: tuple[int, ...]) -> Box:
    """The values of ``e`` as intervals: they only say where to look first."""
    return decided_at(e, env, shape)


def _offset(jump: Jump, wanted: Floats, value: Any) -> tuple[Fraction, int]:
    """What to add to the value so that it is far from all ties, and the bits of that distance."""
    if jump.op == "floor":
        above, below = value.lo - wanted, wanted + 1 - value.hi
    else:
        met = wanted != 0
        above = np.where(met, value.lo, np.inf)
        below = np.where(met, np.inf, -value.hi)
    # of values on the side that a tie is on, and of those on the other one
    at, across = (below, above) if jump.op == "lt" else (above, below)
    near = max(float(np.min(at)), 0.0)
    far = float(np.min(across[across > 0], initial=np.inf))
    if not math.isfinite(far):
        return Fraction(0), DECISIONS.below
    if near >= far / 2:
        return Fraction(0), _bits(min(near, far))
    bits = _bits(far / 2)
    size = Fraction(2) ** -bits
    return (-size if jump.op == "lt" else size), bits


def _bits(size: float) -> int:
    """The fraction bits whose unit is at most ``size``."""
    return max(-DECISIONS.most_frac, math.ceil(-math.log2(size))) if math.isfinite(size) else 0


def _integer_bits(ports: Sequence[Input]) -> int:
    """Bits before the binary point of the largest input."""
    return max(max(abs(port.lo), abs(port.hi)).__ceil__().bit_length() for port in ports)


def _rounded(e: Expr, frac: int, wide: int) -> Expr | None:
    """``e`` with constants and functions of one input rounded, so that all else is exact; None where
    there are other operators. Constants have ``wide`` bits more, as they multiply inputs.
    """
    if e.closed:
        return e if e.op == CONST and dyadic(e.value) else _short(e, frac + wide)
    if e.op == VAR or (e.op == JOINT and e.value.frac is not None) or e.op in JUMPS:
        return e
    if e.op in ("add", "mul", "abs", "min", "max", "hold", "where") or _is_power(e):
        operands = list(e.args)
        for k, operand in enumerate(operands):
            if e.op == "pow" and k == 1:
                continue
            found = _rounded(operand, frac, wide)
            if found is None:
                return None
            operands[k] = found
        return make(e.op, *operands, value=e.value)
    if len(variables([e])) > 1:
        return None
    scaled = make("mul", const(Fraction(2) ** frac), e)
    return make("mul", const(Fraction(2) ** -frac), make("round", scaled))


def _short(e: Expr, frac: int) -> Expr:
    unit = Fraction(2) ** frac
    return const(Fraction(round(rational(e) * unit)) / unit)


def _is_power(e: Expr) -> bool:
    exponent = e.args[1] if e.op == "pow" else None
    return (
        exponent is not None
        and exponent.op == CONST
        and exponent.value.denominator == 1
        and 0 < exponent.value <= 4
    )
