"""What names mean in a text, alone and called with operands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from symgate.errors import InputError
from symgate.frontend.language.bittables import CALLED, table, written
from symgate.frontend.language.dialect import Language
from symgate.frontend.language.functions import Functions, lookup, where
from symgate.frontend.language.functions import names as function_names
from symgate.frontend.language.source import Source, listed, meant
from symgate.frontend.language.tokens import NAME, Token
from symgate.ir.expr import Expr, const, make, var
from symgate.ir.operators.families import MOST_ADDRESS

#: An operand: a number, the pair of a value and its condition in Piecewise, or a text in quotes.
Value = Expr | tuple[Expr, ...] | str
_NOT_NUMBERS = frozenset({"nan", "NaN", "inf", "Inf", "infinity", "oo", "zoo"})
_PIECEWISE = "Piecewise((value, condition), ..., (value, True))"


@dataclass(frozen=True)
class Scope:
    """The variables ``names``, or all names where it is ``open_names``; the ``extra`` functions; and
    what the ``language`` adds. Errors point at the word in ``source``.
    """

    source: Source
    names: Mapping[str, Expr]
    extra: Functions
    open_names: bool
    language: Language

    def variable(self, token: Token) -> Expr:
        """The meaning of a name that is not called."""
        name = token.text
        if name in self.names:
            return self.names[name]
        if token.kind == NAME and name in self.language.constants:
            return make(self.language.constants[name])
        if token.kind == NAME and name in _NOT_NUMBERS:
            raise self._error(
                f"{name} is not a number that a circuit can hold",
                token,
                remedy="write a finite value",
            )
        if lookup(name, self.extra) and not (self.open_names and self.language.bare):
            raise self._error(
                f"'{name}' is a function", token, remedy=f"write its operand, as in {name}(x)"
            )
        if self.open_names:
            return var(name)
        known = (
            f"one of {listed(self.names)}" if self.names else "no variable: no input is declared"
        )
        remedy = meant(name, self.names) or f"declare '{name}' as an input, or define it before"
        raise self._error(f"unknown variable '{name}'", token, expected=known, remedy=remedy)

    def call(self, token: Token, operands: Sequence[Value]) -> Expr:
        """The function that ``token`` names, of ``operands``."""
        name = token.text
        if name == "Piecewise":
            return self.piecewise(token, operands)
        if operands and isinstance(operands[0], str):
            return self.table_of_bits(token, operands[0], operands[1:])
        args = [operand for operand in operands if isinstance(operand, Expr)]
        macro = lookup(name, self.extra)
        if macro is None:
            raise self._unknown_function(token)
        if not macro.accepts(len(args)):
            what = f"{name} takes {macro.takes}, got {len(args)}"
            raise self._error(what, token, expected=macro.takes)
        return macro.build(*args)

    def table_of_bits(self, token: Token, contents: str, operands: Sequence[Value]) -> Expr:
        """``lut6("8000000000000000", b0, ..., b5)``."""
        match = CALLED.fullmatch(token.text)
        count = int(match[1]) if match else 0
        if not 1 <= count <= MOST_ADDRESS:
            what = f"{token.text} takes no text"
            raise self._error(what, token, expected='lut6("8000000000000000", b0, b1, ...)')
        bits = tuple(bit for bit in operands if isinstance(bit, Expr))
        if len(bits) != count or len(bits) != len(operands):
            what = f"{token.text} takes its contents and {count} bits, got {len(operands)}"
            raise self._error(what, token, expected=f"{count} operands after the contents")
        return table(count, written(contents, count, self.source, token.at)).build(*bits)

    def _unknown_function(self, token: Token) -> InputError:
        """The error for a name that is called and is no function."""
        name = token.text
        if name in self.language.constants or name in self.names:
            return self._error(
                f"'{name}' is not a function", token, remedy=f"write {name}*(...) to multiply"
            )
        if CALLED.fullmatch(name):
            return self._error(
                f"the contents of {name} are not a text",
                token,
                expected=f'{name}("8000...", b0, b1, ...), or the name of a table in [tables]',
                remedy="write its digits between quotes, as the first operand",
            )
        close = meant(name, function_names(self.extra)) or "see the functions in `symgate ops`;"
        remedy = f"{close} or define a function of your own: {name}(x) = ..."
        return self._error(f"unknown function '{name}'", token, remedy=remedy)

    def piecewise(self, token: Token, operands: Sequence[Value]) -> Expr:
        """``Piecewise((value, condition), ..., (value, True))``."""
        pairs = [pair for pair in operands if isinstance(pair, tuple) and len(pair) == 2]
        if not pairs or len(pairs) != len(operands):
            what = "Piecewise takes pairs of a value and a condition"
            raise self._error(what, token, expected=_PIECEWISE)
        result, last = pairs[-1]
        if last is not const(1):
            what = "Piecewise has no value where none of its conditions holds"
            remedy = "close it with (value, True)"
            raise self._error(what, token, expected=_PIECEWISE, remedy=remedy)
        for value, condition in reversed(pairs[:-1]):
            result = where(condition, value, result)
        return result

    def _error(
        self, what: str, token: Token, *, expected: str | None = None, remedy: str | None = None
    ) -> InputError:
        return self.source.error(what, token.at, expected=expected, remedy=remedy)
