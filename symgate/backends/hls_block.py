"""A design as one header with a function on arrays, for the inside of another HLS project."""

from __future__ import annotations

from fractions import Fraction

from symgate.backends.hls_core import computation
from symgate.backends.hls_names import Argument, Names, ap
from symgate.backends.hls_tables import BINDINGS
from symgate.backends.verilog.notes import notes
from symgate.ir.firmware import Firmware
from symgate.ir.fixed import Graph

_HEADER = """\
#ifndef {guard}
#define {guard}

// {name}, by symgate: {inputs} inputs, {outputs} outputs.
#include "ap_fixed.h"
#include "ap_int.h"
#include <stdint.h>

{bindings}
{computation}
namespace {space} {{

template <class T> inline T between(const T &x, const T &lowest, const T &highest) {{
#pragma HLS INLINE
    return x < lowest ? lowest : x > highest ? highest : x;
}}

// The block on arrays.
template <class X, class Y> void layer(const X x[{inputs}], Y y[{outputs}]) {{
#pragma HLS INLINE
{body}
}}

}} // namespace {space}
#endif
"""


def block_names(firmware: Firmware, name: str) -> Names:
    """The names in the header of a block called ``name``."""
    return Names.of(name, firmware.graph)


def block_header(firmware: Firmware, name: str) -> str:
    """The header ``<name>.h``: ``<name>_design::layer(x, y)`` takes each input to the nearest value
    of its port in range.
    """
    names, graph = block_names(firmware, name), firmware.graph
    found = notes(firmware, [port.name for port in (*graph.inputs, *graph.outputs)])
    ports = (*names.inputs, *names.outputs)
    types = "".join(f"typedef {ap(a.port.type)} {a.type};\n" for a in ports)
    dsp = firmware.design.target.dsp
    return _HEADER.format(
        guard=f"{names.top.upper()}_H_",
        name=name,
        inputs=len(names.inputs),
        outputs=len(names.outputs),
        bindings=BINDINGS,
        computation=computation(names, graph, dsp, found, f"{types}\n"),
        space=names.space,
        body="\n".join(f"    {line}" for line in _body(names, graph)),
    )


def _body(names: Names, graph: Graph) -> list[str]:
    given = [_near(a, graph, f"x[{k}]") for k, a in enumerate(names.inputs)]
    results = [f"result{k}" for k in range(len(names.outputs))]
    return [
        *(f"{a.type} {r};" for a, r in zip(names.outputs, results, strict=True)),
        "compute(",
        *(f"    {argument}," for argument in given),
        f"    {', '.join(results)});",
        *(f"y[{k}] = {r};" for k, r in enumerate(results)),
    ]


def _near(a: Argument, graph: Graph, value: str) -> str:
    codes = graph.nodes[a.port.node].range
    t = a.port.type
    wide = ap(t, "AP_RND", "AP_SAT")
    if (codes.lo, codes.hi) == (t.lo, t.hi):
        return f"{a.type}({wide}({value}))"
    ends = ", ".join(f"{a.type}({_literal(code * t.ulp)})" for code in (codes.lo, codes.hi))
    return f"between({a.type}({wide}({value})), {ends})"


def _literal(value: Fraction) -> str:
    return repr(float(value))
