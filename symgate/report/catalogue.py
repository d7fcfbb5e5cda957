"""What symgate is made of, for `symgate ops` and `symgate passes`."""

from __future__ import annotations

from symgate.ir.operators import OPERATORS, Operator


def operators() -> list[Operator]:
    """Return every operator that expressions may use, by name."""
    return sorted(OPERATORS.values(), key=lambda op: op.name)


def passes() -> list[tuple[str, str]]:
    """Return the name and the purpose of every pass, in the order in which they run."""
    from symgate.passes.forms.search import SearchForms
    from symgate.passes.hardware.schedule import Schedule
    from symgate.passes.pipeline import datapath_passes, normal_passes
    from symgate.passes.widths.quantize import Quantize

    kinds = [
        *map(type, normal_passes({})),
        SearchForms,
        *map(type, datapath_passes({})),
        Quantize,
        Schedule,
    ]
    return [(kind.__name__, summary(kind)) for kind in kinds]


def summary(kind: type) -> str:
    """Return the first paragraph of a docstring as one line."""
    paragraph = (kind.__doc__ or "").strip().split("\n\n")[0]
    return " ".join(paragraph.split())
