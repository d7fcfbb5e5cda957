"""The largest error of outputs over every input, or over many random ones: what float64 finds, and
balls decide.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import flint
import numpy as np

from symgate.ir.design import Design, Input
from symgate.ir.expr import Expr, variables
from symgate.ir.firmware import Firmware
from symgate.ir.fixed import Graph, Port
from symgate.proof.agreement import shown
from symgate.proof.ballmath import Tape, down, fraction, up
from symgate.proof.sweep.rows import Grid, Random, Rows
from symgate.proof.sweep.running import Found, Runner, Told
from symgate.proof.sweep.text import sweep_text
from symgate.sim.compiled import build
from symgate.sim.compiled.build import BuildFailed
from symgate.sim.compiled.model import Differs
from symgate.sim.compiled.operators import Unsupported
from symgate.sim.numpy_model import simulate
from symgate.sim.truth import expressions

#: Inputs of an output that are all tried, at most.
MOST = 1 << 32
#: Inputs that float64 leaves open, and that balls decide, at most.
_MOST_BALLS = 1 << 16
#: Blocks of which some rows are compared before all are tried.
_PROBED = 8
_PRECISIONS = (128, 512, 2048)
#: Relative width of an error from which on more precision is of no use.
_NARROW = 2.0**-60
Exprs = Mapping[str, Expr]


@dataclass(frozen=True)
class Settings:
    """What is tried: every input, or at least so many random ones of outputs that have more."""

    random: int = 0
    seed: int = 0
    jobs: int = 1


@dataclass(frozen=True)
class Maximum:
    """The largest error of an output over ``rows`` inputs, all that there are where ``every``.

    No input has an error above ``error``, and that at the codes ``at`` is at least ``least``.
    ``skipped`` says why nothing is known.
    """

    output: str
    claimed: float
    rows: int = 0
    every: bool = False
    error: float = math.inf
    least: float = 0.0
    at: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    skipped: str | None = None
    place: str = ""  # the input at which it is, in words

    @property
    def problem(self) -> str | None:
        """What is wrong with the claim, in a sentence."""
        if self.skipped or self.least <= self.claimed:
            return None
        sizes = f"{self.least:.9g}, more than its certified bound {self.claimed:.9g}"
        return f"output {self.output} is off by {sizes}, at {self.place}"

    @property
    def proves(self) -> bool:
        """Whether it is a bound of every error."""
        return self.every and not self.skipped and math.isfinite(self.error)

    def summary(self) -> dict[str, Any]:
        """What a report and a certificate say of it."""
        if self.skipped:
            return {"skipped": self.skipped}
        found = {"inputs": self.rows, "every": self.every, "largest_error": self.error}
        return {**found, "at": dict(self.at)}


def maxima(
    firmware: Firmware, settings: Settings, told: Told, leave: Collection[str] = ()
) -> list[Maximum]:
    """Return what is found of each output of ``firmware`` but those to ``leave``."""
    claimed = firmware.certificate.bound
    exprs = {n: e for n, e in expressions(firmware.design).items() if n not in leave}
    if build.compiler() is None:
        reason = "there is no C compiler (gcc, cc, clang)"
        return [Maximum(name, claimed(name), skipped=reason) for name in exprs]
    found = dict[str, Maximum]()
    for rows, group in _groups(firmware.design, firmware.graph, exprs, settings):
        if rows is None:
            count = math.prod(i.raw.hi - i.raw.lo + 1 for i in _read(firmware, group))
            reason = f"it has {_size(count)} inputs, more than {_size(MOST)}"
            found |= {n: Maximum(n, claimed(n), skipped=reason) for n in group}
            continue
        try:
            found |= _maxima(firmware, rows, group, settings, told)
        except (Unsupported, BuildFailed, Differs) as e:
            found |= {n: Maximum(n, claimed(n), skipped=str(e)) for n in group}
    return [found[name] for name in exprs]


def _size(count: int) -> str:
    power = count.bit_length() - 1
    return f"2^{power}" if count == 1 << power else f"{count:,}"


def _groups(
    design: Design, graph: Graph, exprs: Exprs, settings: Settings
) -> Iterator[tuple[Rows | None, Exprs]]:
    """Outputs that read the same inputs, with the rows to try; None where these are too many."""
    groups = dict[tuple[Input, ...], dict[str, Expr]]()
    for name, expr in exprs.items():
        groups.setdefault(_inputs(design, graph, {name: expr}), {})[name] = expr
    large = dict[str, Expr]()
    for inputs, group in groups.items():
        if math.prod(i.raw.hi - i.raw.lo + 1 for i in inputs) <= MOST:
            yield Grid(inputs), group
        elif settings.random:
            large |= group
        else:
            yield None, group
    if large:
        inputs = _inputs(design, graph, large)
        yield Random(inputs, settings.random, settings.seed), large


def _read(firmware: Firmware, exprs: Exprs) -> tuple[Input, ...]:
    return _inputs(firmware.design, firmware.graph, exprs)


def _inputs(design: Design, graph: Graph, exprs: Exprs) -> tuple[Input, ...]:
    """The inputs that some of ``exprs``, or their outputs in the graph, depend on."""
    needed = {p.node for p in graph.outputs if p.name in exprs}
    for k in reversed(range(len(graph.nodes))):
        if k in needed:
            needed.update(graph.nodes[k].args)
    names = {p.name for p in graph.inputs if p.node in needed} | {*variables(exprs.values())}
    found = tuple(i for i in design.inputs if i.name in names)
    return found or design.inputs[:1]


def _maxima(
    firmware: Firmware, rows: Rows, exprs: Exprs, settings: Settings, told: Told
) -> dict[str, Maximum]:
    start = time.perf_counter()
    swept = sweep_text(firmware.graph, exprs, rows)
    names = ", ".join(exprs)
    runner = Runner(swept, rows, settings.jobs, told, names)
    _check(firmware, rows, exprs, runner)
    found = runner.run()
    seconds = time.perf_counter() - start
    return {
        name: _decided(firmware, rows, name, expr, found[name], seconds)
        for name, expr in exprs.items()
    }


def _check(firmware: Firmware, rows: Rows, exprs: Exprs, runner: Runner) -> None:
    """Compare what the library says of some rows with NumPy and balls; raise `Differs` where an
    error is not as it says.
    """
    parts = runner.probe(_PROBED)
    for name, expr in exprs.items():
        tops = {
            row: top for p in parts for row, top in zip(p[name].rows, p[name].tops, strict=True)
        }
        codes = [rows.codes(row) for row in tops]
        raw = _raw(firmware.graph, firmware.design, rows.inputs, codes, name)
        error = _Error(expr, rows.inputs, _port(firmware.graph, name))
        found = [error(y, point) for y, point in zip(raw, codes, strict=True)]
        low = max((p[name].least for p in parts), default=0.0)
        above = any(least > top for (least, _), top in zip(found, tops.values(), strict=True))
        if above or (found and low > max(most for _, most in found)):
            raise Differs(f"the compiled sweep differs from NumPy and balls in output {name}")


def _port(graph: Graph, name: str) -> Port:
    return next(p for p in graph.outputs if p.name == name)


def _decided(
    firmware: Firmware, rows: Rows, name: str, expr: Expr, found: Found, seconds: float
) -> Maximum:
    """The largest error of the rows that are kept, by balls, and of those that are not."""
    claimed = firmware.certificate.bound(name)
    if found.opened > min(len(found.open), _MOST_BALLS):
        reason = f"float64 leaves {found.opened:,} inputs open, more than balls can decide"
        return Maximum(name, claimed, skipped=reason)
    order = sorted(zip(found.tops, found.rows, strict=True), reverse=True)
    tried = [*((math.inf, row) for row in found.open), *order]
    codes = [rows.codes(row) for _, row in tried]
    raw = _raw(firmware.graph, firmware.design, rows.inputs, codes, name)
    error = _Error(expr, rows.inputs, _port(firmware.graph, name))
    least, most, at = -1.0, found.lost, dict[str, int]()
    for (top, _), point, y in zip(tried, codes, raw, strict=True):
        if top <= least:
            break
        low, high = error(y, point)
        most = max(most, high)
        if low > least:
            least = low
            at = {i.name: c for i, c in zip(rows.inputs, point, strict=True)}
    every = isinstance(rows, Grid)
    ports = {i.name: i for i in rows.inputs}
    place = shown(at, ports, len(at)) if at else ""
    return Maximum(name, claimed, rows.count, every, most, least, at, seconds, None, place)


def _raw(
    graph: Graph,
    design: Design,
    inputs: Sequence[Input],
    codes: Sequence[Sequence[int]],
    output: str,
) -> list[int]:
    """The raw values of an output at some rows, by NumPy."""
    place = {i.name: k for k, i in enumerate(inputs)}
    columns = {
        i.name: np.array(
            [row[place[i.name]] if i.name in place else i.raw.lo for row in codes], object
        )
        for i in design.inputs
    }
    found = simulate(graph, columns)[output]
    return [int(v) for v in np.broadcast_to(found, (len(codes),))]


class _Error:
    """The error of an output at a point, by balls of rising precision."""

    def __init__(self, expr: Expr, inputs: Sequence[Input], port: Port):
        self._expr, self._inputs, self._unit = expr, inputs, port.type.ulp
        self._tapes = dict[int, Tape]()

    def __call__(self, raw: int, codes: Sequence[int]) -> tuple[float, float]:
        """Floats below and above it."""
        names = [i.name for i in self._inputs]
        y: Fraction = raw * self._unit
        low, high = 0.0, math.inf
        for bits in _PRECISIONS:
            tape = self._tapes.setdefault(bits, Tape([self._expr], names, bits))
            with flint.ctx.workprec(bits):
                units = zip(codes, self._inputs, strict=True)
                size = abs(tape(*(fraction(c * i.type.ulp) for c, i in units))[0] - fraction(y))
                low, high = max(down(size), 0.0), up(size)
                narrow = size.is_finite() and bool(size.rad() <= flint.arb(high) * _NARROW)
            if narrow:
                break
        return low, high


def error_at(firmware: Firmware, output: str, at: Mapping[str, int]) -> tuple[float, float]:
    """Floats below and above the error of ``output`` at codes of the inputs that it reads."""
    expr = expressions(firmware.design)[output]
    inputs = tuple(i for i in firmware.design.inputs if i.name in at)
    codes = [at[i.name] for i in inputs]
    (raw,) = _raw(firmware.graph, firmware.design, inputs, [codes], output)
    return _Error(expr, inputs, _port(firmware.graph, output))(raw, codes)
