"""Fuse every maximal subexpression of one value into one function node: it becomes one function
generator.

After this pass a program has only these nodes: variables, constants, sums ``offset + sum(c_i *
t_i)``, products of two factors, functions ``fn(t)`` of one value, and operators that choose or
compare (``where``, ``min``, ``lt`` ...). The argument of a function carries no offset, and its
leading coefficient is 1: scale and offset live in the body.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

from symgate.ir.evaluate import constant_value
from symgate.ir.expr import (
    CONST,
    VAR,
    Expr,
    Program,
    const,
    make,
    postorder,
    substitute,
    var,
    with_args,
)
from symgate.ir.function import ARGUMENT, Function, apply
from symgate.ir.joint import JOINT
from symgate.ir.operators import OPERATORS
from symgate.passes.rewrite.terms import (
    ONE,
    ZERO,
    build_sum,
    operands_of,
    plus,
    product_of,
    split_product,
    split_sum,
    sum_of,
    times,
    times_term,
)

T = var(ARGUMENT)


@dataclass(frozen=True)
class Fuse:
    """Make function nodes; factors of products carry the constants where they cost least.

    ``linear`` says what ``f(t) + k t`` becomes: one function of t where t is one value (1), or a
    linear form of several (2), or f and a multiple of t (0), so that a periodic f stays one.
    """

    linear: int = 1

    def __call__(self, program: Program) -> Program:
        """The same program in terms of sums, products of two and functions of one value."""
        state = _State(program, self.linear)
        new: dict[Expr, Expr] = {}
        for e in postorder(program.roots):
            new[e] = state.rebuild(e, tuple(new[operand] for operand in e.args))
        return program.with_roots(state.inside(new[root]) for root in program.roots)


class _State:
    def __init__(self, program: Program, linear: int = 1):
        self.forms = linear
        self.uses = Counter(operand for e in postorder(program.roots) for operand in e.args)

    def rebuild(self, e: Expr, args: tuple[Expr, ...]) -> Expr:
        if not args or e.closed:
            return e
        if e.op == "add":
            return self.sum(make("add", *args))
        if e.op == "mul":
            return self.product(args, apart=True)
        if e.op == "hold":  # what decides a jump stays as it is
            return with_args(e, tuple(map(self.inside, args)))
        if e.op in OPERATORS and sum(not operand.closed for operand in args) == 1:
            return self.function(e, args)
        return self.several(e, args)

    def several(self, e: Expr, args: tuple[Expr, ...]) -> Expr:
        """An operator of several values: one function where all of them depend on one value alone."""
        roots = {self.argument(operand)[0] for operand in args if not operand.closed}
        if len(roots) == 1 and e.op in OPERATORS:
            (root,) = roots
            bodies = [operand if operand.closed else self.argument(operand)[1] for operand in args]
            return apply(Function(make(e.op, *bodies, value=e.value)), root)
        return with_args(e, tuple(map(self.inside, args)))

    def inside(self, e: Expr) -> Expr:
        """``e`` with the constant of a product inside one of its factors."""
        c, rest = split_product(e)
        return self._taking(rest, c) if c is not ONE and rest.op == "mul" else e

    def argument(self, e: Expr) -> tuple[Expr, Expr]:
        """``(t, body)`` with ``e = body(t)``, where ``t`` has no offset and leading coefficient 1."""
        if e.op == "fn":
            return e.args[0], e.value.body
        offset, terms = split_sum(e)
        if len(terms) == 1:
            ((term, c),) = terms.items()
            root, body = (term.args[0], term.value.body) if term.op == "fn" else (term, T)
            return root, _affine(c, body, offset)
        lead = terms[min(terms, key=_lead_key)]
        if _may_be_zero(lead):
            return build_sum(ZERO, terms), _affine(ONE, T, offset)
        inverse = const(1 / lead.value) if lead.op == CONST else make("pow", lead, const(-1))
        scaled_terms = {term: ONE if c is lead else times(c, inverse) for term, c in terms.items()}
        return build_sum(ZERO, scaled_terms), _affine(lead, T, offset)

    def function(self, e: Expr, args: tuple[Expr, ...]) -> Expr:
        root, inner = next(self.argument(operand) for operand in args if not operand.closed)
        bodies = [operand if operand.closed else inner for operand in args]
        return apply(Function(make(e.op, *bodies, value=e.value)), root)

    def sum(self, e: Expr) -> Expr:
        offset, terms = split_sum(e)
        bodies: dict[Expr, list[Expr]] = {}  # of functions, by the value that they read
        linear: dict[Expr, Expr] = {}
        for term, c in terms.items():
            if term.op == "fn":
                bodies.setdefault(term.args[0], []).append(_affine(c, term.value.body, ZERO))
            else:
                linear[term] = c
        for root in bodies:
            taken = _take_multiple(root, linear) if self.takes_multiples_of(root) else None
            if taken is not None:
                bodies[root].append(_affine(taken, T, ZERO))
        functions = {root: sum_of(parts) for root, parts in bodies.items()}
        if len(functions) == 1 and not linear:
            ((root, body),) = functions.items()
            return apply(Function(_affine(ONE, body, offset)), root)
        linear.update({apply(Function(body), root): ONE for root, body in functions.items()})
        return self.linear(offset, linear)

    def takes_multiples_of(self, root: Expr) -> bool:
        """Whether ``k * root`` becomes a part of a function of ``root``: see `Fuse.linear`."""
        return self.forms > (1 if root.op == "add" else 0)

    def linear(self, offset: Expr, terms: Mapping[Expr, Expr]) -> Expr:
        """A sum whose constants stand inside a factor of each product and inside each function."""
        out = dict[Expr, Expr]()
        for term, c in terms.items():
            inside = c is not ONE and term.op in ("mul", "fn")
            node = self._taking(term, c) if inside else term
            out[node] = plus(out.get(node, ZERO), ONE if inside else c)
        return build_sum(offset, out)

    def _taking(self, t: Expr, c: Expr) -> Expr:
        """``c * t`` with the constant inside a factor of the product, or inside the function."""
        if t.op == "mul":
            return self.product((c, *t.args))
        return self.factor(t.args[0], _affine(c, t.value.body, ZERO))

    def product(self, args: tuple[Expr, ...], apart: bool = False) -> Expr:
        """Products of two, the constant inside a factor, or ``apart``: functions of P and -P then
        read one value.
        """
        coefficient, factors = self._factors(args)
        if not factors:
            return coefficient
        outside, inside = ONE, coefficient
        if apart and len(factors) > 1:
            outside, inside = coefficient, ONE
        last_root, last_body = factors.pop()
        factors.append((last_root, _affine(inside, last_body, ZERO)))
        nodes = [self.factor(root, body) for root, body in factors]
        return times_term(outside, reduce(lambda x, y: make("mul", x, y), nodes))

    def _factors(self, args: tuple[Expr, ...]) -> tuple[Expr, list[tuple[Expr, Expr]]]:
        """The constant of a product, and its other factors as values and functions of these: last
        the one inside which a constant is cheapest.
        """
        coefficient, bodies = ONE, dict[Expr, list[Expr]]()
        for operand in args:
            c, rest = split_product(operand)
            coefficient = times(coefficient, c)
            for factor in () if rest is ONE else operands_of(rest, "mul"):
                root, body = self.argument(factor)
                bodies.setdefault(root, []).append(body)
        factors = [(root, product_of(parts)) for root, parts in bodies.items()]
        return coefficient, sorted(factors, key=lambda f: (_shape_rank(f[1]), f[0].key))

    def factor(self, root: Expr, body: Expr) -> Expr:
        """``body(root)`` as a sum where the body is affine, else as a function node."""
        offset, terms = split_sum(body)
        if not terms:
            return offset
        if list(terms) == [T]:
            inner_offset, inner = split_sum(root)
            scaled_terms = {t: times(terms[T], c) for t, c in inner.items()}
            return self.linear(plus(offset, times(terms[T], inner_offset)), scaled_terms)
        return apply(Function(body), root)


def _take_multiple(root: Expr, linear: dict[Expr, Expr]) -> Expr | None:
    """Take the terms of ``k * root`` out of ``linear`` and return k; None where there is no k for
    which all are in it.
    """
    offset, terms = split_sum(root)
    ratio = next((linear[term] for term, c in terms.items() if c is ONE and term in linear), None)
    if offset is not ZERO or ratio is None:
        return None
    if any(linear.get(term) is not times(ratio, c) for term, c in terms.items()):
        return None
    for term in terms:
        del linear[term]
    return ratio


def _may_be_zero(constant: Expr) -> bool:
    """Whether a constant is 0, or one that nothing folded and nobody can tell from 0."""
    if constant.op == CONST:
        return bool(constant.value == 0)
    return bool(constant_value(constant).contains(0))


def _lead_key(term: Expr) -> tuple[bool, int]:
    return (term.op != VAR, term.key)


def _shape_rank(body: Expr) -> int:
    """Where a constant factor is cheapest: last of plain values, sums, functions."""
    if body is T:
        return 0
    is_polynomial = all(e.op in (CONST, VAR, "add", "mul") for e in postorder([body]))
    return 1 if is_polynomial else 2


def _affine(scale: Expr, body: Expr, offset: Expr) -> Expr:
    """``scale * body + offset`` in normal form."""
    inner, terms = split_sum(body)
    return build_sum(
        plus(times(scale, inner), offset), {term: times(scale, c) for term, c in terms.items()}
    )


def inline(e: Expr) -> Expr:
    """``e`` without function nodes: bodies put back in place of each ``fn``."""
    new: dict[Expr, Expr] = {}
    for node in postorder([e]):
        args = tuple(new[operand] for operand in node.args)
        if node.op == "fn":
            (new[node],) = substitute([node.value.body], {T: args[0]})
        elif node.op == JOINT:
            new[node] = node.value.on(args)
        else:
            new[node] = with_args(node, args)
    return new[e]


def scaled(e: Expr, c: Expr) -> Expr:
    """``c * e`` with the constant inside the terms of a sum and inside one factor of a product."""
    state = _State(Program((), (("e", e),)))
    offset, terms = split_sum(e)
    return state.linear(times(c, offset), {term: times(c, k) for term, k in terms.items()})
