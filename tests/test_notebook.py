"""The notebook of the examples runs from top to bottom."""

from __future__ import annotations

import ast
import json

import pytest

NOTEBOOK = "examples/notebook/first.ipynb"


@pytest.fixture
def notebook(root) -> dict:
    return json.loads((root / NOTEBOOK).read_text(encoding="utf-8"))


def test_it_holds_no_outputs_and_reads_as_a_notebook(notebook):
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["outputs"] for cell in code] == [[]] * len(code)


@pytest.mark.filterwarnings("ignore::symgate.frontend.check.DesignWarning")
def test_every_cell_runs_in_order_and_shows_its_last_value(notebook, tmp_path, monkeypatch):
    """As a kernel does it: in one namespace, the last expression shown as HTML where it can."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    shown = []
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse(cell["source"])
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, cell["id"], "exec"), names)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), cell["id"], "eval"), names)
            shown.append(getattr(value, "_repr_html_", lambda value=value: repr(value))())

    assert "<table" in shown[0]
    assert "numpy" in shown[-1]


@pytest.mark.needs("nbconvert", "ipykernel")
@pytest.mark.filterwarnings("ignore")
def test_jupyter_runs_it(root, tmp_path, monkeypatch):
    import nbformat
    from nbconvert.preprocessors import ExecutePreprocessor

    monkeypatch.chdir(tmp_path)
    found = nbformat.read(root / NOTEBOOK, as_version=4)
    ExecutePreprocessor(timeout=300).preprocess(found, {"metadata": {"path": str(tmp_path)}})
