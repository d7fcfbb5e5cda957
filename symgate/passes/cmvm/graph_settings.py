"""The numbers of the search for adder graphs. Where a benchmark chose one, it is `benchmarks/cmvm.py`."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class BlockSettings:
    """Where rows are put together from blocks of a few columns."""

    #: Rows, at least: fewer share too little of a block.
    rows: int = 8
    #: The largest coefficient: larger ones do not come about by chance.
    coefficient: int = 512
    #: Up to this coefficient there are few shifts, so that blocks of more columns are quick.
    small: int = 16
    #: Columns of a block of small coefficients, one of these, and of others.
    small_widths: tuple[int, ...] = (2, 3, 4)
    width: int = 2
    #: Coefficients beyond this are for no block: 64 bits would not hold what comes of them.
    limit: int = 1 << 24
    #: Every such restart tries blocks.
    period: int = 4


@dataclass(frozen=True)
class RestartSettings:
    """Restarts of the search, and what is drawn at random for them."""

    #: Without a number or a time, so many, and so many restarts times signed digits at most: the
    #: time of one grows with the square of the digits.
    least: int = 16
    most: int = 96
    work: int = 40_000
    #: Where a time is given, which ends them sooner for large matrices.
    timed: int = 1000
    #: The part of that time before improvements.
    share: float = 0.8
    #: Restarts at random before the best of them are varied, and how many of them are.
    first: int = 8
    kept: int = 4
    #: Relative noise of a score where one of the best is varied, and elsewhere.
    varied_noise: tuple[float, ...] = (0.05, 0.15, 0.3)
    noise: tuple[float, ...] = (0.0, 0.05, 0.15)
    #: Powers of the overlap of a pattern's operands that its count is multiplied with.
    overlaps: tuple[float, ...] = (0.0, 0.5, 1.0)
    #: Preferences for late values; the largest only where the overlap counts.
    recent: tuple[float, ...] = (1e-4, 1e-2)
    recent_if_overlap: tuple[float, ...] = (1e-4, 1e-2, 1e-1)
    #: What a level of delay takes off a score where depth counts.
    delay: float = 4.0
    #: Shifts, prices and noise of the tree of rows.
    shifts: tuple[int, ...] = (0, 2)
    prices: tuple[float, ...] = (0.0, 1.0, 2.0)
    tree_noise: tuple[float, ...] = (0.0, 0.0, 1.0)
    levels: tuple[int, ...] = (1, 2)


@dataclass(frozen=True)
class ImproveSettings:
    """Steps that dissolve a part of a graph and share anew what it leaves."""

    #: Steps where neither a number nor a time is given: so many, and so many steps times digits.
    least: int = 20
    most: int = 400
    work: int = 60_000
    #: Steps for each restart that was asked for.
    per_restart: int = 4
    #: Parts of the adders that one step dissolves, and adders at most.
    parts: tuple[float, ...] = (0.05, 0.1, 0.2, 0.4)
    adders: int = 150
    #: How often they are scattered, else neighbours.
    scattered: float = 0.5
    overlaps: tuple[float, ...] = (0.0, 1.0)
    noise: tuple[float, ...] = (0.0, 0.1, 0.3)


@dataclass(frozen=True)
class TruncateSettings:
    """How a budget of errors is spent."""

    #: Parts that the coefficients may take; the rest is for low bits that are dropped.
    shares: tuple[Fraction, ...] = (Fraction(1), Fraction(1, 2), Fraction(0))
    #: Bits that one step looks ahead for a saving.
    ahead: int = 8


BLOCKS, RESTARTS = BlockSettings(), RestartSettings()
IMPROVE, TRUNCATE = ImproveSettings(), TruncateSettings()
