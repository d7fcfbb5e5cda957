"""The largest error of outputs with few input bits, over every input: no bound can be closer, and
none may be smaller.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.caches import remembered
from symgate.errors import BrokenPromise
from symgate.ir.boxes import Box
from symgate.ir.design import Input
from symgate.ir.evaluate import boxes
from symgate.ir.exactly import distance
from symgate.ir.expr import Expr, Program, postorder, variables
from symgate.ir.fixed import Graph, Node, apply, values
from symgate.ir.operators import OPERATORS
from symgate.ir.rationals import Ratios, as_box, decided_at
from symgate.passes.bounds.bound_settings import EVERY_INPUT

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Largest:
    """The largest error of an output: some input has ``least``, none more than ``most``."""

    least: float
    most: float


def cones(
    program: Program, inputs: Mapping[str, Input], most_bits: int = EVERY_INPUT.most_bits
) -> dict[str, Expr]:
    """The outputs whose inputs have at most ``2**most_bits`` codes together."""
    return {name: e for name, e in program.outputs if few_codes(e, inputs, most_bits)}


def few_codes(e: Expr, inputs: Mapping[str, Input], most_bits: int = EVERY_INPUT.most_bits) -> bool:
    """Whether the inputs that ``e`` reads have at most ``2**most_bits`` codes together."""
    raws = [inputs[n].raw for n in variables([e])]
    return math.prod(raw.hi - raw.lo + 1 for raw in raws) <= 1 << most_bits


def largest_errors(
    graph: Graph,
    wanted: Mapping[str, Expr],
    inputs: Mapping[str, Input],
    claims: Mapping[str, float],
) -> dict[str, Largest]:
    """Per output the largest \\|firmware - f\\| over all codes of the inputs of ``wanted``.

    The graph runs as it is, the function as intervals around every point; points that these leave
    open are decided exactly, and the worst ones are in any case. An input that an output does not
    depend on stays at one code. Graphs whose values int64 or float64 might not hold give nothing.

    Raises:
        BrokenPromise: an input has a larger error than ``claims`` says.
    """
    if any(_bits(node) > EVERY_INPUT.int_bits for node in graph.nodes):
        return {}
    ports = {port.name: port for port in graph.outputs}

    def fits_floats(name: str, e: Expr) -> bool:
        few_bits = _bits(graph.nodes[ports[name].node]) <= EVERY_INPUT.float_bits
        return few_bits and all(inputs[v].fits_floats for v in variables([e]))

    found = {
        name: _Output(name, e, inputs, claims[name], ports[name].type.frac)
        for name, e in wanted.items()
        if fits_floats(name, e)
    }
    for names in {tuple(variables([output.expr])) for output in found.values()}:
        group = [output for output in found.values() if tuple(variables([output.expr])) == names]
        read = tuple(inputs[name] for name in names)
        for part, codes in enumerate(_codes(names, inputs)):
            raw = _run(graph, inputs, codes)
            for output in group:
                output.take(codes, raw[output.name], _truth(output.expr, read, part))
    return {name: output.largest() for name, output in found.items()}


@remembered
def _truth(e: Expr, ports: tuple[Input, ...], part: int) -> Box:
    """The values of an expression at a part of all codes: exactly where it jumps, else as intervals,
    which are quicker. Remembered, as the same expression is compared with one graph after another.
    """
    inputs = {port.name: port for port in ports}
    codes = _part_of_codes(ports, part)
    points = {n: Ratios.codes(c, inputs[n].type.frac) for n, c in codes.items()}
    if any(n.op in OPERATORS and OPERATORS[n.op].derivative is None for n in postorder([e])):
        shape = np.broadcast_shapes(*(point.num.shape for point in points.values()))
        return decided_at(e, points, shape)
    return boxes([e], {name: as_box(point) for name, point in points.items()})[e]


def _bits(node: Node) -> int:
    return max(node.range.hi, ~node.range.lo).bit_length()


def _codes(names: tuple[str, ...], inputs: Mapping[str, Input]) -> Iterator[dict[str, Ints]]:
    """Every combination of codes, in parts."""
    if not names:
        yield {}
        return
    total = math.prod(inputs[name].raw.hi - inputs[name].raw.lo + 1 for name in names)
    for part in range(math.ceil(total / EVERY_INPUT.chunk)):
        yield _part_of_codes(tuple(inputs[name] for name in names), part)


def _part_of_codes(ports: tuple[Input, ...], part: int) -> dict[str, Ints]:
    """Part number ``part`` of all combinations of codes."""
    if not ports:
        return {}
    raws = [port.raw for port in ports]
    shape = tuple(raw.hi - raw.lo + 1 for raw in raws)
    start = part * EVERY_INPUT.chunk
    places = np.arange(start, min(start + EVERY_INPUT.chunk, math.prod(shape)))
    steps = np.unravel_index(places, shape)
    return {port.name: raw.lo + k for port, raw, k in zip(ports, raws, steps, strict=True)}


def _run(graph: Graph, inputs: Mapping[str, Input], codes: Mapping[str, Ints]) -> dict[str, Ints]:
    """The codes of each output."""
    rows = len(next(iter(codes.values()))) if codes else 1
    columns = [
        codes[port.name] if port.name in codes else np.full(rows, inputs[port.name].raw.lo)
        for port in graph.inputs
    ]
    known = values(graph, columns, _step)
    return {port.name: np.broadcast_to(known[port.node], rows) for port in graph.outputs}


def _step(node: Node, operands: list[Any]) -> Any:
    return np.asarray(apply(node, operands), dtype=np.int64)


@dataclass(frozen=True, eq=False)
class _Points:
    """Inputs of an output, what the firmware makes of each, and how large its error can be."""

    codes: Mapping[str, Ints]
    raw: Ints
    low: Floats
    high: Floats

    def at(self, index: NDArray[np.int64]) -> _Points:
        """Some of them."""
        codes = {name: c[index] for name, c in self.codes.items()}
        return _Points(codes, self.raw[index], self.low[index], self.high[index])

    @staticmethod
    def joined(parts: Sequence[_Points]) -> _Points:
        """Those of all parts."""
        codes = {n: np.concatenate([part.codes[n] for part in parts]) for n in parts[0].codes}
        sides = ([getattr(part, side) for part in parts] for side in ("raw", "low", "high"))
        return _Points(codes, *map(np.concatenate, sides))


@dataclass
class _Output:
    """What is known of the errors of one output, whose codes have ``frac`` fraction bits."""

    name: str
    expr: Expr
    inputs: Mapping[str, Input]
    claim: float
    frac: int
    least: float = 0.0  # some input has such an error
    most: float = 0.0  # no input has a larger one, those of `open` aside
    # by part, the inputs with the largest error upward and downward
    worst: list[_Points] = field(default_factory=list)
    open: list[_Points] = field(default_factory=list)  # inputs whose errors intervals do not tell

    def take(self, codes: Mapping[str, Ints], raw: Ints, truth: Box) -> None:
        """Look at the next inputs."""
        y = np.ldexp(raw.astype(np.float64), -self.frac)
        low, high = _distances(y, truth)
        seen = _Points(codes, raw, low, high)
        self.least = max(self.least, float(np.max(low)))
        self.worst.append(seen.at(np.array([np.argmax(y - truth.hi), np.argmax(truth.lo - y)])))
        wide = high - low > EVERY_INPUT.tight * high
        self.most = max(self.most, float(np.max(high, where=~wide, initial=0.0)))
        opened = np.flatnonzero(wide & (high > self.least))
        if opened.size:
            self.open.append(seen.at(opened))

    def largest(self) -> Largest:
        """What all inputs say together; raise `BrokenPromise` where one has an error above the
        claim.
        """
        if self.open:
            self._decide(_Points.joined(self.open))
        self.most = max(self.most, self.least)
        worst = _Points.joined(self.worst)
        for k in np.argsort(-worst.low, kind="stable")[: EVERY_INPUT.worst]:
            self._exactly(worst, int(k), min(self.claim, self.most))
        return Largest(self.least, self.most)

    def _decide(self, points: _Points) -> None:
        """Errors that intervals leave open, the largest first, until they cannot matter."""
        # where the claim is reached, no closer bound is left to be found
        closer = self.claim > self.least
        many = EVERY_INPUT.most_points if closer else EVERY_INPUT.worst
        for count, k in enumerate(np.argsort(-points.high, kind="stable")):
            if points.high[k] <= max(self.least, self.most):
                return
            if count == many:
                self.most = float(points.high[k])
                return
            low, high = self._exactly(points, int(k), self.claim)
            self.least = max(self.least, low)
            self.most = max(self.most, min(high, float(points.high[k])))

    def _exactly(self, points: _Points, k: int, claim: float) -> tuple[float, float]:
        """The error at one input, in exact arithmetic; raise `BrokenPromise` where it is above
        ``claim``.
        """
        codes = {name: int(c[k]) for name, c in points.codes.items()}
        reals = {name: c * self.inputs[name].type.ulp for name, c in codes.items()}
        y = Fraction(int(points.raw[k])) * Fraction(2) ** -self.frac
        low, high = distance(self.expr, reals, y)
        if low > claim:
            raise broken(self.name, low, claim, reals, codes)
        return low, high


def broken(
    name: str, error: float, claim: float, reals: Mapping[str, Fraction], codes: Mapping[str, int]
) -> BrokenPromise:
    """What to say of an input at which an output has a larger error than was claimed."""
    where = ", ".join(f"{n} = {float(x):.17g} (code {codes[n]})" for n, x in reals.items())
    return BrokenPromise(
        f"output {name} is off by {error:.9g}, more than its certified bound {claim:.9g}",
        where=where or "every input",
        expected="an error of at most the bound at every input",
    )


def _distances(y: Floats, truth: Box) -> tuple[Floats, Floats]:
    """How far exact values are from enclosed ones: at least and at most."""
    with np.errstate(invalid="ignore"):
        below, above = y - truth.lo, truth.hi - y
    high = np.maximum(_next(below, np.inf), _next(above, np.inf))
    low = np.maximum(_next(-above, -np.inf), _next(-below, -np.inf))
    low = np.where(np.isnan(low), 0.0, np.maximum(low, 0.0))
    return low, np.where(np.isnan(high), np.inf, high)


def _next(x: Floats, towards: float) -> Floats:
    """The next float, as a difference was rounded; one of 0 is exact."""
    return np.where(x == 0, 0.0, np.nextafter(x, towards))
