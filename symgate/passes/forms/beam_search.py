"""A beam search over forms of a program, with the hardware cost at the widths that the error budget
needs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from symgate import patience
from symgate.errors import BrokenPromise, SymgateError
from symgate.ir.design import Input
from symgate.ir.expr import Expr, Program, postorder, substitute
from symgate.passes.forms.rule import Ranges, Rule
from symgate.passes.forms.score import SCORING, QuickCost, Scoring
from symgate.passes.forms.table import RULES
from symgate.passes.rewrite.simplify import Simplify


@dataclass(frozen=True)
class SearchForms:
    """Search forms of the program that take less hardware; the word-length search decides between
    the best of them.

    ``finish`` brings a form into datapath form, in the usual way or one of ``variants``. The search
    costs ``evaluations`` forms, whatever the speed of the machine unless patience ends, keeps
    ``beam`` of them per step, and leaves programs of more than ``most_nodes`` nodes alone.
    """

    inputs: tuple[Input, ...]
    targets: Mapping[str, float]
    finish: Callable[[Program, str | None], Program]
    evaluations: int = 40
    beam: int = 3
    most_nodes: int = 400
    part: float = 0.3  # of all patience that costing forms may take
    # of the quick cost of the program as it is: what is above is not worth a word-length search
    margin: float = 0.97
    rules: Sequence[Rule] = RULES
    variants: Sequence[str] = ()
    scoring: Scoring = SCORING

    def __call__(self, program: Program) -> list[Program]:
        """Other forms in datapath form that seem cheaper than ``program``, best first."""
        found = self.forms(program)
        if not found:
            return []
        better = [f for f in found[1:] if f.cost < found[0].cost * self.margin]
        return [f.datapath for f in sorted(better, key=lambda f: (f.cost, f.number))]

    def forms(self, program: Program) -> list[Form]:
        """All forms that were looked at, ``program`` first; none where it is too large or cannot be
        built.
        """
        if len(postorder(program.roots)) > self.most_nodes:
            return []
        spans = {port.name: port.span for port in self.inputs}
        score = QuickCost.of(self.inputs, self.targets, program.roots, self.scoring)
        search = _Search(self, Ranges.of(spans, program.roots), score)
        first = search.look(program)
        if first is None:
            return []
        search.run(first)
        return search.found


@dataclass(frozen=True)
class Form:
    """One form of the program: as the rules see it, in datapath form, its quick cost, and the rules
    that made it.
    """

    program: Program
    datapath: Program
    cost: float
    number: int
    rules: tuple[str, ...] = ()


@dataclass
class _Search:
    options: SearchForms
    known: Ranges
    score: QuickCost
    seen: set[tuple[object, ...]] = field(default_factory=set)
    found: list[Form] = field(default_factory=list)
    looked: int = 0  # costs that were computed
    others: dict[tuple[str, Expr], list[Expr]] = field(default_factory=dict)

    def run(self, first: Form) -> None:
        """Take the best few forms one rule further, until none of the new ones is among the best."""
        beam, done = [first], {first.number}
        self.vary(first)
        while beam and not self.spent:
            for form in beam:
                self.expand(form)
            best = sorted(self.found, key=lambda f: (f.cost, f.number))[: self.options.beam]
            beam = [f for f in best if f.number not in done]
            done.update(f.number for f in beam)
        self.vary(min(self.found, key=lambda f: (f.cost, f.number)))

    def vary(self, form: Form) -> None:
        """Look at the other ways to bring a form into datapath form."""
        for variant in self.options.variants:
            self.look(form.program, form, variant=variant)

    @property
    def spent(self) -> bool:
        return self.looked > self.options.evaluations or patience.over(self.options.part)

    def expand(self, form: Form) -> None:
        """Look at every form one rule away, as far as evaluations last, and at all that helped,
        taken together.
        """
        helped: dict[Expr, tuple[float, Expr, str]] = {}
        for rule, e, other in self.steps(form.program):
            if self.spent:
                break
            found = self.look(_replaced(form.program, {e: other}), form, rule)
            if found is not None and found.cost < min(form.cost, helped.get(e, (math.inf,))[0]):
                helped[e] = found.cost, other, rule
        if len(helped) > 1:
            chosen = _apart(sorted(helped, key=lambda e: (helped[e][0], e.key)))
            together = _replaced(form.program, {e: helped[e][1] for e in chosen})
            self.look(together, form, *(helped[e][2] for e in chosen))

    def steps(self, program: Program) -> Iterator[tuple[str, Expr, Expr]]:
        """What each rule makes of each node: the first form that each gives, then the second ones,
        and so on.
        """
        order = [e for e in reversed(postorder(program.roots)) if e.args and not e.closed]
        pairs = [(rule, e) for rule in self.options.rules for e in order]
        lists = [[(rule.name, e, other) for other in self.other(rule, e)] for rule, e in pairs]
        yield from (step for row in zip_longest(*lists) for step in row if step is not None)

    def other(self, rule: Rule, e: Expr) -> list[Expr]:
        """What a rule makes of a node, whatever program it is in."""
        key = (rule.name, e)
        if key not in self.others:
            self.others[key] = rule(e, self.known)
        return self.others[key]

    def look(
        self, program: Program, parent: Form | None = None, *rules: str, variant: str | None = None
    ) -> Form | None:
        """The form with its cost; None where it is not new, cannot be built, or has no bounded
        cost.
        """
        try:
            datapath = self.options.finish(program, variant)
        except BrokenPromise:
            raise
        except (SymgateError, ArithmeticError):
            return None
        if tuple(datapath.roots) in self.seen:
            return None
        self.seen.add(tuple(datapath.roots))
        self.looked += 1
        cost = self.score(datapath)
        if cost == math.inf and parent is not None:
            return None
        made = (*rules, *([variant] if variant else []))
        form = Form(
            program, datapath, cost, len(self.found), (*parent.rules, *made) if parent else ()
        )
        self.found.append(form)
        return form


def _replaced(program: Program, other: Mapping[Expr, Expr]) -> Program:
    return Simplify()(program.with_roots(substitute(program.roots, other)))


def _apart(nodes: Iterable[Expr]) -> list[Expr]:
    """The nodes in order, without those that are below or above an earlier one."""
    out: list[Expr] = []
    for e in nodes:
        inside = set(postorder([e]))
        if not any(k in inside or e in postorder([k]) for k in out):
            out.append(e)
    return out
