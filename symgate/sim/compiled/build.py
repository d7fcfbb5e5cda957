"""The compiler of this machine, and the libraries that it made, kept by content."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from symgate.caches import remembered
from symgate.files import remove_oldest

#: Signed sums wrap around, as the text takes for granted. Plain text needs no search for aliases.
_FLAGS = (
    "-fwrapv",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-ffp-contract=off",
    "-shared",
    "-fPIC",
    "-w",
)
#: What this processor can do, as far as the compiler knows it.
_NATIVE = (("-march=native", "-mprefer-vector-width=512"), ("-march=native",), ())
#: Bytes of libraries that are kept; one of the tagger takes 150,000.
_KEPT = 256 << 20
_COMPILERS = ("gcc", "cc", "clang")


class BuildFailed(Exception):
    """The compiler refused what symgate wrote; the message is its first error."""


def compiler() -> str | None:
    """The path of a C compiler; None where there is none."""
    found = (shutil.which(name) for name in _COMPILERS)
    return next((path for path in found if path is not None), None)


def folder() -> Path:
    """Where libraries are kept: ``$XDG_CACHE_HOME/symgate/simulators``."""
    top = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(top) / "symgate" / "simulators"


def kept(text: str, program: str, optimise: int = 3) -> Path:
    """Where the library of ``text`` by the compiler ``program`` is, or would be."""
    path = Path(program).resolve()
    status = path.stat()
    tool = str(path), status.st_size, status.st_mtime_ns
    key = repr((text, optimise, _FLAGS, _NATIVE, tool, _processor()))
    return folder() / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.so"


def library(text: str, program: str, accept: Callable[[Path], None], optimise: int = 3) -> Path:
    """The library of ``text``, compiled unless it is kept already.

    A new one is kept only if ``accept`` raises nothing. Raise `BuildFailed` where it does not
    compile.
    """
    place = kept(text, program, optimise)
    if place.exists():
        os.utime(place)
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".build-", dir=place.parent) as top:
        made = Path(top) / "model.so"
        _compile(text, [program, f"-O{optimise}", *_FLAGS], made)
        accept(made)
        made.replace(place)
    remove_oldest(place.parent, _KEPT)
    return place


def _compile(text: str, command: Sequence[str], made: Path) -> None:
    path = made.with_name("model.c")
    path.write_text(text, encoding="utf-8")
    run = partial(subprocess.run, capture_output=True, text=True, check=False)
    files = ["-o", str(made), str(path), "-lm"]
    for native in _NATIVE:
        done = run([*command, *native, *files])
        if not done.returncode:
            break
    else:
        lines = [line for line in done.stderr.splitlines() if "error" in line]
        raise BuildFailed((lines or [f"exit code {done.returncode}"])[0])


@remembered
def _processor() -> str:
    """What code for this processor may use: a library of another one would end the process."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return f"{platform.machine()} {flags}"
