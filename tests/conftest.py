"""What the tests share: golden files, optional tools, one printed seed, the sorting by cost, and the
paths of the project.

Sorting by cost: `costs.json` holds the CPU seconds of each test function that takes more than
`COUNTED`, all its cases together, as measured by ``make test-costs``. Those above `LONG` get the
mark ``long``, and ``make test-quick`` leaves them out. Of a function that takes more than `MOST`,
evenly spaced cases of about so many seconds run each time; the others get the mark ``rest``, and so
does a case that takes more than `COSTLY`. A new test is quick until it is measured.
"""

from __future__ import annotations

import difflib
import json
import os
import random
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

pytest_plugins = ["pytester"]

TESTS = Path(__file__).parent
CI = os.environ.get("CI") == "true"
#: A skip of these on CI would hide that nothing was simulated.
ALWAYS_ON_CI = {"g++", "iverilog", "verilator"}
COSTS = TESTS / "costs.json"
#: CPU seconds of a test function, child processes included, from which on it is listed in `COSTS`,
#: and from which on it is no part of the quick tests. With 1 s these take less than 3 minutes.
COUNTED, LONG = 0.5, 1.0
#: CPU seconds that the cases of one test function take together, but for those marked ``rest``; a
#: case that takes more than `COSTLY` alone is marked so as well.
MOST, COSTLY = 1.0, 10.0

# deadlines fail at random on a busy machine
settings.register_profile("local", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True)
settings.load_profile("ci" if CI else "local")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--sample", type=int, metavar="N", help="run only N of the selected tests, evenly spaced"
    )
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write tests/golden instead of comparing with it",
    )
    parser.addoption(
        "--update-costs",
        action="store_true",
        help="measure the CPU seconds of the tests that run, and write tests/costs.json",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Fix one seed for the session before Hypothesis reads it and before workers copy the options."""
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = 0 if CI else random.randrange(2**32)
    if config.option.update_costs:
        config.pluginmanager.register(Meter())


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Iterator[None]:
    """Mark what takes long; then keep N tests of those that the marks selected: CI samples the slow
    ones.
    """
    costs = known_costs()
    functions: dict[str, list[pytest.Item]] = {}
    for item in items:
        functions.setdefault(function_of(item.nodeid), []).append(item)
    for name, cases in functions.items():
        cost = costs.get(name, 0.0)
        for case in cases if cost > LONG else []:
            case.add_marker(pytest.mark.long)
        for case in rest_of(cases, cost):
            case.add_marker(pytest.mark.rest)
    yield
    wanted = config.option.sample
    if wanted is not None and len(items) > wanted:
        items[:] = [items[i * len(items) // wanted] for i in range(wanted)]


def pytest_report_header(config: pytest.Config) -> str:
    return f"seed: {config.option.hypothesis_seed} (repeat with --hypothesis-seed={config.option.hypothesis_seed})"


# Cost


def known_costs() -> dict[str, float]:
    """CPU seconds by test function, as they were measured last."""
    return json.loads(COSTS.read_text(encoding="utf-8")) if COSTS.exists() else {}


def function_of(nodeid: str) -> str:
    """The test function of a test, without the case."""
    return nodeid.partition("[")[0]


def rest_of(cases: list[pytest.Item], cost: float) -> list[pytest.Item]:
    """Those of the ``cases`` of a function that need not run each time."""
    quick = [case for case in cases if case.get_closest_marker("slow") is None]
    if cost > COSTLY * len(cases):
        return quick
    if cost <= MOST or len(cases) < 2:
        return []
    count = max(1, int(len(quick) * MOST / cost))
    kept = {i * len(quick) // count for i in range(count)}
    return [case for i, case in enumerate(quick) if i not in kept]


def cpu_seconds() -> float:
    """What this process and its finished children took."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


class Meter:
    """The CPU seconds of each test function; workers measure, and their controller adds up."""

    def __init__(self) -> None:
        self.started = 0.0
        self.spent: Counter[str] = Counter()

    def pytest_runtest_logstart(self) -> None:
        self.started = cpu_seconds()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Iterator[None]:
        report = yield
        now = cpu_seconds()
        report.cpu_seconds, self.started = now - self.started, now
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.spent[function_of(report.nodeid)] += getattr(report, "cpu_seconds", 0.0)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workerinput"):
            return
        measured = {f: round(s, 1) for f, s in self.spent.items() if s >= COUNTED}
        kept = {f: s for f, s in known_costs().items() if f not in self.spent}
        text = json.dumps(kept | measured, indent=0, sort_keys=True)
        COSTS.write_text(text + "\n", encoding="utf-8")


# Optional tools


def missing(tools: tuple[str, ...]) -> list[str]:
    """Those of ``tools`` that are neither a program on PATH nor a Python module."""
    return [tool for tool in tools if shutil.which(tool) is None and find_spec(tool) is None]


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        if not (absent := missing(mark.args)):
            continue
        if CI and ALWAYS_ON_CI.intersection(absent):
            pytest.fail(f"{', '.join(absent)} must be installed on CI: see .ci/run", pytrace=False)
        pytest.skip(f"needs {', '.join(absent)}")


# Golden files


def golden_path(nodeid: str) -> Path:
    """``tests/golden/<test file>/<test>.txt``; characters that a file name should not have become
    ``_``.
    """
    file, _, test = nodeid.partition("::")
    folder = Path(file).with_suffix("").relative_to("tests")
    return TESTS / "golden" / folder / (re.sub(r"[^\w.,=+-]+", "_", test).strip("_") + ".txt")


def compare(text: str, path: Path) -> None:
    """Fail with a readable difference if ``text`` is not what ``path`` holds."""
    if not path.exists():
        pytest.fail(
            f"{path} does not exist: run pytest --update-golden and read what it wrote",
            pytrace=False,
        )
    expected = path.read_bytes().decode()
    if text == expected:
        return
    lines = difflib.unified_diff(
        expected.splitlines(), text.splitlines(), "expected", "got", lineterm=""
    )
    difference = "\n".join(lines) or "the line ends differ"
    pytest.fail(
        f"{path} differs; if the new text is right: pytest --update-golden\n{difference}",
        pytrace=False,
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[..., None]:
    """``golden(text)`` compares a whole text with its file; ``golden(text, "c++")`` is a second
    text of one test.
    """

    def check(text: str, part: str = "") -> None:
        path = golden_path(request.node.nodeid + (f"-{part}" if part else ""))
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        compare(text, path)

    return check


# Randomness and paths


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Random numbers that repeat with the seed in the header, and differ from test to test."""
    return np.random.default_rng(
        [int(request.config.option.hypothesis_seed), *request.node.nodeid.encode()]
    )


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the project."""
    return TESTS.parent


@pytest.fixture(scope="session")
def shared(root: Path) -> Path:
    """The folder of notes and data beside the project; the test is skipped where there is none."""
    path = root.parent / "shared"
    if not path.is_dir():
        pytest.skip(f"needs {path}")
    return path


@pytest.fixture(scope="session")
def shared_data(shared: Path) -> Path:
    """Real data and third-party expressions, which the project does not ship."""
    return shared / "data"
