"""What the benchmarks share: where data are, samples, error statistics, results as JSON, tables on
the terminal.
"""

from __future__ import annotations

import json
import math
import platform
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))  # run from a clone that is not installed, too

from rich.console import Console  # noqa: E402 - after the path is set, like all of symgate
from rich.table import Table  # noqa: E402

from symgate.ir.design import Design, Input  # noqa: E402
from symgate.ir.evaluate import evaluate  # noqa: E402
from symgate.sim.vectors import quantise, reals  # noqa: E402

SHARED = ROOT.parent / "shared" / "data"  # beside the clone of a developer; a user may not have it
RESULTS = HERE / "results"
SAMPLES = 200_000
SEED = 0
PACKAGES = ("alkaid", "da4ml", "hls4ml", "numpy", "pyosys")

Reals = NDArray[np.float64]
Row = dict[str, Any]
_T = TypeVar("_T")
console = Console(width=None if sys.stdout.isatty() else 160)


# Samples


def normal(design: Design, count: int = SAMPLES, seed: int = SEED) -> Reals:
    """Rows from N(0, 1), clipped to +-7.9 and rounded to the ports' formats."""
    draws = np.random.default_rng(seed).normal(0, 1, (count, len(design.inputs)))
    return on_ports(design, np.clip(draws, -7.9, 7.9))


def uniform(design: Design, count: int = SAMPLES, seed: int = SEED) -> Reals:
    """Rows that are uniform over every code in the ranges of the inputs."""
    rng = np.random.default_rng(seed + 1)
    columns = [
        rng.integers(i.raw.lo, i.raw.hi, count, endpoint=True) * float(i.type.ulp)
        for i in design.inputs
    ]
    return np.stack(columns, axis=1)


def on_ports(design: Design, rows: Reals) -> Reals:
    """``rows`` rounded and clipped to the formats of the ports."""
    return np.stack([_on_port(i, rows[:, k]) for k, i in enumerate(design.inputs)], axis=1)


def _on_port(port: Input, column: Reals) -> Reals:
    return reals(quantise(column, port)[0], port.type)


def reference(design: Design, rows: Reals) -> Reals:
    """The outputs in float64, one column each."""
    env = {i.name: rows[:, k] for k, i in enumerate(design.inputs)}
    values = evaluate([e for _, e in design.outputs], env)
    return np.stack([np.broadcast_to(v, len(rows)) for v in values], axis=1)


def largest_errors(outputs: Reals, truth: Reals) -> list[float]:
    """The largest error of each output."""
    return [float(e) for e in np.abs(outputs - truth).max(axis=0)]


# Time and results


def folder(name: str) -> Path:
    """A folder in ``build`` for files that a benchmark makes."""
    path = ROOT / "build" / "benchmarks" / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def timed(step: Callable[[], _T]) -> tuple[_T, dict[str, float]]:
    """What ``step`` returns, and its wall-clock and processor seconds (a busy machine only
    stretches the first).
    """
    wall, cpu = time.perf_counter(), time.process_time()
    result = step()
    return result, {
        "wall": round(time.perf_counter() - wall, 3),
        "cpu": round(time.process_time() - cpu, 3),
    }


def installed(package: str) -> str | None:
    """The version of a package, or None."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def provenance() -> dict[str, Any]:
    """What a number depends on besides the code: versions and machine."""
    versions = {name: installed(name) for name in PACKAGES}
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "versions": versions,
        "seed": SEED,
    }


def save(name: str, rows: Sequence[Row], **extra: Any) -> Path:
    """Write ``results/<name>.json``, whole or not at all."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    text = json.dumps(
        {"provenance": provenance(), **extra, "rows": list(rows)}, indent=1, default=float
    )
    aside = path.with_suffix(".tmp")
    aside.write_text(text + "\n", encoding="utf-8")
    return aside.replace(path)


def saved(name: str) -> list[Row]:
    """The rows of an earlier run; none where there was none."""
    path = RESULTS / f"{name}.json"
    rows: list[Row] = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []
    return rows


def merge(old: Iterable[Row], new: Iterable[Row], *keys: str) -> list[Row]:
    """``old`` rows with those of ``new`` that have the same ``keys`` in their place, further ones
    at the end.
    """
    table = {tuple(row.get(k) for k in keys): row for row in old}
    table.update({tuple(row.get(k) for k in keys): row for row in new})
    return list(table.values())


# Tables


def show(
    title: str, columns: Mapping[str, str], rows: Iterable[Row], note: str = "", names: int = 1
) -> None:
    """Print ``rows``: ``columns`` maps a key (dots go into dicts) to its heading; the first
    ``names`` are text.
    """
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        header_style="dim",
    )
    for k, heading in enumerate(columns.values()):
        table.add_column(heading, justify="left" if k < names else "right", overflow="fold")
    for row in rows:
        table.add_row(*(cell(pick(row, key)) for key in columns))
    console.print(table)
    if note:
        console.print(note, style="dim", highlight=False)
    console.print()


def pick(row: Row, key: str) -> Any:
    """The value of a dotted key, or None."""
    value: Any = row
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def cell(value: Any) -> str:
    """A value for a reader; "-" where it was not measured."""
    if value is None:
        return "-"
    if isinstance(value, list | tuple):
        return "/".join(map(short, value)) if len(value) <= 5 else f"max {short(max(value))}"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def short(value: float | str) -> str:
    """Two digits without the leading zero, as in .049; text as it is."""
    if isinstance(value, str):
        return value
    if not 0 < abs(value) < 1:
        return f"{value:.2g}"
    return (
        f"{value:.{1 - math.floor(math.log10(abs(value)))}f}".removeprefix("0")
        if value >= 1e-3
        else f"{value:.0e}"
    )


def percent(share: float, rows: int) -> str:
    """A share that was counted on ``rows`` rows, with its statistical error (one standard
    deviation).
    """
    from symgate.sim.metrics import sigma

    return f"{100 * share:.1f} +- {100 * sigma(share, rows):.1f} %"
