"""What is done with a build folder: simulate it, verify it, report on it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symgate.cli.options import AsJson, BuildFolder, Seed
from symgate.cli.sources import print_build
from symgate.cli.terminal import print_json, print_parts, progress
from symgate.errors import CheckFailed, InputError

if TYPE_CHECKING:
    from symgate.proof.verify import Verification


def simulate(
    folder: BuildFolder,
    data: Annotated[
        Path | None, typer.Option(help="CSV with a column per input. [default: random inputs]")
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(
            help="Column of classes, or of the values that one output is to have. [default: the one that names outputs]"
        ),
    ] = None,
    vectors: Annotated[int, typer.Option(help="Random inputs without --data.", min=1)] = 100_000,
    seed: Seed = 0,
    plots: Annotated[
        bool, typer.Option(help="Draw histograms and ROC curves into BUILD/plots.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Compare fixed point with float64: errors, saturations, accuracy, plots."""
    from symgate import api
    from symgate.report import report, tables

    build = api.load(folder)
    with progress() as step:
        result = api.simulate(build, data, label=label, vectors=vectors, seed=seed, progress=step)
        drawn = api.plot(build, result) if plots else []
    if as_json:
        print_json(report.simulation_json(result))
    else:
        print_parts(tables.simulation(result), *(f"Plot: {path}" for path in drawn))
    if problem := api.missed_metric(build, result):
        raise CheckFailed(problem, where=str(folder), remedy="compile with a smaller max_loss")


def verify(
    folder: BuildFolder,
    tool: Annotated[
        list[str] | None,
        typer.Option(help="Only this model: cpp, amaranth, verilator, icarus, ghdl. Repeatable."),
    ] = None,
    vectors: Annotated[int, typer.Option(help="Vectors for the fast models.", min=1)] = 100_000,
    seed: Seed = 0,
    data: Annotated[Path | None, typer.Option(help="CSV whose rows are among the vectors.")] = None,
    formal: Annotated[
        bool, typer.Option("--formal", help="Prove the Verilog equal to the graph, wire by wire.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail where a bound is not proved a second time.")
    ] = False,
    exhaustive: Annotated[
        bool,
        typer.Option(
            "--exhaustive",
            help="Try every input of outputs with at most 2^32; the largest error becomes the bound.",
        ),
    ] = False,
    random: Annotated[
        int,
        typer.Option(help="With --exhaustive, so many random inputs of outputs with more.", min=0),
    ] = 0,
    jobs: Annotated[
        int | None, typer.Option(help="Cores of --exhaustive. [default: all]", min=1)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a build: its models on the same vectors, bit by bit; its bounds against what is seen and
    against a second proof; its files against their hashes.

    A bound is refuted only by an input, which is shown. What the second proof leaves open is said;
    it fails with --strict, or where the second bound is wider than the claim.
    """
    from symgate import api
    from symgate.proof.sweep.maximum import Settings as SweepSettings
    from symgate.report import report, tables

    if random and not exhaustive:
        raise InputError("--random is a part of --exhaustive", remedy="add --exhaustive")
    sweep = SweepSettings(random, seed, jobs or os.cpu_count() or 1) if exhaustive else None
    with progress() as step:
        result = api.verify(
            folder,
            tools=tool,
            vectors=vectors,
            seed=seed,
            rows=data,
            sweep=sweep,
            formal=formal,
            progress=step,
            announce=lambda time: typer.echo(time, err=True),
        )
    if as_json:
        print_json(report.verification_json(result))
    else:
        print_parts(tables.verification(result), *_formal(result))
    problems = result.problems + (result.notes if strict else [])
    if problems:
        first, *others = problems
        more = "".join(f"\n  also: {problem}" for problem in others)
        remedy = "compile again; if it stays, report it with graph.txt"
        raise CheckFailed(first + more, where=str(folder), remedy=remedy)


def _formal(result: Verification) -> list[Any]:
    from symgate.report.formal_tables import formal_table

    return [formal_table(result)] if result.formal else []


def report(
    folder: BuildFolder,
    synth: Annotated[
        str | None, typer.Option(help="Count the netlist with this tool: yosys.")
    ] = None,
    dsp: Annotated[bool, typer.Option(help="Let the synthesis use DSP blocks.")] = True,
    vendor: Annotated[
        Path | None,
        typer.Option(help="Show reports of Vivado, Vitis HLS or Quartus in this folder beside it."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the report of a build; with --synth, count its netlist first."""
    from symgate import api

    with progress() as step:
        build = api.report(folder, synth=synth, dsp=dsp, progress=step)
    if vendor is None:
        print_build(build, as_json)
        return
    from symgate.report.vendor import read_folder
    from symgate.report.vendor.beside import beside_json, beside_table

    found = read_folder(vendor)
    if as_json:
        print_json(beside_json(build.report, found))
    else:
        print_parts(beside_table(build.report, found))
