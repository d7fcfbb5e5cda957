"""What a run found: counted by family, printed as a table, saved and read as JSON."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any

from tools.attack.families import FAMILIES
from tools.attack.judge import COMPILED, KINDS, REFUSED
from tools.attack.workers import Result

COLUMNS = ("designs", "compiled", "refused", *KINDS, "inputs", "CPU s")


@dataclass
class Records:
    """Counts by family, and the reasons of refusals."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    failures: list[dict[str, Any]] = field(default_factory=list)
    verified: int = 0  # designs whose other models `symgate.verify` ran too
    models: Counter[str] = field(default_factory=Counter)

    def add(self, result: Result) -> None:
        """Count one design."""
        verdict = result.verdict
        counts = self.counts.setdefault(result.family, Counter())
        counts["designs"] += 1
        counts[COMPILED] += verdict.outcome == COMPILED
        counts[REFUSED] += verdict.outcome == REFUSED
        for kind in {f.kind for f in verdict.failures}:
            counts[kind] += 1
        counts["wide edges"] += _is_wide_edge(result)
        counts["inputs"] += verdict.inputs
        counts["decided"] += verdict.decided
        counts["undecided"] += verdict.undecided
        counts["CPU ms"] += round(1000 * verdict.seconds)
        if verdict.outcome == REFUSED:
            self.reasons[verdict.reason] += 1
        self.verified += bool(verdict.models)
        self.models.update(verdict.models)
        for failure in verdict.failures:
            self.failures.append({
                "seed": result.seed, "index": result.index, "family": result.family,
                "kind": failure.kind, "what": failure.what, "inputs": failure.inputs,
            })  # fmt: skip

    @property
    def total(self) -> Counter[str]:
        """The sum over all families."""
        return sum(self.counts.values(), Counter())

    def rows(self) -> list[list[str]]:
        """The table: a row for each family, and the sum."""
        families = [f for f in FAMILIES if f in self.counts]
        rows = [[f, *_cells(self.counts[f])] for f in families]
        return [*rows, ["all", *_cells(self.total)]]

    def plain(self) -> dict[str, Any]:
        """What is saved."""
        return {
            "counts": {f: dict(c) for f, c in self.counts.items()},
            "reasons": dict(self.reasons.most_common()),
            "failures": self.failures,
            "verified": self.verified,
            "models": dict(self.models),
        }

    def plus(self, other: Records) -> Records:
        """The counts of both."""
        families = {**self.counts, **other.counts}
        nothing = Counter[str]()
        sums = {f: self.counts.get(f, nothing) + other.counts.get(f, nothing) for f in families}
        return Records(
            sums,
            self.reasons + other.reasons,
            self.failures + other.failures,
            self.verified + other.verified,
            self.models + other.models,
        )

    @staticmethod
    def of(data: dict[str, Any]) -> Records:
        """What `plain` gave."""
        return Records(
            {f: Counter(c) for f, c in data["counts"].items()},
            Counter(data["reasons"]),
            data["failures"],
            data["verified"],
            Counter(data["models"]),
        )


def _is_wide_edge(result: Result) -> bool:
    widths = [int(w) for w in re.findall(r"fixed<(\d+)", result.text)]
    return result.family in ("edges", "composites") and 16 <= max(widths) <= 40


def _cells(counts: Counter[str]) -> list[str]:
    cells = [f"{counts[name]:,}" for name in COLUMNS[:-1]]
    return [*cells, f"{counts['CPU ms'] / 1000:,.0f}"]


def repair(result: Result) -> str:
    """The command that repeats a design."""
    return f"python tools/attack --seed {result.seed} --index {result.index}"


def keep(result: Result, top: Path) -> Path:
    """Write a failing design into a folder of its own."""
    folder = top / f"{result.family}-{result.seed}-{result.index}"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {"design.toml": result.text, **result.files}.items():
        (folder / name).write_text(content, encoding="utf-8")
    lines = [f"# {repair(result)}"]
    for f in result.verdict.failures:
        codes = ", ".join(f"{n} = {c}" for n, c in f.inputs.items())
        lines.append(f"{f.kind}: {f.what}" + (f"\n  at the codes {codes}" if codes else ""))
    (folder / "failure.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def page(data: dict[str, Any]) -> str:
    """The page of the documentation for a saved run."""
    records, how = Records.of(data), data["how"]
    total = records.total
    lines = [_PAGE.format(**how, **_sums(records))]
    lines += _markdown(["", *COLUMNS], records.rows())
    if total[REFUSED]:
        lines += ["", "What was refused, by the first line of its message:", ""]
        rows = [[reason, f"{count:,}"] for reason, count in records.reasons.most_common()]
        lines += _markdown(["", "designs"], rows)
    if records.failures:
        lines += ["", "Failures:", ""]
        lines += [failure_line(f) for f in records.failures]
    return "\n".join(lines) + "\n"


def _sums(records: Records) -> dict[str, str]:
    total = records.total
    models = ", ".join(f"{name} {count}" for name, count in records.models.items()) or "none"
    return {
        "inputs": f"{total['inputs']:,}",
        "decided": f"{total['decided']:,}",
        "undecided": f"{total['undecided']:,}",
        "verified": f"{records.verified:,}",
        "models": models,
        "wide": f"{total['wide edges']:,}",
    }


def failure_line(failure: dict[str, Any]) -> str:
    """A failure on one line, with the options that repeat it."""
    first = failure["what"].strip().splitlines()[0]
    place = f"`--seed {failure['seed']} --index {failure['index']}`"
    return f"- {failure['kind']}, {failure['family']}, {place}: {first}"


def _markdown(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


_PAGE = """# The attack

`tools/attack` makes hostile designs, compiles them and searches for the input on which each errs
most. Of symgate it uses what a user has. What a formula is worth at an input comes from a parser
and an evaluator of its own: exact fractions and python-flint balls. What the hardware gives comes
from an interpreter of `graph.txt` of its own. A violated bound counts only where balls prove it.

    make attack                              # for ATTACK_SECONDS=600, a random seed that is printed
    python tools/attack --seed 7 --index 42  # one design again

The table is written by `{command}` and `python tools/attack --table`, at commit {commit}.
{wide} of the designs have a function at the edge of its domain and an input of 16 to 40 bits.
{inputs} inputs were run, {decided} errors decided rigorously, {undecided} left open. On {inputs}
inputs symgate's NumPy model was compared with the interpreter; `symgate verify` ran on {verified}
of the designs (models: {models}).

`violated`: an input breaks the certified bound. `undefined`: accepted, though the formula has no
value at some input. `stopped`: symgate contradicts itself and writes nothing. `bits`: models
differ, or a claim about a node is wrong. `crash`: an exception that is no message. `hang`: more
than {limit} s of the processor. A refusal is no failure.
"""


def together(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Saved runs as one: counts are added, commands and commits listed."""
    records = reduce(Records.plus, map(Records.of, runs))
    listed = {
        key: ", ".join(dict.fromkeys(str(run["how"][key]) for run in runs))
        for key in ("command", "commit")
    }
    return {"how": {**runs[-1]["how"], **listed}, **records.plain()}


def save(records: Records, how: dict[str, Any], path: Path) -> None:
    """Write a run as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"how": how, **records.plain()}, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
