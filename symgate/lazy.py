"""Public names of a package that are imported at their first use, so that it stays quick to import.

`symgate` itself does the same in its own lines: importing it imports nothing else.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def exporting(
    package: str, places: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The ``__getattr__`` and ``__dir__`` of ``package``; ``places`` has the module of each name."""

    def get(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(places[name]), name)

    def listed() -> list[str]:
        return sorted({*vars(sys.modules[package]), *places})

    return get, listed
