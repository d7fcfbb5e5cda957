"""One candidate: a program lowered by a plan, the proof of its error, and the evidence for whoever
checks that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.ir.boxes import Box
from symgate.ir.expr import VAR, Expr, Program, var, variables
from symgate.ir.exprtext import show
from symgate.ir.firmware import Share
from symgate.ir.fixed import Graph
from symgate.ir.text import show as show_graph
from symgate.passes.bounds.exhaustive import MOST_BITS as MOST_CODES
from symgate.passes.bounds.exhaustive import cones, few_codes, largest_errors
from symgate.passes.bounds.propagation import bounds, rounded, sensitivity
from symgate.passes.lowering import datapath_values, lower
from symgate.passes.lowering.context import Context
from symgate.passes.lowering.operands import over
from symgate.passes.lowering.plan import Plan
from symgate.passes.rewrite.fuse import inline
from symgate.passes.widths.model import Model
from symgate.passes.widths.problem import Array


@dataclass(frozen=True)
class Lowered:
    """One candidate: its graph, proven bounds per output, and what the search predicted."""

    graph: Graph
    bounds: dict[str, float]
    shares: dict[str, tuple[Share, ...]]
    data: dict[str, Any]  # what an independent check needs, see `evidence`
    #: functions of a draft that are not proved finite, and a value of their argument where one is not
    open: Mapping[Expr, Fraction] = field(default_factory=dict)


def proofs(model: Model, found: Lowered) -> Array:
    """The proven bounds in output order."""
    return np.array([found.bounds[n] for n, _ in model.program.outputs])


def exact(model: Model, found: Lowered) -> NDArray[np.bool_]:
    """Which outputs have the error itself as their bound, in output order."""
    return np.array([n in found.data.get("every_input", ()) for n, _ in model.program.outputs])


def certified(
    model: Model, plan: Plan, draft: bool = False, most_bits: int = MOST_CODES
) -> Lowered:
    """Lower ``model``'s program by ``plan`` and prove its error; a draft has plain tables and no
    smaller error.
    """
    context, errors = lower(model.program, model.inputs, plan, draft)
    residues = _outputs(context, model.program)
    graph = context.builder.build()
    values = rounding(context, model.program)
    local = {values[e]: error for e, error in errors.items()}
    labels = {values[e]: e for e in errors}
    roots = [values[e] for e in model.program.roots]
    proof = bounds(sensitivity(roots, model.cells, local), local)
    found, shares = {}, {}
    for name, e, residue in zip(
        (n for n, _ in model.program.outputs), roots, residues, strict=True
    ):
        bound, parts = proof[e]
        found[name] = math.nextafter(bound + residue, math.inf) if bound or residue else 0.0
        shares[name] = _shares(local, parts, labels)
    if draft:
        return Lowered(graph, found, shares, {}, context.open)
    wanted = cones(model.program, model.inputs, most_bits)
    tried = largest_errors(graph, _meant(model, wanted, most_bits), model.inputs, found)
    closer = [n for n, error in tried.items() if error.most < found[n]]
    found |= {n: tried[n].most for n in closer}
    data = evidence(context, model.program, model.prefix)
    return Lowered(graph, found, shares, data | {"every_input": closer})


def _meant(model: Model, wanted: Mapping[str, Expr], most_bits: int) -> dict[str, Expr]:
    """What outputs are compared with at every input: what the user wrote; or the program, where
    rewriting has removed inputs that are too many.
    """
    found = {}
    for n, e in wanted.items():
        written = model.meant.get(n, e)
        known = all(v in model.inputs for v in variables([written]))
        found[n] = written if known and few_codes(written, model.inputs, most_bits) else e
    return found


def rounding(context: Context, program: Program) -> dict[Expr, Expr]:
    """Each value as an expression over the values that its hardware reads; those with a local error
    are `rounded`.
    """
    new: dict[Expr, Expr] = {}
    for e in datapath_values(program.roots):
        exact = over(e, new)
        new[e] = rounded(exact) if e in context.errors else exact
    return new


def evidence(context: Context, program: Program, prefix: str = "v") -> dict[str, Any]:
    """The combinational graph and, per value of the datapath, what it computes and its claimed
    local error.

    The graph has all values, also those of which the hardware needs no bit, as errors are claimed
    of each.

    Each of ``values`` has a name, the node of the graph, its offset, the real expression over
    inputs and earlier values, the interval of ``node + offset - expression(operands)``, and what
    all this is taken modulo, if only a remainder matters. ``outputs`` names values.
    """
    nodes, names = [v.node for v in context.values.values()], dict[Expr, Expr]()
    kept = context.builder.kept(nodes)
    prefix += "_" * max((len(n) for n in program.inputs if n.startswith("v")), default=0)
    values: list[dict[str, Any]] = []
    for e, v in context.values.items():
        if e.op != VAR:
            name = f"{prefix}{len(values)}"
            values.append({"name": name, **_evidence(context, e, kept[v.node], names)})
            names[e] = var(name)
    outputs = {n: str(names.get(e, e).value) for n, e in program.outputs}
    return {"graph": show_graph(context.builder.build(nodes)), "values": values, "outputs": outputs}


def _evidence(context: Context, e: Expr, node: int, names: Mapping[Expr, Expr]) -> dict[str, Any]:
    error = context.errors.get(e, Box.exact(0.0))
    for t in e.args:
        if t in context.absorbed and t in context.errors:
            error = error + context.errors[t]
    modulus = {"modulus": str(context.modulus[e])} if e in context.modulus else {}
    return {
        "node": node,
        "offset": str(context.values[e].offset),
        "expr": show(inline(over(e, names, context.absorbed))),
        "error": [float(error.lo), float(error.hi)],
        **modulus,
    }


def _outputs(context: Context, program: Program) -> list[float]:
    """Name the outputs; return what their offsets add to the error."""
    residues = []
    for name, e in program.outputs:
        value = context.values[e]
        context.builder.output(name, value.node)
        residues.append(float(abs(value.offset)))
    return residues


def _shares(
    errors: Mapping[Expr, Box], parts: Mapping[Expr, float], labels: Mapping[Expr, Expr]
) -> tuple[Share, ...]:
    ranked = sorted(
        ((labels.get(e, e), e, c) for e, c in parts.items()), key=lambda p: (-p[2], p[0].key)
    )
    return tuple(
        Share(_label(e), float(errors[v].mag.max()) if v in errors else 0.0, c)
        for e, v, c in ranked
    )


def _label(e: Expr) -> str:
    text = show(inline(e))
    return text if len(text) <= 60 else f"{text[:57]}..."
