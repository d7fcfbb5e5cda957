"""The sums of the ten MNIST expressions two ways, at the same last bits and errors: bit tables, and
shifts and adds.

    python benchmarks/sums.py [--restarts 2]

LUTs are our estimates. The shift-and-add graph takes all sums at once (`symgate.passes.cmvm`), its
budget is the error that the search gives each sum. Inputs only: what a sum reads of functions is
left out of the graph.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from fractions import Fraction

import numpy as np
import problems
from common import console

from symgate.ir.domains import Interval
from symgate.ir.expr import VAR, Expr
from symgate.passes.cmvm import LUTS, Budget, Effort, optimise
from symgate.passes.pipeline import datapath, normalised
from symgate.passes.widths.model import Model
from symgate.passes.widths.quantize import Quantize, targets
from symgate.passes.widths.relaxation import equal_widths, relax_widths
from symgate.passes.widths.width_settings import WidthSearch

BITS = (
    14  # of the constants after the binary point; what they are rounded by is taken off the budget
)
PIXEL = Interval(0, 255)


def terms(model: Model, e: Expr) -> dict[str, Fraction]:
    """The constants of the inputs of a sum."""
    return {t.value: k for t, k in model.datapath.structure.sums[e][1] if t.op == VAR}


def main() -> None:
    """Search the widths, then lower all sums both ways."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--restarts", type=int, default=2)
    restarts = parser.parse_args().restarts
    design = problems.mnist().design
    program = datapath(design, normalised(design))
    step = replace(Quantize(design.inputs, {}), targets=targets(design))
    model = step.model(program)
    problem = model.problem(np.array([step.targets[n] for n, _ in program.outputs]) * 0.95)
    search = WidthSearch()
    widths = relax_widths(problem, equal_widths(problem, search), search)
    node = model.datapath.structure.row
    sums = [e for e in model.datapath.structure.sums if len(terms(model, e)) > 1]
    names = sorted({n for e in sums for n in terms(model, e)})
    exact = [[terms(model, e).get(n, Fraction(0)) * 2**BITS for n in names] for e in sums]
    lost = [sum(abs(k - round(k)) for k in row) * PIXEL.hi for row in exact]
    errors = [Fraction(problem.error(node[e], widths)) * 2 ** (BITS + 8) for e in sums]
    budget = Budget(
        tuple(max(Fraction(0), e - x) for e, x in zip(errors, lost, strict=True)),
        (0,) * len(sums),
        True,
    )
    start = time.process_time()
    rows = [[round(k) for k in row] for row in exact]
    graph = optimise(rows, [PIXEL] * len(names), LUTS, Effort(restarts=restarts), budget)
    assert budget.holds(graph.error)
    bits = sum(problem.cost(node[e], widths) for e in sums)
    console.print(
        f"{len(sums)} sums of {len(names)} inputs, {sum(k != 0 for row in exact for k in row)} terms"
    )
    console.print(f"tables of bits: {bits:.0f} LUT")
    console.print(
        f"shifts and adds: {graph.luts} LUT, {graph.count} adders, {time.process_time() - start:.1f} s"
    )


if __name__ == "__main__":
    main()
