"""Operands that the condition of a branch protects: held there, and the same at every code."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symgate.errors import InputError
from symgate.frontend.language.infix import parse
from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.evaluate import evaluate
from symgate.ir.expr import Program, postorder, variables
from symgate.ir.exprtext import show
from symgate.ir.fixed import run
from symgate.passes.compiler import compile_design
from symgate.passes.domains.check import CheckDomains
from symgate.passes.domains.guard import Guard
from symgate.passes.domains.guarded_codes import can_be_taken, least_under


def inputs_of(names, bits=6, ends=(-1, 1)) -> tuple[Input, ...]:
    return tuple(Input.with_bits(n, bits, tuple(map(Fraction, ends))) for n in names)


def guarded(text: str, bits=6, ends=(-1, 1)) -> tuple[Program, Program, tuple[Input, ...]]:
    e = parse(text, None)
    inputs = inputs_of(variables([e]), bits, ends)
    program = Program(tuple(i.name for i in inputs), (("y", e),))
    return program, Guard(inputs)(program), inputs


def every_code(inputs) -> dict[str, np.ndarray]:
    grids = np.meshgrid(*(np.arange(i.raw.lo, i.raw.hi + 1) for i in inputs))
    return {i.name: g.ravel() * 2.0**-i.type.frac for i, g in zip(inputs, grids, strict=True)}


GUARDED = [
    "where(x > 0, log(x), 0)",
    "where(x != 0, sin(x)/x, 1)",
    "where(x == 0, 1, sin(x)/x)",
    "where(abs(x) > 0.1, 1/x, 10)",
    "where(x >= 0, sqrt(x), -x)",
    "where(x < 0, -1, where(x == 0, 0, x**-3))",
    "where(not(x <= 0), log2(x), 0)",
    "where(x > 0 and z > 0.5, log(x*z)/z, 0)",
    "where(x <= 0 or z <= 0.5, 0, log(x*z)/z)",
    "where(x > z, 1/(x - z), where(x < z, sqrt(z - x), 3))",
    "where(x*z != 0, sin(x*z)/(x*z), 1)",
    "where(x > 0 and log(x) > -1, 1, 0)",
    "where(x*x + z*z < 1, acos(x*x + z*z), 0)",
    "(x + 1)**(2 + z)",
    "abs(x)**abs(x)",
    "where(z > 0, (x*x)**z, 1)",
    "where(abs(x) < 1, atanh(x), 0) + where(z > -1, log(1 + z), 0)",
]


@pytest.mark.parametrize("text", GUARDED)
def test_guarded_operands_are_defined_and_the_same_at_every_code(text):
    before, after, inputs = guarded(text)
    spans = {i.name: i.span for i in inputs}

    with pytest.raises(InputError, match="can leave its domain"):
        CheckDomains(spans)(before)
    CheckDomains(spans)(after)

    codes = every_code(inputs)
    (wanted,), (found,) = evaluate(before.roots, codes), evaluate(after.roots, codes)
    assert np.allclose(wanted, found, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "where(x > -0.1, log(x), 0)",  # the condition lets 0 and less through
        "where(z > 0, log(x), 0)",  # it says nothing of x
        "where(x > 0, log(x), 0) + log(x)",  # the same node without a condition
        "where(x >= 0, 1/x, 0)",
        "where(x > 0, 0, log(x))",
        "where(x > 0 or z > 0, log(x), 0)",
        "abs(x)**z",  # a negative power of 0
        "x**abs(z)",
    ],
)
def test_what_no_condition_protects_is_refused(text):
    before, after, inputs = guarded(text)

    with pytest.raises(InputError, match="can leave its domain"):
        CheckDomains({i.name: i.span for i in inputs})(after)
    assert before.outputs[0][0] == after.outputs[0][0]


def test_a_branch_that_no_code_takes_goes(golden):
    texts = ["where(x > 5, log(x - 6), x)", "where(abs(x) < 2, x, 1/(x - x))"]
    golden("\n".join(f"{t}  ->  {show(guarded(t)[1].roots[0])}" for t in texts))


def test_operands_that_are_inside_anyway_stay():
    before, after, _ = guarded("where(x > 0, sqrt(x + 2), exp(x))")
    assert after == before


def test_deep_conditions_take_no_recursion():
    text = "log(x)"
    for k in range(400):
        text = f"where(x > {k}/1000, {text}, {k})"
    _, after, _ = guarded(text, bits=12)
    assert all(e.op != "log" or e.args[0].op == "max" for e in postorder(after.roots))


@given(
    offset=st.integers(-20, 20),
    bits=st.integers(3, 9),
    text=st.sampled_from(["x - {k}", "x*x - {k}", "abs(x) + {k}", "exp(x) - {k}", "x*{k}"]),
)
@settings(max_examples=60, deadline=None)
def test_bounds_under_conditions_are_below_every_value(offset, bits, text):
    operand = parse(text.format(k=f"({offset}/16)"), None)
    condition = parse(f"x > {offset}/32", None)
    inputs = {i.name: i for i in inputs_of("x", bits)}
    codes = every_code(tuple(inputs.values()))
    met = evaluate([condition], codes)[0] != 0

    least = least_under(operand, ((condition, True),), inputs)

    values = np.broadcast_to(evaluate([operand], codes)[0], met.shape)[met]
    assert can_be_taken(((condition, True),), inputs) == bool(met.any())
    if not met.any():
        assert least == np.inf
        return
    assert least <= values.min() + 1e-12
    assert least >= values.min() - abs(values.min()) / 16 - 1e-12


@pytest.mark.parametrize(
    "text",
    ["where(x != 0, sin(x)/x, 1)", "where(x > z, 1/(x - z), 2)", "where(x > z, sqrt(x - z), z)"],
)
def test_guarded_designs_compile_within_their_bound(text):
    before, _, inputs = guarded(text)
    limit = Fraction(1, 16)
    firmware = compile_design(Design("d", inputs, before.outputs, Accuracy({"y": limit})))

    codes = every_code(inputs)
    raws = [(codes[i.name] * 2.0**i.type.frac).astype(np.int64) for i in inputs]
    (out,) = run(firmware.graph, raws)
    error = np.abs(
        out * 2.0 ** -firmware.graph.outputs[0].type.frac - evaluate(before.roots, codes)[0]
    )
    assert error.max() <= firmware.certificate.bound("y") <= limit
