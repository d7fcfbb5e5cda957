"""The hardware of a network of tables and its certificate: every value is exact, or off by what it
is known to lack.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from symgate.ir.boxes import float_above, float_below
from symgate.ir.design import Design
from symgate.ir.expr import VAR, Expr, Program, var, with_args
from symgate.ir.exprtext import show
from symgate.ir.firmware import Bound, Certificate
from symgate.ir.fixed import Graph
from symgate.ir.text import show as show_graph
from symgate.passes.bounds.network_errors import (
    NONE,
    Error,
    moved,
    plus,
    size,
    times,
    with_zero,
)
from symgate.passes.lowering.network import (
    Inexact,
    Network,
    clamped,
    has_tables,
    lower_network,
    operands,
)
from symgate.passes.rewrite.terms import split_sum
from symgate.passes.widths.independence import Part
from symgate.passes.widths.quantize import targets


def network_hardware(part: Part, objective: str = "lut") -> tuple[Graph, Certificate] | None:
    """The exact graph of ``part``; None where it is no network of tables.

    Tables of steps that read inputs alone are left to the search of word lengths where the stated
    error is worth a bit of them, and so are outputs whose format is stated, which round.
    """
    program, inputs = part.program, {port.name: port for port in part.design.inputs}
    tables = has_tables(program.roots)
    if not tables or part.design.ports:
        return None
    try:
        network = lower_network(program.roots, inputs, objective)
    except Inexact:
        return None
    if "bits" not in tables and _error_is_worth_bits(part.design, network, program):
        return None
    for name, e in program.outputs:
        network.builder.output(name, network.settled(e))
    return network.builder.build(), certificate_of(part, network)


def _error_is_worth_bits(design: Design, network: Network, program: Program) -> bool:
    """Whether every output may be off by the weight of its last bit."""
    nodes = network.builder.nodes
    units = {
        name: Fraction(2) ** -nodes[network.values[e].node].frac for name, e in program.outputs
    }
    allowed = design.accuracy.max_error
    return all(allowed.get(name, Fraction(0)) >= unit for name, unit in units.items())


def certificate_of(part: Part, network: Network, stated: bool = True) -> Certificate:
    """The bounds, and what an independent check needs: see `certify.evidence`.

    Errors are the user's own only where they are ``stated``.
    """
    program, errors = part.program, total_errors(network)
    allowed = targets(part.design) if stated else {}
    bounds = [
        Bound(name, float_above(size(errors[e])) + 0.0, allowed.get(name))
        for name, e in program.outputs
    ]
    return Certificate(tuple(bounds), _evidence(part, network))


def total_errors(network: Network) -> dict[Expr, Error]:
    """What each value can be off by; raise `Inexact` where what reads one does not allow for that."""
    found: dict[Expr, Error] = {}
    for e, value in network.values.items():
        unit = Fraction(2) ** -max(network.builder.nodes[value.node].frac, 0)
        own = with_zero(network.errors.get(e, NONE))
        found[e] = plus([_inherited(e, found, unit), own])
    return found


def _inherited(e: Expr, errors: Mapping[Expr, Error], unit: Fraction) -> Error:
    if e.op in ("add", "mul"):
        terms = split_sum(e)[1].items()
        if all(errors.get(term, NONE) == NONE for term, _ in terms):
            return NONE
        return plus([times(errors[term], factor.value) for term, factor in terms])
    clamp = clamped(e)
    if clamp is not None:
        return with_zero(errors.get(clamp[0], NONE))
    found = moved(e, errors, unit)
    if found is None:
        raise Inexact(e.op)
    return found


def _evidence(part: Part, network: Network) -> dict[str, Any]:
    program, prefix = part.program, part.prefix
    prefix += "_" * max((len(n) for n in program.inputs if n.startswith("v")), default=0)
    kept = network.builder.kept([value.node for value in network.values.values()])
    names: dict[Expr, Expr] = {}
    values: list[dict[str, Any]] = []
    for e, value in network.values.items():
        if e.op != VAR:
            name = f"{prefix}{len(values)}"
            values.append(
                {
                    "name": name,
                    "node": kept[value.node],
                    "offset": str(value.offset),
                    "expr": show(_over(e, names)),
                    "error": _outward(network.errors.get(e, NONE)),
                }
            )
            names[e] = var(name)
    outputs = {name: str(names.get(e, e).value) for name, e in program.outputs}
    graph = network.builder.build([value.node for value in network.values.values()])
    return {"graph": show_graph(graph), "values": values, "outputs": outputs, "every_input": []}


def _outward(error: Error) -> list[float]:
    return [float_below(error[0]) + 0.0, float_above(error[1]) + 0.0]  # no -0.0


def _over(root: Expr, names: dict[Expr, Expr]) -> Expr:
    """``root`` in the names of the values that it reads; what lies between them is written out."""
    found = {e: names.get(e, e) for e in operands(root)}

    def written(e: Expr) -> Expr:
        if e in found or not e.args:
            return found.get(e, e)
        return with_args(e, tuple(written(operand) for operand in e.args))

    return with_args(root, tuple(written(operand) for operand in root.args))
