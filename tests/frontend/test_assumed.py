"""What a reader takes for granted is said in one place: in the design, the report, and its text."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from symgate import api
from symgate.frontend.load import Options, load_any
from symgate.report import tables

SEARCH = 'Complexity,Loss,Equation\n5,0.1,"{}"\n'
E_NOTE = "E: 2.71828..., since no input is named E"
KINDS = {
    "a letter that is a number": ("a.txt", "y = E*x", {"ranges": ["[0, 1]"]}, [E_NOTE]),
    "an input of that name": ("a.txt", "E: [0, 1]\nx: [0, 1]\ny = E*x", {}, []),
    "ranges": (
        "h.csv", SEARCH.format("x0*x1"), {}, ["the range of x0, x1: [-4, 4], since none is stated"]),
    "precision of constants": (
        "h.csv", SEARCH.format("0.56898147*x0"), {"ranges": ["[0, 1]"]},
        ["0.56898147: constants of a search in single precision: the decimals as written; "
         "--dialect pysr,float=32 takes the binary numbers"]),
    "categories": (
        "h.csv", SEARCH.format("f = #1 + p[#2]; p = [1, 2]"),
        {"ranges": ["[0, 2]"], "combine": "f(x0, k)"},
        ["p[i]: i counts from 1 to 2; others are the nearest"]),
    "whole numbers": (
        "a.c", "double f(double x, int n) { return x + n/2; }", {"ranges": ["[0, 2]"]},
        ["a division of whole numbers: cut off toward 0, as in C"]),
    "names that nothing defines": (
        "a.c", "double f(double x) { return x + GAIN; }", {"ranges": ["[0, 2]"]},
        ["GAIN: an input, since this file does not define it"]),
    "and in Python": (
        "a.py", "def f(x): return x + GAIN + x[1]", {"ranges": ["[0, 2]"]},
        ["GAIN: an input, since this file does not define it"]),
    "formats of a source": (
        "a.cpp", "typedef ap_fixed<16,6> t;\nt f(t x) { t y = x*x; return y; }",
        {"ranges": ["[0, 2]"]},
        ["ap_fixed: real numbers: their rounding and overflow are no part of the formula"]),
    "relations": (
        "a.fpcore", "(FPCore (x y) :pre (and (<= 0 x y) (<= y 2) (<= (+ x y) 1)) (+ x y))", {},
        ["the precondition of 'out' relates its arguments: "
         "the range of each argument alone, which holds more points"]),
    "open ends": (
        "a.fpcore", "(FPCore (x) :pre (<= 1 x) (sqrt x))", {},
        ["the range of x: [1, 4], since :pre leaves an end open"]),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::symgate.frontend.check.DesignWarning")
@pytest.mark.parametrize("kind", KINDS)
def test_kind_of_assumption(kind, tmp_path):
    name, text, more, expected = KINDS[kind]
    (path := tmp_path / name).write_text(text)
    design = load_any(path, Options(bits=8, max_error="0.1", **more))
    rows = [line for line in design.assumed if line.startswith("the row of complexity ")]
    assert [line for line in design.assumed if line not in rows] == expected
    assert len(rows) == (name.endswith(".csv") and "Equation" in text)


def test_the_report_says_so(tmp_path):
    (path := tmp_path / "a.txt").write_text("y = E*x")
    options = Options(bits=6, ranges=["[0, 1]"], max_error="0.1")
    build = api.compile(path, tmp_path / "build", options=options)
    report = json.loads((tmp_path / "build" / "report.json").read_text())
    assert report["assumed"] == [E_NOTE]
    console = Console(file=io.StringIO(), width=120)
    console.print(tables.design_report(build.design, build.certificate, build.report))
    assert isinstance(console.file, io.StringIO)
    assert f"Read as\n  {E_NOTE}\n" in console.file.getvalue()


def test_a_design_that_assumes_nothing_has_no_such_part(tmp_path):
    (path := tmp_path / "a.txt").write_text("x: [0, 1]\ny = x")
    build = api.compile(path, tmp_path / "build", options=Options(bits=6, max_error="0.1"))
    assert "assumed" not in build.report
