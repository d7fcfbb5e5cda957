"""The front of a search for formulas, for people; for programs it is `symgate.learn.fit.frontfile`."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from rich.markup import escape
from rich.table import Table

from symgate.frontend.language.source import Source
from symgate.frontend.language.values import positive
from symgate.ir.exprtext import show
from symgate.learn.data import Samples
from symgate.learn.fit.archive import BETWEEN, Candidate
from symgate.learn.fit.found import EXACT, Found
from symgate.learn.fit.numbers import rounded
from symgate.project.folder import Build
from symgate.report import plain

_CELLS = "", "nodes", "held-out loss", "firmware", "LUT", "cycles", "engine", "formula"
_CELLS_OF_CLASSES = "", "nodes", "largest", "accuracy", "firmware", "LUT", "cycles", "scores"
_LEFT = "", "engine", "formula", "scores"
#: Of constants in the table; files have all of them.
_DIGITS = 4
#: Fewer rows than these for each input are said, and a formula that leaves more of the variance than
#: this, or is right on no more than this share of what the most frequent class is wrong on. Choices.
_ROWS, _LEFT_OVER, _GAINED = 10, 0.5, 0.1
_CAPTION = (
    "held-out loss: mean squared error over the variance, on {rows} that no engine saw: 1 is no "
    "better than the mean, 0 is exact. firmware: the same of the fixed-point result. "
)
_CAPTION_OF_CLASSES = (
    "largest: nodes of the largest score. accuracy: on {rows} that no engine saw; firmware: the same "
    "of the fixed-point result. "
)
_CAPTION_OF_COST = (
    "LUT: cells (as `primitives = true` writes them) of a quick compilation, before place and route; "
    "the firmware that is built is searched for longer, and its plain Verilog takes more. * is the "
    "choice (--pick). Constants have {digits} digits here, and all in front.csv."
)


def table(found: Found, chosen: Candidate | None) -> Table:
    """Sizes, losses on rows that no engine saw, and hardware; the chosen formula is marked."""
    out = Table(box=None, pad_edge=False, header_style="dim")
    for name in _CELLS_OF_CLASSES if found.classes else _CELLS:
        out.add_column(name, justify="left" if name in _LEFT else "right")
    for c in found.candidates:
        cells = _cells_of_classes(c) if found.classes else _cells(c)
        out.add_row("*" if c == chosen else "", *cells)
    return out


def caption(found: Found) -> str:
    """What the columns of the table mean."""
    losses = _CAPTION_OF_CLASSES if found.classes else _CAPTION
    rows = "1 row" if found.held_rows == 1 else f"{found.held_rows:,} rows"
    return f"\n{losses}{_CAPTION_OF_COST}".format(rows=rows, digits=_DIGITS)


def firmware(found: Found, build: Build) -> str:
    """Latency, size and certified error of what was built."""
    report, cycles = build.report, build.report["latency"]["cycles"]
    size = f"{report['estimate']['lut']:,} LUT"
    if counts := report.get("plain"):
        size += f" as cells, {plain.shown(counts['lut'])} as plain Verilog"
    errors = [f"{b.output} {b.bound:.3g}" for b in build.certificate.bounds]
    delay = f"{cycles} cycle{'s' if cycles != 1 else ''} = {report['latency']['ns']:g} ns"
    certified = f"certified error {', '.join(errors)}"
    if found.classes:
        certified = f"certified: the chosen score is at most {_margin(build)} below the largest"
    return f"Firmware: latency {delay}, {size}, {certified}"


def _margin(build: Build) -> str:
    return f"{max(bound.bound for bound in build.certificate.bounds):.3g}"


def ranges(found: Found, chosen: Candidate) -> str:
    """Where the ranges of the ports come from."""
    if found.classes:
        return (
            "Ports hold 99 % of the values of their columns, others saturate (--range states one)"
        )
    if found.is_held_to_rows(chosen):
        return (
            "Ports have the ranges of the rows: the formula is not defined everywhere further out"
        )
    return "Ports hold the rows and a margin, which --range-margin and --range change"


def doubts(found: Found, chosen: Candidate, samples: Samples) -> list[str]:
    """What speaks against the choice: few rows, or a formula that says little."""
    out, inputs = [], len(samples.features)
    if len(samples) < _ROWS * inputs:
        count = f"{len(samples)} rows for {inputs} input{'s' if inputs > 1 else ''} are few"
        out.append(f"{count}: a formula may fit them by chance; {_ROWS * inputs} or more tell more")
    if found.classes:
        most = float(np.bincount(samples.y).max()) / len(samples)
        right = chosen.accuracy or 0.0
        if right <= most + _GAINED * (1 - most):
            out.append(
                f"the scores are right on {_share(right)} of the held-out rows, and the most frequent "
                f"class is on {_share(most)}: do the columns tell the class?"
            )
    elif math.isinf(chosen.held):
        out.append("no formula of the front is defined on all held-out rows")
    elif chosen.held > _LEFT_OVER:
        out.append(
            f"the formula is hardly better than the mean: it leaves {100 * chosen.held:.0f} % of the "
            "variance of held-out rows; give it more --budget, more rows, or columns that tell more"
        )
    return out


def coarse(
    found: Found, chosen: Candidate, samples: Samples, relative_error: str, build: Build
) -> list[str]:
    """Whether what the firmware may add is more than what the formula itself is wrong by."""
    if found.classes or chosen.held < EXACT:
        return []
    out = []
    share = positive(relative_error, Source(relative_error), "relative_error")
    for bound, values in zip(build.certificate.bounds, samples.wanted().T, strict=True):
        own = math.sqrt(chosen.held) * float(values.std())
        if own < bound.bound < math.inf:
            bits = math.ceil(math.log2(bound.bound / own / float(share)))
            out.append(
                f"the certified error of {bound.output}, {bound.bound:.2g}, is larger than the error of the "
                f"formula on held-out rows, {own:.2g} rms: --relative-error 2^-{bits} brings it below"
            )
    return out


def refusals(found: Found) -> list[str]:
    """Why formulas of the front were refused, one line for each reason."""
    reasons: dict[str, list[str]] = {}
    for c in found.candidates:
        if c.refused is not None:
            reasons.setdefault(c.refused, []).append(str(c.nodes))
    return [
        f"Refused, of {', '.join(sizes)} nodes: {escape(reason)}"
        for reason, sizes in reasons.items()
    ]


def _cells(c: Candidate) -> Sequence[str]:
    hardware = [_number(c.fixed, 2), _number(c.lut, 6), _number(c.cycles, 3)]
    if c.refused is not None:
        hardware[0] = "refused"
    return [str(c.nodes), f"{c.held:.2g}", *hardware, c.engine, escape(_few_digits(c))]


def _cells_of_classes(c: Candidate) -> Sequence[str]:
    firmware = "refused" if c.refused is not None else _share(c.fixed_accuracy)
    sizes = [str(c.nodes), _number(c.largest, 4), _share(c.accuracy), firmware]
    return [*sizes, _number(c.lut, 6), _number(c.cycles, 3), escape(_few_digits(c))]


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}g}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f} %"


def _few_digits(c: Candidate, limit: int = 120) -> str:
    text = BETWEEN.join(show(rounded(e, _DIGITS)) for e in c.formulas)
    return text if len(text) <= limit else text[: limit - 3] + "..."
