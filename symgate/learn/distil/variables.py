"""What formulas are written in: the block's inputs, or functions of them that the user states."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgate.errors import InputError
from symgate.frontend.language.infix import parse
from symgate.frontend.readers.tracing import trace
from symgate.ir.expr import Expr, substitute, var, variables
from symgate.ir.exprtext import show
from symgate.learn.fit.task import Reals, values_of

#: An expression as text, or a function whose arguments are names of inputs.
Stated = str | Callable[..., Any]


@dataclass(frozen=True)
class Variables:
    """Named expressions in the block's inputs ``inputs``."""

    inputs: tuple[str, ...]
    exprs: Mapping[str, Expr]

    @staticmethod
    def of(stated: Mapping[str, Stated] | None, inputs: Sequence[str]) -> Variables:
        """The inputs themselves, or what is stated: text such as ``"sqrt(dx**2 + dy**2)"``, or a
        function, which is traced once. A later variable may use earlier ones. Raise `InputError`
        where one uses anything else.
        """
        if stated is None:
            return Variables(tuple(inputs), {name: var(name) for name in inputs})
        known: dict[Expr, Expr] = {var(name): var(name) for name in inputs}
        exprs = {}
        for name, meaning in stated.items():
            found = _read(name, meaning)
            strange = [v for v in variables([found]) if var(v) not in known]
            if strange:
                raise InputError(
                    f"the variable {name} uses '{strange[0]}'",
                    expected=f"inputs of the block: {', '.join(inputs)}, or variables before it",
                )
            exprs[name] = substitute([found], known)[0]
            known[var(name)] = exprs[name]
        return Variables(tuple(inputs), exprs)

    @property
    def texts(self) -> dict[str, str]:
        """Each expression as text, as `of` reads it."""
        return {name: show(e) for name, e in self.exprs.items()}

    def values(self, x: Reals) -> Reals:
        """The variables for rows of inputs: (rows, variables). Raise `InputError` where one is
        undefined.
        """
        found = values_of(self.exprs.values(), self.inputs, x)
        for k, name in enumerate(self.exprs):
            if not np.isfinite(found[:, k]).all():
                raise InputError(f"the variable {name} is undefined on the recorded inputs")
        return found

    def in_inputs(self, formulas: Sequence[Expr]) -> tuple[Expr, ...]:
        """Formulas in variables, written in the block's inputs."""
        return tuple(substitute(formulas, {var(n): e for n, e in self.exprs.items()}))


def _read(name: str, meaning: Stated) -> Expr:
    if isinstance(meaning, str):
        return parse(meaning, None)
    _, found = trace(meaning)
    if isinstance(found, Mapping) or len(found) != 1:
        raise InputError(f"the variable {name} is several values", expected="one for each row")
    return found[0]
