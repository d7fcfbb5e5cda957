"""The rules of the house, checked: who may import whom, how long code may be, what is never called."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "symgate"
#: The rooms of a package from the ground up; a room imports only from rooms before its own.
LAYERS = {
    "symgate": [
        "lazy", "errors", "files", "caches", "patience", "scheduler", "ir", "passes", "backends", "project", "frontend",
        "sim", "learn", "proof", "report", "built", "emitted", "api", "hls4ml", "alkaid", "explore", "cli", "__main__",
    ],
    "symgate.passes": [
        "rewrite", "approx", "bounds", "hardware", "domains", "lowering", "widths", "cmvm", "forms", "steps",
        "pipeline", "compiler",
    ],
    "symgate.frontend": [
        "files", "language", "data_ranges", "check", "outranges", "port_formats", "sincs", "removable",
        "rounded_ranges", "refusals", "samples", "ignored", "options", "design_file", "imported", "readers",
        "writers", "load",
    ],
    "symgate.learn": ["data", "datasets", "trainfile", "classes", "symbolnet", "tables", "fit", "distil"],
}  # fmt: skip
#: Which room of `passes` builds on which others. An arrow more is a choice: see the test of its number.
ARROWS = {
    "domains": ["rewrite"],
    "lowering": ["rewrite", "approx"],
    "widths": ["rewrite", "bounds", "hardware", "lowering"],
    "cmvm": ["lowering"],
    "forms": ["rewrite", "bounds", "domains", "widths"],
    "steps": ["hardware", "domains", "widths", "forms"],
    "pipeline": ["rewrite", "hardware", "domains", "widths", "steps"],
    "compiler": ["widths", "steps", "pipeline"],
}
#: Entries of `passes`, and arrows between them. Before it was sorted by trade, it had 37 and 86.
MOST_ENTRIES, MOST_ARROWS = 12, 25
HEAVY = {
    "amaranth",
    "flint",
    "hls4ml",
    "keras",
    "matplotlib",
    "numpy",
    "pyosys",
    "sympy",
    "tensorflow",
    "torch",
}
UNSAFE = {"eval", "exec", "sympify", "parse_expr", "S"}  # S is SymPy's short name of sympify
FILES = sorted(PACKAGE.rglob("*.py"))
LAYERED = [
    path for path in FILES if path != PACKAGE / "__init__.py"
]  # which only names what the layers define


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name(path: Path) -> str:
    """``symgate.ir.ops`` for ``symgate/ir/ops.py``, and ``symgate.ir.__init__`` for its package."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def imports(module: str, body: ast.Module) -> Iterator[tuple[int, str]]:
    """Each module of symgate that is imported anywhere in ``body``, with its line, relative names
    resolved.
    """
    for node in ast.walk(body):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")[: -node.level] if node.level else []
            source = ".".join(base + ([node.module] if node.module else []))
            found = [f"{source}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (
            (node.lineno, target) for target in found if f"{target}.".startswith("symgate.")
        )


def place(package: str, module: str) -> int | None:
    """Where the room of ``module`` stands in ``package``; None for the package's own ``__init__``."""
    room = f"{module}.".removeprefix(f"{package}.").split(".")[0]
    if room in ("", "__init__"):
        return None
    assert room in LAYERS[package], (
        f"{module} is in no layer: give it a place in LAYERS of tests/test_layout.py"
    )
    return LAYERS[package].index(room)


def upward(module: str, body: ast.Module) -> list[str]:
    """The imports of ``module`` from a room that is built on top of its own."""
    found = []
    for line, target in imports(module, body):
        for package in LAYERS:
            if not (
                f"{module}.".startswith(f"{package}.") and f"{target}.".startswith(f"{package}.")
            ):
                continue
            if target == "symgate.__version__":
                continue
            mine, other = place(package, module), place(package, target)
            if other is not None and (mine is None or other > mine):
                found.append(f"line {line} imports {target}, a higher layer than {module}")
    return found


def unsafe(body: ast.Module) -> list[str]:
    """Calls that run text as Python. ``x.eval()`` is a method of something else;
    ``sympy.sympify()`` is not.
    """
    found = []
    for node in ast.walk(body):
        if isinstance(node, ast.Call):
            plain = node.func.id if isinstance(node.func, ast.Name) else ""
            dotted = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            if plain in UNSAFE or dotted in UNSAFE - {"eval", "exec"}:
                found.append(f"line {node.lineno} calls {plain or dotted}()")
        elif isinstance(node, ast.ImportFrom):
            bad = UNSAFE.intersection(alias.name for alias in node.names)
            found += [
                f"line {node.lineno} imports {name} from {node.module}" for name in sorted(bad)
            ]
    return found


@pytest.mark.parametrize("path", LAYERED, ids=name)
def test_imports_point_down(path):
    assert upward(name(path), tree(path)) == []


def test_imports_make_no_circle():
    modules = {name(path).removesuffix(".__init__"): path for path in FILES}
    needed = {module: set[str]() for module in modules}
    for module, path in modules.items():
        for _, target in imports(name(path), tree(path)):
            found = target if target in modules else target.rpartition(".")[0]
            needed[module] |= {found} & modules.keys() - {module}

    TopologicalSorter(needed).prepare()  # raises CycleError, which names the modules


def test_modules_of_passes_have_names_of_their_own():
    """A reader who is told of `terms.py` must not have to ask which."""
    rooms = set(LAYERS["symgate.passes"])
    inside = [p.stem for p in (PACKAGE / "passes").glob("*/**/*.py") if p.stem != "__init__"]

    assert sorted(inside) == sorted(set(inside))
    assert not rooms.intersection(inside)


def test_passes_are_few_rooms():
    inside = (PACKAGE / "passes").iterdir()
    entries = {p.stem for p in inside if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert entries - {"__init__"} == set(LAYERS["symgate.passes"])
    assert len(LAYERS["symgate.passes"]) <= MOST_ENTRIES


def test_arrows_between_rooms_of_passes():
    found = dict[str, set[str]]()
    for path in (PACKAGE / "passes").rglob("*.py"):
        for _, target in imports(name(path), tree(path)):
            if target.startswith("symgate.passes."):
                room, other = name(path).split(".")[2], target.split(".")[2]
                found.setdefault(room, set()).add(other)
    order = LAYERS["symgate.passes"]
    arrows = {room: sorted(found.get(room, set()) - {room}, key=order.index) for room in order}
    count = sum(map(len, arrows.values()))
    print(f"{count} arrows:", *(f"{room} -> {', '.join(to)};" for room, to in arrows.items() if to))
    assert {room: to for room, to in arrows.items() if to} == ARROWS
    assert count <= MOST_ARROWS


ROOMS = [path for path in LAYERED if path.name == "__init__.py"]


@pytest.mark.parametrize("path", ROOMS, ids=name)
def test_room_says_what_lives_there_and_what_may_not(path):
    text = ast.get_docstring(tree(path)) or ""
    assert re.search(r"\b([Nn]othing|[Nn]o|[Nn]either|not|never)\b", text), text
    assert len(text.split()) >= 20, text


@pytest.mark.parametrize("path", FILES, ids=name)
def test_text_is_never_run_as_python(path):
    assert unsafe(tree(path)) == [], (
        "an expression file is untrusted: parse it with symgate's own parser"
    )


@pytest.mark.parametrize("path", FILES + sorted((ROOT / "tests").rglob("*.py")), ids=name)
def test_file_is_short(path):
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    assert len(lines) <= 400, "split it: would two files with names of their own read better?"


def test_functions_are_short():
    functions = sorted(
        (node.end_lineno - node.lineno + 1, f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
        for path in FILES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    ninetieth, _ = functions[int(len(functions) * 0.9)]
    assert ninetieth <= 30, "\n".join(f"{size} lines: {place}" for size, place in functions[-10:])


def test_help_imports_nothing_heavy():
    script = (
        "import sys, symgate.cli\n"
        "sys.argv = ['symgate', '--help']\n"
        "try: symgate.cli.main()\n"
        "except SystemExit as stop: assert not stop.code, stop.code\n"
        "print(*sorted({module.partition('.')[0] for module in sys.modules}))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert HEAVY.intersection(run.stdout.splitlines()[-1].split()) == set()


# The checks themselves


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("symgate.ir.ops", "import symgate.passes.rewrite.fuse"),
        ("symgate.ir.ops", "from symgate.passes import fuse"),
        ("symgate.ir.ops", "from symgate import passes"),
        ("symgate.ir.ops", "from ..passes import fuse"),
        ("symgate.ir.__init__", "from ..passes import fuse"),
        ("symgate.sim.cpp", "def f():\n    from symgate.report.html import page"),
        ("symgate.passes.rewrite.fuse", "from symgate.passes.lowering.context import Context"),
        ("symgate.frontend.language.infix", "from symgate.frontend.readers import SOURCES"),
    ],
)
def test_upward_import_is_found(module, code):
    assert len(upward(module, ast.parse(code))) == 1


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("symgate.passes.rewrite.fuse", "from symgate.ir import Graph"),
        ("symgate.ir.ops", "from .types import Fixed"),
        ("symgate.ir.__init__", "from .types import Fixed"),
        ("symgate.cli", "from symgate import __version__"),
        ("symgate.ir.ops", "import symgatex, numpy"),
    ],
)
def test_downward_import_is_allowed(module, code):
    assert upward(module, ast.parse(code)) == []


def test_new_layer_needs_a_place():
    with pytest.raises(AssertionError, match=r"^symgate\.gui\.app is in no layer"):
        place("symgate", "symgate.gui.app")


@pytest.mark.parametrize(
    "code", ["eval(t)", "exec(t)", "sympy.sympify(t)", "from sympy import S as s", "sp.S(t)"]
)
def test_unsafe_call_is_found(code):
    assert len(unsafe(ast.parse(code))) == 1


@pytest.mark.parametrize("code", ["graph.eval(x)", "re.compile(t)", "sympy.S.One"])
def test_safe_call_is_allowed(code):
    assert unsafe(ast.parse(code)) == []
