"""Tables in C++: a function for each, with its entries as plain integers, and where they are
stored.
"""

from __future__ import annotations

from fractions import Fraction

from symgate.backends.hls_names import ap, ap_int
from symgate.ir.fixed import Graph, Node
from symgate.ir.types import FixedType

_COLUMNS = 110
#: How a pragma is written in a macro (AMD UG1399), and where a table is stored. Without the pragma
#: the tools take block RAM for large ones, which the report does not count.
BINDINGS = """\
#define SYMGATE_TEXT(text) _Pragma(#text)
#define SYMGATE_PRAGMA(text) SYMGATE_TEXT(text)
#ifdef __VITIS_HLS__
#define SYMGATE_ROM(kind) SYMGATE_PRAGMA(HLS BIND_STORAGE variable=entries type=rom_1p impl=kind)
#define SYMGATE_LUTRAM SYMGATE_PRAGMA(HLS INLINE) SYMGATE_ROM(lutram)
#define SYMGATE_BRAM SYMGATE_PRAGMA(HLS INLINE) SYMGATE_ROM(bram)
#define SYMGATE_MUL_DSP(name) SYMGATE_PRAGMA(HLS BIND_OP variable=name op=mul impl=dsp)
#define SYMGATE_MUL_FABRIC(name) SYMGATE_PRAGMA(HLS BIND_OP variable=name op=mul impl=fabric)
#else
#define SYMGATE_ROM(kind) SYMGATE_PRAGMA(HLS RESOURCE variable=entries core=kind)
#define SYMGATE_LUTRAM SYMGATE_PRAGMA(HLS INLINE) SYMGATE_ROM(ROM_1P_LUTRAM)
#define SYMGATE_BRAM SYMGATE_PRAGMA(HLS INLINE) SYMGATE_ROM(ROM_1P_BRAM)
#define SYMGATE_MUL_DSP(name) SYMGATE_PRAGMA(HLS RESOURCE variable=name core=DSP48)
#define SYMGATE_MUL_FABRIC(name) SYMGATE_PRAGMA(HLS RESOURCE variable=name core=Mul_LUT)
#endif
"""


def is_table(node: Node) -> bool:
    """Whether a node reads a table that is a function of its own; two entries are a choice."""
    return node.op in ("table", "rom") and len(node.attr[0]) > 2


def tables(graph: Graph) -> str:
    """The functions of all tables of ``graph``."""
    found = [_table(graph, i, node) for i, node in enumerate(graph.nodes) if is_table(node)]
    return "".join(found)


def _table(graph: Graph, i: int, node: Node) -> str:
    values = node.attr[0]
    address = graph.operands(i)[0].width
    stored = FixedType.holding(min(values), max(values), 0)
    body = filled([entry(value, stored) for value in values])
    return f"""\
inline {ap(node.type)} table_{i}(const ap_uint<{address}> &address) {{  // {span(node)}
    static const {entry_type(stored)} entries[{len(values)}] = {{
        {body}}};
    {"SYMGATE_BRAM" if node.op == "rom" else "SYMGATE_LUTRAM"}
    return as<{ap(node.type)}>(entries[address]);
}}
"""


def filled(words: list[str]) -> str:
    """A list in lines of at most `_COLUMNS`."""
    lines = [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + len(word) + 2 > _COLUMNS:
            lines.append("")
        lines[-1] += f", {word}" if lines[-1] else word
    return ",\n        ".join(lines)


def entry_type(t: FixedType) -> str:
    """A plain integer where one is wide enough: compilers need seconds for a thousand ``ap_int``
    entries.
    """
    size = next((size for size in (8, 16, 32, 64) if t.width <= size), None)
    if size is None:
        return ap_int(t)
    return f"int{size}_t" if t.signed else f"uint{size}_t"


def entry(value: int, t: FixedType) -> str:
    """The literal of an entry of a table whose values are of type ``t``."""
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


def real(raw: int, frac: int) -> str:
    """A raw value as a reader sees it."""
    value = raw * Fraction(2) ** -frac
    return f"{float(value):.9g}" if abs(value) < 10**300 else f"{raw} * 2^{-frac}"


def span(n: Node) -> str:
    """The range of the values of a node, for a comment."""
    return f"{real(n.range.lo, n.frac)} .. {real(n.range.hi, n.frac)}"
