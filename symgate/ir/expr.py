"""Real-valued expressions: immutable, hash-consed nodes with exact constants.

Two structurally equal expressions are one object, and operands of commutative operators are kept in
one order, so equality is identity and common subexpressions are shared by construction. The order
depends on the structure alone, never on the history of the process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import blake2b
from operator import attrgetter
from typing import Any
from weakref import WeakValueDictionary

CONST, VAR = "const", "var"
#: Operators whose operands may stand in any order.
COMMUTATIVE = frozenset({"add", "mul", "min", "max", "and", "or", "eq", "ne", "hypot"})
#: How many operators above each other, and how many operands of each, the `repr` of a node shows.
_SHOWN_DEPTH, _SHOWN_ARGS = 4, 6


class Expr:
    """One node: ``op`` is "const", "var" or an operator's name; ``value`` holds a constant, a name
    or an attribute.

    Make nodes with `const`, `var` and `make` (or Python's operators on nodes), never directly.
    """

    __slots__ = ("__weakref__", "args", "closed", "key", "op", "value")
    op: str
    args: tuple[Expr, ...]
    value: Any
    key: int
    closed: bool  # no variable below: a constant

    def __init__(self, op: str, args: tuple[Expr, ...], value: Any, key: int):
        self.op, self.args, self.value, self.key = op, args, value, key
        self.closed = op != VAR and all(operand.closed for operand in args)

    def __hash__(self) -> int:
        return self.key

    def __eq__(self, other: object) -> bool:
        return self is other

    def __repr__(self) -> str:
        return _prefix(self, _SHOWN_DEPTH)

    def __add__(self, other: Expr | int | Fraction) -> Expr:
        return make("add", self, lift(other))

    def __radd__(self, other: int | Fraction) -> Expr:
        return make("add", lift(other), self)

    def __sub__(self, other: Expr | int | Fraction) -> Expr:
        return make("add", self, make("mul", const(-1), lift(other)))

    def __rsub__(self, other: int | Fraction) -> Expr:
        return make("add", lift(other), make("mul", const(-1), self))

    def __mul__(self, other: Expr | int | Fraction) -> Expr:
        return make("mul", self, lift(other))

    def __rmul__(self, other: int | Fraction) -> Expr:
        return make("mul", lift(other), self)

    def __truediv__(self, other: Expr | int | Fraction) -> Expr:
        return make("div", self, lift(other))

    def __rtruediv__(self, other: int | Fraction) -> Expr:
        return make("div", lift(other), self)

    def __neg__(self) -> Expr:
        return make("mul", const(-1), self)

    def __pow__(self, other: Expr | int | Fraction) -> Expr:
        return make("pow", self, lift(other))

    @property
    def is_const(self) -> bool:
        """Whether this is an exact rational constant."""
        return self.op == CONST


def _prefix(e: Expr, depth: int) -> str:
    """Operators before operands, for who looks for a fault; `symgate.ir.exprtext` prints infix."""
    if e.op in (CONST, VAR):
        return str(e.value)
    if depth == 0:
        return "..."
    args = [_prefix(operand, depth - 1) for operand in e.args[:_SHOWN_ARGS]]
    more = ["..."] if len(e.args) > _SHOWN_ARGS else []
    return f"{e.op}({', '.join(args + more)})"


_nodes: WeakValueDictionary[tuple[Any, ...], Expr] = WeakValueDictionary()


def make(op: str, *args: Expr, value: Any = None) -> Expr:
    """The node ``op(*args)``: a new one, or the equal one that exists."""
    if op in COMMUTATIVE:
        args = tuple(sorted(args, key=_order))
    # hashing a fraction inverts its denominator, two integers are cheaper
    identity = (op, *args, value) if op != CONST else (op, value.numerator, value.denominator)
    node = _nodes.get(identity)
    if node is None:
        digest = blake2b(
            repr((op, [operand.key for operand in args], _fingerprint(value))).encode(),
            digest_size=8,
        )
        node = Expr(op, args, value, int.from_bytes(digest.digest()) >> 1)
        _nodes[identity] = node
    return node


def combined(op: str, args: Sequence[Expr]) -> Expr:
    """``op`` of all ``args``; where there is one alone, that one itself."""
    return args[0] if len(args) == 1 else make(op, *args)


def _order(e: Expr) -> tuple[int, str, int]:
    rank = {CONST: 0, VAR: 1}.get(e.op, 2)
    return (rank, str(e.value) if rank == 1 else "", e.key)


def _fingerprint(value: Any) -> Any:
    return getattr(value, "fingerprint", value)


def const(value: int | Fraction) -> Expr:
    """An exact rational constant."""
    return make(CONST, value=value if type(value) is Fraction else Fraction(value))


def var(name: str) -> Expr:
    """A variable."""
    return make(VAR, value=name)


def lift(value: Expr | int | Fraction) -> Expr:
    """``value`` as an expression; floats are refused, since their decimal meaning is ambiguous."""
    if isinstance(value, Expr):
        return value
    if isinstance(value, (int, Fraction)):
        return const(value)
    raise TypeError(f"{value!r} is a {type(value).__name__}; give an int or a fractions.Fraction")


def postorder(roots: Iterable[Expr]) -> list[Expr]:
    """Every node below ``roots`` once, operands first."""
    return operands_first(roots, attrgetter("args"))


def operands_first(roots: Iterable[Expr], operands: Callable[[Expr], Sequence[Expr]]) -> list[Expr]:
    """``roots`` and all that is below them by ``operands``, once, what a node is made of before it
    (iterative: expressions may be very deep).
    """
    done: dict[Expr, None] = {}
    stack = [(r, False) for r in reversed(list(roots))]
    while stack:
        node, ready = stack.pop()
        if node in done:
            continue
        below = () if ready else operands(node)
        if not below:
            done[node] = None
        else:
            stack.append((node, True))
            stack.extend((operand, False) for operand in reversed(below) if operand not in done)
    return list(done)


def variables(roots: Iterable[Expr]) -> list[str]:
    """The names of the variables below ``roots``, sorted."""
    return sorted({e.value for e in postorder(roots) if e.op == VAR})


def rebuild(roots: Iterable[Expr], step: Callable[[Expr, tuple[Expr, ...]], Expr]) -> list[Expr]:
    """``roots`` with every node replaced, operands first, by ``step(node, new operands)``."""
    roots = list(roots)
    new: dict[Expr, Expr] = {}
    for e in postorder(roots):
        new[e] = step(e, tuple(new[operand] for operand in e.args))
    return [new[root] for root in roots]


def with_args(e: Expr, args: tuple[Expr, ...]) -> Expr:
    """``e`` on other operands."""
    return e if args == e.args else make(e.op, *args, value=e.value)


def substitute(roots: Iterable[Expr], replacement: Mapping[Expr, Expr]) -> list[Expr]:
    """``roots`` with nodes replaced by ``replacement``, which is not searched again."""
    return rebuild(
        roots, lambda e, args: replacement[e] if e in replacement else with_args(e, args)
    )


@dataclass(frozen=True)
class Program:
    """Named outputs over named inputs, in port order: what expression passes take and give."""

    inputs: tuple[str, ...]
    outputs: tuple[tuple[str, Expr], ...]

    @property
    def roots(self) -> list[Expr]:
        """The output expressions."""
        return [e for _, e in self.outputs]

    def with_roots(self, roots: Iterable[Expr]) -> Program:
        """The same ports with other expressions."""
        return Program(
            self.inputs, tuple((n, e) for (n, _), e in zip(self.outputs, roots, strict=True))
        )

    def map(self, step: Callable[[Expr, tuple[Expr, ...]], Expr]) -> Program:
        """Every node replaced, operands first."""
        return self.with_roots(rebuild(self.roots, step))
