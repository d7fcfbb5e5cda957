"""A value that depends on one operand: its hardware and its real function, compared at every code
of the operand.

The real side is computed by python-flint. Neighbouring codes share one enclosure of the slope
(mean-value form); codes that this cannot decide, and those near jumps, are computed one by one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import flint
import numpy as np

from symgate.ir.expr import Expr, const, substitute, var
from symgate.ir.fixed import CONST, Graph
from symgate.proof.ballmath import (
    BITS,
    Tape,
    down,
    exact,
    fraction,
    slope,
    spanning,
    up,
    without_mod,
)
from symgate.proof.claims import TINY, Claim, Miss, Proof
from symgate.proof.cones import node_values
from symgate.proof.forms import Unprovable
from symgate.proof.runs import runs
from symgate.proof.spans import Span
from symgate.proof.structure import cone

MOST = 1 << 20  # codes, or runs of codes that the hardware does not tell apart
SINGLE = 1 << 16  # codes that may be computed one by one
_ALONE, _GROUPS = (
    1024,
    256,
)  # fewer codes are computed one by one; more start in about so many groups
_PRECISIONS = (BITS, 4 * BITS)
_FAR, _LARGE = (
    Fraction(10) ** 30,
    Fraction(10) ** 300,
)  # where a function is undefined, and beyond what a float holds
RAW = "raw"
Ints = Any  # an array of int64, or of Python ints


@dataclass(frozen=True)
class Line:
    """The claim along the codes of its operand, in runs of codes that the hardware does not tell
    apart.
    """

    graph: Graph
    claim: Claim
    operand: int

    @cached_property
    def inside(self) -> list[int]:
        """The nodes between the operand and the value."""
        return cone(self.graph, self.claim.node, self.claim.nodes)

    @cached_property
    def free(self) -> int:
        """Low bits of the operand that nothing reads, looked for only where there are too many
        codes.
        """
        r = self.claim.codes[self.operand]
        if r.hi - r.lo < MOST or self.operand == self.claim.node:
            return 0
        readers = [
            self.graph.nodes[i] for i in self.inside if self.operand in self.graph.nodes[i].args
        ]
        return min(_unread(n.op, n.attr) for n in readers)

    @cached_property
    def runs(self) -> tuple[Ints, Ints]:
        """The first and the last code of every run."""
        r = self.claim.codes[self.operand]
        first, last = r.lo >> self.free, r.hi >> self.free
        if last - first >= MOST:
            return runs(self.graph, self.operand, self.claim.node, r.lo, r.hi, MOST)
        starts = np.arange(first, last + 1, dtype=np.int64) << self.free
        ends = starts + ((1 << self.free) - 1)
        return np.maximum(starts, r.lo), np.minimum(ends, r.hi)

    @cached_property
    def real(self) -> Expr:
        """The real function minus the value's offset, of the operand's raw code over ``2**frac``."""
        moved = {var(n): var(RAW) + o.offset for n, o in self.claim.operands.items()}
        (e,) = substitute([self.claim.expr], moved)
        return e - const(self.claim.offset)

    @property
    def frac(self) -> int:
        """The operand's fraction bits."""
        return self.graph.nodes[self.operand].frac

    def hardware(self, starts: Ints) -> Ints:
        """The raw value of the node for each run."""
        known = {self.operand: starts}
        for i in self.inside:
            n = self.graph.nodes[i]
            values = node_values(n, [known[a] for a in n.args])
            known[i] = np.broadcast_to(values, starts.shape) if n.op == CONST else values
        return known[self.claim.node]


def _unread(op: str, attr: tuple[Any, ...]) -> int:
    if op == "round":
        return int(attr[0]) if attr[1] == "TRN" else 0
    return int(attr[1]) if op == "slice" else 0


def prove_by_codes(graph: Graph, claim: Claim) -> Proof:
    """Prove a claim about a function of one operand; raise `Unprovable` where it has more, or too
    many codes.
    """
    if len(claim.nodes) != 1:
        raise Unprovable(f"{len(claim.nodes)} operands")
    line = Line(graph, claim, claim.nodes[0])
    return _checked(line, *line.runs)


def prove_at_codes(graph: Graph, claim: Claim, codes: Ints) -> Proof:
    """The same at some codes of the operand alone, which are given in order."""
    return _checked(Line(graph, claim, claim.nodes[0]), codes, codes)


def _checked(line: Line, starts: Ints, ends: Ints) -> Proof:
    found = _check(line, starts, ends)
    if found.miss and line.claim.modulus:
        found = _check(line, starts, ends, line.claim.modulus)
    return found


def _check(line: Line, starts: Ints, ends: Ints, modulus: Fraction = Fraction(0)) -> Proof:
    """Compare the two sides at all codes in the runs from ``starts`` to ``ends``, modulo a number
    or not.
    """
    claim, raw = line.claim, line.hardware(starts)
    lo, hi, open_ = _coarse(line, starts, ends, raw)
    open_ |= bool(modulus)
    if np.count_nonzero(open_) > SINGLE:
        raise Unprovable(f"{np.count_nonzero(open_)} codes cannot be decided together")
    single = _Single(line, modulus)
    found = [
        (*single.error(int(starts[k]), int(ends[k]), int(raw[k])), int(starts[k]))
        for k in np.flatnonzero(open_)
    ]
    if not open_.all():
        found.append((Fraction(float(lo[~open_].min())), Fraction(float(hi[~open_].max())), 0))
    low, high = min(f[0] for f in found), max(f[1] for f in found)
    method = f"{len(starts):,} codes"
    return Proof(claim, low, high, method, modulus, miss=_missed(line, found))


def _missed(line: Line, found: Sequence[tuple[Fraction, Fraction, int]]) -> Miss | None:
    """The code at which the claim is missed by most, if it is."""
    claim = line.claim
    lo, hi, code = max(found, key=lambda f: max(claim.lo - f[0], f[1] - claim.hi))
    if claim.lo - TINY <= hi and lo <= claim.hi + TINY:
        return None  # not for certain: an enclosure only reaches out of the interval
    size = near_float(lo if claim.lo - lo > hi - claim.hi else hi)
    return Miss({line.operand: code}, size)


def near_float(x: Fraction) -> float:
    """A number for a message."""
    if abs(x) < _LARGE:
        return float(x)
    return math.inf if x > 0 else -math.inf


def float_above(x: Fraction) -> float:
    """The float at or above a number; infinity above the largest one."""
    try:
        f = float(x)
    except OverflowError:
        f = math.inf if x > 0 else -math.inf
    return f if f >= x else math.nextafter(f, math.inf)


def float_below(x: Fraction) -> float:
    """The float at or below a number."""
    return -float_above(-x)


class _Single:
    """The error at single codes, by balls: narrow enough to decide the claim where that is
    possible.
    """

    def __init__(self, line: Line, modulus: Fraction = Fraction(0)):
        self.modulus = modulus
        self.line, self.unit = line, Fraction(2) ** -line.graph.nodes[line.claim.node].frac
        self.tapes = {bits: Tape([line.real], [RAW], bits) for bits in _PRECISIONS}

    def error(self, start: int, end: int, raw: int) -> tuple[Fraction, Fraction]:
        """The error in the run of these codes, halved where its enclosure does not decide the
        claim.
        """
        claim, low, high = self.line.claim, [], []
        stack = [(start, end - start + 1)]
        while stack:
            first, size = stack.pop()
            lo, hi = self.enclosed(first, size, raw)
            missed = hi < claim.lo or lo > claim.hi
            if size == 1 or missed or (claim.lo <= lo and hi <= claim.hi):
                low.append(lo)
                high.append(hi)
            else:
                stack += [(first, size // 2), (first + size // 2, size - size // 2)]
        return min(low), max(high)

    def enclosed(self, first: int, size: int, raw: int) -> tuple[Fraction, Fraction]:
        """An interval around the error at ``size`` codes from ``first`` on."""
        claim, scale = self.line.claim, Fraction(2) ** -self.line.frac
        lo = hi = Fraction(0)
        for bits in _PRECISIONS:
            with flint.ctx.workprec(bits):
                t = fraction(first * scale)
                t = t if size == 1 else t.union(fraction((first + size - 1) * scale))
                ball = fraction(raw * self.unit) - self.tapes[bits](t)[0]
                if not ball.is_finite():
                    return -_FAR, _FAR
                lo, hi = self.near(exact(ball.lower()), exact(ball.upper()))
            if size > 1 or (claim.lo <= lo and hi <= claim.hi) or hi < claim.lo or lo > claim.hi:
                break
        return lo, hi

    def near(self, lo: Fraction, hi: Fraction) -> tuple[Fraction, Fraction]:
        """The error, less the multiple of the modulus that brings it closest to the claimed one."""
        if not self.modulus:
            return lo, hi
        claim = self.line.claim
        away = self.modulus * round((lo + hi - claim.lo - claim.hi) / (2 * self.modulus))
        return lo - away, hi - away


class _Slopes:
    """Float bounds of the error at many codes at once: neighbours share a point and an enclosure of
    the slope.
    """

    def __init__(self, line: Line, starts: Ints, ends: Ints, raw: Ints):
        self.line, self.raw = line, raw
        self.starts, self.ends = (
            np.ldexp(_floats(c, to), -line.frac) for c, to in ((starts, -np.inf), (ends, np.inf))
        )
        (real,) = without_mod([line.real])
        steep, guards = slope(real, RAW)
        self.middle, self.tape = Tape([real], [RAW]), Tape([steep, *guards], [RAW])

    def error(self, size: int, groups: Ints) -> tuple[Ints, Span]:
        """The error at the codes in some groups of ``size``, with the positions of the codes."""
        at = (groups[:, None] * size + np.arange(size)).ravel()
        at = at[at < len(self.starts)]
        first, last = (
            self.starts[groups * size],
            self.ends[np.minimum((groups + 1) * size, len(self.starts)) - 1],
        )
        with flint.ctx.workprec(BITS):
            rows = [self.group(a, b) for a, b in zip(first.tolist(), last.tolist(), strict=True)]
        place = np.searchsorted(groups, at // size)
        m, lo, hi, s_lo, s_hi = (np.array(side)[place] for side in zip(*rows, strict=True))
        ends = Span.of(self.starts[at], self.ends[at]) - Span.of(m)
        value = Span.of(
            np.ldexp(self.raw[at].astype(float), -self.line.graph.nodes[self.line.claim.node].frac)
        )
        return at, value - (Span(lo, hi) + Span(s_lo, s_hi) * ends)

    def group(self, first: float, last: float) -> tuple[float, float, float, float, float]:
        """A point, the function there, and its slope between ``first`` and ``last``; infinite where
        it jumps.
        """
        point = (first + last) / 2
        value = self.middle(flint.arb(point))[0]
        steep, *guards = self.tape(spanning(first, last))
        if not all(g.is_exact() for g in guards):
            return point, -math.inf, math.inf, -math.inf, math.inf
        return point, down(value), up(value), down(steep), up(steep)


def _floats(codes: Ints, side: float) -> Ints:
    """Codes as floats, rounded to one side where they are long."""
    out = codes.astype(np.float64)
    return np.where(np.abs(codes) < 1 << 53, out, np.nextafter(out, side))


def _coarse(line: Line, starts: Ints, ends: Ints, raw: Ints) -> tuple[Any, Any, Any]:
    """Float bounds of the error at each code, and where they do not decide the claim."""
    lo, hi = np.full(len(starts), -np.inf), np.full(len(starts), np.inf)
    open_ = np.ones(len(starts), bool)
    wide = line.graph.nodes[line.claim.node].type.width > 52
    if len(starts) < _ALONE or wide:
        return lo, hi, open_
    least, most = float_above(line.claim.lo), float_below(line.claim.hi)
    slopes, size = _Slopes(line, starts, ends, raw), 1 << (len(starts) // _GROUPS).bit_length()
    long = bool(np.any(ends > starts))
    while size >= (1 if long else 2) and open_.any():
        at, error = slopes.error(size, np.unique(np.flatnonzero(open_) // size))
        lo[at], hi[at] = error.lo, error.hi
        open_[at] = ~((error.lo >= least) & (error.hi <= most))
        size >>= 3
    return lo, hi, open_
