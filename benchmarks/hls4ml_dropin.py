"""hls4ml's converter of symbolic expressions and ours, call for call.

    python benchmarks/hls4ml_dropin.py [CASE ...]       # the cases below through both, and what fails
    python benchmarks/hls4ml_dropin.py --sr test_sr.py  # hls4ml's own tests of it, through ours

`test_sr.py` is hls4ml's (test/pytest in its repository); its wheel does not have it. A case works
where `predict` is within `CLOSE` of float64 on rows in `RANGE`.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

PRECISION = "ap_fixed<16,6>"
RANGE = (0.25, 4.0)
CLOSE = 0.05
ROWS = 200
SECONDS = 4.0  # of trials in a compilation of ours
COS = {"cos_lut": {"math_func": "cos", "range_start": -4, "range_end": 4, "table_size": 1024}}

Truth = Callable[[Any, Any], Any]
#: The expression, and what it is in NumPy.
CASES: dict[str, tuple[Any, Truth]] = {
    "polynomial": ("x0**2 - 0.5*x1", lambda a, b: a**2 - 0.5 * b),
    "table": ("2.5382*cos_lut(x1) - x0", lambda a, b: 2.5382 * np.cos(b) - a),
    "1/x": ("1/x0", lambda a, b: 1 / a),
    "x**(-2)": ("x0**(-2)", lambda a, b: a**-2.0),
    "sqrt": ("sqrt(x0)", lambda a, b: np.sqrt(a)),
    "x**0.5": ("x0**0.5", lambda a, b: np.sqrt(a)),
    "x**(1/3)": ("x0**(1/3)", lambda a, b: np.cbrt(a)),
    "exp": ("exp(-x0)", lambda a, b: np.exp(-a)),
    "log": ("log(x0)", lambda a, b: np.log(a)),
    "sin": ("sin(x0)*x1", lambda a, b: np.sin(a) * b),
    "tanh": ("tanh(x0)", lambda a, b: np.tanh(a)),
    "Abs": ("Abs(x0 - x1)", lambda a, b: np.abs(a - b)),
    "Max": ("Max(x0, x1)", lambda a, b: np.maximum(a, b)),
    "floor": ("floor(x0) + x1", lambda a, b: np.floor(a) + b),
    "Piecewise": (
        "Piecewise((x0, x0 > x1), (2*x1, True))",
        lambda a, b: np.where(a > b, a, 2 * b),
    ),
    "two outputs": (["x0 + x1", "x0 - x1"], lambda a, b: np.stack([a + b, a - b], axis=1)),
    "a mapping": ({"s": "x0 + x1", "d": "x0 - x1"}, lambda a, b: np.stack([a + b, a - b], axis=1)),
    "other names": ("mass*pt", lambda a, b: a * b),
}


def tried(convert: Any, case: str, folder: Path, **more: Any) -> str:
    """What becomes of a case: its largest error, or why it fails."""
    expression, truth = CASES[case]
    x = np.random.default_rng(0).uniform(*RANGE, (ROWS, 2))
    given = list(expression) if isinstance(expression, list) else expression
    try:
        model = convert(
            given,
            n_symbols=2,
            lut_functions=COS,
            precision=PRECISION,
            output_dir=str(folder),
            hls_include_path="",
            hls_libs_path="",
            **more,
        )
        model.compile()
        found = np.asarray(model.predict(x)).reshape(ROWS, -1)
    except Exception as e:
        return f"fails: {type(e).__name__}: {str(e).strip().splitlines()[0][:70] if str(e) else ''}"
    error = float(np.abs(found - truth(x[:, 0], x[:, 1]).reshape(ROWS, -1)).max())
    return f"{'works' if error < CLOSE else 'wrong'}: largest error {error:.2g}"


@contextlib.contextmanager
def quiet() -> Any:
    """Without messages of the tools, also those of the compilers that they start."""
    kept = os.dup(2), os.dup(1)
    with Path(os.devnull).open("w") as sink, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sys.stdout.flush()
        os.dup2(sink.fileno(), 2)
        os.dup2(sink.fileno(), 1)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                yield
        finally:
            os.dup2(kept[0], 2)
            os.dup2(kept[1], 1)


def own_tests(path: Path, options: list[str]) -> int:
    """Run hls4ml's tests in the file ``path`` with our converter in place of its own."""
    import hls4ml
    import pytest

    from symgate.hls4ml import convert_from_symbolic_expression

    hls4ml.converters.convert_from_symbolic_expression = convert_from_symbolic_expression
    return int(pytest.main([str(path), "-q", "-p", "no:cacheprovider", "-W", "ignore", *options]))


def main() -> int:
    """Print one line for each case."""
    if sys.argv[1:2] == ["--sr"]:
        return own_tests(Path(sys.argv[2]), sys.argv[3:])
    from hls4ml.converters import convert_from_symbolic_expression as theirs

    from symgate.hls4ml import convert_from_symbolic_expression as ours

    failed = 0
    print("| | hls4ml | symgate |\n|---|---|---|")
    for case in sys.argv[1:] or CASES:
        with tempfile.TemporaryDirectory() as folder, quiet():
            first = tried(theirs, case, Path(folder) / "theirs")
            own = {"ranges": RANGE, "search_seconds": SECONDS}
            second = tried(ours, case, Path(folder) / "ours", **own)
        print(f"| {case} | {first} | {second} |", flush=True)
        failed += not second.startswith("works")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
