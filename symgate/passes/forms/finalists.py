"""Which other forms of a program have their word lengths searched, beside the program as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from symgate.ir.design import Design
from symgate.ir.expr import Program, postorder
from symgate.passes.forms.beam_search import SearchForms
from symgate.passes.forms.rule import Rule
from symgate.passes.forms.score import SCORING, Scoring
from symgate.passes.forms.table import RULES
from symgate.passes.widths.quantize import targets
from symgate.passes.widths.width_settings import WidthSearch


@dataclass(frozen=True)
class FormEffort:
    """How many forms are looked at; `benchmarks/algebra.py` chose the numbers (decision 0008).

    Forms are counted, not seconds, so that a slow machine finds the same design.
    """

    most: int = 40  # forms that are costed, for small programs
    least: int = 8  # forms that are costed, however large the program
    costed_nodes: int = 1500  # forms times nodes that are costed, between these two
    finalists: int = 4  # forms whose widths are searched, for small programs; at least one
    finalist_nodes: int = 200  # forms times nodes whose widths are searched
    patience: int = 4  # times as many of both where the user gives the search time
    patient_seconds: float = 10.0  # seconds of search from which on the user does
    rules: Sequence[Rule] = RULES
    variants: bool = True  # whether other ways to datapath form are looked at, too
    scoring: Scoring = SCORING

    def evaluations(self, nodes: int, seconds: float) -> int:
        """How many forms of a program with ``nodes`` nodes are costed."""
        by_size = max(self.least, self.costed_nodes // nodes)
        return self._times(seconds) * min(self.most, by_size)

    def searched(self, nodes: int, seconds: float) -> int:
        """How many forms of a program with ``nodes`` nodes have their widths searched."""
        by_size = max(1, self.finalist_nodes // nodes)
        return self._times(seconds) * min(self.finalists, by_size)

    def _times(self, seconds: float) -> int:
        return self.patience if seconds >= self.patient_seconds else 1


ALL_FORMS = FormEffort()
#: The rules that save most, by `benchmarks/quick.py`.
_FEW = (
    "logarithms",
    "product to sum",
    "split log",
    "double angle",
    "merge log",
    "distribute",
    "refactor",
    "factor",
)
#: Of the effort "quick": the form that seems the cheapest of few is taken.
QUICK_FORMS = FormEffort(
    most=6,
    least=3,
    costed_nodes=120,
    finalists=1,
    finalist_nodes=1000,
    rules=[rule for name in _FEW for rule in RULES if rule.name == name],
    variants=False,
    scoring=Scoring(cells=16, search=WidthSearch(rounds=2, kept=1, neighbours=1)),
)


def find_forms(
    design: Design,
    program: Program,
    finish: Callable[[Program, str | None], Program],
    variants: Sequence[str],
    seconds: float = 0.0,
    effort: FormEffort = ALL_FORMS,
) -> tuple[Program, ...]:
    """Forms of ``program`` in datapath form that are worth a search of widths, best first.

    ``program`` is in normal form, and ``finish`` brings a form into datapath form, in the usual way
    or in one of ``variants``. Exact values on which jumps were settled are no better in other forms,
    so there only these are looked at. ``seconds`` are those that the user gives the search. There is no
    form unless ``design`` states errors: no other accuracy is searched by width.
    """
    accuracy = design.accuracy
    if accuracy.precision is not None or accuracy.metric is not None:
        return ()
    order = postorder(program.roots)
    nodes, settled = max(1, len(order)), any(e.op == "hold" for e in order)
    search = SearchForms(
        design.inputs,
        targets(design),
        finish,
        evaluations=effort.evaluations(nodes, seconds),
        rules=() if settled else effort.rules,
        variants=variants if effort.variants else (),
        scoring=effort.scoring,
    )
    return tuple(search(program)[: effort.searched(nodes, seconds)])
