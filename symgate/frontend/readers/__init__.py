"""The dialects that expressions come in: one file each, and one entry here, in the order in which
they are tried.

Our own grammar is no dialect: it lives in `language`. A reader never evaluates what it reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from symgate.frontend.imported import Imported
from symgate.frontend.options import Options
from symgate.frontend.readers import (
    gplearn,
    jsonfile,
    kanele,
    latex,
    operon,
    printed,
    pykan,
    pysr,
    srepr,
    strings,
)
from symgate.frontend.readers import text as texts
from symgate.frontend.readers.base import Content, Kind, Settings
from symgate.frontend.readers.c import clike
from symgate.frontend.readers.fpcore import fpcore
from symgate.frontend.readers.python import pysource
from symgate.frontend.readers.tables import is_table

__all__ = ["SOURCES", "Content", "Kind"]

_NO_TEXT = (".csv", ".pkl", ".pickle", ".json", ".npz", ".h5", ".pt", ".onnx")


def _fpcore(content: Content) -> bool:
    return content.suffix in (".fpcore", ".fpbench") or content.head.startswith("(FPCore")


def _table(content: Content) -> bool:
    return is_table(content.head) or content.path.name.startswith("hall_of_fame")


def _json(content: Content) -> bool:
    return (
        content.suffix == ".json" or content.sample[:1] == "{" or content.sample[:2] in ("[{", '["')
    )


def _read_fpcore(content: Content, paths: Sequence[Path], options: Options) -> Imported:
    return Settings.of(options).apply(
        fpcore.imported(content.text, options, file=str(content.path))
    )


def _read_json(content: Content, paths: Sequence[Path], options: Options) -> Imported:
    return Settings.of(options).apply(jsonfile.read(content.text, options, file=str(content.path)))


def _read_pysr(content: Content, paths: Sequence[Path], options: Options) -> Imported:
    return Settings.of(options).apply(pysr.load(paths, options, content.text))


def _read_text(content: Content, paths: Sequence[Path], options: Options) -> Imported:
    return Settings.of(options).apply(texts.read(content.text, options, file=str(content.path)))


#: The dialects; the first whose content matches wins. A file of expressions is what nothing else
#: matches.
SOURCES: tuple[Kind, ...] = (
    Kind("FPCore", "fpcore", _fpcore, _read_fpcore, example="(FPCore (x) :pre (<= 0 x 1) (sin x))"),
    Kind("PySR hall of fame", "pysr", _table, _read_pysr, several=True,
         example='Complexity,Loss,Equation\\n3,0.1,"x0 * cos(x1)"'),
    kanele.KIND,  # before JSON, as it is some
    printed.KIND,  # before JSON and text: it begins with a bracket
    Kind("JSON", "json", _json, _read_json, example='{"equations": {"0": "0.48 - 0.0012*Nb"}}'),
    srepr.KIND,
    pysource.KIND,
    clike.KIND,
    latex.KIND,
    pykan.KIND,
    gplearn.KIND,
    operon.KIND,
    *strings.KINDS,
    Kind("file of expressions", "text", lambda c: c.suffix not in _NO_TEXT, _read_text, example="y = sin(x0)*x1"),
)  # fmt: skip
