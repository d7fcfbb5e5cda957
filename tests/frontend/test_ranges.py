"""Where inputs lie and what an error is a share of: read as stated, or refused, or told."""

from __future__ import annotations

import warnings

import pytest

from symgate.errors import InputError
from symgate.frontend.check import DesignWarning
from symgate.frontend.load import Options, import_any, load_any


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("point", [".", ","])
def test_data_files_have_any_separator(separator, point, tmp_path):
    if separator == point:
        return
    text = f"a{separator}b\n-1{point}5{separator}2\n3{separator}4{point}25\n"
    (data := tmp_path / "d.csv").write_text("\ufeff" + text, encoding="utf-8")
    design = load_any("y = a + b", Options(bits=8, data=data, range_margin=0, max_error="0.1"))
    assert [(i.name, float(i.lo), float(i.hi)) for i in design.inputs] == [
        ("a", -1.5, 3.0),
        ("b", 2.0, 4.25),
    ]


def test_a_decimal_comma_beside_commas_is_refused(tmp_path):
    (data := tmp_path / "d.csv").write_text("a\n1,5\n2,5\n")
    with pytest.raises(InputError, match="2 cells in a row"):
        load_any("y = a", Options(bits=8, data=data, max_error="0.1"))


def core(tmp_path, pre, body, **more):
    (path := tmp_path / "a.fpcore").write_text(f"(FPCore (x y) :pre {pre} {body})")
    return path, Options(bits=12, **more)


def test_a_bound_that_is_no_number_here_is_refused(tmp_path):
    path, options = core(tmp_path, "(and (< 1 x 1e+308) (< 0 y 1))", "(+ x y)", max_error="1")
    with pytest.raises(InputError, match=r"1e\+308 is outside the range of numbers"):
        load_any(path, options)


def test_relations_are_told(tmp_path):
    pre = "(and (<= 0 x 2) (<= 0 y 3) (<= (+ x y) 2))"
    path, options = core(tmp_path, pre, "(* x y)", max_error="1")
    notes = [(n.kind, n.before) for n in import_any([path], options).notes]
    assert ("range", "the precondition of 'out' relates its arguments") in notes
    path, options = core(tmp_path, "(and (<= 0 x 2) (<= 0 y 3))", "(* x y)", max_error="1")
    assert not import_any([path], options).notes


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("y = log(x + 1) - log(x)", ["[1e38, 1e40]"]),
        ("y = (x + 1e30) - x - 1e30", ["[1, 1.5]"]),
        ("y = (1e20 + x) - 1e20", ["[0, 1]"]),
    ],
)
def test_relative_error_of_what_float64_does_not_show_is_refused(text, ranges):
    if "1e30) - x" in text:
        load_any(text, Options(bits=12, ranges=ranges, relative_error="2^-8"))  # it is 0
        return
    with pytest.raises(InputError, match="where float64 shows"):
        load_any(text, Options(bits=12, ranges=ranges, relative_error="2^-8"))


@pytest.mark.parametrize(
    ("ends", "bits", "told"),
    [
        ((0.9999, 1), 12, "input 'x': 12 bits hold 1 value of"),
        ((0.99, 1), 12, None),
        ((-1, 1), 3, None),
        ((5, 5), 12, None),
    ],
)
def test_ranges_of_next_to_no_code_are_told(ends, bits, told):
    options = Options(bits=bits, ranges={"x": ends}, max_error="0.1")
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        load_any("y = x", options)
    messages = [str(w.message) for w in found if w.category is DesignWarning]
    assert bool(messages) == (told is not None)
    if told is None:
        return
    assert messages[0].startswith(told)
    enough = int(messages[0].split("; ")[1].split()[0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        port = load_any("y = x", Options(bits=enough, ranges={"x": ends}, max_error="0.1")).inputs[
            0
        ]
    assert port.raw.hi - port.raw.lo + 1 >= 16


def by_data(tmp_path, rows, **more):
    (data := tmp_path / "d.csv").write_text("a\n" + "\n".join(map(str, rows)) + "\n")
    stated = {"bits": 12, "max_error": "0.1", **more}
    return load_any("y = a", Options(data=data, **stated))


@pytest.mark.parametrize(
    ("rows", "margin", "ends"),
    [
        ((-1, 2.5), None, (-1.35, 2.85)),  # 10 % of the width on each side
        ((-1, 2.5), "20%", (-1.7, 3.2)),
        ((-1, 2.5), 0, (-1, 2.5)),
        ((0.5, 2.5), None, (0.45, 2.7)),  # no sign changes, and 0 is not reached
        ((0, 2.5), None, (0, 2.75)),
        ((-2.5, -0.5), None, (-2.7, -0.45)),
        ((0, 1, 1), None, (0, 1)),  # whole numbers move by whole ones
        ((0, 35), None, (0, 38)),
    ],
)
def test_ranges_of_data_have_a_margin(rows, margin, ends, tmp_path):
    (port,) = by_data(tmp_path, rows, range_margin=margin).inputs
    step = float(port.type.ulp)
    assert abs(float(port.lo) - ends[0]) < step
    assert abs(float(port.hi) - ends[1]) <= step


def test_a_margin_ends_with_the_format_and_rows_at_the_edge_are_counted(tmp_path):
    design = by_data(tmp_path, (-1, 0.25, 2.5, 3.5, 3.9375), bits=None, formats="fixed<7,3>")
    assert (design.inputs[0].lo, design.inputs[0].hi) == (-1.4375, 3.9375)
    (said,) = design.assumed
    assert (
        said
        == "range of a: [-1.4375, 3.9375], by 5 rows of d.csv and a margin of 10 %; 1 row touches an end"
    )


@pytest.mark.parametrize("margin", ["-1%", "100%", "much"])
def test_margins_that_are_none_are_refused(margin, tmp_path):
    with pytest.raises(InputError, match=r"margin|not a number"):
        by_data(tmp_path, (1, 2), range_margin=margin)


def inputs_of(formula, format, *ends):
    stated = {"formats": format, "max_error": "0.1", "ranges": {"x": ends}}
    return load_any(f"y = {formula}", Options(**stated)).inputs[0]


@pytest.mark.parametrize(
    ("formula", "ends", "raw"),
    [
        ("x", ("-0.999", "0.999"), (-8, 7)),  # between the last codes: these are meant
        ("x", ("-0.875", "0.875"), (-7, 7)),  # a code itself: the user leaves out the last one
        ("x", ("-0.99", "0.7"), (-8, 5)),  # one end
        ("x", ("-0.8", "0.7"), (-6, 5)),  # two codes are left out
        ("log(x + 1)", ("-0.999", "0.999"), (-7, 7)),  # undefined at the last code
        ("1/(1.5 + x)", ("-0.999", "0.999"), (-8, 7)),
    ],
)
def test_codes_that_a_range_misses_by_rounding_are_inside(formula, ends, raw):
    port = inputs_of(formula, "fixed<4,1>", *ends)
    assert (port.raw.lo, port.raw.hi) == raw
