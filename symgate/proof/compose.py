"""Whether the expressions of a certificate, put into each other, are the user's: a test at points,
not a proof.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import flint

from symgate.ir.design import Design, Input
from symgate.ir.expr import Expr, postorder, variables
from symgate.ir.operators import OPERATORS
from symgate.proof.ballmath import Ball, Tape, fraction

_BITS, _POINTS = 256, 64
_EDGE = 2.0**-9  # twice as far as operands are clamped
_NARROW = Fraction(1, 1 << 100)  # relative; a wider ball says nothing


@dataclass(frozen=True)
class Tested:
    """How often the two sides were compared, and where they differ."""

    points: int
    undecided: int  # points at which a side jumps or is undefined
    problems: tuple[str, ...] = ()


def compare(
    design: Design, values: Sequence[tuple[str, Expr]], outputs: Mapping[str, str]
) -> Tested:
    """Compute every output both ways at random inputs and at the ends of their ranges."""
    chance = random.Random(0)
    tapes = [(name, Tape([e], variables([e]), _BITS)) for name, e in values]
    wanted = [(n, Tape([e], variables([e]), _BITS)) for n, e in design.outputs]
    problems: dict[str, str] = {}
    undecided = 0
    with flint.ctx.workprec(_BITS):
        for point in _points(design.inputs, chance):
            known = {n: fraction(v) for n, v in point.items()}
            for name, tape in tapes:
                known[name] = tape(*(known[n] for n in tape.names))[0]
            for name, tape in wanted:
                truth, found = tape(*(known[n] for n in tape.names))[0], known[outputs[name]]
                if (
                    not _narrow(truth)
                    or not _narrow(found)
                    or (design.domain == "clamp" and _near_edge(design, known))
                ):
                    undecided += 1
                elif not truth.overlaps(found):
                    at = ", ".join(f"{n} = {float(v):.9g}" for n, v in point.items())
                    problems.setdefault(
                        name, f"output {name} is another function: at {at} it differs"
                    )
    return Tested(_POINTS, undecided, tuple(problems.values()))


def _near_edge(design: Design, known: Mapping[str, Ball]) -> bool:
    """Whether an operand is near the edge of where its operator is defined: there it is clamped."""
    operands = [a for e in postorder(design.program.roots) for a in limited(e)]
    if not operands:
        return False
    tape = Tape(operands, [i.name for i in design.inputs], _BITS)
    values = tape(*(known[n] for n in tape.names))
    return any(not abs(v - edge) > _EDGE for v in values for edge in (-1, 0, 1))


def limited(e: Expr) -> list[Expr]:
    """The operands of an operator that is not defined everywhere."""
    if e.op == "pow":
        return [e.args[0]]
    needs = OPERATORS[e.op].domain if e.op in OPERATORS else ()
    return [a for a, domain in zip(e.args, needs, strict=False) if domain is not None]


def _points(inputs: Sequence[Input], chance: random.Random) -> list[dict[str, Fraction]]:
    out = [{i.name: i.lo for i in inputs}, {i.name: i.hi for i in inputs}]
    while len(out) < _POINTS:
        out.append({i.name: chance.randint(i.raw.lo, i.raw.hi) * i.type.ulp for i in inputs})
    return out


def _narrow(ball: Ball) -> bool:
    if not ball.is_finite():
        return False
    return bool(ball.rad() <= fraction(_NARROW) * (1 + abs(ball.mid())))
