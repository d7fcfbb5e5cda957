"""A build folder is whole or absent, never overwrites what is not ours, and reads back as it was
written.
"""

from __future__ import annotations

import errno
import json
import math
from pathlib import Path

import pytest

from symgate import files
from symgate.errors import InputError
from symgate.files import replace_file
from symgate.ir import text
from symgate.ir.firmware import Bound, Certificate, Share
from symgate.project import certificate, folder
from symgate.report import report as reports

OURS = json.dumps({"name": "small", "symgate_version": "0.1.0", "seconds": {}})


def content(path: Path) -> dict[str, str]:
    """Every file but manifests, by path."""
    return {
        p.relative_to(path).as_posix(): p.read_text()
        for p in sorted(path.rglob("*"))
        if p.is_file() and p.name != "manifest.json"
    }


def test_folder_holds_exactly_the_files(tmp_path):
    written = {"report.json": OURS, "hls/firmware/a.cpp": "int a;\n", "rtl/a.v": "module a;\n"}

    folder.write(tmp_path / "build" / "small", written)

    assert content(tmp_path / "build" / "small") == written
    assert (tmp_path / "build" / "small" / "manifest.json").is_file()
    assert [p.name for p in (tmp_path / "build").iterdir()] == ["small"]


def test_same_files_give_same_bytes_and_line_ends(tmp_path):
    folder.write(tmp_path / "a", {"x.txt": "one\ntwo\n"})

    assert (tmp_path / "a" / "x.txt").read_bytes() == b"one\ntwo\n"


def test_script_can_be_run(tmp_path):
    folder.write(tmp_path / "a", {"hls/build_lib.sh": "#!/bin/sh\ntrue\n", "x.txt": "x"})

    assert (tmp_path / "a" / "hls" / "build_lib.sh").stat().st_mode & 0o111
    assert not (tmp_path / "a" / "x.txt").stat().st_mode & 0o111


def test_folder_can_be_read_by_others_as_the_umask_says(tmp_path):
    (tmp_path / "plain").mkdir()
    folder.write(tmp_path / "a", {"x.txt": "x"})

    assert (tmp_path / "a").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_earlier_build_is_replaced_whole(tmp_path):
    folder.write(tmp_path / "a", {"report.json": OURS, "old.txt": "old"})
    folder.write(tmp_path / "a", {"report.json": OURS, "new.txt": "new"})

    assert content(tmp_path / "a") == {"report.json": OURS, "new.txt": "new"}


def test_empty_folder_is_used(tmp_path):
    (tmp_path / "a").mkdir()
    folder.write(tmp_path / "a", {"x.txt": "x"})

    assert content(tmp_path / "a") == {"x.txt": "x"}


@pytest.mark.parametrize("foreign", ["thesis.tex", "report.json"])
def test_foreign_folder_is_refused(tmp_path, monkeypatch, golden, foreign):
    monkeypatch.chdir(tmp_path)
    Path("a").mkdir()
    (Path("a") / foreign).write_text("{}")

    with pytest.raises(InputError) as error:
        folder.write(Path("a"), {"x.txt": "x"})

    golden(str(error.value) + "\n")
    assert content(Path("a")) == {foreign: "{}"}
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_file_in_the_way_is_refused(tmp_path, monkeypatch, golden):
    monkeypatch.chdir(tmp_path)
    Path("a").write_text("mine")

    with pytest.raises(InputError) as error:
        folder.write(Path("a"), {"x.txt": "x"})

    golden(str(error.value) + "\n")
    assert Path("a").read_text() == "mine"


@pytest.fixture
def fails(monkeypatch):
    """Make the third file that is written fail."""

    def fails(failure: BaseException) -> None:
        write, count = files._write, iter(range(10))

        def broken(path: Path, data: str) -> None:
            if next(count) == 2:
                raise failure
            write(path, data)

        monkeypatch.setattr(files, "_write", broken)

    return fails


@pytest.mark.parametrize(
    "failure", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()], ids=["full", "ctrl-c"]
)
@pytest.mark.parametrize("before", [None, {"report.json": OURS}], ids=["new", "replace"])
def test_failure_midway_leaves_what_was_there(tmp_path, fails, failure, before):
    if before:
        folder.write(tmp_path / "a", before)

    fails(failure)
    with pytest.raises(type(failure)):
        folder.write(tmp_path / "a", {"a": "1", "b": "2", "c": "3"})

    assert content(tmp_path) == ({"a/report.json": OURS} if before else {})
    assert [p.name for p in tmp_path.iterdir()] == (["a"] if before else [])


@pytest.fixture(params=["swap", "two steps"])
def way(request, monkeypatch) -> str:
    """How the new folder takes the place of the old one: as Linux can, or as other systems must."""
    if request.param == "two steps":
        monkeypatch.setattr(files, "_renameat2", lambda: None)
    return request.param


def test_folder_is_replaced_either_way(tmp_path, way):
    for name in ("one", "two", "three"):
        folder.write(tmp_path / "a", {"report.json": OURS, name: name})

        assert content(tmp_path / "a") == {"report.json": OURS, name: name}
        assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_failure_of_the_last_step_puts_the_old_build_back(tmp_path, monkeypatch, way):
    folder.write(tmp_path / "a", {"report.json": OURS})
    rename = Path.rename

    def broken(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError(errno.EIO, "disk")
        return rename(self, target)

    def no_swap(*args: object) -> bool:
        raise OSError(errno.EIO, "disk")

    monkeypatch.setattr(Path, "rename", broken)
    if way == "swap":
        monkeypatch.setattr(files, "_swap", no_swap)
    with pytest.raises(OSError, match="disk"):
        folder.write(tmp_path / "a", {"x.txt": "x"})

    assert content(tmp_path) == {"a/report.json": OURS}


def test_folder_that_turns_foreign_meanwhile_is_left(tmp_path, monkeypatch):
    """Somebody makes a folder of that name while the new one is written."""
    write = files._write

    def slow(path: Path, data: str) -> None:
        write(path, data)
        (tmp_path / "a").mkdir(exist_ok=True)
        (tmp_path / "a" / "thesis.tex").write_text("mine")

    monkeypatch.setattr(files, "_write", slow)
    with pytest.raises(InputError):
        folder.write(tmp_path / "a", {"x.txt": "x"})

    assert content(tmp_path) == {"a/thesis.tex": "mine"}


def test_one_file_is_replaced_whole(tmp_path, monkeypatch):
    replace_file(tmp_path / "plots" / "x.png", b"\x89PNG")
    assert (tmp_path / "plots" / "x.png").read_bytes() == b"\x89PNG"

    def broken(self: Path, target: Path) -> Path:
        raise OSError(errno.EIO, "disk")

    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(OSError, match="disk"):
        replace_file(tmp_path / "plots" / "x.png", "other")
    assert (tmp_path / "plots" / "x.png").read_bytes() == b"\x89PNG"
    assert len(list((tmp_path / "plots").iterdir())) == 1


# Reading back


def of_a_build(firmware) -> dict[str, str]:
    return {
        "report.json": reports.dumps(reports.fresh(firmware, {})),
        "certificate.json": certificate.dumps(firmware.certificate),
        "design.toml": "the design",
        "graph.txt": text.show(firmware.graph),
        "hls/a.cpp": "int a;\n",
    }


def test_build_reads_back(tmp_path, design, firmware):
    folder.write(tmp_path / "a", of_a_build(firmware))

    build = folder.read(
        tmp_path / "a", lambda path: design if path.read_text() == "the design" else None
    )

    assert (build.design, build.graph, build.certificate) == (
        design,
        firmware.graph,
        firmware.certificate,
    )
    assert build.files("hls", "*.cpp", "firmware/*.h") == {"a.cpp": "int a;\n"}
    assert build.files("rtl", "*.v") == {}
    assert build.name == "small"


def test_other_folder_is_no_build(tmp_path, monkeypatch, golden, design):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as error:
        folder.read(Path("a"), lambda path: design)
    golden(str(error.value) + "\n")


def test_a_folder_that_holds_a_build_names_it(tmp_path, monkeypatch, design, firmware):
    monkeypatch.chdir(tmp_path)
    folder.write(Path("fit/firmware"), of_a_build(firmware))

    with pytest.raises(InputError, match="fit holds builds and is none") as error:
        folder.read(Path("fit"), lambda path: design)
    assert error.value.remedy == "name fit/firmware"


def test_missing_file_of_a_build_is_named(tmp_path, monkeypatch, golden, design, firmware):
    monkeypatch.chdir(tmp_path)
    folder.write(Path("a"), {k: v for k, v in of_a_build(firmware).items() if k != "graph.txt"})

    with pytest.raises(InputError) as error:
        folder.read(Path("a"), lambda path: design)
    golden(str(error.value) + "\n")


@pytest.mark.parametrize("file", ["graph.txt", "certificate.json"])
def test_files_of_different_designs_are_refused(
    tmp_path, monkeypatch, golden, design, firmware, file
):
    monkeypatch.chdir(tmp_path)
    renamed = {"graph.txt": ("input y", "input z"), "certificate.json": ('"q"', '"r"')}
    mixed = of_a_build(firmware)
    folder.write(Path("a"), mixed | {file: mixed[file].replace(*renamed[file])})

    with pytest.raises(InputError) as error:
        folder.read(Path("a"), lambda path: design)
    golden(str(error.value) + "\n")


def test_certificate_prints_and_reads_back_bit_for_bit(rng):
    values = [float(v) for v in rng.normal(size=4)] + [math.inf]
    bounds = [
        Bound(f"y{k}", v, None if k else 0.1, (Share("a", v, 1e-300),))
        for k, v in enumerate(values)
    ]
    written = Certificate(tuple(bounds), {"cones": [1, 2, {"a": "b"}]})

    assert certificate.loads(certificate.dumps(written), "certificate.json") == written


@pytest.mark.parametrize(
    "damage", ["{", "[]", "{}", '{"certificate": 99, "bounds": [], "data": {}}'], ids=range(4)
)
def test_damaged_certificate_is_refused(damage):
    with pytest.raises(InputError) as error:
        certificate.loads(damage, "build/certificate.json")
    assert str(error.value) == (
        "error: the certificate cannot be read\n"
        "  at: build/certificate.json\n"
        "  expected: what symgate compile writes, layout 1\n"
        "  do: compile the design again"
    )


def test_lists_of_a_report_take_a_line_each():
    from symgate.project.manifest import report_text

    report = {"a": [1, -2.5, None], "b": [[1, 2], [3, 4e-9]], "c": "[\n1\n]", "d": ["x [ y ]", "z"], "e": []}
    text = report_text(report)

    assert '"a": [1, -2.5, null],\n' in text
    assert '"b": [[1, 2], [3, 4e-09]],\n' in text
    assert '"c": "[\\n1\\n]",\n' in text
    assert {k: v for k, v in json.loads(text).items() if k != "sha256"} == report
