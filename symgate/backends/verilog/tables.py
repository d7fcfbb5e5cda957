"""Tables as modules of their own: a ``case`` with every entry written out, in LUTs or clocked in
block RAM.
"""

from __future__ import annotations

from symgate.backends.verilog.names import CLOCK
from symgate.backends.verilog.terms import declare
from symgate.ir.types import FixedType

_PER_LINE = 4
_BLOCK = '(* rom_style = "block" *) '


def table_module(name: str, values: tuple[int, ...], block: bool = False) -> str:
    """Return module ``name``: ``entry`` is entry number ``index`` of ``values``; in a ``block``, a
    clock later.
    """
    t = FixedType.holding(min(values), max(values), 0)
    bits = (len(values) - 1).bit_length()
    cases = [f"{bits}'d{k}: entry = {_number(v, t)};" for k, v in enumerate(values)]
    lines = [
        "      " + "  ".join(cases[k : k + _PER_LINE]) for k in range(0, len(cases), _PER_LINE)
    ]
    return "\n".join(
        [
            f"module {name} (",
            *([f"  input wire {CLOCK},"] if block else []),
            f"  {declare('input wire', 'index', bits, False)},",
            f"  {_BLOCK if block else _in_luts(bits)}{declare('output reg', 'entry', t.width, t.signed)}",
            ");",
            f"  always @(posedge {CLOCK})" if block else "  always @*",
            "    case (index)",
            *([line.replace(" = ", " <= ") for line in lines] if block else lines),
            "    endcase",
            "endmodule",
            "",
        ]
    )


def _in_luts(bits: int) -> str:
    """What keeps Vivado from block RAM, which the report does not count; a table of one LUT a bit
    never goes there.
    """
    return '(* rom_style = "distributed" *) ' if bits > 6 else ""


def _number(value: int, t: FixedType) -> str:
    return f"{'-' if value < 0 else ''}{t.width}'{'s' if t.signed else ''}d{abs(value)}"
