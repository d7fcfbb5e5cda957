"""HLS C++ for Vitis HLS and Vivado HLS: one function, a line per node, in a project laid out as
hls4ml users know it.

Nothing is decided here. Each line is `Op.cpp` filled in, and each variable has exactly the format
of its node.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from symgate.backends import hls_project
from symgate.backends.hls_names import Argument, Names, ap, ap_int
from symgate.ir.design import Target
from symgate.ir.domains import Interval
from symgate.ir.firmware import Firmware
from symgate.ir.fixed import CONST, INPUT, Graph, Node
from symgate.ir.fixed_ops import OPS, Op, slices
from symgate.ir.types import FixedType, Rounding

_PRODUCTS = ("mul", "square")
_COMPARE = ("lt", "le", "eq", "min", "max")
# ap_fixed.h compares signed with unsigned numbers of 32 bits and more as if the sign were a bit
_SAFE = 31


@dataclass(frozen=True)
class Hls:
    """A Vitis HLS and Vivado HLS project."""

    name = "hls"

    def emit(self, firmware: Firmware) -> dict[str, str]:
        """The files of the project by path, without the vendor's headers (`symgate.sim.ap_types`
        adds them).
        """
        return emit_graph(firmware.name, firmware.graph, firmware.design.target)


def emit_graph(name: str, graph: Graph, target: Target | None = None) -> dict[str, str]:
    """The files of the project for a bare graph."""
    target = target or Target()
    names = Names.of(name, graph)
    return {
        **hls_project.scripts(names.top, target),
        f"firmware/{names.top}.cpp": _source(names, graph, target),
        f"firmware/{names.top}.h": _header(names),
        "firmware/defines.h": _defines(names),
        "firmware/parameters.h": _parameters(names, graph),
        **hls_project.bench(names, graph),
    }


# ------------------------------------------------------------------ the top function


def _source(names: Names, graph: Graph, target: Target) -> str:
    lines = [
        f'#include "{names.top}.h"',
        "",
        '#include "parameters.h"',
        "",
        f"// {names.prefix}12 is %12 of graph.txt, exact in its type; comments give the range of the values.",
        "// Copies are registers of the RTL: an HLS tool places its own.",
        f"void {names.top}({_arguments(names)}) {{",
        *_pragmas(names, graph, target),
        "",
        *(
            f"    {line}"
            for i, node in enumerate(graph.nodes)
            if node.op != INPUT
            for line in _statement(names, graph, i, node)
        ),
        "",
        *(f"    {a.name} = {names.value(graph, a.port.node)};" for a in names.outputs),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _arguments(names: Names) -> str:
    arguments = [f"{a.type} {a.name}" for a in names.inputs] + [
        f"{a.type} &{a.name}" for a in names.outputs
    ]
    return "\n    " + ",\n    ".join(arguments) + "\n"


def _pragmas(names: Names, graph: Graph, target: Target) -> Iterator[str]:
    for a in (*names.inputs, *names.outputs):
        yield f"#pragma HLS INTERFACE ap_vld port={a.name}"
    yield "#pragma HLS PIPELINE II=1"
    vitis, vivado = [], []
    for i, node in enumerate(graph.nodes):
        if (
            node.op == "table"
        ):  # else the tool takes block RAM for large ones, which the report does not count
            vitis.append(f"BIND_STORAGE variable=table_{i} type=rom_1p impl=lutram")
            vivado.append(f"RESOURCE variable=table_{i} core=ROM_1P_LUTRAM")
        elif node.op == "rom":
            vitis.append(f"BIND_STORAGE variable=table_{i} type=rom_1p impl=bram")
            vivado.append(f"RESOURCE variable=table_{i} core=ROM_1P_BRAM")
        elif node.op in _PRODUCTS and target.dsp is not None:
            factors = graph.operands(i)
            slice_ = target.dsp > 0 and slices(factors[0], factors[-1])
            vitis.append(
                f"BIND_OP variable={names.value(graph, i)} op=mul impl={'dsp' if slice_ else 'fabric'}"
            )
            vivado.append(
                f"RESOURCE variable={names.value(graph, i)} core={'DSP48' if slice_ else 'Mul_LUT'}"
            )
    if vitis:
        yield from ("#ifdef __VITIS_HLS__", *(f"#pragma HLS {p}" for p in vitis))
        yield from ("#else", *(f"#pragma HLS {p}" for p in vivado), "#endif")


def _statement(names: Names, graph: Graph, i: int, n: Node) -> Iterator[str]:
    """The declaration of node ``i`` and its value."""
    name, t = names.value(graph, i), ap(n.type)
    if n.op == CONST:
        yield f"{t} {name};"
        yield f"{set_bits(name, n.type, n.range.lo)}  // {_real(n.range.lo, n.frac)}"
        return
    value = _expression(names, graph, i, n)
    comment = f"  // {_span(n)}" if _tells(graph, n) else ""
    if OPS[n.op].bits:
        yield f"{t} {name};"
        yield f"{name}.range() = {value};{comment}"
    else:
        yield f"const {t} {name} = {value};{comment}"


def _tells(graph: Graph, n: Node) -> bool:
    """Whether the range of a node says more than its type and the line of its operand do."""
    known = [_span(graph.nodes[n.args[0]])] if len(n.args) == 1 else []
    return n.range != Interval(n.type.lo, n.type.hi) and _span(n) not in known


def _expression(names: Names, graph: Graph, i: int, n: Node) -> str:
    op = OPS[n.op]
    operands = [names.value(graph, operand) for operand in n.args]
    if n.op in _COMPARE:
        operands = _alike(operands, graph.operands(i))
    fields = {"t": ap(n.type), "w": n.type.width, "table": f"table_{i}", "cast": _cast(op, n)}
    fields["wide"] = _wide(op, n, operands[0], graph.operands(i)[0])
    for k, (operand, t) in enumerate(zip(operands, graph.operands(i), strict=True)):
        fields[f"i{k}"] = f"{ap_int(t)}({operand}.range())"
        fields[f"u{k}"] = f"ap_uint<{t.width}>({operand}.range())"
    fields |= {f"a{k}": a for k, a in enumerate(n.attr) if not isinstance(a, tuple)}
    return op.cpp.format(*operands, **fields)


def _alike(operands: list[str], types: Sequence[FixedType]) -> list[str]:
    """``operands`` as signed numbers, where one is signed and one is long."""
    if (
        all(t.signed for t in types)
        or not any(t.signed for t in types)
        or max(t.width for t in types) <= _SAFE
    ):
        return operands
    wider = [FixedType(True, t.width + (not t.signed), t.frac) for t in types]
    return [
        x if t.signed else f"{ap(w)}({x})" for x, t, w in zip(operands, types, wider, strict=True)
    ]


def _cast(op: Op, n: Node) -> str:
    """The format and the mode in which a lossy operator brings its operand."""
    given = dict(zip(op.attrs, n.attr, strict=True))
    t = FixedType(
        bool(given.get("signed", n.type.signed)), int(given.get("width", n.type.width)), n.frac
    )
    mode = given.get("mode")
    if mode is None:
        return ap(t)
    return ap(t, f"AP_{mode}") if mode in list(Rounding) else ap(t, "AP_TRN", f"AP_{mode}")


def _wide(op: Op, n: Node, operand: str, t: FixedType) -> str:
    """``operand``, extended where the operator reads bits above its top one."""
    given = dict(zip(op.attrs, n.attr, strict=True))
    bits = max(given.get("drop", 0), given.get("hi", -1) + 1)
    return operand if bits <= t.width else f"{ap(FixedType(t.signed, bits, t.frac))}({operand})"


def set_bits(name: str, t: FixedType, raw: int) -> str:
    """The statement that gives the variable ``name`` the raw value ``raw``, 64 bits at a time."""
    if t.width < 32:
        return f"{name}.range() = {raw};"
    words = [(lo, min(lo + 63, t.width - 1)) for lo in range(0, t.width, 64)]
    return " ".join(
        f"{name}.range({hi}, {lo}) = {(raw >> lo) & ((1 << (hi - lo + 1)) - 1):#x}ULL;"
        for lo, hi in words
    )


def _real(raw: int, frac: int) -> str:
    value = raw * Fraction(2) ** -frac
    return f"{float(value):.9g}" if abs(value) < 10**300 else f"{raw} * 2^{-frac}"


def _span(n: Node) -> str:
    return f"{_real(n.range.lo, n.frac)} .. {_real(n.range.hi, n.frac)}"


# ------------------------------------------------------------------ the headers


def _header(names: Names) -> str:
    guard = f"{names.top.upper()}_H_"
    return f"""#ifndef {guard}
#define {guard}

#include "defines.h"

void {names.top}({_arguments(names)});

#endif
"""


def _defines(names: Names) -> str:
    guard = f"{names.top.upper()}_DEFINES_H_"
    return f"""#ifndef {guard}
#define {guard}

#include "ap_fixed.h"
#include "ap_int.h"

{_typedefs(names.inputs)}
{_typedefs(names.outputs)}
#endif
"""


def _typedefs(arguments: tuple[Argument, ...]) -> str:
    return "".join(f"typedef {ap(a.port.type)} {a.type};\n" for a in arguments)


def _parameters(names: Names, graph: Graph) -> str:
    guard = f"{names.top.upper()}_PARAMETERS_H_"
    tables = "\n".join(
        _table(i, node) for i, node in enumerate(graph.nodes) if node.op in ("table", "rom")
    )
    return f"""#ifndef {guard}
#define {guard}

#include "ap_int.h"
#include <stdint.h>

// Raw codes, one per bit pattern of the index. The tools narrow each ROM to the bits that its entries need.
{tables}
#endif
"""


def _table(i: int, n: Node) -> str:
    values = n.attr[0]
    t = FixedType.holding(min(values), max(values), 0)
    rows = [
        ", ".join(_entry(value, t) for value in values[k : k + 16])
        for k in range(0, len(values), 16)
    ]
    head = f"// {_span(n)} in steps of 2^{-n.frac}\nstatic const {_entry_type(t)} table_{i}[{len(values)}]"
    return f"{head} = {{\n    {f',{chr(10)}    '.join(rows)}}};\n"


def _entry_type(t: FixedType) -> str:
    """A plain integer where one is wide enough: compilers need seconds for a thousand ``ap_int``
    entries.
    """
    size = next((size for size in (8, 16, 32, 64) if t.width <= size), None)
    if size is None:
        return ap_int(t)
    return f"int{size}_t" if t.signed else f"uint{size}_t"


def _entry(value: int, t: FixedType) -> str:
    if t.width <= 31:
        return str(value)
    if t.width <= 64:
        if value == -(1 << 63):  # which has no literal
            return f"{value + 1}LL - 1"
        return f"{value}LL" if t.signed else f"{value}ULL"
    words = [(value >> lo) & ((1 << 64) - 1) for lo in reversed(range(0, t.width, 64))]
    parts = [
        f"({ap_int(t)}({w:#x}ULL) << {64 * (len(words) - 1 - k)})" for k, w in enumerate(words)
    ]
    return " | ".join(parts)
