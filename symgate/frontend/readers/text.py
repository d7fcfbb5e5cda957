"""Plain files of expressions.

::

    x0: [-4, 4]                # an input and its range; the width is the option --bits
    x1: fixed<12,5> [-3, 3]    # or its format, with or without a range; or  x1: 10 bits [-3, 3]
    sc(u) = sin(u)*cos(u)      # a function
    let t = sc(x0 - 0.4*x1)    # a definition, for what follows
    y = t*x1 + 1/3             # an output; a line may go on (
                               # inside brackets)
    let A = Matrix([[1, 2], [3, 4]])
    z = tanh(A @ x)            # outputs z0 and z1, of x0 and x1

A file of one bare expression is fine too: its output is called y. Where no input is named (here, in
an option, or by the columns of the data), unknown names are inputs; also where the file names none
and an option gives a range or a format for every other input.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from symgate.errors import InputError, Where
from symgate.frontend.data_ranges import column_names
from symgate.frontend.files import read_text
from symgate.frontend.imported import Imported, Note
from symgate.frontend.language.arrays import Array, Operand
from symgate.frontend.language.definitions import HEAD, Budget, function
from symgate.frontend.language.dialect import PLAIN, Language
from symgate.frontend.language.functions import Macro
from symgate.frontend.language.infix import parse_operand
from symgate.frontend.language.source import Source
from symgate.frontend.language.values import identifier
from symgate.frontend.options import ALL, Options, Stated, unstated
from symgate.ir.design import Design
from symgate.ir.expr import Expr, make, postorder, var, variables

_DEFINITION = re.compile(r"\s*(let\s+)?([^\W\d]\w*)\s*=(?!=)\s*")
_INPUT = re.compile(
    r"""\s*([^\W\d]\w*)\s*:\s*
        (?P<format>(?:ap_)?u?fixed\s*<[^>]*>)?\s*
        (?:(?P<bits>\d+)\s*bits?)?\s*
        (?:\[(?P<lo>[^,\]]*),(?P<hi>[^\]]*)\])?\s*""",
    re.VERBOSE,
)
_COLON = re.compile(r"\s*[^\W\d]\w*\s*:")


def load(path: str | Path, options: Options) -> Imported:
    """What a file of expressions holds; raise `InputError` for a wrong one."""
    return read(read_text(path), options, file=str(path))


def loads(text: str, options: Options, *, file: str | None = None) -> Design:
    """The design in a text of expressions."""
    return read(text, options, file=file).design(options)


def read(
    text: str, options: Options, *, file: str | None = None, language: Language = PLAIN
) -> Imported:
    """What a text of expressions holds."""
    reader = _Reader(text, file, options, language)
    for statement in statements(Source(text, file)):
        reader.take(statement)
    return reader.imported()


def statements(source: Source) -> Iterator[Source]:
    """The statements of a text: lines without comments, continued while a bracket is open."""
    text = re.sub(r"#[^\n]*", lambda m: " " * len(m[0]), source.text)
    source = Source(text, source.file, source.line, source.column, source.symbol)
    start, depth, at = 0, 0, 0
    for line in text.splitlines(keepends=True):
        if depth > 0 and _DEFINITION.match(line):  # the bracket was forgotten: say so there
            yield from _statement(source, start, at)
            start, depth = at, 0
        depth = max(0, depth + sum(map(line.count, "([")) - sum(map(line.count, ")]")))
        at += len(line)
        if depth == 0:
            yield from _statement(source, start, at)
            start = at
    yield from _statement(source, start, at)


def _statement(source: Source, start: int, end: int) -> Iterator[Source]:
    text = source.text[start:end]
    if text.strip():
        yield source.part(start + len(text) - len(text.lstrip()), start + len(text.rstrip()))


#: Where the options name the inputs, one that they leave out is as likely as a word misspelt.
_UNDECLARED = (
    "the options name the inputs: give '{0}' a range as well, --range '{0}=[-4, 4]', or all others "
    "one, --range '[-4, 4]'"
)


class _Reader:
    """What has been read of one file."""

    def __init__(self, text: str, file: str | None, options: Options, language: Language):
        self.file, self.options = file, options
        self.language = told_of_options(language, options)
        self.budget = Budget(Source(text, file))
        self.source = re.sub(r"#[^\n]*", "", text)
        self.macros: dict[str, Macro] = options.macros()
        self.inputs: dict[str, Stated] = {}
        self.named = named(options)
        self.open = is_open(options)
        self.scope: dict[str, Operand] = {}
        self.known: dict[str, Operand] = {
            name: var(name) for name in self.named
        }  # inputs and definitions
        self.outputs: dict[str, Expr] = {}
        self.bare: list[Expr] = []

    def take(self, statement: Source) -> None:
        """One statement."""
        text = statement.text
        if HEAD.match(text):
            name, macro = function(statement, self.macros, self.budget, self.language)
            self.macros[name] = macro
        elif match := _DEFINITION.match(text):
            self.define(
                match[2],
                bool(match[1]),
                statement.part(match.start(2)),
                statement.part(match.end()),
            )
        elif _COLON.match(text):
            self.declare(statement)
        else:
            self.bare += _numbers(self.parse(statement), statement)

    def declare(self, statement: Source) -> None:
        """An input, its format and its range."""
        match = _INPUT.fullmatch(statement.text)
        if match is None:
            expected = "x: [-4, 4], x: fixed<12,5>, x: fixed<12,5> [-3, 3] or x: 10 bits [-3, 3]"
            raise statement.error("this is not the declaration of an input", 0, expected=expected)
        name = match[1]
        if name in self.inputs or name in self.scope:
            raise statement.error(f"'{name}' is defined twice", 0, remedy="rename one of them")
        identifier(name, statement, "an input")
        ends = None if match["lo"] is None else [match["lo"], match["hi"]]
        bits = None if match["bits"] is None else int(match["bits"])
        self.inputs[name] = Stated(statement, match["format"], bits, ends)
        self.known[name] = var(name)

    def define(self, name: str, local: bool, place: Source, body: Source) -> None:
        """An output, or a definition for what follows."""
        if name in self.scope or name in self.inputs:
            raise place.error(f"'{name}' is defined twice", 0, remedy="rename one of them")
        identifier(name, place, "a definition" if local else "an output")
        if not body.text.strip():
            raise body.error("the expression is empty", 0, remedy="write it after the equals sign")
        value = self.parse(Source(body.text, body.file, body.line, body.column, name))
        self.scope[name] = self.known[name] = value
        named = {name: value} if isinstance(value, Expr) else {}
        if isinstance(value, Array) and not (local and value.is_matrix):
            named = {f"{name}{k}": e for k, e in enumerate(_numbers(value, body))}
            self.known = {**named, **self.known}
        if not local:
            self.outputs |= named

    def parse(self, source: Source) -> Operand:
        """One expression in inputs and earlier definitions."""
        return parse_operand(
            source,
            self.known,
            functions=self.macros,
            open_names=self.open and not self.inputs,
            language=self.language,
        )

    def imported(self) -> Imported:
        """All of it."""
        outputs = self.outputs | name_outputs(
            self.bare, self.options.outputs, {*self.inputs, *self.outputs}
        )
        if not outputs:
            raise InputError(
                "the file has no output", where=self.where(), expected="a line such as y = sin(x)"
            )
        used = variables(outputs.values())
        if late := [name for name in used if name in self.scope]:
            raise InputError(
                f"'{late[0]}' is used before it is defined",
                where=self.where(),
                remedy="move its line up",
            )
        others = (n for n in in_order(used, self.named) if n not in self.inputs)
        inputs = self.inputs | {n: unstated(n, self.file) for n in others}
        notes = tuple(self.constants(outputs.values()))
        return Imported(Path(self.file or "design").stem, inputs, outputs, self.file, notes)

    def constants(self, outputs: Iterable[Expr]) -> Iterator[Note]:
        """Say so where a letter that may be meant as an input is read as a number."""
        if not any(e is make("e") for e in postorder(outputs)):
            return
        for name in ("E", "e"):
            alone = re.search(rf"(?<![\w.]){name}(?![\w(])", self.source)
            if alone and name not in self.known:
                yield Note("meaning", name, f"2.71828..., since no input is named {name}")

    def where(self) -> Where | None:
        """The file."""
        return Where(self.file) if self.file else None


def _numbers(value: Operand, source: Source) -> list[Expr]:
    """A number, or those of a vector; raise `InputError` for a matrix."""
    if isinstance(value, Expr):
        return [value]
    if value.is_matrix:
        raise source.error(f"the result has shape {value.text}", 0, expected="a number or a vector")
    return list(value.items)


def named(options: Options) -> list[str]:
    """The inputs that options name: by their ranges and formats, or as columns of the data."""
    names = [n for n in (*options.stated_ranges(), *options.stated_formats()) if n != ALL]
    return list(
        dict.fromkeys([*names, *(column_names(options.data) if options.data is not None else ())])
    )


def told_of_options(language: Language, options: Options) -> Language:
    """``language`` with what to do about a name that the options do not name."""
    return language if is_open(options) else replace(language, undeclared=_UNDECLARED)


def is_open(options: Options) -> bool:
    """Whether options leave room for inputs that they do not name."""
    return not named(options) or ALL in options.stated_ranges() or ALL in options.stated_formats()


def in_order(names: Iterable[str], first: Iterable[str] = ()) -> list[str]:
    """Names in natural order, x2 before x10; those in ``first`` before all others, in its order.

    >>> in_order(["x10", "x2", "b"], ["x10"])
    ['x10', 'b', 'x2']
    """
    rank = {name: k for k, name in enumerate(first)}
    parts = {
        name: [int(p) if p.isdecimal() else p for p in re.split(r"(\d+)", name)] for name in names
    }
    return sorted(parts, key=lambda name: (rank.get(name, len(rank)), parts[name]))


def name_outputs(outputs: list[Expr], wanted: Iterable[str], taken: set[str]) -> dict[str, Expr]:
    """Outputs without names: as ``wanted``, or y; y0, y1 ... where there are several."""
    names = list(wanted)
    if names and len(names) != len(outputs) and outputs:
        raise InputError(
            f"{len(names)} names for {len(outputs)} outputs", remedy="name every output"
        )
    if not names:
        used = taken.union(variables(outputs))
        stem = next(
            s
            for s in ("y", "out", "output_", "result_", "symgate_output_")
            if not any(t.startswith(s) for t in used)
        )
        names = [stem] if len(outputs) == 1 else [f"{stem}{k}" for k in range(len(outputs))]
    return dict(zip(names, outputs, strict=False))
