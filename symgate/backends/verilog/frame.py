"""What stands around the nodes of a module: the words above it, and the chain of valid bits."""

from __future__ import annotations

from symgate.backends.verilog.names import CLOCK, ENABLE, IN_VALID, OUT_VALID, RESET
from symgate.backends.verilog.style import Style

#: Ports beside those of the user: inputs, and outputs.
BESIDE = {
    Style.VALID: ((CLOCK, RESET, IN_VALID), (OUT_VALID,)),
    Style.ENABLE: ((CLOCK, RESET, ENABLE, IN_VALID), (OUT_VALID,)),
    Style.BARE: ((), ()),
}
HEAD = """\
// {top}, by symgate: {frame}
// Wire n12 is node %12 of graph.txt, v3 a value of the formula as certificate.json has it, v3_s2 the same in stage 2.
// Operands extend to the width of the result, as the language says.
// verilator lint_off WIDTHEXPAND
// Low bits of a sum are there for its carry, though nothing else may read them; tables are modules of this file.
// verilator lint_off UNUSEDSIGNAL
// verilator lint_off DECLFILENAME
// The ranges of two values may decide a comparison.
// verilator lint_off UNSIGNED
// verilator lint_off CMPCONST
`default_nettype none
"""


def timing(style: Style, interval: int, latency: int) -> str:
    """When inputs come and outputs leave, in words."""
    if style == Style.BARE:
        return "outputs as logic of the inputs, without a clock"
    enabled = f" in which {ENABLE} is 1" if style == Style.ENABLE else ""
    every = f"every {interval} clocks" if interval > 1 else "per clock"
    cycles = f"{latency} cycle{'' if latency == 1 else 's'}"
    return f"one set of inputs {every}{enabled}, latency {cycles}"


def valid_chain(style: Style, latency: int) -> list[str]:
    """The valid bits: a register for each cycle of latency, cleared by the reset."""
    if style == Style.BARE:
        return []
    if not latency:
        return [f"  assign {OUT_VALID} = {IN_VALID};"]
    following = IN_VALID if latency == 1 else f"{{valid[{latency - 1}:1], {IN_VALID}}}"
    if style == Style.ENABLE:
        following = f"{ENABLE} ? {following} : valid"
    return [
        "",
        f"  reg [{latency}:1] valid;",
        f"  initial valid = {latency}'d0;",
        f"  always @(posedge {CLOCK}) valid <= {RESET} ? {latency}'d0 : {following};",
        f"  assign {OUT_VALID} = valid[{latency}];",
    ]
