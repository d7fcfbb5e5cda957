"""The jet tagger's class: its scores, the class of the largest of them, and how often that is
float64's on 600 real jets.

    python benchmarks/classes.py [--errors 2^-5 2^-4]

The class of ``argmax`` with ``max_error`` e has scores within e/2 each; e is how far the score of the
chosen class may be below the best. LUT by our mapping. Decided jets are those whose best two scores,
in float64 at the ports' codes, are further apart than what is certified; all of them must have
float64's class.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
from common import ROOT, Reals, console

from symgate.frontend.design_file import toml
from symgate.frontend.language.functions import argmax
from symgate.frontend.language.source import Source
from symgate.frontend.language.values import exact
from symgate.ir.classes import AGREEMENT
from symgate.ir.design import Accuracy, Design
from symgate.ir.evaluate import evaluate
from symgate.ir.firmware import Firmware
from symgate.passes.compiler import compile_design
from symgate.passes.widths.metric import Loss
from symgate.report.estimate import luts
from symgate.sim import data
from symgate.sim.loss import losses
from symgate.sim.numpy_model import simulate
from symgate.sim.vectors import quantise, reals

JETS = ROOT / "examples" / "jets"


def rows_of(design: Design) -> dict[str, np.ndarray]:
    """The codes of the 600 jets."""
    with (JETS / "jets.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {
        i.name: quantise(np.array([float(row[i.name]) for row in rows]), i)[0]
        for i in design.inputs
    }


def with_class(design: Design, error: Fraction, scores: bool) -> Design:
    """The design of the class, and of the scores too if these are wanted."""
    found = argmax(*(e for _, e in design.outputs))
    kept = design.outputs if scores else ()
    errors = {name: error / 2 for name, _ in kept} | {"class": error}
    return Design(
        "jets", design.inputs, (*kept, ("class", found)), Accuracy(max_error=errors), design.target
    )


def on_data(design: Design, loss: float) -> Firmware:
    """The class whose scores may err as long as at most ``loss`` of the jets get another one."""
    found = argmax(*(e for _, e in design.outputs))
    stated = Accuracy(metric=AGREEMENT, data=str(JETS / "jets.csv"), max_loss=loss)
    made = Design("jets", design.inputs, (("class", found),), stated, design.target)
    table = data.read(JETS / "jets.csv", [i.name for i in design.inputs], ["score"])
    return measured(f"class, other on at most {loss:.1%}", made, losses(made, table))


def measured(name: str, design: Design, loss: Loss | None = None) -> Firmware:
    """Compile ``design`` and print its hardware."""
    start = time.process_time()
    made = compile_design(design, measure=luts, loss=loss)
    spent = time.process_time() - start
    formats = ", ".join(f"{port.name} {port.type}" for port in made.graph.outputs)
    console.print(
        f"{name}: {luts(made.graph):,.0f} LUT, {made.graph.latency} cycles, {spent:.1f} CPU s; {formats}"
    )
    return made


def agreement(made: Firmware, scores: Mapping[str, Reals], codes: Mapping[str, np.ndarray]) -> None:
    """Compare the classes of ``made`` with those of float64."""
    classes = simulate(made.graph, codes)["class"]
    table = np.array(list(scores.values()))
    best = np.sort(table, axis=0)
    decided = best[-1] - best[-2] > made.certificate.bound("class")
    same = classes == np.argmax(table, axis=0)
    assert np.all(same[decided])
    console.print(
        f"  certified margin {made.certificate.bound('class'):.4f}: {decided.sum()} of {len(same)} jets are "
        f"decided, all with float64's class; of all jets {same.mean():.1%}"
    )


def main() -> None:
    """Compile the tagger three ways, for each error."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--errors", nargs="+", default=["2^-4"])
    design = toml.load(JETS / "design.toml")
    codes = rows_of(design)
    x = {i.name: reals(codes[i.name], i.type) for i in design.inputs}
    names = [name for name, _ in design.outputs]
    scores = dict(zip(names, evaluate([e for _, e in design.outputs], x), strict=True))
    for loss in (0.01, 0.002):
        agreement(on_data(design, loss), scores, codes)
    for text in parser.parse_args().errors:
        error = exact(text, Source(text))
        alone = Accuracy(max_error=dict.fromkeys(names, error / 2))
        console.print(f"margin {text}")
        measured("scores", Design("jets", design.inputs, design.outputs, alone, design.target))
        agreement(measured("class", with_class(design, error, False)), scores, codes)
        agreement(measured("scores and class", with_class(design, error, True)), scores, codes)


if __name__ == "__main__":
    main()
