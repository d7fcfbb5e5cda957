"""Processor seconds of `symgate --help`, beside an empty Python, and of a one-line formula to its folder.

    python benchmarks/startup.py [--runs 7]

Bytecode is cached before; the least of the runs counts, as a busy machine only adds to it.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from common import ROOT, save, show

FORMULA = "y = sin(x)*z + x^2/4"
STATED = ("--bits", "10", "--range", "[-2,2]", "--max-error", "0.01")


def cpu(command: Sequence[str], folder: str) -> float:
    """The processor seconds of one run."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "XDG_CACHE_HOME": folder}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def least(arguments: Sequence[str], runs: int) -> float:
    """The least of some runs of Python with ``arguments``, the first one left out."""
    found = []
    for _ in range(runs + 1):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "f.txt").write_text(FORMULA + "\n", encoding="utf-8")
            found.append(cpu([sys.executable, *arguments], folder))
    return min(found[1:])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    empty = least(["-c", "pass"], runs)
    asked = least(["-m", "symgate", "--help"], runs)
    compiled = ["-m", "symgate", "compile", "f.txt", "-o", "b", *STATED, "--effort"]
    rows = [
        {"what": "empty Python", "cpu": empty, "times": 1.0},
        {"what": "symgate --help", "cpu": asked, "times": asked / empty},
        *(
            {"what": f"compile, {effort}", "cpu": (s := least([*compiled, effort], 2)), "times": s / empty}
            for effort in ("quick", "full")
        ),
    ]  # fmt: skip
    show("Start", {"what": "what", "cpu": "CPU s", "times": "times an empty Python"}, rows)
    save("startup", rows)


if __name__ == "__main__":
    main()
