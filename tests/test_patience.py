"""Trials that are given up, and what is kept of a search that ends early."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

import symgate
from symgate import api, patience
from symgate.patience import Patience, Stopped, checkpoint, tried, using
from symgate.report import tables

SOURCE = "x0*x1 + x0*x2 + sin(x0)\n"  # of several forms
OPTIONS = api.Options(bits=8, ranges={"*": ["-1", "1"]}, max_error=Fraction(1, 50))


def ticking(step=1.0):
    ticks = itertools.count(0.0, step)
    return lambda: next(ticks)


def test_it_ends_after_its_seconds():
    own = Patience(2.5, ticking())
    with using(own):
        assert not patience.over()
        assert own.reason == ""
        assert patience.over(0.5)
        assert own.reason == ""
        assert patience.over()
    assert own.reason == "after 2 processor seconds"


def test_a_trial_ends_at_a_checkpoint():
    def trial():
        own.stop("by Ctrl-C")
        checkpoint()
        raise AssertionError("goes on")

    own = Patience()
    with using(own):
        assert tried(trial) is None
        assert tried(lambda: 1) is None  # not begun
        checkpoint()  # what is needed goes on
    assert own.reason == "by Ctrl-C"


def test_only_stopping_is_given_up():
    def trial():
        raise ValueError("of the trial")

    with using(Patience()), pytest.raises(ValueError, match="of the trial"):
        tried(trial)
    with using(Patience()):
        assert tried(lambda: 7) == 7


def test_without_patience_nothing_is_given_up():
    checkpoint()
    assert tried(lambda: 7) == 7
    assert issubclass(Stopped, Exception)


@pytest.mark.parametrize(
    ("nodes", "search", "seconds"),
    [(3, 0, patience.SECONDS), (1000, 0, 5 * patience.SECONDS), (3, 1, float("inf"))],
)
def test_seconds_of_a_formula(nodes, search, seconds):
    assert patience.for_formula(nodes, search) == seconds


def test_a_search_that_is_over_gives_the_first_form(tmp_path):
    own = Patience(0.0)
    build = api.compile(SOURCE, tmp_path / "stopped", options=OPTIONS, patience=own)
    whole = api.compile(SOURCE, tmp_path / "whole", options=OPTIONS)

    assert build.report["stopped"] == own.reason == "after 0 processor seconds"
    assert "stopped" not in whole.report
    assert build.report["estimate"]["lut"] >= whole.report["estimate"]["lut"]
    bound = build.certificate.bounds[0]
    assert bound.target is not None
    assert bound.bound <= bound.target
    assert api.verify(build, tools=[], vectors=1000).problems == []
    printed = tables.design_report(build.design, build.certificate, build.report)
    lines = [str(part) for part in printed.renderables]
    assert any("stopped after 0 processor seconds: this is the best so far" in x for x in lines)


def stopped_by(tmp_path, times):
    """What `symgate compile` does where Ctrl-C comes so often after the first form."""
    script = (
        "import os, signal, symgate.cli\n"
        "from symgate.passes.widths.stages.compare_forms import CompareForms\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "finish = CompareForms._try_form\n"
        "def interrupted(self, form):\n"
        "    found = finish(self, form)\n"
        f"    for _ in range({times}): os.kill(os.getpid(), signal.SIGINT)\n"
        "    return found\n"
        "CompareForms._try_form = interrupted\n"
        "symgate.cli.main()"
    )
    (tmp_path / "a.txt").write_text(SOURCE)
    args = [
        "compile",
        "a.txt",
        "--bits",
        "8",
        "--range",
        "[-1,1]",
        "--max-error",
        "0.02",
        "-o",
        "out",
    ]
    env = {**os.environ, "PYTHONPATH": str(Path(symgate.__file__).parent.parent)}
    return subprocess.run(
        [sys.executable, "-c", script, *args],
        capture_output=True, text=True, check=False, env=env, cwd=tmp_path,
    )  # fmt: skip


def test_ctrl_c_keeps_the_best(tmp_path):
    ran = stopped_by(tmp_path, 1)

    assert ran.returncode == 0
    assert ran.stderr == "stopping at the best so far; Ctrl-C once more gives up\n"
    assert json.loads((tmp_path / "out" / "report.json").read_text())["stopped"] == "by Ctrl-C"


def test_ctrl_c_twice_writes_nothing(tmp_path):
    ran = stopped_by(tmp_path, 2)

    assert ran.returncode == 128 + signal.SIGINT
    assert ran.stderr.splitlines()[-1] == "interrupted: no file was left half-written"
    assert not (tmp_path / "out").exists()
