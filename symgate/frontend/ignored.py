"""Options that have no effect on a source, said instead of passed over in silence."""

from __future__ import annotations

import warnings
from collections.abc import Collection

from symgate.frontend.check import DesignWarning
from symgate.frontend.language.source import listed


def tell_of_inputs(
    inputs: Collection[str],
    *,
    bits: int | None,
    sized: Collection[str],
    data: object,
    ranged: Collection[str],
) -> None:
    """Warn of ``bits`` and ``data`` where the inputs that are ``sized`` or ``ranged`` by the source
    or by other options leave them nothing to do.
    """
    if not inputs:
        return
    if bits is not None and all(name in sized for name in inputs):
        _warn(f"bits = {bits} changes nothing: the bits or the format of every input are stated")
    if data is not None and len(ranged) == len(inputs):
        _warn(
            "the data changes no range: the source or other options state the range of every input"
        )


def tell_of_design_file(changed: Collection[str]) -> None:
    """Warn of options that say how to read formulas, beside a design file, which holds them."""
    if names := [name for name in ("pick", "combine", "outputs") if name in changed]:
        _warn(f"a design file states its formulas: {listed(names)} changes nothing")


def tell_of_design(changed: Collection[str]) -> None:
    """Warn of options beside a `Design`, which is complete."""
    if changed:
        _warn(
            f"a Design is complete: {listed(list(changed))} changes nothing; dataclasses.replace() does"
        )


def tell_of_constant(name: str, meant: str, place: str) -> None:
    """Warn of a constant that takes the name of a number which formulas know."""
    number = {"pi": "3.14159...", "e": "2.71828..."}[meant]
    _warn(f"{place}: '{name}' is what you state, not {number}; rename it if that is not meant")


def _warn(text: str) -> None:
    warnings.warn(text, DesignWarning, stacklevel=4)
