"""The Verilog of a design tells the values of its formula."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from symgate import api
from symgate.backends.rtl import Rtl

OPTIONS = api.Options(bits=6, ranges={"*": ["-1", "1"]}, max_error=Fraction(1, 30))


def text(tmp_path, source):
    build = api.compile(source, tmp_path / "out", options=OPTIONS)
    files = Rtl().emit(build.firmware)
    return files[files["sources.txt"].strip()], build


def test_values_are_named_and_explained(tmp_path, golden):
    found, _ = text(tmp_path, "y = exp(x)*sin(2*z) + 0.3*x\n")

    golden(found.partition("endmodule")[0])


def test_every_value_of_the_certificate_is_there(tmp_path):
    found, build = text(tmp_path, "y = exp(x)*sin(2*z) + 0.3*x\n")

    for value in build.certificate.data["values"]:
        assert f"// {value['name']} = " in found


@pytest.mark.parametrize("port", ["v1", "V0", "v0_s1"])
def test_no_wire_takes_the_name_of_a_port(tmp_path, port):
    found, _ = text(tmp_path, f"y = exp(x)*sin(2*{port}) + 0.3*x\n")
    wires = re.findall(r"^  (?:wire|reg) (?:signed )?(?:\[.*?\] )?(\w+)", found, re.MULTILINE)

    assert f"input wire signed [5:0] {port}," in found
    assert wires
    assert port.lower() not in {name.lower() for name in wires}
