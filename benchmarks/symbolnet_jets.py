"""Jet taggers by SymbolNet on ports: accuracy against LUT, trained with and without knowledge of
the hardware.

    python benchmarks/symbolnet_jets.py [--folds 4] [--budgets 60 120 200 400] python
    benchmarks/symbolnet_jets.py --table                      # trains nothing: prints and draws
    what is stored python benchmarks/symbolnet_jets.py --firmware --budgets 200     # one fold to
    firmware: Yosys, bits in three models

Cross-validated on 600 real jets: each fold trains on synthetic rows around the other folds'
features (`jet_rows`) and is judged on its own real jets. 600 jets carry a statistical error of 1.8
% on every accuracy, the same jets for all rows of the table. Both ways train the same network on
the same rows and remove tables down to the same budget. Hardware-aware: word lengths are learned
under the LUT model, and the network trains on rounded features. Train-then-quantise: features as
they are; then every port gets the same word length. Judged also on synthetic rows around the
held-out jets, labelled by the published network: no accuracy, but a comparison of both ways with a
statistical error of 0.15 %. LUT: of the compiled designs, our mapping, 5 scores without the argmax,
mean over the folds. Table and picture (`results/symbolnet_jets.png`) have published networks
beside: those LUT are after place and route.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import jet_rows
import numpy as np
from common import RESULTS, Row, console, folder, merge, percent, save, saved, show
from jet_rows import Jets

from symgate import api
from symgate.frontend.options import Options
from symgate.ir.design import Design
from symgate.learn.data import Samples
from symgate.learn.symbolnet.fitted import Fitted
from symgate.learn.symbolnet.fitting import framework
from symgate.learn.symbolnet.hardware import Shape
from symgate.learn.symbolnet.hardware_fit import Budget, OnPorts, fit_on_ports, integer_bits
from symgate.passes import compiler
from symgate.report.estimate import luts, resources
from symgate.sim import numpy_model
from symgate.sim.metrics import sigma
from symgate.sim.vectors import quantise, reals

ROWS, JUDGED, WIDTHS = 30_000, 20_000, (4, 5, 6)
ERROR = 1.0  # certified, of a score whose natural unit is 1
SHAPE = Shape(("tanh", "gauss"), ("tanh", "gauss") * 5)
COLUMNS = {
    "way": "training or network", "bits": "bits", "lut": "LUT", "counted": "counted", "real_fixed": "accuracy",
    "front": "front", "jets": "real jets", "real_float": "in float64", "synthetic_fixed": "synthetic",
    "synthetic_float": "in float64", "budget": "budget", "noise": "noise", "cycles": "cycles", "inputs": "inputs",
    "source": "arXiv, data",
}  # fmt: skip
NOTE = """Trained on synthetic rows that a published network labelled; judged on real jets, +- one standard deviation.
LUT: ours by our mapper, before place and route, without the argmax; published after place and route.
Front: of its training, no design with as few LUT is as accurate; designs of part of the folds are not compared."""
TITLE = """Jet taggers by SymbolNet, trained on synthetic rows, accuracy on 600 real jets with one sigma; lines: fronts
LUT: ours as mapped by symgate, before place and route; published FPGA networks after it, on their own test jets"""
TOLD = {
    "hardware-aware": "hardware-aware, word lengths learned",
    "train-then-quantise": f"train-then-quantise to {', '.join(map(str, WIDTHS))} bits (number at the point)",
}


class Published(NamedTuple):
    """A network on an FPGA without DSPs: OpenML jets ("?": or CERNBox, not settled), LUT after
    place and route.
    """

    name: str
    lut: int
    accuracy: float  # percent
    source: str
    shift: tuple[float, float]  # of the name in the picture, in points


#: Of ../shared/docs/anchors.md, section D, with the arXiv ids that it names.
PUBLISHED = (
    Published("DWN sm-10", 64, 71.2, "2512.15251, OpenML?", (0, 9)),
    Published("DWN sm-50", 311, 74.0, "2512.15251, OpenML?", (6, 48)),
    Published("DWN md-360", 1697, 75.6, "2512.15251, OpenML?", (0, -40)),
    Published("DWN lg-2400", 7011, 76.3, "2512.15251, OpenML?", (6, -18)),
    Published("FQTree", 548, 74.8, "no id, OpenML?", (-20, 24)),
    Published("FQTree (QXGB)", 1652, 75.7, "no id, OpenML?", (-36, -26)),
    Published("TreeLUT (I)", 2234, 75.6, "2512.12850", (26, -24)),
    Published("TreeLUT (II)", 796, 75.0, "2501.01511", (12, -34)),
    Published("KANELE", 1232, 76.0, "2512.12850", (-18, 14)),
    Published("NeuraLUT-Assemble", 1780, 76.0, "2512.12850", (-6, 26)),
    Published("FPGN", 3345, 76.0, "2607.08427", (4, 12)),
    Published("da4ml", 12250, 76.9, "2512.12850", (0, 9)),
)


def measure(design: Design, found: Fitted, sets: Sequence[Samples]) -> Row:
    """Compile, and count right answers in fixed point and in float64 on real jets and on synthetic
    rows.
    """
    made = compiler.compile_design(design, 0.0, lambda step: None, None, luts)
    row: Row = {
        "lut": resources(made.graph)["lut"],
        "cycles": made.graph.latency,
        "inputs": len(design.inputs),
    }
    for name, rows in zip(("real", "synthetic"), sets, strict=True):
        codes = {i.name: quantise(rows.x[:, int(i.name[1:])], i)[0] for i in design.inputs}
        out = numpy_model.simulate(made.graph, codes)
        fixed = np.stack([reals(out[p.name], p.type) for p in made.graph.outputs], axis=1)
        for kind, scores in (("fixed", fixed), ("float", found.predict(rows.x))):
            row[f"{name}_{kind}"] = int((scores.argmax(1) == rows.y).sum())
        row[f"{name}_rows"] = len(rows)
    return row


def aware(found: OnPorts, sets: Sequence[Samples]) -> Iterator[Row]:
    """The design on the ports that were learned."""
    formats = found.used_formats()
    design = found.fitted.design(Options(formats=formats, max_error=ERROR), "jets")
    widths = [f.width for k, f in enumerate(found.formats) if k in found.fitted.used()]
    mean = f"{np.mean(widths):.1f} learned"
    row = {"way": "hardware-aware", "bits": "learned", "widths": mean}
    yield row | measure(design, found.fitted, sets)


def afterwards(found: OnPorts, sets: Sequence[Samples], integer: list[int]) -> Iterator[Row]:
    """The design with the same word length for every port."""
    names = found.fitted.program.inputs
    for width in WIDTHS:
        formats = {names[k]: f"fixed<{width},{integer[k]}>" for k in found.fitted.used()}
        design = found.fitted.design(Options(formats=formats, max_error=ERROR), "jets")
        yield {"way": "train-then-quantise", "bits": width} | measure(design, found.fitted, sets)


def fold(jets: Jets, k: int, count: int, budget: Budget) -> list[Row]:
    """All rows of one fold and one budget."""
    train, held = jet_rows.folds(len(jets.real), count)[k]
    around, rows = jets.real.take(train), jets.real.take(held)
    synthetic, shares = jets.synthetic(around, ROWS, seed=k)
    integer = integer_bits(synthetic.x)
    one = fit_on_ports(synthetic, SHAPE, replace(budget, seed=k), wanted=shares, integer=integer)
    other = fit_on_ports(
        synthetic, SHAPE, replace(budget, seed=k, aware=False), wanted=shares, integer=integer
    )
    sets = rows, jets.synthetic(rows, JUDGED, seed=100 + k)[0]
    found = [*aware(one, sets), *afterwards(other, sets, integer)]
    return [{"fold": k, "budget": budget.luts, "noise": budget.error} | row for row in found]


def firmware(jets: Jets, count: int, budget: Budget) -> Row:
    """The hardware-aware design of fold 0 through the whole of symgate: netlist by Yosys, bits in
    three models.
    """
    train, held = jet_rows.folds(len(jets.real), count)[0]
    synthetic, shares = jets.synthetic(jets.real.take(train), ROWS, seed=0)
    found = fit_on_ports(synthetic, SHAPE, replace(budget, seed=0), wanted=shares)
    rows = jets.real.take(held)
    design = found.fitted.design(Options(formats=found.used_formats(), max_error=ERROR), "jets")
    build = api.compile(design, folder("symbolnet") / "jets")
    checked = api.verify(build, vectors=20_000, tools=["cpp", "verilator"])
    build = api.report(build, synth="yosys", dsp=False)
    sets = rows, jets.synthetic(rows, JUDGED, seed=100)[0]
    row: Row = {"fold": 0, "budget": budget.luts} | measure(design, found.fitted, sets)
    row |= {
        "yosys": build.report["synthesis"],
        "latency": build.report["latency"],
        "formats": found.used_formats(),
    }
    bounds = {b.output: b.bound for b in build.certificate.bounds}
    return row | {
        "mismatches": checked.mismatches,
        "models": list(checked.models),
        "problems": checked.problems,
        "certified": bounds,
    }


def front(rows: list[Row]) -> list[Row]:
    """One row per way, budget and word length: all folds together."""
    out = []
    keys = ("way", "budget", "noise", "bits")
    for key in dict.fromkeys(tuple(r[k] for k in keys) for r in rows):
        mine = [r for r in rows if tuple(r[k] for k in keys) == key]
        told = [k for k in mine[0] if k.startswith(("real", "synthetic"))]
        total = {k: sum(r[k] for r in mine) for k in told}
        row = dict(zip(keys, key, strict=True)) | {
            "share": total["real_fixed"] / total["real_rows"]
        }
        for name in [n for n in ("real", "synthetic") if f"{n}_rows" in total]:
            for kind in ("fixed", "float"):
                share = total[f"{name}_{kind}"] / total[f"{name}_rows"]
                row[f"{name}_{kind}"] = percent(share, total[f"{name}_rows"])
        row |= {k: float(np.mean([r[k] for r in mine])) for k in ("lut", "cycles", "inputs")}
        out.append(row | {"jets": total["real_rows"], "counted": "mapped"})
    return marked(sorted(out, key=lambda r: (r["way"], r["lut"], -r["share"])))


def marked(rows: list[Row]) -> list[Row]:
    """``rows``, sorted by LUT, and whether each is on the front of its way; where folds are missing
    neither.
    """
    every = max((r["jets"] for r in rows), default=0)
    best: dict[str, float] = {}
    for row in [r for r in rows if r["jets"] == every]:
        row["front"] = "yes" if row["share"] > best.get(row["way"], 0.0) else "no"
        best[row["way"]] = max(row["share"], best.get(row["way"], 0.0))
    return rows


def table(rows: list[Row]) -> None:
    """Print both ways, and the published networks after them."""
    place = "after place and route"
    others = [
        {
            "way": p.name,
            "lut": p.lut,
            "counted": place,
            "real_fixed": f"{p.accuracy} %",
            "source": p.source,
        }
        for p in sorted(PUBLISHED, key=lambda p: p.lut)
    ]
    columns = {
        key: heading for key, heading in COLUMNS.items() if any(key in r for r in [*rows, *others])
    }
    show("Jet taggers: accuracy against LUT", columns, [*rows, *others], NOTE)


def plot(rows: list[Row]) -> None:
    """The fronts of both ways and the published networks, as a PNG."""
    try:
        import matplotlib
    except ImportError:
        console.print("no plot: pip install matplotlib")
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9.5, 6), layout="constrained")
    for way, colour, marker in zip(TOLD, ("C0", "C1"), ("o", "s"), strict=True):
        draw(axes, [r for r in rows if r["way"] == way], TOLD[way], colour, marker)
    draw_published(axes)
    axes.set(xscale="log", xlabel="LUT", ylabel="accuracy, %")
    axes.set_xlim(right=22_000)  # room for the last name
    axes.set_ylim(top=79)
    axes.set_title(TITLE, fontsize=9, loc="left")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.grid(alpha=0.25)
    axes.legend(loc="lower right", fontsize=9)
    figure.savefig(RESULTS / "symbolnet_jets.png", dpi=120)
    pyplot.close(figure)


def draw(axes: Any, rows: list[Row], told: str, colour: str, marker: str) -> None:
    """One way: its points, hollow where not all folds were judged, and its front."""
    for whole in (True, False):
        mine = [r for r in rows if ("front" in r) == whole]
        if not mine:
            continue
        label = told if whole else "the same on part of the jets, in no front"
        error = [100 * sigma(r["share"], r["jets"]) for r in mine]
        points = [r["lut"] for r in mine], [100 * r["share"] for r in mine]
        style = {"color": colour, "mfc": colour if whole else "white", "alpha": 1 if whole else 0.6}
        axes.errorbar(
            *points, error, fmt=marker, ms=6, capsize=2, elinewidth=0.8, label=label, **style
        )
    best = [r for r in rows if r.get("front") == "yes"]
    axes.step(
        [r["lut"] for r in best], [100 * r["share"] for r in best], colour, where="post", lw=1.6
    )
    for r in [r for r in rows if r["bits"] != "learned"]:
        place = r["lut"], 100 * r["share"]
        axes.annotate(
            r["bits"], place, (-9, 5), textcoords="offset points", fontsize=8, color=colour
        )


def draw_published(axes: Any) -> None:
    """The published networks with their names, and their front."""
    ordered = sorted(PUBLISHED, key=lambda p: (p.lut, -p.accuracy))
    points = [p.lut for p in ordered], [p.accuracy for p in ordered]
    axes.plot(*points, "kD", ms=4, label="published, after place and route")
    best = [p for k, p in enumerate(ordered) if all(p.accuracy > q.accuracy for q in ordered[:k])]
    axes.step([p.lut for p in best], [p.accuracy for p in best], "k:", where="post", lw=1)
    for p in ordered:
        arrow = {"arrowstyle": "-", "lw": 0.5, "color": "grey", "shrinkB": 3}
        box = {"fc": "white", "ec": "none", "alpha": 0.8, "pad": 0.5}
        style = {"fontsize": 8, "ha": "center", "arrowprops": arrow, "bbox": box}
        axes.annotate(p.name, (p.lut, p.accuracy), p.shift, textcoords="offset points", **style)


def budget_of(luts_: float, noise: float) -> Budget:
    """The schedule of every training here."""
    return Budget(luts_, price=2e-4, learn=10, cut=15, anneal=15, rate=0.01, error=noise)


def train(jets: Jets, options: argparse.Namespace) -> None:
    """Measure and save, each fold as it is done."""
    for luts_ in options.budgets:
        for k in options.only or range(options.folds):
            console.print(f"budget {luts_:g}, fold {k} ...", style="dim")
            new = fold(jets, k, options.folds, budget_of(luts_, options.noise))
            save(
                "symbolnet_jets",
                merge(saved("symbolnet_jets"), new, "fold", "budget", "noise", "way", "bits"),
            )


def main() -> None:
    """Measure, save, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folds", type=int, default=4)
    parser.add_argument("--only", type=int, nargs="+", help="these folds")
    parser.add_argument("--budgets", type=float, nargs="+", default=[60.0, 120.0, 200.0, 400.0])
    parser.add_argument(
        "--table", action="store_true", help="train nothing: print and draw what is stored"
    )
    parser.add_argument("--firmware", action="store_true", help="one fold to firmware")
    parser.add_argument(
        "--noise", type=float, default=1.0, help="of the scores in hardware-aware training"
    )
    options = parser.parse_args()
    if not options.table:
        framework(threads=2)
        jets = jet_rows.load()
        if options.firmware:
            rows = [
                firmware(jets, options.folds, budget_of(b, options.noise)) for b in options.budgets
            ]
            save("symbolnet_jets_firmware", rows)
            return
        train(jets, options)
    rows = front(saved("symbolnet_jets"))
    table(rows)
    plot(rows)


if __name__ == "__main__":
    main()
