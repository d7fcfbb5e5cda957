"""Networks of table units: each unit is any function of six bits, and votes for one class.

`encoding` makes bits of features, `network` is the trained network and what it means on bits,
`export` its design, `training` learns contents and the choice of pins by the kernel in `kernel.c`,
`estimator` is all of it for scikit-learn. Source of the units: Bacellar et al., "Differentiable
weightless neural networks", arXiv 2410.11112.

Nothing here decides how tables and counters become hardware: that is `lower-networks` of the
compiler.
"""

from __future__ import annotations

from symgate.lazy import exporting

_EXPORTS = {
    "TableClassifier": "symgate.learn.tables.estimator",
    "TableNetwork": "symgate.learn.tables.network",
    "TableSettings": "symgate.learn.tables.settings",
    "Encoding": "symgate.learn.tables.encoding",
    "design": "symgate.learn.tables.export",
    "fit": "symgate.learn.tables.training",
    "load": "symgate.learn.tables.network",
}

__getattr__, __dir__ = exporting(__name__, _EXPORTS)
