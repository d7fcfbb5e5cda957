"""Outputs that say which of several scores is the largest, and the design of their scores.

Where scores cannot be compared exactly, the class is one whose score is close to the best: an error
of at most e of the scores together never chooses one that is more than e below the best. So such an
output is compiled as its scores, and the choice is made of their fixed-point values, exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod

from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.expr import CONST, VAR, Expr, postorder, variables

TIES = ("near", "strict")
AGREEMENT = "agreement"  # the metric of classes: how many rows have float64's
#: One input of so few bits is a table, in which every class is exact.
TABLE_BITS = 12
#: All inputs of a comparison of so many bits in all: it is decided at every code.
COMPARED_BITS = 16
_LARGEST_POWER = 8
#: Of the error of a class, what constants that no fixed point holds are given beside one score.
CONSTANT_PART = Fraction(1, 16)
_POLYNOMIAL = frozenset({"add", "mul", "neg", "abs", "square", "cube", "min", "max"})
_TURNED = {"le": "ge", "lt": "gt"}  # with the operands exchanged
_COMPARED = ("ge", "gt", "le", "lt")
Test = tuple[str, Expr, frozenset[Expr]]  # an operator, a score, and what it is compared with


@dataclass(frozen=True)
class Choice:
    """One class: what the output is where its score is the best."""

    label: int
    score: Expr


def choices_of(e: Expr) -> tuple[Choice, ...] | None:
    """The classes that ``e`` chooses from, the one first that wins a tie; None where ``e`` is no
    such choice.

    Choices are ``where(a >= max(b, c), 0, where(b >= c, 1, 2))`` (which ``argmax(a, b, c)`` stands
    for), in any order and with any labels, and comparisons of two values.
    """
    if e.op in _COMPARED:
        return None if e.closed else _nested([(_won(e, apart=False), 1)], 0)
    tests: list[tuple[Test, int]] = []
    while e.op == "where":
        test, label = _test(e.args[0]), _label(e.args[1])
        if test is None or label is None:
            return None
        tests.append((test, label))
        e = e.args[2]
    last = _label(e)
    if last is None or not tests:
        return None
    return _nested(tests, last)


def _won(e: Expr, apart: bool = True) -> Test:
    """A comparison as ``ge`` or ``gt``: the operator, the left side, and the right one, or what it
    is the largest of.
    """
    op, (left, right) = e.op, e.args
    if op in _TURNED:
        op, left, right = _TURNED[op], right, left
    return op, left, frozenset(_operands(right) if apart else [right])


def _operands(e: Expr) -> list[Expr]:
    """What ``e`` is the largest of."""
    found, stack = list[Expr](), [e]
    while stack:
        top = stack.pop()
        if top.op == "max":
            stack += top.args
        else:
            found.append(top)
    return found


def _test(e: Expr) -> Test | None:
    """A condition under which one value wins against others, all by the same operator."""
    parts = [e]
    while any(part.op == "and" for part in parts):
        parts = [a for part in parts for a in (part.args if part.op == "and" else (part,))]
    if any(part.op not in _COMPARED for part in parts):
        return None
    won = [_won(part) for part in parts]
    if len({(op, score) for op, score, _ in won}) != 1:
        return None
    op, score, _ = won[0]
    return op, score, frozenset().union(*(others for _, _, others in won))


def _label(e: Expr) -> int | None:
    whole = e.op == CONST and e.value.denominator == 1
    return int(e.value) if whole else None


def _nested(tests: list[tuple[Test, int]], last: int) -> tuple[Choice, ...] | None:
    """The order of tests, from the inside, where each is against all scores that are left."""
    (_, _, left), _ = tests[-1]
    if len(left) != 1:
        return None
    (remaining,) = left
    found = [Choice(last, remaining)]
    for (op, score, others), label in reversed(tests):
        if others != {choice.score for choice in found}:
            return None
        mine = Choice(label, score)
        if op == "ge":  # of equal expressions the first one wins, so the other is no choice
            found = [mine, *(choice for choice in found if choice.score is not score)]
        elif score not in others:
            found = [*found, mine]
    return tuple(found)


# ------------------------------------------------------------------ the design of scores


def near_choices(design: Design) -> dict[str, tuple[Choice, ...]]:
    """The outputs of ``design`` that are chosen by approximate scores, and what from.

    ``design.ties`` says so, or else that the scores are no polynomials, of which every tie can be
    decided, nor functions of one input of few bits, nor two that are compared on few bits or are
    rational; or that classes are what counts on data.
    """
    metric = design.accuracy.metric
    if design.ties == "strict" or metric not in (None, AGREEMENT):
        return {}
    near = design.ties == "near" or metric == AGREEMENT
    ports = {port.name: port for port in design.inputs}
    found = {}
    for name, e in design.outputs:
        choices = choices_of(e)
        if choices is None or any(c.label < 0 for c in choices):
            continue
        if near or not _is_decidable(choices, ports):
            found[name] = choices
    return found


def _is_decidable(choices: tuple[Choice, ...], ports: Mapping[str, Input]) -> bool:
    scores = [choice.score for choice in choices]
    raws = [ports[name].raw for name in variables(scores)]
    codes = prod(raw.hi - raw.lo + 1 for raw in raws)
    if len(choices) == 2 and (codes <= 1 << COMPARED_BITS or all(map(_is_rational, scores))):
        return True
    small = len(raws) <= 1 and codes <= 1 << TABLE_BITS
    return small or all(map(_is_polynomial, scores))


def _is_rational(e: Expr) -> bool:
    """Whether ``e`` is a polynomial, or one divided by another: comparisons are multiplied out."""
    return _is_polynomial(e) or (e.op == "div" and all(map(_is_polynomial, e.args)))


def _is_polynomial(e: Expr) -> bool:
    def fits(node: Expr) -> bool:
        if node.op in (CONST, VAR):
            return True
        if node.op == "pow":
            power = node.args[1]
            whole = power.op == CONST and power.value.denominator == 1
            return whole and 0 <= power.value <= _LARGEST_POWER
        return node.op in _POLYNOMIAL

    return all(map(fits, postorder([e])))


def score_name(output: str, k: int) -> str:
    """The name of score ``k`` of a class: no port has such a name."""
    return f"{output}.{k}"


def score_design(design: Design) -> Design:
    """``design`` with the scores in the place of outputs that choose between them, each with its
    part of the error: ``max_error`` is how far the score of a class may be below the best one.
    """
    chosen = near_choices(design)
    if not chosen:
        return design
    outputs = []
    errors = dict(design.accuracy.max_error)
    for name, e in design.outputs:
        choices = chosen.get(name)
        if choices is None:
            outputs.append((name, e))
            continue
        names = [score_name(name, k) for k in range(len(choices))]
        outputs += [(n, choice.score) for n, choice in zip(names, choices, strict=True)]
        if name in errors:
            whole = errors.pop(name)
            parts = map(_parts(choices), choices)
            errors |= {n: whole * part for n, part in zip(names, parts, strict=True)}
    order = {name: errors[name] for name, _ in outputs if name in errors}
    accuracy: Accuracy = replace(design.accuracy, max_error=order)
    ports = {name: port for name, port in design.ports.items() if name not in chosen}
    return replace(design, outputs=tuple(outputs), accuracy=accuracy, ports=ports)


def _parts(choices: tuple[Choice, ...]) -> Callable[[Choice], Fraction]:
    """The part of the error that a score has: two scores meet, unless all others are constants,
    which are exact at the bits that they have, or cheap to have almost so.
    """
    computed = sum(not choice.score.is_const for choice in choices)
    exact = all(_is_dyadic(choice.score) for choice in choices if choice.score.is_const)
    if computed != 1:
        return lambda choice: Fraction(1, 2)
    if exact:
        return lambda choice: Fraction(1)
    return lambda choice: CONSTANT_PART if choice.score.is_const else 1 - CONSTANT_PART


def _is_dyadic(e: Expr) -> bool:
    denominator: int = e.value.denominator
    return denominator & (denominator - 1) == 0
