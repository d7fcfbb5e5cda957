"""Truth tables as integers: bit ``k`` is the result where variable ``i`` has the value of bit ``i``
of ``k``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from symgate.caches import remembered

#: Tables over the variables in order: of ``x`` or of ``x`` and ``y`` and ``z``.
AND, OR, XOR = 0b1000, 0b1110, 0b0110
XOR3, MAJORITY = 0b10010110, 0b11101000
MUX = 0b11001010  # z ? y : x


def ones(n: int) -> int:
    """The table over ``n`` variables that is always true."""
    return (1 << (1 << n)) - 1


def variable(n: int, i: int) -> int:
    """Variable ``i`` as a table over ``n`` variables."""
    return (_FEW[n] if n < len(_FEW) else _variables(n))[i]


@remembered
def _variables(n: int) -> tuple[int, ...]:
    """Each variable as a table over ``n`` variables."""
    tables = []
    for i in range(n):
        table = ((1 << (1 << i)) - 1) << (1 << i)
        for k in range(i + 1, n):
            table |= table << (1 << k)
        tables.append(table)
    return tuple(tables)


#: The variables of the tables of one LUT, which are asked for all the time.
_FEW = tuple(map(_variables, range(7)))


@remembered
def _moved(n: int) -> tuple[int, ...]:
    """By variable: where it is set and the next is not, which swapping the two moves up."""
    tables = _variables(n)
    return tuple(x & ~following for x, following in pairwise(tables))


def cofactors(table: int, n: int, i: int) -> tuple[int, int]:
    """The two tables over the other variables, where variable ``i`` is 0 and where it is 1."""
    moved = _moved(n) if i < n - 1 else ()
    for k in range(i, n - 1):
        up, shift = moved[k], 1 << k
        table = (table & ~(up | up << shift)) | (table & up) << shift | (table >> shift & up)
    half = 1 << (n - 1)
    return table & ((1 << half) - 1), table >> half


def matters(table: int, n: int, i: int) -> bool:
    """Whether a table over ``n`` variables depends on variable ``i``."""
    return bool((table ^ table >> (1 << i)) & ~variable(n, i))


def flip(table: int, n: int, i: int) -> int:
    """The same function of the inverted variable ``i``."""
    set_, shift = variable(n, i), 1 << i
    return (table & set_) >> shift | (table << shift) & set_


def merge(table: int, n: int, i: int, j: int) -> int:
    """The table without variable ``j``, which equals variable ``i < j``."""
    low, high = cofactors(table, n, j)
    set_ = variable(n - 1, i)
    return (low & ~set_) | (high & set_)


def substitute(table: int, arguments: Sequence[int], full: int) -> int:
    """The function of tables ``arguments``, which are all as wide as ``full``, the table that is
    always true.
    """
    if not arguments:
        return full if table & 1 else 0
    first, *others = arguments
    of_first = 0, full & ~first, first, full  # by two bits of the table
    found = [of_first[table >> place & 3] for place in range(0, 1 << len(arguments), 2)]
    for x in others:
        halves = zip(found[::2], found[1::2], strict=True)
        found = [(low & ~x) | (high & x) for low, high in halves]
    return found[0]


def of(function: Callable[[int], int], n: int) -> int:
    """The table of a Python function of the index."""
    return of_bits([function(k) & 1 for k in range(1 << n)])


def of_bits(values: Sequence[int]) -> int:
    """The table whose bits, from the lowest, are ``values``."""
    return int("".join(map(str, reversed(values))), 2)


def as_mux(table: int) -> tuple[int, tuple[int, bool], tuple[int, bool]] | None:
    """A table over three variables as a multiplexer: select, what it gives at 0 and at 1 (a
    variable, inverted?).
    """
    for s in range(3):
        others = [i for i in range(3) if i != s]
        picks = [_as_variable(half) for half in cofactors(table, 3, s)]
        if picks[0] and picks[1] and picks[0][0] != picks[1][0]:
            (i, a), (j, b) = picks[0], picks[1]
            return s, (others[i], a), (others[j], b)
    return None


def _as_variable(table: int) -> tuple[int, bool] | None:
    """A table over two variables that is one of them, perhaps inverted."""
    return {0b1010: (0, False), 0b0101: (0, True), 0b1100: (1, False), 0b0011: (1, True)}.get(table)
