"""Formulas mean the same on the tensors of another library as in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from symgate.frontend.language.infix import parse
from symgate.ir.evaluate import evaluate
from symgate.learn.distil.tensors import TensorFormulas
from symgate.learn.distil.variables import Variables

TEXTS = [
    "sin(1.5*x)*exp(-y**2) + 0.25*x - 3",
    "where(x > y, 0.1, 2.5)",
    "where(x > 0 and y > 0.5, x, where(not (y > 0), 0.3, y))",
    "(x > 0) + (y > 0) + 0.1",
    "min(x, y, 0.25) + max(x, 0.5)",
    "abs(x)**1.5 / (1 + y**2) + atan2(x, y + 3)",
    "sigmoid(x) + gauss(y) + relu(x - 0.1) + tanh(x) + cosh(y)",
    "floor(3*x) + sign(y) + mod(x, 0.7) + hypot(x, y) + log2(y**2 + 1) + pi*x",
    "0.7",
]


def numpy_library():
    return np, np.asarray


def torch_library():
    torch = pytest.importorskip("torch")
    return torch, torch.tensor


def keras_library():
    keras = pytest.importorskip("keras")
    return keras.ops, lambda x: keras.ops.convert_to_tensor(x, "float64")


@pytest.mark.needs("scipy")
@pytest.mark.filterwarnings("ignore")  # of TensorFlow
@pytest.mark.parametrize("library", [numpy_library, torch_library, keras_library])
@pytest.mark.parametrize("text", TEXTS)
def test_formula_is_that_of_numpy(text, library):
    where, tensor = library()
    rows = np.random.default_rng(0).normal(size=(50, 4, 2))
    e, names = parse(text, None), ("x", "y")
    formulas = TensorFormulas.of([e], Variables.of(None, names))
    found = np.asarray(formulas.values(tensor(rows), formulas.parameters, where))

    (wanted,) = evaluate([e], {"x": rows[..., 0], "y": rows[..., 1]})
    assert found.shape == (50, 4, 1)
    assert np.allclose(found[..., 0], wanted, rtol=1e-12, atol=1e-12)
