"""Without SciPy a fit says what to install."""

from __future__ import annotations

import numpy as np
import pytest
from typer.testing import CliRunner

from symgate.cli import app
from symgate.errors import ToolMissing
from symgate.learn.data import Samples
from symgate.learn.fit import engines, search
from symgate.learn.fit.task import Task


def test_an_engine_without_its_package_says_what_to_install(monkeypatch):
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    task = Task(np.ones((3, 1)), np.ones(3), ("x",))
    with pytest.raises(ToolMissing, match="'operon' needs pyoperon, which is not installed"):
        engines.chosen(("operon",), task)
    assert "operon" not in engines.chosen((), task)


def test_the_command_asks_for_scipy_before_it_reads_a_table(monkeypatch):
    monkeypatch.setattr(search, "find_spec", lambda name: None)
    result = CliRunner().invoke(app, ["fit", "no_such_file.csv", "--target", "y"])
    assert result.exit_code == 2
    assert "SciPy, which is not installed\n  do: pip install 'symgate[fit]'" in result.output


def test_a_fit_without_scipy_says_what_to_install(monkeypatch):
    monkeypatch.setattr(search, "find_spec", lambda name: None)
    rows = Samples(np.ones((3, 1)), np.ones((3, 1)), ("x",), ("y",), False)
    with pytest.raises(ToolMissing, match="SciPy, which is not installed"):
        search.fit(rows)
