"""Families of hostile designs: each is a function from random numbers to a design file."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from tools.attack.writing import (
    Draft,
    Range,
    above,
    below,
    budget,
    code,
    constant,
    plain,
    target,
)

_NARROW, _WIDE = (8, 15), (16, 40)


@dataclass(frozen=True)
class Hostile:
    """A design to attack; ``files`` stand beside it."""

    family: str
    text: str
    files: dict[str, str]


def _bits(rng: random.Random) -> tuple[int, int]:
    return _WIDE if rng.random() < 0.65 else _NARROW


#: Functions with an edge at 0, an upper bound of their values near it for about 20 bits, and
#: whether 0 itself belongs to the domain.
_AT_ZERO = (
    ("log({x})", 10.0, False),
    ("log2({x})", 15.0, False),
    ("log10({x})", 5.0, False),
    ("sqrt({x})", 2.0, True),
    ("cbrt({x})", 2.0, True),
    ("{x}**0.5", 2.0, True),
    ("{x}**0.3", 2.0, True),
    ("{x}**1.5", 5.0, True),
    ("{x}**0.05", 1.5, True),
    ("{x}*log({x})", 4.0, False),
    ("{x}**{x}", 4.0, False),
    ("{x}**-0.25", 30.0, False),
    ("1/sqrt({x})", 500.0, False),
    ("{x}**-0.5", 500.0, False),
    ("1/{x}", 1e5, False),
    ("inv({x})", 1e5, False),
    ("{x}**-2", 1e8, False),
    ("atan(1/{x})", 1.5, False),
    ("exp(-1/{x})", 1.0, False),
    ("sqrt({x})*log({x})", 4.0, False),
    ("1/(1 + 1/{x})", 1.0, False),
    ("log({x})**2", 100.0, False),
    ("tanh(log({x}))", 1.0, False),
    ("sin(1/{x})", 1.0, False),
    ("asinh(1/{x})", 12.0, False),
    ("log({x} + {x}*{x})", 10.0, False),
    ("1/log(1 + {x})", 1e5, False),
    ("log(sin({x}*0.3))", 10.0, False),
    ("log(expm1({x}))", 10.0, False),
    ("sqrt({x})/(1 + {x})", 1.0, True),
)
#: The same for an edge at 1 from above and from below, and at -1.
_ABOVE_ONE = (
    ("acosh({x})", 3.0, True),
    ("sqrt({x} - 1)", 2.0, True),
    ("log({x} - 1)", 10.0, False),
    ("1/({x} - 1)", 1e5, False),
    ("log(log({x}))", 10.0, False),
    ("sqrt({x}*{x} - 1)", 4.0, True),
    ("1/log({x})", 1e5, False),
    ("({x} - 1)**0.3", 2.0, True),
    ("1/sqrt({x}*{x} - 1)", 300.0, False),
)
_BELOW_ONE = (
    ("asin({x})", 1.5, True),
    ("acos({x})", 3.0, True),
    ("atanh({x})", 8.0, False),
    ("sqrt(1 - {x}*{x})", 1.0, True),
    ("sqrt(1 - {x})", 1.5, True),
    ("log(1 - {x})", 10.0, False),
    ("log1p(-{x})", 10.0, False),
    ("1/(1 - {x})", 1e5, False),
    ("1/sqrt(1 - {x}*{x})", 300.0, False),
    ("asin({x})**2", 2.5, True),
    ("log((1 + {x})/(1 - {x}))", 15.0, False),
    ("acos({x})*{x}", 3.0, True),
)
_ABOVE_MINUS_ONE = (
    ("log1p({x})", 10.0, False),
    ("1/(1 + {x})", 1e5, False),
    ("sqrt(1 + {x})", 2.0, True),
    ("(1 + {x})**-0.5", 300.0, False),
    ("log1p({x})/({x} + 2)", 10.0, False),
)


def _edge(rng: random.Random, name: str, bits: tuple[int, int]) -> tuple[Range, str, float]:
    """A port at an edge, a function of it that has the edge there, and the size of its values."""
    kind = rng.choice(["zero", "zero", "zero", "above", "below", "minus"])
    if kind == "zero":
        form, size, closed = rng.choice(_AT_ZERO)
        return above(rng, name, bits, 0, closed), form.format(x=name), size
    if kind == "above":
        form, size, closed = rng.choice(_ABOVE_ONE)
        return above(rng, name, bits, 1, closed), form.format(x=name), size
    if kind == "below":
        form, size, closed = rng.choice(_BELOW_ONE)
        return below(rng, name, bits, 1, closed), form.format(x=name), size
    form, size, closed = rng.choice(_ABOVE_MINUS_ONE)
    return above(rng, name, bits, -1, closed), form.format(x=name), size


def _one(port: Range, formula: str, size: float, rng: random.Random) -> Draft:
    return Draft([port.line()], {"y": formula}, budget(rng, size), target=target(rng, 0.15))


def edges(rng: random.Random) -> Draft:
    """One function at the edge of its domain, 8 to 40 bits."""
    port, formula, size = _edge(rng, "x", _bits(rng))
    shape = rng.choice(["{f}", "{f}", "{f}", "{c}*{f}", "{f} + {c}*x", "{c} - {f}", "x*{f}"])
    return _one(port, shape.format(f=f"({formula})", c=constant(rng)), size, rng)


def composites(rng: random.Random) -> Draft:
    """Sums and products of a function at its edge with functions of another input."""
    port, formula, size = _edge(rng, "x", _bits(rng))
    other = plain(rng, "z", 10)
    partner = rng.choice(
        ["z", "z*z", "sin(z)", "tanh(z)", "exp(-z*z)", "abs(z)", "(z + {c})", "z*x", "sign(z)"]
    ).format(c=constant(rng))
    shape = rng.choice(
        ["{f} + {g}", "{c}*{f} + {g}", "{f}*{g}", "{g} - {c}*{f}", "{f}*{g} + z", "{c}*{f} - {f}*z"]
    )
    text = shape.format(f=f"({formula})", g=f"({partner})", c=constant(rng))
    accuracy = budget(rng, max(size, 1.0))
    return Draft([port.line(), other.line()], {"y": text}, accuracy, target=target(rng, 0.15))


_POLES = (
    ("tan({a})", 50.0),
    ("1/cos({a})", 50.0),
    ("1/sin({a})", 50.0),
    ("cot({a})", 50.0),
    ("1/({a} - {c})", 100.0),
    ("{a}/({a} - {c})", 100.0),
    ("1/({a}*{a} - 2)", 100.0),
    ("1/({a}*{a} - {c})", 100.0),
    ("({a} + 1)/({a}*{a} + {a} - {c})", 50.0),
    ("coth({a})", 100.0),
    ("1/tanh({a})", 100.0),
    ("csch({a})", 100.0),
    ("1/(exp({a}) - {c})", 50.0),
    ("1/({a}*{a} + 2^-8)", 256.0),
    ("1/abs({a} - {c})", 100.0),
    ("({a} - {c})**-3", 1e4),
    ("1/(1 - {a}**4)", 100.0),
)


def poles(rng: random.Random) -> Draft:
    """Poles barely outside the range, or between two codes."""
    form, size = rng.choice(_POLES)
    port = rng.choice([above(rng, "x", (6, 24), rng.choice([0, 1])), plain(rng, "x", 14)])
    ports, argument = [port], "x"
    if rng.random() < 0.3:
        ports.append(plain(rng, "z", 6))
        argument = rng.choice(["(x + {c}*z)", "(x*z + {c})", "(x - z)"]).format(c=constant(rng))
    formula = form.format(a=argument, c=constant(rng))
    return Draft([p.line() for p in ports], {"y": formula}, budget(rng, size), target=target(rng))


_JUMPS = (
    "floor({a})",
    "ceil({a})",
    "round({a})",
    "trunc({a})",
    "sign({a})",
    "step({a})",
    "heaviside({a})",
    "heaviside({a}, 0.25)",
    "mod({a}, {c})",
    "mod({a}, 1)",
    "{a} - floor({a})",
    "({a} > {c})",
    "({a} <= {c})",
    "({a} == {c})",
    "({a} != 0)",
    "max({a}, {c})*sign({a})",
    "floor({c}*{a})*{c}",
    "round({a}*8)/8",
    "abs({a} - round({a}))",
    "floor(floor({a})/{c})",
    "mod(floor({a}), 3)",
    "sqrt(floor(abs({a})))",
    "log(1 + floor(abs({a})))",
    "min(floor({a}), ceil({c}*{a}))",
)
_SMOOTH = (
    "x",
    "x",
    "x",
    "{c}*x",
    "{c}*x + {c}",
    "x*x",
    "x/3",
    "x*x*x - {c}*x",
    "exp(x)",
    "sin(x)",
    "10*x",
    "x*z",
    "x + z",
    "{c}*x - {c}*z",
    "x*x + z*z",
    "x - z",
    "sqrt(abs(x))",
    "x/(z*z + 1)",
    "log(1 + x*x)",
    "x*x*x/z",
)


def _ports(formula: str, rng: random.Random, widest: int = 11) -> list[Range]:
    """Plain ports for the names in a formula; a divisor stays away from 0."""
    ports = [plain(rng, "x", widest)]
    if "z" in formula:
        ports.append(above(rng, "z", (2, 7)) if "/z" in formula else plain(rng, "z", 7))
    return ports


def jumps(rng: random.Random) -> Draft:
    """Functions that jump, with ties at codes and between them."""
    inner = rng.choice(_SMOOTH)
    while "{c}" in inner:
        inner = inner.replace("{c}", constant(rng), 1)
    form = rng.choice(_JUMPS)
    while "{c}" in form:
        form = form.replace("{c}", constant(rng), 1)
    shape = rng.choice(["{f}", "{f}", "{f} + x", "x*{f}", "{f} + sin(x)", "exp(-x*x)*{f}"])
    formula = shape.format(f=f"({form.format(a=f'({inner})')})")
    ports = _ports(formula, rng)
    return Draft([p.line() for p in ports], {"y": formula}, budget(rng, 4.0), target=target(rng))


_CONDITIONS = (
    "{a} > {b}",
    "{a} >= {b}",
    "{a} < {c}",
    "{a} == {b}",
    "{a}*{a} + {b}*{b} < {c}",
    "{c}*{a} > {c}*{b} + {c}",
    "({a} > {c}) & ({b} < {c})",
    "({a} > {b}) | ({a} < {c})",
    "not ({a} > {b})",
    "sin({a}) > {b}",
    "{a}/3 > {b}",
    "exp({a}) > {c}",
    "abs({a} - {b}) <= {c}",
    "floor({a}) == 1",
    "{a} != 0",
)
_ARMS = (
    "{a}",
    "{b}",
    "{c}",
    "{a}*{b}",
    "sin({a})",
    "-{a}",
    "{c}*{a} + {b}",
    "exp(-{a}*{a})",
    "{a}*{a}",
    "log({c} + {b}*{b})",
)
_GUARDS = (
    "where(x > {c}, log(x), x)",
    "where(x > 0, 1/x, 0)",
    "where(x > 2^-4, 1/x, 16)",
    "where(abs(x) > {c}, sin(x)/x, 1)",
    "where(x >= 0, sqrt(x), -sqrt(-x))",
    "where(x > 0, x*log(max(x, 2^-6)), 0)",
    "where(abs(x) < 1, asin(x), x)",
    "where(abs(x) < 1, sqrt(1 - x*x), 0)",
    "log(max(x, {c}))",
    "1/max(abs(x), {c})",
    "sqrt(max(1 - x*x, 0))",
)


def _filled(text: str, rng: random.Random, a: str, b: str) -> str:
    while "{c}" in text:
        text = text.replace("{c}", constant(rng), 1)
    return text.replace("{a}", a).replace("{b}", b)


def conditions(rng: random.Random) -> Draft:
    """Computed conditions, in every syntax, and guards of a domain."""
    if rng.random() < 0.3:
        formula = _filled(rng.choice(_GUARDS), rng, "x", "z")
    else:
        choose = rng.choice(["where({q}, {p}, {r})", "({p} if {q} else {r})", "({q} ? {p} : {r})"])
        parts = {
            "q": _filled(rng.choice(_CONDITIONS), rng, "x", "z"),
            "p": _filled(rng.choice(_ARMS), rng, "x", "z"),
            "r": _filled(rng.choice(_ARMS), rng, "x", "z"),
        }
        formula = choose.format(**parts)
    formula = rng.choice(["{f}", "{f}", "{f} + x", "{f}*x"]).format(f=formula)
    ports = _ports(formula, rng, 10)
    return Draft([p.line() for p in ports], {"y": formula}, budget(rng, 2.0), target=target(rng))


_CANCELLING = (
    "(x + z)**2 - x*x - z*z",
    "exp(x) - 1 - x",
    "1 - cos(x)",
    "(1 - cos(x))/(x*x + 2^-6)",
    "sqrt(x*x + 1) - abs(x)",
    "sqrt(x*x + z*z + 1) - x",
    "log(1 + exp(x)) - x",
    "(x - z)/(abs(x) + abs(z) + {c})",
    "x - x*{c}",
    "tanh(x) - x/(1 + abs(x))",
    "sin(x)**2 + cos(x)**2",
    "sin(x)*cos(z) + cos(x)*sin(z) - sin(x + z)",
    "exp(x + z) - exp(x)*exp(z)",
    "cosh(x)**2 - sinh(x)**2",
    "(x + {c})*(x - {c}) - x*x",
    "1e4*x - 9999.5*x + z",
    "x**3 - 3*x*x + 3*x - 1",
    "log(x*x + 2) - 2*log(sqrt(x*x + 2))",
    "atan(x) + atan(1/(x*x + 1)) - x",
    "1000*(exp(x/1000) - 1)",
    "sigmoid(x) - 0.5 - x/4",
    "erf(x) - tanh(x)",
    "expm1(x) - sinh(x) - cosh(x) + 1",
    "x/(x*x + 1) - 1/(x + 1/(x*x + 1))*x",
)
_REPEATED = (
    "x*exp(-x*x)*sin(x)",
    "x/(1 + x*x) + x*x/(1 + x*x)",
    "(x*z)/(x*x + z*z + 1)",
    "sin(x)*sin(x + z)",
    "x*(1 - x)*x",
    "x*z*(x - z)",
    "exp(x)*exp(-x)*x",
    "max(x, z)*min(x, z)",
    "(x + z)*(x - z)/(1 + x*x)",
    "tanh(x)*x - tanh(x*z)",
    "x*x*x*x - x*x + x",
    "sqrt(x*x + z*z)*atan2(z, x*x + 1)",
    "hypot(x, z) - max(abs(x), abs(z))",
    "sigmoid(x)*(1 - sigmoid(x))",
    "exp(-x*x)*(1 - x*x)",
    "abs(x) + abs(z) - abs(x + z)",
    "sin({c}*x)*cos({c}*x)*z",
    "(x*z + {c})**2 - {c}*x*z",
)


def _listed(forms: tuple[str, ...], rng: random.Random) -> Draft:
    formula = _filled(rng.choice(forms), rng, "x", "z")
    if rng.random() < 0.3:
        formula = f"{constant(rng)}*({formula}) + {rng.choice(['x', '0', 'x*x'])}"
    ports = _ports(formula, rng, 13)
    return Draft([p.line() for p in ports], {"y": formula}, budget(rng, 1.0), target=target(rng))


def cancellations(rng: random.Random) -> Draft:
    """Differences of nearly equal numbers."""
    return _listed(_CANCELLING, rng)


def correlations(rng: random.Random) -> Draft:
    """The same input on many paths."""
    return _listed(_REPEATED, rng)


_POWERS = (
    "{p}**{k}",
    "{p}**-{k}",
    "{p}**{r}",
    "{p}**-{r}",
    "{p}**z",
    "{p}**(-z)",
    "{p}**({c}*z)",
    "2**(z*{p})",
    "root({p}, 3)",
    "root({p}, {k})",
    "{p}**z*{p}**{r}",
    "({p} + {c})**{r}",
    "{p}**{r}/(1 + {p}**{k})",
    "exp2(-{p})",
    "({p}*{p})**{r}",
    "pow({p}, z)",
    "x**{k}",
    "{p}**0",
    "log({p}, 2)",
    "log({p}, {k} + 1)",
)


def powers(rng: random.Random) -> Draft:
    """Whole, real and computed exponents, with the base at the edge."""
    form = _filled(rng.choice(_POWERS), rng, "x", "z")
    base = rng.choice(["x", "x", "x", "abs(x)", "(x*x)", f"(x + {constant(rng)})"])
    formula = form.replace("{p}", base).replace("{k}", str(rng.choice([2, 3, 4, 5, 7])))
    formula = formula.replace("{r}", rng.choice(["0.5", "1.5", "0.25", "0.1", "2.3", "(1/3)"]))
    ports = [above(rng, "x", (6, 20), 0, rng.random() < 0.3)]
    if "z" in formula:
        ports.append(plain(rng, "z", 6))
    return Draft([p.line() for p in ports], {"y": formula}, budget(rng, 4.0), target=target(rng))


_LEAVING = (
    "log(x)",
    "log({c}*x + {c})",
    "sqrt(x)",
    "x**0.5",
    "x**-0.5",
    "1/x",
    "z/x",
    "x/(x - z)",
    "x**-2",
    "asin(x)",
    "acos({c}*x)",
    "atanh(x)",
    "acosh(x)",
    "log1p(x)",
    "1/(x*x - {c})",
    "sqrt(x - z)",
    "log(abs(x))",
    "1/sin(x)",
    "x*log(x)",
    "sqrt(1 - x*x - z*z)",
    "log(sqrt(x))",
    "exp(-1/x)",
    "abs(x)**z",
    "tanh(1/x)",
    "1/log(x)",
    "1/(x*z)",
)


def clamps(rng: random.Random) -> Draft:
    """``domain = "clamp"`` on functions whose operands leave their domain."""
    draft = _listed(_LEAVING, rng)
    draft.domain = "clamp"
    draft.accuracy = budget(rng, rng.choice([1.0, 8.0, 1024.0]))
    return draft


_ANY = (*_CANCELLING, *_REPEATED, *(f.format(a="x", c="0.75") for f in _JUMPS))


def precisions(rng: random.Random) -> Draft:
    """One stated format for every value; the error is reported, not chosen."""
    draft = _listed(_ANY, rng)
    width = rng.randint(4, 20)
    integer = rng.randint(1, min(8, width))
    draft.accuracy = f'precision = "{rng.choice(["", "u", ""])}fixed<{width},{integer}>"'
    return draft


def metrics(rng: random.Random) -> Draft:
    """Word lengths from a metric on data."""
    names = ["x", "z"]
    ports = [plain(rng, n, 10) for n in names]
    kind = rng.choice(["rmse", "accuracy", "auc"])
    formulas = [_filled(rng.choice(_REPEATED), rng, "x", "z") for _ in range(2)]
    outputs = {"y": formulas[0]} if kind != "accuracy" else dict(zip("yv", formulas, strict=True))
    draft = Draft([p.line() for p in ports], outputs, "", target=target(rng))
    label = "" if kind == "rmse" else 'label = "label"\n'
    loss = rng.choice([0.05, 0.01, 0.002])
    draft.accuracy = f'metric = "{kind}"\ndata = "rows.csv"\n{label}max_loss = {loss}'
    rows = ["x,z,label"]
    for _ in range(rng.choice([20, 60])):
        row = [f"{rng.gauss(0, 1):.5f}" for _ in names]
        rows.append(",".join([*row, str(rng.randint(0, 1))]))
    draft.files = {"rows.csv": "\n".join(rows) + "\n"}
    return draft


_CALLS = (
    "sin({})",
    "cos({})",
    "tanh({})",
    "exp(-abs({}))",
    "sigmoid({})",
    "erf({})",
    "abs({})",
    "sqrt(abs({}))",
    "log(1 + abs({}))",
    "atan({})",
    "gauss({})",
    "relu({})",
    "cbrt({})",
    "asinh({})",
    "softplus({})",
    "sinh(tanh({}))",
    "cosh(sin({}))",
    "exp2(-abs({}))",
    "log1p(square({}))",
    "clip({}, -1, 1)",
    "log10(2 + abs({}))",
    "log2(1.5 + square({}))",
    "acos(tanh({}))",
    "expm1(sin({}))",
    "erfc({})",
    "sech({})",
)
_PAIRS = (
    "({} + {})",
    "({} - {})",
    "{}*{}",
    "{}*{}",
    "{}/(1 + abs({}))",
    "max({}, {})",
    "min({}, {})",
    "hypot({}, {})",
    "atan2({}, 1 + square({}))",
    "where({} > {}, x, 0.5)",
)


def _tree(rng: random.Random, depth: int, names: list[str]) -> str:
    if depth == 0 or rng.random() < 0.1:
        return rng.choice([*names, *names, constant(rng)])
    if rng.random() < 0.45:
        return rng.choice(_CALLS).format(_tree(rng, depth - 1, names))
    first, second = (_tree(rng, depth - 1, names) for _ in range(2))
    return rng.choice(_PAIRS).format(f"({first})", f"({second})")


def resources(rng: random.Random) -> Draft:
    """Every limit and objective, clocks of 1 to 20 ns, on expressions of several operators."""
    names = ["x", "z", "w"][: rng.randint(1, 3)]
    draft = Draft(
        [plain(rng, n, 9).line() for n in names],
        {"y": _tree(rng, rng.randint(2, 3), names)},
        budget(rng, 2.0),
        target=target(rng, 0.8),
    )
    return draft


def trees(rng: random.Random) -> Draft:
    """Random expressions of all operators, definitions, and more than one output."""
    names = ["x", "z"][: rng.randint(1, 2)]
    lets = {"t": _tree(rng, 2, names)} if rng.random() < 0.5 else {}
    known = [*names, *lets]
    outputs = {"y": _tree(rng, rng.randint(1, 4), known)}
    if rng.random() < 0.4:
        outputs["v"] = _tree(rng, 2, [*known, "y"])
    ports = [plain(rng, n, 10).line() for n in names]
    return Draft(ports, outputs, budget(rng, 2.0), lets, target=target(rng))


_ODD = (
    "x",
    "-x",
    "0",
    "{c}",
    "x - x",
    "x*0 + {c}",
    "x/x",
    "x + 1e6",
    "1e-9*x",
    "1e9*x",
    "x**0",
    "2*x - x",
    "min(x, x)",
    "where(x > 100000, x, {c})",
    "sin(1e3*x)",
    "exp(-100*x*x)",
    "floor(x*1e-6)",
    "(x > x)",
    "pi",
    "sin(pi*x)",
    "sqrt(4)*x",
    "not (x > 1)",
)


def _odd_port(rng: random.Random, name: str) -> Range:
    """One bit, one code, many bits, or a binary point far away."""
    kind = rng.choice(["bit", "code", "wide", "far", "plain"])
    if kind == "bit":
        return Range(name, rng.random() < 0.5, 1, rng.choice([0, 1, 2]))
    if kind == "code":
        value = rng.choice([-3, -1, 0, 1, 5])
        return Range(name, True, 8, 4, code(value, 4), code(value, 4))
    if kind == "wide":
        return Range(name, rng.random() < 0.5, rng.choice([30, 48, 63, 64, 65, 80]), 4)
    if kind == "far":
        return Range(name, rng.random() < 0.5, rng.randint(4, 10), rng.choice([-20, -6, 20, 40]))
    return plain(rng, name)


def oddities(rng: random.Random) -> Draft:
    """Ports of one bit or one code, very wide ones, constants, outputs that are inputs."""
    formula = _filled(rng.choice(_ODD), rng, "x", "z")
    ports = [_odd_port(rng, "x").line()]
    if rng.random() < 0.3:
        ports.append(_odd_port(rng, "unused").line())
    outputs = {"y": formula}
    if rng.random() < 0.3:
        outputs["v"] = rng.choice(["y", "x", "y + x", "-y"])
    return Draft(ports, outputs, budget(rng, rng.choice([1.0, 1e-3, 100.0])), target=target(rng))


#: Every family by its name. Designs take them in turn, so that a seed and an index are one design.
FAMILIES: dict[str, Callable[[random.Random], Draft]] = {
    "edges": edges,
    "composites": composites,
    "poles": poles,
    "jumps": jumps,
    "edges again": edges,
    "conditions": conditions,
    "cancellations": cancellations,
    "correlations": correlations,
    "powers": powers,
    "clamps": clamps,
    "edges once more": edges,
    "precisions": precisions,
    "metrics": metrics,
    "resources": resources,
    "trees": trees,
    "oddities": oddities,
}
TURNS = tuple(dict.fromkeys(f.__name__ for f in FAMILIES.values()))


def design(seed: int, index: int) -> Hostile:
    """Design number ``index`` of ``seed``."""
    make = list(FAMILIES.values())[index % len(FAMILIES)]
    draft = make(random.Random(f"{seed}/{index}"))
    return Hostile(make.__name__, draft.text(), draft.files)
