"""Without SciPy a fit says what to install."""

from __future__ import annotations

import numpy as np
import pytest

from symgate.errors import ToolMissing
from symgate.learn.data import Samples
from symgate.learn.fit import search


def test_a_fit_without_scipy_says_what_to_install(monkeypatch):
    monkeypatch.setattr(search, "find_spec", lambda name: None)
    rows = Samples(np.ones((3, 1)), np.ones((3, 1)), ("x",), ("y",), False)
    with pytest.raises(ToolMissing, match="SciPy, which is not installed"):
        search.fit(rows)
