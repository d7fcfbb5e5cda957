"""What a user reads where the machine lacks a program: one line, with the remedy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest


@pytest.fixture
def preflight(root, tmp_path):
    """Run the check, or make, with nothing on PATH but the programs given."""

    def run(*programs, command=("sh", "tools/preflight.sh"), python=sys.executable):
        for program in ("sh", *programs):
            (tmp_path / program).symlink_to(shutil.which(program))
        command = [shutil.which(command[0]), *command[1:]]
        outer = {
            key: value for key, value in os.environ.items() if not key.startswith("MAKE")
        }  # of `make test`
        env = {**outer, "PATH": str(tmp_path), "PYTHON": python}
        return subprocess.run(
            command, cwd=root, env=env, capture_output=True, text=True, check=False
        )

    return run


def test_complete_machine_passes_in_silence(preflight):
    result = preflight("g++", "make", "perl")

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_all_that_is_missing_is_in_one_line(preflight):
    result = preflight("make")

    assert (result.returncode, result.stdout) == (
        2,
        "symgate needs g++, perl: apt-get install g++ perl\n",
    )


def test_missing_python_is_named(preflight):
    result = preflight("g++", "make", "perl", python="python3.99")

    assert result.stdout == "symgate needs python3.99: apt-get install python3 python3-venv\n"


def test_old_python_is_named_with_its_version(preflight, tmp_path):
    old = tmp_path / "python3.8"
    old.write_text('#!/bin/sh\ncase "$2" in *print*) echo 3.8 ;; *) exit 1 ;; esac\n')
    old.chmod(0o755)
    result = preflight("g++", "make", "perl", python=str(old))

    assert result.stdout == (
        f"symgate needs Python 3.11 or newer ({old} is 3.8; PYTHON=... names another): "
        "apt-get install python3.11 python3.11-venv\n"
    )


@pytest.mark.parametrize("target", ["demo", "test"])
def test_make_stops_with_that_line_only(preflight, target, tmp_path):
    result = preflight("make", command=("make", target, f"VENV={tmp_path / 'venv'}"))

    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert "symgate needs g++, perl: apt-get install g++ perl" in result.stderr
