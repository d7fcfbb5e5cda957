"""A program lowered by a plan, the proof of its error, and the evidence for whoever checks that."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from symgate.caches import remembered
from symgate.ir.boxes import Box
from symgate.ir.expr import VAR, Expr, Program, var, variables
from symgate.ir.exprtext import show
from symgate.ir.firmware import Share
from symgate.ir.fixed import Graph
from symgate.ir.text import show as show_graph
from symgate.passes.bounds.exhaustive import cones, few_codes, largest_errors
from symgate.passes.bounds.propagation import bounds, rounded, sensitivity
from symgate.passes.lowering import datapath_values, lower
from symgate.passes.lowering.context import Context
from symgate.passes.lowering.operands import over
from symgate.passes.lowering.output_ports import Shown, show_outputs
from symgate.passes.lowering.plan import Plan
from symgate.passes.rewrite.fuse import inline
from symgate.passes.widths.datapath import Datapath


@dataclass(frozen=True)
class Lowered:
    """A graph with what is proved of it, by output."""

    graph: Graph
    bounds: dict[str, float]  # of the error
    shares: dict[str, tuple[Share, ...]]  # what each value adds to the bound
    data: dict[str, Any]  # what an independent check needs, see `evidence`; a draft has none
    #: Functions of a draft that are not proved finite, and a value of their argument where one is
    #: not.
    open: Mapping[Expr, Fraction] = field(default_factory=dict)
    #: What the stated formats of outputs add to their bounds.
    lost: Mapping[str, float] = field(default_factory=dict)


def certify_plan(datapath: Datapath, plan: Plan, draft: bool = False) -> Lowered:
    """Lower a program by ``plan`` and prove its error; a draft has plain tables and no smaller
    error.

    Outputs whose inputs have few codes are tried at every one of them.
    """
    program, task = datapath.program, datapath.task
    context, errors = lower(program, task.inputs, plan, draft)
    shown = show_outputs(context, program, task.ports)
    offsets = {name: port.size for name, port in shown.items()}
    graph = context.builder.build()
    found, shares = _prove_bounds(datapath, context, errors, offsets)
    if draft:
        return Lowered(graph, found, shares, {}, context.open, offsets)
    most_bits = datapath.settings.lower.tried_bits
    meant = _what_is_meant(datapath, cones(program, task.inputs, most_bits), most_bits)
    tried = largest_errors(graph, meant, task.inputs, found)
    closer = [name for name, error in tried.items() if error.most < found[name]]
    found |= {name: tried[name].most for name in closer}
    data = evidence(context, program, task.prefix, shown)
    return Lowered(graph, found, shares, data | {"every_input": closer}, lost=offsets)


def _prove_bounds(
    datapath: Datapath,
    context: Context,
    errors: Mapping[Expr, Box],
    offsets: Mapping[str, float],
) -> tuple[dict[str, float], dict[str, tuple[Share, ...]]]:
    """The bound of each output from the local ``errors`` of values, and the share of each value."""
    program = datapath.program
    values = rounding(context, program)
    local = {values[e]: error for e, error in errors.items()}
    labels = {values[error]: error for error in errors}
    roots = [values[e] for e in program.roots]
    proof = bounds(sensitivity(roots, datapath.cells, local), local)
    found, shares = {}, {}
    for (name, _), root in zip(program.outputs, roots, strict=True):
        bound, parts = proof[root]
        total = bound + offsets[name]
        found[name] = math.nextafter(total, math.inf) if bound else offsets[name]
        shares[name] = _shares(local, parts, labels)
    return found, shares


def _what_is_meant(
    datapath: Datapath, wanted: Mapping[str, Expr], most_bits: int
) -> dict[str, Expr]:
    """What outputs are compared with at every input: what the user wrote; or the program, where
    rewriting has removed inputs that are too many.
    """
    inputs, meant, found = datapath.task.inputs, datapath.task.meant, dict[str, Expr]()
    for name, e in wanted.items():
        written = meant.get(name, e)
        known = all(v in inputs for v in variables([written]))
        found[name] = written if known and few_codes(written, inputs, most_bits) else e
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


def evidence(
    context: Context,
    program: Program,
    prefix: str = "v",
    shown: Mapping[str, Shown] | None = None,
) -> dict[str, Any]:
    """The combinational graph and, per value of the datapath, what it computes and its claimed
    local error.

    The graph has all values, also those of which the hardware needs no bit, as errors are claimed
    of each.

    Each of ``values`` has a name, the node of the graph, its offset, the real expression over
    inputs and earlier values, the interval of ``node + offset - expression(operands)``, and what
    all this is taken modulo, if only a remainder matters. ``outputs`` names values: what a port
    shows of a value is one of its own.
    """
    shown = shown or {}
    nodes, names = [value.node for value in context.values.values()], dict[Expr, Expr]()
    nodes += [port.node for port in shown.values()]
    kept = context.builder.kept(nodes)
    prefix += "_" * max((len(n) for n in program.inputs if n.startswith("v")), default=0)
    values: list[dict[str, Any]] = []
    for e, v in context.values.items():
        if e.op != VAR:
            name = f"{prefix}{len(values)}"
            values.append({"name": name, **_evidence(context, e, kept[v.node], names)})
            names[e] = var(name)
    outputs = {name: str(names.get(e, e).value) for name, e in program.outputs}
    for output, e in program.outputs:
        port = shown.get(output)
        if port is not None and port.node != context.values[e].node:
            name = f"{prefix}{len(values)}"
            values.append({"name": name, **_port(port, var(outputs[output]), kept[port.node])})
            outputs[output] = name
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


def _port(port: Shown, value: Expr, node: int) -> dict[str, Any]:
    low, high = port.error
    around = Box.around(low).union(Box.around(high))
    return {
        "node": node,
        "offset": "0",
        "expr": show(port.shows(value)),
        "error": [float(around.lo), float(around.hi)],
    }


def _shares(
    errors: Mapping[Expr, Box], parts: Mapping[Expr, float], labels: Mapping[Expr, Expr]
) -> tuple[Share, ...]:
    """The part of a bound that each value has, the largest first."""

    def order(value: Expr) -> tuple[float, int]:
        return -parts[value], labels.get(value, value).key

    found = []
    for value in sorted(parts, key=order):
        error = float(errors[value].mag.max()) if value in errors else 0.0
        found.append(Share(label_of(labels.get(value, value)), error, parts[value]))
    return tuple(found)


@remembered
def label_of(e: Expr) -> str:
    """A value as text for readers, cut where it is long."""
    text = show(inline(e))
    return text if len(text) <= 60 else f"{text[:57]}..."
