"""tools/attack as it is run: a sample that must hold, what it prints and keeps, how it stops."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tools.attack import workers
from tools.attack.__main__ import main
from tools.attack.families import FAMILIES, family
from tools.attack.judge import COMPILED, CRASH, VIOLATED, Failure, Verdict, judge
from tools.attack.search import Effort
from tools.attack.workers import Limits, Result, Task, attack

QUICK = Effort(exhaustive=1 << 12, random=1_000, corners=200, rounds=6)
FIXED = {1: (0, 1, 3, 5), 2: (6, 7, 11, 15)}  # a seed, and designs of it that compile quickly


def task(seed: int, index: int, verify: bool = False) -> Task:
    return Task(seed, index, verify, QUICK, Limits())


@pytest.mark.parametrize(("seed", "index"), [(s, k) for s, ks in FIXED.items() for k in ks])
def test_a_sample_holds(seed, index):
    result = attack(task(seed, index))
    assert not result.verdict.failures, f"{result.text}\n{result.verdict}"


def test_designs_of_a_new_seed_hold(rng):
    """The seed is that in the header of the run."""
    seed = int(rng.integers(1 << 30))
    for index in range(2):
        result = attack(task(seed, index))
        assert not result.verdict.failures, f"--seed {seed} --index {index}\n{result.verdict}"


def design_of(expression: str, accuracy: str = "max_error = 0.1") -> str:
    return f"""[design]
name = "t"
[inputs]
x = {{ format = "fixed<6,3>", range = [0.5, 3] }}
[outputs]
y = "{expression}"
[accuracy]
{accuracy}
"""


def judged(text: str, folder, verify: bool = False) -> Verdict:
    return judge(text, {}, folder / "d", seed=0, effort=QUICK, verify=verify)


@pytest.mark.needs("g++", "iverilog", "hls4ml")
def test_a_design_that_holds(tmp_path):
    found = judged(design_of("log(x)*x"), tmp_path, verify=True)
    assert (found.outcome, found.failures, found.inputs) == (COMPILED, [], 21)
    assert set(found.models) >= {"cpp", "icarus"}
    assert 0 < found.tightness <= 1


def test_a_refusal_is_no_failure(tmp_path):
    found = judged(design_of("log(x - 1)"), tmp_path)
    assert (found.outcome, found.failures) == ("refused", [])
    assert "leave its domain" in found.reason
    assert "log(x" not in found.reason


def test_a_crash_is_seen(tmp_path, monkeypatch):
    def broken(*args: object, **more: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("symgate.passes.compiler.run_steps", broken)
    (failure,) = judged(design_of("x"), tmp_path).failures
    assert failure.kind == CRASH
    assert failure.what.startswith("ZeroDivisionError: oh")


def test_a_bound_above_what_was_asked_for_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr("tools.attack.judge._bounds", lambda path: {"y": 0.2})
    (failure,) = judged(design_of("log(x)"), tmp_path).failures
    assert failure.kind == VIOLATED
    assert "above 0.1" in failure.what


def test_a_wrong_bound_is_seen_with_its_input(tmp_path, monkeypatch):
    honest = judged(design_of("log(x)"), tmp_path)
    monkeypatch.setattr("tools.attack.judge._bounds", lambda path: {"y": 0.01})
    (failure,) = judged(design_of("log(x)"), tmp_path).failures
    assert not honest.failures
    assert failure.kind == VIOLATED
    assert failure.inputs.keys() == {"x"}


# ------------------------------------------------------------------ the command


def test_it_prints_a_line_of_repair_keeps_the_design_and_saves(tmp_path, monkeypatch, capsys):
    def failing(tasks, jobs):
        for t in tasks:
            verdict = Verdict(failures=[Failure(VIOLATED, "output y: too much", {"x": 3})])
            yield Result(
                t.seed, t.index, "edges", "the text\nfixed<20,1>", {"rows.csv": "1"}, verdict
            )

    monkeypatch.setattr("tools.attack.__main__.attacked", failing)
    keep, saved = tmp_path / "keep", tmp_path / "a.json"
    words = ["--seed", "5", "--family", "edges", "--designs", "2", "--keep", str(keep)]
    assert main([*words, "--save", str(saved)]) == 1
    printed = capsys.readouterr().out
    assert "seed 5" in printed
    assert "python tools/attack --seed 5 --index 0" in printed
    assert (keep / "edges-5-0" / "design.toml").read_text() == "the text\nfixed<20,1>"
    assert (keep / "edges-5-0" / "rows.csv").read_text() == "1"
    assert "at the codes x = 3" in (keep / "edges-5-0" / "failure.txt").read_text()
    data = json.loads(saved.read_text())
    assert data["counts"]["edges"]["violated"] == 2
    assert data["how"]["command"].startswith(
        "python tools/attack --designs 2 --family edges --seed 5"
    )
    assert main(["--table", str(saved)]) == 0
    page = capsys.readouterr().out
    assert "| edges | 2 | 2 | 0 | 2 |" in page
    assert "`--seed 5 --index 4`" in page

    both = tmp_path / "both.json"
    assert main(["--table", str(saved), str(saved), "--save", str(both)]) == 0
    page = capsys.readouterr().out
    assert "| edges | 4 | 4 | 0 | 4 |" in page
    assert main(["--table", str(both)]) == 0
    assert capsys.readouterr().out == page


def test_the_page_of_the_documentation_is_that_of_the_saved_run(root, capsys):
    assert main(["--table"]) == 0
    assert capsys.readouterr().out == (root / "docs" / "attack.md").read_text(encoding="utf-8")


def test_an_index_is_the_same_design_whatever_the_family(monkeypatch):
    seen = []

    def none(tasks, jobs):
        seen.extend(tasks)
        yield from ()

    monkeypatch.setattr("tools.attack.__main__.attacked", none)
    main(["--seed", "3", "--designs", "4", "--family", "jumps"])
    assert [family(t.index) for t in seen] == ["jumps"] * 4
    assert "jumps" in FAMILIES


@pytest.mark.slow
def test_ctrl_c_ends_with_the_table(root, tmp_path):
    command = [sys.executable, str(root / "tools" / "attack"), "--seconds", "600", "--seed", "1"]
    run = subprocess.Popen(
        [*command, "--jobs", "1", "--keep", str(tmp_path)], stdout=subprocess.PIPE, text=True,
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    time.sleep(10)
    run.send_signal(signal.SIGINT)
    printed, _ = run.communicate(timeout=60)
    assert "stopped" in printed
    assert "│ all " in printed


@pytest.mark.slow
def test_a_design_that_takes_too_long_or_dies_ends_alone():
    fast, slow = task(1, 15), Task(1, 9, False, QUICK, Limits(seconds=2))
    found = {r.index: r.verdict for r in workers.attacked([slow, fast], 2)}
    assert found[9].outcome == "hang"
    assert found[15].outcome != "hang"
