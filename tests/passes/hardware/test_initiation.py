"""What units that take turns would save: large equal ones do, small ones do not."""

from symgate.ir.fixed import Builder
from symgate.ir.types import FixedType
from symgate.passes.hardware.initiation import shared

U8 = FixedType(False, 8, 0)


def graph(op, count=4):
    b = Builder()
    for k in range(count):
        x, y = b.input(f"x{k}", U8), b.input(f"y{k}", U8)
        b.output(f"z{k}", b.mul(x, y) if op == "mul" else b.emit(op, x, y))
    return b.build()


def test_products_share_slices():
    found = [shared(graph("mul"), phases) for phases in (1, 2, 4)]
    assert [f.dsp for f in found] == [4, 2, 1]
    assert [f.lut for f in found] == [0, 16, 16]  # choices of 16 bits for each slice that stays
    assert [f.units for f in found] == [0, 1, 1]


def test_an_adder_costs_no_more_than_the_choice_of_its_operands():
    one, two = (shared(graph("add"), phases) for phases in (1, 2))
    assert (two.lut, two.units) == (one.lut, 0)


def test_different_tables_are_not_shared():
    b = Builder()
    x = b.input("x", U8)
    for k in range(2):
        b.output(f"y{k}", b.table(x, [(j * (k + 3)) % 251 for j in range(256)]))
    assert shared(b.build(), 2).tried == 0
