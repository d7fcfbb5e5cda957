"""``manifest.json``: a hash of every file of a build folder, so that an edited one can be named.

Three things change after a compilation, by symgate itself, and carry hashes of their own: the
report, its page, and the folder of plots, which is replaced whole with a manifest in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from symgate.files import is_aside

MANIFEST, REPORT, PLOTS, PAGE = "manifest.json", "report.json", "plots", "report.html"
LAYOUT = 1
DIGEST = "sha256"  # the key of a report with the hash of all the rest of it
#: A list of numbers, and a list of such lists, as `json.dumps` writes them over several lines.
_NUMBERS = re.compile(r"\[\n(?:\s*(?:null|[-+.\deE]+),?\n)+\s*\]")
_PAIRS = re.compile(r"\[\n(?:\s*\[[^\[\]\n]*\],?\n)+\s*\]")
_HASH = re.compile("[0-9a-f]{64}")
#: What a change of a file means, by the first pattern that its path matches.
_MEANING = (
    ("design.toml", "what was asked for is no longer what was compiled"),
    ("certificate.json", "the bounds and their proof are not those that the compiler found"),
    ("graph.txt", "what is simulated and proved is no longer what was compiled"),
    ("README.md", "it tells another use than that of these files"),
    (REPORT, "it says what symgate did not measure"),
    (PAGE, "it shows what symgate did not measure"),
    (f"{PLOTS}/*", "the pictures are not what `symgate simulate` drew"),
    ("hls/tb_data/*", "the test bench of the C++ compares with other numbers"),
    ("hls/*", "what Vitis HLS or Vivado HLS builds is no longer what was compiled"),
    ("rtl/*", "what Vivado builds is no longer what was compiled"),
    ("vhdl/*", "what VHDL tools build is no longer what was compiled"),
    ("tests/*", "the cocotb bench no longer checks what was compiled"),
    ("*", "it is not part of what was compiled"),
)
#: What the scripts in a build folder make: nothing of it is read by a build or a check.
_MADE = (
    "hls/*_prj/*",  # build_prj.tcl
    "hls/firmware/*.so",  # build_lib.sh
    "hls/tb_data/*.log",  # csim and cosim
    "hls/vivado_synth.rpt",
    "hls/vivado_timing.rpt",
    "rtl/vivado/*",  # build_vivado.tcl
    "tests/build/*",  # run.py
    "tests/results.txt",
    "*__pycache__/*",
    "*.Xil/*",  # Vivado, in the folder where it was started
    "*.jou",
    "*.log",
)


def dumps(files: Mapping[str, str | bytes]) -> str:
    """Return the text of the manifest of ``files``, by path; the report and its page are left
    out.
    """
    hashes = {name: _hash(files[name]) for name in sorted(files) if name not in (REPORT, PAGE)}
    return _text(hashes)


def relisted(hashes: Mapping[str, str], contents: Mapping[str, str]) -> str:
    """Return the text of a manifest of ``hashes`` with those of ``contents``, by path."""
    return _text({**hashes, **{name: _hash(content) for name, content in contents.items()}})


def is_as_listed(top: Path, name: str) -> bool:
    """Whether the file ``name`` of the folder ``top`` is what its manifest says."""
    listed = read(top / MANIFEST) or {}
    return name in listed and listed[name] == _hash_of(top / name)


def _text(hashes: Mapping[str, str]) -> str:
    return json.dumps({"manifest": LAYOUT, "files": hashes}, indent=1, ensure_ascii=False) + "\n"


def _hash(content: str | bytes) -> str:
    data = content.encode() if isinstance(content, str) else content
    return hashlib.sha256(data).hexdigest()


def signed(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``report`` with the hash of its other keys, in the place of an earlier one."""
    rest = {key: value for key, value in report.items() if key != DIGEST}
    return {**rest, DIGEST: _hash(json.dumps(rest, ensure_ascii=False))}


def report_text(report: Mapping[str, Any]) -> str:
    """Return the text of ``report.json``, with its hash in it."""
    return _lines(signed(report))


def _lines(report: Mapping[str, Any]) -> str:
    """JSON with a line per key, and lists of numbers in one; a text in it has no line break, so
    that nothing but lists is joined.
    """
    text = json.dumps(report, indent=2, allow_nan=False, ensure_ascii=False)
    for pattern in (_NUMBERS, _PAIRS):
        text = pattern.sub(lambda found: _joined(found[0]), text)
    return text + "\n"


def _joined(text: str) -> str:
    """A list in one line."""
    return re.sub(r"\n\s*", " ", text).replace("[ ", "[").replace(" ]", "]")


def updated(text: str, report: Mapping[str, Any]) -> str:
    """Return the text of ``report`` in the place of ``text``; where that was edited, so is the new
    one.
    """
    before = json.loads(text)
    if text == report_text(before):
        return report_text(report)
    kept = {**report, DIGEST: before.get(DIGEST)}
    return _lines(kept)


def changes(top: Path) -> list[str]:
    """Return what was edited, removed or added since symgate wrote the folder, a sentence each."""
    return [*_changes(top, ""), *_report_changes(top), *_page_changes(top), *_plot_changes(top)]


def _changes(top: Path, place: str) -> Iterator[str]:
    """The changes of the folder ``place`` inside the build, by its manifest."""
    listed = read(top / place / MANIFEST)
    name = f"{place}{MANIFEST}"
    if listed is None:
        missing = not (top / name).is_file()
        state = "is missing" if missing else "was edited after symgate wrote it"
        yield f"{name} {state}: which files are those that symgate wrote cannot be told"
        return
    for file, wanted in listed.items():
        found = _hash_of(top / place / file)
        if found is None:
            yield f"{place}{file} is missing: {meaning(place + file)}"
        elif found != wanted:
            yield f"{place}{file} was edited after symgate wrote it: {meaning(place + file)}"
    for file in _others(top / place, place):
        if file not in listed and (place or not file.startswith(f"{PLOTS}/")):
            yield f"{place}{file} was added: {meaning(place + file)}"


def read(path: Path) -> dict[str, str] | None:
    """Return the hashes in a manifest; None unless it is exactly what `dumps` writes."""
    try:
        text = path.read_text(encoding="utf-8")
        files = json.loads(text)["files"]
        hashes = {str(name): str(value) for name, value in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    whole = text == _text(hashes) and all(_HASH.fullmatch(value) for value in hashes.values())
    inside = all(not Path(name).is_absolute() and ".." not in Path(name).parts for name in hashes)
    return hashes if whole and inside else None


def _hash_of(path: Path) -> str | None:
    """The hash of a file; None where it is none, or only a link to one."""
    try:
        return None if path.is_symlink() else _hash(path.read_bytes())
    except OSError:
        return None


def _others(folder: Path, place: str) -> Iterator[str]:
    """The files in ``folder`` that its manifest should list, by path."""
    for top, folders, files in os.walk(folder):
        inside = Path(top).relative_to(folder)
        links = [name for name in folders if (Path(top) / name).is_symlink()]
        folders[:] = sorted(name for name in folders if not is_aside(name) and name not in links)
        for name in sorted([*files, *links]):
            file = (inside / name).as_posix()
            if not is_aside(name) and not _is_ours(place + file):
                yield file


def _is_ours(file: str) -> bool:
    """Whether no manifest lists a file, though symgate or a script in the folder made it."""
    own = file in (MANIFEST, REPORT, PAGE, f"{PLOTS}/{MANIFEST}")
    return own or any(fnmatch(file, pattern) for pattern in _MADE)


def meaning(file: str) -> str:
    """Return what a change of ``file`` means."""
    return next(text for pattern, text in _MEANING if fnmatch(file, pattern))


def _report_changes(top: Path) -> Iterator[str]:
    path = top / REPORT
    try:
        text = path.read_text(encoding="utf-8")
        same = text == report_text(json.loads(text))
    except FileNotFoundError:
        yield f"{REPORT} is missing: {meaning(REPORT)}"
        return
    except (OSError, ValueError, AttributeError):
        same = False
    if not same:
        yield f"{REPORT} was edited after symgate wrote it: {meaning(REPORT)}"


def sealed(page: str) -> str:
    """Return the text of a page with the hash of it as its last line."""
    return f"{page}<!-- {DIGEST} {_hash(page)} -->\n"


def page_of(path: Path, page: str) -> str | None:
    """Return the text of ``page`` in the place of the file ``path``; where that was edited, so is
    the new one, and where it was removed, there is none.
    """
    try:
        before = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    return sealed(page) if _is_sealed(before) else f"{page}<!-- {DIGEST} of an edited page -->\n"


def _is_sealed(text: str) -> bool:
    return text == sealed(text.rpartition("<!-- ")[0])


def _page_changes(top: Path) -> Iterator[str]:
    try:
        text = (top / PAGE).read_text(encoding="utf-8")
    except FileNotFoundError:
        yield f"{PAGE} is missing: {meaning(PAGE)}"
        return
    except (OSError, ValueError):
        text = ""
    if not _is_sealed(text):
        yield f"{PAGE} was edited after symgate wrote it: {meaning(PAGE)}"


def _plot_changes(top: Path) -> Iterator[str]:
    if (top / PLOTS).is_dir():
        yield from _changes(top, f"{PLOTS}/")
