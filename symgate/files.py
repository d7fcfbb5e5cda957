"""Files and folders written whole or not at all, also where a writer is killed or two write at once.

What is new stands aside until it is complete, under a hidden name of symgate's own, and then takes
its place in one step. A writer holds a lock on what it has aside, which the kernel drops when the
process ends, however it ends: so the next writer in that folder knows what nobody works on any
more, and removes it.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

_ASIDE = re.compile(r"\.(?P<name>.+)\.symgate-[0-9a-f]{8}")
_NEW, _OLD = "new", "old"  # the parts of a folder that stands aside
_HERE = -100  # AT_FDCWD of Linux: names are relative to the working folder
_SWAP = 2  # RENAME_EXCHANGE of Linux: two names change places
#: Errors of a system, or of a file system such as NFS, that cannot swap two names.
_CANNOT = frozenset({errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EXDEV, errno.EPERM})
_NOT_EMPTY = frozenset({errno.ENOTEMPTY, errno.EEXIST})


def replace_file(path: Path, content: str | bytes) -> None:
    """Make ``path`` hold ``content``; a reader sees the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path.parent)
    aside, handle = _claimed(path, folder=False)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            aside.replace(path)  # while the file is open, and so locked
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def replace_folder(
    path: Path,
    files: Mapping[str, str | bytes],
    allowed: Callable[[Path], None] = lambda path: None,
) -> None:
    """Make ``path`` a folder of exactly ``files``, in their order; a failure leaves what was there.

    ``allowed`` raises where ``path`` must not be replaced. A file that starts with ``#!`` can be
    run.
    """
    allowed(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path.parent)
    aside, handle = _claimed(path, folder=True)
    try:
        for name, content in files.items():
            _write(aside / _NEW / name, content)
        with locked(path.parent):
            allowed(path)
            _put(aside, path)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        os.close(handle)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes of symgate from replacing what is in ``folder``; wait for those that do.

    Where the file system knows no locks, this does nothing.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def sweep(folder: Path) -> None:
    """Remove what writers that are dead left aside in ``folder``; put back what they took away."""
    try:
        names = [name for name in os.listdir(folder) if is_aside(name)]  # noqa: PTH208 - names alone
    except OSError:
        return
    for name in names:
        _settle(folder / name)


def is_aside(name: str) -> bool:
    """Whether a file of this name is one that stands aside until it is complete."""
    return _ASIDE.fullmatch(name) is not None


# What stands aside


def _claimed(path: Path, folder: bool) -> tuple[Path, int]:
    """A new file or folder beside ``path``, and an open handle that holds its lock."""
    while True:
        aside = path.parent / f".{path.name}.symgate-{secrets.token_hex(4)}"
        if folder:
            aside.mkdir(mode=0o700)
            handle = os.open(aside, os.O_RDONLY)
        else:
            handle = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        if _lock(handle) is not False and _is_still(aside, handle):
            return aside, handle
        os.close(handle)  # another process took it for one of a dead writer


def _lock(handle: int) -> bool | None:
    """Whether a lock could be had; None where the file system knows none."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _is_still(path: Path, handle: int) -> bool:
    """Whether ``path`` is the name of what is open."""
    try:
        return os.path.samestat(path.lstat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _settle(aside: Path) -> None:
    """Remove what stands aside if its writer is dead, that is, if its lock can be had."""
    try:
        handle = os.open(aside, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        if _lock(handle) and _is_still(aside, handle):
            _remove(aside)
    except OSError:
        pass  # of another user, perhaps: it stays
    finally:
        os.close(handle)


def _remove(aside: Path) -> None:
    if not aside.is_dir():
        aside.unlink(missing_ok=True)
        return
    if (aside / _OLD).exists():
        _put_back(aside)
    shutil.rmtree(aside, ignore_errors=True)


def _put_back(aside: Path) -> None:
    """Undo the first step of `_put_in_two_steps` where the writer died before the second."""
    match = _ASIDE.fullmatch(aside.name)
    assert match is not None
    place = aside.parent / match["name"]
    with locked(aside.parent):
        if not os.path.lexists(place):
            (aside / _OLD).rename(place)


def _write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(data)
    if data.startswith(b"#!"):
        path.chmod(path.stat().st_mode | 0o111)


# Taking its place


def _put(aside: Path, path: Path) -> None:
    """Put the new folder in its place, and the old one, if there is one, aside."""
    while True:
        if os.path.lexists(path):
            if not _swap(aside / _NEW, path):
                _put_in_two_steps(aside, path)
            return
        try:
            (aside / _NEW).rename(path)
            return
        except OSError as e:
            if e.errno not in _NOT_EMPTY:
                raise  # otherwise somebody who knows no locks was faster: swap with that


def _put_in_two_steps(aside: Path, path: Path) -> None:
    """The same where names cannot be swapped: between the two steps nothing is in the place.

    Whoever comes next finds the old folder aside and puts it back, if this process dies there.
    """
    path.rename(aside / _OLD)
    try:
        (aside / _NEW).rename(path)
    except BaseException:
        (aside / _OLD).rename(path)
        raise


def _swap(one: Path, other: Path) -> bool:
    """Let two names change places in one step; return whether the system can do that."""
    rename = _renameat2()
    if rename is None:
        return False
    if rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _SWAP) == 0:
        return True
    code = ctypes.get_errno()
    if code in _CANNOT:
        return False
    raise OSError(code, os.strerror(code), str(other))


def _renameat2() -> Callable[[int, bytes, int, bytes, int], int] | None:
    """Linux's ``renameat2``; None where the C library has none."""
    function = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if function is None:
        return None
    function.argtypes = [ctypes.c_int, ctypes.c_char_p] * 2 + [ctypes.c_uint]

    def call(folder: int, one: bytes, other_folder: int, other: bytes, flags: int) -> int:
        return int(function(folder, one, other_folder, other, flags))

    return call


# Folders that do not grow without end


def remove_oldest(folder: Path, limit: int) -> None:
    """Remove the files below ``folder`` that were changed longest ago, until the others take at
    most ``limit`` bytes.
    """
    states = [(path.stat(), path) for path in folder.rglob("*") if path.is_file()]
    held = sum(state.st_size for state, _ in states)
    for state, path in sorted(states, key=lambda pair: pair[0].st_mtime_ns):
        if held <= limit:
            break
        path.unlink(missing_ok=True)
        held -= state.st_size
