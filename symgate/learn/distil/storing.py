"""A `Distilled` as a file of JSON: formulas as text, no code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from symgate.errors import InputError, Where
from symgate.ir.exprtext import show
from symgate.learn.distil.choices import Choice
from symgate.learn.distil.distilled import Distilled
from symgate.learn.distil.hosts import host_of
from symgate.learn.distil.variables import Variables
from symgate.learn.fit.archive import read_formula

FORMAT = "symgate distilled 1"


def save(distilled: Distilled, path: Path | str) -> None:
    """Write the formulas, all choices, and which is in use; the model itself is its library's to
    save.
    """
    content = {
        "format": FORMAT,
        "inputs": distilled.variables.inputs,
        "variables": distilled.variables.texts,
        "outputs": distilled.outputs,
        "ranges": distilled.ranges,
        "choices": [
            {
                "nodes": c.nodes,
                "loss": c.loss,
                "held": c.held,
                "formulas": list(map(show, c.formulas)),
            }
            for c in distilled.choices
        ],
        "chosen": distilled.chosen,
        "refined": distilled.refined and list(map(show, distilled.refined)),
    }
    Path(path).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def load(path: Path | str, model: Any, block: Any) -> Distilled:
    """What `save` wrote, for the same block of a model; the model has its block until it is
    switched. Raise `InputError` where the file is no such file.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        return _read(content, model, block)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise InputError(
            f"this is no file of a distilled block: {problem}",
            where=Where(str(path)),
            expected="what symgate's save wrote",
        ) from None


def _read(content: dict[str, Any], model: Any, block: Any) -> Distilled:
    if content["format"] != FORMAT:
        raise ValueError(f"its format is {content['format']}")
    inputs = tuple(content["inputs"])
    choices = tuple(
        Choice(tuple(map(read_formula, c["formulas"])), c["nodes"], c["loss"], c["held"])
        for c in content["choices"]
    )
    refined = content["refined"]
    return Distilled(
        host_of(model, block),
        Variables(inputs, {n: read_formula(text) for n, text in content["variables"].items()}),
        tuple(content["outputs"]),
        {name: (low, high) for name, (low, high) in content["ranges"].items()},
        choices,
        content["chosen"],
        None if refined is None else tuple(map(read_formula, refined)),
    )
