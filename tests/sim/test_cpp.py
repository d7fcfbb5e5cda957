"""The C++ model: packing of ports, the cache, and what is said when a tool is missing or the C++ is
broken.
"""

from __future__ import annotations

import os

import numpy as np
import pytest

from symgate.backends.hls_names import Names
from symgate.errors import CheckFailed, ToolMissing
from symgate.ir.fixed import Builder, Graph
from symgate.ir.types import FixedType
from symgate.sim import ap_types, cpp, numpy_model, vectors
from tests.graphs import equal

WIDTHS = [1, 2, 31, 32, 33, 61, 62, 63, 64, 65, 127, 128, 129, 200]
needs_cpp = pytest.mark.needs("g++", "hls4ml")


def wires(widths: list[int]) -> Graph:
    """Ports of these widths, signed and unsigned, straight through."""
    b = Builder()
    for width in widths:
        for sign in (True, False):
            b.output(f"y{width}{sign}", b.input(f"x{width}{sign}", FixedType(sign, width, 5)))
    return b.build()


def codes(graph: Graph, rows: int = 50) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(rows)
    columns = {p.name: vectors.uniform(graph.nodes[p.node].range, rows, rng) for p in graph.inputs}
    for p in graph.inputs:
        columns[p.name][:2] = p.type.lo, p.type.hi
    return columns


def test_words_hold_every_port():
    graph = wires(WIDTHS)
    names, columns = Names.of("model", graph), codes(graph)
    words = cpp.pack(names.inputs, columns)

    assert words.shape == (50, 2 * sum(-(-w // 64) for w in WIDTHS))
    assert equal(columns, cpp.unpack(names.inputs, words))


@needs_cpp
def test_wide_ports(tmp_path):
    graph = wires([1, 62, 63, 64, 65, 129])
    inputs = codes(graph)
    got = cpp.Library([cpp.Project.of(graph)], tmp_path).run("model", inputs)

    assert equal(numpy_model.simulate(graph, inputs), got)


@needs_cpp
def test_wide_constants_and_tables(tmp_path):
    b = Builder()
    index = b.input("i", FixedType(False, 2, 0))
    for k, width in enumerate([8, 31, 32, 33, 63, 64, 65, 130]):
        lo, hi = -(1 << (width - 1)), (1 << (width - 1)) - 1
        b.output(f"s{k}", b.table(index, [lo, lo + 1, hi, -1]))
        b.output(f"u{k}", b.table(index, [0, 1 << (width - 1), (1 << width) - 1, 1]))
        b.output(f"c{k}", b.add(b.const(lo), index))
    graph = b.build()
    inputs = {"i": np.arange(4)}

    assert equal(
        numpy_model.simulate(graph, inputs),
        cpp.Library([cpp.Project.of(graph)], tmp_path).run("model", inputs),
    )


@needs_cpp
def test_graph_without_inputs(tmp_path):
    b = Builder()
    b.output("y", b.const(-5, 1))

    assert cpp.Library([cpp.Project.of(b.build())], tmp_path).run("model", {})["y"].tolist() == [-5]


@pytest.fixture
def small() -> Graph:
    b = Builder()
    b.output("y", b.neg(b.input("x", FixedType(True, 6, 2))))
    return b.build()


@needs_cpp
def test_compiled_once_for_the_same_files(small, tmp_path):
    project = cpp.Project.of(small)
    first = cpp.compile_projects([project], tmp_path)
    os.utime(first, (0, 0))

    assert cpp.compile_projects([cpp.Project.of(small)], tmp_path) == first
    assert first.stat().st_mtime > 0  # used just now, so it is kept
    edited = cpp.Project("model", small, {**project.files, "firmware/more.h": "// more"})
    assert cpp.compile_projects([edited], tmp_path) != first
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".so", ".so"]


@needs_cpp
def test_edited_files_are_what_runs(small, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    files = dict(cpp.Project.of(small, "neg").files)
    source = files["firmware/neg_core.h"]
    files["firmware/neg_core.h"] = source.replace("- x", "+ x")
    x = np.arange(-32, 32)

    assert source != files["firmware/neg_core.h"]
    assert cpp.simulate(small, {"x": x}, files, "neg")["y"].tolist() == x.tolist()
    assert cpp.simulate(small, {"x": x}, name="neg")["y"].tolist() == (-x).tolist()


@needs_cpp
def test_broken_cpp(small, tmp_path):
    files = {**cpp.Project.of(small).files, "firmware/model.cpp": "void model( {"}

    with pytest.raises(
        CheckFailed, match=r"^error: g\+\+ does not compile the HLS C\+\+: firmware/model\.cpp:1:"
    ) as e:
        cpp.compile_projects([cpp.Project("model", small, files)], tmp_path)
    assert e.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_no_compiler(small, tmp_path, monkeypatch, golden):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing) as caught:
        cpp.simulate(small, {"x": np.arange(3)})
    golden(str(caught.value) + "\n")


def test_no_headers(small, tmp_path, monkeypatch, golden):
    monkeypatch.setattr(ap_types, "find_spec", lambda name: None)
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/g++")
    with pytest.raises(ToolMissing) as caught:
        cpp.compile_projects([cpp.Project.of(small)], tmp_path)
    golden(str(caught.value) + "\n")


def test_folder_without_headers_says_how_to_get_them(tmp_path, monkeypatch, golden):
    monkeypatch.setattr(ap_types, "find_spec", lambda name: None)

    assert not ap_types.copy_into(tmp_path)
    assert [p.name for p in (tmp_path / "firmware/ap_types").iterdir()] == ["README"]
    golden((tmp_path / "firmware/ap_types/README").read_text())


@pytest.mark.needs("hls4ml")
def test_headers_come_with_their_licence(tmp_path):
    assert ap_types.copy_into(tmp_path)
    folder = tmp_path / "firmware/ap_types"

    assert {"ap_fixed.h", "ap_int.h", "LICENSE", "etc/ap_private.h"} <= {
        p.relative_to(folder).as_posix() for p in folder.rglob("*")
    }
    assert "Apache License" in (folder / "LICENSE").read_text()


@needs_cpp
def test_headers_in_the_folder_serve_where_hls4ml_is_gone(small, tmp_path, monkeypatch):
    files = {**cpp.Project.of(small).files, **ap_types.files()}
    monkeypatch.setattr(ap_types, "find_spec", lambda name: None)
    library = cpp.Library([cpp.Project("model", small, files)], tmp_path)

    assert library.run("model", {"x": [5, -32]})["y"].tolist() == [-5, 32]
