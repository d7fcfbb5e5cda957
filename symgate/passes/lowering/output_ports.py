"""What leaves at a port: a value in the format that the user states, or without bits that are always
0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from symgate.ir.boxes import float_above
from symgate.ir.design import OutputPort
from symgate.ir.domains import Interval
from symgate.ir.expr import Expr, Program, postorder
from symgate.ir.fixed import CONST, Builder, Node
from symgate.ir.port_format import PortFormat
from symgate.ir.port_values import quantised, saturated
from symgate.ir.types import Overflow, Rounding, pow2
from symgate.passes.lowering.context import Context

_CHOOSING = {"add": 2, "sub": 2, "min": 2, "max": 2, "neg": 1, "select": 3}
_SHOWING = ("min", "max", "where", "hold")  # operators that give one of their operands
#: Units of the last bit that make rounding inside a table, and inside a sum, cheaper than behind
#: it. Not measured.
TABLE, ROOMY = 0.75, 2.0
_BITWISE = frozenset({"scale", "register", "abs"})
Span = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Shown:
    """The node at a port, and how far it is from the value that it shows: what the format cannot
    show, and an offset that no node adds.

    ``shows`` is what a format makes of the value on the way.
    """

    node: int
    error: Span
    shows: Callable[[Expr], Expr] = lambda value: value

    @property
    def size(self) -> float:
        """The largest error in size."""
        most = max(abs(self.error[0]), abs(self.error[1]))
        return float_above(most) if most else 0.0


def show_outputs(c: Context, program: Program, ports: Mapping[str, OutputPort]) -> dict[str, Shown]:
    """Name the outputs of ``program``, in the formats that ``ports`` state."""
    found = {}
    for name, e in program.outputs:
        port = ports.get(name)
        if port is None:
            shown = _as_it_is(c, e)
        else:
            show = _overflowing if port.overflows else _in_format
            shown = show(c, e, port.format)
        c.builder.output(name, shown.node, None if port is None else port.format.type)
        found[name] = shown
    return found


def _as_it_is(c: Context, e: Expr) -> Shown:
    """A value without low bits that are always 0."""
    value = c.values[e]
    zeros = low_zeros(c.builder, value.node)
    return Shown(c.builder.round(value.node, zeros), (-value.offset, -value.offset))


def low_zeros(builder: Builder, node: int) -> int:
    """How many of the lowest bits of ``node`` are 0 for every input, as far as its making shows."""
    found: dict[int, int] = {}
    for i in _below(builder.nodes, node):
        n = builder.nodes[i]
        found[i] = _zeros(n, [found[a] for a in n.args])
    zeros, width = found[node], builder.nodes[node].type.width
    return min(zeros, width - 1)


def _below(nodes: Sequence[Node], top: int) -> list[int]:
    """``top`` and what it is computed from, operands first, as far as zeros are passed on."""
    seen, stack = {top}, [top]
    while stack:
        for a in nodes[stack.pop()].args:
            if a not in seen:
                seen.add(a)
                stack.append(a)
    return sorted(seen)


def _zeros(n: Node, of_operands: Sequence[int]) -> int:
    """The low zeros of one node from those of its operands."""
    if n.op == CONST or n.range.lo == n.range.hi:
        return _trailing(n.range.lo)
    if n.op == "shl":
        return of_operands[0] + int(n.attr[0])
    if n.op in _CHOOSING:
        return min(of_operands[-2:])
    if n.op in _BITWISE:
        return of_operands[0]
    if n.op == "mul":
        return sum(of_operands)
    if n.op in ("table", "rom"):
        return min(map(_trailing, n.attr[0]))
    return 0


def _trailing(raw: int) -> int:
    """The low zeros of a number; more than any width for 0."""
    return (raw & -raw).bit_length() - 1 if raw else 1 << 20


# ------------------------------------------------------------------ in the stated format


def _in_format(c: Context, e: Expr, stated: PortFormat) -> Shown:
    """A value rounded as ``stated``, and saturated where it can be beyond the ends.

    What an output means is never beyond them (see `symgate.frontend.port_formats`), so that only
    the error of the value can lead there, and the nearest end is closer whatever the mode is.
    """
    value, b = c.values[e], c.builder
    before = b.nodes[value.node]
    node = b.to_frac(value.node, stated.type.frac, stated.rounding)
    low, high = rounding_error(before.range, before.frac, stated)
    error = low - value.offset, high - value.offset
    unit = stated.type.ulp
    first, last = int(stated.lowest / unit), int(stated.highest / unit)
    reached = b.nodes[node].range
    fits = first <= reached.lo and reached.hi <= last
    before_unit = pow2(-before.frac)
    below, above = before.range.lo * before_unit, before.range.hi * before_unit
    if fits and stated.lowest <= below and above <= stated.highest:
        return Shown(node, error)
    symmetric = stated.overflow is Overflow.SAT_SYM
    mode = Overflow.SAT_SYM if symmetric else Overflow.SAT
    offset = abs(value.offset)
    shown = node if fits else b.fit(node, stated.type, mode)  # rounding may bring all inside
    return Shown(shown, (low - offset, high + offset), lambda v: saturated(v, stated))


def _overflowing(c: Context, e: Expr, stated: PortFormat) -> Shown:
    """An exact value rounded and brought into its format as ``ap_fixed`` does it.

    A value that is not exact may land anywhere in the format.
    """
    value, b = c.values[e], c.builder
    node = b.to_frac(value.node, stated.type.frac, stated.rounding)
    exact = value.offset == 0 and c.errors.keys().isdisjoint(postorder([e]))
    size = Fraction(0) if exact else stated.highest - stated.lowest
    shown = b.fit(node, stated.type, stated.overflow)
    return Shown(shown, (-size, size), lambda v: quantised(v, stated))


def rounding_error(codes: Interval, frac: int, stated: PortFormat) -> Span:
    """The least and the largest error of rounding ``codes`` with ``frac`` fraction bits."""
    nothing = Fraction(0)
    if frac <= stated.type.frac:
        return nothing, nothing
    ulp, unit = stated.type.ulp, pow2(-frac)
    if stated.rounding is Rounding.TRN:
        return unit - ulp, nothing
    if stated.rounding is Rounding.TRN_ZERO:
        return (
            unit - ulp if codes.hi > 0 else nothing,
            ulp - unit if codes.lo < 0 else nothing,
        )
    short = ulp / 2 - unit
    low = -short if stated.rounding is Rounding.RND else -ulp / 2
    high = short if stated.rounding is Rounding.RND_MIN_INF else ulp / 2
    return low, high


@dataclass(frozen=True)
class Finest:
    """The fraction bits that ports can use of values that nothing else reads, and the outputs whose
    ports may round once more.
    """

    bits: Mapping[Expr, int]
    rounded: frozenset[str]


def finest_shown(
    program: Program,
    ports: Mapping[str, OutputPort],
    shared: Mapping[Expr, int],
    targets: Mapping[str, float],
) -> Finest:
    """What ``ports`` say of the bits of values.

    Rounding to nearest once more, after a value has been rounded, adds error and hardware, so that
    such values get no more bits: functions, whose tables are rounded anyway, and others where the
    allowed errors of ``targets`` are some units of the last bit. ``shared`` says how many values and
    outputs read each.
    """
    bits: dict[Expr, int] = {}
    rounded = set[str]()
    for name, root in program.outputs:
        port = ports.get(name)
        if port is None:
            continue
        units = targets.get(name, 0.0) / float(port.format.type.ulp)
        nearest = port.format.rounds_to_nearest and not port.overflows
        for e in _shown_values(root):
            if nearest and shared.get(e, 0) <= 1 and units >= _enough(e):
                bits[e] = port.format.type.frac
            elif e.op != CONST:
                rounded.add(name)
    return Finest(bits, frozenset(rounded))


def _enough(e: Expr) -> float:
    """Units of the last bit that the allowed error must have for a value to get no more bits."""
    if e.op in _SHOWING:
        return 0.0
    return TABLE if e.op == "fn" else ROOMY


def _shown_values(root: Expr) -> list[Expr]:
    """``root`` and the values that it chooses from."""
    found, stack = list[Expr](), [root]
    while stack:
        e = stack.pop()
        found.append(e)
        if e.op in _SHOWING:
            stack += e.args[1:] if e.op == "where" else e.args
    return found


def most_lost(port: OutputPort) -> float:
    """The largest error that a port adds to a value of more bits; what it does to an exact one is
    meant.
    """
    stated = port.format
    ulp = 0.0 if port.overflows else float(stated.type.ulp)
    return ulp / 2 if stated.rounds_to_nearest else ulp
