"""Everything that was found, as lines of JSON that are only ever appended.

Progress, going on after a stop, merging the work of several machines and the front are the same
file: reading it twice, or in another order, gives the same front.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from symgate.errors import InputError, Where
from symgate.frontend.language.infix import parse
from symgate.ir.expr import Expr
from symgate.ir.exprtext import show
from symgate.learn.fit.numbers import nodes, simplified
from symgate.learn.fit.price import Prices
from symgate.learn.fit.task import Formulas, Task, several

#: Formulas of one size, and of one level of loss, that are kept: the closest, and the cheapest.
KEPT = 3
#: Levels of loss: this many to a factor of e.
LEVELS = 8
#: What stands between the formulas of several outputs.
BETWEEN = "; "


def read_formula(text: str) -> Expr:
    """The expression that an archive holds as text."""
    return parse(text, None)


@dataclass(frozen=True)
class Candidate:
    """One formula, or those of all outputs: their size in nodes, their loss on the rows that they
    were fitted on and on held-out rows, and who found them.
    """

    formula: str
    nodes: int
    loss: float
    held: float
    engine: str
    seed: int
    lut: float | None = None
    cycles: int | None = None
    fixed: float | None = None  # the loss of the firmware on held-out rows
    refused: str | None = None
    price: float = 0.0  # about the LUTs, to choose what is compiled
    largest: int | None = None  # the nodes of the largest of several formulas
    accuracy: float | None = None  # of classes, on held-out rows
    fixed_accuracy: float | None = None  # that of the firmware
    formats: tuple[tuple[str, str], ...] = ()  # of ports that were narrowed for this formula
    margin: float | None = None  # of classes: how far a chosen score may be below the best

    @property
    def formulas(self) -> tuple[Expr, ...]:
        """The expression of each output."""
        return tuple(read_formula(text) for text in self.formula.split(BETWEEN))


class Archive:
    """The candidates of one task, in memory and, where there is a ``path``, on disk."""

    def __init__(self, task: Task, held: Task, path: Path | None = None, identity: str = ""):
        self.task, self.held, self.path = task, held, path
        self.by_size: dict[int, list[Candidate]] = {}
        self.by_loss: dict[int, list[Candidate]] = {}
        self.done: set[tuple[str, int]] = set()
        self._seen: set[str] = set()
        if path is None:
            return
        if path.exists():
            self._read(path, identity)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._write({"task": identity})

    def emit(self, e: Formulas, engine: str, seed: int) -> bool:
        """Take a formula, or those of all outputs; say whether it is among the best of its size, or
        the cheapest of its loss.
        """
        formulas = tuple(simplified(one, self.task.names) for one in several(e))
        text = BETWEEN.join(map(show, formulas))
        if text in self._seen:
            return False
        self._seen.add(text)
        loss = self.task.loss(formulas)
        if not math.isfinite(loss):
            return False
        found = self._candidate(formulas, text, loss, engine, seed)
        if not self._keep(found):
            return False
        self._write(asdict(found))
        return True

    def _candidate(
        self, formulas: tuple[Expr, ...], text: str, loss: float, engine: str, seed: int
    ) -> Candidate:
        sizes = [nodes(e) for e in formulas]
        scores = self.held.scores(formulas)
        return Candidate(
            text,
            sum(sizes),
            loss,
            self.held.loss_of(scores),
            engine,
            seed,
            price=round(Prices(self.task.bits).of(formulas), 1),
            largest=max(sizes),
            accuracy=self.held.accuracy_of(scores) if self.task.classes else None,
        )

    def merge(self, rows: Iterable[Candidate]) -> None:
        """Take what another archive of the same task holds."""
        for found in rows:
            if found.formula in self._seen:
                continue
            self._seen.add(found.formula)
            if self._keep(found):
                self._write(asdict(found))

    def update(self, found: Candidate) -> None:
        """Write what became known of a candidate, such as its LUT."""
        self._write(asdict(found))
        self._replace(found)

    def finish(self, engine: str, seed: int) -> None:
        """An engine has used its budget: a resumed run does not start it again."""
        self.done.add((engine, seed))
        self._write({"done": engine, "seed": seed})

    def candidates(self) -> Iterator[Candidate]:
        """All that are kept, by size and loss."""
        levels = [*self.by_size.values(), *self.by_loss.values()]
        every = {c.formula: c for level in levels for c in level}
        yield from sorted(every.values(), key=lambda c: (c.nodes, c.loss, c.formula))

    def front(self) -> list[Candidate]:
        """Those that no smaller formula beats."""
        return front(self.candidates())

    def _keep(self, found: Candidate) -> bool:
        level = math.floor(LEVELS * math.log(max(found.loss, 1e-30)))
        close = _kept(self.by_size, found.nodes, found, lambda c: (c.loss, c.formula))
        cheap = _kept(self.by_loss, level, found, lambda c: (c.price, c.loss, c.formula))
        return close or cheap

    def _replace(self, found: Candidate) -> None:
        for level in (*self.by_size.values(), *self.by_loss.values()):
            level[:] = [found if c.formula == found.formula else c for c in level]

    def _write(self, row: dict[str, Any]) -> None:
        if self.path is None:
            return
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def _read(self, path: Path, identity: str) -> None:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                row = json.loads(line)
            except json.JSONDecodeError:
                continue  # the line that a stop cut off
            self._take(row, path, number, identity)

    def _take(self, row: dict[str, Any], path: Path, number: int, identity: str) -> None:
        if "task" in row:
            if row["task"] != identity:
                raise InputError(
                    "this archive is of another task",
                    where=Where(str(path), number),
                    expected="the same rows, columns and settings as it was begun with",
                    remedy="name another folder, or delete this one",
                )
        elif "done" in row:
            self.done.add((row["done"], row["seed"]))
        else:
            found = candidate(row)
            if found.formula in self._seen:
                self._replace(found)
            else:
                self._seen.add(found.formula)
                self._keep(found)


def candidate(row: dict[str, Any]) -> Candidate:
    """The candidate of a line of JSON."""
    formats = tuple((name, kind) for name, kind in row.get("formats", ()))
    return Candidate(**{**row, "formats": formats})


def _kept(
    levels: dict[int, list[Candidate]],
    number: int,
    found: Candidate,
    order: Callable[[Candidate], Any],
) -> bool:
    """Put ``found`` into its level, if it is among the first there."""
    level = levels.setdefault(number, [])
    if len(level) >= KEPT and order(found) >= order(level[-1]):
        return False
    level.append(found)
    level.sort(key=order)
    del level[KEPT:]
    return True


#: Something that is counted of a candidate; less is better.
Figure = Callable[[Candidate], Any]


def best_first(candidates: Iterable[Candidate], cost: Figure, loss: Figure) -> list[Candidate]:
    """Those of ``candidates`` that none of less ``cost`` beats in ``loss``, cheapest first."""
    best, out = math.inf, list[Candidate]()
    for found in sorted(candidates, key=lambda c: (cost(c), loss(c))):
        if loss(found) < best * 0.999:
            best = loss(found)
            out.append(found)
    return out


def front(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Those of ``candidates`` that no smaller one beats in loss, smallest first."""
    return best_first(candidates, lambda c: c.nodes, lambda c: c.loss)


def priced_front(
    candidates: Iterable[Candidate], loss: Figure = lambda c: c.loss, most: int = KEPT
) -> list[Candidate]:
    """What is worth compiling: at each level of loss at most ``most``, no dearer by half than what
    is closer.
    """
    taken: dict[int, int] = {}
    cheapest, out = math.inf, list[Candidate]()
    for found in sorted(candidates, key=lambda c: (loss(c), c.price)):
        level = math.floor(LEVELS * math.log(max(loss(found), 1e-30)))
        if found.price <= 1.5 * cheapest and taken.get(level, 0) < most:
            taken[level] = taken.get(level, 0) + 1
            out.append(found)
        cheapest = min(cheapest, found.price + 5)
    return out
