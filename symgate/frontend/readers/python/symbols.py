"""SymPy's declarations of names: ``x, y = symbols("x y")``, ``r = sp.Symbol("r", real=True)``."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

_SPAN = re.compile(r"(\w*?)(\d*):(\d+)")


def declared(statement: ast.Assign | ast.AnnAssign | ast.AugAssign) -> Mapping[str, str]:
    """The symbol that each name of an assignment stands for; none where it declares nothing."""
    call = statement.value
    if not isinstance(statement, ast.Assign) or not isinstance(call, ast.Call):
        return {}
    function = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
    stated = call.args[0] if call.args else None
    if function not in ("symbols", "Symbol") or not isinstance(stated, ast.Constant):
        return {}
    names = _listed(str(stated.value))
    targets = _targets(statement.targets[0])
    if len(statement.targets) != 1 or len(targets) != len(names):
        return {}
    return dict(zip(targets, names, strict=True))


def _listed(text: str) -> list[str]:
    """The names in ``"x y"``, ``"x, y"`` or ``"x0:3"``."""
    found = list[str]()
    for part in re.split(r"[\s,]+", text.strip(" ,")):
        span = _SPAN.fullmatch(part)
        if span is None:
            found.append(part)
            continue
        stem, first, end = span.groups()
        found += [f"{stem}{k}" for k in range(int(first or 0), int(end))]
    return found


def _targets(target: ast.expr) -> list[str]:
    parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
    return [part.id for part in parts if isinstance(part, ast.Name)]
