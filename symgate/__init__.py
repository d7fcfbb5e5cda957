"""symgate compiles symbolic expressions to FPGA firmware with a proved error bound."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

EXPORTS = {  # public name: the module that defines it, imported at first use so that `import symgate` stays quick
    "Build": "symgate.api",
    "Design": "symgate.ir.design",
    "Options": "symgate.api",
    "compile": "symgate.api",
    "load": "symgate.api",
    "price": "symgate.api",
    "simulate": "symgate.api",
    "verify": "symgate.api",
}


def __getattr__(name: str) -> Any:
    if name not in EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(EXPORTS[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *EXPORTS})
