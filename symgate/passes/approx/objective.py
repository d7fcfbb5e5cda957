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

    def cost(self, candidate: Candidate) -> float:
        """The price of ``c``."""
        return (
            candidate.luts
            + self.ns * candidate.delay
            + self.bram * candidate.brams
            + self.dsp * candidate.dsps
        )


AREA = Objective(ns=0.01)
BALANCED = Objective(ns=20.0)
LATENCY = Objective(ns=1000.0)
