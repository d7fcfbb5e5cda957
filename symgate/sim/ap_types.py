"""The vendor's open ``ap_types`` headers, from the installed hls4ml package: never copied into this
project.

``python -m symgate.sim.ap_types`` prints the folder that holds them.
"""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from symgate.errors import ToolMissing

FOLDER = "firmware/ap_types"
_REMEDY = "pip install 'hls4ml>=1.3,<2'"
_README = f"""\
ap_fixed.h, ap_int.h and the headers that they include belong here; HLS tools bring their own. To run build_lib.sh:

    {_REMEDY}

and compile the design again, or point build_lib.sh at a folder that has them:

    AP_TYPES=/path/to/ap_types ./build_lib.sh
"""


def find() -> Path:
    """The folder with ``ap_fixed.h``; raise `ToolMissing` where hls4ml is not installed. hls4ml is
    not imported.
    """
    spec = find_spec("hls4ml")
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / "templates" / "vivado" / "ap_types"
        if (folder / "ap_fixed.h").is_file():
            return folder
    raise ToolMissing("compiling HLS C++ needs the ap_types headers of hls4ml", remedy=_REMEDY)


def files() -> dict[str, str]:
    """The headers and their licence by path in the HLS project; without hls4ml, a note on how to
    get them.
    """
    try:
        folder = find()
    except ToolMissing:
        return {f"{FOLDER}/README": _README}
    headers = sorted(folder.rglob("*.h"))
    texts = {
        f"{FOLDER}/{p.relative_to(folder).as_posix()}": p.read_text(encoding="utf-8")
        for p in headers
    }
    return {f"{FOLDER}/LICENSE": _licence(), **texts}


def _licence() -> str:
    """The licence as hls4ml's wheel carries it (Apache-2.0, as each header says too)."""
    try:
        found = [
            p
            for p in distribution("hls4ml").files or []
            if p.name == "LICENSE" and "dist-info" in p.parts[0]
        ]
    except PackageNotFoundError:
        found = []
    name = "Apache License, Version 2.0: https://www.apache.org/licenses/LICENSE-2.0\n"
    return found[0].read_text(encoding="utf-8") if found else name


def copy_into(project: Path) -> bool:
    """Write `files` below the HLS project in ``project``; return whether they are the headers."""
    texts = files()
    for name, text in texts.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return f"{FOLDER}/ap_fixed.h" in texts


if __name__ == "__main__":
    try:
        print(find())
    except ToolMissing as e:
        sys.exit(str(e))
