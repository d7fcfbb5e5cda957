"""What a compilation gives: the fixed-point graph with its certificate, everything a backend or a
model needs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from symgate.ir.design import Design
from symgate.ir.fixed import Graph


@dataclass(frozen=True)
class Share:
    """One source of error and what it can contribute to an output, in the output's units."""

    node: str  # what the value is, in the user's terms
    error: float  # largest error made at this node, in the node's units
    contribution: float


@dataclass(frozen=True)
class Bound:
    """The proven |firmware(x) - f(x)| <= ``bound`` of one output, and who contributes."""

    output: str
    bound: float
    target: float | None  # what the user asked for
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True)
class Certificate:
    """Per output a bound over every representable input in range. ``data`` is what an independent
    check needs.
    """

    bounds: tuple[Bound, ...]
    data: dict[str, Any] = field(default_factory=dict)

    def bound(self, output: str) -> float:
        """The bound of one output; raise KeyError for another name."""
        return {bound.output: bound.bound for bound in self.bounds}[output]


@dataclass(frozen=True)
class Firmware:
    """A design lowered to a pipelined, integer-exact graph."""

    design: Design
    graph: Graph
    certificate: Certificate
    seconds: dict[str, float] = field(default_factory=dict)
    stopped: str = ""  # why the search ended before it had tried all, where it did

    @property
    def name(self) -> str:
        """The name of the top module."""
        return self.design.name
