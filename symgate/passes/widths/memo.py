"""What a model of errors and costs was asked before.

A search asks for the same nodes at the same few widths over and over. One memo belongs to one
model, or to the models of all forms of one program, and is dropped with them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from symgate.ir.expr import Expr

Known = dict[object, float]  # by the widths that matter


@dataclass(frozen=True, eq=False)
class Memo:
    """Errors and costs by node, then by the widths that matter to it."""

    matter: Sequence[Callable[[Sequence[int]], object]]  # takes them out of the widths of all knobs
    errors: Sequence[Known]
    costs: Sequence[Known]
    slopes: dict[tuple[Expr, int], float] = field(default_factory=dict)  # see `Errors`

    @classmethod
    def of(
        cls,
        relevant: Sequence[Sequence[int]],
        errors: Sequence[Known] | None = None,
        costs: Sequence[Known] | None = None,
        slopes: dict[tuple[Expr, int], float] | None = None,
    ) -> Memo:
        """An empty memo for nodes to which these knobs matter; or one over what is known."""
        matter = [itemgetter(*knobs) if knobs else _nothing for knobs in relevant]
        return cls(
            matter,
            errors if errors is not None else [{} for _ in relevant],
            costs if costs is not None else [{} for _ in relevant],
            slopes if slopes is not None else {},
        )


def _nothing(widths: Sequence[int]) -> None:
    return None
