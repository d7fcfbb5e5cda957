"""Whole fronts and prices of operators: rows that compile, rows that do not, and what no other row
beats.
"""

from __future__ import annotations

import csv
import io

import pytest
from typer.testing import CliRunner

from symgate import api
from symgate.cli import app
from symgate.errors import BrokenPromise, InputError
from symgate.explore import pareto_front as front
from symgate.explore.pareto_front import Point
from symgate.frontend.options import Options

TABLE = 'Complexity,Loss,Equation\n1,10.0,"1.5"\n3,4.0,"x0 * 0.5"\n4,1.2,"square(x0)"\n6,1.0,"log(x0)"\n'
SMALL = Options(bits=6, ranges=["[-2, 2]", "x7=[0, 1]"], relative_error="2^-4")


def test_front_compiles_each_row(tmp_path):
    (tmp_path / "hall_of_fame.csv").write_text(TABLE)
    top, points = front.compile_front(tmp_path / "hall_of_fame.csv", tmp_path / "out", SMALL, 0)

    assert [p.complexity for p in points] == [1, 3, 4, 6]
    assert points[0].refused == "the design has no inputs"
    assert points[3].refused == "log of 'x0' can leave its domain in the given ranges"
    assert sorted(p.name for p in top.iterdir()) == ["c3", "c4"]
    for p in points[1:3]:
        build = api.load(top / f"c{p.complexity}")
        assert p.lut == build.report["estimate"]["lut"]
        assert p.bound == build.certificate.bounds[0].bound


def test_rows_of_one_complexity_have_folders_of_their_own(tmp_path):
    table = tmp_path / "front.csv"
    table.write_text("nodes,held,formula\n3,0.2,x0 * 0.5\n3,0.1,x0 * 0.75\n")
    top, points = front.compile_front(table, tmp_path / "out", SMALL, 0)

    assert [p.complexity for p in points] == [3, 3]
    assert sorted(p.name for p in top.iterdir()) == ["c3", "c3-2"]


def test_table_on_the_command_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hall_of_fame.csv").write_text(TABLE)
    args = [
        "compile",
        "hall_of_fame.csv",
        "--front",
        "-o",
        "out",
        "--bits",
        "6",
        "--range",
        "[-2,2]",
    ]
    result = CliRunner().invoke(app, [*args, "--relative-error", "2^-4", "--search-seconds", "0"])

    assert result.exit_code == 0, result.output
    assert "refused: log of 'x0' can leave its domain" in result.output
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / "front.csv").read_text())))
    assert [r["complexity"] for r in rows] == ["1", "3", "4", "6"]
    assert [bool(r["lut"]) for r in rows] == [False, True, True, False]
    assert (tmp_path / "out" / "front.png").read_bytes().startswith(b"\x89PNG")


def test_what_no_other_row_beats():
    points = [
        Point(1, 3.0, "a", lut=5.0),
        Point(2, 2.0, "b", lut=9.0),
        Point(3, 2.5, "c", lut=9.0),
        Point(4, 1.0, "d"),
    ]
    assert [p.best for p in front.marked(points)] == [True, True, False, False]


def test_front_of_several_outputs_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("output,complexity,loss,equation\nu,1,5,x0\nv,3,1,x0*2\n")
    with pytest.raises(InputError, match="no front of one output"):
        front.compile_front(tmp_path / "a.csv", tmp_path / "out", SMALL)


def test_prices_grow_with_the_operator():
    found = front.prices(5, "2^-4", ["+", "*"])
    assert 0 < found["+"] < found["*"]
    text = front.settings(found, 5, "2^-4")
    scope: dict = {}
    exec(text, scope)
    assert scope["complexity_of_operators"] == front.complexities(found)
    assert scope["complexity_of_operators"]["+"] == 1
    with pytest.raises(InputError, match="the operator 'gamma' has no measurement"):
        front.prices(5, "2^-4", ["gamma"])


def test_our_own_error_is_no_refusal_of_a_row(tmp_path, monkeypatch):
    def broken(*args, **more):
        raise BrokenPromise("output y is off by 1, more than its certified bound 0.5")

    (tmp_path / "hall_of_fame.csv").write_text(TABLE)
    monkeypatch.setattr(api, "compile", broken)
    with pytest.raises(BrokenPromise):
        front.compile_front(tmp_path / "hall_of_fame.csv", tmp_path / "out", SMALL, 0)
