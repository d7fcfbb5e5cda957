"""SymbolNet: networks whose units are operators, pruned while they train until they are
expressions.

Source: Tsoi, Loncar, Dasu, Harris, "SymbolNet: neural symbolic regression with adaptive dynamic
pruning for compression", arXiv 2401.09949. Training needs the extra ``train``; nothing here imports
TensorFlow before it is used.

What other ways of training could share does not belong here, but beside this folder.
"""

from __future__ import annotations

from symgate.lazy import exporting

_EXPORTS = {
    "SymbolNetClassifier": "symgate.learn.symbolnet.estimator",
    "SymbolNetRegressor": "symgate.learn.symbolnet.estimator",
    "SymbolNet": "symgate.learn.symbolnet.keras_model",
    "Pruning": "symgate.learn.symbolnet.keras_model",
    "Decisions": "symgate.learn.symbolnet.decisions",
    "Network": "symgate.learn.symbolnet.settings",
    "Schedule": "symgate.learn.symbolnet.settings",
    "Targets": "symgate.learn.symbolnet.settings",
    "Fitted": "symgate.learn.symbolnet.fitted",
    "Samples": "symgate.learn.data",
    "fit": "symgate.learn.symbolnet.fitting",
}

__getattr__, __dir__ = exporting(__name__, _EXPORTS)
