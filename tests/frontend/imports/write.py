"""Write the files of this folder with the tools that users have, and what the tools compute at some
points.

    python -m venv tools && tools/bin/pip install gplearn==0.4.3 pyoperon==0.6.2 pykan==0.2.8
    StackGP==0.0.19 \
        sympy==1.14.0 torch==2.13.0 tqdm
    tools/bin/python tests/frontend/imports/write.py ../shared/data/expressions/jets.json

PySR does not install without Julia: its rows are those of a public front, in the forms that PySR
and pandas write.
"""

from __future__ import annotations

import json
import re
import sys
import warnings
from pathlib import Path

import numpy as np

warnings.simplefilter("ignore")
HERE = Path(__file__).parent
rng = np.random.default_rng(5)
X = rng.uniform(0.5, 2.0, (200, 3))
Y = 0.7 * X[:, 0] ** 2 + 2.54 * np.cos(X[:, 1]) - 0.5 * X[:, 2] / X[:, 0]
POINTS = X[:12]
truth: dict[str, dict] = {}


def keep(name: str, text: str, values, names, options: dict | None = None) -> None:
    """One file, and what its tool says of it at the points."""
    (HERE / name).write_text(text)
    columns = np.atleast_2d(np.asarray(values, float))
    columns = columns if columns.shape[-1] == len(POINTS) else columns.T
    inputs = {n: [float(v) for v in POINTS[:, k]] for k, n in enumerate(names)}
    truth[name] = {
        "options": options or {},
        "inputs": inputs,
        "outputs": [list(map(float, c)) for c in columns],
    }


def gplearn() -> None:
    from gplearn.genetic import SymbolicRegressor

    sets = {
        "gplearn_arithmetic.txt": ("add", "sub", "mul"),
        "gplearn_protected.txt": ("add", "mul", "div", "sqrt", "log", "inv"),
        "gplearn_all.txt": (
            "add",
            "sub",
            "mul",
            "div",
            "sqrt",
            "log",
            "abs",
            "neg",
            "inv",
            "max",
            "min",
            "sin",
            "cos",
        ),
    }
    for seed, (name, functions) in enumerate(sets.items()):
        found = SymbolicRegressor(
            population_size=400,
            generations=6,
            function_set=functions,
            random_state=seed,
            parsimony_coefficient=0.001,
        ).fit(X, Y)
        keep(name, f"{found._program}\n", found.predict(POINTS), ["X0", "X1", "X2"])
    named = SymbolicRegressor(
        population_size=200, generations=4, random_state=7, feature_names=["a", "b", "c"]
    )
    named.fit(X, Y)
    keep("gplearn_names.txt", f"{named._program}\n", named.predict(POINTS), ["a", "b", "c"])


def operon() -> None:
    from pyoperon.sklearn import SymbolicRegressor

    symbols = {
        "operon_plain.txt": ("add,sub,mul,div,sin,cos,exp,constant,variable", 16, None),
        "operon_protected.txt": ("add,mul,aq,logabs,sqrtabs,powabs,constant,variable", 16, None),
        "operon_six_digits.txt": ("add,sub,mul,square,sqrt,tanh,constant,variable", 6, None),
        "operon_names.txt": ("add,mul,pow,exp,cbrt,log1p,constant,variable", 16, ["a", "b", "c"]),
    }
    for seed, (name, (allowed, digits, names)) in enumerate(symbols.items()):
        found = SymbolicRegressor(
            allowed_symbols=allowed,
            max_evaluations=20_000,
            generations=40,
            random_state=seed,
            n_threads=1,
            max_length=25,
        ).fit(X, Y.copy())
        text = (
            found.get_model_string(found.model_, digits, names)
            if names
            else found.get_model_string(found.model_, digits)
        )
        keep(name, f"{text}\n", found.predict(POINTS), names or ["X1", "X2", "X3"])


def pykan() -> None:
    import torch
    from kan import KAN

    torch.manual_seed(0)
    shapes = {
        "pykan_one.txt": ([2, 1], {(0, 0, 0): "x^2", (0, 1, 0): "sin"}),
        "pykan_two.txt": (
            [3, 2],
            {
                (0, 0, 0): "exp",
                (0, 1, 0): "tanh",
                (0, 2, 0): "x",
                (0, 0, 1): "x^3",
                (0, 1, 1): "gaussian",
                (0, 2, 1): "abs",
            },
        ),
    }
    points = torch.tensor(POINTS, dtype=torch.float32)
    for name, (width, fixed) in shapes.items():
        n = width[0]  # KAN changes the list
        model = KAN(width=width, grid=3, k=3, seed=1, auto_save=False, device="cpu")
        model(torch.tensor(X[:, :n], dtype=torch.float32))
        for place, function in fixed.items():
            model.fix_symbolic(*place, function, verbose=False)
        with torch.no_grad():
            values = model(points[:, :n]).numpy().T
        keep(name, f"{model.symbolic_formula()}\n", values, [f"x_{k + 1}" for k in range(n)])


def sympy() -> None:
    import sympy as sp

    a, b, c = sp.symbols("x0 lambda S")
    smooth = (
        a**2
        + sp.Float("2.5382") * sp.cos(b)
        - sp.Rational(1, 3) * sp.sqrt(c) / a
        + sp.pi * sp.exp(-b / 3)
    )
    pieces = (
        sp.Piecewise((a * b, a > c), (sp.Abs(a - 2) + 1, True))
        + sp.Max(a, b, 1)
        + sp.atan2(a, c)
        + sp.sign(b - 1)
    )
    texts = {
        "str": sp.sstr,
        "srepr": sp.srepr,
        "latex": sp.latex,
        "python": sp.pycode,
        "c": sp.ccode,
    }
    for name, e in (("smooth", smooth), ("pieces", pieces)):
        at = sp.lambdify([a, b, c], e, "mpmath")
        values = [float(at(*map(float, p))) for p in POINTS]
        for kind, text in texts.items():
            options = {"dialect": kind} if kind in ("python", "c") else {}
            keep(
                f"sympy_{name}_{kind}.txt",
                f"{text(e)}\n",
                values,
                ["x0", "lambda_" if kind == "python" else "lambda", "S"],
                options,
            )
    source = (
        f"def f(x0, lambda_, S):\n    return {sp.pycode(smooth.subs(b, sp.Symbol('lambda_')))}\n"
    )
    at = sp.lambdify([a, b, c], smooth, "mpmath")
    values = [float(at(*map(float, p))) for p in POINTS]
    keep("sympy_function.py.txt", f"import math\n\n{source}", values, ["x0", "lambda_", "S"])
    routine = re.sub(r"\blambda\b", "lam", sp.ccode(smooth, assign_to="y"))
    head, tail = "double f(double x0, double lam, double S) {\n   double y;\n", "   return y;\n}\n"
    keep("sympy_routine.c.txt", f"{head}   {routine}\n{tail}", values, ["x0", "lam", "S"])


def stackgp() -> None:
    import StackGP as sgp

    np.random.seed(2)
    models = sgp.evolve(X.T, Y, generations=15, popSize=80, tracking=False)
    best = models[0]
    values = np.ones(len(POINTS)) * sgp.evaluateGPModel(best, POINTS.T)
    keep("stackgp.txt", f"{sgp.printGPModel(best)}\n", values, ["x0", "x1", "x2"])


def pysr(jets: Path) -> None:
    """The rows of a published front: PySR's CSV with its backup, pandas, and JSON of two
    orientations.
    """
    fronts = json.loads(jets.read_text())["pysr_hall_of_fame"]
    names = [f"x{k}" for k in range(16)]
    points = {n: rng.uniform(-1, 1, len(POINTS)) for n in names}
    functions = {"functions": ["sc(x) = sin(x)*cos(x)"]}
    for output, front in zip(fronts["outputs"], fronts["pareto_fronts"], strict=True):
        rows = [(len(re.findall(r"[\w.]+", e)), 1.0 / (k + 1), e) for k, e in enumerate(front)]
        csv = "".join(f'{c},{loss},"{e}"\n' for c, loss, e in rows)
        form = {"g": ("pysr_g.csv", f"Complexity,Loss,Equation\n{csv}"),
                "q": ("pysr_q.csv.bak", f"Complexity,Loss,Equation\n{csv}"),
                "t": ("pysr_pandas_t.csv", ",complexity,loss,equation,score\n" + "".join(
                    f'{k},{c},{loss},"{e}",0.5\n' for k, (c, loss, e) in enumerate(rows))),
                "w": ("pysr_records_w.json", json.dumps([dict(zip(("complexity", "loss", "equation"), r, strict=True))
                                                         for r in rows], indent=1)),
                "z": ("pysr_columns_z.json", json.dumps({
                    n: {str(k): r[i] for k, r in enumerate(rows)}
                    for i, n in enumerate(("complexity", "loss", "equation"))}))}  # fmt: skip
        used = [n for n in names if any(re.search(rf"\b{n}\b", e) for _, _, e in rows[-1:])]
        scope = {n: points[n] for n in names} | {
            "sin": np.sin,
            "cos": np.cos,
            "sc": lambda x: np.sin(x) * np.cos(x),
        }
        values = eval(rows[-1][2].replace("^", "**"), scope)
        (HERE / form[output][0]).write_text(form[output][1])
        truth[form[output][0]] = {"options": {**functions, "pick": "accuracy"},
                                  "inputs": {n: list(map(float, points[n])) for n in used},
                                  "outputs": [list(map(float, np.ones(len(POINTS)) * values))]}  # fmt: skip


def main() -> None:
    """Write everything, and say with which versions."""
    from importlib.metadata import version

    for step in (gplearn, operon, pykan, sympy, stackgp):
        step()
    if len(sys.argv) > 1:
        pysr(Path(sys.argv[1]))
    tools = ("gplearn", "pyoperon", "pykan", "sympy", "StackGP", "torch", "numpy", "scikit-learn")
    versions = {name: version(name) for name in tools}
    (HERE / "truth.json").write_text(
        json.dumps({"versions": versions, "files": truth}, indent=0) + "\n"
    )


if __name__ == "__main__":
    main()
