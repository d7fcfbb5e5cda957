"""Products that take turns on slices: as few slices as the interval allows, then as few cycles."""

import math

import pytest

from symgate.errors import InputError
from symgate.ir.design import Design, Target
from symgate.ir.firmware import Certificate
from symgate.ir.fixed import Builder
from symgate.ir.hard_blocks import all_dsps, saved_slices
from symgate.ir.text import parse, show
from symgate.ir.timetable import Timetable
from symgate.ir.types import FixedType
from symgate.passes.compiler import within_slices
from symgate.passes.hardware.cost import choice_luts
from symgate.passes.hardware.initiation import ShareProducts, built, with_shared_slices
from symgate.passes.hardware.schedule import Schedule

S9 = FixedType(True, 9, 0)


def side_by_side(count=4):
    """Products that all may be computed at the same time."""
    b = Builder()
    for k in range(count):
        b.output(f"z{k}", b.mul(b.input(f"x{k}", S9), b.input(f"y{k}", S9)))
    return b.build()


def in_a_row(count=4):
    """Products of products: one after the other anyway."""
    b = Builder()
    x = b.input("x", S9)
    y = x
    for _ in range(count):
        y = b.round(b.mul(y, x), 8)
    b.output("y", y)
    return b.build()


def turns(graph, interval, **target):
    return ShareProducts.of(Target(ii=interval, **target))(graph)


@pytest.mark.parametrize("interval", [2, 3, 4, 5])
def test_products_of_one_stage_share_slices(interval):
    found = turns(side_by_side(), interval)

    slices = 4 - saved_slices(found)
    assert slices == math.ceil(4 / interval)
    assert found.interval == interval
    assert choice_luts(found) == sum(18 * math.ceil(len(unit) / 4) for unit in found.shared)


def test_products_in_a_row_share_a_slice_in_as_many_cycles():
    found = turns(in_a_row(), 4)

    assert [slot.cycle for slot in found.shared[0]] == [1, 2, 3, 4]
    assert found.latency == 5 + 1  # a cycle for each product, a register for inputs and outputs


def test_only_what_is_read_for_several_cycles_is_kept():
    short, long = (Timetable.of(turns(graph(), 4)) for graph in (in_a_row, side_by_side))

    assert not short.kept
    assert len(long.kept) == 8 + 3  # the operands, and all products but the last


def test_nothing_waits_where_no_stage_is_long():
    found = turns(in_a_row(), 4)

    assert built(found).latency == found.latency


def test_a_long_stage_takes_one_register_for_each_value_that_waits():
    found = turns(side_by_side(), 4)
    table = Timetable.of(found)

    assert found.latency == 1 + 4
    # eight operands, and four products that are there until the outputs leave
    assert len(table.loads) == 8 + 4
    assert built(found).latency < found.latency


def test_values_are_what_they_were():
    found = built(turns(side_by_side(), 3))
    assert [n for n in found.nodes if n.op == "mul"] == [
        n for n in Schedule(registers="both")(side_by_side()).nodes if n.op == "mul"
    ]


@pytest.mark.parametrize(
    "target",
    [{"clock_ns": 2.0}, {"latency": 2}],
    ids=["no time for a choice", "more cycles than allowed"],
)
def test_nothing_is_shared_where_it_cannot_be(target):
    plain = Schedule.of(Target(**target))(side_by_side())

    assert turns(side_by_side(), 4, **target) == plain


def test_nothing_is_shared_where_slices_are_worth_less_than_choices():
    graph = side_by_side()
    found = ShareProducts(Schedule(), 4, slice_luts=5.0)(graph)

    assert found == Schedule()(graph)


def test_more_products_than_slices_are_asked_for_where_they_can_take_turns():
    asked = []

    def lowered(design):
        asked.append(design.target.dsp)
        return turns(side_by_side(min(design.target.dsp, 9)), 3), Certificate(())

    design = Design("d", (), (), target=Target(dsp=3, ii=3))
    graph, _ = within_slices(design, lowered)
    assert asked == [9]
    assert all_dsps(graph) == 3


def test_fewer_products_are_asked_for_where_these_need_more_slices():
    asked = []

    def lowered(design):
        asked.append(design.target.dsp)
        return turns(side_by_side(design.target.dsp), 2), Certificate(())  # two for each slice

    within_slices(Design("d", (), (), target=Target(dsp=2, ii=3)), lowered)
    assert asked == [6, 2 + 3, 2]


def test_the_text_is_read_back():
    found = turns(in_a_row(), 3)

    assert "interval 3\nshared %" in show(found)
    assert parse(show(found)) == found


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("@2", "@1", r"slots in cycles \[1, 1, 3\] are not within 3 cycles"),
        ("@3", "@4", r"slots in cycles \[1, 2, 4\] are not within 3 cycles"),
        ("interval 3\n", "interval 2\n", r"slots in cycles \[1, 2, 3\] are not within 2 cycles"),
    ],
)
def test_turns_that_cannot_be_taken_are_refused(old, new, message):
    text = show(turns(in_a_row(), 3)).replace(old, new)

    with pytest.raises(InputError, match=message):
        parse(text)


def test_a_product_that_is_read_without_a_register_is_refused():
    graph = with_shared_slices(Schedule(registers="inputs")(in_a_row(1)), 2)
    text = show(graph) + "interval 2\nshared %2@1\n"

    with pytest.raises(InputError, match="%2 is read by more than a register"):
        parse(text)
