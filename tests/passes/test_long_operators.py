"""Quotients and roots of computed values, for which no table is good enough."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest

from symgate.frontend.language.infix import parse
from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.exactly import enclosure
from symgate.ir.expr import Program, postorder, variables
from symgate.ir.fixed import run
from symgate.ir.function import ByDigits, has_digits
from symgate.ir.programtext import parse_program, show_program
from symgate.ir.types import FixedType
from symgate.passes.compiler import compile_design
from symgate.passes.rewrite.long_operators import QUOTIENT, ROOT, LongOperators
from symgate.proof.recheck import recheck
from symgate.sim.truth import expressions

#: What has 36 input bits and more, and whose reciprocals are as steep as they can be.
FORMULAS = {
    "x/(y + z)": 4,
    "z*x/(x*y - z)": 64,
    "sqrt(x*y + z)*x": Fraction(1, 16),
    "y/sqrt(x*x + y*y + z*z)": Fraction(1, 8),
}


def _design(formula: str, error: Fraction | int) -> Design:
    e = parse(formula, None)
    inputs = tuple(Input.of(n, FixedType.parse("fixed<12,4>")) for n in variables([e]))
    accuracy = Accuracy(max_error={"out": Fraction(error)})
    return Design("d", inputs, (("out", e),), accuracy, domain="clamp")


def _program(formula: str) -> Program:
    e = parse(formula, None)
    return Program(tuple(variables([e])), (("out", e),))


@pytest.mark.parametrize(
    ("formula", "functions"),
    [
        ("held_inv(x + y)", [QUOTIENT]),
        ("sqrt(max(0, x + y))", [ROOT]),
        ("(x*y)**(1/4)", [ROOT, ROOT]),
        ("held_inv(x) + sqrt(y)", []),  # tables of one input
        ("log(x + y)", []),
    ],
)
def test_what_becomes_digits(formula, functions):
    program = LongOperators()(_program(formula))
    found = [e.value for e in postorder(program.roots) if isinstance(e.value, ByDigits)]
    assert found == functions
    assert has_digits(program.roots) == bool(functions)
    if functions:
        again = parse_program(show_program(program))
        assert again.roots == program.roots


def test_designs_that_have_hardware_have_no_digits():
    firmware = compile_design(_design("x/(4 + y*y)", Fraction(1, 16)), forms=False)
    assert all("digits" not in v["expr"] for v in firmware.certificate.data["values"])
    assert len(firmware.graph.nodes) < 400


@pytest.mark.slow
@pytest.mark.parametrize("formula", FORMULAS)
def test_quotients_of_what_cancels_are_proved_twice(formula):
    design = _design(formula, FORMULAS[formula])
    firmware = compile_design(design, forms=False)
    found = recheck(firmware)
    assert found.proved, [o.problem for o in found] + list(found.problems)
    _compare(design, firmware)


@pytest.mark.slow
def test_random_quotients_keep_their_bounds():
    """Sums and products over sums and products, with a root or none."""
    rng = random.Random(29)
    for _ in range(3):
        a, b, c = (
            f"({rng.choice('xyz')}*{rng.choice('xyz')} {rng.choice('+-')} {rng.choice('xyz')})"
            for _ in "abc"
        )
        formula = rng.choice(
            [f"{a}/{b}", f"{a}/sqrt({b})", f"{a}/{b} - sqrt({c})", f"{a}/({b}*{c})"]
        )
        design = _design(formula, 2 ** rng.randint(6, 9))
        firmware = compile_design(design, forms=False)
        assert all(o.failure is None for o in recheck(firmware)), formula
        _compare(design, firmware)


def _compare(design: Design, firmware) -> None:
    """The hardware with exact values, at random codes and where divisors are small."""
    rng = np.random.default_rng(7)
    e = expressions(design)["out"]
    columns = []
    for port in design.inputs:
        few = rng.integers(-3, 4, 150)
        columns.append(np.concatenate([rng.integers(port.raw.lo, port.raw.hi + 1, 150), few]))
    (found,) = run(firmware.graph, columns)
    frac = firmware.graph.nodes[firmware.graph.outputs[0].node].frac
    bound = firmware.certificate.bounds[0].bound
    for k, raw in enumerate(found.tolist()):
        point = {
            p.name: Fraction(int(c[k])) * p.type.ulp
            for p, c in zip(design.inputs, columns, strict=True)
        }
        low, high = enclosure(e, point)
        value = raw * 2.0**-frac
        assert value - high <= bound, point
        assert low - value <= bound, point
