"""`symgate passes` and `symgate show`: the compilation step by step, and options that commands share."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
import typer.main

from symgate import api
from symgate.cli import app
from symgate.ir.programtext import parse_program, show_program
from symgate.ir.text import parse, show
from symgate.report import catalogue
from tests.test_cli import DESIGN, contents, run

EXPRESSIONS = ("e.txt", "--bits", 6, "--range", "x=[-4,4]", "--max-error", "0.05")


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("design.toml").write_text(DESIGN)
    Path("e.txt").write_text("y = 0.5*sin(x) + x\n")
    return tmp_path


# passes


def test_list_says_why():
    found = json.loads(run("passes", "--json").stdout)
    shown = run("passes").stdout

    assert [e["name"] for e in found] == [e.name for e in catalogue.steps()]
    assert all(e["reason"] and e["name"] in shown for e in found)
    assert "Other ways" in shown


def test_options_need_a_design(golden):
    golden(run("passes", "--bits", 8, code=2).stderr)


def test_what_each_step_did_to_a_design(here):
    before = contents(here)

    found = json.loads(run("passes", "design.toml", "--json").stdout)

    outer = [e for e in found if not e["inside"]]
    names = api.steps_of("design.toml")
    assert [e["step"] for e in found] == [n for n in names if n in {e["step"] for e in found}]
    assert {e["inside"] for e in found} == {"", "compare-forms"}
    assert all(a["nodes_after"] == b["nodes_before"] for a, b in pairwise(outer))
    assert found[0]["nodes_before"] == 0
    assert found[0]["lut"] is None
    assert found[-1]["lut"] == pytest.approx(api.luts_of("design.toml"))
    assert all(e["seconds"] >= 0 for e in found)
    assert contents(here) == before


def test_what_each_step_did_as_a_table(here):
    shown = run("passes", *EXPRESSIONS).stdout

    assert all(name in shown for name in ("simplify", "  search-and-prove", "schedule"))
    assert "->" in shown


def test_what_is_left_out_is_said(here):
    Path("two.txt").write_text("a = sin(x)\nb = sin(z)\n")
    errors = ("--max-error", "a=0.1", "--max-error", "b=1e-30")
    stated = ("two.txt", "--bits", 6, "--range", "[-1,1]", *errors)

    run("passes", *stated, code=2)
    with pytest.warns(UserWarning, match="b"):
        found = json.loads(run("passes", *stated, "--skip", "--json").stdout)

    notes = {e["step"]: e["note"] for e in found}
    assert notes["split-outputs"] == "2 parts"
    assert notes["compare-forms"] == "without b"


# show


def test_last_step_is_the_graph_of_the_build(here):
    run("compile", "design.toml", "-o", "b")

    shown = run("show", "design.toml").stdout

    assert shown == Path("b/graph.txt").read_text()
    assert shown == run("show", "b").stdout


@pytest.mark.parametrize("step", ["read", "simplify", "fuse", "share-multiples"])
def test_program_after_a_step_reads_back(here, step):
    shown = run("show", *EXPRESSIONS, "--after", step).stdout

    assert show_program(parse_program(shown)) == shown
    assert ("fn[" in shown) == (step in ("fuse", "share-multiples"))


def test_graph_after_a_step_reads_back(here):
    shown = run("show", *EXPRESSIONS, "--after", "search-and-prove").stdout

    assert show(parse(shown)) == shown
    assert parse(shown).latency == 0
    assert parse(run("show", *EXPRESSIONS).stdout).latency > 0


def test_steps_are_named(here):
    names = run("show", "design.toml", "--after", "list").stdout.split()

    assert names == api.steps_of("design.toml")
    assert "clamp" not in names
    assert run("show", *EXPRESSIONS, "--domain", "clamp", "--after", "list").stdout.split()[2] == (
        "clamp"
    )


@pytest.mark.parametrize("step", ["fusee", "clamp", "Schedule", ""])
def test_unknown_step(here, golden, step):
    result = run("show", "design.toml", "--after", step, code=2)

    assert result.stdout == ""
    golden(result.stderr)


# options


def options(command: str) -> dict[str, tuple[object, ...]]:
    """The options of a command, with their names, defaults and help."""
    found = typer.main.get_command(app).commands[command]
    return {
        p.name: (tuple(p.opts), p.multiple, p.default, p.help)
        for p in found.params
        if p.param_type_name == "option"
    }


@pytest.mark.parametrize("command", ["import", "passes", "show"])
def test_options_of_one_name_are_one(command):
    of_compile, mine = options("compile"), options(command)
    shared = mine.keys() & of_compile.keys() - {"output"}

    assert {name: mine[name] for name in shared} == {name: of_compile[name] for name in shared}
    assert {"bits", "ranges", "max_error", "dialect", "skip"} <= shared


def test_passes_and_show_take_what_compile_takes():
    only_compile = {"output", "synth", "front", "as_json"}

    assert options("compile").keys() - only_compile <= options("passes").keys()
    assert options("compile").keys() - only_compile <= options("show").keys()
