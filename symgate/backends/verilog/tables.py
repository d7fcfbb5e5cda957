"""Tables as modules of their own: a ``case`` with every entry written out, in LUTs or clocked in
block RAM.
"""

from __future__ import annotations

from itertools import pairwise

from symgate.backends.verilog.names import CLOCK, ENABLE
from symgate.backends.verilog.terms import declare
from symgate.ir.types import FixedType

_PER_LINE = 4
#: Address bits from which a table of one bit is written as contents of LUTs: a random one of 12 bits takes
#: 81 LUT in Yosys, by cases 100 (`python benchmarks/grids.py` has such a table in its last row).
_MASKED = 9
#: With this macro, columns of six address bits are cells of Xilinx: Yosys would else cut those of smooth
#: tables into several (decision 0061).
CELLS = "SYMGATE_LUT6"
_PINS = 6
_BLOCK = '(* rom_style = "block" *) '


def table_module(
    name: str, values: tuple[int, ...], block: bool = False, enable: bool = False
) -> str:
    """Return module ``name``: ``entry`` is entry number ``index`` of ``values``; in a ``block``, a
    clock later, where that is enabled if it must be.
    """
    t = FixedType.holding(min(values), max(values), 0)
    bits = (len(values) - 1).bit_length()
    if not block and bits >= _MASKED and (t.width, t.signed) == (1, False):
        return _masks(name, values, bits)
    columns = [] if block or bits != _PINS else _columns(values, t)
    cases = [f"{bits}'d{k}: entry = {_number(v, t)};" for k, v in enumerate(values)]
    lines = [
        "      " + "  ".join(cases[k : k + _PER_LINE]) for k in range(0, len(cases), _PER_LINE)
    ]
    if any(_reads_all(column) for column in columns):
        return _with_cells(name, t, columns, lines)
    if not block and bits > _PINS:
        return _in_luts(name, bits, t, lines)
    return "\n".join(
        [
            f"module {name} (",
            *([f"  input wire {CLOCK},"] if block else []),
            *([f"  input wire {ENABLE},"] if block and enable else []),
            f"  {declare('input wire', 'index', bits, False)},",
            f"  {_BLOCK if block else ''}{declare('output reg', 'entry', t.width, t.signed)}",
            ");",
            f"  always @(posedge {CLOCK}){f' if ({ENABLE})' if enable else ''}"
            if block
            else "  always @*",
            "    case (index)",
            *([line.replace(" = ", " <= ") for line in lines] if block else lines),
            "    endcase",
            "endmodule",
            "",
        ]
    )


def _in_luts(name: str, bits: int, t: FixedType, cases: list[str]) -> str:
    """A table of more address bits than a LUT has, kept from block RAM, which the report does not
    count; Yosys, without block RAM, takes "distributed" to be RAM that it may not use either.
    """
    return "\n".join(
        [
            f"module {name} (",
            f"  {declare('input wire', 'index', bits, False)},",
            f"  {declare('output wire', 'entry', t.width, t.signed)}",
            ");",
            "`ifdef YOSYS",
            '  (* rom_style = "logic" *)',
            "`else",
            '  (* rom_style = "distributed" *)',
            "`endif",
            f"  {declare('reg', 'value', t.width, t.signed)};",
            "  assign entry = value;",
            "  always @*",
            "    case (index)",
            *(line.replace("entry =", "value =") for line in cases),
            "    endcase",
            "endmodule",
            "",
        ]
    )


def _columns(values: tuple[int, ...], t: FixedType) -> list[int]:
    """Each bit of the entries of a table, as contents of a LUT."""
    return [
        sum((value >> place & 1) << k for k, value in enumerate(values)) for place in range(t.width)
    ]


def _reads_all(column: int) -> bool:
    """Whether the contents of a LUT6 depend on each of its pins."""
    for pin in range(_PINS):
        low = sum(1 << k for k in range(1 << _PINS) if not k >> pin & 1)
        if column & low == column >> (1 << pin) & low:
            return False
    return True


def _with_cells(name: str, t: FixedType, columns: list[int], cases: list[str]) -> str:
    """A table whose columns are cells where the macro `CELLS` says so, and a ``case`` elsewhere."""
    pins = ", ".join(f".I{pin}(index[{pin}])" for pin in range(_PINS))
    bits = [f"entry[{k}]" if t.width > 1 else "entry" for k in range(t.width)]
    cells = [
        f"  LUT6 #(.INIT(64'h{column:016x})) b{k} (.O({bits[k]}), {pins});"
        if _reads_all(column)
        else f"  localparam [63:0] B{k} = 64'h{column:016x};  assign {bits[k]} = B{k}[index];"
        for k, column in enumerate(columns)
    ]
    return "\n".join(
        [
            f"module {name} (",
            f"  {declare('input wire', 'index', _PINS, False)},",
            f"  {declare('output wire', 'entry', t.width, t.signed)}",
            ");",
            f"`ifdef {CELLS}  // cells of Xilinx, for Yosys",
            *cells,
            "`else",
            f"  {declare('reg', 'value', t.width, t.signed)};",
            "  assign entry = value;",
            "  always @*",
            "    case (index)",
            *(line.replace("entry =", "value =") for line in cases),
            "    endcase",
            "`endif",
            "endmodule",
            "",
        ]
    )


def _masks(name: str, values: tuple[int, ...], bits: int) -> str:
    """A long table of one bit, as the contents of LUT6 and a tree of choices between them."""
    lines, level = list[str](), list[str]()
    for k in range(0, len(values), 64):
        mask = sum(value << place for place, value in enumerate(values[k : k + 64]))
        lines.append(f"  localparam [63:0] M{k // 64} = 64'h{mask:016x};")
        level.append(f"M{k // 64}[index[5:0]]")
    for at in range(6, bits, 2):
        joined, names = list[str](), range(0, len(level), 4)
        for k in names:
            parts = [f"({part})" if " " in part else part for part in level[k : k + 4]]
            pairs = [f"index[{at}] ? {b} : {a}" for a, b in pairwise(parts)][::2]
            choice = (
                pairs[0] if len(pairs) == 1 else f"index[{at + 1}] ? ({pairs[1]}) : ({pairs[0]})"
            )
            lines.append(f"  wire s{at}_{k // 4} = {choice};")
            joined.append(f"s{at}_{k // 4}")
        level = joined
    head = [f"module {name} (", f"  {declare('input wire', 'index', bits, False)},"]
    head += ["  output wire entry", ");"]
    return "\n".join([*head, *lines, f"  assign entry = {level[0]};", "endmodule", ""])


def _number(value: int, t: FixedType) -> str:
    return f"{'-' if value < 0 else ''}{t.width}'{'s' if t.signed else ''}d{abs(value)}"
