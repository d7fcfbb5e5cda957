"""The C of each operator: an expression without branches, so that a loop over it becomes vectors.

Sums, products and shifts to the left are right in the type of the result, whatever their operands
lose there (``-fwrapv``). All others need a type that holds their operands and what is in between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from symgate.ir.domains import Interval
from symgate.ir.lossy import Attr, saturation_limits
from symgate.ir.types import Overflow, Rounding
from symgate.sim.compiled.program import LOOKUP, Term

#: Bits of the integers that values are kept in.
SIZES = (16, 32, 64, 128)
NAMES = {16: "int16_t", 32: "int32_t", 64: "int64_t", 128: "__int128"}
UNSIGNED = {16: "uint16_t", 32: "uint32_t", 64: "uint64_t", 128: "unsigned __int128"}


class Unsupported(Exception):
    """A graph that C integers do not hold."""


def size_of(interval: Interval) -> int:
    """The bits of the narrowest integer for ``interval``; raise `Unsupported` where there is none."""
    needed = max(interval.hi, ~interval.lo).bit_length() + 1
    for size in SIZES:
        if needed <= size:
            return size
    raise Unsupported(f"a value takes {needed} bits")


def literal(value: int) -> str:
    """A constant in C."""
    if -(1 << 31) < value < 1 << 31:
        return f"({value})"
    if -(1 << 63) < value < 1 << 63:
        return f"({value}LL)"
    high, low = value >> 64, value & ((1 << 64) - 1)
    return f"((__int128)({literal(high)}) << 64 | {low}ULL)"


@dataclass(frozen=True)
class Call:
    """A term to print: the names of its operands as C has them, and their ranges.

    `x` and others give an operand cast to the type that the operator is computed in.
    """

    term: Term
    names: Sequence[str]
    ranges: Sequence[Interval]
    size: int

    @property
    def attr(self) -> Attr:
        """The attributes of the operator."""
        return self.term.attr

    @property
    def type(self) -> str:
        """The type that it is computed in."""
        return NAMES[self.size]

    def cast(self, k: int) -> str:
        """Operand ``k`` in the type that is computed in."""
        return f"(({self.type}){self.names[k]})"

    @property
    def x(self) -> str:
        """The first operand."""
        return self.cast(0)

    @property
    def y(self) -> str:
        """The second operand."""
        return self.cast(1)

    def right(self, value: str, count: int) -> str:
        """``value`` shifted to the right, by fewer bits than its type has."""
        return f"({value} >> {min(count, self.size - 1)})" if count else value


Code = Callable[[Call], str]
Needs = Callable[[Term, Sequence[Interval]], Interval]


@dataclass(frozen=True)
class Text:
    """How an operator is printed: ``needs`` is what its type must hold; None for the result alone."""

    code: Code
    needs: Needs | None = None


def operands(term: Term, ranges: Sequence[Interval]) -> Interval:
    """What holds the operands and the result."""
    ends = [end for r in (*ranges, term.range) for end in (r.lo, r.hi)]
    return Interval.hull(*ends)


def _and(more: Callable[[Term, Sequence[Interval]], Sequence[int]]) -> Needs:
    """What holds the operands, the result, and ``more`` values."""

    def needs(term: Term, ranges: Sequence[Interval]) -> Interval:
        whole = operands(term, ranges)
        return Interval.hull(whole.lo, whole.hi, *more(term, ranges))

    return needs


# ------------------------------------------------------------------ products with a digit


def _bit(value: str, k: int) -> str:
    return f"({value} >> {k} & 1)" if k else f"({value} & 1)"


def _booth(c: Call) -> str:
    d = c.names[1]
    return f"({c.type})({_bit(d, 0)} + {_bit(d, 1)} - {_bit(d, 2)} * 2) * {c.x}"


def _booth_cut(c: Call) -> str:
    """The size by masks, and the sign by an exclusive or."""
    d0, d1, d2 = (_bit(c.names[1], k) for k in range(3))
    once = f"({c.x} & -({c.type})({d0} ^ {d1}))"
    twice = f"({c.x} << 1 & -({c.type})(({d0} ^ {d1} ^ 1) & ({d1} ^ {d2})))"
    size = c.right(f"({c.type})({once} | {twice})", c.attr[0])
    return f"{size} ^ -({c.type})({d2} & (({d0} & {d1}) ^ 1))"


def _twice(term: Term, ranges: Sequence[Interval]) -> Sequence[int]:
    return 2 * ranges[0].lo, 2 * ranges[0].hi


# ------------------------------------------------------------------ bits


def _mask(width: int) -> int:
    return (1 << width) - 1


def _slice_mask(attr: Attr, x: Interval) -> int | None:
    """What a slice leaves of the shifted operand; None where it leaves all."""
    high, low = attr
    mask = _mask(high - low + 1)
    return None if x.lo >= 0 and x.hi >> low <= mask else mask


def _slice(c: Call) -> str:
    mask = _slice_mask(c.attr, c.ranges[0])
    shifted = c.right(c.x, c.attr[1])
    return shifted if mask is None else f"{shifted} & {literal(mask)}"


def _slice_needs(term: Term, ranges: Sequence[Interval]) -> Sequence[int]:
    return [_slice_mask(term.attr, ranges[0]) or 0]


def _lookup(c: Call) -> str:
    """The address of a look-up; the array stands before it."""
    runs, _ = c.attr
    names = dict(zip(c.term.args, c.names, strict=True))
    ranges = dict(zip(c.term.args, c.ranges, strict=True))
    parts, place = [], 0
    for run in runs:
        attr = run.low + run.width - 1, run.low
        mask, part = _slice_mask(attr, ranges[run.node]), names[run.node]
        bits = size_of(ranges[run.node]) - 1
        if run.low:
            part = f"({part} >> {min(run.low, bits)})"
        if mask is not None:
            part = f"({part} & {mask})"
        parts.append(f"((int32_t){part} << {place})" if place else f"(int32_t){part}")
        place += run.width
    return " | ".join(parts) or "0"


def _wrap(c: Call) -> str:
    width, signed = c.attr
    if not signed:
        return f"{c.x} & {literal(_mask(width))}"
    spare = c.size - width
    return f"({c.type})(({UNSIGNED[c.size]}){c.x} << {spare}) >> {spare}"


def _wrap_needs(term: Term, ranges: Sequence[Interval]) -> Sequence[int]:
    width, signed = term.attr
    return [] if signed else [_mask(width)]


# ------------------------------------------------------------------ rounding and saturation


def _round(c: Call) -> str:
    drop, mode = c.attr
    if mode == Rounding.TRN:
        return c.right(c.x, drop)
    half, x = 1 << (drop - 1), c.x
    up, down = f"({x} + {literal(half)}", f"({x} + {literal(half - 1)}"
    text = {
        Rounding.TRN_ZERO: f"({x} + (-({c.type})({x} < 0) & {literal(2 * half - 1)}))",
        Rounding.RND: f"{up})",
        Rounding.RND_ZERO: f"{down} + ({x} < 0))",
        Rounding.RND_INF: f"{up} - ({x} < 0))",
        Rounding.RND_MIN_INF: f"{down})",
        Rounding.RND_CONV: f"{down} + ({x} >> {drop} & 1))",
    }
    return c.right(f"({c.type}){text[Rounding(mode)]}", drop)


def _round_needs(term: Term, ranges: Sequence[Interval]) -> Sequence[int]:
    drop, mode = term.attr
    if mode == Rounding.TRN:
        return []
    return ranges[0].lo - 1, ranges[0].hi + (1 << drop)


def _saturate(c: Call) -> str:
    lo, hi = saturation_limits(*c.attr)
    x, below, above = c.x, c.ranges[0].lo < lo, c.ranges[0].hi > hi
    if c.attr[2] == Overflow.SAT_ZERO:
        tests = [f"({x} >= {literal(lo)})"] * below + [f"({x} <= {literal(hi)})"] * above
        return f"{x} & -({c.type})({' & '.join(tests)})"
    bound = f"MAX({x}, ({c.type}){literal(lo)})" if below else x
    return f"MIN({bound}, ({c.type}){literal(hi)})" if above else bound


def _limits_needed(term: Term, ranges: Sequence[Interval]) -> Sequence[int]:
    lo, hi = saturation_limits(*term.attr)
    return [lo] * (ranges[0].lo < lo) + [hi] * (ranges[0].hi > hi)


# ------------------------------------------------------------------ the table


def _select(c: Call) -> str:
    then, other = c.cast(1), c.cast(2)
    return f"{other} ^ (({then} ^ {other}) & -({c.type}){c.names[0]})"


def _infix(sign: str) -> Code:
    return lambda c: f"{c.x} {sign} {c.y}"


OPERATORS: Mapping[str, Text] = {
    "add": Text(_infix("+")),
    "sub": Text(_infix("-")),
    "mul": Text(_infix("*")),
    "square": Text(lambda c: f"{c.x} * {c.x}"),
    "neg": Text(lambda c: f"-{c.x}"),
    "invert": Text(lambda c: f"~{c.x}"),
    "shl": Text(lambda c: f"{c.x} << {c.attr[0]}"),
    "concat": Text(lambda c: f"({c.x} << {c.attr[0]}) + {c.y}"),
    "booth": Text(_booth),
    "booth_cut": Text(_booth_cut, _and(_twice)),
    "abs": Text(lambda c: f"MAX({c.x}, -{c.x})", _and(lambda term, r: [-r[0].lo, -r[0].hi])),
    "min": Text(lambda c: f"MIN({c.x}, {c.y})", operands),
    "max": Text(lambda c: f"MAX({c.x}, {c.y})", operands),
    "slice": Text(_slice, _and(_slice_needs)),
    "wrap": Text(_wrap, _and(_wrap_needs)),
    "round": Text(_round, _and(_round_needs)),
    "saturate": Text(_saturate, _and(_limits_needed)),
    "lt": Text(_infix("<"), operands),
    "le": Text(_infix("<="), operands),
    "eq": Text(_infix("=="), operands),
    "and": Text(_infix("&")),
    "or": Text(_infix("|")),
    "not": Text(lambda c: f"{c.x} ^ 1"),
    "select": Text(_select),
    LOOKUP: Text(_lookup),
}


def expression(term: Term, names: Sequence[str], ranges: Sequence[Interval]) -> str:
    """The C expression of ``term``, whose operands have ``names`` and ``ranges``.

    Raise `Unsupported` where no C integer holds what is computed, or the operator is not known.
    """
    text = OPERATORS.get(term.op)
    if text is None:
        raise Unsupported(f"operator {term.op} has no C")
    needed = term.range if text.needs is None else text.needs(term, ranges)
    return text.code(Call(term, names, ranges, size_of(needed)))
