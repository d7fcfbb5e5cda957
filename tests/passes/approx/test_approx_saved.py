"""Fronts that are remembered: the same designs again, from data that cannot run and is checked."""

import contextlib
import copy
import itertools
import json
import os
import pickle
from types import GenericAlias

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from symgate.caches import Caches, using
from symgate.files import remove_oldest, replace_file
from symgate.ir import text
from symgate.ir.fixed import Builder
from symgate.ir.types import FixedType
from symgate.passes.approx import BIG, GENERATORS, Spec, saved
from symgate.passes.approx.cache import Fronts, is_sound
from symgate.passes.approx.fields import Address
from symgate.passes.approx.front import front
from symgate.passes.approx.generator_settings import Saving
from symgate.passes.approx.plain import Plain, Table
from symgate.passes.approx.saved import (
    KINDS,
    NoCandidate,
    Packed,
    pack,
    unpack,
)
from symgate.passes.approx.table_sums import AddedTable, Sum


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def spec_of(f, n, m, signed=False, slack=0.5):
    x = np.arange(1 << n) / (1 << n)
    y = f(np.roll(x - 0.5, 1 << (n - 1)) if signed else x) * ((1 << m) - 1)
    return Spec(n, signed, np.floor(y - slack), np.ceil(y + slack))


def part_of(n, first, size):
    """A ramp that matters at ``size`` codes from ``first`` on, which may go on at code 0."""
    place = (np.arange(1 << n) - first) % (1 << n)
    live = place < size
    return Spec(n, False, np.where(live, place, -BIG), np.where(live, place + 1, BIG))


def rounded(f, n):
    values = np.rint(f(np.arange(1 << n)))
    return Spec(n, False, values, values)


SPECS = {
    "tanh": spec_of(lambda x: np.tanh(3 * x), 8, 7, signed=True),
    "exp": spec_of(lambda x: np.exp(-8 * x), 11, 10),
    "wave": spec_of(lambda x: np.sin(2 * np.pi * x), 8, 7),
    "steep": spec_of(lambda x: 1 / (1 + 64 * x), 10, 7),
    "alike octaves": spec_of(np.sqrt, 10, 10),
    "rounded": rounded(lambda x: 16 * np.sqrt(x), 10),
    "near x": spec_of(lambda x: x + 0.01 * x * x, 8, 8),
    "tail": spec_of(lambda x: np.minimum(8 * x, 1), 9, 8),
    "coarse": spec_of(lambda x: x * x, 9, 4),
    "part": part_of(9, 300, 100),
    "around": part_of(9, 480, 90),
}
FRONTS = Fronts(GENERATORS, wide=6)  # so that functions of few bits are reduced like wide ones


def facts(candidate, spec):
    """All that anybody sees of a candidate."""
    b = Builder()
    b.output("y", candidate.lower(b, b.input("x", FixedType(spec.signed, spec.n, 0))))
    figures = candidate.luts, candidate.delay, candidate.brams, candidate.dsps
    return candidate.name, figures, candidate.values().tobytes(), text.show(b.build())


@pytest.fixture(scope="module")
def found_fronts():
    """What the generators find for each spec, before pareto looks at it, a few of each kind."""
    found = {name: list(FRONTS.find(spec)) for name, spec in SPECS.items()}
    for name in ("exp", "wave", "near x", "rounded"):
        for generator in GENERATORS:
            found[name] += itertools.islice(generator(SPECS[name]), 2)
    return found


def kinds_in(packed):
    return {record["kind"] for record in json.loads(packed.text)["records"]}


@pytest.mark.parametrize("name", SPECS)
def test_data_becomes_the_same_candidates(found_fronts, name):
    packed = Packed.from_bytes(pack(found_fronts[name]).to_bytes())
    again = unpack(packed)
    for old, new in zip(found_fronts[name], again, strict=True):
        assert facts(old, SPECS[name]) == facts(new, SPECS[name])
        assert is_sound(new, SPECS[name])
    assert pack(again).to_bytes() == pack(found_fronts[name]).to_bytes()


def test_every_kind_was_tried(found_fronts):
    assert set().union(*(kinds_in(pack(found)) for found in found_fronts.values())) == set(KINDS)


# The same designs in a second run


@pytest.mark.parametrize("name", SPECS)
def test_a_second_run_finds_the_same_front(name):
    spec = SPECS[name]
    with using(Caches()) as memory:
        first = [facts(c, spec) for c in FRONTS(spec)]
        in_memory = [facts(c, spec) for c in FRONTS(spec)]
        memory.drop()
        from_disk = [facts(c, spec) for c in FRONTS(spec)]
    assert first == in_memory == from_disk


def two_designs(spec, bound=None):
    """One of no LUT that gives large numbers late, and one of a LUT that gives small ones early."""
    even = np.arange(1 << spec.n) % 2 == 0
    parity = Address(spec.n, spec.n, recode=even.astype(np.int64))
    byte = FixedType(False, 8, 0)
    yield Sum("late", byte, 0, AddedTable(parity, np.array([0, 255]), 8), ())
    late = np.arange(1 << spec.n) % 8 == 2
    yield Table(spec.n, byte, np.where(even, 4 + late, 0))


def test_a_front_is_saved_as_it_is_returned():
    """What is put around candidates may change which of them are beaten: here a tail, whose price
    grows with the numbers, so that one of two is left.
    """
    even, live = np.arange(1 << 10) % 2 == 0, np.arange(1 << 10) < (1 << 8)
    lo = np.where(live, np.where(even, 4, 0), 3)
    spec = Spec(10, False, lo, np.where(live, np.where(even, 255, 3), 3))
    part = Spec(8, False, lo[live], np.where(even, 255, 3)[live])
    assert len(front(part, (two_designs,))) == 2
    fronts = Fronts((two_designs,), wide=2)
    with using(Caches()) as memory:
        first = fronts(spec)
        memory.drop()
        second = fronts(spec)
    assert [c.name for c in first] == ["tail(plain)"]
    assert [facts(c, spec) for c in first] == [facts(c, spec) for c in second]


def test_other_generators_have_other_fronts():
    spec = SPECS["wave"]
    with using(Caches()):
        every, plain = Fronts(GENERATORS)(spec), Fronts((Plain(),))(spec)
    assert [c.name for c in plain] == ["plain"]
    assert len(every) > 1


# Files that something else wrote


class Bomb:
    """Says that it was read, where it is."""

    def __reduce__(self):
        return print, ("a pickle ran",)


def saved_file(folder, spec):
    """The file of the front of ``spec``, just made."""
    with using(Caches()):
        Fronts((Plain(),))(spec)
    (path,) = folder.rglob(f"{spec.key}.npz")
    return path


def objects_in_npz(path):
    np.savez(path, np.array([Bomb()], dtype=object), text=np.zeros(1, dtype=np.uint8))


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"nonsense"),
        lambda path: path.write_bytes(path.read_bytes()[:-200]),
        lambda path: path.write_bytes(pickle.dumps(Bomb())),
        objects_in_npz,
        lambda path: np.savez(path, text=np.frombuffer(b"{}", dtype=np.uint8)),
        lambda path: np.savez(path, other=np.zeros(3)),
    ],
    ids=["empty", "nonsense", "cut", "pickle", "objects", "no front", "no text"],
)
def test_a_file_of_another_kind_is_made_again(tmp_path, capfd, write):
    spec = SPECS["wave"]
    path = saved_file(tmp_path, spec)
    good = path.read_bytes()
    write(path)
    assert path.read_bytes() != good
    with using(Caches()):
        (found,) = Fronts((Plain(),))(spec)
    assert is_sound(found, spec)
    assert path.read_bytes() == good
    assert "ran" not in capfd.readouterr().out


def test_a_table_with_a_wrong_entry_is_made_again(tmp_path):
    spec = SPECS["wave"]
    path = saved_file(tmp_path, spec)
    packed = Packed.from_bytes(path.read_bytes())
    wrong = packed.arrays[0].copy()
    wrong[200] += 9
    path.write_bytes(Packed(packed.text, (wrong,)).to_bytes())
    with using(Caches()):
        (found,) = Fronts((Plain(),))(spec)
    assert spec.allows(found.values())


WRONG = [
    None,
    True,
    -1,
    0,
    1 << 70,
    40,
    2.5,
    float("nan"),
    "even",
    [],
    {},
    {"array": 0},
    {"array": -1},
    {"array": 99},
    {"record": 0},
    {"record": 10**6},
    {"tuple": []},
    {"tuple": [1, "a"]},
    {"format": [True, 8, 0]},
    {"format": [True, 0, 0]},
    {"format": [1, 8, 0]},
    {"run": "print"},
]


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), name=st.sampled_from(["tanh", "exp", "steep", "near x"]))
def test_changed_data_is_refused_or_sound(found_fronts, data, name):
    """Whatever stands in a field: no other error, and no hardware that leaves its windows."""
    packed = pack(found_fronts[name][:6])
    stored = json.loads(packed.text)
    record = data.draw(st.sampled_from(stored["records"]))
    field = data.draw(st.sampled_from(sorted(record["fields"])))
    record["fields"][field] = data.draw(st.sampled_from(WRONG))
    changed = Packed(json.dumps(stored), packed.arrays)
    with contextlib.suppress(NoCandidate):
        unpack(changed)
    spec, fronts = SPECS[name], Fronts((Plain(),))
    replace_file(fronts.file(spec), changed.to_bytes())
    with using(Caches()):
        found = fronts(spec)
    assert found
    assert all(is_sound(c, spec) for c in found)


@pytest.mark.parametrize(
    "change",
    [
        lambda stored: stored | {"schema": 0},
        lambda stored: {k: v for k, v in stored.items() if k != "front"},
        lambda stored: stored | {"records": {}},
        lambda stored: stored | {"records": [[]]},
        lambda stored: stored | {"records": [{"kind": "os.system", "fields": {}}]},
        lambda stored: stored | {"records": [{"kind": "plain", "fields": {}}]},
        lambda stored: stored | {"front": [{"record": 99}]},
        lambda stored: stored | {"front": [3]},
        lambda stored: [],
    ],
)
def test_another_layout_is_refused(found_fronts, change):
    packed = pack(found_fronts["wave"][:1])
    stored = change(copy.deepcopy(json.loads(packed.text)))
    with pytest.raises(NoCandidate):
        unpack(Packed(json.dumps(stored), packed.arrays))


def test_a_front_must_hold_candidates(found_fronts):
    packed = pack(found_fronts["exp"])
    stored = json.loads(packed.text)
    parts = [i for i, r in enumerate(stored["records"]) if r["kind"] in ("address", "rows")]
    for part in parts[:2]:
        with pytest.raises(NoCandidate, match="something else than candidates"):
            unpack(Packed(json.dumps(stored | {"front": [{"record": part}]}), packed.arrays))


def test_arrays_that_are_too_large_are_not_read(monkeypatch, found_fronts):
    content = pack(found_fronts["exp"]).to_bytes()
    monkeypatch.setattr("symgate.passes.approx.saved.SAVING", Saving(most_bytes=1000))
    with pytest.raises(NoCandidate, match="too large"):
        Packed.from_bytes(content)


# Their size


def test_saved_candidates_are_small(tmp_path):
    with using(Caches()):
        Fronts(GENERATORS)(spec_of(lambda x: np.sin(np.pi / 2 * x), 12, 12, slack=0))
    assert max(f.stat().st_size for f in tmp_path.rglob("*") if f.is_file()) < 300_000


def test_the_folder_keeps_to_its_limit(tmp_path):
    fronts = Fronts((Plain(),), disk_bytes=40_000)
    with using(Caches()):
        for slack in range(1, 30):
            fronts(spec_of(np.sqrt, 8, 9, slack=slack))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert 2 < len(files) < 29
    assert sum(path.stat().st_size for path in files) <= 40_000


def test_the_oldest_files_go_first(tmp_path):
    for number in range(6):
        path = tmp_path / "sub" / f"{number}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes(100))
        os.utime(path, (number, number))
    remove_oldest(tmp_path, 350)
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == ["3", "4", "5"]
    remove_oldest(tmp_path, 0)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_arrays_are_known_where_numpy_states_them_by_an_alias():
    """NumPy 2.5 on Python 3.12 and newer, as `type NDArray[T] = np.ndarray[Any, np.dtype[T]]`."""

    class Alias:
        __value__ = NDArray[np.int64]

    stated = GenericAlias(Alias, (np.int64,))
    assert saved._fits(np.zeros(3, np.int64), stated)
    assert not saved._fits(np.zeros(3), stated)
    assert not saved._fits(3, stated)
