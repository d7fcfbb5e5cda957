"""The nodes of a cone as polynomials in the codes of its operands: exact, or modulo a power of two.

Rounding and slicing split a value into atoms ``x mod 2^k``. Two slices of one number, or the Booth
digits of a factor, recombine by themselves, since all of them are differences of such atoms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import permutations
from math import floor, gcd, lcm

import numpy as np

from symgate.ir.domains import Interval
from symgate.ir.fixed import CONST, Graph, Node, apply
from symgate.ir.types import Rounding
from symgate.proof.forms import Atom, Poly, Space, constant, plus, scaled, times

_NOWHERE = frozenset({-1})  # of a node that has no form yet
_MOST_ARGUMENTS = 4  # of extremes that are compared in any order
_FEW_BITS = 8  # of an address whose entries are looked at one by one
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
            self.forms[i] = _RULES.get(n.op, _opaque)(self, i, n)

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
        if i not in self.space.operands and n.op in _RESIDUES and i in self.bits:
            found = _RESIDUES[n.op](self, n, k)
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


# ------------------------------------------------------------------ what each operator does to forms

Rule = Callable[[Cone, int, Node], Form]


def _opaque(c: Cone, i: int, n: Node) -> Form:
    return Form(c.whole(i))


def _linear(sign_x: int, sign_y: int, extra: int = 0) -> Rule:
    def rule(c: Cone, i: int, n: Node) -> Form:
        x, *others = (c.used(a, n.range) for a in n.args)
        poly, modulus = scaled(x.poly, sign_x), x.modulus
        for y in others:
            poly, modulus = plus(poly, y.poly, sign_y), gcd(modulus, y.modulus)
        return Form(plus(poly, constant(extra)), modulus)

    return rule


def _times_power(c: Cone, i: int, n: Node) -> Form:
    x = c.forms[n.args[0]]
    return Form(scaled(x.poly, 1 << n.attr[0]), x.modulus << n.attr[0])


def _concat(c: Cone, i: int, n: Node) -> Form:
    high, low = (c.used(a, n.range) for a in n.args)
    return Form(
        plus(low.poly, high.poly, 1 << n.attr[0]), gcd(high.modulus << n.attr[0], low.modulus)
    )


def _table(c: Cone, i: int, n: Node) -> Form:
    """Bits of several operands: each with its weight in the real value, plus what the entries
    differ from that by.
    """
    (x,), width = n.args, c.graph.nodes[n.args[0]].type.width
    bits = (
        [_origin(c, x, j) for j in range(width)]
        if len(c.on[i]) > 1 and width <= _FEW_BITS
        else [None]
    )
    if any(b is None or b[0] not in c.slopes for b in bits):
        return _opaque(c, i, n)
    poly, rest = dict[tuple[int, ...], Fraction](), [Fraction(v) for v in n.attr[0]]
    for j, (o, place) in enumerate(b for b in bits if b):
        r = c.range(o)
        weight = (
            c.slopes[o]
            * Fraction(2) ** (place + n.frac)
            * (-1 if r.lo < 0 and r.hi >> place == 0 else 1)
        )
        poly = plus(poly, plus(c.residue(x, j + 1), c.residue(x, j), -1), weight / (1 << j))
        rest = [v - weight if (k >> j) & 1 else v for k, v in enumerate(rest)]
    modulus = c.modulus * Fraction(2) ** n.frac
    if modulus.denominator == 1 and modulus:
        rest = [(v - rest[0] + modulus / 2) % modulus - modulus / 2 + rest[0] for v in rest]
    off = c.space.atom(("table", i), lambda: Atom(min(rest), max(rest), c.on[i], integer=False))
    return Form(plus(poly, off), int(modulus) if modulus.denominator == 1 else 0)


def _origin(c: Cone, i: int, bit: int) -> tuple[int, int] | None:
    """The operand, and the place in it, whose bit is bit ``bit`` of node ``i``."""
    n = c.graph.nodes[i]
    if i in c.space.operands:
        return i, bit
    if n.op == "slice":
        return _origin(c, n.args[0], bit + n.attr[1])
    if n.op == "scale":
        return _origin(c, n.args[0], bit)
    if n.op == "concat":
        high, low = n.args
        return _origin(c, low, bit) if bit < n.attr[0] else _origin(c, high, bit - n.attr[0])
    return None


def _slice(c: Cone, i: int, n: Node) -> Form:
    (x,), (hi, lo) = n.args, n.attr
    r = c.range(x)
    if x in c.bits or (x, hi + 1) in c.cuts or (r.lo >= 0 and r.hi < 2 << hi):
        return Form(scaled(plus(c.residue(x, hi + 1), c.residue(x, lo), -1), Fraction(1, 1 << lo)))
    form = c.forms[x]
    modulus = gcd(form.modulus, 2 << hi)
    if modulus % (1 << lo):
        return _opaque(c, i, n)
    return Form(scaled(plus(form.poly, c.residue(x, lo), -1), Fraction(1, 1 << lo)), modulus >> lo)


def _wrap(c: Cone, i: int, n: Node) -> Form:
    (x,), (width, signed) = n.args, n.attr
    if c.range(x) == n.range:
        return c.forms[x]
    if x in c.bits:
        value = c.residue(x, width)
        return Form(plus(scaled(c.residue(x, width - 1), 2), value, -1) if signed else value)
    form = c.forms[x]
    return Form(form.poly, gcd(form.modulus, 1 << width))


#: What rounding to a multiple of 2^n adds before it cuts; the other modes are bounded by their
#: range.
_SHIFT: dict[Rounding, Callable[[int], int]] = {
    Rounding.TRN: lambda n: 0,
    Rounding.RND: lambda n: 1 << (n - 1),
    Rounding.RND_MIN_INF: lambda n: (1 << (n - 1)) - 1,
}


def _round(c: Cone, i: int, n: Node) -> Form:
    (x,), (drop, mode) = n.args, n.attr
    form = c.forms[x]
    if not drop:
        return form
    if form.modulus % (1 << drop) or (form.modulus and Rounding(mode) not in _SHIFT):
        form = c.resolved(x)
        if form.modulus:
            return _opaque(c, i, n)
    if Rounding(mode) in _SHIFT:
        shift = _SHIFT[Rounding(mode)](drop) if drop else 0
        lost = plus(c.shifted_residue(x, drop, shift), constant(-shift))
    else:
        reach = (1 << drop) - 1 if Rounding(mode) is Rounding.TRN_ZERO else 1 << (drop - 1)
        lost = c.space.atom(("lost", i), lambda: Atom(Fraction(-reach), Fraction(reach), c.on[i]))
    return Form(scaled(plus(form.poly, lost, -1), Fraction(1, 1 << drop)), form.modulus >> drop)


def _saturate(c: Cone, i: int, n: Node) -> Form:
    return c.forms[n.args[0]] if c.range(n.args[0]) == n.range else _opaque(c, i, n)


def _mul(c: Cone, i: int, n: Node) -> Form:
    x, y = (c.forms[a] for a in (n.args if len(n.args) == 2 else n.args * 2))
    return Form(times(x.poly, y.poly), gcd(x.modulus, y.modulus))


def _digit(c: Cone, d: int) -> Poly:
    """The Booth digit coded by the three bits of node ``d``: ``b0 + b1 - 2 b2``."""
    one, two, three = (c.residue(d, k) for k in (1, 2, 3))
    return plus(plus(scaled(one, Fraction(1, 2)), two), three, Fraction(-1, 2))


def _booth(c: Cone, i: int, n: Node) -> Form:
    a, d = n.args
    return Form(times(c.forms[a].poly, _digit(c, d)), c.forms[a].modulus)


def _booth_cut(c: Cone, i: int, n: Node) -> Form:
    """A cut row is at most one unit below the row, whatever the sign of its digit."""
    (a, d), (drop,) = n.args, n.attr
    lost = c.space.atom(("lost", i), lambda: Atom(Fraction(0), Fraction(1 << drop), c.on[i]))
    return Form(scaled(plus(times(c.exact(a), _digit(c, d)), lost, -1), Fraction(1, 1 << drop)))


def _select(c: Cone, i: int, n: Node) -> Form:
    condition = c.exact(n.args[0])
    x, y = (c.used(a, n.range) for a in n.args[1:])
    return Form(plus(y.poly, times(condition, plus(x.poly, y.poly, -1))), gcd(x.modulus, y.modulus))


def real(c: Cone, i: int) -> Poly:
    """The real value of a node."""
    return scaled(c.exact(i), Fraction(2) ** -c.graph.nodes[i].frac)


def _compared(name: str) -> Rule:
    return lambda c, i, n: Form(compare(c.space, name, *(real(c, a) for a in n.args)))


def _extreme(name: str) -> Rule:
    def rule(c: Cone, i: int, n: Node) -> Form:
        return Form(
            scaled(extreme(c.space, name, [real(c, a) for a in n.args]), Fraction(2) ** n.frac)
        )

    return rule


def _abs(c: Cone, i: int, n: Node) -> Form:
    return Form(scaled(absolute(c.space, real(c, n.args[0])), Fraction(2) ** n.frac))


def logic(name: str, args: Sequence[Poly]) -> Poly:
    """Logic on polynomials that are 0 or 1."""
    if name == "not":
        return plus(constant(1), args[0], -1)
    both = times(*args)
    return both if name == "and" else plus(plus(args[0], args[1]), both, -1)


def _logic(name: str) -> Rule:
    return lambda c, i, n: Form(logic(name, [c.exact(a) for a in n.args]))


_RULES: dict[str, Rule] = {
    CONST: lambda c, i, n: Form(constant(n.range.lo)),
    "add": _linear(1, 1),
    "sub": _linear(1, -1),
    "neg": _linear(-1, 0),
    "invert": _linear(-1, 0, -1),
    "scale": lambda c, i, n: c.forms[n.args[0]],
    "shl": _times_power,
    "concat": _concat,
    "table": _table,
    "rom": _table,
    "slice": _slice,
    "wrap": _wrap,
    "round": _round,
    "saturate": _saturate,
    "mul": _mul,
    "square": _mul,
    "booth": _booth,
    "booth_cut": _booth_cut,
    "select": _select,
    "abs": _abs,
    **{name: _compared(name) for name in ("lt", "le", "eq")},
    **{name: _extreme(name) for name in ("min", "max")},
    **{name: _logic(name) for name in ("and", "or", "not")},
}  # fmt: skip


# ------------------------------------------------------------------ remainders of what only moves bits

Remainder = Callable[[Cone, Node, int], "Poly | None"]


def _slice_residue(c: Cone, n: Node, k: int) -> Poly:
    hi, lo = n.attr
    top = c.residue(n.args[0], min(hi + 1, lo + k))
    return scaled(plus(top, c.residue(n.args[0], lo), -1), Fraction(1, 1 << lo))


def _concat_residue(c: Cone, n: Node, k: int) -> Poly:
    (high, low), (width,) = n.args, n.attr
    return (
        c.residue(low, k)
        if k <= width
        else plus(c.exact(low), c.residue(high, k - width), 1 << width)
    )


def _round_residue(c: Cone, n: Node, k: int) -> Poly | None:
    (x,), (drop, mode) = n.args, n.attr
    if mode != Rounding.TRN:
        return None
    return scaled(plus(c.residue(x, k + drop), c.residue(x, drop), -1), Fraction(1, 1 << drop))


_RESIDUES: dict[str, Remainder] = {
    CONST: lambda c, n, k: constant(n.range.lo & ((1 << k) - 1)),
    "shl": lambda c, n, k: scaled(c.residue(n.args[0], k - n.attr[0]), 1 << n.attr[0]),
    "scale": lambda c, n, k: c.residue(n.args[0], k),
    "invert": lambda c, n, k: plus(constant((1 << k) - 1), c.residue(n.args[0], k), -1),
    "wrap": lambda c, n, k: c.residue(n.args[0], k) if k <= n.attr[0] else None,
    "slice": _slice_residue,
    "concat": _concat_residue,
    "round": _round_residue,
}


# ------------------------------------------------------------------ choices, which expressions share


def compare(space: Space, name: str, x: Poly, y: Poly) -> Poly:
    """``x < y`` and its kin as an atom that is 0 or 1, the same one however the two sides are
    scaled.
    """
    if name in ("gt", "ge"):
        return compare(space, "lt" if name == "gt" else "le", y, x)
    if name in ("le", "ne"):
        other = compare(space, "lt", y, x) if name == "le" else compare(space, "eq", x, y)
        return plus(constant(1), other, -1)
    difference = _stepped(space, name, plus(x, y, -1))
    lo, hi = space.bound(difference)
    if name == "lt" and (hi < 0 or lo >= 0):
        return constant(int(hi < 0))
    if name == "eq" and (lo > 0 or hi < 0 or lo == hi == 0):
        return constant(int(lo == hi == 0))
    first = difference[min(difference)]
    unit = first if name == "eq" else abs(first)
    key = (name, frozenset(scaled(difference, 1 / unit).items()))
    out = space.atom(key, lambda: Atom(Fraction(0), Fraction(1), space.on_all(difference)))
    space.conditions.add(space.index[key])
    return out


def _stepped(space: Space, name: str, difference: Poly) -> Poly:
    """A difference of which only the sign matters, or for "eq" whether it is 0: in steps, the
    offset is one of them.
    """
    terms = {m: c for m, c in difference.items() if m}
    if not terms or not all(map(space.is_integer, terms)):
        return difference
    common = lcm(*(c.denominator for c in terms.values()))
    step = Fraction(gcd(*(int(c * common) for c in terms.values())), common)
    offset = difference.get((), Fraction(0)) / step
    if name == "eq" and offset.denominator > 1:
        return constant(1)  # never 0
    return plus(terms, constant(floor(offset) * step))


def extreme(space: Space, name: str, args: Sequence[Poly]) -> Poly:
    """The smallest or largest of polynomials as an atom, in whatever order they were compared."""
    flat: dict[frozenset[tuple[tuple[int, ...], Fraction]], Poly] = {}
    for p in args:
        for q in space.extremes.get((name, frozenset(p.items())), [p]):
            flat[frozenset(q.items())] = q
    if len(flat) == 1:
        return next(iter(flat.values()))
    bounds = [space.bound(p) for p in flat.values()]
    pick = min if name == "min" else max
    lo, hi = pick(b[0] for b in bounds), pick(b[1] for b in bounds)
    on = frozenset().union(*(space.on_all(p) for p in flat.values()))
    if (name, frozenset(flat)) not in space.index and (
        near := _near(space, name, [*flat.values()], hi - lo)
    ):
        return near
    out = space.atom((name, frozenset(flat)), lambda: Atom(lo, hi, on, integer=False))
    space.extremes[name, frozenset(out.items())] = list(flat.values())
    return out


def _near(space: Space, name: str, args: Sequence[Poly], width: Fraction) -> Poly | None:
    """An extreme of polynomials that differ little from ``args``, and by how much it is off: as the
    most different.
    """
    best: tuple[Fraction, Fraction, Fraction, Poly] | None = None
    for (known, atom), others in space.extremes.items():
        if known != name or len(others) != len(args) or len(args) > _MOST_ARGUMENTS:
            continue
        for order in permutations(others):
            off = [space.bound(plus(p, q, -1)) for p, q in zip(args, order, strict=True)]
            lo, hi = min(o[0] for o in off), max(o[1] for o in off)
            if hi - lo < (width if best is None else best[0]):
                best = hi - lo, lo, hi, dict(atom)
    if best is None:
        return None
    _, lo, hi, found = best
    on = frozenset().union(*(space.on_all(p) for p in args))
    key = ("off", name, frozenset(frozenset(p.items()) for p in args), frozenset(found.items()))
    return plus(found, space.atom(key, lambda: Atom(lo, hi, on, integer=False)))


def absolute(space: Space, x: Poly) -> Poly:
    """``|x|``."""
    return plus(x, times(compare(space, "lt", x, {}), x), -2)
