"""Names of ports in Verilog: close to the user's, legal, and different from each other and from
what we declare.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from symgate.ir.fixed import Graph

CLOCK, RESET, IN_VALID, OUT_VALID = "clk", "rst", "in_valid", "out_valid"
ENABLE = "ce"

# IEEE 1364-2005 and what IEEE 1800-2017 adds: tools read .v files as either
_KEYWORD_LIST = """
    always and assign automatic begin buf bufif0 bufif1 case casex casez cell cmos config deassign default defparam
    design disable edge else end endcase endconfig endfunction endgenerate endmodule endprimitive endspecify endtable
    endtask event for force forever fork function generate genvar highz0 highz1 if ifnone incdir include initial inout
    input instance integer join large liblist library localparam macromodule medium module nand negedge nmos nor
    noshowcancelled not notif0 notif1 or output parameter pmos posedge primitive pull0 pull1 pulldown pullup
    pulsestyle_ondetect pulsestyle_onevent rcmos real realtime reg release repeat rnmos rpmos rtran rtranif0 rtranif1
    scalared showcancelled signed small specify specparam strong0 strong1 supply0 supply1 table task time tran tranif0
    tranif1 tri tri0 tri1 triand trior trireg unsigned use uwire vectored wait wand weak0 weak1 while wire wor xnor xor
    accept_on alias always_comb always_ff always_latch assert assume before bind bins binsof bit break byte chandle
    checker class clocking const constraint context continue cover covergroup coverpoint cross dist do endchecker
    endclass endclocking endgroup endinterface endpackage endprogram endproperty endsequence enum eventually expect
    export extends extern final first_match foreach forkjoin global iff ignore_bins illegal_bins implements implies
    import inside int interconnect interface intersect join_any join_none let local logic longint matches modport
    nettype new nexttime null package packed priority program property protected pure rand randc randcase randsequence
    ref reject_on restrict return s_always s_eventually s_nexttime s_until s_until_with sequence shortint shortreal
    soft solve static string strong struct super sync_accept_on sync_reject_on tagged this throughout timeprecision
    timeunit type typedef union unique unique0 until until_with untyped var virtual void wait_order weak wildcard with
    within
"""
_KEYWORDS = frozenset(_KEYWORD_LIST.split()) | {
    "std",
    "process",
    "mailbox",
    "semaphore",
    "randomize",
}
# what we declare, the module of our test bench, and primitives that a design may instantiate
_OURS = re.compile(
    r"valid|(u_)?n\d+(_[a-z0-9]+)?|bench|(lut|carry|muxf|dsp|srl|ramb|bufg|fd)[0-9rscpe]+(_2)?"
)


@dataclass(frozen=True)
class PortNames:
    """The Verilog names of the inputs and outputs of a graph, in port order."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def legal(name: str) -> str:
    """Return ``name`` with every character that Verilog does not allow replaced; a keyword gets a
    ``_``.

    >>> legal("x14"), legal("2 pi r"), legal("table")
    ('x14', '_2_pi_r', 'table_')
    """
    text = re.sub(r"[^A-Za-z0-9_]", "_", name) or "_"
    text = f"_{text}" if text[0].isdigit() else text
    return f"{text}_" if text.lower() in _KEYWORDS or _OURS.fullmatch(text.lower()) else text


def port_names(graph: Graph, top: str) -> PortNames:
    """Return the port names of ``graph`` in module ``top``: distinct even for tools that ignore
    case.
    """
    taken = {CLOCK, RESET, ENABLE, IN_VALID, OUT_VALID, top.lower()}
    inputs = _distinct((port.name for port in graph.inputs), taken)
    return PortNames(inputs, _distinct((port.name for port in graph.outputs), taken))


def _distinct(names: Iterable[str], taken: set[str]) -> tuple[str, ...]:
    out = []
    for name in map(legal, names):
        number = 2
        unique = name
        while unique.lower() in taken:
            unique, number = f"{name}_{number}", number + 1
        taken.add(unique.lower())
        out.append(unique)
    return tuple(out)
