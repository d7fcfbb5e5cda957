"""What a training is made of: the network, the targets, the schedule. Plain values, checked where
they are made.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from symgate.errors import InputError
from symgate.learn.symbolnet.functions import Function, deal, functions

#: The four kinds of things that a network can lose.
KINDS = ("input", "weight", "unary", "binary")
LOSSES = ("squared", "crossentropy")


@dataclass(frozen=True)
class Network:
    """Hidden layers of ``units`` unary and ``pairs`` binary operators each, dealt round-robin from
    the names. By default the unary ones are bounded: an exponential of many features is so large at
    a corner of the box, where no row lies, that no error that decides something can be certified.
    """

    unary: tuple[str, ...] = ("sin", "cos", "gauss", "tanh")
    binary: tuple[str, ...] = ("mul",)
    units: tuple[int, ...] = (20,)
    pairs: tuple[int, ...] = (5,)

    def __post_init__(self) -> None:
        _listed("unary", self.unary, str, 'of names of operators: ["sin", "exp"]')
        _listed("binary", self.binary, str, 'of names of operators: ["mul"]')
        _listed("units", self.units, int, "of whole numbers, one per layer: [20]")
        _listed("pairs", self.pairs, int, "of whole numbers, one per layer: [5]")
        if len(self.units) != len(self.pairs) or not self.units:
            raise InputError(
                f"units has {len(self.units)} layers and pairs has {len(self.pairs)}",
                expected="one number per hidden layer in both",
                remedy="write units = [20], pairs = [5] for one layer",
            )
        for u, b in zip(self.units, self.pairs, strict=True):
            if u < 0 or b < 0 or u + b == 0:
                raise InputError(
                    f"a layer of {u} units and {b} pairs",
                    expected="0 or more of each, and one in all",
                )
        self.layers()

    def layers(self) -> list[tuple[tuple[Function, ...], tuple[Function, ...]]]:
        """The unary and the binary operators of each hidden layer."""
        unary, binary = functions(self.unary, 1, "unary"), functions(self.binary, 2, "binary")
        counts = zip(self.units, self.pairs, strict=True)
        return [(deal(unary, u, "units"), deal(binary, b, "pairs")) for u, b in counts]


@dataclass(frozen=True)
class Targets:
    """The share of inputs, of weights and biases, and of operators that training removes, each in
    [0, 1).
    """

    input: float = 0.0
    weight: float = 0.9
    unary: float = 0.0
    binary: float = 0.0

    def __post_init__(self) -> None:
        for kind in KINDS:
            value = getattr(self, kind)
            if not (_is_number(value) and 0 <= value < 1):
                raise InputError(
                    f"the target of {kind} sparsity is {value}",
                    expected="a share from 0 to below 1",
                    remedy="0.95 removes 95 % of them; all cannot be removed",
                )

    def met(self, sparsity: Mapping[str, float], slack: float = 0.0) -> bool:
        """Whether ``sparsity`` reaches every target, within ``slack``."""
        return all(sparsity[kind] >= getattr(self, kind) - slack for kind in KINDS)


@dataclass(frozen=True)
class Schedule:
    """Three stages in one run: adaptive pruning at a constant rate, closing what it misses,
    annealing on kept masks.

    ``epochs`` bounds the first stage; what it leaves when the targets are met early goes to
    annealing. ``close`` epochs remove the rest by saliency. ``anneal`` epochs follow with masks
    kept and a rate that falls along half a cosine, ``restarts`` times. ``size`` replaces the target
    of weights in the closing stage: the mean number of nodes per output that may be left, as
    `size.sizes` counts them; the other targets stay. ``loss`` is "squared" or "crossentropy", by
    default the one of classes for classes and the other for values. ``batch`` is by default a
    32nd of the rows, from 8 to 256: few rows get as many steps in an epoch as some thousands.
    ``decay``: the part of each weight that a step of rate 1 takes away (decoupled, as in AdamW).
    """

    epochs: int = 40
    close: int = 10
    anneal: int = 20
    restarts: int = 1
    batch: int | None = None
    rate: float = 0.005
    anneal_rate: float = 0.005
    decay: float = 0.5
    loss: str | None = None
    size: float | None = None
    validation: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "close", "anneal"):
            _at_least(name, getattr(self, name), 0)
        if self.batch is not None:
            _at_least("batch", self.batch, 1)
        _at_least("restarts", self.restarts, 1)
        _at_least("seed", self.seed, 0)
        if self.epochs + self.close + self.anneal == 0:
            raise InputError("no epoch is asked for", expected="epochs, close or anneal above 0")
        for name in ("rate", "anneal_rate"):
            _above_zero(name, getattr(self, name), "a learning rate above 0")
        if not (_is_number(self.decay) and 0 <= self.decay < math.inf):
            raise InputError(f"decay is {self.decay!r}", expected="0 or more")
        if self.size is not None:
            _above_zero("size", self.size, "a number of nodes above 0")
        if self.loss is not None and self.loss not in LOSSES:
            raise InputError(f"unknown loss '{self.loss}'", expected=" or ".join(LOSSES))
        if not (_is_number(self.validation) and 0 <= self.validation < 1):
            raise InputError(
                f"validation is {self.validation!r}",
                expected="a share of the rows from 0 to below 1",
            )

    def of(self, classes: bool, rows: int) -> Schedule:
        """This schedule with the loss that it means for ``classes``, or for values, and with the
        batch for so many ``rows``.
        """
        if self.batch is None:
            return replace(self, batch=min(max(rows // 32, 8), 256)).of(classes, rows)
        if self.loss is None:
            return replace(self, loss="crossentropy" if classes else "squared")
        if self.loss == "crossentropy" and not classes:
            raise InputError(
                "the loss 'crossentropy' compares classes, and values are to be learned",
                expected='loss = "squared"',
                remedy="name the column of classes as label, or leave loss out",
            )
        return self


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _above_zero(name: str, value: Any, expected: str) -> None:
    if not (_is_number(value) and value > 0 and math.isfinite(value)):
        raise InputError(f"{name} is {value!r}", expected=expected)


def _listed(name: str, values: Any, kind: type, of: str) -> None:
    is_list = isinstance(values, (tuple, list))
    if not is_list or not all(type(value) is kind for value in values):
        shown = list(values) if is_list else values
        raise InputError(f"{name} is {shown!r}", expected=f"a list {of}")


def _at_least(name: str, value: Any, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise InputError(f"{name} is {value!r}", expected=f"a whole number, {least} or more")


def plain(*settings: Any) -> dict[str, dict[str, Any]]:
    """Settings as what JSON holds, by the name of their class."""
    return {type(s).__name__.lower(): asdict(s) for s in settings}


def known(kind: type, values: Mapping[str, Any]) -> Any:
    """``kind`` from a mapping, whose lists become tuples; raise `InputError` for a key that it does
    not have.
    """
    from symgate.frontend.language.source import listed, meant

    names = [f.name for f in fields(kind)]
    for key in values:
        if key not in names:
            what = f"unknown key '{key}' in [{kind.__name__.lower()}]"
            raise InputError(
                what, expected=f"one of {listed(names)}", remedy=meant(key, names) or "remove it"
            )
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})
