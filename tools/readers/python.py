"""Programs of Python, run by CPython with NumPy."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import numpy as np

from tools.readers.compare import Points, Program

POINTS = 12


def _number(rng: random.Random) -> str:
    forms = (
        f"{rng.randint(1, 63)}.{rng.choice(['25', '5', '0', ''])}",
        f"{rng.uniform(0.1, 4):.6g}",
        f"{rng.randint(1, 9)}e-1",
        f"{rng.randint(1, 9)}",
        "np.pi",
        "K",
        "W[1]",
        "E0",
    )
    return rng.choice(forms)


class _Writer:
    def __init__(self, rng: random.Random):
        self.rng, self.reals, self.names = rng, ["x", "y"], 0

    def test(self, depth: int) -> str:
        """A condition."""
        rng = self.rng
        if depth <= 0:
            return f"{rng.choice(self.reals)} > {_number(rng)}"
        a, b = self.test(depth - 1), self.test(depth - 2)
        forms = (
            f"{self.real(depth - 1)} < {self.real(depth - 1)}",
            f"({a} and {b})",
            f"({a} or {b})",
            f"(not {a})",
            f"0.5 < {self.real(depth - 1)} <= {_number(rng)}",
        )
        return rng.choice(forms)

    def real(self, depth: int) -> str:
        """A real number."""
        rng = self.rng
        if depth <= 0 or rng.random() < 0.15:
            return rng.choice([*self.reals, *self.reals, _number(rng)])
        a, b, c = (self.real(depth - 1) for _ in range(3))
        points = sorted(rng.sample(range(-8, 9), 4))
        forms = (
            f"{a} + {b}",
            f"{a} - {b}",
            f"({a}) * ({b})",
            f"({a} - {b}) * {c}",
            f"-({a})",
            f"({a}) / (1 + ({b})**2)",
            f"({a}) // {rng.randint(2, 5)}",
            f"({a}) % {rng.choice(['2.75', '-3', '4'])}",
            f"np.sin({a})",
            f"math.tanh({a})",
            f"abs({a})",
            f"np.exp(-abs({a}))",
            f"np.sqrt(1 + abs({a}))",
            f"math.log(1.5 + abs({a}))",
            f"max({a}, {b}, {c})",
            f"np.minimum({a}, {b})",
            f"({a})**{rng.randint(2, 3)}",
            f"2**-abs({a})",
            f"np.floor({a})",
            f"math.fmod({a}, 2.75)",
            f"np.remainder({a}, -2.75)",
            f"math.remainder({a}, 2.75)",
            f"({a} if {self.test(depth - 1)} else {b})",
            f"int({a})",
            f"round({a})",
            f"({a} and {b})",
            f"({a} or {b})",
            f"({self.test(depth - 1)}) * {a}",
            f"np.dot([{a}, 1.5, {b}], W)",
            f"np.polyval([{_number(rng)}, {a}, 2], {b})",
            f"np.interp({a}, {points}, [1, {_number(rng)}, -2, 0.5])",
            f"float(np.select([{self.test(1)}, {self.test(1)}], [{a}, {b}], {c}))",
            f"np.clip({a}, -1, {rng.randint(0, 4)})",
            f"float(np.where({self.test(depth - 1)}, {a}, {b}))",
            f"h({a}, {b})",
            f"np.heaviside({a}, 0.5)",
            f"sum([{a}, {b}])",
            f"np.arctan2({a}, 1 + abs({b}))",
            f"np.hypot({a}, {b})",
            f"np.trunc({a})",
            f"np.sign({a})",
            f"np.rint({a})",
        )
        return rng.choice(forms)

    def body(self, depth: int, indent: str, returns: bool) -> list[str]:
        """Statements."""
        rng, found, reals = self.rng, list[str](), list(self.reals)
        for _ in range(rng.randint(1, 3)):
            found += self.statement(depth, indent)
        if returns and rng.random() < 0.3:
            found.append(f"{indent}return {self.real(2)}")
        self.reals = reals
        return found

    def statement(self, depth: int, indent: str) -> list[str]:
        """An assignment or a condition."""
        rng, kind = self.rng, self.rng.random()
        self.names += 1
        if kind < 0.4:
            name, value = f"t{self.names}", self.real(3)
            self.reals.append(name)
            return [f"{indent}{name} = {value}"]
        if kind < 0.65 or depth <= 0:
            sign = rng.choice(["=", "+=", "-=", "*="])
            return [f"{indent}{rng.choice(self.reals)} {sign} {self.real(2)}"]
        inner = indent + "    "
        lines = [f"{indent}if {self.test(2)}:", *self.body(depth - 1, inner, True)]
        if rng.random() < 0.4:
            lines += [f"{indent}elif {self.test(2)}:", *self.body(depth - 1, inner, True)]
        if rng.random() < 0.6:
            lines += [f"{indent}else:", *self.body(depth - 1, inner, True)]
        return lines


def text(seed: int, number: int) -> str:
    """One program: constants of the module, before and after, a helper, and the function f."""
    rng = random.Random(f"{seed}/{number}")
    writer = _Writer(rng)
    body = writer.body(2, "    ", False)
    writer.reals = ["x", "y"]
    return "\n".join(
        [
            "import math",
            "import numpy as np",
            "from math import e as E0",
            "",
            f"W = np.array([{rng.randint(-4, 4)}, 0.75, {rng.uniform(-3, 3):.5g}])",
            "def h(a, b):",
            f"    return {rng.choice(['a - b*K', 'np.cos(a)*b', 'a if a > b else b/3'])}",
            "",
            "def f(x, y):",
            *body,
            f"    r = {writer.real(4)}",
            f"    return r + {writer.real(2)}",
            "",
            f"K = {rng.uniform(-2, 2):.4g}",
            "",
        ]
    )


def make(count: int, seed: int) -> tuple[Sequence[Program], Points]:
    """``count`` programs, and what CPython computes; they are ours, and run here."""
    draw = np.random.default_rng(seed)
    points = {"x": draw.uniform(-3, 3, POINTS), "y": draw.uniform(-3, 3, POINTS)}
    programs = list[Program]()
    for k in range(count):
        source, scope = text(seed, k), dict[str, object]()
        exec(compile(source, "program", "exec"), scope)
        programs.append(
            Program(
                source,
                ".py",
                np.array([_value(scope["f"], *p) for p in zip(*points.values(), strict=True)]),
            )
        )
    return programs, points


def _value(function: object, x: float, y: float) -> float:
    assert callable(function)
    try:
        with np.errstate(all="ignore"):
            value = function(float(x), float(y))
    except (OverflowError, ValueError, ZeroDivisionError):
        return math.nan
    return math.nan if isinstance(value, complex) else float(value)
