"""What the cells of a device hold, and how long they take: UltraScale+ of speed grade -2.

Delays are in ns; docs/decisions/0003 says how they were found, and how far off they are.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Device:
    """The cells that operators are made of."""

    #: One LUT level, one carry chain, and each bit of that, with one routed hop.
    lut_ns: float = 0.35
    carry_ns: float = 0.45
    carry_bit_ns: float = 0.004
    #: Bits of an address up to which a LUT6 holds two columns of a table, which is also how many
    #: signals it has left for one operand of a sum.
    shared_lut_bits: int = 5
    #: Part of the LUTs of a product that a square takes: half of its partial products come twice.
    #: Not measured.
    square_luts: float = 0.6
    #: Operands of the multiplier of a DSP48E2, signed, and the fewest bits of a product that
    #: synthesis gives to it.
    dsp_wide: int = 27
    dsp_narrow: int = 18
    dsp_least: int = 9
    #: A DSP48E2 without its registers, and from its input registers to that behind its multiplier
    #: (DS923, rounded).
    dsp_ns: float = 2.5
    dsp_multiplier_ns: float = 1.5
    #: A block RAM: its address before the clock, its output after it without the output register
    #: (UG949, rounded).
    block_setup_ns: float = 0.5
    block_ns: float = 1.5
    #: A block RAM of half the size, RAMB18: its widest words, and the bits of the address at which
    #: these and words of one bit fill it (UG573).
    block_width: int = 36
    block_least_address: int = 9
    block_most_address: int = 14


DEVICE = Device()
