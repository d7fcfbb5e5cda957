"""What the converter returns: hls4ml's model as far as its users call it, made by symgate."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate import api
from symgate.backends.hls import Hls
from symgate.backends.hls_project import FEATURES, PREDICTIONS, dat
from symgate.errors import AccuracyError, CheckFailed, InputError, ToolMissing
from symgate.files import replace_file
from symgate.hls4ml.data import rows_of
from symgate.ir.design import Design
from symgate.patience import Patience
from symgate.project.folder import Build
from symgate.sim import ap_types, cpp, simulator
from symgate.sim.vectors import quantise, reals

#: hls4ml's own defaults.
_PART, _CLOCK = "xcvu13p-flga2577-2-e", 5
_UNCERTAINTY = {"vivado_hls": "12.5%", "vitis_hls": "27%"}
_INTERFACES = {"io_parallel": "array", "io_stream": "axis"}
_BUILD = "symgate"  # the folder with the certificate and the RTL
#: What the largest errors are multiplied by where the user states none and they cannot be met.
_RELAXED = (1, 2, 4)
_STEPS = ("reset", "csim", "synth", "cosim", "validation", "export", "vsynth")


@dataclass(frozen=True)
class Config:
    """The settings of a model under hls4ml's names."""

    config: dict[str, Any] = field(default_factory=dict)

    @staticmethod
    def of(
        output: Path,
        name: str,
        *,
        part: str | None,
        clock_period: float | None,
        clock_uncertainty: str | None,
        io_type: str | None,
        compiler: str | None,
        backend: str,
        precision: str,
        symbols: Sequence[str],
        paths: tuple[str | None, str | None],
        data: tuple[str | Path | None, str | Path | None],
    ) -> Config:
        """The settings, with hls4ml's defaults for what is None."""
        compiler = compiler or ("vitis_hls" if backend == "Vitis" else "vivado_hls")
        for what, value, known in (
            ("compiler", compiler, _UNCERTAINTY),
            ("io_type", io_type or "io_parallel", _INTERFACES),
        ):
            if value not in known:
                raise InputError(f"{what} '{value}' is unknown", expected=" or ".join(known))
        return Config(
            {
                "OutputDir": str(output),
                "ProjectName": name,
                "Backend": backend,
                "Part": part or _PART,
                "ClockPeriod": _CLOCK if clock_period is None else clock_period,
                "ClockUncertainty": clock_uncertainty or _UNCERTAINTY[compiler],
                "IOType": io_type or "io_parallel",
                "Compiler": compiler,
                "HLSIncludePath": paths[0],
                "HLSLibsPath": paths[1],
                "NSymbols": len(symbols),
                "Symbols": list(symbols),
                "InputData": data[0],
                "OutputPredictions": data[1],
                "HLSConfig": {"Model": {"Precision": precision, "ReuseFactor": 1}},
                "Version": "1.0.0",
            }
        )

    def get_config_value(self, key: str, default: Any = None) -> Any:
        """The value of ``key``, or ``default``."""
        return self.config.get(key, default)

    def get_output_dir(self) -> str:
        """The folder of the project."""
        return str(self.config["OutputDir"])

    def get_project_name(self) -> str:
        """The name of the top function."""
        return str(self.config["ProjectName"])


class SymbolicModel:
    """An expression as firmware. ``design`` is what is compiled; the folder ``symgate`` in the
    output folder is a build as `symgate compile` writes it, for `symgate verify` and `report`.
    """

    def __init__(
        self,
        design: Design,
        config: Config,
        search_seconds: float | None = None,
        stated: bool = True,
    ) -> None:
        self.design, self.config, self._stated = design, config, stated
        self._search_seconds = search_seconds
        self._build: Build | None = None
        self._library: cpp.Library | None = None

    @property
    def path(self) -> Path:
        """The folder of the project."""
        return Path(self.config.get_output_dir())

    @property
    def firmware(self) -> Build:
        """The compiled design, with its certificate and report; compiled where it is not yet."""
        if self._build is None:
            self.path.mkdir(parents=True, exist_ok=True)
            self._build = self._compiled()
        return self._build

    def _compiled(self) -> Build:
        """The build; with larger errors where the user stated none and they cannot be met."""
        for factor in _RELAXED:
            errors = {n: e * factor for n, e in self.design.accuracy.max_error.items()}
            design = replace(self.design, accuracy=replace(self.design.accuracy, max_error=errors))
            patience = None if self._search_seconds is None else Patience(self._search_seconds)
            try:
                return api.compile(design, self.path / _BUILD, patience=patience)
            except AccuracyError:
                if self._stated or factor == _RELAXED[-1]:
                    raise
        raise AssertionError

    @property
    def bounds(self) -> dict[str, float]:
        """The certified error bound of each output."""
        return {bound.output: bound.bound for bound in self.firmware.certificate.bounds}

    def write(self) -> None:
        """Write the HLS project into the output folder, in the layout of hls4ml."""
        files = {**self._files(), **ap_types.files()}
        for name, text in files.items():
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            replace_file(self.path / name, text)

    def compile(self) -> None:
        """Write the project and compile its C++ with g++ and the vendor's headers."""
        self.write()
        files = self._files()
        graph = self.firmware.graph
        self._library = cpp.Library([cpp.Project(self.config.get_project_name(), graph, files)])

    def predict(self, x: NDArray[Any]) -> NDArray[Any]:
        """The outputs for rows of inputs, an array of (rows, outputs); by the compiled C++ where
        `compile` was called, else by the NumPy model, which has the same bits.

        An input is taken to the nearest code of its port in range.
        """
        rows = np.asarray(x, float).reshape(-1, len(self.design.inputs))
        results = self._run(self._codes(rows))
        types = {port.name: port.type for port in self.firmware.graph.outputs}
        columns = [reals(results[name], types[name]) for name, _ in self.design.outputs]
        dtype = x.dtype if isinstance(x, np.ndarray) and x.dtype.kind == "f" else np.float64
        return np.stack(columns, axis=1).astype(dtype)

    def build(self, **steps: bool) -> dict[str, Any]:
        """Run the HLS tool on the project, as hls4ml's `build` does; return what its report says.

        ``steps``: reset, csim, synth, cosim, validation, export, vsynth. Raise `ToolMissing` where
        no tool is installed, `CheckFailed` where it fails.
        """
        unknown = [step for step in steps if step not in _STEPS]
        if unknown:
            raise InputError(f"build has no step '{unknown[0]}'", expected=", ".join(_STEPS))
        self.write()
        stated = {"csim": True, "synth": True, **steps}
        text = "".join(f"    {step:10} {int(stated.get(step, False))}\n" for step in _STEPS)
        replace_file(self.path / "build_opt.tcl", f"array set opt {{\n{text}}}\n")
        done = subprocess.run(self._command(), cwd=self.path, check=False)
        if done.returncode:
            raise CheckFailed(
                f"the HLS tool ends with code {done.returncode}", where=str(self.path)
            )
        return self._report()

    # Parts

    def _files(self) -> Mapping[str, str]:
        """The files of the HLS project, with the user's data in its test bench."""
        interface = _INTERFACES[self.config.get_config_value("IOType")]
        uncertainty = str(self.config.get_config_value("ClockUncertainty"))
        firmware = self.firmware.firmware
        target = replace(firmware.design.target, part=self.config.get_config_value("Part"))
        firmware = replace(firmware, design=replace(firmware.design, target=target))
        files = dict(Hls(interface, uncertainty).emit(firmware))
        given = self.config.get_config_value("InputData")
        if given is not None:
            files |= self._bench_data(Path(given))
        return files

    def _bench_data(self, path: Path) -> dict[str, str]:
        """The data of the test bench from a user's file, with the exact outputs."""
        graph = self.firmware.graph
        codes = self._codes(rows_of(path, len(self.design.inputs)))
        results = simulator.simulate(graph, codes)
        sides = ((FEATURES, graph.inputs, codes), (PREDICTIONS, graph.outputs, results))
        return {
            file: dat(
                [port.type for port in ports],
                zip(*([int(c) for c in columns[port.name]] for port in ports), strict=True),
            )
            for file, ports, columns in sides
        }

    def _codes(self, rows: NDArray[np.float64]) -> dict[str, Any]:
        ports = enumerate(self.design.inputs)
        return {port.name: quantise(rows[:, k], port)[0] for k, port in ports}

    def _run(self, codes: Mapping[str, Any]) -> Mapping[str, Any]:
        if self._library is not None:
            return self._library.run(self.config.get_project_name(), codes)
        return simulator.simulate(self.firmware.graph, codes)

    def _command(self) -> list[str]:
        """The command that runs the HLS tool which the user names, or its successor."""
        script = "build_prj.tcl"
        is_vitis = self.config.get_config_value("Compiler") == "vitis_hls"
        if is_vitis and shutil.which("vitis-run"):
            return ["vitis-run", "--mode", "hls", "--tcl", script]
        tool = str(self.config.get_config_value("Compiler"))
        if shutil.which(tool) is None:
            named = "vitis-run or vitis_hls" if is_vitis else tool
            raise ToolMissing(f"build needs {named}", remedy="put the vendor's tool on PATH")
        return [tool, "-f", script]

    def _report(self) -> dict[str, Any]:
        """What the tool reports, read by hls4ml where it is installed."""
        try:
            from hls4ml.report import parse_vivado_report
        except ImportError:
            return {}
        return dict(parse_vivado_report(str(self.path)) or {})
