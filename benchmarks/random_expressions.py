"""Certified bound against observed error on random expressions and on the Feynman formulas.

    python benchmarks/random_expressions.py [--count 1000] [--seconds 0.5] [--resume]

The random expressions are synthetic (fixed seed). Every input is tried where there are at most
2^20, else 200,000 random ones with all corners, and from the worst of them steps along one input at
a time to larger errors. A violation is an observed error above the certificate: there must be none.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import ours
import problems
from common import SAMPLES, SEED, SHARED, Reals, Row, console, folder, reference, save, show, timed

from symgate.errors import SymgateError
from symgate.frontend.language.infix import parse
from symgate.frontend.outranges import reached
from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.expr import Expr, const, make, var, variables
from symgate.ir.firmware import Firmware
from symgate.sim.vectors import make as vectors
from symgate.sim.vectors import reals

UNARY = (
    "sin",
    "cos",
    "tanh",
    "exp",
    "sigmoid",
    "atan",
    "gauss",
    "sqrt_safe",
    "log_safe",
    "reciprocal_safe",
)
LIMIT = 60  # processor seconds of one compilation
FEYNMAN_BITS = 12
FEYNMAN_SHARE = Fraction(1, 256)  # of the range of the output
CLIMBERS, CLIMBS = (
    128,
    24,
)  # worst rows that the search for larger errors starts from, and its steps


# Random designs


def random_design(index: int) -> Design:
    """Expression ``index``: one to three inputs of 5 to 9 bits, and an error of 2^-3 to 2^-8 of the
    output's size.
    """
    rng = np.random.default_rng([SEED, index])
    inputs = tuple(random_input(rng, f"x{k}") for k in range(int(rng.integers(1, 4))))
    leaves = [var(i.name) for i in inputs]
    expr = random_expr(rng, leaves, int(rng.integers(2, 5)))
    expr = expr if variables([expr]) else expr + leaves[0]
    design = Design(f"random{index}", inputs, (("y", expr),), saturate=False)
    error = Fraction(2) ** int(rng.integers(-8, -2)) * power_above(size_of(design))
    return replace(design, accuracy=Accuracy(max_error={"y": error}))


def random_input(rng: np.random.Generator, name: str) -> Input:
    """A port with a range of -4 to 4 or less."""
    lo, hi = sorted(Fraction(int(v), 8) for v in rng.choice(np.arange(-32, 33), 2, replace=False))
    return Input.with_bits(name, int(rng.integers(5, 10)), (lo, hi))


def random_expr(rng: np.random.Generator, leaves: Sequence[Expr], depth: int) -> Expr:
    """A random tree with operands inside the domains."""
    if depth == 0:
        return leaves[int(rng.integers(len(leaves)))]
    a = random_expr(rng, leaves, depth - 1)
    kind = int(rng.integers(0, 5))
    if kind == 0:
        return coefficient(rng) * a + coefficient(rng)
    if kind in (1, 2):
        b = random_expr(rng, leaves, int(rng.integers(0, depth)))
        return coefficient(rng) * a + coefficient(rng) * b if kind == 1 else a * b
    return applied(str(rng.choice(UNARY)), a, coefficient(rng))


def applied(name: str, a: Expr, c: Expr) -> Expr:
    """A function of an operand that cannot leave its domain."""
    inside = make("square", a) + const(Fraction(1, 4))
    safe = {"sqrt_safe": "sqrt", "log_safe": "log"}
    if name == "exp":
        return make("exp", make("mul", const(-1), inside))
    if name == "reciprocal_safe":
        return make("div", c, inside)
    return make(safe[name], inside) if name in safe else make(name, a)


def coefficient(rng: np.random.Generator) -> Expr:
    """A constant of two decimals, up to 2."""
    return const(Fraction(int(rng.choice(np.r_[-200:-9, 10:201])), 100))


def size_of(design: Design) -> float:
    """The largest magnitude of the output, sampled."""
    rows = stimuli(design, 2_000)
    values = np.abs(reference(design, rows))
    return float(values[np.isfinite(values)].max(initial=2.0**-10))


def power_above(size: float) -> Fraction:
    """The power of two at ``size`` or above it."""
    return Fraction(2) ** int(np.ceil(np.log2(max(size, 2.0**-20))))


# Feynman


def feynman_designs() -> Iterable[Design]:
    """The 80 formulas with 12-bit inputs over their published ranges, as ``--bits 12
    --relative-error 2^-8``.
    """
    for formula in problems.feynman() if SHARED.is_dir() else ():
        bounds = {name: (Fraction(lo), Fraction(hi)) for name, lo, hi in formula["vars"]}
        inputs = tuple(Input.with_bits(name, FEYNMAN_BITS, r) for name, r in bounds.items())
        output = ("y", parse(formula["formula"], list(bounds)))
        design = Design(formula["name"], inputs, (output,), saturate=False)
        yield replace(
            design, accuracy=Accuracy(max_error={"y": FEYNMAN_SHARE * output_range(design)})
        )


def output_range(design: Design) -> Fraction:
    """What the output can reach over the inputs; its sampled size where that is not proved."""
    found = reached(
        design.outputs[0][1], {i.name: (float(i.lo), float(i.hi)) for i in design.inputs}
    )
    return (
        power_above(size_of(design)) if found is None else Fraction(found[1]) - Fraction(found[0])
    )


# Bound and observation


def stimuli(design: Design, count: int = SAMPLES) -> Reals:
    """All inputs where there are few, else corners and random ones."""
    columns = vectors(design.inputs, count, SEED).columns
    return np.stack([reals(columns[i.name], i.type) for i in design.inputs], axis=1)


def errors(design: Design, firmware: Firmware, rows: Reals) -> Reals:
    """The size of the error at each row."""
    return np.asarray(np.abs(ours.predict(firmware, rows) - reference(design, rows))[:, 0])


def largest_error(design: Design, firmware: Firmware, rows: Reals) -> float:
    """The largest error on ``rows``, and on the way up from the worst of them where these are not
    all inputs.
    """
    found = errors(design, firmware, rows)
    best = np.argsort(-found)[:CLIMBERS]
    if np.prod([float(i.raw.hi - i.raw.lo + 1) for i in design.inputs]) <= len(rows):
        return float(found.max())
    at, value, rng = rows[best], found[best], np.random.default_rng(SEED)
    for _ in range(CLIMBS):
        trials = np.concatenate(
            [moved(design, at, k, rng) for k in range(len(design.inputs)) for _ in range(4)]
        )
        tried = errors(design, firmware, trials).reshape(-1, len(at))
        choice = tried.argmax(0)
        better = tried[choice, np.arange(len(at))] > value
        at = np.where(
            better[:, None], trials.reshape(-1, *at.shape)[choice, np.arange(len(at))], at
        )
        value = np.maximum(value, tried.max(0))
    return float(value.max())


def moved(design: Design, rows: Reals, k: int, rng: np.random.Generator) -> Reals:
    """``rows`` with input ``k`` a few codes or a few thousand further, or at an end."""
    port = design.inputs[k]
    step = np.ldexp(
        rng.choice([-1.0, 1.0], len(rows)), rng.integers(0, port.type.width + 1, len(rows))
    )
    out = rows.copy()
    out[:, k] = np.clip(
        rows[:, k] + np.rint(step) * float(port.type.ulp), float(port.lo), float(port.hi)
    )
    return out


class TooSlow(Exception):
    """A compilation took more processor time than a benchmark of a thousand can give it."""


@contextlib.contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise `TooSlow` in what takes more than ``seconds`` of processor time."""

    def stop(number: int, frame: object) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def measure(design: Design, seconds: float) -> Row:
    """Bound, observed error, time; or why there is none."""
    row: Row = {"name": design.name, "expression": repr(design.outputs[0][1])}
    try:
        with at_most(LIMIT):
            firmware, time = timed(lambda: ours.compile_design(design, seconds))
    except SymgateError as error:
        return row | {"refused": str(error).splitlines()[0]}
    except TooSlow:
        return row | {"slow": LIMIT}
    except Exception as error:  # a bug: counted and named, so that the others still run
        return row | {"failed": f"{type(error).__name__}: {error}"}
    rows = stimuli(design)
    observed = largest_error(design, firmware, rows)
    bound = ours.certified(firmware)[0]
    target = float(design.accuracy.max_error["y"])
    row |= {
        "target": target,
        "bound": bound,
        "observed": observed,
        "vectors": len(rows),
        "seconds": time,
    }
    return row | {
        "estimate": ours.estimated(firmware)["lut"],
        "violation": observed > bound * (1 + 1e-12),
    }


def measured(designs: Sequence[Design], seconds: float, log: Path | None = None) -> list[Row]:
    """A row for each design, with a sign of life; ``log`` keeps the rows, and gives those of a run
    that was stopped.
    """
    known = (
        [json.loads(line) for line in log.read_text().splitlines()]
        if log is not None and log.exists()
        else []
    )
    done = {row["name"]: row for row in known}
    rows = []
    for k, d in enumerate(designs, 1):
        rows.append(done[d.name] if d.name in done else measure(d, seconds))
        if log is not None and d.name not in done:
            with log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(rows[-1], default=float) + "\n")
        if k % 50 == 0:
            console.print(f"{k} of {len(designs)} ...", style="dim")
    return rows


def summary(name: str, rows: Sequence[Row]) -> Row:
    """The distribution of bound over observed error."""
    done = [r for r in rows if "bound" in r]
    ratio = np.array(
        [r["bound"] / max(r["observed"], 1e-300) for r in done if r["observed"] > 0] or [np.nan]
    )
    out: Row = {"set": name, "compiled": len(done), "violations": sum(r["violation"] for r in done)}
    out |= {kind: sum(kind in r for r in rows) for kind in ("refused", "slow", "failed")}
    out |= {"exact": len(done) - int(np.isfinite(ratio).sum()), "min": float(ratio.min())}
    out |= {
        "median": float(np.median(ratio)),
        "p90": float(np.percentile(ratio, 90)),
        "max": float(ratio.max()),
    }
    return out | {"cpu": float(np.median([r["seconds"]["cpu"] for r in done] or [np.nan]))}


COLUMNS = {
    "set": "expressions", "compiled": "compiled", "refused": "refused", "slow": f"> {LIMIT} s", "failed": "failed",
    "violations": "violations", "exact": "exact", "min": "bound/observed min", "median": "median", "p90": "90 %",
    "max": "max", "cpu": "cpu s",
}  # fmt: skip


def run(count: int, seconds: float, keep: bool, resume: bool = False) -> None:
    """Measure, save, print."""
    log = folder("random_expressions") / "rows.jsonl" if keep else None
    if log is not None and not resume:
        log.unlink(missing_ok=True)
    formulas = measured(list(feynman_designs())[: count if not keep else None], seconds, log)
    random = measured([random_design(k) for k in range(count)], seconds, log)
    sums = [
        summary(f"{len(rows)} {name}", rows)
        for name, rows in (("random", random), ("Feynman", formulas))
        if rows
    ]
    if keep:
        save("random_expressions", sums, random=random, feynman=formulas)
    show(
        "Certified bound against observed error",
        COLUMNS,
        sums,
        "Random expressions are synthetic, seed 0.",
    )
    for row in (
        r for r in (*random, *formulas) if r.get("violation") or "failed" in r or "slow" in r
    ):
        console.print(
            {
                k: row[k]
                for k in ("name", "expression", "bound", "observed", "failed", "slow")
                if k in row
            }
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000, help="random expressions")
    parser.add_argument("--seconds", type=float, default=0.5, help="search time of each")
    parser.add_argument("--resume", action="store_true", help="go on with a run that was stopped")
    options = parser.parse_args()
    run(options.count, options.seconds, keep=options.count >= 1000, resume=options.resume)
