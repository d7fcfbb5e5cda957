"""Writers that are killed, and two at once: a whole folder is there at each moment, and nothing is
left over.
"""

from __future__ import annotations

import importlib.util
import random
import re
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest

from symgate import files

SCRIPT = Path(__file__).parents[2] / "tools" / "kill_writes.py"


def run(*options: object) -> dict[str, tuple[int, int, int]]:
    """Per kind of trial how many there were, how many kills were midway, and how often was looked."""
    command = [sys.executable, str(SCRIPT), *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = re.findall(
        r"(.+): ([\d,]+) trials, ([\d,]+) midway, ([\d,]+) looks, 0 wrong", done.stdout
    )
    return {kind: tuple(int(n.replace(",", "")) for n in numbers) for kind, *numbers in lines}


@pytest.mark.parametrize("options", [(), ("--two-steps",)], ids=["swap", "two-steps"])
def test_kills(options):
    found = run("--kills", 15, "--pairs", 0, *options)

    for kind in ("folders", "files and plots"):
        trials, midway, looks = found[kind]
        assert trials == 15
        assert looks > 15
        assert midway, "no kill hit a writer at work"


def test_pair_of_compiles():
    trials, _, looks = run("--kills", 0, "--pairs", 1)["pairs of compiles"]

    assert trials == 1
    assert looks


@pytest.mark.slow
def test_many_kills_and_pairs():
    found = run()

    assert [found[kind][0] for kind in found] == [200, 200, 50]
    assert found["folders"][1] > 50


def test_the_watch_sees_a_gap(tmp_path, monkeypatch):
    """With a writer that takes the old folder away for a while, the same trials fail."""
    spec = importlib.util.spec_from_file_location("kill_writes", SCRIPT)
    kill_writes = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "kill_writes", kill_writes)
    spec.loader.exec_module(kill_writes)

    def gap(aside: Path, path: Path) -> None:
        path.rename(aside / "old")
        time.sleep(0.02)
        (aside / "new").rename(path)

    monkeypatch.setattr(files, "_renameat2", lambda: None)
    monkeypatch.setattr(files, "_put_in_two_steps", gap)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of fork beside the runner's threads
        seen = kill_writes.kill_folders(tmp_path, 20, random.Random(0), swaps=True)

    assert "tiny is not there" in seen.wrong
