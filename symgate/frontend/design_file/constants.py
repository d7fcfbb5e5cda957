"""[constants]: values with a name. One that is ``runtime`` is an input port, which a register holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from symgate.errors import InputError
from symgate.frontend.language.source import Source
from symgate.frontend.language.values import exact
from symgate.frontend.options import Stated
from symgate.ir.design import Input

KEYS = ("value", "range", "runtime", "bits", "format")
_WIDEST = 32  # bits of a word on AXI4-Lite


@dataclass(frozen=True)
class Constant:
    """One entry: its value, and what is stated of its port where it may change at run time."""

    place: Source
    value: object
    port: Stated | None = None

    def at_reset(self, port: Input) -> Fraction:
        """The value of a constant of run time; raise `InputError` where its port cannot hold it."""
        value = exact(self.value, self.place)
        if not port.lo <= value <= port.hi:
            raise self.place.error(
                f"the value {float(value):g} of '{port.name}' is outside of its range",
                0,
                expected=f"a value from {float(port.lo):g} to {float(port.hi):g}",
            )
        if port.type.width > _WIDEST:
            raise self.place.error(
                f"'{port.name}' has {port.type.width} bits, a word of AXI4-Lite has {_WIDEST}",
                0,
                remedy=f"bits = {_WIDEST}",
            )
        return value


def constant(
    name: str, entry: object, place: Source, known: Callable[[Mapping[str, object]], None]
) -> Constant:
    """Return the entry ``name``; ``known`` refuses keys that have no meaning."""
    if not isinstance(entry, dict):
        return Constant(place, entry)
    known(entry)
    runtime = entry.get("runtime", False)
    if "value" not in entry or not isinstance(runtime, bool):
        raise _shape(name, place)
    if not runtime:
        _refuse_of_port(name, entry, place)
        return Constant(place, entry["value"])
    if "range" not in entry:
        raise place.error(
            f"the constant '{name}' has no range",
            0,
            expected="range = [low, high]: all values that may be written at run time",
        )
    port = Stated(place, entry.get("format"), entry.get("bits"), entry["range"])
    return Constant(place, entry["value"], port)


def _refuse_of_port(name: str, entry: Mapping[str, object], place: Source) -> None:
    """Raise `InputError` for what is stated of a port where there is none."""
    for key in ("range", "bits", "format"):
        if key in entry:
            raise place.error(
                f"the {key} of the constant '{name}' has no meaning: its value never changes",
                0,
                expected="runtime = true beside it, for a constant that is a port",
                remedy=f"add that, or remove {key}",
            )


def _shape(name: str, place: Source) -> InputError:
    return place.error(
        f"'{name}' is no constant",
        0,
        expected=f"{name} = 1.5, or {name} = {{ value = 1.5, range = [1, 2], runtime = true, bits = 10 }}",
    )
