"""The engines of `symgate fit`: a file each, and an entry here.

Other packages add theirs as entry points of the group ``symgate.fit_engines``: a function
``run(task, budget, seed, emit)``, see `symgate.learn.fit.task.Engine`. An engine emits formulas and
returns nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec

from symgate.errors import InputError, ToolMissing
from symgate.learn.fit.task import Engine, Task

GROUP = "symgate.fit_engines"


@dataclass(frozen=True)
class Entry:
    """Where an engine is, the share of the time it gets by default, what it needs, and whether it
    can search the formulas of several outputs or of classes.
    """

    module: str
    share: float
    needs: str | None = None
    shared: bool = False

    @property
    def is_here(self) -> bool:
        """Whether what it needs is installed."""
        return self.needs is None or find_spec(self.needs) is not None

    def can(self, task: Task) -> bool:
        """Whether it can search ``task``."""
        return self.shared or (task.outputs == 1 and not task.classes)

    def load(self) -> Engine:
        """The function ``run`` of the engine."""
        module, _, name = self.module.partition(":")
        found: Engine = getattr(import_module(module), name or "run")
        return found


_HERE = "symgate.learn.fit.engines."
#: In the order in which they run: what finds exact formulas in a second comes first.
ENGINES: Mapping[str, Entry] = {
    "logprod": Entry(_HERE + "logprod", 0.14),
    "enumerate": Entry(_HERE + "enumerated", 0.05),
    "monomials": Entry(_HERE + "monomial_sums", 0.26),
    "linked": Entry(_HERE + "linked", 0.27),
    "operon": Entry(_HERE + "operon", 0.23, needs="pyoperon"),
    "basis": Entry(_HERE + "basis", 0.05, shared=True),
}


def engines() -> dict[str, Entry]:
    """Ours and those of other packages; these share the time of the slowest of ours."""
    others = {e.name: Entry(e.value, 0.44) for e in entry_points(group=GROUP)}
    return {**ENGINES, **others}


def chosen(names: tuple[str, ...], task: Task) -> dict[str, Entry]:
    """The engines of ``names``, or all that are installed and can search ``task``.

    Raise `InputError` for a name that is none, or is of an engine for one output alone, and
    `ToolMissing` for one whose package is not installed.
    """
    known = engines()
    for name in names:
        if name not in known:
            raise InputError(f"there is no engine '{name}'", expected=f"one of {', '.join(known)}")
        if not known[name].can(task):
            able = [n for n, e in known.items() if e.can(task)]
            raise InputError(
                f"the engine '{name}' finds the formula of one output alone",
                expected=f"one of {', '.join(able)}",
            )
        if not known[name].is_here:
            what = f"the engine '{name}' needs {known[name].needs}, which is not installed"
            raise ToolMissing(what, remedy="pip install 'symgate[fit]'")
    if names:
        return {n: e for n, e in known.items() if n in names}
    return {n: e for n, e in known.items() if e.is_here and e.can(task)}
