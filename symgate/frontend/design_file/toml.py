"""Design files: TOML with [design], [inputs], [tables], [let], [outputs], [accuracy] and [target]."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from symgate.errors import InputError, Where
from symgate.frontend.check import checked
from symgate.frontend.design_file.tomldump import dump
from symgate.frontend.design_file.tomllines import Lines
from symgate.frontend.design_file.vectors import expanded
from symgate.frontend.files import read_text
from symgate.frontend.language import bittables
from symgate.frontend.language.functions import Functions
from symgate.frontend.language.infix import parse
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
from symgate.frontend.options import DOMAINS, Options, Stated, plain_name, ports
from symgate.frontend.port_formats import in_formats
from symgate.frontend.removable import with_limits
from symgate.frontend.samples import Samples, covered, samples
from symgate.ir.classes import AGREEMENT, TIES, near_choices
from symgate.ir.design import Accuracy, Design, Input, Target
from symgate.ir.expr import Expr, var
from symgate.ir.port_format import PortFormat

__all__ = ["dump", "load", "loads"]

_SECTIONS: dict[str, tuple[str, ...] | None] = {  # None: keys are the user's names
    "design": ("name", "domain", "ties", "saturate"),
    "inputs": None,
    "tables": None,
    "let": None,
    "outputs": None,
    "accuracy": ("max_error", "precision", "metric", "data", "label", "max_loss"),
    "target": ("part", "clock", "objective", "dsp", "lut", "bram", "latency", "ii", "primitives"),
}
_LIMITS = ("dsp", "lut", "bram", "latency")
_OBJECTIVES, _METRICS = ("lut", "latency", "balanced"), ("accuracy", "auc", "rmse", AGREEMENT)


def load(path: str | Path, options: Options | None = None) -> Design:
    """The design that a TOML file states; what ``options`` state wins. Raise `InputError` for a
    wrong file.
    """
    return loads(read_text(path), str(path), options)


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
        self.known(self.data, (), tuple(_SECTIONS))
        for section, keys in _SECTIONS.items():
            self.table(section, keys)
        self.expand_vectors()

    def expand_vectors(self) -> None:
        """Put the elements of vectors in their places."""
        for section in ("inputs", "let", "outputs"):
            if section in self.data:
                self.data[section] = expanded(self.section(section), partial(self.at, (section,)))
        errors = self.get(("accuracy", "max_error"))
        if isinstance(errors, dict):
            place = partial(self.at, ("accuracy", "max_error"))
            self.data["accuracy"]["max_error"] = expanded(errors, place)

    def at(self, path: tuple[str, ...], key: str) -> Callable[..., InputError]:
        """What makes an error at a key of the table ``path``."""
        return partial(self.error, (*path, key))

    def design(self) -> Design:
        """The whole design."""
        inputs = ports(
            {name: self.input(name, entry) for name, entry in self.section("inputs").items()},
            self.options,
        )
        outputs = self.expressions(inputs)
        domain = self.choice(("design", "domain"), DOMAINS, "strict")
        if self.options.held(domain) != "clamp":
            outputs = with_limits(outputs, inputs)
        formats = self.options.port_formats(outputs, self.formats())
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
                remedy = meant(key, keys) or "remove it"
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
            what, expected = "saturate is not true or false", "saturate = true"
            raise self.error(("design", "saturate"), what, expected=expected)
        return bool(stated if self.options.saturate is None else self.options.saturate)

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

    def expressions(self, ports: Sequence[Input]) -> dict[str, Expr]:
        """The outputs; [tables], [let] and earlier outputs may be used by what follows."""
        scope = {i.name: var(i.name) for i in ports}
        macros, tables = self.options.macros(), dict[str, Samples]()
        for name, entry in self.section("tables").items():
            place = self.lines.source(("tables", name))
            bits = bittables.stated(name, entry, place)
            if bits is None:
                tables[name] = samples(name, entry, place)
            macros[name] = tables[name].macro if bits is None else bits
        outputs: dict[str, Expr] = {}
        for section in ("let", "outputs"):
            for name, text in self.section(section).items():
                place = self.lines.source((section, name))
                identifier(name, place, "an output" if section == "outputs" else "a definition")
                if name in scope:
                    raise place.error(f"'{name}' is defined twice", 0, remedy="rename one of them")
                if section == "outputs" and isinstance(text, dict):
                    self.known(text, (section, name), ("expression", "format"))
                    text = text.get("expression")
                scope[name] = self.expression((section, name), text, scope, macros)
                if section == "outputs":
                    outputs[name] = scope[name]
        covered(
            [*tables.values(), *self.options.samples.values()],
            {i.name: i.span for i in ports},
        )
        return outputs

    def formats(self) -> dict[str, PortFormat]:
        """The formats that outputs state beside their expression."""
        found: dict[str, PortFormat] = {}
        for name, entry in self.section("outputs").items():
            if isinstance(entry, dict) and "format" in entry:
                place = self.lines.source(("outputs", name), entry["format"])
                found[name] = port_format(entry["format"], place)
        return found

    def expression(
        self, path: tuple[str, ...], text: object, scope: Mapping[str, Expr], macros: Functions
    ) -> Expr:
        """The text of one expression; a bare number is one too."""
        if isinstance(text, (str, int)) and not isinstance(text, bool):
            return parse(self.lines.source(path, str(text)), scope, functions=macros)
        raise self.error(
            path,
            f"'{path[-1]}' is not an expression",
            expected=f'{path[-1]} = "sin(x)", or {{ expression = "sin(x)", format = "Q3.4" }}',
        )

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
        primitives = self.get(("target", "primitives")) or False
        if not isinstance(primitives, bool):
            raise self.error(
                ("target", "primitives"),
                "primitives is not true or false",
                expected="primitives = true",
            )
        if self.get(("target", "ii")) not in (None, 1):
            raise self.error(
                ("target", "ii"),
                f"an initiation interval of {self.get(('target', 'ii'))!r} is not possible",
                expected="ii = 1: every design takes new inputs in each clock cycle",
                remedy="remove it; where that is more hardware than you want, state a larger error or allow dsp = N",
            )
        return Target(
            part=self.text(("target", "part"), Target.part),
            clock_ns=Target.clock_ns if clock is None else clock_ns(clock, place),
            objective=self.choice(("target", "objective"), _OBJECTIVES, Target.objective),
            primitives=primitives,
            **{key: self.limit(key) for key in _LIMITS},
        )

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
