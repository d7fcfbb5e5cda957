"""Timing by the delay model: the longest path of each stage, as values of the formula with what each
takes; and what no clock this fast can hold.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from symgate.backends.verilog.notes import Note, notes
from symgate.ir.firmware import Firmware
from symgate.ir.fixed import INPUT, Graph
from symgate.ir.fixed_ops.delays import delays_of
from symgate.passes.hardware.stage_paths import Part, StagePath, stage_paths

_SHORTEST = 5e-4  # ns that are shown


def timing(firmware: Firmware) -> dict[str, Any]:
    """Return what `report.json` says of timing, in ns: what was assumed, and the stages' paths."""
    delays = delays_of(firmware.design.target.part)
    paths = stage_paths(firmware.graph, delays)
    found = notes(firmware, ())
    return {
        "family": delays.family,
        "grade": delays.grade,
        "share": delays.share,
        "met": delays.met,
        "overhead": delays.overhead,
        "budget": round(delays.budget(firmware.design.target.clock_ns), 3),
        "fastest_clock": _up(max((delays.clock(path.ns) for path in paths), default=0.0)),
        "source": delays.source,
        "note": delays.note,
        "stages": [_stage(firmware.graph, path, found) for path in paths],
    }


def too_slow(firmware: Firmware) -> str | None:
    """Say which value cannot be computed in a cycle, and the fastest clock that holds it; None
    where every path fits.
    """
    told = timing(firmware)
    worst = max(told["stages"], key=lambda stage: stage["ns"], default=None)
    if worst is None or worst["ns"] <= told["budget"] + _SHORTEST:
        return None
    slowest = max(worst["path"], key=lambda part: part["ns"])
    clock = firmware.design.target.clock_ns
    return (
        f"{slowest['value']} ({slowest['what']}) cannot be cut: its cycle takes {worst['ns']:.2f} ns "
        f"of the {told['budget']:.2f} ns that a clock of {clock:g} ns leaves; "
        f"the fastest clock is {told['fastest_clock']:g} ns"
    )


def _up(ns: float) -> float:
    """A clock that is shown: no faster than it is."""
    return math.ceil(ns * 100) / 100


def _stage(graph: Graph, path: StagePath, found: Mapping[int, Note]) -> dict[str, Any]:
    """The longest path of a stage, its nodes joined to the values of the formula that they are for."""
    parts: list[dict[str, Any]] = []
    names = _names(graph, path, found)
    if path.from_clock:
        parts.append({"value": _origin(graph, path, found), "what": "clock", "ns": path.from_clock})
    for part, name in zip(path.parts, names, strict=True):
        what = _what(graph, part)
        if parts and parts[-1]["value"] == name and parts[-1]["what"] != "clock":
            parts[-1]["ns"] += part.cells + part.net
            parts[-1]["what"] += f", {what}"
        else:
            parts.append({"value": name, "what": what, "ns": part.cells + part.net})
    rounded = [{**part, "ns": round(part["ns"], 3)} for part in parts]
    return {"stage": path.stage, "ns": round(path.ns, 3), "path": rounded}


def _origin(graph: Graph, path: StagePath, found: Mapping[int, Note]) -> str:
    """What a path starts from: an input, or a value that a register holds."""
    i = path.start
    while graph.nodes[i].op == "register":
        i = graph.nodes[i].args[0]
    if graph.nodes[i].op == INPUT:
        return str(graph.nodes[i].attr[0])
    return found[i].name if i in found else f"%{i}"


def _names(graph: Graph, path: StagePath, found: Mapping[int, Note]) -> list[str]:
    """The value of the formula that each node on a path is for: the next one that has a name."""
    ports = {port.node: port.name for port in graph.outputs}
    names: list[str] = []
    name = _behind(graph, path.parts[-1].node, found, ports)
    for part in reversed(path.parts):
        name = found[part.node].name if part.node in found else ports.get(part.node, name)
        names.append(name)
    return names[::-1]


def _behind(graph: Graph, node: int, found: Mapping[int, Note], ports: Mapping[int, str]) -> str:
    """The first value with a name that reads ``node``, straight or through others."""
    reached = {node}
    for i in range(node, len(graph.nodes)):
        if i not in reached and not reached & set(graph.nodes[i].args):
            continue
        reached.add(i)
        if i in found:
            return found[i].name
        if i in ports:
            return ports[i]
    return f"%{node}"


def _what(graph: Graph, part: Part) -> str:
    """What a node is, for a reader."""
    node = graph.nodes[part.node]
    if node.op in ("table", "rom"):
        return f"{node.op} of {graph.operands(part.node)[0].width} bits"
    return f"{node.op} {node.type.width}"


def path_rows(told: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return a row for each stage: its number, its longest path in ns, and the parts of that."""
    return [
        (str(stage["stage"] + 1), f"{stage['ns']:.2f}", _path_text(stage["path"]))
        for stage in told["stages"]
    ]


def _path_text(parts: list[dict[str, Any]]) -> str:
    return "; ".join(f"{p['value']} {p['what']} {p['ns']:.2f}" for p in parts)


def sentences(told: Mapping[str, Any], clock_ns: float) -> str:
    """Return what the delays are those of, and how much of the period a path may take."""
    lines = [
        f"Delays of {told['family']} {told['grade']} by a model, no vendor's tool: a path may take "
        f"{told['budget']:.2f} ns of {clock_ns:g}.",
        f"That is {told['share']:.0%} of the period, of which {told['met']} public designs kept the "
        f"clock, less {told['overhead']:g} ns of uncertainty and skew.",
    ]
    if told["fastest_clock"] > clock_ns:
        lines.append(f"It misses the clock: the fastest one is {told['fastest_clock']:g} ns.")
    return "\n".join([*lines, *([f"Assumed: {told['note']}."] if told["note"] else [])])
