"""What the sections of a page read: a build's firmware and report, and what follows from both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from symgate.backends.verilog.notes import values_by_node
from symgate.errors import SymgateError
from symgate.frontend.language.infix import parse
from symgate.ir.design import Design
from symgate.ir.expr import VAR, Expr, postorder, substitute, var
from symgate.ir.exprtext import brief
from symgate.ir.firmware import Bound, Certificate, Firmware, Share
from symgate.ir.fixed import CONST, Graph, stages, users, walk
from symgate.ir.fixed_ops import OPS
from symgate.ir.timetable import waiting_registers
from symgate.passes.hardware.cost import absorbed, delay, late
from symgate.report.page.numbers import short

LONG_TEXT = 20_000  # characters of a formula as text, after which it is cut
#: Above these a page lists no values: reading them all would take longer than a person waits.
_MOST_VALUES, _MOST_NODES = 4000, 60_000
_LABEL = 57  # characters of a share's text that a longer formula begins with


@dataclass(frozen=True)
class Value:
    """A value of the certificate, and where it is in the hardware."""

    name: str
    text: str  # over inputs and earlier values
    expr: Expr | None  # the same; None where it does not parse
    error: float  # the largest that is made here, in the value's unit
    node: int | None = None  # of the pipelined graph
    format: str = ""
    stage: int = 0
    lut: float = 0.0  # by the operators' model, with what only this value needs

    @property
    def operands(self) -> list[str]:
        """The names of inputs and values that it is computed from."""
        if self.expr is None:
            return []
        return [str(e.value) for e in postorder([self.expr]) if e.op == VAR]


@dataclass(frozen=True)
class Stage:
    """What happens between two rows of registers."""

    nodes: int
    ns: float  # of the longest path, by the delay model
    lut: float
    ff: int  # of the registers at its end


@dataclass(frozen=True)
class View:
    """A build as its page sees it; nothing here is measured again."""

    firmware: Firmware
    report: Mapping[str, Any]

    @property
    def design(self) -> Design:
        """What was asked for."""
        return self.firmware.design

    @property
    def graph(self) -> Graph:
        """The pipelined graph."""
        return self.firmware.graph

    @property
    def certificate(self) -> Certificate:
        """What is proved."""
        return self.firmware.certificate

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """The proved bound of each output."""
        return self.certificate.bounds

    @property
    def pictures(self) -> Mapping[str, Any] | None:
        """What the plots of the last simulation show."""
        return self.report.get("simulation")

    def seen(self, output: str) -> float | None:
        """The largest error that was observed on an output, by any command."""
        told = self.report["outputs"].get(output, {})
        tried = (self.report.get("evidence") or {}).get("outputs", {}).get(output, {})
        sizes = [told.get("observed_max"), tried.get("largest_error")]
        return max((size for size in sizes if size is not None), default=None)

    @cached_property
    def stage_of(self) -> list[int]:
        """The rows of registers before each node."""
        return stages(self.graph)

    @cached_property
    def stages(self) -> list[Stage]:
        """The pipeline, from the inputs to the last registers."""
        graph, free = self.graph, absorbed(self.graph)
        waiting = waiting_registers(graph)
        arrival: list[float] = []
        found = [[0, 0.0, 0.0, 0] for _ in range(max(self.stage_of, default=0) + 1)]
        for i, node in enumerate(graph.nodes):
            if node.op == "register":
                arrival.append(late(graph, node.args[0]))
                found[self.stage_of[i] - 1][3] += 0 if i in waiting else node.type.width
                continue
            start = max((arrival[a] for a in node.args), default=0.0)
            arrival.append(start + (0.0 if i in free else delay(graph, i)))
            if node.op in OPS:
                row = found[self.stage_of[i]]
                row[0] += 1
                row[1] = max(row[1], arrival[i])
                row[2] += self.lut_of[i]
        rows = [Stage(int(n), ns, lut, int(ff)) for n, ns, lut, ff in found]
        return rows[:-1] if len(rows) > 1 and not rows[-1].nodes else rows

    @cached_property
    def lut_of(self) -> list[float]:
        """LUT of each node by its operator's model."""
        free = absorbed(self.graph)
        found = [0.0] * len(self.graph.nodes)
        for i, node in walk(self.graph):
            if node.op in OPS and node.op != "register" and i not in free:
                found[i] = OPS[node.op].luts(node.type, self.graph.operands(i), node.attr)
        return found

    @cached_property
    def values(self) -> list[Value]:
        """The values of the certificate, operands first; none where they are too many for a page."""
        told = self.certificate.data.get("values", ())
        if len(told) > _MOST_VALUES or len(self.graph.nodes) > _MOST_NODES:
            return []
        names = [port.name for port in self.design.inputs]
        places = {value["name"]: node for value, node in values_by_node(self.firmware)}
        cost = self._costs(set(places.values()))
        found: list[Value] = []
        for one in told:
            name, written = str(one["name"]), str(one["expr"])
            own = max(abs(float(end)) for end in one["error"])
            value = Value(name, written, _parsed(written, names), own)
            names.append(name)
            found.append(self._placed(value, places.get(name), cost))
        return found

    def _placed(self, value: Value, node: int | None, cost: dict[int, float]) -> Value:
        if node is None:
            return value
        kind = str(self.graph.nodes[node].type)
        lut = cost.pop(node, 0.0)  # of the first of two values that share a node
        return Value(
            value.name, value.text, value.expr, value.error, node, kind, self.stage_of[node], lut
        )

    def _costs(self, kept: set[int]) -> dict[int, float]:
        """LUT by value: its own node, and the nodes before it that no earlier value holds."""
        readers = users(self.graph)
        owner: list[int | None] = [None] * len(self.graph.nodes)
        found = dict.fromkeys(kept, 0.0)
        for i in reversed(range(len(self.graph.nodes))):
            first = next((owner[r] for r in readers[i] if owner[r] is not None), None)
            owner[i] = i if i in kept else first
            holder = owner[i]
            if holder is not None and self.graph.nodes[i].op != CONST:
                found[holder] += self.lut_of[i]
        return found

    @cached_property
    def value_of_share(self) -> dict[str, list[Value]]:
        """Which values the text of a share may stand for."""
        whole: dict[Expr, Expr] = {}
        found: dict[str, list[Value]] = {}
        for value in self.values:
            if value.expr is None:
                continue
            full = substitute([value.expr], whole)[0]
            whole[var(value.name)] = full
            found.setdefault(brief(full, _LABEL)[:_LABEL], []).append(value)
        return found

    def value_behind(self, share: Share) -> Value | None:
        """The value that spends a share, where its text and its error tell."""
        found = self.value_of_share.get(share.node[:_LABEL], [])
        same = [v for v in found if abs(v.error - share.error) <= 1e-9 * max(v.error, 1e-300)]
        return same[0] if same else (found[0] if len(found) == 1 else None)


def _parsed(text: str, names: list[str]) -> Expr | None:
    try:
        return parse(text, names)
    except (SymgateError, RecursionError):
        return None


def target_text(bound: Bound) -> str:
    """What was asked of an output."""
    return "no limit stated" if bound.target is None else short(bound.target, 4)
