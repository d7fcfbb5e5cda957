"""Vectors and matrices in texts: what they mean beside NumPy and SymPy, and shapes that do not fit."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from symgate import api
from symgate.errors import InputError
from symgate.frontend.design_file.toml import loads
from symgate.frontend.language.infix import parse
from symgate.frontend.load import Options, import_any, load_any
from symgate.ir.evaluate import evaluate
from symgate.passes.compiler import compile_design
from symgate.sim.numpy_model import simulate

A = [[1, -2, 0.5], [0.25, 3, -1]]
B = [0.5, -1]
X = {f"x{k}": np.array([0.3, -1.25, 0.7]) * (k + 1) for k in range(3)}
VECTOR = np.array([X[f"x{k}"] for k in range(3)])  # one column per row of data


def values(outputs) -> np.ndarray:
    found = [np.broadcast_to(v, (3,)) for v in evaluate(outputs.values(), X)]
    return np.array(found)


def design(outputs: str, let: str = "", form: str = "fixed<8,3>"):
    text = (
        f'[inputs]\n"x[0..2]" = "{form}"\n[constants]\n'
        f'A = {A}\nb = {B}\nk = "pi/4"\n[let]\n{let}\n[outputs]\n{outputs}\n'
        "[accuracy]\nmax_error = 0.1\n"
    )
    return loads(text, "m.toml")


NUMPY = {  # a formula of a design file, and the same in NumPy
    "A @ x": "a @ x",
    "A*x": "a @ x",
    "tanh(A @ x + b)": "np.tanh(a @ x + b)",
    "b @ A + x": "(b.T @ a).T + x",
    "-(A @ x)/4 - b*b": "-(a @ x)/4 - b*b",
    "where(A @ x > b, A @ x, k)": "np.where(a @ x > b, a @ x, np.pi/4)",
    "transpose(A) @ (A @ x)": "a.T @ (a @ x)",
    "relu(x)**2": "np.maximum(x, 0)**2",
    "A[0]*A[1]*x": "(a[0]*a[1])[:, None]*x",
    "Matrix([[1, 2, 3]]) * x": "np.array([[1, 2, 3]]) @ x",
    "2*A*x": "2*a @ x",
}


@pytest.mark.parametrize("formula", NUMPY)
def test_vectors_are_those_of_numpy(formula):
    found = design(f'y = "{formula}"')
    a, b, x = np.array(A), np.array(B)[:, None], VECTOR
    wanted = eval(NUMPY[formula], {"np": np, "a": a, "b": b, "x": x})
    got = values(dict(found.outputs))
    assert [name for name, _ in found.outputs] == [f"y{k}" for k in range(len(got))]
    assert np.allclose(got, np.broadcast_to(wanted, got.shape))


def test_elements_of_vectors_are_numbers_and_stated_elements_are_ports():
    outputs = '"y[1..2]" = { expression = "h", format = "Q3.4" }\nz = "h[0] + A[1, 2]*x[2]"\n'
    found = design(outputs + '"w[0..2]" = "A[0, i]*x[i]"', 'h = "A @ x"')
    assert set(found.ports) == {"y1", "y2"}
    written = {n: found.ports[n].written if n in found.ports else e for n, e in found.outputs}
    assert list(written) == ["y1", "y2", "z", "w0", "w1", "w2"]
    h = np.array(A) @ VECTOR
    x = np.array(A[0])[:, None] * VECTOR
    assert np.allclose(values(written), [*h, h[0] - VECTOR[2], *x])


SHAPES = {
    "A @ b": "a matrix of shape 2 x 3 and a vector of shape 2 do not fit '@'",
    "A + b": "a matrix of shape 2 x 3 and a vector of shape 2 do not fit '+'",
    "x + b": "a vector of shape 3 and a vector of shape 2 do not fit '+'",
    "A": "output 'y' has shape 2 x 3",
    "Matrix([[1, 2], [3]])": "rows of a matrix are a vector of shape 2 and a vector of shape 1",
    "A[2]": "unknown variable 'A2'",
    "A[0, 3]": "index 3 into a matrix of shape 2 x 3",
    "sin(x @ x, x)": "sin takes 1 operand",
    "(A @ x)[x0]": "this is no index",
    "k @ x": "do not fit '@'",
    "Matrix([1, 2)": "this bracket is never closed",
    "[1, 2]": "unexpected '['",
}


@pytest.mark.parametrize("formula", SHAPES)
def test_shapes_that_do_not_fit_are_named(formula):
    with pytest.raises(InputError) as found:
        design(f'y = "{formula}"')
    assert SHAPES[formula] in str(found.value)


def test_a_vector_of_another_length_than_its_ports_is_refused():
    with pytest.raises(InputError, match="'y' has 3 elements, what it is has shape 2"):
        design('"y[0..2]" = "A @ x"')


@pytest.mark.parametrize(
    ("constants", "what"),
    [
        ("A = [[1, 2], [3]]", "'A': rows of a matrix are"),
        ("A = []", "'A': a vector without elements"),
        ('A = "x0"', "is not a number"),
        ("A = [[[1]]]", "'A': rows of a matrix are a matrix of shape 1 x 1"),
        ("x0 = 1", "'x0' is defined twice"),
    ],
)
def test_constants_that_are_none(constants, what):
    with pytest.raises(InputError) as found:
        loads(
            f'[inputs]\nx0 = "Q1.2"\n[constants]\n{constants}\n[outputs]\ny = "x0"\n'
            "[accuracy]\nmax_error = 0.1\n"
        )
    assert what in str(found.value)


def test_a_text_of_sympy():
    text = "let A = Matrix([[1, -2, 0.5], [0.25, 3, -1]])\ny = tanh(A*x)\nw = y[0] + y[1]\n"
    found = load_any(text, Options(bits=8, ranges=["[-4, 4]"], max_error="0.1"))
    assert [i.name for i in found.inputs] == ["x0", "x1", "x2"]
    outputs = dict(found.outputs)
    wanted = np.tanh(np.array(A) @ VECTOR)
    assert np.allclose(values(outputs), [*wanted, wanted.sum(0)])


PYTHON = {  # the body of a function of NumPy
    "layer": "return np.tanh(A @ x + b)",
    "dot": "return np.dot(A, x) - b",
    "method": "return A.dot(x)",
    "left": "y = A @ x\n    return y @ A",
    "transposed": "return A.T @ (A @ x)",
    "elements": "h = np.maximum(A @ x, 0)\n    return h[0]*h[1] + (A @ x)[1] + A[0, 1] + A[1][0]",
    "rows": "return A[0] @ x + np.sum(A @ x)*np.max(A @ x)",
    "power": "return (A @ x)**2 / 3 - -b",
    "matrices": "M = A @ A.T\n    return M @ (A @ x)",
    "class": "return np.argmax(A @ x)",
}


@pytest.mark.parametrize("name", PYTHON)
def test_functions_of_numpy_mean_what_numpy_computes(name, tmp_path):
    text = f"import numpy as np\nA = np.array({A})\nb = np.array({B})\n\ndef f(x):\n    {PYTHON[name]}\n"
    (path := tmp_path / "a.py").write_text(text)
    outputs = import_any([path], Options()).outputs
    scope: dict = {}
    exec(compile(ast.parse(text), "a.py", "exec"), scope)
    wanted = np.array([np.atleast_1d(scope["f"](row)) for row in VECTOR.T]).T
    assert np.allclose(values(outputs), wanted)


REFUSED = {
    "return A @ x + np.array([1, 2, 3])": "do not fit",
    "return A": "has shape 2 x 3, where a vector is needed",
    "return np.sum(b * x)": "'x' may be a number or a vector here",
    "return A @ b": "a matrix of shape 2 x 3 and a vector of shape 2 do not fit '@'",
}


@pytest.mark.parametrize("body", REFUSED)
def test_functions_of_numpy_that_are_refused(body, tmp_path: Path):
    text = f"import numpy as np\nA = np.array({A})\nb = np.array({B})\ndef f(x): {body}\n"
    (path := tmp_path / "a.py").write_text(text)
    with pytest.raises(InputError) as found:
        import_any([path], Options())
    assert REFUSED[body] in str(found.value)


def test_long_products_of_names_are_read_in_linear_time():
    names = [f"v{k}" for k in range(20_000)]
    assert len(parse("*".join(names), None).args) == 20_000


def test_a_layer_compiles_and_the_models_agree(tmp_path):
    stated = design('y = "relu(A @ x + b)"', form="fixed<4,2>")
    build = api.compile(stated, tmp_path / "layer")
    rows = np.random.default_rng(0).integers(-8, 8, (3, 500))
    found = simulate(build.graph, {f"x{k}": rows[k] for k in range(3)})
    x = rows / 4
    wanted = np.maximum(np.array(A) @ x + np.array(B)[:, None], 0)
    for k, port in enumerate(build.graph.outputs):
        assert np.max(np.abs(found[port.name] * float(port.type.ulp) - wanted[k])) <= 0.1
    assert api.verify(build, tools=["cpp"]).problems == []


def test_hundreds_of_ports_of_one_bit_are_weighed_exactly():
    weights = [(37 * k * k + 11 * k) % 17 - 8 for k in range(300)]
    stated = loads(
        f'[inputs]\n"b[0..299]" = "bool"\n[constants]\nw = {weights}\n[outputs]\n'
        'f = "w @ b > 3"\n[accuracy]\nmax_error = "2^-20"\n'
    )
    firmware = compile_design(stated)
    rows = np.random.default_rng(0).integers(0, 2, (300, 400))
    found = simulate(firmware.graph, {f"b{k}": rows[k] for k in range(300)})["f"]
    assert np.array_equal(found, np.array(weights) @ rows > 3)
    assert firmware.certificate.bound("f") == 0
