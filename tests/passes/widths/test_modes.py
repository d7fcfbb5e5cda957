from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from symgate.errors import AccuracyError, InputError
from symgate.frontend.language.infix import parse
from symgate.ir.design import Accuracy, Design, Input, Target
from symgate.ir.evaluate import evaluate
from symgate.ir.firmware import Certificate
from symgate.ir.fixed import Builder, Graph, run
from symgate.ir.types import FixedType
from symgate.passes.compiler import compile_design, within_limits
from symgate.passes.hardware.cost import estimate

FORMAT = FixedType.parse("fixed<7,3>")


def design(text: str, accuracy: Accuracy, names: str = "xy", **more: str) -> Design:
    inputs = tuple(Input.of(n, FORMAT) for n in names)
    return Design("d", inputs, (("z", parse(text, tuple(names))),), accuracy, **more)


def observed(d: Design, graph: Graph) -> float:
    """The largest error over every code of every input."""
    raws = [a.ravel() for a in np.meshgrid(*(np.arange(i.raw.lo, i.raw.hi + 1) for i in d.inputs))]
    reals = {i.name: r * 2.0**-i.type.frac for i, r in zip(d.inputs, raws, strict=True)}
    exact = evaluate([e for _, e in d.outputs], reals)
    (out,) = run(graph, raws)
    return float(np.abs(out * 2.0 ** -graph.outputs[0].type.frac - exact[0]).max())


@pytest.mark.parametrize("bits", [3, 6, 9])
def test_stated_error_is_kept_on_every_input(bits):
    d = design("sin(1.2*x - 0.3*y) + 0.5*exp(-x**2)*y", Accuracy({"z": Fraction(1, 2**bits)}))

    firmware = compile_design(d, search_seconds=1.0)

    assert observed(d, firmware.graph) <= firmware.certificate.bound("z") <= 2.0**-bits


def test_one_precision_gives_every_value_its_fraction_bits():
    d = design("x*y + 0.3*x", Accuracy(precision=FixedType.parse("fixed<12,7>")))

    firmware = compile_design(d)

    assert firmware.graph.outputs[0].type.frac == 5
    assert observed(d, firmware.graph) <= firmware.certificate.bound("z")


def test_precision_too_narrow_for_an_output_is_refused(golden):
    d = design("x*y", Accuracy(precision=FixedType.parse("fixed<8,4>")))

    with pytest.raises(InputError) as error:
        compile_design(d)

    golden(str(error.value))


def test_metric_picks_the_coarsest_widths_that_lose_little():
    d = design("sin(x) + y", Accuracy(metric="rmse", max_loss=0.02))

    def loss(graph: Graph) -> float:
        rng = np.random.default_rng(0)
        raws = [rng.integers(i.raw.lo, i.raw.hi + 1, 500) for i in d.inputs]
        exact = evaluate(
            [e for _, e in d.outputs], {n: r * 2.0**-4 for n, r in zip("xy", raws, strict=True)}
        )[0]
        return float(
            np.sqrt(
                np.mean((run(graph, raws)[0] * 2.0 ** -graph.outputs[0].type.frac - exact) ** 2)
            )
        )

    firmware = compile_design(d, search_seconds=1.0, loss=loss)

    assert 0.004 < loss(firmware.graph) <= 0.02
    # the budget that was found is no error that the user allows
    assert [bound.target for bound in firmware.certificate.bounds] == [None]


def test_metric_without_data_is_refused():
    with pytest.raises(InputError, match=r"^error: the metric 'rmse' needs data"):
        compile_design(design("x", Accuracy(metric="rmse")))


def test_clamped_domain_computes_the_clamped_function():
    d = design("log(x)", Accuracy({"z": Fraction(1, 32)}), names="x", domain="clamp")

    firmware = compile_design(d, search_seconds=1.0)
    out = (
        run(firmware.graph, [np.array([-64, 0, 16])])[0]
        * 2.0 ** -firmware.graph.outputs[0].type.frac
    )

    assert np.abs(out - [np.log(2.0**-10), np.log(2.0**-10), 0.0]).max() <= 1 / 32


def test_bound_below_what_a_jump_allows_is_refused(golden):
    inputs = tuple(Input.of(name, FixedType.parse("fixed<20,3>")) for name in "xy")
    floor = parse("floor(sin(x) + y)", ("x", "y"))
    d = Design("d", inputs, (("z", floor),), Accuracy({"z": Fraction(1, 100)}))

    with pytest.raises(AccuracyError) as error:
        compile_design(d, search_seconds=0.5)

    golden(str(error.value))


def test_same_design_gives_the_same_graph():
    d = design("sin(x)*y + cos(y)", Accuracy({"z": Fraction(1, 64)}))

    assert compile_design(d).graph == compile_design(d).graph


@pytest.mark.parametrize(
    "text", ["sin(3*x + 2*y)", "cos(5*x) + sin(2*y)", "sin(6.28318*x + y)*cos(x)"]
)
def test_wrapped_angles_reach_every_address(text):
    d = design(text, Accuracy({"z": Fraction(1, 64)}))

    firmware = compile_design(d, search_seconds=1.0)

    assert observed(d, firmware.graph) <= firmware.certificate.bound("z") <= 2.0**-6


def test_objective_latency_takes_fewer_cycles_and_keeps_the_bound():
    text, fast = "sin(x)*cos(2*y)*(x - 0.7*y)", Target(clock_ns=2.0, objective="latency")
    small = compile_design(
        replace(design(text, Accuracy({"z": Fraction(1, 256)})), target=Target(clock_ns=2.0))
    )
    d = replace(design(text, Accuracy({"z": Fraction(1, 256)})), target=fast)

    quick = compile_design(d)

    assert quick.graph.latency < small.graph.latency
    assert observed(d, quick.graph) <= quick.certificate.bound("z") <= 2.0**-8


TRADED = "sin(x)*cos(2*y)"


@pytest.mark.parametrize(
    ("objective", "limit"),
    [("lut", {"latency": 5}), ("latency", {"lut": 130})],
    ids=["latency", "lut"],
)
def test_limit_that_the_objective_misses_is_met_by_giving_away_the_other(objective, limit):
    d = replace(
        design(TRADED, Accuracy({"z": Fraction(1, 64)})),
        target=Target(clock_ns=2.0, objective=objective),
    )
    d = replace(d, target=replace(d.target, **limit))

    firmware = compile_design(d)

    reached = {"lut": estimate(firmware.graph).lut, "latency": firmware.graph.latency}
    free = compile_design(replace(d, target=Target(clock_ns=2.0, objective=objective))).graph
    assert all(
        reached[k] <= v < {"lut": estimate(free).lut, "latency": free.latency}[k]
        for k, v in limit.items()
    )
    assert observed(d, firmware.graph) <= firmware.certificate.bound("z") <= 2.0**-6


def test_an_objective_that_misses_the_error_is_no_obstacle_to_the_next():
    d = design("x", Accuracy({"z": Fraction(1, 64)}))
    d = replace(d, target=Target(clock_ns=2.0, latency=3))
    asked = list[str]()

    def attempt(objective: str) -> tuple[Graph, Certificate]:
        asked.append(objective)
        if objective == "balanced":
            raise AccuracyError("no generator reaches the error")
        return delayed(2 if objective == "latency" else 5), Certificate(())

    assert within_limits(d, lambda graph: 1.0, attempt)[0].latency == 2
    assert asked == ["lut", "balanced", "latency"]


def delayed(cycles: int) -> Graph:
    b = Builder()
    x = b.input("x", FORMAT)
    for _ in range(cycles):
        x = b.register(x)
    b.output("z", x)
    return b.build()


@pytest.mark.parametrize(
    ("text", "frac"), [("1.5", 1), ("3.14159265", 3), ("0.001", 0), ("-7/3", 5), ("12345678", -1)]
)
def test_a_constant_output_has_no_bit_that_its_error_does_not_need(text, frac):
    d = design(text, Accuracy({"z": Fraction(1, 50)}))

    firmware = compile_design(d)

    assert firmware.graph.outputs[0].type.frac == frac
    bound = firmware.certificate.bound("z")
    assert (
        observed(d, firmware.graph) <= bound * (1 + 1e-12) <= 0.02
    )  # the observed one is rounded to float64


def test_a_held_division_keeps_its_error_on_every_input():
    """0 is among the divisors, and so are values close to it that are no codes."""
    d = design("y/x + 1/(x + 0.3*y)", Accuracy({"z": Fraction(16)}), domain="clamp")

    firmware = compile_design(d)

    raws = [a.ravel() for a in np.meshgrid(np.arange(-64, 64), np.arange(-64, 64))]
    x, y = (r / 16.0 for r in raws)
    held = [v / np.maximum(v * v, 2.0**-20) for v in (x, x + 0.3 * y)]
    (out,) = run(firmware.graph, raws)
    error = np.abs(
        out * 2.0 ** -firmware.graph.outputs[0].type.frac - (y * held[0] + held[1])
    ).max()
    assert error <= firmware.certificate.bound("z") <= 16
    with pytest.raises(InputError, match="--domain clamp"):
        compile_design(replace(d, domain="strict"))
