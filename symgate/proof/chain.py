"""What local errors can add up to at an output: a mean-value form in interval arithmetic, on many
sub-boxes at once.

Every value is computed by its real expression on fixed-point operands plus a local error. The
change of a step is the sum of the changes of its operands, each times a number between the smallest
and the largest slope on the way, plus the steps of what jumps. So the change of an output is linear
in the local errors, and one sweep back from the output bounds each factor.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

import flint
import numpy as np

from symgate.ir.expr import CONST, VAR, Expr, make, postorder, var
from symgate.ir.operators import OPERATORS
from symgate.proof.ballmath import BITS, Tape, constant_ball, down, fraction, spanning, up
from symgate.proof.bittables import jumps, rule_of
from symgate.proof.curves import Curve
from symgate.proof.spans import BASIC, ONE, ZERO, Span, elementwise

_AFFINE = frozenset({"add", "mul", "neg"})
_FLIP = Span.of(-1.0, 1.0)


@dataclass(frozen=True)
class Source:
    """A value: its expression over inputs and earlier values, its local error, and what it is known
    modulo.
    """

    name: str
    expr: Expr
    error: Span
    modulus: float | None = None


@dataclass(frozen=True)
class Step:
    """One operation; ``args`` are numbers of earlier steps."""

    op: str  # an operator, or "input", "const", "curve", "value"
    args: tuple[int, ...] = ()
    name: str = ""
    span: Span = ZERO  # of a constant, or the local error of a value
    expr: Expr | None = None  # of a curve
    period: float | None = None


@dataclass
class Pass:
    """One evaluation: per step its values, the slopes along its operands, its jumps, and how far
    errors move it.
    """

    values: list[Span] = field(default_factory=list)
    slopes: dict[int, Sequence[Span]] = field(default_factory=dict)
    extra: dict[int, Span] = field(default_factory=dict)
    changes: list[Span] = field(default_factory=list)


@dataclass
class Chain:
    """The values of a certificate as steps from the inputs to the outputs."""

    sources: Sequence[Source]
    cells: int = 1024  # of the table of each function
    steps: list[Step] = field(default_factory=list)
    at: dict[str, int] = field(default_factory=dict)  # the step of each input and value
    curves: dict[int, Curve] = field(default_factory=dict)
    limited: set[int] = field(default_factory=set)  # curves that `_near` looks at
    moving: bool = (
        True  # whether it matters how far errors move each value: only where something jumps
    )

    def __post_init__(self) -> None:
        given, self.sources = self.sources, []
        for s in given:
            self.add(s)

    def add(self, s: Source) -> None:
        """Append a value; its expression names inputs and earlier values."""
        moduli = {q.name: q.modulus for q in self.sources}
        root = self._compiled(s.expr, moduli)
        self.at[s.name] = self._append(Step("value", (root,), s.name, s.error))
        self.sources = [*self.sources, s]

    def _append(self, step: Step) -> int:
        self.steps.append(step)
        return len(self.steps) - 1

    def _compiled(self, root: Expr, moduli: Mapping[str, float | None]) -> int:
        """The step that computes ``root``."""
        on: dict[Expr, frozenset[str]] = {}
        affine: dict[Expr, bool] = {}
        for e in postorder([root]):
            on[e] = (
                frozenset({e.value}) if e.op == VAR else frozenset().union(*(on[a] for a in e.args))
            )
            moving = [a for a in e.args if on[a]]
            simple = e.op in _AFFINE and (e.op == "add" or len(moving) <= 1)
            affine[e] = all(affine[a] for a in e.args) and (simple or not on[e])
        new: dict[Expr, int] = {}
        for e in _needed(root, lambda e: not on[e] or (len(on[e]) == 1 and not affine[e])):
            new[e] = self._step(e, on[e], affine[e], [new[a] for a in e.args if a in new], moduli)
        return new[root]

    def _step(
        self,
        e: Expr,
        on: frozenset[str],
        affine: bool,
        args: list[int],
        moduli: Mapping[str, float | None],
    ) -> int:
        if e.op == VAR:
            if e.value not in self.at:
                self.at[e.value] = self._append(Step("input", name=e.value))
            return self.at[e.value]
        if not on:
            ball = constant_ball(e)
            return self._append(
                Step("const", span=Span.of(down(ball), up(ball)) if e.op != CONST else _exactly(e))
            )
        if len(on) == 1 and not affine:
            (name,) = on
            if name not in self.at:
                self.at[name] = self._append(Step("input", name=name))
            return self._append(
                Step("curve", (self.at[name],), name, expr=e, period=moduli.get(name))
            )
        return self._append(Step(e.op, tuple(args), expr=e))

    def inputs_of(self, name: str) -> list[str]:
        """The inputs on which a value depends."""
        return [self.steps[i].name for i in self._below(name) if self.steps[i].op == "input"]

    def _below(self, name: str) -> list[int]:
        """The steps that a value needs, operands first."""
        needed = {self.at[name]}
        for i in range(self.at[name], -1, -1):
            if i in needed:
                needed.update(self.steps[i].args)
        return sorted(needed)

    def enclosure(self, name: str, inputs: Mapping[str, Span]) -> Span:
        """Everything that one value can be on sub-boxes of the inputs, errors included."""
        p = Pass()
        known: dict[int, Span] = {}
        for i in self._below(name):
            s = self.steps[i]
            known[i] = self._value(i, s, [known[a] for a in s.args], inputs, p)
        return known[self.at[name]]

    # ---------------------------------------------------------------- forward

    def prepare(self, inputs: Mapping[str, Span]) -> None:
        """Make the tables of all functions for inputs in these ranges; `forward` then takes parts
        of them.
        """
        self.moving = True
        p = self.forward(inputs)
        some_jump = any(jumps(s.op) for s in self.steps)
        self.limited = {
            i for i, c in self.curves.items() if c.steps.exist or self._varies_less(i, p)
        }
        self.moving = some_jump or bool(self.limited)

    def _varies_less(self, i: int, p: Pass) -> bool:
        """Whether a curve can change less than its slope and what its argument can move by say."""
        (steep,), size, value = p.slopes[i], p.changes[self.steps[i].args[0]].size, p.values[i]
        with np.errstate(invalid="ignore", over="ignore"):
            return bool(np.any(steep.size * size > value.hi - value.lo))

    def forward(self, inputs: Mapping[str, Span]) -> Pass:
        """Everything that every step can be, and what its slopes are, on sub-boxes of the inputs."""
        p = Pass()
        for i, s in enumerate(self.steps):
            args = [p.values[a] for a in s.args]
            p.values.append(self._value(i, s, args, inputs, p))
            if self.moving:
                changes = [p.changes[a] for a in s.args]
                if s.op == "curve" and (i in self.limited or self.curves[i].steps.exist):
                    self._near(i, args[0], changes[0], p)
                elif jumps(s.op):
                    still = reduce(np.logical_and, [c.size == 0 for c in changes])
                    p.extra[i] = Span(
                        np.where(still, 0.0, p.extra[i].lo), np.where(still, 0.0, p.extra[i].hi)
                    )
                p.changes.append(_change(s, p.slopes.get(i, ()), changes, p.extra.get(i)))
        return p

    def _value(
        self, i: int, s: Step, args: list[Span], inputs: Mapping[str, Span], p: Pass
    ) -> Span:
        if s.op == "input":
            return inputs[s.name]
        if s.op == "const":
            return s.span
        if s.op == "value":
            p.slopes[i] = [ONE]
            return args[0] + s.span.union(ZERO)
        if s.op == "curve":
            return self._curve(i, s, args[0], p)
        rule = rule_of(s.op)
        if rule is not None:
            out = rule(*args)
            if jumps(s.op):
                p.extra[i] = Span(
                    np.where(out.lo < out.hi, -1.0, 0.0), np.where(out.lo < out.hi, 1.0, 0.0)
                )
            p.slopes[i] = slopes(s.op, args)
            return out
        return self._other(i, s, args, p)

    def _curve(self, i: int, s: Step, t: Span, p: Pass) -> Span:
        if i not in self.curves:
            assert s.expr is not None
            self.curves[i] = Curve(s.expr, s.name, *t.hull, s.period, self.cells)
        value, steep, steps = self.curves[i].image(_flat(t))
        p.slopes[i] = [steep]
        p.extra[i] = Span(-steps, steps)
        return value

    def _near(self, i: int, t: Span, change: Span, p: Pass) -> None:
        """Of the steps of a curve only those that lie closer together than its argument can move.

        Where it is so steep that its range, or what it can change at all, is less than what slopes
        allow, that is one step.
        """
        size = np.atleast_1d(change.size)
        steps = np.minimum(
            np.where(size == 0, 0.0, self.curves[i].step_within(_flat(t), size)), p.extra[i].hi
        )
        (steep,) = p.slopes[i]
        with np.errstate(invalid="ignore", over="ignore"):
            most = np.minimum(
                np.nextafter(p.values[i].hi - p.values[i].lo, np.inf), self.curves[i].modulus(size)
            )
            whole = (size > 0) & ~(steep.size * size + steps <= most)
            value = p.values[i] = self.curves[i].direct(
                _flat(t), p.values[i], np.flatnonzero(whole)
            )
            steps = np.where(
                whole, np.minimum(most, np.nextafter(value.hi - value.lo, np.inf)), steps
            )
        p.slopes[i] = [Span(np.where(whole, 0.0, steep.lo), np.where(whole, 0.0, steep.hi))]
        p.extra[i] = Span(-steps, steps)

    def _other(self, i: int, s: Step, args: list[Span], p: Pass) -> Span:
        """An operator of several values that has no rule of its own: python-flint on every sub-box."""
        names = [f"p{k}" for k in range(len(args))]
        operands = [var(n) for n in names]
        op = OPERATORS[s.op]
        if op.derivative is None:
            raise ValueError(f"{s.op} of several values is not checked")
        tape = Tape([make(s.op, *operands), *op.derivative(*operands)], names)

        def at(which: int) -> Callable[..., tuple[float, float]]:
            def run(*ends: float) -> tuple[float, float]:
                ball = tape(*(spanning(a, b) for a, b in zip(ends[::2], ends[1::2], strict=True)))[
                    which
                ]
                return down(ball), up(ball)

            return run

        with flint.ctx.workprec(BITS):
            p.slopes[i] = [elementwise(at(1 + k), args) for k in range(len(args))]
            return elementwise(at(0), args)

    # ---------------------------------------------------------------- backward

    def bound(self, p: Pass, output: str) -> Span:
        """What the local errors can add up to at ``output``, for each sub-box."""
        factors: dict[int, Span] = {self.at[output]: ONE}
        total = ZERO
        for i in range(self.at[output], -1, -1):
            if i not in factors:
                continue
            s, factor = self.steps[i], factors.pop(i)
            if s.op == "value":
                total = total + factor * s.span
            if i in p.extra:
                total = total + factor * p.extra[i]
            for a, k in zip(s.args, p.slopes.get(i, ()), strict=False):
                if self.steps[a].op not in ("input", "const"):
                    part = factor * k
                    factors[a] = factors[a] + part if a in factors else part
        return total


def _flat(t: Span) -> Span:
    return Span(*(np.atleast_1d(v) for v in np.broadcast_arrays(t.lo, t.hi)))


def _change(s: Step, steep: Sequence[Span], changes: Sequence[Span], extra: Span | None) -> Span:
    """How far errors can move the result of a step."""
    out = s.span if s.op == "value" else ZERO
    for d, k in zip(changes, steep, strict=False):
        out = out + d * k
    return out if extra is None else out + extra


def _exactly(e: Expr) -> Span:
    """A constant: a point where a float holds it."""
    with flint.ctx.workprec(BITS):
        ball = fraction(e.value)
    near = float(ball.mid())
    if math.isfinite(near) and near == e.value:
        return Span.of(near)
    return Span.of(down(ball), up(ball))


def _needed(root: Expr, whole: Callable[[Expr], bool]) -> list[Expr]:
    """The nodes that become steps, operands first: nothing below one that is taken as a whole."""
    done: dict[Expr, None] = {}
    stack = [(root, False)]
    while stack:
        e, ready = stack.pop()
        if e in done:
            continue
        if ready or not e.args or whole(e):
            done[e] = None
            continue
        stack.append((e, True))
        stack.extend((a, False) for a in reversed(e.args) if a not in done)
    return list(done)


def slopes(op: str, args: Sequence[Span]) -> list[Span]:
    """How much the result changes with each operand."""
    if jumps(op):
        return [ZERO] * len(args)
    if op == "add":
        return [ONE] * len(args)
    if op == "neg":
        return [-ONE]
    if op == "abs":
        (x,) = args
        return [Span(np.where(x.lo >= 0, 1.0, -1.0), np.where(x.hi <= 0, -1.0, 1.0))]
    if op == "where":
        c, x, y = args
        return [x - y, c, ONE - c]
    if op in ("min", "max"):
        return [_chosen(op, a, [b for b in args if b is not a]) for a in args]
    return [BASIC["mul"](ONE, *(b for j, b in enumerate(args) if j != i)) for i in range(len(args))]


def _chosen(op: str, a: Span, others: Sequence[Span]) -> Span:
    """1 where ``a`` is the extreme for certain, 0 where another is, else between."""
    sign = 1.0 if op == "max" else -1.0
    a, others = (a, others) if sign > 0 else (-a, [-b for b in others])
    always = reduce(np.logical_and, [a.lo >= b.hi for b in others], np.array(True))
    never = reduce(np.logical_or, [a.hi <= b.lo for b in others], np.array(False))
    return Span(np.where(always, 1.0, 0.0), np.where(never & ~always, 0.0, 1.0))
