"""Which values share a loop: one that is read once is computed where it is read, and never stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from symgate.ir.fixed import CONST, INPUT
from symgate.sim.compiled.program import Program

#: Operators in a loop at most: beyond it the registers of the processor do not hold what is alive.
MOST = 40


@dataclass(frozen=True)
class Loop:
    """One pass over a block: ``inside`` is computed in this order, the last one is stored."""

    inside: tuple[int, ...]
    reads: tuple[int, ...]  # stored values and inputs

    @property
    def result(self) -> int:
        """The term that the loop stores."""
        return self.inside[-1]


def loops_of(program: Program) -> list[Loop]:
    """Return the loops of ``program``, in an order in which they can run."""
    inlined = _inlined(program)
    stored = [
        i for i, term in program.terms.items() if i not in inlined and term.op not in (CONST, INPUT)
    ]
    return [_loop(program, inlined, i) for i in stored]


def _inlined(program: Program) -> set[int]:
    """The terms that are read once, where the loop does not become too long."""
    uses = Counter(a for term in program.terms.values() for a in set(term.args))
    outputs, sizes, found = set(program.outputs), dict[int, int](), set[int]()
    for i, term in program.terms.items():
        sizes[i] = 1 + sum(sizes[a] for a in set(term.args) if a in found)
        kept = i in outputs or term.op in (CONST, INPUT)
        if not kept and uses[i] == 1 and sizes[i] < MOST:
            found.add(i)
    return found


def _loop(program: Program, inlined: set[int], result: int) -> Loop:
    inside, waiting, reads = {result}, [result], set[int]()
    while waiting:
        for a in program.terms[waiting.pop()].args:
            if a in inlined and a not in inside:
                inside.add(a)
                waiting.append(a)
            elif a not in inlined and program.terms[a].op != CONST:
                reads.add(a)
    return Loop(tuple(sorted(inside)), tuple(sorted(reads)))


def last_reads(loops: Sequence[Loop]) -> dict[int, int]:
    """For each value the number of the loop that reads it last."""
    return {a: k for k, loop in enumerate(loops) for a in loop.reads}
