"""A build may be verified on a machine that has hls4ml's headers where the first one had not, and the
other way round; what is edited is found all the same.
"""

from __future__ import annotations

import pytest

from symgate import api
from symgate.errors import ToolMissing
from symgate.sim import ap_types

HEADERS = "hls/firmware/ap_types"


@pytest.fixture
def compiled(tmp_path):
    return lambda: api.compile("y = x*x", tmp_path / "b", bits=4, ranges=["[-1, 1]"], max_error=0.1)


def absent():
    raise ToolMissing("no headers")


@pytest.mark.needs("hls4ml")
def test_headers_that_came_later_are_no_change(compiled, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(ap_types, "find", absent)
        build = compiled()
    assert [p.name for p in (build.path / HEADERS).iterdir()] == ["README"]

    assert api.verify(build, tools=[], vectors=100).problems == []


@pytest.mark.needs("hls4ml")
def test_headers_of_the_folder_are_enough_where_there_are_none_here(compiled, monkeypatch):
    build = compiled()
    monkeypatch.setattr(ap_types, "find", absent)

    assert api.verify(build, tools=[], vectors=100).problems == []


@pytest.mark.needs("hls4ml")
@pytest.mark.parametrize("is_here", [True, False])
def test_an_edited_header_is_found_with_and_without_hls4ml(compiled, monkeypatch, is_here):
    build = compiled()
    if not is_here:
        monkeypatch.setattr(ap_types, "find", absent)
    file = build.path / HEADERS / "ap_fixed.h"
    file.write_text(file.read_text() + "// edited\n")

    problems = api.verify(build, tools=[], vectors=100).problems
    assert any("ap_fixed.h" in problem for problem in problems)
