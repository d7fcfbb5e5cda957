"""What came of an initiation interval of several cycles: how many slices its products share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symgate.ir.firmware import Firmware
from symgate.ir.fixed_ops.delays import delays_of
from symgate.ir.hard_blocks import all_dsps, dsps, saved_slices
from symgate.passes.hardware.cost import choice_luts
from symgate.passes.hardware.initiation import ShareProducts


def sharing(firmware: Firmware) -> dict[str, Any] | None:
    """What `report.json` says of it; None where inputs may come in every cycle."""
    graph, wanted = firmware.graph, firmware.design.target.ii
    if wanted == 1:
        return None
    return {
        "ii": wanted,
        "products": sum(len(unit) for unit in graph.shared),
        "multipliers": len(graph.shared),
        "dsp": all_dsps(graph),
        "dsp_saved": saved_slices(graph),
        "choice_lut": round(choice_luts(graph)),
        "why_not": "" if graph.shared else _why_not(firmware),
    }


def _why_not(firmware: Firmware) -> str:
    """Why no products share a slice."""
    graph, target = firmware.graph, firmware.design.target
    if sum(dsps(graph, i) == 1 for i in range(len(graph.nodes))) < 2:
        return "fewer than two products are in a DSP slice; dsp = N allows them"
    if not ShareProducts.of(target).candidates(graph):
        fastest = delays_of(target.part).family
        return f"a clock of {target.clock_ns:g} ns leaves no time for a choice in front of a slice of {fastest}"
    return (
        "it would take more cycles than the latency allows, or more LUT than the slices are worth"
    )


def sentence(told: Mapping[str, Any]) -> str:
    """The same in words."""
    if told["why_not"]:
        return f"Nothing is shared at ii = {told['ii']}: {told['why_not']}. Inputs may come in every cycle."
    return (
        f"Inputs come every {told['ii']} cycles: {told['products']} products take turns on "
        f"{told['multipliers']} DSP slice{'s' if told['multipliers'] > 1 else ''}, which saves "
        f"{told['dsp_saved']} DSP and takes {told['choice_lut']:,} LUT for the choice of operands."
    )
