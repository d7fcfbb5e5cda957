"""Blocks of networks as formulas: record what a block does, fit it, put the formulas in its place.

`distil` is the way in. Hosts say how a model of a framework is listened to and grafted: a file each
(`torch_host`, `keras_host`, `plain_host`), and an entry in `hosts`. Searching formulas is
`symgate.learn.fit`, and nothing here compiles: what is found ends in a design.
"""

from __future__ import annotations

from symgate.lazy import exporting

_EXPORTS = {
    "distil": "symgate.learn.distil.distilling",
    "Distilled": "symgate.learn.distil.distilled",
    "load": "symgate.learn.distil.storing",
    "save": "symgate.learn.distil.storing",
    "explain": "symgate.learn.distil.slime",
    "Schedule": "symgate.learn.distil.pruning",
}

__getattr__, __dir__ = exporting(__name__, _EXPORTS)
