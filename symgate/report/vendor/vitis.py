"""The synthesis report of Vitis HLS and Vivado HLS: ``*csynth.xml``."""

from __future__ import annotations

from xml.etree import ElementTree

from symgate.report.vendor.figures import Figures, number

#: Elements of the resources; Vivado HLS and Vitis HLS name DSP slices differently.
_RESOURCES = {"lut": ("LUT",), "ff": ("FF",), "dsp": ("DSP", "DSP48E"), "bram": ("BRAM_18K",)}


def synthesis(text: str) -> Figures | None:
    """Return the estimates of a synthesis, before Vivado has seen it."""
    if "<!DOCTYPE" in text:  # entities, which these reports do not have
        return None
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return None
    resources = root.find("AreaEstimates/Resources")
    if resources is None:
        return None
    counts = {
        name: next((int(n) for tag in tags if (n := _value(resources, tag)) is not None), None)
        for name, tags in _RESOURCES.items()
    }
    estimates = "PerformanceEstimates/"
    clock = _value(root, estimates + "SummaryOfTimingAnalysis/EstimatedClockPeriod")
    cycles = _value(root, estimates + "SummaryOfOverallLatency/Worst-caseLatency")
    latency = None if cycles is None else int(cycles)
    return Figures("Vitis HLS", "C synthesis", **counts, clock_ns=clock, cycles=latency)


def _value(element: ElementTree.Element, path: str) -> float | None:
    """The number at ``path``; None where there is none, as "undef"."""
    try:
        return number(element.findtext(path) or "")
    except ValueError:
        return None
