"""Design files: what they state, where their errors stand, and that a dumped design loads back."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgate.errors import InputError
from symgate.frontend.check import DesignWarning
from symgate.frontend.design_file.toml import dump, load, loads
from symgate.frontend.options import Options
from symgate.frontend.removable import with_limits
from symgate.ir.constants import with_decided
from symgate.ir.design import Accuracy, Design, Input, Target
from symgate.ir.expr import make, postorder, var
from symgate.ir.exprtext import show
from symgate.ir.types import FixedType
from tests.ir.strategies import expressions

FULL = """\
[design]
name = "jets"                             # a comment
domain = "clamp"
[inputs]
x14 = { format = "fixed<12,5>", range = [-8, 8] }
x15 = "ufixed<10,4>"
x3  = { bits = 12, range = ["-pi", "2^2"] }
[let]
t = "x14 - 0.39*x15"
[outputs]
g = "sin(t) * x3"
q = "g + t"
[accuracy]
max_error = { q = "2^-5", g = 0.01 }
[target]
part = "xc7a35tcpg236-1"
clock = "200 MHz"
dsp = 0
latency = 12
objective = "balanced"
primitives = true
clock_enable = true
"""


def test_everything_that_a_file_states():
    design = loads(FULL)

    assert (design.name, design.domain, design.source) == ("jets", "clamp", "design.toml")
    assert [(i.name, str(i.type)) for i in design.inputs] == [
        ("x14", "fixed<12,5>"),
        ("x15", "ufixed<10,4>"),
        ("x3", "fixed<12,3>"),
    ]
    assert [(i.lo, i.hi) for i in design.inputs[:2]] == [(-8, 8), (0, Fraction(1023, 64))]
    assert design.inputs[2].lo == -Fraction(1608, 512)
    assert [(n, show(e)) for n, e in design.outputs] == [
        ("g", "x3*sin(x14 - 0.39*x15)"),
        ("q", "x3*sin(x14 - 0.39*x15) + (x14 - 0.39*x15)"),
    ]
    assert design.accuracy == Accuracy(max_error={"g": Fraction(1, 100), "q": Fraction(1, 32)})
    assert design.target == Target(
        "xc7a35tcpg236-1", 5.0, "balanced", dsp=0, latency=12, primitives=True, clock_enable=True
    )


@pytest.mark.parametrize(
    ("accuracy", "expected"),
    [
        ("max_error = 0.01", Accuracy(max_error={"g": Fraction(1, 100), "q": Fraction(1, 100)})),
        ('max_error = "pi/1000"', None),
        ('precision = "fixed<16,6>"', Accuracy(precision=FixedType(True, 16, 10))),
        (
            'metric = "accuracy"\ndata = "/jets.csv"\nlabel = "class"\nmax_loss = 1e-3',
            Accuracy(metric="accuracy", data="/jets.csv", label="class", max_loss=0.001),
        ),
        ('metric = "rmse"\ndata = "/d.csv"', Accuracy(metric="rmse", data="/d.csv")),
    ],
    ids=["one", "irrational", "precision", "metric", "metric defaults"],
)  # fmt: skip
def test_accuracy(accuracy, expected):
    design = loads(FULL.replace('max_error = { q = "2^-5", g = 0.01 }', accuracy))

    assert expected is None or design.accuracy == expected
    assert loads(dump(design)) == design


def test_data_is_found_beside_the_design_file(tmp_path):
    (tmp_path / "sub").mkdir()
    file = tmp_path / "sub/design.toml"
    file.write_text(
        FULL.replace('max_error = { q = "2^-5", g = 0.01 }', 'metric = "auc"\ndata = "../rows.csv"')
    )
    data = load(file).accuracy.data

    assert Path(data).resolve() == tmp_path.resolve() / "rows.csv"
    assert 'data = "../rows.csv"' in dump(load(file), tmp_path / "other")
    (tmp_path / "other").mkdir()
    copy = tmp_path / "other/design.toml"
    copy.write_text(dump(load(file), copy.parent))
    assert Path(load(copy).accuracy.data).resolve() == Path(data).resolve()


@pytest.mark.parametrize(
    "text",
    [
        "x3 = { format = 'fixed<12,3>' }",
        '"x3" = { "format" = "fixed<12,3>" }',
        "x3.format = 'fixed<12,3>'",
    ],
)
def test_toml_in_other_words(text):
    design = loads(FULL.replace('x3  = { bits = 12, range = ["-pi", "2^2"] }', text))
    assert design.inputs[2] == Input.of("x3", FixedType(True, 12, 9))


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("old", "new", "line", "column"),
    [
        (
            'x3  = { bits = 12, range = ["-pi", "2^2"] }',
            "[inputs.x3]\nbits = 12\nrnge = [0, 1]",
            9,
            1,
        ),
        ('x3  = { bits = 12, range = ["-pi", "2^2"] }', "x3.bits = 12\nx3.range = [1, 0]", 7, 1),
        ('g = "sin(t) * x3"', "g = '''\n\n  sni(t)'''", 13, 3),
        ('g = "sin(t) * x3"', "g = 'sin(u)'", 11, 10),
        ('q = "g + t"', '"q" = "g + t +"', 12, 15),
    ],
)
def test_places_of_errors(old, new, line, column, ends):
    assert old in FULL
    with pytest.raises(InputError) as error:
        loads(FULL.replace(old, new).replace("\n", ends))
    assert (error.value.where.line, error.value.where.column) == (line, column)


def test_unused_inputs_are_ports_and_warned_of():
    with pytest.warns(DesignWarning, match=r"^design\.toml: no output uses input x3$"):
        design = loads(FULL.replace('g = "sin(t) * x3"', 'g = "sin(t)"'))
    assert [i.name for i in design.inputs] == ["x14", "x15", "x3"]


def test_options_win():
    options = Options(
        ranges=["x14=[0, 1]", "[0, 1]"],
        max_error=["0.5"],
        clock="4 ns",
        part="xcku5p",
        name="other",
    )
    design = loads(FULL, options=options)

    assert [(i.lo, i.hi) for i in design.inputs] == [
        (0, 1),
        (0, 1),
        (-Fraction(201, 64), Fraction(2047, 512)),
    ]
    assert design.accuracy == Accuracy(max_error={"g": Fraction(1, 2), "q": Fraction(1, 2)})
    assert (design.name, design.target.clock_ns, design.target.part, design.target.dsp) == (
        "other",
        4.0,
        "xcku5p",
        0,
    )


def test_options_complete_what_a_file_leaves_open():
    text = '[inputs]\nx = { range = [0, 1] }\ny = {}\n[outputs]\nz = "x + y"\n'
    design = loads(text, options=Options(bits=8, ranges=["[-2, 2]"], relative_error="2^-6"))

    assert [str(i.type) for i in design.inputs] == ["ufixed<8,0>", "fixed<8,2>"]
    assert design.accuracy.max_error["z"] == Fraction(778, 10000)


def design_of(e, **more):
    names = [f"v{k}" for k in range(3)]
    inputs = tuple(Input.of(n, FixedType(True, 8, 4)) for n in names)
    return Design(
        "d",
        inputs,
        (("y", e),),
        Accuracy(max_error={"y": Fraction(1, 8)}),
        source="design.toml",
        **more,
    )


@pytest.mark.filterwarnings("ignore::symgate.frontend.check.DesignWarning")
@given(expressions, st.sampled_from(["strict", "clamp"]))
def test_dump_loads_back(e, domain):
    names = ["x", "y", "x10", "beta", "t1", "pi", "e", "E", "S"]
    inputs = tuple(Input.of(n, FixedType(True, 8, 4)) for n in names)
    if any(n.op == "var" and n.value == "if" for n in postorder([e])) or clashes(e):
        return
    try:
        e = with_decided({"out": e})["out"]  # 0 < 0 is loaded as 0
    except InputError:
        return
    if with_limits({"out": e}, inputs)["out"] is not e:  # 0/x is loaded with its limit
        return
    design = Design(
        "d",
        inputs,
        (("out", e),),
        Accuracy(max_error={"out": Fraction(1, 3)}),
        domain=domain,
        source="design.toml",
    )
    assert loads(dump(design)) == design


def clashes(e):
    """Constants pi and e cannot be named where variables of these names exist; show() then writes
    calls.
    """
    return any(n.op in ("pi", "e") for n in postorder([e]))


def test_dump_keeps_sharing():
    e = var("v0")
    for _ in range(100):
        e = e + make("sin", e * var("v1") * var("v2"))
    design = design_of(e)
    text = dump(design)

    assert len(text) < 20_000
    assert "[let]" in text
    assert loads(text) == design
    assert replace(loads(text), source=None) == replace(design, source=None)


@pytest.mark.parametrize(
    "value", [Fraction(1, 3), Fraction(1, 10**12), Fraction(7), Fraction(12345678901234567890, 3)]
)
def test_dump_is_exact(value):
    design = replace(
        design_of(var("v0") + var("v1") * var("v2")), accuracy=Accuracy(max_error={"y": value})
    )
    assert loads(dump(design)).accuracy == design.accuracy


def test_an_integer_of_thousands_of_digits_is_no_number():
    with pytest.raises(InputError, match="the file is not valid TOML: exceeds the limit"):
        loads(f"[design]\nname = {'3' * 5000}\n")
