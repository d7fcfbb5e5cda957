"""The numbers of the proof of bounds: one frozen class for each part, with units and reasons.

"Not measured" means that no benchmark chose the number: it is a guess that worked and stayed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SteepSettings:
    """Where a function is too steep for its slope, and how its largest change is then found."""

    #: How much steeper than from end to end a function may be and still be treated by its slope.
    #: Not measured.
    steeper: float = 64.0
    #: Pieces of a range in which changes are looked for at first, and how many times as many where
    #: the function jumps. Not measured.
    pieces: int = 1024
    jumping: int = 4
    #: Rounds in which the pieces of the largest change are halved; each takes one bit of their size,
    #: and ranges have fewer bits than this.
    halvings: int = 64
    #: Pieces at most, in multiples of those at first. Not measured.
    growth: int = 8
    #: Pieces shorter than this part of the distance between two arguments need no halving.
    fine: float = 1 / 16


@dataclass(frozen=True)
class SubboxSettings:
    """How sub-boxes of the inputs are made finer where that matters."""

    #: Rounds at most. Not measured.
    rounds: int = 12
    #: A round that makes the worst sub-box less than 2 % better is the last. Not measured.
    growth: float = 1.02
    #: Halves that are scored in one round: those along each of hundreds of inputs would be too many.
    tried: int = 1 << 14
    #: Sub-boxes that are halved in one round: this part of all that are allowed, but at least so
    #: many; and at least so many where there are very many inputs. Not measured.
    part: int = 8
    fewest: int = 64
    fewest_of_many_inputs: int = 16
    #: Sub-boxes of less than this part of the worst score stay whole. Not measured.
    worth: float = 1 / 4
    #: Sub-boxes that are scored together: images cut along hundreds of inputs would need 10 GB and
    #: more.
    at_once: int = 4096


@dataclass(frozen=True)
class EveryInputSettings:
    """How the error of an output is found by trying every input."""

    #: Input bits up to which every input is tried.
    most_bits: int = 20
    #: Inputs that are tried together.
    chunk: int = 1 << 14
    #: Bits of a node up to which int64 holds all that is computed from it, and bits of an output up
    #: to which float64 holds it.
    int_bits: int = 58
    float_bits: int = 53
    #: Part of an error up to which intervals leave it open.
    tight: float = 2.0**-20
    #: Points that intervals leave more open are decided exactly, so many of them per output: 50 us
    #: each and more.
    most_points: int = 1 << 12
    #: Points with the largest errors that are decided exactly in any case.
    worst: int = 4


STEEP, SUBBOXES, EVERY_INPUT = SteepSettings(), SubboxSettings(), EveryInputSettings()
