"""Readers of vendors' reports, on samples in the documented formats."""

from __future__ import annotations

from pathlib import Path

import pytest

from symgate.errors import InputError
from symgate.report.vendor import READERS, Figures, read_folder, vivado

SAMPLES = Path(__file__).parent / "samples"


def test_vivado():
    found = read_folder(SAMPLES / "vivado")

    assert found == [
        Figures("Vivado", "routed", 1043, 972, 2, 3, slack_ns=0.714, hold_ns=0.041, power_w=2.534),
        Figures("Vivado", "synthesized", 1102, 972, 2, 3),
    ]


def test_vitis():
    assert read_folder(SAMPLES / "vitis") == [
        Figures("Vitis HLS", "C synthesis", 4377, 1021, 2, 3, clock_ns=4.182, cycles=6)
    ]


def test_vivado_hls_calls_its_slices_otherwise(tmp_path):
    text = (SAMPLES / "vitis" / "tagger_csynth.xml").read_text()
    (tmp_path / "csynth.xml").write_text(
        text.replace("<DSP>2</DSP>", "<DSP48E>5</DSP48E>").replace(">6<", ">undef<")
    )
    (found,) = read_folder(tmp_path)

    assert (found.dsp, found.cycles) == (5, None)


def test_quartus_has_the_worst_slack_of_all_corners():
    (found,) = read_folder(SAMPLES / "quartus")

    assert (found.lut, found.ff, found.dsp, found.bram) == (1204, 988, 2, 0)
    assert (found.slack_ns, found.hold_ns) == (-0.312, 0.151)
    assert found.power_w == pytest.approx(0.41731)


def test_all_tools_at_once():
    assert {figures.tool for figures in read_folder(SAMPLES)} == {"Vivado", "Vitis HLS", "Quartus"}


def test_an_unconstrained_design_has_no_slack():
    text = (SAMPLES / "vivado" / "timing_route.rpt").read_text()
    found = vivado.timing_summary(text.replace("  0.714  ", "     NA  "))

    assert found is not None
    assert found.slack_ns is None
    assert found.hold_ns == 0.041


@pytest.mark.parametrize("reader", [reader for _, reader in READERS])
@pytest.mark.parametrize("text", ["", "no report\n", "<profile>", "<a/>", "| x |", "Slack :"])
def test_other_files_are_no_reports(reader, text):
    assert reader(text) is None


def test_a_folder_without_reports_is_refused(tmp_path):
    (tmp_path / "a.rpt").write_text("nothing")

    with pytest.raises(InputError, match="holds no report of Vivado, Vitis HLS or Quartus"):
        read_folder(tmp_path)
    with pytest.raises(InputError, match="there is no folder"):
        read_folder(tmp_path / "absent")
