"""What is kept of the offset of a value that a minimum, a maximum or a selection reads."""

from __future__ import annotations

import numpy as np

from symgate.backends.hls import Hls
from symgate.frontend.design_file.toml import loads
from symgate.ir.arrays import exactly
from symgate.ir.fixed import Builder, run
from symgate.ir.types import FixedType
from symgate.passes.compiler import compile_design

HOSTILE = """
[inputs]
x = { format = "fixed<7,4>" }
z = { format = "ufixed<5,3>", range = [3, 6.25] }
[outputs]
y = "max(cosh(sin(z)), log10(2.7)*min(x, z))"
[accuracy]
max_error = "2*2^-14"
[target]
clock = "20 ns"
"""


def test_an_offset_makes_no_value_much_wider():
    firmware = compile_design(loads(HOSTILE))  # was 134 bits, 118 of them of one offset
    assert max(node.type.width for node in firmware.graph.nodes) <= 24
    assert firmware.certificate.bound("y") <= 2.0**-13
    assert "tb_data/tb_output_predictions.dat" in Hls().emit(firmware)


def test_tables_of_narrow_values_are_exact_in_wide_graphs():
    b = Builder()
    x = b.input("x", FixedType(False, 2, 0))
    b.output("y", b.shl(b.table(x, [3, 2, 1, 0]), 90))
    graph = b.build()
    column = np.array([0, 1, 2, 3], object)
    (found,) = run(graph, [column], exactly(graph))
    assert [int(value) for value in found] == [k << 90 for k in (3, 2, 1, 0)]
