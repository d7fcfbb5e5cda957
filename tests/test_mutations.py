"""Nothing of a build folder can be changed without `symgate verify` seeing it.

Every file has a hash in the manifest, so that any edit is named. And what is changed together with
its hash must still be what the design asks for, what the models compute, and what can be proved.
"""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

from symgate import api
from symgate.cli import app
from symgate.project import folder, manifest
from symgate.project.manifest import MANIFEST, REPORT

DESIGN = """\
[design]
name = "tiny"
[inputs]
x = { format = "fixed<6,3>" }
y = { bits = 5, range = [0, 2] }
[outputs]
p = "x*y"
q = "abs(x) + sin(y)/3"
[accuracy]
max_error = 0.05
[target]
primitives = true
"""
#: An output of more inputs than are all tried: its bound is one of local errors.
LARGE = """\
[design]
name = "large"
[inputs]
x = { format = "fixed<8,2>" }
y = { format = "fixed<8,2>" }
z = { format = "fixed<8,2>" }
[outputs]
p = "x*y + sin(z)*x"
[accuracy]
max_error = 0.03
"""
#: One file of each kind: what reads it, and what a change of it can do, differ.
KINDS = (
    "certificate.json",
    "design.toml",
    "graph.txt",
    MANIFEST,
    REPORT,
    "report.html",
    "README.md",
    "plots/errors.png",
    "plots/manifest.json",
    "hls/build_prj.tcl",
    "hls/project.tcl",
    "hls/tiny_test.cpp",
    "hls/firmware/tiny.cpp",
    "hls/firmware/tiny_core.h",
    "hls/blackbox/tiny_rtl.v",
    "hls/firmware/ap_types/ap_fixed.h",
    "hls/tb_data/tb_input_features.dat",
    "hls/tb_data/tb_output_predictions.dat",
    "rtl/tiny.v",
    "rtl/tiny.xdc",
    "rtl/tiny_xilinx.v",
    "rtl/xilinx_models.vh",
    "rtl/build_vivado.tcl",
    "rtl/sources.txt",
    "tests/vectors.txt",
    "tests/test_rtl.py",
    "tests/bench.v",
)


def verify(path: Path, *options: str) -> tuple[int, str]:
    """The exit code and the messages of the command."""
    result = CliRunner().invoke(app, ["verify", str(path), *(options or ("--tool", "numpy"))])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stderr


def compiled(top: Path, text: str) -> Path:
    (top / "design.toml").write_text(text)
    return api.compile(top / "design.toml", top / "b").path


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    return compiled(tmp_path_factory.mktemp("tiny"), DESIGN)


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    return compiled(tmp_path_factory.mktemp("large"), LARGE)


@pytest.fixture
def copy(tmp_path) -> Callable[[Path], Path]:
    def copy(path: Path) -> Path:
        shutil.copytree(path, tmp_path / "copy")
        return tmp_path / "copy"

    return copy


@pytest.fixture
def build(tiny, copy) -> Path:
    """A build with plots, which a test may damage."""
    path = copy(tiny)
    folder.write_plots(api.load(path), {"errors.png": b"\x89PNG\r\n\x1a\n" + bytes(200)})
    return path


def flipped(path: Path, chance: random.Random) -> None:
    """Flip one bit of a file."""
    data = bytearray(path.read_bytes())
    at = chance.randrange(8 * len(data))
    data[at // 8] ^= 1 << at % 8
    path.write_bytes(bytes(data))


def hashed_again(path: Path) -> None:
    """Write the manifest, and the hash in the report, of the files as they are now."""
    found = {p.relative_to(path).as_posix(): p.read_bytes() for p in path.rglob("*") if p.is_file()}
    listed = {n: c for n, c in found.items() if n != MANIFEST and not n.startswith("plots/")}
    (path / MANIFEST).write_text(manifest.dumps(listed))
    report = json.loads((path / REPORT).read_text())
    (path / REPORT).write_text(manifest.report_text(report))


# What is edited is named


def test_untouched_build_passes(build):
    assert folder.changes(build) == []
    assert verify(build) == (0, "")
    assert folder.changes(build) == [], "what symgate itself writes is no edit"
    assert verify(build) == (0, "")


def test_kinds_are_there(build):
    assert [kind for kind in KINDS if not (build / kind).is_file()] == []


@pytest.mark.parametrize("file", KINDS)
def test_flipped_bits_are_seen(build, file):
    chance = random.Random(file)
    whole = (build / file).read_bytes()
    for _ in range(40):
        flipped(build / file, chance)

        found = folder.changes(build)
        if not file.endswith(MANIFEST):  # of which a flip may look like that of a file
            found = [c for c in found if c.startswith(f"{file} was edited")]
        assert found
        (build / file).write_bytes(whole)
    assert folder.changes(build) == []


def seen(build: Path, file: str) -> None:
    code, message = verify(build)

    assert code == 1
    assert file.endswith(MANIFEST) or f"{file} was edited after symgate wrote it: " in message
    assert verify(build)[0] == 1, "a second run does not make it right"


@pytest.mark.parametrize("file", [*KINDS[:6], "rtl/tiny.v", "tests/vectors.txt"])
def test_command_fails_on_a_flipped_bit(build, file):
    flipped(build / file, random.Random(file))

    seen(build, file)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(12))
@pytest.mark.parametrize("file", KINDS)
def test_command_fails_on_any_flipped_bit(build, file, number):
    flipped(build / file, random.Random(f"{file} {number}"))

    seen(build, file)


def test_files_that_are_missing_or_added_are_named(build):
    (build / "rtl" / "tiny.xdc").unlink()
    (build / "rtl" / "extra.v").write_text("module extra; endmodule\n")
    (build / "tests" / "bench.v").unlink()
    (build / "tests" / "bench.v").symlink_to("/dev/null")

    assert folder.changes(build) == [
        "rtl/tiny.xdc is missing: what Vivado builds is no longer what was compiled",
        "tests/bench.v is missing: the cocotb bench no longer checks what was compiled",
        "rtl/extra.v was added: what Vivado builds is no longer what was compiled",
    ]
    code, message = verify(build)
    assert code == 1
    assert "also: rtl/extra.v was added: " in message


def test_what_the_scripts_of_the_folder_make_is_no_edit(build):
    for name in (
        "hls/tiny_prj/solution1/csim/report.log",
        "hls/firmware/tiny.so",
        "hls/tb_data/csim_results.log",
        "hls/vivado_synth.rpt",
        "rtl/vivado/timing_route.rpt",
        "rtl/vivado.jou",
        "tests/build/verilator/Vbench",
        "tests/results.txt",
        "tests/__pycache__/test_rtl.cpython-311.pyc",
        ".report.json.symgate-0123abcd",
    ):
        (build / name).parent.mkdir(parents=True, exist_ok=True)
        (build / name).write_text("made")

    assert folder.changes(build) == []


@pytest.mark.parametrize("file", [MANIFEST, REPORT, "graph.txt", "design.toml"])
def test_missing_file_of_symgate_itself_fails(build, file):
    (build / file).unlink()
    code, message = verify(build)

    assert code == 1
    assert f"{file} is missing" in message


@pytest.mark.parametrize("file", ["graph.txt", "certificate.json", "design.toml", REPORT, MANIFEST])
@pytest.mark.parametrize("hashes", ["old", "new"])
def test_file_that_is_not_utf8_is_one_message(build, file, hashes):
    (build / file).write_bytes(b"\xff\xfe" + (build / file).read_bytes())
    if hashes == "new" and file not in (REPORT, MANIFEST):
        hashed_again(build)
    code, message = verify(build)

    assert code == (2 if hashes == "new" and file not in (REPORT, MANIFEST) else 1)
    assert file in message
    assert message.startswith("error: ")
    assert "Traceback" not in message


def test_edited_report_stays_edited(build):
    """What symgate adds to a report later does not make the rest of it right."""
    report = json.loads((build / REPORT).read_text())
    report["estimate"]["lut"] = 1
    (build / REPORT).write_text(json.dumps(report))
    api.simulate(build, vectors=10)

    assert folder.changes(build) == [
        "report.json was edited after symgate wrote it: it says what symgate did not measure"
    ]


# What is edited together with its hash


def edited(path: Path, file: str, old: str, new: str, count: int = 1) -> None:
    text = (path / file).read_text()
    assert old in text
    (path / file).write_text(text.replace(old, new, count))


def certificate(path: Path) -> Iterator[dict]:
    """The certificate, to be changed."""
    content = json.loads((path / "certificate.json").read_text())
    yield content
    (path / "certificate.json").write_text(json.dumps(content))


def in_certificate(change: Callable[[dict], None]) -> Callable[[Path], None]:
    def apply(path: Path) -> None:
        for content in certificate(path):
            change(content)

    return apply


def in_file(file: str, old: str, new: str) -> Callable[[Path], None]:
    return lambda path: edited(path, file, old, new)


def lower_bound(content: dict) -> None:
    content["bounds"][0]["bound"] *= 0.97


def other_target(content: dict) -> None:
    content["bounds"][0]["target"] = 0.1


def other_expression(content: dict) -> None:
    value = next(v for v in content["data"]["values"] if "sin" in v["expr"])
    value["expr"] = value["expr"].replace("sin(", "cos(")


def smaller_error(content: dict) -> None:
    value = max(content["data"]["values"], key=lambda v: v["error"][1] - v["error"][0])
    value["error"][1] = value["error"][0] + 0.3 * (value["error"][1] - value["error"][0])


def other_offset(content: dict) -> None:
    value = content["data"]["values"][-1]
    value["offset"] = str(Fraction(value["offset"]) + Fraction(1, 8))


def other_node(content: dict) -> None:
    content["data"]["values"][-1]["node"] -= 1


def other_comparison(content: dict) -> None:
    content["data"]["rewriting"]["p"]["method"] = "by eye"


def other_entry(path: Path) -> None:
    """Two entries of a table of the graph change places."""
    text = (path / "graph.txt").read_text()
    table = next(m for m in re.finditer(r"\{([-\d,]+)\}", text) if len(set(m[1].split(","))) > 2)
    entries = table[1].split(",")
    k = next(k for k in range(1, len(entries)) if entries[k] != entries[0])
    entries[0], entries[k] = entries[k], entries[0]
    new = "{" + ",".join(entries) + "}"
    (path / "graph.txt").write_text(text[: table.start()] + new + text[table.end() :])


def other_row(file: str) -> Callable[[Path], None]:
    """The last digit of a line of numbers changes."""

    def apply(path: Path) -> None:
        lines = (path / file).read_text().splitlines()
        last = lines[5][-1]
        lines[5] = lines[5][:-1] + ("1" if last != "1" else "0")
        (path / file).write_text("\n".join(lines) + "\n")

    return apply


REHASHED = {
    "max_error below the bound": (
        in_file("design.toml", "max_error = 0.05", "max_error = 0.01"),
        r"the certified bound of output p, 0\.0\d+ is larger than the stated max_error 0\.01",
    ),
    "target in the certificate": (
        in_certificate(other_target),
        "the certificate says that output p may be off by 0.1, the design by 0.05",
    ),
    "bound in the certificate": (
        in_certificate(lower_bound),
        r"output p is off by .+, more than its certified bound .+, at x = .+, y = ",
    ),
    "expression of a value": (
        in_certificate(other_expression),
        r"the certificate of output q is wrong: .+ at .*y = .+ \(code \d+\)",
    ),
    "error of a value": (
        in_certificate(smaller_error),
        r"the certificate of output \w is wrong: at .+ \(code -?\d+\).* the error of v\d+ = .+ is .+, not in \[",
    ),
    "offset of a value": (
        in_certificate(other_offset),
        r"the certificate of output \w is wrong: at .+ the error of v\d+ = .+ is .+, not in \[",
    ),
    "node of a value": (in_certificate(other_node), r"the certificate of output \w is "),
    "how the rewriting was compared": (
        in_certificate(other_comparison),
        "the certificate of output p is not of this build: its rewriting was compared by .+",
    ),
    "expression of the user": (
        in_file("design.toml", "sin(y)", "cos(y)"),
        r"output q is off by .+ at x = .+",
    ),
    "entry of a table": (other_entry, "."),
    "range of an input": (in_file("design.toml", "[0, 1.9375]", "[0, 1.875]"), "inputs of the graph are not those"),
    "vectors of the bench": (
        other_row("tests/vectors.txt"),
        r"tests/vectors.txt expects other outputs in 1 of [\d,]+ rows, first where x=",
    ),
    "inputs of the C++ bench": (
        other_row("hls/tb_data/tb_input_features.dat"),
        "hls/tb_data/tb_output_predictions.dat ",
    ),
    "outputs of the C++ bench": (
        other_row("hls/tb_data/tb_output_predictions.dat"),
        "hls/tb_data/tb_output_predictions.dat ",
    ),
    "bound in the report": (
        in_file(REPORT, '"certified_bound": 0.0', '"certified_bound": 0.00'),
        "report.json says that the bound of output p is ",
    ),
}


@pytest.mark.parametrize("name", REHASHED)
def test_change_with_new_hashes_is_seen(build, name):
    change, message = REHASHED[name]
    change(build)
    assert folder.changes(build) != [], "with the old hashes it is named anyway"
    hashed_again(build)
    assert folder.changes(build) == []
    code, text = verify(build)

    assert code == 1
    assert re.search(message, text), text


def test_lower_bound_of_many_inputs_is_seen(large, copy):
    """No input shows it, but what can be proved is wider than the claim."""
    build = copy(large)
    assert verify(build) == (0, "")
    again = next(iter(api.verify(build, tools=["numpy"], vectors=10).recheck)).reached
    for content in certificate(build):
        content["bounds"][0]["bound"] = again * 0.97
    report = json.loads((build / REPORT).read_text())
    report["outputs"]["p"]["certified_bound"] = again * 0.97
    (build / REPORT).write_text(json.dumps(report))
    hashed_again(build)
    code, text = verify(build)

    assert code == 1
    assert "the independent check of output p gives " in text


# The netlist of cells


def inits(text: str) -> list[re.Match[str]]:
    return list(re.finditer(r"\.INIT\((\d+)'h([0-9a-f]+)\)", text))


def with_flipped_init(text: str, at: re.Match[str], bit: int) -> str:
    value = int(at[2], 16) ^ (1 << bit)
    return text[: at.start()] + f".INIT({at[1]}'h{value:x})" + text[at.end() :]


@pytest.mark.needs("iverilog", "cocotb")
def test_netlist_of_cells_is_simulated(build):
    code, text = verify(build, "--tool", "icarus")
    assert (code, text) == (0, "")
    assert json.loads((build / REPORT).read_text())["verify"]["models"] == [
        "numpy",
        "icarus",
        "icarus cells",
    ]


@pytest.mark.needs("iverilog", "cocotb")
@pytest.mark.parametrize("number", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 2))])
def test_bit_of_a_lut_of_the_netlist_is_seen(build, number):
    """Of the bits of a table a few are never read; the others change an output."""
    netlist = build / "rtl" / "tiny_xilinx.v"
    text = netlist.read_text()
    at = inits(text)[number * 7]
    for bit in range(int(at[1])):
        netlist.write_text(with_flipped_init(text, at, bit))
        hashed_again(build)
        code, message = verify(build, "--tool", "icarus")
        if code:
            break
    assert code == 1
    assert re.match(r"error: icarus cells gives other bits on [\d,]+ of 2,048 vectors", message)


@pytest.mark.needs("iverilog", "cocotb")
def test_models_of_cells_in_the_folder_are_not_those_that_check(build):
    """An edited model cannot make up for an edited table."""
    models = build / "rtl" / "xilinx_models.vh"
    models.write_text(models.read_text().replace("assign O = ", "assign O = ~"))
    hashed_again(build)
    code, message = verify(build, "--tool", "icarus")

    assert code == 1
    assert "icarus cells" not in message
    assert message.startswith("error: rtl/xilinx_models.vh is not what symgate writes")


@pytest.mark.needs("iverilog", "cocotb")
def test_missing_netlist_fails(build):
    (build / "rtl" / "tiny_xilinx.v").unlink()
    hashed_again(build)
    code, message = verify(build, "--tool", "icarus")

    assert code == 1
    assert (
        "icarus cells could not run: rtl/tiny_xilinx.v, which Vivado would build, is missing"
        in message
    )
