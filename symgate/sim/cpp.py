"""The HLS C++ as g++ runs it, with the vendor's real headers: compiled once, kept by content,
called through ctypes.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.backends.hls import emit_graph
from symgate.backends.hls_names import Argument, Names
from symgate.errors import CheckFailed, ToolMissing
from symgate.ir.fixed import Graph
from symgate.ir.types import FixedType
from symgate.sim import ap_types

Column = NDArray[Any]  # int64, or object (Python ints) where a port is wider
#: The passes and tables left out save a third of the time that g++ takes for a function of 2,000
#: lines.
_FLAGS = (
    "-std=c++14",
    "-shared",
    "-fPIC",
    "-fno-gnu-unique",
    "-w",
    "-fno-exceptions",
    "-fno-tree-pta",
)
_KEPT = 200  # libraries in the cache
#: Everything that the projects include, so that each can be put into a namespace.
_PRELUDE = "".join(f"#include <{h}>\n" for h in ("ap_fixed.h", "ap_int.h", "cmath", "stdint.h"))
STREAMS = '#include "hls_stream.h"'


@dataclass(frozen=True)
class Project:
    """An HLS project: its files as emitted, or as they are on disk."""

    name: str
    graph: Graph
    files: Mapping[str, str]

    @staticmethod
    def of(graph: Graph, name: str = "model") -> Project:
        """The project as the backend emits it now."""
        return Project(name, graph, emit_graph(name, graph))

    @cached_property
    def names(self) -> Names:
        """The C++ names of the ports."""
        return Names.of(self.name, self.graph)


class Library:
    """Compiled projects, called by name."""

    def __init__(
        self, projects: Iterable[Project], cache: Path | None = None, optimise: int = 1
    ) -> None:
        self._projects = {p.name: p for p in projects}
        self._library = ctypes.CDLL(
            str(compile_projects(list(self._projects.values()), cache, optimise))
        )

    def run(self, name: str, inputs: Mapping[str, Any]) -> dict[str, Column]:
        """The raw outputs of project ``name`` for rows of raw ``inputs``; a project without inputs
        has one row.
        """
        names = self._projects[name].names
        words = pack(names.inputs, inputs)
        results = np.empty((len(words), sum(a.words for a in names.outputs)), np.uint64)
        function = self._library[f"{names.top}_codes"]
        function.argtypes, function.restype = (
            [ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p],
            None,
        )
        function(len(words), words.ctypes.data, results.ctypes.data)
        return unpack(names.outputs, results)


def simulate(
    graph: Graph,
    inputs: Mapping[str, Any],
    files: Mapping[str, str] | None = None,
    name: str = "model",
) -> dict[str, Column]:
    """The raw outputs for rows of raw ``inputs``, from the C++ in ``files`` (by default: as emitted
    from ``graph``).
    """
    project = Project.of(graph, name) if files is None else Project(name, graph, files)
    return Library([project]).run(name, inputs)


# ------------------------------------------------------------------ rows as 64-bit words


def pack(arguments: Iterable[Argument], columns: Mapping[str, Any]) -> NDArray[np.uint64]:
    """A row of words per row of raw ``columns``: each port in as many 64-bit words as it needs, low
    word first.
    """
    words = [
        w
        for operand in arguments
        for w in _to_words(np.asarray(columns[operand.port.name]), operand)
    ]
    return np.ascontiguousarray(np.stack(words, axis=1)) if words else np.empty((1, 0), np.uint64)


def _to_words(column: Column, a: Argument) -> list[NDArray[np.uint64]]:
    if column.dtype != object and a.words == 1:
        return [column.astype(np.int64).view(np.uint64)]
    mask = (1 << 64) - 1
    return [((column.astype(object) >> (64 * k)) & mask).astype(np.uint64) for k in range(a.words)]


def unpack(arguments: Iterable[Argument], words: NDArray[np.uint64]) -> dict[str, Column]:
    """The raw column of each port out of rows of words."""
    columns, start = {}, 0
    for operand in arguments:
        columns[operand.port.name] = _from_words(
            words[:, start : start + operand.words], operand.port.type
        )
        start += operand.words
    return columns


def _from_words(words: NDArray[np.uint64], t: FixedType) -> Column:
    if t.width <= 62:
        spare = np.int64(64 - t.width)
        signed = (words[:, 0] << np.uint64(64 - t.width)).view(np.int64)
        return (
            signed >> spare
            if t.signed
            else (words[:, 0] & np.uint64((1 << t.width) - 1)).astype(np.int64)
        )
    bits: Any = np.zeros(len(words), object)
    for k in range(words.shape[1]):
        bits |= words[:, k].astype(object) << (64 * k)
    bits &= (1 << t.width) - 1
    return np.asarray(
        bits - ((bits >> (t.width - 1)) << t.width) if t.signed else bits, dtype=object
    )


# ------------------------------------------------------------------ the compiler and its cache


def compile_projects(projects: list[Project], cache: Path | None = None, optimise: int = 1) -> Path:
    """The shared library of ``projects``, compiled as one text unless it is in the cache already.

    ``optimise`` 1 is the quickest in all for 100,000 rows, 0 for a few hundred.
    """
    compiler = shutil.which("g++")
    if compiler is None:
        raise ToolMissing(
            "compiling HLS C++ needs g++", remedy="apt-get install g++, or the same of your system"
        )
    headers = _headers(projects)
    cache = cache or default_cache()
    flags = [*_FLAGS, f"-O{optimise}"]
    key = _key(projects, [compiler, *flags], headers)
    library = cache / f"{key}.so"
    if library.exists():
        os.utime(library)
        return library
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".build-", dir=cache) as folder:
        _write(Path(folder), projects, headers)
        _compile([compiler, *flags], Path(folder))
        (Path(folder) / "all.so").replace(library)
    _prune(cache)
    return library


def default_cache() -> Path:
    """Where compiled designs are kept: ``$XDG_CACHE_HOME/symgate/cpp``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "symgate" / "cpp"


def _headers(projects: list[Project]) -> dict[str, str]:
    """The vendor's headers: those of hls4ml, else those that came with a project."""
    try:
        folder = ap_types.find()
    except ToolMissing:
        found = {
            n: t
            for p in projects
            for n, t in p.files.items()
            if n.startswith(ap_types.FOLDER) and n.endswith(".h")
        }
        if found:
            return {n.removeprefix(ap_types.FOLDER + "/"): t for n, t in found.items()}
        raise
    return {
        p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8")
        for p in sorted(folder.rglob("*.h"))
    }


def _sources(project: Project) -> dict[str, str]:
    """The files that g++ reads."""
    wanted = {
        n: t
        for n, t in project.files.items()
        if n.endswith((".cpp", ".h")) and not n.endswith("_test.cpp")
    }
    return {name: t for name, t in wanted.items() if not name.startswith(ap_types.FOLDER)}


def _key(projects: list[Project], command: list[str], headers: Mapping[str, str]) -> str:
    """A hash of all that decides what the library does."""
    digest = hashlib.sha256(
        repr((command, _PRELUDE, _identity(Path(command[0])), sorted(headers.items()))).encode()
    )
    for project in projects:
        digest.update(repr((project.name, sorted(_sources(project).items()))).encode())
    return digest.hexdigest()[:32]


def _identity(path: Path) -> tuple[str, int, int]:
    status = path.resolve().stat()
    return str(path.resolve()), status.st_size, status.st_mtime_ns


def _write(folder: Path, projects: list[Project], headers: Mapping[str, str]) -> None:
    """Each project in a folder and a namespace of its own, joined by ``all.cpp``."""
    _write_files(folder / "ap_types", headers)
    streams = any(STREAMS in t for p in projects for t in _sources(p).values())
    lines = [_PRELUDE, *([STREAMS] if streams else [])]
    for k, project in enumerate(projects):
        _write_files(folder / str(k), _sources(project))
        top = project.names.top
        lines.append(
            f'namespace project{k} {{\n#include "{k}/firmware/{top}.cpp"\n#include "{k}/{top}_bridge.cpp"\n}}'
        )
    (folder / "all.cpp").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_files(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _compile(command: list[str], folder: Path) -> None:
    whole = [*command, "-isystem", "ap_types", "all.cpp", "-o", "all.so"]
    done = subprocess.run(whole, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        errors = [
            line for line in done.stderr.splitlines() if "error" in line
        ] or done.stderr.splitlines()
        first = re.sub(r"^\d+/", "", errors[0]) if errors else f"exit code {done.returncode}"
        raise CheckFailed(
            f"g++ does not compile the HLS C++: {first}",
            expected="C++ as symgate emits it",
            remedy="if the files were edited, compile the design again; otherwise report this with the design",
        )


def _prune(cache: Path) -> None:
    """Remove the libraries that were not used for longest."""
    with contextlib.suppress(FileNotFoundError):  # another process may prune too
        for path in sorted(cache.glob("*.so"), key=lambda p: p.stat().st_mtime, reverse=True)[
            _KEPT:
        ]:
            path.unlink()
