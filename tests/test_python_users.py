"""Python as its users write it: options as arguments, frames as data, predictions, a short repr."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import symgate
from symgate.errors import InputError
from symgate.frontend.check import DesignWarning
from symgate.ir.fixed import run

INSIDE = {"y": np.linspace(1.4, -1.4, 50), "x": np.linspace(-2.8, 2.8, 50), "other": ["a"] * 50}
COLUMNS = {"y": np.linspace(1.5, -1.5, 50), "x": np.linspace(-2.9, 2.9, 50), "other": ["a"] * 50}


class Frame:
    """The little of a data frame that symgate uses: no pandas is needed for the tests."""

    def __init__(self, columns: dict[str, Any], index: Any = None) -> None:
        self.held = columns
        self.columns = list(columns)
        self.index = index

    def __getitem__(self, name: str) -> Any:
        return self.held[name]


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    path = tmp_path_factory.mktemp("python") / "two"
    formulas = {"u": "0.5*sin(x)*y", "v": "x + y"}
    return symgate.compile(formulas, path, bits=9, data=Frame(COLUMNS), max_error=0.05)


def test_options_are_arguments_and_a_frame_gives_ranges(build):
    spans = {port.name: port.span for port in build.design.inputs}

    assert {port.type.width for port in build.design.inputs} == {9}
    for name, (lo, hi) in spans.items():
        step = float(next(p.type.ulp for p in build.design.inputs if p.name == name))
        assert lo <= min(COLUMNS[name]) + step
        assert hi >= max(COLUMNS[name]) - step


def test_unknown_option_is_named():
    with pytest.raises(TypeError, match=r"no option 'bit'; did you mean 'bits'\?"):
        symgate.compile("y = sin(x)", bit=10)


def test_names_are_exported():
    assert symgate.Options(bits=3).bits == 3
    assert {"Build", "Options", "compile", "load"} <= set(dir(symgate))


def test_prediction_is_what_the_graph_gives(build):
    rows = np.array([[0.7, 0.25], [-1.0, 0.5]])
    got = build.predict(rows)

    for row, values in zip(rows, got, strict=True):
        codes = [round(v * 2**p.type.frac) for v, p in zip(row, build.design.inputs, strict=True)]
        raw = run(build.graph, codes)
        wanted = [r * float(p.type.ulp) for r, p in zip(raw, build.graph.outputs, strict=True)]
        assert list(values) == wanted


def test_prediction_has_the_form_of_the_rows(build):
    names = [port.name for port in build.design.inputs]
    array = np.stack([INSIDE[name] for name in names], axis=1)
    plain = build.predict(array)

    assert plain.shape == (50, 2)
    assert np.array_equal(build.predict(INSIDE)["u"], plain[:, 0])
    framed = build.predict(Frame(INSIDE, index="rows"))
    assert (framed.columns, framed.index) == (["u", "v"], "rows")
    assert np.array_equal(framed["v"], plain[:, 1])
    assert build.predict(array[0]).shape == (1, 2)
    assert build.predict(array[:0]).shape == (0, 2)


def test_prediction_stays_within_the_bound(build):
    codes = {name: np.round(INSIDE[name] * 64) / 64 for name in ("x", "y")}
    found = build.predict(codes)
    truth = 0.5 * np.sin(codes["x"]) * codes["y"]

    assert np.abs(found["u"] - truth).max() <= build.certificate.bound("u")


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (np.zeros((3, 5)), r"an array of shape \(3, 5\) for 2 inputs"),
        ({"x": [1.0]}, "the data has no column y"),
        ({"x": [1.0], "y": [float("nan")]}, "column y holds what is not finite"),
        ({"x": ["a"], "y": [1.0]}, "column x holds what is no number"),
        ({"x": [1.0, 2.0], "y": [1.0]}, "the columns have different lengths"),
    ],
)
def test_bad_rows_are_refused(build, rows, problem):
    with pytest.raises(InputError, match=problem):
        build.predict(rows)


def test_outside_the_range_is_said_unless_the_hardware_saturates(tmp_path):
    common = {"bits": 6, "ranges": {"x": (-1.2, 1.2)}, "max_error": 0.1}
    plain = symgate.compile("y = x/2", tmp_path / "a", saturate=False, **common)
    with pytest.warns(DesignWarning, match="1 value of x outside"):
        assert plain.predict([9.0, 0.0])[0] == plain.predict([1.1875])[0]
    held = symgate.compile("y = x/2", tmp_path / "b", saturate=True, **common)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        held.predict([9.0])


def test_simulation_takes_arrays_and_labelled_frames(build):
    found = symgate.simulate(build, Frame(COLUMNS))
    assert (found.source, found.rows) == ("a table in memory", 50)
    names = [port.name for port in build.design.inputs]
    array = np.stack([COLUMNS[name] for name in names], axis=1)
    same = symgate.simulate(build, array)
    assert [o.total for o in same.outputs] == [o.total for o in found.outputs]
    labels = ["u" if k % 2 else "v" for k in range(50)]
    labelled = symgate.simulate(build, {"x": COLUMNS["x"], "y": COLUMNS["y"], "class": labels})
    assert labelled.classifier is not None


def test_repr_is_a_line(build):
    text = repr(symgate.load(build.path))
    assert text.startswith(f"<Build {build.path}: 2 inputs, 2 outputs, {build.graph.latency} cycles, ")
    assert len(text) < 200


def test_notebook_shows_errors(build):
    text = symgate.load(build.path)._repr_html_()
    assert text.count("<svg") == 2
    assert "certified" in text
    assert len(text) < 100_000


# what has no effect is said


def said(*args: Any, **options: Any) -> list[str]:
    from symgate.frontend.load import load_any

    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        load_any(*args, symgate.Options(max_error=0.1, **options))
    return [str(one.message) for one in found]


def test_idle_bits_are_said(tmp_path):
    file = tmp_path / "d.toml"
    file.write_text(
        '[inputs]\nx = { format = "fixed<6,2>" }\ny = { range = [0, 1] }\n[outputs]\nz = "x*y"\n'
    )

    assert said(file, bits=8) == []  # which y has
    idle = "bits = 8 changes nothing: the bits or the format of every input are stated"
    assert said(file, bits=8, formats={"y": "ufixed<6,0>"}) == [idle]
    told = said(file, bits=8, pick="score")
    assert told == ["a design file states its formulas: pick changes nothing"]


def test_idle_data_are_said(tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text("x\n0\n1\n")

    told = said("y = x/3", bits=6, ranges={"x": (-1, 1)}, data=rows)
    assert told == [
        "the data changes no range: the source or other options state the range of every input"
    ]
    assert said("y = x/3", bits=6, data=rows) == []


def test_options_beside_a_design_are_said():
    from symgate.frontend.load import load_any

    design = load_any("y = x/3", symgate.Options(bits=6, ranges={"x": (-1, 1)}, max_error=0.1))
    assert said(design, bits=9)[0].startswith(
        "a Design is complete: bits, max_error changes nothing"
    )


def test_file_of_a_training_is_known(tmp_path):
    file = tmp_path / "train.toml"
    file.write_text('[data]\nset = "jets"\n')

    with pytest.raises(InputError) as error:
        said(file)
    assert "symgate train" in str(error.value.remedy)


def test_import_takes_ranges_from_data(tmp_path):
    from symgate import api

    (tmp_path / "rows.csv").write_text("x\n-3\n2\n")
    (tmp_path / "e.txt").write_text("y = sin(x)\n")
    whole = symgate.Options(bits=8, max_error=0.1, data=tmp_path / "rows.csv")
    text, _ = api.import_([tmp_path / "e.txt"], options=whole)
    assert "range = [-3" in text
    part = symgate.Options(data=tmp_path / "rows.csv")
    with pytest.raises(InputError, match="the data give ranges"):
        api.import_([tmp_path / "e.txt"], options=part)
