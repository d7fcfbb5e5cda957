"""C, C++ and JavaScript: ``double f(double x) { double t = x*x; return pow(t, 3) + 2.5f*cos(x); }``.

Read are declarations, assignments, ``if`` and ``else``, ``return``, functions, macros and constants of
the file. Whole numbers divide and convert as in C: ``1/2`` is 0 and ``(int)x`` is cut off toward 0.
``return`` and what is written through pointers and to elements, ``y[0] = ...``, are outputs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from symgate.errors import InputError, Where
from symgate.frontend.imported import Imported, Note
from symgate.frontend.language.functions import Macro, lookup
from symgate.frontend.language.source import Source
from symgate.frontend.options import Options, unstated
from symgate.frontend.readers.base import Content, Kind, Settings, undefined
from symgate.frontend.readers.c.expressions import Scope
from symgate.frontend.readers.c.statements import Reader
from symgate.frontend.readers.c.words import words
from symgate.frontend.readers.fpcore.fpcore_ops import CONSTANTS as FPCORE
from symgate.frontend.readers.fpcore.fpcore_ops import OPERATIONS
from symgate.frontend.readers.text import in_order, name_outputs
from symgate.ir.algebra import powered
from symgate.ir.expr import const, variables

_SAME = (
    "sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh exp "
    "exp2 expm1 log log2 log10 log1p sqrt cbrt hypot erf floor ceil"
)
_C = (
    "fabs",
    "fmod",
    "remainder",
    "fdim",
    "copysign",
    "round",
    "trunc",
    "nearbyint",
    "rint",
    "fma",
    "fmax",
    "fmin",
    "erfc",
)
FUNCTIONS: dict[str, Macro] = {name: OPERATIONS[name] for name in _C}
FUNCTIONS |= {f"{name}{end}": found for name in (*_SAME.split(), *_C, "pow") for end in "fl"
              if (found := OPERATIONS.get(name) or lookup(name, {}))}  # fmt: skip
FUNCTIONS |= {"pow": OPERATIONS["pow"], "exp10": Macro(1, 1, lambda x: powered(const(10), x))}
_CONSTANTS = {
    f"M_{name}": FPCORE[name]
    for name in ("E", "LOG2E", "LOG10E", "LN2", "LN10", "PI", "PI_2", "PI_4", "SQRT2")
}
_CONSTANTS |= {
    "M_1_PI": FPCORE["M_1_PI"],
    "M_2_PI": FPCORE["M_2_PI"],
    "M_SQRT1_2": FPCORE["SQRT1_2"],
}
_SCRIPT = re.compile(r"\bMath\.|\b(?:var|let|function)\s+\w")


def matches(content: Content) -> bool:
    """Whether the text declares floats, or returns between braces."""
    if content.suffix in (".c", ".h", ".cc", ".cpp", ".hpp", ".cxx", ".js", ".cu"):
        return True
    return (
        re.search(r"\b(?:double|float)\s+\w+\s*[(=;]|\breturn\b[^;\n]*;", content.sample)
        is not None
    )


def read(content: Content, paths: Sequence[Path], options: Options) -> Imported:
    """The outputs of the last function of a text (or of the one that ``pick`` names), or of its
    statements.
    """
    file = str(content.path)
    source = Source(content.text, file)
    scope = Scope(source, FUNCTIONS, options.macros(), _CONSTANTS)
    scope.script = content.suffix == ".js" or _SCRIPT.search(content.text) is not None
    scope.plain_c = content.suffix == ".c"
    found, parameters = Reader(scope, words(source)).read(options.pick)
    bare = [e for name, e in found if name is None]
    outputs = {name: e for name, e in found if name is not None}
    outputs |= name_outputs(bare, () if outputs else options.outputs, {*parameters, *outputs})
    if not outputs:
        raise InputError(
            "no expression is in this file",
            where=Where(file),
            expected="double f(double x) { return x; }",
        )
    used = variables(outputs.values())
    inputs = {n: unstated(n, file) for n in in_order(used, parameters)}
    notes = [Note("meaning", *pair) for pair in scope.told.items()]
    notes += undefined(inputs, parameters, content.text)
    found_ = Imported(content.path.stem, inputs, outputs, file, tuple(notes))
    return Settings.of(options).apply(found_)


KIND = Kind(
    "C-like source",
    "c",
    matches,
    read,
    example="double f(double x) { return pow(x, 2) + 2.5f*cos(x); }",
)
