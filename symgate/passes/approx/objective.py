"""What makes one candidate better than another."""

from __future__ import annotations

from dataclasses import dataclass

from symgate.passes.approx.base import Candidate


@dataclass(frozen=True)
class Objective:
    """Prices in LUTs of a nanosecond, of a RAMB18 and of a DSP slice."""

    ns: float = 0.0
    bram: float = 1e6
    dsp: float = 1e6

    def cost(self, c: Candidate) -> float:
        """The price of ``c``."""
        return c.luts + self.ns * c.delay + self.bram * c.brams + self.dsp * c.dsps


AREA = Objective(ns=0.01)
BALANCED = Objective(ns=20.0)
LATENCY = Objective(ns=1000.0)
