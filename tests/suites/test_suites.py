"""Third-party expressions: each compiles with every bit and bound kept, or is refused with what to
do.

`benchmarks/suites.py` prints the table of all; here each equation is a slow test, of which CI takes
a sample.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def _suites():
    if "suites" not in sys.modules:
        spec = importlib.util.spec_from_file_location("suites", ROOT / "benchmarks" / "suites.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["suites"] = module
        spec.loader.exec_module(module)
    return sys.modules["suites"]


suites = _suites()
ITEMS = [i for read in suites.SUITES.values() for i in read()] if suites.DATA.is_dir() else []
QUICK = ["I.12.5", "I.14.3", "Keijzer-8", "g3"]


def check(item):
    found = suites.measure(item, search=0, tool="cpp")
    assert found["outcome"] in ("compiled", "refused", "constant")
    if found["outcome"] == "refused":
        assert found["reason"].startswith("error: ")
        assert "\n  do: " in found["reason"], "a refusal says what to do"
    elif found["outcome"] == "compiled":
        assert found["problems"] == []
        assert found["mismatches"] == 0
        assert "cpp" in found["models"]


@pytest.mark.slow
@pytest.mark.needs("g++", "hls4ml")
@pytest.mark.parametrize("item", ITEMS, ids=lambda i: f"{i.suite}-{i.name}")
def test_equation(item):
    check(item)


@pytest.mark.needs("g++", "hls4ml")
@pytest.mark.parametrize(
    "item", [i for i in ITEMS if i.name in QUICK], ids=lambda i: f"{i.suite}-{i.name}"
)
def test_sample(item):
    check(item)


def test_reasons_are_counted_without_their_particulars():
    one = "error: log of 'x1 + 3' can leave its domain in the given ranges\n  do: narrow"
    assert suites.short(one) == "log can leave its domain in the given ranges"
    assert suites.short("error: the error bound 0.00116 of output 'y' cannot be met") == (
        "the error bound n of output cannot be met"
    )


def test_table():
    results = {
        "a": {"outcome": "compiled", "seconds": 2.0, "lut": 30, "problems": [], "mismatches": 0},
        "b": {"outcome": "refused", "reason": "error: no\n  do: yes", "seconds": 0.1},
        "c": {"outcome": "constant"},
    }
    assert (
        suites.table({"dso": results}).splitlines()[-1]
        == "| dso | 2 | 1 (50 %) | 1: 1 x no | 30 | 2 s | 0 | 0 |"
    )
