"""Inputs that saturate: every code of a port gives what its nearest code in range gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from symgate import api
from symgate.errors import InputError
from symgate.frontend.design_file.toml import dump, loads
from symgate.frontend.load import Options
from symgate.ir.saturation import driven, held_codes
from symgate.passes.compiler import compile_design
from symgate.proof import classes, evidence
from symgate.proof.recheck import FOREIGN, recheck
from symgate.report.estimate import luts
from symgate.sim.numpy_model import simulate
from symgate.sim.vectors import make

PORTS = {
    "both ends": 'x = { format = "fixed<6,4>", range = [-3, 2.5] }',
    "the upper end": 'x = { format = "fixed<6,4>", range = [-8, 2.5] }',
    "the lower end": 'x = { format = "fixed<6,4>", range = [-3.25, 8] }',
    "a smaller format": 'x = { format = "fixed<6,4>", range = [-2, 1.75] }',
    "one sign": 'x = { format = "fixed<6,4>", range = [0.5, 6] }',
    "one code": 'x = { format = "fixed<6,4>", range = [1.5, 1.5] }',
    "no sign": 'x = { format = "ufixed<6,4>", range = [2, 13] }',
    "below 0": 'x = { format = "fixed<6,4>", range = [-5, -1.25] }',
}
OUTPUTS = 'f = "x*y + 0.3*x"\ng = "x"\nh = "where(x > y, 1, 0)"'


def design(port: str, saturate: str = "true", outputs: str = OUTPUTS):
    return loads(
        f'[design]\nname = "held"\nsaturate = {saturate}\n[inputs]\n{port}\ny = "fixed<4,2>"\n'
        f"[outputs]\n{outputs}\n[accuracy]\nmax_error = 0.1\n"
    )


@pytest.mark.parametrize("port", PORTS)
def test_codes_outside_the_range_count_as_its_ends(port):
    stated = design(PORTS[port])
    firmware = evidence.validated(compile_design(stated))
    columns = make(driven(stated), 0, 0).columns
    assert len(columns["x"]) == 64 * 16
    found = simulate(firmware.graph, columns)
    held = simulate(firmware.graph, held_codes(stated, columns))
    for name in found:
        assert np.array_equal(found[name], held[name])
    assert not any(o.violations for o in classes.observe(firmware, columns, found))
    evidence.gather(firmware)
    assert recheck(firmware).proved


def test_a_range_that_is_the_whole_format_costs_nothing():
    whole = 'x = { format = "fixed<6,4>", range = [-8, 8] }'
    assert compile_design(design(whole)).graph == compile_design(design(whole, "false")).graph


def test_what_saturating_costs():
    outputs = 'f = "x*y"'
    for port, most in (("both ends", 5), ("the upper end", 5), ("a smaller format", 0)):
        graphs = (
            compile_design(design(PORTS[port], on, outputs)).graph for on in ("true", "false")
        )
        held, plain = map(luts, graphs)
        assert held - plain <= most


def test_hardware_that_does_not_saturate_is_not_proved():
    stated = design(PORTS["both ends"])
    firmware = evidence.validated(compile_design(stated))
    other = compile_design(replace(stated, saturate=False)).graph
    assert {o.verdict for o in recheck(replace(firmware, graph=other))} == {FOREIGN}


def test_the_switch_is_kept_and_options_win():
    stated = design(PORTS["both ends"])
    assert stated.saturate
    assert loads(dump(stated)).saturate
    assert not loads(dump(stated), options=Options(saturate=False)).saturate
    with pytest.raises(InputError, match="saturate is not true or false"):
        design(PORTS["both ends"], '"yes"')


def test_all_models_agree_on_all_codes_of_the_ports(tmp_path):
    stated = design(PORTS["both ends"], outputs='c = "argmax(sin(x)*y, x)"')
    build = api.compile(stated, tmp_path / "held")
    found = api.verify(build, tools=["cpp", "amaranth"])
    assert (found.problems, found.vectors) == ([], 1024)


FEW = {
    "one port": ('x = { format = "fixed<5,1>", range = [-0.7, 0.5] }', 'f = "sin(3*x)"'),
    "two ports": (
        'x = { format = "ufixed<3,3>", range = [1, 6] }\n'
        'y = { format = "ufixed<3,3>", range = [0, 4] }',
        'f = "sin(3*x*y)"',
    ),
    "a signed and an unsigned one": (
        'x = { format = "fixed<3,3>", range = [-3, 2] }\ny = "ufixed<3,3>"',
        'f = "sin(3*x*y)"',
    ),
}


@pytest.mark.parametrize("case", FEW)
def test_tables_of_few_bits_hold_what_inputs_saturate_to(case):
    ports, output = FEW[case]
    text = f"[inputs]\n{ports}\n[outputs]\n{output}\n[accuracy]\nmax_error = 0.05\n"
    stated = loads(text)
    assert stated.saturate  # by default
    firmware = evidence.validated(compile_design(stated, measure=luts))
    assert {n.op for n in firmware.graph.nodes}.isdisjoint({"max", "min", "saturate"})
    columns = make(driven(stated), 0, 0).columns
    found = simulate(firmware.graph, columns)["f"]
    held = simulate(firmware.graph, held_codes(stated, columns))["f"]
    assert np.array_equal(found, held)
    assert recheck(firmware).proved
    plain = compile_design(replace(stated, saturate=False), measure=luts)
    assert luts(firmware.graph) <= luts(plain.graph) + 1


def test_tables_that_hold_something_else_are_not_proved():
    ports, output = FEW["one port"]
    stated = loads(f"[inputs]\n{ports}\n[outputs]\n{output}\n[accuracy]\nmax_error = 0.05\n")
    firmware = compile_design(stated, measure=luts)
    nodes = list(firmware.graph.nodes)
    at, table = next((i, n) for i, n in enumerate(nodes) if n.op == "table")
    outside = 1 << (nodes[table.args[0]].type.width - 1)  # the code furthest below the range
    values = list(table.attr[0])
    values[outside] += 1 if values[outside] < max(values) else -1
    nodes[at] = replace(table, attr=(tuple(values), *table.attr[1:]))
    other = replace(firmware, graph=replace(firmware.graph, nodes=tuple(nodes)))
    assert {o.verdict for o in recheck(other)} == {FOREIGN}


def test_the_report_has_the_price(tmp_path):
    build = api.compile(design(PORTS["both ends"]), tmp_path / "held")
    told = build.report["input_saturation"]
    assert told["inputs"] == ["x"]
    assert 0 < told["lut"] <= 6
    whole = api.compile(design('x = "fixed<6,4>"'), tmp_path / "whole")
    assert whole.report["input_saturation"] is None


def test_half_of_the_random_rows_lie_in_the_range():
    stated = loads(
        '[inputs]\nx = { format = "fixed<30,20>", range = [0, 1] }\n[outputs]\nf = "x"\n'
        "[accuracy]\nmax_error = 1\n"
    )
    columns = make(driven(stated), 1000, 0, inside=stated.inputs).columns["x"]
    inside = (columns >= 0) & (columns <= 1 << 10)
    assert len(columns) == 1000
    assert 400 < np.count_nonzero(inside) < 600
