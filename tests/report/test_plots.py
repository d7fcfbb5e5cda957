"""Figures are drawn without a window system, and the same result gives the same bytes."""

from __future__ import annotations

import builtins
import sys
from dataclasses import replace

import pytest

from symgate.errors import ToolMissing
from symgate.report import plots


@pytest.mark.needs("matplotlib")
def test_figures_of_a_classifier(simulation):
    files = plots.draw(simulation)

    assert sorted(files) == ["errors.png", "roc.png"]
    assert all(png.startswith(b"\x89PNG") for png in files.values())
    assert files == plots.draw(simulation)


@pytest.mark.needs("matplotlib")
def test_other_designs_have_no_roc_curve(simulation):
    assert sorted(plots.draw(replace(simulation, classifier=None))) == ["errors.png"]


def test_missing_matplotlib_says_how_to_get_it(simulation, monkeypatch, golden):
    load = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return load(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    for name in [n for n in sys.modules if n.startswith("matplotlib")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ToolMissing) as error:
        plots.draw(simulation)
    golden(str(error.value) + "\n")
