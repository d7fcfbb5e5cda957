"""The numbers of the word-length search: one frozen class for each search, with units and reasons.

"Not measured" means that no benchmark chose the number: it is a guess that worked and stayed.
"""

from __future__ import annotations

from dataclasses import dataclass


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
