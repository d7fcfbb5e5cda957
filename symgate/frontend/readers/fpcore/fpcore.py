"""FPCore 2.0, the format of FPBench, Herbie and Daisy: arguments, preconditions, `let`, `if`,
annotations.

Each FPCore of a file is one output; ``pick`` takes one of them by its name or its number. The body
is read as real arithmetic: constants have the value that is written, and `:precision` or `:round`
of a binary format, which say how floats would round, change nothing. Ranges come from `:pre`; where
it says more than ranges can, operands of roots are held at the edge of their domain, which changes
nothing where the core is defined. A core that another one calls is a function, no output.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from symgate.errors import InputError
from symgate.frontend.check import DesignWarning
from symgate.frontend.files import read_text
from symgate.frontend.imported import ASSUMED, Imported, Note, renames
from symgate.frontend.language.naming import distinct
from symgate.frontend.language.source import Source, listed, meant
from symgate.frontend.options import ALL, Options, Stated, plain_name, unstated
from symgate.frontend.readers.fpcore.fpcore_eval import Reader, properties
from symgate.frontend.readers.fpcore.preconditions import Box, Span, box, inside, relates
from symgate.frontend.readers.fpcore.sexpr import Node, read
from symgate.frontend.refusals import left_out, refused
from symgate.ir.design import Design
from symgate.ir.expr import Expr, substitute, var

_BOX = "the range of each argument alone, which holds more points"
_FORM = "(FPCore (x y) :pre (and (<= -1 x 1) (<= 0 y 2)) (+ (sin x) y))"


@dataclass(frozen=True)
class Core:
    """One FPCore: its symbol, its name, its arguments and their formats, its precondition and its
    body.
    """

    place: Node
    symbol: str | None
    title: str
    arguments: tuple[Node, ...]
    formats: Mapping[str, str]
    pre: Node | None
    body: Node = field(repr=False)
    precision: Node | None = None

    @property
    def names(self) -> list[str]:
        """The arguments as they are written."""
        return [operand.text for operand in self.arguments]


def load(path: str | Path, options: Options) -> Imported:
    """What a file of FPCores holds; raise `InputError` for a wrong one, and for loops and tensors."""
    return imported(read_text(path), options, file=str(path))


def loads(text: str, options: Options, *, file: str | None = None) -> Design:
    """The design of a text of FPCores."""
    return imported(text, options, file=file).design(options)


def imported(text: str, options: Options, *, file: str | None = None) -> Imported:
    """What a text of FPCores holds."""
    source = Source(text, file)
    found = [_core(source, node, number) for number, node in enumerate(read(source), 1)]
    if not found:
        raise source.error("no FPCore is in this file", 0, expected=_FORM)
    reader = Reader(
        source, {c.symbol: (c.names, c.body) for c in found if c.symbol}, options.macros()
    )
    chosen = _chosen(source, found, reader, options.pick)
    name = chosen[0].title if len(chosen) == 1 and chosen[0].title else Path(file or "design").stem
    return _together(source, chosen, reader, options, plain_name(name)[:64])


def _core(source: Source, node: Node, number: int) -> Core:
    """The parts of ``(FPCore symbol? (arguments) :property value ... body)``."""
    if node.head != "FPCore":
        raise source.error("this is no FPCore", node.at, expected=_FORM)
    items = node.items[1:]
    symbol = items.pop(0).text if items and items[0].is_word() else None
    if not items or not items[0].is_list:
        raise source.error("this FPCore has no list of arguments", node.at, expected=_FORM)
    arguments, formats = _arguments(source, items.pop(0))
    stated, body = properties(source, items, node)
    title = stated[":name"].text if ":name" in stated else symbol or ""
    return Core(
        node, symbol, title, arguments, formats, stated.get(":pre"), body, stated.get(":precision")
    )


def _arguments(source: Source, node: Node) -> tuple[tuple[Node, ...], dict[str, str]]:
    """The arguments, and the formats of those that are annotated as fixed point."""
    names, formats = list[Node](), dict[str, str]()
    for item in node.items:
        if item.head == "!":
            stated, item = properties(source, item.items[1:], item)
            if (precision := stated.get(":precision")) is not None and precision.head == "fixed":
                formats[item.text] = _fixed(source, precision)
        if item.is_list:
            what = f"the argument ({item.head} ...) is a tensor"
            raise source.error(what, item.at, remedy="write one argument for each of its elements")
        if not item.is_word() or item.text in {name.text for name in names}:
            raise source.error(
                f"'{item.text}' is no new name of an argument", item.at, expected="a name"
            )
        names.append(item)
    return tuple(names), formats


def _fixed(source: Source, node: Node) -> str:
    """``(fixed scale bits)`` as our format: bits in all, the last one worth 2^scale."""
    try:
        scale, bits = (int(n.text) for n in node.items[1:])
    except ValueError:
        raise source.error(
            "this is no fixed-point format", node.at, expected="(fixed scale bits)"
        ) from None
    return f"fixed<{bits},{bits + scale}>"


def _chosen(source: Source, cores: Sequence[Core], reader: Reader, pick: str | int) -> list[Core]:
    """The core that ``pick`` names, or all that no other calls."""
    if pick in ("best", "score", "accuracy"):
        called = {name for core in cores for name in reader.calls(core.body)}
        outputs = [c for c in cores if c.symbol is None or c.symbol not in called]
        if not outputs:
            raise source.error(
                "every FPCore calls another", cores[0].place.at, remedy="pick one: --pick NAME"
            )
        return outputs
    for number, core in enumerate(cores, 1):
        if str(pick) in (core.symbol, core.title, str(number)):
            return [core]
    titles = [core.title or str(number) for number, core in enumerate(cores, 1)]
    raise InputError(f"no FPCore is named '{pick}'", where=source.spot(0) if source.file else None,
                     expected=f"one of {listed(titles)}", remedy=meant(str(pick), titles))  # fmt: skip


def _together(
    source: Source, cores: Sequence[Core], reader: Reader, options: Options, name: str
) -> Imported:
    """One design of several cores; arguments of one name are one port where their ranges agree."""
    found = [_read(source, core, reader) for core in cores]
    names = _numbered([_title(core, k, len(cores)) for k, core in enumerate(cores)])
    problems = {name: p for name, p in zip(names, found, strict=True) if isinstance(p, InputError)}
    if problems and not options.skip:
        raise refused(problems, len(cores))
    left_out(problems, cores)
    kept = [(n, r) for n, r in zip(names, found, strict=True) if isinstance(r, _Read)]
    read_cores = [r for _, r in kept]
    titles = distinct([n for n, _ in kept], _all_names(read_cores))
    outputs, inputs = dict[str, Expr](), dict[str, Stated]()
    notes = renames({old: new for core in read_cores for new, old in core.written.items()})
    spans = dict[str, tuple[Span, str | None]]()
    for read_core, title in zip(read_cores, titles.values(), strict=True):
        ports = {}
        for argument, span in read_core.spans.items():
            form = read_core.core.formats.get(read_core.written[argument])
            port = (
                argument
                if spans.get(argument, (span, form)) == (span, form)
                else f"{title}_{argument}"
            )
            spans[port], ports[argument] = (span, form), port
            inputs[port] = _stated(source, read_core, argument, span, form, options)
            notes += _assumed_end(port, span, inputs[port])
        renamed = {var(a): var(p) for a, p in ports.items() if a != p}
        outputs[title] = substitute([read_core.value], renamed)[0] if renamed else read_core.value
    notes += tuple(
        Note("range", f"the precondition of '{title}' relates its arguments", _BOX)
        for read_core, title in zip(read_cores, titles.values(), strict=True)
        if read_core.relates
    )
    return Imported(name, inputs, outputs, source.file, notes, ASSUMED)


def _assumed_end(port: str, span: Span, stated: Stated) -> tuple[Note, ...]:
    """What is told where an end of a range was taken, since the precondition leaves it open."""
    ends = stated.range
    if (span.lo is not None and span.hi is not None) or not isinstance(ends, list):
        return ()
    shown = ", ".join(f"{float(end):g}" for end in ends)
    return (Note("range", f"the range of {port}", f"[{shown}], since :pre leaves an end open"),)


def _numbered(names: Sequence[str]) -> list[str]:
    """``names`` with a number behind those that were there before."""
    out: dict[str, None] = {}
    for name in names:
        unique, number = name, 1
        while unique in out:
            number += 1
            unique = f"{name}_{number}"
        out[unique] = None
    return list(out)


def _read(source: Source, core: Core, reader: Reader) -> _Read | InputError:
    """What a core means, or why it means nothing to a circuit."""
    try:
        reader.check_precision(core.precision)
        return _Read.of(source, core, reader)
    except InputError as problem:
        return problem


def _title(core: Core, number: int, of: int) -> str:
    if of == 1:
        return _free(core.names)
    return plain_name(core.title)[:40] if core.title else f"y{number}"


def _free(names: Sequence[str]) -> str:
    """A name for a single output that is no argument."""
    return next(n for n in ("y", "out", "result", "fpcore_result") if n not in names)


def _all_names(cores: Sequence[_Read]) -> set[str]:
    return {argument for core in cores for argument in core.spans}


@dataclass(frozen=True)
class _Read:
    """A core with its meaning, and the ranges of its arguments under their plain names."""

    core: Core
    value: Expr
    spans: Box
    written: Mapping[str, str]
    relates: bool = False

    @staticmethod
    def of(source: Source, core: Core, reader: Reader) -> _Read:
        plain = distinct(core.names)
        scope = {written: var(name) for written, name in plain.items()}
        spans = box(core.pre, list(plain.values()), lambda node: reader.value(node, scope))
        written = {name: old for old, name in plain.items()}
        for name, span in spans.items():
            if span.empty:
                raise source.error(f"the precondition leaves no value for '{written[name]}'",
                                   (core.pre or core.place).at, remedy="correct :pre")  # fmt: skip
        value = reader.value(core.body, scope)
        related = relates(core.pre, list(plain.values()), lambda node: reader.value(node, scope))
        if related:
            value = inside(value, spans)
        return _Read(core, value, spans, written, related)


def _stated(
    source: Source, core: _Read, name: str, span: Span, form: str | None, options: Options
) -> Stated:
    """What the precondition says about one port; an open end is closed by the range of all others,
    if there is one.
    """
    others = options.stated_ranges().get(ALL)
    if (span.lo is None or span.hi is None) and others:
        span = span.meet(Span(*others))
    node = next(operand for operand in core.core.arguments if operand.text == core.written[name])
    if span.lo is None or span.hi is None or span.empty:
        return _open(source, node, name, span, form, options)
    return Stated(source.part(node.at, node.at + len(node.text)), form, None, [span.lo, span.hi])


def _open(
    source: Source, node: Node, name: str, span: Span, form: str | None, options: Options
) -> Stated:
    """An argument whose range the user must state; where an option does, all is well."""
    if (
        form
        or name in options.stated_ranges()
        or name in options.stated_formats()
        or ALL in options.stated_formats()
    ):
        return Stated(source.part(node.at, node.at + len(node.text)), form)
    if options.data is not None:
        return unstated(name, source.file)
    place, closed = source.part(node.at, node.at + len(node.text)), span.meet(Span(*ASSUMED))
    if options.bits is not None and span == Span():
        return Stated(place)  # the range is assumed later, and said
    if (
        options.bits is not None
        and closed.lo is not None
        and closed.hi is not None
        and closed.lo < closed.hi
    ):
        warnings.warn(_half(name, span, closed, source.file), DesignWarning, stacklevel=2)
        return Stated(place, None, None, [closed.lo, closed.hi])
    ends = {"lower": span.lo, "upper": span.hi}
    missing = (
        "range"
        if ends == dict.fromkeys(ends)
        else next((f"{w} bound" for w, e in ends.items() if e is None), "")
    )
    low, high = _shown(span.lo, span.hi, -1), _shown(span.hi, span.lo, 1)
    raise source.error(
        f"argument '{name}' has no {missing}"
        if missing
        else f"argument '{name}' has an empty range",
        node.at,
        expected=f"a precondition that bounds it, such as :pre (<= {low} {name} {high})",
        remedy=f"add it to the file, or give the option --range '{name}=[{low},{high}]'",
    )


def _half(name: str, span: Span, closed: Span, file: str | None) -> str:
    """What is said where one end of a range is missing."""
    end = "upper" if span.hi is None else "lower"
    ends = ", ".join(f"{float(e):g}" for e in (closed.lo, closed.hi) if e is not None)
    place = f"{file}: " if file else ""
    return f"{place}argument '{name}' has no {end} bound: [{ends}] is assumed; state yours with --range or --data"


def _shown(end: Fraction | None, other: Fraction | None, step: int) -> str:
    """An end for the advice: the stated one, else one beside the other."""
    if end is not None:
        return f"{round(float(end), 12):g}"
    return (
        f"{float(other) + step * max(1.0, abs(float(other))):g}"
        if other is not None
        else str(4 * step)
    )
