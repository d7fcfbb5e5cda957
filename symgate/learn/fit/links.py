"""Functions of what is wanted that make families of formulas linear."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from symgate.ir.expr import Expr, const, make
from symgate.learn.fit.task import Reals

_ONE, _TWO = const(1), const(2)
#: A link that takes the wanted values further than this is of no use in float64.
_MOST = 1e8


@dataclass(frozen=True)
class Link:
    """``forward(y)``, the slope dy/dforward as a function of ``y``, and the inverse as a formula.

    Residuals are weighted by the slope, so that every link judges by the error in ``y``. ``lo`` and
    ``hi`` say where it is defined.
    """

    name: str
    forward: Callable[[Reals], Reals]
    slope: Callable[[Reals], Reals]
    back: Callable[[Expr], Expr]
    lo: float = -np.inf
    hi: float = np.inf

    def is_defined(self, y: Reals) -> bool:
        """Whether the link has usable values on all of ``y``."""
        if not (np.all(y > self.lo) and np.all(y < self.hi)):
            return False
        with np.errstate(all="ignore"):
            values, slope = self.forward(y), self.slope(y)
        return bool(np.isfinite(values).all() and np.isfinite(slope).all()) and bool(
            np.abs(values).max() < _MOST
        )


PLAIN = Link("y", lambda y: y, np.ones_like, lambda e: e)
#: The ones that a search over many terms tries; the order is that of how often they help.
LINKS = (
    PLAIN,
    Link("log y", np.log, lambda y: y, lambda e: make("exp", e), lo=0),
    Link("1/y", lambda y: 1 / y, lambda y: y**2, lambda e: _ONE / e),
    Link("y^2", np.square, lambda y: 1 / (2 * y), lambda e: make("sqrt", e), lo=0),
    Link("1/y^2", lambda y: y**-2, lambda y: y**3 / 2, lambda e: _ONE / make("sqrt", e), lo=0),
    Link("sqrt y", np.sqrt, lambda y: 2 * np.sqrt(y), lambda e: e**_TWO, lo=0),
    Link("exp y", np.exp, lambda y: np.exp(-y), lambda e: make("log", e)),
)
#: Rarer ones, for searches that are quick: arcs, and the shifted ones of quotients and of waves.
RARE = (
    Link(
        "sin y",
        np.sin,
        lambda y: 1 / np.cos(y),
        lambda e: make("asin", e),
        lo=-np.pi / 2,
        hi=np.pi / 2,
    ),
    Link("cos y", np.cos, lambda y: 1 / np.sin(y), lambda e: make("acos", e), lo=0, hi=np.pi),
    Link("1/(y-1)", lambda y: 1 / (y - 1), lambda y: (y - 1) ** 2, lambda e: 1 + _ONE / e, lo=1),
    Link(
        "log(1+1/y)",
        lambda y: np.log1p(1 / y),
        lambda y: y * (y + 1),
        lambda e: _ONE / (make("exp", e) - 1),
        lo=0,
    ),
    Link("log(y+1)", np.log1p, lambda y: y + 1, lambda e: make("exp", e) - 1, lo=-1),
)


def usable(y: Reals, links: tuple[Link, ...] = LINKS) -> Iterator[Link]:
    """The links that are defined on ``y``."""
    return (link for link in links if link.is_defined(y))
