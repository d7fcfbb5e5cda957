"""What stands around the C++ of a design: Tcl for both tools, the test bench with its data, and the
Python bridge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Context, Decimal

import numpy as np

from symgate.backends.hls_names import Argument
from symgate.backends.hls_scripts import (
    BRIDGE,
    BUILD_LIB,
    BUILD_OPT,
    BUILD_PRJ,
    PORTS,
    TEST,
    VIVADO_SYNTH,
)
from symgate.backends.hls_tops import Top
from symgate.errors import InputError
from symgate.ir.arrays import exactly
from symgate.ir.design import Target
from symgate.ir.domains import Interval
from symgate.ir.fixed import Graph, run
from symgate.ir.types import FixedType

FEATURES, PREDICTIONS = "tb_data/tb_input_features.dat", "tb_data/tb_output_predictions.dat"
#: What Vivado HLS takes off the clock by default; Vitis HLS takes 27 %.
UNCERTAINTY = "12.5%"
_DOUBLE = 53  # bits that a double holds
#: Of the test bench as emitted. A table of 64 entries has one that no row reads in 1 of 3,000 cases.
_ROWS = 512
_GOLDEN = 0x9E3779B97F4A7C15  # 2^64 over the golden ratio: its multiples spread evenly


def scripts(top: str, target: Target, uncertainty: str = UNCERTAINTY) -> dict[str, str]:
    """The files that drive the tools."""
    if not re.fullmatch(r"[\w.-]+", target.part):
        raise InputError(
            f"'{target.part}' is not the name of a device",
            expected="letters, digits and dashes, such as xcvu9p-flga2104-2-e",
            remedy="correct part in [target]",
        )
    settings = {
        "project_name": f'"{top}"',
        "backend": '"symgate"',
        "part": f'"{target.part}"',
        "clock_period": f"{target.clock_ns:.6g}",
        "clock_uncertainty": uncertainty,
        "version": '"1.0.0"',
        "maximum_size": "4096",
    }
    project = "".join(f"variable {key}\nset {key} {value}\n" for key, value in settings.items())
    return {
        "build_prj.tcl": BUILD_PRJ,
        "build_opt.tcl": BUILD_OPT,
        "project.tcl": project,
        "vivado_synth.tcl": VIVADO_SYNTH,
        "build_lib.sh": fill(BUILD_LIB, top=top),
    }


def bench(top: Top, graph: Graph) -> dict[str, str]:
    """The test bench, its data, and the bridge to Python."""
    names = top.names
    rows = example_rows(graph)
    outputs = _results(graph, rows)
    return {
        "tb_ports.h": fill(
            PORTS,
            guard=f"{names.top.upper()}_TB_PORTS_H_",
            top=names.top,
            adapter=top.adapter() and f"\n{top.adapter()}",
        ),
        f"{names.top}_test.cpp": _test(top, graph),
        f"{names.top}_bridge.cpp": _bridge(top, graph),
        FEATURES: dat([port.type for port in graph.inputs], rows),
        PREDICTIONS: dat([port.type for port in graph.outputs], outputs),
    }


def fill(template: str, **fields: str) -> str:
    """``template`` with each ``@name@`` replaced."""
    return re.sub(r"@(\w+)@", lambda match: fields[match[1]], template)


# ------------------------------------------------------------------ C++ of the test bench and the bridge


def _test(top: Top, graph: Graph) -> str:
    names = top.names
    return fill(
        TEST,
        top=names.top,
        inputs=str(len(names.inputs)),
        outputs=str(len(names.outputs)),
        slack=", ".join("1e-15" if a.port.type.width > _DOUBLE else "0" for a in names.outputs),
        call=_call(top, graph, [f"in[{k}]" for k in range(len(names.inputs))], 8),
        results=", ".join(f"result{k}.to_double()" for k in range(len(names.outputs))),
    )


def _bridge(top: Top, graph: Graph) -> str:
    names = top.names
    pointers = [f"{{0}} *{a.name}" for a in (*names.inputs, *names.outputs)]
    call = _call(top, graph, [f"{a.name}[0]" for a in names.inputs], 4)
    results = "\n".join(
        f"    {a.name}[0] = result{k}.to_double();" for k, a in enumerate(names.outputs)
    )
    bodies = "\n".join(
        f"void {names.top}_{real}({', '.join(p.format(real) for p in pointers)}) {{\n{call}\n{results}\n}}\n"
        for real in ("float", "double")
    )
    return fill(BRIDGE, top=names.top, reals=bodies, codes=_codes(top))


def _call(top: Top, graph: Graph, values: Sequence[str], indent: int) -> str:
    """The top function on real ``values``, into ``result0``, ``result1`` and so on."""
    names = top.names
    arguments = [_from_real(a, graph, v) for a, v in zip(names.inputs, values, strict=True)]
    arguments += [f"result{k}" for k in range(len(names.outputs))]
    pad = " " * indent
    results = "".join(f"{pad}{a.type} result{k};\n" for k, a in enumerate(names.outputs))
    return f"{results}{pad}{top.call}(" + f",\n{pad}    ".join(arguments) + ");"


def _from_real(a: Argument, graph: Graph, value: str) -> str:
    codes = graph.nodes[a.port.node].range
    return f"from_real<{a.type}>({value}, {a.port.type.frac}, {inward(codes)})"


def inward(codes: Interval) -> str:
    """The ends of ``codes`` as doubles that do not lie outside."""
    ends = []
    for end, inside in ((codes.lo, 1), (codes.hi, -1)):
        step = 1 << max(abs(end).bit_length() - _DOUBLE, 0)
        whole = end // step * step
        ends.append(f"{float(whole + step if inside > 0 and whole < end else whole):.17g}")
    return ", ".join(ends)


def _codes(top: Top) -> str:
    names = top.names
    lines = []
    word = 0
    for a in names.inputs:
        lines.append(f"        {a.type} {a.name};")
        for lo, hi in _words(a):
            lines.append(f"        {a.name}.range({hi}, {lo}) = in_words[{word}];")
            word += 1
    lines += [f"        {a.type} {a.name};" for a in names.outputs]
    lines.append(
        f"        {top.call}({', '.join(a.name for a in (*names.inputs, *names.outputs))});"
    )
    back = 0
    for a in names.outputs:
        for lo, hi in _words(a):
            lines.append(f"        out_words[{back}] = {a.name}.range({hi}, {lo}).to_uint64();")
            back += 1
    lines.append(f"        in_words += {word};\n        out_words += {back};")
    return "\n".join(lines)


def _words(a: Argument) -> list[tuple[int, int]]:
    return [(lo, min(lo + 63, a.port.type.width - 1)) for lo in range(0, a.port.type.width, 64)]


# ------------------------------------------------------------------ data of the test bench


def example_rows(graph: Graph, count: int = _ROWS) -> list[list[int]]:
    """Raw inputs: the ends of all ranges, then points that spread evenly and are the same each
    time.
    """
    ranges = [graph.nodes[port.node].range for port in graph.inputs]
    rows = [[r.lo for r in ranges], [r.hi for r in ranges]]
    for i in range(1, count - 1):
        shares = (i * pow(_GOLDEN, k + 1, 1 << 64) % (1 << 64) for k in range(len(ranges)))
        rows.append(
            [
                r.lo + ((r.hi - r.lo + 1) * share >> 64)
                for r, share in zip(ranges, shares, strict=True)
            ]
        )
    return [[_representable(raw, r) for raw, r in zip(row, ranges, strict=True)] for row in rows]


def _results(graph: Graph, rows: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """The raw outputs for raw inputs, of any width."""
    columns = [np.array([int(v) for v in c], object) for c in zip(*rows, strict=True)]
    values = run(graph, columns, exactly(graph))
    found = [np.broadcast_to(value, len(rows)) for value in values]
    return [tuple(int(v) for v in row) for row in zip(*found, strict=True)]


def _representable(raw: int, interval: Interval) -> int:
    """``raw`` or, on a port that is wider than a double, a neighbour that a double holds."""
    step = 1 << max(abs(raw).bit_length() - _DOUBLE, 0)
    below = raw // step * step
    inside = (near for near in (below, below + step) if near in interval)
    return next(inside, raw)


def dat(types: Sequence[FixedType], rows: Iterable[Sequence[int]]) -> str:
    """Rows of raw values as hls4ml's ``.dat`` files have them: real numbers, exact, separated by
    spaces.
    """
    return "".join(
        " ".join(decimal(raw, t.frac) for raw, t in zip(row, types, strict=True)) + "\n"
        for row in rows
    )


def decimal(raw: int, frac: int) -> str:
    """``raw / 2**frac`` without error.

    >>> decimal(-13, 3), decimal(5, -2), decimal(1, 60)
    ('-1.625', '20', '8.67361737988403547205962240695953369140625E-19')
    """
    if frac <= 0:
        return str(raw << -frac)
    digits = Decimal(raw * 5**frac).scaleb(-frac, Context(prec=4000))
    return str(digits.normalize(Context(prec=4000)))
