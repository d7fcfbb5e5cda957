"""Decisions on inputs of few bits: compiled, and compared with exact arithmetic at every code.

    python benchmarks/decisions.py [--bits 5 8]

Each expression is written over ``n``, ``m`` (whole numbers), ``x``, ``y`` (signed) and ``u``, ``v``
(positive), all of the same number of bits; ``wrong`` counts codes at which the firmware is further from the exact
value than its bound, which is 0 for all but ``mod(x, 0.3)*y``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from fractions import Fraction
from itertools import product

import numpy as np
from common import console, timed

from symgate.errors import SymgateError
from symgate.frontend.load import load_any
from symgate.frontend.options import Options
from symgate.ir.fixed import run as run_graph
from symgate.passes.compiler import compile_design
from symgate.report.estimate import luts

#: What is compiled, and what it means in rational numbers, of the names in order.
EXPRESSIONS: dict[str, Callable[..., Fraction | int]] = {
    "floor(n/3)*m": lambda m, n: n // 3 * m,
    "floor((n+m)/3)": lambda m, n: (n + m) // 3,
    "floor(n*m/7)": lambda m, n: n * m // 7,
    "mod(x, 0.3)*y": lambda x, y: x % Fraction(3, 10) * y,
    "floor(x/u)": lambda u, x: x // u,
    "mod(x, u)": lambda u, x: x % u,
    "where(u/v >= 1, 1, 0)": lambda u, v: int(u >= v),
    "floor(sqrt(u)*sqrt(u)) + y": lambda u, y: u + y,
    "floor(log2(u))": lambda u: int(u).bit_length() - 1,
}


def formats(bits: int) -> dict[str, str]:
    """The format of each input, and its range where 0 is left out."""
    whole, signed = f"ufixed<{bits},{bits}>", f"fixed<{bits},2>"
    return {"n": whole, "m": whole, "x": signed, "y": signed, "u": whole, "v": whole}


def measure(text: str, bits: int) -> str:
    """LUTs, seconds and wrong codes of one expression."""
    used = _names(text)
    given = {n: f for n, f in formats(bits).items() if n in used}
    ranges = {n: (1.0, 2.0**bits - 1) for n in used if n in "uv"}
    options = Options(formats=given, ranges=ranges, max_error=Fraction(1, 256))
    design = load_any(f"z = {text}\n", options)
    made, seconds = timed(lambda: compile_design(design, measure=luts))
    inputs = sorted(design.inputs, key=lambda port: port.name)
    rows = list(product(*(range(p.raw.lo, p.raw.hi + 1) for p in inputs)))
    columns = dict(zip([p.name for p in inputs], np.array(rows).T, strict=True))
    port = made.graph.outputs[0]
    raw = run_graph(made.graph, [columns[p.name] for p in design.inputs])[0]
    units = [p.type.ulp for p in inputs]
    most = Fraction(made.certificate.bound("z"))
    off = 0
    for row, code in zip(rows, np.broadcast_to(raw, len(rows)).tolist(), strict=True):
        wanted = EXPRESSIONS[text](*(k * unit for k, unit in zip(row, units, strict=True)))
        off += abs(code * port.type.ulp - wanted) > most
    bound = made.certificate.bound("z")
    return (
        f"{luts(made.graph):,.0f} LUT, bound {bound:.3g}, {off} wrong, {seconds['cpu']:.1f} CPU s"
    )


def _names(text: str) -> set[str]:
    """The names of one letter in a formula."""
    words = "".join(c if c.isalnum() else " " for c in text).split()
    return {word for word in words if len(word) == 1}


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bits", type=int, nargs="+", default=[5, 8])
    for bits in parser.parse_args().bits:
        for text in EXPRESSIONS:
            try:
                found = measure(text, bits)
            except SymgateError as problem:
                found = f"refused: {problem.what}"
            console.print(f"{bits} bits, {text}: {found}")


if __name__ == "__main__":
    main()
