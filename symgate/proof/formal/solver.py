"""The two SMT solvers that a query may go to: the text of a query in, what came of it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from symgate.errors import ToolMissing


@dataclass(frozen=True)
class Answer:
    """Whether a query can be fulfilled, and by which values; ``None`` where time was short."""

    found: bool | None
    values: Mapping[str, int]


Solver = Callable[[str, float], Answer]


def default() -> Solver:
    """Bitwuzla, which is the faster one on these queries, or else Z3."""
    if find_spec("bitwuzla"):
        return bitwuzla
    if find_spec("z3"):
        return z3
    raise ToolMissing("a formal check needs an SMT solver", remedy="pip install 'symgate[formal]'")


def bitwuzla(query: str, seconds: float) -> Answer:
    """Ask Bitwuzla."""
    import bitwuzla as module

    terms, options = module.TermManager(), module.Options()
    options.set(module.Option.PRODUCE_MODELS, True)
    options.set(module.Option.TIME_LIMIT_PER, max(1, int(1000 * seconds)))
    parser = module.Parser(terms, options)
    parser.parse(query, True, False)
    solver = parser.bitwuzla()
    result = solver.check_sat()
    if result == module.Result.UNSAT:
        return Answer(False, {})
    if result != module.Result.SAT:
        return Answer(None, {})
    return Answer(
        True, {f.symbol(): _number(solver.get_value(f).value()) for f in _constants(parser)}
    )


def _constants(parser: Any) -> list[Any]:
    return [f for f in parser.get_declared_funs() if f.is_const()]


def _number(value: Any) -> int:
    return int(value) if isinstance(value, bool) else int(str(value), 2)


def z3(query: str, seconds: float) -> Answer:
    """Ask Z3."""
    import z3 as module

    solver = module.SolverFor("QF_BV")
    solver.set("timeout", max(1, int(1000 * seconds)))
    solver.from_string(query)
    result = solver.check()
    if result == module.unsat:
        return Answer(False, {})
    if result != module.sat:
        return Answer(None, {})
    model = solver.model()
    return Answer(True, {d.name(): _z3_number(model[d]) for d in model.decls() if d.arity() == 0})


def _z3_number(value: Any) -> int:
    return value.as_long() if hasattr(value, "as_long") else int(str(value) == "True")
