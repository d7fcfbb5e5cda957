"""A page is a pure function of a build, whole in one file, and escapes what users name."""

from __future__ import annotations

import re
from fractions import Fraction
from html.parser import HTMLParser

import pytest

from symgate.frontend.language.infix import parse
from symgate.ir.expr import const, make, var
from symgate.ir.operators import OPERATORS
from symgate.report.page import build_page
from symgate.report.page.html import Html, el
from symgate.report.page.mathml import flowing, inline, is_typeset, symbol
from symgate.report.page.numbers import level, percent, short
from symgate.report.page.svg import Scale
from tests.report.page_data import compiled, data

_VOID = {"meta", "link"}


class Tags(HTMLParser):
    """The elements that are open, to see that each is closed, and the text of all."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        self.words.append(text)


def read(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    return tags


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    return compiled(tmp_path_factory.mktemp("page"))


def test_page_in_the_folder_is_that_of_its_report(build):
    page = build_page(*data(build))

    on_disk = (build.path / "report.html").read_text(encoding="utf-8")
    assert on_disk.startswith(page)
    assert on_disk.count("\n") == page.count("\n") + 1  # its hash
    assert page == build_page(*data(build))


def test_page_is_whole_and_small(build):
    page = build_page(*data(build))
    tags = read(page)

    assert len(page.encode()) < 1_000_000
    assert len(tags.ids) == len(set(tags.ids))
    assert not re.search(r"(?:src|href)=\"(?!#|data:)", page)
    assert not re.search(r"https?://|@import|url\(", page)


@pytest.mark.parametrize(
    "name", ["formulas", "errors", "accuracy", "certificate", "hardware", "checks", "running"]
)
def test_section_is_there(build, name):
    assert f'<section id="{name}"' in build_page(*data(build))


def test_report_without_later_parts_has_a_page(build):
    """Keys that an older report lacks, or that no verb has filled in yet."""
    firmware, report = data(build)
    for key in ("simulation", "checks", "evidence", "metric", "synthesis"):
        report.pop(key, None)

    page = build_page(firmware, report)

    read(page)
    assert 'id="accuracy"' not in page


def test_timing_of_the_report_is_what_the_pipeline_shows(build):
    firmware, report = data(build)
    path = [{"value": "v0", "what": "table of 8 bits", "ns": 1.75}]
    stage = {"stage": 0, "ns": 3.125, "path": path}
    report["timing"] = {"budget": 3.9, "note": "grade -2", "stages": [stage]}
    report["input_saturation"] = {"lut": 7, "inputs": ["x"]}

    page = build_page(firmware, report)
    assert 'data-value="3.125"' in page
    assert "table of 8 bits" in page
    assert "the dotted one the 3.9 ns" in page
    assert "7 LUT of these make x saturate" in page


def test_page_of_a_certificate_by_hand(firmware, report):
    read(build_page(firmware, report))


def test_figures_of_the_report_stand_in_the_page(build):
    firmware, report = data(build)
    words = " ".join(read(build_page(firmware, report)).words)

    assert short(report["estimate"]["lut"]) in words
    for output in report["outputs"].values():
        assert level(output["certified_bound"]) in words


def test_text_is_escaped():
    assert el("p", "<b>&", class_='"') == '<p class="&quot;">&lt;b&gt;&amp;</p>'
    assert el("p", Html("<b></b>")) == "<p><b></b></p>"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1459, "1,459"), (0.00012, "0.00012"), (1.5e-5, "1.5×10⁻⁵"), (12345678, "1.23×10⁷"),
     (-2.5, "−2.5"), (float("inf"), "∞"), (None, "–"), (999.9, "1,000"), (5184, "5,184")],
)  # fmt: skip
def test_numbers(value, text):
    assert short(value) == text


def test_percent_of_little_is_not_nothing():
    assert (percent(0.004), percent(0), percent(0.44)) == ("0.4 %", "0 %", "44 %")


@pytest.mark.parametrize(
    ("formula", "mathml"),
    [
        ("x_1", "<math><msub><mi>x</mi><mn>1</mn></msub></math>"),
        ("x**2", "<math><msup><mi>x</mi><mn>2</mn></msup></math>"),
        ("sqrt(x)", "<math><msqrt><mi>x</mi></msqrt></math>"),
        ("pi", "<math><mi>π</mi></math>"),
    ],
)
def test_mathml(formula, mathml):
    assert inline(parse(formula, None)) == mathml


@pytest.mark.parametrize("op", sorted(OPERATORS), ids=str)
def test_every_operator_is_typeset(op):
    entry = OPERATORS[op]
    operands = [var(f"x{k}") for k in range(2 if entry.arity is None else entry.arity)]
    text = flowing(make(op, *operands), "y")

    read(text)
    for k in range(len(operands)):
        assert str(symbol(f"x{k}")).removeprefix("<math>").removesuffix("</math>") in text


def test_broken_formula_has_all_its_parts():
    terms = " + ".join(f"{k}.5*x{k}*sin(x{k} - {k})" for k in range(1, 30))
    e = parse(f"exp({terms}) - 2*({terms})", None)

    text = flowing(e, "y")

    read(text)
    assert text.count("<math>") > 30
    assert text.count("<mi mathvariant=\"normal\">sin</mi>") == 58
    opened = text.count('form="prefix" stretchy="false">(')
    assert opened == text.count('form="postfix" stretchy="false">)')


def test_huge_formula_is_text():
    e = parse(" + ".join(f"sin(x{k})" for k in range(1000)), None)
    assert not is_typeset(e)


def test_negative_factor_needs_no_brackets():
    text = inline(const(Fraction(-1, 10)) * var("x") * var("y"))
    assert "(" not in text
    assert text.count("−") == 1


@pytest.mark.parametrize(("lo", "hi"), [(0, 5), (-0.0039, 0.0039), (-1, 1), (0, 0), (0.3, 812)])
def test_ticks_are_inside(lo, hi):
    ticks = Scale(lo, hi, 0, 100).ticks()
    assert 1 <= len(ticks) <= 10
    assert all(lo - 1e-12 <= tick <= hi + 1e-12 for tick in ticks)



def test_an_output_has_no_strip_for_inputs_that_it_hardly_reads():
    from symgate.report.page.errors import _strips

    parts = {"a": [0.1, None, 0.3]}
    spans = {"a": (0.0, 1.0), "b": (0.0, 1.0)}
    first, second = _strips("y", ["a", "b"], parts, 0.5, spans)
    assert "Error of y along a" in str(first)
    assert second == ""
