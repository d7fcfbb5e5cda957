"""The numbers of the function generators: what is searched, and what tables are taken to cost.

The sizes that a generator searches are fields of the generator itself, such as `Linear`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TableCost:
    """LUT6 of tables, as Yosys makes them (decision 3)."""

    #: LUTs of one column of 7 and of 8 inputs, for each that F7 and F8 muxes would need: Yosys does
    #: not always use the muxes.
    large: tuple[float, float] = (1.35, 1.1)
    #: Address bits above which columns are not looked at one by one: they hardly share then.
    exact_bits: int = 12
    #: LUTs of a larger table, for each that its columns would need were none of them simpler.
    dense: float = 1.05


@dataclass(frozen=True)
class Fitting:
    """How slopes are found."""

    #: Steps of the golden section search; 14 narrow a slope to 1/800 of where it may lie.
    steps: int = 14
    #: Slopes of functions of more bits are fitted on samples, which takes less time; the constants
    #: are then chosen on all codes.
    sampled_bits: int = 13


@dataclass(frozen=True)
class WordLengths:
    """What is tried for the segments of a piecewise function; what costs more is left earlier."""

    #: Numbers of guard bits, from the fewest that rows leave room for.
    guards: int = 5
    #: Fraction bits of the slopes, from the fewest with which their rounding may fit.
    scales: int = 5
    #: The same for slopes in a DSP slice, whose bits cost only tables.
    scales_in_slice: int = 3
    #: Address bits of the square term in a segment, from the fewest that may be enough.
    squares: int = 3
    #: The most address bits that a table of the square term has, its segment's bits included.
    square_bits: int = 8
    #: The least margin, in ulps, that such a table leaves for the rest.
    margin: float = 0.1
    #: The margin that a parabola is taken to have, in windows: a little more than all of one, since
    #: what a table loses is counted at its worst.
    optimism: float = 1.2
    #: LUTs above the smallest sum up to which one loses the low bits of its rows, and how many do.
    trimmed: float = 5.0
    most_trimmed: int = 5
    #: How many times the LUTs of the smallest, plus `trimmed`, one may have that trimming makes smaller yet.
    lost_to_trimming: float = 1.1
    #: The share of segments without a constant up to which slopes and curvatures are moved.
    settled: float = 0.2


@dataclass(frozen=True)
class Peeling:
    """What is taken away before any generator looks."""

    #: Functions of more bits lose their tails and the low bits that do not matter; in smaller ones
    #: generators compete for them.
    wide_bits: int = 14


@dataclass(frozen=True)
class Saving:
    """What is kept on disk, and how much of it is believed."""

    #: Bytes of the folder; the front of a 12-bit function takes 20 KB.
    disk_bytes: int = 256 << 20
    #: Codes on which the hardware of a saved candidate is run; all would take as long as the search.
    tried_codes: int = 256
    #: Bits of a code or an address; generators go up to 20.
    most_bits: int = 24
    #: Size of any other whole number; windows end at 2^40, tables at 2^50.
    most_magnitude: int = 1 << 52
    #: Bytes of all arrays of one front; a plain table of 20 bits takes 8 MiB.
    most_bytes: int = 256 << 20


TABLE_COST, FITTING, WORD_LENGTHS = TableCost(), Fitting(), WordLengths()
PEELING, SAVING = Peeling(), Saving()
