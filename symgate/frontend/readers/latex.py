r"""LaTeX formulas: ``y = x_{0}^{2} + 2.54 \cos{\left(x_{1} \right)} - \frac{1}{2}``.

A letter, with its subscript, is a variable; side by side they are multiplied. The digits are those
of the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from symgate.errors import InputError
from symgate.frontend.imported import Imported
from symgate.frontend.language.functions import Functions
from symgate.frontend.language.naming import plain
from symgate.frontend.language.source import Source
from symgate.frontend.language.walk import run
from symgate.frontend.options import Options, unstated
from symgate.frontend.readers.base import Content, Kind, Settings
from symgate.frontend.readers.latex_grammar import Grammar
from symgate.frontend.readers.latex_tokens import Cursor
from symgate.frontend.readers.text import in_order, name_outputs, named
from symgate.ir.expr import Expr, variables

#: What displays a formula and is no part of it.
_DISPLAY = re.compile(
    r"%[^\n]*|\$\$?|\\\[|\\\]"
    r"|\\(?:begin|end)\{(?:equation|align|gather|displaymath|math)\*?\}|\\label\{[^}]*\}"
)
_NESTING = {"{": 1, "}": -1, r"\begin": 1, r"\end": -1}
#: What stands around the letters of a name: arguments in brackets, and commands.
_AROUND_NAME = re.compile(r"\(.*\)|[\\{}&]|left|right|mathrm|operatorname|\s")


def matches(content: Content) -> bool:
    """Whether the text has commands or raised and lowered groups."""
    return re.search(r"\\[a-zA-Z]+|[_^]\{", content.sample) is not None


def read(content: Content, paths: Sequence[Path], options: Options) -> Imported:
    """One formula per line (or per row of an align environment), with or without ``y =`` before it."""
    file, macros = str(content.path), options.macros()
    bare, outputs = list[Expr](), dict[str, Expr]()
    for source in _formulas(Source(content.text, file)):
        name, e = _formula(source, macros)
        if name is None or name in outputs:
            bare.append(e)
        else:
            outputs[name] = e
    if not bare and not outputs:
        raise InputError(
            "no formula is in this file",
            where=file,
            expected=r"a formula such as x_{0}^{2} + \sin{x_1}",
        )
    asked = options.outputs if not outputs else ()
    found = outputs | name_outputs(bare, asked, {*named(options), *outputs})
    inputs = {n: unstated(n, file) for n in in_order(variables(found.values()), named(options))}
    return Settings.of(options).apply(Imported(content.path.stem, inputs, found, file))


def _formulas(source: Source) -> list[Source]:
    r"""The formulas of a text: lines, without the signs of display, cut where no bracket and no
    environment is open.
    """
    text = _DISPLAY.sub(lambda match: " " * len(match[0]), source.text)
    whole, found, depth, start = Source(text, source.file), list[Source](), 0, 0
    for place in re.finditer(r"[{}]|\\begin|\\end|\\\\|\n|$", text):
        depth += _NESTING.get(place[0], 0)
        if depth <= 0 and place[0] not in _NESTING:
            piece = text[start : place.start()]
            if piece.strip(" \t\n&,.;"):
                lead = len(piece) - len(piece.lstrip(" \t\n&"))
                found.append(whole.part(start + lead, start + len(piece.rstrip(" \t\n&,.;"))))
            start = place.end()
    return found


def _formula(source: Source, macros: Functions) -> tuple[str | None, Expr]:
    """A formula, and the name before its equals sign."""
    cursor, name = Cursor(source), None
    texts = [word.text for word in cursor.words]
    equals = texts.index("=") if "=" in texts else None
    if equals is not None and r"\begin" not in texts[:equals]:
        before = source.text[: cursor.words[equals].at].strip(" \t&")
        name = plain(_AROUND_NAME.sub("", before)) or None
        cursor.at = equals + 1
        if cursor.word.text == "&":
            cursor.take()
    value = run(Grammar(cursor, macros).comparison())
    cursor.take("")
    return name, value


KIND = Kind(
    "LaTeX",
    "latex",
    matches,
    read,
    example=r"x_{0}^{2} + 2.54 \cos{\left(x_{1} \right)} - \frac{1}{2}",
)
