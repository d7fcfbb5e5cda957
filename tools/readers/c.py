"""Programs of C, compiled by gcc."""

from __future__ import annotations

import random
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tools.readers.compare import Points, Program

POINTS = 12
_FLAGS = ("-O0", "-ffp-contract=off", "-w")


def _number(rng: random.Random) -> str:
    forms = (
        f"{rng.randint(1, 63)}.{rng.choice(['25', '5', '0'])}",
        f"({rng.randint(1, 15) * 0.125}f + 0.0)",
        f"{rng.uniform(0.1, 4):.6g}",
        f"{rng.randint(1, 9)}.e-1",
        f".{rng.randint(1, 9)}",
    )
    return rng.choice(forms)


class _Writer:
    """Writes one function with the names of its locals."""

    def __init__(self, rng: random.Random, number: int):
        self.rng, self.number = rng, number
        self.reals, self.wholes = ["x", "y"], ["n"]
        self.macros = [f"A{number}", f"B{number}"]
        self.names = 0

    def whole(self, depth: int) -> str:
        """A whole number, small."""
        rng = self.rng
        if depth <= 0 or rng.random() < 0.25:
            return rng.choice([rng.choice(self.wholes), str(rng.randint(0, 9)), f"B{self.number}"])
        a, b, c = (self.whole(depth - 1) for _ in range(3))
        d = rng.randint(2, 7)
        forms = (
            f"({a} + {b})",
            f"{a} - {b} % {d}",
            f"(({a}) / {d})",
            f"(({a}) % {d})",
            f"-({a})",
            f"({self.test(depth - 1)} ? {a} : {c})",
            f"({a} > {b})",
            f"!({a})",
            f"(int)({rng.randint(2, 9)}.5*sin({self.real(depth - 2)}))",
            f"(int)(6.5*tanh({rng.choice('xy')}))",
            f"{d} * ({a} / {d})",
            f"({a} == {b}) + ({c} != 0)",
        )
        return rng.choice(forms)

    def test(self, depth: int) -> str:
        """A condition."""
        rng = self.rng
        if depth <= 0:
            return f"{rng.choice(self.reals)} > {_number(rng)}"
        a, b = self.test(depth - 1), self.test(depth - 2)
        forms = (
            f"{self.real(depth - 1)} < {self.real(depth - 1)}",
            f"({a} && {b})",
            f"{a} || {b}",
            f"!({a})",
            f"{self.whole(depth - 1)} >= {self.whole(depth - 1)}",
            f"({self.whole(depth - 1)})",
        )
        return rng.choice(forms)

    def real(self, depth: int) -> str:
        """A real number."""
        rng = self.rng
        if depth <= 0 or rng.random() < 0.15:
            return rng.choice([*self.reals, *self.reals, _number(rng), f"A{self.number}"])
        a, b, c = (self.real(depth - 1) for _ in range(3))
        forms = (
            f"{a} + {b}",
            f"{a} - {b}",
            f"({a}) * ({b})",
            f"({a} - {b}) * {c}",
            f"-({a})",
            f"({a}) / (1 + ({b})*({b}))",
            f"{a} / {rng.randint(2, 9)}",
            f"sin({a})",
            f"tanh({a})",
            f"fabs({a})",
            f"exp(-fabs({a}))",
            f"sqrt(1 + fabs({a}))",
            f"log({_number(rng)} + fabs({a}))",
            f"fmax({a}, {b})",
            f"fmin({a}, {b})",
            f"pow(({a}), 2)",
            f"floor({a})",
            f"fmod({a}, 2.75)",
            f"copysign({a}, ({b}) + 0.0101)",
            f"({self.test(depth - 1)} ? {a} : {b})",
            f"({self.whole(depth - 1)})",
            f"(double)({self.whole(depth - 1)}) / {rng.randint(2, 5)}",
            f"SQ({a})",
            f"((float)({rng.randint(1, 9)}) * 0.5) * {a}",
            f"atan2({a}, 1 + fabs({b}))",
            f"{self.whole(depth - 1)} / {rng.randint(2, 7)} * {a}",
        )
        return rng.choice(forms)

    def body(self, depth: int, returns: bool) -> list[str]:
        """Statements; names that they declare are used from there on."""
        rng, found = self.rng, list[str]()
        reals, wholes = list(self.reals), list(self.wholes)
        for _ in range(rng.randint(1, 3)):
            found += self.statement(depth)
        if returns and rng.random() < 0.3:
            found.append(f"return {self.real(2)};")
        self.reals, self.wholes = reals, wholes
        return found

    def statement(self, depth: int) -> list[str]:
        """A declaration, an assignment or a condition."""
        rng, kind = self.rng, self.rng.random()
        self.names += 1
        if kind < 0.35:
            name = (
                rng.choice([f"t{self.names}", rng.choice(self.reals)])
                if depth < 2
                else f"t{self.names}"
            )
            value = self.real(3)
            known = name in self.reals
            if not known:
                self.reals.append(name)
                return [f"double {name} = {value};"]
            return [f"{name} {rng.choice(['=', '+=', '-=', '*='])} {self.real(2)};"]
        if kind < 0.55:
            name, value = f"k{self.names}", rng.choice([self.whole(3), f"4.5*sin({self.real(1)})"])
            self.wholes.append(name)
            return [f"{rng.choice(['int', 'const int', 'long', 'bool'])} {name} = {value};"]
        if kind < 0.7 or depth <= 0:
            return [f"{rng.choice(self.reals)} = {self.real(2)};"]
        then, other = self.body(depth - 1, True), self.body(depth - 1, True)
        lines = [f"if ({self.test(2)}) {{", *then, "}"]
        if rng.random() < 0.4:
            lines += [f"else if ({self.test(2)}) {{", *self.body(depth - 1, True), "}"]
        return [*lines, "else {", *other, "}"] if rng.random() < 0.6 else lines


def text(seed: int, number: int) -> str:
    """One program: macros, constants, a helper now and then, and the function f<number>."""
    rng = random.Random(f"{seed}/{number}")
    writer = _Writer(rng, number)
    head = [f"#define A{number} {_number(rng)}", f"#define B{number} {rng.randint(1, 9)}"]
    if rng.random() < 0.5:
        head = [
            f"static const double A{number} = {_number(rng)}; // gain",
            f"const int B{number} = {rng.randint(1, 9)};",
        ]
    head += ["#ifndef SQ", "#define SQ(a) ((a)*(a))", "#endif"]
    kind = rng.choice(["double", "double", "double", "int"])
    result = "4.5*sin(r)" if kind == "int" else "r"
    body = writer.body(2, False)
    writer.reals = ["x", "y"]
    last = [f"double r = {writer.real(4)};", f"if ({writer.test(2)}) r = r + {writer.real(2)};"]
    start = f"{kind} f{number}(double x, double y, int n) {{"
    if kind == "int":
        body = [line.replace("return ", "return 3.5*sin(") + "" for line in body]
        body = [line.replace(";", ");") if "return " in line else line for line in body]
    return "\n".join([*head, start, *body, *last, f"return {result};", "}", ""])


def make(count: int, seed: int) -> tuple[Sequence[Program], Points]:
    """``count`` programs, and what gcc's code computes."""
    draw = np.random.default_rng(seed)
    points = {
        "x": draw.uniform(-3, 3, POINTS),
        "y": draw.uniform(-3, 3, POINTS),
        "n": draw.integers(-9, 10, POINTS).astype(float),
    }
    texts = [text(seed, k) for k in range(count)]
    rows = ", ".join(
        f"{{{float(x).hex()}, {float(y).hex()}, {int(n)}}}"
        for x, y, n in zip(points["x"], points["y"], points["n"], strict=True)
    )
    calls = "\n".join(
        f'for (int i = 0; i < {POINTS}; ++i) printf("%a\\n", (double)f{k}(p[i][0], p[i][1], (int)p[i][2]));'
        for k in range(count)
    )
    head = "#include <math.h>\n#include <stdio.h>\n#include <stdbool.h>\n"
    main = f"int main(void) {{ static const double p[][3] = {{{rows}}};\n{calls}\nreturn 0; }}\n"
    with tempfile.TemporaryDirectory() as folder:
        (path := Path(folder) / "all.c").write_text(head + "\n".join(texts) + main)
        subprocess.run(["gcc", *_FLAGS, "-o", f"{folder}/all", str(path), "-lm"], check=True)
        out = subprocess.run([f"{folder}/all"], check=True, capture_output=True, text=True).stdout
    values = np.array([float.fromhex(line) if "n" not in line else np.nan for line in out.split()])
    truth = values.reshape(count, POINTS)
    return [Program(t, ".c", truth[k]) for k, t in enumerate(texts)], points
