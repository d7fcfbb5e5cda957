"""The numbers of the word-length search: one frozen class for each search, with units and reasons.

"Not measured" means that no benchmark chose the number: it is a guess that worked and stayed.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class WidthSearch:
    """How far widths are moved by prices, repaired, and improved by single moves.

    None of the numbers was chosen by a benchmark, unless its line says so.
    """

    #: Rounds in which prices move all widths at once; prices change by less than a bit is worth
    #: long before that. The quick search over forms takes 8 (`forms.score`). Not measured.
    rounds: int = 40
    #: Cheapest width vectors of all rounds that are repaired and compared. Not measured.
    kept: int = 3
    #: LUT that one budget of error costs at first. Not measured: any start ends at the same prices.
    first_price: float = 100.0
    #: A price is multiplied by the ratio of bound to budget, within these limits ...
    least_step: float = 0.5
    most_step: float = 2.0
    #: ... to this power, which damps the swings. Not measured.
    step_power: float = 0.7
    #: By what part of its LUT a vector is put back per octave by which it misses. Not measured.
    misfit: float = 0.2
    #: How strongly the worst sub-boxes outweigh others: a sub-box at half the worst bound weighs
    #: exp(-40/2). Not measured.
    sharpness: float = 40.0
    #: Bits around its present width among which a priced knob chooses. Not measured.
    neighbours: int = 2
    #: Bits that repair may add, per knob, before it gives up. Not measured.
    repairs: int = 20
    #: LUT that a repairing bit counts at least, so that free ones are not infinitely good.
    least_repair: float = 0.05
    #: Bounds that are evaluated before moves end, a guard against designs of very many knobs.
    evaluations: int = 60_000
    #: LUT that a drop saves beyond its own, so that drops which save nothing are still taken.
    free_drop: float = 1e-3
    #: What the mean slack of all outputs counts beside the worst output's, a tie-break.
    mean_slack: float = 1e-4
    #: The least spent error that a drop is divided by, and the least mean slack among free ones.
    least_spent: float = 1e-9
    least_slack: float = 1e-12
    #: LUT that a pair of moves saves at least. Not measured.
    least_pair: float = 0.25


@dataclass(frozen=True)
class WidthLimits:
    """Beyond what no width goes."""

    #: Fraction bits below a value's first one, or below 1 where it is larger. A product of two such
    #: values has 80 bits, more than any target so far needed.
    most_bits: int = 40
    #: Bits of a function's values: the windows of its generators end at 2^40 units.
    most_value: int = 38
    #: Address bits of a function, and what it may have where the error cannot be met with fewer:
    #: its generators take a minute then.
    most_address: int = 20
    widest_address: int = 24
    #: Fraction bits of a value that reads constants alone. Not measured.
    of_constants: int = 16


@dataclass(frozen=True)
class SlopeSettings:
    """What the first-order model takes for slopes that are infinite, as that of a root at 0."""

    #: Part of an output's budget that the error of such an argument may take. Not measured.
    part: float = 0.5
    #: The budget where none is stated, as in drafts of one precision.
    without_target: float = 2.0**-10
    #: Octaves below 1 (and half as many below the argument's range) down to which errors are tried.
    octaves: int = 60
    #: The slope of functions that have no such limit, and no finite one either.
    steepest: float = 1e30


@dataclass(frozen=True)
class JumpSettings:
    """When a jump of a function is worth an exact argument (see `rewrite.exactness`)."""

    #: A part of the argument's range that is nothing, and the change in it, as a part of the
    #: function's range, that is a jump. Not measured.
    no_way: float = 2.0**-40
    change: float = 2.0**-6


@dataclass(frozen=True)
class CostCurves:
    """LUTs and slack of function generators, by their address bits."""

    #: LUT6 per output bit by address bits, measured by ``benchmarks/functions.py``; of small ones
    #: and those beyond 16 bits by counting.
    address_bits: tuple[float, ...] = (5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0)
    luts_per_bit: tuple[float, ...] = (0.8, 1.0, 1.35, 2.0, 2.4, 2.8, 4.5, 6.0, 9.0, 14.0, 24.0)
    #: Error beyond rounding, in ulp, that makes generators smaller, by address bits; small tables
    #: gain nothing by it. Not measured.
    slack_bits: tuple[float, ...] = (6.0, 7.0, 8.0, 16.0, 18.0)
    slack: tuple[float, ...] = (0.0, 0.3, 0.5, 0.5, 1.5)
    #: LUT6 of a bit that needs no logic: it may need a register, and a port should not be wider
    #: than useful. Not measured.
    idle: float = 0.05
    #: LUT6 per bit of choices and comparisons.
    choice: float = 1.5
    #: LUT6 per bit and stage of a floating-point address: stages that test for 0 and shift, two of
    #: them in one LUT; and octaves whose number one LUT encodes.
    stage: float = 0.5
    octaves_per_lut: float = 5.0


@dataclass(frozen=True)
class Settings:
    """All of them, as `Quantize` hands them down."""

    search: WidthSearch = field(default_factory=WidthSearch)
    limits: WidthLimits = field(default_factory=WidthLimits)
    slopes: SlopeSettings = field(default_factory=SlopeSettings)
    jumps: JumpSettings = field(default_factory=JumpSettings)
    curves: CostCurves = field(default_factory=CostCurves)


DEFAULTS = Settings()
