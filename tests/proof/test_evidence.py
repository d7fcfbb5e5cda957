"""Every compilation ends with an attack on its own bounds: it finds what is wrong, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from symgate import api
from symgate.errors import BrokenPromise
from symgate.frontend.language.infix import parse
from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.expr import const, make, var, variables
from symgate.ir.firmware import Bound, Certificate, Firmware
from symgate.ir.fixed import Builder
from symgate.ir.types import FixedType
from symgate.passes.compiler import compile_design
from symgate.passes.rewrite import double_angle, simplify
from symgate.passes.rewrite.simplify import Simplify
from symgate.proof import evidence, probes
from symgate.proof.evidence import Settings, gather, validated
from symgate.proof.turning import turning


def design(formula, bits=12, error=Fraction(1, 32), span=2, **more):
    e = parse(formula, None)
    limits = Fraction(-span), Fraction(span)
    inputs = tuple(Input.with_bits(n, bits, limits) for n in variables([e]))
    return Design("d", inputs, (("out", e),), Accuracy(max_error={"out": error}), **more)


def by_hand(e, graph, inputs, bound):
    """Firmware of one output whose bound is only stated."""
    return Firmware(
        Design("hand", inputs, (("y", e),)), graph, Certificate((Bound("y", bound, None),))
    )


def with_bounds(firmware, factor):
    bounds = tuple(replace(b, bound=b.bound * factor) for b in firmware.certificate.bounds)
    return replace(firmware, certificate=replace(firmware.certificate, bounds=bounds))


# ------------------------------------------------------------------ what is found


def test_bounds_of_honest_firmware_hold(firmware):
    found = gather(firmware)

    assert found.all_inputs
    assert found.points == 2048
    p, q = found.outputs
    assert (p.error, p.undecided) == (2.0**-5, 0)
    assert q.error == pytest.approx(1 / 48)


@pytest.mark.parametrize("factor", [0.5, 1 - 2**-20, 1 - 2**-52])
def test_bound_that_is_barely_too_small_is_broken(firmware, factor):
    with pytest.raises(BrokenPromise) as broken:
        gather(with_bounds(firmware, factor))
    error = broken.value

    assert error.what.startswith("output p is off by 0.03125, more than its certified bound ")
    x, y = (int(part.split("code ")[1].rstrip(")")) for part in str(error.where).split(", "))
    exact = Fraction(x, 8) * Fraction(y, 8)
    assert abs(exact * 16 - round(exact * 16)) == Fraction(1, 2)


@pytest.mark.parametrize("bits", [10, 16, 24, 40, 70])
def test_error_at_one_end_of_the_codes_is_found(bits):
    """The largest code alone gives another value; at 70 bits, int64 holds no code."""
    i = Input.of("x", FixedType(True, bits, bits - 2))
    b = Builder()
    x = b.input("x", i.type, i.raw)
    last = b.emit("eq", x, b.const(i.raw.hi, i.type.frac))
    b.output("y", b.add(x, b.scale(last, -i.type.frac)))
    port = b.build().outputs[0]
    wrong = by_hand(var("x"), b.build(), (i,), float(port.type.ulp) / 2)
    with pytest.raises(BrokenPromise) as broken:
        gather(wrong)

    assert f"code {i.raw.hi}" in str(broken.value.where)


def test_error_on_one_branch_is_found():
    """Wrong by one unit at the one code at which the condition changes."""
    i = Input.of("x", FixedType(True, 30, 20))
    edge = 123_456_789
    b = Builder()
    x = b.input("x", i.type, i.raw)
    at = b.emit("eq", x, b.const(edge, 20))
    b.output("y", b.add(x, b.scale(at, -20)))
    threshold = const(Fraction(2 * edge - 1, 1 << 21))
    e = make("where", make("lt", var("x"), threshold), var("x"), 1 * var("x"))
    with pytest.raises(BrokenPromise) as broken:
        gather(by_hand(e, b.build(), (i,), 2.0**-22))

    assert f"code {edge}" in str(broken.value.where)


def test_climb_finds_what_random_rows_do_not():
    """The error grows towards one point of 2^36, in the middle of nowhere."""
    ports = tuple(Input.of(n, FixedType(False, 12, 12)) for n in "xyz")
    b = Builder()
    nodes = [b.input(i.name, i.type, i.raw) for i in ports]
    b.output("y", b.const(0, 4))
    del nodes
    distance = const(0)
    for i, target in zip(ports, (1234, 777, 3001), strict=True):
        distance = distance + make("abs", var(i.name) - Fraction(target, 4096))
    e = make("gauss", 9 * distance)
    (y,) = gather(by_hand(e, b.build(), ports, 1.0)).outputs

    assert y.error > 0.999


def test_what_float64_cannot_compute_is_no_alarm():
    """In float64 the sum is 0 and the quotient undefined; balls see that the firmware is exact."""
    i = Input.of("x", FixedType(True, 8, 4))
    huge = const(Fraction(2) ** 80)
    b = Builder()
    b.output("y", b.input("x", i.type, i.raw))
    graph = b.build()
    lost = make("add", make("add", var("x"), huge), make("mul", const(-1), huge))
    over = make("exp", 900 * (var("x") + 9))
    (y,) = gather(by_hand(lost, graph, (i,), 0.0)).outputs
    assert (y.error, y.undecided) == (0.0, 0)
    (y,) = gather(by_hand(make("div", var("x") * over, over), graph, (i,), 2.0**-60)).outputs
    assert y.error < 2.0**-60


def test_undefined_points_are_counted_not_called_wrong():
    i = Input.of("x", FixedType(True, 4, 0))
    b = Builder()
    b.output("y", b.input("x", i.type, i.raw))
    (y,) = gather(by_hand(make("log", var("x")), b.build(), (i,), 100.0)).outputs

    assert y.undecided == 9  # -8 to 0
    assert 0 < y.error < 100


# ------------------------------------------------------------------ how much is tried


def test_same_design_is_tried_at_the_same_inputs():
    f = compile_design(design("sin(x)*y + z", bits=10))
    assert gather(f) == gather(f)
    assert gather(f, Settings(seed=1)) != gather(f)


@pytest.mark.parametrize("size", [10, 1000, 30_000])
def test_work_is_bounded_by_the_size_of_the_design(size):
    ports = tuple(Input.of(n, FixedType(True, 12, 4)) for n in "xyz")
    b = Builder()
    x, y, z = (b.input(i.name, i.type, i.raw) for i in ports)
    node = x
    for k in range(size // 2):
        node = b.wrap(b.add(node, y if k % 2 else z), 12, True)
    b.output("y", node)
    graph, s = b.build(), evidence.SETTINGS
    attack = evidence._Attack(by_hand(0 * var("x") + 0 * var("y") + var("z"), graph, ports, 1e9), s)
    found = attack.run()

    assert not found.all_inputs
    assert found.climbs or size > 10_000
    work = found.points * attack.per_row
    assert work <= 1.1 * max(s.work, s.least_rows * attack.per_row) + 64 * attack.per_row


def test_no_input_and_unused_inputs_are_tried():
    b = Builder()
    b.output("y", b.const(1, 2))
    found = gather(by_hand(const(Fraction(1, 4)), b.build(), (), 0.0))
    assert (found.points, found.all_inputs, found.outputs[0].error) == (1, True, 0.0)

    ports = tuple(Input.of(n, FixedType(True, 40, 4)) for n in ("a", "x"))
    b = Builder()
    b.input("a", ports[0].type, ports[0].raw)
    x = b.input("x", ports[1].type, ports[1].raw)
    b.output("y", b.wrap(x, 40, True))
    found = gather(by_hand(var("x"), b.build(), ports, 0.0))
    assert list(found.outputs[0].at) == ["x"]


@pytest.mark.parametrize("bits", [4, 12, 40, 70])
def test_rows_are_in_range_and_reach_the_edges(bits):
    ports = tuple(
        Input.of(n, FixedType(signed, bits, 0)) for n, signed in (("x", True), ("y", False))
    )
    rng = np.random.default_rng(0)
    rows = probes.starting(ports, 400, rng, {"x": [3]})
    moved = probes.moved(rows, ports, [0, 1], rng)
    for k, i in enumerate(ports):
        for column in (rows[:, k], moved[:, k]):
            assert all(i.raw.lo <= int(v) <= i.raw.hi for v in column)
        assert {i.raw.lo, i.raw.hi, 0, 1} <= {int(v) for v in rows[:, k]}
    assert 3 in rows[:, 0]
    assert all((a == b).sum() >= 1 for a, b in zip(rows, moved, strict=True))  # one input moves


@pytest.mark.parametrize(
    ("formula", "codes"),
    [
        ("where(x < 0.3, x, y)", {307, 308}),
        ("max(x, -0.25)", {-256}),
        ("abs(x*x - 1)", {-1024, 1024}),
        ("x + y", set()),
    ],
)
def test_codes_at_which_conditions_change(formula, codes):
    e = parse(formula, None)
    ports = [Input.with_bits(n, 12, (Fraction(-2), Fraction(2))) for n in variables([e])]
    assert codes <= set(turning([e], ports)["x"])


# ------------------------------------------------------------------ a wrong rewriting


def planted(monkeypatch, rule):
    """The normal form of every program changed by ``rule``."""
    plain = Simplify.__call__
    monkeypatch.setattr(
        Simplify, "__call__", lambda self, program: plain(self, program).with_roots(
            [rule(e) for e in plain(self, program).roots]
        )
    )  # fmt: skip


def refused(formula, tmp_path, **more):
    out = tmp_path / "build"
    with pytest.raises(BrokenPromise) as broken:
        api.compile(design(formula, **more), out)
    assert not out.exists()
    return broken.value


def test_dropped_sign_stops_the_compilation(monkeypatch, tmp_path):
    half = double_angle._square
    monkeypatch.setattr(
        double_angle, "_square", lambda wave: half(make("cos", *wave.args))
    )  # sin(a)^2 becomes cos(a)^2
    error = refused("sin(x)**2*y + 0.3*y", tmp_path, bits=14)

    assert "(code " in str(error.where)
    assert error.exit_code == 1
    assert "report this" in str(error)


@pytest.mark.parametrize("places", [12, 40])
@pytest.mark.parametrize("formula", ["x*y + 0.3*x", "x/(y + 3)"])
def test_wrong_constant_stops_the_compilation(monkeypatch, tmp_path, formula, places):
    tiny = Fraction(1, 10**places)
    planted(monkeypatch, lambda e: e + make("mul", const(tiny), var("x")))
    error = refused(formula, tmp_path)

    assert error.what.startswith("output out was rewritten into another function: it differs by ")
    assert "x = " in str(error.where)


def test_wrong_constant_in_a_function_stops_the_compilation(monkeypatch, tmp_path):
    scale = const(1 + Fraction(1, 10**12))
    planted(monkeypatch, lambda e: make("mul", scale, e))
    assert refused("exp(x)*y", tmp_path).what.startswith("output out was rewritten")


def test_rule_for_one_sign_alone_stops_the_compilation(monkeypatch, tmp_path):
    monkeypatch.setitem(simplify.RULES, "abs", lambda state, args: args[0])
    error = refused("abs(x) + 0.3*y", tmp_path)

    assert "x = -" in str(error.where)
    out = tmp_path / "positive"
    positive = design("abs(x) + 0.3*y")
    ports = tuple(Input.with_bits(i.name, 12, (Fraction(0), Fraction(2))) for i in positive.inputs)
    api.compile(replace(positive, inputs=ports), out)
    assert out.exists()


# ------------------------------------------------------------------ what is written


@pytest.mark.parametrize(
    ("formula", "more", "method"),
    [
        ("x*y + 0.3*x", {}, None),
        ("(x + y)*(x - y)*0.5", {}, "exact polynomials"),
        ("sin(x)**2*y", {}, None),
        ("log(x) + y", {"domain": "clamp"}, "same expression"),
        ("x*y + sin(y)", {"accuracy": Accuracy(precision=FixedType.parse("fixed<12,6>"))}, None),
    ],
)
def test_certificate_and_report_say_what_was_done(tmp_path, formula, more, method):
    error = Fraction(1, 16)
    d = replace(design(formula, bits=10, error=error), **more)
    build = api.compile(d, tmp_path / "build")
    said = build.certificate.data["rewriting"]["out"]
    found = build.report["evidence"]
    seen = found["outputs"]["out"]

    assert said["method"] == (method or said["method"])
    assert found["points"] > 10_000
    assert found["ball_points"] >= 12
    assert 0 < seen["largest_error"] <= build.certificate.bound("out")
    assert set(seen["at"]) == {"x", "y"}
    assert build.report["seconds"]["evidence"] > 0
    again = api.compile(d, tmp_path / "again")
    assert json.dumps(again.report["evidence"]) == json.dumps(found)
    assert again.certificate == build.certificate


def test_values_of_another_function_are_refused_by_hand(firmware):
    """The certificate's values are what is compared, whatever made them."""
    d = design("x*y + 0.3*x")
    f = compile_design(d)
    values = [dict(v) for v in f.certificate.data["values"]]
    values[-1]["expr"] = f"{values[-1]['expr']} + 1/10000000000000*x"
    data = {**f.certificate.data, "values": values}
    with pytest.raises(BrokenPromise, match="another function"):
        validated(replace(f, certificate=replace(f.certificate, data=data)))
