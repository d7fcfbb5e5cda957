"""What a user states beside a source: bits, ranges, accuracy, clock and part, for sources that
carry none of it.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from symgate.errors import InputError, Where
from symgate.frontend.check import DesignWarning, checked
from symgate.frontend.data_ranges import margin_of, read_columns
from symgate.frontend.ignored import tell_of_inputs
from symgate.frontend.language import bittables, grids
from symgate.frontend.language.definitions import function
from symgate.frontend.language.functions import Macro
from symgate.frontend.language.source import Source, listed, meant
from symgate.frontend.language.values import (
    clock_ns,
    fixed_type,
    interval,
    port,
    port_format,
    positive,
)
from symgate.frontend.port_formats import in_formats
from symgate.frontend.refusals import allowed, shares
from symgate.frontend.removable import with_limits
from symgate.frontend.rounded_ranges import with_last_codes
from symgate.frontend.samples import Samples, covered, samples
from symgate.ir.classes import TIES
from symgate.ir.constants import with_decided
from symgate.ir.design import EFFORTS, Accuracy, Design, Input, Target
from symgate.ir.expr import Expr
from symgate.ir.port_format import PortFormat
from symgate.ir.types import FixedType

Number = int | float | str | Fraction
Range = tuple[Fraction, Fraction]
_RANGE = re.compile(r"\s*(?:([^\W\d]\w*|\*)\s*[=:]\s*)?\[([^,\[\]]*),([^,\[\]]*)\]\s*")
_SHARE = "option relative_error"
ALL = "*"
#: Fewer values of an input than these are hardly meant.
_FEW = 16
DOMAINS = ("strict", "clamp")


@dataclass(frozen=True)
class Options:
    """Statements from the command line or from Python; each wins over what the source states.

    ``ranges``: a mapping, or texts such as "x=[-4, 4]"; the name ``*`` (or no name) is every input
    without a range. ``data``: a CSV file whose columns give the ranges that are not stated, and
    ``range_margin`` what these are widened by on each side, as a share of their width ("10%").
    ``formats``: one format, or one per input. ``output_formats``: the same of outputs, with modes of
    ``ap_fixed``; see `symgate.ir.port_format`. ``max_error``: a number for every output, a mapping,
    or texts such as "0.01" and "g=2^-7". ``relative_error``: the largest error as a share of what
    each output can reach. ``pick``: which row of a hall of fame: "best", "score", "accuracy" (as in
    PySR), or a complexity. ``functions``: further functions, such as "sc(x) = sin(x)*cos(x)".
    ``tables``: functions by their values, such as {"gain": {"x": [0, 1, 3], "y": [1, 0.5, 0.2]}};
    evenly with "from" and "to" in place of "x"; linear in between, or "between": "step"; "ends":
    "hold" keeps the last value outside; tables of bits, {"hex": "8000000000000000"}; and tables of
    several addresses, {"values": [[0, 1], [2, 3]]}: `symgate.frontend.language.grids`.
    ``combine``: how PySR's template puts its parts together, such as "f(x1, x2) + g(x3)^2".
    ``domain``: "strict", or "clamp": operands that leave an operator's domain are held at its edge;
    `passes.clamp`. ``saturate``: whether inputs saturate to their ranges, as they do by default;
    `symgate.ir.saturation`.
    ``ii``: a set of inputs comes every so many cycles at most.
    ``only_missing``: the range of every input is for those without a format.
    ``effort``: "full", or "quick": a result in a fraction of a second, of some more LUTs.
    ``ties``: "near" or "strict", how classes of the largest of several scores are decided;
    `symgate.ir.classes`. ``skip``: outputs that are refused are
    left out, with a warning, as long as one is left. ``dialect``: the language of the source, where
    its content does not tell; see `symgate.frontend.load`.
    """

    bits: int | None = None
    ranges: Sequence[str] | Mapping[str, Sequence[Number]] = ()
    formats: str | Mapping[str, str] = field(default_factory=dict)
    output_formats: str | Mapping[str, str] = field(default_factory=dict)
    data: str | Path | None = None
    range_margin: str | float | Fraction | None = None
    max_error: Sequence[str] | Mapping[str, Number] | Number = ()
    relative_error: Number | None = None
    precision: str | None = None
    clock: str | float | None = None
    part: str | None = None
    ii: int | None = None
    name: str | None = None
    outputs: Sequence[str] = ()
    pick: str | int = "best"
    functions: Sequence[str] = ()
    tables: Mapping[str, Mapping[str, object] | str] = field(default_factory=dict)
    combine: str | None = None
    dialect: str | None = None
    domain: str | None = None
    saturate: bool | None = None
    ties: str | None = None
    effort: str | None = None
    only_missing: bool = False
    skip: bool = False

    @property
    def changed(self) -> list[str]:
        """The names of what is stated here."""
        usual = Options()
        return [f.name for f in fields(self) if getattr(self, f.name) != getattr(usual, f.name)]

    def macros(self) -> dict[str, Macro]:
        """The functions that the user defines."""
        known: dict[str, Macro] = {}
        for text in self.functions:
            name, macro = function(Source(text, label="option functions"), known)
            known[name] = macro
        known |= {name: table for name, table in self._tables_of_bits.items() if table}
        return known | {name: table.macro for name, table in self.samples.items()}

    @cached_property
    def _tables_of_bits(self) -> dict[str, Macro | None]:
        """The tables of addresses; None for a function that is given by points."""
        return {
            name: grids.stated(name, table, place) or bittables.stated(name, table, place)
            for name, table in self.tables.items()
            for place in [Source(name, label="option tables")]
        }

    @cached_property
    def samples(self) -> dict[str, Samples]:
        """The functions that the user gives by points."""
        return {
            name: samples(name, t, Source(name, label="option tables"))
            for name, t in self.tables.items()
            if self._tables_of_bits[name] is None
        }

    def stated_ranges(self) -> dict[str, Range]:
        """The stated range of each input, and of all others under ``*``."""
        if isinstance(self.ranges, Mapping):
            return {
                name: interval(list(r), Source(str(r), label=f"range of {name}"))
                for name, r in self.ranges.items()
            }
        out: dict[str, Range] = {}
        for text in self.ranges:
            source = Source(text, label="option range")
            match = _RANGE.fullmatch(text)
            if match is None:
                raise source.error(
                    f"'{text}' is not a range", 0, expected="x=[-4, 4], or [-4, 4] for every input"
                )
            name = match[1] or ALL
            if name in out:
                raise source.error(f"input '{name}' has two ranges", 0, remedy="keep one")
            out[name] = interval([match[2], match[3]], source)
        return out

    def stated_formats(self) -> dict[str, str]:
        """The stated format of each input, and of all others under ``*``."""
        return {ALL: self.formats} if isinstance(self.formats, str) else dict(self.formats)

    def port_formats(
        self, outputs: Iterable[str], stated: Mapping[str, PortFormat] | None = None
    ) -> dict[str, PortFormat]:
        """The formats of ``outputs``: those of these options, else the ``stated`` ones."""
        names, given = list(outputs), self.output_formats
        texts = {ALL: given} if isinstance(given, str) else dict(given)
        found = dict(stated or {})
        for name, text in texts.items():
            source = Source(text, label="option output_format")
            if name != ALL and name not in names:
                what = f"the option gives a format for '{name}', which is not an output"
                remedy = meant(name, names) or "remove it"
                raise InputError(what, expected=f"one of {listed(names)}", remedy=remedy)
            kind = port_format(text, source)
            found |= dict.fromkeys(names if name == ALL else [name], kind)
        return found

    @property
    def states_accuracy(self) -> bool:
        """Whether any accuracy is stated here."""
        return self.max_error != () or self.relative_error is not None or self.precision is not None

    def held(self, stated: str = "strict") -> str:
        """The domain that these options or else the source states."""
        return _one_of(DOMAINS, self.domain, "domain") or stated

    def saturates(self, stated: bool | None = None) -> bool:
        """Whether inputs saturate, as these options or else the source states it; they do where
        neither says.
        """
        wanted = stated if self.saturate is None else self.saturate
        return wanted is not False

    def decided(self) -> str:
        """How classes are decided, as these options state it; empty where they do not."""
        return _one_of(TIES, self.ties, "way to decide between close scores") or ""

    def tries(self, stated: str = "full") -> str:
        """How much a compilation tries, as these options or else the source states it."""
        return _one_of(EFFORTS, self.effort, "effort") or stated

    def accuracy(
        self, inputs: Sequence[Input], outputs: Mapping[str, Expr], domain: str = "strict"
    ) -> Accuracy | None:
        """The accuracy that these options state, None where they state none."""
        modes = {
            "max_error": self.max_error if self.max_error != () else None,
            "relative_error": self.relative_error,
            "precision": self.precision,
        }
        given = [name for name, value in modes.items() if value is not None]
        if len(given) > 1:
            raise InputError(f"both {' and '.join(given)} are given", remedy="keep one of them")
        if self.precision is not None:
            return Accuracy(
                precision=fixed_type(
                    self.precision, Source(self.precision, label="option precision")
                )
            )
        if self.relative_error is not None:
            share = positive(
                self.relative_error,
                Source(str(self.relative_error), label=_SHARE),
                "relative_error",
            )
            return Accuracy(max_error=shares(share, inputs, outputs, self.held(domain) == "clamp"))
        return Accuracy(max_error=_errors(self.max_error, list(outputs))) if given else None

    def target(self, base: Target) -> Target:
        """``base`` with the clock, the part and the interval stated here."""
        clock = (
            base.clock_ns
            if self.clock is None
            else clock_ns(self.clock, Source(str(self.clock), label="option clock"))
        )
        ii = base.ii if self.ii is None else self.ii
        return replace(base, clock_ns=clock, part=self.part or base.part, ii=ii)


def _one_of(known: Sequence[str], stated: str | None, what: str) -> str | None:
    """What is ``stated``, where it is known."""
    if stated is not None and stated not in known:
        problem, expected = f"'{stated}' is no {what}", f"one of {listed(known)}"
        raise InputError(problem, expected=expected, remedy=meant(stated, known))
    return stated


def _errors(stated: object, outputs: list[str]) -> dict[str, Fraction]:
    """The largest error of each output."""
    bounds: dict[str, Fraction] = {}
    for name, value in _named(stated):
        source = Source(str(value), label="option max_error")
        if name != ALL and name not in outputs:
            what, expected = (
                f"max_error names '{name}', which is not an output",
                f"one of {listed(outputs)}",
            )
            raise source.error(what, 0, expected=expected, remedy=meant(name, outputs))
        if name in bounds:
            raise source.error("two values of max_error for the same output", 0, remedy="keep one")
        bounds[name] = positive(value, source, "max_error")
    if missing := [name for name in outputs if name not in bounds and ALL not in bounds]:
        raise InputError(
            f"no max_error for output {listed(missing)}", remedy="state one for every output"
        )
    return {name: bounds.get(name, bounds.get(ALL, Fraction(0))) for name in outputs}


def _named(stated: object) -> Iterable[tuple[str, object]]:
    """Pairs of an output (or ``*``) and a value, from a mapping, one value, or texts."""
    if isinstance(stated, Mapping):
        return list(stated.items())
    values = (
        [stated] if isinstance(stated, str) or not isinstance(stated, Sequence) else list(stated)
    )
    pairs: list[tuple[str, object]] = []
    for value in values:
        name, equals, text = value.partition("=") if isinstance(value, str) else ("", "", "")
        pairs.append((name.strip(), text.strip()) if equals else (ALL, value))
    return pairs


@dataclass(frozen=True)
class Stated:
    """What a source says about one input, and where."""

    place: Source
    format: object = None
    bits: object = None
    range: object = None


def unstated(name: str, file: str | None) -> Stated:
    """An input of which the source says nothing but its name."""
    return Stated(Source("", file, label=f"{file}, input {name}" if file else f"input {name}"))


def _remedy(name: str) -> str:
    return f"state it with the input, or as an option: --bits 12 --range '{name}=[-4, 4]'"


def ports(inputs: Mapping[str, Stated], options: Options) -> tuple[Input, ...]:
    """The input ports, in order; raise `InputError` for options that name no input and for ports
    without format.
    """
    ranges, formats = options.stated_ranges(), options.stated_formats()
    for what, names in (("range", ranges), ("format", formats)):
        for name in names:
            if name != ALL and name not in inputs:
                remedy = meant(name, inputs) or "remove it"
                what = f"the option gives a {what} for '{name}', which is not an input"
                raise InputError(what, expected=f"one of {listed(inputs)}", remedy=remedy)
    margin = margin_of(options.range_margin)
    columns = None if options.data is None else read_columns(options.data, inputs)
    out = []
    for name, stated in inputs.items():
        is_whole = options.only_missing and stated.format is not None
        usual = None if is_whole else ranges.get(ALL)
        stated = _with_width(name, stated, formats, options)
        ends = ranges.get(name, stated.range)
        if ends is None and columns is not None:
            ends = columns.range(name, margin, _stated_type(stated))
        ends = usual if ends is None else ends
        found = port(
            name,
            stated.place,
            format=stated.format,
            width=stated.bits,
            range=ends,
            remedy=_remedy(name),
        )
        if stated.format is None and ends is not None:
            _warn_of_few(found, interval(ends, stated.place))
        out.append(found)
    if not options.only_missing:
        _tell_of_ignored(inputs, options)
    return tuple(out)


def _with_width(name: str, stated: Stated, formats: Mapping[str, str], options: Options) -> Stated:
    """What is stated of an input, with the format or the bits that the options state."""
    if name in formats:
        return replace(stated, format=formats[name], bits=None)
    if stated.format is not None or stated.bits is not None:
        return stated
    bits = None if ALL in formats else options.bits
    return replace(stated, format=formats.get(ALL), bits=bits)


def _stated_type(stated: Stated) -> FixedType | None:
    if stated.format is None:
        return None
    return port_format(stated.format, stated.place).type


def said_of_data(
    inputs: Mapping[str, Stated], found: Sequence[Input], options: Options
) -> tuple[str, ...]:
    """What the report says of the inputs whose ranges are those of data."""
    if options.data is None:
        return ()
    told = options.stated_ranges()
    open_ = [n for n, stated in inputs.items() if n not in told and stated.range is None]
    columns = read_columns(options.data, inputs)
    ports = [port for port in found if port.name in open_]
    return tuple(columns.notes(ports, margin_of(options.range_margin)))


def _tell_of_ignored(inputs: Mapping[str, Stated], options: Options) -> None:
    """Say which of ``bits`` and ``data`` the statements of ``inputs`` and other options leave idle."""
    told, formats = options.stated_ranges(), options.stated_formats()
    stated = {n for n, i in inputs.items() if i.format is not None or i.bits is not None}
    sized = set(inputs) if ALL in formats else stated | formats.keys()
    ranged = [n for n, i in inputs.items() if n in told or i.range is not None]
    tell_of_inputs(inputs, bits=options.bits, sized=sized, data=options.data, ranged=ranged)


def _warn_of_few(found: Input, ends: Range) -> None:
    """Say so where a format has next to no code in a range, and how many bits have enough."""
    codes, bits = found.raw.hi - found.raw.lo + 1, found.type.width
    if ends[0] == ends[1] or codes >= _FEW or codes * _FEW > 2**bits:
        return
    enough = math.ceil(math.log2(_FEW / (ends[1] - ends[0]))) + bits - found.type.frac
    count = f"{codes} value{'s' if codes > 1 else ''}"
    what = f"input '{found.name}': {bits} bits hold {count} of"
    span = f"[{float(ends[0]):.10g}, {float(ends[1]):.10g}]"
    warnings.warn(f"{what} {span}; {max(enough, bits + 1)} bits hold {_FEW}",
                  DesignWarning, stacklevel=4)  # fmt: skip


def assemble(
    inputs: Mapping[str, Stated],
    outputs: Mapping[str, Expr],
    options: Options,
    *,
    name: str,
    file: str | None,
) -> Design:
    """The design of a source that states no accuracy and no target of its own."""
    found = ports(inputs, options)
    if not options.samples:  # which may have no value there
        found = with_last_codes(found, outputs)
    outputs = with_decided(outputs)
    if options.held() != "clamp":
        outputs = with_limits(outputs, found)
    if options.skip and len(outputs) > 1:
        found, outputs = allowed(
            found, outputs, options.held() == "clamp", options.relative_error is not None
        )
    covered(options.samples.values(), {i.name: i.span for i in found})
    formats = options.port_formats(outputs)
    outputs, shown = in_formats(outputs, formats, found)
    accuracy = options.accuracy(found, outputs)
    if accuracy is None:
        raise InputError(
            "no accuracy is stated",
            where=Where(file) if file else None,
            expected="max_error, relative_error or precision",
            remedy="add --max-error 0.01, the largest error that you accept, or --relative-error 2^-8",
        )
    return checked(
        Design(
            name=options.name or plain_name(name),
            inputs=found,
            outputs=tuple(outputs.items()),
            accuracy=accuracy,
            target=options.target(Target()),
            domain=options.held(),
            source=file,
            ports=shown,
            ties=options.decided(),
            effort=options.tries(),
            saturate=options.saturates(),
            assumed=said_of_data(inputs, found, options),
        )
    )


def plain_name(text: str) -> str:
    """``text`` as a name that every target language accepts.

    >>> plain_name("my model-2")
    'my_model_2'
    """
    name = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_")
    return name if name and not name[0].isdigit() else f"design_{name}".rstrip("_")
