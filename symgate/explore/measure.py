"""One point: a resolved design compiled in memory, checked, and measured.

What comes back is text without times or places, so that the same task gives the same bytes on any
machine, in any order, in one process or in many.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import symgate
from symgate.caches import remembered
from symgate.errors import BrokenPromise, InputError, SymgateError
from symgate.frontend.design_file import toml
from symgate.ir import text
from symgate.ir.design import Design
from symgate.ir.firmware import Firmware
from symgate.passes import compiler
from symgate.passes.steps.unit import CompileSettings
from symgate.patience import Patience
from symgate.proof import evidence
from symgate.report.estimate import luts, resources
from symgate.sim.data import Table
from symgate.sim.frames import table_of
from symgate.sim.input_bits import random_values, rounding
from symgate.sim.loss import losses
from symgate.sim.simulate import Simulation, simulate

_VALUES = 2048  # random ones, which are rounded onto the grids of the inputs
FORMAT = 1  # of a point's text; another one makes all points anew
#: The rooms that decide what a point is; a change of their code makes all points anew.
_DECIDING = ("ir", "passes", "frontend", "sim", "proof", "backends")


@dataclass(frozen=True)
class Task:
    """All that a point depends on. ``patience``: processor seconds after which what may be smaller
    is tried no longer; infinite by default, as the result would depend on the machine.
    """

    design: str  # a design file in which everything is resolved
    patience: float = math.inf
    rows: str | None = None  # a CSV text that the result is tried on
    label: str | None = None
    files: tuple[tuple[str, str], ...] = ()  # data that the design names, and their hashes
    code: str = ""  # of the symgate that made the task

    @property
    def key(self) -> str:
        """What names the point: 20 digits, from all fields."""
        fields = asdict(self) | {"patience": str(self.patience), "format": FORMAT}
        return sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:20]


@remembered
def code() -> str:
    """Return what names this symgate: its version and a hash of its code."""
    top = Path(symgate.__file__).parent
    found = sha256()
    for room in _DECIDING:
        for file in sorted((top / room).rglob("*.py")):
            found.update(file.relative_to(top).as_posix().encode() + b"\0" + file.read_bytes())
    return f"{symgate.__version__}-{found.hexdigest()[:12]}"


def measured(task: Task) -> str:
    """Return the point of ``task`` as JSON text; one that is refused says why.

    Raise `InputError` where another symgate made the task, `BrokenPromise` for our own mistake.
    """
    if task.code != code():
        raise InputError(
            f"this worker has symgate {code()}, the task is of {task.code}",
            remedy="install the same symgate on every machine, and start the workers again",
        )
    try:
        found = _measured(toml.loads(task.design), task)
    except BrokenPromise:
        raise
    except SymgateError as e:
        found = {"refused": e.what}
    point = {"key": task.key, "symgate": task.code, **found, "design": task.design}
    return json.dumps(point, indent=1, ensure_ascii=False) + "\n"


def _measured(design: Design, task: Task) -> dict[str, Any]:
    settings = replace(_settings(design), patience=Patience(task.patience))
    firmware = evidence.validated(compiler.run_steps(design, settings))
    evidence.gather(firmware)
    graph, clock = firmware.graph, design.target.clock_ns
    bounds = {bound.output: float(bound.bound) for bound in firmware.certificate.bounds}
    table = _table(design, task)
    values = random_values(design, _VALUES) if table is None else table.columns
    moved = rounding(design, values)
    return {
        "refused": None,
        **{name: math.ceil(value) for name, value in resources(graph).items()},
        "cycles": graph.latency,
        "ns": graph.latency * clock,
        "bound": max(bounds.values(), default=0.0),
        "bounds": bounds,
        "rounding": moved,
        "total": max((bounds[name] + moved[name] for name in bounds), default=0.0),
        "on_data": None if table is None else _on_data(firmware, table),
        "stopped": firmware.stopped or None,
        "graph": sha256(text.show(graph).encode()).hexdigest()[:20],
    }


def _settings(design: Design) -> CompileSettings:
    accuracy = design.accuracy
    loss = None
    if accuracy.metric is not None and accuracy.data is not None:
        loss = losses(design, table_of(design, accuracy.data, accuracy.label))
    return CompileSettings(measure=luts, loss=loss)


def _table(design: Design, task: Task) -> Table | None:
    if task.rows is None:
        return None
    with TemporaryDirectory(prefix="symgate-") as folder:
        path = Path(folder) / "rows.csv"
        path.write_text(task.rows, encoding="utf-8")
        return table_of(design, path, task.label)


def _on_data(firmware: Firmware, table: Table) -> dict[str, Any]:
    """How good the firmware is on the rows, by what these tell; smaller losses are better."""
    found = simulate(firmware.design, firmware.graph, table)
    for metric, loss in _LOSSES.items():
        values = found.metric(metric)
        if values is not None:
            return _told(metric, *values, loss, found)
    worst = max(output.total.rms for output in found.outputs if output.total is not None)
    return _told("rms error", 0.0, worst, _LOSSES["rmse"], found)


def _told(
    metric: str, real: float, fixed: float, loss: Callable[[float], float], found: Simulation
) -> dict[str, Any]:
    values = {"float": real, "fixed": fixed, "loss": loss(fixed), "rows": found.rows}
    return {"metric": metric, **values}


_LOSSES: dict[str, Callable[[float], float]] = {
    "accuracy": lambda value: 1 - value,
    "rmse": lambda value: value,
    "agreement": lambda value: 1 - value,
}
