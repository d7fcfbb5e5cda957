"""What a build folder should hold, written once more from its design, graph and certificate.

A hash names a file that was edited. Here is seen what was edited together with its hash: also what
no model reads, such as the clock of the constraints, or the LUTs in the report.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from symgate.project import manifest
from symgate.project.folder import CERTIFICATE, DESIGN, GRAPH
from symgate.project.manifest import MANIFEST, REPORT

#: What the others are made from; what they say is checked, not how it is written.
SOURCES = frozenset({CERTIFICATE, DESIGN, GRAPH})
#: The vendor's headers, which come from another package and not from the sources.
HEADERS = "hls/firmware/ap_types"
#: Of a report: what follows from the sources. The rest was measured.
_FIGURES = ("name", "ii", "latency", "estimate", "plain", "input_saturation", "evidence")


def differing(path: Path, made: Mapping[str, str], named: Sequence[str]) -> list[str]:
    """Return where the folder ``path`` does not hold what was ``made`` again, a sentence each;
    ``named`` are sentences about files of which enough is said.
    """
    absent = _of_other_machine(path, made)
    made = {name: text for name, text in made.items() if name not in absent}
    found = [*_edited(path, made), *_added(path, {**made, **dict.fromkeys(absent, "")})]
    known = {sentence.partition(" ")[0] for sentence in named}
    return [sentence for sentence in found if sentence.partition(" ")[0] not in known]


def _of_other_machine(path: Path, made: Mapping[str, str]) -> set[str]:
    """The vendor's headers where they are on one side alone: the build was compiled with hls4ml and
    that is not here, or the other way round. What is in the folder is known by its hash then.
    """
    note = f"{HEADERS}/README"
    there = {
        f"{HEADERS}/{p.relative_to(path / HEADERS).as_posix()}" for p in _files(path / HEADERS)
    }
    here = {name for name in made if name.startswith(f"{HEADERS}/")}
    if note in here and note not in there and there:
        return here | there
    if there == {note} and note not in here:
        return here | there
    return set()


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _edited(path: Path, made: Mapping[str, str]) -> Iterator[str]:
    for file in sorted(made.keys() - SOURCES):
        try:
            same = (path / file).read_bytes() == made[file].encode()
        except OSError:
            yield f"{file} is missing: {manifest.meaning(file)}"
            continue
        if not same:
            yield f"{file} is not what symgate writes for {GRAPH}: {manifest.meaning(file)}"


def _added(path: Path, made: Mapping[str, str]) -> Iterator[str]:
    listed = manifest.read(path / MANIFEST) or {}
    for file in sorted(listed.keys() - made.keys() - SOURCES):
        yield f"{file} is no file of this build: {manifest.meaning(file)}"


def misreported(report: Mapping[str, Any], made: Mapping[str, Any]) -> Iterator[str]:
    """Yield where ``report`` gives other figures than the one that was ``made`` again."""
    told = {key: report.get(key) for key in _FIGURES} | _formats(report)
    right = {key: made.get(key) for key in _FIGURES} | _formats(made)
    for key, value in right.items():
        if told.get(key) != value:
            values = json.dumps(told.get(key)), json.dumps(value)
            yield f"{REPORT} says that {key} is {values[0]}, where it is {values[1]}"


def _formats(report: Mapping[str, Any]) -> dict[str, Any]:
    outputs = report["outputs"]
    return {f"the format of output {name}": outputs[name]["format"] for name in outputs}
