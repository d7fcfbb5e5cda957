"""Fuzz every importer and the design file: inputs are read or refused, quickly and in little
memory.

    python tools/fuzz.py 1000000                  # inputs in total, over all importers
    python tools/fuzz.py 10000 --seed 7 --only latex,c

Inputs are drawn from a grammar of each dialect and from its examples, and changed: bytes, words,
brackets, repetition, pieces of other inputs. A traceback, more than 5 s or more than 1 GB is a
failure: the input is kept in build/fuzz and printed, and belongs into
tests/frontend/test_hostile.py once it is repaired. The last line says how many were run.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import re
import resource
import signal
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from symgate.errors import SymgateError
from symgate.frontend.design_file import toml
from symgate.frontend.load import detected
from symgate.frontend.options import Options
from symgate.frontend.readers import SOURCES
from symgate.frontend.readers import text as texts
from symgate.frontend.readers.base import Content

SECONDS, MEGABYTES = 5, 1024
OPTIONS = Options(bits=12, ranges=["[0.5, 2]"], precision="fixed<16,8>")
EXAMPLES = Path(__file__).parent.parent / "tests" / "frontend" / "imports"
#: The network that inputs of the reader of KANELE's tables have, and the bits of its numbers.
LAYERS = '{"layers": [2, 1, 1], "layers_bitwidth": [2, 2, 3]}'
DESIGN = """[design]
name = "tagger"
[inputs]
x = { format = "fixed<12,5>", range = [-8, 8] }
y = { bits = 12, range = [-3.5, "pi"] }
[let]
t = "x*y"
[outputs]
g = "sin(x - 0.39*y) * t"
[accuracy]
max_error = { g = "2^-5" }
[target]
clock = "200 MHz"
dsp = 0
"""
WORDS = """
    sin cos exp log sqrt tan abs max min pow inv square where if else and or not True False lambda def return
    let let* FPCore :pre :name Symbol Integer Float Rational Add Mul Pow Piecewise true pi E inf nan \\frac
    \\left( \\right) \\sin \\sqrt \\begin{cases} \\end{cases} double float void x0 x1 X0 X1 x_1 y S el_Si λ x₀
    Complexity Loss Equation equations #1 C[1] ( ) [ ] { } , ; : = == < <= > >= != + - * / ** ^ % & | ~ ! ? . ..
    ' " ` # $ \\ \\\\ @ _ ^{ }_{ ² 0 1 2 0.5 1e3 1e-300 1e999 0x1.8p3 1/3 3.4028235e38 1e308
    99999999999999999999 fixed<12,5> ufixed<0,0> ap_fixed<3,-9> [inputs] [outputs] range bits max_error format
    __import__('os').system('true') while for tensor (x, x>0) , True)
""".split()  # noqa: SIM905


#: What a search and a model print, with places for two equations.
PRINTS = (
    "Hall of Fame:\nComplexity  Loss       Score      Equation\n"
    "1           8.8e-02  3.9e-01  %s\n3           1.3e-02  3.2e+00  y = %s\n",
    "PySRRegressor.equations_ = [\n   pick     score  equation  loss  complexity\n"
    "0  0.5  %s  0.1  4\n1  >>>>  0.7  %s  0.01  7\n]\n",
    "Complexity  Loss       Score      Equation\n2  2.4e+00  0.0e+00  f = #1; g = %s\n"
    "4  1.7e-13  1.5e+01  f = #1 - 3.7e-08; g = %s\n",
)
_CASES = r"\begin{cases} %s & \text{for}\: x > 0 \\ %s & \text{otherwise} \end{cases}"


class Slow(BaseException):
    """An input that took too long; no Exception, so that nothing swallows it."""


def readers() -> dict[str, Callable[[str], object]]:
    """A function from text per importer; each reads, renames and assembles the design."""
    (beside := Path("build/fuzz/kanele")).mkdir(parents=True, exist_ok=True)
    (beside / "config.json").write_text(LAYERS)

    def importer(kind) -> Callable[[str], object]:
        path = (beside if kind.dialect == "kanele" else Path()) / "fuzz.txt"

        def read(text: str) -> object:
            found, options = kind.read(Content(path, text), (path,), OPTIONS).plain(OPTIONS)
            return found.design(options)

        return read

    found = {kind.dialect: importer(kind) for kind in SOURCES}
    found["toml"] = lambda text: toml.loads(text)
    found["detect"] = lambda text: detected(Content(Path("fuzz.txt"), text)).name
    found["string"] = lambda text: texts.loads(text, OPTIONS)
    return found


def expression(rng: random.Random, depth: int, style: str) -> str:
    """A valid expression, mostly, in one of three syntaxes."""
    if style == "srepr" and (depth <= 1 or rng.random() < 0.15):
        return rng.choice(
            [
                "Symbol('x0')",
                "Integer(2)",
                "Float('0.5', precision=53)",
                "Rational(1, 3)",
                "pi",
                "Symbol('y')",
            ]
        )
    if depth <= 0 or rng.random() < 0.15:
        return rng.choice(["x0", "x1", "y", "0.5", "2", "1e-3", "3.25", "pi"])
    inner = [expression(rng, depth - 1, style) for _ in range(3)]
    if style == "lisp":
        head = rng.choice(
            [
                "+ {0} {1}",
                "* {0} {1}",
                "sin {0}",
                "- {0}",
                "if (< {0} {1}) {1} {2}",
                "let ((x0 {0})) {1}",
                "/ {0} (+ 3 (fabs {1}))",
                "fma {0} {1} {2}",
            ]
        )
        return f"({head.format(*inner)})"
    if style == "latex":
        form = rng.choice(
            [
                r"\frac{%s}{%s}",
                r"\sin{\left(%s + %s \right)}",
                r"%s \cdot %s",
                r"{%s}^{%s}",
                r"\left|%s - %s\right|",
                _CASES,
            ]
        )
        return form % tuple(inner[:2])
    if style == "calls":
        name = rng.choice(["add", "mul", "sub", "div", "max"])
        return f"{name}({inner[0]}, {inner[1]})"
    if style == "srepr":
        form = rng.choice(
            [
                "Add({0}, {1})",
                "Mul({0}, {1}, {2})",
                "Max({0}, {1})",
                "Pow({0}, {1})",
                "sin({0})",
                "Piecewise(ExprCondPair({0}, StrictLessThan({1}, {2})), ExprCondPair({1}, true))",
            ]
        )
        return form.format(*inner)
    form = rng.choice(
        [
            "({0} + {1})",
            "{0}*{1}",
            "sin({0})",
            "-{0}",
            "({0})**2",
            "{0}/(3 + abs({1}))",
            "max({0}, {1})",
            "({0} if {1} > 0 else {2})",
            "({0} > {1} ? {1} : {2})",
            "exp(-{0}^2)",
            "Piecewise(({0}, {1} > 0), ({2}, True))",
        ]
    )
    return form.format(*inner)


def tables(rng: random.Random) -> str:
    """The tables of a network of `LAYERS`."""
    edges = "0_0_0", "0_1_0", "1_0_0"
    entries = {edge: [rng.randint(-3, 3) for _ in range(4)] for edge in edges}
    word = rng.choice(["active", "acive"])
    return json.dumps({e: {word: rng.randint(0, 1), "values_int": v} for e, v in entries.items()})


def generated(rng: random.Random, name: str) -> str:
    """An input of one dialect, from its grammar."""
    depth = rng.choice([1, 2, 3, 4])
    infix = expression(rng, depth, "infix")
    return {
        "fpcore": lambda: (
            '(FPCore (x0 x1 y) :name "n" :pre (and (<= 0 x0 1) (< -1 x1 y 2)) '
            f"{expression(rng, depth, 'lisp')})"
        ),
        "pysr": lambda: (
            f'Complexity,Loss,Equation\n3,0.5,"{infix}"\n5,{rng.random()},"{expression(rng, 2, "i")}"\n'
        ),
        "printed": lambda: rng.choice(PRINTS) % (infix, expression(rng, 2, "infix")),
        "kanele": lambda: tables(rng),
        "json": lambda: (
            rng.choice(
                [
                    '{"equations": {"0": "%s"}}',
                    '[{"complexity": 3, "loss": 0.5, "equation": "%s"}]',
                    '{"equation": ["%s"], "complexity": [3], "loss": [1.0]}',
                ]
            )
            % infix
        ),
        "srepr": lambda: expression(rng, depth, "srepr"),
        "latex": lambda: f"y = {expression(rng, depth, 'latex')}",
        "python": lambda: f"def f(x0, x1, y):\n    t = {infix}\n    return t*2, np.sin(x0)\n",
        "c": lambda: f"double f(double x0, double y) {{ double t = {infix}; return 2.0f*t; }}",
        "pykan": lambda: f"([{infix}, {infix}], [x_1, x_2])",
        "gplearn": lambda: expression(rng, depth, "calls"),
        "toml": lambda: DESIGN.replace(
            "sin(x - 0.39*y) * t", infix.replace("x0", "x").replace("x1", "y")
        ),
    }.get(name, lambda: f"y = {infix}\n")()


def mutated(rng: random.Random, text: str, other: str) -> str:
    """``text`` with a few changes."""
    for _ in range(rng.choice([0, 0, 1, 1, 1, 2, 4])):
        at, end = sorted((rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)))
        change = rng.choice([*range(9), 9, 9, 9, 9, 9, 9])
        if change == 0:
            text = text[:at] + text[min(end, at + 8) :]
        elif change == 1:
            text = text[:at] + rng.choice(WORDS) + text[at:]
        elif change == 2:
            text = text[:at] + " " + rng.choice(WORDS) + " " + text[min(end, at + 4) :]
        elif change == 3:
            text = (
                text[:at]
                + chr(rng.choice([rng.randrange(32, 127), rng.randrange(1, 0x3000), 0, 9, 10, 13]))
                + text[at + 1 :]
            )
        elif change == 4:
            text = text[:at] + text[at:end][:200] * rng.choice([2, 3, 30]) + text[end:]
        elif change == 5:
            start = rng.randrange(len(other) + 1)
            text = text[:at] + other[start : start + 60] + text[at:]
        elif change == 6:
            text = text[:at] + rng.choice("([{\"'|,+-*/^ \n") * rng.choice([1, 3, 200]) + text[at:]
        elif change == 7:
            text = (
                text[:at]
                + "".join(rng.sample(text[at : at + 12], len(text[at : at + 12])))
                + text[at + 12 :]
            )
        elif change == 8:
            text = text[:at] + text[at : at + 1] + text[at:]
        else:  # a word of the text becomes another one of it, or a known one
            found = list(re.finditer(r"\w+|[^\w\s]", text))
            if found:
                place, word = (
                    rng.choice(found),
                    rng.choice([rng.choice(found)[0], rng.choice(WORDS)]),
                )
                text = text[: place.start()] + word + text[place.end() :]
    return text[:20_000]


def inputs(rng: random.Random, names: list[str]) -> Iterator[tuple[str, str]]:
    """Importers and texts without end; texts of one dialect are at times given to another."""
    files = [
        p.read_text(encoding="utf-8")
        for p in sorted(EXAMPLES.iterdir())
        if p.suffix != ".py" and p.name != "truth.json"
    ]
    seeds = [f[:3000] for f in files] + [kind.example for kind in SOURCES] + [DESIGN]
    every = [kind.dialect for kind in SOURCES] + ["toml"]
    while True:
        name = rng.choice(names)
        source = name if name in every and rng.random() < 0.8 else rng.choice(every)
        text = generated(rng, source) if rng.random() < 0.7 else rng.choice(seeds)
        yield name, mutated(rng, text, rng.choice(seeds))


def stop(signum: int, frame: object) -> None:
    """End an input that takes too long."""
    raise Slow


def attempt(read: Callable[[str], object], text: str) -> str:
    """What became of one input: "read", "refused", or the reason why it is a failure."""
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        read(text)
    except SymgateError as e:
        return (
            "refused"
            if str(e).startswith("error: ") and len(str(e)) < 3000
            else "a message that is no message"
        )
    except Slow:
        return f"more than {SECONDS} s"
    except BaseException:
        return traceback.format_exc(limit=-3)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return "read"


def main() -> int:
    """Run, count, and keep what failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--failures", type=int, default=20, help="stop after so many")
    args = parser.parse_args()
    resource.setrlimit(
        resource.RLIMIT_AS, (MEGABYTES << 21, MEGABYTES << 21)
    )  # libraries map half of it
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGPROF, stop)  # time of the processor: machines are busy
    every = readers()
    names = [n for n in every if not args.only or n in args.only.split(",")]
    rng, outcomes, failures, kept = (
        random.Random(args.seed),
        Counter[tuple[str, str]](),
        0,
        Path("build/fuzz"),
    )
    began, slowest, seen = time.monotonic(), (0.0, "", ""), set[str]()
    for number, (name, text) in enumerate(inputs(rng, names), 1):
        before = time.process_time()
        outcome = attempt(every[name], text)
        slowest = max(slowest, (time.process_time() - before, name, text))
        outcomes[name, outcome if outcome in ("read", "refused") else "failed"] += 1
        if outcome not in ("read", "refused") and outcome not in seen:
            seen.add(outcome)
            failures += 1
            kept.mkdir(parents=True, exist_ok=True)
            (kept / f"{name}-{number}.txt").write_text(text, encoding="utf-8")
            print(f"FAILED {name}, input {number}: {outcome}\n{text[:400]!r}\n", flush=True)
        if number % 20_000 == 0:
            gc.collect()
            print(
                f"{number:,} inputs, {failures} failures, {time.monotonic() - began:.0f} s",
                flush=True,
            )
        if number >= args.count or failures >= args.failures:
            break
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    for name in names:
        read, refused, failed = (
            outcomes[name, outcome] for outcome in ("read", "refused", "failed")
        )
        print(f"{name:10} {read:8,} read {refused:8,} refused {failed:4} failed")
    print(f"slowest: {slowest[0]:.2f} s, {slowest[1]}; peak memory {peak} MB")
    print(f"{number:,} inputs, {failures} failures")
    return 1 if failures or peak > MEGABYTES else 0


if __name__ == "__main__":
    sys.exit(main())
