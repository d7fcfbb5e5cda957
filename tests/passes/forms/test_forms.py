"""Every rule of algebra keeps values, as samples and as enclosures, and leaves no domain; the
search only gains.
"""

from __future__ import annotations

import random
from fractions import Fraction
from functools import partial

import flint
import numpy as np
import pytest
from hypothesis import given, settings

from symgate.errors import AccuracyError
from symgate.frontend.language.infix import parse
from symgate.ir.boxes import Box
from symgate.ir.design import Accuracy, Design, Input, Target
from symgate.ir.evaluate import balls, evaluate
from symgate.ir.expr import Program, const, make, postorder, var
from symgate.ir.fixed import Builder
from symgate.ir.types import FixedType
from symgate.passes.compiler import compile_design
from symgate.passes.forms.beam_search import SearchForms
from symgate.passes.forms.finalists import find_forms
from symgate.passes.forms.rule import Ranges, Rule
from symgate.passes.forms.table import RULES
from symgate.passes.hardware.cost import estimate
from symgate.passes.pipeline import (
    VARIANTS,
    datapath,
    datapath_form,
    normal_form,
    normalised,
    rewrite,
)
from symgate.passes.rewrite.fuse import Fuse
from symgate.passes.rewrite.simplify import Simplify
from symgate.passes.widths.design_limits import rank_graph
from symgate.passes.widths.quantize import Quantize, targets
from tests.sane import RANGES as SANE
from tests.sane import differences, points, programs

RANGES = {"a": (-2.0, 1.5), "b": (-1.0, 3.0), "p": (0.25, 3.0), "q": (1.0, 2.0), "n": (-3.0, -0.5)}
#: What each rule must find something to do in.
EXAMPLES = {
    "product to sum": [
        "sin(a)*cos(b)*p",
        "sin(a)*sin(p)",
        "cos(a+b)*cos(b)",
        "sin(a)^2",
        "cos(a*b)^3",
        "sin(b)^4",
    ],
    "refactor": [
        "a*b + a*p + q*b + q*p + 2",
        "a^2*b^2 + a^2*p - 2*a*b^2 - 2*a*p",
        "a^2 + 2*a*b + b^2 + a*p",
    ],
    "logarithms": ["a*p/q", "3*p^2*n/q^3", "p*sqrt(q)*exp(a)", "p^-2*n^3*sin(a)"],
    "factor": ["a*b + 3*a*p", "a/p + b/p - 1", "a^2*b + a^3*q", "sin(a)*b + sin(a)*p"],
    "merge exp": ["exp(a)*exp(b)*p", "exp(a*b)^2", "exp(a)^-1*exp(p)"],
    "merge hyperbolics": [
        "exp(a)/sinh(p)*b",
        "exp(a*b)*cosh(n)^2",
        "2*exp(-a)*sinh(1/p)^-3*exp(b)",
        "exp(a/p)*sinh(n)",
    ],
    "kernels": ["0.3*a*b + 0.6*a*q - 0.2*p*b - 0.4*p*q + 1", "a*b + b*p + a*p + p^2"],
    "squares of one angle": ["2*sin(a*b)^2 + 2*cos(a*b)^2 + a"],
    "merge roots": ["sqrt(p)*sqrt(q)*a", "p^(1/3)*p^(1/4)"],
    "split roots": ["sqrt(p*q)", "(2*p*q^2)^(2/3)"],
    "split log": ["log(p*q^2)", "log(2*p/q)", "log(-n*p^2)"],
    "merge log": ["log(p) - 2*log(q) + a", "0.5*log(p) + log(q)"],
    "distribute": ["a*(b + p)", "2*a*(b - 3)*sin(p)", "(a + b)*(p + q)"],
    "multiply out": ["(a + b)*(p + q) + a", "(a - 2*b)^3", "a*(b + 1)"],
    "quarter squares": ["a*b", "3*sin(a)*p", "(a + b)*n"],
    "sum to product": [
        "sin(a) + sin(b)",
        "2*sin(a) - 2*sin(p)",
        "cos(a) + cos(b*p) + 1",
        "cos(a) - cos(b)",
    ],
    "double angle": ["sin(a + b)", "cos(3*a)"],
    "split exp": ["exp(a + b)", "exp(a + 2*b - a*p + 1)"],
    "angle addition": ["sin(a + 2*b)", "cos(a*b - p + 0.5)"],
}
#: Where a rule must do nothing: a sign or a domain is not proved.
NEVER = {
    "logarithms": ["a*b", "a*p"],
    "merge hyperbolics": ["exp(b)/cosh(a)", "p*sinh(q)"],
    "split roots": ["sqrt(a^2*b^2)"],
    "merge roots": ["sqrt(p)*q"],
    "split log": ["log(3 + a*b)", "log(a^2 + 1)"],
}
CASES = [(rule, text) for rule in RULES for text in EXAMPLES[rule.name]]


def simple(text):
    return Simplify()(Program(tuple(RANGES), (("y", parse(text, list(RANGES))),))).roots[0]


def forms(rule: Rule, text):
    e = simple(text)
    return e, rule(e, Ranges.of(RANGES, [e]))


def names(case):
    return case if isinstance(case, str) else case.name


def test_every_rule_has_examples():
    assert list(EXAMPLES) == [rule.name for rule in RULES]


@pytest.mark.parametrize(("rule", "text"), CASES, ids=names)
def test_rule_agrees_at_samples(rule, text, rng):
    e, found = forms(rule, text)
    env = {n: rng.uniform(*r, 2000) for n, r in RANGES.items()}
    (truth,) = evaluate([e], env)
    use = np.isfinite(truth)

    assert found
    for other in found:
        np.testing.assert_allclose(evaluate([other], env)[0][use], truth[use], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("rule", "text"), CASES, ids=names)
def test_rule_agrees_as_enclosures(rule, text):
    """At exact points both are one number to 2^-100; over boxes both enclose it, so they overlap
    and stay finite.
    """
    chance = random.Random(text)
    e, found = forms(rule, text)
    with flint.ctx.workprec(256):
        for k in range(64):
            env = {
                n: box(chance, *r, 0 if k % 2 else chance.uniform(0, 0.1))
                for n, r in RANGES.items()
            }
            known = balls([e, *found], env)
            for other in found if known[e].is_finite() else ():
                assert known[other].overlaps(known[e])
                if k % 2:
                    assert known[other].rad() < 2.0**-100


def box(chance, lo, hi, radius):
    middle = chance.uniform(lo + radius, hi - radius)
    return flint.arb(middle, radius)


@pytest.mark.parametrize(("rule", "text"), CASES, ids=names)
def test_rule_is_defined_on_the_whole_box(rule, text):
    """At the corners and the middles of the box, where domains end, no form is undefined unless the
    original is.
    """
    e, found = forms(rule, text)
    for other in found:
        for point in corners():
            known = balls([e, other], {n: flint.arb(v) for n, v in point.items()})
            assert known[other].is_finite() or not known[e].is_finite()


def corners():
    chance = random.Random(0)
    return [{n: chance.choice([*r, sum(r) / 2]) for n, r in RANGES.items()} for _ in range(64)]


@pytest.mark.parametrize(("name", "text"), [(n, t) for n, texts in NEVER.items() for t in texts])
def test_rule_needs_its_condition(name, text):
    assert forms(next(r for r in RULES if r.name == name), text)[1] == []


@settings(max_examples=60)
@given(programs, points)
def test_rules_keep_any_program(program, at):
    program = rewrite(program, normal_form({n: Box.exact(*r) for n, r in SANE.items()})[1:])
    known = Ranges.of(SANE, program.roots)
    for e in postorder(program.roots):
        one = Program(tuple(SANE), (("y", e),))
        for other in [f for rule in RULES for f in rule(e, known)]:
            assert differences(one, one.with_roots([other]), at) == []


# ------------------------------------------------------------------ functions of one value

SPANS = {n: Box.exact(*r) for n, r in SANE.items()}


@pytest.mark.parametrize("variant", VARIANTS)
@settings(max_examples=60)
@given(programs, points)
def test_variants_keep_any_program(variant, program, at):
    steps = (*normal_form(SPANS)[1:], *datapath_form(SPANS, variant))
    other = rewrite(program, steps)

    assert differences(program, other, at) == []


def functions(text, variant=None):
    """The function nodes of an expression in datapath form."""
    steps = datapath_form({n: Box.exact(*r) for n, r in RANGES.items()}, variant)
    program = rewrite(Program(tuple(RANGES), (("y", simple(text)),)), steps)
    return program.roots[0], [e for e in postorder(program.roots) if e.op == "fn"]


@pytest.mark.parametrize(
    "text", ["sin(a+2*b)*exp(a+2*b)", "sin(a+2*b)+exp(3*a+6*b)", "(a+2*b)*exp(a+2*b)"]
)
def test_a_cone_of_one_linear_form_is_one_function(text):
    root, found = functions(text)

    assert found == [root]


def test_a_coefficient_of_zero_that_nothing_folded_is_not_inverted():
    a, b, half = var("a"), var("b"), const(Fraction(1, 2))
    zero = make("round", make("pow", half, const(1)))
    inner = make("add", make("add", a, a, b), make("mul", const(-2), half, a), half)
    program = Program(tuple(RANGES), (("y", make("mul", a, a, a, make("mul", inner, zero))),))

    root = Fuse()(program).roots[0]

    assert balls([root], {n: flint.arb(1) for n in RANGES})[root].is_finite()


def test_a_function_takes_in_a_multiple_of_its_linear_form():
    root, found = functions("exp(a + 2*b) - 3*a - 6*b + 1", "linear forms fused")

    assert found == [root]
    assert functions("exp(a + 2*b) - 3*a - 6*b + 1")[0].op == "add"


def test_affine_functions_share_one_table():
    text = "p*(sin(a) + exp(a)) + q*(2*sin(a) + 2*exp(a) - 1)"

    assert len(functions(text)[1]) == 2
    assert len(functions(text, "shared functions")[1]) == 1


def test_polynomials_can_stay_products():
    assert len(functions("2*a^3 - a + 1")[1]) == 1
    assert functions("2*a^3 - a + 1", "horner")[1] == []


@pytest.mark.parametrize(
    ("text", "products"),
    [
        ("1 + a^3 + a^5", 3),  # (a^2) a (a^2 + 1)
        ("2*a^8", 3),
        ("a^6 - 3*a^4 + 2*a^2 - 1", 3),  # ((a^2 - 3) a^2 + 2) a^2
        ("a^5 + a^4 - a^3 + 2*a^2 + a", 4),
    ],
)
def test_sparse_polynomials_take_few_products(text, products):
    root, found = functions(text, "horner")
    assert found == []
    assert sum(e.op == "mul" for e in postorder([root])) <= products + 1


# ------------------------------------------------------------------ the search

BITS = FixedType.parse("ufixed<7,2>")


def design(text: str, inputs="abcd", error=Fraction(1, 16), **target) -> Design:
    ports = tuple(Input.of(n, BITS, (Fraction(1), Fraction(3))) for n in inputs)
    e = parse(text, list(inputs))
    accuracy = Accuracy(max_error={"y": error})
    return Design("d", ports, (("y", e),), accuracy, Target(**target), saturate=False)


QUOTIENT = "exp(-a*b/(c*d))"


def as_it_is(d: Design):
    return Quantize(d.inputs, targets(d), objective=d.target.objective)(datapath(d, normalised(d)))[
        0
    ]


def test_logarithms_replace_three_products():
    d = design(QUOTIENT)

    found = compile_design(d)

    assert estimate(found.graph).lut < 0.8 * estimate(as_it_is(d)).lut
    assert found.certificate.bound("y") <= 1 / 16


@pytest.mark.parametrize(
    "text", ["sin(a)*cos(b)", "a*b + a*c + d*b + d*c", "a*b*c", "sqrt(a*b)/c", "a + b", "exp(a)"]
)
def test_never_worse_than_without(text):
    d = design(text)

    assert estimate(compile_design(d).graph).lut <= estimate(as_it_is(d)).lut


@pytest.mark.parametrize("objective", ["latency", "balanced"])
def test_objective_decides(objective):
    d = design(QUOTIENT, clock_ns=2.0, objective=objective)

    def order(graph):
        return rank_graph(d.target, lambda g: estimate(g).lut, graph)

    assert order(compile_design(d).graph) <= order(as_it_is(d))


def test_limits_come_before_the_objective():
    target = Target(lut=100, latency=3, clock_ns=1.0)
    b = Builder()
    b.output("y", b.input("x", FixedType.parse("fixed<8,4>")))
    graph = b.build()

    within, beyond = (
        rank_graph(target, lambda g, size=size: size, graph) for size in (100.0, 150.0)
    )

    assert within == (0.0, 100.0)
    assert beyond == (0.5, 150.0)


def test_search_repeats():
    d = design("a*b/(c*d) + sin(a)*cos(b)")

    one, other = (
        find_forms(d, normalised(d), partial(datapath, d), tuple(VARIANTS)) for _ in range(2)
    )
    assert one == other
    assert len(one) > 0
    assert compile_design(d).graph == compile_design(d).graph


def search(d: Design, **options) -> SearchForms:
    options = {"variants": tuple(VARIANTS), **options}
    return SearchForms(d.inputs, targets(d), partial(datapath, d), **options)


@pytest.mark.parametrize("most", [1, 5, 12])
def test_search_stops_after_its_evaluations(most):
    d = design("a*b/(c*d) + sin(a)*cos(b)")

    found = search(d, evaluations=most, variants=()).forms(normalised(d))

    assert len(found) <= most + 2  # the program itself, and one with all that helped


def test_large_programs_stay():
    d = design(QUOTIENT)

    assert search(d, most_nodes=3)(normalised(d)) == []


def test_forms_that_help_in_different_outputs_are_taken_together():
    ports = tuple(Input.of(n, BITS, (Fraction(1), Fraction(3))) for n in "abcd")
    texts = {"y": QUOTIENT, "z": "exp(-a*c/(b*d))"}
    exprs = tuple((n, parse(t, list("abcd"))) for n, t in texts.items())
    d = Design("d", ports, exprs, Accuracy(max_error=dict.fromkeys(texts, Fraction(1, 16))))

    found = search(d).forms(normalised(d))

    assert any(f.rules == ("logarithms", "logarithms") for f in found)


def test_a_form_without_hardware_is_passed_over():
    d = design("a*b")
    program = datapath(d, normalised(d))
    step = Quantize(d.inputs, targets(d))
    bad = datapath(
        d, Program(tuple("abcd"), (("y", parse("floor(a*exp(b*c - d))", list("abcd"))),))
    )

    with pytest.raises(AccuracyError):
        step(bad)
    assert step(program, [bad])[0] == step(bad, [program])[0] == step(program)[0]
