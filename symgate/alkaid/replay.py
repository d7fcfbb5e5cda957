"""A block's graph on the variables that alkaid traces."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from symgate.alkaid.domain import Traced, number
from symgate.errors import InputError
from symgate.ir.design import Input
from symgate.ir.fixed import Graph, Node, apply, run

if TYPE_CHECKING:
    from symgate.hls4ml.block import Block

#: alkaid keeps constants and entries of tables in 32 bits.
WIDEST = 31


def replay(block: Block, variables: Sequence[Any]) -> list[Any]:
    """The outputs of ``block`` for a variable per input, which may have any format: each is rounded
    to nearest and brought into the range of its port, as `Block.predict` does.

    Raise `InputError` where the block has values of more than `WIDEST` bits.
    """
    graph = block.build.graph
    _check_widths(graph, block.name)
    ports = block.build.design.inputs
    codes = [_code(value, port) for value, port in zip(variables, ports, strict=True)]
    outputs = zip(trace_codes(graph, codes), graph.outputs, strict=True)
    return [_real(value, port.type.frac, variables[0]) for value, port in outputs]


def trace_codes(graph: Graph, codes: Sequence[Traced | int]) -> list[Traced | int]:
    """The raw outputs of ``graph`` for the raw values of its inputs, each in the bits that its
    node has.
    """
    return run(graph, codes, _step)


def _code(variable: Any, port: Input) -> Traced | int:
    scaled = variable * 2.0**port.type.frac
    whole: Traced | int
    if scaled.low == scaled.high:
        whole = math.floor(scaled.low + 0.5)
    else:
        _, _, places = scaled.kif
        whole = Traced(scaled + 0.5) >> 0 if places > 0 else Traced(scaled)
    if isinstance(whole, int):
        return min(max(whole, port.raw.lo), port.raw.hi)
    return number(whole.variable.max_of(float(port.raw.lo)).min_of(float(port.raw.hi)))


def _step(node: Node, operands: list[Any]) -> Any:
    value = apply(node, operands)
    return value.fitting(node.range.lo, node.range.hi) if isinstance(value, Traced) else value


def _real(value: Traced | int, frac: int, like: Any) -> Any:
    if isinstance(value, Traced):
        return value.variable * 2.0**-frac
    return type(like).from_const(value * 2.0**-frac, hwconf=like.hwconf)


def _check_widths(graph: Graph, name: str) -> None:
    width = max(node.type.width for node in graph.nodes)
    if width > WIDEST:
        raise InputError(
            f"the block {name} has a value of {width} bits",
            expected=f"at most {WIDEST}: alkaid keeps constants and tables in 32 bits",
            remedy="fewer bits of the inputs or a larger max_error make it narrower",
        )
