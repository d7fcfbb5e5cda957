"""The law in a network that was trained on ten points and the heat equation, as a closed form.

    python benchmarks/distil_heat.py [--seed 0]

u_t = alpha u_xx on the unit square with alpha = .2, which the network is not told; u = 0 at both ends
and sin(pi x) at t = 0. Three layers of 32 tanh, as in SymTorch's study (arXiv 2602.21307, which finds
.20097). The formula a exp(b t) sin(c x) has alpha = -b / c^2. Needs torch.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT)]

from symgate.learn.distil import Distilled, distil  # noqa: E402 - after the path is set
from symgate.learn.fit.search import Search  # noqa: E402

ALPHA, POINTS, STEPS, SECONDS = 0.2, 10, 4000, 40.0


def truth(z: Tensor) -> Tensor:
    """The solution at rows of x and t."""
    x, t = z[:, :1], z[:, 1:]
    return torch.exp(-(math.pi**2) * ALPHA * t) * torch.sin(math.pi * x)


def network() -> nn.Sequential:
    """x and t to u."""
    layers: list[nn.Module] = []
    for width_in, width_out in ((2, 32), (32, 32), (32, 32)):
        layers += [nn.Linear(width_in, width_out), nn.Tanh()]
    return nn.Sequential(*layers, nn.Linear(32, 1))


def residual(model: nn.Module, inside: Tensor, alpha: Tensor) -> Tensor:
    """How far the heat equation is from holding at points inside."""
    z = inside.clone().requires_grad_(True)
    (slopes,) = torch.autograd.grad(model(z).sum(), z, create_graph=True)
    (bend,) = torch.autograd.grad(slopes[:, 0].sum(), z, create_graph=True)
    return slopes[:, 1] - alpha * bend[:, 0]


def edges() -> tuple[Tensor, Tensor]:
    """Points where u is known, and u there."""
    line = torch.linspace(0, 1, 32)[:, None]
    zero, one = torch.zeros_like(line), torch.ones_like(line)
    z = torch.cat([torch.cat([a, b], 1) for a, b in ((zero, line), (one, line), (line, zero))])
    return z, torch.cat([zero, zero, torch.sin(math.pi * line)])


def trained(physics: bool, points: Tensor) -> tuple[nn.Module, float]:
    """A network, and the alpha that it has learned beside."""
    model, logarithm = network(), torch.tensor(math.log(0.5), requires_grad=True)
    optimiser = torch.optim.Adam([*model.parameters(), logarithm], lr=3e-3)
    slower = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    known, values = edges()
    inside = torch.rand(256, 2)
    for _ in range(STEPS):
        optimiser.zero_grad()
        loss = ((model(points) - truth(points)) ** 2).mean()
        if physics:
            loss = loss + 0.1 * (residual(model, inside, logarithm.exp()) ** 2).mean()
            loss = loss + ((model(known) - values) ** 2).mean()
        loss.backward()
        optimiser.step()
        slower.step()
    return model, math.exp(logarithm.item())


def found_alpha(text: str) -> float | None:
    """-b / c^2 of a formula with exp(b x1) and sin(c x0) in it; None of any other."""
    number = r"(-?[0-9.]+(?:/[0-9.]+)?)"
    b, c = re.search(rf"exp\({number}\*x1\)", text), re.search(rf"sin\({number}\*x0\)", text)
    if b is None or c is None:
        return None
    rate, wave = (float(ratio(m[1])) for m in (b, c))
    return -rate / wave**2


def ratio(text: str) -> float:
    """A number, or one over another."""
    above, _, below = text.partition("/")
    return float(above) / float(below or 1)


def report(name: str, found: Distilled, rows: Tensor) -> dict[str, Any]:
    """What the formulas in use are, and how far they are from the truth."""
    from symgate.ir.exprtext import show

    text = show(found.formulas["y0"])
    error = found.values(rows.numpy()) - truth(rows).numpy()
    alpha = found_alpha(text)
    print(f"{name}: {text}")
    print(f"  mean squared error {np.mean(error**2):.2e}, alpha {alpha and round(alpha, 5)}")
    return {"text": text, "alpha": alpha}


def main() -> None:
    """Train, distil, refine, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    options = parser.parse_args()
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    points, rows = torch.rand(POINTS, 2), torch.rand(800, 2)
    for name, physics in (("physics", True), ("points alone", False)):
        start = time.process_time()
        model, alpha = trained(physics, points)
        error = ((model(rows) - truth(rows)) ** 2).mean().item()
        print(
            f"{name}: trained in {time.process_time() - start:.0f} CPU s, error {error:.1e}", end=""
        )
        print(f", alpha in the network {alpha:.5f}" if physics else "")
        start = time.process_time()
        found = distil(model, "", rows, search=Search(seconds=options.seconds, seed=options.seed))
        print(f"distilled in {time.process_time() - start:.0f} CPU s")
        report("  of the network", found, rows)
        known, values = edges()
        found.refine(
            torch.cat([points, known]), torch.cat([truth(points), values]), steps=3000, rate=0.003
        )
        report("  refined on the points and edges", found, rows)


if __name__ == "__main__":
    main()
