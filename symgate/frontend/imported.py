"""What an importer finds: outputs, what is said of the inputs, and a note of all that it changed on
the way.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from symgate.frontend.check import DesignWarning
from symgate.frontend.design_file import tomldump
from symgate.frontend.language.naming import distinct
from symgate.frontend.language.source import listed
from symgate.frontend.language.values import interval
from symgate.frontend.options import ALL, Options, Range, Stated, assemble, plain_name
from symgate.ir.design import Design
from symgate.ir.expr import Expr, substitute, var

#: The range of inputs of which a file says nothing.
ASSUMED: Range = Fraction(-4), Fraction(4)
#: Kinds of notes that say what a reader took for granted.
_TAKEN = ("meaning", "range", "float32", "input")
_SHOWN = 200  # characters of the equation of a row


@dataclass(frozen=True, order=True)
class Note:
    """One change: of which kind ("name", "constant", "meaning", "row", "range", "input"), what stood
    there, and what it became.
    """

    kind: str
    before: str
    after: str


@dataclass(frozen=True)
class Imported:
    """The content of a source that states no accuracy: a design but for what `Options` add."""

    name: str
    inputs: Mapping[str, Stated]
    outputs: Mapping[str, Expr]
    file: str | None = None
    notes: tuple[Note, ...] = ()
    assumed: Range | None = None  # of inputs in a file that need not state ranges

    def design(self, options: Options) -> Design:
        """The design; raise `InputError` for an input without a range and for a missing accuracy."""
        changed = [f"{note.before} is {note.after}" for note in self.notes if note.kind == "name"]
        if changed:
            place = f"{self.file}: " if self.file else ""
            warnings.warn(
                f"{place}renamed for hardware: {listed(changed)}", DesignWarning, stacklevel=3
            )
        ranged = self._ranged(options)
        design = assemble(self.inputs, self.outputs, ranged, name=self.name, file=self.file)
        return replace(design, assumed=(*self._taken(), *_said(ranged, options), *design.assumed))

    def _taken(self) -> Iterator[str]:
        """What the reader took for granted, in words."""
        for note in self.notes:
            if note.kind in _TAKEN:
                yield f"{note.before}: {note.after}"
            elif note.kind == "row":
                shown = note.after if len(note.after) <= _SHOWN else f"{note.after[:_SHOWN]}..."
                yield f"the row of {note.before}: {shown}"

    def _ranged(self, options: Options) -> Options:
        """``options`` that give a width also give the range `assumed` to inputs without one, and
        say so.
        """
        ranges = options.stated_ranges()
        open_ = [
            name
            for name, stated in self.inputs.items()
            if stated.range is None and stated.format is None and name not in ranges
        ]
        told = (
            ALL in ranges
            or options.data is not None
            or options.bits is None
            or options.stated_formats()
        )
        if self.assumed is None or told or not open_:
            return options
        place, ends = f"{self.file}: " if self.file else "", ", ".join(map(str, self.assumed))
        what = f"no range is stated for {listed(open_)}: [{ends}] is assumed; state yours with --range or --data"
        warnings.warn(place + what, DesignWarning, stacklevel=4)
        return replace(options, ranges={**ranges, **dict.fromkeys(open_, self.assumed)})

    def draft(self, options: Options) -> str:
        """A design file of all that is known; the whole of it where bits, ranges and an accuracy
        are.
        """
        inputs = dict[str, dict[str, object]]()
        everything, formats = options.stated_ranges(), options.stated_formats()
        for name, stated in self.inputs.items():
            width = formats.get(name, stated.format or formats.get(ALL))
            ends = everything.get(name, stated.range or everything.get(ALL))
            known: dict[str, object] = (
                {"format": width} if width else {"bits": stated.bits or options.bits}
            )
            span = None if ends is None else interval(ends, stated.place)
            inputs[name] = {
                key: value for key, value in (*known.items(), ("range", span)) if value is not None
            }
        return tomldump.draft(
            options.name or plain_name(self.name), inputs, list(self.outputs.items())
        )

    def plain(self, options: Options) -> tuple[Imported, Options]:
        """The same with names that every target language accepts, and ``options`` that speak of
        those.
        """
        used = [*self.inputs, *self.outputs]
        names = distinct(used)
        if all(old == new for old, new in names.items()):
            return self, options
        outputs = dict(zip(self.outputs, rename(self.outputs.values(), names), strict=True))
        found = replace(
            self,
            inputs={names[name]: stated for name, stated in self.inputs.items()},
            outputs={names[name]: e for name, e in outputs.items()},
            notes=(*self.notes, *renames(names)),
        )
        ranges = {names.get(n, n): r for n, r in options.stated_ranges().items()}
        formats = {names.get(n, n): f for n, f in options.stated_formats().items()}
        shown = options.output_formats
        if not isinstance(shown, str):
            shown = {names.get(n, n): f for n, f in shown.items()}
        return found, replace(options, ranges=ranges, formats=formats, output_formats=shown)

    def noted(self, *notes: Note) -> Imported:
        """The same with more notes."""
        return replace(self, notes=(*self.notes, *notes))


def _said(ranged: Options, options: Options) -> Iterator[str]:
    """Ranges that are taken where nobody states one."""
    if ranged is options:
        return
    stated = options.stated_ranges()
    names = [name for name in ranged.stated_ranges() if name not in stated]
    ends = ", ".join(map(str, ASSUMED))
    yield f"the range of {listed(names)}: [{ends}], since none is stated"


def renames(names: Mapping[str, str]) -> tuple[Note, ...]:
    """A note for each name that had to change."""
    return tuple(Note("name", old, new) for old, new in names.items() if old != new)


def rename(expressions: Iterable[Expr], names: Mapping[str, str]) -> list[Expr]:
    """``expressions`` with variables of other names."""
    return substitute(
        list(expressions), {var(old): var(new) for old, new in names.items() if old != new}
    )
