"""The bound of every output, confirmed by halving sub-boxes of the inputs where it is not yet small
enough.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from symgate.proof.chain import Chain
from symgate.proof.spans import Floats, Span

_HUGE = 1e100
_CHUNK, _TRIED = 4096, 48  # sub-boxes at a time, and on how many a direction is tried

Live = Mapping[str, Span]  # sub-boxes of the inputs
Wanted = Mapping[
    str, tuple[str, Span, float]
]  # per output its value, the value's offset, and the bound to confirm


@dataclass(frozen=True)
class Reached:
    """The bound that was proved for each output, and on how many sub-boxes."""

    bounds: dict[str, float]
    boxes: int


def bounds(
    chain: Chain,
    ranges: Mapping[str, tuple[float, float]],
    wanted: Wanted,
    most: int,
) -> Reached:
    """Halve sub-boxes until the bound of every output is at most what is wanted, or there are
    ``most`` of them.
    """
    live: Live = {n: Span.of([a], [b]) for n, (a, b) in ranges.items()}
    chain.prepare(live)
    reached, used = dict.fromkeys(wanted, 0.0), 1
    while True:
        found = _evaluated(chain, live, wanted)
        ratio = _ratio(found, wanted)
        open_ = np.flatnonzero(~(ratio <= 1))
        points = all(np.all(s.lo == s.hi) for s in live.values())
        stop = used + 2 * len(open_) > most or not len(open_) or points
        for name, f in zip(wanted, found, strict=True):
            kept = f if stop else np.delete(f, open_)
            reached[name] = max(reached[name], float(np.max(kept, initial=0.0)))
        if stop:
            return Reached(reached, used)
        live = {n: s.at(open_) for n, s in live.items()}
        live = _halved(live, _direction(chain, live, ratio[open_], wanted))
        used += len(open_)


def _ratio(found: Sequence[Floats], wanted: Wanted) -> Floats:
    """The worst bound over what is wanted, for each sub-box."""
    out: Floats = np.max(
        [f / max(w[2], 1 / _HUGE) for f, w in zip(found, wanted.values(), strict=True)], axis=0
    )
    return out


def _evaluated(chain: Chain, live: Live, wanted: Wanted) -> list[Floats]:
    size = max((s.lo.size for s in live.values()), default=1)
    out: list[list[Floats]] = [[] for _ in wanted]
    for start in range(0, size, _CHUNK):
        part = {n: s.at(slice(start, start + _CHUNK)) for n, s in live.items()}
        p, rows = chain.forward(part), min(_CHUNK, size - start)
        for found, (value, offset, _) in zip(out, wanted.values(), strict=True):
            error = (chain.bound(p, value) - offset) if value in chain.at else -offset
            found.append(np.broadcast_to(error.size, rows))
    return [np.concatenate(f) for f in out]


def _direction(chain: Chain, live: Live, ratio: Floats, wanted: Wanted) -> str:
    """The input that matters most: taking only its middle part, in the worst sub-boxes, makes the
    bound smallest.

    Where that is no clear gain, as on a part that still holds a whole wave, the widest one.
    """
    names = [n for n, s in live.items() if np.any(s.hi > s.lo)]
    worst = np.argsort(-np.nan_to_num(ratio, nan=np.inf))[:_TRIED]
    sample = {n: s.at(worst) for n, s in live.items()}
    trials = [sample | {n: _middle(sample[n])} for n in names]
    joined = {
        n: Span(*(np.concatenate([getattr(t[n], side) for t in trials]) for side in ("lo", "hi")))
        for n in live
    }
    score = np.minimum(
        np.nan_to_num(_ratio(_evaluated(chain, joined, wanted), wanted), nan=_HUGE), _HUGE
    )
    means = score.reshape(len(names), -1).mean(1)
    return min(
        zip(
            means.round(3),
            [-float(np.max(live[n].hi - live[n].lo)) for n in names],
            names,
            strict=True,
        )
    )[2]


def _middle(s: Span) -> Span:
    """The middle quarter."""
    width = s.hi - s.lo
    return Span(s.lo + 0.375 * width, s.hi - 0.375 * width)


def _halved(live: Live, name: str) -> dict[str, Span]:
    middle = (live[name].lo + live[name].hi) / 2
    halves = {n: (s, s) for n, s in live.items()}
    halves[name] = Span(live[name].lo, middle), Span(middle, live[name].hi)
    return {
        n: Span(np.concatenate([a.lo, b.lo]), np.concatenate([a.hi, b.hi]))
        for n, (a, b) in halves.items()
    }
