"""The tools of the tests: each must fail when it should."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


@pytest.fixture
def project(pytester, monkeypatch):
    """An empty project with our conftest, which runs outside CI."""
    monkeypatch.delenv("CI", raising=False)
    pytester.mkdir("tests").joinpath("conftest.py").write_text(
        Path(__file__).with_name("conftest.py").read_text()
    )
    marks = ("needs: tools", "long: time", "rest: cases", "slow: more")
    pytester.makeini("\n    ".join(["[pytest]\nmarkers =", *marks]))

    def run(code, *options):
        pytester.path.joinpath("tests", "test_it.py").write_text(code)
        return pytester.runpytest_subprocess("tests", *options)

    run.path = pytester.path
    return run


GOLDEN = "def test_a(golden):\n    golden('one\\ntwo\\n')\n"


def test_missing_golden_fails(project):
    result = project(GOLDEN)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*tests/golden/test_it/test_a.txt does not exist: run pytest --update-golden*"]
    )


def test_golden_is_written_then_compared(project):
    project(GOLDEN, "--update-golden").assert_outcomes(passed=1)

    assert (project.path / "tests/golden/test_it/test_a.txt").read_text() == "one\ntwo\n"
    project(GOLDEN).assert_outcomes(passed=1)


def test_changed_golden_shows_the_difference(project):
    project(GOLDEN, "--update-golden")
    result = project(GOLDEN.replace("two", "2"))

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*differs; if the new text is right: pytest --update-golden", "-two", "+2"]
    )


def test_changed_line_end_fails(project):
    project(GOLDEN, "--update-golden")
    project(GOLDEN.replace("two\\n", "two\\r\\n")).assert_outcomes(failed=1)


NEEDS = "import pytest\n@pytest.mark.needs('{}')\ndef test_a(): pass\n"


def test_absent_tool_is_skipped(project):
    result = project(NEEDS.format("no_such_tool"), "-rs")

    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*needs no_such_tool"])


@pytest.mark.parametrize("tool", ["sh", "json"])
def test_program_or_module_is_enough(project, tool):
    project(NEEDS.format(tool)).assert_outcomes(passed=1)


@pytest.mark.parametrize(("tool", "outcome"), [("iverilog", "errors"), ("no_such_tool", "skipped")])
def test_absent_simulator_is_an_error_on_ci(project, monkeypatch, tool, outcome):
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("PATH", "/nonexistent")

    project(NEEDS.format(tool)).assert_outcomes(**{outcome: 1})


BUSY = """
import subprocess, sys, time, pytest

def test_busy():
    end = time.process_time() + 0.4
    while time.process_time() < end: pass

@pytest.mark.parametrize("n", [1, 2])
def test_child(n):
    code = "import time\\nwhile time.process_time() < 0.4: pass"
    subprocess.run([sys.executable, "-c", code], check=True)

def test_idle(): time.sleep(1)
"""


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_costs_are_cpu_seconds_of_functions_with_their_children(project, workers):
    project(BUSY, "--update-costs", *workers).assert_outcomes(passed=4)

    costs = json.loads((project.path / "tests/costs.json").read_text())
    assert costs.keys() == {"tests/test_it.py::test_child"}
    assert costs["tests/test_it.py::test_child"] > 0.7


def test_what_takes_long_is_no_quick_test(project):
    costs = {"tests/test_it.py::test_child": 9.0, "tests/test_it.py::test_busy": 0.9}
    (project.path / "tests/costs.json").write_text(json.dumps(costs))

    project(BUSY, "-m", "not long").assert_outcomes(passed=2, deselected=2)


CASES = """
import pytest
@pytest.mark.parametrize("k", range(12))
def test_many(k): pass
def test_one(): pass
@pytest.mark.slow
@pytest.mark.parametrize("k", range(3))
def test_slow(k): pass
"""


@pytest.mark.parametrize(("seconds", "kept"), [(0.9, 13), (3.0, 5), (90.0, 1), (900.0, 0)])
def test_of_what_takes_long_some_cases_run(project, seconds, kept):
    """The twelve cases of the one function, and the one of the other, take so many seconds each."""
    costs = {f"tests/test_it.py::{name}": seconds for name in ("test_many", "test_one")}
    (project.path / "tests/costs.json").write_text(json.dumps(costs))

    result = project(CASES, "-m", "not slow and not rest", "-v")
    result.assert_outcomes(passed=kept, deselected=16 - kept)
    result.stdout.fnmatch_lines(["*test_many[[]0]*"] if kept else ["*16 deselected*"])
    project(CASES).assert_outcomes(passed=16)


def test_each_function_that_takes_long_exists(root):
    """A test that was renamed would run among the quick ones without a word."""
    costs = json.loads((root / "tests" / "costs.json").read_text())
    names = {name for name, seconds in costs.items() if seconds > 1}
    for file, _, function in (name.partition("::") for name in names):
        assert f"def {function}(" in (root / file).read_text(), f"{file}: no {function}"


def line_with(result, text):
    return next(line for line in result.outlines if text in line)


def test_seed_is_printed_and_repeats(project):
    code = "def test_a(rng): raise AssertionError(f'drew {rng.integers(2**60)}')\n"
    first = project(code)
    header = line_with(first, "seed: ")
    again = project(code, header.split("with ")[1].rstrip(")"))

    assert line_with(again, "seed: ") == header
    assert line_with(again, "AssertionError: drew") == line_with(first, "AssertionError: drew")
