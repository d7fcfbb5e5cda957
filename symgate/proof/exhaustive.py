"""Every input of an output with few input bits: the pipelined graph against enclosures of the
user's expression.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction

import flint
import numpy as np
from numpy.typing import NDArray

from symgate.ir.design import Design, Input
from symgate.ir.expr import Expr, postorder, variables
from symgate.ir.fixed import Graph
from symgate.proof.agreement import shown
from symgate.proof.ballmath import BITS, Tape, down, fraction, up
from symgate.proof.chain import Chain, Source
from symgate.proof.claims import TINY
from symgate.proof.exact import jumps
from symgate.proof.points import spans_at
from symgate.proof.spans import ZERO, Floats, Span
from symgate.sim.numpy_model import simulate

MOST_BITS = 20
PRECISIONS = (BITS, 4 * BITS, 16 * BITS)
_CHUNK, _MOST_BALLS = 1 << 15, 1 << 18
Codes = NDArray[np.int64]
Truth = Callable[[Mapping[str, Codes]], Span]


class Exceeded(Exception):
    """An input at which an output has a larger error than is claimed."""

    def __init__(self, output: str, error: float, claimed: float, at: str):
        self.error = error
        sizes = f"off by {error:.9g}, more than its certified bound {claimed:.9g}"
        super().__init__(f"output {output} is {sizes}, at {at}")


def applies(design: Design, expr: Expr) -> bool:
    """Whether the inputs of ``expr`` have few codes together."""
    inputs = [i for i in design.inputs if i.name in variables([expr])]
    return math.prod(i.raw.hi - i.raw.lo + 1 for i in inputs) <= 1 << MOST_BITS


def largest(design: Design, graph: Graph, output: str, expr: Expr, claimed: float) -> float:
    """The largest error of ``output`` over every input; raise `Exceeded` where one is above
    ``claimed``.

    Intervals decide most inputs; those that they leave open are decided by balls. Infinity where
    these are too many, or leave it open.
    """
    inputs = [i for i in design.inputs if i.name in variables([expr])]
    truth = _truth(output, expr, inputs)
    tape, worst, balls = Tape([expr], [i.name for i in inputs]), 0.0, 0
    shape = tuple(i.raw.hi - i.raw.lo + 1 for i in inputs)
    for start in range(0, math.prod(shape), _CHUNK):
        index = np.arange(start, min(start + _CHUNK, math.prod(shape)))
        parts = np.unravel_index(index, shape) if shape else ()
        codes = {i.name: i.raw.lo + k for i, k in zip(inputs, parts, strict=True)}
        y = _outputs(design, graph, output, codes, len(index))
        error = _distance(y, truth, inputs, codes)
        open_ = np.flatnonzero(~(error <= claimed))
        for k in open_[np.argsort(-error[open_])]:
            balls += 1
            at = {i.name: int(codes[i.name][k]) for i in inputs}
            point = [at[i.name] * i.type.ulp for i in inputs]
            least, error[k] = _exactly(tape, float(y[k]), point, claimed)
            if least > claimed:
                ports = {i.name: i for i in inputs}
                raise Exceeded(output, least, claimed, shown(at, ports, len(at)))
            if not error[k] <= claimed or balls > _MOST_BALLS:
                return math.inf
        worst = max(worst, float(np.max(error)))
    return worst


def _outputs(
    design: Design, graph: Graph, output: str, codes: Mapping[str, Codes], rows: int
) -> Floats:
    """The real values of the output; inputs that it does not depend on stay at their first code."""
    columns = {
        i.name: codes[i.name] if i.name in codes else np.full(rows, i.raw.lo) for i in design.inputs
    }
    port = next(p for p in graph.outputs if p.name == output)
    raw = simulate(graph, columns)[output]
    if port.type.width > 53:
        raise ValueError("float64 does not hold the output")
    found: Floats = np.broadcast_to(np.ldexp(raw.astype(np.float64), -port.type.frac), rows)
    return found


def _truth(output: str, expr: Expr, inputs: list[Input]) -> Truth:
    """The values of ``expr`` at rows of codes, by the chain of the second proof where it takes them."""
    chain = Chain([Source(output, expr, ZERO)])
    units = {i.name: float(i.type.ulp) for i in inputs}

    def by_chain(codes: Mapping[str, Codes]) -> Span:
        points = {n: Span.of(v, v) for n, c in codes.items() for v in [c * units[n]]}
        return chain.forward(points).values[chain.at[output]]

    def by_point(codes: Mapping[str, Codes]) -> Span:
        return spans_at(expr, {i.name: i for i in inputs}, codes)

    try:
        chain.prepare({i.name: Span.of([i.span[0]], [i.span[1]]) for i in inputs})
    except ValueError:
        return by_point
    return by_point if any(map(jumps, postorder([expr]))) else by_chain


def _distance(y: Floats, truth: Truth, inputs: list[Input], codes: Mapping[str, Codes]) -> Floats:
    if not all(i.fits_floats for i in inputs):
        raise ValueError("float64 does not hold the inputs")
    f = truth(codes)
    with np.errstate(invalid="ignore"):
        below, above = y - f.lo, f.hi - y
        size: Floats = np.maximum(_next(below), _next(above))
    return np.array(np.broadcast_to(size, y.shape))


def _next(x: Floats) -> Floats:
    """The next float, as a difference was rounded; one of 0 is exact."""
    return np.where(x == 0, 0.0, np.nextafter(x, np.inf))


def _exactly(tape: Tape, y: float, point: list[Fraction], claimed: float) -> tuple[float, float]:
    """Floats below and above the error at a point, by balls of rising precision.

    No ball decides an error that is exactly what is claimed, as where a root of 0 is: it counts as
    that within `TINY`.
    """
    for bits in PRECISIONS:
        with flint.ctx.workprec(bits):
            (f,) = tape(*(fraction(v) for v in point))
            size = abs(f - flint.arb(y))
            least, most = max(down(size), 0.0), up(size)
            if most <= claimed or least > claimed:
                break
            if size < flint.arb(claimed) + fraction(TINY):
                return least, claimed
    return least, most
