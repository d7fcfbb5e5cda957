"""The size of the HLS C++ of the jet tagger, and whether its test bench finds planted edits.

    python benchmarks/hls_text.py          # lines and bytes
    python benchmarks/hls_text.py --edits  # and 20 edits, each compiled: some minutes

An edit changes an entry of a table, a sign, a bit, a width or a choice in a random line. One that
changes none of 20,000 random rows changes nothing, and is replaced.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
from pathlib import Path

import numpy as np

from symgate import api
from symgate.backends.hls import Hls
from symgate.backends.hls_project import example_rows
from symgate.ir.saturation import driven
from symgate.project.folder import Build
from symgate.sim import cpp, numpy_model
from symgate.sim.vectors import make

#: Of commit 3f59fc8, the same files.
BEFORE = (3291, 167_240)
DESIGN = Path(__file__).parent.parent / "examples/jets/design.toml"
EDITS, ROWS = 20, 20_000
#: What stands in a line, and what a slip of the hand makes of it.
SLIPS = [
    (r"(?<=[ {])(\d+)(?=,)", lambda m: str(int(m[1]) + 1)),
    (r" \+ ", lambda m: " - "),
    (r" - ", lambda m: " + "),
    (r"bit<(\d+)>", lambda m: f"bit<{int(m[1]) + 1}>"),
    (r" != 0 \? ", lambda m: " == 0 ? "),
    (r"flip\((.*?\))\)", lambda m: m[1]),
    (r"booth_cut<(\d+)>", lambda m: f"booth_cut<{int(m[1]) + 1}>"),
]  # fmt: skip


def sizes(files: dict[str, str]) -> tuple[int, int]:
    """Lines and bytes of the files in ``firmware/``."""
    own = [text for name, text in files.items() if name.startswith("firmware/")]
    return sum(text.count("\n") for text in own), sum(len(text.encode()) for text in own)


def edited(text: str, rng: random.Random) -> tuple[str, str]:
    """``text`` with one slip in a random line behind the helpers, and that line."""
    lines = text.split("\n")
    first = next(k for k, line in enumerate(lines) if line.startswith("// A table has an entry"))
    while True:
        k = rng.randrange(first + 1, len(lines))
        pattern, change = rng.choice(SLIPS)
        code, *comment = lines[k].split("//", 1)
        found = list(re.finditer(pattern, code))
        if found and not code.startswith("inline"):
            m = rng.choice(found)
            new = code[: m.start()] + m.expand(change(m)) + code[m.end() :]
            lines[k] = "//".join([new, *comment])
            return "\n".join(lines), new.strip()


def planted(build: Build, files: dict[str, str]) -> int:
    """How many of `EDITS` edits the rows of the bench find."""
    rng, core = random.Random(1), f"firmware/{build.name}_core.h"
    names = [port.name for port in build.graph.inputs]
    rows = dict(zip(names, np.array(example_rows(build.graph)).T, strict=True))
    many = make(driven(build.design), ROWS, seed=0).take(ROWS)
    expected, known = (numpy_model.simulate(build.graph, v) for v in (rows, many))
    found = tried = 0
    while tried < EDITS:
        text, line = edited(files[core], rng)
        with tempfile.TemporaryDirectory() as folder:
            project = cpp.Project(build.name, build.graph, {**files, core: text})
            library = cpp.Library([project], Path(folder), optimise=0)
            got, wide = library.run(build.name, rows), library.run(build.name, many)
        if not any(np.any(wide[n] != known[n]) for n in known):
            continue
        tried += 1
        is_found = any(np.any(got[n] != expected[n]) for n in expected)
        found += is_found
        print(f"{'found' if is_found else 'MISSED'}: {line[:100]}", flush=True)
    return found


def main() -> int:
    """Print the sizes before and now, and what becomes of the edits."""
    with tempfile.TemporaryDirectory() as folder:
        build = api.compile(DESIGN, Path(folder) / "jets")
        files = dict(Hls().emit(build.firmware))
        for what, before, now in zip(("lines", "bytes"), BEFORE, sizes(files), strict=True):
            print(f"{what}: {before} before, {now} now, {now / before:.0%}")
        if sys.argv[1:] != ["--edits"]:
            return 0
        found = planted(build, files)
        print(f"{found} of {EDITS} edits found")
    return 0 if found == EDITS else 1


if __name__ == "__main__":
    sys.exit(main())
