"""A compiled design as a block of a network."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate import api
from symgate.backends.hls_block import block_header, block_names
from symgate.backends.hls_tops import holding
from symgate.built import Build
from symgate.frontend.options import Options
from symgate.ir.types import FixedType
from symgate.sim import simulator
from symgate.sim.cpp import default_cache
from symgate.sim.vectors import quantise, reals


@dataclass(frozen=True)
class Block:
    """A build as a function of rows. Inputs and outputs are in the order of the design's ports."""

    build: Build

    @staticmethod
    def of(source: Any, output: Path | str | None = None, **options: Any) -> Block:
        """The block of a build folder, or of anything that `symgate.compile` takes, compiled into
        ``output`` with `symgate.frontend.options.Options`.
        """
        if isinstance(source, Build) or (isinstance(source, (str, Path)) and _is_build(source)):
            return Block(api.load(source))
        return Block(api.compile(source, output, options=Options(**options)))

    @property
    def inputs(self) -> int:
        """The number of inputs."""
        return len(self.build.graph.inputs)

    @property
    def outputs(self) -> int:
        """The number of outputs."""
        return len(self.build.graph.outputs)

    @property
    def result(self) -> FixedType:
        """The narrowest format that holds every value of every output, by the certificate."""
        return holding([port.type for port in self.build.graph.outputs])

    def predict(self, x: NDArray[Any]) -> NDArray[np.float64]:
        """The outputs for rows of inputs, bit by bit those of the firmware: (rows, outputs)."""
        rows = np.asarray(x, float).reshape(-1, self.inputs)
        ports = enumerate(self.build.design.inputs)
        codes = {port.name: quantise(rows[:, k], port)[0] for k, port in ports}
        results = simulator.simulate(self.build.graph, codes)
        return np.stack([reals(results[p.name], p.type) for p in self.build.graph.outputs], axis=1)

    @cached_property
    def name(self) -> str:
        """A name that no other block has: that of the design, and a part of its hash."""
        text = repr((self.build.graph, self.build.design.target.dsp))
        return f"symgate_{self.build.name}_{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    @cached_property
    def space(self) -> str:
        """The namespace of its functions."""
        return block_names(self.build.firmware, self.name).space

    def header(self) -> Path:
        """The file with its C++, written where it is not there yet."""
        path = default_cache().parent / "hls4ml" / f"{self.name}.h"
        text = block_header(self.build.firmware, self.name)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return path.resolve()


def _is_build(path: str | Path) -> bool:
    return (Path(path) / "report.json").is_file() if len(str(path)) < 1000 else False
