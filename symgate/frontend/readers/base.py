"""What a dialect is, and what dialects share: settings, renumbered variables, constants as floats."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import numpy as np

from symgate.errors import InputError
from symgate.frontend.imported import Imported, Note, rename
from symgate.frontend.language.dialect import PLAIN, Language
from symgate.frontend.language.source import Source, listed, meant
from symgate.frontend.options import Options
from symgate.frontend.readers import text as texts
from symgate.ir.expr import CONST, Expr, const, postorder, rebuild, with_args
from symgate.ir.exprtext import number

#: How much of a file decides on its dialect.
SAMPLE = 20_000
_INDEXED = re.compile(r"[xX]_?(\d+)")
_SETTINGS = ("base", "float", "names")
_SHOWN_CONSTANTS = 50


@dataclass(frozen=True)
class Content:
    """A file and its text."""

    path: Path
    text: str

    @cached_property
    def sample(self) -> str:
        """The beginning, without comments of any dialect."""
        return re.sub(r"^(?:\s|;[^\n]*\n|#[^\n]*\n|//[^\n]*\n)+", "", self.text[:SAMPLE])

    @property
    def head(self) -> str:
        """The first line that is no comment."""
        return self.sample.partition("\n")[0].rstrip()

    @property
    def suffix(self) -> str:
        """The extension, that of a backup left out."""
        path = (
            self.path.with_suffix("")
            if self.path.suffix in (".bak", ".bkup", ".old")
            else self.path
        )
        return path.suffix.lower()


Read = Callable[[Content, Sequence[Path], Options], Imported]


@dataclass(frozen=True)
class Kind:
    """A dialect: what it is, its name in ``--dialect``, how content tells it (None: never), and how
    it is read.
    """

    name: str
    dialect: str
    matches: Callable[[Content], bool] | None
    read: Read
    several: bool = False  # whether several files make one design
    example: str = ""


@dataclass(frozen=True)
class Settings:
    """Options of a dialect: ``--dialect operon,base=1,float=32,names=a:b:c``.

    ``base`` is the number of the first variable X<n>, ``names`` the names that the variables have
    in their order, and ``float`` the width of the binary format that the constants were printed
    from.
    """

    base: int = 0
    names: tuple[str, ...] = ()
    float: int | None = None

    @staticmethod
    def of(options: Options, base: int = 0) -> Settings:
        """The settings that options state; raise `InputError` for what is none."""
        values: dict[str, str] = {}
        for part in (options.dialect or "").split(",")[1:]:
            key, _, value = part.partition("=")
            if key.strip() not in _SETTINGS:
                source = Source(options.dialect or "", label="option dialect")
                remedy = meant(key.strip(), _SETTINGS) or "base=1, float=32 or names=a:b"
                raise source.error(
                    f"unknown setting '{key.strip()}'", 0, expected=listed(_SETTINGS), remedy=remedy
                )
            values[key.strip()] = value.strip()
        for key, allowed in (("base", ("0", "1")), ("float", ("16", "32", "64"))):
            if values.get(key, allowed[0]) not in allowed:
                source = Source(options.dialect or "", label="option dialect")
                raise source.error(
                    f"{key} is {values[key]}", 0, expected=f"one of {', '.join(allowed)}"
                )
        names = tuple(n for n in values.get("names", "").split(":") if n)
        return Settings(
            int(values.get("base", base)),
            names,
            int(values["float"]) if "float" in values else None,
        )

    def apply(self, found: Imported) -> Imported:
        """``found`` with these names, and constants as the floats that they are decimals of."""
        return self.as_floats(self.named(found))

    def named(self, found: Imported) -> Imported:
        """Variables that a number names, by their names."""
        if not self.names:
            return found
        new = {}
        for name in found.inputs:
            match = _INDEXED.fullmatch(name)
            if match:
                place = int(match[1]) - self.base if len(match[1]) < 9 else -1
                if not 0 <= place < len(self.names):
                    expected = f"one of {self.base} to {self.base + len(self.names) - 1}: {len(self.names)} names"
                    raise InputError(
                        f"no name is given for variable {name}", where=found.file, expected=expected
                    )
                new[name] = self.names[place]
        outputs = dict(zip(found.outputs, rename(found.outputs.values(), new), strict=True))
        inputs = {new.get(name, name): s for name, s in found.inputs.items()}
        notes = tuple(Note("name", old, name) for old, name in new.items() if old != name)
        return replace(found, inputs=inputs, outputs=outputs, notes=(*found.notes, *notes))

    def as_floats(self, found: Imported) -> Imported:
        """Decimal constants as the binary numbers that they were printed from."""
        if self.float is None:
            return found
        kind, changed = np.dtype(f"f{self.float // 8}"), dict[Expr, Expr]()
        largest = float(np.finfo(kind).max)
        roots = list(found.outputs.values())
        for e in postorder(roots):
            if e.op == CONST and e.value.denominator != 1 and abs(e.value) < largest:
                changed[e] = const(Fraction(float(np.array(float(e.value), kind))))
        new = rebuild(roots, lambda e, args: changed.get(e, with_args(e, args)))
        notes = [
            Note("constant", number(a.value), number(b.value))
            for a, b in changed.items()
            if a is not b
        ]
        return replace(found, outputs=dict(zip(found.outputs, new, strict=True))).noted(
            *notes[:_SHOWN_CONSTANTS]
        )


def undefined(names: Iterable[str], parameters: Sequence[str], text: str) -> Iterator[Note]:
    """Say so where a name in a function is neither a parameter nor an element of one: what another
    file defines is an input here.
    """
    for name in names if parameters else ():
        element = any(re.fullmatch(rf"{re.escape(p)}\d+", name) for p in parameters)
        quoted = re.search(rf"[\"']{re.escape(name)}[\"']", text)
        if name not in parameters and not element and not quoted:
            yield Note("input", name, "an input, since this file does not define it")


def infix(language: Language = PLAIN, prepare: Callable[[str], str] | None = None, base: int = 0,
          meanings: Mapping[str, str] | None = None) -> Read:  # fmt: skip
    """Reading of a dialect of infix text: ``prepare`` makes lines of our text of it, ``meanings``
    are told.
    """

    def read(content: Content, paths: Sequence[Path], options: Options) -> Imported:
        settings = Settings.of(options, base)
        text = prepare(content.text) if prepare else content.text
        found = texts.read(text, options, file=str(content.path), language=language)
        called = {name for name in meanings or () if re.search(rf"\b{name}\s*\(", content.text)}
        notes = (
            Note("meaning", name, text) for name, text in (meanings or {}).items() if name in called
        )
        return settings.apply(found).noted(*notes)

    return read


def rest_of_lists(text: str) -> str:
    """A Python list of expressions, ``[a, b]`` or ``([a, b], [x_1, x_2])``, as one expression per
    line.

    >>> rest_of_lists("([x_1 + f(x_2, 1), 2*x_1], [x_1, x_2])")
    'x_1 + f(x_2, 1)\\n 2*x_1\\n'
    """
    start = re.match(r"\s*\(?\s*\[", text)
    if start is None:
        return text
    depth, pieces, at = 1, [], start.end()
    for place in re.finditer(r"[()\[\],]", text[start.end() :]):
        char, here = place[0], start.end() + place.start()
        depth += {"(": 1, "[": 1, ")": -1, "]": -1, ",": 0}[char]
        if (char == "," and depth == 1) or depth == 0:
            pieces.append(text[at:here])
            at = here + 1
        if depth == 0:
            return "".join(f"{piece}\n" for piece in pieces if piece.strip())
    return text
