"""A library of terms: expressions of the inputs with their values on some rows.

Terms are kept as operations on earlier terms, their values as one matrix. No two terms are equal up
to a scale and an offset, since searches give every term its own coefficient.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from symgate.ir.expr import Expr, const, make, var

Reals = NDArray[np.float64]
Indices = NDArray[np.intp]

#: Values beyond these are no terms: float64 cannot tell them from a constant, or from infinity.
_LEAST, _MOST = 1e-9, 1e9
#: Projections that tell terms apart, and the digits of each that count.
_PROJECTIONS, _DIGITS = 3, 7
#: Rows of a block of pairs: a matrix of some megabytes.
_BLOCK = 4000


@dataclass(frozen=True)
class Operation:
    """How a term is made of earlier ones, and how many nodes it adds."""

    name: str
    numpy: np.ufunc | object
    nodes: int = 1

    def values(self, *operands: Reals) -> Reals:
        """The values of the term."""
        with np.errstate(all="ignore"):
            found: Reals = self.numpy(*operands)  # type: ignore[operator]
        return found


def _inverse(x: Reals) -> Reals:
    return 1 / x


def _inverse_square(x: Reals) -> Reals:
    return 1 / (x * x)


def _decay(x: Reals) -> Reals:
    return np.exp(-x)


def _bell(x: Reals) -> Reals:
    return np.exp(-x * x)


def _circle(x: Reals) -> Reals:
    return np.sqrt(1 - x)


#: What a library is built of; the keys are its own words, `_EXPRESSIONS` says what they mean.
OPERATIONS = {
    operation.name: operation
    for operation in (
        Operation("add", np.add),
        Operation("sub", np.subtract),
        Operation("mul", np.multiply),
        Operation("div", np.divide),
        Operation("square", np.square),
        Operation("inverse", _inverse),
        Operation("inverse square", _inverse_square, 2),
        Operation("exp", np.exp),
        Operation("decay", _decay, 2),
        Operation("bell", _bell, 3),
        Operation("log", np.log),
        Operation("sqrt", np.sqrt),
        Operation("sin", np.sin),
        Operation("cos", np.cos),
        Operation("tanh", np.tanh),
        Operation("circle", _circle, 3),
    )
}


def expression(name: str, args: Sequence[Expr]) -> Expr:
    """The expression of an operation on expressions."""
    x = args[0]
    match name:
        case "add":
            return x + args[1]
        case "sub":
            return x - args[1]
        case "mul":
            return x * args[1]
        case "div":
            return x / args[1]
        case "square":
            return x ** const(2)
        case "inverse":
            return const(1) / x
        case "inverse square":
            return const(1) / x ** const(2)
        case "decay":
            return make("exp", -x)
        case "bell":
            return make("exp", -(x ** const(2)))
        case "circle":
            return make("sqrt", 1 - x)
        case _:
            return make(name, x)


@dataclass
class Library:
    """Terms of the inputs ``names`` on the rows ``x`` (rows, inputs), at most ``most`` of them."""

    x: Reals
    names: tuple[str, ...]
    most: int = 140_000
    seed: int = 0
    sizes: list[int] = field(default_factory=list)
    _made: list[tuple[str, int, int]] = field(default_factory=list)
    _blocks: list[Reals] = field(default_factory=list)
    _seen: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        self._directions = rng.normal(size=(len(self.x), _PROJECTIONS))
        columns = np.ascontiguousarray(self.x.T)
        self._keep(columns, [("input", k, -1) for k in range(len(columns))], [1] * len(columns))

    def __len__(self) -> int:
        return len(self._made)

    @property
    def values(self) -> Reals:
        """The values (terms, rows)."""
        if len(self._blocks) > 1:
            self._blocks = [np.concatenate(self._blocks)]
        return self._blocks[0] if self._blocks else np.empty((0, len(self.x)))

    def expr(self, k: int) -> Expr:
        """Term ``k`` as an expression."""
        name, left, right = self._made[k]
        if name == "input":
            return var(self.names[left])
        operands = [left] if right < 0 else [left, right]
        return expression(name, [self.expr(operand) for operand in operands])

    def apply(self, name: str, terms: Iterable[int]) -> None:
        """Add the function ``name`` of each of ``terms``."""
        operation, where = OPERATIONS[name], np.fromiter(terms, np.intp)
        values = operation.values(self.values[where])
        sizes = [operation.nodes + self.sizes[k] for k in where]
        self._keep(values, [(name, int(k), -1) for k in where], sizes)

    def combine(self, name: str, left: Indices, right: Indices) -> None:
        """Add ``name`` of each pair of terms, a block at a time, until the library is full."""
        operation, values = OPERATIONS[name], self.values
        sizes = np.array(self.sizes)
        for start in range(0, len(left), _BLOCK):
            if len(self) >= self.most:
                return
            a, b = left[start : start + _BLOCK], right[start : start + _BLOCK]
            found = operation.values(values[a], values[b])
            made = [(name, int(i), int(j)) for i, j in zip(a, b, strict=True)]
            self._keep(found, made, (operation.nodes + sizes[a] + sizes[b]).tolist())

    def _keep(
        self, values: Reals, made: Sequence[tuple[str, int, int]], sizes: Sequence[int]
    ) -> None:
        """Add those of some terms that are numbers, vary, and are new."""
        usable, keys = self._keys(values)
        kept = list[int]()
        for k in np.flatnonzero(usable).tolist():
            key = keys[k].tobytes()
            if key in self._seen:
                continue
            self._seen.add(key)
            kept.append(k)
            self._made.append(made[k])
            self.sizes.append(int(sizes[k]))
        if kept:
            self._blocks.append(values[kept])

    def _keys(self, values: Reals) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Which terms vary, and what is the same for terms that are equal up to scale and offset."""
        with np.errstate(all="ignore"):
            largest = np.abs(values).max(axis=1)
            centred = values - values.mean(axis=1, keepdims=True)
            length = np.sqrt(np.einsum("ij,ij->i", centred, centred))
            usable = np.isfinite(largest) & (largest > _LEAST) & (largest < _MOST)
            usable &= length > _LEAST * largest * np.sqrt(values.shape[1])
            cosines = (centred @ self._directions) / np.where(usable, length, 1)[:, None]
            cosines = np.nan_to_num(cosines * np.sign(cosines[:, :1]), posinf=0, neginf=0)
            cosines[~usable] = 0
        return usable, np.round(cosines * 10**_DIGITS).astype(np.int64)


#: Functions of one input, and of what two inputs make.
_OF_ONE = "square", "inverse", "exp", "log", "sqrt", "sin", "cos", "decay", "inverse square"
_OF_TWO = (*_OF_ONE, "bell")
#: Terms of up to so many nodes are multiplied by a third one.
_SMALL = 8


def library(x: Reals, names: tuple[str, ...], most: int = 140_000, seed: int = 0) -> Library:
    """Everything small of the inputs, by size: functions of one and of two inputs, products and
    quotients of these, and of three.
    """
    found = Library(x, names, most, seed)
    inputs = range(len(found))
    for name in _OF_ONE:
        found.apply(name, inputs)
    ones = len(found)
    found.apply("decay", [k for k in range(ones) if found._made[k][0] == "square"])
    found.apply("circle", [k for k in range(ones) if found._made[k][0] == "square"])
    start = len(found)
    pairs = np.triu_indices(len(inputs), 1)
    for name in ("mul", "div", "sub", "add"):
        found.combine(name, *pairs)
    found.combine("div", pairs[1], pairs[0])
    twos = range(start, len(found))
    for name in _OF_TWO:
        found.apply(name, twos)
    _products(found, len(inputs), ones)
    return found


def _products(found: Library, inputs: int, ones: int) -> None:
    """Products and quotients of all pairs of terms so far, and of small ones with a third."""
    sizes = np.array(found.sizes)
    left, right = np.triu_indices(len(found))
    other = ~((left < inputs) & (right < inputs))
    left, right = left[other], right[other]
    order = np.argsort(sizes[left] + sizes[right], kind="stable")
    first = len(found)
    for start in range(0, len(order), _BLOCK):
        part = order[start : start + _BLOCK]
        found.combine("mul", left[part], right[part])
        found.combine("div", left[part], right[part])
    sizes = np.array(found.sizes)
    small = np.flatnonzero((sizes <= _SMALL) & (np.arange(len(sizes)) >= first))
    small = small[np.argsort(sizes[small], kind="stable")]
    found.combine("mul", np.repeat(small, ones), np.tile(np.arange(ones), len(small)))
