"""The examination of the machine: nothing fails where a tool is missing, and each has a remedy."""

from __future__ import annotations

import sys
from pathlib import Path

from symgate.report import doctor


def test_every_tool_has_a_purpose_and_a_remedy():
    assert all(tool.purpose and tool.remedy for tool in doctor.TOOLS)
    assert len({tool.name for tool in doctor.TOOLS}) == len(doctor.TOOLS)


def test_what_commands_ask_for_is_in_the_list():
    names = {tool.name for tool in doctor.TOOLS}
    assert {"scipy", "pyoperon", "ghdl", "iverilog", "verilator", "g++"} <= names


def test_bare_machine_has_no_programs(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    found = {f.tool.name: f.found for f in doctor.examine()}

    assert all(found[name] is None for name in ("g++", "make", "perl", "iverilog", "vivado"))


def test_version_of_a_program_is_its_first_line(monkeypatch, tmp_path):
    tool = tmp_path / "mytool"
    tool.write_text("#!/bin/sh\necho mytool 1.2\necho more\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")

    assert doctor.program("mytool")() == "mytool 1.2"


def test_program_without_version_shows_its_place(monkeypatch, tmp_path):
    tool = tmp_path / "mytool"
    tool.write_text("#!/bin/sh\nexit 1\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")

    assert Path(doctor.program("mytool")()) == tool


def test_packages_are_found_without_importing_them():
    assert doctor.package("numpy")()
    assert doctor.package("no-such-package")() is None
    assert "no_such_package" not in sys.modules
