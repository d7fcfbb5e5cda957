"""Any source of a design: one entry of `SOURCES` per kind of file, chosen by extension and content."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symgate.errors import InputError, Where
from symgate.frontend import fpcore, pyapi, pysr, text, toml
from symgate.frontend.files import read_text
from symgate.frontend.options import Options
from symgate.ir.design import Design

__all__ = ["SOURCES", "Kind", "Options", "load_any"]


@dataclass(frozen=True)
class Kind:
    """A kind of file: what it is, how it is recognised (by its name and its first line), and how it is read."""

    name: str
    matches: Callable[[Path, str], bool]
    load: Callable[[Sequence[Path], Options], Design]


def _hall_of_fame(path: Path, head: str) -> bool:
    return "complexity" in head.lower() and "equation" in head.lower()


def _fpcore(path: Path, head: str) -> bool:
    return path.suffix in (".fpcore", ".fpbench") or head.startswith("(FPCore")


def _one(load: Callable[[Path, Options], Design]) -> Callable[[Sequence[Path], Options], Design]:
    def read(paths: Sequence[Path], options: Options) -> Design:
        if len(paths) != 1:
            raise InputError(f"{len(paths)} files are given", where=Where(str(paths[1])), expected="one of this kind")
        return load(paths[0], options)

    return read


#: The kinds of files, the first that matches wins.
SOURCES: tuple[Kind, ...] = (
    Kind("design file", lambda path, head: path.suffix == ".toml", _one(lambda path, o: toml.load(path, o))),
    Kind("FPCore", _fpcore, _one(lambda path, o: fpcore.load(path, o))),
    Kind("PySR hall of fame", _hall_of_fame, lambda paths, options: pysr.load(paths, options)),
    Kind(
        "file of expressions",
        lambda path, head: path.suffix not in (".csv", ".pkl", ".pickle", ".json", ".py", ".npz"),
        _one(lambda path, o: text.load(path, o)),
    ),
)


def load_any(source: Any, options: Options | None = None) -> Design:
    """The design that ``source`` holds.

    A path (or several: one hall of fame per output), a PySR run's folder, a text of expressions (a string that is no
    file name), or what `symgate.frontend.pyapi.design` takes. Raise `InputError` where it is none of them.
    """
    options = options or Options()
    if isinstance(source, Design):
        return source
    if isinstance(source, str) and _is_text(source):
        return text.loads(source, options)
    if isinstance(source, (str, Path)):
        return _files(_expanded(Path(source)), options)
    if isinstance(source, (list, tuple)) and source and all(isinstance(s, Path) for s in source):
        return _files([Path(s) for s in source], options)
    return pyapi.design(source, options)


def _is_text(source: str) -> bool:
    """Whether a string is expressions rather than the name of a file."""
    named_file = re.search(r"\.[A-Za-z]\w{1,4}$", source) or source.endswith("/")
    return "\n" in source or not source.strip() or (not named_file and re.search(r"[-=(+*^<> ]", source) is not None)


def _expanded(path: Path) -> list[Path]:
    """A folder stands for its design file, or for the halls of fame in it."""
    if not path.is_dir():
        return [path]
    design = path / "design.toml"
    return [design] if design.exists() else pysr.folder(path)


def _files(paths: Sequence[Path], options: Options) -> Design:
    path = paths[0]
    if path.suffix in (".pkl", ".pickle"):
        what, remedy = "a pickle runs code when it is read", "give PySR's hall_of_fame.csv, which lies beside it"
        raise InputError(what, where=Where(str(path)), remedy=remedy)
    head = re.sub(r"^(\s|;[^\n]*)+", "", read_text(path)).partition("\n")[0]
    for kind in SOURCES:
        if kind.matches(path, head):
            return kind.load(paths, options)
    kinds = ", ".join(kind.name for kind in SOURCES)
    raise InputError("this is no source of expressions", where=Where(str(path)), expected=f"one of: {kinds}")
