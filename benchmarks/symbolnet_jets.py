"""Jet taggers by SymbolNet on ports: accuracy against LUT, trained with and without knowledge of the hardware.

    python benchmarks/symbolnet_jets.py [--folds 4] [--budgets 60 120 200 400]
    python benchmarks/symbolnet_jets.py --firmware --budgets 200     # one fold to firmware: Yosys, bits in three models

Cross-validated on 600 real jets: each fold trains on synthetic rows around the other folds' features (`jet_rows`) and
is judged on its own real jets. 600 jets carry a statistical error of 1.8 % on every accuracy, the same jets for all
rows of the table. Both ways train the same network on the same rows and remove tables down to the same budget.
Hardware-aware: word lengths are learned under the LUT model, and the network trains on rounded features.
Train-then-quantise: features as they are; then every port gets the same word length.
Judged also on synthetic rows around the held-out jets, labelled by the published network: no accuracy, but a
comparison of both ways with a statistical error of 0.15 %.
LUT: of the compiled designs, our mapping, 5 scores without the argmax, mean over the folds.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace

import jet_rows
import numpy as np
from common import Row, console, folder, merge, percent, save, saved, show
from jet_rows import Jets

from symgate import api
from symgate.frontend.options import Options
from symgate.frontend.symbolnet.data import Samples
from symgate.frontend.symbolnet.fit import framework
from symgate.frontend.symbolnet.fitted import Fitted
from symgate.frontend.symbolnet.hardware import Shape
from symgate.frontend.symbolnet.hardware_fit import Budget, OnPorts, fit_on_ports, integer_bits
from symgate.ir.design import Design
from symgate.passes import compiler
from symgate.report.estimate import luts, resources
from symgate.sim import numpy_model
from symgate.sim.vectors import quantise, reals

ROWS, JUDGED, WIDTHS = 30_000, 20_000, (4, 5, 6)
ERROR = 1.0  # certified, of a score whose natural unit is 1
SHAPE = Shape(("tanh", "gauss"), ("tanh", "gauss") * 5)
COLUMNS = {
    "way": "training", "budget": "budget", "noise": "noise", "bits": "bits", "lut": "LUT", "real_fixed": "real jets",
    "real_float": "in float64", "synthetic_fixed": "synthetic", "synthetic_float": "in float64", "cycles": "cycles",
    "inputs": "inputs",
}  # fmt: skip
#: Of ../shared/docs/anchors.md, section D: published, OpenML jets, accuracy in percent and LUT after place and route.
PUBLISHED = {
    "KANELE": (76.0, 1232), "NeuraLUT-Assemble": (76.0, 1780), "TreeLUT (II)": (75.0, 796), "FQTree": (74.8, 548),
    "DWN md-360": (75.6, 1697), "DWN sm-50": (74.0, 311), "DWN sm-10": (71.2, 64),
}  # fmt: skip


def measure(design: Design, found: Fitted, sets: Sequence[Samples]) -> Row:
    """Compile, and count right answers in fixed point and in float64 on real jets and on synthetic rows."""
    made = compiler.compile_design(design, 0.0, lambda step: None, None, luts)
    row: Row = {"lut": resources(made.graph)["lut"], "cycles": made.graph.latency, "inputs": len(design.inputs)}
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
    other = fit_on_ports(synthetic, SHAPE, replace(budget, seed=k, aware=False), wanted=shares, integer=integer)
    sets = rows, jets.synthetic(rows, JUDGED, seed=100 + k)[0]
    found = [*aware(one, sets), *afterwards(other, sets, integer)]
    return [{"fold": k, "budget": budget.luts, "noise": budget.error} | row for row in found]


def firmware(jets: Jets, count: int, budget: Budget) -> Row:
    """The hardware-aware design of fold 0 through the whole of symgate: netlist by Yosys, bits in three models."""
    train, held = jet_rows.folds(len(jets.real), count)[0]
    synthetic, shares = jets.synthetic(jets.real.take(train), ROWS, seed=0)
    found = fit_on_ports(synthetic, SHAPE, replace(budget, seed=0), wanted=shares)
    rows = jets.real.take(held)
    design = found.fitted.design(Options(formats=found.used_formats(), max_error=ERROR), "jets")
    build = api.compile(design, folder("symbolnet") / "jets")
    checked = api.verify(build, vectors=20_000, tools=["cpp", "verilator"])
    build = api.report(build, synth="yosys", dsp=False)
    sets = rows, jets.synthetic(rows, JUDGED, seed=100)[0]
    row = {"fold": 0, "budget": budget.luts} | measure(design, found.fitted, sets)
    row |= {"yosys": build.report["synthesis"], "latency": build.report["latency"], "formats": found.used_formats()}
    bounds = {b.output: b.bound for b in build.certificate.bounds}
    return row | {"mismatches": checked.mismatches, "models": list(checked.models), "problems": checked.problems,
                  "certified": bounds}  # fmt: skip


def front(rows: list[Row]) -> list[Row]:
    """One row per way, budget and word length: all folds together."""
    out = []
    keys = ("way", "budget", "noise", "bits")
    for key in dict.fromkeys(tuple(r[k] for k in keys) for r in rows):
        mine = [r for r in rows if tuple(r[k] for k in keys) == key]
        told = [k for k in mine[0] if k.startswith(("real", "synthetic"))]
        total = {k: sum(r[k] for r in mine) for k in told}
        row = dict(zip(keys, key, strict=True)) | {"share": total["real_fixed"] / total["real_rows"]}
        for name in [n for n in ("real", "synthetic") if f"{n}_rows" in total]:
            for kind in ("fixed", "float"):
                share = total[f"{name}_{kind}"] / total[f"{name}_rows"]
                row[f"{name}_{kind}"] = percent(share, total[f"{name}_rows"])
        row |= {k: float(np.mean([r[k] for r in mine])) for k in ("lut", "cycles", "inputs")}
        out.append(row | {"jets": total["real_rows"]})
    return sorted(out, key=lambda r: (r["way"], r["lut"]))


def plot(rows: list[Row]) -> None:
    """Draw the fronts beside the published points into build/benchmarks/symbolnet."""
    from matplotlib.figure import Figure

    axes = (figure := Figure(figsize=(7, 4.5))).subplots()
    for way in dict.fromkeys(r["way"] for r in rows):
        mine = [r for r in rows if r["way"] == way]
        error = [100 * (r["share"] * (1 - r["share"]) / r["jets"]) ** 0.5 for r in mine]
        axes.errorbar([r["lut"] for r in mine], [100 * r["share"] for r in mine], error, fmt="o", label=way, capsize=2)
    for name, (accuracy, lut) in PUBLISHED.items():
        axes.plot(lut, accuracy, "kx")
        axes.annotate(name, (lut, accuracy), fontsize=7, xytext=(3, 3), textcoords="offset points")
    axes.set(xscale="log", xlabel="LUT (ours: mapped, no argmax; published: placed and routed)", ylabel="accuracy, %")
    axes.legend()
    figure.savefig(folder("symbolnet") / "jets.svg", bbox_inches="tight")


def budget_of(luts_: float, noise: float) -> Budget:
    """The schedule of every training here."""
    return Budget(luts_, price=2e-4, learn=10, cut=15, anneal=15, rate=0.01, error=noise)


def main() -> None:
    """Measure, save, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folds", type=int, default=4)
    parser.add_argument("--only", type=int, nargs="+", help="these folds")
    parser.add_argument("--budgets", type=float, nargs="+", default=[60.0, 120.0, 200.0, 400.0])
    parser.add_argument("--firmware", action="store_true", help="one fold to firmware")
    parser.add_argument("--noise", type=float, default=1.0, help="of the scores in hardware-aware training")
    options = parser.parse_args()
    framework(threads=2)
    jets = jet_rows.load()
    if options.firmware:
        save(
            "symbolnet_jets_firmware",
            [firmware(jets, options.folds, budget_of(b, options.noise)) for b in options.budgets],
        )
        return
    for luts_ in options.budgets:
        for k in options.only or range(options.folds):
            console.print(f"budget {luts_:g}, fold {k} ...", style="dim")
            new = fold(jets, k, options.folds, budget_of(luts_, options.noise))
            save("symbolnet_jets", merge(saved("symbolnet_jets"), new, "fold", "budget", "noise", "way", "bits"))
    rows = front(saved("symbolnet_jets"))
    show("Jet taggers on 600 real jets", COLUMNS, rows, "Trained on synthetic rows that a published network labelled.")
    plot(rows)


if __name__ == "__main__":
    main()
