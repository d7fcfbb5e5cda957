"""The real-valued operators. Adding one means adding one `Operator` to a list of entries, and
nothing else.

An entry holds the meaning on NumPy arrays, the rigorous meaning on python-flint balls (the
independent truth), the vectorised interval meaning, where the operator is defined, its derivative
and its algebra. Frontends, passes, function generators and the simulator read this table; none of
them names operators of its own. The entries stand in `arithmetic` (several operands, constants),
`functions` (one operand) and `conditions` (what jumps); `families` has tables, an operator for each
content.

How an operator becomes hardware does not belong here, but in `passes.lowering`.
"""

from __future__ import annotations

from symgate.ir.expr import Expr, make
from symgate.ir.operators.arithmetic import ARITHMETIC, CONSTANTS
from symgate.ir.operators.conditions import CONDITIONS
from symgate.ir.operators.entry import (
    ABOVE_MINUS_ONE,
    ABOVE_ONE,
    NON_NEGATIVE,
    NON_ZERO,
    OPEN_UNIT,
    POSITIVE,
    UNIT,
    Domain,
    Operator,
)
from symgate.ir.operators.families import Operators
from symgate.ir.operators.functions import FUNCTIONS

__all__ = [
    "ABOVE_MINUS_ONE",
    "ABOVE_ONE",
    "NAMES",
    "NON_NEGATIVE",
    "NON_ZERO",
    "OPEN_UNIT",
    "OPERATORS",
    "POSITIVE",
    "UNIT",
    "Domain",
    "Operator",
    "call",
]

_ENTRIES = (*ARITHMETIC, *FUNCTIONS, *CONDITIONS, *CONSTANTS)

#: Every operator by its one name; tables are made when they are asked for.
OPERATORS: dict[str, Operator] = Operators({op.name: op for op in _ENTRIES})
#: Every name under which text may call an operator.
NAMES: dict[str, str] = {alias: op.name for op in _ENTRIES for alias in (op.name, *op.aliases)}


def call(name: str, *args: Expr) -> Expr:
    """The node ``name(*args)``; raise TypeError for an unknown operator or a wrong number of
    operands.
    """
    op = OPERATORS.get(name)
    if op is None:
        raise TypeError(f"unknown operator '{name}'")
    if not op.takes(len(args)):
        raise TypeError(f"{name} takes {op.operands} operands, got {len(args)}")
    return make(name, *args)
