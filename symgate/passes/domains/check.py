"""Check that no operator can leave its domain, before anything is rewritten."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from symgate.errors import InputError
from symgate.ir.boxes import Box
from symgate.ir.evaluate import boxes
from symgate.ir.expr import CONST, Expr, Program, make, postorder, variables
from symgate.ir.exprtext import brief
from symgate.ir.operators import NON_NEGATIVE, NON_ZERO, OPERATORS, POSITIVE, Domain
from symgate.passes.domains.monotone import image
from symgate.passes.domains.outside import point_outside, told
from symgate.passes.domains.quadratics import never_negative, root_outweighs

_AT_MOST_ZERO = Domain("<= 0", lambda lo, hi: hi <= 0)


@dataclass(frozen=True)
class CheckSettings:
    """How finely inputs are cut to prove that an operand stays in its domain. Not measured."""

    #: Boxes at most, those of a first try by which most operands are proved, and rounds of halving.
    most_boxes: int = 1 << 16
    few_boxes: int = 1 << 6
    rounds: int = 40


CHECK = CheckSettings()

Image = Callable[[Expr, Mapping[str, Box]], Box]
_REMEDY = "narrow the ranges of the inputs, protect the operand (max(x, 0.01)), or hold it at the edge: --domain clamp"
_OFF_POLES = "different from pi/2 + k*pi"
#: Of operators to which nothing continuous is close.
_REMEDIES = {
    "mod": "narrow the ranges of the inputs, or protect the operand (max(x, 0.01))",
    "tan": "narrow the ranges of the inputs",
}


def natural(e: Expr, cells: Mapping[str, Box]) -> Box:
    """What intervals alone see."""
    return boxes([e], cells)[e]


@dataclass(frozen=True)
class CheckDomains:
    """Prove by branch and bound that every operand stays inside its operator's domain; change
    nothing.
    """

    ranges: Mapping[str, tuple[float, float]]
    source: str | None = None
    most: int = CHECK.most_boxes

    def __call__(self, program: Program) -> Program:
        """``program`` itself; raise `InputError` naming the operator, its operand's range, and what
        to do.
        """
        for e in postorder(program.roots):
            for operand, domain in needs(e):
                if not self.proves(operand, domain):
                    self._refuse(e, operand, domain, _reader(program, e))
        return program

    def proves(self, operand: Expr, domain: Domain) -> bool:
        """Whether ``operand`` provably stays inside ``domain``, by bisection of the inputs' box or
        as a square.
        """
        if self._bisects(operand, domain, 2):
            return True
        if (
            domain in (POSITIVE, NON_NEGATIVE, NON_ZERO)
            and (difference := root_outweighs(operand)) is not None
        ):
            wanted = NON_NEGATIVE if domain is NON_NEGATIVE else POSITIVE
            if self._bisects(difference, wanted, self.most >> 2):
                return True
        if domain is NON_NEGATIVE and self._quadratic(operand):
            return True
        return self._bisects(operand, domain, CHECK.few_boxes, image) or self._bisects(
            operand, domain, self.most
        )

    def _quadratic(self, operand: Expr) -> bool:
        few = self.most >> 6
        return never_negative(
            operand,
            positive=lambda a: self._bisects(a, POSITIVE, few),
            at_most_zero=lambda d: self._bisects(d, _AT_MOST_ZERO, few),
        )

    def _bisects(self, operand: Expr, domain: Domain, most: int, see: Image = natural) -> bool:
        names = variables([operand])
        cells = {
            name: Box.exact(np.array([self.ranges[name][0]]), np.array([self.ranges[name][1]]))
            for name in names
        }
        for _ in range(CHECK.rounds):
            seen = see(operand, cells)
            size = next((cell.lo.size for cell in cells.values()), 1)
            bad = ~np.broadcast_to(holds(domain, seen), size)
            if not bad.any():
                return True
            if not names or 2 * bad.sum() > most:
                return False
            cells = bisected({name: Box(c.lo[bad], c.hi[bad]) for name, c in cells.items()})
        return False

    def _refuse(self, e: Expr, operand: Expr, domain: Domain, reader: str) -> None:
        if e.op == "atan2":
            y, x = (brief(operand, 40) for operand in e.args)
            raise InputError(
                f"{reader}atan2 of '{y}' and '{x}' is undefined where both are 0, which the given ranges allow",
                where=self.source,
                expected="operands of which one is different from 0 everywhere",
                remedy="narrow the ranges of the inputs, or protect an operand (max(x, 0.01))",
            )
        shown, wanted = (e.args[0], _OFF_POLES) if e.op == "tan" else (operand, domain.text)
        lo, hi = boxes([shown], {name: Box.exact(*r) for name, r in self.ranges.items()})[
            shown
        ].span
        text = brief(shown, 80)
        text = text if len(text) < 80 else text[:77] + "..."
        point = point_outside(operand, domain, self.ranges)
        place = "" if point is None else f", and is not so at {told(point)}"
        raise InputError(
            f"{reader}{e.op} of '{text}' can leave its domain in the given ranges",
            where=self.source,
            expected=f"an operand {wanted}; it can be anywhere in [{lo:.6g}, {hi:.6g}]{place}",
            remedy=_REMEDIES.get(e.op, _REMEDY),
        )


def _reader(program: Program, e: Expr) -> str:
    """The first output that needs ``e``, where there are several."""
    found = next(
        (
            name
            for name, root in program.outputs
            if len(program.outputs) > 1 and e in set(postorder([root]))
        ),
        None,
    )
    return f"output '{found}': " if found is not None else ""


def holds(domain: Domain, box: Box) -> np.ndarray:
    """Whether each box lies inside."""
    lo, hi = np.atleast_1d(box.lo), np.atleast_1d(box.hi)
    check: Callable[[float, float], bool] = domain.holds
    return np.fromiter((check(a, b) for a, b in zip(lo, hi, strict=True)), bool, lo.size)


def bisected(cells: Mapping[str, Box]) -> dict[str, Box]:
    """All sub-boxes cut in two along the widest input."""
    widths = {name: float(np.max(c.hi - c.lo)) for name, c in cells.items()}
    widest = max(widths, key=lambda n: widths[n])
    out = {}
    for n, c in cells.items():
        middle = (c.lo + c.hi) / 2
        halves = [Box(c.lo, middle), Box(middle, c.hi)] if n == widest else [c, c]
        out[n] = Box(
            np.concatenate([half.lo for half in halves]),
            np.concatenate([half.hi for half in halves]),
        )
    return out


def needs(e: Expr) -> Sequence[tuple[Expr, Domain]]:
    """The operands of ``e`` that must stay inside a domain."""
    if e.op == "pow":
        base, exponent = e.args
        if exponent.op != CONST:
            return [(base, POSITIVE)]
        whole = exponent.value.denominator == 1
        if exponent.value < 0:
            return [(base, NON_ZERO if whole else POSITIVE)]
        return [] if whole else [(base, NON_NEGATIVE)]
    if e.op == "atan2":
        return [(make("abs", e.args[0]) + make("abs", e.args[1]), NON_ZERO)]
    if e.op == "tan":
        return [(make("cos", e.args[0]), NON_ZERO)]
    if e.op not in OPERATORS:
        return []
    return [(a, d) for a, d in zip(e.args, OPERATORS[e.op].domain, strict=False) if d is not None]
