"""What a report of a vendor's tool says of a design."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class Figures:
    """The figures of one tool at one stage; None where no report says it."""

    tool: str
    stage: str
    lut: int | None = None  # ALMs for Quartus
    ff: int | None = None
    dsp: int | None = None
    bram: int | None = None  # of 18 Kbit; of 20 Kbit for Quartus
    slack_ns: float | None = None  # setup
    hold_ns: float | None = None
    clock_ns: float | None = None  # what the tool estimates, where it says no slack
    cycles: int | None = None
    power_w: float | None = None

    def joined(self, other: Figures) -> Figures:
        """These figures with those of ``other`` where it says more; of two slacks the smaller."""
        news = {
            f.name: getattr(other, f.name)
            for f in fields(self)
            if getattr(other, f.name) is not None
        }
        for name in ("slack_ns", "hold_ns"):
            both = [v for v in (getattr(self, name), getattr(other, name)) if v is not None]
            news |= {name: min(both)} if both else {}
        return replace(self, **news)


def number(text: str) -> float:
    """A number with or without commas between its digits."""
    return float(text.replace(",", ""))
