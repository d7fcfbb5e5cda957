"""What outputs compute in the formats that their user states for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symgate.ir.boxes import Box
from symgate.ir.design import Input, OutputPort
from symgate.ir.evaluate import boxes
from symgate.ir.expr import CONST, Expr, variables
from symgate.ir.port_format import PortFormat
from symgate.ir.port_values import chosen_constants, is_dyadic_polynomial, quantised, saturated


def in_formats(
    outputs: Mapping[str, Expr], formats: Mapping[str, PortFormat], inputs: Sequence[Input]
) -> tuple[dict[str, Expr], dict[str, OutputPort]]:
    """``outputs`` as their ``formats`` show them beyond their ends, and the ports.

    Saturation is a part of what an output means: ``min(max(f, lowest), highest)``. Where values
    beyond the ends wrap or become 0 that depends on how they are rounded, so the rounded value is
    what is meant. Outputs that intervals show to stay inside are left as they are.

    A choice between constants chooses between what the format makes of them, so that classes stay
    classes. A function of one input has the ends in its table; other values, and those that are exact, get
    them at the port.
    """
    ranges = {port.name: Box.exact(*port.span) for port in inputs}
    meant, ports = dict(outputs), dict[str, OutputPort]()
    for name, e in outputs.items():
        stated = formats.get(name)
        if stated is None:
            continue
        beyond = not _stays_inside(e, stated, ranges)
        chosen = chosen_constants(e, stated) if beyond else None
        if chosen is not None:
            ports[name], meant[name] = OutputPort(stated, e), chosen
            continue
        overflows = beyond and not stated.saturates
        several = stated.saturates and len(variables([e])) > 1
        ports[name] = OutputPort(stated, e, beyond and (several or is_dyadic_polynomial(e)))
        if beyond:
            meant[name] = quantised(e, stated) if overflows else saturated(e, stated)
    return meant, ports


def _stays_inside(e: Expr, stated: PortFormat, ranges: Mapping[str, Box]) -> bool:
    if e.op == CONST:
        return bool(stated.lowest <= e.value <= stated.highest)
    lo, hi = boxes([e], ranges)[e].span
    return float(stated.lowest) <= lo and hi <= float(stated.highest)
