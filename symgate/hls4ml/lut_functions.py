"""Tables as hls4ml's users state them: a function, the number of entries, and where they begin and
end.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symgate.errors import InputError
from symgate.frontend.language.infix import parse
from symgate.frontend.language.source import Source
from symgate.frontend.samples import MOST
from symgate.ir.evaluate import evaluate
from symgate.ir.expr import Expr, var
from symgate.ir.types import FixedType

_KEYS = ("math_func", "range_start", "range_end", "table_size")
_FORM = "{'cos_lut': {'math_func': 'cos', 'range_start': -4, 'range_end': 4, 'table_size': 1024}}"
_SIZE = 1024  # of hls4ml's tables where none is stated
#: What hls4ml's `init_pysr_lut_functions` gives PySR's users by default.
DEFAULTS: dict[str, tuple[str, int, int]] = {
    "sin_lut": ("sin", -4, 4),
    "cos_lut": ("cos", -4, 4),
    "tan_lut": ("tan", -4, 4),
    "log_lut": ("log", 0, 8),
    "exp_lut": ("exp", 0, 16),
}


@dataclass(frozen=True)
class LutFunction:
    """``size`` values of ``function`` in equal steps from ``start`` to ``end``; each holds up to
    the next point, and the first and last ones beyond the ends.
    """

    name: str
    function: str
    start: Fraction
    end: Fraction
    size: int

    @staticmethod
    def stated(name: str, given: Any) -> LutFunction:
        """Read hls4ml's statement of a table, or its `LUTFunction`; raise `InputError` for what is
        none.
        """
        values = given if isinstance(given, Mapping) else vars(given)
        missing = [key for key in _KEYS[:3] if key not in values]
        if missing:
            raise InputError(f"lut_functions: {name} has no {missing[0]}", expected=_FORM)
        ends = [Fraction(str(values[key])) for key in ("range_start", "range_end")]
        size = int(values.get("table_size", _SIZE))
        if not (ends[0] < ends[1] and 2 <= size <= MOST):
            what = f"lut_functions: {name} has {size} entries from {ends[0]} to {ends[1]}"
            raise InputError(what, expected=f"2 to {MOST} entries, and a start below the end")
        return LutFunction(name, str(values["math_func"]), ends[0], ends[1], size)

    @property
    def points(self) -> list[Fraction]:
        """Where the entries stand."""
        step = (self.end - self.start) / self.size
        return [self.start + k * step for k in range(self.size)]

    def table(self, entries: FixedType) -> dict[str, object]:
        """The table as `symgate.frontend.options.Options.tables` takes it: its entries cut to the
        format, as hls4ml cuts them, or its ends where they do not fit.
        """
        expression = parse(Source(f"{self.function}(t)", symbol=self.name), {"t": var("t")})
        points = self.points
        raw = _codes(expression, points, entries)
        values = [code * entries.ulp for code in raw]
        return {"x": points, "y": values, "between": "step", "ends": "hold"}


def _codes(expression: Expr, points: list[Fraction], entries: FixedType) -> list[int]:
    """The entries as codes; where the function has no value, the nearest one that there is."""
    with np.errstate(all="ignore"):
        reals = evaluate([expression], {"t": np.array([float(p) for p in points])})[0]
    scaled = np.ldexp(np.broadcast_to(reals, len(points)).astype(float), entries.frac)
    known = [
        k for k, value in enumerate(scaled) if not math.isnan(value) and abs(value) != math.inf
    ]
    if not known:
        raise InputError("a function of lut_functions has no value anywhere in its range")
    nearest = np.array(known)[np.abs(np.subtract.outer(range(len(points)), known)).argmin(axis=1)]
    return [min(max(math.floor(scaled[k]), entries.lo), entries.hi) for k in nearest]


def stated(given: Mapping[str, Any] | Iterable[Any] | None) -> dict[str, LutFunction]:
    """The tables that a user states, by name, and hls4ml's own defaults for PySR."""
    found = {
        name: LutFunction(name, function, Fraction(start), Fraction(end), _SIZE)
        for name, (function, start, end) in DEFAULTS.items()
    }
    several: Iterable[Any] = () if given is None or isinstance(given, Mapping) else given
    named = given if isinstance(given, Mapping) else {one.name: one for one in several}
    return found | {str(name): LutFunction.stated(str(name), one) for name, one in named.items()}
