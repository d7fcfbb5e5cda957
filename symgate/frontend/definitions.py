"""Functions that the user defines in text: ``sc(x) = sin(x)*cos(x)``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from symgate.frontend.functions import Functions, Macro
from symgate.frontend.infix import parse
from symgate.frontend.source import Source
from symgate.ir.expr import Expr, substitute, var

HEAD = re.compile(r"\s*([^\W\d]\w*)\s*\(([\w\s,]*)\)\s*=(?!=)")


def function(source: Source, known: Functions) -> tuple[str, Macro]:
    """The name and the meaning of a definition; ``known`` are functions that it may use."""
    head = HEAD.match(source.text)
    parameters = [p.strip() for p in head[2].split(",")] if head else []
    if head is None or not all(parameters) or len(set(parameters)) != len(parameters):
        raise source.error("this is not the definition of a function", 0, expected="f(x, y) = expression")
    body = parse(source.part(head.end()), parameters, functions=known)
    return head[1], macro(parameters, body)


def macro(parameters: Sequence[str], body: Expr) -> Macro:
    """A function by its body."""
    places = [var(p) for p in parameters]

    def build(*args: Expr) -> Expr:
        return substitute([body], dict(zip(places, args, strict=True)))[0]

    return Macro(len(places), len(places), build)
