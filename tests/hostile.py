"""The worst input of a compiled design that a test can find, and its error in balls.

Small designs are run on every input. Larger ones on the edges of their ranges, next to powers of
two, at random codes near and far from each edge; then a climb goes on from the worst of these.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from fractions import Fraction

import flint
import numpy as np

from symgate.frontend.language.infix import parse
from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.evaluate import balls, evaluate, fraction_ball
from symgate.ir.firmware import Firmware
from symgate.ir.types import FixedType
from symgate.sim.numpy_model import simulate
from symgate.sim.truth import expressions

_EVERY, _RANDOM, _CLIMBERS, _ROUNDS = 1 << 20, 1 << 14, 16, 12
Codes = dict[str, np.ndarray]


def port(name: str, bits: int, integer: int, lo: Fraction, hi: Fraction) -> Input:
    """An input of so many bits, ``integer`` of them left of the point with the sign."""
    kind = FixedType(lo < 0, bits, bits - integer)
    lo, hi = max(lo, kind.lo * kind.ulp), min(hi, kind.hi * kind.ulp)
    return Input.of(name, kind, (lo, hi))


def design(text: str, inputs: list[Input], error: Fraction | float, **more) -> Design:
    """The design of one output ``y``."""
    e = parse(text, [i.name for i in inputs])
    return Design(
        "d", tuple(inputs), (("y", e),), Accuracy(max_error={"y": Fraction(error)}), **more
    )


@dataclass(frozen=True)
class Worst:
    """An input and its error: at least so much, by balls."""

    error: float
    codes: dict[str, int]


def worst(made: Firmware, rng: np.random.Generator, output: str = "y") -> Worst:
    """The input of ``made`` with the largest error that is found."""
    inputs = made.design.inputs
    if math.prod(i.raw.hi - i.raw.lo + 1 for i in inputs) <= _EVERY:
        grids = np.meshgrid(*(np.arange(i.raw.lo, i.raw.hi + 1) for i in inputs), indexing="ij")
        codes = {i.name: g.ravel() for i, g in zip(inputs, grids, strict=True)}
        errors = _errors(made, output, codes)
    else:
        codes = _chosen(inputs, rng)
        errors = _errors(made, output, codes)
        for _ in range(_ROUNDS):
            codes, errors = _climbed(made, output, codes, errors)
    top = np.argsort(-errors, kind="stable")[:_CLIMBERS]
    found = [_exactly(made, output, {n: int(c[k]) for n, c in codes.items()}) for k in top]
    return max(found, key=lambda w: w.error)


def _errors(made: Firmware, output: str, codes: Codes) -> np.ndarray:
    """The errors by float64, which choose the inputs that are worth balls."""
    ports = {i.name: i for i in made.design.inputs}
    reals = {n: np.ldexp(c.astype(float), -ports[n].type.frac) for n, c in codes.items()}
    truth = evaluate([expressions(made.design)[output]], reals)[0]
    frac = next(p.type.frac for p in made.graph.outputs if p.name == output)
    y = np.ldexp(simulate(made.graph, codes)[output].astype(float), -frac)
    return np.nan_to_num(np.abs(y - truth), nan=np.inf, posinf=np.inf)


def _exactly(made: Firmware, output: str, codes: dict[str, int]) -> Worst:
    ports = {i.name: i for i in made.design.inputs}
    e = expressions(made.design)[output]
    frac = next(p.type.frac for p in made.graph.outputs if p.name == output)
    raw = simulate(made.graph, {n: np.array([c]) for n, c in codes.items()})[output]
    with flint.ctx.workprec(300):
        reals = {n: fraction_ball(c * ports[n].type.ulp) for n, c in codes.items()}
        gap = abs(fraction_ball(int(raw[0]) * Fraction(2) ** -frac) - balls([e], reals)[e])
        assert gap.is_finite(), codes
        return Worst(float(gap.lower()), codes)


def _chosen(inputs: tuple[Input, ...], rng: np.random.Generator) -> Codes:
    """Edges in all combinations, and random codes: uniform, and at random octaves from an edge."""
    edges = [_edges(i) for i in inputs]
    few = [e if len(inputs) == 1 else rng.choice(e, 64) for e in edges]
    corners = np.array(list(itertools.product(*few)), dtype=np.int64)
    columns = [np.concatenate([c, _random(i, rng)]) for c, i in zip(corners.T, inputs, strict=True)]
    return {i.name: c for i, c in zip(inputs, columns, strict=True)}


def _edges(i: Input) -> np.ndarray:
    lo, hi = i.raw.lo, i.raw.hi
    powers = [s * (1 << k) + d for k in range(i.type.width) for d in (-1, 0, 1) for s in (-1, 1)]
    near = [*range(lo, lo + 64), *range(hi - 63, hi + 1), *powers, *(lo + p for p in powers)]
    return np.unique([c for c in [*near, *(hi - p for p in powers)] if lo <= c <= hi])


def _random(i: Input, rng: np.random.Generator) -> np.ndarray:
    lo, hi = i.raw.lo, i.raw.hi
    uniform = rng.integers(lo, hi, _RANDOM, endpoint=True)
    away = (2.0 ** rng.uniform(0, math.log2(hi - lo + 1), (3, _RANDOM // 2))).astype(np.int64)
    middle = min(max(0, lo), hi) + away[2] * rng.choice([-1, 1], away[2].shape)
    columns = np.concatenate([uniform, lo + away[0], hi - away[1], middle])
    return rng.permutation(np.clip(columns, lo, hi))


def _climbed(
    made: Firmware, output: str, codes: Codes, errors: np.ndarray
) -> tuple[Codes, np.ndarray]:
    """The worst codes and what is a power of two away from them along each input."""
    top = np.argsort(-errors, kind="stable")[:_CLIMBERS]
    found: list[Codes] = [{n: c[top] for n, c in codes.items()}]
    for i in made.design.inputs:
        for step in (s << k for k in range(i.type.width) for s in (-1, 1)):
            near = dict(found[0])
            near[i.name] = np.clip(near[i.name] + step, i.raw.lo, i.raw.hi)
            found.append(near)
    codes = {n: np.concatenate([f[n] for f in found]) for n in codes}
    return codes, _errors(made, output, codes)
