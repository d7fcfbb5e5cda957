"""The scores of a design become classes: fixed-point values compared in a tournament, exactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from symgate.ir.boxes import float_above
from symgate.ir.classes import Choice, near_choices, score_name
from symgate.ir.design import Design
from symgate.ir.expr import Expr, const, make, var
from symgate.ir.exprtext import show
from symgate.ir.firmware import Bound, Certificate
from symgate.ir.fixed import Builder, Graph
from symgate.ir.text import parse
from symgate.ir.text import show as show_graph
from symgate.passes.steps.unit import Units
from symgate.passes.widths.independence import copy_nodes


@dataclass(frozen=True)
class DecideClasses:
    """Which score is the largest: matches of two, whose winners meet, down to the class.

    Scores of one match are compared once; the bit chooses the score that goes on, and its class.
    """

    design: Design

    def __call__(self, units: Units) -> Units:
        """One unit with classes in the place of scores; classes of scores that are left out are
        left out.
        """
        (unit,) = units
        graph, certificate = unit.hardware
        made = {port.name for port in graph.outputs}
        chosen = {
            name: choices
            for name, choices in near_choices(self.design).items()
            if all(score_name(name, k) in made for k in range(len(choices)))
        }
        names = [n for n, _ in self.design.outputs if n in made or n in chosen]
        design = self.design.only(names)
        classes = _Classes(design, chosen, certificate)
        return (replace(unit, design=design, graph=classes.build(), certificate=classes.proof()),)


@dataclass(frozen=True)
class _Player:
    """A score that is still in the tournament, with its class: nodes, and the values that a
    certificate knows them by.
    """

    score: int
    score_value: Expr
    label: int
    label_value: Expr


@dataclass
class _Classes:
    """One graph of scores while classes are added, with what the certificate says of new values."""

    design: Design
    chosen: Mapping[str, Sequence[Choice]]
    scored: Certificate
    builder: Builder = field(default_factory=Builder)
    values: list[dict[str, Any]] = field(default_factory=list)
    named: dict[str, str] = field(default_factory=dict)  # the value of each output
    scores: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        graph = parse(self.scored.data["graph"], whole=True)
        ports = {
            port.name: self.builder.input(port.name, port.type, port.raw)
            for port in self.design.inputs
        }
        place = copy_nodes(self.builder, graph, ports)
        for value in self.scored.data["values"]:
            self.values.append({**value, "node": place[value["node"]]})
        taken = [*ports, *(value["name"] for value in self.values)]
        self.stem = "k" + "_" * max((len(n) for n in taken if n.startswith("k")), default=0)
        self.known = {value["name"]: value for value in self.values}
        self.nodes = {**ports, **{n: value["node"] for n, value in self.known.items()}}
        types = {port.name: port.type for port in graph.outputs}
        for name, _ in self.design.outputs:
            if name in self.chosen:
                self.decide(name, self.chosen[name])
            else:
                self.named[name] = self.scored.data["outputs"][name]
                self.builder.output(name, self.nodes[self.named[name]], types[name])

    def decide(self, name: str, choices: Sequence[Choice]) -> None:
        """Add the class ``name``."""
        players, told = [], []
        for k, choice in enumerate(choices):
            player, value = self.player(name, k, choice)
            players.append(player)
            told.append(value)
        while len(players) > 1:
            final = len(players) == 2
            players = [self.winner(pair, final) for pair in _pairs(players)]
        (winner,) = players
        port = self.design.ports.get(name)
        if port is None:
            self.builder.output(name, winner.label)
        else:
            node = self.builder.to_frac(winner.label, port.format.type.frac)
            self.builder.output(name, node, port.format.type)
            winner = replace(winner, label_value=self.add(node, winner.label_value))
        self.named[name] = str(winner.label_value.value)
        self.scores[name] = told

    def player(self, name: str, k: int, choice: Choice) -> tuple[_Player, dict[str, Any]]:
        """A score as it enters, and what the certificate says of it."""
        output = score_name(name, k)
        value = self.scored.data["outputs"][output]
        node, offset = self.nodes[value], Fraction(self.known.get(value, {}).get("offset", 0))
        shown = var(value) if not offset else self.add(node, var(value), -offset)
        told = {"class": choice.label, "value": value, "enters": shown.value,
                "bound": self.scored.bound(output)}  # fmt: skip
        label = self.builder.const(choice.label)
        return _Player(node, shown, label, const(choice.label)), told

    def winner(self, pair: Sequence[_Player], final: bool) -> _Player:
        """Of two scores the larger one, the first of equal ones."""
        if len(pair) == 1:
            return pair[0]
        one, other = pair
        b = self.builder
        frac = max(b.nodes[one.score].frac, b.nodes[other.score].frac)
        left, right = b.to_frac(one.score, frac), b.to_frac(other.score, frac)
        bit = b.emit("le", right, left)
        won = self.add(bit, make("le", other.score_value, one.score_value))
        label = b.select(bit, one.label, other.label)
        labelled = self.add(label, make("where", won, one.label_value, other.label_value))
        if final:
            return _Player(bit, won, label, labelled)
        score = b.select(bit, left, right)
        scored = self.add(score, make("where", won, one.score_value, other.score_value))
        return _Player(score, scored, label, labelled)

    def add(self, node: int, e: Expr, error: Fraction = Fraction(0)) -> Expr:
        """A value for the certificate: ``e`` over earlier ones, and its error, which a float
        holds.
        """
        name = f"{self.stem}{len(self.values)}"
        ends = [-float_above(-error), float_above(error)]
        self.values.append(
            {"name": name, "node": node, "offset": "0", "expr": show(e), "error": ends}
        )
        return var(name)

    def build(self) -> Graph:
        """The finished graph."""
        return self.builder.build()

    def proof(self) -> Certificate:
        """The certificate: of a class, how far the score of the chosen one may be below the best."""
        kept = self.builder.kept([value["node"] for value in self.values])
        values = [{**value, "node": kept[value["node"]]} for value in self.values]
        graph = show_graph(self.builder.build([value["node"] for value in self.values]))
        data = {**self.scored.data, "graph": graph, "values": values, "outputs": self.named}
        bounds = tuple(map(self.bound, (name for name, _ in self.design.outputs)))
        return Certificate(bounds, data | {"classes": self.scores})

    def bound(self, name: str) -> Bound:
        """The bound of one output."""
        if name not in self.chosen:
            return next(bound for bound in self.scored.bounds if bound.output == name)
        told = self.scores[name]
        parts = [b for b in self.scored.bounds if b.output.rpartition(".")[0] == name]
        widest = sorted(parts, key=lambda b: -b.bound)[:2]
        stated = self.design.accuracy.max_error.get(name)
        target = None if stated is None else -float_above(-stated)
        shares = tuple(share for b in widest for share in b.shares)
        return Bound(name, margin(told), target, shares)


def margin(scores: Sequence[Mapping[str, Any]]) -> float:
    """How far the chosen score can be below the best: what the two widest bounds are together."""
    widest = sorted((Fraction(score["bound"]) for score in scores), reverse=True)[:2]
    total = sum(widest, Fraction(0))
    return float_above(total) if total else 0.0


def _pairs(players: Sequence[_Player]) -> Iterator[Sequence[_Player]]:
    for k in range(0, len(players), 2):
        yield players[k : k + 2]
