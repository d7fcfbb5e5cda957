"""The lists that a user reads in the terminal: tools, operators, steps, dialects, rows of a front."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from symgate.ir.operators import Operator
from symgate.report.catalogue import Effect, Entry
from symgate.report.doctor import Finding
from symgate.report.tables import ABSENT, number, table


def tools(found: Sequence[Finding]) -> Table:
    """Return what the machine has, and how to get the rest."""
    rows = [
        (f.tool.name, f.found or "missing", f.tool.purpose, "" if f.found else f.tool.remedy)
        for f in found
    ]
    return table("Tools", ("tool", "found", "for", "to get it"), rows, names=4)


def operators(ops: Sequence[Operator]) -> Table:
    """Return the operators with what they need and their other names."""
    rows = []
    for op in ops:
        domains = [f"operand {k} {d.text}" for k, d in enumerate(op.domain, 1) if d]
        rows.append(
            (
                op.name,
                "any" if op.arity is None else str(op.arity),
                ", ".join(domains),
                ", ".join(op.aliases),
            )
        )
    return table(
        "Operators", ("name", "operands", "needs", "also called"), rows, names=4, many=len(rows)
    )


def functions(found: Sequence[tuple[str, str, tuple[str, ...]]]) -> Table:
    """Return the functions that are written with operators: name, operands, other names."""
    rows = [(name, takes, ", ".join(more)) for name, takes, more in found]
    columns = ("name", "takes", "also called")
    return table("Written with them", columns, rows, names=3, many=len(rows))


def passes(steps: Sequence[Entry]) -> Table:
    """Return the steps in order: what each does, and why it stands there."""
    rows = [
        (
            _indented(step.name, step.inside),
            step.does,
            f"{step.reason} ({step.applies})" if step.applies else step.reason,
        )
        for step in steps
    ]
    columns = ("step", "what it does", "why here")
    return table("Steps, in order", columns, rows, names=3, many=len(rows))


def _indented(name: str, inside: str) -> str:
    return f"  {name}" if inside else name


def variants(found: Sequence[tuple[str, str, str, str]]) -> Table:
    """Return the other ways to datapath form that search-forms compares with the usual one."""
    rows = [(name, place, passes or "nothing", reason) for name, place, passes, reason in found]
    columns = ("variant", "in the place of", "stands", "because")
    return table("Other ways, which search-forms tries", columns, rows, names=4)


def effects(found: Sequence[Effect]) -> Table:
    """Return what each step did to a design."""
    rows = [
        (
            _indented(effect.step, effect.inside),
            f"{effect.nodes_before:,} -> {effect.nodes_after:,}",
            ABSENT if effect.lut is None else f"{effect.lut:,.0f}",
            f"{effect.seconds:.2f}",
            effect.note,
        )
        for effect in found
    ]
    columns = ("step", "nodes", "LUT", "seconds", "")
    return table("What each step did", columns, rows, names=1, many=len(rows))


def imported(notes: Sequence[tuple[str, str, str]]) -> Table:
    """Return what an importer changed: of which kind, what stood there, and what it became."""
    rows = [(kind, _cut(before), _cut(after)) for kind, before, after in notes] or [
        ("", "nothing", "")
    ]
    return table("Changed on import", ("what", "was", "is"), rows, names=3, many=60)


def dialects(found: Sequence[tuple[str, str, str]]) -> Table:
    """Return the languages that are read, each with an example."""
    return table("Dialects", ("--dialect", "is", "example"), found, names=3, many=len(found))


def _cut(text: str) -> str:
    return text if len(text) <= 90 else f"{text[:87]}..."


def front(points: Sequence[dict[str, Any]]) -> Table:
    """Return the rows of a front with their hardware; a star marks those that no other beats in
    loss and LUT.
    """
    columns = ("equation", "complexity", "loss", "LUT", "FF", "DSP", "ns", "bound")
    rows = [
        (
            f"{'* ' if p['best'] else '  '}{_cut(p['equation'])}"
            + (f"\n  refused: {p['refused']}" if p["refused"] else ""),
            *(number(p[key]) for key in ("complexity", "loss", "lut", "ff", "dsp", "ns", "bound")),
        )
        for p in points
    ]
    return table("Front", columns, rows, many=200)


def explored(front: Sequence[dict[str, Any]]) -> Table:
    """Return the designs on the front of an exploration, smallest first, with their settings."""
    names = ("candidate", "error", "bits", "clock", "objective", "effort")
    varied = [name for name in names if len({row[name] for row in front}) > 1]
    columns = (
        "design",
        *varied,
        "LUT",
        "FF",
        "cycles",
        "certified error",
        "with rounding",
        "on data",
    )
    rows = [
        (
            f"front/{k:02}.toml",
            *("" if row[name] is None else str(row[name]) for name in varied),
            *(number(row[key]) for key in ("lut", "ff", "cycles", "bound", "total", "fixed")),
        )
        for k, row in enumerate(front, 1)
    ]
    return table("Front", columns, rows, names=1 + len(varied), many=40)
