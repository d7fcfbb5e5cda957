"""report.json: exactly the keys that other tools rely on, and null for what was not measured."""

from __future__ import annotations

import json
import math
from dataclasses import replace

from symgate import __version__
from symgate.ir.firmware import Certificate
from symgate.project.manifest import signed
from symgate.report import report as reports

KEYS = {
    "name": str,
    "symgate_version": str,
    "ii": int,
    "latency": {"cycles", "ns"},
    "timing": {
        "family",
        "grade",
        "share",
        "met",
        "overhead",
        "budget",
        "fastest_clock",
        "source",
        "note",
        "stages",
    },
    "outputs": dict,
    "metric": {"name", "float", "fixed", "data", "rows"},
    "verify": {"vectors", "mismatches", "models"},
    "estimate": {"lut", "ff", "dsp", "bram"},
    "input_saturation": None,
    "synthesis": {"tool", "family", "lut", "ff", "dsp", "bram", "carry"},
    "simulation": {"source", "rows", "outputs", "clipped_inputs", "classifier"},
    "checks": {"runs", "proof"},
    "input_bits": {"source", "rows", "widths", "classes"},
    "evidence": {"points", "climbs", "ball_points", "all_inputs", "outputs"},
    "seconds": dict,
}  # what the README promises of report.json, and what compiling tried against its own bounds

EVIDENCE = {
    "points": 16_000,
    "climbs": 32,
    "ball_points": 24,
    "all_inputs": False,
    "outputs": {
        "g": {"largest_error": 0.0074, "at": {"x2": 1.5, "x3": -8.0}, "undecided": 0},
        "quark": {"largest_error": None, "at": {"x2": "12345678901234567891"}, "undecided": 2},
    },
}


def test_new_report_has_every_key_and_guesses_nothing(report):
    assert {key: value for key, value in report.items() if key != "timing"} == {
        "name": "jets",
        "symgate_version": __version__,
        "ii": 1,
        "latency": {"cycles": 2, "ns": 10.0},
        "outputs": {
            "g": {
                "format": "fixed<20,7>",
                "certified_bound": 0.0081,
                "observed_max": None,
                "rms": None,
            },
            "quark": {
                "format": "fixed<13,6>",
                "certified_bound": 0.25,
                "observed_max": None,
                "rms": None,
            },
        },
        "metric": None,
        "verify": {"vectors": None, "mismatches": None, "models": None},
        "estimate": {"lut": 1205, "ff": 300, "dsp": 0, "bram": 0},
        "input_saturation": None,
        "synthesis": None,
        "evidence": None,
        "simulation": None,
        "input_bits": None,
        "checks": None,
        "seconds": {"compile": None, "quantize": 1.25},
    }


def test_each_verb_fills_its_part(firmware, report, simulation, verification):
    full = reports.with_evidence(report, EVIDENCE)
    assert full["outputs"]["g"]["observed_max"] is None  # what simulate and verify see

    full = reports.with_first_look(full, firmware)
    assert full["input_bits"]["source"] == "random values in range"
    full = reports.with_simulation(full, simulation, design=firmware.design)
    assert full["metric"] == {
        "name": "accuracy",
        "float": 0.735,
        "fixed": 0.7333,
        "data": "jets.csv",
        "rows": 600,
    }
    assert full["outputs"]["g"]["observed_max"] == 0.0071

    full = reports.with_verification(full, verification)
    assert full["verify"] == {
        "vectors": 104_096,
        "mismatches": 0,
        "models": ["numpy", "cpp", "amaranth"],
    }
    assert full["outputs"]["g"]["observed_max"] == 0.0073

    full = reports.with_seconds(
        reports.with_synthesis(full, {"tool": "yosys", "lut": 7}), "synthesis", 1.23456
    )
    assert full["synthesis"] == {**dict.fromkeys(reports.SYNTHESIS), "tool": "yosys", "lut": 7}
    assert full["seconds"]["synthesis"] == 1.235

    assert set(full) == set(KEYS)
    wanted = {key: keys for key, keys in KEYS.items() if isinstance(keys, set)}
    assert {key: set(full[key]) for key in wanted} == wanted
    assert json.loads(reports.dumps(full)) == signed(full)


def test_largest_error_seen_is_kept(report, simulation, verification):
    after = reports.with_simulation(reports.with_verification(report, verification), simulation)

    assert after["outputs"]["g"]["observed_max"] == 0.0073


def test_metric_is_what_the_design_names(report, simulation):
    metric = reports.with_simulation(report, simulation, "auc")["metric"]

    assert (metric["name"], round(metric["float"], 5)) == ("auc", 0.92115)


def test_infinite_bound_is_null(firmware):
    bounds = tuple(replace(b, bound=math.inf) for b in firmware.certificate.bounds)

    report = reports.fresh(replace(firmware, certificate=Certificate(bounds)), {})
    assert report["outputs"]["g"]["certified_bound"] is None
    assert report["estimate"] == dict.fromkeys(("lut", "ff", "dsp", "bram"))
    reports.dumps(report)


def test_results_for_machines_are_strict_json(simulation, verification, broken):
    simulation = replace(
        simulation, classifier=replace(simulation.classifier, auc={"g": (math.nan, 0.5)})
    )

    text = json.dumps(reports.simulation_json(simulation), allow_nan=False)
    assert json.loads(text)["classifier"]["auc"]["g"] == [None, 0.5]
    assert json.loads(text)["outputs"]["g"]["fixed"]["max"] == 0.0071
    assert json.loads(json.dumps(reports.verification_json(verification)))["problems"] == []
    assert len(json.loads(json.dumps(reports.verification_json(broken)))["problems"]) == 5
