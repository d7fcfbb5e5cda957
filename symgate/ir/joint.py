"""A function of several inputs as one node: the value of a ``joint`` expression.

Few bits are a table, whatever is computed of them. The node reads inputs alone, so it makes one
local error and passes none on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.caches import remembered
from symgate.ir.boxes import Box
from symgate.ir.design import Input
from symgate.ir.evaluate import balls, boxes, evaluate
from symgate.ir.exactly import enclosure
from symgate.ir.expr import Expr, make, substitute, var, variables
from symgate.ir.operators import OPERATORS
from symgate.ir.rationals import Ratios, decided_at

JOINT = "joint"
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
#: Width of an interval of one point, relative to 1 or to its size, that rounding does not explain.
_ROUNDING = 2.0**-36


@dataclass(frozen=True)
class Joint:
    """``body`` as a function of the variables ``names``; ``frac`` fraction bits hold its values
    exactly, where that is known.
    """

    names: tuple[str, ...]
    body: Expr
    frac: int | None = None
    derivative = None  # of exact operands: nothing asks for it

    @property
    def fingerprint(self) -> tuple[Any, ...]:
        """What identifies the function across processes."""
        return self.names, self.body.key, self.frac

    @property
    def boolean(self) -> bool:
        """Whether the value is 0 or 1."""
        return self.body.op in OPERATORS and OPERATORS[self.body.op].boolean

    def numpy(self, *args: Any) -> NDArray[np.float64]:
        """The value in float64."""
        value: NDArray[np.float64] = evaluate([self.body], self._env(args))[0]
        return value

    def ball(self, *args: Any) -> Any:
        """The value as a python-flint ball."""
        return balls([self.body], self._env(args))[self.body]

    def interval(self, *args: Box) -> Box:
        """The image of boxes."""
        return boxes([self.body], self._env(args))[self.body]

    def on(self, args: Sequence[Expr]) -> Expr:
        """The body with ``args`` in place of its variables."""
        (found,) = substitute([self.body], {var(n): a for n, a in self._env(args).items()})
        return found

    def _env(self, args: Sequence[Any]) -> Mapping[str, Any]:
        return dict(zip(self.names, args, strict=True))


def joint(body: Expr, frac: int | None = None) -> Expr:
    """``body`` as one function of all its variables."""
    names = tuple(variables([body]))
    return make(JOINT, *map(var, names), value=Joint(names, body, frac))


def code_bits(ports: Sequence[Input]) -> int:
    """The bits that tell the codes of some inputs apart, all together."""
    return sum(port_bits(port) for port in ports)


def port_bits(port: Input) -> int:
    """The bits that tell the codes of an input apart."""
    return (port.raw.hi - port.raw.lo).bit_length()


def codes_of(ports: Sequence[Input]) -> list[Ints]:
    """The codes of each input at every combination of them, the first input slowest."""
    axes = [np.arange(port.raw.lo, port.raw.hi + 1, dtype=np.int64) for port in ports]
    return [grid.ravel() for grid in np.meshgrid(*axes, indexing="ij")]


@remembered
def every_value(body: Expr, ports: tuple[Input, ...]) -> tuple[Floats, Floats]:
    """The floats next to the value of ``body`` at every combination of codes, as `codes_of` orders
    them: fractions decide what they can, then intervals, then balls of rising precision. Infinite
    where nothing is proved.
    """
    columns = codes_of(ports)
    env = {p.name: Ratios.codes(c, p.type.frac) for p, c in zip(ports, columns, strict=True)}
    box = decided_at(body, env, columns[0].shape)
    low, high = box.lo, box.hi
    with np.errstate(invalid="ignore"):
        close = high - low <= _ROUNDING * (1 + np.maximum(np.abs(low), np.abs(high)))
    for k in np.flatnonzero(~close):
        point = {p.name: int(c[k]) * p.type.ulp for p, c in zip(ports, columns, strict=True)}
        low[k], high[k] = enclosure(body, point)
    return low, high


def exact_bits(low: Floats, high: Floats, most: int) -> int | None:
    """The fraction bits that hold all values, at most so many; None where some value is not known
    exactly.
    """
    if not (np.array_equal(low, high) and np.all(np.isfinite(low))):
        return None
    for frac in range(most + 1):
        scaled = np.ldexp(low, frac)
        if np.array_equal(scaled, np.rint(scaled)):
            return frac
    return None


def is_finite(low: Floats, high: Floats) -> bool:
    """Whether every value is known to be finite."""
    return math.isfinite(float(np.min(low))) and math.isfinite(float(np.max(high)))
