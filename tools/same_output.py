"""Whether a change of the code changes what is made: build folders of two checkouts, byte by byte.

    python tools/same_output.py write OUT [--project CHECKOUT] [--quick]
    python tools/same_output.py compare OUT_BEFORE OUT_AFTER

``write`` compiles the examples, the jet taggers, MNIST and 20 Feynman formulas with the code of
``CHECKOUT`` (this one by default) and an empty cache; each design is a process of its own.
``--quick`` leaves out what takes longest. What ``../shared`` would give is left out where that is
missing, and said. ``compare`` prints each file that differs; only the seconds in report.json and
its own hash may.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = {
    "jets": ["examples/jets/design.toml"],
    "one_line": [
        "examples/one_line/expression.txt",
        *("--bits", "12", "--max-error", "2^-8"),
        *("--range", "x0=[-4, 4]", "--range", "x1=[-2, 2]"),
    ],
    "gluon": [
        "examples/pysr/hall_of_fame.csv",
        *("--bits", "12", "--range", "[-8, 8]", "--relative-error", "2^-8"),
    ],
    "spin_wave": ["examples/feynman/spin_wave.txt", "--relative-error", "2^-8"],
}
TAGGERS = ("formula", "sincos", "polynomial", "symbolnet")
SLOW = ("tagger-polynomial", "tagger-symbolnet", "mnist")
FEYNMAN, FEYNMAN_STEP = 20, 4  # every fourth of the 80 formulas
#: One design of the benchmarks in a process of its own, by the checkout that is on sys.path.
WORKER = """
import sys
from fractions import Fraction
from pathlib import Path
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/benchmarks"]
import problems
import symgate
from symgate.api import Options
kind, name, out = sys.argv[2:]
if kind == "feynman":
    stored = problems.feynman()[int(name)]
    options = Options(bits=12, relative_error=Fraction(1, 256),
        ranges={v: (Fraction(a), Fraction(b)) for v, a, b in stored["vars"]})
    symgate.compile(stored["formula"], out, options=options)
else:
    problem = problems.mnist() if kind == "mnist" else problems.tagger(name)
    symgate.compile(problem.design, out)
"""


def work(project: Path, quick: bool) -> dict[str, list[str]]:
    """What to run, by the name of the folder that it writes; ``OUT`` stands for that folder."""
    here = [sys.executable, "-c", WORKER, str(project)]
    runs = {
        name: [sys.executable, "-m", "symgate", "compile", *args, "-o", "OUT"]
        for name, args in EXAMPLES.items()
    }
    if not (project.parent / "shared").is_dir():
        print("left out: taggers, MNIST, Feynman (there is no ../shared)")
        return runs
    runs |= {f"tagger-{name}": [*here, "tagger", name, "OUT"] for name in TAGGERS}
    runs["mnist"] = [*here, "mnist", "", "OUT"]
    for k in range(0, FEYNMAN * FEYNMAN_STEP, FEYNMAN_STEP):
        runs[f"feynman-{k}"] = [*here, "feynman", str(k), "OUT"]
    return {name: run for name, run in runs.items() if not (quick and name in SLOW)}


def write(out: Path, project: Path, quick: bool) -> int:
    """Compile everything into ``out``; the number of designs that failed."""
    failed = 0
    with tempfile.TemporaryDirectory() as cache:
        env = os.environ | {"PYTHONPATH": str(project), "XDG_CACHE_HOME": cache}
        for name, run in work(project, quick).items():
            if (out / name).exists():
                continue
            command = [str((out / name).resolve()) if a == "OUT" else a for a in run]
            done = subprocess.run(
                command, cwd=project, env=env, capture_output=True, text=True, check=False
            )
            failed += done.returncode != 0
            reason = done.stderr.strip().splitlines()[-1:]
            print(f"{name}: {'written' if done.returncode == 0 else reason}", flush=True)
    return failed


def content(path: Path) -> Any:
    """What must stay the same of a file: all bytes, but for the seconds of a report."""
    if path.name != "report.json":
        return path.read_bytes()
    report = json.loads(path.read_text(encoding="utf-8"))
    return {key: value for key, value in report.items() if key not in ("seconds", "sha256")}


def files(top: Path) -> dict[str, Path]:
    """Every file below ``top`` by its path inside it."""
    return {p.relative_to(top).as_posix(): p for p in sorted(top.rglob("*")) if p.is_file()}


def compare(before: Path, after: Path) -> int:
    """Print what differs; the number of files that do."""
    old, new = files(before), files(after)
    differ = [
        name
        for name in sorted({*old, *new})
        if name not in old or name not in new or content(old[name]) != content(new[name])
    ]
    for name in differ:
        print(f"differs: {name}")
    designs = {name.partition("/")[0] for name in {*old, *new}}
    print(f"{len(designs)} designs, {len({*old, *new})} files, {len(differ)} differ")
    return len(differ)


def main() -> None:
    """Write or compare; exit with 1 where something failed or differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    writing = verbs.add_parser("write")
    writing.add_argument("out", type=Path)
    writing.add_argument("--project", type=Path, default=ROOT)
    writing.add_argument("--quick", action="store_true")
    comparing = verbs.add_parser("compare")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    args = parser.parse_args()
    if args.verb == "write":
        bad = write(args.out, args.project.resolve(), args.quick)
    else:
        bad = compare(args.before, args.after)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
