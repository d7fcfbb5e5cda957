"""A claim is called wrong only with an input that shows it, and the input does show it; what no
input reaches leaves a claim open at most.
"""

from __future__ import annotations

import re
from fractions import Fraction

import flint
import numpy as np
import pytest

from symgate.ir.design import Input
from symgate.ir.fixed import Builder, Graph, values
from symgate.ir.types import FixedType
from symgate.proof.ballmath import Tape, fraction
from symgate.proof.claims import claims_of
from symgate.proof.forms import Unprovable
from symgate.proof.occurring import inputs_below, occurring, values_of
from symgate.proof.proving import Prover
from symgate.proof.reach import Boxes, least
from symgate.proof.spans import Span
from symgate.proof.witness import Search

HALF = Fraction(1, 2)


def squares(bits: int, entries) -> tuple[Graph, list[dict], list[Input]]:
    """``y`` is a table on the square of ``x`` of some bits, plus the input ``z``; ``entries`` of the
    code of the square.
    """
    b = Builder()
    x = Input.of("x", FixedType(False, bits, 0))
    z = Input.of("z", FixedType(False, 12, 0))
    square = b.emit("square", b.input("x", x.type))
    table = b.table(square, [entries(k) for k in range(1 << 2 * bits)])
    y = b.add(table, b.input("z", z.type))
    b.output("y", y)
    claims = [
        claim("v0", square, "x**2"),
        claim("v1", table, "2*v0 + 1"),
        claim("v2", y, "v1 + z"),
    ]
    return b.build(), claims, [x, z]


def evens(entries) -> tuple[Graph, list[dict], list[Input]]:
    """A table on ``x + z`` with a bit below the point, so that no odd code occurs; there are 2^22
    inputs.
    """
    b = Builder()
    ports = [Input.of(n, FixedType(False, 11, 0)) for n in "xz"]
    total = b.add(*(b.shl(b.input(i.name, i.type), 1) for i in ports))
    table = b.table(total, [entries(k) for k in range(1 << 13)])
    b.output("y", table)
    return (
        b.build(),
        [claim("v0", total, "x + z"), claim("v1", table, "4*v0 + 1")],
        ports,
    )


def parabola(entries) -> tuple[Graph, list[dict], list[Input]]:
    """A table on the upper bits of ``x*(2048 - x) + z``: intervals see twice its largest code."""
    b = Builder()
    ports = [Input.of("x", FixedType(False, 11, 0)), Input.of("z", FixedType(False, 11, 0))]
    x, z = (b.input(i.name, i.type) for i in ports)
    total = b.add(b.mul(x, b.sub(b.const(2048), x)), z)
    upper = b.slice(total, 21, 12)
    table = b.table(upper, [entries(k) for k in range(1 << 10)])
    b.output("y", table)
    claims = [
        claim("v0", total, "x*(2048 - x) + z"),
        {**claim("v1", upper, "v0"), "error": [-4095.0, 0.0]},
        claim("v2", table, "v1/2048 + 1"),
    ]
    return b.build(), claims, ports


def claim(name: str, node: int, expr: str) -> dict:
    return {"name": name, "node": node, "offset": "0", "expr": expr, "error": [-0.25, 0.25]}


def proofs(graph, claims, ports):
    return {
        p.claim.name: p for p in Prover(graph, ports).prove_all(claims_of(graph, claims), set())
    }


def right(k: int) -> int:
    return 2 * k + 1


def check_witness(text: str, graph: Graph, claims, ports) -> None:
    """The message names an input whose error is what it says, and outside the claim."""
    match = re.fullmatch(
        r"at (?P<at>.+) the error of (?P<name>v\d+) = .+ is (?P<error>\S+), not in \[(?P<lo>\S+), (?P<hi>\S+)\]",
        text,
    )
    assert match is not None, text
    codes = {m[1]: int(m[2]) for m in re.finditer(r"(\w+) = \S+ \(code (-?\d+)\)", match["at"])}
    found = values(graph, [codes.get(i.name, i.raw.lo) for i in ports])
    known = {c.name: c for c in claims_of(graph, claims)}
    c = known[match["name"]]
    reals = {i.name: codes[i.name] * i.type.ulp for i in ports if i.name in codes}
    for name, other in known.items():
        n = graph.nodes[other.node]
        reals[name] = found[other.node] * Fraction(2) ** -n.frac + other.offset
    names = sorted(c.operands)
    with flint.ctx.workprec(128):
        (ball,) = Tape([c.expr], names)(*(fraction(reals[n]) for n in names))
    error = float(reals[c.name]) - float(ball.mid())
    assert error == pytest.approx(float(match["error"]))
    assert not float(match["lo"]) <= error <= float(match["hi"])


@pytest.mark.parametrize(
    "wrong_at", [lambda k: round(k**0.5) ** 2 != k, lambda k: k == 2, lambda k: k > 225]
)
def test_codes_that_are_no_squares_do_not_matter(wrong_at):
    """Few inputs: what they reach is known exactly."""
    found = proofs(*squares(4, lambda k: 77 if wrong_at(k) else right(k)))

    assert [p.holds for p in found.values()] == [True] * 3


@pytest.mark.parametrize("code", [0, 1, 49, 225])
def test_wrong_entry_at_a_square_is_refuted(code):
    made = squares(4, lambda k: right(k) + 3 * (k == code))
    found = proofs(*made)

    assert not found["v1"].holds
    check_witness(found["v1"].problem, *made)
    assert f"x = {round(code**0.5)} (code {round(code**0.5)})" in found["v1"].problem
    assert found["v2"].holds


def test_codes_that_intervals_do_not_reach_do_not_matter():
    largest = (1024 * 1024 + 2047) >> 12
    found = proofs(*parabola(lambda k: right(k) if k <= largest else 0))

    assert [p.holds for p in found.values()] == [True] * 3


@pytest.mark.parametrize("code", [0, 100, 256])
def test_wrong_entry_is_refuted_among_many_inputs(code):
    made = parabola(lambda k: right(k) + 3 * (k == code))
    found = proofs(*made)

    assert found["v2"].problem is not None
    check_witness(found["v2"].problem, *made)


def test_codes_that_no_input_gives_leave_a_claim_open():
    """Neither proved, as nothing here knows that only even codes occur, nor refuted."""
    found = proofs(*evens(lambda k: right(k) + 3 * (k % 2)))

    assert found["v0"].holds
    assert not found["v1"].holds
    assert found["v1"].problem is None
    assert re.fullmatch(
        r"would be 3, outside \[-0.25, 0.25\], at %\d+ = \d+, which no input is known to give",
        found["v1"].doubt,
    )


@pytest.mark.parametrize("code", [0, 2, 2048, 8188])
def test_wrong_entry_at_an_even_code_is_refuted(code):
    """The search climbs to the inputs that give one code of 4095."""
    made = evens(lambda k: right(k) + 3 * (k == code))
    found = proofs(*made)

    assert found["v1"].problem is not None
    check_witness(found["v1"].problem, *made)


def test_search_finds_nothing_against_what_is_right():
    graph, claims, ports = parabola(right)
    for c in claims_of(graph, claims):
        assert Search(graph, c, ports)() is None


# The codes that occur


def test_occurring_codes_are_those_of_every_input():
    graph, claims, _ = squares(4, lambda k: k % 5)
    square, table = claims[0]["node"], claims[1]["node"]
    found = occurring(graph, [square, table])
    expected = sorted({(k * k, k * k % 5) for k in range(16)})

    assert list(zip(*found.codes.tolist(), strict=True)) == expected
    for column, codes in enumerate(expected):
        at = found.input(found.column(codes))
        assert found.column(codes) == column
        rows = values_of(graph, [square, table], {i: np.array([c]) for i, c in at.items()})
        assert tuple(int(v[0]) for v in rows.values()) == codes


def test_too_many_inputs_are_not_tried():
    graph, claims, _ = evens(right)
    assert len(inputs_below(graph, [claims[0]["node"]])) == 2
    with pytest.raises(Unprovable, match="too many inputs"):
        occurring(graph, [claims[0]["node"]])


@pytest.mark.parametrize("seed", range(6))
def test_least_value_is_found_to_a_unit(seed, rng):
    """Of random polynomials in two inputs, by enclosures that are far too wide on large boxes."""
    ports = [Input.of(n, FixedType(True, 7, 3)) for n in "xy"]
    a, b, c, d = rng.integers(-4, 5, 4).tolist()

    def of(x: Span, y: Span) -> Span:
        ab = Span.of(float(a)) * x * x + Span.of(float(b)) * x * y
        return ab + Span.of(float(c)) * y + Span.of(float(d)) * y * y

    def enclosed(boxes: Boxes) -> Span:
        spans = boxes.spans(ports)
        return of(spans["x"], spans["y"])

    def exact(boxes: Boxes) -> Span:
        x, y = (np.ldexp(row.astype(float), -3) for row in boxes.middle)
        return of(Span.of(x), Span.of(y))

    grid = np.meshgrid(*(np.arange(-64, 64) / 8.0 for _ in range(2)))
    x, y = grid
    truth = float(np.min(a * x * x + b * x * y + c * y + d * y * y))
    found = least(Boxes.of(ports), enclosed, exact, 0.5)

    assert truth - 0.5 <= found <= truth
