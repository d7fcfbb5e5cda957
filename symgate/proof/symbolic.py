"""A cone of the graph in polynomials: `cones` holds them, `rules` says what operators do to them,
`remainders` what moving bits does, `choices` what comparisons and extremes are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from symgate.ir.fixed import Graph
from symgate.proof.cones import Cone, Rules
from symgate.proof.forms import Space
from symgate.proof.remainders import REMAINDERS
from symgate.proof.rules import FORMS

RULES = Rules(FORMS, REMAINDERS)


def symbolic(
    graph: Graph,
    inside: Sequence[int],
    space: Space,
    eager: bool = False,
    slopes: Mapping[int, Fraction] | None = None,
    modulus: Fraction = Fraction(0),
) -> Cone:
    """The forms of the nodes ``inside``, between the operands of ``space`` and what is proved."""
    return Cone(graph, inside, space, RULES, eager, slopes or {}, modulus)
