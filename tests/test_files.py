"""What dead writers left aside is removed by the next one; what a live one works on is not."""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path

import pytest

from symgate import files
from symgate.files import is_aside, locked, replace_file, replace_folder, sweep

DEAD = ".a.symgate-0123abcd"


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


@pytest.fixture
def leftovers(tmp_path) -> Path:
    """A folder and a file of writers that were killed."""
    (tmp_path / DEAD / "new" / "rtl").mkdir(parents=True)
    (tmp_path / DEAD / "new" / "rtl" / "a.v").write_text("module")
    (tmp_path / ".front.csv.symgate-00000000").write_text("half a li")
    return tmp_path


def test_next_writer_of_a_file_removes_leftovers(leftovers):
    replace_file(leftovers / "x", "new")

    assert names(leftovers) == ["x"]


def test_next_writer_of_a_folder_removes_leftovers(leftovers):
    replace_folder(leftovers / "b", {"x": "new"})

    assert names(leftovers) == ["b"]


def test_what_a_live_writer_works_on_stays(leftovers):
    handle = os.open(leftovers / DEAD, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    replace_file(leftovers / "x", "new")
    assert names(leftovers) == [DEAD, "x"]

    os.close(handle)
    sweep(leftovers)
    assert names(leftovers) == ["x"]


@pytest.mark.parametrize(
    "name",
    [".a", "a.symgate-0123abcd", ".a.symgate-0123abc", ".a.symgate-0123abcg", ".symgate-01234567"],
)
def test_other_names_are_left_alone(tmp_path, name):
    (tmp_path / name).write_text("mine")
    sweep(tmp_path)

    assert names(tmp_path) == [name]
    assert not is_aside(name)


def test_link_of_such_a_name_is_not_followed(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("mine")
    (tmp_path / DEAD).symlink_to(tmp_path / "mine")
    sweep(tmp_path)

    assert (tmp_path / "mine" / "thesis.tex").exists()


def test_folder_that_a_dead_writer_took_away_is_put_back(tmp_path):
    """Where names cannot be swapped, a writer may die between its two steps."""
    (tmp_path / DEAD / "old").mkdir(parents=True)
    (tmp_path / DEAD / "old" / "x").write_text("old")
    (tmp_path / DEAD / "new").mkdir()
    sweep(tmp_path)

    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a" / "x").read_text() == "old"


def test_what_was_put_aside_for_good_is_removed(tmp_path):
    (tmp_path / DEAD / "old").mkdir(parents=True)
    replace_folder(tmp_path / "a", {"x": "new"})

    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a" / "x").read_text() == "new"


def test_writer_takes_another_name_where_a_sweeper_was_faster(tmp_path, monkeypatch):
    """A sweeper may take a file for one of a dead writer before its writer has the lock."""
    lock, tries = files._lock, []

    def late(handle: int) -> bool | None:
        tries.append(handle)
        if len(tries) == 1:
            sweep_it = next(p for p in tmp_path.iterdir() if is_aside(p.name))
            sweep_it.unlink()
        return lock(handle)

    monkeypatch.setattr(files, "_lock", late)
    replace_file(tmp_path / "x", "new")

    assert len(tries) == 2
    assert names(tmp_path) == ["x"]


def test_files_system_without_locks_or_swap(tmp_path, monkeypatch):
    def no_locks(handle: int, how: int) -> None:
        raise OSError(95, "no locks here")

    monkeypatch.setattr(files.fcntl, "flock", no_locks)
    monkeypatch.setattr(files, "_renameat2", lambda: None)
    for text in ("one", "two"):
        replace_file(tmp_path / "x", text)
        replace_folder(tmp_path / "a", {"y": text})

        assert (tmp_path / "x").read_text() == (tmp_path / "a" / "y").read_text() == text
        assert names(tmp_path) == ["a", "x"]
    with locked(tmp_path):
        pass


def test_swap_that_fails_for_another_reason_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        files._swap(tmp_path / "none", tmp_path / "nothing")


def test_permissions_follow_the_umask(tmp_path):
    mask = os.umask(0o027)
    try:
        replace_file(tmp_path / "x", b"new")
        replace_folder(tmp_path / "a", {"y": "new", "run.sh": "#!/bin/sh\n"})
    finally:
        os.umask(mask)

    def mode(path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode)

    assert [mode(tmp_path / n) for n in ("x", "a", "a/y", "a/run.sh")] == [
        0o640,
        0o750,
        0o640,
        0o751,
    ]


def test_one_folder_waits_for_another(tmp_path):
    """The lock of a folder is one between processes, not only within one."""
    with locked(tmp_path):
        handle = os.open(tmp_path, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(handle)
