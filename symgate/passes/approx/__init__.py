"""Function generators: hardware for a function of one fixed-point argument, exact by construction.

A `Spec` says which outputs are allowed at every code of the input; `front` of it gives designs,
each inside its windows at every code, none of which another beats in LUTs, delay, block RAMs and
DSPs at once.

Nothing here knows of expressions, programs or errors of outputs: a generator sees windows of codes.
"""

from __future__ import annotations

from symgate.errors import AccuracyError
from symgate.passes.approx.affine import DropLow, Tails, TakeInput
from symgate.passes.approx.base import BIG, Candidate, Generator, Spec
from symgate.passes.approx.bounded import Smallest
from symgate.passes.approx.cache import Fronts
from symgate.passes.approx.correct import Correct
from symgate.passes.approx.dsp import Dsp
from symgate.passes.approx.fold import MIRROR, NEGATE, REPEAT, Fold
from symgate.passes.approx.linear import Linear
from symgate.passes.approx.multipartite import Multipartite
from symgate.passes.approx.normalise import Normalise
from symgate.passes.approx.objective import AREA, BALANCED, LATENCY, Objective
from symgate.passes.approx.octave_rows import MoveRows, ShiftRows
from symgate.passes.approx.octaves import Octaves
from symgate.passes.approx.one_curve import OneCurve
from symgate.passes.approx.plain import Plain
from symgate.passes.approx.quadratic import Quadratic, SquareProduct
from symgate.passes.approx.shared_rows import ShareRows
from symgate.passes.approx.uneven import Uneven, UnevenSquare

#: Those that are found in little time, for functions of which many are tried.
_QUICK = (Plain(), Multipartite(), Linear(), Quadratic(), Uneven())

DIRECT: tuple[Generator, ...] = (
    # one LUT level: the fastest up to 8 bits, and the only one for functions that are not smooth
    Plain(),
    Multipartite(),  # adders but no multiplier: the fastest of the small ones at 8 to 12 bits
    Linear(),  # the fewest LUTs about 10 bits
    Quadratic(),  # the fewest LUTs from 12 bits where the curvature is even
    SquareProduct(),  # the fewest LUTs from 12 bits where it is not: exponentials, Gaussians
    Uneven(),  # such functions with one multiplication less, so faster
    UnevenSquare(),  # those that are steep and curved in one place only
    OneCurve(_QUICK),  # exponentials
)


def _folds(inner: tuple[Generator, ...]) -> tuple[Generator, ...]:
    return (
        Fold(REPEAT, inner),  # half waves, and a top bit that does not matter
        Fold(MIRROR, inner),  # symmetry about the middle between two codes
        Fold(
            NEGATE, inner
        ),  # symmetry about a code, as of odd and even functions of signed numbers
    )


_QUICK_ROWS = (MoveRows(_QUICK), ShiftRows(_QUICK))
_ROWS = (MoveRows(DIRECT), ShiftRows(DIRECT))
_FOLDED = (*DIRECT, *_folds(DIRECT))

#: Every architecture. The reductions come with the generators of what is left.
GENERATORS: tuple[Generator, ...] = (
    *DIRECT,
    *_folds(_FOLDED),  # twice, for whole periods of sine and cosine
    DropLow(_FOLDED),  # an input finer than the windows need
    Tails(DIRECT),  # saturated functions
    Octaves(DIRECT),  # functions steep near 0 on a wide range: reciprocals, logarithms, roots
    *_ROWS,  # logarithms and powers of numbers in floating point, octave by octave
    Normalise(_QUICK_ROWS),  # and of other numbers
    Correct((*_QUICK, Octaves(_QUICK), *_QUICK_ROWS, Normalise(_QUICK_ROWS))),  # rounded ones
    ShareRows(),  # tables without a budget whose rows are alike, smooth or not
    TakeInput(DIRECT),  # functions close to x: the rest has fewer bits
    Dsp(),  # few LUTs where DSP slices are to spare
    Plain(memory=True),  # no LUTs, but block RAM and a clock cycle
)

_LINES = Linear(coarser=1)
_TABLES = Multipartite(offsets=2, guards=2, max_bits=11)
_UNEVEN = Uneven(min_bits=12, needed=(0.4, 0.7))
_SMALL = (Smallest((_LINES, _TABLES)),)
#: Those of the effort "quick" (decision 0045): a tenth of a second for a function of 12 bits.
QUICK_GENERATORS: tuple[Generator, ...] = (
    Smallest((_LINES, _UNEVEN, _TABLES)),
    *_folds(_SMALL),
    DropLow(_SMALL),
    Tails(_SMALL),
    TakeInput(_SMALL),
    MoveRows(_SMALL),
    ShiftRows(_SMALL),
    Octaves(_SMALL),
)

_FRONTS = Fronts(GENERATORS)
_SMALLEST = Fronts(GENERATORS, smallest=True, first=QUICK_GENERATORS)
_QUICK_FRONTS = Fronts(QUICK_GENERATORS, saving=False)


def pareto(spec: Spec) -> tuple[Candidate, ...]:
    """The designs for ``spec`` that no other beats, fewest LUTs first; remembered in memory and on
    disk.
    """
    return _FRONTS(spec)


def approximate(spec: Spec, objective: Objective = AREA, quick: bool = False) -> Candidate:
    """The best design for ``spec`` by ``objective``; raise `AccuracyError` where there is none, as
    above 20 bits. ``quick`` looks at few architectures.
    """
    usual = _SMALLEST if objective == AREA else _FRONTS
    if found := _QUICK_FRONTS(spec) if quick else usual(spec):
        return min(found, key=objective.cost)
    raise AccuracyError(
        f"no hardware computes a function of {spec.n} bits this exactly",
        remedy="state a larger max_error, or keep the inputs away from where the function is steep or jumps",
    )


__all__ = [
    "AREA",
    "BALANCED",
    "BIG",
    "GENERATORS",
    "LATENCY",
    "Candidate",
    "Generator",
    "Objective",
    "Spec",
    "approximate",
    "pareto",
]
