"""Many designs at once: fronts of accuracy against LUT, and prices of operators."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symgate.cli.terminal import print_json, print_parts, progress
from symgate.errors import InputError, ToolMissing

if TYPE_CHECKING:
    from symgate.frontend.options import Options


def compile_front(
    source: list[Path],
    output: Path | None,
    options: "Options",
    search_seconds: float | None,
    as_json: bool,
) -> None:
    """Compile a whole front, print and keep its table and picture."""
    from dataclasses import asdict

    from symgate.explore import pareto_front
    from symgate.files import replace_file
    from symgate.report import plots, tables

    if len(source) != 1:
        raise InputError(f"{len(source)} files are given", expected="one table of candidates")
    with progress() as step:
        top, points = pareto_front.compile_front(source[0], output, options, search_seconds, step)
    rows = [asdict(point) for point in points]
    replace_file(top / "front.csv", pareto_front.csv(points))
    try:
        replace_file(top / "front.png", plots.front(rows))
        note = f"Written to {top}/"
    except ToolMissing as e:
        note = f"Written to {top}/, without front.png: {e.what}; {e.remedy}"
    if as_json:
        print_json(rows)
    else:
        print_parts(tables.front(rows), "", note)


def pysr_prices(
    operators: Annotated[
        list[str] | None, typer.Argument(help="Operators of PySR. [default: the usual ones]")
    ] = None,
    bits: Annotated[int, typer.Option(help="Bits of each operand.", min=1)] = 12,
    relative_error: Annotated[
        str, typer.Option(help="Largest error as a share of the range.")
    ] = "2^-8",
) -> None:
    """Print complexities for PySR that are what the operators cost in hardware."""
    from symgate.explore import pareto_front

    prices = pareto_front.prices(bits, relative_error, operators or ())
    typer.echo(pareto_front.settings(prices, bits, relative_error), nl=False)
