"""Observed errors against certified bounds, rigorously: float64 noise can neither hide nor fake a
violation.

Every row is first enclosed by vectorised intervals. Rows that these cannot decide, and the worst
ones, are then enclosed by python-flint balls, at rising precision.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray

from symgate.ir.boxes import Box
from symgate.ir.design import Design, Input
from symgate.ir.evaluate import boxes, evaluate
from symgate.ir.expr import Expr, postorder
from symgate.ir.firmware import Certificate
from symgate.ir.fixed import Graph, Port
from symgate.ir.rationals import Ratios, decided_at
from symgate.proof.ballmath import Tape, fraction
from symgate.proof.exact import jumps
from symgate.sim.truth import expressions
from symgate.sim.vectors import Column, reals

_WORST = 24  # rows per output that are always computed with balls
_UNDECIDED = 2000  # at most this many rows per output that intervals leave open
_PRECISIONS = (128, 512, 2048)
_CHUNK = 8192  # rows: keeps the values of every node of a large design in memory
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Observed:
    """The largest error seen on one output, with the input where it was seen."""

    output: str
    certified: float
    target: float | None
    max: float  # the error is at most this, at the worst row seen
    rms: float
    at: dict[str, float]  # the worst row
    violations: int  # rows that are proved to exceed the certified bound
    undecided: int  # rows that could not be decided

    @property
    def problem(self) -> str | None:
        """What is wrong with the certificate, in a sentence."""
        if not self.violations:
            return None
        at = ", ".join(f"{name} = {value:.9g}" for name, value in list(self.at.items())[:8])
        sizes = f"{self.max:.6g}, more than its certified bound {self.certified:.6g}"
        return f"output {self.output} is off by {sizes}, at {at}"


def observe(
    design: Design,
    graph: Graph,
    certificate: Certificate,
    codes: Mapping[str, Column],
    outputs: Mapping[str, Column],
) -> list[Observed]:
    """Return for each output what was seen on ``codes``, given the raw ``outputs`` of the firmware."""
    wanted = expressions(design)
    ports = [(p, wanted[p.name]) for p in graph.outputs]
    sizes = _sizes(design, ports, codes, outputs)
    checks = [
        _Check(design, p, e, certificate.bound(p.name), codes, outputs[p.name]) for p, e in ports
    ]
    targets = {b.output: b.target for b in certificate.bounds}
    return [c.run(size, targets[c.port.name]) for c, size in zip(checks, sizes, strict=True)]


@dataclass(frozen=True)
class _Sizes:
    """The error of every row: in float64, and between rigorous limits."""

    about: Floats
    least: Floats
    most: Floats

    @staticmethod
    def of(port: Port, y: Floats, value: Floats, f: Box) -> _Sizes:
        slack = np.abs(y) * 2.0**-50 if port.type.width > 53 else 0.0
        with np.errstate(invalid="ignore"):
            most = np.maximum(y - f.lo, f.hi - y) * (1 + 2.0**-50) + slack
            least = np.maximum(y - f.hi, f.lo - y) * (1 - 2.0**-50) - slack
            return _Sizes(np.abs(y - value), least, most)

    @staticmethod
    def joined(parts: list[_Sizes]) -> _Sizes:
        columns = ([getattr(p, name) for p in parts] for name in ("about", "least", "most"))
        return _Sizes(*map(np.concatenate, columns))


def _sizes(
    design: Design,
    ports: list[tuple[Port, Expr]],
    codes: Mapping[str, Column],
    outputs: Mapping[str, Column],
) -> list[_Sizes]:
    rows = len(next(iter(codes.values())))
    found: list[list[_Sizes]] = [[] for _ in ports]
    for start in range(0, rows, _CHUNK):
        part = slice(start, start + _CHUNK)
        x = {i.name: reals(codes[i.name][part], i.type) for i in design.inputs}
        enclosures = {e: _enclosure(e, design, codes, part, x) for _, e in ports}
        values = evaluate([e for _, e in ports], x)
        for k, (port, e) in enumerate(ports):
            found[k].append(
                _Sizes.of(
                    port, reals(outputs[port.name][part], port.type), values[k], enclosures[e]
                )
            )
    return [_Sizes.joined(parts) for parts in found]


def _enclosure(
    e: Expr, design: Design, codes: Mapping[str, Column], part: slice, x: Mapping[str, Floats]
) -> Box:
    """The real values of an output at some rows: exactly where it jumps."""
    if not any(map(jumps, postorder([e]))):
        return boxes([e], {i.name: _points(i, x[i.name]) for i in design.inputs})[e]
    exact = {i.name: Ratios.codes(codes[i.name][part], i.type.frac) for i in design.inputs}
    return decided_at(e, exact, next(iter(x.values())).shape)


def _points(port: Input, x: Floats) -> Box:
    """The exact input values; widened by an ulp where float64 cannot hold them."""
    return (
        Box.exact(x)
        if port.type.width <= 53
        else Box(np.nextafter(x, -np.inf), np.nextafter(x, np.inf))
    )


@dataclass(frozen=True)
class _Check:
    design: Design
    port: Port
    expression: Expr
    bound: float
    codes: Mapping[str, Column]
    raw: Column
    tapes: dict[int, Tape] = field(default_factory=dict)  # by precision

    def run(self, sizes: _Sizes, target: float | None) -> Observed:
        rank = np.nan_to_num(sizes.about, nan=np.inf)
        broken = sizes.least > self.bound
        unsure = np.flatnonzero(~(sizes.most <= self.bound) & ~broken)
        unsure = unsure[np.argsort(-rank[unsure], kind="stable")]
        worst_rows = np.argsort(-rank, kind="stable")[:_WORST].tolist()
        exact = {row: self.error(row) for row in {*worst_rows, *unsure[:_UNDECIDED].tolist()}}
        worst = max(sorted(exact), key=lambda row: _upper(exact[row]))
        limit = _ball(self.bound)
        finite = sizes.about[np.isfinite(sizes.about)]
        return Observed(
            self.port.name,
            self.bound,
            target,
            _upper(exact[worst]),
            float(np.sqrt(np.mean(finite**2))) if finite.size else math.nan,
            {
                i.name: float(reals(self.codes[i.name][worst : worst + 1], i.type)[0])
                for i in self.design.inputs
            },
            int(broken.sum()) + sum(bool(e > limit) for row, e in exact.items() if not broken[row]),
            sum(not (e > limit or e <= limit) for e in exact.values()) + len(unsure[_UNDECIDED:]),
        )

    def error(self, row: int) -> Any:
        """A ball around |firmware - f| at ``row``, narrow enough to decide against the bound where
        that is possible.
        """
        limit = _ball(self.bound)
        names = [i.name for i in self.design.inputs]
        codes = [int(self.codes[name][row]) for name in names]
        y = int(self.raw[row]) * self.port.type.ulp
        for bits in _PRECISIONS:
            if bits not in self.tapes:
                self.tapes[bits] = Tape([self.expression], names, bits)
            with flint.ctx.workprec(bits):
                units = zip(codes, self.design.inputs, strict=True)
                point = [fraction(code * i.type.ulp) for code, i in units]
                error = abs(self.tapes[bits](*point)[0] - fraction(y))
            if error > limit or error <= limit:
                break
        return error


def _ball(bound: float) -> Any:
    return flint.arb(bound)


def _upper(error: Any) -> float:
    """The largest value in a ball; infinity where the ball is undefined."""
    upper = float(error.upper())
    return math.inf if math.isnan(upper) else upper
