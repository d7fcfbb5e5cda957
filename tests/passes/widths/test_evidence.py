"""What a certificate claims of each value is true of the graph: sampled here, proved by
`symgate.proof.recheck`.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from symgate.frontend.language.infix import parse
from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.evaluate import evaluate
from symgate.ir.expr import var, variables
from symgate.ir.fixed import run, values
from symgate.ir.text import parse as parse_graph
from symgate.passes.compiler import compile_design


def design(text, bits=8, max_error=Fraction(1, 32)):
    e = parse(text, None)
    inputs = tuple(Input.with_bits(n, bits, (Fraction(-2), Fraction(2))) for n in variables([e]))
    return Design("d", inputs, (("y", e),), Accuracy(max_error={"y": max_error}))


def excess(firmware, rng, rows=400):
    """By how much the worst claim is broken; up to 0 where none is."""
    data = firmware.certificate.data
    graph = parse_graph(data["graph"])
    codes = [rng.integers(i.raw.lo, i.raw.hi + 1, rows) for i in firmware.design.inputs]
    raw = values(graph, codes)
    known = {
        i.name: np.ldexp(c, -i.type.frac)
        for i, c in zip(firmware.design.inputs, codes, strict=True)
    }
    worst = 0.0
    for v in data["values"]:
        e = parse(v["expr"], {n: var(n) for n in known})
        here = np.ldexp(np.asarray(raw[v["node"]], float), -graph.nodes[v["node"]].frac) + float(
            Fraction(v["offset"])
        )
        off = here - evaluate([e], known)[0]
        lo, hi = v["error"]
        period = np.ldexp(1.0, graph.nodes[v["node"]].type.width - graph.nodes[v["node"]].frac)
        off = np.where(
            (off < lo) | (off > hi), off - period * np.round(off / period), off
        )  # only its remainder matters
        known[v["name"]] = np.broadcast_to(here, (rows,))
        worst = max(worst, float(np.max(np.maximum(lo - off, off - hi))))
    return worst


@pytest.mark.parametrize(
    "text",
    [
        "0.1*sin(6*x) + sin(6*x + x*y)",  # 6x in turns is a value, and stands in a sum that reads x
        "x*y + 0.37*x - y",  # the sum absorbs a product
        "(x + 0.3)*(y - 0.1)*x",
        "max(x, 0.37)*y",  # a constant that is a value of its own
        "0.37*x + max(x + y, 0.37)",  # and the same constant as a factor
        "sin(v0)*v1 + v_",  # inputs that could be taken for values
    ],
)
def test_claims_are_true(text, rng):
    assert excess(compile_design(design(text), search_seconds=0.2), rng) <= 1e-12


@pytest.mark.parametrize("text", ["x*y", "x*y*z", "x*(y + z)"])
def test_products_of_positive_values_keep_their_top_bit(text, rng):
    e = parse(text, None)
    inputs = tuple(Input.with_bits(n, 12, (Fraction(1), Fraction(5))) for n in variables([e]))
    firmware = compile_design(
        Design("d", inputs, (("y", e),), Accuracy(max_error={"y": Fraction(1, 8)})), 0.2
    )

    codes = [rng.integers(i.raw.lo, i.raw.hi + 1, 1000) for i in inputs]
    y = np.ldexp(
        np.asarray(run(firmware.graph, codes)[0], float), -firmware.graph.outputs[0].type.frac
    )
    wanted = evaluate(
        [e], {i.name: np.ldexp(c, -i.type.frac) for i, c in zip(inputs, codes, strict=True)}
    )[0]
    assert np.max(np.abs(y - wanted)) <= firmware.certificate.bound("y")
