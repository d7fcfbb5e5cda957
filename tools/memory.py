"""Whether memory stays bounded: many different compilations in one process, and what it holds after each.

    python tools/memory.py [--count 200] [--first 10] [--limit-mb 300]

The designs are synthetic and all differ (fixed seed): functions, sums and products of two inputs of
11 to 16 bits, so that every cache of the compiler is filled with new entries. Resident memory is read
from the kernel after each compilation. Exits with 1 where it grows by more than ``--limit-mb`` over
what it was after the first ones. Linux only.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import symgate
from symgate.frontend.language.infix import parse
from symgate.ir.design import Accuracy, Design, Input

FUNCTIONS = ("sin", "cos", "tanh", "exp", "atan", "sqrt", "log")
#: Of two functions and four coefficients; the arguments of square roots and logarithms stay above 0.
SHAPES = (
    "{f}({p}*x + {q}*y + {r})",
    "{f}({p}*x + {q})*y",
    "{f}({p}*x + {q}) + {r}*{g}({s}*y + {q})",
    "{p}*x*y + {f}({q}*y + {s})",
)
SEED = 20
PAGE = os.sysconf("SC_PAGE_SIZE")


def design(number: int) -> Design:
    """Design ``number``, the same in every run."""
    rng = random.Random(SEED + number)
    coefficients = {name: f"{rng.randint(20, 180) / 100}" for name in "pqrs"}
    functions = {"f": rng.choice(FUNCTIONS), "g": rng.choice(FUNCTIONS)}
    expression = parse(rng.choice(SHAPES).format(**coefficients, **functions), ["x", "y"])
    bits = rng.randint(11, 16)
    inputs = tuple(Input.with_bits(name, bits, (Fraction(0), Fraction(2))) for name in "xy")
    accuracy = Accuracy(max_error={"z": Fraction(1, 1 << rng.randint(6, 11))})
    return Design(f"memory{number}", inputs, (("z", expression),), accuracy=accuracy)


def resident_mb() -> float:
    """What the process holds in memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * PAGE / 2**20


def measured(count: int) -> list[float]:
    """Resident MB after each of ``count`` compilations."""
    sizes: list[float] = []
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder  # nothing is read that an earlier run left
        for number in range(count):
            symgate.compile(design(number), Path(folder) / "build" / str(number))
            sizes.append(resident_mb())
            if (number + 1) % 10 == 0:
                seconds = time.perf_counter() - start
                print(f"{number + 1:4} compiled  {sizes[-1]:7.0f} MB  {seconds:6.0f} s", flush=True)
    return sizes


def main() -> None:
    """Print the sizes; exit with 1 where they grow beyond the limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--first", type=int, default=10, help="compilations that may fill caches")
    parser.add_argument("--limit-mb", type=float, default=300)
    args = parser.parse_args()
    sizes = measured(args.count)
    before, most = max(sizes[: args.first]), max(sizes)
    print(
        f"after {args.first}: {before:.0f} MB; most: {most:.0f} MB; growth {most - before:.0f} MB"
    )
    sys.exit(most - before > args.limit_mb)


if __name__ == "__main__":
    main()
