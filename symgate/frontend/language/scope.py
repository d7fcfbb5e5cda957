"""What names mean in a text, alone and called with operands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from symgate.errors import InputError
from symgate.frontend.language.arrays import Array, Operand, lifted, matmul
from symgate.frontend.language.bittables import CALLED, table, written
from symgate.frontend.language.dialect import Language
from symgate.frontend.language.functions import Functions, lookup, where
from symgate.frontend.language.functions import names as function_names
from symgate.frontend.language.source import Source, listed, meant
from symgate.frontend.language.tokens import NAME, Token
from symgate.ir.expr import Expr, const, make, var
from symgate.ir.operators.families import MOST_ADDRESS

#: An operand: a number or a vector, the pair of a value and its condition in Piecewise, or a text in
#: quotes.
Value = Expr | Array | tuple[Expr, ...] | str
#: What makes a matrix of lists, as SymPy and NumPy write it.
LISTS = ("Matrix", "ImmutableMatrix", "Array", "array", "vector")
_SPREAD = ("sum", "max", "min", "argmax", "argmin")  # of the elements of one vector
_OF_ARRAYS = (*LISTS, "transpose", "dot", "matmul")
_NOT_NUMBERS = frozenset({"nan", "NaN", "inf", "Inf", "infinity", "oo", "zoo"})
_PIECEWISE = "Piecewise((value, condition), ..., (value, True))"


@dataclass(frozen=True)
class Scope:
    """The variables ``names``, or all names where it is ``open_names``; the ``extra`` functions; and
    what the ``language`` adds. Errors point at the word in ``source``.
    """

    source: Source
    names: Mapping[str, Operand]
    extra: Functions
    open_names: bool
    language: Language

    def elements(self, token: Token, count: int | None) -> Array | None:
        """The vector of a name that is known by its elements alone, such as x0 to x3."""
        name = token.text
        if name in self.names or (self.open_names and count is None):
            return None
        if count is None:
            count = next(k for k in range(len(self.names) + 1) if f"{name}{k}" not in self.names)
        parts = [f"{name}{k}" for k in range(count)]
        if not self.open_names and not all(part in self.names for part in parts):
            return None
        values = [self.names.get(part, var(part)) for part in parts]
        return Array.vector([e for e in values if isinstance(e, Expr)]) if values else None

    def variable(self, token: Token) -> Operand:
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
        numbers = [known for known, value in self.names.items() if isinstance(value, Expr)]
        remedy = meant(name, numbers) or self.language.undeclared.format(name)
        raise self._error(f"unknown variable '{name}'", token, expected=known, remedy=remedy)

    def call(self, token: Token, operands: Sequence[Value]) -> Operand:
        """The function that ``token`` names, of ``operands``."""
        name = token.text
        if name in _OF_ARRAYS and name not in self.extra:
            found = self.of_arrays(token, operands)
            if found is not None:
                return found
        if name == "Piecewise":
            return self.piecewise(token, operands)
        if operands and isinstance(operands[0], str):
            return self.table_of_bits(token, operands[0], operands[1:])
        args = [operand for operand in operands if isinstance(operand, Operand)]
        if name in _SPREAD and len(args) == 1 and isinstance(args[0], Array):
            args = list(args[0].items)
        macro = lookup(name, self.extra)
        if macro is None:
            raise self._unknown_function(token)
        if not macro.accepts(len(args)):
            what = f"{name} takes {macro.takes}, got {len(args)}"
            raise self._error(what, token, expected=macro.takes)
        return lifted(macro.build, name, *args)

    def of_arrays(self, token: Token, operands: Sequence[Value]) -> Operand | None:
        """What makes or joins vectors and matrices; None of other operands."""
        args = [operand for operand in operands if isinstance(operand, Operand)]
        is_array = [isinstance(arg, Array) for arg in args]
        if token.text in LISTS:
            if is_array != [True]:
                expected = f"{token.text}([[1, 2], [3, 4]])"
                raise self._error(f"{token.text} takes a list", token, expected=expected)
            return args[0]
        if token.text == "transpose" and is_array == [True]:
            return args[0].transposed() if isinstance(args[0], Array) else None
        if token.text in ("dot", "matmul") and len(args) == 2 and any(is_array):
            return matmul(args[0], args[1])
        return None

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
