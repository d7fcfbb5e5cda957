"""Delays by part and speed grade, and how those of operators grow."""

import pytest

from symgate.ir.fixed_ops import OPS
from symgate.ir.fixed_ops.delays import USUAL, delays_of, families
from symgate.ir.types import FixedType


def bits(width, signed=True):
    return FixedType(signed, width, 0)


@pytest.mark.parametrize(
    ("part", "family", "grade"),
    [
        ("xcvu9p-flga2104-2-e", "UltraScale+", "-2"),
        ("xcvu13p-flga2577-3-e", "UltraScale+", "-3"),
        ("xcvu13p-fhga2104-2L-e", "UltraScale+", "-2L"),
        ("XCKU5P-FFVB676-1-E", "UltraScale+", "-1"),
        ("xck26-sfvc784-2lv-c", "UltraScale+", "-2LV"),
        ("xczu3eg-sbva484-1-i", "UltraScale+", "-1"),
        ("xcu280-fsvh2892-2L-e", "UltraScale+", "-2L"),
        ("xc7a35tcpg236-1", "7-series", "-1"),
        ("xc7z020clg400-3", "7-series", "-3"),
    ],
)
def test_a_part_number_says_family_and_grade(part, family, grade):
    found = delays_of(part)

    assert (found.family, found.grade, found.note) == (family, grade, "")


@pytest.mark.parametrize(
    ("part", "family", "grade", "note"),
    [
        ("xcku5p", "UltraScale+", "-1", "no speed grade is stated: -1 is taken"),
        ("xc7a35tcpg236-2", "7-series", "-1", "no delays of speed grade -2: -1 is taken"),
        (
            "xcku040-ffva1156-2-e",
            "UltraScale+",
            "-2",
            "the family of xcku040-ffva1156-2-e is not known: its delays are those of UltraScale+",
        ),
        (
            "10AX115",
            "UltraScale+",
            "-1",
            "the family of 10AX115 is not known: its delays are those of UltraScale+; "
            "no speed grade is stated: -1 is taken",
        ),
    ],
)
def test_what_a_part_number_does_not_say_is_assumed_and_told(part, family, grade, note):
    found = delays_of(part)

    assert (found.family, found.grade, found.note) == (family, grade, note)


def test_slower_grades_are_slower_in_everything_but_the_clock():
    fast, slow = delays_of("xcvu9p-flga2104-3-e"), delays_of("xcvu9p-flga2104-1-e")

    assert slow.overhead == fast.overhead
    for name in ("clock_to_q", "lut", "first", "doubling", "carry_first", "dsp_product", "ram_out"):
        assert getattr(slow, name) > getattr(USUAL, name) > getattr(fast, name)


def test_every_data_file_states_its_source_and_date():
    for data in families():
        assert data["sources"]
        assert data["date"] >= "2026-11"


def test_tables_take_what_joins_their_luts():
    found = [USUAL.table(k) for k in range(1, 17)]

    assert found == sorted(found)
    assert len(set(found[:6])) == 1
    assert found[7] - found[5] == pytest.approx(0.09)  # F7 and F8
    assert found[10] > found[8] + USUAL.net(1)  # a level of LUTs


def test_the_budget_and_the_clock_are_inverse():
    assert USUAL.clock(USUAL.budget(3.7)) == pytest.approx(3.7)


@pytest.mark.parametrize("name", ["add", "lt", "eq", "min", "abs", "saturate"])
def test_wider_operators_are_no_faster(name):
    op = OPS[name]
    attr = {"saturate": (8, True, None)}.get(name, ())
    found = [
        op.delay(USUAL, bits(min(w, 8) if name == "saturate" else w), (bits(w),) * op.arity, attr)
        for w in range(8, 64)
    ]

    assert found == sorted(found)
    assert found[-1] > found[0]
