"""Formulas that `symgate fit` recovers from their values: the 80 Feynman formulas, and 30 drawn at
random that nobody tuned on.

    python benchmarks/fit_feynman.py                           # both sets, without noise
    python benchmarks/fit_feynman.py --noise 0.01 --set feynman
    python benchmarks/fit_feynman.py --method operon --method gplearn --seconds 10 --sample 20
    python benchmarks/fit_feynman.py --table                   # the table of what was measured before

1,000 rows are drawn evenly from the ranges of ../shared/data/expressions; noise is normal, a share
of the standard deviation of the values. A formula has --seconds of processor time, and its search
ends when it is recovered: when a formula of the front, at most 1.5 times as large as the true one,
leaves less than 1e-12 of the variance on 1,000 new rows without noise. With noise its constants are
first refined on rows without noise: what counts is that the shape is right.

Methods: `symgate` (all engines that are installed), `operon` (pyoperon alone, polished by us too) and
`gplearn` (which must be installed). Results are kept in build/fit_feynman.json after each formula.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from limited import Row, limited  # noqa: E402 - after the path is set

from symgate.frontend.language.infix import parse  # noqa: E402
from symgate.ir.expr import Expr, const, make, var, variables  # noqa: E402
from symgate.learn.fit.archive import Archive  # noqa: E402
from symgate.learn.fit.hardware import read_formula  # noqa: E402
from symgate.learn.fit.numbers import nodes, simplified  # noqa: E402
from symgate.learn.fit.refine import refined  # noqa: E402
from symgate.learn.fit.search import Search, polish_front, run_engines  # noqa: E402
from symgate.learn.fit.task import Budget, Task  # noqa: E402

DATA = ROOT.parent / "shared" / "data" / "expressions" / "feynman_80.json"
KEPT = ROOT / "build" / "fit_feynman.json"
RESULTS = ROOT / "benchmarks" / "results" / "fit_feynman.json"
ROWS, HELD, EXACT = 1000, 0.25, 1e-12
#: A formula this much larger than the true one holds it, but does not show it.
LARGEST = 1.5
#: The random formulas: how many, and the seed that drew them.
DRAWN, DRAWN_SEED = 30, 20261130
Kept = dict[str, dict[str, Row]]


@dataclass(frozen=True)
class Truth:
    """A formula and the range of each of its inputs."""

    name: str
    formula: Expr
    ranges: Mapping[str, tuple[float, float]]

    @property
    def names(self) -> tuple[str, ...]:
        """Its inputs."""
        return tuple(self.ranges)

    @property
    def size(self) -> int:
        """Its nodes, in normal form."""
        return nodes(simplified(self.formula, self.names))

    def task(self, rows: int, seed: int, noise: float = 0.0) -> Task:
        """Rows drawn evenly from the ranges."""
        rng = np.random.default_rng(seed)
        lows, highs = zip(*self.ranges.values(), strict=True)
        x = rng.uniform(lows, highs, (rows, len(self.ranges)))
        clean = Task(x, np.zeros(rows), self.names).values(self.formula)
        return Task(x, clean + noise * np.std(clean) * rng.normal(size=rows), self.names)


def feynman() -> Iterator[Truth]:
    """The 80 Feynman formulas; one is written with `~` for a minus sign."""
    for row in json.loads(DATA.read_text(encoding="utf-8")):
        ranges = {name: (low, high) for name, low, high in row["vars"]}
        yield Truth(row["name"], parse(row["formula"].replace("~", "-"), None), ranges)


def drawn() -> Iterator[Truth]:
    """Random formulas of two to five inputs, of 7 to 21 nodes, finite and not flat."""
    rng, count = np.random.default_rng(DRAWN_SEED), 0
    while count < DRAWN:
        inputs = int(rng.integers(2, 6))
        names = tuple(f"x{k}" for k in range(inputs))
        leaves = [*names, *rng.choice(names, int(rng.integers(0, 4))).tolist()]
        e = _tree(rng, [var(str(name)) for name in rng.permutation(leaves)])
        found = Truth(f"random {count}", e, dict.fromkeys(names, (1.0, 4.0)))
        if 7 <= found.size <= 21 and _is_usable(found):
            count += 1
            yield found


_OF_ONE = ("exp", "log", "sqrt", "sin", "cos", "square", "negative exp", "add 1", "double")


def _tree(rng: np.random.Generator, leaves: list[Expr]) -> Expr:
    """The leaves under random operators of two operands, a function above some of these."""
    if len(leaves) == 1:
        return leaves[0]
    cut = int(rng.integers(1, len(leaves)))
    left, right = _tree(rng, leaves[:cut]), _tree(rng, leaves[cut:])
    both = (left + right, left - right, left * right, left / right)
    found = both[rng.choice(4, p=(0.2, 0.15, 0.4, 0.25))]
    return _of_one(rng.choice(_OF_ONE), found) if rng.random() < 0.3 else found


def _of_one(name: str, e: Expr) -> Expr:
    match name:
        case "square":
            return e ** const(2)
        case "negative exp":
            return make("exp", -e)
        case "add 1":
            return e + 1
        case "double":
            return const(2) * e
        case _:
            return make(name, e)


def _is_usable(truth: Truth) -> bool:
    if set(variables([simplified(truth.formula, truth.names)])) != set(truth.names):
        return False
    y = truth.task(2000, 0).y
    spread = float(np.std(y))
    return bool(np.isfinite(y).all()) and 1e-3 < spread < 0.5 * float(np.ptp(y)) < 1e4


SETS = {"feynman": feynman, "random": drawn}


@dataclass(frozen=True)
class Judge:
    """Says whether a formula is the true one."""

    truth: Truth
    clean: Task
    noise: float

    def recovers(self, e: Expr, size: int, loss: float) -> bool:
        """Whether ``e`` of ``size`` nodes, with ``loss`` on the fitted rows, is the true one."""
        if size > LARGEST * self.truth.size or loss > max(1e-10, 1.5 * self.noise**2):
            return False
        return self.clean.loss(refined(e, self.clean) if self.noise else e) < EXACT

    def recovered(self, archive: Archive) -> str | None:
        """The formula of the front that is, if one is."""
        for found in archive.front():
            e = read_formula(found.formula)
            if self.recovers(e, found.nodes, found.loss):
                return found.formula
        return None


def measure(kind: str, name: str, noise: float, method: str, seconds: float, seed: int) -> Row:
    """What becomes of one formula."""
    warnings.simplefilter("ignore")
    truth = next(t for t in SETS[kind]() if t.name == name)
    judge = Judge(truth, truth.task(ROWS, 10**6 + seed), noise)
    start = time.process_time()
    found = METHODS[method](truth, judge, seconds, seed)
    return {**found, "seconds": round(time.process_time() - start, 2), "true": truth.size}


def by_symgate(truth: Truth, judge: Judge, seconds: float, seed: int, engines: Any = ()) -> Row:
    """The whole search but for compiling."""
    rows = truth.task(ROWS, seed, judge.noise)
    held = round(HELD * ROWS)
    task = Task(rows.x[held:], rows.y[held:], truth.names)
    archive = Archive(task, Task(rows.x[:held], rows.y[:held], truth.names))
    search = Search(seconds, engines, seed)
    run_engines(archive, search, lambda step: None, lambda a: judge.recovered(a) is not None)
    if judge.recovered(archive) is None:
        polish_front(archive, search)
    front = [(c.nodes, c.held, c.engine) for c in archive.front()]
    formula = judge.recovered(archive)
    engine = next((c.engine for c in archive.front() if c.formula == formula), None)
    return {"outcome": "exact" if formula else "missed", "found": formula, "engine": engine,
            "front": front}  # fmt: skip


def by_operon(truth: Truth, judge: Judge, seconds: float, seed: int) -> Row:
    """Operon alone, its constants refined and its front polished as ours are."""
    return by_symgate(truth, judge, seconds, seed, ("operon",))


def by_gplearn(truth: Truth, judge: Judge, seconds: float, seed: int) -> Row:
    """Gplearn, a generation at a time until its time is over; its best program, constants refined."""
    from gplearn.genetic import SymbolicRegressor

    task, budget = truth.task(ROWS, seed, judge.noise), Budget(seconds)
    symbols = ("add", "sub", "mul", "div", "sqrt", "log", "neg", "inv", "sin", "cos")
    search = SymbolicRegressor(
        population_size=1000, generations=1, function_set=symbols, warm_start=True,
        parsimony_coefficient=1e-3, random_state=seed,
    )  # fmt: skip
    e = const(0)
    for generation in range(1, 10**6):
        search.generations = generation
        search.fit(task.x, task.y)
        e = refined(
            simplified(_of_gplearn(search._program.program, truth.names), truth.names), task
        )
        loss = task.loss(e)
        if judge.recovers(e, nodes(e), loss):
            return {"outcome": "exact", "found": str(e), "front": [(nodes(e), loss, "gplearn")]}
        if budget.is_over():
            break
    return {"outcome": "missed", "front": [(nodes(e), task.loss(e), "gplearn")]}


def _of_gplearn(program: list[Any], names: tuple[str, ...]) -> Expr:
    """A program in prefix order as an expression."""
    stack: list[Expr] = []
    for item in reversed(program):
        if isinstance(item, (int, np.integer)):
            stack.append(var(names[item]))
        elif isinstance(item, float):
            stack.append(read_formula(repr(float(item))))
        else:
            stack.append(_called(item.name, [stack.pop() for _ in range(item.arity)]))
    return stack[0]


def _called(name: str, args: list[Expr]) -> Expr:
    match name:
        case "add":
            return args[0] + args[1]
        case "sub":
            return args[0] - args[1]
        case "mul":
            return args[0] * args[1]
        case "div":
            return args[0] / args[1]
        case "inv":
            return const(1) / args[0]
        case "neg":
            return -args[0]
        case _:
            return make(name, args[0])


METHODS = {"symgate": by_symgate, "operon": by_operon, "gplearn": by_gplearn}


def key(kind: str, noise: float, method: str, seconds: float) -> str:
    """What results are kept under."""
    return f"{kind}, {method}, noise {noise:g}, {seconds:g} s"


def run(kept: Kept, args: argparse.Namespace) -> None:
    """Measure what is asked for, and keep each result."""
    for kind in args.set or SETS:
        names = [truth.name for truth in SETS[kind]()]
        if args.sample:
            names = [names[k * len(names) // args.sample] for k in range(args.sample)]
        if args.name:
            names = [name for name in names if name in args.name]
        for method in args.method or ["symgate"]:
            where = key(kind, args.noise, method, args.seconds)
            for name in names:
                results = kept.setdefault(where, {})
                if name in results and not args.again:
                    continue
                work = (kind, name, args.noise, method, args.seconds, args.seed)
                results[name] = limited(measure, *work, seconds=2 * args.seconds + 20)
                row = results[name]
                print(f"{where}, {name}: {row['outcome']} {row['seconds']:.1f} s "
                      f"{row.get('engine', '')} {row.get('found', '')}", flush=True)  # fmt: skip
                KEPT.parent.mkdir(exist_ok=True)
                KEPT.write_text(json.dumps(kept, indent=0))


def table(kept: Kept) -> str:
    """One line for each set, method, noise and limit of time."""
    lines = ["| set, method, noise, limit | formulas | exact | CPU s, mean |", "|---|---|---|---|"]
    for where, results in kept.items():
        exact = sum(r["outcome"] == "exact" for r in results.values())
        mean = np.mean([r["seconds"] for r in results.values()])
        lines.append(f"| {where} | {len(results)} | {exact} | {mean:.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, keep, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--set", action="append", choices=SETS)
    parser.add_argument("--method", action="append", choices=METHODS)
    parser.add_argument("--noise", type=float, default=0.0)
    parser.add_argument("--seconds", type=float, default=30, help="processor time of a formula")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", type=int, help="so many formulas, evenly spaced")
    parser.add_argument("--name", action="append", help="a formula; all by default")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--keep", action="store_true", help="write results/fit_feynman.json too")
    args = parser.parse_args()
    before = KEPT if KEPT.exists() else RESULTS
    kept: Kept = json.loads(before.read_text()) if before.exists() else {}
    if not args.table:
        run(kept, args)
    if args.keep:
        RESULTS.write_text(json.dumps(kept, indent=0) + "\n")
    print(table(kept))


if __name__ == "__main__":
    main()
