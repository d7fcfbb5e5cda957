"""What is settled, and what is left as it is."""

from __future__ import annotations

from fractions import Fraction

import pytest

from symgate.frontend.language.infix import parse
from symgate.ir.design import Input
from symgate.ir.expr import Program, postorder
from symgate.ir.types import FixedType
from symgate.passes.rewrite.reduce import ReduceOperators
from symgate.passes.rewrite.settle import Settle
from symgate.passes.rewrite.simplify import Simplify


def settled(text, **formats):
    ports = tuple(Input.of(name, FixedType.parse(t)) for name, t in formats.items())
    program = Program(tuple(formats), (("y", parse(text, list(formats))),))
    before = Simplify()(ReduceOperators({})(program))
    return before.roots[0], Settle(ports)(before).roots[0]


@pytest.mark.parametrize(
    ("text", "formats"),
    [
        ("round(64*sqrt(x))", {"x": "ufixed<12,12>"}),  # one table as it is
        ("floor(0.7*x)", {"x": "fixed<9,4>"}),
        ("floor((x + z)/3)", {"x": "fixed<6,6>", "z": "fixed<6,6>"}),
        ("where(0.1*x > 0.3*z, x, z)", {"x": "fixed<8,4>", "z": "fixed<8,4>"}),
        ("floor(sin(x) + z)", {"x": "fixed<12,3>", "z": "fixed<12,3>"}),  # too many codes
    ],
)
def test_what_is_decided_anyway_or_has_too_many_codes_stays(text, formats):
    before, after = settled(text, **formats)

    assert before is after


def test_what_is_settled_is_held_and_has_few_bits():
    _, after = settled("floor(0.3*x + sin(z))", x="fixed<5,3>", z="fixed<5,3>")

    assert after.op == "hold"
    assert after.args[0].op == "floor"
    constants = [e.value for e in postorder([after]) if e.is_const]
    assert all(c.denominator & (c.denominator - 1) == 0 for c in constants)
    assert max(c.denominator for c in constants) <= 1 << 20


def test_a_comparison_of_quotients_is_multiplied_for_any_width():
    wide = FixedType(False, 40, 20)
    ports = (
        Input.of("x", wide),
        Input.of("z", wide, (Fraction(1), Fraction(5))),
    )
    program = Simplify()(Program(("x", "z"), (("y", parse("x/z <= 3", ["x", "z"])),)))
    (found,) = Settle(ports)(program).roots

    assert not any(e.op in ("pow", "div", "inv") for e in postorder([found]))
