"""SymbolNet: networks whose units are operators, pruned while they train until they are
expressions.

Source: Tsoi, Loncar, Dasu, Harris, "SymbolNet: neural symbolic regression with adaptive dynamic
pruning for compression", arXiv 2401.09949. Training needs the extra ``train``; nothing here imports
TensorFlow before it is used.

What other ways of training could share does not belong here, but beside this folder.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_EXPORTS = {
    "SymbolNetClassifier": "estimator",
    "SymbolNetRegressor": "estimator",
    "Network": "settings",
    "Schedule": "settings",
    "Targets": "settings",
    "Fitted": "fitted",
    "Samples": "data",
    "fit": "fit",
}


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_EXPORTS[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_EXPORTS})
