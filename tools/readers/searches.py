"""Programs of gplearn and of Operon, computed by their own interpreters."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.frontend.load import Options
from tools.readers.compare import Points, Program

POINTS = 12
#: gplearn prints three decimals of the constants that it computes with, Operon computes in float32.
_PRINTED, _SINGLE = 1e-9, 2e-3


def gplearn(count: int, seed: int) -> tuple[Sequence[Program], Points]:
    """``count`` random programs of gplearn with whole eighths as constants."""
    from gplearn._program import _Program
    from gplearn.functions import _function_map

    names = (
        "add",
        "sub",
        "mul",
        "div",
        "sqrt",
        "log",
        "abs",
        "neg",
        "inv",
        "max",
        "min",
        "sin",
        "cos",
        "tan",
    )
    functions = [_function_map[name] for name in names]
    arities: dict[int, list[object]] = {}
    for function in functions:
        arities.setdefault(function.arity, []).append(function)
    state = np.random.RandomState(seed)
    x = state.uniform(-3, 3, (POINTS, 3))
    points = {f"X{k}": x[:, k] for k in range(3)}
    programs = list[Program]()
    while len(programs) < count:
        made = _Program(
            functions, arities, (1, 5), "half and half", 3, (-2.0, 2.0), None, 0.1, 0.0, state
        )
        made.program = [round(n * 8) / 8 if isinstance(n, float) else n for n in made.program]
        with np.errstate(all="ignore"):
            truth = np.broadcast_to(made.execute(x), POINTS)
        options = Options(dialect="gplearn")
        programs.append(Program(f"{made}\n", ".txt", np.array(truth), options, _PRINTED))
    return programs, points


_SMALLEST = float(np.finfo(np.float32).tiny)
#: What makes another value of Operon's single precision, whose roots are no exact ones either: only
#: near the leaves.
_SHARP, _NEAR = ("Floor", "Ceil", "Powabs"), 1
_KINDS = [
    "Add",
    "Sub",
    "Mul",
    "Div",
    "Aq",
    "Fmin",
    "Fmax",
    "Powabs",
    "Abs",
    "Cbrt",
    "Ceil",
    "Cos",
    "Exp",
    "Floor",
    "Logabs",
    "Sin",
    "Sqrtabs",
    "Square",
    "Tanh",
    "Atan",
]


def _postfix(rng: random.Random, depth: int, hashes: Sequence[int], op: Any) -> Iterator[Any]:
    """The nodes of a random tree, operands before their operator."""
    if depth == 0 or rng.random() < 0.15:
        name = "Constant" if rng.random() < 0.3 else "Variable"
        leaf = op.Node(getattr(op.NodeType, name))
        leaf.Value = rng.uniform(-2, 2)
        if name == "Variable":
            leaf.HashValue = leaf.CalculatedHashValue = rng.choice(hashes)
        yield leaf
        return
    kinds = _KINDS if depth <= _NEAR else [kind for kind in _KINDS if kind not in _SHARP]
    node = op.Node(getattr(op.NodeType, rng.choice(kinds)))
    for _ in range(node.Arity):
        yield from _postfix(rng, depth - 1, hashes, op)
    yield node


def _underflows(nodes: Sequence[Any], data: Any, op: Any) -> NDArray[np.bool_]:
    """The points at which Operon takes the logarithm of what single precision holds as 0: it takes
    that of its smallest number instead.
    """
    found = np.zeros(POINTS, dtype=bool)
    for end, node in enumerate(nodes):
        if node.Type == op.NodeType.Logabs:
            inside = op.Tree(list(nodes[end - node.Length : end])).UpdateNodes()
            value = np.asarray(op.Evaluate(inside, data, op.Range(0, POINTS)), float)
            found |= np.abs(value) < _SMALLEST
    return found


def operon(count: int, seed: int) -> tuple[Sequence[Program], Points]:
    """``count`` random trees of Operon, printed with all digits."""
    import pyoperon as op

    draw = np.random.default_rng(seed)
    x = draw.uniform(-3, 3, (POINTS, 3))
    data = op.Dataset(np.asfortranarray(x))
    variables = list(data.Variables)
    names = {v.Hash: v.Name for v in variables}
    points = {v.Name: np.asarray(data.GetValues(v.Hash), float) for v in variables}
    rng = random.Random(seed)
    programs = list[Program]()
    while len(programs) < count:
        nodes = list(_postfix(rng, rng.randint(1, 5), [v.Hash for v in variables], op))
        tree = op.Tree(nodes).UpdateNodes()
        truth = np.asarray(op.Evaluate(tree, data, op.Range(0, POINTS)), float)
        truth[_underflows(tree.Nodes, data, op)] = np.nan
        text = op.InfixFormatter.Format(tree, names, 12)
        programs.append(Program(f"{text}\n", ".txt", truth, Options(dialect="operon"), _SINGLE))
    return programs, points
