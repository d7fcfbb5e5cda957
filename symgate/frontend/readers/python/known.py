"""What the names of a Python file mean."""

from __future__ import annotations

from dataclasses import dataclass, field

from symgate.errors import InputError
from symgate.ir.expr import Expr

Vector = list[Expr]


@dataclass
class Known:
    """What names of a file mean: numbers, vectors of numbers, and values that are none of these."""

    values: dict[str, Expr] = field(default_factory=dict)
    vectors: dict[str, Vector] = field(default_factory=dict)
    unread: dict[str, InputError] = field(default_factory=dict)

    def copied(self) -> Known:
        """The same, to be changed."""
        return Known(dict(self.values), dict(self.vectors), dict(self.unread))
