"""Random programs, run by the real tool, against what is read of them: `tools/readers`, a few of each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tools.readers.__main__ import READERS, is_here
from tools.readers.compare import Tally, compared, run

SEED = 1000


@pytest.mark.parametrize("name", READERS)
def test_reads_what_the_tool_computes(name):
    make, tool = READERS[name]
    if not is_here(tool):
        pytest.skip(f"{tool} is not installed")
    tally = run(make, 12, SEED)
    assert tally.differences == []
    assert tally.read >= 11
    assert len(tally.undecided) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_ten_thousand_programs(name):
    make, tool = READERS[name]
    if not is_here(tool):
        pytest.skip(f"{tool} is not installed")
    tally = run(make, 10_000, SEED)
    assert tally.differences == []
    assert tally.read >= 9_990
    assert len(tally.undecided) <= 100


def test_a_wrong_value_is_found():
    programs, points = READERS["python"][0](5, SEED)
    wrong = [replace(program, truth=program.truth + 0.001) for program in programs]
    tally = Tally()
    compared(wrong, points, tally)
    assert len(tally.differences) == 5


def test_another_input_is_found():
    programs, points = READERS["python"][0](1, SEED)
    text = programs[0].text.replace("K =", "K2 =")
    tally = Tally()
    compared([replace(programs[0], text=text + "\ndef f(x, y): return x*K\n")], points, tally)
    assert tally.differences[0].startswith("inputs ['K']")
