"""What each operator of the graph does to the forms of its operands."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import gcd

from symgate.ir.fixed import CONST, Node
from symgate.ir.types import FixedType, Overflow, Rounding
from symgate.proof.bittables import weights
from symgate.proof.choices import absolute, compare, extreme, logic
from symgate.proof.cones import Cone, Form, Rule, opaque
from symgate.proof.forms import Atom, Poly, constant, plus, scaled, times

_TRIED_BITS = 20  # of an operand whose codes are looked at one by one
_FEW_BITS = 8  # of an address whose entries are looked at one by one


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
    apart = len(c.on[i]) > 1 or _is_long(c, i)
    bits = [_origin(c, x, j) for j in range(width)] if apart and width <= _FEW_BITS else [None]
    if any(b is None or b[0] not in c.slopes for b in bits):
        return _sum_of_bits(c, i, n)
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


def _sum_of_bits(c: Cone, i: int, n: Node) -> Form:
    """A table whose entries add up what single bits of its address count, as that of a counter."""
    (x,), entries = n.args, n.attr[0]
    found = weights(entries) if len(entries) <= 1 << _FEW_BITS and len(c.on[i]) > 1 else None
    if found is None:
        return opaque(c, i, n)
    poly = constant(found[0])
    for j, weight in enumerate(found[1:]):
        bit = plus(c.residue(x, j + 1), c.residue(x, j), -1)
        poly = plus(poly, bit, weight / (1 << j))
    return Form(poly)


def _is_long(c: Cone, i: int) -> bool:
    """Whether what node ``i`` is computed from has too many codes to look at each."""
    return any(c.range(o).hi - c.range(o).lo >> _TRIED_BITS for o in c.on[i] if o in c.slopes)


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
        return opaque(c, i, n)
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
            return opaque(c, i, n)
    if Rounding(mode) in _SHIFT:
        shift = _SHIFT[Rounding(mode)](drop) if drop else 0
        lost = plus(c.shifted_residue(x, drop, shift), constant(-shift))
    else:
        reach = (1 << drop) - 1 if Rounding(mode) is Rounding.TRN_ZERO else 1 << (drop - 1)
        lost = c.space.atom(("lost", i), lambda: Atom(Fraction(-reach), Fraction(reach), c.on[i]))
    return Form(scaled(plus(form.poly, lost, -1), Fraction(1, 1 << drop)), form.modulus >> drop)


def _saturate(c: Cone, i: int, n: Node) -> Form:
    """The operand, or the nearest end of the format."""
    (x,), (width, signed, mode) = n.args, n.attr
    if c.range(x) == n.range:
        return c.forms[x]
    if mode != Overflow.SAT:
        return opaque(c, i, n)
    t, unit = FixedType(bool(signed), width, n.frac), Fraction(2) ** -n.frac
    least = extreme(c.space, "max", [constant(t.lo * unit), real(c, x)])
    return Form(scaled(extreme(c.space, "min", [constant(t.hi * unit), least]), 1 / unit))


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


def _logic(name: str) -> Rule:
    return lambda c, i, n: Form(logic(name, [c.exact(a) for a in n.args]))


#: The rule of each operator; a node of any other is opaque.
FORMS: dict[str, Rule] = {
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
