"""Families of hostile designs: each is a function from random numbers to a design file."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from tools.attack.forms import (
    ABOVE_MINUS_ONE,
    ABOVE_ONE,
    ARMS,
    AT_ZERO,
    BELOW_ONE,
    CALLS,
    CANCELLING,
    CONDITIONS,
    DIGITS,
    EQUAL,
    GUARDS,
    JUMPS,
    LARGE,
    LEAVING,
    NAMES,
    ODD,
    PAIRS,
    POLES,
    POWERS,
    REPEATED,
    SMOOTH,
    TIES,
)
from tools.attack.writing import (
    Draft,
    Range,
    above,
    below,
    budget,
    code,
    codes_of,
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
    return _WIDE if rng.random() < 0.8 else _NARROW


def _edge(rng: random.Random, name: str, bits: tuple[int, int]) -> tuple[Range, str, float]:
    """A port at an edge, a function of it that has the edge there, and the size of its values."""
    kind = rng.choice(["zero", "zero", "zero", "above", "below", "minus"])
    if kind == "zero":
        form, size, closed = rng.choice(AT_ZERO)
        return above(rng, name, bits, 0, closed), form.format(x=name), size
    if kind == "above":
        form, size, closed = rng.choice(ABOVE_ONE)
        return above(rng, name, bits, 1, closed), form.format(x=name), size
    if kind == "below":
        form, size, closed = rng.choice(BELOW_ONE)
        return below(rng, name, bits, 1, closed), form.format(x=name), size
    form, size, closed = rng.choice(ABOVE_MINUS_ONE)
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


def _beside(rng: random.Random, port: Range) -> str:
    """The distance of ``x`` from a point barely outside the range, or one code outside."""
    part = rng.choice([0, 1, 1, 3])  # bits below the last one of the port
    first, last = port.codes
    point = (last << part) + 1 if rng.random() < 0.5 else (first << part) - 1
    return f"(x - ({code(point, port.frac + part)}))"


def poles(rng: random.Random) -> Draft:
    """Poles barely outside the range, at a code or between two."""
    form, size = rng.choice(POLES)
    port = plain(rng, "x", rng.choice([8, 14, 24]))
    ports, distance = [port], _beside(rng, port)
    formula = _filled(form.replace("{d}", distance), rng, "x", "z")
    if rng.random() < 0.3:
        ports.append(plain(rng, "z", 6))
        formula = rng.choice(["z*({f})", "({f}) + {c}*z", "sin(z)*({f})"]).format(
            f=formula, c=constant(rng)
        )
    return Draft([p.line() for p in ports], {"y": formula}, budget(rng, size), target=target(rng))


def _ports(formula: str, rng: random.Random, widest: int = 11) -> list[Range]:
    """Plain ports for the names in a formula; a divisor stays away from 0."""
    ports = [plain(rng, "x", widest)]
    if "z" in formula:
        ports.append(above(rng, "z", (2, 7)) if "/z" in formula else plain(rng, "z", 7))
    return ports


def jumps(rng: random.Random) -> Draft:
    """Functions that jump, with ties at codes and between them."""
    inner = f"({_filled(rng.choice(SMOOTH), rng, 'x', 'z')})"
    form = _filled(rng.choice(JUMPS), rng, inner, "z")
    shape = rng.choice(["{f}", "{f}", "{f} + x", "x*{f}", "{f} + sin(x)", "exp(-x*x)*{f}"])
    formula = shape.format(f=f"({form})")
    ports = _ports(formula, rng)
    return Draft([p.line() for p in ports], {"y": formula}, budget(rng, 4.0), target=target(rng))


def _filled(text: str, rng: random.Random, a: str, b: str) -> str:
    while "{c}" in text:
        text = text.replace("{c}", constant(rng), 1)
    return text.replace("{a}", a).replace("{b}", b)


def conditions(rng: random.Random) -> Draft:
    """Computed conditions, in every syntax, and guards of a domain."""
    if rng.random() < 0.3:
        formula = _filled(rng.choice(GUARDS), rng, "x", "z")
    else:
        choose = rng.choice(["where({q}, {p}, {r})", "({p} if {q} else {r})", "({q} ? {p} : {r})"])
        parts = {
            "q": _filled(rng.choice(CONDITIONS), rng, "x", "z"),
            "p": _filled(rng.choice(ARMS), rng, "x", "z"),
            "r": _filled(rng.choice(ARMS), rng, "x", "z"),
        }
        formula = choose.format(**parts)
    formula = rng.choice(["{f}", "{f}", "{f} + x", "{f}*x"]).format(f=formula)
    ports = _ports(formula, rng, 10)
    return Draft([p.line() for p in ports], {"y": formula}, budget(rng, 2.0), target=target(rng))


def _listed(forms: tuple[str, ...], rng: random.Random) -> Draft:
    formula = _filled(rng.choice(forms), rng, "x", "z")
    if rng.random() < 0.3:
        formula = f"{constant(rng)}*({formula}) + {rng.choice(['x', '0', 'x*x'])}"
    ports = _ports(formula, rng, rng.choice([9, 13, 20]))
    return Draft([p.line() for p in ports], {"y": formula}, budget(rng, 1.0), target=target(rng))


def cancellations(rng: random.Random) -> Draft:
    """Differences of nearly equal numbers."""
    return _listed(CANCELLING, rng)


def correlations(rng: random.Random) -> Draft:
    """The same input on many paths."""
    return _listed(REPEATED, rng)


def powers(rng: random.Random) -> Draft:
    """Whole, real and computed exponents, with the base at the edge."""
    form = _filled(rng.choice(POWERS), rng, "x", "z")
    base = rng.choice(["x", "x", "x", "abs(x)", "(x*x)", f"(x + {constant(rng)})"])
    formula = form.replace("{p}", base).replace("{k}", str(rng.choice([2, 3, 4, 5, 7])))
    formula = formula.replace("{r}", rng.choice(["0.5", "1.5", "0.25", "0.1", "2.3", "(1/3)"]))
    ports = [above(rng, "x", (6, 20), 0, rng.random() < 0.3)]
    if "z" in formula:
        ports.append(plain(rng, "z", 6))
    return Draft([p.line() for p in ports], {"y": formula}, budget(rng, 4.0), target=target(rng))


def clamps(rng: random.Random) -> Draft:
    """``domain = "clamp"`` on functions whose operands leave their domain."""
    draft = _listed(LEAVING, rng)
    draft.domain = "clamp"
    draft.accuracy = budget(rng, rng.choice([1.0, 8.0, 1024.0]))
    return draft


_ANY = (*CANCELLING, *REPEATED, *(f.format(a="x", c="0.75") for f in JUMPS))


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
    kind = rng.choice(["rmse", "accuracy", "auc"])  # the last two have an output for each class
    formulas = [_filled(rng.choice(REPEATED), rng, "x", "z") for _ in range(2)]
    outputs = {"y": formulas[0]} if kind == "rmse" else dict(zip("yv", formulas, strict=True))
    draft = Draft([p.line() for p in ports], outputs, "", target=target(rng))
    label = "" if kind == "rmse" else 'label = "label"\n'
    loss = rng.choice([0.05, 0.01, 0.002])
    draft.accuracy = f'metric = "{kind}"\ndata = "rows.csv"\n{label}max_loss = {loss}'
    rows = ["x,z,y" if kind == "rmse" else "x,z,label"]
    for _ in range(rng.choice([20, 60])):
        row = [f"{rng.gauss(0, 1):.5f}" for _ in names]
        rows.append(
            ",".join([*row, f"{rng.gauss(0, 1):.3f}" if kind == "rmse" else str(rng.randint(0, 1))])
        )
    draft.files = {"rows.csv": "\n".join(rows) + "\n"}
    return draft


def _tree(rng: random.Random, depth: int, names: list[str]) -> str:
    if depth == 0 or rng.random() < 0.1:
        return rng.choice([*names, *names, constant(rng)])
    if rng.random() < 0.45:
        return rng.choice(CALLS).format(_tree(rng, depth - 1, names))
    first, second = (_tree(rng, depth - 1, names) for _ in range(2))
    return rng.choice(PAIRS).format(f"({first})", f"({second})")


def resources(rng: random.Random) -> Draft:
    """Every limit and objective, clocks of 1 to 20 ns, on expressions of several operators."""
    names = ["x", "z", "w"][: rng.randint(1, 3)]
    draft = Draft(
        [plain(rng, n, rng.choice([9, 12])).line() for n in names],
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
    ports = [plain(rng, n, rng.choice([6, 10, 16])).line() for n in names]
    return Draft(ports, outputs, budget(rng, 2.0), lets, target=target(rng))


def _odd_port(rng: random.Random, name: str) -> Range:
    """One bit, one code, many bits, or a binary point far away."""
    kind = rng.choice(["bit", "code", "wide", "far", "plain"])
    if kind == "bit":
        return Range(name, rng.random() < 0.5, 1, rng.choice([0, 1, 2]))
    if kind == "code":
        value = rng.choice([-3, -1, 0, 1, 5])
        return Range(name, True, 8, 4, (value, value))
    if kind == "wide":
        return Range(name, rng.random() < 0.5, rng.choice([30, 48, 63, 64, 65, 80]), 4)
    if kind == "far":
        return Range(name, rng.random() < 0.5, rng.randint(4, 10), rng.choice([-20, -6, 20, 40]))
    return plain(rng, name)


def oddities(rng: random.Random) -> Draft:
    """Ports of one bit or one code, very wide ones, constants, outputs that are inputs."""
    formula = _filled(rng.choice(ODD), rng, "x", "z")
    name = rng.choice(["x", "x", *NAMES])
    formula = re.sub(r"\bx\b", name, formula)
    ports = [_odd_port(rng, name).line()]
    if rng.random() < 0.3:
        ports.append(_odd_port(rng, "unused").line())
    outputs = {"y": formula}
    if rng.random() < 0.3:
        outputs[rng.choice(["v", *NAMES[:-3]])] = rng.choice(["y", "y + 1", "-y"])
    return Draft(ports, outputs, budget(rng, rng.choice([1.0, 1e-3, 100.0])), target=target(rng))


def magnitudes(rng: random.Random) -> Draft:
    """Codes of more bits than a float64 holds, narrow ranges far from 0, huge and tiny units."""
    width = rng.choice([20, 33, 48, 54, 60, 64, 70, 100])
    integer = rng.choice([width, width // 2, 4, 1, -8, width + 10])
    signed = rng.random() < 0.5
    least, most = codes_of(signed, width)
    count = rng.choice([3, 40, 900, 50_000, most])
    first = rng.randint(least, max(least, most - count))
    first = rng.choice([first, least, max(least, most - count)])
    last = min(first + count, most)
    frac = width - integer
    port = Range("x", signed, width, integer, (first, last))
    inside = code(rng.choice([first, last, rng.randint(first, last)]), frac)
    formula = _filled(rng.choice(LARGE).replace("{m}", f"({inside})"), rng, "x", "z")
    ports = [port, plain(rng, "z", 8)] if "z" in formula else [port]
    unit = 2.0**-frac
    size = rng.choice([unit, 1.0, unit * count, unit * 8])
    return Draft([p.line() for p in ports], {"y": formula}, budget(rng, size), target=target(rng))


def sums(rng: random.Random) -> Draft:
    """Constant matrices times vectors, with and without functions behind them."""
    names = [f"x{k}" for k in range(rng.randint(2, 6))]
    ports = [plain(rng, n, 6).line() for n in names]
    outputs = {}
    for name in "yvw"[: rng.randint(1, 3)]:
        terms = [f"{constant(rng)}*{n}" for n in names if rng.random() < 0.8] or ["x0"]
        text = " - ".join(terms[:2]) + "".join(f" + {t}" for t in terms[2:])
        shape = rng.choice(["{s}", "{s}", "tanh({s})", "relu({s})", "({s})*x0", "max({s}, x1)"])
        outputs[name] = shape.format(s=text)
    errors = ", ".join(f'{n} = "2^-{rng.randint(0, 9)}"' for n in outputs)
    return Draft(ports, outputs, f"max_error = {{ {errors} }}", target=target(rng))


def samples(rng: random.Random) -> Draft:
    """Functions that are given by their values at points."""
    count = rng.randint(1, 9)
    places = sorted(rng.sample(range(-40, 41), count))
    x = ", ".join(f"{p / 10}" for p in places)
    y = ", ".join(
        rng.choice(["0", "1", "-0.3", "2.5", '"1/3"', f"{rng.gauss(0, 2):.3f}"]) for _ in places
    )
    between = rng.choice(["", ', between = "step"', ', between = "linear"'])
    table = f't = {{ x = [{x}], y = [{y}], ends = "hold"{between} }}'
    formula = rng.choice(["t(x)", "t(x) + x", "t(x*x)", "t(x)*t(z)", "t(t(x))", "t({c}*x - z)"])
    formula = _filled(formula, rng, "x", "z")
    ports = [p.line() for p in _ports(formula, rng, 10)]
    return Draft(ports, {"y": formula}, budget(rng, 2.0), tables=[table], target=target(rng))


def digits(rng: random.Random) -> Draft:
    """``domain = "clamp"`` on quotients and roots of two inputs, to errors that tables do not have."""
    ports = [plain(rng, "x", rng.choice([6, 7, 9])), plain(rng, "z", rng.choice([6, 7]))]
    formula, size = rng.choice(DIGITS)
    formula = _filled(formula, rng, "x", "z")
    error = size * 2.0 ** -rng.randint(6, 9)
    draft = Draft([p.line() for p in ports], {"y": formula}, f"max_error = {error}")
    draft.domain = "clamp"
    return draft


def ties(rng: random.Random) -> Draft:
    """Comparisons and roundings of equal numbers, which no ball decides."""
    n, m = rng.choice(EQUAL)
    n, m = (n, m) if rng.random() < 0.5 else (f"({m})", n)
    formula = rng.choice(TIES).format(n=n, m=m)
    port = plain(rng, "x", 6)
    return Draft([port.line()], {"y": formula}, budget(rng, 2.0), target=target(rng))


#: Designs take the families in turn, so that a seed and an index are one design; edges of domains
#: come most often.
TURNS: tuple[Callable[[random.Random], Draft], ...] = (
    edges,
    composites,
    poles,
    jumps,
    edges,
    conditions,
    cancellations,
    correlations,
    powers,
    clamps,
    edges,
    precisions,
    metrics,
    resources,
    trees,
    oddities,
    magnitudes,
    edges,
    sums,
    samples,
    edges,
    digits,
    ties,
)
#: The names of all families.
FAMILIES = tuple(dict.fromkeys(make.__name__ for make in TURNS))


def family(index: int) -> str:
    """The family of design number ``index``, of every seed."""
    return TURNS[index % len(TURNS)].__name__


def design(seed: int, index: int) -> Hostile:
    """Design number ``index`` of ``seed``."""
    draft = TURNS[index % len(TURNS)](random.Random(f"{seed}/{index}"))
    return Hostile(family(index), draft.text(), draft.files)
