"""How Python code reads, in figures: long functions, wide lines, dense expressions, short names.

    python tools/style_figures.py [NAME=]FOLDER ... [--list FIGURE]

Each folder is a package or a part of one; without any it is ``symgate`` beside this script. Prints
one Markdown table with a column for each. ``--list`` prints in place of it where one figure comes
from, such as ``--list nested``, one place a line.

Lines are those that are not blank. A name is counted where it is bound: parameters, targets of
assignments, loops and comprehensions; ``_`` is none. A number without a home is a name that a module
binds to a number, or to a tuple of numbers, outside of any class.
"""

from __future__ import annotations

import argparse
import ast
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WIDE = 100
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
#: Figures that are places in the code, by their key for ``--list``, and whether they are given per
#: 1,000 lines.
PLACES = {
    "wide": (f"lines over {WIDE} columns, %", 100.0),
    "conditional": ("conditional expressions per 1,000 lines", 1000.0),
    "nested": ("of them in another, or in a comprehension with a condition (count)", None),
    "comprehension": ("comprehensions per 1,000 lines", 1000.0),
    "letter": ("one-letter names per 1,000 lines", 1000.0),
    "number": ("module-level numbers outside a class (count)", None),
}


@dataclass(frozen=True)
class Place:
    """One occurrence of what a figure counts."""

    figure: str
    path: Path
    line: int
    what: str = ""


@dataclass(frozen=True)
class Figures:
    """What was counted in one folder."""

    files: int
    lines: int
    functions: tuple[int, ...]  # their lengths, sorted
    places: tuple[Place, ...]

    def rows(self) -> Iterator[tuple[str, str]]:
        """Each figure with its name."""
        yield "files", f"{self.files:,}"
        yield "lines", f"{self.lines:,}"
        yield "functions", f"{len(self.functions):,}"
        yield "lines of a function, median", f"{statistics.median(self.functions):g}"
        yield "90th percentile", str(self.functions[int(len(self.functions) * 0.9)])
        yield "longest", str(self.functions[-1])
        for key, (name, scale) in PLACES.items():
            count = sum(place.figure == key for place in self.places)
            yield name, str(count) if scale is None else f"{scale * count / self.lines:.1f}"


def measured(folder: Path) -> Figures:
    """The figures of all Python files below ``folder``; raise `SystemExit` where there is none."""
    lines, lengths, places = 0, list[int](), list[Place]()
    files = sorted(folder.rglob("*.py"))
    for path in files:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text, str(path))
        rows = text.splitlines()
        lines += sum(bool(row.strip()) for row in rows)
        places += [
            Place("wide", path, number) for number, row in enumerate(rows, 1) if len(row) > WIDE
        ]
        places += in_tree(tree, path)
        lengths += [length(node) for node in ast.walk(tree) if isinstance(node, FUNCTIONS)]
    if not lengths:
        sys.exit(f"{folder} holds no Python function")
    return Figures(len(files), lines, tuple(sorted(lengths)), tuple(places))


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function, decorators aside."""
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1


def in_tree(tree: ast.Module, path: Path) -> Iterator[Place]:
    """The places of one file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.IfExp):
            yield Place("conditional", path, node.lineno)
        elif isinstance(node, COMPREHENSIONS):
            yield Place("comprehension", path, node.lineno)
        yield from (Place("nested", path, inner.lineno) for inner in conditionals_inside(node))
        for name in names_bound(node):
            if len(name) == 1 and name != "_":
                yield Place("letter", path, getattr(node, "lineno", 0), name)
    yield from (Place("number", path, node.lineno, name) for node, name in numbers(tree))


def conditionals_inside(node: ast.AST) -> list[ast.IfExp]:
    """The conditional expressions directly in another, or in a comprehension that has a condition."""
    if isinstance(node, ast.IfExp):
        parts: list[ast.expr] = [node.test, node.body, node.orelse]
    elif isinstance(node, COMPREHENSIONS) and any(loop.ifs for loop in node.generators):
        parts = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
    else:
        return []
    return [inner for part in parts for inner in outermost(part)]


def outermost(node: ast.AST) -> Iterator[ast.IfExp]:
    """The conditional expressions in ``node`` that are in no other one of it."""
    if isinstance(node, ast.IfExp):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        yield from outermost(child)


def names_bound(node: ast.AST) -> list[str]:
    """The names that ``node`` itself binds."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return [node.id]
    return [node.arg] if isinstance(node, ast.arg) else []


def numbers(tree: ast.Module) -> Iterator[tuple[ast.stmt, str]]:
    """The statements of a module that bind a name to a number, and the names."""
    for node in tree.body:
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            pairs = [(node.target, node.value)]
        else:
            continue
        for target, value in pairs:
            yield from ((node, name) for name in bound_to_numbers(target, value))


def bound_to_numbers(target: ast.expr, value: ast.expr) -> list[str]:
    """The names in ``target`` that stand for numbers: ``A, B = 1, (2, 3)`` binds two of them."""
    if isinstance(target, ast.Name):
        return [target.id] if is_number(value) else []
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        parts = zip(target.elts, value.elts, strict=False)
        return [name for each, part in parts for name in bound_to_numbers(each, part)]
    return []


def is_number(value: ast.expr) -> bool:
    """Whether an expression is of numbers alone: ``1 << 20``, ``-0.5``, ``(2, 3)``."""
    match value:
        case ast.Constant(value=int() | float() as number):
            return not isinstance(number, bool)
        case ast.UnaryOp(operand=operand):
            return is_number(operand)
        case ast.BinOp(left=left, right=right):
            return is_number(left) and is_number(right)
        case ast.Tuple(elts=[_, *_] as parts):
            return all(is_number(part) for part in parts)
        case ast.Call(func=ast.Name(id="Fraction" | "Decimal"), args=[_, *_] as parts):
            return all(is_number(part) for part in parts)
    return False


def table(columns: dict[str, Figures]) -> str:
    """One Markdown table with a row for each figure."""
    per_column = [dict(figures.rows()) for figures in columns.values()]
    rows = [["", *columns], ["---"] * (len(columns) + 1)]
    rows += [[name, *(column[name] for column in per_column)] for name in per_column[0]]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def folders(given: Sequence[str]) -> dict[str, Path]:
    """The folders to measure by the names of their columns."""
    found = {}
    for item in given or [f"symgate={ROOT / 'symgate'}"]:
        name, _, path = item.rpartition("=")
        found[name or Path(path).name] = Path(path)
    return found


def main() -> None:
    """Print the table, or the places behind one figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", metavar="[NAME=]FOLDER")
    parser.add_argument("--list", choices=PLACES, help="print the places of one figure")
    args = parser.parse_args()
    columns = {name: measured(path) for name, path in folders(args.folders).items()}
    if args.list is None:
        print(table(columns))
        return
    for figures in columns.values():
        for place in figures.places:
            if place.figure == args.list:
                print(f"{place.path}:{place.line} {place.what}".rstrip())


if __name__ == "__main__":
    main()
