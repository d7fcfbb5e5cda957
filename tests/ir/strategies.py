"""Random expressions."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from symgate.ir.expr import Expr, const, make, postorder, var
from symgate.ir.operators import OPERATORS

NAMES = ["x", "y", "x10", "beta", "t1", "pi", "e", "E", "if", "S"]
_REAL = [op for op in OPERATORS.values() if not op.boolean and op.name != "where" and op.arity != 0]

constants = st.one_of(
    st.integers(-5, 5).map(Fraction),
    st.fractions(-3, 3, max_denominator=12),
    st.integers(-9999, 9999).map(lambda n: Fraction(n, 1000)),
).map(const)
leaves = st.one_of(
    constants, st.sampled_from(NAMES).map(var), st.sampled_from([make("pi"), make("e")])
)


def _grow(children: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    def node(op, args):
        return make(op.name, *(args[: op.arity] if op.arity else args))

    real = st.builds(node, st.sampled_from(_REAL), st.lists(children, min_size=2, max_size=5))
    common = st.builds(
        lambda name, args: make(name, *args),
        st.sampled_from(["add", "mul", "add", "mul", "pow", "div"]),
        st.lists(children, min_size=2, max_size=2),
    )
    negative = children.map(lambda e: make("mul", const(-1), e))
    compare = st.builds(
        make, st.sampled_from(["lt", "le", "gt", "ge", "eq", "ne"]), children, children
    )
    condition = st.one_of(
        compare,
        st.builds(make, st.sampled_from(["and", "or"]), compare, compare),
        compare.map(lambda e: make("not", e)),
    )
    choice = st.builds(lambda c, x, y: make("where", c, x, y), condition, children, children)
    return st.one_of(common, real, negative, choice, condition)


def _undefined(e: Expr) -> bool:
    """A negative power of 0, which the parser refuses."""
    return any(
        n.op == "pow" and n.args[0] is const(0) and n.args[1].is_const for n in postorder([e])
    )


expressions = st.recursive(leaves, _grow, max_leaves=25).filter(lambda e: not _undefined(e))
