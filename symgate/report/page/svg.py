"""Plots as inline SVG: scales, axes, bars, lines; colours come from the style of the page."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from symgate.report.page.html import Child, Html, el
from symgate.report.page.numbers import short


@dataclass(frozen=True)
class Scale:
    """Values from ``lo`` to ``hi`` onto pixels from ``start`` to ``end``."""

    lo: float
    hi: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        lo, hi, at = (self._linear(v) for v in (self.lo, self.hi, value))
        share = (at - lo) / (hi - lo) if hi > lo else 0.5
        return round(self.start + share * (self.end - self.start), 2)

    def _linear(self, value: float) -> float:
        return math.log10(max(value, 1e-300)) if self.log else value

    def ticks(self, count: int = 4) -> list[float]:
        """Round values inside the scale, about ``count``."""
        if self.log:
            return self._log_ticks()
        span = self.hi - self.lo
        if span <= 0:
            return [self.lo]
        rough = span / count
        unit = 10 ** math.floor(math.log10(rough))
        step = next(unit * k for k in (1, 2, 2.5, 5, 10) if unit * k >= rough * 0.999)
        first = math.ceil(self.lo / step - 1e-9)
        last = math.floor(self.hi / step + 1e-9)
        return [round(k * step, 12) for k in range(first, last + 1)]

    def _log_ticks(self) -> list[float]:
        """Powers of ten; where these are few, more of the round values between them."""
        first, last = math.floor(math.log10(self.lo)), math.floor(math.log10(self.hi))
        for steps in ((1,), (1, 2, 5), (1, 2, 3, 4, 5, 6, 8)):
            found = [step * 10.0**power for power in range(first, last + 1) for step in steps]
            inside = [round(value, 12) for value in found if self.lo <= value <= self.hi]
            if len(inside) >= 3:
                return inside
        return inside or [self.lo, self.hi]


def svg(width: float, height: float, label: str, *inside: Child, class_: str = "plot") -> Html:
    """Return a picture with a text for who does not see it."""
    return el(
        "svg",
        *inside,
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
        role="img",
        aria_label=label,
        class_=class_,
    )


def text(x: float, y: float, content: str, anchor: str = "start", class_: str = "tick") -> Html:
    """Return a text in a picture."""
    return el("text", content, x=x, y=y, text_anchor=anchor, class_=class_)


_APART = (24.0, 13.0)  # pixels between two labels, across and down


def labels(wanted: Iterable[tuple[float, float, str]]) -> list[Html]:
    """Return labels beside dots at these places, without those that would cover one before."""
    kept: list[tuple[float, float]] = []
    shown: list[Html] = []
    for x, y, content in wanted:
        if any(abs(x - a) < _APART[0] and abs(y - b) < _APART[1] for a, b in kept):
            continue
        kept.append((x, y))
        shown.append(text(x + 7, y - 6, content, class_="tick halo"))
    return shown


def titled(shape: str, title: str, class_: str, **attributes: str | float) -> Html:
    """Return a shape that tells its value under the pointer."""
    return el(shape, el("title", title), class_=class_, **attributes)


def polyline(points: Sequence[tuple[float, float]], class_: str, **attributes: str) -> Html:
    """Return a line through points in pixels."""
    where = " ".join(f"{x:g},{y:g}" for x, y in points)
    return el("polyline", points=where, class_=class_, fill="none", **attributes)


@dataclass(frozen=True)
class Axes:
    """A frame with a scale each way."""

    x: Scale
    y: Scale

    def horizontal(self, label: str, tell: Callable[[float], str] = short, count: int = 4) -> Html:
        """The axis below: ticks with their values, and its name."""
        base = self.y.start
        marks: list[Child] = []
        for tick in self.x.ticks(count):
            at = self.x(tick)
            marks.append(el("line", x1=at, x2=at, y1=base, y2=base + 4, class_="axis"))
            marks.append(text(at, base + 16, tell(tick), "middle"))
        line = el("line", x1=self.x.start, x2=self.x.end, y1=base, y2=base, class_="axis")
        middle = (self.x.start + self.x.end) / 2
        return el("g", line, *marks, text(middle, base + 32, label, "middle", "label"))

    def vertical(self, label: str, tell: Callable[[float], str] = short, count: int = 4) -> Html:
        """The axis at the left: faint lines across, their values, and its name."""
        marks: list[Child] = []
        for tick in self.y.ticks(count):
            at = self.y(tick)
            marks.append(el("line", x1=self.x.start, x2=self.x.end, y1=at, y2=at, class_="rule"))
            marks.append(text(self.x.start - 6, at + 4, tell(tick), "end"))
        return el("g", *marks, text(self.x.start, self.y.end - 8, label, "start", "label"))
