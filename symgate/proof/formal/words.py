"""A value domain of SMT-LIB bit vectors: operators run on it as they do on integers.

Each word has as many bits as its range needs, so that no step of a meaning ever overflows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from symgate.ir.domains import Interval, lookup, mux
from symgate.ir.types import FixedType

_DIGIT = 3  # bits of a factor whose multiples are written out


@dataclass
class Script:
    """The definitions of one query, in order."""

    lines: list[str] = field(default_factory=list)
    count: int = 0

    def word(self, range: Interval, text: str) -> Word:
        """A named word for ``text``, which must have the bits of ``range``."""
        self.count += 1
        word = Word(f"m{self.count}", range, self)
        self.lines.append(f"(define-fun {word.text} () (_ BitVec {word.width}) {text})")
        return word

    def free(self, name: str, range: Interval) -> Word:
        """A word that may take each value of ``range``."""
        word = Word(name, range, self)
        self.lines.append(f"(declare-const {name} (_ BitVec {word.width}))")
        self.lines += [f"(assert {bound})" for bound in word.bounds(range)]
        return word

    def const(self, value: int) -> Word:
        """A constant."""
        t = FixedType.holding(value, value, 0)
        return Word(literal(value, t.width), Interval(value, value), self)


def literal(value: int, width: int) -> str:
    """``value`` modulo 2^width as an SMT-LIB constant."""
    return f"#b{value & ((1 << width) - 1):0{width}b}"


def _multiple(x: str, times: int, width: int) -> str:
    """``times`` times the vector ``x``."""
    text = literal(0, width)
    for bit in range(abs(times).bit_length()):
        if abs(times) >> bit & 1:
            shifted = f"(bvshl {x} {literal(bit, width)})" if bit else x
            text = shifted if text == literal(0, width) else f"(bvadd {text} {shifted})"
    return f"(bvneg {text})" if times < 0 else text


@dataclass(eq=False)
class Word:
    """A value of a meaning: it overloads what `Op.fn` may use."""

    text: str
    range: Interval
    script: Script

    @property
    def type(self) -> FixedType:
        """The narrowest integer format of the range."""
        return FixedType.holding(self.range.lo, self.range.hi, 0)

    @property
    def width(self) -> int:
        """The bits of the text."""
        return self.type.width

    def bits(self, width: int) -> str:
        """The low ``width`` bits; above the top one they repeat the sign, or are 0."""
        if width == self.width:
            return self.text
        if width < self.width:
            return f"((_ extract {width - 1} 0) {self.text})"
        extend = "sign_extend" if self.type.signed else "zero_extend"
        return f"((_ {extend} {width - self.width}) {self.text})"

    def narrowed(self, range: Interval) -> Word:
        """The same value, of which it is known that it lies in ``range``."""
        t = FixedType.holding(range.lo, range.hi, 0)
        if (t.width, t.signed) == (self.width, self.type.signed):
            return Word(self.text, range, self.script)
        return self.script.word(range, self.bits(t.width))

    def bounds(self, range: Interval) -> list[str]:
        """Conditions that keep the word in ``range``, but for those that its format implies."""
        t, found = self.type, []
        less = "bvsle" if t.signed else "bvule"
        if range.lo > t.lo:
            found.append(f"({less} {literal(range.lo, t.width)} {self.text})")
        if range.hi < t.hi:
            found.append(f"({less} {self.text} {literal(range.hi, t.width)})")
        return found

    def _word(self, other: Any) -> Word:
        return other if isinstance(other, Word) else self.script.const(int(other))

    def _arithmetic(self, name: str, x: Word, y: Word, range: Interval) -> Word:
        width = FixedType.holding(range.lo, range.hi, 0).width
        return self.script.word(range, f"({name} {x.bits(width)} {y.bits(width)})")

    def __add__(self, other: Any) -> Word:
        y = self._word(other)
        return self._arithmetic("bvadd", self, y, self.range + y.range)

    def __sub__(self, other: Any) -> Word:
        y = self._word(other)
        return self._arithmetic("bvsub", self, y, self.range - y.range)

    def __rsub__(self, other: Any) -> Word:
        return self._word(other) - self

    def __mul__(self, other: Any) -> Word:
        y = self._word(other)
        span = self.range * y.range
        wide, digit = (self, y) if y.width <= self.width else (y, self)
        if wide.width <= _DIGIT or digit.width > _DIGIT or digit.text.startswith("#b"):
            return self._arithmetic("bvmul", self, y, span)
        return wide._times_digit(digit, span)

    def _times_digit(self, digit: Word, span: Interval) -> Word:
        """A product as a choice among multiples: a solver needs long to find these in ``bvmul``."""
        width = FixedType.holding(span.lo, span.hi, 0).width
        x = self.script.word(span, self.bits(width)).text
        last, *others = range(digit.range.hi, digit.range.lo - 1, -1)
        text = _multiple(x, last, width)
        for value in others:
            test = f"(= {digit.text} {literal(value, digit.width)})"
            text = f"(ite {test} {_multiple(x, value, width)} {text})"
        return self.script.word(span, text)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Word:
        return 0 - self

    def __invert__(self) -> Word:
        return -1 - self

    def __lshift__(self, n: int) -> Word:
        range = self.range << n
        width = FixedType.holding(range.lo, range.hi, 0).width
        if n == 0 or width <= n:  # zero alone is so narrow
            return Word(self.text, range, self.script) if n == 0 else self.script.const(0)
        return self.script.word(range, f"(concat {self.bits(width - n)} {literal(0, n)})")

    def __rshift__(self, n: int) -> Word:
        range = self.range >> n
        width = FixedType.holding(range.lo, range.hi, 0).width
        return self.script.word(range, f"((_ extract {n + width - 1} {n}) {self.bits(n + width)})")

    def _bitwise(self, name: str, other: Any) -> Word:
        y = self._word(other)
        types = (self.type, y.type)
        width = max(t.width + (not t.signed) for t in types)
        positive = [t.width for t in types if not t.signed]
        if name == "bvand" and positive:
            t = FixedType(False, min(positive), 0)
        else:
            signed = len(positive) < 2
            t = FixedType(signed, width - (not signed), 0)
        text = f"({name} {self.bits(width)} {y.bits(width)})"
        return self.script.word(Interval(t.lo, t.hi), f"((_ extract {t.width - 1} 0) {text})")

    def __and__(self, other: Any) -> Word:
        return self._bitwise("bvand", other)

    def __or__(self, other: Any) -> Word:
        return self._bitwise("bvor", other)

    def __xor__(self, other: Any) -> Word:
        return self._bitwise("bvxor", other)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def _compared(self, name: str, other: Any) -> Word:
        y = self._word(other)
        width = max(t.width + (not t.signed) for t in (self.type, y.type))
        test = f"({name} {self.bits(width)} {y.bits(width)})"
        return self.script.word(Interval(0, 1), f"(ite {test} #b1 #b0)")

    def __lt__(self, other: Any) -> Word:
        return self._compared("bvslt", other)

    def __le__(self, other: Any) -> Word:
        return self._compared("bvsle", other)

    def __gt__(self, other: Any) -> Word:
        return self._compared("bvsgt", other)

    def __ge__(self, other: Any) -> Word:
        return self._compared("bvsge", other)

    def __eq__(self, other: object) -> Word:  # type: ignore[override]  # element by element
        return self._compared("=", other)

    __hash__ = None  # type: ignore[assignment]  # what is compared by value has none


@mux.register
def _(condition: Word, then: Any, other: Any) -> Any:
    x, y = condition._word(then), condition._word(other)
    span = Interval(min(x.range.lo, y.range.lo), max(x.range.hi, y.range.hi))
    width = FixedType.holding(span.lo, span.hi, 0).width
    test = f"(= {condition.text} {literal(0, condition.width)})"
    return condition.script.word(span, f"(ite {test} {y.bits(width)} {x.bits(width)})")


@lookup.register
def _(index: Word, values: tuple[int, ...]) -> Any:
    """A chain of comparisons, the last entry outermost: Yosys writes a ``case`` in that order, and
    equal texts are proved equal at once.
    """
    span = Interval(min(values), max(values))
    width = FixedType.holding(span.lo, span.hi, 0).width
    bits = (len(values) - 1).bit_length()
    address = index.bits(max(bits, 1))
    opened = "".join(
        f"(ite (= {address} {literal(k, max(bits, 1))}) {literal(values[k], width)} "
        for k in reversed(range(len(values)))
    )
    return index.script.word(span, f"{opened}{literal(0, width)}{')' * len(values)}")
