"""The second proof shares nothing with the passes whose result it checks, also not by a detour."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping

from tests.test_layout import FILES, imports, name, tree

CHECKED, CHECKER = "symgate.passes", "symgate.proof"


def imported() -> dict[str, set[str]]:
    """Per module of symgate those that it imports anywhere, in functions too, with their packages."""
    known = {name(path).removesuffix(".__init__") for path in FILES}
    found: dict[str, set[str]] = {}
    for path in FILES:
        module = name(path)
        targets = {t for _, t in imports(module, tree(path))}
        found[module.removesuffix(".__init__")] = {
            package for t in targets for package in packages(t) if package in known
        }
    return found


def packages(module: str) -> Iterator[str]:
    """A module and the packages it is in, all of which run when it is imported; not the top."""
    parts = module.split(".")
    yield from (".".join(parts[:k]) for k in range(2, len(parts) + 1))


def inside(module: str, package: str) -> bool:
    return f"{module}.".startswith(f"{package}.")


def way(graph: Mapping[str, set[str]], start: str, end: str) -> list[str]:
    """A shortest chain of imports from package ``start`` into package ``end``; empty without one."""
    ways = {module: [module] for module in sorted(graph) if inside(module, start)}
    waiting = list(ways)
    while waiting:
        module = waiting.pop(0)
        if inside(module, end):
            return ways[module]
        for target in sorted(graph.get(module, ())):
            if target not in ways:
                ways[target] = [*ways[module], target]
                waiting.append(target)
    return []


def test_proof_imports_no_pass():
    chain = way(imported(), CHECKER, CHECKED)

    assert chain == [], f"what is checked takes part in the check: {' imports '.join(chain)}"


def test_proof_runs_without_any_pass():
    script = (
        "import sys, symgate.proof.verify, symgate.proof.recheck\n"
        f"print(*(m for m in sys.modules if m.startswith('{CHECKED}')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == []


def test_a_detour_is_found():
    graph = {
        "symgate.proof.a": {"symgate.sim.b"},
        "symgate.sim.b": {"symgate.backends.c"},
        "symgate.backends.c": {"symgate.passes.d"},
    }
    assert way(graph, CHECKER, CHECKED) == [*graph, "symgate.passes.d"]
    graph["symgate.sim.b"] = set()
    assert way(graph, CHECKER, CHECKED) == []


def test_the_imports_that_are_followed_are_real():
    graph = imported()

    assert way(graph, "symgate.api", CHECKED)[0] == "symgate.api"
    assert "symgate.backends.hls" in graph["symgate.sim.cpp"]
    assert "symgate.sim.rtl_bench" in graph["symgate.sim.models"], "imported inside a function"
