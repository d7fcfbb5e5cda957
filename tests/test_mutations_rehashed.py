"""What is edited in a build folder together with its hash, also what no model and no proof reads.

`symgate verify` writes the files again from the design, the graph and the certificate, and names
each that differs. Only NumPy is run here, so that no simulator helps.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from symgate import __version__, api
from symgate.project.manifest import MANIFEST, REPORT
from tests.test_mutations import (
    REHASHED,
    build,
    copy,
    edited,
    hashed_again,
    in_certificate,
    in_file,
    lower_bound,
    tiny,
    verify,
)

__all__ = ["build", "copy", "tiny"]  # fixtures
Change = Callable[[Path], None]


def in_report(change: Callable[[dict], None]) -> Change:
    def apply(path: Path) -> None:
        content = json.loads((path / REPORT).read_text())
        change(content)
        (path / REPORT).write_text(json.dumps(content))

    return apply


def fewer_luts(report: dict) -> None:
    report["estimate"]["lut"] -= 1


def sooner(report: dict) -> None:
    report["latency"]["cycles"] = 0


def other_format(report: dict) -> None:
    report["outputs"]["q"]["format"] = "ufixed<6,3>"


def smaller_errors(report: dict) -> None:
    report["evidence"]["outputs"]["q"]["largest_error"] /= 2


def low_target(content: dict) -> None:
    content["bounds"][0]["target"] = 0.01


def lower_everywhere(path: Path) -> None:
    """The bound of an output, in the certificate, as its target, in the design and the report."""
    in_certificate(lower_bound)(path)
    content = json.loads((path / "certificate.json").read_text())
    bound = content["bounds"][0]["bound"]
    in_report(lambda report: report["outputs"]["p"].update(certified_bound=bound))(path)


def narrower_everywhere(path: Path) -> None:
    """The range of an input in the design and in the graph."""
    edited(path, "design.toml", "[0, 1.9375]", "[0, 1.875]")
    edited(path, "graph.txt", "ufixed<5,1> [0, 31]", "ufixed<5,1> [0, 30]")


def sine_is_cosine(path: Path) -> None:
    """The expression of an output in the design and in the certificate."""
    edited(path, "design.toml", "sin(y)", "cos(y)")
    REHASHED["expression of a value"][0](path)


def without(file: str) -> Change:
    return lambda path: (path / file).unlink()


def with_module(path: Path) -> None:
    (path / "rtl" / "extra.v").write_text("module extra; endmodule\n")


#: By name: the change, what must be said of it, and the exit code.
CHANGES: dict[str, tuple[Change, str, int]] = {
    "a target below the bound": (
        in_certificate(low_target),
        r"the certificate says that output p may be off by 0\.01, the design by 0\.05",
        1,
    ),
    "a bound lowered everywhere": (lower_everywhere, r"output p is off by .+ at x = ", 1),
    "a range narrowed everywhere": (
        narrower_everywhere,
        r"cannot read the graph line '%6 = .*\n.*\n  expected: fixed<7,2> \[-60, 60\]",
        2,
    ),
    "an expression changed everywhere": (
        sine_is_cosine,
        r"output q is off by .+ at x = .+",
        1,
    ),
    "an output renamed in the design": (
        in_file("design.toml", '\nq = "abs', '\nr = "abs'),
        "design.toml and graph.txt have different ports",
        2,
    ),
    "an output renamed in design and graph": (
        lambda path: [edited(path, f, a, b) for f, a, b in (
            ("design.toml", '\nq = "abs', '\nr = "abs'), ("graph.txt", "output q =", "output r ="))],
        "design.toml and certificate.json have different ports",
        2,
    ),
    "a mode of rounding in the graph": (
        in_file("graph.txt", "round %9 2 TRN", "round %9 2 RND"),
        r"cannot read the graph line '%10 = .*\n.*\n  expected: fixed<6,3> \[-19, 19\]",
        2,
    ),
    "a slower clock in the design": (
        in_file("design.toml", "5.0 ns", "50.0 ns"),
        r"rtl/tiny\.xdc is not what symgate writes for graph\.txt",
        1,
    ),
    "a slower clock in the constraints": (
        in_file("rtl/tiny.xdc", "-period 5.000", "-period 50.000"),
        r"rtl/tiny\.xdc is not what symgate writes for graph\.txt: what Vivado builds",
        1,
    ),
    "the part of the HLS project": (
        in_file("hls/project.tcl", "xcvu9p-flga2104-2-e", "xc7a35tcpg236-1"),
        r"hls/project\.tcl is not what symgate writes for graph\.txt: what Vitis HLS or",
        1,
    ),
    "an entry of a table of the Verilog": (
        in_file("rtl/tiny.v", "4'd9: entry = 3'd5", "4'd9: entry = 3'd4"),
        r"rtl/tiny\.v is not what symgate writes",
        1,
    ),
    "a bit of a cell of the netlist": (
        in_file("rtl/tiny_xilinx.v", ".INIT(64'h", ".INIT(64'h1"),
        r"rtl/tiny_xilinx\.v is not what symgate writes",
        1,
    ),
    "a line of the C++": (
        in_file("hls/firmware/tiny.cpp", "PIPELINE II=1", "PIPELINE II=2"),
        r"hls/firmware/tiny\.cpp is not what symgate writes",
        1,
    ),
    "a type of the C++ library": (
        in_file("hls/firmware/ap_types/ap_fixed.h", "\n", "\n\n"),
        r"hls/firmware/ap_types/ap_fixed\.h is not what symgate writes",
        1,
    ),
    "a bench that checks nothing": (
        in_file("tests/test_rtl.py", "assert not wrong", "assert True"),
        r"tests/test_rtl\.py is not what symgate writes for graph\.txt: the cocotb bench",
        1,
    ),
    "a file removed": (without("rtl/tiny.xdc"), r"rtl/tiny\.xdc is missing: what Vivado", 1),
    "a file added": (with_module, r"rtl/extra\.v is no file of this build: what Vivado", 1),
    "LUTs in the report": (
        in_report(fewer_luts),
        r'report\.json says that estimate is \{"lut": \d+, .*where it is \{"lut": \d+',
        1,
    ),
    "cycles in the report": (
        in_report(sooner),
        r'report\.json says that latency is \{"cycles": 0, .*where it is \{"cycles": 1',
        1,
    ),
    "a format in the report": (
        in_report(other_format),
        r'report\.json says that the format of output q is "ufixed<6,3>", where it is "',
        1,
    ),
    "the largest error in the report": (
        in_report(smaller_errors),
        r"report\.json says that evidence is ",
        1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_change_with_new_hashes_is_named(build, name):
    change, message, expected = CHANGES[name]
    change(build)
    hashed_again(build)
    code, text = verify(build)

    assert (code, bool(re.search(message, text))) == (expected, True), text
    assert text.startswith("error: ")


@pytest.mark.parametrize("hashes", ["old", "new"])
def test_a_changed_file_is_named_once(build, hashes):
    edited(build, "rtl/tiny.xdc", "-period 5.000", "-period 50.000")
    if hashes == "new":
        hashed_again(build)

    assert verify(build)[1].count("rtl/tiny.xdc") == 1


def test_hash_of_one_file_is_edited_with_it(build):
    """The manifest of an honest folder, except for one line."""
    before = json.loads((build / MANIFEST).read_text())["files"]
    edited(build, "rtl/tiny.v", "4'd9: entry = 3'd5", "4'd9: entry = 3'd4")
    hashed_again(build)
    after = json.loads((build / MANIFEST).read_text())["files"]

    changed = {file for file in before if before[file] != after[file]}
    assert changed == {"rtl/tiny.v"}
    assert verify(build)[0] == 1


def test_manifest_without_files_names_them_all(build):
    (build / MANIFEST).write_text(json.dumps({"manifest": 1, "files": {}}, indent=1) + "\n")
    code, text = verify(build)

    assert code == 1
    assert "rtl/tiny.v was added: " in text


def test_files_of_another_version_are_not_written_again(build):
    """A later symgate may write other text for the same graph; that is said."""
    in_report(lambda report: report.update(symgate_version="0.0.1"))(build)
    hashed_again(build)
    found = api.verify(build, tools=["numpy"])

    assert found.problems == []
    assert found.notes == ["symgate 0.0.1 wrote the files, so that they are not written again"]
    assert __version__ != "0.0.1"
    assert verify(build, "--tool", "numpy", "--strict")[0] == 1
