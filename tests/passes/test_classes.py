"""Classes of the largest of several scores: exact where scores are, close to the best elsewhere, and
proved as such.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from symgate.errors import InputError
from symgate.frontend.design_file.toml import dump, loads
from symgate.frontend.language.infix import parse
from symgate.ir.classes import choices_of, near_choices, score_design
from symgate.ir.design import Accuracy
from symgate.ir.evaluate import evaluate
from symgate.ir.exprtext import show
from symgate.ir.firmware import Certificate
from symgate.passes.compiler import compile_design
from symgate.proof import classes, evidence
from symgate.proof.recheck import recheck
from symgate.sim.data import read
from symgate.sim.loss import losses
from symgate.sim.numpy_model import simulate
from symgate.sim.simulate import simulate as simulate_table
from symgate.sim.vectors import make, reals

INPUTS = 'x = "fixed<5,3>"\ny = "fixed<4,3>"'
SCORES = ("0.3*x - y", "sin(x)*y", "0.5 - x*y")  # the second one is never exact


def design(output: str, error: str = "0.05", ties: str = "", inputs: str = INPUTS, more: str = ""):
    stated = f'[design]\nname = "jets"\nties = "{ties}"\n' if ties else ""
    text = f"{stated}[inputs]\n{inputs}\n[outputs]\ncls = {output}\n{more}\n[accuracy]\n"
    return loads(f"{text}max_error = {error}\n")


def every(firmware):
    """The class and the inputs, at all codes."""
    columns = make(firmware.design.inputs, 0, 0).columns
    x = {i.name: reals(columns[i.name], i.type) for i in firmware.design.inputs}
    return np.broadcast_to(simulate(firmware.graph, columns)["cls"], len(x["x"])), x


def test_argmax_argmin_and_rank_are_those_of_numpy():
    x = np.array([[1, 1, 2, 3, 3], [2, 1, 2, 1, 3], [0, 1, 2, 3, 2]], float)
    env = dict(zip("abc", x, strict=True))
    found = evaluate([parse(f"{n}(a, b, c)", "abc") for n in ("argmax", "argmin", "rank")], env)
    assert found[0].tolist() == np.argmax(x, 0).tolist()
    assert found[1].tolist() == np.argmin(x, 0).tolist()
    assert found[2].tolist() == np.sum(x[1:] > x[0], 0).tolist()


CHOICES = {
    "argmax(a, b, c)": "0:a 1:b 2:c",
    "argmin(a, b)": "0:-a 1:-b",
    "where(a >= max(b, c), 0, where(b >= c, 1, 2))": "0:a 1:b 2:c",
    "where(b >= a and b >= c, 5, where(a > c, 7, 6))": "5:b 6:c 7:a",
    "where(max(c, b) <= a, 2, where(c > b, 0, 1))": "2:a 1:b 0:c",
    "a > 0.5": "0:0.5 1:a",
    "a <= b": "1:b 0:a",
    "argmax(a, b, a)": "0:a 1:b",
    "argmax(a, b, b, c)": "0:a 1:b 3:c",
}
NO_CHOICES = (
    "where(a > b, 1, 0) + c", "where(a > b, c, 0)", "where(a >= b, 0, where(a >= c, 1, 2))", "a == b",
    "where(a >= b, 0, where(b >= c, 1, 2))", "where(a >= b or a >= c, 0, 1)", "max(a, b)", "a",
    "where(a > b, 1, where(b > a, 2, 3))",
)  # fmt: skip


@pytest.mark.parametrize("text", CHOICES)
def test_choices_are_seen_with_what_wins_a_tie_first(text):
    found = choices_of(parse(text, "abc"))
    assert " ".join(f"{c.label}:{show(c.score)}" for c in found) == CHOICES[text]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("sin(x)*y > 0.3", "1/16 15/16"),
        ("argmax(sin(x)*y, 0.25)", "1 1"),
        ("x*sin(y) > sin(x)*y", "1/2 1/2"),
    ],
)
def test_constants_that_are_rounded_have_a_part_of_the_error(text, parts):
    found = score_design(design(f'"{text}"', error="1", ties="near")).accuracy.max_error
    assert " ".join(map(str, found.values())) == parts


@pytest.mark.parametrize("text", NO_CHOICES)
def test_what_is_no_choice_is_none(text):
    assert choices_of(parse(text, "abc")) is None


@pytest.mark.parametrize(
    "output",
    {
        "argmax": f'"argmax({", ".join(SCORES)})"',
        "written_out": f'"where({SCORES[0]} >= max({SCORES[1]}, {SCORES[2]}), 0, '
        f'where({SCORES[1]} >= {SCORES[2]}, 1, 2))"',
        "in_a_format": f'{{ expression = "argmax({", ".join(SCORES)})", format = "uint<3>" }}',
    }.items(),
    ids=lambda case: case[0],
)
def test_a_class_is_right_wherever_scores_are_apart(output):
    name, text = output
    firmware = evidence.validated(compile_design(design(text)))
    (port,) = firmware.graph.outputs
    assert str(port.type) == ("ufixed<3,3>" if name == "in_a_format" else "ufixed<2,2>")
    cls, x = every(firmware)
    scores = np.array(evaluate([parse(s, "xy") for s in SCORES], x))
    margin = firmware.certificate.bound("cls")
    assert 0 < margin <= 0.05
    best = np.sort(scores, 0)
    apart = best[-1] - best[-2] > margin
    assert np.all(cls[apart] == np.argmax(scores, 0)[apart])
    chosen = np.take_along_axis(scores, cls[None], 0)[0]
    assert np.max(best[-1] - chosen) <= margin
    evidence.gather(firmware)
    assert recheck(firmware).proved


def test_a_bit_over_a_threshold_is_a_class():
    firmware = compile_design(design('"sin(x)*y > 0.3"'))
    cls, x = every(firmware)
    (score,) = evaluate([parse("sin(x)*y", "xy")], x)
    apart = np.abs(score - 0.3) > firmware.certificate.bound("cls")
    assert np.all((cls == 1)[apart] == (score > 0.3)[apart])
    assert str(firmware.graph.outputs[0].type) == "ufixed<1,1>"
    assert recheck(evidence.validated(firmware)).proved


def test_exact_scores_are_decided_exactly_ties_included():
    firmware = compile_design(design('"argmax(x*y, 0.3*x, y - x)"'))
    cls, x = every(firmware)
    # in whole tenths, which float64 compares exactly
    scores = np.array(evaluate([parse(s, "xy") for s in ("10*x*y", "3*x", "10*y - 10*x")], x))
    assert np.all(cls == np.argmax(scores, 0))
    assert firmware.certificate.bound("cls") == 0
    assert near_choices(firmware.design) == {}


def test_ties_near_lets_exact_scores_err_and_strict_no_scores_at_all():
    near = compile_design(design('"argmax(x*y, 0.3*x, y - x)"', "0.3", "near"))
    assert 0 < near.certificate.bound("cls") <= 0.3
    assert recheck(evidence.validated(near)).proved
    assert near_choices(design(f'"argmax({", ".join(SCORES)})"', ties="strict")) == {}
    with pytest.raises(InputError, match="unknown"):
        design('"x"', ties="close")


def test_one_input_of_few_bits_is_a_table():
    firmware = compile_design(design('"argmax(sin(x), cos(x), 0.5)"', inputs='x = "fixed<6,3>"'))
    cls, x = every(firmware)
    assert np.all(cls == np.argmax([np.sin(x["x"]), np.cos(x["x"]), 0.5 + 0 * x["x"]], 0))
    assert firmware.certificate.bound("cls") == 0


def test_classes_stand_beside_their_scores_and_read_back():
    stated = design(f'"argmax({", ".join(SCORES)})"', ties="near", more=f's = "{SCORES[1]}"')
    again = loads(dump(stated))
    assert (again.outputs, again.ties) == (stated.outputs, "near")
    names = [name for name, _ in score_design(stated).outputs]
    assert names == ["cls.0", "cls.1", "cls.2", "s"]
    firmware = evidence.validated(compile_design(stated))
    assert [port.name for port in firmware.graph.outputs] == ["cls", "s"]
    found = recheck(firmware)
    assert found.proved
    assert [o.output for o in found.outputs] == ["cls", "s"]


def test_agreement_spends_the_errors_of_scores_where_no_class_changes(tmp_path):
    rows = np.random.default_rng(1).integers(-8, 8, (200, 2)) * [0.5, 0.5]
    data = tmp_path / "rows.csv"
    np.savetxt(data, rows, delimiter=",", header="x,y", comments="")
    stated = design(f'"argmax({", ".join(SCORES)})"')
    loose = replace(stated, accuracy=Accuracy(metric="agreement", data=str(data), max_loss=0.02))
    table = read(data, ["x", "y"], ["cls"])
    made = compile_design(loose, loss=losses(loose, table))
    assert disagreed(made, table) <= 0.02
    assert made.certificate.bound("cls") > compile_design(stated).certificate.bound("cls")
    assert recheck(evidence.validated(made)).proved


def disagreed(firmware, table) -> float:
    found = simulate_table(firmware.design, firmware.graph, table)
    reference, fixed = found.metric("agreement")
    return reference - fixed


def test_agreement_is_about_classes():
    text = '[inputs]\nx = "Q1.2"\n[outputs]\nf = "x"\n[accuracy]\nmetric = "agreement"\n'
    with pytest.raises(InputError, match="output 'f' is no class of scores"):
        loads(text + 'data = "rows.csv"\n')


def tampered(firmware, **changes):
    data = {**firmware.certificate.data, **changes}
    return replace(firmware, certificate=Certificate(firmware.certificate.bounds, data))


def test_another_tournament_is_not_proved():
    stated = design('"argmax(0.3*y + x, 0.7*y, 0.2*x - y)"', ties="near")
    firmware = evidence.validated(compile_design(stated))
    data = firmware.certificate.data
    told = data["classes"]["cls"]
    lies = [
        tampered(firmware, classes={"cls": [told[1], told[0], told[2]]}),
        tampered(firmware, classes={"cls": [{**told[0], "bound": 1e-9}, *told[1:]]}),
        tampered(firmware, classes={}),
    ]
    for k, value in enumerate(data["values"]):
        if value["expr"].startswith(("where(", "k")) and len(lies) < 6:
            turned = value["expr"].replace("where(", "where(1 - ").replace("<=", "<")
            lies.append(tampered(firmware, values=[
                {**v, "expr": turned} if i == k else v for i, v in enumerate(data["values"])
            ]))  # fmt: skip
    assert len(lies) > 5
    for lie in lies:
        assert not recheck(lie).proved


def test_what_is_observed_of_a_class_is_how_far_it_is_below_the_best():
    told = [{"class": 0}, {"class": 1}, {"class": 1}]
    scores = [np.array([3.0, 1.0, 0.0]), np.array([1.0, 2.0, 4.0]), np.array([2.0, 2.5, 1.0])]
    short = classes.shortfall(scores, told, np.array([1, 1, 2]))
    assert short.tolist() == [1.0, 0.0, np.inf]
