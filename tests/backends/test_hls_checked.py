"""The HLS project without an HLS tool: its pragmas, what compilers say, and whether its bench finds
an edit.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from symgate.backends.hls import emit_graph
from symgate.backends.hls_tops import INTERFACES
from symgate.ir.design import Target
from symgate.ir.fixed import Builder, Graph
from symgate.ir.types import FixedType, Overflow, Rounding
from symgate.sim import ap_types, cpp, numpy_model, vectors
from tests.graphs import equal

needs_cpp = pytest.mark.needs("g++", "hls4ml")
#: Pragmas that we use: their options, and the values that AMD's UG1399 (RESOURCE: UG902) lists.
PRAGMAS: dict[str, dict[str, str]] = {
    "INTERFACE": {"": "ap_none|ap_vld|ap_ack|ap_hs|axis|s_axilite|m_axi", "port": r"\w+"},
    "PIPELINE": {"II": r"\d+"},
    "INLINE": {},
    "ARRAY_RESHAPE": {"variable": r"\w+", "": "complete|block|cyclic", "dim": r"\d+"},
    "ARRAY_PARTITION": {"variable": r"\w+", "": "complete|block|cyclic", "dim": r"\d+"},
    "BIND_STORAGE": {
        "variable": r"\w+",
        "type": "fifo|ram_1p|ram_1wnr|ram_2p|ram_s2p|ram_t2p|rom_1p|rom_2p|rom_np",
        "impl": "bram|lutram|uram|memory|srl|bram_ecc|uram_ecc|auto",
    },
    "BIND_OP": {"variable": r"\w+", "op": "mul|add|sub", "impl": "fabric|dsp|auto"},
    "RESOURCE": {"variable": r"\w+", "core": "ROM_1P_LUTRAM|ROM_1P_BRAM|DSP48|Mul_LUT"},
}


@pytest.fixture(scope="module")
def graph() -> Graph:
    """Every kind of line: tables, products, choices, rounding, bits that move."""
    b = Builder()
    x, y = b.input("x", FixedType(True, 6, 3)), b.input("y", FixedType(False, 5, 3))
    t = b.table(y, [(k * k) % 23 - 9 for k in range(32)], 3)
    product = b.mul(x, y)
    s = b.add(product, b.shl(t, 3))
    c = b.emit("lt", x, b.const(-5, 3))
    b.output("g", b.fit(b.round(s, 3, Rounding.RND_CONV), FixedType(True, 7, 3), Overflow.SAT))
    b.output("q", b.select(c, x, b.neg(y)), FixedType(True, 8, 3))
    b.output("r", b.emit("concat", y, b.emit("slice", x, attr=(2, 0)), attr=(3,)))
    return b.build()


def written(graph: Graph, interface: str, folder: Path) -> Path:
    files = emit_graph("d", graph, Target(dsp=1), interface)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def pragmas(text: str) -> Iterator[tuple[str, list[str]]]:
    for line in re.findall(r"#pragma HLS ([^\n]*)", text):
        yield line.split()[0], line.split()[1:]
    kinds = re.findall(r"SYMGATE_ROM\((\w+)\)\n", text)
    for line in re.findall(r"SYMGATE_PRAGMA\(HLS ([^)]*)\)", text):
        for kind in kinds if "=kind" in line else [""]:
            is_old = kind.startswith("ROM_")
            if not kind or is_old == line.startswith("RESOURCE"):
                words = line.replace("=kind", f"={kind}").split()
                yield words[0], words[1:]


@pytest.mark.parametrize("interface", INTERFACES)
def test_every_pragma_is_in_the_user_guide(graph, interface):
    found = [
        p for t in emit_graph("d", graph, Target(dsp=1), interface).values() for p in pragmas(t)
    ]
    assert {name for name, _ in found} >= {"PIPELINE", "INLINE", "BIND_STORAGE", "RESOURCE"}

    for name, words in found:
        for word in words:
            key, _, value = word.rpartition("=")
            assert re.fullmatch(PRAGMAS[name][key], value), (name, word)


@needs_cpp
@pytest.mark.parametrize("interface", INTERFACES)
def test_every_top_has_the_same_bits(graph, interface, tmp_path):
    files = emit_graph("d", graph, interface=interface)
    rng = np.random.default_rng(0)
    inputs = {p.name: vectors.uniform(graph.nodes[p.node].range, 500, rng) for p in graph.inputs}
    library = cpp.Library([cpp.Project("d", graph, files)], tmp_path, optimise=0)

    assert equal(numpy_model.simulate(graph, inputs), library.run("d", inputs))


def bench(folder: Path, *flags: str, compiler: str = "g++") -> subprocess.CompletedProcess[str]:
    """Compile the test bench as csim does, and run it."""
    sources = ["d_test.cpp", "firmware/d.cpp"]
    command = [compiler, "-std=c++11", "-w", "-isystem", str(ap_types.find()), *flags, *sources]
    subprocess.run([*command, "-o", "bench"], cwd=folder, check=True)
    return subprocess.run(["./bench"], cwd=folder, capture_output=True, text=True, check=False)


@needs_cpp
@pytest.mark.parametrize("interface", INTERFACES)
def test_bench_is_clean_under_sanitizers(graph, interface, tmp_path):
    folder = written(graph, interface, tmp_path)
    # ap_private.h sign-extends by shifts of signed numbers, and tells clang not to look
    flags = ["-fsanitize=address,undefined", "-fno-sanitize=shift", "-fno-sanitize-recover=all"]
    done = bench(folder, *flags)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.needs("clang++", "hls4ml")
def test_clang_compiles_without_warnings(graph, tmp_path):
    folder = written(graph, "array", tmp_path)
    flags = ["-std=c++17", "-Wall", "-Wextra", "-Wno-unknown-pragmas", "-Werror", "-fsyntax-only"]
    command = ["clang++", *flags, "-isystem", str(ap_types.find()), "firmware/d.cpp"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

    assert done.stderr == ""


@needs_cpp
@pytest.mark.parametrize("interface", ["array", "axis"])
def test_other_tops_compile_without_warnings(graph, interface, tmp_path):
    folder = written(graph, interface, tmp_path)
    flags = ["-std=c++11", "-Wall", "-Wextra", "-Wno-unknown-pragmas", "-Werror", "-fsyntax-only"]
    for source in ("firmware/d.cpp", "d_test.cpp", "d_bridge.cpp"):
        command = ["g++", *flags, "-isystem", str(ap_types.find()), source]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.stderr == ""


#: Edits of the C++: what stands there, and what a slip of the hand makes of it.
EDITS = [
    (r"(entries\[32\] = \{\s*)(-?\d+)", lambda m: f"{m[1]}{int(m[2]) + 1}"),
    (r"(entries\[32\] = \{[^}]*,\s+)(-?\d+)\}", lambda m: f"{m[1]}{int(m[2]) - 1}}}"),
    (r"(entries\[32\] = \{(?:\s*-?\d+,){7})(\s*-?\d+)", lambda m: f"{m[1]}{int(m[2]) + 1}"),
    (r"(entries\[32\] = \{(?:\s*-?\d+,){20})(\s*-?\d+)", lambda m: f"{m[1]}{int(m[2]) - 2}"),
    (r"(entries\[32\] = \{)([^}]*)\}", lambda m: f"{m[1]}0{m[2][m[2].index(','):]}}}"),
    (r"= x \* y;", lambda m: "= x * x;"),
    (r"= x \* y;", lambda m: "= x + y;"),
    (r"= x \* y;", lambda m: "= y * y;"),
    (r"(n\d+) \+ (n\d+)", lambda m: f"{m[1]} - {m[2]}"),
    (r"(n\d+) \+ (n\d+)", lambda m: f"{m[1]} + {m[1]}"),
    (r"AP_RND_CONV", lambda m: "AP_RND"),
    (r"AP_RND_CONV", lambda m: "AP_TRN"),
    (r"AP_RND_CONV", lambda m: "AP_RND_INF"),
    (r", AP_TRN, AP_SAT", lambda m: ""),
    (r"AP_SAT>", lambda m: "AP_SAT_SYM>"),
    (r"x < ", lambda m: "x <= "),
    (r" != 0 \? ", lambda m: " == 0 ? "),
    (r"bits<2, 0>", lambda m: "bits<3, 1>"),
    (r"join\((.*), (bits<2, 0>\(x\))\)", lambda m: f"join({m[2]}, {m[1]})"),
    (r"\(-0\.625\)", lambda m: "(-0.5)"),
]  # fmt: skip


@needs_cpp
@pytest.mark.slow  # twenty compilations
@pytest.mark.parametrize("k", range(len(EDITS)))
def test_bench_finds_an_edit(graph, k, tmp_path):
    folder = written(graph, "ports", tmp_path)
    core = folder / "firmware/d_core.h"
    text = core.read_text()
    body = text.index("// A table has an entry")
    pattern, change = EDITS[k]
    edited, count = re.subn(pattern, change, text[body:], count=1)
    assert count == 1, text[body:]
    assert edited != text[body:]
    core.write_text(text[:body] + edited)

    done = bench(folder)
    assert done.returncode == 1, done.stdout


@needs_cpp
def test_bench_passes_without_an_edit(graph, tmp_path):
    assert bench(written(graph, "ports", tmp_path)).returncode == 0
