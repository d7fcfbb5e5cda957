"""What the cells of a device hold; `symgate.ir.fixed_ops.delays` says how long they take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Device:
    """The cells that operators are made of."""

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
    #: A block RAM of half the size, RAMB18: its widest words, and the bits of the address at which
    #: these and words of one bit fill it (UG573).
    block_width: int = 36
    block_least_address: int = 9
    block_most_address: int = 14


DEVICE = Device()
