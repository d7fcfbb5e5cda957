"""Functions given by points: their values, their hardware, and what is wrong with them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgate.errors import InputError
from symgate.frontend.design_file import toml
from symgate.frontend.language.source import Source
from symgate.frontend.load import Options, load_any
from symgate.frontend.samples import samples
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
    wanted = (
        np.asarray(y)[np.clip(np.searchsorted(x, t, "right") - 1, 0, None)]
        if steps
        else np.interp(t, x, y)
    )
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
    wanted = (
        np.interp(x, places, y)
        if between == "linear"
        else y[np.searchsorted(places, x, "right") - 1]
    )
    assert np.max(np.abs(out - 2 * wanted)) <= firmware.certificate.bound("u") <= 0.02
    assert toml.loads(toml.dump(design)).outputs == design.outputs


def test_tables_in_python_serve_any_source(tmp_path):
    file = tmp_path / "e.txt"
    file.write_text("u = gain(x) + y\n")
    points = {"gain": {"from": 0, "to": 1, "y": np.array([0.0, 0.5, 2.0])}}

    design = load_any(
        file, Options(bits=8, ranges={"*": ["0", "1"]}, max_error="0.01", tables=points)
    )

    assert variables([design.outputs[0][1]]) == ("x", "y") or set(
        variables([design.outputs[0][1]])
    ) == {"x", "y"}


WRONG = {
    "nan": ("0.5, -1]", "nan, -1]"),
    "infinite": ("0.5, -1]", "inf, -1]"),
    "text": ("0.5, -1]", '"none", -1]'),
    "value_missing": ("0.5, -1]", "-1]"),
    "place_missing": ("2.5, 4]", "4]"),
    "place_nan": ("2.5, 4]", "nan, 4]"),
    "order": ("1, 2.5, 4]", "3, 2.5, 4]"),
    "twice": ("1, 2.5, 4]", "2.5, 2.5, 4]"),
    "no_places": ("x = [0, 1, 2.5, 4], ", ""),
    "no_end": ("x = [0, 1, 2.5, 4]", "from = 0"),
    "end_before_start": ("x = [0, 1, 2.5, 4]", "from = 4, to = 0"),
    "one_point_from_to": (
        'x = [0, 1, 2.5, 4], y = [1.0, "1/4", 0.5, -1]',
        "from = 0, to = 4, y = [1]",
    ),
    "one_point": ('x = [0, 1, 2.5, 4], y = [1.0, "1/4", 0.5, -1]', "x = [0], y = [1]"),
    "no_points": ('y = [1.0, "1/4", 0.5, -1]', "y = []"),
    "unknown_key": ("y = [1.0", "z = 3, y = [1.0"),
    "between": ("-1] }", '-1], between = "cubic" }'),
    "no_table": ("gain = {", "gain = 3 #"),
    "range": ("[0, 4]", "[-1, 4]"),
    "argument": ("gain(x)", "gain(3*x)"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_tables_say_what_is_wrong_and_where(name, golden):
    old, new = WRONG[name]
    assert old in DESIGN
    with pytest.raises(InputError) as e:
        toml.loads(DESIGN.replace(old, new), "d.toml")
    golden(f"{e.value}\n")


def test_ends_may_be_held():
    design = toml.loads(
        DESIGN.replace("gain(x)", "gain(3*x)").replace("-1] }", '-1], ends = "hold" }')
    )

    np.testing.assert_allclose(evaluate([design.outputs[0][1]], {"x": np.array([4.0])})[0], [-2.0])
