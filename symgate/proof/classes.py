"""Classes of approximate scores, proved in two parts: the bounds of the scores, as if these were the
outputs, and that the class is the one of the largest of their fixed-point values.

Both together bound how far the score of the chosen class is below the best one: by what the two
scores that are known least well are off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

from symgate.ir import text
from symgate.ir.classes import Choice, near_choices, score_design, score_name
from symgate.ir.design import Design
from symgate.ir.evaluate import evaluate
from symgate.ir.expr import Expr, const, make, var
from symgate.ir.firmware import Bound, Certificate, Firmware
from symgate.ir.fixed import Graph, Port
from symgate.ir.saturation import behind_inputs, held_codes, saturating
from symgate.proof import compose, observed
from symgate.proof.observed import Floats, Observed
from symgate.proof.reading import read
from symgate.sim.numpy_model import simulate
from symgate.sim.truth import expressions
from symgate.sim.vectors import Column, reals

Told = Sequence[Mapping[str, Any]]  # what a certificate says of the scores of a class
#: Relative and absolute: what float64 may add to a difference of scores before it is a violation.
_NOISE = 1e-9


class Certified(Protocol):
    """A `Firmware`, or a build folder as read back."""

    @property
    def design(self) -> Design:
        """What the user asked for."""

    @property
    def graph(self) -> Graph:
        """The pipelined graph."""

    @property
    def certificate(self) -> Certificate:
        """What is claimed of it."""


def told_classes(build: Certified) -> dict[str, Told]:
    """The scores of each class, as the certificate has them; raise `LookupError` where it does not
    speak of all.
    """
    claimed = build.certificate.data.get("classes", {})
    return {name: claimed[name] for name in near_choices(build.design)}


def scored(build: Certified) -> Firmware:
    """``build`` with the scores as outputs, at the nodes of its certified graph, behind inputs that
    saturate; itself where it has neither.
    """
    told = told_classes(build)
    certificate = build.certificate
    if not told and not saturating(build.design):
        return Firmware(build.design, build.graph, certificate)
    design, data = score_design(behind_inputs(build.design)), certificate.data
    values, bounds, every = dict[str, str](), list[Bound](), list[str](data["every_input"])
    for name, _ in build.design.outputs:
        if name not in told:
            values[name] = data["outputs"][name]
            bounds += [bound for bound in certificate.bounds if bound.output == name]
            continue
        for k, score in enumerate(told[name]):
            output = score_name(name, k)
            values[output] = str(score["value"])
            bounds.append(Bound(output, float(score["bound"]), None))
    whole = text.parse(data["graph"], whole=True)
    graph = _with_outputs(whole, values, data["values"], build.graph)
    changed = {**data, "outputs": values, "every_input": every, "graph": text.show(graph)}
    return Firmware(design, graph, Certificate(tuple(bounds), changed))


def _with_outputs(whole: Graph, values: Mapping[str, str], known: Told, pipelined: Graph) -> Graph:
    """The certified graph with ports at these values."""
    nodes = {port.name: port.node for port in whole.inputs}
    nodes |= {str(value["name"]): int(value["node"]) for value in known}
    types = {port.name: port.type for port in pipelined.outputs}
    ports = tuple(
        Port(name, nodes[value], types.get(name, whole.nodes[nodes[value]].type))
        for name, value in values.items()
    )
    return replace(whole, outputs=ports)


# ------------------------------------------------------------------ what was seen


def observe(
    build: Certified, codes: Mapping[str, Column], outputs: Mapping[str, Column]
) -> list[Observed]:
    """As `symgate.proof.observed.observe`; of a class, how far the chosen score is below the best."""
    told = told_classes(build)
    firmware, codes = scored(build), held_codes(build.design, codes)
    raw = {**simulate(firmware.graph, codes), **{n: outputs[n] for n in outputs if n not in told}}
    seen = {
        one.output: one
        for one in observed.observe(
            firmware.design, firmware.graph, firmware.certificate, codes, raw
        )
    }
    x = {i.name: reals(codes[i.name], i.type) for i in build.design.inputs}
    wanted = expressions(firmware.design)
    values = dict(zip(wanted, evaluate(wanted.values(), x), strict=True))
    found = []
    for bound in build.certificate.bounds:
        name = bound.output
        if name not in told:
            found.append(replace(seen[name], target=bound.target))
            continue
        scores = [score_name(name, k) for k in range(len(told[name]))]
        port = next(port for port in build.graph.outputs if port.name == name)
        classes = reals(outputs[name], port.type)
        short = shortfall([values[s] for s in scores], told[name], classes)
        found.append(_class(bound, short, [seen[s] for s in scores], x))
    return found


def shortfall(scores: Sequence[Floats], told: Told, classes: Floats) -> Floats:
    """How far the score of each row's class is below the best one, in float64; infinity for a class
    that is none.
    """
    rows = [np.broadcast_to(score, classes.shape) for score in scores]
    best: Floats = np.maximum.reduce(rows)
    chosen = np.full(classes.shape, -np.inf)
    for score, entry in zip(rows, told, strict=True):
        mine = classes == entry["class"]
        chosen = np.where(mine, np.maximum(chosen, score), chosen)
    return np.asarray(best - chosen)


def _class(
    bound: Bound, short: Floats, scores: Sequence[Observed], x: Mapping[str, Floats]
) -> Observed:
    worst = int(np.argmax(np.nan_to_num(short, nan=-np.inf)))
    finite = short[np.isfinite(short)]
    above = short > bound.bound * (1 + 2 * _NOISE) + 2 * _NOISE
    return Observed(
        bound.output,
        bound.bound,
        bound.target,
        float(short[worst]),
        float(np.sqrt(np.mean(finite**2))) if finite.size else 0.0,
        {name: float(column[worst]) for name, column in x.items()},
        int(above.sum()) + sum(score.violations for score in scores),
        int(np.isclose(short, bound.bound, rtol=_NOISE, atol=_NOISE).sum()),
    )


# ------------------------------------------------------------------ the tournament


@dataclass(frozen=True)
class Tournament:
    """What a certificate says of how a class is chosen, read from the expressions of its values."""

    values: Mapping[str, Expr]
    told: Told
    choices: Sequence[Choice]

    @classmethod
    def of(cls, build: Certified, name: str) -> Tournament:
        """That of the class ``name``."""
        known = {i.name: var(i.name) for i in build.design.inputs}
        values: dict[str, Expr] = {}
        for value in build.certificate.data["values"]:
            values[str(value["name"])] = read(value["expr"], known)
            known[str(value["name"])] = var(str(value["name"]))
        return cls(values, told_classes(build)[name], near_choices(build.design)[name])

    def problem(self, value: str) -> str | None:
        """Why ``value`` is not the class of the largest score, the first of equal ones; None where
        it is.
        """
        entered = [str(score["enters"]) for score in self.told]
        labels = [int(score["class"]) for score in self.told]
        if labels != [choice.label for choice in self.choices]:
            return "the certificate names other classes than the design"
        for score in self.told:
            enters, of = str(score["enters"]), var(str(score["value"]))
            if var(enters) is not of and self.values.get(enters) is not of:
                return f"{enters} is not the score {score['value']}"
        top = self.values.get(value)
        if top is not None and self.values.get(str(top.value)) is not None and not top.args:
            value = str(top.value)  # the port shows the class in another format
        found = self._class(var(value), entered)
        if found != list(range(len(entered))):
            return f"{value} is not the class of the largest score"
        return None

    def _class(self, label: Expr, entered: Sequence[str]) -> list[int] | None:
        """Which scores ``label`` is the class of the best of, in the order that decides ties."""
        e = self.values.get(str(label.value), label) if not label.is_const else label
        if e.op != "where":
            return None
        won, one, other = e.args
        match = self.values.get(str(won.value))
        if match is None or match.op != "le":
            return None
        right, left = match.args
        first, second = self._best(left, entered), self._best(right, entered)
        if first is None or second is None:
            return None
        fits = self._labelled(one, first, entered) and self._labelled(other, second, entered)
        return [*first, *second] if fits else None

    def _labelled(self, label: Expr, best: list[int], entered: Sequence[str]) -> bool:
        """Whether ``label`` is the class of the best of these scores."""
        if len(best) == 1:
            return label is const(int(self.told[best[0]]["class"]))
        return self._class(label, entered) == best

    def _best(self, score: Expr, entered: Sequence[str]) -> list[int] | None:
        """The scores that ``score`` is the best of."""
        name = str(score.value)
        if name in entered:
            return [entered.index(name)] if entered.count(name) == 1 else None
        e = self.values.get(name)
        if e is None or e.op != "where":
            return None
        won, one, other = e.args
        match = self.values.get(str(won.value))
        if match is not make("le", other, one):
            return None
        first, second = self._best(one, entered), self._best(other, entered)
        return None if first is None or second is None else [*first, *second]


def compared(build: Certified) -> tuple[compose.Compared, ...]:
    """The classes of ``build`` as the certificate composes them, compared with those of the user."""
    told = told_classes(build)
    if not told:
        return ()
    outputs = tuple((name, e) for name, e in build.design.outputs if name in told)
    values = compose.values_of(build.certificate.data["values"], build.design.inputs)
    names = {name: str(build.certificate.data["outputs"][name]) for name in told}
    return compose.compare(replace(build.design, outputs=outputs), values, names)


def margin(reached: Sequence[float]) -> float:
    """What the two largest of some bounds are together, rounded up."""
    largest = sorted(reached, reverse=True)[:2]
    if not all(map(np.isfinite, largest)):
        return float("inf")
    total = sum(map(Fraction, largest), Fraction(0))
    near = float(total)
    return near if Fraction(near) >= total else float(np.nextafter(near, np.inf))
