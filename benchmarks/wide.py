"""LUTs of functions of inputs of 12 to 32 bits, and what compiling them costs.

    python benchmarks/wide.py [--bits 12,16] [--functions log2,exp] [--again]

The error is 2^-8 of the range of the output, 2^-8 itself for logarithms. Logarithms, roots and the
reciprocal take whole numbers from 1, of so many bits; exp, sin and the polynomial take numbers of
one fixed range, in ever finer steps. LUT by our mapping, processor seconds of one compile in a
process of its own. A row that is too long or refused says so.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from common import Row, merge, save, saved, show
from limited import limited

BITS = (12, 16, 20, 24, 32)
SECONDS = 120  # for one compile; it is asked to take 60
ERROR = Fraction(1, 256)
#: What 32 bits may cost, in multiples of what 16 bits cost.
GROWTH = 1.8


@dataclass(frozen=True)
class Case:
    """A function, its input by the number of bits, and the range of its output."""

    formula: str
    format: Callable[[int], str]
    box: str  # for readers
    size: Callable[[int], Fraction]  # of the output's range, or 1 where the error is absolute
    least: int | None = None  # the lowest input, where it is not that of the format


def _whole(bits: int) -> str:
    return f"ufixed<{bits},{bits}>"


def _power(exponent: float) -> Callable[[int], Fraction]:
    return lambda bits: Fraction(2.0 ** (bits * exponent))


CASES = {
    "log2": Case("log2(x)", _whole, "[1, 2^n)", lambda _: Fraction(1), 1),
    "log": Case("log(x)", _whole, "[1, 2^n)", lambda _: Fraction(1), 1),
    "sqrt": Case("sqrt(x)", _whole, "[1, 2^n)", _power(1 / 2), 1),
    "cbrt": Case("cbrt(x)", _whole, "[1, 2^n)", _power(1 / 3), 1),
    "inv": Case("1/x", _whole, "[1, 2^n)", lambda _: Fraction(1), 1),
    "exp": Case("exp(-x)", lambda n: f"ufixed<{n},3>", "[0, 8)", lambda _: Fraction(1)),
    "sin": Case("sin(x)", lambda n: f"fixed<{n},5>", "[-16, 16)", lambda _: Fraction(2)),
    "poly": Case("x^5 + x^3 + 1", lambda n: f"fixed<{n},1>", "[-1, 1)", lambda _: Fraction(4)),
}


def compiled(name: str, bits: int) -> Row:
    """What becomes of one function of an input of so many bits."""
    from ours import certified, compile_design, estimated

    from symgate.api import Options
    from symgate.errors import SymgateError
    from symgate.frontend.load import load_any

    case = CASES[name]
    port = case.format(bits)
    ranges = {} if case.least is None else {"x": [str(case.least), str(2**bits - 1)]}
    options = Options(
        formats={"x": port},
        ranges=ranges,
        max_error=str(ERROR * case.size(bits)),
        bits=bits,
        saturate=False,
    )
    start = time.process_time()
    try:
        firmware = compile_design(load_any(f"y = {case.formula}\n", options), 0.0)
    except SymgateError as refusal:
        seconds = time.process_time() - start
        return {"outcome": "refused", "reason": str(refusal), "seconds": round(seconds, 2)}
    seconds = time.process_time() - start
    (bound,) = certified(firmware)
    luts = estimated(firmware)["lut"]
    return {"outcome": "compiled", "lut": luts, "bound": bound, "seconds": round(seconds, 2)}


def measure(name: str, bits: int) -> Row:
    """`compiled` in a process of its own, ended after `SECONDS` of the processor."""
    found = limited(compiled, name, bits, seconds=SECONDS)
    return {"function": name, "formula": CASES[name].formula, "bits": bits, **found}


def table(rows: list[Row]) -> list[Row]:
    """A line for each function: LUT and seconds by bits."""
    lines = []
    for name, case in CASES.items():
        found = {row["bits"]: row for row in rows if row["function"] == name}
        line: Row = {"formula": case.formula, "box": case.box}
        for bits, row in found.items():
            line[f"b{bits}"] = f"{row.get('lut', row['outcome'])}, {row.get('seconds', 0):.0f} s"
        ends = [found.get(bits, {}).get("lut") for bits in (16, 32)]
        if all(ends):
            line["growth"] = ends[1] / ends[0]
        lines.append(line)
    return lines


def main() -> None:
    """Measure, keep, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--bits", default=",".join(map(str, BITS)))
    parser.add_argument("--functions", default=",".join(CASES))
    parser.add_argument("--again", action="store_true", help="measure what is kept, too")
    options = parser.parse_args()
    rows = saved("wide")
    for name in options.functions.split(","):
        for bits in map(int, options.bits.split(",")):
            if not options.again and any(
                (row["function"], row["bits"]) == (name, bits) for row in rows
            ):
                continue
            found = measure(name, bits)
            rows = merge(rows, [found], "function", "bits")
            print(found, flush=True)
            save("wide", rows)
    columns = {f"b{bits}": f"{bits} bits" for bits in BITS}
    show(
        "LUT and processor seconds, within 2^-8 of the range of the output",
        {"formula": "", "box": "inputs", **columns, "growth": "32 / 16 bits"},
        table(rows),
        f"at 32 bits at most {GROWTH} times the LUT of 16",
        names=2,
    )


if __name__ == "__main__":
    main()
