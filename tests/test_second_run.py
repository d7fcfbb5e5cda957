"""A second compilation gives the same bytes as the first, whatever it remembers of it."""

import json
import os
import subprocess
import sys

import pytest

import symgate
from symgate import caches

DESIGN = """
[design]
name = "again"
[inputs]
x = { bits = 12, range = [0, 4] }
y = { bits = 11, range = [-2, 2] }
[outputs]
z = "exp(-x*y) * 0.02 + sin(1.7*x) * sqrt(x + 0.3) + tanh(3*y)"
w = "log(x + 0.1) - 0.7*x*y"
[accuracy]
max_error = 0.01
"""


def content(folder):
    """The files of a build, but for the seconds in its report."""
    files = {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }
    report = json.loads(files["report.json"])
    del report["seconds"], report["sha256"]  # which is the hash of the rest
    return files | {"report.json": json.dumps(report).encode()}


def differing(one, other):
    assert one.keys() == other.keys()
    return [name for name in one if one[name] != other[name]]


@pytest.fixture
def design(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "design.toml"
    path.write_text(DESIGN, encoding="utf-8")
    return path


def test_in_one_process(design, tmp_path):
    """Cold, from memory, from disk, and with hardly any memory at all."""
    built = []
    with caches.using(caches.Caches()) as memory:
        for number, forget in enumerate([False, False, True]):
            if forget:
                memory.drop()
            symgate.compile(design, tmp_path / str(number) / "again")
            built.append(content(tmp_path / str(number) / "again"))
    with caches.using(caches.Caches(limit=1 << 16)):
        symgate.compile(design, tmp_path / "small" / "again")
    built.append(content(tmp_path / "small" / "again"))
    assert len(built[0]) > 10
    assert [differing(built[0], other) for other in built[1:]] == [[], [], []]


def test_in_another_process(design, tmp_path):
    """Which iterates over sets in another order."""
    built = []
    for seed in ("1", "2"):
        command = [
            sys.executable,
            "-m",
            "symgate",
            "compile",
            design,
            "-o",
            tmp_path / seed / "again",
        ]
        environment = os.environ | {"PYTHONHASHSEED": seed}
        subprocess.run(command, env=environment, check=True, capture_output=True)
        built.append(content(tmp_path / seed / "again"))
    assert list((tmp_path / "cache").rglob("*.npz"))
    assert differing(*built) == []
