"""Delays of a family of parts at a speed grade: one object, which all delays are functions of.

The figures are in `devices/*.toml` with their source and date; docs/decisions/0031 says how they
were found, and how far off they are.
"""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symgate.caches import remembered

_FOLDER = Path(__file__).parent / "devices"
_GRADE = re.compile(r"-(\d[lve]*)(?=$|-)", re.IGNORECASE)
#: The family and the grade that stand for what a part number does not say.
NEAREST, SLOWEST = "UltraScale+", "-1"


@dataclass(frozen=True)
class Delays:
    """Delays in ns, by cells and by routed nets; ``share`` is the part of a clock period that they
    may take together with ``overhead``. ``note`` says what was assumed about the part, if anything.
    """

    family: str
    grade: str
    source: str
    clock_to_q: float
    lut: float
    muxes: tuple[float, ...]  # F7, F8 and, where there is one, F9
    carry_first: float  # a chain in one cell, with the LUTs in front of it
    carry_block: float  # each further cell of a chain
    carry_bits: int  # of a cell
    first: float  # a net of fan-out 1
    doubling: float  # more for each doubling of the fan-out
    dsp_product: float
    dsp_half: float
    dsp_stage: float
    dsp_slice: float
    dsp_out: float
    ram_setup: float
    ram_out: float
    uncertainty: float  # of the clock, a part of ``overhead``
    overhead: float
    share: float
    met: str  # public designs that meet a clock of which this model takes that share
    note: str = ""

    # ---------------------------------------------------------------- nets and cells

    def net(self, loads: float) -> float:
        """A routed net with so many loads."""
        return self.first + self.doubling * math.log2(max(1.0, loads))

    def levels(self, count: int) -> float:
        """``count`` LUTs one after the other, and the nets between them."""
        return count * self.lut + max(0, count - 1) * self.net(1)

    def gather(self, bits: int) -> float:
        """A function of so many bits that LUTs can gather in a tree, such as whether all are 0."""
        return self.levels(gathering_levels(bits))

    def carries(self, cells: int) -> float:
        """A chain of so many carry cells, with the LUTs in front."""
        return self.carry_first + self.carry_block * max(0, cells - 1)

    def chain(self, width: int) -> float:
        """An adder of ``width`` bits."""
        return self.carries(math.ceil(width / self.carry_bits))

    def table(self, bits: int) -> float:
        """A table of ``bits`` address bits: LUTs, the muxes that join them, and levels of LUTs that
        choose by two bits each.
        """
        joined = min(max(0, bits - 6), len(self.muxes))
        above = math.ceil((bits - 6 - joined) / 2) if bits > 6 else 0
        return self.lut + sum(self.muxes[:joined]) + above * (self.net(1) + self.lut)

    # ---------------------------------------------------------------- DSP slices

    def product(self, slices: int) -> float:
        """A product in ``slices`` without their registers, to what follows them."""
        return self.dsp_product + self.dsp_slice * (slices - 1) + self.net(1)

    def product_cycle(self, slices: int, registers: int) -> float:
        """The longest path between the registers of a product's slices, of which 1 or 2 follow it."""
        inside = self.dsp_half if registers == 1 else self.dsp_stage
        return inside + self.dsp_slice * (slices - 1)

    # ---------------------------------------------------------------- the clock

    def budget(self, clock_ns: float) -> float:
        """What the cells and nets of a path may take at this clock, from a flip-flop to the next."""
        return clock_ns * self.share - self.overhead

    def clock(self, path_ns: float) -> float:
        """The fastest clock, in ns, in whose budget a path fits."""
        return (path_ns + self.overhead) / self.share


def gathering_levels(bits: int) -> int:
    """Levels of LUT6 that gather so many bits."""
    levels = 1
    while bits > 6:
        bits, levels = math.ceil(bits / 6), levels + 1
    return levels


@remembered
def delays_of(part: str) -> Delays:
    """The delays of ``part``, by its family and speed grade; the nearest ones where it is not
    known, which `Delays.note` then says.
    """
    found = [data for data in families() if re.match(data["parts"], part, re.IGNORECASE)]
    notes = []
    if not found:
        notes.append(f"the family of {part} is not known: its delays are those of {NEAREST}")
        found = [data for data in families() if data["family"] == NEAREST]
    (data,) = found
    stated = _GRADE.search(part)
    grade = f"-{stated[1].upper()}" if stated else ""
    if grade not in data["grades"]:
        said = f"no delays of speed grade {grade}" if grade else "no speed grade is stated"
        notes.append(f"{said}: {SLOWEST} is taken")
        grade = SLOWEST
    return _scaled(data, grade, "; ".join(notes))


def unknown_part(part: str) -> str | None:
    """A sentence where no family has ``part``, whose delays are then a guess; None where one has."""
    known = families()
    if any(re.match(data["parts"], part, re.IGNORECASE) for data in known):
        return None
    examples = ", ".join(f"{data['family']} such as {data['example']}" for data in known)
    return (
        f"the part '{part}' is of no known family: delays and cells are those of {NEAREST}; "
        f"known are {examples}"
    )


@remembered
def families() -> tuple[dict[str, Any], ...]:
    """What the data files say, each at the speed grade that its delays are stated for."""
    return tuple(
        tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(_FOLDER.glob("*.toml"))
    )


def _scaled(data: dict[str, Any], grade: str, note: str) -> Delays:
    """The delays of a family at ``grade``: those of its data file, all by one factor."""
    factor = data["grades"][grade]
    blocks = {
        f"{block}_{name}": value * factor
        for block in ("dsp", "ram")
        for name, value in data[block].items()
    }
    cells = {name: value for name, value in data["cells"].items() if name != "muxes"}
    return Delays(
        family=data["family"],
        grade=grade,
        source=f"{'; '.join(data['sources'])} ({data['date']})",
        muxes=tuple(value * factor for value in data["cells"]["muxes"]),
        carry_bits=data["carry_bits"],
        uncertainty=data["clock"]["uncertainty"],
        overhead=data["clock"]["overhead"],
        share=data["period"]["share"],
        met=data["period"]["met"],
        note=note,
        **{name: value * factor for name, value in (cells | data["nets"]).items()},
        **blocks,
    )


#: The delays where no part is stated: what `symgate.ir.design.Target` has.
USUAL = delays_of("xcvu9p-flga2104-2-e")
