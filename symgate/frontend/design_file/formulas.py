"""What a design file computes: [constants], [tables], [let] and [outputs], with vectors as wholes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from symgate.errors import InputError
from symgate.frontend.design_file.tomllines import Lines
from symgate.frontend.design_file.vectors import Element
from symgate.frontend.ignored import tell_of_constant
from symgate.frontend.language import bittables, grids
from symgate.frontend.language.arrays import Array, Mismatch, Operand, nested
from symgate.frontend.language.dialect import CONSTANTS
from symgate.frontend.language.functions import Functions, Macro
from symgate.frontend.language.infix import parse_operand
from symgate.frontend.language.values import exact, identifier
from symgate.frontend.samples import Samples, samples
from symgate.ir.design import Input
from symgate.ir.expr import Expr, const, var

Section = Mapping[str, Any]


class Formulas:
    """One run over these sections. ``elements`` says per section which names are elements of which
    vector.
    """

    def __init__(
        self, lines: Lines, macros: Functions, elements: Mapping[str, Mapping[str, Element]]
    ):
        self.lines, self.elements = lines, elements
        self.folder = Path(lines.file).parent  # of the files that tables name
        self.macros: dict[str, Macro] = dict(macros)
        self.samples: dict[str, Samples] = {}
        self.scope: dict[str, Operand] = {}
        self.outputs: dict[str, Expr] = {}
        self.parts: dict[str, list[str]] = {}  # of outputs that are written as one vector
        self.whole: dict[str, Operand] = {}  # what the texts of vectors mean

    def inputs(self, ports: Sequence[Input]) -> None:
        """Names of inputs, and of vectors of them."""
        self.scope |= {port.name: var(port.name) for port in ports}
        self.name_vectors("inputs")

    def name_vectors(self, section: str) -> None:
        """The vectors of ``section`` as wholes, where no number has their name."""
        bases: dict[str, list[Expr]] = {}
        for name, element in self.elements[section].items():
            value = self.scope[name]
            if isinstance(value, Expr):
                bases.setdefault(element.base, []).append(value)
        for base, values in bases.items():
            self.scope.setdefault(base, Array.vector(values))

    def constants(self, section: Section) -> None:
        """Numbers, vectors and matrices, such as ``A = [[1, 2], [3, 4]]``."""
        for name, stated in section.items():
            place = self.lines.source(("constants", name))
            identifier(name, place, "a constant")
            if name in CONSTANTS:
                tell_of_constant(name, CONSTANTS[name], f"{place.file}:{place.line}")
            self.free(("constants", name))
            try:
                value = self.constant(("constants", name), stated)
            except Mismatch as problem:
                raise place.error(f"'{name}': {problem}", 0) from None
            self.scope[name] = value
            if isinstance(value, Array):
                rows = {f"{name}{k}": value.at(k) for k in range(value.shape[0])}
                self.scope = rows | self.scope

    def constant(self, path: tuple[str, ...], stated: object) -> Operand:
        """One constant."""
        if isinstance(stated, list):
            return nested([self.constant(path, part) for part in stated])
        return const(exact(stated, self.lines.source(path, stated)))

    def tables(self, section: Section) -> None:
        """Functions by their values."""
        for name, entry in section.items():
            place = self.lines.source(("tables", name))
            table = grids.stated(name, entry, place, self.folder)
            table = table or bittables.stated(name, entry, place)
            if table is None:
                self.samples[name] = samples(name, entry, place)
            self.macros[name] = self.samples[name].macro if table is None else table

    def define(self, section: str, entries: Section) -> None:
        """[let] or [outputs]; earlier ones may be used by what follows."""
        for name, text in entries.items():
            path = (section, name)
            what = "an output" if section == "outputs" else "a definition"
            identifier(name, self.lines.source(path), what)
            self.free(path)
            if section == "outputs" and isinstance(text, dict):
                text = text.get("expression")
            self.take(path, self.element(path, self.operand(path, text)))
        self.name_vectors(section)

    def take(self, path: tuple[str, str], value: Operand) -> None:
        """Name ``value``; a vector is also named by its elements, and is several outputs."""
        section, name = path
        self.scope[name] = value
        if isinstance(value, Expr):
            named = {name: value}
        elif value.is_matrix:
            if section == "outputs":
                what = f"output '{name}' has shape {value.text}"
                raise self.error(path, what, expected="a number or a vector")
            named = {}
        else:
            named = {f"{name}{k}": e for k, e in enumerate(value.items)}
            for part in named:
                self.free((section, part), name)
            self.scope |= named
        if section == "outputs":
            self.outputs |= named
            self.parts[name] = list(named)

    def free(self, path: tuple[str, str], named: str | None = None) -> None:
        """Raise `InputError` where a name is taken."""
        section, name = path
        if name in self.scope:
            place = self.lines.source((section, named or name))
            raise place.error(f"'{name}' is defined twice", 0, remedy="rename one of them")

    def element(self, path: tuple[str, str], value: Operand) -> Operand:
        """``value``, or its element where ``path`` names one of a vector that it is."""
        element = self.elements[path[0]].get(path[1])
        if element is None or isinstance(value, Expr):
            return value
        if value.shape != (element.count,):
            what = (
                f"'{element.base}' has {element.count} elements, what it is has shape {value.text}"
            )
            raise self.error(path, what, expected=f"a vector of shape {element.count}")
        return value.items[element.position]

    def operand(self, path: tuple[str, str], text: object) -> Operand:
        """The text of one expression; a bare number is one too."""
        if not isinstance(text, (str, int)) or isinstance(text, bool):
            raise self.error(
                path,
                f"'{path[-1]}' is not an expression",
                expected=f'{path[-1]} = "sin(x)", or {{ expression = "sin(x)", format = "Q3.4" }}',
            )
        if text in self.whole:
            return self.whole[str(text)]
        source = self.lines.source(path, str(text))
        value = parse_operand(source, self.scope, functions=self.macros)
        if isinstance(value, Array):
            self.whole[str(text)] = value  # read once for all elements
        return value

    def error(self, path: tuple[str, ...], what: str, **more: str | None) -> InputError:
        """An error at the key ``path``."""
        return self.lines.source(path).error(what, 0, **more)
