"""Simulation models of the cells that a netlist instantiates, for simulators without the vendor's
library.
"""

from __future__ import annotations

_HEAD = """\
// Simulation models, by symgate: not for synthesis
// verilator lint_off UNOPTFLAT
// verilator lint_off DECLFILENAME
"""
_LUT = """\
module LUT{n} #(parameter [{last}:0] INIT = 0) (output wire O, input wire {inputs});
  wire [{last}:0] table_ = INIT;
  assign O = table_[{{{index}}}];
endmodule
"""
_MUX = """\
module MUXF{level} (output wire O, input wire I0, I1, S);
  assign O = S ? I1 : I0;
endmodule
"""
_LUT6_2 = """\
module LUT6_2 #(parameter [63:0] INIT = 0) (output wire O6, O5, input wire I0, I1, I2, I3, I4, I5);
  wire [63:0] table_ = INIT;
  assign O6 = table_[{I5, I4, I3, I2, I1, I0}];
  assign O5 = table_[{1'b0, I4, I3, I2, I1, I0}];
endmodule
"""
_CARRY = """\
module CARRY{size}{parameters} (output wire [{last}:0] CO, O, input wire {starts}, input wire [{last}:0] DI, S);
{bits}
endmodule
"""


def models() -> str:
    """Verilog of LUT1 to LUT6, LUT6_2, MUXF7, MUXF8, CARRY4 and CARRY8 (not its DUAL_CY4 form)."""
    muxes = [_MUX.format(level=level) for level in (7, 8)]
    return "\n".join([_HEAD, *map(_lut, range(1, 7)), _LUT6_2, *muxes, _carry(4), _carry(8)])


def _lut(n: int) -> str:
    inputs = [f"I{k}" for k in range(n)]
    return _LUT.format(
        n=n, last=(1 << n) - 1, inputs=", ".join(inputs), index=", ".join(reversed(inputs))
    )


def _carry(size: int) -> str:
    """A chain bit by bit, which no tool takes for a loop."""
    carries = ["CI | CYINIT" if size == 4 else "CI", *(f"CO[{k}]" for k in range(size))]
    bits = [
        f"  assign O[{k}] = S[{k}] ^ ({carries[k]});\n  assign CO[{k}] = S[{k}] ? {carries[k]} : DI[{k}];"
        for k in range(size)
    ]
    parameters = "" if size == 4 else ' #(parameter CARRY_TYPE = "SINGLE_CY8")'
    starts = "CI, CYINIT" if size == 4 else "CI, CI_TOP"
    return _CARRY.format(
        size=size, parameters=parameters, last=size - 1, starts=starts, bits="\n".join(bits)
    )
