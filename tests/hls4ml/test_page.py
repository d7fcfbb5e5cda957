"""The page for hls4ml's users: its code runs as it stands."""

from __future__ import annotations

import re

import numpy as np
import pytest


@pytest.fixture
def code(root) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (root / "docs/from-hls4ml.md").read_text(), re.DOTALL)


@pytest.mark.needs("g++", "hls4ml")
@pytest.mark.filterwarnings("ignore::symgate.frontend.check.DesignWarning")
def test_five_lines(code, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert len([line for line in code[0].splitlines() if line]) <= 5
    names: dict[str, object] = {}
    exec(code[0], names)

    assert abs(names["model"].predict([[2.25, 1.0]])[0, 0] - 2.5) <= names["model"].bounds["y"]
    assert "2.5" in capsys.readouterr().out


@pytest.mark.needs("g++", "hls4ml", "tensorflow", "keras")
@pytest.mark.filterwarnings("ignore")
def test_network(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(code[1], names)

    found = names["hls_model"].predict(np.ones((3, 4)))
    assert (
        np.abs(found.reshape(-1) - names["network"].predict(np.ones((3, 4)), verbose=0)[:, 0]).max()
        < 0.1
    )


@pytest.mark.needs("g++", "hls4ml", "tensorflow", "keras", "alkaid")
@pytest.mark.filterwarnings("ignore")
def test_alkaid(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(code[1].replace("hls_model.compile()", ""), names)
    exec("for w in network.weights: w.assign(np.round(w * 16) / 16)", {"np": np, **names})
    exec(code[2], names)

    found = names["program"].predict(np.ones((3, 4)))
    expected = names["network"].predict(np.ones((3, 4)), verbose=0)
    assert np.array_equal(found, expected)
