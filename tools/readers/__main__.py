"""Random programs of other languages: what the real tool computes, and what symgate reads.

    python tools/readers                      # 10,000 programs of each reader whose tool is here
    python tools/readers c python --programs 2000 --seed 7

Each difference is printed with the program and the point; the exit code is 1 where there is one.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools.readers import c, pykans, python, searches, sympies  # noqa: E402
from tools.readers.compare import Make, run  # noqa: E402

#: What makes programs, and the tool that runs them.
READERS: dict[str, tuple[Make, str]] = {
    "c": (c.make, "gcc"),
    "python": (python.make, "numpy"),
    "sympy": (sympies.make, "sympy"),
    "gplearn": (searches.gplearn, "gplearn"),
    "operon": (searches.operon, "pyoperon"),
    "pykan": (pykans.make, "kan"),
}


def is_here(tool: str) -> bool:
    """Whether a program or a module is installed."""
    return shutil.which(tool) is not None or find_spec(tool) is not None


def main(arguments: list[str] | None = None) -> int:
    """Run the readers that are asked for; return 1 where one differs from its tool."""
    parser = argparse.ArgumentParser(
        prog="readers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("readers", nargs="*", metavar="READER", help=f"of {', '.join(READERS)}")
    parser.add_argument("--programs", type=int, default=10_000, help="of each reader")
    parser.add_argument("--seed", type=int, default=1, help="of the first program")
    asked = parser.parse_args(arguments)
    differences = 0
    for name in asked.readers or READERS:
        make, tool = READERS[name]
        if not is_here(tool):
            print(f"{name}: {tool} is not installed")
            continue
        start = time.process_time()
        tally = run(make, asked.programs, asked.seed)
        seconds = time.process_time() - start
        print(
            f"{name}: {tally.programs} programs, {tally.read} read, {tally.points} values, "
            f"{len(tally.undecided)} at a jump, {len(tally.differences)} differences, {seconds:.0f} CPU s"
        )
        for what, count in tally.refused.items():
            print(f"    refused {count}: {what}")
        for difference in tally.differences[:10]:
            print(difference)
        differences += len(tally.differences)
    return int(differences > 0)


if __name__ == "__main__":
    sys.exit(main())
