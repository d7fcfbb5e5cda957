"""Every input of an output: the error of the reference in C, the numbers of rows, and the maximum."""

from __future__ import annotations

import ctypes
import itertools
import json
import math
from dataclasses import replace
from fractions import Fraction

import flint
import numpy as np
import pytest
from typer.testing import CliRunner

from symgate import api
from symgate.backends.readme import Readme
from symgate.cli import app
from symgate.frontend.language.infix import parse
from symgate.ir.design import Accuracy, Design, Input, Target
from symgate.ir.firmware import Certificate
from symgate.ir.operators import OPERATORS
from symgate.ir.types import FixedType
from symgate.passes.compiler import compile_design
from symgate.project import folder as folders
from symgate.proof.ballmath import fraction
from symgate.proof.sweep import maximum, running
from symgate.proof.sweep.maximum import Settings, maxima
from symgate.proof.sweep.reference import Printer
from symgate.proof.sweep.rows import Grid, Random, kinds
from symgate.proof.sweep.rules import FOLDED, RULES
from symgate.proof.sweep.running import Told
from symgate.proof.sweep.text import sweep_text
from symgate.proof.sweep.values import HEAD, Value
from symgate.sim.compiled import build
from symgate.sim.compiled.operators import OPERATORS as OPERATORS_IN_C
from symgate.sim.compiled.operators import Text, Unsupported
from symgate.sim.compiled.text import BLOCK

pytestmark = pytest.mark.needs("gcc")
QUIET = Told(lambda text: None, lambda text: None)
ROWS = 6 * BLOCK


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def run_c(body: list[str], inputs: list[np.ndarray], outputs: list[str]) -> list[np.ndarray]:
    """``outputs`` behind the statements ``body`` on the columns x0, d0, x1, ..., in float64."""
    rows = len(inputs[0])
    names = [f"i{k}" for k in range(len(inputs))]
    takes = [f"const double *restrict {n}" for n in names]
    takes += [f"double *restrict o{k}" for k in range(len(outputs))]
    lines = [*body, *(f"o{k}[k] = {text};" for k, text in enumerate(outputs))]
    text = "\n".join(
        [HEAD, f"void f({', '.join(takes)}) {{ for (int k = 0; k < {rows}; k++) {{", *lines, "}}"]
    )
    program = build.compiler()
    assert program is not None
    library = ctypes.CDLL(str(build.library(text, program, lambda path: None)))
    found = [np.empty(rows) for _ in outputs]
    library.f(*(ctypes.c_void_p(a.ctypes.data) for a in (*inputs, *found)))
    return found


LOGIC = ("and", "or", "not")
#: Where operands lie, by operator: inside their domains, and some at its edge.
RANGES: dict[str, tuple[tuple[float, float], ...]] = {
    "sqrt": ((0.0, 9.0),),
    "log": ((1e-6, 9.0),),
    "log2": ((1e-6, 9.0),),
    "log10": ((1e-6, 9.0),),
    "log1p": ((-1.0 + 1e-6, 9.0),),
    "asin": ((-1.0, 1.0),),
    "acos": ((-1.0, 1.0),),
    "atanh": ((-1.0 + 1e-6, 1.0 - 1e-6),),
    "acosh": ((1.0, 9.0),),
    "pow": ((1e-3, 5.0), (-3.0, 3.0)),
    "sin": ((-500.0, 500.0),),
    "cos": ((-500.0, 500.0),),
    "tan": ((-9.0, 9.0),),
}


def operands_of(name: str, count: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Points of the domain of an operator, whole ones and its ends among them."""
    found = []
    for k, (lo, hi) in enumerate(RANGES.get(name, ((-4.0, 4.0),) * count)):
        x = rng.uniform(lo, hi, ROWS)
        x[: ROWS // 8] = np.round(x[: ROWS // 8])
        x = np.clip(x, lo, hi)
        x[:2] = lo, hi
        bit = name in LOGIC or (name == "where" and not k)
        found.append((x > 0).astype(float) if bit else x)
    return found


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("name", [*RULES, *FOLDED])
def test_a_value_is_within_its_error(name, exact, rng):
    """Operands are moved by up to their error, and the result stays within its own."""
    count = OPERATORS[name].arity or 2
    true = operands_of(name, count, rng)
    sizes = [0.0] if exact else [1e-15, 1e-12, 1e-9, 1e-4, 0.1]
    size = np.resize(sizes, ROWS)
    columns = []
    for x in true:
        given = x + size * 10.0 ** rng.uniform(-3, 0, ROWS) * rng.uniform(-1, 1, ROWS)
        columns += [given, np.abs(given - x) * rng.uniform(1.0, 1.5, ROWS)]
    rule = RULES[name] if name in RULES else FOLDED[name]
    value, error = rule(*(Value(f"x{k}", None if exact else f"d{k}") for k in range(count)))
    body = [f"double x{k} = i{2 * k}[k], d{k} = i{2 * k + 1}[k];" for k in range(count)]
    v, e = run_c(body, columns, [value, f"({error or '0.0'}) * (1 + 0x1p-30)"])

    known = 0
    with flint.ctx.workprec(200):
        for row in range(0, ROWS, 3):
            ball = OPERATORS[name].ball(*(flint.arb(float(x[row])) for x in true))
            if not (e[row] < math.inf and ball.is_finite()):
                continue
            known += size[row] <= 1e-9
            off = abs(ball - flint.arb(float(v[row])))
            assert not off > flint.arb(float(e[row])), ([x[row] for x in true], v[row], e[row])
    least = 0.0 if name in LOGIC and not exact else 0.4
    assert known >= least * np.count_nonzero(size[::3] <= 1e-9)


EXPRESSIONS = [
    "2*x*(1 - cos(x*y))", "x^3 - 3*y^-2 + x^0.5", "exp(-x^2) + sigmoid(x - y)/3",
    "where(x > y, atan2(x, y), 0.3) + floor(0.7*x)", "mod(x, 0.75) + mod(y, 0.3)",
    "min(x, y)*max(x, 0.1, y)", "log(x)/log(y + 1.1)", "tanh(x)*erf(y) + hypot(x, y)",
    "pi*x - e*y + 1/3", "abs(x - y)*relu(x - 2) + sign(x - y)", "round(x*y) + ceil(x/3)",
]  # fmt: skip


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_an_expression_is_within_its_error(text, rng):
    ports = [
        Input.of(n, FixedType(True, 14, 10), (Fraction(1, 8), Fraction(7, 2))) for n in ("x", "y")
    ]
    e = parse(text, None)
    printer = Printer(ports)
    (value,) = printer.values([e])
    codes = [rng.integers(p.raw.lo, p.raw.hi, ROWS, endpoint=True) for p in ports]
    body = ["double c0 = i0[k], c1 = i1[k];", *printer.lines]
    columns = [c.astype(float) for c in codes]
    v, d = run_c(body, columns, [value.text, value.error or "0.0"])
    tape = maximum.Tape([e], ["x", "y"], 200)
    known = 0
    with flint.ctx.workprec(200):
        for row in range(0, ROWS, 9):
            if not d[row] < math.inf:
                continue
            known += 1
            point = [fraction(int(c[row]) * p.type.ulp) for c, p in zip(codes, ports, strict=True)]
            off = abs(tape(*point)[0] - flint.arb(float(v[row])))
            assert not off > flint.arb(float(d[row])), (point, v[row], d[row])
    assert known > ROWS // 9 * 0.9
    assert np.median(d) < 1e-12


def test_sums_of_codes_are_exact():
    ports = [Input.of(n, FixedType(True, 12, 6)) for n in ("x", "y")]
    values = Printer(ports).values(
        [parse(t, None) for t in ("x*y - 3*x + 0.25", "x + 0.1", "x*y*x*y*x")]
    )

    assert [v.error is None for v in values] == [True, False, False]


def test_what_has_no_rule_is_refused(monkeypatch):
    monkeypatch.delitem(RULES, "sin")
    with pytest.raises(Unsupported, match="operator sin"):
        Printer([Input.of("x", FixedType(True, 12, 6))]).values([parse("sin(x)", None)])


# ------------------------------------------------------------------ rows


def port(name: str, lo: int, hi: int) -> Input:
    return Input.of(name, FixedType(True, 24, 0), (Fraction(lo), Fraction(hi)))


GRIDS = {
    "one": (port("a", -3, 8),),
    "block": (port("a", 0, 511),),
    "listed": (port("a", -3, 3), port("b", 0, 4), port("c", -1, 100)),
    "slow": (port("a", 5, 7), port("b", -3, 3), port("c", -1, 100), port("d", -200, 333)),
    "one slow and one fast": (port("a", 5, 7), port("b", -400_000, 1)),
    "one long": (port("a", -300_000, 5),),
}


@pytest.mark.parametrize("name", GRIDS)
def test_a_grid_has_every_input(name):
    grid = Grid(GRIDS[name])
    spans = [range(i.raw.lo, i.raw.hi + 1) for i in grid.inputs]
    step = 1 if grid.count < 50_000 else 997
    found = {tuple(grid.codes(row)) for row in range(0, grid.blocks * BLOCK, step)}

    assert grid.count == math.prod(map(len, spans))
    assert grid.blocks * BLOCK < 2 * grid.count + BLOCK
    if step == 1:
        assert found == set(itertools.product(*spans))
    assert all(c in s for codes in found for c, s in zip(codes, spans, strict=True))


@pytest.mark.parametrize("name", [*GRIDS, "random"])
def test_rows_are_the_same_in_c(name):
    rows = Random(GRIDS["slow"], 5_000, 7) if name == "random" else Grid(GRIDS[name])
    text, places = rows.text()
    arrays = [f"{kind} s{k}[B];" for k, kind in enumerate(kinds(rows))]
    copies = [f"out[{k}L * B + k] = {p}[k];" for k, p in enumerate(places)]
    lines = [
        "#include <stdint.h>", f"enum {{ B = {BLOCK} }};",
        "#define LEAST(a, b) ((a) < (b) ? (a) : (b))",
        sweep_text.__globals__["_MIX"],
        "void f(int64_t g, const void *const *lists, int64_t *out) {", *arrays,
        "int64_t before = -1;", text, "for (int k = 0; k < B; k++) {", *copies, "}}",
    ]  # fmt: skip
    program = build.compiler()
    assert program is not None
    library = ctypes.CDLL(str(build.library("\n".join(lines), program, lambda path: None)))
    lists = rows.lists
    pointers = (ctypes.c_void_p * max(len(lists), 1))(*(a.ctypes.data for a in lists))
    for block in {0, rows.blocks // 2, rows.blocks - 1}:
        out = np.empty((len(rows.inputs), BLOCK), np.int64)
        library.f(ctypes.c_int64(block), pointers, ctypes.c_void_p(out.ctypes.data))
        expected = [rows.codes(block * BLOCK + k) for k in range(BLOCK)]
        assert out.T.tolist() == expected


def test_random_rows_are_spread():
    rows = Random((port("a", -8, 7), port("b", 0, 2)), 4_096, 3)
    counts = np.unique([rows.codes(r) for r in range(rows.count)], axis=0, return_counts=True)[1]

    assert len(counts) == 48
    assert counts.min() > 40
    assert rows.codes(5) != replace(rows, seed=4).codes(5) or rows.codes(6) != replace(
        rows, seed=4
    ).codes(6)


# ------------------------------------------------------------------ the maximum


def design_of(bits: int = 8, **outputs: str) -> Design:
    ends = Fraction(-3, 2), Fraction(3)
    inputs = (Input.with_bits("x", bits, ends), Input.with_bits("y", bits - 1, ends))
    exprs = tuple((n, parse(t, None)) for n, t in outputs.items())
    accuracy = Accuracy(max_error=dict.fromkeys(outputs, Fraction(1, 32)))
    return Design("swept", inputs, exprs, accuracy, Target(clock_ns=5.0))


@pytest.fixture(scope="module")
def firmware():
    return compile_design(design_of(p="sin(x)*y", q="exp(x) - 2*y", r="tanh(2*x)", s="2*y"), 0.0)


def every_error(firmware, output: str) -> float:
    """The largest error by balls alone."""
    expr = maximum.expressions(firmware.design)[output]
    inputs = firmware.design.inputs
    port_ = next(p for p in firmware.graph.outputs if p.name == output)
    rows = [*itertools.product(*(range(i.raw.lo, i.raw.hi + 1) for i in inputs))]
    raw = maximum._raw(firmware.graph, firmware.design, inputs, rows, output)
    error = maximum._Error(expr, inputs, port_)
    return max(error(y, codes)[1] for y, codes in zip(raw, rows, strict=True))


def test_the_maximum_is_that_of_balls(firmware):
    found = maxima(firmware, Settings(jobs=2), QUIET)

    assert [m.output for m in found] == ["p", "q", "r", "s"]
    for m in found:
        wanted = every_error(firmware, m.output)
        assert m.every
        assert m.error == pytest.approx(wanted, rel=1e-14, abs=1e-300)
        assert m.least <= m.error <= m.claimed
    assert found[2].rows == found[0].rows // len(
        range(firmware.design.inputs[1].raw.lo, firmware.design.inputs[1].raw.hi + 1)
    )
    assert found[3].error < 1e-300


def test_random_inputs_find_less(firmware, monkeypatch):
    every = maxima(firmware, Settings(), QUIET)
    monkeypatch.setattr(maximum, "MOST", 10)
    found = maxima(firmware, Settings(random=3 * BLOCK, seed=5), QUIET)

    assert [m.every for m in found] == [False] * 4
    assert [m.rows for m in found] == [3 * BLOCK] * 4
    assert all(m.error <= e.error for m, e in zip(found, every, strict=True))
    assert all(not m.proves for m in found)


def test_outputs_with_more_inputs_are_left_out(firmware, monkeypatch):
    monkeypatch.setattr(maximum, "MOST", 200)
    found = maxima(firmware, Settings(), QUIET)

    assert [bool(m.skipped) for m in found] == [True, True, False, False]
    assert found[0].skipped is not None
    assert "more than 200" in found[0].skipped


def test_a_bound_that_is_too_small_is_refuted(firmware):
    bounds = tuple(replace(b, bound=b.bound / 3) for b in firmware.certificate.bounds)
    wrong = replace(firmware, certificate=Certificate(bounds, firmware.certificate.data))
    (problem, *_) = [m.problem for m in maxima(wrong, Settings(), QUIET) if m.problem]

    assert problem.startswith("output p is off by ")
    assert "more than its certified bound" in problem
    assert "(code " in problem


def test_many_rows_with_one_error():
    """All rows of an output that is a constant off have the maximum: not all of them are kept."""
    firmware = compile_design(design_of(7, p="where(x > y, 0.3, 0.3) + 0*y + floor(x/8)*0"), 0.0)
    (found,) = maxima(firmware, Settings(), QUIET)

    assert found.error == pytest.approx(every_error(firmware, "p"), rel=1e-9)


def test_a_sweep_goes_on_where_it_was_ended(firmware, monkeypatch):
    monkeypatch.setattr(running, "PART", 4)
    monkeypatch.setattr(running, "SAVED_EVERY", 0.0)
    whole = maxima(firmware, Settings(), QUIET)
    told, steps = [], []

    def end(text: str) -> None:
        steps.append(text)
        if len(steps) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        maxima(firmware, Settings(), Told(told.append, end))
    again = maxima(firmware, Settings(), Told(told.append, lambda text: None))

    assert "done before" not in told[0]
    assert "done before" in told[1]
    assert [m.error for m in again] == [m.error for m in whole]
    assert [m.at for m in again] == [m.at for m in whole]


def test_inputs_that_float64_leaves_open_go_to_balls():
    firmware = compile_design(design_of(7, p="where(0.1*x < 0.3*y, 1, 0) + sqrt(abs(x))"), 0.0)
    (found,) = maxima(firmware, Settings(), QUIET)

    assert found.error == pytest.approx(every_error(firmware, "p"), rel=1e-12)


def test_too_many_open_inputs_are_said(firmware, monkeypatch):
    monkeypatch.setitem(RULES, "sin", lambda a: (f"sin({a.text})", "INFINITY"))
    monkeypatch.setattr(maximum, "_MOST_BALLS", 100)
    (found, *_) = maxima(firmware, Settings(), QUIET)

    assert found.skipped is not None
    assert "leaves" in found.skipped


@pytest.mark.parametrize(
    ("table", "name", "text"),
    [(OPERATORS_IN_C, "add", "{0} + {1} + 1"), (RULES, "exp", "exp({0}) * (1 + 0x1p-20)")],
)
def test_a_sweep_that_computes_something_else_is_not_used(firmware, monkeypatch, table, name, text):
    if table is RULES:
        wrong = lambda a: (text.format(a.text), "LIBRARY(1)")  # noqa: E731
    else:
        wrong = Text(lambda c: text.format(c.x, c.y))
    monkeypatch.setitem(table, name, wrong)
    found = {m.output: m for m in maxima(firmware, Settings(), QUIET)}

    assert str(found["q"].skipped).startswith("the compiled sweep differs from NumPy and balls")


def test_outputs_can_be_left(firmware):
    found = maxima(firmware, Settings(), QUIET, leave=("p", "r"))

    assert [m.output for m in found] == ["q", "s"]


# ------------------------------------------------------------------ the certificate


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "swept"
    api.compile(design_of(7, p="sin(x)*y", q="exp(x) - 2*y"), path)
    return path


def test_the_largest_error_becomes_the_bound(folder):
    before = api.load(folder).certificate
    found = api.verify(folder, tools=["numpy"], sweep=Settings())
    build_ = api.load(folder)

    assert found.problems == []
    for m in found.maxima:
        assert build_.certificate.bound(m.output) == m.error <= before.bound(m.output)
        assert build_.report["outputs"][m.output]["certified_bound"] == m.error
        entry = build_.certificate.data["maxima"][m.output]
        assert entry["proved"] == before.bound(m.output)
        assert entry["inputs"] == m.rows
    assert all(o.verdict == "re-proved" for o in found.recheck)


def test_a_swept_build_verifies_and_says_what_is_not_done_again(folder):
    api.verify(folder, tools=["numpy"], sweep=Settings())
    plain = api.verify(folder, tools=["numpy"])
    again = api.verify(folder, tools=["numpy"], sweep=Settings())

    assert plain.problems == []
    assert [o.verdict for o in plain.recheck] == ["the largest error"] * 2
    assert "largest error over its" in plain.notes[0]
    assert again.problems == []
    assert again.notes == []


def test_a_smaller_maximum_stands_in_the_readme(folder):
    found = api.verify(folder, tools=["numpy"], sweep=Settings())
    loaded = api.load(folder)
    bounds = tuple(replace(b, bound=b.bound * 1.1) for b in loaded.certificate.bounds)
    wide = Certificate(bounds, loaded.certificate.data)
    told = Readme().emit(replace(loaded.firmware, certificate=wide))
    folders.write_certificate(loaded, wide, told)
    before = (folder / "README.md").read_text()
    api._with_maxima(api.load(folder), found)

    assert f"p: at most {bounds[0].bound:.3g} " in before
    assert f"p: at most {found.maxima[0].error:.3g} " in (folder / "README.md").read_text()
    assert folders.changes(folder) == []
    assert api.verify(folder, tools=["numpy"]).problems == []


def test_an_edited_readme_stays_edited(folder):
    (folder / "README.md").write_text("mine")
    found = api.verify(folder, tools=["numpy"], sweep=Settings())
    loaded = api.load(folder)
    folders.write_certificate(loaded, loaded.certificate, Readme().emit(loaded.firmware))

    assert any("README.md" in problem for problem in found.problems)
    assert (folder / "README.md").read_text() == "mine"


@pytest.mark.parametrize("part", ["bound", "at"])
def test_an_edited_maximum_is_found(folder, part):
    api.verify(folder, tools=["numpy"], sweep=Settings())
    build_ = api.load(folder)
    data = json.loads(json.dumps(build_.certificate.data))
    bounds = build_.certificate.bounds
    if part == "bound":
        bounds = (replace(bounds[0], bound=bounds[0].bound * 1.01), *bounds[1:])
    else:
        data["maxima"]["p"]["at"]["x"] += 1
    folders.write_certificate(build_, Certificate(bounds, data))
    problems = api.verify(folder, tools=["numpy"]).problems

    assert any("output p" in problem and "not of this build" in problem for problem in problems)


def test_a_smaller_maximum_is_refuted(folder):
    api.verify(folder, tools=["numpy"], sweep=Settings())
    build_ = api.load(folder)
    bounds = build_.certificate.bounds
    bounds = (replace(bounds[0], bound=bounds[0].bound * 0.99), *bounds[1:])
    folders.write_certificate(build_, Certificate(bounds, build_.certificate.data))
    problems = api.verify(folder, tools=["numpy"]).problems

    assert any("output p" in problem for problem in problems)


def test_without_a_compiler_nothing_is_tried(folder, monkeypatch):
    monkeypatch.setattr(build, "compiler", lambda: None)
    found = api.verify(folder, tools=["numpy"], sweep=Settings())

    assert found.problems == []
    assert "no C compiler" in found.notes[0]


def test_the_command_says_what_it_found(folder):
    run = CliRunner().invoke(
        app, ["verify", str(folder), "--tool", "numpy", "--exhaustive", "--jobs", "1"]
    )

    assert run.exit_code == 0, run.output
    assert "inputs: about" in run.stderr
    assert "Largest errors" in run.stdout
    assert "every input" in run.stdout


def test_random_inputs_are_a_part_of_it(folder):
    run = CliRunner().invoke(app, ["verify", str(folder), "--random", "5"])

    assert run.exit_code == 2
    assert "--random is a part of --exhaustive" in run.stderr
