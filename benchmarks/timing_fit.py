"""The delay model of `symgate.ir.fixed_ops.delays` against routed paths of public Vivado reports:
nets by quantile regression, and how it does on designs that were left out.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from common import HERE, Reals, Row

from symgate.ir.fixed_ops.delays import Delays, delays_of, families

FACTS = HERE / "facts" / "timing"
LARGEST_FANOUT = 200
#: What a path of these reports lost besides: the median uncertainty, skew and setup, ns.
OVERHEAD = {"UltraScale+": 0.06, "7-series": 0.10}
#: A part of each family at the speed grade of its data file, and the designs that are alike ours.
PART = {"UltraScale+": "xcvu9p-flga2104-2-e", "7-series": "xc7a35tcpg236-1"}
COMPACT = ("lakeroad", "LogicNets", "FSRCNN", "KANELE", "chirp", "led_blink")
_SERIES_7 = ("artix7", "zynq7", "spartan7", "virtex7")
WANTED = 0.95


@dataclass(frozen=True)
class Path_:
    """A path from flip-flop to flip-flop, its delay at the speed grade of the family's file."""

    design: str
    delay: float
    luts: int
    carries: int
    muxes: tuple[int, int]
    nets: int
    doublings: float  # the sum of log2 of the fan-outs of its nets

    def cells(self, delays: Delays) -> float:
        """What its cells take, by the model."""
        chain = delays.carries(self.carries) - delays.lut if self.carries else 0.0
        muxes = sum(n * ns for n, ns in zip(self.muxes, delays.muxes, strict=False))
        return delays.clock_to_q + self.luts * delays.lut + chain + muxes

    def whole(self, delays: Delays) -> float:
        """What it takes, by the model."""
        nets = self.nets * delays.first + self.doublings * delays.doubling
        return self.cells(delays) + nets


# ------------------------------------------------------------------ facts


@cache
def facts(name: str) -> list[dict[str, str]]:
    """The rows of a table of facts."""
    with (FACTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def paths(family: str, alike: bool = True) -> list[Path_]:
    """The usable paths of a family; of UltraScale+ those of designs that are alike ours, or those
    of all others.
    """
    sources = {row["source"]: row for row in facts("sources")}
    found = []
    for row in facts("paths"):
        source = sources[row["source"]]
        if not _usable(row, family) or _alike(source["design"], family) != alike:
            continue
        found.append(_path(row, f"{source['design']} {row['grade']}", family))
    return found


def _usable(row: dict[str, str], family: str) -> bool:
    """Whether a path belongs to ``family``, at a speed grade that it has, and has no block in it."""
    # "in_fit": to data pins; that of 7-series was not told from clock enables and resets
    of_ultrascale = row["family"] == "us+" and row["in_fit"] == "1"
    mine = of_ultrascale if family == "UltraScale+" else row["family"] in _SERIES_7
    known = row["grade"] in _data(family)["grades"]
    fanout = float(row["max_fanout"]) <= LARGEST_FANOUT
    plain = all(cell.startswith(("LUT", "CARRY", "MUXF")) for cell in _cells(row))
    return mine and known and fanout and plain


def _alike(design: str, family: str) -> bool:
    return family != "UltraScale+" or any(word in design for word in COMPACT)


def _data(family: str) -> dict[str, dict[str, float]]:
    return next(data for data in families() if data["family"] == family)


def _cells(row: dict[str, str]) -> Counter[str]:
    """The cells of a path, LUTs of all sizes as one kind."""
    found: Counter[str] = Counter()
    for word in row["cells"].split():
        name, count = word.split("=")
        found["LUT" if name.startswith("LUT") else name] += int(count)
    return found


def _path(row: dict[str, str], design: str, family: str) -> Path_:
    cells = _cells(row)
    return Path_(
        design,
        float(row["data_path_delay_ns"]) / _data(family)["grades"][row["grade"]],
        cells["LUT"],
        cells["CARRY8"] + cells["CARRY4"],
        (cells["MUXF7"], cells["MUXF8"]),
        int(row["general_nets"]),
        float(row["sum_log2_fanout"]),
    )


# ------------------------------------------------------------------ the fit


def fitted(chosen: Sequence[Path_], delays: Delays, quantile: float) -> Delays:
    """``delays`` with nets by quantile regression; each design weighs the root of its paths."""
    from scipy.optimize import linprog

    counts = Counter(path.design for path in chosen)
    weight = np.array([1 / math.sqrt(counts[path.design]) for path in chosen])
    columns = np.array([[path.nets, path.doublings] for path in chosen], dtype=float)
    rest = np.array([path.delay - path.cells(delays) for path in chosen])
    ones = np.eye(len(chosen))
    found = linprog(
        np.concatenate([np.zeros(2), quantile * weight, (1 - quantile) * weight]),
        A_eq=np.hstack([columns, ones, -ones]),
        b_eq=rest,
        bounds=(0, None),
    )
    first, doubling = (float(value) for value in found.x[:2])
    return replace(delays, first=first, doubling=doubling)


Model = Callable[[Path_], float]


@dataclass(frozen=True)
class Judged:
    """What paths take, by reports and by a model, and the same for the worst path of each design."""

    actual: Reals
    model: Reals
    worst: Reals  # (actual + overhead) / (model + overhead) of each design

    def share(self) -> float:
        """The largest part of a period that a model may use, so that enough designs meet it."""
        ordered = np.sort(self.worst)
        return float(1 / ordered[math.ceil(WANTED * len(ordered)) - 1])

    def met(self, share: float) -> float:
        """The part of designs that meets a clock whose ``share`` the model fills."""
        return float(np.mean(self.worst * share <= 1 + 1e-9))

    def row(self, share: float) -> Row:
        """The figures of a table."""
        off = np.abs(self.model - self.actual) / self.actual
        return {
            "paths": len(self.actual), "designs": len(self.worst),
            "mean": off.mean(), "p90": np.quantile(off, 0.9),
            "median": float(np.median(self.worst)), "p95": float(np.quantile(self.worst, 0.95)),
            "largest": self.share(), "share": share, "met": self.met(share),
        }  # fmt: skip


def judged(chosen: Sequence[Path_], model: Model, overhead: float) -> Judged:
    """``chosen`` by a model of single paths."""
    actual = np.array([path.delay for path in chosen])
    found = np.array([model(path) for path in chosen])
    names = np.array([path.design for path in chosen])
    ratios = [
        (actual[names == name].max() + overhead) / (found[names == name].max() + overhead)
        for name in dict.fromkeys(names)
    ]
    return Judged(actual, found, np.array(ratios))


def left_out(chosen: Sequence[Path_], delays: Delays, quantile: float, overhead: float) -> Judged:
    """``chosen``, each by nets that were fitted without its design."""
    models = {
        name: fitted([p for p in chosen if p.design != name], delays, quantile)
        for name in {path.design for path in chosen}
    }
    return judged(chosen, lambda path: path.whole(models[path.design]), overhead)


def nested(chosen: Sequence[Path_], delays: Delays, quantile: float, overhead: float) -> float:
    """The part of designs that meets its clock, where neither nets nor share know the design."""
    ratios = left_out(chosen, delays, quantile, overhead).worst
    met = [ratio * _share(np.delete(ratios, k)) <= 1 + 1e-9 for k, ratio in enumerate(ratios)]
    return float(np.mean(met))


def _share(ratios: Reals) -> float:
    return Judged(ratios, ratios, ratios).share()


def former(path: Path_) -> float:
    """The model before decision 0031: a hop in each LUT and chain, no fan-out, no clock-to-Q."""
    lone = max(0, path.luts - bool(path.carries))
    return 0.35 * lone + (0.45 + 0.004 * 8 * path.carries if path.carries else 0.0)


def own(family: str) -> Delays:
    """The model in the package."""
    return delays_of(PART[family])


def source_of(path: Path) -> str:
    """A file of facts for a reader."""
    return path.name
