"""Formats of ports: every notation, and what is no format."""

from __future__ import annotations

import pytest

from symgate.errors import InputError
from symgate.frontend.design_file.toml import dump, loads
from symgate.frontend.load import Options, load_any
from symgate.ir.expr import postorder
from symgate.ir.exprtext import show
from symgate.ir.port_format import PortFormat
from symgate.passes.compiler import compile_design
from symgate.proof import evidence

NOTATIONS = {
    "fixed<12,5>": "ap_fixed<12,5,AP_RND,AP_SAT>",
    "ufixed< 10 , -4 >": "ap_ufixed<10,-4,AP_RND,AP_SAT>",
    "fixed<8,3,TRN>": "ap_fixed<8,3,AP_TRN,AP_SAT>",
    "ap_fixed<12,5>": "ap_fixed<12,5,AP_TRN,AP_WRAP>",
    "ap_fixed<10,4,AP_RND>": "ap_fixed<10,4,AP_RND,AP_WRAP>",
    "ap_fixed<10,4,AP_RND,AP_SAT>": "ap_fixed<10,4,AP_RND,AP_SAT>",
    "ap_ufixed<9,9,AP_RND_CONV,AP_SAT_ZERO>": "ap_ufixed<9,9,AP_RND_CONV,AP_SAT_ZERO>",
    "ap_fixed<10,4,AP_TRN_ZERO,AP_SAT_SYM>": "ap_fixed<10,4,AP_TRN_ZERO,AP_SAT_SYM>",
    "bool": "ap_ufixed<1,1,AP_RND,AP_SAT>",
    "int<7>": "ap_fixed<7,7,AP_RND,AP_SAT>",
    "uint<7>": "ap_ufixed<7,7,AP_RND,AP_SAT>",
    "ap_int<7>": "ap_fixed<7,7,AP_TRN,AP_WRAP>",
    "ap_uint<7>": "ap_ufixed<7,7,AP_TRN,AP_WRAP>",
    "Q3.4": "ap_fixed<8,4,AP_RND,AP_SAT>",
    "q15": "ap_fixed<16,1,AP_RND,AP_SAT>",
    "UQ3.4": "ap_ufixed<7,3,AP_RND,AP_SAT>",
}
NO_FORMATS = (
    "fixed<12.5>", "fixed<0,0>", "fixed<5>", "int<3,2>", "int<0>", "ap_fixed<8,4,AP_UP>",
    "ap_fixed<8,4,AP_SAT,AP_RND>", "ap_fixed<8,4,AP_RND,AP_SAT,2>", "UQ0.0", "Q3.x", "float",
    "fixed<1025,4>", "fixed<8,2000>", "",
)  # fmt: skip


@pytest.mark.parametrize("text", NOTATIONS)
def test_every_notation_is_read_and_prints_as_one_that_reads_back(text):
    found = PortFormat.parse(text)
    assert str(found) == NOTATIONS[text]
    assert PortFormat.parse(str(found)) == found


@pytest.mark.parametrize("text", NO_FORMATS)
def test_what_is_no_format_is_refused(text):
    with pytest.raises(InputError, match="is not a format of a port"):
        PortFormat.parse(text)


def design(outputs: str, inputs: str = 'x = "Q3.4"\ny = "ap_uint<5>"', error: str = "0.1"):
    return loads(f"[inputs]\n{inputs}\n[outputs]\n{outputs}\n[accuracy]\nmax_error = {error}\n")


def test_inputs_take_the_same_notations():
    found = design('f = "x + y"').inputs
    assert [str(port.type) for port in found] == ["fixed<8,4>", "ufixed<5,5>"]


def test_a_range_for_what_is_missing_leaves_stated_formats_alone(tmp_path):
    file = tmp_path / "design.toml"
    file.write_text('[inputs]\nx = "bool"\ny = {}\n[outputs]\nf = "x + y"\n', encoding="utf-8")
    stated = Options(bits=8, ranges=["[-1, 1]"], precision="fixed<16,8>", only_missing=True)
    x, y = load_any(file, stated).inputs
    assert (x.type.width, x.lo, x.hi, y.lo) == (1, 0, 1, -1)


def test_a_format_says_what_an_output_is_beyond_its_ends():
    found = design(
        'f = { expression = "x", format = "Q1.2" }\n'
        'g = { expression = "x/4", format = "Q3.2" }\n'
        'h = { expression = "y", format = "ap_uint<3>" }'
    )
    meant = {name: show(e) for name, e in found.outputs}
    assert meant["f"] == "min(1.75, max(-2, x))"
    assert meant["g"] == "0.25*x"  # which is inside for every input
    assert meant["h"] == "mod(floor(y), 8)"
    assert show(found.ports["h"].written) == "y"


def test_a_format_of_a_class_chooses_between_what_it_makes_of_the_numbers():
    found = design(
        'a = { expression = "argmax(sin(x)*y, x, 0.3)", format = "uint<1>" }\n'
        'b = { expression = "argmax(sin(x)*y, x, 0.3)", format = "ap_uint<1>" }\n'
        'c = { expression = "x > y", format = "ap_int<1>" }\n'
        'd = { expression = "where(x > y, 9.1, 0.3)", format = "ap_fixed<4,3>" }'
    )
    chosen = {name: [c.value for c in postorder([e]) if c.is_const] for name, e in found.outputs}
    assert [set(map(float, chosen[name])) - {0.3} for name in "ab"] == [{0, 1}, {0, 1}]
    assert [set(map(float, chosen[name])) for name in "cd"] == [{0, -1}, {1, 0}]


def test_a_format_whose_rounding_alone_brings_values_inside_saturates_them():
    stated = "ap_fixed<3,3,AP_RND_ZERO,AP_SAT_SYM>"
    found = design(
        f'f = {{ expression = "a + b + c + d + e + g - 2.5", format = "{stated}" }}',
        "\n".join(f'{name} = "bool"' for name in "abcdeg"),
        "0.6",
    )
    assert evidence.validated(compile_design(found)).certificate.bound("f") == pytest.approx(0.5)


def test_a_design_with_formats_reads_back_as_itself():
    found = design(
        'f = { expression = "x*y", format = "ap_fixed<6,4,AP_RND_INF,AP_SAT_ZERO>" }\n'
        'g = "x - y"\nh = { expression = "sin(x)", format = "Q0.3" }'
    )
    again = loads(dump(found))
    assert (again.outputs, again.ports, again.accuracy) == (
        found.outputs,
        found.ports,
        found.accuracy,
    )


def test_options_state_formats_of_outputs():
    stated = Options(bits=6, ranges=["[-1, 1]"], max_error="0.1", output_formats={"*": "Q0.3"})
    found = load_any("f = x*y\ng = x", stated)
    assert {n: str(port.format.type) for n, port in found.ports.items()} == {
        "f": "fixed<4,1>",
        "g": "fixed<4,1>",
    }


@pytest.mark.parametrize(
    ("outputs", "options"),
    {
        "no_format": ('f = { expression = "x + y", format = "fixed<3>" }', Options()),
        "unknown_key": ('f = { expression = "x + y", fmt = "Q3.4" }', Options()),
        "no_expression": ('f = { format = "Q3.4" }', Options()),
        "no_such_output": ('f = "x + y"', Options(output_formats={"g": "Q3.4"})),
    }.items(),
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_messages(outputs, options, golden):
    text, stated = options
    source = f'[inputs]\nx = "Q3.4"\ny = "Q3.4"\n[outputs]\n{text}\n[accuracy]\nmax_error = 0.1\n'
    with pytest.raises(InputError) as caught:
        loads(source, "jets.toml", stated)
    golden(str(caught.value))
