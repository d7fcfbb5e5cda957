"""Faults planted in symgate are found by tools/attack, with symgate's own checks switched off."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from symgate.ir import text
from symgate.passes.lowering import functions
from symgate.passes.lowering.context import Context
from symgate.passes.widths import certify
from symgate.proof import evidence
from tools.attack.families import family
from tools.attack.judge import VIOLATED, Failure
from tools.attack.search import Effort
from tools.attack.workers import Limits, Task, attack

SEED = 2026
QUICK = Effort(exhaustive=1 << 12, random=1_500, corners=300, rounds=8)
#: CPU seconds until a fault must be found.
MINUTES = 5 * 60.0


def indices(wanted: str) -> Iterator[int]:
    """The designs of one family."""
    return (k for k in itertools.count() if family(k) == wanted)


def found(wanted: str, seed: int, seconds: float = MINUTES) -> tuple[int, Failure] | None:
    """The first violated bound among the designs of a family of ``seed``, and its index."""
    end = time.process_time() + seconds
    for index in indices(wanted):
        if time.process_time() > end:
            return None
        result = attack(Task(seed, index, False, QUICK, Limits()))
        for failure in result.verdict.failures:
            if failure.kind == VIOLATED:
                return index, failure
    return None


@pytest.fixture
def unchecked(monkeypatch):
    """symgate believes its own proof: no input is tried, nothing is compared after rewriting."""
    nothing = evidence.Evidence(points=0, all_inputs=False, climbs=0, balls=0, outputs=())
    monkeypatch.setattr(evidence, "validated", lambda firmware: firmware)
    monkeypatch.setattr(evidence, "gather", lambda firmware: nothing)
    monkeypatch.setattr(certify, "largest_errors", lambda *a, **more: {})


def free_window(monkeypatch) -> None:
    """The steepest address of each function counts as one that cannot occur."""
    honest = functions._image

    def image(c, e):
        seen = honest(c, e)
        known = np.flatnonzero(seen.bounded)
        if not len(known):
            return seen
        steepest = (
            known[np.argmax(np.abs(np.gradient(seen.low[known])))] if len(known) > 1 else known[0]
        )
        first, last = seen.first.copy(), seen.last.copy()
        first[steepest], last[steepest] = 0, -1
        return replace(seen, first=first, last=last)

    monkeypatch.setattr(functions, "_image", image)


def short_interval(monkeypatch) -> None:
    """The interval of each local error ends one unit of its value too early."""
    honest = Context.error

    def error(self, e, lo, hi):
        unit = 2.0 ** -self.plan.frac[e] if e in self.plan.frac else 0.0
        honest(self, e, lo, max(lo, hi - unit))

    monkeypatch.setattr(Context, "error", error)


def table_entry(monkeypatch) -> None:
    """In each graph that is written, one entry of the first table is that of another address."""
    honest = text.show

    def show(graph):
        nodes = list(graph.nodes)
        for k, n in enumerate(nodes):
            if n.op in ("table", "rom"):
                entries = list(n.attr[0])
                at = len(entries) // 3
                other = max(range(len(entries)), key=lambda i: abs(entries[i] - entries[at]))
                entries[at] = entries[other]
                nodes[k] = replace(n, attr=(tuple(entries), *n.attr[1:]))
                break
        return honest(replace(graph, nodes=tuple(nodes)))

    monkeypatch.setattr(text, "show", show)


def dropped_sign(monkeypatch) -> None:
    """The parser reads ``-x`` as ``x``."""
    monkeypatch.setattr("symgate.frontend.language.joining.opposite", lambda e: e)


FAULTS = {
    "free window": (free_window, "edges"),
    "short interval": (short_interval, "edges"),
    "table entry": (table_entry, "edges"),
    "dropped sign": (dropped_sign, "trees"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_found(name, monkeypatch, unchecked):
    """And without the fault, the design that showed it holds."""
    plant, wanted = FAULTS[name]
    with monkeypatch.context() as planted:
        plant(planted)
        seen = found(wanted, SEED)
    assert seen is not None
    honest = attack(Task(SEED, seen[0], False, QUICK, Limits()))
    assert not honest.verdict.failures


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_found_from_any_seed(name, monkeypatch, unchecked, rng):
    plant, wanted = FAULTS[name]
    plant(monkeypatch)
    seed = int(rng.integers(1 << 30))
    assert found(wanted, seed) is not None, f"seed {seed}"


@pytest.mark.slow
def test_a_wrong_parser_is_found_though_all_checks_of_symgate_agree_with_it(monkeypatch):
    dropped_sign(monkeypatch)
    assert found("trees", SEED) is not None
