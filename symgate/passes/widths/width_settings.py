"""The numbers of the word-length search: one frozen class for each search, with units and reasons.

"Not measured" means that no benchmark chose the number: it is a guess that worked and stayed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from symgate.passes.bounds.bound_settings import EVERY_INPUT


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
    #: The same where nothing else leads to hardware: roots of what cancels lose half of all bits.
    most_long_bits: int = 60
    #: Bits of a function's values: the windows of its generators end at 2^40 units.
    most_value: int = 38
    #: The same where nothing else leads to hardware: two tables, of numbers that float64 holds to a
    #: part of a unit.
    most_long_value: int = 48
    #: Bits of the argument of a function that is looked up: one less than 64-bit arithmetic takes.
    most_code: int = 59
    #: Address bits of a function, and what it may have where the error cannot be met with fewer:
    #: its generators take a minute then.
    most_address: int = 20
    widest_address: int = 24
    #: Part of the allowed error that a constant output may use, less what rounding outward adds.
    of_constant_outputs: float = 127 / 128
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
    #: Slack from which on a generator is no plain table, and smaller with more of it.
    large: float = 0.5
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
class CellSettings:
    """The sub-boxes of the inputs on which errors are bounded one by one."""

    #: Sub-boxes of equal size. Not measured.
    equal: int = 2048
    #: Sub-boxes after those where errors are largest are halved. Not measured.
    refined: int = 4096
    #: Sub-boxes of the largest slopes that the first-order model of an output keeps, besides the
    #: steepest one of each node. Not measured.
    kept: int = 256


@dataclass(frozen=True)
class ProofTurns:
    """Turns of `SearchAndProve`: search widths for some budgets, prove, correct the budgets."""

    #: Turns until no proof will hold, and how many of those after the first that holds are improved
    #: by single moves. Not measured.
    turns: int = 12
    improved: int = 2
    #: Part of the allowed error that is the first budget, as the model is a little too optimistic.
    first_budget: float = 0.95
    #: A proof beyond this multiple of the prediction says nothing of budgets near it: those of
    #: outputs that miss are divided by ``cut``. Not measured.
    surprising: float = 2.0
    cut: float = 3.0
    #: The least ratio of proof to prediction by which a budget may grow. Not measured.
    least_surprise: float = 0.25
    #: Turns without any proof that holds after which no budget grows again: outputs fit in turns.
    stuck_after: int = 3
    #: What an output that misses then gets of the budget that would just do.
    stuck_part: float = 0.98
    #: A proof within this multiple of the closest one that misses is as good as it: what both
    #: miss by is a jump, which wider values do not lower.
    as_close: float = 2.0


@dataclass(frozen=True)
class TrimSettings:
    """Bits taken away by trial where slopes could not say how many to take (decision 0013)."""

    #: Part of the allowed error below which it is worth trying. Not measured.
    room: float = 0.6
    #: Drafts that are proved, each the time of one turn of the search.
    trials: int = 24


@dataclass(frozen=True)
class FloatSettings:
    """Floating-point addresses of steep functions (decision 0013)."""

    #: Address bits from which functions may have them: smaller tables cost less than shifters.
    from_bits: int = 11
    #: Address bits above which functions are not lowered without them first: it takes long.
    long_bits: int = 16
    #: Address bits that they must save a function. Not measured.
    saved_bits: int = 3
    #: Parts of an octave, and octaves, on which a function's slope is looked at. Not measured.
    parts: int = 8
    octaves: int = 60
    #: Bits below its centre with which floats hold arguments well enough for slopes. Of 52.
    resolved: int = 40
    #: Bits of the exponent: 63 octaves and the denormal one.
    most_exponent: int = 6
    #: Address bits that one more is worth, where distances from 0 are the input itself: a
    #: subtraction of a long input takes more LUTs than a table of so many bits more.
    offset_bits: float = 3.0
    #: Part of what the coarsest step changes that all values below the octaves together may change.
    below: float = 2.0**-9


@dataclass(frozen=True)
class AllocationSettings:
    """What DSP slices and block RAMs must save to be taken (decisions 0009 and 0014)."""

    #: LUT6 that a DSP slice must save a product.
    slice_luts: float = 12.0
    #: LUT6 that each block RAM must save a function.
    block_luts: float = 12.0


@dataclass(frozen=True)
class LowerSettings:
    """Repairs of widths where the final hardware misses what its draft kept."""

    #: Hardware that is lowered until none will do. Not measured.
    tries: int = 12
    #: What an output that misses gets of the budget that would just do, and functions of the error
    #: that is left.
    part: float = 0.99
    #: The least and the largest error that is left which functions get, in ulp: less saves the jet
    #: tagger nothing, and costs a second search of its generators. The largest is not measured.
    least_spare: float = 0.1
    most_spare: float = 1.0
    #: Whether functions get only generators that are found in little time.
    quick: bool = False
    #: Bits of an output's inputs up to which every input is tried.
    tried_bits: int = EVERY_INPUT.most_bits


@dataclass(frozen=True)
class ReturnSettings:
    """Unused error that is given back to the hardware (decision 0005)."""

    #: Ratio of allowed to real error that is worth another search. Not measured.
    worth: float = 1.05
    #: Such searches, each as long as a turn of the first one.
    searches: int = 4
    #: Power of that ratio by which the first one's budgets grow, halved where it does not help,
    #: and the most that the ratio counts. Not measured.
    power: float = 0.9
    most: float = 4.0


@dataclass(frozen=True)
class ExploreSettings:
    """Random narrowings for as long as the user gives (``--search-seconds``)."""

    #: The most by which budgets grow over those of the start. Not measured.
    most_slack: float = 1.25
    #: LUT of the model, over those of the best widths, up to which a trial is lowered. Not
    #: measured.
    dearer: float = 1.03
    #: Knobs that are narrowed at once, and by how many bits each, at most. Not measured.
    knobs: int = 4
    bits: int = 2


@dataclass(frozen=True)
class FormSettings:
    """Comparison of the forms of a program at their searched widths."""

    #: Forms of so many times the LUTs of the smallest, by the quick estimate, are not mapped.
    far: float = 4.0
    #: LUTs, by the quick estimate, above which the last resort is tried too. Not measured.
    large: float = 8000.0
    #: Whether the first form that has hardware is taken, the ones that seem cheaper first.
    first: bool = False


@dataclass(frozen=True)
class MetricSettings:
    """Errors that are tried to meet a metric, in bits: 2^-bits of each output's range."""

    coarsest: float = 2.0
    finest: float = 20.0
    #: Where the bisection ends; the final hardware is taken in half such steps. Not measured.
    step: float = 0.25
    #: The least range of an output that counts as one.
    narrowest: float = 2.0**-30


@dataclass(frozen=True)
class Negligible:
    """What counts as nothing. No result depends on these numbers: they only have to be small."""

    #: Bounds, slopes and changes count as at least this where something is divided by them.
    divisor: float = 1e-300
    #: What outward rounding alone makes of no change of a function.
    change: float = 1e-200
    #: The same of a constant that is not 0, as a part of it.
    rounding: float = 2.0**-45
    #: Values that are always smaller than ``noise`` are what intervals leave of 0; they are taken
    #: as large as ``zero``, so that they have a format. Ranges count as at least ``noise`` wide.
    noise: float = 2.0**-200
    zero: float = 2.0**-60
    #: The narrowest range that has address bits of its own.
    narrowest: float = 2.0**-40


NEGLIGIBLE = Negligible()


#: Relative room in a claimed bound: proofs that cut ranges at other places round otherwise. Second
#: proofs of the tests were at most 2^-22 wider; what the user asked for is never exceeded by it.
PROOF_ROUNDING = 2.0**-20


@dataclass(frozen=True)
class WidthSettings:
    """All of them, as `Quantize` hands them down."""

    search: WidthSearch = field(default_factory=WidthSearch)
    limits: WidthLimits = field(default_factory=WidthLimits)
    slopes: SlopeSettings = field(default_factory=SlopeSettings)
    jumps: JumpSettings = field(default_factory=JumpSettings)
    curves: CostCurves = field(default_factory=CostCurves)
    cells: CellSettings = field(default_factory=CellSettings)
    turns: ProofTurns = field(default_factory=ProofTurns)
    trim: TrimSettings = field(default_factory=TrimSettings)
    floats: FloatSettings = field(default_factory=FloatSettings)
    allocation: AllocationSettings = field(default_factory=AllocationSettings)
    lower: LowerSettings = field(default_factory=LowerSettings)
    give_back: ReturnSettings = field(default_factory=ReturnSettings)
    explore: ExploreSettings = field(default_factory=ExploreSettings)
    forms: FormSettings = field(default_factory=FormSettings)
    metric: MetricSettings = field(default_factory=MetricSettings)

    def with_long_words(self) -> WidthSettings:
        """The same where values may have as many bits as a last resort takes."""
        limits = self.limits
        longer = replace(
            limits, most_bits=limits.most_long_bits, most_value=limits.most_long_value
        )
        return replace(self, limits=longer)


DEFAULTS = WidthSettings()
#: Of the effort "quick": what takes long and saves little (decision 0045).
QUICK = WidthSettings(
    search=WidthSearch(rounds=12, kept=1, evaluations=2_000),
    cells=CellSettings(equal=256, refined=512, kept=64),
    turns=ProofTurns(improved=1),
    trim=TrimSettings(trials=6),
    floats=FloatSettings(long_bits=12),
    lower=LowerSettings(quick=True, tried_bits=12, least_spare=0.4),
    give_back=ReturnSettings(searches=0),
    forms=FormSettings(first=True),
)
