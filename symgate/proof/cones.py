"""The nodes of a cone as polynomials in the codes of its operands: exact, or modulo a power of two.

Rounding and slicing split a value into atoms ``x mod 2^k``. Two slices of one number, or the Booth
digits of a factor, recombine by themselves, since all of them are differences of such atoms. What
each operator does to polynomials is a table of rules (`symgate.proof.symbolic`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd

import numpy as np

from symgate.ir.domains import Interval
from symgate.ir.fixed import CONST, Graph, Node, apply
from symgate.proof.forms import Atom, Poly, Space, constant, plus

_NOWHERE = frozenset({-1})  # of a node that has no form yet
_EXACT_SHAPE = {"shl", "scale", "slice", "wrap", "concat", "invert", "round", "table", "rom", CONST}


def node_values(n: Node, args: Sequence[np.ndarray]) -> np.ndarray:
    """The meaning of a node on arrays; on Python ints where its bits, or a step to its result, may
    not fit int64.
    """
    wide = n.type.width > 60 or any(a.dtype == object for a in args)
    return np.asarray(apply(n, [a.astype(object) if wide else a for a in args]))


@dataclass(frozen=True, slots=True)
class Form:
    """A raw value: ``poly``, or that plus a multiple of ``modulus`` where this is not 0."""

    poly: Poly
    modulus: int = 0


Rule = Callable[["Cone", int, Node], Form]
Remainder = Callable[["Cone", Node, int], "Poly | None"]


@dataclass(frozen=True)
class Rules:
    """What operators do: to forms, and to remainders of what only moves bits. Others are opaque."""

    forms: Mapping[str, Rule]
    remainders: Mapping[str, Remainder]


@dataclass
class Cone:
    """The forms of the nodes of ``inside``, with the nodes of ``space.operands`` as symbols.

    With ``eager`` a modulus is removed where the range of the polynomial proves that nothing was
    lost, as soon as it would hide something. ``slopes`` are what the real value changes by with
    each operand's code, where it is linear: a table of bits of several operands is compared with
    that.
    """

    graph: Graph
    inside: Sequence[int]
    space: Space
    rules: Rules
    eager: bool = False
    slopes: Mapping[int, Fraction] = field(default_factory=dict)
    modulus: Fraction = Fraction(0)  # up to a multiple of which the real value matters
    forms: dict[int, Form] = field(default_factory=dict)
    residues: dict[tuple[int, int], Poly] = field(default_factory=dict)
    runs: dict[int, dict[int, np.ndarray]] = field(default_factory=dict)
    on: dict[int, frozenset[int]] = field(default_factory=dict)
    bits: set[int] = field(
        default_factory=set
    )  # nodes whose bits are bits of operands or of tables
    cuts: set[tuple[int, int]] = field(
        default_factory=set
    )  # (node, k): what is above its lowest k bits is used apart

    def __post_init__(self) -> None:
        for n in (self.graph.nodes[i] for i in self.inside):
            if n.op in ("round", "slice"):
                self.cuts.add((n.args[0], n.attr[0] if n.op == "round" else n.attr[1]))
        for i in self.space.operands:
            self.on[i] = frozenset({i})
            self.bits.add(i)
            self.forms[i] = Form(self.whole(i))
        for i in self.inside:
            n = self.graph.nodes[i]
            self.on[i] = frozenset().union(*(self.on[a] for a in n.args))
            if n.op in ("table", "rom") or (
                n.op in _EXACT_SHAPE and all(a in self.bits for a in n.args)
            ):
                self.bits.add(i)
            self.forms[i] = self.rules.forms.get(n.op, opaque)(self, i, n)

    # ---------------------------------------------------------------- atoms

    def whole(self, i: int) -> Poly:
        """The value of a node of which nothing but the range is used."""
        r = self.range(i)
        return self.space.atom(("value", i), lambda: self._atom(i, r.lo, r.hi, lambda v: v))

    def sign(self, i: int) -> Poly:
        """1 where the node is negative, else 0."""
        return self.space.atom(
            ("sign", i), lambda: self._atom(i, 0, 1, lambda v: (v < 0).astype(np.int64))
        )

    def _atom(self, i: int, lo: int, hi: int, of: Callable[[np.ndarray], np.ndarray]) -> Atom:
        on = self.on[i]
        return Atom(
            Fraction(lo),
            Fraction(hi),
            on,
            True,
            (lambda o: of(self.run(o)[i])) if len(on) == 1 else None,
        )

    def run(self, operand: int) -> dict[int, np.ndarray]:
        """Every node that depends on ``operand`` alone, for each code of it."""
        if operand not in self.runs:
            codes = self.range(operand)
            self.runs[operand] = {operand: np.arange(codes.lo, codes.hi + 1, dtype=np.int64)}
        values = self.runs[operand]
        for i in self.inside:
            if i not in values and self.on.get(i, _NOWHERE) <= {operand}:
                values[i] = node_values(
                    self.graph.nodes[i], [values[a] for a in self.graph.nodes[i].args]
                )
        return values

    def range(self, i: int) -> Interval:
        """Every raw value that a node can take."""
        return self.space.operands[i] if i in self.space.operands else self.graph.nodes[i].range

    def exact(self, i: int) -> Poly:
        """The polynomial of a node that is not modular; where it is, the node as an atom."""
        form = self.resolved(i)
        return form.poly if not form.modulus else self.whole(i)

    def resolved(self, i: int) -> Form:
        """The form of a node, its modulus removed where ranges prove that nothing was lost."""
        form = self.forms[i]
        if form.modulus:
            lo, hi = self.space.bound(form.poly)
            r = self.range(i)
            if r.hi - lo < form.modulus and hi - r.lo < form.modulus:
                form = self.forms[i] = Form(form.poly)
        return form

    def used(self, i: int, result: Interval) -> Form:
        """The form of an operand of a node with range ``result``."""
        form = self.forms[i]
        if self.eager and form.modulus and result.hi - result.lo >= form.modulus:
            form = self.resolved(i)
        return form

    # ---------------------------------------------------------------- residues

    def residue(self, i: int, k: int) -> Poly:
        """The value of node ``i`` modulo ``2**k``."""
        if (i, k) not in self.residues:
            self.residues[i, k] = self._residue(i, k)
        return self.residues[i, k]

    def _residue(self, i: int, k: int) -> Poly:
        n, r = self.graph.nodes[i], self.range(i)
        if k <= 0:
            return {}
        if r.lo >= 0 and r.hi < 1 << k:
            return self.exact(i)
        if i not in self.space.operands and n.op in self.rules.remainders and i in self.bits:
            found = self.rules.remainders[n.op](self, n, k)
            if found is not None:
                return found
        if r.lo >= -(1 << k) and r.hi < 1 << k:
            return plus(self.exact(i), self.sign(i), 1 << k)
        return self._rest(i, k, 0)

    def shifted_residue(self, i: int, k: int, shift: int) -> Poly:
        """The value of ``node i + shift`` modulo ``2**k``."""
        if shift == 0:
            return self.residue(i, k)
        return self._rest(i, k, shift)

    def _rest(self, i: int, k: int, shift: int) -> Poly:
        out = self.space.atom(("residue", i, k, shift), lambda: self._residue_atom(i, k, shift))
        if (
            not self.forms[i].modulus
            and (found := self.space.index["residue", i, k, shift]) not in self.space.residues
        ):
            self.space.residues[found] = plus(self.forms[i].poly, constant(shift)), 1 << k
        return out

    def _residue_atom(self, i: int, k: int, shift: int) -> Atom:
        """A remainder; where all terms share a power of two, it takes no other values."""
        form = self.forms[i]
        step = gcd(form.modulus, 1 << k)
        integers = {
            m: c for m, c in form.poly.items() if c.denominator == 1 and self.space.is_integer(m)
        }
        if len(integers) < len(form.poly):
            step = 1
        for m, c in integers.items():
            step = gcd(step, c.numerator if m else 0)
        first = (int(form.poly.get((), 0)) + shift) % step if step > 1 else 0
        mask = (1 << k) - 1
        return self._atom(i, first, (1 << k) - step + first, lambda v: (v + shift) & mask)


def opaque(c: Cone, i: int, n: Node) -> Form:
    """The form of a node of whose value only the range is known."""
    return Form(c.whole(i))
