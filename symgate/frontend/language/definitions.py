"""Functions that the user defines in text: ``sc(x) = sin(x)*cos(x)``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from symgate.frontend.language.dialect import Language
from symgate.frontend.language.functions import Functions, Macro
from symgate.frontend.language.infix import parse
from symgate.frontend.language.source import Source
from symgate.ir.expr import Expr, postorder, substitute, var

HEAD = re.compile(r"\s*([^\W\d]\w*)\s*\(([\w\s,]*)\)\s*=(?!=)")
#: Nodes that calls of the user's functions may write in one file; a chain of functions doubles at
#: every step.
MAX_NODES = 200_000


class Budget:
    """The nodes that calls of functions may still write in one file."""

    def __init__(self, source: Source):
        self.source, self.left = source, MAX_NODES

    def spend(self, nodes: int) -> None:
        """Raise `InputError` where too little is left."""
        self.left -= nodes
        if self.left < 0:
            what = f"functions of functions write out to more than {MAX_NODES:,} operations"
            raise self.source.error(what, 0, remedy="call them less often, or in fewer steps")


def function(
    source: Source, known: Functions, budget: Budget | None = None, language: Language | None = None
) -> tuple[str, Macro]:
    """The name and the meaning of a definition; ``known`` are functions that it may use."""
    head = HEAD.match(source.text)
    parameters = [p.strip() for p in head[2].split(",")] if head else []
    if head is None or not all(parameters) or len(set(parameters)) != len(parameters):
        raise source.error(
            "this is not the definition of a function", 0, expected="f(x, y) = expression"
        )
    body = parse(source.part(head.end()), parameters, functions=known, language=language)
    return head[1], macro(parameters, body, budget or Budget(source))


def macro(parameters: Sequence[str], body: Expr, budget: Budget) -> Macro:
    """A function by its body; each call takes the size of the body from ``budget``."""
    places = [var(parameter) for parameter in parameters]
    size = len(postorder([body]))

    def build(*args: Expr) -> Expr:
        budget.spend(size)
        return substitute([body], dict(zip(places, args, strict=True)))[0]

    return Macro(len(places), len(places), build)
