"""What a user may have meant otherwise is said once, or refused with what to do."""

from __future__ import annotations

import re
import warnings

import pytest

from symgate import api
from symgate.errors import InputError
from symgate.frontend.check import DesignWarning
from symgate.frontend.design_file.toml import loads
from symgate.report.tables import input_bits
from symgate.sim.input_bits import worst_outputs

DESIGN = """[design]
name = "d"
[inputs]
x = {{ bits = 6, range = [-1, 1] }}
[constants]
{constants}
[outputs]
y = "x*k"
[accuracy]
max_error = 0.1
[target]
{target}
"""


def text(constants: str = "k = 2", target: str = "") -> str:
    return DESIGN.format(constants=constants, target=target)


def test_a_part_of_no_family_is_said_with_known_parts():
    with pytest.warns(DesignWarning, match=r"the part 'foo' is of no known family.*xcvu9p"):
        loads(text(target='part = "foo"'))


@pytest.mark.parametrize("part", ["xcvu9p-flga2104-2-e", "xc7a35tcpg236-1", "xcku5p-ffvb676-2-e"])
def test_a_known_part_is_not_spoken_of(part):
    loads(text(target=f'part = "{part}"'))


@pytest.mark.parametrize(("name", "number"), [("pi", "3.14159"), ("e", "2.71828")])
def test_a_constant_that_takes_the_name_of_a_number_is_said(name, number):
    with pytest.warns(DesignWarning, match=rf"d.toml:6: '{name}' is what you state, not {number}"):
        loads(text(f"{name} = 3\nk = 2"), "d.toml")


@pytest.mark.parametrize("key", ["range = [0, 2]", "bits = 8", 'format = "fixed<8,3>"'])
def test_a_port_of_what_never_changes_is_refused(key):
    name = key.partition(" ")[0]
    with pytest.raises(InputError, match=f"the {name} of the constant 'k' has no meaning") as found:
        loads(text(f"k = {{ value = 1, {key} }}"))
    assert "runtime = true" in str(found.value)


def test_an_unused_constant_of_run_time_is_said_once(tmp_path):
    held = "k = 1\nm = { value = 1, range = [0, 2], runtime = true, bits = 6 }"
    (tmp_path / "d.toml").write_text(text(held))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        api.compile(tmp_path / "d.toml", tmp_path / "build")

    assert [str(w.message) for w in said if "no output uses" in str(w.message)] == [
        f"{tmp_path}/d.toml: no output uses input m"
    ]


def test_a_class_has_no_percentage_of_its_bound(tmp_path):
    source = "a = argmax(x, 0.3 - x)\n"
    build = api.compile(source, tmp_path / "b", bits=6, ranges=["[-1, 1]"], max_error=0.1)

    found = build.report["input_bits"]
    assert [share for _, _, share in worst_outputs(found, {"a": 0.1})] == [None] * len(
        found["widths"]
    )
    assert input_bits(build.certificate, found) is not None


def test_readme_says_where_operands_are_held(tmp_path):
    stated = {"bits": 6, "ranges": ["[-1, 1]"], "max_error": 0.1, "domain": "clamp"}
    build = api.compile("y = sqrt(x) + log(x + 3)", tmp_path / "b", **stated)
    readme = (build.path / "README.md").read_text()

    assert "an operand of sqrt below 0 counts as that" in readme
    assert not re.search("operand of log", readme)  # x + 3 stays in its domain


def test_a_formula_may_stand_in_the_place_of_a_file(tmp_path):
    from pathlib import Path

    build = api.compile(
        [Path("y = x*x")], tmp_path / "b", bits=5, ranges=["[-1, 1]"], max_error=0.1
    )

    assert build.certificate.bounds[0].output == "y"
    assert api.load_any([Path("sin(p)")], api.Options(bits=5, ranges=["[-1, 1]"], max_error=0.1))
    with pytest.raises(InputError, match="no such file"):
        api.compile([Path("build/my-design")], tmp_path / "c")
