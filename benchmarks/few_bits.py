"""What few bits decide, and what is never to be dearer than the obvious: LUT by our mapping.

    python benchmarks/few_bits.py            # what is not kept yet
    python benchmarks/few_bits.py --again    # all of it anew
    python benchmarks/few_bits.py --table    # what was measured before

Jumps on few bits (exact at every code), small cones (as one table), functions that are rounded, and
the last layers of networks as formulas (../shared/data/expressions, where it is there). The last
column is what the second proof says; what fails names its problem.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from common import SHARED, Row, merge, save, saved, show
from limited import limited

RESULT, SECONDS = "few_bits", 120.0
HEADS = SHARED / "expressions"
COLUMNS = {
    "name": "formula", "inputs": "inputs", "error": "error", "lut": "LUT", "seconds": "CPU s",
    "bound": "bound", "proved": "second proof", "problem": "problem",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A formula with the formats of its inputs, or a design file and another error."""

    name: str
    formats: Mapping[str, str] = field(default_factory=dict)
    ranges: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    error: str = "2^-8"
    file: Path | None = None


def _whole(*names: str, bits: int = 10) -> dict[str, str]:
    return dict.fromkeys(names, f"ufixed<{bits},{bits}>")


def _angles(*names: str, bits: int = 10) -> dict[str, str]:
    return dict.fromkeys(names, f"fixed<{bits},3>")


_FROM_ONE = ("1", "1023")
_FEW = {"x": "fixed<3,3>", "z": "fixed<3,3>"}
_WRAP = "mod({} + pi, 2*pi) - pi"
CASES = (
    Case("floor(0.3*x + sin(y))", {"x": "fixed<7,4>", "y": "fixed<7,4>"}),
    Case("floor(n/3)*m", _whole("n", "m")),
    Case("floor((n+m)/3)", _whole("n", "m")),
    Case("floor(n*m/7)", _whole("n", "m")),
    Case("mod(x, 0.3)*y", _angles("x", "y"), error="2^-6"),
    Case("floor(x/u)", _whole("x", "u"), {"u": _FROM_ONE}),
    Case("mod(x, u)", _whole("x", "u"), {"u": _FROM_ONE}),
    Case("where(u/v >= 1, 1, 0)", _whole("u", "v"), {"v": _FROM_ONE}),
    Case("floor(sqrt(u)*sqrt(u)) + y", _whole("u", "y")),
    Case("floor(log2(u))", _whole("u"), {"u": _FROM_ONE}),
    Case(_WRAP.format("(x - y)"), _angles("x", "y"), error="2^-6"),
    Case(_WRAP.format("x"), _angles("x", bits=16)),
    Case("floor(x*z/3)", _FEW),
    Case("sqrt(x^2 + z^2)", _FEW, error="0.25"),
    Case("atan2(x + 1, z + 1)", _whole("x", "z", bits=3), error="2^-7"),
    Case("x*z", _FEW),
    Case("(x + 1)/(z + 2)", _whole("x", "z", bits=4), error="2^-4"),
    Case("step(a + 2*b + 3*c - 2*d + e - f - 2.5)", _whole(*"abcdef", bits=1)),
    Case("round(64*sqrt(x))", _whole("x", bits=12), error="0.01"),
    Case("64*sqrt(x)", _whole("x", bits=12), error="0.99"),
    Case("1000/x", _whole("x", bits=16), {"x": ("1", "65535")}, "2^-7"),
    Case("1000/x", _whole("x", bits=32), {"x": ("1", str(2**32 - 1))}, "2^-7"),
)


def heads() -> list[Case]:
    """The last layers of networks of NeuSym-HLS, where their files are."""
    found = [Case("ten MNIST heads", error="0.1", file=HEADS / "neusym_mnist_heads.toml")]
    found += [Case(path.stem, file=path) for path in sorted((HEADS / "neusym_svhn").glob("*.toml"))]
    return [case for case in found if case.file is not None and case.file.exists()]


def key(case: Case) -> str:
    """What tells cases apart, and a reader the formats."""
    return ", ".join(f"{name} {kind}" for name, kind in case.formats.items())


def measure(case: Case) -> Row:
    """What becomes of one case."""
    from ours import estimated

    from symgate.api import Options
    from symgate.frontend.load import load_any
    from symgate.passes.compiler import compile_design
    from symgate.proof.recheck import recheck

    warnings.simplefilter("ignore")
    ranges = {name: list(ends) for name, ends in case.ranges.items()}
    options = Options(formats=case.formats, ranges=ranges, max_error=case.error, saturate=False)
    if case.file is None:
        design = load_any(f"result = {case.name}\n", options)
    else:
        design = load_any(_with_error(case.file, case.error), Options(saturate=False))
    start = time.process_time()
    firmware = compile_design(design)
    seconds = round(time.process_time() - start, 2)
    bound = max(found.bound for found in firmware.certificate.bounds)
    verdicts = sorted({output.verdict for output in recheck(firmware).outputs})
    row: Row = {"lut": estimated(firmware)["lut"], "seconds": seconds}
    return row | {"bound": bound, "proved": ", ".join(verdicts)}


def _with_error(path: Path, error: str) -> Path:
    """The design file with another error, in a folder of its own that stays."""
    text = path.read_text(encoding="utf-8")
    kept, _, _ = text.partition("[accuracy]")
    copy = Path(tempfile.mkdtemp()) / path.name
    copy.write_text(f'{kept}[accuracy]\nmax_error = "{error}"\n', encoding="utf-8")
    return copy


def main() -> None:
    """Measure, keep, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--table", action="store_true")
    args = parser.parse_args()
    rows = [] if args.again else saved(RESULT)
    for case in () if args.table else (*CASES, *heads()):
        known = {"name": case.name, "inputs": key(case), "error": case.error}
        if any(all(row[k] == v for k, v in known.items()) for row in rows):
            continue
        found = limited(measure, case, seconds=SECONDS)
        rows = merge(rows, [{**known, **found}], *known)
        save(RESULT, rows)
        print(known, found, flush=True)
    show("What few bits decide, and the obvious", COLUMNS, rows, names=3)


if __name__ == "__main__":
    main()
