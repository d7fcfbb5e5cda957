"""The meanings of ``sin(x)/x`` and of its slope: smooth at 0, where their quotients are not defined."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgate.ir.boxes import WIDENING, Array, Box, magnitudes, misplaced, outward
from symgate.ir.meanings import arb, hull

#: Where the slope of ``sphere_factor`` is 0 first, and the least value of it and of ``sinc``, a
#: little outside.
_FIRST_LEAST, _LEAST_SPHERE, _LEAST_SINC = 5.7634, -0.0863, -0.2173
#: The factors of ``x**0, x**2, ...`` in ``sphere_factor``, each from the one before.
_STEPS = [-1 / (2 * k * (2 * k + 3)) for k in range(1, 10)]
#: What a difference of a sine and a cosine of about 1 may lose, at most 8 units of 2^-53 of each.
_CANCELLED = 2.0**-48
_NEAR = 1.0  # up to here the series loses nothing, and the quotient two bits


def sinc(x: Any) -> Any:
    """``sin(x)/x``, and 1 at 0; 0 at infinity."""
    x = np.asarray(x, float)
    safe = np.where((x == 0) | np.isinf(x), 1.0, x)
    return np.where(x == 0, 1.0, np.where(np.isinf(x), 0.0, np.sin(safe) / safe))


def sphere_factor(x: Any) -> Any:
    """``3 (sin(x) - x cos(x))/x**3``, and 1 at 0; 0 at infinity."""
    x = np.asarray(x, float)
    size = np.abs(x)
    near = np.minimum(size, _NEAR) ** 2
    series: Any = np.ones_like(near)
    for step in reversed(_STEPS):
        series = 1.0 + step * near * series
    far = np.where(np.isinf(size), 1.0, np.maximum(size, _NEAR))
    quotient = 3 * (np.sin(far) / far - np.cos(far)) / far / far
    return np.where(size < _NEAR, series, np.where(np.isinf(size), 0.0, quotient))


def sinc_tensor(ops: Any, x: Any) -> Any:
    """`sinc` of tensors, with a slope at 0."""
    safe = ops.where(x == 0, ops.ones_like(x), x)
    return ops.where(x == 0, ops.ones_like(x), ops.sin(safe) / safe)


def sphere_tensor(ops: Any, x: Any) -> Any:
    """`sphere_factor` of tensors, with a slope at 0."""
    near = ops.abs(x) < 1e-2
    safe = ops.where(near, ops.ones_like(x), x)
    quotient = 3 * (ops.sin(safe) - safe * ops.cos(safe)) / (safe * safe * safe)
    return ops.where(near, 1 - ops.square(x) / 10, quotient)


def sphere_ball(x: Any) -> Any:
    """`sphere_factor` of a ball: it falls until `_FIRST_LEAST`."""
    if not x.is_finite():
        return hull(arb(1), arb(_LEAST_SPHERE))
    size = abs(x)
    low, high = size.lower().max(arb(0)), size.upper()
    if high <= _FIRST_LEAST:
        return hull(_sphere_at(low), _sphere_at(high))
    if low > 1:
        return 3 * (x.sin() - x * x.cos()) / x**3
    return hull(arb(1), arb(_LEAST_SPHERE))


def _sphere_at(x: Any) -> Any:
    """`sphere_factor` of a ball of hardly any radius, as a series in ``x**2``."""
    return (-(x**2) / 4).hypgeom_0f1(arb(5) / 2)


def sinc_box(x: Box) -> Box:
    """``sinc`` of intervals: its ends where it has no turning point inside, else the quotient."""
    size = magnitudes(x)
    return _even_box(size, sinc, _is_monotone(size), _quotient(size), _LEAST_SINC)


def sphere_box(x: Box) -> Box:
    """``sphere_factor`` of intervals: its ends up to its first turning point, else the quotient."""
    size = magnitudes(x)
    with np.errstate(all="ignore"):
        reach = 3 * (1 + 1 / size.lo) / size.lo**2 * (1 + WIDENING.turning)
    reach = np.where(size.lo > 0, reach + WIDENING.tiny, np.inf)
    return _even_box(
        size, sphere_factor, size.hi <= _FIRST_LEAST, Box(-reach, reach), _LEAST_SPHERE
    )


def _even_box(size: Box, function: Any, monotone: Any, other: Box, least: float) -> Box:
    """A function of magnitudes that is at most 1, and at least ``least``."""
    with np.errstate(all="ignore"):
        ends = [np.nan_to_num(function(end), nan=0.0) for end in (size.lo, size.hi)]
    out = outward(np.minimum(*ends) - _CANCELLED, np.maximum(*ends) + _CANCELLED)
    lo, hi = np.where(monotone, out.lo, other.lo), np.where(monotone, out.hi, other.hi)
    return Box(np.clip(lo, least, 1.0), np.clip(hi, least, 1.0))


def _is_monotone(size: Box) -> Any:
    """Whether ``sinc`` surely has no turning point inside, at which ``tan(x) = x``.

    The one below ``q``, a half more than a whole number of half turns, is at least ``q - 1/q - 1/q^3``
    and at most ``q - 1/q``.
    """
    with np.errstate(all="ignore"):
        off = misplaced(size)
        first = np.maximum(1.0, np.floor((size.lo - off) / np.pi))
        found: Any = np.zeros(np.broadcast(size.lo, size.hi).shape, bool)
        for next_one in (0.0, 1.0):
            place: Array = (first + next_one + 0.5) * np.pi
            low, high = place - 1 / place - place**-3 - off, place - 1 / place + off
            found = found | ((size.lo <= high) & (size.hi >= low))
        near = size.hi - size.lo < 3.0
        return ((size.hi < 4.49) | (near & ~found)) & (size.hi <= WIDENING.largest_angle)


def _quotient(size: Box) -> Box:
    """At most ``1/x`` of the nearest end."""
    with np.errstate(all="ignore"):
        reach = 1 / size.lo * (1 + WIDENING.turning) + WIDENING.tiny
        reach = np.where(size.lo > 0, reach, np.inf)
    return Box(-reach, reach)
