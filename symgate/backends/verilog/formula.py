"""Verilog of an operator that has no expression of its own: its meaning `Op.fn`, run on wires.

Each step of the meaning becomes a wire that holds every value that the step can have.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from symgate.backends.verilog.terms import Term, compared, declare, operands
from symgate.ir.domains import Interval, lookup, mux
from symgate.ir.types import FixedType


@dataclass
class Sheet:
    """The lines of one node; ``prefix`` begins the names of its wires, and ``instance`` prints a
    table.
    """

    prefix: str
    instance: Callable[[str, Term, tuple[int, ...]], list[str]]
    lines: list[str] = field(default_factory=list)
    count: int = 0

    def wire(self, range: Interval, text: Callable[[int], str]) -> Formula:
        """A new wire for the values in ``range``; ``text`` gives its expression from its width."""
        term = self._term(range)
        self.lines.append(
            f"{declare('wire', term.name, term.width, term.signed)} = {text(term.width)};"
        )
        return Formula(term, self)

    def table(self, index: Term, values: tuple[int, ...]) -> Formula:
        """The entry of ``values`` at ``index``."""
        entry = self._term(Interval(min(values), max(values)))
        bits = (len(values) - 1).bit_length()
        part = self.wire(Interval(0, len(values) - 1), lambda width: index.bits(bits - 1)).term
        self.lines.append(f"{declare('wire', entry.name, entry.width, entry.signed)};")
        self.lines += self.instance(entry.name, part, values)
        return Formula(entry, self)

    def _term(self, range: Interval) -> Term:
        t = FixedType.holding(range.lo, range.hi, 0)
        self.count += 1
        return Term(f"{self.prefix}_{self.count}", t.width, t.signed, range)


class Formula:
    """A value of a meaning that is being written down: it overloads what `Op.fn` may use."""

    def __init__(self, term: Term, sheet: Sheet) -> None:
        self.term = term
        self.sheet = sheet

    def _infix(self, sign: str, other: Any, range: Interval, swap: bool = False) -> Formula:
        terms = [_term(other), self.term] if swap else [self.term, _term(other)]
        return self.sheet.wire(range, lambda width: f" {sign} ".join(operands(terms, width)))

    def __add__(self, other: Any) -> Formula:
        return self._infix("+", other, self.term.range + _range(other))

    def __sub__(self, other: Any) -> Formula:
        return self._infix("-", other, self.term.range - _range(other))

    def __rsub__(self, other: Any) -> Formula:
        return self._infix("-", other, _range(other) - self.term.range, swap=True)

    def __mul__(self, other: Any) -> Formula:
        return self._infix("*", other, self.term.range * _range(other))

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Formula:
        return 0 - self

    def __invert__(self) -> Formula:
        return -1 - self

    def __lshift__(self, n: int) -> Formula:
        return self * (1 << n)

    def __rshift__(self, n: int) -> Formula:
        return self.sheet.wire(self.term.range >> n, lambda width: self.term.bits(n + width - 1, n))

    def _bitwise(self, sign: str, other: Any) -> Formula:
        terms = [self.term, _term(other)]
        negative = [term.signed for term in terms]
        signed = all(negative) if sign == "&" else any(negative)
        unsigned = [term.width for term in terms if not term.signed]
        size = (
            min(unsigned)
            if sign == "&" and unsigned
            else max(term.width + (signed and not term.signed) for term in terms)
        )
        t = FixedType(signed, size, 0)
        return self.sheet.wire(
            Interval(t.lo, t.hi),
            lambda width: f" {sign} ".join(term.bits(width - 1) for term in terms),
        )

    def __and__(self, other: Any) -> Formula:
        return self._bitwise("&", other)

    def __or__(self, other: Any) -> Formula:
        return self._bitwise("|", other)

    def __xor__(self, other: Any) -> Formula:
        return self._bitwise("^", other)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def _compare(self, sign: str, other: Any) -> Formula:
        return self.sheet.wire(
            Interval(0, 1), lambda width: f" {sign} ".join(compared([self.term, _term(other)]))
        )

    def __lt__(self, other: Any) -> Formula:
        return self._compare("<", other)

    def __le__(self, other: Any) -> Formula:
        return self._compare("<=", other)

    def __gt__(self, other: Any) -> Formula:
        return self._compare(">", other)

    def __ge__(self, other: Any) -> Formula:
        return self._compare(">=", other)

    def __eq__(self, other: object) -> Formula:  # type: ignore[override]  # as of arrays: element by element
        return self._compare("==", other)

    __hash__ = None  # type: ignore[assignment]  # what is compared by value has none


def _term(value: Any) -> Term:
    return value.term if isinstance(value, Formula) else Term.const(int(value))


def _range(value: Any) -> Interval:
    return _term(value).range


@mux.register
def _(condition: Formula, then: Any, other: Any) -> Any:
    terms = [_term(then), _term(other)]
    range = Interval(min(term.range.lo for term in terms), max(term.range.hi for term in terms))
    test = f"(|{condition.term.bits(condition.term.width - 1)})"
    return condition.sheet.wire(
        range, lambda width: f"{test} ? " + " : ".join(operands(terms, width))
    )


@lookup.register
def _(index: Formula, values: tuple[int, ...]) -> Any:
    return index.sheet.table(index.term, values)
