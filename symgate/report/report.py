"""``report.json``: the keys other tools rely on. Each verb fills its part; what was not measured is
null.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from symgate import __version__
from symgate.ir.design import Design
from symgate.ir.firmware import Firmware
from symgate.project.manifest import report_text
from symgate.proof.verify import Verification
from symgate.report import first_look
from symgate.report.pictures import pictures
from symgate.report.sharing import sharing
from symgate.report.timing import timing
from symgate.sim.simulate import Simulation

Report = dict[str, Any]
RESOURCES = ("lut", "ff", "dsp", "bram")
SYNTHESIS = ("tool", "family", *RESOURCES, "carry")


def fresh(
    firmware: Firmware,
    estimate: Mapping[str, float],
    input_saturation: Mapping[str, Any] | None = None,
) -> Report:
    """Return the report of a design that was compiled and not yet simulated."""
    cycles = firmware.graph.latency
    return {
        "name": firmware.name,
        "symgate_version": __version__,
        "ii": firmware.graph.interval,
        **({"sharing": shared} if (shared := sharing(firmware)) else {}),
        "latency": {"cycles": cycles, "ns": cycles * firmware.design.target.clock_ns},
        "timing": timing(firmware),
        "outputs": {
            port.name: {
                "format": str(port.type),
                "certified_bound": _finite(firmware.certificate.bound(port.name)),
                "observed_max": None,
                "rms": None,
            }
            for port in firmware.graph.outputs
        },
        "metric": None,
        "verify": {"vectors": None, "mismatches": None, "models": None},
        "estimate": {
            key: math.ceil(estimate[key]) if key in estimate else None for key in RESOURCES
        },
        "input_saturation": input_saturation,
        "synthesis": None,
        "evidence": None,
        "seconds": {"compile": None, **{k: round(v, 3) for k, v in firmware.seconds.items()}},
        "input_bits": None,
        "checks": None,
        "simulation": None,
    }


def with_plain(report: Report, found: Mapping[str, Any] | None) -> Report:
    """Return ``report`` with what Yosys makes of the plain Verilog, where that is estimated."""
    return {**report, "plain": dict(found)} if found else report


def with_evidence(report: Report, found: Mapping[str, Any]) -> Report:
    """Return ``report`` with what the compilation tried against its own bounds."""
    return {**report, "evidence": found}


def with_first_look(report: Report, firmware: Firmware, data: Any = None) -> Report:
    """Return ``report`` with errors on random inputs, and what other widths of the inputs would do
    on ``data``.
    """
    looked = {
        "simulation": first_look.errors(firmware),
        "input_bits": first_look.bits(firmware.design, data),
    }
    return {**report, **looked}


def with_assumed(report: Report, assumed: Sequence[str]) -> Report:
    """Return ``report`` with what the reader of the source took for granted, where that is
    something.
    """
    return {**report, "assumed": list(assumed)} if assumed else report


def with_stopped(report: Report, reason: str) -> Report:
    """Return ``report`` with why the search ended before it had tried all, where it did."""
    return {**report, "stopped": reason} if reason else report


def with_beyond(report: Report, found: Mapping[str, Any]) -> Report:
    """Return ``report`` with an input for each output that leaves its stated format, where one
    does.
    """
    return {**report, "beyond_formats": dict(found)} if found else report


def with_simulation(
    report: Report, simulation: Simulation, metric: str = "accuracy", design: Design | None = None
) -> Report:
    """Return ``report`` with the observed errors, the metric where the data carried labels, and
    what plots show where the ``design`` is given.
    """
    new = {**report, "simulation": pictures(simulation, design)} if design else report
    for output in simulation.outputs:
        new = _observe(new, output.name, output.fixed.max, output.fixed.rms)
    values = simulation.metric(metric)
    if values is None:
        return new
    measured = {
        "name": metric,
        "float": _finite(values[0]),
        "fixed": _finite(values[1]),
        "data": simulation.source,
    }
    return {**new, "metric": {**measured, "rows": simulation.rows}}


def with_verification(report: Report, verification: Verification) -> Report:
    """Return ``report`` with the vectors and models that were compared, and the largest errors
    seen.
    """
    new = report
    for o in verification.bounds:
        new = _observe(new, o.output, o.max, o.rms)
    for m in verification.maxima:
        if m.proves and not verification.problems:
            entry = {**new["outputs"][m.output], "certified_bound": _finite(m.error)}
            new = {**new, "outputs": {**new["outputs"], m.output: entry}}
    v = verification
    counts = {"vectors": v.vectors, "mismatches": v.mismatches, "models": v.models}
    return {**new, "verify": counts, "checks": {"runs": _runs(v), "proof": _second_proof(v)}}


def _runs(v: Verification) -> list[dict[str, Any]]:
    """What came of each model."""
    keys = ("model", "vectors", "mismatches", "skipped", "failed")
    return [{key: getattr(run, key) for key in keys} for run in v.runs]


def _second_proof(v: Verification) -> list[dict[str, Any]]:
    """What the second proof says of each output."""
    keys = ("output", "certified", "reached", "verdict", "problem")
    found = [{key: getattr(output, key) for key in keys} for output in v.recheck]
    return [_strict(one) for one in found]


def with_synthesis(report: Report, counts: Mapping[str, Any]) -> Report:
    """Return ``report`` with the netlist counts of a synthesis tool."""
    return {**report, "synthesis": {key: counts.get(key) for key in SYNTHESIS}}


def with_seconds(report: Report, verb: str, seconds: float) -> Report:
    """Return ``report`` with the run time of ``verb``."""
    return {**report, "seconds": {**report["seconds"], verb: round(seconds, 3)}}


def _observe(report: Report, output: str, largest: float, rms: float) -> Report:
    """The largest error seen so far on this build, and the rms of the latest run."""
    entry = report["outputs"][output]
    seen = [v for v in (entry["observed_max"], _finite(largest)) if v is not None]
    entry = {**entry, "observed_max": max(seen, default=None), "rms": _finite(rms)}
    return {**report, "outputs": {**report["outputs"], output: entry}}


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def dumps(report: Report) -> str:
    """Return the text of ``report.json``, with the hash that tells whether it was edited."""
    return report_text(report)


def simulation_json(s: Simulation) -> dict[str, Any]:
    """Return what `symgate simulate` found, for machines."""
    c = s.classifier
    return {
        "source": s.source,
        "rows": s.rows,
        "outputs": {
            output.name: {k: v for k, v in _strict(asdict(output)).items() if k != "name"}
            for output in s.outputs
        },
        "input_saturations": s.input_saturations,
        "saturations": s.saturations,
        "rmse": s.rmse,
        "classifier": None if c is None else {**_strict(asdict(c)), "sigma": c.sigma},
    }


def verification_json(v: Verification) -> dict[str, Any]:
    """Return what `symgate verify` found, for machines."""
    return {
        **_strict(asdict(v)),
        "mismatches": v.mismatches,
        "problems": v.problems,
        "notes": v.notes,
    }


def _strict(value: Any) -> Any:
    """Numbers that JSON does not have become null."""
    if isinstance(value, dict):
        return {k: _strict(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(v) for v in value]
    return _finite(value) if isinstance(value, float) else value
