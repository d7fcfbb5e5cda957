"""Design files: TOML with [design], [inputs], [constants], [tables], [let], [outputs], [accuracy] and [target]."""

from __future__ import annotations

import re
import tomllib
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from symgate.errors import InputError, Where
from symgate.frontend.check import DesignWarning, checked
from symgate.frontend.design_file.constants import KEYS, Constant, constant
from symgate.frontend.design_file.formulas import Formulas
from symgate.frontend.design_file.keys import SECTIONS
from symgate.frontend.design_file.tomldump import dump
from symgate.frontend.design_file.tomllines import Lines
from symgate.frontend.design_file.vectors import Element, elements, expanded
from symgate.frontend.files import read_text
from symgate.frontend.language.source import Source, listed, meant
from symgate.frontend.language.values import (
    Decimal,
    clock_ns,
    exact,
    fixed_type,
    identifier,
    port_format,
    positive,
)
from symgate.frontend.options import DOMAINS, Options, Stated, plain_name, ports, said_of_data
from symgate.frontend.port_formats import in_formats
from symgate.frontend.removable import with_limits
from symgate.frontend.rounded_ranges import with_last_codes
from symgate.frontend.samples import covered
from symgate.ir.classes import AGREEMENT, TIES, near_choices
from symgate.ir.constants import with_decided
from symgate.ir.design import EFFORTS, REGISTERS, Accuracy, Design, Input, Target
from symgate.ir.expr import Expr
from symgate.ir.port_format import PortFormat

__all__ = ["dump", "load", "loads", "reread"]

#: Sections of a file for `symgate train`, and what to do with one that came here.
_OF_TRAINING = dict.fromkeys(
    ("data", "network", "targets", "schedule", "sweep", "table_network"),
    "this is a training: `symgate train FILE` makes a design of it, or remove the section",
)
_LIMITS = ("dsp", "lut", "bram", "latency")
_OBJECTIVES, _METRICS = ("lut", "latency", "balanced"), ("accuracy", "auc", "rmse", AGREEMENT)


def load(path: str | Path, options: Options | None = None) -> Design:
    """The design that a TOML file states; what ``options`` state wins. Raise `InputError` for a
    wrong file.
    """
    return loads(read_text(path), str(path), options)


def reread(path: str | Path) -> Design:
    """The design of a build; what was warned of when it was compiled is not said again."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DesignWarning)
        return load(path)


def loads(text: str, file: str = "design.toml", options: Options | None = None) -> Design:
    """The design in the text of a TOML file; ``file`` is its name in messages."""
    return checked(_Reader(text.replace("\r\n", "\n"), file, options or Options()).design())


def _parsed(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except ValueError as e:  # not valid TOML, or an integer of thousands of digits
        place = re.search(r"^(.*) \(at line (\d+), column (\d+)\)$", str(e))
        what = place[1] if place else str(e)
        remedy = (
            "each name stands once in its section"
            if "overwrite" in what or "twice" in what
            else None
        )
        what = f"the file is not valid TOML: {what[:1].lower()}{what[1:]}"
        what = re.sub(r"\('(\w+)',\)", r"[\1]", what)
        if place is None:
            raise InputError(what, where=Where(file), remedy=remedy) from None
        line, column = int(place[2]), int(place[3])
        source = Source(text.split("\n")[line - 1].rstrip("\r"), file, line)
        raise source.error(what, column - 1, remedy=remedy) from None


class _Reader:
    """One run over one file."""

    def __init__(self, text: str, file: str, options: Options):
        self.file, self.options = file, options
        self.lines, self.data = Lines(text, file), _parsed(text, file)
        self.known(self.data, (), tuple(SECTIONS))
        for section, keys in SECTIONS.items():
            self.table(section, keys)
        self.expand_vectors()

    def expand_vectors(self) -> None:
        """Put the elements of vectors in their places."""
        self.elements: dict[str, dict[str, Element]] = {}
        for section in ("inputs", "let", "outputs"):
            if section in self.data:
                self.elements[section] = elements(self.section(section))
                self.data[section] = expanded(self.section(section), partial(self.at, (section,)))
            self.elements.setdefault(section, {})
        errors = self.get(("accuracy", "max_error"))
        if isinstance(errors, dict):
            place = partial(self.at, ("accuracy", "max_error"))
            self.data["accuracy"]["max_error"] = expanded(errors, place)

    def at(self, path: tuple[str, ...], key: str) -> Callable[..., InputError]:
        """What makes an error at a key of the table ``path``."""
        return partial(self.error, (*path, key))

    def design(self) -> Design:
        """The whole design."""
        entries = self.section("inputs").items()
        stated = {name: self.input(name, entry) for name, entry in entries}
        constants = self.constants()
        changing = {name: c for name, c in constants.items() if c.port is not None}
        held = {name: c.port for name, c in changing.items() if c.port is not None}
        inputs = ports({**stated, **held}, self.options)
        plain = {name: c.value for name, c in constants.items() if c.port is None}
        formulas = self.formulas(inputs, plain)
        outputs: Mapping[str, Expr] = formulas.outputs
        if not formulas.samples and not self.options.samples:  # which may have no value there
            inputs = with_last_codes(inputs, outputs)
        domain = self.choice(("design", "domain"), DOMAINS, "strict")
        outputs = with_decided(outputs)
        if self.options.held(domain) != "clamp":
            outputs = with_limits(outputs, inputs)
        formats = self.options.port_formats(outputs, self.formats(formulas.parts))
        outputs, shown = in_formats(outputs, formats, inputs)
        name = self.options.name or self.text(
            ("design", "name"), plain_name(Path(self.file).resolve().parent.name)
        )
        found = Design(
            name=identifier(name, self.lines.source(("design", "name")), "a design"),
            inputs=inputs,
            outputs=tuple(outputs.items()),
            accuracy=self.options.accuracy(inputs, outputs, domain) or self.accuracy(list(outputs)),
            target=self.options.target(self.target()),
            domain=self.options.held(domain),
            source=self.file,
            ports=shown,
            ties=self.ties(),
            saturate=self.saturate(),
            effort=self.options.tries(self.choice(("design", "effort"), EFFORTS, "full")),
            assumed=said_of_data(stated, inputs, self.options),
            constants={i.name: changing[i.name].at_reset(i) for i in inputs if i.name in changing},
        )
        others = [name for name in outputs if name not in near_choices(found)]
        if found.accuracy.metric == AGREEMENT and others:
            what = f"output '{others[0]}' is no class of scores, which '{AGREEMENT}' is about"
            expected = f'outputs such as {others[0]} = "argmax(a, b, c)"'
            raise self.error(("accuracy", "metric"), what, expected=expected)
        return found

    # Keys and simple values

    def section(self, name: str) -> Mapping[str, Any]:
        table: Mapping[str, Any] = self.data.get(name, {})
        return table

    def table(self, name: str, keys: tuple[str, ...] | None) -> None:
        """A section must be a table, and its keys known."""
        if not isinstance(self.section(name), dict):
            raise self.error(
                (name,), f"{name} is not a section", expected=f"[{name}] and its keys below"
            )
        if keys is not None:
            self.known(self.section(name), (name,), keys)

    def known(self, table: Iterable[str], path: tuple[str, ...], keys: tuple[str, ...]) -> None:
        """Raise `InputError` for a key that has no meaning there."""
        for key in table:
            if key not in keys:
                what = f"unknown key '{key}' in [{path[0]}]" if path else f"unknown section [{key}]"
                remedy = meant(key, keys) or (not path and _OF_TRAINING.get(key)) or "remove it"
                raise self.error(
                    (*path, key), what, expected=f"one of {listed(keys)}", remedy=remedy
                )

    def error(self, path: tuple[str, ...], what: str, **more: str | None) -> InputError:
        """An error at the key ``path``."""
        return self.lines.source(path).error(what, 0, **more)

    def get(self, path: tuple[str, ...]) -> Any:
        """The value of a key, None where it is absent."""
        value: Any = self.data
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def ties(self) -> str:
        """How classes are decided; empty where nothing is stated."""
        if self.options.ties is None and self.get(("design", "ties")) is None:
            return ""
        return self.options.decided() or self.choice(("design", "ties"), TIES, "")

    def saturate(self) -> bool:
        """Whether inputs saturate to their ranges."""
        stated = self.get(("design", "saturate"))
        if not isinstance(stated, bool | None):
            what, expected = "saturate is not true or false", "saturate = false"
            raise self.error(("design", "saturate"), what, expected=expected)
        return self.options.saturates(stated)

    def text(self, path: tuple[str, ...], default: str) -> str:
        """A text value."""
        value = self.get(path)
        if value is None:
            return default
        if not isinstance(value, str) or isinstance(value, Decimal) or not value.strip():
            raise self.error(path, f"{path[-1]} is not a text", expected=f'{path[-1]} = "..."')
        return value

    def choice(self, path: tuple[str, ...], allowed: tuple[str, ...], default: str) -> str:
        """A text value out of a few."""
        value = self.text(path, default)
        if value not in allowed:
            what = f"{path[-1]} '{value}' is unknown"
            raise self.error(
                path, what, expected=f"one of {listed(allowed)}", remedy=meant(value, allowed)
            )
        return value

    # Sections

    def input(self, name: str, entry: object) -> Stated:
        """One entry of [inputs]."""
        path = ("inputs", name)
        place = self.lines.source(path)
        identifier(name, place, "an input")
        if isinstance(entry, str):
            entry = {"format": entry}
        if not isinstance(entry, dict):
            raise place.error(
                f"input '{name}' is not a format",
                0,
                expected=f'{name} = {{ format = "fixed<12,5>" }}',
            )
        self.known(entry, path, ("format", "bits", "range"))
        return Stated(place, entry.get("format"), entry.get("bits"), entry.get("range"))

    def constants(self) -> dict[str, Constant]:
        """[constants], of which none has the name of an input."""
        found = {}
        for name, entry in self.section("constants").items():
            path = ("constants", name)
            place = self.lines.source(path)
            identifier(name, place, "a constant")
            if name in self.section("inputs"):
                raise place.error(f"'{name}' is defined twice", 0, remedy="rename one of them")
            found[name] = constant(name, entry, place, partial(self.known, path=path, keys=KEYS))
        return found

    def formulas(self, ports: Sequence[Input], constants: Mapping[str, object]) -> Formulas:
        """What is computed; ``constants``, tables, definitions and earlier outputs may be used."""
        found = Formulas(self.lines, self.options.macros(), self.elements)
        found.inputs(ports)
        found.constants(constants)
        found.tables(self.section("tables"))
        for name, entry in self.section("outputs").items():
            if isinstance(entry, dict):
                self.known(entry, ("outputs", name), ("expression", "format"))
        for section in ("let", "outputs"):
            found.define(section, self.section(section))
        points = [*found.samples.values(), *self.options.samples.values()]
        covered(points, {i.name: i.span for i in ports})
        return found

    def formats(self, parts: Mapping[str, Sequence[str]]) -> dict[str, PortFormat]:
        """The formats that outputs state beside their expression; ``parts`` are those of vectors."""
        found: dict[str, PortFormat] = {}
        for name, entry in self.section("outputs").items():
            if isinstance(entry, dict) and "format" in entry:
                place = self.lines.source(("outputs", name), entry["format"])
                kind = port_format(entry["format"], place)
                found |= dict.fromkeys(parts.get(name, [name]), kind)
        return found

    def accuracy(self, outputs: list[str]) -> Accuracy:
        """[accuracy], in one of its three modes."""
        modes = [
            m for m in ("max_error", "precision", "metric") if self.get(("accuracy", m)) is not None
        ]
        if len(modes) != 1:
            what = f"both {' and '.join(modes)} are given" if modes else "no accuracy is stated"
            expected, remedy = (
                "one of max_error, precision and metric",
                _ACCURACY_REMEDY[bool(modes)],
            )
            raise self.error(("accuracy",), what, expected=expected, remedy=remedy)
        if modes == ["max_error"]:
            return self.alone(modes, (), Accuracy(max_error=self.max_error(outputs)))
        if modes == ["precision"]:
            value = self.get(("accuracy", "precision"))
            source = self.lines.source(("accuracy", "precision"), value)
            return self.alone(modes, (), Accuracy(precision=fixed_type(value, source)))
        return self.alone(modes, ("data", "label", "max_loss"), self.metric())

    def alone(self, mode: list[str], companions: tuple[str, ...], result: Accuracy) -> Accuracy:
        """``result``, if no key of another mode stands beside it."""
        for key in self.section("accuracy"):
            if key not in (*mode, *companions):
                raise self.error(
                    ("accuracy", key), f"{key} has no meaning beside {mode[0]}", remedy="remove it"
                )
        return result

    def max_error(self, outputs: list[str]) -> dict[str, Fraction]:
        """The error bound of each output."""
        path = ("accuracy", "max_error")
        stated = self.get(path)
        if not isinstance(stated, dict):
            return dict.fromkeys(
                outputs, positive(stated, self.lines.source(path, stated), "max_error")
            )
        for name in stated:
            if name not in outputs:
                raise self.error((*path, name), f"max_error names '{name}', which is not an output",
                                 expected=f"one of {listed(outputs)}", remedy=meant(name, outputs))  # fmt: skip
        if missing := [name for name in outputs if name not in stated]:
            raise self.error(
                path,
                f"no max_error for output {listed(missing)}",
                remedy="state one for every output",
            )
        return {
            n: positive(stated[n], self.lines.source((*path, n), stated[n]), f"max_error of {n}")
            for n in outputs
        }

    def metric(self) -> Accuracy:
        """The metric mode; the data file is relative to the design file."""
        metric = self.choice(("accuracy", "metric"), _METRICS, "")
        data, label = self.text(("accuracy", "data"), ""), self.text(("accuracy", "label"), "")
        if not data:
            raise self.error(
                ("accuracy", "metric"), "a metric needs data", expected='data = "file.csv"'
            )
        path = ("accuracy", "max_loss")
        stated = self.get(path)
        loss = (
            Accuracy.max_loss
            if stated is None
            else float(exact(stated, self.lines.source(path, stated)))
        )
        if loss < 0:
            raise self.error(path, f"max_loss is {loss:g}", expected="0 or more")
        return Accuracy(
            metric=metric,
            data=str(Path(self.file).parent.resolve() / data),
            label=label or None,
            max_loss=loss,
        )

    def target(self) -> Target:
        """[target]."""
        clock = self.get(("target", "clock"))
        place = self.lines.source(("target", "clock"), clock)
        limits: dict[str, Any] = {key: self.limit(key) for key in _LIMITS}
        return Target(
            part=self.text(("target", "part"), Target.part),
            clock_ns=Target.clock_ns if clock is None else clock_ns(clock, place),
            objective=self.choice(("target", "objective"), _OBJECTIVES, Target.objective),
            registers=self.choice(("target", "registers"), REGISTERS, Target.registers),
            primitives=self.flag("primitives"),
            clock_enable=self.flag("clock_enable"),
            ii=self.interval(),
            **limits,
        )

    def interval(self) -> int:
        """The initiation interval."""
        stated = self.get(("target", "ii"))
        found = Target.ii if stated is None else stated
        if not isinstance(found, int) or isinstance(found, bool) or found < 1:
            what, expected = f"the interval ii is {found!r}", "a number of cycles: ii = 1, 2, 3 ..."
            raise self.error(("target", "ii"), what, expected=expected)
        return found

    def flag(self, key: str) -> bool:
        """A wish of [target], false where it is absent."""
        value = self.get(("target", key)) or False
        if not isinstance(value, bool):
            what, expected = f"{key} is not true or false", f"{key} = true"
            raise self.error(("target", key), what, expected=expected)
        return value

    def limit(self, key: str) -> int | None:
        """A resource or latency limit."""
        value = self.get(("target", key))
        if value is not None and (
            not isinstance(value, int) or isinstance(value, bool) or value < 0
        ):
            raise self.error(
                ("target", key),
                f"the limit {key} is {value!r}",
                expected="a whole number, 0 or more",
            )
        return value


_ACCURACY_REMEDY = {
    False: "write max_error = 0.01, the largest error that you accept",
    True: "keep one: max_error states the error, precision the format, metric the loss on data",
}
