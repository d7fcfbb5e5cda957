"""The text of ``certificate.json``: the proved bounds, each node's share, and what a second check
needs.
"""

from __future__ import annotations

import json
import math
from typing import Any

from symgate.errors import InputError
from symgate.ir.firmware import Bound, Certificate, Share

VERSION = 1  # of the layout; a reader refuses any other


def dumps(certificate: Certificate) -> str:
    """Return the certificate as JSON; a bound that is not finite is null."""
    content = {
        "certificate": VERSION,
        "bounds": [_bound(bound) for bound in certificate.bounds],
        "data": certificate.data,
    }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def _bound(b: Bound) -> dict[str, Any]:
    shares = [
        {"node": s.node, "error": _finite(s.error), "contribution": _finite(s.contribution)}
        for s in b.shares
    ]
    return {"output": b.output, "bound": _finite(b.bound), "target": b.target, "shares": shares}


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def loads(text: str, where: str) -> Certificate:
    """Return what `dumps` wrote; raise `InputError` where ``text`` is something else."""
    try:
        content = json.loads(text)
        if content["certificate"] != VERSION:
            raise ValueError("another layout")
        bounds = tuple(_read_bound(b) for b in content["bounds"])
        return Certificate(bounds, dict(content["data"]))
    except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError):
        raise InputError(
            "the certificate cannot be read",
            where=where,
            expected=f"what symgate compile writes, layout {VERSION}",
            remedy="compile the design again",
        ) from None


def _read_bound(b: dict[str, Any]) -> Bound:
    shares = tuple(
        Share(str(s["node"]), _number(s["error"]), _number(s["contribution"])) for s in b["shares"]
    )
    return Bound(
        str(b["output"]),
        _number(b["bound"]),
        None if b["target"] is None else float(b["target"]),
        shares,
    )


def _number(value: float | None) -> float:
    return math.inf if value is None else float(value)
