"""`symgate explore` of the jet tagger three ways: killed and run again, then on two Dask workers of
which one is killed. Compares every point and the front, byte by byte.

    python benchmarks/explore.py [--folder build/explored] [--jobs 1] [--what jets] [--kill-after 30]

Needs `pip install 'symgate[dask]'` for the second part, which is left out without it.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parent.parent
JETS = ROOT / "examples/jets"
VARIED = [
    "--bits",
    "8..12",
    "--clocks",
    "5 ns,2.5 ns",
    "--objectives",
    "lut,latency",
    "--efforts",
    "quick",
]
ROWS = ["--bits", "6,8,10", "--range", "[-8, 8]", "--efforts", "quick"]
#: What is explored: the tagger of five scores, 100 designs of 10 CPU s each; and every row of the
#: search that found one of them, 135 designs of 1 CPU s.
WHAT = {
    "jets": [str(JETS / "design.toml"), "--data", str(JETS / "jets.csv"), "--errors", "2^-1..2^-5", *VARIED],
    "rows": [str(ROOT / "examples/pysr/hall_of_fame.csv"), "--relative-errors", "2^-3..2^-7", *ROWS],
}  # fmt: skip


def command(folder: Path, what: str, *more: str) -> list[str]:
    """What a user types."""
    return [sys.executable, "-m", "symgate", "explore", *WHAT[what], "-o", str(folder), *more]


def points(folder: Path) -> dict[str, bytes]:
    """Every point of a folder."""
    return {file.name: file.read_bytes() for file in sorted((folder / "points").glob("*.json"))}


def killed_and_resumed(folder: Path, what: str, jobs: int, after: int) -> None:
    """Kill the first run once it has ``after`` points, then run the same command again."""
    more = ("--jobs", str(jobs))
    first = subprocess.Popen(command(folder, what, *more))
    while len(points(folder)) < after and first.poll() is None:
        time.sleep(1)
    first.send_signal(signal.SIGKILL)
    first.wait()
    print(f"killed at {len(points(folder))} points", flush=True)
    subprocess.run(command(folder, what, *more), check=True)


def on_dask(folder: Path, what: str, after: int) -> None:
    """The same on two workers; one is killed once there are ``after`` points."""
    from distributed import LocalCluster

    options = {
        "n_workers": 2,
        "threads_per_worker": 1,
        "processes": True,
        "dashboard_address": None,
    }
    with LocalCluster(**options) as cluster:
        address = cluster.scheduler_address
        run = subprocess.Popen(command(folder, what, "--scheduler", address))
        while len(points(folder)) < after and run.poll() is None:
            time.sleep(1)
        lost = next(iter(cluster.workers.values())).process.process.pid
        os.kill(lost, signal.SIGKILL)
        print(f"a worker killed at {len(points(folder))} points", flush=True)
        if run.wait():
            raise SystemExit("the exploration failed")


def main() -> None:
    """Run both ways and compare."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--folder", type=Path, default=Path("build/explored"))
    parser.add_argument("--what", choices=WHAT, default="jets")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--kill-after", type=int, default=30)
    given = parser.parse_args()
    one, other = given.folder / "local" / given.what, given.folder / "dask" / given.what
    killed_and_resumed(one, given.what, given.jobs, given.kill_after)
    print(f"{len(points(one))} points on this machine", flush=True)
    if find_spec("distributed") is None:
        print("no Dask: pip install 'symgate[dask]'")
        return
    on_dask(other, given.what, given.kill_after)
    a, b = points(one), points(other)
    texts = ("front.csv", "points.csv", "report.html")
    same = [name for name in texts if (one / name).read_bytes() == (other / name).read_bytes()]
    print(f"{len(a)} and {len(b)} points; all bytes equal: {a == b}; equal too: {', '.join(same)}")
    raise SystemExit(a != b or len(same) < len(texts))


if __name__ == "__main__":
    main()
