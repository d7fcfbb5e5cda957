"""Passes: graph to graph, frozen dataclasses whose fields are their options.

The expression pipeline is `expression_passes`, with the reason beside each entry;
`symgate.passes.compiler` runs it, then chooses word lengths and lowers (`quantize`), then pipelines
(`schedule`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from symgate.ir.expr import Program

if TYPE_CHECKING:
    from symgate.ir.boxes import Box

ExpressionPass = Callable[[Program], Program]


def expression_passes(
    ranges: Mapping[str, Box], source: str | None = None, clamp: bool = False
) -> tuple[ExpressionPass, ...]:
    """The passes over expressions, in order, for inputs in ``ranges``."""
    return (*normal_passes(ranges, source, clamp), *datapath_passes(ranges))


def normal_passes(
    ranges: Mapping[str, Box], source: str | None = None, clamp: bool = False
) -> tuple[ExpressionPass, ...]:
    """From what the user wrote to normal form, on which `forms.SearchForms` works."""
    from symgate.passes.domains.check import CheckDomains
    from symgate.passes.domains.clamp import Clamp
    from symgate.passes.rewrite.cancel import Cancel
    from symgate.passes.rewrite.double_angle import DoubleAngle
    from symgate.passes.rewrite.reduce import ReduceOperators
    from symgate.passes.rewrite.simplify import Simplify

    spans = {n: b.span for n, b in ranges.items()}
    return (
        *(
            (Clamp(spans),) if clamp else ()
        ),  # first, so that the check after it sees what will be computed
        CheckDomains(spans, source),  # on what the user wrote, before x/x or 0*log(x) can vanish
        ReduceOperators(ranges),  # before algebra, which knows powers with constant exponents only
        Simplify(),  # one form for equal things: shared subexpressions are one node from here on
        Cancel(),  # needs sums in normal form; before any pass that takes them apart
        DoubleAngle(),  # needs products in normal form; makes more functions of one value for Fuse
    )


#: Other ways to fuse, which `forms.SearchForms` compares with the usual one.
VARIANTS = (
    "linear forms fused",
    "sums apart",
    "horner",
    "shared functions",
    "products as they are",
)


def datapath_passes(
    ranges: Mapping[str, Box], variant: str | None = None
) -> tuple[ExpressionPass, ...]:
    """From normal form to what is lowered; ``variant`` is one of `VARIANTS`."""
    from symgate.passes.domains.hold import Hold
    from symgate.passes.rewrite.complete_products import CompleteProducts
    from symgate.passes.rewrite.decide import Decide
    from symgate.passes.rewrite.functions import Horner, ShareFunctions
    from symgate.passes.rewrite.fuse import Fuse
    from symgate.passes.rewrite.share import ShareMultiples
    from symgate.passes.rewrite.turns import Turns

    linear = {"linear forms fused": 2, "sums apart": 0}.get(variant or "", 1)
    return (
        Hold(
            {n: b.span for n, b in ranges.items()}
        ),  # before Fuse, which makes what it adds a part of functions
        Fuse(linear),  # after all algebra: what depends on one value becomes one generator
        # takes conditions that Fuse made functions of computed values, and leaves those on inputs
        Decide(),
        *(
            (Horner(),) if variant == "horner" else ()
        ),  # before Turns and CompleteProducts, as products of any program
        *((ShareFunctions(),) if variant == "shared functions" else ()),
        Turns(ranges),  # takes Fuse's periodic functions and scales their arguments
        *(
            (CompleteProducts(),) if variant != "products as they are" else ()
        ),  # after Turns, whose sums it shortens
        ShareMultiples(),  # last: nothing looks through the nodes that it makes
    )
