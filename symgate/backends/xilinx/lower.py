"""From a fixed-point graph to a network of bits: one rule per operator.

Sums are left `Pending` until something needs their bits, so that a chain takes in the row of a
Booth digit, a conditional negation or a rounding together with its carry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from symgate.backends.xilinx import truth, wide
from symgate.backends.xilinx.forms import Pending, Vector
from symgate.backends.xilinx.net import FALSE, TRUE, Feed, Net
from symgate.backends.xilinx.rows import (
    booth_bit,
    booth_negative,
    limits,
    negated_branch,
    rounds_up,
    too_high,
    too_low,
)
from symgate.backends.xilinx.sums import adder, save_carries
from symgate.backends.xilinx.threes import is_worth
from symgate.ir.fixed import CONST, INPUT, Graph, Node, in_block, users
from symgate.ir.types import FixedType, Rounding


def lower(graph: Graph, pairs: bool = True) -> Net:
    """The network of ``graph``, its outputs in port order; with ``pairs``, a LUT may compute two
    functions.
    """
    return _Lowering(graph, pairs).run()


class _Lowering:
    def __init__(self, graph: Graph, pairs: bool) -> None:
        self.graph = graph
        self.net = Net(pairs)
        self.forms: list[Pending] = []  # of each node, a sum that a reader may take in
        self.bits: dict[int, Vector] = {}  # of the nodes whose bits something needed
        self.users = users(graph)
        self.readers = [len(reader) for reader in self.users]
        for port in graph.outputs:
            self.readers[port.node] += 1

    def run(self) -> Net:
        for i, node in enumerate(self.graph.nodes):
            found = self._rule(node.op)(self, i, node)
            if isinstance(found, Vector):
                found = Pending((_as_wide_as(node, found),))
            self.forms.append(found)
        for port in self.graph.outputs:
            self.net.outputs.append(self.value(port.node).cut(0, port.type.width).bits)
        return self.net

    def _rule(self, op: str) -> Rule:
        if op == INPUT:
            return _sources
        return _const if op == CONST else RULES[op]

    def value(self, i: int) -> Vector:
        """The bits of node ``i``; of a pending sum they leave a carry chain now."""
        if i not in self.bits:
            form, node = self.forms[i], self.graph.nodes[i]
            if form.is_plain:
                self.bits[i] = form.terms[0]
            else:
                self.bits[i] = _as_wide_as(node, self.sum(form, node.type))
        return self.bits[i]

    def values(self, node: Node) -> list[Vector]:
        """The bits of each operand."""
        return [self.value(operand) for operand in node.args]

    def sum(self, form: Pending, type: FixedType) -> Vector:
        """The bits of a pending sum that is known to fit ``type``."""
        width = type.width
        a, b = (*form.terms, Vector.const(0), Vector.const(0))[:2]
        if any(b.bit(k) != FALSE for k in range(form.place)):
            a, b = b, a
        bits = [a.bit(k) for k in range(min(form.place, width))]
        x, y = (v.cut(len(bits), width - len(bits)).bits for v in (a, b))
        bits += adder(self.net, x, y, form.carry, [True] * len(x))
        return Vector(tuple(bits), type.signed)

    def is_free(self, i: int) -> bool:
        """Whether a reader of node ``i`` may take in its sum at no cost."""
        one_reader = self.readers[i] == 1 and i not in self.bits
        return len(self.forms[i].terms) == 1 or one_reader

    def term(self, i: int) -> Pending:
        """Node ``i`` as one vector and a carry."""
        form = self.forms[i]
        if len(form.terms) == 1 and i not in self.bits:
            return form
        return Pending((self.value(i),))


Rule = Callable[[_Lowering, int, Node], Vector | Pending]
Bits = Callable[[Net, Sequence[Vector], Node], Vector]


def _as_wide_as(node: Node, x: Vector) -> Vector:
    """``x`` in the bits of the node; its top bits are constants where all values have the same."""
    width, low, high = node.type.width, node.range.lo, node.range.hi
    same_sign = (low < 0) == (high < 0)
    varying = (low ^ high).bit_length() if same_sign else width
    bits = [x.bit(k) if k < varying else low >> k & 1 for k in range(width)]
    return Vector(tuple(bits), node.type.signed)


# ------------------------------------------------------------------ sources


def _sources(low: _Lowering, i: int, node: Node) -> Vector:
    t = node.type
    return Vector(tuple(low.net.source(i, k) for k in range(t.width)), t.signed)


def _const(low: _Lowering, i: int, node: Node) -> Vector:
    return Vector.const(node.range.lo)


def _fed(low: _Lowering, i: int, node: Node) -> Vector:
    """A register, a product or a block RAM: the bits of its operands leave the network, its own
    enter.
    """
    types = low.graph.operands(i)
    operands = (x.cut(0, t.width).bits for x, t in zip(low.values(node), types, strict=True))
    low.net.feeds[i] = Feed(tuple(operands), node.op == "register")
    return _sources(low, i, node)


def _rom(low: _Lowering, i: int, node: Node) -> Vector | Pending:
    """A block RAM; a table whose register is missing is logic."""
    return (_fed if in_block(low.graph, low.users, i) else _plain(_table))(low, i, node)


def _register(low: _Lowering, i: int, node: Node) -> Vector | Pending:
    """A register, unless it is that of a block RAM."""
    (a,) = node.args
    return low.value(a) if in_block(low.graph, low.users, a) else _fed(low, i, node)


# ------------------------------------------------------------------ sums


def _add(low: _Lowering, i: int, node: Node) -> Pending:
    for x, y in (node.args, node.args[::-1]):
        t, partner = low.graph.nodes[x].type, low.forms[y]
        if t.width == 1 and not t.signed and partner.carry == FALSE and low.is_free(y):
            return Pending(partner.terms, low.value(x).bit(0))
    x, y = node.args
    return _of_three(low, x, y, node) or _of_three(low, y, x, node) or _joined(low, x, y)


def _of_three(low: _Lowering, x: int, y: int, node: Node) -> Pending | None:
    """``x + y``, where ``x`` is a sum that nothing else reads, of bits that save their carries in
    one LUT6_2 each.
    """
    inner, last = low.forms[x], low.term(y)
    is_free_sum = len(inner.terms) == 2 and low.readers[x] <= 1 and x not in low.bits
    if not is_free_sum or inner.place or last.place:
        return None
    width = node.type.width
    columns = list(zip(*(t.cut(0, width).bits for t in (*inner.terms, *last.terms)), strict=True))
    if not is_worth(low.net, columns):
        return None
    total, saved = save_carries(low.net, columns, inner.carry)
    return Pending((Vector(total, True), Vector(saved, True)), last.carry)


def _sub(low: _Lowering, i: int, node: Node) -> Pending:
    x, y = node.args
    minus = low.term(y).negative()
    plus = low.term(x)
    if plus.carry != FALSE:
        plus = Pending((low.value(x),))
    return Pending((*plus.terms, *minus.terms), minus.carry, minus.place)


def _joined(low: _Lowering, x: int, y: int) -> Pending:
    """``x + y``, of whose carries only one can enter the chain."""
    a, b = low.term(x), low.term(y)
    if a.carry != FALSE and b.carry != FALSE:
        b = Pending((low.value(y),))
    carrying = a if a.carry != FALSE else b
    return Pending((*a.terms, *b.terms), carrying.carry, carrying.place)


def _shl(low: _Lowering, i: int, node: Node) -> Pending:
    return low.term(node.args[0]).shifted(node.attr[0])


def _select(low: _Lowering, i: int, node: Node) -> Vector | Pending:
    condition = low.value(node.args[0]).bit(0)
    if branch := negated_branch(low.graph, node):
        return _negated_where(low.net, condition ^ (branch == 2), low.value(node.args[3 - branch]))
    then, other = (low.value(operand) for operand in node.args[1:])
    bits = (low.net.mux(condition, then.bit(k), other.bit(k)) for k in range(node.type.width))
    return Vector(tuple(bits), node.type.signed)


def _abs(low: _Lowering, i: int, node: Node) -> Pending:
    x = low.value(node.args[0])
    return _negated_where(low.net, x.extension, x)


def _negated_where(net: Net, condition: int, x: Vector) -> Pending:
    extended = x if x.signed else Vector((*x.bits, FALSE), True)
    return Pending((Vector(tuple(net.xor(k, condition) for k in extended.bits), True),), condition)


def _booth(low: _Lowering, i: int, node: Node) -> Pending:
    x, digit = low.values(node)
    bits = tuple(booth_bit(low.net, x, digit, k) for k in range(len(x.bits) + 2))
    return Pending((Vector(bits, True),), booth_negative(low.net, digit))


def _round(low: _Lowering, i: int, node: Node) -> Vector | Pending:
    drop, mode = node.attr
    x = low.value(node.args[0])
    kept = x.cut(drop, max(len(x.bits) - drop, 1), x.signed)
    if mode == Rounding.TRN or not drop:
        return kept
    return Pending((kept,), rounds_up(low.net, x, drop, Rounding(mode)))


# ------------------------------------------------------------------ bit by bit


def _plain(rule: Bits) -> Rule:
    return lambda low, i, node: rule(low.net, low.values(node), node)


def _booth_cut(net: Net, xs: Sequence[Vector], node: Node) -> Vector:
    (x, digit), drop = xs, node.attr[0]
    return Vector(tuple(booth_bit(net, x, digit, k + drop) for k in range(node.type.width)), True)


def _table(net: Net, xs: Sequence[Vector], node: Node) -> Vector:
    values, columns = node.attr[0], []
    index = xs[0].bits[: (len(values) - 1).bit_length()]
    for k in range(node.type.width):
        column = truth.of_bits([value >> k & 1 for value in values])
        columns.append(wide.function(net, column, index))
    return Vector(tuple(columns), node.type.signed)


def _saturate(net: Net, xs: Sequence[Vector], node: Node) -> Vector:
    (x,), (below, lowest, highest, above) = xs, limits(*node.attr)
    low, high = Vector.const(below), Vector.const(above)
    under, over = too_low(net, x, lowest), too_high(net, x, highest)

    def bit(k: int) -> int:
        not_above = net.mux(over, high.bit(k), x.bit(k))
        return net.mux(under, low.bit(k), not_above)

    return Vector(tuple(bit(k) for k in range(node.type.width)), node.type.signed)


def _concat(net: Net, xs: Sequence[Vector], node: Node) -> Vector:
    high, low = xs
    return Vector(low.cut(0, node.attr[0]).bits + high.bits, high.signed)


def _less(net: Net, x: Vector, y: Vector) -> int:
    """The sign of ``x - y``, one signed and one not at worst."""
    width = max(len(x.bits), len(y.bits)) + 2
    a, b = (v.cut(0, width).bits for v in (x, y.inverted()))
    return adder(net, a, b, TRUE, [False] * (width - 1) + [True])[-1]


def _bit(literal: int) -> Vector:
    return Vector((literal,), False)


def _equal(net: Net, xs: Sequence[Vector], node: Node) -> Vector:
    x, y = xs
    width = max(len(x.bits), len(y.bits)) + 1
    return _bit(net.any([net.xor(x.bit(k), y.bit(k)) for k in range(width)]) ^ 1)


def _smaller(swap: bool) -> Bits:
    def rule(net: Net, xs: Sequence[Vector], node: Node) -> Vector:
        x, y = xs
        less = _less(net, x, y) ^ swap
        bits = (net.mux(less, x.bit(k), y.bit(k)) for k in range(node.type.width))
        return Vector(tuple(bits), node.type.signed)

    return rule


RULES: dict[str, Rule] = {
    "add": _add,
    "sub": _sub,
    "neg": lambda low, i, node: low.term(node.args[0]).negative(),
    "mul": _fed,
    "square": _fed,
    "register": _register,
    "rom": _rom,
    "abs": _abs,
    "min": _plain(_smaller(False)),
    "max": _plain(_smaller(True)),
    "booth": _booth,
    "booth_cut": _plain(_booth_cut),
    "shl": _shl,
    "scale": lambda low, i, node: low.term(node.args[0]),
    "invert": _plain(lambda net, xs, node: xs[0].inverted()),
    "slice": _plain(lambda net, xs, node: xs[0].cut(node.attr[1], node.type.width)),
    "concat": _plain(_concat),
    "table": _plain(_table),
    "select": _select,
    "round": _round,
    "saturate": _plain(_saturate),
    "wrap": _plain(lambda net, xs, node: xs[0].cut(0, node.attr[0], bool(node.attr[1]))),
    "lt": _plain(lambda net, xs, node: _bit(_less(net, xs[0], xs[1]))),
    "le": _plain(lambda net, xs, node: _bit(_less(net, xs[1], xs[0]) ^ 1)),
    "eq": _plain(_equal),
    "and": _plain(lambda net, xs, node: _bit(net.both(xs[0].bit(0), xs[1].bit(0)))),
    "or": _plain(lambda net, xs, node: _bit(net.either(xs[0].bit(0), xs[1].bit(0)))),
    "not": _plain(lambda net, xs, node: _bit(xs[0].bit(0) ^ 1)),
}
