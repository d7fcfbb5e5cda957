"""Explorations: the same points whichever way they ran, whatever was killed, and only what is missing."""

from __future__ import annotations

import csv
import io
import json
import multiprocessing
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from symgate import api
from symgate.cli import app
from symgate.errors import BrokenPromise, InputError, ToolMissing
from symgate.explore import exploration, measure, texts, workers
from symgate.explore.axes import Axes
from symgate.explore.candidates import candidates
from symgate.explore.exploration import explore
from symgate.explore.plan import Rows, plan
from symgate.explore.workers import Dask, Processes, here
from symgate.frontend.options import Options

DESIGN = """[design]
name = "wave"
[inputs]
x = { format = "fixed<8,3>" }
[outputs]
y = "sin(x)*x"
[accuracy]
max_error = "2^-4"
"""
TABLE = 'Complexity,Loss,Equation\n1,10.0,"1.5"\n3,4.0,"x0 * 0.5"\n4,1.2,"square(x0)"\n'
SMALL = Axes(errors=["2^-2..2^-4"], bits=["5,6"])


@pytest.fixture
def design(tmp_path) -> Path:
    path = tmp_path / "wave" / "design.toml"
    path.parent.mkdir()
    path.write_text(DESIGN)
    return path


@pytest.fixture
def jobs(design):
    return plan(candidates([design]), SMALL.settings(), Options())


def points(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (folder / "points").iterdir()}


def test_each_combination_is_a_point_with_the_stated_error_and_bits(jobs, tmp_path):
    found = explore(jobs, tmp_path / "out", here)

    assert [(row["error"], row["bits"]) for row in found.rows] == [
        (error, bits) for bits in (5, 6) for error in ("2^-2", "2^-3", "2^-4")
    ]
    for row in found.rows:
        assert row["bound"] <= 2.0 ** float(row["error"].removeprefix("2^"))
        assert row["total"] > row["bound"]
        text = exploration.design_of(tmp_path / "out", row["key"])
        assert f'"fixed<{row["bits"]},3>"' in text


def test_a_point_is_what_compile_makes_of_its_design(jobs, tmp_path):
    found = explore(jobs[-1:], tmp_path / "out", here)
    (tmp_path / "one.toml").write_text(
        exploration.design_of(tmp_path / "out", found.rows[0]["key"])
    )

    build = api.compile(tmp_path / "one.toml", tmp_path / "build")

    row = found.rows[0]
    assert build.report["estimate"] == {key: row[key] for key in ("lut", "ff", "dsp", "bram")}
    assert build.report["latency"] == {"cycles": row["cycles"], "ns": row["ns"]}
    assert max(bound.bound for bound in build.certificate.bounds) == row["bound"]


def test_a_second_run_makes_only_what_is_missing(jobs, tmp_path):
    made: list[str] = []

    def watched(tasks):
        made.extend(task.key for task in tasks)
        yield from here(tasks)

    explore(jobs[:2], tmp_path / "out", watched)
    before = points(tmp_path / "out")
    (tmp_path / "out/points" / f"{jobs[0].task.key}.json").write_text("{damaged")
    found = explore(jobs, tmp_path / "out", watched)

    assert made == [job.task.key for job in (*jobs[:2], jobs[0], *jobs[2:])]
    assert points(tmp_path / "out").items() >= before.items()
    assert found.missing == 0


def test_another_code_another_effort_or_other_rows_are_another_point(jobs):
    task = jobs[0].task
    others = [
        replace(task, code="0.0.0-other"),
        replace(task, design=task.design.replace("[inputs]", 'effort = "quick"\n[inputs]')),
        replace(task, rows="x\n1\n"),
        replace(task, patience=3.0),
        replace(task, design=task.design.replace("0.25", "0.3")),
    ]
    assert len({task.key, *(other.key for other in others)}) == 1 + len(others)


def test_ctrl_c_keeps_what_is_there(jobs, tmp_path):
    def stopped(tasks):
        yield from here(tasks[:2])
        raise KeyboardInterrupt

    found = explore(jobs, tmp_path / "out", stopped)

    assert found.interrupted
    assert found.missing == 4
    assert [row["state"] for row in found.rows] == ["compiled"] * 2 + ["missing"] * 4
    texts.write(found, tmp_path / "out")
    assert "4 are still to be made" in (tmp_path / "out/report.html").read_text()


def test_a_process_that_dies_takes_no_point_with_it(jobs, tmp_path):
    killed = []

    def kill(state):
        if state.made == 1 and not killed:
            killed.append(multiprocessing.active_children()[0].pid)
            os.kill(killed[0], signal.SIGKILL)

    explore(jobs, tmp_path / "one", here)
    found = explore(jobs, tmp_path / "two", Processes(2), progress=kill)

    assert killed
    assert found.problems == {}
    assert points(tmp_path / "one") == points(tmp_path / "two")


@pytest.mark.needs("distributed")
@pytest.mark.filterwarnings("ignore")
def test_a_lost_worker_of_dask_takes_no_point_with_it(jobs, tmp_path):
    from distributed import LocalCluster

    explore(jobs, tmp_path / "one", here)
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        lost = next(iter(cluster.workers.values())).process.process.pid

        def kill(state):
            if state.made == 1:
                os.kill(lost, signal.SIGKILL)

        found = explore(jobs, tmp_path / "two", Dask(cluster.scheduler_address), progress=kill)

    assert found.problems == {}
    assert points(tmp_path / "one") == points(tmp_path / "two")


@pytest.mark.needs("distributed")
def test_a_scheduler_that_is_not_there_is_said():
    with pytest.raises(InputError, match=r"no Dask worker answers at tcp://127\.0\.0\.1:1"):
        list(Dask("tcp://127.0.0.1:1", seconds=0.5)([measure.Task("")]))


def test_without_dask_a_scheduler_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(ToolMissing, match="a scheduler needs Dask"):
        list(Dask("tcp://127.0.0.1:1")([measure.Task("")]))


def test_a_worker_with_another_symgate_is_refused(jobs):
    with pytest.raises(InputError, match="this worker has symgate"):
        measure.measured(replace(jobs[0].task, code="0.0.0-other"))


def test_our_own_mistake_is_said_and_not_kept(jobs, tmp_path, monkeypatch):
    true, first = measure.measured, jobs[0].task.key

    def broken(task):
        if task.key == first:
            raise BrokenPromise("output y is off by 1")
        return true(task)

    monkeypatch.setattr(workers, "measured", broken)
    found = explore(jobs[:2], tmp_path / "out", here)

    assert found.problems == {first: "output y is off by 1"}
    assert [row["state"] for row in found.rows] == ["refused", "compiled"]
    assert list(points(tmp_path / "out")) == [f"{jobs[1].task.key}.json"]


# Candidates


def test_a_front_may_name_its_one_output(tmp_path):
    path = tmp_path / "front.csv"
    path.write_text("nodes,held,formula,output\n3,0.2,x0*0.5,V\n5,0.1,x0*0.75 + 1,V\n")
    assert [c.name for c in candidates([path])] == ["front-c3", "front-c5"]


def test_each_row_of_a_front_is_a_candidate(tmp_path):
    (tmp_path / "hall_of_fame.csv").write_text(TABLE)
    options = Options(ranges=["[-2, 2]"])
    settings = Axes(relative_errors=["2^-4"], bits=["6"]).settings()
    found = explore(
        plan(candidates([tmp_path / "hall_of_fame.csv"]), settings, options), tmp_path / "out", here
    )

    assert [row["candidate"] for row in found.rows] == [f"hall_of_fame-c{k}" for k in (1, 3, 4)]
    assert [row["refused"] for row in found.rows] == ["the design has no inputs", None, None]
    assert found.minimised == ("lut", "bound", "loss")


def test_a_sweep_and_several_files_are_candidates(design, tmp_path):
    for name in ("0", "1"):
        (tmp_path / "sweep" / name).mkdir(parents=True)
        (tmp_path / "sweep" / name / "design.toml").write_text(DESIGN)
    rows = [{"folder": f"build/sweep/{k}", "valid_error": 0.5 - k / 10} for k in (0, 1)]
    (tmp_path / "sweep/front.json").write_text(json.dumps(rows))
    (tmp_path / "again").mkdir()
    (tmp_path / "again/wave.txt").write_text("y = x*0.5\n")

    found = candidates([tmp_path / "sweep", design, tmp_path / "again/wave.txt"])

    assert [(c.name, c.loss) for c in found] == [
        ("sweep-0", 0.5), ("sweep-1", 0.4), ("wave", None), ("wave-2", None)
    ]  # fmt: skip


def test_a_sweep_that_is_none_is_refused(tmp_path):
    (tmp_path / "front.json").write_text("[1]")
    with pytest.raises(InputError, match="this is no sweep of trainings"):
        candidates([tmp_path / "front.json"])


def test_data_gives_the_loss(jobs, design, tmp_path):
    (tmp_path / "rows.csv").write_text("x,y\n0.5,0.25\n1.0,0.8\n-1,0.9\n")
    planned = plan(
        candidates([design]), SMALL.settings()[:1], Options(), Rows(tmp_path / "rows.csv")
    )
    found = explore(planned, tmp_path / "out", here)

    (row,) = found.rows
    assert row["metric"] == "rmse"
    assert row["loss"] == row["fixed"] > 0
    assert found.minimised == ("lut", "loss")


# Axes and fronts


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        (Axes(errors=["2^-3..8"]), "mixes powers and numbers"),
        (Axes(errors=["-1"]), "error"),
        (Axes(bits=["8..x"]), "is no number of bits"),
        (Axes(bits=["0"]), "is no number of bits"),
        (Axes(objectives=["luts"]), "is no objective"),
        (Axes(efforts=["slow"]), "is no effort"),
        (Axes(errors=["1"], relative_errors=["1"]), "both given"),
    ],
)
def test_values_that_are_none_are_refused(axes, message):
    with pytest.raises(InputError, match=message):
        axes.settings()


def test_a_front_is_what_no_other_beats_in_all_columns():
    from symgate.explore.front import front_of

    rows = [
        {"candidate": "a", "state": "compiled", "lut": lut, "bound": bound, "best": False}
        for lut, bound in [(5, 3.0), (4, 3.0), (9, 1.0), (9, 1.0), (10, 0.5), (10, 0.6)]
    ]
    front_of(rows, ["lut", "bound"])

    assert [row["best"] for row in rows] == [False, True, True, False, True, False]
    with pytest.raises(InputError, match="'area' is not what a front can be about"):
        front_of(rows, ["area"])


# The command


def test_command_writes_tables_page_and_designs_that_compile(design, tmp_path):
    out = tmp_path / "out"
    args = [
        "explore",
        str(design),
        "--errors",
        "2^-2,2^-4",
        "--bits",
        "5",
        "-o",
        str(out),
        "--jobs",
        "1",
    ]
    result = CliRunner().invoke(app, args)

    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(io.StringIO((out / "points.csv").read_text())))
    front = list(csv.DictReader(io.StringIO((out / "front.csv").read_text())))
    assert [row["state"] for row in rows] == ["compiled"] * 2
    assert [row for row in front if row["best"] != "1"] == []
    assert sorted(p.name for p in (out / "front").iterdir()) == [
        f"{k:02}.toml" for k in range(1, len(front) + 1)
    ]
    assert (out / "front.png").read_bytes().startswith(b"\x89PNG")
    assert "<h1>out</h1>" in (out / "report.html").read_text()
    assert api.load_any(out / "front/01.toml").name == "wave"


def test_command_refuses_two_ways_to_run(design):
    args = ["explore", str(design), "--jobs", "2", "--scheduler", "tcp://head:8786"]
    result = CliRunner().invoke(app, args)

    assert result.exit_code == 2
    assert "both jobs and a scheduler are given" in result.output
