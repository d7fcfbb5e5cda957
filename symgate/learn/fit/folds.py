"""How good the choice of a search is on rows that neither its engines nor its choice have seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from symgate.learn.data import Samples
from symgate.learn.fit.found import Found
from symgate.learn.fit.search import Progress, Runner, Search, fit, task_of

Fold = Mapping[str, float]


def parts(samples: Samples, count: int, seed: int) -> list[np.ndarray]:
    """The rows of each fold, drawn with ``seed``; those of a class are dealt in turn."""
    order = np.random.default_rng(seed).permutation(len(samples))
    if samples.classes:
        order = order[np.argsort(samples.y[order], kind="stable")]
    return [np.sort(order[k::count]) for k in range(count)]


def cross_validated(
    samples: Samples,
    search: Search,
    count: int,
    progress: Progress = lambda step: None,
    runner: Runner | None = None,
    folder: Path | None = None,
) -> tuple[Fold, ...]:
    """For each of ``count`` folds: a whole search on the other rows, its choice among them too, and
    the loss of what it chose on the rows of the fold.
    """
    found = list[Fold]()
    for k, rows in enumerate(parts(samples, count, search.seed)):
        rest = samples.take(np.setdiff1d(np.arange(len(samples)), rows))
        own = None if folder is None else folder / f"fold{k + 1}"

        def told(step: str, k: int = k) -> None:
            progress(f"fold {k + 1} of {count}: {step}")

        chosen = fit(rest, search, own, told, runner=runner)
        found.append(judged(chosen, samples.take(rows), search))
    return tuple(found)


def judged(found: Found, rows: Samples, search: Search) -> Fold:
    """The loss of the chosen formulas on ``rows``, of classes their accuracy, with size and LUT."""
    best, task = found.best(), task_of(rows, search)
    if found.ports is not None:
        task = found.ports.held(task)
    scores = task.scores(best.formulas)
    out = {"loss": task.loss_of(scores), "nodes": float(best.nodes)}
    if found.classes:
        out["accuracy"] = task.accuracy_of(scores)
    if best.lut is not None:
        out["lut"] = best.lut
    return out


def summary(folds: Sequence[Fold]) -> dict[str, tuple[float, float]]:
    """The mean of each figure over the folds, and its standard deviation."""
    names = [name for name in folds[0] if all(name in fold for fold in folds)]
    values = {name: np.array([fold[name] for fold in folds]) for name in names}
    return {name: (float(v.mean()), float(v.std(ddof=1))) for name, v in values.items()}
