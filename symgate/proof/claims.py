"""The claims of a certificate, and the first way to prove one: as an identity of polynomials."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod
from typing import Any

from symgate.ir.domains import Interval
from symgate.ir.expr import (
    CONST,
    VAR,
    Expr,
    const,
    make,
    postorder,
    rebuild,
    var,
    variables,
    with_args,
)
from symgate.ir.fixed import Graph
from symgate.proof.ballmath import constant_ball, enclosing
from symgate.proof.choices import absolute, compare, extreme, logic
from symgate.proof.cones import Cone
from symgate.proof.forms import (
    Atom,
    Poly,
    Range,
    Space,
    Unprovable,
    constant,
    plus,
    scaled,
    times,
    total,
)
from symgate.proof.reading import read
from symgate.proof.structure import cone
from symgate.proof.symbolic import symbolic

#: Claims may be missed by this much, far below every float: irrational constants are written as
#: fractions.
TINY = Fraction(1, 1 << 80)


@dataclass(frozen=True)
class Operand:
    """A value that is known by name: its real value is ``raw / 2**frac + offset``."""

    node: int
    offset: Fraction


@dataclass(frozen=True)
class Claim:
    """``node + offset - expr(operands)`` lies in [lo, hi], for all ``codes`` that the operands can
    take.
    """

    name: str
    node: int
    offset: Fraction
    expr: Expr
    lo: Fraction
    hi: Fraction
    operands: Mapping[str, Operand]  # those that ``expr`` names
    codes: Mapping[int, Interval]
    modulus: Fraction = Fraction(0)  # up to a multiple of which that is claimed

    @property
    def nodes(self) -> list[int]:
        """The nodes of the operands, each once."""
        return sorted({o.node for o in self.operands.values()})


@dataclass(frozen=True)
class Miss:
    """Codes of the operands at which a claim does not hold; whether an input gives them is open."""

    codes: Mapping[int, int]  # by node
    error: float


@dataclass(frozen=True)
class Proof:
    """What is proved of a claim: the local error is in [lo, hi], up to a multiple of ``modulus``."""

    claim: Claim
    lo: Fraction
    hi: Fraction
    method: str
    modulus: Fraction = Fraction(0)
    sampled: bool = False  # nothing is proved: the interval was only seen
    miss: Miss | None = None
    problem: str | None = None  # why the claim is wrong, with an input that shows it

    @property
    def holds(self) -> bool:
        """Whether the claim is proved as it stands."""
        inside = self.claim.lo - TINY <= self.lo and self.hi <= self.claim.hi + TINY
        return inside and self.miss is None and self.problem is None and not self.sampled

    @property
    def doubt(self) -> str:
        """Why the claim is not proved, in words that follow its name."""
        if self.miss is None:
            return f"is {'only sampled' if self.sampled else 'not proved'}: {self.method}"
        at = ", ".join(f"%{node} = {code}" for node, code in self.miss.codes.items())
        outside = f"outside [{float(self.claim.lo):.9g}, {float(self.claim.hi):.9g}]"
        return (
            f"would be {self.miss.error:.9g}, {outside}, at {at}, which no input is known to give"
        )


def claims_of(graph: Graph, values: Sequence[Mapping[str, Any]]) -> list[Claim]:
    """The claims in ``values`` of a certificate; raise ValueError where they cannot be read."""
    known = {p.name: Operand(p.node, Fraction(0)) for p in graph.inputs}
    out = []
    for v in values:
        name = str(v["name"])
        if name in known:
            raise ValueError(f"{name} is the name of two values")
        node, offset = int(v["node"]), Fraction(v["offset"])
        if not 0 <= node < len(graph.nodes):
            raise ValueError(f"{name} is at %{node}, which is no node")
        e = extended(read(v["expr"], {n: var(n) for n in known}))
        lo, hi = map(Fraction, v["error"])
        operands = {n: known[n] for n in variables([e])}
        codes = {o.node: graph.nodes[o.node].range for o in operands.values()}
        out.append(
            Claim(name, node, offset, e, lo, hi, operands, codes, Fraction(v.get("modulus", 0)))
        )
        known[name] = Operand(node, offset)
    return out


def extended(root: Expr) -> Expr:
    """``root`` with operands clamped to where operators are defined: rounding may lead a little out
    of there.
    """
    zero, one = const(0), const(1)

    def step(e: Expr, args: tuple[Expr, ...]) -> Expr:
        if e.op == "sqrt" or (
            e.op == "pow" and e.args[1].op == CONST and e.args[1].value.denominator != 1
        ):
            args = (make("max", args[0], zero), *args[1:])
        elif e.op in ("asin", "acos"):
            args = (make("min", make("max", args[0], const(-1)), one),)
        elif e.op == "acosh":
            args = (make("max", args[0], one),)
        return with_args(e, args)

    return rebuild([root], step)[0]


# ------------------------------------------------------------------ expressions as polynomials


def polynomial(e: Expr, space: Space, leaf: Callable[[str], Poly]) -> Poly:
    """``e`` as a polynomial; raise `Unprovable` where it is none."""
    known: dict[Expr, Poly] = {}
    fixed: set[Expr] = set()
    for n in postorder([e]):
        if n.op == VAR:
            known[n] = leaf(n.value)
        elif all(a in fixed for a in n.args):
            fixed.add(n)
            known[n] = constant(n.value) if n.op == CONST else _irrational(n, space)
        else:
            known[n] = _operator(n, [known[a] for a in n.args], space)
    return known[e]


def _irrational(n: Expr, space: Space) -> Poly:
    """A constant: a rational number plus a tiny atom."""
    middle, radius = enclosing(constant_ball(n))
    if not radius:
        return constant(middle)
    return plus(
        constant(middle), space.atom(("constant", n), lambda: Atom(-radius, radius, integer=False))
    )


def _operator(n: Expr, args: list[Poly], space: Space) -> Poly:
    rule = _MEANING.get(n.op)
    if rule is not None:
        return rule(space, args)
    if n.op == "div" and not set(args[1]) - {()}:
        return scaled(args[0], 1 / args[1][()])
    if n.op == "pow" and n.args[1].op == CONST and n.args[1].value in range(1, 9):
        return _product([args[0]] * int(n.args[1].value))
    raise Unprovable(f"{n.op} of a variable is no polynomial")


def _product(args: Sequence[Poly]) -> Poly:
    out = constant(1)
    for p in args:
        out = times(out, p)
    return out


def _sum(args: Sequence[Poly]) -> Poly:
    out = dict(args[0])
    for p in args[1:]:
        for m, c in p.items():
            out[m] = out.get(m, Fraction(0)) + c
    return {m: c for m, c in out.items() if c}


Meaning = Callable[[Space, list[Poly]], Poly]


def _named(rule: Callable[..., Poly], name: str) -> Meaning:
    return lambda space, args: rule(space, name, *args)


_MEANING: dict[str, Meaning] = {
    "add": lambda space, args: _sum(args),
    "mul": lambda space, args: _product(args),
    "neg": lambda space, args: scaled(args[0], -1),
    "square": lambda space, args: times(args[0], args[0]),
    "cube": lambda space, args: _product(args * 3),
    "abs": lambda space, args: absolute(space, args[0]),
    "where": lambda space, args: plus(args[2], times(args[0], plus(args[1], args[2], -1))),
    **{n: _named(compare, n) for n in ("lt", "le", "gt", "ge", "eq", "ne")},
    **{n: _named(lambda space, name, *args: extreme(space, name, args), n) for n in ("min", "max")},
    **{n: _named(lambda space, name, *args: logic(name, args), n) for n in ("and", "or", "not")},
}  # fmt: skip


# ------------------------------------------------------------------ the proof


def prove_symbolically(graph: Graph, claim: Claim) -> Proof:
    """Prove ``claim`` with polynomials; raise `Unprovable` where the graph or the expression is
    none.
    """
    for eager in (False, True):
        proof = _prove(graph, claim, eager)
        if not proof.modulus:
            break
    return proof


def _prove(graph: Graph, claim: Claim, eager: bool) -> Proof:
    space = Space(claim.codes)
    slopes = _slopes(graph, claim)
    c = symbolic(graph, cone(graph, claim.node, claim.nodes), space, eager, slopes, claim.modulus)
    wanted = _wanted(graph, claim, c)
    n, form = graph.nodes[claim.node], c.resolved(claim.node)
    unit = Fraction(2) ** -n.frac
    modulus = form.modulus * unit
    if claim.modulus and (modulus / claim.modulus).denominator == 1:
        modulus = claim.modulus  # no more is claimed, and readers may rely on it
    found = plus(plus(constant(claim.offset), form.poly, unit), wanted, -1)
    lo, hi = _nearest(space.cases(space.reduced(found, modulus), modulus), modulus, claim)
    if (
        modulus
        and not claim.modulus
        and _unwrapped(n.range, unit, claim.offset, total([space.bound(wanted), (lo, hi)]), modulus)
    ):
        modulus = Fraction(0)
    return Proof(claim, lo, hi, "polynomial identity", modulus)


def _wanted(graph: Graph, claim: Claim, c: Cone) -> Poly:
    """The real value, of the operands' codes."""

    def leaf(name: str) -> Poly:
        o = claim.operands[name]
        return plus(constant(o.offset), c.exact(o.node), Fraction(2) ** -graph.nodes[o.node].frac)

    return polynomial(claim.expr, c.space, leaf)


def _slopes(graph: Graph, claim: Claim) -> dict[int, Fraction]:
    """What the real value changes by with the code of each operand, where it is linear in it."""
    space = Space(claim.codes)
    wanted = _wanted(graph, claim, symbolic(graph, [], space))
    atoms = {
        key[1]: (index,)
        for key, index in space.index.items()
        if isinstance(key, tuple) and key[0] == "value"
    }
    return {i: wanted[m] for i, m in atoms.items() if m in wanted}


def _nearest(r: Range, modulus: Fraction, claim: Claim) -> Range:
    """``r`` moved by that multiple of ``modulus`` that brings it closest to what is claimed."""
    if not modulus:
        return r
    away = modulus * round((r[0] + r[1] - claim.lo - claim.hi) / (2 * modulus))
    return r[0] - away, r[1] - away


def _unwrapped(
    r: Interval, unit: Fraction, offset: Fraction, ideal: Range, modulus: Fraction
) -> bool:
    """Whether the two sides, equal up to multiples of ``modulus``, are too close to differ by one."""
    return r.hi * unit + offset - ideal[0] < modulus and ideal[1] - r.lo * unit - offset < modulus


def combinations(claim: Claim) -> int:
    """How many combinations of codes the operands of a claim have."""
    return prod(r.hi - r.lo + 1 for r in claim.codes.values())


def restricted(graph: Graph, claim: Claim, reach: Mapping[str, tuple[float, float]]) -> Claim:
    """``claim`` for operands that stay in these real intervals alone."""
    codes = dict(claim.codes)
    for name, (lo, hi) in reach.items():
        o = claim.operands[name]
        unit, r = Fraction(2) ** -graph.nodes[o.node].frac, codes[o.node]
        if math.isfinite(lo) and math.isfinite(hi):
            first, last = (
                math.ceil((Fraction(lo) - o.offset) / unit),
                math.floor((Fraction(hi) - o.offset) / unit),
            )
            codes[o.node] = Interval(max(first, r.lo), min(last, r.hi))
    return replace(claim, codes=codes) if all(r.lo <= r.hi for r in codes.values()) else claim
