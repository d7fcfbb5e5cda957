"""Verilator and Icarus read the Verilog without a warning, all of them switched on."""

from __future__ import annotations

import random
import shutil
import subprocess
from contextlib import suppress

import pytest

from symgate.backends.verilog.module import verilog
from symgate.backends.verilog.wrappers import wrappers
from symgate.sim.bench_run import verilator_program
from tests.graphs import balanced, random_graph

WIDEST = (12, 24, 80)


def designs(seed, count):
    source, found = random.Random(seed), []
    while len(found) < count:
        with suppress(TypeError):  # a balanced input can be too narrow for a table on it
            found.append(balanced(random_graph(source, 30, widest=WIDEST[len(found) % 3])))
    return found


def warnings(graph, folder):
    files = {"top.v": verilog(graph, "top"), **wrappers(graph, "top")}
    paths = [str(folder / name) for name in files]
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    lint = [verilator_program(), "--lint-only", "--quiet", "-Wall", "--top", "top_axis", *paths]
    elaborate = ["iverilog", "-g2005", "-Wall", "-o", str(folder / "out"), *paths]
    told = []
    for command in (lint, elaborate):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        told += [f"exit {done.returncode}"] * bool(done.returncode) + done.stderr.splitlines()
    return told


@pytest.mark.needs("verilator", "iverilog")
def test_no_warnings(tmp_path):
    for graph in designs(5, 3):
        assert warnings(graph, tmp_path) == []


@pytest.mark.slow
@pytest.mark.needs("verilator", "iverilog")
def test_no_warnings_in_many(tmp_path):
    for graph in designs(7, 100):
        assert warnings(graph, tmp_path) == []


@pytest.mark.needs("verilator", "iverilog")
def test_a_warning_is_seen(tmp_path):
    assert shutil.which("iverilog")
    (graph,) = designs(5, 1)
    text = verilog(graph, "top").replace("// verilator lint_off WIDTHEXPAND\n", "")
    (tmp_path / "top.v").write_text(
        text.replace("endmodule", "wire [1:0] odd = 8'd3;\nendmodule", 1)
    )

    lint = [verilator_program(), "--lint-only", "-Wall", "--top", "top", str(tmp_path / "top.v")]
    done = subprocess.run(lint, capture_output=True, text=True, check=False)

    assert "Warning-WIDTHTRUNC" in done.stderr
