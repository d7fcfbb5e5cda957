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
from symgate.proof.compose import POINTS_ONLY
from symgate.proof.recheck import PROVED
from symgate.proof.verify import Run, Verification
from symgate.report import plain, sharing
from symgate.report.report import RESOURCES, Report
from symgate.report.timing import path_rows, sentences
from symgate.sim.input_bits import width_text, worst_outputs
from symgate.sim.metrics import sigma
from symgate.sim.simulate import OutputErrors, Simulation, Stats

MANY = 16  # rows of a table after which the rest is only counted
ABSENT = "-"
CERTIFIED = (
    "Certified: for every input on the grid of its port; rounding your data onto it is extra."
)
_LOST = 10.0  # times the bound, from which on what rounding the inputs adds is pointed at
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
    parts: list[RenderableType] = [head, ports(design, report), resources(report)]
    if report.get("plain"):
        parts.append(Text(plain.sentence(report["plain"])))
    if report.get("sharing"):
        parts.append(Text(sharing.sentence(report["sharing"])))
    if report.get("input_saturation"):
        parts.append(saturation(report["input_saturation"]))
    parts += timing(report, target.clock_ns)
    parts += [accuracy(certificate, report), Text(CERTIFIED)]
    if report.get("input_bits"):
        parts.append(input_bits(certificate, report["input_bits"]))
    parts += [shares(certificate)] if any(bound.shares for bound in certificate.bounds) else []
    if report["metric"]:
        parts.append(metric(report["metric"]))
    if report.get("evidence"):
        parts.append(evidence(certificate, report))
    if report.get("stopped"):
        parts.append(Text(f"The search stopped {report['stopped']}: {_GO_ON}"))
    if report.get("assumed"):
        parts.append(Text("\n".join(["Read as", *(f"  {line}" for line in report["assumed"])])))
    parts.append(Text(verified(report["verify"])))
    return Group(*_spaced(parts))


def _spaced(parts: Sequence[RenderableType]) -> list[RenderableType]:
    return [line for part in parts for line in (part, "")][:-1]


def verified(verify: dict[str, Any]) -> str:
    """Return what came of the last `symgate verify`."""
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
    cells = tuple(number(report["estimate"][k]) for k in RESOURCES)
    rows = [("estimate", *cells, ABSENT)]
    if found := report.get("plain"):
        text = tuple(plain.shown(found[key]) for key in plain.FIGURES)
        rows = [("plain Verilog", *text), ("primitives = true", *cells, ABSENT)]
    if s := report["synthesis"]:
        counts = (number(s[k]) for k in (*RESOURCES, "carry"))
        rows.append((f"{s['tool']} {s['family'] or ''}".strip(), *counts))
    return table("Resources", ("", "LUT", "FF", "DSP", "BRAM", "carry"), rows)


def saturation(found: dict[str, Any]) -> Text:
    """Return what it takes that inputs saturate to their ranges, in a line."""
    names = found["inputs"]
    shown = ", ".join(names[:_INPUTS_SHOWN]) + (", ..." if len(names) > _INPUTS_SHOWN else "")
    without = "without it: saturate = false"
    return Text(f"Saturation of inputs: {found['lut']:,} LUT of these ({shown}); {without}")


def timing(report: Report, clock_ns: float) -> list[RenderableType]:
    """Return the longest path of each stage, and what its delays are those of."""
    told = report.get("timing")
    if not told:
        return []
    columns = ("stage", "ns", "clock-to-Q, then each value's cells with the nets in front")
    paths = table("Longest paths", columns, path_rows(told), names=3)
    return [paths, Text(sentences(told, clock_ns))]


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
    columns = ("output", "target", "certified", "observed", "rms")
    return table("Largest error", columns, rows)


def input_bits(certificate: Certificate, found: dict[str, Any]) -> Group:
    """Return what rounding values onto the inputs adds, for a few widths of these."""
    bounds = {bound.output: bound.bound for bound in certificate.bounds}
    rows, lost = [], 0.0
    for row, output, share in worst_outputs(found, bounds):
        size, here = row["outputs"][output], "" if row["change"] else "as compiled"
        part = ABSENT if share is None else _part(share)
        if here and share is not None:
            lost = max(lost, share)
        cells = (width_text(row), output, number(size["max"]), number(size["rms"]), part)
        rows.append((*cells, here))
    columns = ("input bits", "output", "largest seen", "rms", "of its bound", "")
    shown = table("What rounding values onto the inputs adds", columns, rows, names=2)
    lines = [f"On {found['rows']:,} rows: {found['source']}"]
    if lost > _LOST:
        lines.append(
            f"That is {_part(lost)} the bound: wider inputs, or a larger error, which takes fewer LUTs"
        )
    return Group(shown, Text("\n".join(lines)))


def _part(share: float) -> str:
    return f"{share:.0%}" if share <= _LOST else f"{share:,.0f} times"


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
    columns = ("output", "value", "error made there", "at the output", "share")
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
    parts += [_bounds(v), Text(CERTIFIED)]
    parts += [_maxima(v)] if v.maxima else []
    parts += [Text("\n".join(v.notes))] if v.notes else []
    return Group(*_spaced(parts))


def _maxima(v: Verification) -> Table:
    rows = [
        (
            m.output,
            number(m.rows),
            number(m.error, 6),
            m.place,
            "every input" if m.every else "random inputs",
        )
        for m in v.maxima
        if not m.skipped
    ]
    columns = ("output", "inputs", "largest error", "at", "tried")
    return table("Largest errors", columns, rows)


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
