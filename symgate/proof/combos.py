"""A value of several operands: compared at every combination of their codes, or, where nothing else
works, at some.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import flint
import numpy as np

from symgate.ir.expr import Expr, postorder, variables
from symgate.ir.fixed import Graph
from symgate.proof.ballmath import BITS, Tape, down, exact, fraction, up
from symgate.proof.bittables import rule_of
from symgate.proof.claims import Claim, Miss, Proof, combinations
from symgate.proof.codes import float_above, float_below, near_float
from symgate.proof.cones import node_values
from symgate.proof.forms import Unprovable
from symgate.proof.spans import Span
from symgate.proof.structure import cone

MOST, SINGLE = 1 << 20, 1 << 16  # combinations in all, and how many may be computed one by one
_SAMPLES = 2048
Ints = Any  # an array of int64, or of Python ints


@dataclass(frozen=True)
class Grid:
    """The claim on arrays of codes, one array per operand; they broadcast."""

    graph: Graph
    claim: Claim
    codes: dict[int, Ints]

    @cached_property
    def hardware(self) -> Ints:
        """The raw value of the node."""
        known: dict[int, Ints] = dict(self.codes)
        for i in cone(self.graph, self.claim.node, self.claim.nodes):
            n = self.graph.nodes[i]
            known[i] = node_values(n, [known[a] for a in n.args])
        return known[self.claim.node]

    def real(self, name: str, code: int) -> Fraction:
        """The real value of an operand at one code."""
        o = self.claim.operands[name]
        return code * Fraction(2) ** -self.graph.nodes[o.node].frac + o.offset

    def single(
        self, rows: Sequence[Sequence[int]], raw: Sequence[int]
    ) -> list[tuple[Fraction, Fraction]]:
        """The error at single combinations of codes, in the order of ``claim.nodes``."""
        names = sorted(self.claim.operands)
        tape = Tape([self.claim.expr], names)
        place = [self.claim.nodes.index(self.claim.operands[n].node) for n in names]
        unit = Fraction(2) ** -self.graph.nodes[self.claim.node].frac
        out = []
        with flint.ctx.workprec(BITS):
            for row, value in zip(rows, raw, strict=True):
                args = [
                    fraction(self.real(n, int(row[k]))) for n, k in zip(names, place, strict=True)
                ]
                ball = fraction(int(value) * unit + self.claim.offset) - tape(*args)[0]
                if not ball.is_finite():
                    raise Unprovable("the expression is undefined at some codes")
                out.append((exact(ball.lower()), exact(ball.upper())))
        return out


def prove_by_combinations(graph: Graph, claim: Claim) -> Proof:
    """Prove a claim at every combination of codes; raise `Unprovable` where these are too many."""
    count = combinations(claim)
    if count > MOST or len(claim.nodes) < 2:
        raise Unprovable(f"{count} combinations of codes")
    axes = [np.arange(r.lo, r.hi + 1) for r in (claim.codes[i] for i in claim.nodes)]
    return prove_at_combinations(graph, claim, np.meshgrid(*axes, indexing="ij", sparse=True))


def prove_at_combinations(graph: Graph, claim: Claim, columns: Sequence[Ints]) -> Proof:
    """Prove a claim at some combinations of codes: arrays in the order of ``claim.nodes`` that
    broadcast.
    """
    grid = Grid(graph, claim, dict(zip(claim.nodes, columns, strict=True)))
    shape = np.broadcast_shapes(*(c.shape for c in columns))
    raw = np.broadcast_to(grid.hardware, shape)
    error = np.broadcast_arrays(*_ends(_bounded(grid, raw)))
    lo, hi = (np.broadcast_to(end, shape) for end in error)
    open_ = ~((lo >= float_above(claim.lo)) & (hi <= float_below(claim.hi)))
    at = np.argwhere(open_)
    if len(at) > SINGLE:
        raise Unprovable(f"{len(at)} combinations cannot be decided together")
    codes = [np.broadcast_to(c, shape) for c in columns]
    rows = [[int(c[tuple(k)]) for c in codes] for k in at]
    found = grid.single(rows, [int(raw[tuple(k)]) for k in at])
    if not open_.all():
        found.append((Fraction(float(lo[~open_].min())), Fraction(float(hi[~open_].max()))))
    return _proof(claim, found, rows, f"{raw.size:,} codes", sampled=False)


def _bounded(grid: Grid, raw: Ints) -> Span:
    """Bounds of the error; infinite ones where no rule gives any and all may be computed alone."""
    try:
        return _error(grid, raw)
    except Unprovable:
        if raw.size > SINGLE:
            raise
        return Span.of(np.full(raw.shape, -np.inf), np.full(raw.shape, np.inf))


def _ends(span: Span) -> tuple[Any, Any]:
    return span.lo, span.hi


def _error(grid: Grid, raw: Ints) -> Span:
    """Rigorous bounds of the error at every combination."""
    claim = grid.claim
    with np.errstate(over="ignore"):
        scaled = np.ldexp(raw.astype(float), -grid.graph.nodes[claim.node].frac)
    value = Span.of(scaled) + Span.of(float_below(claim.offset), float_above(claim.offset))
    return value - _spans(grid, claim.expr)


def sample(graph: Graph, claim: Claim, reason: str) -> Proof:
    """Look at some combinations of codes: this proves nothing, but may find that the claim is
    wrong.
    """
    chance = np.random.default_rng(0)
    ranges = [claim.codes[i] for i in claim.nodes]
    ends = np.array(np.meshgrid(*([r.lo, r.hi] for r in ranges[:10]))).reshape(len(ranges[:10]), -1)
    columns = [chance.integers(r.lo, r.hi, _SAMPLES, dtype=np.int64, endpoint=True) for r in ranges]
    for column, corner in zip(columns, ends, strict=False):
        column[: len(corner)] = corner
    grid = Grid(graph, claim, dict(zip(claim.nodes, columns, strict=True)))
    rows = np.array(columns).T.tolist()
    try:
        found = grid.single(rows, np.broadcast_to(grid.hardware, _SAMPLES).tolist())
    except Unprovable as e:
        return Proof(claim, claim.lo, claim.hi, f"{e}; {reason}", sampled=True)
    return _proof(claim, found, rows, f"sampled at {_SAMPLES:,} codes: {reason}", sampled=True)


def _proof(
    claim: Claim,
    found: Sequence[tuple[Fraction, Fraction]],
    rows: Sequence[Sequence[int]],
    method: str,
    sampled: bool,
) -> Proof:
    """What errors were found, the first ones at known codes."""
    low, high = min(f[0] for f in found), max(f[1] for f in found)
    over = [max(claim.lo - a, b - claim.hi) for a, b in found[: len(rows)]]
    worst = max(range(len(over)), key=over.__getitem__) if over else None
    miss = None
    if worst is not None and (found[worst][1] < claim.lo or found[worst][0] > claim.hi):
        codes = dict(zip(claim.nodes, rows[worst], strict=True))
        miss = Miss(codes, near_float(found[worst][0]))
    return Proof(claim, low, high, method, sampled=sampled, miss=miss)


def _spans(grid: Grid, root: Expr) -> Span:
    """Rigorous bounds of ``root`` at every combination: functions of one operand by balls, the rest
    by intervals.
    """
    known: dict[Expr, Span] = {}
    for e in postorder([root]):
        names = variables([e])
        nodes = {grid.claim.operands[n].node for n in names}
        if len(nodes) <= 1:
            known[e] = _along(grid, e, names, next(iter(nodes), None))
        elif (rule := rule_of(e.op)) is not None:
            known[e] = rule(*(known[a] for a in e.args))
        else:
            raise Unprovable(f"{e.op} of several operands")
    return known[root]


def _along(grid: Grid, e: Expr, names: Sequence[str], node: int | None) -> Span:
    """``e``, a function of one operand, at all its codes."""
    tape = Tape([e], names)
    with flint.ctx.workprec(BITS):
        if node is None:
            ball = tape()[0]
            return Span.of(down(ball), up(ball))
        codes, place = np.unique(grid.codes[node], return_inverse=True)
        balls = [tape(*(fraction(grid.real(n, c)) for n in names))[0] for c in codes.tolist()]
    place = place.reshape(grid.codes[node].shape)
    return Span(*(np.array([end(b) for b in balls])[place] for end in (down, up)))
