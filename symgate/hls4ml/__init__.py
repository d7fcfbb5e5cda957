"""hls4ml, both ways: its converter of symbolic expressions with our compiler behind it, and our
blocks as layers of its networks.

hls4ml itself is imported where a network is converted, and nowhere else: the converter needs it
only for the vendor's headers. Nothing of hls4ml is copied or changed here.
"""

from __future__ import annotations

from symgate.lazy import exporting

_EXPORTS = {
    "convert_from_symbolic_expression": "symgate.hls4ml.converter",
    "SymbolicModel": "symgate.hls4ml.model",
    "Block": "symgate.hls4ml.block",
    "SymgateLayer": "symgate.hls4ml.keras_layer",
    "register": "symgate.hls4ml.extension",
}

__getattr__, __dir__ = exporting(__name__, _EXPORTS)
