"""Files written whole or not at all, and folders that do not grow without end."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def replace_file(path: Path, content: str | bytes) -> None:
    """Make ``path`` hold ``content``; a reader sees the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


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


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
