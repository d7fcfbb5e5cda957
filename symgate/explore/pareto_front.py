"""A whole Pareto front compiled: what the accuracy of each row costs in hardware; and prices for
the search itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from symgate import api
from symgate.errors import BrokenPromise, InputError, SymgateError, Where
from symgate.frontend.files import read_text
from symgate.frontend.options import Options
from symgate.frontend.readers import pysr
from symgate.frontend.readers.tables import Row, rows

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Point:
    """One row of a front: the search's numbers, and its hardware, or why there is none."""

    complexity: int
    loss: float
    equation: str
    lut: float | None = None
    ff: float | None = None
    dsp: float | None = None
    ns: float | None = None
    bound: float | None = None
    refused: str | None = None
    best: bool = False  # no other row has a smaller loss and no more LUT


def compile_front(
    source: Path,
    output: Path | None,
    options: Options,
    search_seconds: float | None = None,
    progress: Progress = lambda step: None,
) -> tuple[Path, list[Point]]:
    """Compile every row of a table of candidates into a folder of its own; return the folder and
    the rows.

    A row that cannot be compiled has its reason. Raise `InputError` where the source is no table of
    one output.
    """
    found = rows(read_text(source), str(source))
    if len({r.output for r in found}) > 1 or not any(r.rated for r in found):
        expected = "one table of complexity, loss and equation"
        raise InputError(
            "this is no front of one output", where=Where(str(source)), expected=expected
        )
    top = output or Path("build") / f"{source.name.split('.')[0]}_front"
    points = []
    folders = _folders(found)
    for number, (row, folder) in enumerate(zip(found, folders, strict=True), 1):
        progress(f"row {number} of {len(found)}, complexity {row.complexity}")
        points.append(_point(row, top / folder, options, search_seconds))
    return top, marked(points)


def _folders(found: Sequence[Row]) -> list[str]:
    """A folder for each row, by its complexity; those of one complexity are numbered."""
    names = list[str]()
    for number, row in enumerate(found, 1):
        name = f"c{number if row.complexity is None else row.complexity}"
        again = sum(name == n.partition("-")[0] for n in names)
        names.append(f"{name}-{again + 1}" if again else name)
    return names


def _point(row: Row, folder: Path, options: Options, search_seconds: float | None) -> Point:
    point = Point(row.complexity or 0, row.loss, row.equation.text)
    try:
        found = pysr.build({0: row}, None, options, name=folder.name, file=row.equation.file)
        plain, stated = found.plain(of_row(options, list(found.inputs)))
        build = api.compile(plain.design(stated), folder, search_seconds=search_seconds)
    except BrokenPromise:
        raise
    except SymgateError as e:
        return replace(point, refused=e.what)
    estimate, bound = build.report["estimate"], build.certificate.bounds[0].bound
    return replace(point, lut=estimate["lut"], ff=estimate["ff"], dsp=estimate["dsp"], bound=bound,
                   ns=build.report["latency"]["ns"])  # fmt: skip


def of_row(options: Options, inputs: Sequence[str]) -> Options:
    """``options`` without the ranges and formats of inputs that a row does not use."""
    ranges = {n: r for n, r in options.stated_ranges().items() if n in inputs or n == "*"}
    formats = {n: f for n, f in options.stated_formats().items() if n in inputs or n == "*"}
    return replace(options, ranges=ranges, formats=formats)


def marked(points: Sequence[Point]) -> list[Point]:
    """``points`` with those marked that no other beats in loss and in LUT."""

    def beaten(p: Point) -> bool:
        return p.lut is None or any(
            q.lut is not None
            and (q.loss <= p.loss and q.lut <= p.lut)
            and (q.loss < p.loss or q.lut < p.lut)
            for q in points
        )

    return [replace(point, best=not beaten(point)) for point in points]


def csv(points: Sequence[Point]) -> str:
    """The front as a CSV text."""
    head = "complexity,loss,lut,ff,dsp,ns,bound,best,equation,refused"
    lines = (
        ",".join([str(point.complexity), repr(point.loss),
                  *map(_cell, (point.lut, point.ff, point.dsp, point.ns, point.bound)),
                  str(int(point.best)), _quoted(point.equation), _quoted(point.refused or "")])
        for point in points
    )  # fmt: skip
    return "\n".join([head, *lines]) + "\n"


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


#: What each operator of PySR is measured on, and the range of its operands.
OPERATORS: dict[str, tuple[str, str]] = {
    "+": ("x + z", "[-4, 4]"),
    "-": ("x - z", "[-4, 4]"),
    "*": ("x * z", "[-4, 4]"),
    "/": ("x / z", "[0.5, 4]"),
    "max": ("max(x, z)", "[-4, 4]"),
    "greater": ("x > z", "[-4, 4]"),
    "square": ("square(x)", "[-4, 4]"),
    "cube": ("cube(x)", "[-4, 4]"),
    "neg": ("-x", "[-4, 4]"),
    "abs": ("abs(x)", "[-4, 4]"),
    "inv": ("inv(x)", "[0.5, 4]"),
    "exp": ("exp(x)", "[-4, 0]"),
    "log": ("log(x)", "[0.5, 4]"),
    "sqrt": ("sqrt(x)", "[0, 4]"),
    "sin": ("sin(x)", "[-4, 4]"),
    "cos": ("cos(x)", "[-4, 4]"),
    "tanh": ("tanh(x)", "[-4, 4]"),
    "relu": ("relu(x)", "[-4, 4]"),
}


def prices(
    bits: int, relative_error: str, names: Sequence[str] = (), clock: str | None = None
) -> dict[str, float]:
    """LUT of each operator from ``bits``-bit operands to within ``relative_error`` of its range.

    Raise `InputError` for a name that is not in `OPERATORS`.
    """
    found = {}
    for name in names or OPERATORS:
        if name not in OPERATORS:
            raise InputError(
                f"the operator '{name}' has no measurement", expected=", ".join(OPERATORS)
            )
        text, span = OPERATORS[name]
        options = Options(bits=bits, relative_error=relative_error, ranges=[span], clock=clock)
        if name in ("greater",):
            options = replace(options, relative_error="1/2")
        found[name] = api.luts_of(f"y = {text}", options)
    return found


def complexities(found: dict[str, float], unit: float | None = None) -> dict[str, int]:
    """Prices as whole complexities for PySR: an adder is 1, unless ``unit`` LUT are."""
    one = unit or found.get("+") or min((v for v in found.values() if v > 0), default=1.0)
    return {name: max(1, math.ceil(lut / one - 0.25)) for name, lut in found.items()}


def settings(found: dict[str, float], bits: int, relative_error: str) -> str:
    """Python text with the arguments of ``PySRRegressor`` that make it search for small hardware."""
    whole = complexities(found)
    lines = [f"# LUT at {bits} bits, error {relative_error} of the range:",
             "# " + ", ".join(f"{name} {lut:.0f}" for name, lut in found.items()),
             "complexity_of_operators = {"]  # fmt: skip
    lines += [f'    "{name}": {value},' for name, value in whole.items()]
    lines += [
        "}",
        "complexity_of_constants = 1  # a constant times a value is a few adders; beside +, nothing",
        "complexity_of_variables = 1",
    ]
    return "\n".join(lines) + "\n"
