"""The table of a formal check: what was proved, how, and what was only simulated."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from symgate.proof.formal.build import Formal
from symgate.proof.formal.protocol import Bounded
from symgate.proof.verify import Verification
from symgate.report.tables import ABSENT, number, table

_COLUMNS = ("what", "how", "goals", "proved", "refuted", "open", "seconds")
_HOW = {
    "register holds": "induction: stays where it is not enabled",
    "register": "induction: takes over its operand",
    "valid": "induction: the chain of valid bits",
    "output": "SMT: is its node",
    "range": "SMT: holds all values of its node",
}
_MANY = 80


def formal_table(v: Verification) -> Table:
    """Return what a formal check found, beside what only ran."""
    assert v.formal is not None
    seconds = number(v.formal.seconds)
    title = f"Formal check of rtl/ by Yosys and {v.formal.solver}, {seconds} s"
    rows = [*_goals(v.formal), *map(_wrapper, v.formal.wrappers), *_simulated(v)]
    return table(title, _COLUMNS, rows, names=2, many=_MANY)


def _goals(formal: Formal) -> Iterator[tuple[str, ...]]:
    for t in formal.tallies:
        kind = t.kind.partition(" in ")[0]
        how = _HOW.get(kind, "SMT: wire is its node, given its operands")
        counts = (number(n) for n in (t.goals, t.proved, t.refuted, t.open))
        yield (t.kind, how, *counts, f"{t.seconds:.1f}")


def _wrapper(w: Bounded) -> tuple[str, ...]:
    how = f"SMT: {w.cycles} cycles from a reset, any inputs"
    proved = not w.broken and not w.open
    counts = (number(int(n)) for n in (True, proved, bool(w.broken), w.open))
    return (f"{w.wrapper}: {w.rule}", how, *counts, f"{w.seconds:.1f}")


def _simulated(v: Verification) -> Iterator[tuple[str, ...]]:
    """The models that were not proved: what they ran on is what is known of them."""
    for run in v.runs:
        if run.model == "numpy" or run.skipped:
            continue
        how = f"only simulated, {run.vectors:,} vectors"
        yield (run.model, how, ABSENT, ABSENT, number(run.mismatches), ABSENT, f"{run.seconds:.1f}")
