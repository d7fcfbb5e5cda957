"""Writers of build folders that are killed, and two at once: is a whole folder there at each moment?

    python tools/kill_writes.py                       # 200 kills of each kind, 50 pairs of compiles
    python tools/kill_writes.py --kills 20 --pairs 2
    python tools/kill_writes.py --two-steps           # as on systems that cannot swap two names

"Whole" means that every file has the hash that the folder's manifest states; it is looked at all
the time while a writer works, and after it was killed. After the next write nothing may be left
over. With --two-steps nothing is in the place for a moment; what counts is that the next writer
finds the folder again. Exit code 0 if all is as it should be.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from symgate import api, files  # noqa: E402 - after the path is set
from symgate.files import is_aside, replace_file  # noqa: E402
from symgate.project import folder, manifest  # noqa: E402

DESIGN = """\
[design]
name = "tiny"
[inputs]
x = {{ format = "fixed<6,3>" }}
[outputs]
y = "{formula}"
[accuracy]
max_error = 0.05
"""
FORMULAS = ("sin(x)/2 + 0.25*x", "cos(x)/2 - 0.25*x")
LONGEST = 0.08  # seconds until a writer is killed: some writes of a small build


@dataclass
class Seen:
    """What became of one kind of trial."""

    kind: str
    trials: int = 0
    midway: int = 0  # kills that left something aside: the writer was at work
    looks: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.kind}: {self.trials} trials, {self.midway} midway, {self.looks:,} looks, "
            f"{len(self.wrong)} wrong"
        )


def whole(path: Path, part: str = "") -> list[str]:
    """What is wrong with a build folder; looked at again where it, or ``part`` of it, changes."""
    changing = path / part
    while True:
        try:
            handle = os.open(changing, os.O_RDONLY)  # while it is open, no other has its number
        except FileNotFoundError:
            return [f"{changing.name} is not there"]
        try:
            found = manifest.changes(path)
            if os.path.samestat(changing.stat(), os.fstat(handle)):
                return found
        except FileNotFoundError:
            return [f"{changing.name} was taken away"]
        finally:
            os.close(handle)


def left_over(path: Path) -> list[str]:
    """What stands aside in a folder and in those inside it."""
    return [str(p) for p in sorted(path.rglob(".*")) if is_aside(p.name)]


def killed(work: Callable[[], None], look: Callable[[], None], chance: random.Random) -> None:
    """Run ``work`` again and again in a process that is killed at a random time; ``look``
    meanwhile.
    """
    child = os.fork()
    if not child:
        try:
            while True:
                work()
        finally:
            os._exit(1)
    end = time.perf_counter() + chance.random() * LONGEST
    try:
        while time.perf_counter() < end:
            look()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def kill_folders(top: Path, kills: int, chance: random.Random, swaps: bool) -> Seen:
    """Kills while a build folder is replaced by another version of itself."""
    seen = Seen("folders")
    path = top / "tiny"
    versions = [_files(top / f"version{k}", formula) for k, formula in enumerate(FORMULAS)]
    folder.write(path, versions[0])
    turn = [0]

    def write() -> None:
        turn[0] += 1
        folder.write(path, versions[turn[0] % 2])

    def look() -> None:
        seen.looks += 1
        problems = whole(path)
        seen.wrong += problems if swaps else []

    for _ in range(kills):
        killed(write, look, chance)
        seen.trials += 1
        seen.midway += bool(left_over(top))
        look()
        write()
        seen.wrong += whole(path)
        seen.wrong += [f"left over: {name}" for name in left_over(top)]
    return seen


def _files(path: Path, formula: str) -> dict[str, str]:
    """The files of a compiled design, as they are handed to `folder.write`."""
    design = path.with_suffix(".toml")
    design.write_text(DESIGN.format(formula=formula))
    build = api.compile(design, path)
    found = {
        p.relative_to(path).as_posix(): p.read_text()
        for p in sorted(build.path.rglob("*"))
        if p.is_file() and p.name != manifest.MANIFEST
    }
    return found


def kill_files(top: Path, kills: int, chance: random.Random, swaps: bool) -> Seen:
    """Kills while one file of a folder, and its plots, are replaced."""
    seen = Seen("files and plots")
    path = top / "build"
    build = api.compile(_design(top, FORMULAS[0]), path)
    texts = [f"{k}\n" * 20_000 for k in range(2)]
    images = [{"a.png": b"%d" % k * 50_000, "b.png": b"%d" % k} for k in range(2)]
    turn = [0]

    def write() -> None:
        turn[0] += 1
        replace_file(top / "front.csv", texts[turn[0] % 2])
        folder.write_plots(build, images[turn[0] % 2])

    def look() -> None:
        seen.looks += 1
        if (top / "front.csv").read_text() not in texts:
            seen.wrong.append("a part of front.csv")
        if swaps:
            seen.wrong.extend(whole(path, manifest.PLOTS))

    write()
    for _ in range(kills):
        killed(write, look, chance)
        seen.trials += 1
        seen.midway += bool(left_over(top))
        write()
        look()
        seen.wrong += whole(path)
        seen.wrong += [f"left over: {name}" for name in left_over(top)]
    return seen


def _design(top: Path, formula: str) -> Path:
    path = top / f"design{FORMULAS.index(formula)}.toml"
    path.write_text(DESIGN.format(formula=formula))
    return path


def pairs(top: Path, count: int, swaps: bool) -> Seen:
    """Two ``symgate compile`` at once into one folder."""
    seen = Seen("pairs of compiles")
    path = top / "tiny"
    designs = [_design(top, formula) for formula in FORMULAS]
    singles = [api.compile(d, top / f"single{k}").path for k, d in enumerate(designs)]
    wanted = [(single / folder.GRAPH).read_text() for single in singles]
    for number in range(count):
        there = path.exists()
        running = [_compiling(d, path) for d in (designs if number % 2 else designs[::-1])]
        while any(process.poll() is None for process in running):
            seen.looks += 1
            if there and swaps:
                seen.wrong += whole(path)
            there = there or path.exists()
            time.sleep(0.002)
        seen.trials += 1
        seen.wrong += [f"compile ended with {p.returncode}" for p in running if p.returncode]
        seen.wrong += whole(path)
        if (path / folder.GRAPH).read_text() not in wanted:
            seen.wrong.append("the graph is of neither design")
        seen.wrong += [f"left over: {name}" for name in left_over(top)]
    return seen


def _compiling(design: Path, path: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "symgate", "compile", str(design), "-o", str(path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)


def main() -> int:
    """Run all trials and print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200, help="of each kind")
    parser.add_argument("--pairs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--two-steps", action="store_true", help="do not swap names")
    args = parser.parse_args()
    if args.two_steps:
        files._renameat2 = lambda: None  # type: ignore[assignment]
    print(f"seed {args.seed}")
    wrong = []
    with tempfile.TemporaryDirectory(prefix="symgate-kills-") as name:
        for kind in ("folders", "files", "pairs"):
            top = Path(name) / kind
            top.mkdir()
            if kind == "pairs":
                seen = pairs(top, args.pairs, not args.two_steps)
            else:
                kill = kill_folders if kind == "folders" else kill_files
                seen = kill(top, args.kills, random.Random(args.seed), not args.two_steps)
            print(seen, flush=True)
            wrong += seen.wrong
    for line in wrong[:20]:
        print(f"  {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
