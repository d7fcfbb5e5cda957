"""What a build folder holds besides its report: certificate, design, graph, and the projects."""

from __future__ import annotations

from pathlib import Path

from symgate.backends.hls import Hls
from symgate.backends.readme import Readme
from symgate.backends.rtl import Rtl
from symgate.backends.vhdl import Vhdl
from symgate.frontend.design_file import toml
from symgate.ir import text
from symgate.ir.firmware import Firmware
from symgate.ir.saturation import driven
from symgate.project import certificate, folder
from symgate.sim import ap_types, numpy_model, rtl_bench, wrapper_bench
from symgate.sim.vectors import make

BENCH_VECTORS = 1000  # of the bench in tests/


def files(firmware: Firmware, path: Path) -> dict[str, str]:
    """Everything in the build folder except the report."""
    files = {
        folder.CERTIFICATE: certificate.dumps(firmware.certificate),
        folder.DESIGN: toml.dump(firmware.design, path),
        folder.GRAPH: text.show(firmware.graph),
        **Readme().emit(firmware),
    }
    parts = {
        "hls": {**Hls().emit(firmware), **ap_types.files()},
        "rtl": Rtl().emit(firmware),
        "vhdl": {} if firmware.graph.interval > 1 else Vhdl().emit(firmware),
        "tests": _bench(firmware),
    }
    return files | {
        f"{part}/{name}": content
        for part, emitted in parts.items()
        for name, content in emitted.items()
    }


def _bench(firmware: Firmware) -> dict[str, str]:
    """The cocotb bench with corners and random vectors, the same ones each time."""
    design = firmware.design
    v = make(driven(design), BENCH_VECTORS, seed=0, inside=design.inputs)
    inputs = v.take(BENCH_VECTORS)
    graph, name = firmware.graph, firmware.name
    return {
        **rtl_bench.emit(graph, name, inputs, numpy_model.simulate(graph, inputs)),
        **wrapper_bench.emit(graph, name, inputs, firmware.design.constants),
    }
