"""From a table to a front and to firmware."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from symgate import api
from symgate.cli import app
from symgate.errors import InputError
from symgate.frontend.load import load_any
from symgate.learn.data import Samples
from symgate.learn.fit import search as searches
from symgate.learn.fit.archive import Archive, Candidate
from symgate.learn.fit.defined import box_of
from symgate.learn.fit.found import Found
from symgate.learn.fit.hardware import design_of, read_formula
from symgate.learn.fit.search import Search, fit

QUICK = Search(seconds=6, engines=("logprod", "monomials"), seed=2)


def samples(rows: int = 160) -> Samples:
    rng = np.random.default_rng(4)
    x = rng.uniform(1, 2, (rows, 3))
    y = 0.5 * x[:, :1] * x[:, 1:2] / x[:, 2:]
    return Samples(x, y, ("mass", "speed [m/s]", "c"), ("energy",), False)


def test_a_product_is_found_and_compiled(tmp_path):
    found = fit(samples(), QUICK, tmp_path)
    best = found.best()
    assert best.formula == "0.5*mass*speed__m_s/c"
    assert best.held < 1e-20
    assert best.lut is not None
    assert best.lut > 0
    assert best.fixed < 1e-4
    assert list(found.ranges) == ["mass", "speed__m_s", "c"]


def test_a_formula_of_some_of_the_columns_is_compiled():
    ranges = {"a": (-1.0, 1.0), "b": (0.0, 2.0)}
    design = design_of({"y": read_formula("a + 0.5")}, ranges, QUICK.options, "y")

    assert [port.name for port in design.inputs] == ["a"]


def front_of(*formulas: str) -> Found:
    candidates = tuple(Candidate(text, 5, 0.1, 0.1, "basis", 0) for text in formulas)
    return Found(("y",), {"v": (0.0, 0.99)}, candidates, 0.0, wide={"v": (0.0, 1.08)})


@pytest.mark.parametrize(("formula", "end"), [("v + 1", 1.08), ("sqrt(1 - v**2)", 0.99)])
def test_ports_are_wider_than_the_rows_where_the_formula_is_defined(formula, end):
    found = front_of(formula)
    (port,) = found.design(found.candidates[0], QUICK.options).inputs

    assert abs(port.hi - end) < port.type.ulp


def test_stated_ranges_are_those_of_the_ports():
    search = replace(QUICK, ranges=("c=[1, 3]", "[0.5, 4]"))
    (task, _) = searches.tasks(samples(), search)

    assert box_of(task) == {"mass": (0.5, 4), "speed__m_s": (0.5, 4), "c": (1, 3)}
    with pytest.raises(InputError, match="a range for 'C', which is not an input"):
        searches.tasks(samples(), replace(QUICK, ranges=("C=[1, 3]",)))


def test_a_design_is_named_after_its_table_and_its_port_after_the_column():
    quick = replace(QUICK, engines=("logprod",))
    for source, name in (("runs/motor 1.csv", "motor_1"), ("energy.csv", "energy_fit")):
        found = fit(replace(samples(), source=source), quick, compiled=False)
        design = found.design(found.best(), quick.options)
        assert design.name == name
        assert [n for n, _ in design.outputs] == ["energy"]


def test_a_search_without_time_says_so():
    with pytest.raises(InputError, match="found no formula in its time"):
        front_of().best()


def test_a_search_that_was_stopped_goes_on(tmp_path, monkeypatch):
    whole = fit(samples(), QUICK, tmp_path / "whole")

    def stop(self, engine, seed):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Archive, "finish", stop)
        with pytest.raises(KeyboardInterrupt):
            fit(samples(), QUICK, tmp_path / "part")
    again = fit(samples(), QUICK, tmp_path / "part")
    assert again.best().formula == whole.best().formula


def test_a_finished_search_is_not_searched_again(tmp_path, monkeypatch):
    first = fit(samples(), QUICK, tmp_path)
    monkeypatch.setattr(searches, "chosen", lambda names, task: {})
    assert fit(samples(), QUICK, tmp_path).candidates == first.candidates


def test_a_search_that_was_killed_goes_on(table, tmp_path):
    archive = tmp_path / "out" / "archive.jsonl"
    words = [sys.executable, "-m", "symgate", "fit", str(table), "--target", "energy", "--no-build"]
    words += ["--engine", "basis", "--engine", "logprod", "-o", str(tmp_path / "out")]
    process = subprocess.Popen([*words, "--budget", "1h"], stdout=subprocess.DEVNULL)
    while not archive.exists() or len(archive.read_text().splitlines()) < 3:
        time.sleep(0.05)
        assert process.poll() is None
    process.kill()
    process.wait()
    before = {line for line in archive.read_text().splitlines() if line.endswith("}")}
    again = subprocess.run([*words, "--budget", "6s"], capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert "energy = 0.5*mass*speed/c" in again.stdout
    assert before <= set(archive.read_text().splitlines())


def run(*words: str):
    return CliRunner().invoke(app, ["fit", *words])


@pytest.fixture
def table(tmp_path):
    found = samples()
    path = tmp_path / "data.csv"
    rows = np.column_stack([found.x, found.y])
    np.savetxt(path, rows, delimiter=",", header="mass,speed,c,energy", comments="")
    return path


def test_the_command_writes_a_front_and_firmware(table, tmp_path):
    words = ("--target", "energy", "--budget", "6s", "--engine", "logprod")
    result = run(str(table), *words, "-o", str(tmp_path / "out"))
    assert result.exit_code == 0, result.output
    assert "energy = 0.5*mass*speed/c" in result.output
    assert "searches 6 s of processor time, then builds the firmware" in result.output
    assert "on 40 rows that no engine saw" in result.output
    text = (tmp_path / "out" / "front.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert float(rows[-1]["lut"]) > 0
    assert (tmp_path / "out" / "firmware" / "report.json").exists()
    simulated = CliRunner().invoke(
        app, ["simulate", str(tmp_path / "out/firmware"), "--data", str(table), "--no-plots"]
    )
    assert "No input and no value inside the firmware was clipped" in simulated.output
    options = replace(QUICK.options, pick=rows[-1]["nodes"], data=table)
    picked = load_any(tmp_path / "out" / "front.csv", options)
    assert picked.outputs == load_any(f"energy = {rows[-1]['formula']}", options).outputs


def test_what_nothing_meets_is_refused_below_the_front(table, tmp_path):
    words = ("--target", "energy", "--budget", "6s", "--engine", "logprod", "--pick", "lut<=2")
    result = run(str(table), *words, "-o", str(tmp_path / "out"))
    assert result.exit_code == 2
    assert "0.5*mass*speed/c" in result.output
    assert "no formula of the front has lut<=2" in result.output
    assert "do: allow more" in result.output


def test_a_fit_says_what_was_verified(table, tmp_path, monkeypatch):
    verify = api.verify

    def quick(built, progress):
        return verify(built, tools=["amaranth"], vectors=100, progress=progress)

    monkeypatch.setattr(api, "verify", quick)
    words = ("--target", "energy", "--budget", "6s", "--engine", "logprod", "--verify")
    result = run(str(table), *words, "-o", str(tmp_path / "out"))
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    (firmware,) = (line for line in lines if line.startswith("Firmware: latency"))
    assert "cycles" in firmware
    assert "certified error energy 0.0" in firmware
    assert "Verified on 100 vectors: 0 mismatches between numpy, amaranth" in lines
    assert "Check the firmware" not in result.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--target", "energy", "--pick", "lut<<9"), "'lut<<9' is no condition on a formula"),
        ((), "do: name the column: --target y"),
        (("--target", "c", "--label", "c"), "both --target and --label are given"),
        (("--target", "enrgy"), "there is no column 'enrgy'"),
        (("--target", "energy", "--budget", "soon"), "the budget 'soon' is no time"),
        (("--target", "energy", "--engine", "pysr"), "there is no engine 'pysr'"),
    ],
)
def test_bad_input_gets_one_message(table, tmp_path, words, message):
    result = run(str(table), *words, "-o", str(tmp_path / "out"))
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "out" / "front.csv").exists()
