"""How many bits the inputs need: what rounding values onto their grids does to the outputs, for a
few widths around those of a design.

The certified error leaves this out, since it is about values on the grid. Nothing is compiled: the
formulas are evaluated in float64 at the values and at the rounded ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.ir.classes import choices_of
from symgate.ir.design import Design, Input
from symgate.ir.types import FixedType
from symgate.sim.simulate import Stats, reference
from symgate.sim.vectors import quantise, reals

Columns = Mapping[str, NDArray[np.float64]]
#: Bits more or less than those of the design.
CHANGES = (-4, -2, 0, 2, 4)


def random_values(design: Design, count: int, seed: int = 0) -> dict[str, NDArray[np.float64]]:
    """Return real values over the range of each input, on no grid."""
    rng = np.random.default_rng(seed)
    return {port.name: rng.uniform(*port.span, count) for port in design.inputs}


def input_bits(design: Design, values: Columns, source: str) -> dict[str, Any]:
    """Return per change of the widths the largest and rms error of each output.

    ``bits`` is the narrowest and the widest input. Changes that leave an input without a bit are
    left out.
    """
    exact = reference(design, values)
    rows = []
    for change in CHANGES:
        ports = [_wider(port, change) for port in design.inputs]
        if any(port is None for port in ports):
            continue
        found = [port for port in ports if port is not None]
        rounded = {port.name: _rounded(values[port.name], port) for port in found}
        moved = reference(design, rounded)
        widths = [port.type.width for port in found]
        rows.append({
            "change": change,
            "bits": [min(widths), max(widths)],
            "outputs": {name: _size(moved[name] - exact[name]) for name in exact},
        })  # fmt: skip
    count = len(next(iter(values.values()), ()))
    classes = [name for name, e in design.outputs if choices_of(e) is not None]
    return {"source": source, "rows": count, "widths": rows, "classes": classes}


def rounding(design: Design, values: Columns) -> dict[str, float]:
    """Return the largest change of each output where ``values`` are rounded onto the grids of the
    ports.
    """
    rounded = {port.name: _rounded(values[port.name], port) for port in design.inputs}
    exact, moved = reference(design, values), reference(design, rounded)
    return {name: _size(moved[name] - exact[name])["max"] for name in exact}


def _wider(port: Input, change: int) -> Input | None:
    """``port`` with more fraction bits, its range as it is; None where nothing is left of it."""
    kind = port.type
    if kind.width + change < 1 + kind.signed:
        return None
    wider = FixedType(kind.signed, kind.width + change, kind.frac + change)
    ends = (Fraction(end) * wider.ulp for end in (wider.lo, wider.hi))
    lo, hi = max(port.lo, next(ends)), min(port.hi, next(ends))
    return replace(port, type=wider, lo=lo, hi=max(hi, lo))


def _rounded(values: NDArray[np.float64], port: Input) -> NDArray[np.float64]:
    codes, _ = quantise(values, port)
    return reals(codes, port.type)


def _size(error: NDArray[np.float64]) -> dict[str, float]:
    stats = Stats.of(error)
    return {"max": float(f"{stats.max:.6g}"), "rms": float(f"{stats.rms:.6g}")}


def worst_outputs(
    found: Mapping[str, Any], bounds: Mapping[str, float]
) -> list[tuple[Mapping[str, Any], str, float | None]]:
    """Return each width with the output whose rounding error is largest against its certified
    bound, and that ratio: None where there is none, as of a class, whose bound is about its score.
    """
    classes = found.get("classes", ())
    rows: list[tuple[Mapping[str, Any], str, float | None]] = []
    for row in found["widths"]:
        shares = {
            name: size["max"] / bounds[name]
            for name, size in row["outputs"].items()
            if bounds.get(name) and name not in classes
        }
        if shares:
            name = max(shares, key=lambda name: shares[name])
            rows.append((row, name, shares[name]))
        else:
            rows.append((row, next(iter(row["outputs"])), None))
    return rows


def width_text(row: Mapping[str, Any]) -> str:
    """Return the widths of a row: one, or from the narrowest input to the widest."""
    low, high = row["bits"]
    return str(low) if low == high else f"{low} to {high}"
