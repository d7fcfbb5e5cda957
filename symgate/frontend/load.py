"""Any source of a design: one entry of `SOURCES` per dialect, told by the content of the file or by
``--dialect``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from symgate.errors import InputError, Where
from symgate.frontend.design_file import toml
from symgate.frontend.files import read_text
from symgate.frontend.ignored import tell_of_design, tell_of_design_file
from symgate.frontend.imported import Imported
from symgate.frontend.language.source import listed, meant
from symgate.frontend.options import Options
from symgate.frontend.readers import SOURCES, pyapi, pysr, text
from symgate.frontend.readers.base import Content, Kind
from symgate.ir.design import Design

__all__ = ["SOURCES", "Kind", "Options", "import_any", "load_any", "with_stated"]

_DESIGN_FILE = "design"


def load_any(source: Any, options: Options | None = None) -> Design:
    """The design that ``source`` holds.

    A path (or several: one hall of fame per output), a PySR run's folder, a text of expressions (a
    string that is no file name), or what `symgate.frontend.readers.pyapi.design` takes. Raise
    `InputError` where it is none of them.
    """
    options = options or Options()
    if isinstance(source, Design):
        tell_of_design([name for name in options.changed if name != "effort"])
        effort = options.tries(source.effort)
        return source if effort == source.effort else replace(source, effort=effort)
    source = _formula(source)
    if isinstance(source, str) and _is_text(source) and not options.dialect:
        return text.loads(source, options)
    paths = _paths(source)
    if paths is None:
        return pyapi.design(source, options)
    if _is_design_file(paths[0], options):
        tell_of_design_file(options.changed)
        return toml.load(_single(paths), options)
    found, options = import_any(paths, options).plain(options)
    return found.design(options)


def import_any(paths: Sequence[Path], options: Options) -> Imported:
    """What files hold that are no design files: the expressions, and what was changed to read them."""
    if not paths or (expanded := _paths(paths[0] if len(paths) == 1 else list(paths))) is None:
        raise InputError("no file is given", expected="a file of expressions")
    path = expanded[0]
    if path.suffix in (".pkl", ".pickle"):
        what, remedy = (
            "a pickle runs code when it is read",
            "give PySR's hall_of_fame.csv, which lies beside it",
        )
        raise InputError(what, where=Where(str(path)), remedy=remedy)
    content = Content(path, read_text(path))
    kind = _stated(options.dialect) if options.dialect else detected(content)
    if len(expanded) > 1 and not kind.several:
        what = f"{len(expanded)} files are given"
        raise InputError(what, where=Where(str(expanded[1])), expected="one of this kind")
    return kind.read(content, tuple(expanded), options)


def _stated(dialect: str) -> Kind:
    name = dialect.partition(",")[0].strip()
    for kind in SOURCES:
        if kind.dialect == name:
            return kind
    names = [kind.dialect for kind in SOURCES]
    remedy = meant(name, names)
    raise InputError(
        f"unknown dialect '{name}'", expected=f"one of {listed(names, 30)}", remedy=remedy
    )


def detected(content: Content) -> Kind:
    """The dialect that a content is in; raise `InputError` where it is in none."""
    for kind in SOURCES:
        if kind.matches is not None and kind.matches(content):
            return kind
    kinds = ", ".join(["design file", *(kind.name for kind in SOURCES)])
    where = Where(str(content.path))
    raise InputError("this is no source of expressions", where=where, expected=f"one of: {kinds}")


def _is_design_file(path: Path, options: Options) -> bool:
    return options.dialect == _DESIGN_FILE or (options.dialect is None and path.suffix == ".toml")


def _single(paths: Sequence[Path]) -> Path:
    if len(paths) != 1:
        raise InputError(
            f"{len(paths)} files are given", where=Where(str(paths[1])), expected="one of this kind"
        )
    return paths[0]


def _is_text(source: str) -> bool:
    """Whether a string is expressions rather than the name of a file."""
    named_file = re.search(r"\.[A-Za-z]\w{1,4}$", source) or source.endswith("/")
    return (
        "\n" in source
        or not source.strip()
        or (not named_file and re.search(r"[-=(+*^<> ]", source) is not None)
    )


def _formula(source: Any) -> Any:
    """A formula that came in the place of a file, as on the command line, as a text."""
    if not isinstance(source, list | tuple) or len(source) != 1 or not isinstance(source[0], Path):
        return source
    text = str(source[0])
    is_formula = _is_text(text) and re.search(r"[=(*^]", text) and not source[0].exists()
    return text if is_formula else source


def _paths(source: Any) -> list[Path] | None:
    """The files that ``source`` stands for, None where it stands for none."""
    if isinstance(source, (str, Path)):
        return _expanded(Path(source))
    if isinstance(source, (list, tuple)) and source and all(isinstance(s, Path) for s in source):
        return [Path(s) for s in source] if len(source) > 1 else _expanded(source[0])
    return None


def _expanded(path: Path) -> list[Path]:
    """A folder stands for its design file, or for the halls of fame in it."""
    if not path.is_dir():
        return [path]
    design = path / "design.toml"
    return [design] if design.exists() else pysr.folder(path)


def with_stated(options: Options | None, stated: Mapping[str, Any]) -> Options | None:
    """Return ``options`` with the fields ``stated`` by name; raise TypeError for a name that is no field."""
    names = [f.name for f in fields(Options)]
    if unknown := [name for name in stated if name not in names]:
        hint = meant(unknown[0], [*names, "output", "search_seconds"])
        expected = f"; {hint}" if hint else f"; there are {listed(names, len(names))}"
        raise TypeError(f"compile() has no option '{unknown[0]}'{expected}")
    return replace(options or Options(), **stated) if stated else options
