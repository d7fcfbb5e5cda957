"""Functions given by points: their values, their hardware, and what is wrong with them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgate.errors import InputError
from symgate.frontend import toml
from symgate.frontend.load import Options, load_any
from symgate.frontend.samples import samples
from symgate.frontend.source import Source
from symgate.ir.evaluate import evaluate
from symgate.ir.expr import var, variables
from symgate.ir.fixed import run
from symgate.passes.compiler import compile_design

DESIGN = """
[design]
name = "d"
[inputs]
x = { bits = 8, range = [0, 4] }
[tables]
gain = { x = [0, 1, 2.5, 4], y = [1.0, "1/4", 0.5, -1] }
[outputs]
u = "2*gain(x)"
[accuracy]
max_error = 0.02
"""
places = st.lists(st.integers(-40, 40), min_size=1, max_size=9, unique=True).map(sorted)


@given(places, st.randoms(), st.booleans())
def test_points_are_met_and_joined(x, random, steps):
    y = [random.randint(-20, 20) for _ in x]
    stated = {"x": x, "y": y, "between": "step" if steps else "linear"}
    f = samples("f", stated, Source("f")).call(var("t"))

    t = np.sort(np.concatenate([np.linspace(min(x) - 3, max(x) + 3, 200), np.asarray(x, float)]))
    found = np.broadcast_to(evaluate([f], {"t": t})[0], t.shape)
    wanted = np.asarray(y)[np.clip(np.searchsorted(x, t, "right") - 1, 0, None)] if steps else np.interp(t, x, y)
    np.testing.assert_allclose(found, wanted, atol=1e-9)


@pytest.mark.parametrize("between", ["linear", "step"])
def test_a_table_in_a_design_file_becomes_exact_hardware(between):
    text = DESIGN.replace("-1] }", f'-1], between = "{between}" }}')
    design = toml.loads(text)
    firmware = compile_design(design)

    raw = np.arange(design.inputs[0].raw.lo, design.inputs[0].raw.hi + 1)
    x = raw * float(design.inputs[0].type.ulp)
    out = run(firmware.graph, [raw])[0] * float(firmware.graph.outputs[0].type.ulp)
    y = np.array([1, 0.25, 0.5, -1])
    places = np.array([0, 1, 2.5, 4])
    wanted = np.interp(x, places, y) if between == "linear" else y[np.searchsorted(places, x, "right") - 1]
    assert np.max(np.abs(out - 2 * wanted)) <= firmware.certificate.bound("u") <= 0.02
    assert toml.loads(toml.dump(design)).outputs == design.outputs


def test_tables_in_python_serve_any_source(tmp_path):
    file = tmp_path / "e.txt"
    file.write_text("u = gain(x) + y\n")
    points = {"gain": {"from": 0, "to": 1, "y": np.array([0.0, 0.5, 2.0])}}

    design = load_any(file, Options(bits=8, ranges={"*": ["0", "1"]}, max_error="0.01", tables=points))

    assert variables([design.outputs[0][1]]) == ("x", "y") or set(variables([design.outputs[0][1]])) == {"x", "y"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("0.5, -1]", "nan, -1]"), r"y\[2\] of table 'gain' is nan(.|\n)*fill the gap"),
        (("0.5, -1]", "-1]"), "4 places x and 3 values y"),
        (("1, 2.5, 4]", "3, 2.5, 4]"), r"x\[2\] = 2.5 of table 'gain' does not come after x\[1\] = 3"),
        (("x = [0, 1, 2.5, 4], ", ""), "does not say where its points are"),
        (("x = [0, 1, 2.5, 4]", "from = 0"), "does not say where its points are"),
        (("y = [1.0", "z = 3, y = [1.0"), "unknown key 'z'"),
        (("-1] }", '-1], between = "cubic" }'), "between of table 'gain' is 'cubic'"),
        (('y = [1.0, "1/4", 0.5, -1]', "y = []"), "y of table 'gain' has 0 entries"),
        (("gain = {", "gain = 3 #"), "is not a set of points"),
        (("[0, 4]", "[-1, 4]"), "has no values where its operand goes: it reaches from -1 to 3.9"),
        (("gain(x)", "gain(3*x)"), r'ends = "hold"'),
    ],
)
def test_wrong_tables_say_what_is_wrong_and_where(change, message):
    with pytest.raises(InputError, match=message) as e:
        toml.loads(DESIGN.replace(*change))
    assert "gain" in str(e.value)


def test_ends_may_be_held():
    design = toml.loads(DESIGN.replace("gain(x)", "gain(3*x)").replace("-1] }", '-1], ends = "hold" }'))

    np.testing.assert_allclose(evaluate([design.outputs[0][1]], {"x": np.array([4.0])})[0], [-2.0])
