"""What the word-length search decides, and what lowering a node gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from symgate.ir.expr import Expr


@dataclass(frozen=True)
class Float:
    """A function's argument in floating point: its distance from ``centre``, in ``2**exponent - 1``
    octaves.
    """

    centre: Fraction
    # where the argument is: "above" the centre, "below", or on "both" sides, with a bit for the
    # sign; "ends": between ``centre`` and ``far``, and the distance is from the nearer one
    side: str
    exponent: int
    clamped: bool = False  # beyond ``centre`` the function is what it is there
    far: Fraction | None = None


@dataclass(frozen=True)
class Plan:
    """Fraction bits of every node's result, and of the address of every function."""

    frac: Mapping[Expr, int]
    address: Mapping[Expr, int]
    share: Mapping[Expr, float] = field(
        default_factory=dict
    )  # error budget of a function beyond rounding, in ulp
    dsp: frozenset[Expr] = frozenset()  # products that take a DSP slice
    blocks: Mapping[Expr, int] = field(
        default_factory=dict
    )  # functions in block RAM, and how many each may take
    floating: Mapping[Expr, Float] = field(
        default_factory=dict
    )  # functions whose address is a mantissa's bits
    ends: Mapping[Expr, tuple[Fraction, Fraction]] = field(
        default_factory=dict
    )  # functions that saturate at an output, and where: they are exact there, and never beyond
    quick: bool = False  # whether functions get generators that are found in little time
    objective: str = "lut"  # or "latency" (trees of rows, fast generators), "balanced"


@dataclass(frozen=True)
class Value:
    """A lowered expression: the real value is ``(raw / 2**frac) + offset`` up to the node's local
    error.
    """

    node: int
    offset: Fraction = Fraction(0)
