"""What a dialect of infix text has of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from symgate.frontend.language.functions import Macro

#: Names of constants, and the operators that they are.
CONSTANTS = {"pi": "pi", "e": "e", "E": "e", "exp1": "e"}


@dataclass(frozen=True)
class Language:
    """Functions and names of constants; ``bare``: a function's bare name is a variable;
    ``undeclared``: what to do about a name that is no variable.
    """

    functions: Mapping[str, Macro] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=lambda: CONSTANTS)
    bare: bool = False
    undeclared: str = "declare '{0}' as an input, or define it before"


#: Our own: the operators and the functions that every dialect has.
PLAIN = Language()
