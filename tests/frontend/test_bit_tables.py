"""Tables of bits in text and in design files: what they mean, and what is wrong with them."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from symgate.errors import InputError
from symgate.frontend.design_file import toml, tomldump
from symgate.frontend.language.infix import parse
from symgate.frontend.load import Options, load_any
from symgate.frontend.writers.exportops import expanded
from symgate.frontend.writers.exports import LANGUAGES, export
from symgate.ir.evaluate import evaluate
from symgate.ir.expr import const, make, var
from symgate.ir.exprtext import show

BITS = [var(n) for n in "abc"]
DESIGN = """
[design]
name = "d"
[inputs]
a = "ufixed<1,1>"
b = "ufixed<1,1>"
[tables]
{tables}
[outputs]
y = "{y}"
[accuracy]
max_error = 0.5
"""


@pytest.mark.parametrize(
    "text",
    ['lut3("96", a, b, c)', 'lut3("0x96", a, b, c)', 'lut3("10010110", a, b, c)',
     'lut3("0b1001_0110", a, b, c)', "lut3_96(a, b, c)"],
)  # fmt: skip
def test_one_table_in_several_forms(text):
    e = parse(text, ["a", "b", "c"])

    assert e is make("lut3_96", *BITS)
    assert parse(show(e), ["a", "b", "c"]) is e


def test_contents_that_are_no_text_are_asked_for_as_one():
    with pytest.raises(InputError, match="the contents of lut2 are not a text"):
        parse("lut2(8, a, b)", ["a", "b"])


def test_the_first_operand_is_the_lowest_bit_of_the_address():
    e = parse('lut3("00000010", a, b, c)', ["a", "b", "c"])
    rows = np.array(list(product((0.0, 1.0), repeat=3))).T
    found = evaluate([e], dict(zip("abc", rows, strict=True)))[0]

    assert found.tolist() == [float(tuple(row) == (1, 0, 0)) for row in rows.T]


def test_operands_that_are_known_are_looked_up():
    assert parse('lut3("96", a, 1, c)', ["a", "c"]) is make("lut2_9", var("a"), var("c"))
    assert parse('lut2("8", 1, 2.5)', []) is const(1)


WRONG = {
    "digits": 'lut3("961", a, b, c)',
    "no_digits": 'lut2("x", a, b)',
    "operands": 'lut2("8", a)',
    "too_large": 'lut17("8", a)',
    "not_a_table": 'sin("8")',
    "alone": '"8" + a',
    "added": 'a + "8"',
    "later": 'lut2(a, "8", b)',
    "in_a_sum": 'lut2("8" + a, a, b)',
    "open": 'lut2("8"',
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(name, golden):
    with pytest.raises(InputError) as e:
        parse(WRONG[name], ["a", "b", "c"])
    golden(f"{e.value}\n")


@pytest.mark.parametrize("table", ['"0x6"', '"0b0110"', '{ hex = "6" }', '{ binary = "0110" }'])
def test_tables_of_a_design_file(table):
    design = toml.loads(DESIGN.format(tables=f"t = {table}", y="t(a, b)"))

    assert design.outputs == (("y", make("lut2_6", var("a"), var("b"))),)
    assert toml.loads(tomldump.dump(design)).outputs == design.outputs


def test_tables_of_python():
    options = Options(formats="ufixed<1,1>", max_error=0.5, tables={"t": {"hex": "6"}})

    assert load_any("y = t(a, b)\n", options).outputs[0][1] is make("lut2_6", *BITS[:2])


NO_TABLES = {
    "no_kind": '"6"',
    "length": '{ hex = "666" }',
    "digit": '{ binary = "0120" }',
    "other_key": '{ hex = "6", ends = "hold" }',
    "number": "{ hex = 6 }",
}


@pytest.mark.parametrize("name", NO_TABLES)
def test_tables_that_are_none(name, golden):
    with pytest.raises(InputError) as e:
        toml.loads(DESIGN.format(tables=f"t = {NO_TABLES[name]}", y="t(a, b)"), "design.toml")
    golden(f"{e.value}\n")


def test_sixteen_bits_of_address(rng):
    contents = rng.bytes(1 << 13).hex()
    names = [f"b{k}" for k in range(16)]
    e = parse(f'lut16("{contents}", {", ".join(names)})', names)
    rows = rng.integers(0, 2, (16, 500))
    at = sum(rows[k].astype(int) << k for k in range(16))
    found = evaluate([e], dict(zip(names, rows.astype(float), strict=True)))[0]

    assert found.tolist() == [int(contents, 16) >> int(k) & 1 for k in at]


def test_other_languages_have_choices_in_their_place(rng):
    table = {"x": [0, 1, 2.5], "y": [3, -2, 0.5], "between": "step", "ends": "hold"}
    options = Options(formats="fixed<4,3>", max_error=0.5, tables={"t": table})
    contents = int(rng.integers(1 << 8))
    text = f'y = t(a) + 2*lut3("{contents:02x}", a, b > 1, c)\n'
    design = load_any(text, options)
    known = ("where", "ge", "gt", "ne", "add", "mul")
    rows = rng.integers(-4, 4, (3, 200)) / 2
    env = dict(zip("abc", rows, strict=True))
    roots = [e for _, e in design.outputs]

    np.testing.assert_array_equal(evaluate(expanded(roots, known), env), evaluate(roots, env))
    for language in LANGUAGES:
        assert "steps_" not in export(design, language) or language == "json"
