"""Tables copied from a terminal: every form that PySR and pandas print, and what is cut off."""

from __future__ import annotations

import pandas
import pytest

from symgate.errors import InputError
from symgate.frontend.load import Options, import_any, load_any
from symgate.ir.exprtext import show

ANY = Options(bits=12, ranges=["[1, 2]"], max_error="0.01")
ROWS = [
    (1, 42.5, 0.0, "4.4324794"),
    (3, 3.4, 1.25, "(x0 * x0)"),
    (6, 0.02, 4.9, "((x0 * x0) + cos(x3))"),
    (10, 0.019, 0.01, "(((x0 * x0) + -0.28087974) + (cos(x3) * 2.5382123))"),
]
SEARCH = """Expressions evaluated per second: 2.160e+05
════════════════════════════════════════════════════════════
───────────────────────────────────────────────────────────
Complexity  Loss       {score}Equation
1           4.235e+01  {s0}{y}4.4325
3           3.437e+00  {s1}{y}(x0 * x0)
6           2.000e-02  {s2}{y}(x0 * x0) +
                                 ↳ cos(x3)
10          1.900e-02  {s3}{y}(x0 * x0) + cos(x3) * 1.01
───────────────────────────────────────────────────────────
"""
SCORES = {
    "score": "Score      ",
    "s0": "0.000e+00  ",
    "s1": "1.256e+00  ",
    "s2": "2.898e+00  ",
    "s3": "1.0e-03  ",
}


def read(folder, text: str, options: Options = ANY) -> dict[str, str]:
    (folder / "printed.txt").write_text(text, encoding="utf-8")
    return {n: show(e) for n, e in load_any(folder / "printed.txt", options).outputs}


def printed(width: int, cell: int, columns: int | None = None) -> str:
    """As ``print(model)`` does it: pandas' own text, in brackets and indented."""
    names = ["pick", "score", "equation", "loss", "complexity"]
    frame = pandas.DataFrame([["", s, e, loss, c] for c, loss, s, e in ROWS], columns=names)
    frame.loc[2, "pick"] = ">>>>"
    with pandas.option_context(
        "display.width", width, "display.max_colwidth", cell, "display.max_columns", columns
    ):
        lines = repr(frame).splitlines()
    return "PySRRegressor.equations_ = [\n" + "".join(f"\t{line}\n" for line in lines) + "]\n"


@pytest.mark.parametrize("width", [200, 80, 40])
def test_print_of_a_model(width, tmp_path):
    text = printed(width, 100)
    assert ("\\" in text) == (width < 200), "narrow terminals break the table"
    assert read(tmp_path, text) == {"y": "x0*x0 + cos(x3)"}
    assert read(
        tmp_path, text, Options(bits=12, ranges=["[1, 2]"], max_error="0.01", pick="3")
    ) == {"y": "x0*x0"}


def test_two_outputs(tmp_path):
    assert read(tmp_path, printed(80, 100) + printed(80, 100)) == {
        "y0": "x0*x0 + cos(x3)",
        "y1": "x0*x0 + cos(x3)",
    }


@pytest.mark.parametrize("scores", [SCORES, dict.fromkeys(SCORES, "")])
@pytest.mark.parametrize("y", ["", "y = ", "target = "])
def test_what_the_search_prints(scores, y, tmp_path):
    name = y.partition(" ")[0] or "y"
    assert read(tmp_path, SEARCH.format(y=y, **scores)) == {name: "x0*x0 + cos(x3)"}


def test_the_last_table_counts(tmp_path):
    text = SEARCH.format(y="", **SCORES)
    assert read(tmp_path, text.replace("cos", "sin") + text) == {"y": "x0*x0 + cos(x3)"}


@pytest.mark.parametrize(
    "text",
    [
        printed(80, 20),
        printed(80, 100, 3),
        SEARCH.format(y="", **SCORES).replace("↳ cos(x3)", "↳ ..."),
        "pick score equation loss\n",
        printed(200, 100).replace("42.500", "4x.500"),
    ],
    ids=["cell", "columns", "line", "empty", "number"],
)
def test_wrong(text, tmp_path, golden):
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    golden(str(caught.value).replace(f"{tmp_path}/", ""))


def test_single_precision_is_noted(tmp_path):
    file = tmp_path / "hall_of_fame.csv"
    for constant, kinds in (
        ("0.94548184", ["row", "float32"]),
        ("0.945481839217", ["row"]),
        ("0.5", ["row"]),
    ):
        file.write_text(f'Complexity,Loss,Equation\n3,0.5,"x0 - {constant}"\n')
        assert [n.kind for n in import_any([file], ANY).notes] == kinds
    assert [n.kind for n in import_any([file], Options(dialect="pysr,float=32")).notes] == ["row"]
    file.write_text('Complexity,Loss,Equation\n3,0.5,"x0 - 1.2345678e99"\n')
    assert [n.kind for n in import_any([file], ANY).notes] == ["row"]
