"""The build folder: written whole or not at all, and read back as a `Build`."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from symgate.errors import InputError
from symgate.files import locked, replace_file, replace_folder, sweep
from symgate.ir import text
from symgate.ir.design import Design
from symgate.ir.firmware import Certificate, Firmware
from symgate.ir.fixed import Graph
from symgate.ir.saturation import driven
from symgate.project import certificate, manifest
from symgate.project.manifest import MANIFEST, PLOTS, REPORT

CERTIFICATE, DESIGN, GRAPH = "certificate.json", "design.toml", "graph.txt"
MARK = "symgate_version"  # the key of report.json by which a folder is known to be ours


@dataclass(frozen=True)
class Build:
    """A build folder as read back: what the models and the checks start from."""

    path: Path
    design: Design
    graph: Graph
    certificate: Certificate
    report: dict[str, Any]
    manifest: str | None = None  # the text of the manifest when the folder was read

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
    if not path.is_dir():
        sweep(path.parent)  # where names cannot be swapped, a writer that died may have it aside
    if not path.is_dir():
        raise _no_build(path)
    with locked(path.parent):  # all files of one compilation
        return _read(path, load_design)


def _read(path: Path, load_design: Callable[[Path], Design]) -> Build:
    report = _report(path)
    if report is None and not _is_ours(path):
        raise _no_build(path)
    if report is None or not _is_whole(report):
        raise _unreadable(path / REPORT)
    for file in (CERTIFICATE, DESIGN, GRAPH):
        if not (path / file).is_file():
            raise InputError(
                f"{path / file} is missing", remedy=f"symgate compile design.toml -o {path}"
            )
    graph = _graph(path / GRAPH)
    proof = certificate.loads(_text(path / CERTIFICATE), str(path / CERTIFICATE))
    build = Build(path, load_design(path / DESIGN), graph, proof, report, _state(path))
    _check_one_build(build)
    return build


def _no_build(path: Path) -> InputError:
    inside = sorted(found.parent for found in path.glob(f"*/{CERTIFICATE}"))
    if inside:
        names = " or ".join(map(str, inside[:3]))
        return InputError(f"{path} holds builds and is none", remedy=f"name {names}")
    return InputError(
        f"{path} is not a symgate build folder",
        expected=f"a folder with {REPORT}, {CERTIFICATE}, {DESIGN} and {GRAPH}",
        remedy=f"symgate compile design.toml -o {path}",
    )


def _unreadable(path: Path) -> InputError:
    return InputError(
        f"{path} cannot be read",
        expected="UTF-8 text as symgate compile writes it",
        remedy="compile the design again",
    )


def _is_whole(report: Mapping[str, Any]) -> bool:
    """Whether a report has the parts that every verb fills in or shows."""
    outputs = report.get("outputs")
    if not isinstance(outputs, dict) or not all(
        isinstance(output, dict) for output in outputs.values()
    ):
        return False
    keys = {"format", "certified_bound", "observed_max", "rms"}
    parts = (report.get(part) for part in ("latency", "verify", "estimate", "seconds"))
    return all(keys <= output.keys() for output in outputs.values()) and all(
        isinstance(part, dict) for part in parts
    )


def _graph(path: Path) -> Graph:
    try:
        return text.parse(_text(path))
    except (ValueError, TypeError, LookupError, ArithmeticError, MemoryError):
        raise _unreadable(path) from None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise _unreadable(path) from None


def _state(path: Path) -> str | None:
    """What tells one compilation into a folder from the next one."""
    try:
        return (path / MANIFEST).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def changes(path: Path) -> list[str]:
    """Return what was edited, removed or added in the build folder ``path`` since it was written;
    nothing of a folder that symgate did not write.
    """
    if not path.is_dir():
        return []
    with locked(path.parent):
        return manifest.changes(path) if _is_ours(path) else []


@contextlib.contextmanager
def updating(build: Build) -> Iterator[None]:
    """Keep the folder of ``build`` as it is for a while; raise `InputError` where it is another
    one by now.
    """
    with locked(build.path.parent):
        if _state(build.path) != build.manifest:
            raise InputError(
                f"{build.path} was compiled again meanwhile",
                remedy="run the command again, on what is there now",
            )
        yield


def write_plots(build: Build, images: Mapping[str, bytes]) -> list[Path]:
    """Make ``images`` the plots of a build, and return their paths."""
    names = sorted(images)
    files: dict[str, str | bytes] = {name: images[name] for name in names}
    files[MANIFEST] = manifest.dumps(files)
    with updating(build):
        replace_folder(build.path / PLOTS, files)
    return [build.path / PLOTS / name for name in names]


def write_certificate(
    build: Build, proof: Certificate, telling: Mapping[str, str] | None = None
) -> Build:
    """Put ``proof`` in the place of the certificate of ``build``, with the files ``telling`` of its
    bounds, by path, and their hashes into the manifest; a file that was edited stays.
    """
    with updating(build):
        told = {k: v for k, v in (telling or {}).items() if manifest.is_as_listed(build.path, k)}
        contents = {CERTIFICATE: certificate.dumps(proof), **told}
        listed = manifest.read(build.path / MANIFEST)
        for name, content in contents.items():
            replace_file(build.path / name, content)
        if listed is not None:
            replace_file(build.path / MANIFEST, manifest.relisted(listed, contents))
        return replace(build, certificate=proof, manifest=_state(build.path))


def _check_one_build(build: Build) -> None:
    """Raise `InputError` where the files of a folder speak of different ports."""
    nodes = build.graph.nodes
    ports = (
        {(port.name, port.type, port.raw) for port in driven(build.design)},
        {name for name, _ in build.design.outputs},
    )
    graph = (
        {(port.name, port.type, nodes[port.node].range) for port in build.graph.inputs},
        {port.name for port in build.graph.outputs},
    )
    proved, told = (
        {bound.output for bound in build.certificate.bounds},
        set(build.report["outputs"]),
    )
    files = ((GRAPH, ports == graph), (CERTIFICATE, ports[1] == proved), (REPORT, ports[1] == told))
    for file, same in files:
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


def _is_ours(path: Path) -> bool:
    """Whether symgate wrote the folder, though files of it may have been damaged since."""
    listed = manifest.read(path / MANIFEST)
    return _report(path) is not None or (listed is not None and GRAPH in listed)


def check_target(path: Path) -> None:
    """Raise `InputError` unless ``path`` is free, empty, or a folder that symgate wrote."""
    if path.is_dir() and not path.is_symlink():
        if not any(path.iterdir()) or _is_ours(path):
            return
        raise InputError(
            f"{path} holds files that symgate did not write",
            expected="a folder that does not exist, is empty, or is an earlier build",
            remedy="name another folder with -o, or empty this one",
        )
    if path.exists() or path.is_symlink():
        raise InputError(f"{path} is not a folder", remedy="name a folder with -o")


def write(path: Path, files: Mapping[str, str]) -> None:
    """Make ``path`` hold exactly ``files`` and their manifest; at each moment the folder is whole.

    Where it exists already it is replaced in one step. A failure, or the end of the process, leaves
    what was there; of two writers at once, one's files are there at the end.
    """
    replace_folder(path, {**files, MANIFEST: manifest.dumps(files)}, check_target)
