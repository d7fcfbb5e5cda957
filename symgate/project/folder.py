"""The build folder: written whole or not at all, and read back as a `Build`."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symgate.errors import InputError
from symgate.ir import text
from symgate.ir.design import Design
from symgate.ir.firmware import Certificate, Firmware
from symgate.ir.fixed import Graph
from symgate.project import certificate

REPORT, CERTIFICATE, DESIGN, GRAPH = "report.json", "certificate.json", "design.toml", "graph.txt"
MARK = "symgate_version"  # the key of report.json by which a folder is known to be ours


@dataclass(frozen=True)
class Build:
    """A build folder as read back: what the models and the checks start from."""

    path: Path
    design: Design
    graph: Graph
    certificate: Certificate
    report: dict[str, Any]

    @property
    def name(self) -> str:
        """The name of the top module."""
        return self.design.name

    @property
    def firmware(self) -> Firmware:
        """The design with its graph and certificate, as backends take it."""
        return Firmware(
            self.design, self.graph, self.certificate, dict(self.report.get("seconds") or {})
        )

    def files(self, part: str, *patterns: str) -> dict[str, str]:
        """The files in ``part`` ("hls", "rtl") that match, as they are on disk now, by their path
        inside it.
        """
        top = self.path / part
        found = sorted(p for pattern in patterns for p in top.glob(pattern) if p.is_file())
        return {
            p.relative_to(top).as_posix(): p.read_text(encoding="utf-8", errors="replace")
            for p in found
        }


def read(path: Path, load_design: Callable[[Path], Design]) -> Build:
    """Return the build in ``path``; raise `InputError` where it is not a folder that symgate wrote."""
    report = _report(path)
    if report is None:
        raise InputError(
            f"{path} is not a symgate build folder",
            expected=f"a folder with {REPORT}, {CERTIFICATE}, {DESIGN} and {GRAPH}",
            remedy=f"symgate compile design.toml -o {path}",
        )
    for file in (CERTIFICATE, DESIGN, GRAPH):
        if not (path / file).is_file():
            raise InputError(
                f"{path / file} is missing", remedy=f"symgate compile design.toml -o {path}"
            )
    graph = text.parse((path / GRAPH).read_text(encoding="utf-8"))
    proof = certificate.loads(
        (path / CERTIFICATE).read_text(encoding="utf-8"), str(path / CERTIFICATE)
    )
    build = Build(path, load_design(path / DESIGN), graph, proof, report)
    _check_one_build(build)
    return build


def _check_one_build(build: Build) -> None:
    """Raise `InputError` where the files of a folder speak of different ports."""
    ports = (
        {(i.name, i.type) for i in build.design.inputs},
        {name for name, _ in build.design.outputs},
    )
    graph = {(p.name, p.type) for p in build.graph.inputs}, {p.name for p in build.graph.outputs}
    proved = {b.output for b in build.certificate.bounds}
    for file, same in ((GRAPH, ports == graph), (CERTIFICATE, ports[1] == proved)):
        if not same:
            raise InputError(
                f"{DESIGN} and {file} have different ports",
                where=str(build.path),
                remedy=f"compile the design again: symgate compile {build.path / DESIGN} -o {build.path}",
            )


def _report(path: Path) -> dict[str, Any] | None:
    """The report in ``path``, or None where there is none that symgate wrote."""
    try:
        report = json.loads((path / REPORT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return report if isinstance(report, dict) and MARK in report else None


def check_target(path: Path) -> None:
    """Raise `InputError` unless ``path`` is free, empty, or a folder that symgate wrote."""
    if path.is_dir() and not path.is_symlink():
        if not any(path.iterdir()) or _report(path) is not None:
            return
        raise InputError(
            f"{path} holds files that symgate did not write",
            expected="a folder that does not exist, is empty, or is an earlier build",
            remedy="name another folder with -o, or empty this one",
        )
    if path.exists() or path.is_symlink():
        raise InputError(f"{path} is not a folder", remedy="name a folder with -o")


def write(path: Path, files: Mapping[str, str]) -> None:
    """Make ``path`` hold exactly ``files``: written beside it, then renamed; a failure leaves what
    was there.
    """
    check_target(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        for name, content in files.items():
            _write_file(aside / "new" / name, content)
        _swap(aside, path)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _write_file(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8", newline="\n")
    if content.startswith("#!"):
        path.chmod(path.stat().st_mode | 0o111)


def _swap(aside: Path, path: Path) -> None:
    """Put ``aside/new`` in the place of ``path``, and what was there back if that fails."""
    old = aside / "old"
    if path.exists():
        path.rename(old)
    try:
        (aside / "new").rename(path)
    except BaseException:
        if old.exists():
            old.rename(path)
        raise
