"""The first minute: a design file to fill in, and completion of the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from symgate import api
from symgate.cli import app
from symgate.frontend.load import load_any


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *args: CliRunner().invoke(app, [str(a) for a in args])


def test_file_compiles_as_it_is(run):
    assert run("init").exit_code == 0

    build = api.compile(Path("design.toml"), Path("b"))
    assert build.certificate.bounds[0].bound <= 0.01


def test_every_commented_line_is_right_too(run):
    """Each alternative in a comment reads, in the place of the line that it would replace."""
    run("init", "d.toml", "--name", "my design")
    text = Path("d.toml").read_text()
    assert load_any(Path("d.toml")).name == "my_design"
    optional = re.findall(r"^# (.* = .*)$", text, re.MULTILINE)
    assert len(optional) >= 8
    for line in optional:
        key = line.partition(" = ")[0]
        kept = [other for other in text.splitlines() if not other.startswith(f"{key} = ")]
        where = kept.index(f"# {line}")
        kept[where] = line
        if key == "precision":
            kept = [other for other in kept if not other.startswith("max_error")]
        if line.startswith("max_error"):
            line_of_s = next(k for k, other in enumerate(kept) if other.startswith("# s = "))
            kept[line_of_s] = kept[line_of_s].removeprefix("# ")
        if key in ("c", "s"):
            kept = [re.sub(r"^max_error = .*", f"max_error = {{ u = 0.1, {key} = 0.1 }}", o) for o in kept]
        if key == "v":
            kept = [other.replace('/3"', '/3 + v"') for other in kept]
        Path("other.toml").write_text("\n".join(kept) + "\n")
        load_any(Path("other.toml"))


def test_file_that_exists_is_kept(run):
    Path("design.toml").write_text("mine")

    result = run("init")
    assert result.exit_code == 2
    assert "design.toml exists" in result.output
    assert Path("design.toml").read_text() == "mine"


def test_missing_folder_is_said(run):
    assert "there is no folder none" in run("init", "none/d.toml").output


def test_completion_knows_the_commands(run, monkeypatch):
    monkeypatch.setenv("_SYMGATE_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "symgate ver")
    monkeypatch.setenv("COMP_CWORD", "1")

    shown = CliRunner().invoke(app, [], prog_name="symgate")
    assert shown.stdout.split() == ["verify"]
