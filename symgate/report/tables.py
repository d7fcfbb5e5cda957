"""The tables that a user reads in the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from symgate.ir.classes import score_name
from symgate.ir.design import Design
from symgate.ir.firmware import Certificate
from symgate.ir.operators import Operator
from symgate.proof.compose import POINTS_ONLY
from symgate.proof.recheck import PROVED
from symgate.proof.verify import Run, Verification
from symgate.report.catalogue import Effect, Entry
from symgate.report.doctor import Finding
from symgate.report.report import RESOURCES, Report
from symgate.sim.metrics import sigma
from symgate.sim.simulate import OutputErrors, Simulation, Stats

MANY = 16  # rows of a table after which the rest is only counted
ABSENT = "-"
_INPUTS_SHOWN = 6  # of the inputs that show an error
_GO_ON = "this is the best so far; --search-seconds 60 goes on"


def number(value: float | None, digits: int = 3) -> str:
    """Return ``value`` for a reader, or "-" where it is not known."""
    if value is None:
        return ABSENT
    return f"{value:,}" if isinstance(value, int) else f"{value:.{digits}g}"


def table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    names: int = 1,
    many: int = MANY,
) -> Table:
    """Return a table whose first ``names`` columns are text and the others numbers, cut after
    ``many`` rows.
    """
    rows = list(rows)
    out = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        header_style="dim",
    )
    for k, column in enumerate(columns):
        out.add_column(column, justify="left" if k < names else "right", overflow="fold")
    for row in rows if len(rows) <= many + 1 else rows[:many]:
        out.add_row(*(Text(cell) for cell in row))
    if len(rows) > many + 1:
        out.add_row(f"... {len(rows) - many} more")
    return out


def design_report(design: Design, certificate: Certificate, report: Report) -> Group:
    """Return the whole report of a build."""
    latency, target = report["latency"], design.target
    head = Text.assemble(
        (report["name"], "bold"),
        f": latency {latency['cycles']} cycles = {number(latency['ns'])} ns, II = {report['ii']}, "
        f"clock {number(target.clock_ns)} ns, {target.part}",
    )
    parts: list[RenderableType] = [
        head,
        ports(design, report),
        resources(report),
        accuracy(certificate, report),
    ]
    parts += [shares(certificate)] if any(bound.shares for bound in certificate.bounds) else []
    if report["metric"]:
        parts.append(metric(report["metric"]))
    if report.get("evidence"):
        parts.append(evidence(certificate, report))
    if report.get("stopped"):
        parts.append(Text(f"The search stopped {report['stopped']}: {_GO_ON}"))
    if report.get("assumed"):
        parts.append(Text("\n".join(["Assumed", *(f"  {line}" for line in report["assumed"])])))
    parts.append(Text(_verified(report["verify"])))
    return Group(*_spaced(parts))


def _spaced(parts: Sequence[RenderableType]) -> list[RenderableType]:
    return [line for part in parts for line in (part, "")][:-1]


def _verified(verify: dict[str, Any]) -> str:
    if verify["vectors"] is None:
        return "Not verified yet: symgate verify"
    models = ", ".join(verify["models"])
    return f"Verified on {verify['vectors']:,} vectors: {verify['mismatches']:,} mismatches between {models}"


def ports(design: Design, report: Report) -> Table:
    """Return the ports with their formats and ranges."""
    rows = [
        ("in", i.name, str(i.type), f"[{float(i.lo):g}, {float(i.hi):g}]") for i in design.inputs
    ]
    rows += [("out", name, o["format"], "") for name, o in report["outputs"].items()]
    return table("Ports", ("", "name", "format", "range"), rows, names=4)


def resources(report: Report) -> Table:
    """Return the estimate beside what a synthesis tool counted."""
    rows = [("estimate", *(number(report["estimate"][k]) for k in RESOURCES), ABSENT)]
    if s := report["synthesis"]:
        counts = (number(s[k]) for k in (*RESOURCES, "carry"))
        rows.append((f"{s['tool']} {s['family'] or ''}".strip(), *counts))
    return table("Resources", ("", "LUT", "FF", "DSP", "BRAM", "carry"), rows)


def accuracy(certificate: Certificate, report: Report) -> Table:
    """Return per output what was asked for, what is proved, and what was seen."""
    rows = []
    for bound in certificate.bounds:
        seen = report["outputs"][bound.output]
        rows.append((
            bound.output,
            number(bound.target),
            number(seen["certified_bound"]),
            number(seen["observed_max"]),
            number(seen["rms"]),
        ))  # fmt: skip
    return table("Largest error", ("output", "target", "certified", "observed", "rms"), rows)


def evidence(certificate: Certificate, report: Report) -> Group:
    """Return what the compilation tried against its own bounds, and the worst input of each output."""
    tried = report["evidence"]
    rows = []
    bounds = {name: told["certified_bound"] for name, told in report["outputs"].items()}
    for name, scores in certificate.data.get("classes", {}).items():
        bounds |= {score_name(name, k): score["bound"] for k, score in enumerate(scores)}
    for output, seen in tried["outputs"].items():
        error, bound = seen["largest_error"], bounds[output]
        share = f"{error / bound:.0%}" if error is not None and bound else ABSENT
        at = [f"{name}={_short(value)}" for name, value in seen["at"].items()]
        where = ", ".join(at[:_INPUTS_SHOWN]) + (", ..." if len(at) > _INPUTS_SHOWN else "")
        rows.append((output, where, number(error), share))
    columns = ("output", "at", "error", "of bound")
    found = table("Worst inputs that compiling found", columns, rows, names=2)
    lines = [_tried(tried, report["seconds"].get("evidence"))]
    lines += _rewriting(certificate.data.get("rewriting") or {})
    return Group(found, Text("\n".join(lines)))


def _rewriting(compared: dict[str, Any]) -> list[str]:
    """How the firmware's expressions were compared with those of the design, in a line."""
    if not compared:
        return []
    open_ = [name for name, c in compared.items() if c["method"] == POINTS_ONLY]
    same = "Rewritten expressions are those of the design by algebra"
    return [f"{same}, of {', '.join(open_)} at points only" if open_ else same]


def _short(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.9g}"


def _tried(tried: dict[str, Any], seconds: float | None) -> str:
    points = f"{tried['points']:,} inputs"
    what = f"all {points}" if tried["all_inputs"] else f"{points}, {tried['climbs']:,} climbs"
    time = "" if seconds is None else f" in {seconds:.2f} s"
    undecided = sum(o["undecided"] for o in tried["outputs"].values())
    open_ = f", {undecided:,} too close to decide" if undecided else ""
    return f"Tried {what}, {tried['ball_points']:,} of them rigorously{time}{open_}"


def shares(certificate: Certificate, top: int = 5) -> Table:
    """Return the ``top`` nodes of each output's error budget; where there are many outputs, the
    first of each.
    """
    rows = []
    top = top if len(certificate.bounds) <= MANY // 2 else 1
    for b in certificate.bounds:
        largest = sorted(b.shares, key=lambda s: -s.contribution)
        for k, s in enumerate(largest[:top]):
            part = f"{s.contribution / b.bound:.0%}" if b.bound else ABSENT
            rows.append(
                (b.output if k == 0 else "", s.node, number(s.error), number(s.contribution), part)
            )
    columns = ("output", "node", "its error", "contribution", "share")
    return table("Error budget", columns, rows, names=2, many=max(MANY, top * MANY // 2))


def metric(measured: dict[str, Any]) -> Text:
    """Return the metric as a line, with the statistical error of an accuracy."""
    m = measured
    if m["name"] != "accuracy":
        values = f"float64 {number(m['float'], 4)}, fixed {number(m['fixed'], 4)}"
        return Text(f"{m['name']} on {m['rows']:,} rows: {values}")
    error = 100 * sigma(m["float"], m["rows"])
    float64, fixed = (f"({100 * m[key]:.2f} +- {error:.2f}) %" for key in ("float", "fixed"))
    return Text(
        f"accuracy on {m['rows']:,} rows: float64 {float64}, fixed {fixed}; +- is statistical, 1 sigma"
    )


# ------------------------------------------------------------------------------------------------- simulate


def simulation(s: Simulation) -> Group:
    """Return what `symgate simulate` found."""
    parts: list[RenderableType] = [
        f"Fixed point against float64 on {s.source} ({s.rows:,} rows)",
        _errors(s),
    ]
    if notes := _notes(s):
        parts.append(Text("\n".join(notes)))
    if s.agreement is not None:
        parts.append(
            f"Classes of {s.rows:,} rows: {100 * s.agreement:.2f} % as in float64 at the codes of the ports"
        )
    if s.rmse:
        values = {"float": s.rmse[0], "fixed": s.rmse[1]}
        parts.append(metric({"name": "rmse", "rows": s.rows, **values}))
    if s.classifier:
        parts += [_classifier(s), _areas(s)]
    return Group(*_spaced(parts))


def _errors(s: Simulation) -> Table:
    columns = ("output", "format", "error", "max", "mean", "rms", "max ulp", "mean ulp", "rms ulp")
    title = "Errors: of the firmware at quantised inputs, of quantising the inputs, of both"
    return table(
        title, columns, [row for output in s.outputs for row in _error_rows(output)], names=3
    )


def _error_rows(o: OutputErrors) -> list[tuple[str, ...]]:
    kinds = [("firmware", o.fixed), ("inputs", o.quantising), ("both", o.total)]
    rows = [(name, _stats(stats, o.ulp)) for name, stats in kinds if stats is not None]
    heads = [(o.name, o.format), ("", ""), ("", "")]
    return [(*head, name, *cells) for head, (name, cells) in zip(heads, rows, strict=False)]


def _stats(s: Stats, ulp: float) -> tuple[str, ...]:
    return tuple(number(v / unit) for unit in (1.0, ulp) for v in (s.max, s.mean, s.rms))


def _notes(s: Simulation) -> list[str]:
    clipped = {n: k for n, k in s.input_saturations.items() if k}
    notes = [
        f"input {name}: {count:,} rows lie outside its range and were clipped"
        for name, count in clipped.items()
    ]
    notes += [f"node {name} saturated on {count:,} rows" for name, count in s.saturations.items()]
    notes += [
        f"output {o.name}: float64 is undefined on {o.undefined:,} rows"
        for o in s.outputs
        if o.undefined
    ]
    return notes or ["No input and no value inside the firmware was clipped."]


def _classifier(s: Simulation) -> Text:
    c = s.classifier
    assert c is not None
    shares = {"float": c.float_accuracy, "fixed": c.fixed_accuracy}
    line = metric({"name": "accuracy", "rows": c.rows, **shares})
    same = 100 * c.agreement
    line.append(
        f"\nboth choose the same class on {same:.2f} % of the rows (labels: column '{c.label}')"
    )
    return line


def _areas(s: Simulation) -> Table:
    assert s.classifier is not None
    areas = s.classifier.auc.items()
    rows = [(name, f"{a:.4f}", f"{b:.4f}", f"{b - a:+.4f}") for name, (a, b) in areas]
    return table("Area under the ROC curve", ("output", "float64", "fixed", "change"), rows)


# ------------------------------------------------------------------------------------------------- verify


def verification(v: Verification) -> Group:
    """Return what `symgate verify` found."""
    parts: list[RenderableType] = [Text(f"{v.vectors:,} vectors: {v.source}"), _models(v.runs)]
    if examples := [line for run in v.runs for line in _examples(run)]:
        parts.append(Text("\n".join(examples)))
    parts.append(_bounds(v))
    parts += [Text("\n".join(v.notes))] if v.notes else []
    return Group(*_spaced(parts))


def _outcome(run: Run) -> str:
    """What came of one model."""
    if run.model == "numpy":
        return "the reference"
    if run.skipped:
        return f"skipped: {run.skipped}"
    return f"failed: {run.failed}" if run.failed else f"{run.mismatches:,}"


def _models(runs: Sequence[Run]) -> Table:
    rows = []
    for r in runs:
        ran = not r.skipped
        rows.append(
            (
                r.model,
                number(r.vectors) if ran else ABSENT,
                f"{r.seconds:.1f}" if ran else ABSENT,
                _outcome(r),
            )
        )
    out = table(
        "Models, every output bit compared", ("model", "vectors", "seconds", "mismatches"), rows
    )
    out.columns[3].justify = "left"
    return out


def _examples(r: Run) -> list[str]:
    lines = [f"First mismatches of {r.model} (raw codes):"] if r.examples else []
    for m in r.examples:
        inputs = ", ".join(f"{name}={code}" for name, code in list(m.inputs.items())[:MANY])
        more = ", ..." if len(m.inputs) > MANY else ""
        lines.append(f"  {inputs}{more}: {m.output} is {m.got}, numpy says {m.expected}")
    return lines


def _bounds(v: Verification) -> Table:
    again = {c.output: c for c in v.recheck}
    rows = []
    for o in v.bounds:
        ratio = f"{o.max / o.certified:.0%}" if o.certified else ABSENT
        state = "ok" if not o.violations else f"BROKEN on {o.violations:,} rows"
        state += f", {o.undecided:,} too close to decide" if o.undecided else ""
        second = again[o.output]
        state += "" if second.verdict == PROVED else f", {second.verdict}"
        reached = second.reached if math.isfinite(second.reached) else None
        rows.append(
            (o.output, *(number(value, 4) for value in (o.certified, reached, o.max)), ratio, state)
        )
    columns = ("output", "certified", "proved again", "observed", "of bound", "")
    out = table("Certified bounds", columns, rows)
    out.columns[5].justify = "left"
    return out


# ------------------------------------------------------------------------------------------------- doctor, ops, passes


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
