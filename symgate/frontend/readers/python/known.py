"""What the names of a Python file mean."""

from __future__ import annotations

from dataclasses import dataclass, field

from symgate.errors import InputError
from symgate.frontend.language.arrays import Array
from symgate.ir.expr import Expr

Vector = list[Expr]


@dataclass
class Known:
    """What names of a file mean: numbers, vectors and matrices, and values that are none of these."""

    values: dict[str, Expr] = field(default_factory=dict)
    vectors: dict[str, Vector] = field(default_factory=dict)
    matrices: dict[str, Array] = field(default_factory=dict)
    unread: dict[str, InputError] = field(default_factory=dict)
    lists: set[str] = field(default_factory=set)  # vectors that know no arithmetic

    def copied(self) -> Known:
        """The same, to be changed."""
        values, vectors = dict(self.values), dict(self.vectors)
        return Known(values, vectors, dict(self.matrices), dict(self.unread), set(self.lists))

    def forget(self, name: str) -> None:
        """Let a name mean nothing."""
        for names in (self.values, self.vectors, self.matrices, self.unread):
            names.pop(name, None)
        self.lists.discard(name)
