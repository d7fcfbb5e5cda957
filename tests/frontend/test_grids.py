"""Tables of several addresses: every way to state one, exact at every code, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from symgate import api
from symgate.errors import InputError
from symgate.frontend.design_file.toml import load, loads
from symgate.frontend.load import Options, load_any
from symgate.passes.compiler import compile_design
from symgate.proof.recheck import recheck
from symgate.report.estimate import luts
from symgate.sim.numpy_model import simulate
from symgate.sim.vectors import make

VALUES = np.random.default_rng(3).integers(0, 200, (8, 16))


def text(table: str, ports: str = 'x = "uint<3>"\ny = "uint<4>"', output: str = "t(x, y)") -> str:
    return (
        f"[inputs]\n{ports}\n[tables]\nt = {table}\n[outputs]\n"
        f'f = "{output}"\n[accuracy]\nmax_error = "2^-20"\n'
    )


def checked(design, wanted) -> float:
    """The LUTs of a design that gives ``wanted`` of all codes, exactly and proved."""
    firmware = compile_design(design, measure=luts)
    columns = make(design.inputs, 0, 0).columns
    found = simulate(firmware.graph, columns)["f"]
    (port,) = firmware.graph.outputs
    assert np.array_equal(found * float(port.type.ulp), wanted(columns["x"], columns["y"]))
    assert firmware.certificate.bound("f") == 0
    assert recheck(firmware).proved
    return luts(firmware.graph)


def words(values: np.ndarray, digits: int = 2) -> str:
    return " ".join(f"{int(v):0{digits}x}" for v in values.reshape(-1))


STATED = {
    "lists": f"{{ values = {VALUES.tolist()} }}",
    "hex": f'{{ hex = "{words(VALUES)}", shape = [8, 16] }}',
    "mem": '{ file = "t.mem", shape = [8, 16] }',
    "csv": '{ file = "t.csv" }',
    "npy": '{ file = "t.npy" }',
}


@pytest.mark.parametrize("form", STATED)
def test_every_form_is_the_same_table(form, tmp_path):
    lines = [f"{words(row)} // row {k}" for k, row in enumerate(VALUES)]
    (tmp_path / "t.mem").write_text("\n".join(lines) + "\n")
    (tmp_path / "t.csv").write_text("\n".join(",".join(map(str, row)) for row in VALUES.tolist()))
    np.save(tmp_path / "t.npy", VALUES)
    (path := tmp_path / "design.toml").write_text(text(STATED[form]))
    assert checked(load(path), lambda x, y: VALUES[x, y]) < 30


def test_signed_addresses_and_words_in_a_format():
    table = f'{{ hex = "{words(VALUES)}", shape = [8, 16], format = "fixed<8,3>", from = [-4, 0] }}'
    codes = (VALUES ^ 128) - 128
    design = loads(text(table, 'x = "int<3>"\ny = "uint<4>"'))
    checked(design, lambda x, y: codes[x + 4, y] / 32)


def test_operands_are_rounded_down_and_held_at_the_ends():
    few = VALUES[:5, :3]
    design = loads(text(f"{{ values = {few.tolist()} }}", 'x = "fixed<5,4>"\ny = "uint<2>"'))
    checked(design, lambda x, y: few[np.clip(x >> 1, 0, 4), np.clip(y, 0, 2)])


def test_one_and_three_addresses_and_tables_in_sums():
    cube = VALUES.reshape(4, 4, 8).tolist()
    ports = 'x = "uint<2>"\ny = "uint<2>"\nz = "uint<3>"'
    design = loads(text(f"{{ values = {cube} }}", ports, "t(x, y, z) - 3*x"))
    firmware = compile_design(design)
    columns = make(design.inputs, 0, 0).columns
    x, y, z = (columns[name] for name in "xyz")
    found = simulate(firmware.graph, columns)["f"]
    assert np.array_equal(found, VALUES.reshape(4, 4, 8)[x, y, z] - 3 * x)
    flat = VALUES[0].tolist()
    design = loads(text(f"{{ values = {flat} }}", output="t(y) + x"))
    checked(design, lambda x, y: VALUES[0][y] + x)


def test_python_takes_arrays():
    options = Options(
        formats={"x": "uint<3>", "y": "uint<4>"},
        max_error="2^-20",
        tables={"t": {"values": VALUES}},
    )
    checked(load_any("f = t(x, y)", options), lambda x, y: VALUES[x, y])


def test_rows_that_are_alike_are_kept_once():
    rng = np.random.default_rng(1)
    rows = rng.integers(0, 64, (4, 32))[rng.integers(0, 4, 32)] + rng.integers(0, 9, 32)[:, None]
    ports = 'x = "uint<5>"\ny = "uint<5>"'
    for table in (rows, rows.T):
        design = loads(text(f"{{ values = {table.tolist()} }}", ports))
        assert checked(design, lambda x, y, table=table: table[x, y]) <= 30  # plain: over 100


def test_the_table_of_compressed_lut_takes_no_more_than_theirs():
    table = [int(np.floor(64 * np.sqrt(k) + 0.5)) for k in range(4096)]
    design = loads(text(f"{{ values = {table} }}", 'x = "uint<12>"', "t(x)"))
    firmware = compile_design(design, measure=luts)
    assert firmware.certificate.bound("f") == 0
    assert luts(firmware.graph) <= 385


REFUSED = {
    "{ values = [[1, 2], [3]] }": "lists of table 't' differ in length",
    "{ values = [[]] }": "lists of table 't' differ in length",
    "{ values = [1, 2], shape = [4] }": "has 2 entries",
    "{ values = [[1, 2], [3, 4]], shape = [4] }": "shape 4 has contents of 2 x 2",
    "{ values = [[1, 2], [3, 4]], from = [1] }": "1 numbers in from",
    '{ values = [1, "x"] }': "is not a number",
    '{ hex = "zz", shape = [1] }': "'zz' is no hexadecimal word",
    '{ hex = "1ff", shape = [1], format = "uint<8>" }': "more than 8 bits",
    '{ values = [0.3], format = "uint<8>" }': "is no value of ufixed<8,8>",
    '{ file = "none.mem", shape = [4] }': "no such file",
    "{ values = [1, 2], shap = [2] }": "unknown key 'shap'",
    "{ values = [1, 2], shape = [2.5] }": "shape of table 't'",
    '{ values = [1, 2], file = "t.mem" }': "table 't' has",
    f"{{ values = {[0] * 70000} }}": "at most 65,536 entries",
}


@pytest.mark.parametrize("table", REFUSED)
def test_what_is_no_table(table):
    with pytest.raises(InputError) as found:
        loads(text(table, output="t(x)"), "none/t.toml")
    assert REFUSED[table] in str(found.value)


def test_a_wrong_word_of_a_file_is_placed(tmp_path):
    (tmp_path / "t.mem").write_text("0a 1_b // 2 zz\n# zz\n 03//zz\n04 zz\n")
    (path := tmp_path / "design.toml").write_text(
        text('{ file = "t.mem", shape = [4] }', output="t(x)")
    )
    with pytest.raises(InputError, match="'zz' is no hexadecimal word") as found:
        load(path)
    assert "t.mem:4:4" in str(found.value)


def test_an_array_that_would_run_code_is_refused(tmp_path):
    np.save(tmp_path / "t.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    (path := tmp_path / "design.toml").write_text(text('{ file = "t.npy" }', output="t(x)"))
    with pytest.raises(InputError, match="is no array of NumPy"):
        load(path)


def test_the_number_of_addresses_is_checked():
    with pytest.raises(InputError, match="t takes 2 operands, got 1"):
        loads(text("{ values = [[1, 2], [3, 4]] }", output="t(x)"))


def test_all_models_agree(tmp_path):
    build = api.compile(loads(text(STATED["lists"])), tmp_path / "t")
    found = api.verify(build, tools=["cpp", "amaranth"])
    assert (found.problems, found.vectors) == ([], 128)
    assert api.load(tmp_path / "t").design.outputs == build.design.outputs


@pytest.mark.needs("iverilog", "verilator")
@pytest.mark.parametrize("bits", [11])
def test_long_tables_of_one_bit_are_the_same_in_verilog(bits, tmp_path):
    values = np.random.default_rng(bits).integers(0, 2, 1 << bits).tolist()
    table = text(f"{{ values = {values} }}", f'x = "uint<{bits}>"', "t(x)")
    build = api.compile(loads(table), tmp_path / "t")
    assert "localparam [63:0] M7" in (tmp_path / "t" / "rtl" / f"{build.name}.v").read_text()
    assert api.verify(build, tools=["icarus", "verilator"]).problems == []
