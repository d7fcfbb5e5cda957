"""A point of the box at which an operand is outside its operator's domain, to show in a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice, product

import numpy as np
from numpy.typing import NDArray

from symgate.ir.evaluate import evaluate
from symgate.ir.expr import Expr, variables
from symgate.ir.operators import Domain

Point = dict[str, float]
_Floats = NDArray[np.float64]
#: Random points beside the corners of the box, and corners at most.
_POINTS, _CORNERS = 1 << 12, 1 << 8
#: Numbers at which formulas often have no value, as squares and products do only there.
_PLAIN = (0.0, 1.0, -1.0)
#: Halvings of a segment whose ends have values of either sign, and the part of these values that
#: the value in between may have (more, and the operand jumps there), and of coordinates that counts
#: as nothing.
_HALVINGS, _CLOSE, _STEP = 60, 1e-6, 1e-12


def point_outside(
    operand: Expr, domain: Domain, ranges: Mapping[str, tuple[float, float]]
) -> Point | None:
    """Inputs in ``ranges`` where ``operand`` leaves ``domain``, or is 0 where it may not be; None
    where trying some thousand points shows none.
    """
    names = variables([operand])
    if not names:
        return None
    points = _points([ranges[name] for name in names])
    values = _values(operand, names, points)
    known = np.flatnonzero(np.isfinite(values))
    if not known.size:
        return None
    least, most = known[np.argmin(values[known])], known[np.argmax(values[known])]
    for at in (least, most):
        value = float(values[at])
        if not domain.holds(value, value):
            return dict(zip(names, map(float, points[:, at]), strict=True))
    if domain.holds(float(values[least]), float(values[most])):
        return None
    return _crossing(operand, names, points[:, least], points[:, most])


def told(point: Point) -> str:
    """``x = 1, y = 0.3``."""
    return ", ".join(f"{name} = {value:.4g}" for name, value in point.items())


def _points(ends: list[tuple[float, float]]) -> _Floats:
    """Corners of the box, random points and plain numbers in it, one in each column."""
    low, high = np.array(ends, dtype=np.float64).T
    random = np.random.default_rng(0).uniform(size=(len(ends), _POINTS))
    corners = product((0.0, 1.0), repeat=min(len(ends), _CORNERS.bit_length() - 1))
    first = np.array(list(corners)).T
    rest = np.zeros((len(ends) - first.shape[0], first.shape[1]))
    share = np.concatenate([np.concatenate([first, rest]), random], axis=1)
    spread = low[:, None] * (1 - share) + high[:, None] * share
    return np.concatenate([spread, _plain_points(ends)], axis=1)


def _plain_points(ends: list[tuple[float, float]]) -> _Floats:
    """Points of plain numbers; inputs that have none in their range are at their lower end."""
    choices = [[x for x in _PLAIN if low <= x <= high] or [low] for low, high in ends]
    columns = islice(product(*choices[::-1]), _CORNERS)
    return np.array([column[::-1] for column in columns], dtype=np.float64).T


def _values(operand: Expr, names: tuple[str, ...] | list[str], points: _Floats) -> _Floats:
    with np.errstate(all="ignore"):
        (values,) = evaluate([operand], dict(zip(names, points, strict=True)))
    return np.broadcast_to(np.asarray(values, dtype=np.float64), points.shape[1])


def _crossing(
    operand: Expr, names: tuple[str, ...] | list[str], below: _Floats, above: _Floats
) -> Point | None:
    """Where ``operand`` is 0 on the way from a point where it is negative to one where it is positive."""
    size = np.abs(_values(operand, names, np.stack([below, above], axis=1))).max()
    steps = np.maximum(np.abs(below), np.abs(above)) * _STEP
    for _ in range(_HALVINGS):
        middle = (below + above) / 2
        if _values(operand, names, middle[:, None])[0] < 0:
            below = middle
        else:
            above = middle
    nearest = float(_values(operand, names, above[:, None])[0])
    if not abs(nearest) <= _CLOSE * size:
        return None
    at = np.where(np.abs(above) < steps, 0.0, above)  # 0, where that is within rounding errors
    return dict(zip(names, map(float, at), strict=True))
