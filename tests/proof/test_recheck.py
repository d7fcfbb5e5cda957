"""Honest certificates are proved again; a certificate in which any number is changed is not."""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from symgate.frontend.language.infix import parse
from symgate.frontend.load import Options, load_any
from symgate.ir import text
from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.expr import variables
from symgate.ir.firmware import Certificate, Firmware
from symgate.ir.types import FixedType
from symgate.passes.compiler import compile_design
from symgate.proof.evidence import validated
from symgate.proof.recheck import FOREIGN, OPEN, PROVED, WRONG, recheck, summary
from symgate.sim import numpy_model, vectors

DESIGNS = {
    "line": ("0.37*x - y + 0.1", "fixed<8,3>"),
    "wave": ("sin(x)", "fixed<8,3>"),
    "turns": ("sin(40*x)*cos(40*x) + sin(40*x + y)", "fixed<8,2>"),
    "product": ("x*y + 0.3*z", "fixed<7,2>"),
    "positive": ("x*y*z", "ufixed<7,2>"),
    "power": ("x**2*y + x*y**3", "fixed<6,2>"),
    "ratio": ("x/(1 + y**2)", "fixed<8,2>"),
    "root": ("sqrt(x*x + y*y + 1)", "fixed<8,2>"),
    "choice": ("max(x, y)*0.37 + min(x, y, z)", "fixed<7,2>"),
    "branch": ("where(x < y, x*z, sin(y))", "fixed<7,2>"),
    "steps": ("sign(x)*y + floor(3*z)", "fixed<7,2>"),
    "cone": ("tanh(x*y + 0.2*z)*sigmoid(z)", "fixed<7,2>"),
    "names": ("sin(v1)*v0", "fixed<7,2>"),
}


def design(name):
    formula, format = DESIGNS[name]
    e = parse(formula, None)
    inputs = tuple(Input.of(n, FixedType.parse(format)) for n in variables([e]))
    return Design(name, inputs, (("out", e),), Accuracy(max_error={"out": Fraction(1, 32)}))


@pytest.fixture(scope="module")
def firmware():
    """Firmware by name, compiled once."""
    known: dict[str, Firmware] = {}

    def get(name: str) -> Firmware:
        if name not in known:
            known[name] = compile_design(design(name), search_seconds=0.2)
        return known[name]

    return get


def changed(f: Firmware, **data) -> Firmware:
    """``f`` with other evidence; a changed graph is also the one that runs, with the same
    registers.
    """
    certificate = Certificate(f.certificate.bounds, {**copy.deepcopy(f.certificate.data), **data})
    return replace(f, certificate=certificate)


def with_values(f: Firmware, i: int, **change) -> Firmware:
    values = copy.deepcopy(f.certificate.data["values"])
    values[i] |= change
    return changed(f, values=values)


def test_a_bound_that_is_missed_closely_takes_finer_curves():
    ends = {"x": (-4, 4), "y": (Fraction(1, 10), 4)}
    inputs = tuple(Input.with_bits(n, 12, tuple(map(Fraction, e))) for n, e in ends.items())
    formula = parse("sin(atan(x/y))", None)
    accuracy = Accuracy(max_error={"out": Fraction(781, 100000)})
    f = validated(compile_design(Design("d", inputs, (("out", formula),), accuracy)))

    assert recheck(f).proved


@pytest.mark.parametrize("name", DESIGNS)
def test_honest_certificate_is_proved(name, firmware):
    f = firmware(name)
    found = recheck(f)

    assert found.proved, [o.problem for o in found] + list(found.problems)
    (out,) = found
    assert (out.output, out.verdict, out.problem) == ("out", PROVED, None)
    assert 0 <= out.bound <= f.certificate.bound("out")
    (written,) = found.rewriting
    assert written.exact
    assert written.problem is None
    assert not found.sampled
    assert summary(found)["proved"]


@pytest.mark.parametrize("name", ["line", "wave", "turns", "product", "branch", "root"])
def test_bound_that_is_too_small_is_found(name, firmware):
    f = firmware(name)
    reached = recheck(f).outputs[0].reached
    small = tuple(replace(b, bound=0.9 * reached) for b in f.certificate.bounds)
    (out,) = recheck(
        replace(f, certificate=Certificate(small, f.certificate.data)), most_boxes=2000
    )

    # halving further may prove a little less than what is certified, never so much less
    assert (out.verdict == PROVED) == (out.reached <= 0.9 * reached)
    smaller = tuple(replace(b, bound=0.2 * reached) for b in f.certificate.bounds)
    (out,) = recheck(
        replace(f, certificate=Certificate(smaller, f.certificate.data)), most_boxes=2000
    )
    assert out.verdict in (OPEN, WRONG)
    assert out.bound == float("inf")
    assert "bound" in out.problem


@pytest.mark.parametrize("name", DESIGNS)
def test_local_error_that_is_too_small_is_found(name, firmware):
    f = firmware(name)
    for i, v in enumerate(f.certificate.data["values"]):
        lo, hi = v["error"]
        if lo < hi:
            inner = [lo + 0.6 * (hi - lo), hi]
            assert not recheck(with_values(f, i, error=inner)).proved, v
            assert not recheck(with_values(f, i, error=[lo, hi - 0.6 * (hi - lo)])).proved, v
        else:
            assert not recheck(with_values(f, i, error=[lo + 2.0**-30, hi + 2.0**-30])).proved, v


@pytest.mark.parametrize("name", ["line", "turns", "product", "branch", "cone"])
def test_wrong_offset_is_found(name, firmware):
    f = firmware(name)
    for i, v in enumerate(f.certificate.data["values"]):
        width = max(v["error"][1] - v["error"][0], 2.0**-20)
        offset = str(Fraction(v["offset"]) + Fraction(width))
        assert not recheck(with_values(f, i, offset=offset)).proved, v


@pytest.mark.parametrize("name", ["line", "wave", "product", "root"])
def test_wrong_node_is_found(name, firmware):
    f = firmware(name)
    for i, v in enumerate(f.certificate.data["values"]):
        for node in (0, -1, 10**9):
            assert not recheck(with_values(f, i, node=node)).proved, v


def tables(graph: str) -> list[tuple[int, list[str]]]:
    """The lines with tables, and their entries."""
    lines = graph.splitlines()
    return [
        (i, m[1].split(","))
        for i, line in enumerate(lines)
        if (m := re.search(r"table %\d+ \{([^}]*)\}", line))
    ]


def with_entry(f: Firmware, line: int, entries: list[str], at: int, value: int) -> Firmware | None:
    """``f`` with one entry of a table changed, in the certificate and in the hardware; None where
    types change.
    """
    new = [*entries[:at], str(value), *entries[at + 1 :]]
    old = "{" + ",".join(entries) + "}"
    graph = f.certificate.data["graph"]
    try:
        hardware = text.parse(text.show(f.graph).replace(old, "{" + ",".join(new) + "}"))
        lines = graph.splitlines()
        lines[line] = lines[line].replace(old, "{" + ",".join(new) + "}")
        text.parse("\n".join(lines))
    except Exception:
        return None
    return replace(changed(f, graph="\n".join(lines)), graph=hardware)


def matters(f: Firmware, wrong: Firmware) -> bool:
    """Whether an output moves by more than two bounds can be apart: some entries are never read."""
    columns = vectors.make(f.design.inputs, 20_000, seed=0).columns
    one, other = (numpy_model.simulate(g.graph, columns)["out"] for g in (f, wrong))
    unit = 2.0 ** -f.graph.outputs[0].type.frac
    return float(np.max(np.abs(one - other))) * unit > 2 * f.certificate.bound("out")


@pytest.mark.parametrize("name", ["wave", "turns", "ratio", "cone"])
def test_wrong_entry_of_a_table_is_found(name, firmware):
    f = firmware(name)
    tried = 0
    for line, entries in tables(f.certificate.data["graph"]):
        numbers = sorted(map(int, entries))
        for at in (len(entries) // 3, len(entries) // 2):
            far = numbers[0] if int(entries[at]) > (numbers[0] + numbers[-1]) / 2 else numbers[-1]
            wrong = with_entry(f, line, entries, at, far)
            if wrong is not None and far != int(entries[at]) and matters(f, wrong):
                tried += 1
                assert not recheck(wrong, most_boxes=500).proved, (line, at)
    assert tried


def test_entry_changed_in_the_hardware_alone_is_found(firmware):
    f = firmware("wave")
    found = tables(f.certificate.data["graph"])
    trials = (
        with_entry(f, line, e, k, int(e[k + 1]))
        for line, e in found
        for k in range(len(e) - 1)
        if e[k] != e[k + 1]
    )
    wrong = next(w for w in trials if w is not None)
    (out,) = recheck(replace(f, graph=wrong.graph))

    assert out.verdict == FOREIGN
    assert out.problem == "output out of the firmware is not what the certificate describes"


@pytest.mark.parametrize(
    ("old", "new"),
    [("0.3*z", "0.31*z"), ("0.3*z", "0.3*x"), ("sin(", "cos("), ("0.37", "0.38"), ("tanh", "sin")],
)
def test_other_expression_is_found(old, new, firmware):
    """In the certificate alone: its values are not what the hardware computes, or not the user's
    function.
    """
    tried = 0
    for name in DESIGNS:
        f = firmware(name)
        for i, v in enumerate(f.certificate.data["values"]):
            if old in v["expr"]:
                tried += 1
                assert not recheck(
                    with_values(f, i, expr=v["expr"].replace(old, new)), most_boxes=500
                ).proved
    assert tried


def test_other_function_of_the_user_is_found(firmware):
    """Certificate and hardware agree, but the user asked for something else."""
    f = firmware("product")
    other = replace(f.design, outputs=(("out", parse("x*y + 0.30001*z", None)),))
    (out,) = recheck(replace(f, design=other))

    assert out.verdict == WRONG
    assert re.match(r"output out is another function: .+ at x = .+ \(code -?\d+\), ", out.problem)


def test_value_that_differs_in_the_certificate_alone_is_a_problem(firmware):
    """Also where no error of the hardware shows it: the values are not what the user wrote."""
    f = firmware("line")
    values = f.certificate.data["values"]
    tiny = f"({values[-1]['expr']})*(1 + 1/1000000000000000000000000000000)"
    (out,) = recheck(with_values(f, len(values) - 1, expr=tiny))

    assert out.verdict == WRONG
    assert out.problem.startswith("output out is another function: it differs by ")


@pytest.mark.parametrize(
    "claim",
    [{}, [], {"out": None}, {"out": {"method": "exact polynomials"}}, {"other": {"method": "?"}}],
)
def test_rewriting_that_the_certificate_overstates_is_a_problem(firmware, claim):
    f = firmware("wave")
    (out,) = recheck(changed(f, rewriting=claim))

    assert out.verdict == FOREIGN
    assert "compared by" in out.problem


def test_rewriting_that_the_compiler_notes_is_confirmed(firmware):
    assert recheck(validated(firmware("turns"))).proved


def test_missing_register_is_found(firmware):
    f = firmware("turns")
    lines = text.show(f.graph).splitlines()
    at, source = next(
        (i, m[1])
        for i, line in enumerate(lines)
        if (m := re.match(rf"%{i} = register %(\d+) ", line))
    )
    read = [
        re.sub(rf"%{at}\b", f"%{source}", line) if i == at + 1 else line
        for i, line in enumerate(lines)
    ]
    other = text.parse("\n".join(read))
    if other.latency == f.graph.latency and text.show(other) == text.show(f.graph):
        pytest.skip("nothing reads this register on the next line")
    found = recheck(replace(f, graph=other))

    assert not found.proved


def test_other_ports_are_found(firmware):
    f = firmware("product")
    narrow = replace(f.design.inputs[0], hi=f.design.inputs[0].hi - f.design.inputs[0].type.ulp)
    for other in (
        replace(f.design, inputs=(narrow, *f.design.inputs[1:])),
        replace(f.design, inputs=f.design.inputs[::-1]),
        replace(f.design, outputs=(("other", f.design.outputs[0][1]),)),
    ):
        (out,) = recheck(replace(f, design=other))
        assert out.verdict == FOREIGN


@pytest.mark.parametrize(
    "data", [{}, {"graph": "?"}, {"values": [{}]}, {"outputs": {}}, {"values": [{"node": "x"}]}]
)
def test_certificate_that_cannot_be_read_is_refused(data, firmware):
    f = firmware("line")
    broken = (
        changed(f, **data)
        if data
        else replace(f, certificate=Certificate(f.certificate.bounds, {}))
    )
    (out,) = recheck(broken)

    assert out.verdict == FOREIGN
    assert out.bound == float("inf")


def test_bound_is_confirmed_only_as_far_as_boxes_allow(firmware):
    f = firmware("positive")
    tight = tuple(replace(b, bound=b.bound * 0.5) for b in f.certificate.bounds)
    found = recheck(replace(f, certificate=Certificate(tight, f.certificate.data)), most_boxes=100)

    assert found.boxes <= 100
    assert found.outputs[0].verdict == OPEN


EXAMPLES = {
    "one_line/expression.txt": Options(
        bits=12, ranges=["x0=[-4, 4]", "x1=[-2, 2]"], max_error=["2^-8"]
    ),
    "feynman/spin_wave.txt": Options(relative_error="2^-8"),
    "jets/design.toml": Options(),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name, root):
    found = recheck(
        compile_design(load_any(root / "examples" / name, EXAMPLES[name]), search_seconds=1)
    )

    assert found.proved, [o.problem for o in found] + list(found.problems)


CLAMPED = [
    "log(x)",
    "sqrt(x)*y",
    "asin(2*x) + y",
    "x**0.5",
    "x/(3*y)",
    "x**2*y**2/(x + y)",
    "sqrt(0.42*x - 0.21*y)",
]


@pytest.mark.parametrize("formula", CLAMPED)
def test_clamped_operands(formula):
    e = parse(formula, None)
    inputs = tuple(Input.of(n, FixedType.parse("fixed<8,2>")) for n in variables([e]))
    accuracy = Accuracy(max_error={"out": Fraction(1, 16)})
    found = recheck(
        compile_design(
            Design("c", inputs, (("out", e),), accuracy, domain="clamp"), search_seconds=0
        )
    )

    assert found.proved, [o.problem for o in found] + list(found.problems)


def test_values_of_which_the_hardware_needs_no_bit_are_claimed_too():
    """A product that is small beside the error is left out with its factors, whose own errors are
    larger than it.
    """
    e = parse("-exp(x + z) + sin(x - 4.81)/(0.21*(z - exp(z))/y)", None)
    inputs = tuple(
        Input.of(n, FixedType.parse("fixed<8,5>"), (Fraction(-10), Fraction(10))) for n in "xyz"
    )
    design = Design(
        "c", inputs, (("out", e),), Accuracy(max_error={"out": Fraction(10**7)}), domain="clamp"
    )
    made = compile_design(design)
    found = recheck(made)

    assert len(made.graph.nodes) < len(text.parse(made.certificate.data["graph"], whole=True).nodes)
    assert found.proved, [o.problem for o in found]
