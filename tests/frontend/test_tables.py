"""Tables of candidates as PySR, pandas and users write them: which row is read, under which names."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from symgate.errors import InputError
from symgate.frontend.check import DesignWarning
from symgate.frontend.load import Options, load_any
from symgate.ir.exprtext import show

ANY = Options(bits=12, ranges=["[1, 2]"], max_error="0.01")
ROWS = [
    (1, 10.0, "1.5"),
    (3, 9.0, "x0 ^ 2"),
    (5, 1.2, "square(x0) + x1"),
    (9, 1.19, "square(x0) + x1 * 1.001"),
]
BEST = "x1 + square(x0)"


def read(
    folder, text: str, name: str = "hall_of_fame.csv", options: Options = ANY
) -> dict[str, str]:
    (folder / name).write_text(text, encoding="utf-8")
    return {n: show(e) for n, e in load_any(folder / name, options).outputs}


def csv(header: str, form: str, end: str = "\n") -> str:
    lines = (form.format(k=k, c=c, l=loss, e=e, s=0.1 * k) for k, (c, loss, e) in enumerate(ROWS))
    return end.join([header, *lines]) + end


FORMS = {
    "pysr": csv("Complexity,Loss,Equation", '{c},{l},"{e}"'),
    "crlf": csv("Complexity,Loss,Equation", '{c},{l},"{e}"', "\r\n"),
    "mark of byte order": "\ufeff" + csv("Complexity,Loss,Equation", '{c},{l},"{e}"'),
    "old pysr": csv("Complexity|MSE|Equation", "{c}|{l}|{e}"),
    "tabs": csv("complexity\tloss\tequation", "{c}\t{l}\t{e}"),
    "pandas": csv(",complexity,loss,equation,score,sympy_format,lambda_format",
                  '{k},{c},{l},{e},{s},x0,"PySRFunction(X=>{e})"'),
    "other order": csv("Equation,score,Loss,Complexity", '"{e}",{s},{l},{c}'),
    "semicolons": csv("complexity;loss;score;equation", "{c};{l};{s};{e}"),
    "spaces in the header": csv(' "Complexity" , Loss , Equation ', '{c}, {l}, {e}'),
    "complexity as float": csv("complexity,loss,equation", "{c}.0,{l},{e}"),
    "line between": csv("Complexity,Loss,Equation", '{c},{l},"{e}"\n'),
    "formula": csv("size,mse,formula", "{c},{l},{e}"),
    "symgate fit": csv("nodes,largest,loss,held,lut,formula", "{c},{c},{s},{l},,{e}"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("file", ["hall_of_fame.csv", "hall_of_fame.csv.bak", "candidates.txt"])
def test_csv(name, file, tmp_path):
    assert read(tmp_path, FORMS[name], file) == {"y": BEST}


def frame(orient: str) -> object:
    names = ["complexity", "loss", "equation", "score"]
    values = [[c, loss, e, 0.1] for c, loss, e in ROWS]
    records = [dict(zip(names, v, strict=True)) for v in values]
    return {
        "records": records,
        "columns": {n: {str(k): v[i] for k, v in enumerate(values)} for i, n in enumerate(names)},
        "list": {n: [v[i] for v in values] for i, n in enumerate(names)},
        "split": {"columns": names, "index": [0, 1, 2, 3], "data": values},
        "table": {"schema": {"fields": []}, "data": records},
        "index": {"equations": records, "model_selection": "best"},
        "capital": [{n.capitalize(): v for n, v in r.items()} for r in records],
    }[orient]


@pytest.mark.parametrize(
    "orient", ["records", "columns", "list", "split", "table", "index", "capital"]
)
def test_json(orient, tmp_path):
    assert read(tmp_path, json.dumps(frame(orient), indent=1), "front.json") == {"y": BEST}


def test_json_of_users(tmp_path):
    text = '{"block_name": "mlp", "equations": {"0": "0.48 + Nb*(-0.0012)", "1": "el_Si ** 2", "10": "E*Nb"}}'
    assert read(tmp_path, text, "a.json") == {
        "y0": "0.48 - 0.0012*Nb",
        "y1": "el_Si**2",
        "y2": "Nb*e",
    }
    assert read(tmp_path, '{"a": "x0 + 1", "b": "x0*2"}', "a.json") == {"a": "x0 + 1", "b": "2*x0"}
    assert read(tmp_path, '["x0 + 1", "x0*2"]', "a.json") == {"y0": "x0 + 1", "y1": "2*x0"}
    assert read(tmp_path, '{"outputs": ["g", "q"], "exprs": ["x0", "x1"]}', "a.json") == {
        "g": "x0",
        "q": "x1",
    }
    tables = {"u": frame("records"), "v": frame("columns")}
    assert read(tmp_path, json.dumps(tables), "a.json") == {"u": BEST, "v": BEST}
    assert read(tmp_path, json.dumps([frame("records"), frame("list")]), "a.json") == {
        "y0": BEST,
        "y1": BEST,
    }


def test_json_carries_ranges(tmp_path):
    text = '[{"name": "I.1", "formula": "a*b", "vars": [["a", 1.0, 5.5], ["b", 0, 2]]}]'
    (tmp_path / "a.json").write_text(text)
    with pytest.warns(DesignWarning, match="I.1 is I_1"):
        design = load_any(tmp_path / "a.json", Options(bits=8, relative_error="2^-8"))
    assert [(i.name, float(i.lo), float(i.hi)) for i in design.inputs] == [
        ("a", 1, 5.5),
        ("b", 0, 1.9921875),
    ]
    assert [n for n, _ in design.outputs] == ["I_1"]


def test_rows_without_rating_are_outputs(tmp_path):
    assert read(tmp_path, "output,equation\nu,x0+1\nv,x0*2\n") == {"u": "x0 + 1", "v": "2*x0"}


def test_rows_of_several_outputs_in_one_table(tmp_path):
    text = "output,complexity,loss,equation\nu,1,5,x0\nu,3,1e-9,x0*2\nv,1,4,x1\nv,9,4.5,x1*3\n"
    assert read(tmp_path, text) == {"u": "2*x0", "v": "x1"}


def test_a_front_of_symgate_fit_is_picked_from_by_nodes(tmp_path):
    text = "nodes,loss,held,formula\n9,0.1,0.2,x0\n14,0.2,0.1,x0*2\n"
    pick = replace(ANY, pick="9")
    assert read(tmp_path, text, "front.csv", pick) == {"y": "x0"}
    with pytest.raises(InputError, match="no equation of complexity 12") as error:
        read(tmp_path, text, "front.csv", replace(ANY, pick="12"))
    assert error.value.expected == "one of 9, 14"


def test_a_table_without_sizes_is_not_picked_from_by_size(tmp_path):
    text = "loss,equation\n0.1,x0\n0.2,x0*2\n"
    with pytest.raises(InputError, match="no column of complexities") as error:
        read(tmp_path, text, options=replace(ANY, pick="9"))
    assert error.value.remedy == "choose by best, score or accuracy"


def test_table_without_losses(tmp_path):
    text = "complexity,score,equation\n1,0.0,x0\n3,2.5,x0*2\n5,0.1,x0*3\n"
    assert read(tmp_path, text) == {"y": "2*x0"}
    with pytest.raises(InputError, match="no losses to choose by") as error:
        read(tmp_path, "complexity,equation\n1,x0\n3,x0*2\n")
    assert error.value.remedy == "give the row's complexity: --pick N, of 1, 3"


@pytest.mark.parametrize(
    "name",
    [
        "E",
        "e",
        "S",
        "N",
        "I",
        "O",
        "Q",
        "beta",
        "gamma",
        "lambda",
        "el_Si",
        "exec",
        "Si",
        "zeta",
        "step",
        "round",
        "x",
        "theta_1",
        "LambertW",
        "inf_",
        "in",
        "is",
    ],
)
def test_features_may_have_any_name(name, tmp_path):
    options = Options(bits=8, ranges={name: (0, 1)}, max_error="0.1")
    for stated in (ANY, options):
        found = load_any(written(tmp_path, f"1.5 * sin({name}) + {name}"), stated)
        assert [i.name for i in found.inputs] == [name]


def written(folder, equation: str):
    (folder / "hall_of_fame.csv").write_text(
        f'Complexity,Loss,Equation\n3,0.5,"{equation}"\n', encoding="utf-8"
    )
    return folder / "hall_of_fame.csv"


def test_names_that_hardware_does_not_take_are_changed_and_told(tmp_path):
    options = Options(bits=8, ranges=["*=[0, 1]", "λ=[0, 2]"], max_error="0.1")
    with pytest.warns(DesignWarning, match="λ is lambda"):
        design = load_any(written(tmp_path, "λ * x₁"), options)
    assert [(i.name, float(i.hi)) for i in design.inputs] == [
        ("lambda", 1.9921875),
        ("x1", 0.99609375),
    ]


@pytest.mark.parametrize(
    ("equation", "text"),
    [
        ("greater(x0, 1.5) * inv(x1)", "(x0 > 1.5)*inv(x1)"),
        ("cond(x0 - 1.5, cube(x1))", "where(x0 - 1.5 > 0, cube(x1), 0)"),
        ("safe_log(x0) + safe_sqrt(x1)", "log(x0) + sqrt(x1)"),
        ("safe_pow(x0, 2.5) - log_abs(x1)", "x0**2.5 - log(abs(x1))"),
        ("(x0 > 1.2) - (x1 <= 0.5)", "(x0 > 1.2) - (x1 <= 0.5)"),
        ("max(x0, 1.5e-3) ^ -1.2e0", "max(0.0015, x0)**-1.2"),
        ("fma(x0, x1, -2.0e-2) + x0", "x0 + (x0*x1 - 0.02)"),
        ("x0 ** 2 / -x1", "x0**2/(-x1)"),
        ("-(x0 ^ 2)", "-x0**2"),
        ("pi * x0", "x0*pi"),
        ("x0 * -1.3f0 + 2.5f-3 + x1", "-1.3*x0 + 0.0025 + x1"),
    ],
)
def test_operators(equation, text, tmp_path):
    (found,) = load_any(written(tmp_path, equation), ANY).outputs
    want = load_any(f"y = {text}\n", ANY).outputs[0][1]
    assert found[1] is want


def test_template(tmp_path):
    row = "f = #1 - 3.75e-08*#2; g = sin(#1); C = [0.34, -0.14]"
    options = Options(
        bits=8, ranges=["[0, 1]"], max_error="0.1", combine="f(x0, x1) + C[2]*g(x2)*C[1]"
    )
    found = load_any(written(tmp_path, row), options).outputs[0][1]
    assert show(found) == "(x0 - 0.0000000375*x1) - 0.0476*sin(x2)"


WRONG = {
    "cut": "Complexity,Loss,Equation\n1,2.0,x0\n3,1.0\n",
    "number": "Complexity,Loss,Equation\n1,2.0,x0\nthree,1.0,x0\n",
    "text_in_quotes": 'Complexity,Loss,Equation\n1,2.0,"x0\n',
    "unknown_function": 'Complexity,Loss,Equation\n1,2.0,"myop(x0)"\n',
    "pick": "Complexity,Loss,Equation\n1,2.0,x0\n3,1.0,x1\n",
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_csv(name, golden, tmp_path):
    options = (
        Options(bits=8, ranges=["[0, 1]"], max_error="0.1", pick="5") if name == "pick" else ANY
    )
    with pytest.raises(InputError) as error:
        read(tmp_path, WRONG[name], options=options)
    golden(f"{error.value}\n".replace(f"{tmp_path}/", ""))


WRONG_JSON = {
    "syntax": '{"a": "x0",\n "b": }',
    "nothing": '{"a": 3}',
    "empty": "[]",
    "row": '[{"complexity": 1}]',
    "deep": "[" * 100_000,
    "number": '[{"complexity": "one", "loss": 2, "equation": "x0"}]',
    "expression": '{\n "y": "sin(x0) +"\n}',
}


@pytest.mark.parametrize("name", WRONG_JSON)
def test_wrong_json(name, golden, tmp_path):
    with pytest.raises(InputError) as error:
        read(tmp_path, WRONG_JSON[name], "a.json")
    golden(f"{error.value}\n".replace(f"{tmp_path}/", ""))
