"""Networks of pykan with symbolic edges, computed by pykan itself."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

from symgate.frontend.load import Options
from tools.readers.compare import Points, Program

POINTS, INPUTS = 12, 3
#: Functions of pykan's library that are defined everywhere and have no jump.
FUNCTIONS = "x", "x^2", "x^3", "exp", "abs", "sin", "cos", "tanh", "arctan", "gaussian", "0"
#: How many draws of constants one choice of functions gets: the choice is what takes pykan long.
DRAWS = 25


def make(count: int, seed: int) -> tuple[Sequence[Program], Points]:
    """``count`` random networks of one to three inputs and one or two layers."""
    import torch

    torch.set_default_dtype(torch.float64)
    torch.manual_seed(seed)
    rng = random.Random(seed)
    x = torch.rand(POINTS, INPUTS) * 4 - 2
    points = {f"x_{k + 1}": x[:, k].numpy() for k in range(INPUTS)}
    programs = list[Program]()
    while len(programs) < count:
        programs += _draws(_network(rng, seed + len(programs)), x)
    return programs[:count], points


def _edges(network: Any) -> Iterator[tuple[int, int, int]]:
    """Layer, source and target of each edge."""
    for layer in range(network.depth):
        for source in range(network.width_in[layer]):
            for target in range(network.width_out[layer + 1]):
                yield layer, source, target


def _network(rng: random.Random, seed: int) -> Any:
    """A network whose edges are functions of the library."""
    from kan import KAN

    hidden = [rng.randint(1, 3)] if rng.random() < 0.7 else []
    network = KAN(
        width=[INPUTS, *hidden, rng.randint(1, 2)],
        grid=2,
        seed=seed,
        auto_save=False,
        symbolic_enabled=True,
    )
    for layer, source, target in _edges(network):
        network.fix_symbolic(
            layer,
            source,
            target,
            rng.choice(FUNCTIONS),
            fit_params_bool=False,
            verbose=False,
            log_history=False,
        )
    return network


def _draws(network: Any, x: Any) -> Iterator[Program]:
    """The network with random constants on its edges, printed as ``symbolic_formula()`` is."""
    import torch

    for _ in range(DRAWS):
        with torch.no_grad():
            for layer in network.symbolic_fun:
                layer.affine.copy_(torch.randn_like(layer.affine) * 0.7)
            truth = network(x).numpy().T.copy()
            text = f"{network.symbolic_formula()}\n"
        yield Program(text, ".txt", truth, Options(dialect="pykan"))
