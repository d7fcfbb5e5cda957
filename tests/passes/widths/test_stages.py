"""What each stage promises of the candidate that it returns, and which way a branch takes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from symgate.errors import AccuracyError, BrokenPromise, InputError
from symgate.frontend.language.infix import parse
from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.expr import Program, variables
from symgate.ir.fixed import Builder
from symgate.ir.types import FixedType
from symgate.passes.hardware.cost import estimate
from symgate.passes.pipeline import datapath, normalised
from symgate.passes.widths.candidate import Candidate, run_stages
from symgate.passes.widths.certify import Lowered
from symgate.passes.widths.layouts import Allocation
from symgate.passes.widths.quantize import Quantize, targets
from symgate.passes.widths.refusal import Missed
from symgate.passes.widths.stages.allocate import AllocateSlicesAndBlocks
from symgate.passes.widths.stages.compare_forms import CompareForms
from symgate.passes.widths.stages.draft import DraftModel
from symgate.passes.widths.stages.explore import ExploreWidths
from symgate.passes.widths.stages.float_functions import FloatSteepFunctions
from symgate.passes.widths.stages.give_back import GiveBackError
from symgate.passes.widths.stages.lower_graph import LowerGraph, WidenAddresses, spare_error
from symgate.passes.widths.stages.search_and_prove import SearchAndProve, TrimWidths
from symgate.passes.widths.width_settings import DEFAULTS, PROOF_ROUNDING

SEARCH = (SearchAndProve(), TrimWidths())


def luts(graph) -> float:
    return estimate(graph).lut


def rank(graph) -> tuple[float]:
    return (luts(graph),)


def silent(stage: str) -> None:
    pass


def quantize(text: str, error="1/64", bits=10, ends=(-2, 2)) -> tuple[Quantize, Program]:
    e = parse(text, None)
    inputs = tuple(Input.with_bits(n, bits, tuple(map(Fraction, ends))) for n in variables([e]))
    design = Design("d", inputs, (("y", e),), Accuracy(max_error={"y": Fraction(error)}))
    return Quantize(inputs, targets(design)), datapath(design, normalised(design))


def drafted(text: str, **options) -> Candidate:
    step, program = quantize(text, **options)
    return DraftModel(step.task)(Candidate(program, step.targets))


def searched(text: str, **options) -> Candidate:
    return run_stages(SEARCH, drafted(text, **options))


TEXTS = ["sin(x)*y + 0.37*x", "exp(x)*y - z", "sqrt(x*x + y*y)"]


@pytest.mark.parametrize("text", TEXTS)
def test_stages_one_by_one_are_the_whole(text):
    step, program = quantize(text)
    candidate = Candidate(program, step.targets)

    stages = step.stages((), rank)
    graph, certificate = step(program)

    found = run_stages(stages, candidate)
    assert [type(stage) for stage in stages] == [CompareForms, GiveBackError, ExploreWidths]
    assert found.graph == graph
    for claimed in certificate.bounds:
        proved = found.lowered.bounds[claimed.output]
        assert proved <= claimed.bound <= proved * (1 + PROOF_ROUNDING)


@pytest.mark.parametrize("text", TEXTS)
def test_searched_widths_are_proved_within_their_limits(text):
    found = searched(text)
    knobs = found.model.problem(found.budgets).knobs

    assert found.holds
    assert found.excess <= 1
    assert all(knobs.allow(k, bits) for k, bits in enumerate(found.widths))
    assert found.cost == pytest.approx(found.model.problem(found.budgets).total(found.widths))


@pytest.mark.parametrize("text", TEXTS)
def test_a_model_and_a_problem_agree_on_every_node(text):
    found = searched(text)
    again = DraftModel(found.model.datapath.task).model(found.program)  # with an empty memo

    rows = range(len(found.model.datapath.structure.nodes))
    for row in rows:
        assert again.errors.of_node(row, found.widths) == found.model.errors.of_node(
            row, found.widths
        )
        assert again.costs.of_node(row, found.widths) == found.model.costs.of_node(
            row, found.widths
        )


def test_only_widths_that_matter_to_a_node_change_its_error_and_cost():
    found = searched("sin(x)*y + exp(z)")
    model, widths = found.model, list(found.widths)
    relevant = model.datapath.structure.relevant_knobs()
    for k in range(len(widths)):
        other = [w + (i == k) for i, w in enumerate(widths)]
        fresh = DraftModel(model.datapath.task).model(found.program)
        for row, knobs in enumerate(relevant):
            if k not in knobs:
                assert fresh.errors.of_node(row, other) == model.errors.of_node(row, widths)
                assert fresh.costs.of_node(row, other) == model.costs.of_node(row, widths)


def test_trimming_takes_bits_where_error_is_left_and_none_elsewhere():
    (search, trim), start = SEARCH, drafted("sqrt(x*x + y*y)", error="1/8")
    found = search(start)
    trimmed = trim(found)

    assert trimmed.holds
    assert trimmed.cost <= found.cost
    assert TrimWidths(replace(DEFAULTS, trim=replace(DEFAULTS.trim, room=0.0)))(found) is found


def test_slices_go_to_products_and_widths_are_searched_again():
    found = searched("x*y*z + 0.3*x", bits=12, error="1/512")
    looked = []
    again = (*SEARCH, lambda c: looked.append(c) or c)

    assert AllocateSlicesAndBlocks(0, 0, again)(found) is found
    one = AllocateSlicesAndBlocks(1, 0, again)(found)
    assert len(one.model.allocation.slices) == 1
    assert looked == [one]
    assert one.cost < found.cost
    assert found.model.allocation == Allocation()


def test_block_ram_goes_to_the_functions_that_it_saves_most():
    found = searched("exp(-x**2)*sin(3*x)/(1.2 + cos(7*x)) + y", bits=11, error="1/100")
    made = AllocateSlicesAndBlocks(0, 4, SEARCH)(found)

    assert sum(made.model.allocation.blocks.values()) <= 4
    assert len(made.model.allocation.blocks) == 1
    assert made.cost < found.cost


def test_lowered_hardware_holds_what_its_draft_promised():
    found = LowerGraph()(searched("sin(x)*y + 0.37*x"))

    assert found.holds
    assert found.lowered.data["values"]
    assert not searched("sin(x)*y + 0.37*x").lowered.data


def test_functions_get_the_error_that_is_left():
    """Bits are whole: at most one ulp is left, unless it would be too little to matter."""
    candidate = searched("exp(x)*y - 0.3*x", bits=12, error="0.021")
    spare = spare_error(candidate, DEFAULTS.lower)
    assert 0 < spare <= DEFAULTS.lower.most_spare

    with_it = candidate.lower(candidate.widths, candidate.budgets, spare=spare)
    without = candidate.lower(candidate.widths, candidate.budgets)
    assert with_it.holds
    assert luts(with_it.graph) <= luts(without.graph)
    assert np.all(with_it.bounds >= without.bounds)


def test_given_back_error_is_never_dearer_and_holds():
    found = LowerGraph()(searched("tanh(x*y)", bits=7, error="1/32"))
    given = GiveBackError(rank)(found)

    assert given.holds
    assert rank(given.graph) <= rank(found.graph)


def test_exploring_without_time_or_choice_changes_nothing():
    found = LowerGraph()(searched("sin(x)*y"))
    wire = LowerGraph()(searched("x"))

    assert ExploreWidths(0.0, 0, rank, luts, silent)(found) is found
    assert not wire.widths
    assert ExploreWidths(1.0, 0, rank, luts, silent)(wire) is wire


def test_exploring_keeps_what_holds_and_is_smaller():
    found = LowerGraph()(searched("x*y + 0.37*x - sin(y)", bits=11))
    better = ExploreWidths(1.0, 0, rank, luts, silent)(found)

    assert better.holds
    assert rank(better.graph) <= rank(found.graph)


# ------------------------------------------------------------------ branches


def refuse(error):
    def stage(candidate):
        raise error

    return stage


def mark(name):
    """A stage that stands for others: it names the program."""

    def stage(candidate):
        return replace(candidate, program=Program((), ((name, parse("1", None)),)))

    return stage


def named(candidate) -> str:
    return candidate.program.outputs[0][0]


@pytest.mark.parametrize(("excess", "taken"), [(1.5, "wide"), (15.9, "wide"), (16.1, None)])
def test_addresses_are_widened_where_that_can_meet_the_error(excess, taken):
    start = drafted("sin(x*y)", bits=12, error="1/2500000")
    told = []
    stage = WidenAddresses((refuse(Missed(excess, "no")),), (mark("wide"),), told.append)

    assert start.model.clipped
    if taken is None:
        with pytest.raises(Missed):
            stage(start)
        assert not told
    else:
        assert named(stage(start)) == taken
        assert told == ["quantize: functions of up to 24 bits"]


def test_addresses_stay_where_they_were_not_in_the_way():
    start = drafted("sin(x)*y", bits=8)
    stage = WidenAddresses((refuse(Missed(1.5, "no")),), (mark("wide"),), silent)

    assert not start.model.clipped
    with pytest.raises(Missed):
        stage(start)
    assert named(WidenAddresses((mark("narrow"),), (mark("wide"),), silent)(start)) == "narrow"


LOWER = (LowerGraph(),)


def steep(search=SEARCH, finish=LOWER, told=silent, **settings) -> FloatSteepFunctions:
    floats = replace(DEFAULTS.floats, **settings)
    return FloatSteepFunctions(search, finish, luts, told, floats)


def test_functions_that_are_not_steep_keep_plain_addresses():
    told = []
    found = steep(told=told.append)(drafted("sin(x*y)", bits=12))

    assert not found.model.allocation.floating
    assert not told


def test_the_smaller_of_both_kinds_of_address_stays():
    start = drafted("sqrt(x*x + y*y)", bits=9, error="1/50")
    both = steep()(start)
    plain = LowerGraph()(run_stages(SEARCH, start))

    assert luts(both.graph) <= luts(plain.graph)


def test_long_functions_are_not_finished_with_plain_addresses_first():
    start, finished = drafted("sqrt(x*x + y*y)", bits=9, error="1/50"), []
    finish = (LowerGraph(), lambda c: finished.append(bool(c.model.allocation.floating)) or c)

    steep(finish=finish, long_bits=4)(start)
    assert finished == [True]
    finished.clear()
    steep(finish=finish)(start)
    assert finished == [False, True]


def refuse_floats(error):
    def stage(candidate):
        if candidate.model.allocation.floating:
            raise error
        return candidate

    return stage


def test_where_floating_point_fails_plain_addresses_stay():
    start = drafted("sqrt(x*x + y*y)", bits=9, error="1/50")
    finish = (refuse_floats(InputError("no")), LowerGraph())

    for long_bits in (4, 16):
        found = steep(finish=finish, long_bits=long_bits)(start)
        assert not found.model.allocation.floating
        assert found.holds
    with pytest.raises(BrokenPromise):
        steep(finish=(refuse_floats(BrokenPromise("wrong")), LowerGraph()))(start)


def test_what_neither_kind_of_address_meets_is_refused_for_the_plain_one():
    start = drafted("sqrt(x*x + y*y)", bits=9, error="1/50")
    search = (lambda c: refuse(AccuracyError("plain"))(c),)

    with pytest.raises(AccuracyError, match="plain"):
        steep(search=search)(start)


def form(name: str) -> Program:
    return Program((), ((name, parse("1", None)),))


def adders(name: str, count: int) -> Lowered:
    """Hardware with an output ``name`` and so many adders."""
    b = Builder()
    x = b.input("x", FixedType.parse("fixed<8,4>"))
    total = x
    for _ in range(count):
        total = b.add(total, x)
    b.output(name, total)
    return Lowered(b.build(), {}, {}, {})


def finish_with(counts):
    """A stage that gives each form its number of adders, or fails."""

    def stage(candidate):
        count = counts[named(candidate)]
        if isinstance(count, Exception):
            raise count
        return replace(candidate, hardware=adders(named(candidate), count))

    return stage


def compare(counts, rank) -> str:
    """Which form stays, "alone" where none does."""
    first, *others = map(form, counts)
    forms = CompareForms(tuple(others), (finish_with(counts),), (mark("alone"),), rank, silent)
    return named(forms(Candidate(first, {})))


@pytest.mark.parametrize(
    ("counts", "best"),
    [
        ({"a": 3, "b": 1, "c": 2}, "b"),
        ({"a": 2, "b": 2, "c": 2}, "a"),  # the program itself where several are equal
        ({"a": InputError("no"), "b": 3, "c": ArithmeticError()}, "b"),
        ({"a": InputError("no"), "b": InputError("no")}, "alone"),
        ({"a": 5}, "alone"),  # there are no other forms
    ],
)
def test_the_form_that_is_ranked_first_stays(counts, best):
    assert compare(counts, rank) == best


def test_forms_far_larger_than_the_smallest_are_not_ranked():
    ranked = []

    def note(graph):
        ranked.append(graph.outputs[0].name)
        return (0.0,)

    assert compare({"a": 9, "b": 2, "c": 3}, note) == "b"
    assert ranked == ["b", "c"]


def test_a_broken_promise_ends_the_comparison():
    with pytest.raises(BrokenPromise):
        compare({"a": 1, "b": BrokenPromise("wrong")}, rank)
