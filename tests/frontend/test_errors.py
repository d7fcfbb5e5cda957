"""What a user reads when the input is wrong: one golden file per mistake."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from symgate.errors import InputError
from symgate.frontend.design_file.toml import loads
from symgate.frontend.language.infix import parse
from symgate.frontend.load import Options, load_any

NAMES = ["x2", "x3", "x14", "x15", "theta"]
EXPRESSIONS = {
    "not_of_a_constant": "~1/(8*x14)",
    "unknown_function": "1 + sni(x2)",
    "unknown_variable": "sin(x13) + 1",
    "unknown_variable_no_idea": "2*volume",
    "function_without_call": "sin + x2",
    "variable_called": "x2(3)",
    "constant_called": "2*E(3)",
    "missing_operator": "2x2 + 1",
    "missing_operand": "x2 + * 3",
    "ends_early": "x2 *",
    "unclosed": "sin(x2 + (3*x3)",
    "unopened": "x2 + 3)",
    "empty": "   ",
    "empty_brackets": "2*()",
    "comma_number": "0,5*x2",
    "comma_in_brackets": "(x2, x3)",
    "chain": "0 < x2 < 1",
    "ampersand": "x2 & x3 > 0",
    "not_after_plus": "1 + not x2 > 0",
    "if_without_else": "x2 if x3 > 0",
    "else_without_if": "x2 else 3",
    "keyword": "2*if",
    "nan": "x2 + nan",
    "infinity": "oo*x2",
    "huge_exponent": "1e999999*x2",
    "huge_number": "1" * 2000 + "*x2",
    "too_many_operands": "sin(x2, x3)",
    "too_few_operands": "atan2(x2)",
    "no_operands": "exp()",
    "division_by_zero": "x2/0",
    "negative_power_of_zero": "0**-1",
    "piecewise_open": "Piecewise((x2, x3 > 0))",
    "piecewise_no_pairs": "Piecewise(x2, x3)",
    "pair_in_a_sum": "Piecewise((x2, x3 > 0) + 1, (2, True))",
    "assignment": "x2 = 3",
    "latex": r"\sin x_2",
    "quotes": "'x2'",
    "code": "__import__('os').system('true')",
    "many_lines": "x2 +\n  x3*\n  sni(x14)",
    "long_line": "x2 + " * 40 + "sni(x3)" + " + x2" * 40,
    "control_character": "x2 + \x00",
}


def message(call) -> str:
    with pytest.raises(InputError) as error:
        call()
    text = str(error.value)
    assert text.startswith("error: ")
    assert error.value.exit_code == 2
    return re.sub(r"[^\s']*/([\w.-]+\.(?:toml|txt|csv|pkl|bak))", r"\1", text) + "\n"


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_expression(name, golden):
    golden(message(lambda: parse(EXPRESSIONS[name], NAMES)))


DESIGN = """\
[design]
name = "jets"

[inputs]
x14 = { format = "fixed<12,5>", range = [-8, 8] }
x3 = { bits = 12, range = [-3.5, 4] }

[outputs]
g = "sin(x14 - 0.39*x3)"
q = "x3 + 1"

[accuracy]
max_error = 0.01

[target]
clock = "5 ns"
"""
DESIGNS = {
    "syntax": ("clock = \"5 ns\"", "clock = 5 ns"),
    "key_twice": ("x3 = { bits", "x14 = { bits"),
    "section_twice": ("[target]", "[outputs]"),
    "unknown_section": ("[target]", "[taget]"),
    "unknown_key": ("clock =", "clok ="),
    "unknown_key_of_input": ("bits = 12", "bit = 12"),
    "section_is_a_value": ("[design]\nname = \"jets\"\n", "target = 3\n"),
    "no_inputs": (DESIGN[DESIGN.index("x14 ="):DESIGN.index("[outputs]")], ""),
    "no_outputs": (DESIGN[DESIGN.index("g ="):DESIGN.index("[accuracy]")], ""),
    "input_is_a_number": ("{ bits = 12, range = [-3.5, 4] }", "12"),
    "bad_name_of_input": ("x3 =", "x-3 ="),
    "bad_name_of_design": ('"jets"', '"5 jets"'),
    "bad_format": ("fixed<12,5>", "fixed<12.5>"),
    "format_too_wide": ("fixed<12,5>", "fixed<5000,5>"),
    "format_and_bits": ("bits = 12", 'bits = 12, format = "fixed<12,3>"'),
    "no_format": ("bits = 12, ", ""),
    "no_range": (", range = [-3.5, 4]", ""),
    "bits_are_text": ("bits = 12", 'bits = "12"'),
    "range_outside_the_format": ("range = [-8, 8]", "range = [-8, 20]"),
    "range_reversed": ("range = [-8, 8]", "range = [8, -8]"),
    "range_holds_no_value": ("range = [-8, 8]", "range = [0.001, 0.002]"),
    "range_of_three": ("range = [-8, 8]", "range = [-8, 0, 8]"),
    "range_is_text": ("range = [-8, 8]", 'range = ["low", 8]'),
    "range_is_infinite": ("range = [-8, 8]", "range = [-inf, 8]"),
    "range_is_nan": ("range = [-8, 8]", "range = [nan, 8]"),
    "output_is_an_input": ("q =", "x3 ="),
    "output_is_true": ('"x3 + 1"', "true"),
    "output_uses_unknown": ('"x3 + 1"', '"x4 + 1"'),
    "output_with_unknown_function": ("sin(x14", "sni(x14"),
    "output_of_many_lines": ('"x3 + 1"', '"""\nx3 +\n  exp(x3, 1)"""'),
    "output_with_escapes": ('"x3 + 1"', '"x3 + \\u0073ni(x3)"'),
    "both_accuracies": ("max_error = 0.01", 'max_error = 0.01\nprecision = "fixed<16,6>"'),
    "no_accuracy": ("max_error = 0.01", ""),
    "max_error_zero": ("0.01", "0"),
    "max_error_negative": ("0.01", '"-2^-5"'),
    "max_error_nan": ("0.01", "nan"),
    "max_error_huge": ("0.01", "1e999999"),
    "max_error_of_unknown_output": ("0.01", "{ g = 0.1, p = 0.1 }"),
    "max_error_of_one_output_missing": ("0.01", "{ g = 0.1 }"),
    "max_error_is_true": ("0.01", "true"),
    "label_without_metric": ("max_error = 0.01", 'max_error = 0.01\nlabel = "class"'),
    "metric_without_data": ("max_error = 0.01", 'metric = "accuracy"'),
    "unknown_metric": ("max_error = 0.01", 'metric = "acuracy"'),
    "max_loss_negative": ("max_error = 0.01", 'metric = "auc"\ndata = "a.csv"\nmax_loss = -1'),
    "clock_without_unit": ('"5 ns"', '"5"'),
    "clock_zero": ('"5 ns"', '"0 MHz"'),
    "limit_negative": ('clock = "5 ns"', "dsp = -1"),
    "limit_fraction": ('clock = "5 ns"', "lut = 10.5"),
    "interval_of_0": ('clock = "5 ns"', "ii = 0"),
    "interval_is_text": ('clock = "5 ns"', 'ii = "2"'),
    "interval_with_primitives": ('clock = "5 ns"', "ii = 2\nprimitives = true"),
    "interval_with_clock_enable": ('clock = "5 ns"', "ii = 2\nclock_enable = true"),
    "interval_without_clock": ('clock = "5 ns"', "ii = 2\nlatency = 0"),
    "unknown_objective": ('clock = "5 ns"', 'objective = "speed"'),
    "unknown_domain": ('name = "jets"', 'name = "jets"\ndomain = "clmap"'),
    "let_uses_output": ("[outputs]", '[let]\nt = "2*q"\n[outputs]'),
}  # fmt: skip


@pytest.mark.parametrize("name", DESIGNS)
def test_design_file(name, golden):
    old, new = DESIGNS[name]
    assert old in DESIGN
    golden(message(lambda: loads(DESIGN.replace(old, new, 1), "jets.toml")))


TEXTS = {
    "input_twice": "x: [0, 1]\nx: [0, 2]\ny = x\n",
    "output_twice": "x: [0, 1]\ny = x\ny = x + 1\n",
    "output_is_an_input": "x: [0, 1]\nx = 3\n",
    "no_output": "x: [0, 1]\nlet t = x\n",
    "no_expression": "x: [0, 1]\ny =\n",
    "bad_input": "x: about 3\ny = x\n",
    "used_before_defined": "y = t + a\nlet t = 2*a\n",
    "unclosed_bracket": "x: [0, 1]\ny = sin(x + (2\nz = x\n",
    "unknown_variable": "x1: [0, 1]\ny = x1 + x2\n",
    "error_in_a_continued_line": "x: [0, 1]\ny = (x +\n    2*sni(x))  # comment\n",
    "bad_function": "f(x, x) = x\nx: [0, 1]\ny = f(x)\n",
    "bad_range": "x: [0, high]\ny = x\n",
    "no_range": "x: fixed<8,2>\ny = x + x2\n",
}


@pytest.mark.parametrize("name", TEXTS)
def test_file_of_expressions(name, golden, tmp_path):
    (tmp_path / "f.txt").write_text(TEXTS[name])
    golden(message(lambda: load_any(tmp_path / "f.txt", Options(bits=8, max_error="0.01"))))


OPTIONS = {
    "no_accuracy": Options(bits=8, ranges=["[0, 1]"]),
    "no_bits": Options(ranges=["[0, 1]"], max_error="0.01"),
    "no_range": Options(bits=8, max_error="0.01"),
    "two_accuracies": Options(bits=8, ranges=["[0, 1]"], max_error="0.01", precision="fixed<16,6>"),
    "unknown_range": Options(bits=8, ranges=["a=[0, 1]", "c=[0, 1]"], max_error="0.01"),
    "bad_range": Options(bits=8, ranges=["x0=0..1"], max_error="0.01"),
    "range_twice": Options(bits=8, ranges=["a=[0, 1]", "a=[0, 2]"], max_error="0.01"),
    "range_reversed": Options(bits=8, ranges=["a=[1, 0]"], max_error="0.01"),
    "bad_max_error": Options(bits=8, ranges=["[0, 1]"], max_error=["small"]),
    "max_error_of_unknown": Options(bits=8, ranges=["[0, 1]"], max_error=["p=0.1"]),
    "bad_clock": Options(bits=8, ranges=["[0, 1]"], max_error="0.01", clock="fast"),
    "bad_precision": Options(bits=8, ranges=["[0, 1]"], precision="float32"),
    "bad_function": Options(bits=8, ranges=["[0, 1]"], max_error="0.01", functions=["f(x) sin(x)"]),
    "bits_zero": Options(bits=0, ranges=["[0, 1]"], max_error="0.01"),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_option(name, golden):
    golden(message(lambda: load_any("y = a + sin(b)", OPTIONS[name])))


HALLS = {
    "cut_off": "Complexity,Loss,Equation\n1,0.5,\"x0\"\n3,0.1\n",
    "no_rows": "Complexity,Loss,Equation\n",
    "bad_number": "Complexity,Loss,Equation\none,0.5,\"x0\"\n",
    "template": "Complexity,Loss,Equation\n1,0.5,\"f = #1 - 3.75e-08; g = #1\"\n",
    "unknown_operator": "Complexity,Loss,Equation\n4,0.5,\"1.5 + sc(x0)\"\n",
    "no_such_complexity": "Complexity,Loss,Equation\n4,0.5,\"x0\"\n7,0.1,\"x0 + x1\"\n",
    "no_equation_column": "Complexity,Loss,Result\n1,0.5,\"x0\"\n",
    "other_csv": "a,b\n1,2\n",
}  # fmt: skip


@pytest.mark.parametrize("name", HALLS)
def test_hall_of_fame(name, golden, tmp_path):
    (tmp_path / "hall_of_fame.csv").write_text(HALLS[name])
    options = Options(
        bits=8,
        ranges=["[0, 1]"],
        max_error="0.1",
        pick="5" if name == "no_such_complexity" else "best",
    )
    golden(message(lambda: load_any(tmp_path / "hall_of_fame.csv", options)))


def test_missing_file(golden, tmp_path):
    (tmp_path / "design.toml").write_text(DESIGN)
    golden(message(lambda: load_any(tmp_path / "desgin.toml")))


def test_missing_folder(golden):
    golden(message(lambda: load_any(Path("no_such_folder/design.toml"))))


UNREADABLE = {"empty": b"", "blank": b"\n  \n", "binary": b"a = 1\nb = \xff\xfe\n"}


@pytest.mark.parametrize("name", ["a.toml", "a.txt", "hall_of_fame.csv"])
@pytest.mark.parametrize("kind", UNREADABLE)
def test_unreadable_file(name, kind, golden, tmp_path):
    (tmp_path / name).write_bytes(UNREADABLE[kind])
    golden(message(lambda: load_any(tmp_path / name)))


def test_folder_without_design(golden, tmp_path):
    golden(re.sub(r"/\S*", "FOLDER", message(lambda: load_any(tmp_path))))


def test_pickle_is_refused(golden, tmp_path):
    (tmp_path / "checkpoint.pkl").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    golden(message(lambda: load_any(tmp_path / "checkpoint.pkl")))


def test_python_object(golden):
    golden(message(lambda: load_any({"y": object}, Options(bits=8, max_error="0.1"))))
