"""Outputs without a common input are compiled apart: the same bits, ports and claims as if each
were alone.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from symgate.errors import AccuracyError
from symgate.frontend.language.infix import parse
from symgate.ir.design import Accuracy, Design, Input, Target
from symgate.ir.expr import variables
from symgate.ir.fixed import run
from symgate.ir.types import FixedType
from symgate.passes.compiler import compile_design
from symgate.passes.pipeline import normalised
from symgate.passes.widths.independence import split_design
from symgate.proof.recheck import recheck

TEXTS = {
    "a": "x*y + 0.3*x",
    "k": "0.37",
    "b": "sin(v0_1)*0.5",
    "c": "exp(-y**2)",
    "d": "v0_1 + w*0.21",
    "copy": "z",
}


def design(texts=TEXTS, **target):
    outputs = tuple((n, parse(t, None)) for n, t in texts.items())
    names = [*reversed(variables([e for _, e in outputs])), "unread"]
    inputs = tuple(Input.of(n, FixedType.parse("fixed<7,2>")) for n in names)
    errors = {n: Fraction(1, 30 + k) for k, n in enumerate(texts)}
    return Design("d", inputs, outputs, Accuracy(max_error=errors), Target(**target))


def test_outputs_are_grouped_by_what_they_read():
    d = design()
    found = split_design(d, normalised(d))

    assert [[n for n, _ in p.program.outputs] for p in found] == [
        ["a", "c"],
        ["k"],
        ["b", "d"],
        ["copy"],
    ]
    assert [p.program.inputs for p in found] == [("y", "x"), (), ("w", "v0_1"), ("z",)]
    assert len({p.prefix for p in found}) == 4
    assert next(p.design.outputs for p in found) == (d.outputs[0], d.outputs[3])


@pytest.mark.parametrize(
    ("target", "count"),
    [({}, 4), ({"dsp": 0}, 4), ({"dsp": 1}, 1), ({"bram": 1}, 1), ({"lut": 500}, 1)],
)
def test_limits_are_about_all_outputs(target, count):
    d = design(**target)
    assert len(split_design(d, normalised(d))) == count


def test_an_output_that_joins_two_groups():
    d = design({"a": "x", "b": "y", "c": "z", "d": "x*z"})
    assert [[n for n, _ in p.program.outputs] for p in split_design(d, normalised(d))] == [
        ["a", "c", "d"],
        ["b"],
    ]


def test_the_whole_is_its_parts(rng):
    whole, d = compile_design(design()), design()
    assert [p.name for p in whole.graph.inputs] == [i.name for i in d.inputs]
    assert [p.name for p in whole.graph.outputs] == list(TEXTS)

    codes = {i.name: rng.integers(i.raw.lo, i.raw.hi + 1, 500) for i in d.inputs}
    results = dict(zip(TEXTS, run(whole.graph, list(codes.values())), strict=True))
    for part in split_design(d, normalised(d)):
        alone = compile_design(replace(part.design, name="alone"))
        for port, raw in zip(
            alone.graph.outputs,
            run(alone.graph, [codes[p.name] for p in alone.graph.inputs]),
            strict=True,
        ):
            assert np.array_equal(
                np.broadcast_to(raw, 500), np.broadcast_to(results[port.name], 500)
            )
            assert whole.certificate.bound(port.name) == alone.certificate.bound(port.name)


def test_the_certificate_is_proved_again():
    found = recheck(compile_design(design()))
    assert found.proved, [o.problem for o in found] + list(found.problems)
    assert [o.output for o in found] == list(TEXTS)


def test_one_wrong_claim_of_a_part_is_found():
    firmware = compile_design(design())
    data = firmware.certificate.data
    last = max(k for k, v in enumerate(data["values"]) if any(v["error"]))
    values = [{**v, "error": [0.0, 0.0]} if k == last else v for k, v in enumerate(data["values"])]
    lied = replace(
        firmware, certificate=replace(firmware.certificate, data={**data, "values": values})
    )
    assert not recheck(lied).proved


def test_parts_that_miss_their_error_are_left_out_where_somebody_is_told():
    d = design({"a": "exp(x)*y", "b": "z + w"})
    d = replace(d, accuracy=Accuracy(max_error={"a": Fraction(1, 2**45), "b": Fraction(1, 30)}))
    told = []
    with pytest.raises(AccuracyError):
        compile_design(d)
    firmware = compile_design(
        d, refused=lambda part, problem: told.append((part.program.outputs[0][0], problem))
    )

    assert [name for name, _ in told] == ["a"]
    assert isinstance(told[0][1], AccuracyError)
    assert (
        [n for n, _ in firmware.design.outputs] == [p.name for p in firmware.graph.outputs] == ["b"]
    )
    assert (
        [i.name for i in firmware.design.inputs]
        == [p.name for p in firmware.graph.inputs]
        == ["z", "w", "unread"]
    )
    assert list(firmware.design.accuracy.max_error) == ["b"]
    assert recheck(firmware).proved
