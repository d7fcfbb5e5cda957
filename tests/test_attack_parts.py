"""The parts of tools/attack: its parser, its evaluator and its interpreter against others of their
kind.
"""

from __future__ import annotations

import ast
import random
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgate.ir.text import show
from tests.graphs import equal, ints, random_graph
from tools.attack import designs, netlist
from tools.attack.families import FAMILIES, TURNS, design
from tools.attack.formula import NoFormula, Term, parse
from tools.attack.reals import Undecided, Undefined
from tools.attack.screen import points_of, screened
from tools.attack.truth import Clamps, distance, enclosed
from tools.attack.writing import above, below, plain

F = Fraction
TOOL = Path(__file__).parent.parent / "tools" / "attack"


def value(text: str, **inputs: Fraction) -> Fraction | float:
    """The value of an expression: exact, or about."""
    scope = {name: Term("input", name=name) for name in inputs}
    points = {name: F(x) for name, x in inputs.items()}
    found = enclosed(parse(text, scope), points, None)
    return found if isinstance(found, Fraction) else float(found)


# ------------------------------------------------------------------ the text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("-2**2", -4),
        ("2**-1", F(1, 2)),
        ("2^3^2", 512),
        ("1 - 2 - 3", -4),
        ("8/2/2", 2),
        ("8/2*2", 8),
        ("-3 + 5", 2),
        ("2*-3", -6),
        ("0.1*3", F(3, 10)),
        ("2.5e-1", F(1, 4)),
        ("1 + 2 > 2 + 0", 1),
        ("1 > 2 or 3 > 2 and 2 > 3", 0),
        ("not 1 > 2 and 1 > 0", 1),
        ("not (1 > 2) | (1 > 0)", 1),
        ("5 if 1 > 2 else 6 if 2 > 1 else 7", 6),
        ("2 > 1 ? 5 : 6", 5),
        ("1 > 2 ? 5 : 2 > 1 ? 6 : 7", 6),
        ("max(1, 5, 3) - min(4, 2, 3)", 3),
        ("clip(7, -1, 2)", 2),
        ("root(27, 3) + root(16, 4)", 5),
        ("log(8, 2) + log(100, 10)", 5),
        ("mod(-7, 3)", 2),
        ("mod(7, -3)", -2),
        ("trunc(-2.7) + floor(-2.7) + ceil(-2.2)", -7),
        ("round(2.5) + round(3.5) + round(-0.5)", 6),
        ("heaviside(0) + heaviside(0, 3) + step(0) + sign(-2)", F(5, 2)),
        ("where(2, 1, 0)", 1),
        ("fma(2, 3, 4) + cube(2) + square(3)", 27),
    ],
)
def test_an_expression_means_what_the_grammar_says(text, wanted):
    assert value(text) == wanted


@pytest.mark.parametrize("text", ["1 +", "(1", "1)", "sni(1)", "1 2", "a", "1 ? 2", "3 if 1"])
def test_other_text_is_refused(text):
    with pytest.raises(NoFormula):
        parse(text, {})


Pair = tuple[str, Fraction]


def _combined(parts: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    def joined(sign: str, left: Pair, right: Pair) -> Pair:
        results = {
            "+": left[1] + right[1],
            "-": left[1] - right[1],
            "*": left[1] * right[1],
        }
        return f"({left[0]}) {sign} ({right[0]})", results[sign]

    return st.builds(joined, st.sampled_from("+-*"), parts, parts)


_NUMBERS = st.integers(0, 99).map(lambda n: (f"{n / 10}", F(n, 10)))


@given(st.recursive(_NUMBERS, _combined, max_leaves=20))
def test_arithmetic_is_exact(pair):
    assert value(pair[0]) == pair[1]


# ------------------------------------------------------------------ real values

_ONE_OPERAND = {
    "sqrt": (0, 9), "cbrt": (-9, 9), "exp": (-9, 9), "expm1": (-9, 9), "log": (0.01, 9), "log2": (0.01, 9),
    "log10": (0.01, 9), "log1p": (-0.99, 9), "sin": (-9, 9), "cos": (-9, 9), "tan": (-1.5, 1.5),
    "asin": (-1, 1), "acos": (-1, 1), "atan": (-9, 9), "sinh": (-9, 9), "cosh": (-9, 9), "tanh": (-9, 9),
    "asinh": (-9, 9), "acosh": (1, 9), "atanh": (-0.99, 0.99), "erf": (-3, 3),
}  # fmt: skip


@pytest.mark.needs("mpmath")
@pytest.mark.parametrize("name", _ONE_OPERAND)
def test_functions_agree_with_mpmath(name, rng):
    import mpmath

    low, high = _ONE_OPERAND[name]
    others = {
        "log2": lambda x: mpmath.log(x, 2),
        "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
    }
    wanted = others.get(name) or getattr(mpmath, name)
    for x in [low, high, *rng.uniform(low, high, 20)]:
        expected = wanted(mpmath.mpf(float(x)))
        assert value(f"{name}(x)", x=F(float(x))) == pytest.approx(
            float(expected), rel=1e-12, abs=1e-14
        )


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("exp2(x)", "2**x"),
        ("sigmoid(x)", "1/(1 + exp(-x))"),
        ("gauss(x)", "exp(-x*x)"),
        ("softplus(x)", "log(1 + exp(x))"),
        ("erfc(x)", "1 - erf(x)"),
        ("sec(x)*cos(x)", "1"),
        ("hypot(x, 3)", "sqrt(x*x + 9)"),
        ("atan2(x, 2)", "atan(x/2)"),
        ("x**1.5", "x*sqrt(x)"),
        ("relu(x - 1)", "max(x - 1, 0)"),
        ("csch(x)", "2/(exp(x) - exp(-x))"),
    ],
)
def test_functions_that_others_state(text, same, rng):
    for x in rng.uniform(0.1, 3, 10):
        assert float(value(text, x=F(x))) == pytest.approx(float(value(same, x=F(x))), rel=1e-12)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("floor(sqrt(49))", 7),
        ("floor(log2(2^-20))", -20),
        ("log10(1000)", 3),
        ("ceil(cbrt(-27))", -3),
        ("sqrt(2.25) >= 1.5", 1),
        ("exp2(10) == 1024", 1),
        ("0.1*3 > 0.3", 0),
        ("floor(exp(0))", 1),
        ("8**(1/3) == 2", 1),
        ("0**0", 1),
        ("0**0.5", 0),
        ("sin(0) == 0", 1),
        ("floor(2*cos(0) + acos(1))", 2),
    ],
)
def test_ties_are_decided_exactly(text, wanted):
    assert value(text) == wanted


@pytest.mark.parametrize(
    "text",
    ["log(0)", "log(-1)", "1/(1 - 1)", "sqrt(-2^-60)", "asin(1.001)", "atanh(1)", "0**-1", "mod(1, 0)",
     "atan2(0, 0)", "(-1)**0.5", "acosh(0.999)", "log1p(-1)", "1/sin(0)", "log(log(1))"],
)  # fmt: skip
def test_what_has_no_value_is_undefined(text):
    with pytest.raises(Undefined):
        value(text)


def test_the_other_branch_needs_no_value():
    assert value("where(x > 0, 1/x, 7)", x=F(0)) == 7


def test_what_no_precision_decides_is_no_answer():
    with pytest.raises(Undecided):
        value("floor(sin(1)**2 + cos(1)**2)")


def test_a_bound_is_broken_only_beyond_doubt():
    term, limit = parse("exp(1)", {}), F(1, 10**30)
    near = F(2718281828459045235360287471352662497757, 10**39)
    assert distance(term, {}, near, limit, None)[1] is False
    assert distance(term, {}, near, limit / 10**10, None)[1] is True
    assert distance(parse("1/3", {}), {}, F(0), F(1, 3), None) == (pytest.approx(1 / 3), False)


# ------------------------------------------------------------------ domain = "clamp"


def held(text: str, clamps: Clamps, **inputs: Fraction) -> float:
    scope = {name: Term("input", name=name) for name in inputs}
    term = held.terms.setdefault(text, parse(text, scope))
    return float(enclosed(term, {n: F(x) for n, x in inputs.items()}, clamps))


held.terms = {}


@pytest.mark.parametrize(
    ("text", "x", "same"),
    [
        ("sqrt(x)", -3, "0"),
        ("log(x)", -1, "log(2^-10)"),
        ("asin(x)", -7, "-pi/2"),
        ("acosh(x)", 0, "0"),
        ("atanh(x)", 2, "atanh(1 - 2^-10)"),
        ("log1p(x)", -4, "log(2^-10)"),
        ("1/x", 0, "0"),
        ("3/x", F(1, 4096), "3*256"),
        ("x**-2", F(-1, 2048), "512**2"),
        ("x**-0.5", -1, "32"),
        ("x**0.5", -1, "0"),
    ],
)
def test_operands_outside_are_held_at_the_edge(text, x, same):
    held.terms.clear()
    clamps = Clamps()
    held(text, clamps, x=F(0) if "/" in text or "-2" in text else F(-8))  # seen to leave
    assert held(text, clamps, x=x) == pytest.approx(float(value(same)), rel=1e-12, abs=1e-15)


def test_near_an_edge_that_nothing_leaves_both_meanings_count():
    held.terms.clear()
    clamps, limit = Clamps(), F(1, 10**6)
    term = parse("log(x)", {"x": Term("input", name="x")})
    for answer in (value("log(2^-12)"), value("log(2^-10)")):
        assert distance(term, {"x": F(1, 4096)}, F(answer), limit, clamps)[1] is False
    assert distance(term, {"x": F(1, 4096)}, F(-6), limit, clamps)[1] is True


# ------------------------------------------------------------------ many points at once


@pytest.mark.parametrize("part", range(4))
def test_the_quick_values_are_the_real_ones(part, rng):
    """The screen picks points; a wrong one would hide what it should find."""
    source = random.Random(int(rng.integers(1 << 32)))
    turns = len(TURNS)
    for index in range(part * turns, (part + 1) * turns):
        stated = designs.read(design(99, index).text)
        for _ in range(5):
            _compare(stated, {p.name: source.randint(p.first, p.last) for p in stated.ports})


def _compare(stated: designs.Stated, codes: dict[str, int]) -> None:
    point = {p.name: codes[p.name] * p.unit for p in stated.ports}
    columns = {
        p.name: points_of(np.array([codes[p.name]], dtype=object), p.frac) for p in stated.ports
    }
    scale = max(1.0, *(abs(float(x)) for x in point.values())) ** 3
    for term in stated.outputs.values():
        quick = screened(term, columns, stated.clamp, 1)
        try:
            truth = float(enclosed(term, point, Clamps() if stated.clamp else None))
        except (Undefined, Undecided):
            continue
        if np.isfinite(quick.values[0]) and not quick.doubtful[0]:
            assert float(quick.values[0]) == pytest.approx(truth, rel=1e-6, abs=1e-9 * scale)


# ------------------------------------------------------------------ the graph

_ROUNDED = {  # of x/4 for x from -8 to 8, as AMD's tables of ap_fixed have them
    "TRN": [-2, -2, -2, -2, -1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1, 2],
    "TRN_ZERO": [-2, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2],
    "RND": [-2, -2, -1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2],
    "RND_ZERO": [-2, -2, -1, -1, -1, -1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2],
    "RND_INF": [-2, -2, -2, -1, -1, -1, -1, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2],
    "RND_MIN_INF": [-2, -2, -2, -1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2],
    "RND_CONV": [-2, -2, -2, -1, -1, -1, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2],
}  # fmt: skip


@pytest.mark.parametrize("mode", _ROUNDED)
@pytest.mark.parametrize("kind", [np.int64, object])
def test_rounding_is_that_of_ap_fixed(mode, kind):
    text = f"%0 = input x : fixed<5,5> [-8, 8]\n%1 = round %0 2 {mode} : fixed<3,5> [-2, 2]\noutput y = %1 : fixed<3,5>"
    found, wrong = netlist.run(netlist.read(text), {"x": np.arange(-8, 9).astype(kind)})
    assert found["y"].tolist() == _ROUNDED[mode]
    assert not wrong


def test_graphs_give_the_bits_of_other_interpreters(rng):
    source = random.Random(int(rng.integers(1 << 32)))
    for k in range(40):
        graph = random_graph(source, 30, widest=(16, 24, 80)[k % 3])
        ranges = {p.name: graph.nodes[p.node].range for p in graph.inputs}
        inputs = {
            n: np.array([source.randint(r.lo, r.hi) for _ in range(20)], dtype=object)
            for n, r in ranges.items()
        }
        found, wrong = netlist.run(netlist.read(show(graph)), inputs)
        assert equal(ints(graph, inputs), found), show(graph)
        assert not wrong


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("%1 = add %0 %0 : fixed<4,2> [-7, 8]", "outside"),
        ("%1 = add %0 %0 : fixed<3,1> [-8, 8]", "does not hold"),
    ],
)
def test_a_wrong_claim_about_a_node_is_seen(line, message):
    text = f"%0 = input x : fixed<4,2> [-4, 4]\n{line}\noutput y = %1 : {line.split()[6]}"
    _, wrong = netlist.run(netlist.read(text), {"x": np.arange(-4, 5)})
    assert message in wrong[0]


def test_a_wrong_binary_point_is_seen():
    text = "%0 = input x : fixed<4,2> [-8, 7]\n%1 = shl %0 1 : fixed<5,3> [-16, 14]\noutput y = %1 : fixed<5,3>"
    with pytest.raises(netlist.NoGraph, match="fraction bits"):
        netlist.read(text)


# ------------------------------------------------------------------ what it uses

_ALLOWED = {
    "judge.py": {"symgate", "symgate.errors", "symgate.sim"},
    "preload.py": {"symgate.api", "symgate.sim.numpy_model"},
}


@pytest.mark.parametrize("path", sorted(TOOL.glob("*.py")), ids=lambda path: path.name)
def test_it_shares_no_code_with_what_it_attacks(path):
    """Only the judge and what it preloads know symgate, and those as a user does."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module)
    outside = {n for n in found if n.partition(".")[0] not in sys.stdlib_module_names}
    others = {n for n in outside if not n.startswith(("tools.attack", "numpy", "flint", "rich"))}
    assert others <= _ALLOWED.get(path.name, set())


# ------------------------------------------------------------------ the designs


def test_a_seed_and_an_index_are_one_design():
    assert design(3, 14) == design(3, 14)
    assert design(3, 14) != design(4, 14)
    assert {design(0, k).family for k in range(len(TURNS))} == set(FAMILIES)


def test_a_thousand_designs_have_two_hundred_at_edges_of_16_to_40_bits():
    count = 0
    for k in range(1000):
        hostile = design(1, k)
        widths = [p.width for p in designs.read(hostile.text).ports]
        count += hostile.family in ("edges", "composites") and 16 <= max(widths) <= 40
    assert count >= 200


@pytest.mark.parametrize(
    ("between", "x", "wanted"),
    [
        ("linear", F(-5), F(1)),
        ("linear", F(0), F(1)),
        ("linear", F(1, 2), F(3, 4)),
        ("linear", F(1), F(1, 2)),
        ("linear", F(2), F(-1)),
        ("linear", F(9), F(-1)),
        ("step", F(-5), F(1)),
        ("step", F(999, 1000), F(1)),
        ("step", F(1), F(1, 2)),
        ("step", F(9), F(-1)),
    ],
)
def test_a_function_by_its_points(between, x, wanted):
    text = f"""[inputs]
x = "fixed<12,6>"
[tables]
t = {{ x = [0, 1, 2], y = [1, 0.5, -1], between = "{between}", ends = "hold" }}
[outputs]
y = "t(x)"
"""
    term = designs.read(text).outputs["y"]
    assert enclosed(term, {"x": x}, None) == wanted
    columns = {"x": np.array([np.longdouble(float(x))])}
    assert screened(term, columns, False, 1).values.tolist() == [float(wanted)]


def test_ranges_that_end_between_codes_hold_the_codes_inside(rng):
    source = random.Random(int(rng.integers(1 << 32)))
    for _ in range(100):
        ports = [
            plain(source, "x"),
            above(source, "z", (8, 40), source.choice([-1, 0, 1])),
            below(source, "w", (8, 40), 1),
        ]
        text = "\n".join(["[inputs]", *(p.line() for p in ports), "[outputs]", 'y = "x"'])
        read = designs.read(text).ports
        assert [(p.first, p.last) for p in read] == [p.codes for p in ports], text


def test_bits_and_a_range_give_the_format_of_the_documentation():
    text = """[inputs]
x = { bits = 12, range = [-3.5, "pi"] }
z = { bits = 8, range = [0, 0.2] }
[outputs]
y = "x + z"
[accuracy]
max_error = { y = "2^-5" }
"""
    stated = designs.read(text)
    assert [(p.signed, p.width, p.frac, p.first, p.last) for p in stated.ports] == [
        (True, 12, 9, -1792, 1608),
        (False, 8, 10, 0, 204),
    ]
    assert stated.max_error == {"y": F(1, 32)}
